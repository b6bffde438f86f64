/** A Deployment's status: counts, and how its rollout is coming along (pkg/controller/deployment/progress.go). Pure. */
import type { Deployment, ReplicaSet } from "../../api/types.ts";
import { rfc3339 } from "../../machinery/time.ts";
import {
  conditionOf,
  type DeploymentCondition,
  type DeploymentStatus,
  deadlineIn,
  hasProgressDeadline,
  isComplete,
  isProgressing,
  maxUnavailable,
  removeCondition,
  setCondition,
  totalSize,
  totalStatus,
  wanted,
} from "./util.ts";

function condition(type: string, status: string, reason: string, message: string, now: number): DeploymentCondition {
  const time = rfc3339(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** Counts and availability (calculateStatus in sync.go). Zero counts are left out, as the API writes them. */
export function statusOf(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newOne: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const available = totalStatus(all, "availableReplicas");
  const counts = {
    replicas: totalStatus(all, "replicas"),
    updatedReplicas: newOne?.status?.replicas ?? 0,
    readyReplicas: totalStatus(all, "readyReplicas"),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
  };
  const status: DeploymentStatus = { observedGeneration: deployment.metadata.generation ?? 0 };
  for (const [name, count] of Object.entries(counts)) if (count > 0) status[name as keyof typeof counts] = count;
  if (deployment.status?.conditions !== undefined) status.conditions = [...deployment.status.conditions];
  if (deployment.status?.collisionCount !== undefined) status.collisionCount = deployment.status.collisionCount;
  setCondition(
    status,
    available >= wanted(deployment) - maxUnavailable(deployment)
      ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
      : condition(
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
          now,
        ),
  );
  return status;
}

/** The status with the Progressing and ReplicaFailure conditions brought up to date (syncRolloutStatus). */
export function progressStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newOne: ReplicaSet | undefined,
  now: number,
): DeploymentStatus {
  const status = statusOf(deployment, all, newOne, now);
  const who =
    newOne === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newOne.metadata.name}"`;
  const current = conditionOf(deployment.status, "Progressing");
  const isDone =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === "NewReplicaSetAvailable";
  if (!hasProgressDeadline(deployment)) removeCondition(status, "Progressing");
  else if (!isDone) {
    if (isComplete(deployment, status)) {
      setCondition(
        status,
        condition("Progressing", "True", "NewReplicaSetAvailable", `${who} has successfully progressed.`, now),
      );
    } else if (isProgressing(deployment.status, status)) {
      const progressing = condition("Progressing", "True", "ReplicaSetUpdated", `${who} is progressing.`, now);
      // Progress refreshes the time the deadline is counted from, so that the condition is replaced, not kept.
      if (current?.status === "True" && current.lastTransitionTime !== undefined)
        progressing.lastTransitionTime = current.lastTransitionTime;
      removeCondition(status, "Progressing");
      setCondition(status, progressing);
    } else if ((deadlineIn(deployment, status, now) ?? 1) < 0) {
      setCondition(
        status,
        condition("Progressing", "False", "ProgressDeadlineExceeded", `${who} has timed out progressing.`, now),
      );
    }
  }
  const failure = [newOne, ...all]
    .map((replicaSet) => replicaSet?.status?.conditions?.find(({ type }) => type === "ReplicaFailure"))
    .find((found) => found !== undefined);
  if (failure !== undefined)
    setCondition(status, {
      ...condition("ReplicaFailure", failure.status, failure.reason ?? "", failure.message ?? "", now),
    });
  else removeCondition(status, "ReplicaFailure");
  return status;
}
