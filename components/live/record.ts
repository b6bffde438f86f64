/** What happened in a cluster, kept so that any moment of it can be looked at again. Framework-free. */
import type { TimelineRecord } from "../../lib/sandbox/types.ts";
import { Store } from "./store.ts";

export type LiveObject = TimelineRecord["object"];
export type Objects = ReadonlyMap<string, LiveObject>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** One name for one object for as long as it exists: kind, namespace, name. */
export function keyOf(object: LiveObject): string {
  const metadata = (object["metadata"] ?? {}) as Record<string, unknown>;
  return `${text(object["kind"])}/${text(metadata["namespace"])}/${text(metadata["name"])}`;
}

/** A record's object, with the kind that lists leave out. */
const withKind = (record: TimelineRecord): LiveObject =>
  record.object["kind"] === undefined ? { ...record.object, kind: record.kind } : record.object;

function apply(objects: Map<string, LiveObject>, record: TimelineRecord): void {
  const object = withKind(record);
  if (record.type === "DELETED") objects.delete(keyOf(object));
  else objects.set(keyOf(object), object);
}

interface ClusterState {
  /** The newest state. */
  readonly objects: Objects;
  readonly records: readonly TimelineRecord[];
  readonly sequence: number;
}

/** Records kept at most; the oldest are folded into the beginning. */
const MAX_RECORDS = 5000;

export class ClusterRecord extends Store<ClusterState> {
  #base: Map<string, LiveObject> = new Map();
  #pending: TimelineRecord[] = [];
  #flush: ((run: () => void) => void) | undefined;

  /** `schedule` gathers bursts of changes into one update, e.g. requestAnimationFrame. */
  constructor(schedule?: (run: () => void) => void) {
    super({ objects: new Map(), records: [], sequence: 0 });
    this.#flush = schedule;
  }

  /** Everything as it is at `sequence`. Records already known stay where they fit in front of it. */
  load(objects: readonly LiveObject[], sequence: number, records: readonly TimelineRecord[] = []): void {
    this.#pending = [];
    const now = new Map(objects.map((object) => [keyOf(object), object]));
    if (records.length > 0) {
      this.#base = undo(now, records);
      this.set({ objects: now, records: [...records], sequence });
      return;
    }
    const known = this.get();
    // After a short loss of the connection nothing was missed: what is known goes on.
    if (known.records.length > 0 && known.sequence === sequence) return;
    this.#base = new Map(now);
    this.set({ objects: now, records: [], sequence });
  }

  push(record: TimelineRecord): void {
    if (record.sequence <= this.get().sequence && this.get().records.length > 0) return;
    this.#pending.push(record);
    if (this.#pending.length > 1) return;
    if (this.#flush === undefined) this.flush();
    else this.#flush(() => this.flush());
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const before = this.get();
    const objects = new Map(before.objects);
    let sequence = before.sequence;
    for (const record of this.#pending) {
      apply(objects, record);
      sequence = Math.max(sequence, record.sequence);
    }
    let records = [...before.records, ...this.#pending];
    this.#pending = [];
    if (records.length > MAX_RECORDS) {
      const folded = records.slice(0, records.length - MAX_RECORDS);
      for (const record of folded) apply(this.#base, record);
      records = records.slice(folded.length);
    }
    this.set({ objects, records, sequence });
  }

  /** The cluster just after the record with this sequence number. */
  at(sequence: number): Objects {
    const objects = new Map(this.#base);
    for (const record of this.get().records) {
      if (record.sequence > sequence) break;
      apply(objects, record);
    }
    return objects;
  }
}

/**
 * The state before the first record, as far as it can be known: an object whose first record says ADDED was not there;
 * one that was changed first is taken as it looked after that change.
 */
function undo(now: ReadonlyMap<string, LiveObject>, records: readonly TimelineRecord[]): Map<string, LiveObject> {
  const base = new Map(now);
  const seen = new Set<string>();
  for (const record of records) {
    const object = withKind(record);
    const key = keyOf(object);
    if (seen.has(key)) continue;
    seen.add(key);
    if (record.type === "ADDED") base.delete(key);
    else base.set(key, object);
  }
  return base;
}
