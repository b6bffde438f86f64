/** Reads for controllers: views of the store, frozen objects, no copies. */
import type { Resource } from "../../api/resources.ts";
import type { KubernetesObject, OwnerReference } from "../../machinery/types.ts";
import type { Store } from "../../store/store.ts";

export class Lister {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  find<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string | undefined,
  ): T | undefined {
    return name === undefined ? undefined : (this.store.get(resource.key, namespace, name) as T | undefined);
  }

  list<T extends KubernetesObject>(resource: Resource<T>, namespace?: string): readonly T[] {
    return this.store.list(resource.key, namespace) as unknown as readonly T[];
  }

  /** The object an owner reference points at; undefined where it is gone or another object has taken its name. */
  owner<T extends KubernetesObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    reference: OwnerReference | undefined,
  ): T | undefined {
    if (reference === undefined || reference.kind !== resource.kind) return undefined;
    const owner = this.find(resource, namespace, reference.name);
    return owner?.metadata.uid === reference.uid ? owner : undefined;
  }
}

/** "namespace/name", or the name of what has no namespace: the keys of queues. */
export function keyOf(object: KubernetesObject): string {
  const { namespace, name = "" } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/");
  return { namespace: slash === -1 ? "" : key.slice(0, slash), name: key.slice(slash + 1) };
}
