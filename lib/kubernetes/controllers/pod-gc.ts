/** Removes Pods that nobody else will: of nodes that are gone, and deleted ones that were never scheduled (pkg/controller/podgc). */
import { nodes, pods } from "../api/resources.ts";
import type { Node, Pod } from "../api/types.ts";
import { rfc3339 } from "../machinery/time.ts";
import { type ControllerDefinition, watch } from "./framework/controller.ts";
import { keyOf, splitKey } from "./framework/lister.ts";
import { unlessGone } from "./framework/owners.ts";
import { isPodFinished } from "./framework/pods.ts";

/** How long a node must be gone before its Pods are. */
const QUARANTINE_MS = 40_000;

/** Silent, and tainted as out of service. */
function isOutOfService({ spec, status }: Node): boolean {
  const isReady = status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return !isReady && (spec?.taints ?? []).some(({ key }) => key === "node.kubernetes.io/out-of-service");
}

export const podGarbageCollector: ControllerDefinition = {
  name: "pod-garbage-collector-controller",
  serviceAccount: "pod-garbage-collector",
  create({ client, lister, clock }) {
    const isOrphan = (pod: Pod) =>
      Boolean(pod.spec?.nodeName) && lister.find(nodes, undefined, pod.spec?.nodeName) === undefined;
    /** Deleted, and on a node of which somebody has said that it will not come back (gcTerminating). */
    const isAbandoned = (pod: Pod) => {
      const node = lister.find(nodes, undefined, pod.spec?.nodeName || undefined);
      return pod.metadata.deletionTimestamp !== undefined && node !== undefined && isOutOfService(node);
    };
    return {
      watches: [
        watch(nodes, ({ type, object }, queue) => {
          if (type !== "DELETED") {
            if (!isOutOfService(object)) return;
            for (const pod of lister.list(pods)) if (isAbandoned(pod)) queue.add(keyOf(pod));
            return;
          }
          for (const pod of lister.list(pods))
            if (pod.spec?.nodeName === object.metadata.name)
              queue.addAfter(keyOf(pod), QUARANTINE_MS, `Pods of node ${object.metadata.name} are removed`);
        }),
        watch(pods, ({ type, object }, queue) => {
          if (type === "DELETED") return;
          if (object.metadata.deletionTimestamp !== undefined && !object.spec?.nodeName) queue.add(keyOf(object));
          else if (isAbandoned(object)) queue.add(keyOf(object));
          else if (type === "ADDED" && isOrphan(object))
            queue.addAfter(keyOf(object), QUARANTINE_MS, `Pods of node ${object.spec?.nodeName} are removed`);
        }),
      ],
      sync(key) {
        const { namespace, name } = splitKey(key);
        const pod = lister.find(pods, namespace, name);
        if (pod === undefined) return;
        const unscheduled = pod.metadata.deletionTimestamp !== undefined && !pod.spec?.nodeName;
        const abandoned = isAbandoned(pod);
        if (!unscheduled && !abandoned && !isOrphan(pod)) return;
        unlessGone(() => {
          if (!isPodFinished(pod))
            client.modify(
              pods,
              namespace,
              name,
              (next) => {
                const others = (next.status?.conditions ?? []).filter(({ type }) => type !== "DisruptionTarget");
                next.status = {
                  ...next.status,
                  phase: "Failed",
                  ...(unscheduled || abandoned
                    ? {}
                    : {
                        conditions: [
                          ...others,
                          {
                            type: "DisruptionTarget",
                            status: "True",
                            lastTransitionTime: rfc3339(clock.now()),
                            reason: "DeletionByPodGC",
                            message: "PodGC: node no longer exists",
                          },
                        ],
                      }),
                };
              },
              "status",
            );
          client.delete(pods, namespace, name, { gracePeriodSeconds: 0 });
        });
      },
    };
  },
};
