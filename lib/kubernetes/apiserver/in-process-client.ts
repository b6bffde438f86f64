/** The `Client` of components inside the cluster: requests without HTTP. */
import type { Subresource } from "../api/definition.ts";
import type { Resource } from "../api/resources.ts";
import { pods as podResource } from "../api/resources.ts";
import { clone } from "../machinery/clone.ts";
import { isStatusError, notFound } from "../machinery/status.ts";
import type { KubernetesObject, UserInfo } from "../machinery/types.ts";
import type { Change, Store } from "../store/store.ts";
import type { Client, DeleteOptions, WriteOptions } from "./client.ts";
import type { Definitions, Served } from "./definitions.ts";
import type { Registry } from "./registry.ts";
import type { WriteContext } from "./request.ts";
import type { PodOperations } from "./subresources/pods.ts";

/** Conflicts a `modify` lives through: everything is synchronous, so that only a listener's own writes can cause one. */
const MODIFY_ATTEMPTS = 5;

interface ClientBackend {
  readonly definitions: Definitions;
  readonly registry: Registry;
  readonly store: Store;
  readonly podOperations: PodOperations;
  /** Throws Forbidden where `user` may not. */
  authorize(
    user: UserInfo,
    verb: string,
    resource: { readonly group: string; readonly resource: string; readonly subresource?: string | undefined },
    namespace: string | undefined,
    name: string | undefined,
  ): void;
}

/** Names of field managers by user: what kube-controller-manager and the others call themselves. */
function fieldManagerOf(user: string): string {
  if (user.startsWith("system:serviceaccount:kube-system:") || user === "system:kube-controller-manager")
    return "kube-controller-manager";
  if (user.startsWith("system:node:")) return "kubelet";
  if (user === "system:kube-scheduler") return "kube-scheduler";
  if (user === "system:apiserver" || user === "system:admin") return "kube-apiserver";
  return "unknown";
}

export class InProcessClient implements Client {
  readonly #backend: ClientBackend;
  readonly #user: UserInfo;
  readonly #fieldManager: string;

  constructor(backend: ClientBackend, user: UserInfo) {
    this.#backend = backend;
    this.#user = user;
    this.#fieldManager = fieldManagerOf(user.name);
  }

  get user(): string {
    return this.#user.name;
  }

  get<T extends KubernetesObject>(resource: Resource<T>, namespace: string | undefined, name: string): T {
    const served = this.#served(resource);
    this.#authorize("get", resource, namespace, name);
    return this.#backend.registry.get(served, namespace, name) as T;
  }

  find<T extends KubernetesObject>(resource: Resource<T>, namespace: string | undefined, name: string): T | undefined {
    const served = this.#served(resource);
    this.#authorize("get", resource, namespace, name);
    return this.#backend.registry.find(served, namespace, name) as T | undefined;
  }

  list<T extends KubernetesObject>(resource: Resource<T>, namespace?: string): readonly T[] {
    const served = this.#served(resource);
    this.#authorize("list", resource, namespace, undefined);
    return this.#backend.store.list(served.key, served.definition.namespaced ? namespace : undefined) as T[];
  }

  create<T extends KubernetesObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): T {
    const served = this.#served(resource);
    const namespace = resource.namespaced ? object.metadata.namespace : undefined;
    this.#authorize("create", resource, namespace, undefined);
    return this.#backend.registry.create(served, namespace, clone(object), this.#context(options)) as T;
  }

  update<T extends KubernetesObject>(resource: Resource<T>, object: T, options: WriteOptions = {}): T {
    return this.#update(resource, undefined, object, options);
  }

  updateSubresource<T extends KubernetesObject>(
    resource: Resource<T>,
    subresource: Subresource,
    object: T,
    options: WriteOptions = {},
  ): T {
    return this.#update(resource, subresource, object, options);
  }

  modify<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    change: (object: T) => void | false,
    subresource?: Subresource,
  ): T {
    for (let attempt = 1; ; attempt++) {
      const current = this.get(resource, namespace, name);
      const next = clone(current);
      if (change(next) === false) return current;
      try {
        return this.#updateOwn(resource, subresource, next, {});
      } catch (error) {
        if (attempt === MODIFY_ATTEMPTS || !isStatusError(error, "Conflict")) throw error;
      }
    }
  }

  delete<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): void {
    const served = this.#served(resource);
    this.#authorize("delete", resource, namespace, name);
    this.#backend.registry.delete(served, namespace, name, options, this.#context({ dryRun: options.dryRun ?? false }));
  }

  bind(namespace: string, pod: string, node: string): void {
    this.#authorize("create", podResource, namespace, pod, "binding");
    this.#backend.podOperations.bind(namespace, pod, { target: { kind: "Node", name: node } }, this.#context({}));
  }

  evict(namespace: string, pod: string, options: DeleteOptions = {}): void {
    this.#authorize("create", podResource, namespace, pod, "eviction");
    this.#backend.podOperations.evict(namespace, pod, options, this.#context({ dryRun: options.dryRun ?? false }));
  }

  watch<T extends KubernetesObject>(resource: Resource<T>, listener: (change: Change<T>) => void): () => void {
    const served = this.#served(resource);
    this.#authorize("watch", resource, undefined, undefined);
    return this.#backend.store.subscribe(served.key, (change) => listener(change as Change<T>));
  }

  #update<T extends KubernetesObject>(
    resource: Resource<T>,
    subresource: Subresource | undefined,
    object: T,
    options: WriteOptions,
  ): T {
    return this.#updateOwn(resource, subresource, clone(object), options);
  }

  /** `object` becomes the registry's. */
  #updateOwn<T extends KubernetesObject>(
    resource: Resource<T>,
    subresource: Subresource | undefined,
    object: T,
    options: WriteOptions,
  ): T {
    const served = this.#served(resource);
    const namespace = resource.namespaced ? object.metadata.namespace : undefined;
    const name = object.metadata.name ?? "";
    this.#authorize("update", resource, namespace, name, subresource);
    return this.#backend.registry.update(
      served,
      namespace,
      name,
      () => object,
      this.#context(options),
      subresource === undefined ? {} : { subresource },
    ) as T;
  }

  #served(resource: Resource): Served {
    const { group, version, plural } = resource;
    const served = this.#backend.definitions.get(group === "" ? version : `${group}/${version}`, plural);
    if (served === undefined) throw notFound({ group, resource: plural }, "");
    return served;
  }

  #authorize(
    verb: string,
    resource: Resource,
    namespace: string | undefined,
    name: string | undefined,
    subresource?: Subresource,
  ): void {
    this.#backend.authorize(
      this.#user,
      verb,
      { group: resource.group, resource: resource.plural, subresource },
      resource.namespaced ? namespace : undefined,
      name,
    );
  }

  #context(options: WriteOptions): WriteContext {
    return {
      user: this.#user,
      fieldManager: options.fieldManager ?? this.#fieldManager,
      dryRun: options.dryRun ?? false,
      warnings: [],
    };
  }
}
