/** What becomes of dependents when an object is deleted (apiserver registry/generic/registry/store.go). */
import type { Served } from "./definitions.ts";
import { FOREGROUND, ORPHAN } from "./metadata.ts";

export interface Propagation {
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  /** Deprecated form: true means Orphan, false Background. */
  readonly orphanDependents?: boolean;
}

/** Kinds whose dependents stay unless the client says otherwise. */
const ORPHAN_BY_DEFAULT = new Set(["jobs.batch", "replicationcontrollers"]);
/** Kinds the garbage collector never looks at. */
const WITHOUT_COLLECTION = new Set(["events"]);

/** Orphaning unless told otherwise deserves a word (registry/batch/job: WarningsOnDelete). */
export const JOB_WARNING =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning";

export function deletionFinalizers(served: Served, finalizers: readonly string[], options: Propagation): string[] {
  const others = finalizers.filter((finalizer) => finalizer !== ORPHAN && finalizer !== FOREGROUND);
  if (WITHOUT_COLLECTION.has(served.key)) return others;
  if (orphans(served, finalizers, options)) others.push(ORPHAN);
  if (foreground(finalizers, options)) others.push(FOREGROUND);
  return others;
}

function orphans(served: Served, finalizers: readonly string[], options: Propagation): boolean {
  if (options.orphanDependents !== undefined) return options.orphanDependents;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Orphan";
  if (finalizers.includes(ORPHAN)) return true;
  if (finalizers.includes(FOREGROUND)) return false;
  return ORPHAN_BY_DEFAULT.has(served.key);
}

function foreground(finalizers: readonly string[], options: Propagation): boolean {
  if (options.orphanDependents !== undefined) return false;
  if (options.propagationPolicy !== undefined) return options.propagationPolicy === "Foreground";
  return finalizers.includes(FOREGROUND) && !finalizers.includes(ORPHAN);
}
