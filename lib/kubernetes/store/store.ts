import { deepFreeze } from "../machinery/clone.ts";
import type { KubernetesObject } from "../machinery/types.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One change of one object, as every watcher, informer and the timeline see it. */
export interface Change<T extends KubernetesObject = KubernetesObject> {
  readonly type: ChangeType;
  /** Storage key of the resource: "pods", "statefulsets.apps". */
  readonly resource: string;
  /** The object after the change; for DELETED its last state, with the resourceVersion of the deletion. */
  readonly object: T;
  readonly previous: T | undefined;
  readonly resourceVersion: number;
  /** ms since the epoch, cluster time. */
  readonly time: number;
  /** Name of the user or component that made the change, e.g. "system:serviceaccount:kube-system:statefulset-controller". */
  readonly actor: string;
}

export interface StoreSnapshot {
  readonly resourceVersion: number;
  readonly objects: Readonly<Record<string, readonly KubernetesObject[]>>;
}

/** Somebody who is told about changes; what has many subscriptions is one of these instead of a closure for each. */
export interface ChangeListener {
  changed(change: Change): void;
}

interface Subscriber {
  readonly resource: string | undefined;
  /** What was published up to here is not for this subscriber, even where others have yet to get it. */
  readonly after: number;
  readonly listener: ChangeListener | ((change: Change) => void);
}

/** Versions of young objects as text: every cluster has the same ones. */
const versionTexts: string[] = [];
const KEPT_VERSION_TEXTS = 2048;

/** `metadata.resourceVersion` of a version. */
export function versionText(resourceVersion: number): string {
  if (resourceVersion >= KEPT_VERSION_TEXTS) return String(resourceVersion);
  versionTexts[resourceVersion] ??= String(resourceVersion);
  return versionTexts[resourceVersion] as string;
}

/**
 * Which changes stay available to watches and lists that start from an older resourceVersion: all since the compaction
 * before the last (storage/etcd3/compact.go, every 5 minutes), and of each resource the last hundred however old they
 * are (storage/cacher/watch_cache.go, defaultLowerBoundCapacity). Never more than this many in all.
 */
const RETAINED_CHANGES = 4096;
const COMPACTION_INTERVAL_MS = 300_000;
const RETAINED_OF_RESOURCE = 100;
/** Changes beyond what the last compaction left that make it worth while to look again. */
const COMPACTION_STEP = 256;

/** The compaction before the last one at `now` (ms): nothing from before it can be listed any more. */
export const compactedUntil = (now: number): number =>
  (Math.floor(now / COMPACTION_INTERVAL_MS) - 1) * COMPACTION_INTERVAL_MS;

const keyOf = (namespace: string | undefined, name: string) => (namespace ? `${namespace}/${name}` : name);

/**
 * Versioned, immutable, watchable objects. Knows nothing of kinds, defaults or validation.
 * Listeners are called in order of the changes, from a microtask, never from inside the call that made the change.
 */
export class Store {
  #resourceVersion: number;
  readonly #tables = new Map<string, Map<string, KubernetesObject>>();
  /** Tables in order of key, as long as they stay as they are. */
  readonly #sorted = new Map<string, readonly KubernetesObject[]>();
  readonly #versions = new Map<string, number>();
  readonly #json = new WeakMap<KubernetesObject, string>();
  #changes: Change[] = [];
  #compactAt = COMPACTION_STEP;
  readonly #listeners = new Set<Subscriber>();
  #undelivered: Change[] = [];
  #deliveryScheduled = false;
  /** Changes up to this resourceVersion are forgotten: a watch from before it must list again. */
  #compacted: number;
  /** The latest change that is forgotten, of whatever resource. */
  #lastForgotten = 0;
  /** Of single resources even later ones are. */
  readonly #compactedOf = new Map<string, number>();

