/** Owner references, adoption and release (pkg/controller/controller_ref_manager.go). */
import type { Resource } from "../../api/resources.ts";
import type { Client } from "../../apiserver/client.ts";
import { isStatusError } from "../../machinery/status.ts";
import type { KubernetesObject, OwnerReference } from "../../machinery/types.ts";
import type { Lister } from "./lister.ts";

/** The owner that manages the object, where it has one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

export const apiVersionOf = (resource: Resource) =>
  resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;

/** The reference that makes `owner` the controller of something. */
export function controllerReference(resource: Resource, owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

/**
 * The objects that belong to `owner`: those it controls and still selects, and orphans it selects, which it adopts.
 * Those it controls but selects no longer are released. Nothing is adopted by an owner that is being deleted.
 * `finalizer` comes with what is adopted and goes with what is released.
 */
export function claim<T extends KubernetesObject>(
  parts: { readonly client: Client; readonly lister: Lister },
  ownerResource: Resource,
  owner: KubernetesObject,
  resource: Resource<T>,
  candidates: readonly T[],
  matches: (candidate: T) => boolean,
  finalizer?: string,
): T[] {
  const { client } = parts;
  const claimed: T[] = [];
  let mayAdopt: boolean | undefined;
  for (const candidate of candidates) {
    const { namespace, name = "", uid } = candidate.metadata;
    const controller = controllerOf(candidate);
    if (controller !== undefined) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (matches(candidate)) {
        claimed.push(candidate);
        continue;
      }
      if (owner.metadata.deletionTimestamp !== undefined) continue;
      unlessGone(() =>
        client.modify(resource, namespace, name, (object) => {
          if (object.metadata.uid !== uid) return false;
          object.metadata.ownerReferences =
            object.metadata.ownerReferences?.filter((reference) => reference.uid !== owner.metadata.uid) ?? [];
          if (finalizer !== undefined && object.metadata.finalizers !== undefined)
            object.metadata.finalizers = object.metadata.finalizers.filter((one) => one !== finalizer);
          return undefined;
        }),
      );
      continue;
    }
    if (owner.metadata.deletionTimestamp !== undefined || !matches(candidate)) continue;
    if (candidate.metadata.deletionTimestamp !== undefined) continue;
    // A fresh look, as upstream takes before it adopts: the owner may be gone or on its way out by now.
    mayAdopt ??= stillThere(parts.lister, ownerResource, owner);
    if (!mayAdopt) continue;
    const adopted = unlessGone(() =>
      client.modify(resource, namespace, name, (object) => {
        if (object.metadata.uid !== uid || controllerOf(object) !== undefined) return false;
        object.metadata.ownerReferences = [
          ...(object.metadata.ownerReferences ?? []),
          controllerReference(ownerResource, owner),
        ];
        if (finalizer !== undefined && object.metadata.finalizers?.includes(finalizer) !== true)
          object.metadata.finalizers = [...(object.metadata.finalizers ?? []), finalizer];
        return undefined;
      }),
    );
    if (adopted !== undefined && isControlledBy(adopted, owner)) claimed.push(adopted);
  }
  return claimed;
}

function stillThere(lister: Lister, resource: Resource, owner: KubernetesObject): boolean {
  const fresh = lister.find(resource, owner.metadata.namespace, owner.metadata.name);
  return fresh?.metadata.uid === owner.metadata.uid && fresh?.metadata.deletionTimestamp === undefined;
}

/** What `act` returns, undefined where the object it is about is gone. */
export function unlessGone<R>(act: () => R): R | undefined {
  try {
    return act();
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  }
}
