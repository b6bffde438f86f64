/** What kinds do alike when their objects are created and changed (the strategies in pkg/registry). */
import { deepEqual } from "../machinery/clone.ts";
import type { KubernetesObject } from "../machinery/types.ts";

interface WithParts extends KubernetesObject {
  spec?: unknown;
  status?: unknown;
}

/** A new object's generation is 1; what a client says about its status is not heard. */
export function startWith<T extends KubernetesObject>(status: () => unknown): (object: T) => void {
  return (object: WithParts) => {
    object.metadata.generation = 1;
    object.status = status();
  };
}

/** Keeps the status; a change of the spec counts the generation. */
export function keepStatus(next: WithParts, old: WithParts): void {
  if (old.status === undefined) delete next.status;
  else next.status = old.status;
  countGeneration(next, old, deepEqual(next.spec, old.spec));
}

export function countGeneration(next: KubernetesObject, old: KubernetesObject, unchanged: boolean): void {
  const generation = (old.metadata.generation ?? 0) + (unchanged ? 0 : 1);
  if (generation > 0) next.metadata.generation = generation;
}

/** Leaves out counts of zero, as Go's omitempty does. */
export function omitZeros(object: WithParts, fields: readonly string[]): void {
  const status = object.status as Record<string, unknown> | undefined;
  if (status === undefined) return;
  for (const field of fields) if (status[field] === 0) delete status[field];
}

/** Keeps everything but the status (and labels, annotations and finalizers, as upstream). */
export function keepSpec(next: WithParts, old: WithParts): void {
  if (old.spec === undefined) delete next.spec;
  else next.spec = old.spec;
  if (old.metadata.generation !== undefined) next.metadata.generation = old.metadata.generation;
}
