/** What Deployments and their ReplicaSets say about a rollout (pkg/controller/deployment/util/deployment_util.go). Pure. */
import type { Deployment, PodTemplateSpec, ReplicaSet } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { parseTime } from "../../machinery/time.ts";
import { scaled } from "../framework/intstr.ts";

export const REVISION = "deployment.kubernetes.io/revision";
const REVISION_HISTORY = "deployment.kubernetes.io/revision-history";
const DESIRED_REPLICAS = "deployment.kubernetes.io/desired-replicas";
const MAX_REPLICAS = "deployment.kubernetes.io/max-replicas";
export const HASH_LABEL = "pod-template-hash";
const NOT_COPIED = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  "deprecated.deployment.rollback.to",
]);
/** Characters kept of the list of earlier revisions. */
const MAX_HISTORY = 2000;

export type DeploymentStatus = NonNullable<Deployment["status"]>;
export type DeploymentCondition = NonNullable<DeploymentStatus["conditions"]>[number];

export const wanted = (deployment: Deployment) => deployment.spec?.replicas ?? 1;
export const sizeOf = (replicaSet: ReplicaSet) => replicaSet.spec?.replicas ?? 1;
export const totalSize = (replicaSets: readonly ReplicaSet[]) =>
  replicaSets.reduce((sum, replicaSet) => sum + sizeOf(replicaSet), 0);
export const totalStatus = (
  replicaSets: readonly ReplicaSet[],
  field: "replicas" | "readyReplicas" | "availableReplicas",
) => replicaSets.reduce((sum, replicaSet) => sum + (replicaSet.status?.[field] ?? 0), 0);
export const active = (replicaSets: readonly ReplicaSet[]) =>
  replicaSets.filter((replicaSet) => sizeOf(replicaSet) > 0);

export const isRolling = (deployment: Deployment) =>
  (deployment.spec?.strategy?.type ?? "RollingUpdate") === "RollingUpdate";

/** Surge rounds up, unavailability down; both zero would never move, so that one may be unavailable then. */
function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const { maxSurge = "25%", maxUnavailable = "25%" } = deployment.spec?.strategy?.rollingUpdate ?? {};
  const surge = scaled(maxSurge, wanted(deployment), true) ?? 0;
  const unavailable = scaled(maxUnavailable, wanted(deployment), false) ?? 0;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

export const maxSurge = (deployment: Deployment) => (isRolling(deployment) ? fenceposts(deployment).surge : 0);

export function maxUnavailable(deployment: Deployment): number {
  if (!isRolling(deployment) || wanted(deployment) === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, wanted(deployment));
}

export const hasProgressDeadline = (deployment: Deployment) =>
  deployment.spec?.progressDeadlineSeconds !== undefined && deployment.spec.progressDeadlineSeconds !== 2 ** 31 - 1;

export const byCreation = (a: ReplicaSet, b: ReplicaSet) =>
  parseTime(a.metadata.creationTimestamp) - parseTime(b.metadata.creationTimestamp) ||
  ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

const withoutHash = (template: PodTemplateSpec | undefined) => {
  const { [HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  const { creationTimestamp: _time, ...metadata } = template?.metadata ?? {};
  return { spec: template?.spec, metadata: { ...metadata, labels } };
};

export const sameTemplate = (a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined) =>
  deepEqual(withoutHash(a), withoutHash(b));

/** The ReplicaSet of today's template: the oldest one where several have it. */
export const findNew = (deployment: Deployment, replicaSets: readonly ReplicaSet[]) =>
  [...replicaSets]
    .sort(byCreation)
    .find((replicaSet) => sameTemplate(replicaSet.spec?.template, deployment.spec?.template));

/** Go's int64: may be larger than what a number holds exactly. */
export const revisionOf = (object: Deployment | ReplicaSet): bigint =>
  parseRevision(object.metadata.annotations?.[REVISION]);

const parseRevision = (text: string | undefined): bigint =>
  text !== undefined && /^[+-]?\d+$/.test(text) ? BigInt(text) : 0n;

/** Size the new ReplicaSet may have now. */
export function newSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  if (!isRolling(deployment)) return wanted(deployment);
  const room = wanted(deployment) + maxSurge(deployment) - totalSize(all);
  return room <= 0 ? current : current + Math.min(room, wanted(deployment) - current);
}

/** What a ReplicaSet's annotations should be. The same object where nothing changes. */
export function annotationsFor(
  deployment: Deployment,
  replicaSet: ReplicaSet,
  revision: bigint,
  exists: boolean,
): Record<string, string> {
  const old = replicaSet.metadata.annotations ?? {};
  const annotations = { ...old };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(key)) annotations[key] = value;
  const before = annotations[REVISION];
  if (parseRevision(before) < revision) {
    annotations[REVISION] = String(revision);
    if (before !== undefined) {
      const history = annotations[REVISION_HISTORY] ? annotations[REVISION_HISTORY].split(",") : [];
      history.push(before);
      while (history.join(",").length > MAX_HISTORY && history.length > 1) history.shift();
      annotations[REVISION_HISTORY] = history.join(",");
    }
  }
  if (!exists) Object.assign(annotations, sizeAnnotations(deployment));
  return annotations;
}

