/** The StatefulSet controller (pkg/controller/statefulset/stateful_set.go). */
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from "../../api/resources.ts";
import type { Pod, StatefulSet } from "../../api/types.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { claim, controllerOf, controllerReference, unlessGone } from "../framework/owners.ts";
import { availableIn, isPodReady } from "../framework/pods.ts";
import type { WorkQueue } from "../framework/queue.ts";
import { listRevisions } from "../history.ts";
import { isMemberOf, replicasOf } from "./identity.ts";
import { StatefulPodControl } from "./pod-control.ts";
import { currentAndUpdate, truncateHistory } from "./revisions.ts";
import { type StatefulSetStatus, updateStatefulSet } from "./update.ts";

const COUNTED = [
  "observedGeneration",
  "replicas",
  "currentReplicas",
  "readyReplicas",
  "updatedReplicas",
  "availableReplicas",
  "currentRevision",
  "updateRevision",
] as const;

export const statefulSetController: ControllerDefinition = {
  name: "statefulset-controller",
  create(context) {
    const { lister } = context;
    const enqueueOwnerOrMatches = (pod: Pod, queue: WorkQueue, orphansToo: boolean) => {
      const controller = controllerOf(pod);
      if (controller !== undefined) {
        const set = lister.owner(statefulSets, pod.metadata.namespace, controller);
        if (set !== undefined) queue.add(keyOf(set));
      } else if (orphansToo) {
        for (const set of lister.list(statefulSets, pod.metadata.namespace))
          if (selectorMatches(set.spec?.selector, pod.metadata.labels ?? {}) && isMemberOf(set, pod))
            queue.add(keyOf(set));
      }
    };
    return {
      watches: [
        watch(statefulSets, ({ object }, queue) => queue.add(keyOf(object))),
        watch(pods, ({ type, object, previous }, queue) => {
          if (previous !== undefined && controllerOf(previous)?.uid !== controllerOf(object)?.uid)
            enqueueOwnerOrMatches(previous, queue, false);
          enqueueOwnerOrMatches(object, queue, type !== "DELETED");
        }),
        // Not upstream: a claim that was in the way (being deleted, or stale) is gone. Upstream finds out by its back-off.
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type !== "DELETED") return;
          for (const set of lister.list(statefulSets, object.metadata.namespace))
            if ((set.spec?.volumeClaimTemplates ?? []).length > 0) queue.add(keyOf(set));
        }),
      ],
      sync: (key, queue) => sync(context, key, queue),
    };
  },
};

function sync(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { client, lister, clock } = context;
  const { namespace, name } = splitKey(key);
  const set = lister.find(statefulSets, namespace, name);
  if (set === undefined) return;
  const matches = (labels: Readonly<Record<string, string>>) => selectorMatches(set.spec?.selector, labels);
  const revisions = adoptRevisions(context, set, matches);
  const candidates = lister.list(pods, namespace);
  const members = claim(
    context,
    statefulSets,
    set,
    pods,
    candidates,
    (pod) => matches(pod.metadata.labels ?? {}) && isMemberOf(set, pod),
  );
  const now = clock.now();
  const chosen = currentAndUpdate(context, set, revisions);
  const { status, error } = updateStatefulSet(set, chosen, members, new StatefulPodControl(context), now);
  completeRollingUpdate(set, status);
  if (COUNTED.some((field) => (set.status?.[field] ?? 0) !== (status[field] ?? 0))) {
    unlessGone(() =>
      client.modify(
        statefulSets,
        namespace,
        name,
        (next) => {
          // Conditions are nobody's here, but they are not ours to drop.
          next.status = { ...next.status, ...status };
        },
        "status",
      ),
    );
  }
  if (error !== undefined) throw error;
  truncateHistory(context, set, members, revisions, chosen);
  wakeWhenAvailable(set, members, now, queue, key);
}

function adoptRevisions(
  { client, lister }: ControllerContext,
  set: StatefulSet,
  matches: (labels: Readonly<Record<string, string>>) => boolean,
) {
  const revisions = listRevisions(lister, set, matches);
  if (set.metadata.deletionTimestamp !== undefined)
    return revisions.filter((revision) => controllerOf(revision) !== undefined);
  return revisions.map((revision) =>
    controllerOf(revision) !== undefined
      ? revision
      : client.modify(controllerRevisions, set.metadata.namespace, revision.metadata.name ?? "", (orphan) => {
          orphan.metadata.ownerReferences = [
            ...(orphan.metadata.ownerReferences ?? []),
            controllerReference(statefulSets, set),
          ];
        }),
  );
}

/** All Pods are updated and ready: the update revision becomes the current one. */
function completeRollingUpdate(set: StatefulSet, status: StatefulSetStatus): void {
  const wanted = replicasOf(set);
  if (
    (set.spec?.updateStrategy?.type ?? "RollingUpdate") !== "RollingUpdate" ||
    status.updatedReplicas !== wanted ||
    status.readyReplicas !== wanted ||
    status.replicas !== wanted
  )
    return;
  status.currentReplicas = status.updatedReplicas;
  if (status.updateRevision !== undefined) status.currentRevision = status.updateRevision;
}

/** A Pod that is ready but not for long enough yet changes nothing when its time comes: the clock has to tell. */
function wakeWhenAvailable(
  set: StatefulSet,
  members: readonly Pod[],
  now: number,
  queue: WorkQueue,
  key: string,
): void {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  if (minReadySeconds === 0) return;
  for (const pod of members) {
    const wait = availableIn(pod, minReadySeconds, now);
    if (isPodReady(pod) && wait > 0)
      queue.addAfter(key, wait, `${set.metadata.name}: ${pod.metadata.name} must be ready for ${minReadySeconds} s`);
  }
}
