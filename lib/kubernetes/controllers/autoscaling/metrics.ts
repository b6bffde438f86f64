/** How many replicas a metric asks for (pkg/controller/podautoscaler/{replica_calculator,horizontal}.go). Pure. */
import type { HorizontalPodAutoscaler, Pod } from "../../api/types.ts";
import { amount } from "../../scheduler/resources.ts";
import { isPodFinished, isPodReady, isTerminating } from "../framework/pods.ts";

/** Differences below this share of the target are left alone. */
const TOLERANCE = 0.1;

export type MetricSpec = NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["metrics"]>[number];
export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler["status"]>["currentMetrics"]>[number];

/** Use of a Pod's containers: millicores and bytes. */
export type Usage = (
  pod: Pod,
) =>
  | readonly { readonly container: string; readonly cpuMillicores: number; readonly memoryBytes: number }[]
  | undefined;

type Proposal =
  | { readonly replicas: number; readonly metric: string; readonly status: MetricStatus }
  /** Why nothing can be said: reason of the condition, and words. */
  | { readonly reason: string; readonly error: string };

/** What the metric says the target should be sized, `current` being its size. */
export function propose(spec: MetricSpec, pods: readonly Pod[], current: number, usage: Usage): Proposal {
  const source =
    spec.type === "Resource" ? spec.resource : spec.type === "ContainerResource" ? spec.containerResource : undefined;
  if (source === undefined) {
    const api = spec.type === "External" ? "external" : "custom";
    return {
      reason: `FailedGet${spec.type}Metric`,
      error: `unable to get metric: unable to fetch metrics from ${api} metrics API: the server could not find the requested resource (get ${api}.metrics.k8s.io)`,
    };
  }
  const container = "container" in source ? (source.container as string) : undefined;
  const failed = (error: string): Proposal => ({
    reason: `FailedGet${spec.type}Metric`,
    error: `failed to get ${source.name} ${source.target.type === "Utilization" ? "utilization" : "usage"}: ${error}`,
  });
  const counted = pods.filter((pod) => !isTerminating(pod) && !isPodFinished(pod));
  const values = new Map<Pod, number>();
  for (const pod of counted) {
    if (!isPodReady(pod)) continue;
    const used = usage(pod)?.filter((one) => container === undefined || one.container === container);
    if (used === undefined || used.length === 0) continue;
    values.set(
      pod,
      used.reduce((sum, one) => sum + (source.name === "cpu" ? one.cpuMillicores : one.memoryBytes), 0),
    );
  }
  if (values.size === 0) return failed("no metrics returned from resource metrics API");
  const used = [...values.values()].reduce((sum, value) => sum + value, 0);
  const average = Math.round(used / values.size);
  const quantity = source.name === "cpu" ? `${average}m` : String(average);

  let ratioOf: (pod: Pod, value: number) => number;
  let target: number;
  let utilization: number | undefined;
  if (source.target.type === "Utilization") {
    target = source.target.averageUtilization ?? 0;
    const requests = new Map<Pod, number>();
    for (const pod of counted) {
      const total = requestOf(pod, source.name, container);
      if (typeof total === "string")
        return failed(`missing request for ${source.name} in container ${total} of Pod ${pod.metadata.name}`);
      requests.set(pod, total);
    }
    const requested = [...values.keys()].reduce((sum, pod) => sum + (requests.get(pod) ?? 0), 0);
    utilization = Math.trunc((used * 100) / requested);
    ratioOf = (pod, value) => (value * 100) / ((requests.get(pod) ?? 1) * target);
  } else {
    target = amount(source.target.averageValue) * (source.name === "cpu" ? 1000 : 1);
    ratioOf = (_pod, value) => value / target;
  }
  const ratio = [...values].reduce((sum, [pod, value]) => sum + ratioOf(pod, value), 0) / values.size;
  const replicas = sized(ratio, values, counted, current);
  const now = { averageValue: quantity, ...(utilization === undefined ? {} : { averageUtilization: utilization }) };
  const words =
    utilization === undefined
      ? `${source.name} resource`
      : `${source.name} resource utilization (percentage of request)`;
  return {
    replicas,
    metric: container === undefined ? words : `${source.name} container resource utilization (percentage of request)`,
    status: (container === undefined
      ? { type: "Resource", resource: { name: source.name, current: now } }
      : {
          type: "ContainerResource",
          containerResource: { name: source.name, container, current: now },
        }) as MetricStatus,
  };
}

/** Pods nobody knows about count as idle when growing and as on target when shrinking, so that they damp either. */
function sized(ratio: number, known: ReadonlyMap<Pod, number>, counted: readonly Pod[], current: number): number {
  const unknown = counted.length - known.size;
  if (unknown === 0) return Math.abs(1 - ratio) <= TOLERANCE ? current : Math.ceil(ratio * known.size);
  const damped = (ratio * known.size + (ratio < 1 ? unknown : 0)) / counted.length;
  if (Math.abs(1 - damped) <= TOLERANCE || ratio > 1 !== damped > 1) return current;
  const replicas = Math.ceil(damped * counted.length);
  return (damped < 1 && replicas > current) || (damped > 1 && replicas < current) ? current : replicas;
}

/** Sum of requests; the name of a container without one. */
function requestOf(pod: Pod, resource: string, container: string | undefined): number | string {
  let sum = 0;
  for (const { name, resources } of pod.spec?.containers ?? []) {
    if (container !== undefined && name !== container) continue;
    const request = resources?.requests?.[resource];
    if (request === undefined) return name;
    sum += amount(request) * (resource === "cpu" ? 1000 : 1);
  }
  return sum;
}