export function sizeAnnotations(deployment: Deployment): Record<string, string> {
  return {
    [DESIRED_REPLICAS]: String(wanted(deployment)),
    [MAX_REPLICAS]: String(wanted(deployment) + maxSurge(deployment)),
  };
}

export const sizeAnnotationsDiffer = (deployment: Deployment, replicaSet: ReplicaSet) =>
  Object.entries(sizeAnnotations(deployment)).some(([key, value]) => replicaSet.metadata.annotations?.[key] !== value);

export function desiredAnnotation(replicaSet: ReplicaSet): number | undefined {
  const text = replicaSet.metadata.annotations?.[DESIRED_REPLICAS];
  return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text);
}

/** How many replicas of a change of the Deployment's size fall to one ReplicaSet, in proportion to its share. */
export function proportion(replicaSet: ReplicaSet, deployment: Deployment, toAdd: number, added: number): number {
  const size = sizeOf(replicaSet);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const annotated = Number(replicaSet.metadata.annotations?.[MAX_REPLICAS] ?? 0) || deployment.status?.replicas || 0;
  const target = wanted(deployment) + maxSurge(deployment);
  const share = wanted(deployment) === 0 ? -size : annotated === 0 ? 0 : Math.round((size * target) / annotated) - size;
  const rest = toAdd - added;
  return toAdd > 0 ? Math.min(share, rest) : Math.max(share, rest);
}

export const conditionOf = (status: DeploymentStatus | undefined, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

/** Sets a condition in `status`; one of the same status and reason stays as it is, and with it its times. */
export function setCondition(status: DeploymentStatus, condition: DeploymentCondition): void {
  const current = conditionOf(status, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return;
  const next = { ...condition };
  if (current?.status === condition.status && current.lastTransitionTime !== undefined)
    next.lastTransitionTime = current.lastTransitionTime;
  status.conditions = [...(status.conditions ?? []).filter(({ type }) => type !== condition.type), next];
}

export function removeCondition(status: DeploymentStatus, type: string): void {
  if (conditionOf(status, type) !== undefined)
    status.conditions = (status.conditions ?? []).filter((condition) => condition.type !== type);
}

export const isComplete = (deployment: Deployment, status: DeploymentStatus | undefined) =>
  (status?.updatedReplicas ?? 0) === wanted(deployment) &&
  (status?.replicas ?? 0) === wanted(deployment) &&
  (status?.availableReplicas ?? 0) === wanted(deployment) &&
  (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);

export function isProgressing(old: DeploymentStatus | undefined, next: DeploymentStatus): boolean {
  const oldOnes = (status: DeploymentStatus | undefined) => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  const grew = (field: "updatedReplicas" | "readyReplicas" | "availableReplicas") =>
    (next[field] ?? 0) > (old?.[field] ?? 0);
  return grew("updatedReplicas") || oldOnes(next) < oldOnes(old) || grew("readyReplicas") || grew("availableReplicas");
}

/** ms until the rollout is overdue, <= 0 once it is; undefined where no deadline runs. */
export function deadlineIn(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const condition = conditionOf(status, "Progressing");
  if (condition === undefined || condition.reason === "NewReplicaSetAvailable") return undefined;
  if (condition.reason === "ProgressDeadlineExceeded") return 0;
  return parseTime(condition.lastUpdateTime) + (deployment.spec?.progressDeadlineSeconds ?? 600) * 1000 - now;
}
