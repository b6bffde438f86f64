/** Deletes Pods that do not tolerate a NoExecute taint of their node, at once or when their toleration ends (pkg/controller/tainteviction). */
import { nodes, pods } from "../api/resources.ts";
import type { Node, Pod } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { rfc3339 } from "../machinery/time.ts";
import { taintsOf, tolerates } from "../scheduler/taints.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";

/** When a Pod that was first seen with the taints at `since` must leave the node, ms; undefined: it may stay. */
function evictionTime(pod: Pod, node: Node, since: number, now: number): number | undefined {
  let until = Number.POSITIVE_INFINITY;
  for (const taint of taintsOf(node)) {
    if (taint.effect !== "NoExecute") continue;
    const tolerations = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (tolerations.length === 0) return now;
    for (const { tolerationSeconds } of tolerations)
      if (tolerationSeconds !== undefined) until = Math.min(until, since + Math.max(0, tolerationSeconds) * 1000);
  }
  return Number.isFinite(until) ? until : undefined;
}

export const taintEvictionController: ControllerDefinition = {
  name: "taint-eviction-controller",
  serviceAccount: "node-controller",
  create({ client, lister, clock, recorder }) {
    /** Pods that tolerate a taint for a while, with the time at which that began. */
    let scheduled = new Map<string, number>();
    return {
      state: () => [...scheduled],
      restore(state) {
        scheduled = new Map(state as [string, number][]);
      },
      watches: [
        watch(nodes, ({ type, object, previous }, queue) => {
          if (type === "DELETED" || deepEqual(object.spec?.taints, previous?.spec?.taints)) return;
          for (const pod of lister.list(pods)) if (pod.spec?.nodeName === object.metadata.name) queue.add(keyOf(pod));
        }),
        watch(pods, ({ type, object, previous }, queue) => {
          if (type !== "DELETED" && object.spec?.nodeName && !previous?.spec?.nodeName) queue.add(keyOf(object));
        }),
      ],
      sync(key, queue) {
        const { namespace, name } = splitKey(key);
        const pod = lister.find(pods, namespace, name);
        const node = lister.find(nodes, undefined, pod?.spec?.nodeName || undefined);
        if (pod === undefined || node === undefined || pod.metadata.deletionTimestamp !== undefined) {
          scheduled.delete(key);
          return;
        }
        const now = clock.now();
        const since = scheduled.get(key) ?? now;
        const until = evictionTime(pod, node, since, now);
        if (until === undefined) {
          if (scheduled.delete(key))
            recorder.event(pod, "Normal", "TaintManagerEviction", `Cancelling deletion of Pod ${key}`);
          return;
        }
        scheduled.set(key, since);
        if (until > now) {
          queue.addAfter(key, until - now, `Pod ${key} tolerates its node's taint until then`);
          return;
        }
        recorder.event(pod, "Normal", "TaintManagerEviction", `Marking for deletion Pod ${key}`);
        unlessGone(() => {
          client.modify(
            pods,
            namespace,
            name,
            (next) => {
              const others = (next.status?.conditions ?? []).filter(({ type }) => type !== "DisruptionTarget");
              next.status = {
                ...next.status,
                conditions: [
                  ...others,
                  {
                    type: "DisruptionTarget",
                    status: "True",
                    lastTransitionTime: rfc3339(now),
                    reason: "DeletionByTaintManager",
                    message: "Taint manager: deleting due to NoExecute taint",
                  },
                ],
              };
            },
            "status",
          );
          client.delete(pods, namespace, name);
        });
      },
    };
  },
};
