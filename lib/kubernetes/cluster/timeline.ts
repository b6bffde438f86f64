/** The cluster's record: every change that means something, in order. */
import type { Node } from "../api/types.ts";
import type { TimelineEntry } from "../cluster.types.ts";
import { deepEqual } from "../machinery/clone.ts";
import type { Change, Store } from "../store/store.ts";

/** Entries kept; past it the oldest tenth is forgotten. */
const MAX_ENTRIES = 20_000;

export class Timeline {
  #entries: TimelineEntry[];
  #sequence: number;
  readonly #listeners = new Set<(entry: TimelineEntry) => void>();
  readonly #onBug: (where: string, error: unknown) => void;
  readonly #stop: () => void;

  constructor(store: Store, before: readonly TimelineEntry[], onBug: (where: string, error: unknown) => void) {
    this.#entries = [...before];
    this.#sequence = before.at(-1)?.sequence ?? 0;
    this.#onBug = onBug;
    this.#stop = store.subscribe(undefined, (change) => this.#record(change));
  }

  get entries(): readonly TimelineEntry[] {
    return this.#entries;
  }

  onEntry(listener: (entry: TimelineEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stop();
    this.#listeners.clear();
  }

  #record(change: Change): void {
    if (isNoise(change)) return;
    const entry: TimelineEntry = {
      sequence: ++this.#sequence,
      time: change.time,
      type: change.type,
      resource: change.resource,
      namespace: change.object.metadata.namespace,
      name: change.object.metadata.name ?? "",
      actor: change.actor,
      object: change.object,
    };
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries = this.#entries.slice(MAX_ENTRIES / 10);
    for (const listener of this.#listeners) {
      try {
        listener(entry);
      } catch (error) {
        this.#onBug("timeline listener", error);
      }
    }
  }
}

/** Lease renewals and heartbeats: a node telling that nothing has changed. */
function isNoise({ type, resource, object, previous }: Change): boolean {
  if (resource === "leases.coordination.k8s.io") return true;
  if (resource !== "nodes" || type !== "MODIFIED" || previous === undefined) return false;
  const [now, before] = [object as Node, previous as Node];
  return (
    deepEqual(now.spec, before.spec) &&
    deepEqual(now.metadata.labels, before.metadata.labels) &&
    deepEqual(now.metadata.annotations, before.metadata.annotations) &&
    deepEqual(withoutHeartbeats(now), withoutHeartbeats(before))
  );
}

const withoutHeartbeats = ({ status }: Node) => ({
  ...status,
  conditions: status?.conditions?.map(({ lastHeartbeatTime: _time, ...condition }) => condition),
});
