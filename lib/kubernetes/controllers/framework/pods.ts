/** What controllers ask of Pods (pkg/api/v1/pod, pkg/controller/controller_utils.go). Pure. */
import type { Pod, PodTemplateSpec } from "../../api/types.ts";
import { clone } from "../../machinery/clone.ts";
import { parseTime } from "../../machinery/time.ts";
import type { OwnerReference } from "../../machinery/types.ts";

function podCondition(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Ready for at least `minReadySeconds`. `now` in ms. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return isPodReady(pod) && (minReadySeconds === 0 || availableIn(pod, minReadySeconds, now) <= 0);
}

/** ms until a Ready Pod will have been ready for `minReadySeconds`; <= 0: it has. */
export function availableIn(pod: Pod, minReadySeconds: number, now: number): number {
  const since = parseTime(podCondition(pod, "Ready")?.lastTransitionTime);
  return Number.isNaN(since) ? 0 : since + minReadySeconds * 1000 - now;
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Neither finished nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed" && !isTerminating(pod);
}

export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** A Pod made from a template, with generateName "<parent>-" (GetPodFromTemplate). */
export function podFromTemplate(template: PodTemplateSpec, parentName: string, owner: OwnerReference): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    metadata: {
      generateName: `${parentName}-`,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [owner],
    },
    spec: clone(template.spec ?? { containers: [] }),
  };
}

/**
 * Order in which surplus Pods are deleted, first to go first (ActivePodsWithRanks): unassigned, Pending, not ready,
 * low deletion cost, on crowded nodes, ready for a shorter time (by powers of two), more restarts, younger.
 */
export function comparePodsForDeletion(
  now: number,
  podsOnNode: (node: string) => number,
): (left: Pod, right: Pod) => number {
  const facts = (pod: Pod) => ({
    assigned: pod.spec?.nodeName ? 1 : 0,
    phase: pod.status?.phase === "Pending" ? 0 : pod.status?.phase === "Unknown" ? 1 : 2,
    ready: isPodReady(pod) ? 1 : 0,
    cost: Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0) || 0,
    crowd: -podsOnNode(pod.spec?.nodeName ?? ""),
    // Larger: kept longer. Times are compared in powers of two of seconds, so that small differences do not count.
    readyFor: logarithmicAge(parseTime(podCondition(pod, "Ready")?.lastTransitionTime), isPodReady(pod), now),
    restarts: -Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount)),
    age: logarithmicAge(parseTime(pod.metadata.creationTimestamp), true, now),
  });
  return (left, right) => {
    const a = facts(left);
    const b = facts(right);
    for (const fact of ["assigned", "phase", "ready", "cost", "crowd", "readyFor", "restarts", "age"] as const)
      if (a[fact] !== b[fact]) return a[fact] - b[fact];
    const [first = "", second = ""] = [left.metadata.uid, right.metadata.uid];
    return first < second ? -1 : first > second ? 1 : 0;
  };
}

function logarithmicAge(since: number, counts: boolean, now: number): number {
  if (!counts || Number.isNaN(since)) return 0;
  return Math.floor(Math.log2(Math.max(1, (now - since) / 1000)));
}