  constructor(snapshot?: StoreSnapshot) {
    this.#resourceVersion = snapshot?.resourceVersion ?? 1;
    this.#compacted = this.#resourceVersion;
    for (const [resource, objects] of Object.entries(snapshot?.objects ?? {})) {
      const table = this.#table(resource);
      for (const object of objects) {
        deepFreeze(object);
        table.set(keyOf(object.metadata.namespace, object.metadata.name ?? ""), object);
      }
    }
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** A watch of `resource` from before this version must list again. */
  compactedResourceVersion(resource: string): number {
    return Math.max(this.#compacted, this.#compactedOf.get(resource) ?? 0);
  }

  get(resource: string, namespace: string | undefined, name: string): KubernetesObject | undefined {
    return this.#tables.get(resource)?.get(keyOf(namespace, name));
  }

  /** In order of key, as etcd lists. */
  list(resource: string, namespace?: string): KubernetesObject[] {
    let all = this.#sorted.get(resource);
    if (all === undefined) {
      const table = this.#tables.get(resource);
      if (table === undefined) return [];
      all = [...table.values()].sort(byKey);
      this.#sorted.set(resource, all);
    }
    return namespace ? all.filter((object) => object.metadata.namespace === namespace) : all.slice();
  }

  /** resourceVersion of the last change of any object of a resource: what was made of a list stays good until then. */
  version(resource: string): number {
    return this.#versions.get(resource) ?? 0;
  }

  count(resource: string): number {
    return this.#tables.get(resource)?.size ?? 0;
  }

  resources(): string[] {
    return [...this.#tables.keys()];
  }

  /** Stores `object` (which becomes frozen) under its metadata's name with the next resourceVersion. */
  put(
    resource: string,
    object: KubernetesObject,
    context: { readonly time: number; readonly actor: string },
  ): KubernetesObject {
    const table = this.#table(resource);
    const key = keyOf(object.metadata.namespace, object.metadata.name ?? "");
    const previous = table.get(key);
    object.metadata.resourceVersion = versionText(++this.#resourceVersion);
    deepFreeze(object);
    table.set(key, object);
    this.#publish({
      type: previous === undefined ? "ADDED" : "MODIFIED",
      resource,
      object,
      previous,
      resourceVersion: this.#resourceVersion,
      time: context.time,
      actor: context.actor,
    });
    return object;
  }

  /** Removes an object; watchers get its last state. Returns that, or undefined where nothing was there. */
  remove(
    resource: string,
    namespace: string | undefined,
    name: string,
    context: { readonly time: number; readonly actor: string },
  ): KubernetesObject | undefined {
    const table = this.#tables.get(resource);
    const previous = table?.get(keyOf(namespace, name));
    if (table === undefined || previous === undefined) return undefined;
    table.delete(keyOf(namespace, name));
    const resourceVersion = ++this.#resourceVersion;
    const object = deepFreeze({
      ...previous,
      metadata: { ...previous.metadata, resourceVersion: versionText(resourceVersion) },
    });
    const { time, actor } = context;
    this.#publish({ type: "DELETED", resource, object, previous, resourceVersion, time, actor });
    return object;
  }

  /** All changes of a resource after `resourceVersion`; undefined where that is too old (410 Gone). */
  since(resourceVersion: number, resource: string): Change[] | undefined {
    if (resourceVersion < this.compactedResourceVersion(resource)) return undefined;
    return this.#changes.filter((change) => change.resourceVersion > resourceVersion && change.resource === resource);
  }

  /** The version as it was at a time (ms since the epoch), or the oldest that is known. */
  versionAt(time: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.time ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return Math.max(this.#changes[low - 1]?.resourceVersion ?? this.#compacted, this.#lastForgotten);
  }

  /** Calls `listener` for every change from now on; the returned function stops it at once. */
  subscribe(resource: string | undefined, listener: (change: Change) => void): () => void {
    const entry: Subscriber = { resource, after: this.#resourceVersion, listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  /** As `subscribe`, until `detach`. */
  attach(resource: string, listener: ChangeListener): void {
    this.#listeners.add({ resource, after: this.#resourceVersion, listener });
  }

  /** Ends all subscriptions of a listener at once. */
  detach(listener: ChangeListener): void {
    for (const entry of this.#listeners) if (entry.listener === listener) this.#listeners.delete(entry);
  }

  /** The object's JSON, made once and kept as long as the object lives. */
  json(object: KubernetesObject): string {
    let text = this.#json.get(object);
    if (text === undefined) {
      text = JSON.stringify(object);
      this.#json.set(object, text);
    }
    return text;
  }

  /** Shares the frozen objects with the store: costs no copy. */
  snapshot(): StoreSnapshot {
    const objects: Record<string, readonly KubernetesObject[]> = {};
    for (const [resource, table] of this.#tables) objects[resource] = [...table.values()];
    return { resourceVersion: this.#resourceVersion, objects };
  }

  #table(resource: string): Map<string, KubernetesObject> {
    let table = this.#tables.get(resource);
    if (table === undefined) {
      table = new Map();
      this.#tables.set(resource, table);
    }
    return table;
  }

  #publish(change: Change): void {
    this.#sorted.delete(change.resource);
    this.#versions.set(change.resource, change.resourceVersion);
    this.#changes.push(change);
    if (this.#changes.length > this.#compactAt) this.#compact(change.time);
    this.#undelivered.push(change);
    if (this.#deliveryScheduled) return;
    this.#deliveryScheduled = true;
    queueMicrotask(() => {
      this.#deliveryScheduled = false;
      this.#deliver();
    });
  }

  #compact(now: number): void {
    if (this.#changes.length > RETAINED_CHANGES * 2) {
      const dropped = this.#changes.splice(0, this.#changes.length - RETAINED_CHANGES);
      this.#compacted = dropped[dropped.length - 1]?.resourceVersion ?? this.#compacted;
    }
    const until = compactedUntil(now);
    const later = new Map<string, number>();
    const kept: Change[] = [];
    for (const change of this.#changes.reverse()) {
      const { resource, resourceVersion, time } = change;
      const count = later.get(resource) ?? 0;
      later.set(resource, count + 1);
      if (time >= until || count < RETAINED_OF_RESOURCE) kept.push(change);
      else {
        this.#compactedOf.set(resource, Math.max(resourceVersion, this.#compactedOf.get(resource) ?? 0));
        this.#lastForgotten = Math.max(resourceVersion, this.#lastForgotten);
      }
    }
    this.#changes = kept.reverse();
    this.#compactAt = kept.length + COMPACTION_STEP;
  }

  #deliver(): void {
    while (this.#undelivered.length > 0) {
      const batch = this.#undelivered;
      this.#undelivered = [];
      for (const change of batch) {
        for (const entry of [...this.#listeners]) {
          const { resource, after, listener } = entry;
          if (resource !== undefined && resource !== change.resource) continue;
          if (change.resourceVersion <= after || !this.#listeners.has(entry)) continue;
          if (typeof listener === "function") listener(change);
          else listener.changed(change);
        }
      }
    }
  }
}

function byKey(a: KubernetesObject, b: KubernetesObject): number {
  const left = a.metadata.namespace ?? "";
  const right = b.metadata.namespace ?? "";
  if (left !== right) return left < right ? -1 : 1;
  const leftName = a.metadata.name ?? "";
  const rightName = b.metadata.name ?? "";
  return leftName < rightName ? -1 : leftName > rightName ? 1 : 0;
}
