/** The timeline in words that checks use: what happened to what, derived from the changes of objects. */
import type { TimelineRecord } from "../sandbox/types.ts";
import { ordinalOf } from "./cel.ts";

type Verb =
  | "created"
  | "deleting"
  | "deleted"
  | "scheduled"
  | "becameReady"
  | "becameUnready"
  | "imageChanged"
  | "scaled"
  | "bound"
  | "restarted"
  | "changed";

/** One record as CEL sees it. A change that means several things becomes several records of one sequence number. */
export interface SemanticRecord {
  readonly sequence: number;
  readonly time: number;
  readonly verb: Verb;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly ordinal: number;
  readonly image: string;
  readonly revision: string;
  readonly actor: string;
  readonly object: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;
const field = (object: unknown, ...path: readonly string[]): unknown => {
  let value: unknown = object;
  for (const key of path) value = value !== null && typeof value === "object" ? (value as Json)[key] : undefined;
  return value;
};
const text = (value: unknown): string => (typeof value === "string" ? value : "");

function imageOf(object: Json): string {
  const containers = field(object, "spec", "containers") ?? field(object, "spec", "template", "spec", "containers");
  return Array.isArray(containers) ? text(field(containers[0], "image")) : "";
}

function isReady(object: Json): boolean {
  const conditions = field(object, "status", "conditions");
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => field(condition, "type") === "Ready" && field(condition, "status") === "True")
  );
}

function restarts(object: Json): number {
  const statuses = field(object, "status", "containerStatuses");
  if (!Array.isArray(statuses)) return 0;
  return statuses.reduce((sum: number, status) => sum + Number(field(status, "restartCount") ?? 0), 0);
}

function verbsOf(record: TimelineRecord, previous: Json | undefined): Verb[] {
  if (record.type === "DELETED") return ["deleted"];
  const now = record.object;
  const verbs: Verb[] = [];
  if (previous === undefined) verbs.push("created");
  const changedTo = (path: readonly string[]) => {
    const value = field(now, ...path);
    return value !== undefined && value !== field(previous, ...path);
  };
  if (changedTo(["metadata", "deletionTimestamp"])) verbs.push("deleting");
  if (record.kind === "Pod" && changedTo(["spec", "nodeName"])) verbs.push("scheduled");
  const ready = isReady(now);
  const wasReady = previous !== undefined && isReady(previous);
  if (ready && !wasReady) verbs.push("becameReady");
  if (!ready && wasReady) verbs.push("becameUnready");
  if (previous !== undefined) {
    if (imageOf(now) !== imageOf(previous)) verbs.push("imageChanged");
    if (field(now, "spec", "replicas") !== field(previous, "spec", "replicas")) verbs.push("scaled");
    if (restarts(now) > restarts(previous)) verbs.push("restarted");
  }
  if (field(now, "status", "phase") === "Bound" && field(previous, "status", "phase") !== "Bound") verbs.push("bound");
  return verbs.length === 0 ? ["changed"] : verbs;
}

/** Turns raw records into semantic ones, remembering the state of every object it has seen. */
export class RecordReader {
  readonly #last = new Map<string, Json>();
  readonly #records: SemanticRecord[] = [];

  /** All records so far, in order. */
  get records(): readonly SemanticRecord[] {
    return this.#records;
  }

  push(record: TimelineRecord): void {
    const key = `${record.resource}/${record.namespace ?? ""}/${record.name}`;
    // A deleted and recreated object starts anew; an object deleted while its creation was unseen has no past.
    const previous = record.type === "ADDED" ? undefined : this.#last.get(key);
    if (record.type === "DELETED") this.#last.delete(key);
    else this.#last.set(key, record.object);
    for (const verb of verbsOf(record, previous)) {
      this.#records.push({
        sequence: record.sequence,
        time: record.time,
        verb,
        kind: record.kind,
        namespace: record.namespace ?? "",
        name: record.name,
        ordinal: ordinalOf(record.name),
        image: imageOf(record.object),
        revision: text(field(record.object, "metadata", "labels", "controller-revision-hash")),
        actor: record.actor,
        object: record.object,
      });
    }
  }
}
