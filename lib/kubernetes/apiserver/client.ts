import type { Subresource } from "../api/definition.ts";
import type { Resource } from "../api/resources.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import type { Change } from "../store/store.ts";

export interface WriteOptions {
  /** Goes through everything but the store. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export interface DeleteOptions {
  /** Seconds. */
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Orphan" | "Background" | "Foreground";
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/**
 * The API as components inside the cluster use it (controllers, scheduler, kubelets): the same path as a request over
 * HTTP (authorization, defaulting, validation, admission, field ownership) without the transport. Synchronous.
 * Objects that come out are frozen; objects that go in are copied. Every method throws `StatusError`.
 */
export interface Client {
  /** The user all requests are made as. */
  readonly user: string;
  get<T extends KubernetesObject>(resource: Resource<T>, namespace: string | undefined, name: string): T;
  /** Like `get`, undefined instead of NotFound. */
  find<T extends KubernetesObject>(resource: Resource<T>, namespace: string | undefined, name: string): T | undefined;
  /** All objects, or those of one namespace, in order of namespace and name. */
  list<T extends KubernetesObject>(resource: Resource<T>, namespace?: string): readonly T[];
  create<T extends KubernetesObject>(resource: Resource<T>, object: T, options?: WriteOptions): T;
  /** A full update: 409 where `metadata.resourceVersion` is set and stale. */
  update<T extends KubernetesObject>(resource: Resource<T>, object: T, options?: WriteOptions): T;
  updateSubresource<T extends KubernetesObject>(
    resource: Resource<T>,
    subresource: Subresource,
    object: T,
    options?: WriteOptions,
  ): T;
  /** Reads, changes a copy, updates; again on conflict. `change` returns false to leave the object as it is. */
  modify<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    change: (object: T) => void | false,
    subresource?: Subresource,
  ): T;
  delete<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    options?: DeleteOptions,
  ): void;
  /** Binds a Pod to a node (the scheduler's way of writing). */
  bind(namespace: string, pod: string, node: string): void;
  /** Evicts a Pod, subject to disruption budgets (429 TooManyRequests where refused). */
  evict(namespace: string, pod: string, options?: DeleteOptions): void;
  /** Every change of a resource from now on, in order, from a microtask. */
  watch<T extends KubernetesObject>(resource: Resource<T>, listener: (change: Change<T>) => void): () => void;
}
