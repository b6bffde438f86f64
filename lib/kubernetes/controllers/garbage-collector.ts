/** Deletes what nobody owns any more (pkg/controller/garbagecollector). */
import type { Resource } from "../api/resources.ts";
import type { Client } from "../apiserver/client.ts";
import type { KubernetesObject, OwnerReference } from "../machinery/types.ts";
import type { Change, ChangeType, Store } from "../store/store.ts";
import type { ControllerContext, ControllerDefinition } from "./framework/controller.ts";
import { unlessGone } from "./framework/owners.ts";
import type { WorkQueue } from "./framework/queue.ts";

const FOREGROUND = "foregroundDeletion";
const ORPHAN = "orphan";
/** Never collected, and too many to look at. */
const IGNORED = new Set(["events", "leases.coordination.k8s.io"]);

/** What the collector needs to know of kinds, custom ones included. */
export interface ResourceFinder {
  byKind(apiVersion: string, kind: string): Resource | undefined;
  byKey(key: string): Resource | undefined;
}

interface Identity {
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

const idOf = ({ resource, namespace, name }: Identity) => `${resource}|${namespace ?? ""}|${name}`;

function parse(id: string): Identity {
  const [resource = "", namespace = "", ...rest] = id.split("|");
  return { resource, namespace: namespace === "" ? undefined : namespace, name: rest.join("|") };
}

const has = (object: KubernetesObject, finalizer: string) => object.metadata.finalizers?.includes(finalizer) ?? false;
const isLeaving = (object: KubernetesObject) => object.metadata.deletionTimestamp !== undefined;
const waitsForDependents = (object: KubernetesObject) => isLeaving(object) && has(object, FOREGROUND);

/**
 * Keeps for each owner's uid who refers to it; everything else is read from the store when it is needed. A dependent
 * lives in the namespace of its owner, or its owner has none.
 */
class GarbageCollector {
  readonly #client: Client;
  readonly #store: Store;
  readonly #finder: ResourceFinder;
  readonly #dependents = new Map<string, Set<string>>();

  constructor(context: ControllerContext, finder: ResourceFinder) {
    this.#client = context.client;
    this.#store = context.lister.store;
    this.#finder = finder;
  }

  /** Subscribes to everything. Returns what ends it. */
  start(queue: WorkQueue): () => void {
    const stop = this.#store.subscribe(undefined, ({ type, resource, object, previous }: Change) =>
      this.#see(queue, type, resource, object, previous),
    );
    for (const resource of this.#store.resources())
      for (const object of this.#store.list(resource)) this.#see(queue, "ADDED", resource, object, undefined);
    return stop;
  }

  #see(
    queue: WorkQueue,
    type: ChangeType,
    resource: string,
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
  ): void {
    if (IGNORED.has(resource)) return;
    const { namespace, name = "", uid = "", ownerReferences } = object.metadata;
    const id = idOf({ resource, namespace, name });
    const before = previous?.metadata.ownerReferences;
    if (type === "DELETED") {
      for (const owner of ownerReferences ?? []) this.#unlink(queue, owner.uid, id);
      for (const dependent of this.#dependents.get(uid) ?? []) queue.add(dependent);
      this.#dependents.delete(uid);
      return;
    }
    if (before !== ownerReferences) {
      for (const owner of before ?? [])
        if (!ownerReferences?.some((reference) => reference.uid === owner.uid)) this.#unlink(queue, owner.uid, id);
      for (const owner of ownerReferences ?? []) {
        let dependents = this.#dependents.get(owner.uid);
        if (dependents === undefined) {
          dependents = new Set();
          this.#dependents.set(owner.uid, dependents);
        }
        dependents.add(id);
        // A reference that blocks no longer may have been the last that did.
        const waiting = this.#waiting.get(owner.uid);
        if (waiting !== undefined && owner.blockOwnerDeletion !== true) queue.add(waiting);
      }
      if (ownerReferences !== undefined) queue.add(id);
    }
    if (isLeaving(object) && (has(object, FOREGROUND) || has(object, ORPHAN))) queue.add(id);
  }

  #unlink(queue: WorkQueue, ownerUid: string, id: string): void {
    const dependents = this.#dependents.get(ownerUid);
    if (dependents === undefined) return;
    dependents.delete(id);
    const owner = this.#waiting.get(ownerUid);
    if (owner !== undefined) queue.add(owner);
    if (dependents.size === 0) this.#dependents.delete(ownerUid);
  }

  /** Owners that wait for their dependents to go, by uid. */
  readonly #waiting = new Map<string, string>();

  sync(id: string, queue: WorkQueue): void {
    const { resource: key, namespace, name } = parse(id);
    const object = this.#store.get(key, namespace, name);
    const resource = this.#finder.byKey(key);
    if (object === undefined || resource === undefined) return;
    if (isLeaving(object) && has(object, ORPHAN)) {
      this.#orphanDependents(object);
      this.#dropFinalizer(resource, object, ORPHAN);
      return;
    }
    if (waitsForDependents(object)) {
      this.#deleteDependents(object, id, resource, queue);
      return;
    }
    if (isLeaving(object)) return;
    this.#judge(object, resource);
  }

