/** One step of a StatefulSet towards what is wanted (updateStatefulSet in pkg/controller/statefulset/stateful_set_control.go). */

import type { ControllerRevision, Pod, StatefulSet } from "../../api/types.ts";
import { isStatusError } from "../../machinery/status.ts";
import { Retry } from "../framework/controller.ts";
import { scaled } from "../framework/intstr.ts";
import { isPodAvailable, isTerminating } from "../framework/pods.ts";
import {
  identityMatches,
  inOrdinalRange,
  isCreated,
  isRunningAndReady,
  isUnavailable,
  newVersionedPod,
  ordinalOf,
  replicasOf,
  revisionOf,
  startOrdinal,
  storageMatches,
} from "./identity.ts";
import type { StatefulPodControl } from "./pod-control.ts";
import { applyRevision, type Revisions } from "./revisions.ts";

export type StatefulSetStatus = NonNullable<StatefulSet["status"]>;

/** Outcome of a step: the status to write, and what went wrong after it was worked out. */
interface StepResult {
  readonly status: StatefulSetStatus;
  readonly error?: unknown;
}

interface Step {
  readonly set: StatefulSet;
  readonly updateSet: StatefulSet;
  readonly control: StatefulPodControl;
  readonly monotonic: boolean;
  readonly minReadySeconds: number;
  readonly now: number;
}

/** Counts Pods into a status. Pods that are only intended (no phase yet) do not count. */
function count(
  base: StatefulSetStatus,
  pods: readonly Pod[],
  step: Pick<Step, "minReadySeconds" | "now">,
  current: ControllerRevision,
  update: ControllerRevision,
): StatefulSetStatus {
  const status = {
    ...base,
    replicas: 0,
    readyReplicas: 0,
    availableReplicas: 0,
    currentReplicas: 0,
    updatedReplicas: 0,
  };
  for (const pod of pods) {
    if (!isCreated(pod)) continue;
    status.replicas++;
    if (isRunningAndReady(pod)) {
      status.readyReplicas++;
      if (isPodAvailable(pod, step.minReadySeconds, step.now)) status.availableReplicas++;
    }
    if (isTerminating(pod)) continue;
    if (revisionOf(pod) === current.metadata.name) status.currentReplicas++;
    if (revisionOf(pod) === update.metadata.name) status.updatedReplicas++;
  }
  return status;
}

/** Creates, updates and deletes Pods of `set`, one at a time and in order unless it allows bursts. */
export function updateStatefulSet(
  set: StatefulSet,
  revisions: Revisions,
  pods: readonly Pod[],
  control: StatefulPodControl,
  now: number,
): StepResult {
  const { current, update } = revisions;
  const currentSet = applyRevision(set, current);
  const updateSet = applyRevision(set, update);
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const monotonic = set.spec?.podManagementPolicy !== "Parallel";
  const step: Step = { set, updateSet, control, monotonic, minReadySeconds, now };
  const base: StatefulSetStatus = {
    observedGeneration: set.metadata.generation ?? 0,
    replicas: 0,
    currentRevision: current.metadata.name ?? "",
    updateRevision: update.metadata.name ?? "",
    collisionCount: revisions.collisionCount,
  };

  const start = startOrdinal(set);
  const replicas: Pod[] = [];
  const condemned: Pod[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(pod);
    if (inOrdinalRange(set, pod)) replicas[ordinal - start] = pod;
    else if (ordinal >= 0) condemned.push(pod);
  }
  for (let index = 0; index < replicasOf(set); index++)
    replicas[index] ??= newVersionedPod(
      currentSet,
      updateSet,
      current.metadata.name ?? "",
      update.metadata.name ?? "",
      start + index,
    );
  condemned.sort((a, b) => ordinalOf(b) - ordinalOf(a));
  const isOut = (pod: Pod) => isUnavailable(pod, minReadySeconds, now);
  const firstUnavailable = replicas.find(isOut) ?? condemned.findLast(isOut);

  if (set.metadata.deletionTimestamp !== undefined) return { status: count(base, pods, step, current, update) };

  const counted = () => count(base, [...replicas, ...condemned], step, current, update);
  const scaling = [
    () => forAll(replicas, monotonic, (pod) => processReplica(step, pod)),
    () => forAll(condemned, monotonic, (pod) => fixClaims(step, pod)),
    () => forAll(condemned, monotonic, (pod) => processCondemned(step, pod, firstUnavailable)),
  ];
  for (const stage of scaling) {
    try {
      if (stage() === "wait") return { status: counted() };
    } catch (error) {
      return { status: counted(), error };
    }
  }
  const status = counted();
  if (set.spec?.updateStrategy?.type === "OnDelete") return { status };
  return rollOut(step, replicas, update.metadata.name ?? "", status);
}

