/**
 * Claims of a StatefulSet's Pods and who owns them, which decides when they go: the retention policy
 * (pkg/controller/statefulset/stateful_set_utils.go). Pure.
 */
import { pods, statefulSets } from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod, StatefulSet } from "../../api/types.ts";
import type { KubernetesObject, OwnerReference } from "../../machinery/types.ts";
import { apiVersionOf } from "../framework/owners.ts";
import { inOrdinalRange } from "./identity.ts";

interface Owners {
  readonly set: boolean;
  readonly pod: boolean;
}

/** Who should own the claim of `pod`: nobody where it is retained, the set until it is deleted, the Pod once it is scaled away. */
function wantedOwners(set: StatefulSet, pod: Pod): Owners {
  const policy = set.spec?.persistentVolumeClaimRetentionPolicy;
  const whenDeleted = policy?.whenDeleted ?? "Retain";
  const whenScaled = policy?.whenScaled ?? "Retain";
  const condemned = !inOrdinalRange(set, pod);
  if (whenScaled === "Delete" && condemned) return { set: false, pod: true };
  return { set: whenDeleted === "Delete", pod: false };
}

const ownedBy = (claim: PersistentVolumeClaim, owner: KubernetesObject) =>
  claim.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) ?? false;

/** Another object manages the claim: its owners are none of the set's business. */
function hasForeignController(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  return (
    claim.metadata.ownerReferences?.some(
      (reference) =>
        reference.controller === true && reference.uid !== set.metadata.uid && reference.uid !== pod.metadata.uid,
    ) ?? false
  );
}

export function claimOwnersMatch(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  if (hasForeignController(claim, set, pod)) return true;
  const wanted = wantedOwners(set, pod);
  return ownedBy(claim, set) === wanted.set && ownedBy(claim, pod) === wanted.pod && !hasStaleOwner(claim, set, pod);
}

/** Changes the owners of `claim` (a private copy). False where nothing had to change. */
export function updateClaimOwners(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  if (claimOwnersMatch(claim, set, pod)) return false;
  const wanted = wantedOwners(set, pod);
  const others = (claim.metadata.ownerReferences ?? []).filter(
    (reference) => !refersTo(reference, statefulSets.kind, set) && !refersTo(reference, pods.kind, pod),
  );
  if (wanted.set) others.push(reference(apiVersionOf(statefulSets), statefulSets.kind, set));
  if (wanted.pod) others.push(reference(apiVersionOf(pods), pods.kind, pod));
  claim.metadata.ownerReferences = others;
  return true;
}

function reference(apiVersion: string, kind: string, owner: KubernetesObject): OwnerReference {
  return {
    apiVersion,
    kind,
    name: owner.metadata.name ?? "",
    uid: owner.metadata.uid ?? "",
    controller: true,
    blockOwnerDeletion: true,
  };
}

const refersTo = (reference: OwnerReference, kind: string, owner: KubernetesObject) =>
  reference.kind === kind && reference.name === owner.metadata.name;

/** A reference to an earlier Pod or set of the same name: the claim is about to be collected. */
function hasStaleOwner(claim: PersistentVolumeClaim, set: StatefulSet, pod: Pod): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    (reference) =>
      (refersTo(reference, pods.kind, pod) && reference.uid !== pod.metadata.uid) ||
      (refersTo(reference, statefulSets.kind, set) && reference.uid !== set.metadata.uid),
  );
}

/** The claim belongs to a Pod of this name that is gone: a new Pod must not use it. */
export function isStaleFor(claim: PersistentVolumeClaim, pod: Pod): boolean {
  return (claim.metadata.ownerReferences ?? []).some(
    (reference) => refersTo(reference, pods.kind, pod) && reference.uid !== (pod.metadata.uid ?? ""),
  );
}