  /** attemptToDeleteItem: an object none of whose owners is left goes. */
  #judge(object: KubernetesObject, resource: Resource): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const solid: OwnerReference[] = [];
    const gone: OwnerReference[] = [];
    const leaving: OwnerReference[] = [];
    for (const reference of owners) {
      const owner = this.#ownerOf(object, reference);
      if (owner === "unknown") solid.push(reference);
      else if (owner === undefined) gone.push(reference);
      else if (waitsForDependents(owner)) leaving.push(reference);
      else solid.push(reference);
    }
    const { namespace, name = "", uid = "" } = object.metadata;
    if (solid.length > 0) {
      if (gone.length + leaving.length > 0)
        unlessGone(() =>
          this.#client.modify(resource, namespace, name, (next) => {
            if (next.metadata.uid !== uid) return false;
            next.metadata.ownerReferences = solid;
            return undefined;
          }),
        );
      return;
    }
    const hasDependents = (this.#dependents.get(uid)?.size ?? 0) > 0;
    if (leaving.length > 0 && this.#isOwnedInACircle(uid))
      unlessGone(() =>
        this.#client.modify(resource, namespace, name, (next) => {
          if (next.metadata.uid !== uid) return false;
          for (const reference of next.metadata.ownerReferences ?? [])
            if (reference.blockOwnerDeletion === true) reference.blockOwnerDeletion = false;
          return undefined;
        }),
      );
    const propagationPolicy =
      leaving.length > 0 && hasDependents
        ? "Foreground"
        : has(object, ORPHAN)
          ? "Orphan"
          : has(object, FOREGROUND)
            ? "Foreground"
            : "Background";
    unlessGone(() => this.#client.delete(resource, namespace, name, { propagationPolicy, preconditions: { uid } }));
  }

  /** Some dependent waits for its own dependents: as upstream does, taken for a circle, which must not block itself. */
  #isOwnedInACircle(uid: string): boolean {
    return [...(this.#dependents.get(uid) ?? [])].some((id) => {
      const { resource, namespace, name } = parse(id);
      const dependent = this.#store.get(resource, namespace, name);
      return dependent !== undefined && waitsForDependents(dependent);
    });
  }

  #ownerOf(object: KubernetesObject, reference: OwnerReference): KubernetesObject | undefined | "unknown" {
    const resource = this.#finder.byKind(reference.apiVersion, reference.kind);
    // A kind nobody serves (any more): nothing can be said about its objects.
    if (resource === undefined) return "unknown";
    if (resource.namespaced && object.metadata.namespace === undefined) return "unknown";
    const owner = this.#store.get(
      resource.key,
      resource.namespaced ? object.metadata.namespace : undefined,
      reference.name,
    );
    return owner?.metadata.uid === reference.uid ? owner : undefined;
  }

  #deleteDependents(owner: KubernetesObject, id: string, resource: Resource, queue: WorkQueue): void {
    const uid = owner.metadata.uid ?? "";
    let blocked = false;
    for (const dependentId of this.#dependents.get(uid) ?? []) {
      const { resource: key, namespace, name } = parse(dependentId);
      const dependent = this.#store.get(key, namespace, name);
      const reference = dependent?.metadata.ownerReferences?.find((owned) => owned.uid === uid);
      if (dependent === undefined || reference === undefined) continue;
      if (reference.blockOwnerDeletion === true) blocked = true;
      if (!isLeaving(dependent)) queue.add(dependentId);
    }
    if (blocked) {
      this.#waiting.set(uid, id);
      return;
    }
    this.#waiting.delete(uid);
    this.#dropFinalizer(resource, owner, FOREGROUND);
  }

  #orphanDependents(owner: KubernetesObject): void {
    const uid = owner.metadata.uid ?? "";
    for (const dependentId of [...(this.#dependents.get(uid) ?? [])]) {
      const { resource: key, namespace, name } = parse(dependentId);
      const resource = this.#finder.byKey(key);
      if (resource === undefined) continue;
      unlessGone(() =>
        this.#client.modify(resource, namespace, name, (next) => {
          const left = (next.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
          if (left.length === next.metadata.ownerReferences?.length) return false;
          next.metadata.ownerReferences = left;
          return undefined;
        }),
      );
    }
  }

  #dropFinalizer(resource: Resource, object: KubernetesObject, finalizer: string): void {
    unlessGone(() =>
      this.#client.modify(resource, object.metadata.namespace, object.metadata.name ?? "", (next) => {
        if (next.metadata.uid !== object.metadata.uid || !has(next, finalizer)) return false;
        next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((other) => other !== finalizer);
        return undefined;
      }),
    );
  }
}

export const garbageCollector = (finder: ResourceFinder): ControllerDefinition => ({
  name: "garbage-collector-controller",
  serviceAccount: "generic-garbage-collector",
  create(context) {
    const collector = new GarbageCollector(context, finder);
    return {
      watches: [],
      start: (queue) => collector.start(queue),
      sync: (id, queue) => collector.sync(id, queue),
    };
  },
});