type Progress = "go on" | "wait";

/**
 * In order, up to the first that has to be waited for; or, where bursts are allowed, all of them in batches of 1, 2,
 * 4 ..., a batch with failures being the last.
 */
function forAll(pods: readonly Pod[], monotonic: boolean, act: (pod: Pod) => Progress): Progress {
  if (monotonic) {
    for (const pod of pods) if (act(pod) === "wait") return "wait";
    return "go on";
  }
  for (let start = 0, size = 1; start < pods.length; start += size, size *= 2) {
    let failure: { readonly error: unknown } | undefined;
    for (const pod of pods.slice(start, start + size)) {
      try {
        act(pod);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }
  return "go on";
}

function processReplica({ set, updateSet, control, monotonic, minReadySeconds, now }: Step, pod: Pod): Progress {
  const phase = pod.status?.phase;
  if (phase === "Failed" || phase === "Succeeded") {
    if (!isTerminating(pod)) control.delete(set, pod);
    // The new Pod comes once the old one is gone.
    return "wait";
  }
  if (!isCreated(pod)) {
    if (control.hasStaleClaim(set, pod)) throw new Retry(`claims of ${pod.metadata.name} are about to be deleted`);
    control.create(set, pod);
    return monotonic ? "wait" : "go on";
  }
  if (phase === "Pending") control.createMissingClaims(set, pod);
  if (monotonic) {
    if (isTerminating(pod) || !isRunningAndReady(pod)) return "wait";
    if (!isPodAvailable(pod, minReadySeconds, now)) return "wait";
  }
  if (identityMatches(set, pod) && storageMatches(set, pod) && control.claimOwnersMatch(updateSet, pod)) return "go on";
  control.update(updateSet, pod);
  return "go on";
}

function fixClaims({ updateSet, control }: Step, pod: Pod): Progress {
  control.fixClaimOwners(updateSet, pod);
  return "go on";
}

function processCondemned(step: Step, pod: Pod, firstUnavailable: Pod | undefined): Progress {
  const { set, control, monotonic, minReadySeconds, now } = step;
  if (isTerminating(pod)) return monotonic ? "wait" : "go on";
  const isAvailable = isRunningAndReady(pod) && isPodAvailable(pod, minReadySeconds, now);
  if (monotonic && !isAvailable && pod !== firstUnavailable) return "wait";
  control.delete(set, pod);
  return "wait";
}

/** Deletes Pods of other revisions, from the highest ordinal down to the partition, while few enough are unavailable. */
function rollOut(step: Step, replicas: readonly Pod[], updateRevision: string, counted: StatefulSetStatus): StepResult {
  const { set, control, minReadySeconds, now } = step;
  const rolling = set.spec?.updateStrategy?.rollingUpdate;
  const partition = rolling?.partition ?? 0;
  const status = { ...counted };
  const isOld = (pod: Pod) => revisionOf(pod) !== updateRevision && !isTerminating(pod);
  const remove = (pod: Pod) => {
    try {
      control.delete(set, pod);
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
    status.currentReplicas = (status.currentReplicas ?? 0) - 1;
  };
  try {
    if (rolling?.maxUnavailable !== undefined) {
      const allowed = Math.max(1, scaled(rolling.maxUnavailable, replicasOf(set), true) ?? 1);
      let budget = allowed - replicas.filter((pod) => isUnavailable(pod, minReadySeconds, now)).length;
      for (let index = replicas.length - 1; index >= partition && budget > 0; index--) {
        const pod = replicas[index];
        if (pod === undefined || !isOld(pod)) continue;
        remove(pod);
        budget--;
      }
      return { status };
    }
    for (let index = replicas.length - 1; index >= partition; index--) {
      const pod = replicas[index];
      if (pod === undefined) continue;
      if (isOld(pod)) {
        remove(pod);
        break;
      }
      if (isUnavailable(pod, minReadySeconds, now)) break;
    }
    return { status };
  } catch (error) {
    return { status, error };
  }
}
