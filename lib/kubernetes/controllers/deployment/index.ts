/** The Deployment controller (pkg/controller/deployment/deployment_controller.go). */
import { deployments, pods, replicaSets } from "../../api/resources.ts";
import type { Deployment, ReplicaSet } from "../../api/types.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { claim, controllerOf } from "../framework/owners.ts";
import { Rollout } from "./rollout.ts";
import { active, desiredAnnotation, isRolling, wanted } from "./util.ts";

export const deploymentController: ControllerDefinition = {
  name: "deployment-controller",
  create(context) {
    const { lister } = context;
    const ownerOf = (replicaSet: ReplicaSet) =>
      lister.owner(deployments, replicaSet.metadata.namespace, controllerOf(replicaSet));
    return {
      watches: [
        watch(deployments, ({ object }, queue) => queue.add(keyOf(object))),
        watch(replicaSets, ({ type, object, previous }, queue) => {
          for (const seen of [previous, object]) {
            const owner = seen === undefined ? undefined : ownerOf(seen);
            if (owner !== undefined) queue.add(keyOf(owner));
          }
          if (controllerOf(object) !== undefined || type === "DELETED") return;
          for (const deployment of lister.list(deployments, object.metadata.namespace))
            if (selectorMatches(deployment.spec?.selector, object.metadata.labels ?? {})) queue.add(keyOf(deployment));
        }),
        // A Recreate rollout goes on when the last old Pod is gone.
        watch(pods, ({ type, object }, queue) => {
          if (type !== "DELETED") return;
          const replicaSet = lister.owner(replicaSets, object.metadata.namespace, controllerOf(object));
          const owner = replicaSet === undefined ? undefined : ownerOf(replicaSet);
          if (owner !== undefined && !isRolling(owner)) queue.add(keyOf(owner));
        }),
      ],
      sync: (key, queue) => sync(context, key, (ms, reason) => queue.addAfter(key, ms, reason)),
    };
  },
};

function sync(context: ControllerContext, key: string, again: (ms: number, reason: string) => void): void {
  const { lister } = context;
  const { namespace, name } = splitKey(key);
  const deployment = lister.find(deployments, namespace, name);
  if (deployment === undefined) return;
  const selector = deployment.spec?.selector;
  if (Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0) {
    context.recorder.event(
      deployment,
      "Warning",
      "SelectingAll",
      "This deployment is selecting all pods. A non-empty selector is required.",
    );
    return;
  }
  const owned = claim(
    context,
    deployments,
    deployment,
    replicaSets,
    lister.list(replicaSets, namespace),
    (replicaSet) => selectorMatches(selector, replicaSet.metadata.labels ?? {}),
  );
  const rollout = new Rollout(context, deployment, owned, again);
  if (deployment.metadata.deletionTimestamp !== undefined) {
    rollout.syncStatusOnly();
    return;
  }
  rollout.checkPaused();
  if (deployment.spec?.paused === true || isScalingEvent(deployment, owned)) rollout.scaleOnly();
  else if (isRolling(deployment)) rollout.rolling();
  else rollout.recreate();
}

/** The Deployment's size has changed since its ReplicaSets were sized. */
function isScalingEvent(deployment: Deployment, owned: readonly ReplicaSet[]): boolean {
  return active(owned).some((replicaSet) => {
    const desired = desiredAnnotation(replicaSet);
    return desired !== undefined && desired !== wanted(deployment);
  });
}
