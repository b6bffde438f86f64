/** Who a StatefulSet's Pods are: names, ordinals, labels, volumes (pkg/controller/statefulset/stateful_set_utils.go). Pure. */
import { statefulSets } from "../../api/resources.ts";
import type { PersistentVolumeClaim, Pod, StatefulSet, Volume } from "../../api/types.ts";
import { clone } from "../../machinery/clone.ts";
import { parseTime } from "../../machinery/time.ts";
import { controllerReference } from "../framework/owners.ts";
import { isPodAvailable, isPodReady, podFromTemplate } from "../framework/pods.ts";

const REVISION_LABEL = "controller-revision-hash";
/** What the hash is called on the revision itself, where DaemonSets use the name that Pods carry. */
export const HISTORY_LABEL = "controller.kubernetes.io/hash";
const POD_NAME_LABEL = "statefulset.kubernetes.io/pod-name";
const POD_INDEX_LABEL = "apps.kubernetes.io/pod-index";

/** Parent's name and ordinal as the Pod's name tells them; ordinal -1 where it tells none. */
function parentAndOrdinal(pod: Pod): { readonly parent: string; readonly ordinal: number } {
  const match = /^(.*)-([0-9]+)$/s.exec(pod.metadata.name ?? "");
  const ordinal = Number(match?.[2] ?? -1);
  return { parent: match?.[1] ?? "", ordinal: ordinal > 2 ** 31 - 1 ? -1 : ordinal };
}

export const ordinalOf = (pod: Pod) => parentAndOrdinal(pod).ordinal;

export const isMemberOf = (set: StatefulSet, pod: Pod) => parentAndOrdinal(pod).parent === set.metadata.name;

export const startOrdinal = (set: StatefulSet) => set.spec?.ordinals?.start ?? 0;

export const replicasOf = (set: StatefulSet) => set.spec?.replicas ?? 1;

export function inOrdinalRange(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod);
  return ordinal >= startOrdinal(set) && ordinal < startOrdinal(set) + replicasOf(set);
}

const podName = (set: StatefulSet, ordinal: number) => `${set.metadata.name}-${ordinal}`;

export const revisionOf = (pod: Pod) => pod.metadata.labels?.[REVISION_LABEL] ?? "";

/** Exists on the API server. */
export const isCreated = (pod: Pod) => (pod.status?.phase ?? "") !== "";

export const isRunningAndReady = (pod: Pod) => pod.status?.phase === "Running" && isPodReady(pod);

export function isUnavailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return (
    !isRunningAndReady(pod) ||
    !isPodAvailable(pod, minReadySeconds, now) ||
    !Number.isNaN(parseTime(pod.metadata.deletionTimestamp))
  );
}

/** The claims of a Pod by template, with the names only this Pod has. */
export function claimsOf(
  set: StatefulSet,
  pod: Pod,
): { readonly template: string; readonly claim: PersistentVolumeClaim }[] {
  const ordinal = ordinalOf(pod);
  return (set.spec?.volumeClaimTemplates ?? []).map((source) => {
    const template = source.metadata?.name ?? "";
    const { apiVersion: _apiVersion, kind: _kind, status: _status, ...rest } = clone(source);
    const claim: PersistentVolumeClaim = {
      ...rest,
      metadata: {
        ...rest.metadata,
        name: `${template}-${set.metadata.name}-${ordinal}`,
        namespace: set.metadata.namespace ?? "",
        labels: { ...rest.metadata?.labels, ...set.spec?.selector.matchLabels },
      } as PersistentVolumeClaim["metadata"],
    };
    return { template, claim };
  });
}

export function identityMatches(set: StatefulSet, pod: Pod): boolean {
  const { parent, ordinal } = parentAndOrdinal(pod);
  return (
    ordinal >= 0 &&
    set.metadata.name === parent &&
    pod.metadata.name === podName(set, ordinal) &&
    pod.metadata.namespace === set.metadata.namespace &&
    pod.metadata.labels?.[POD_NAME_LABEL] === pod.metadata.name &&
    pod.metadata.labels?.[POD_INDEX_LABEL] === String(ordinal)
  );
}

export function storageMatches(set: StatefulSet, pod: Pod): boolean {
  if (ordinalOf(pod) < 0) return false;
  const volumes = new Map(pod.spec?.volumes?.map((volume) => [volume.name, volume]));
  return claimsOf(set, pod).every(
    ({ template, claim }) => volumes.get(template)?.persistentVolumeClaim?.claimName === claim.metadata.name,
  );
}

/** Gives `pod` (a private copy) the name and labels of its ordinal. */
export function updateIdentity(set: StatefulSet, pod: Pod): void {
  const ordinal = ordinalOf(pod);
  const name = podName(set, ordinal);
  pod.metadata.name = name;
  pod.metadata.namespace = set.metadata.namespace ?? "";
  pod.metadata.labels = { ...pod.metadata.labels, [POD_NAME_LABEL]: name, [POD_INDEX_LABEL]: String(ordinal) };
}

/** Makes the volumes of `pod` (a private copy) those of its claims; others of its volumes stay. */
export function updateStorage(set: StatefulSet, pod: Pod): void {
  if (pod.spec === undefined) return;
  const claims = claimsOf(set, pod);
  const templates = new Set(claims.map(({ template }) => template));
  const volumes: Volume[] = claims.map(({ template, claim }) => ({
    name: template,
    persistentVolumeClaim: { claimName: claim.metadata.name ?? "" },
  }));
  volumes.push(...(pod.spec.volumes ?? []).filter((volume) => !templates.has(volume.name)));
  if (volumes.length > 0) pod.spec.volumes = volumes;
}

function newPod(set: StatefulSet, ordinal: number, revision: string): Pod {
  const template = set.spec?.template ?? {};
  const pod = podFromTemplate(template, set.metadata.name ?? "", controllerReference(statefulSets, set));
  pod.metadata.name = podName(set, ordinal);
  updateIdentity(set, pod);
  if (pod.spec !== undefined) {
    pod.spec.hostname = pod.metadata.name;
    if (set.spec?.serviceName) pod.spec.subdomain = set.spec.serviceName;
  }
  updateStorage(set, pod);
  pod.metadata.labels = { ...pod.metadata.labels, [REVISION_LABEL]: revision };
  return pod;
}

/**
 * The Pod that belongs at `ordinal`: at the current revision below the partition, else at the update revision. With
 * no partition known, as many as status says are at the current revision stay there.
 */
export function newVersionedPod(
  currentSet: StatefulSet,
  updateSet: StatefulSet,
  currentRevision: string,
  updateRevision: string,
  ordinal: number,
): Pod {
  const strategy = currentSet.spec?.updateStrategy;
  const isRolling = (strategy?.type ?? "RollingUpdate") === "RollingUpdate";
  const current =
    strategy?.rollingUpdate?.partition ??
    (strategy?.rollingUpdate === undefined ? currentSet.status?.currentReplicas : 0) ??
    0;
  return isRolling && ordinal < startOrdinal(currentSet) + current
    ? newPod(currentSet, ordinal, currentRevision)
    : newPod(updateSet, ordinal, updateRevision);
}
