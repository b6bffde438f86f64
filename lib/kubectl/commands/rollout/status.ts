/** What `rollout status` says of a workload (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go). Pure. */
import { CommandError } from "../../errors.ts";
import { at, type KubeObject, listAt, nameOf, numberAt, parseApiVersion, textAt } from "../../object.ts";

interface RolloutState {
  readonly message: string;
  readonly done: boolean;
}

/** "Pod", "ReplicaSet.apps". */
function groupKindOf(object: KubeObject): string {
  const { group } = parseApiVersion(textAt(object, "apiVersion"));
  return group === "" ? textAt(object, "kind") : `${textAt(object, "kind")}.${group}`;
}

export function rolloutState(object: KubeObject, revision: number): RolloutState {
  switch (textAt(object, "kind")) {
    case "Deployment":
      return deployment(object, revision);
    case "StatefulSet":
      return statefulSet(object);
    case "DaemonSet":
      return daemonSet(object);
    default:
      throw new CommandError(`no status viewer has been implemented for ${groupKindOf(object)}`);
  }
}

function deployment(object: KubeObject, revision: number): RolloutState {
  const name = nameOf(object);
  if (revision > 0) {
    const current = Number(textAt(object, "metadata", "annotations", "deployment.kubernetes.io/revision") || 0);
    if (current !== revision)
      throw new CommandError(`desired revision (${revision}) is different from the running revision (${current})`);
  }
  if (numberAt(object, "metadata", "generation") > numberAt(object, "status", "observedGeneration")) {
    return { message: "Waiting for deployment spec update to be observed...\n", done: false };
  }
  const progressing = listAt(object, "status", "conditions").find((one) => textAt(one, "type") === "Progressing");
  if (textAt(progressing, "reason") === "ProgressDeadlineExceeded")
    throw new CommandError(`deployment "${name}" exceeded its progress deadline`);
  const wanted = at(object, "spec", "replicas");
  const [updated, total, available] = [
    numberAt(object, "status", "updatedReplicas"),
    numberAt(object, "status", "replicas"),
    numberAt(object, "status", "availableReplicas"),
  ];
  if (wanted !== undefined && updated < Number(wanted)) {
    return {
      message: `Waiting for deployment "${name}" rollout to finish: ${updated} out of ${wanted} new replicas have been updated...\n`,
      done: false,
    };
  }
  if (total > updated) {
    return {
      message: `Waiting for deployment "${name}" rollout to finish: ${total - updated} old replicas are pending termination...\n`,
      done: false,
    };
  }
  if (available < updated) {
    return {
      message: `Waiting for deployment "${name}" rollout to finish: ${available} of ${updated} updated replicas are available...\n`,
      done: false,
    };
  }
  return { message: `deployment "${name}" successfully rolled out\n`, done: true };
}

function statefulSet(object: KubeObject): RolloutState {
  const type = textAt(object, "spec", "updateStrategy", "type");
  if (type !== "RollingUpdate")
    throw new CommandError(`rollout status is only available for RollingUpdate strategy type`);
  if (
    numberAt(object, "status", "observedGeneration") === 0 ||
    numberAt(object, "metadata", "generation") > numberAt(object, "status", "observedGeneration")
  ) {
    return { message: "Waiting for statefulset spec update to be observed...\n", done: false };
  }
  const wanted = at(object, "spec", "replicas");
  const [ready, updated] = [numberAt(object, "status", "readyReplicas"), numberAt(object, "status", "updatedReplicas")];
  if (wanted !== undefined && ready < Number(wanted)) {
    return { message: `Waiting for ${Number(wanted) - ready} pods to be ready...\n`, done: false };
  }
  const partition = at(object, "spec", "updateStrategy", "rollingUpdate", "partition");
  if (type === "RollingUpdate" && at(object, "spec", "updateStrategy", "rollingUpdate") !== undefined) {
    const goal = Number(wanted ?? 0) - Number(partition ?? 0);
    if (wanted !== undefined && partition !== undefined && updated < goal) {
      return {
        message: `Waiting for partitioned roll out to finish: ${updated} out of ${goal} new pods have been updated...\n`,
        done: false,
      };
    }
    if (partition !== undefined) {
      return { message: `partitioned roll out complete: ${updated} new pods have been updated...\n`, done: true };
    }
  }
  const [current, target] = [textAt(object, "status", "currentRevision"), textAt(object, "status", "updateRevision")];
  if (current !== target) {
    return {
      message: `waiting for statefulset rolling update to complete ${updated} pods at revision ${target}...\n`,
      done: false,
    };
  }
  return {
    message: `statefulset rolling update complete ${numberAt(object, "status", "currentReplicas")} pods at revision ${current}...\n`,
    done: true,
  };
}

function daemonSet(object: KubeObject): RolloutState {
  const name = nameOf(object);
  if (textAt(object, "spec", "updateStrategy", "type") !== "RollingUpdate") {
    throw new CommandError(`rollout status is only available for RollingUpdate strategy type`);
  }
  if (numberAt(object, "metadata", "generation") > numberAt(object, "status", "observedGeneration")) {
    return { message: "Waiting for daemon set spec update to be observed...\n", done: false };
  }
  const [updated, wanted, available] = [
    numberAt(object, "status", "updatedNumberScheduled"),
    numberAt(object, "status", "desiredNumberScheduled"),
    numberAt(object, "status", "numberAvailable"),
  ];
  if (updated < wanted)
    return {
      message: `Waiting for daemon set "${name}" rollout to finish: ${updated} out of ${wanted} new pods have been updated...\n`,
      done: false,
    };
  if (available < wanted)
    return {
      message: `Waiting for daemon set "${name}" rollout to finish: ${available} of ${wanted} updated pods are available...\n`,
      done: false,
    };
  return { message: `daemon set "${name}" successfully rolled out\n`, done: true };
}
