/** The HorizontalPodAutoscaler (pkg/controller/podautoscaler/horizontal.go). */
import {
  deployments,
  horizontalPodAutoscalers,
  pods,
  type Resource,
  replicaSets,
  replicationControllers,
  statefulSets,
} from "../../api/resources.ts";
import type { HorizontalPodAutoscaler } from "../../api/types.ts";
import { deepEqual } from "../../machinery/clone.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import { isStatusError } from "../../machinery/status.ts";
import { rfc3339 } from "../../machinery/time.ts";
import type { KubernetesObject, LabelSelector } from "../../machinery/types.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { type MetricSpec, type MetricStatus, propose, type Usage } from "./metrics.ts";

/** --horizontal-pod-autoscaler-sync-period */
const PERIOD_MS = 15_000;
const DEFAULT_DOWN_WINDOW_SECONDS = 300;
const DEFAULT_METRICS: readonly MetricSpec[] = [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
];

type Status = NonNullable<HorizontalPodAutoscaler["status"]>;
type Condition = NonNullable<Status["conditions"]>[number];
type Rules = NonNullable<NonNullable<NonNullable<HorizontalPodAutoscaler["spec"]>["behavior"]>["scaleUp"]>;
type Scalable = KubernetesObject & {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
};

const scalable = new Map(
  ([deployments, replicaSets, statefulSets, replicationControllers] as unknown as Resource<Scalable>[]).map(
    (resource) => [resource.kind, resource],
  ),
);

/** What it recommended and did, by key: windows and policies look back. */
interface Memory {
  recommendations: { readonly time: number; readonly replicas: number }[];
  changes: { readonly time: number; readonly by: number }[];
}

export const horizontalPodAutoscalerController = (usage: Usage): ControllerDefinition => ({
  name: "horizontal-pod-autoscaler",
  create(context) {
    const memories = new Map<string, Memory>();
    return {
      watches: [
        watch(horizontalPodAutoscalers, ({ type, object, previous }, queue) => {
          if (type === "DELETED") memories.delete(keyOf(object));
          else if (previous === undefined || !deepEqual(previous.spec, object.spec)) queue.add(keyOf(object));
        }),
      ],
      sync(key, queue) {
        const autoscaler = context.lister.find(horizontalPodAutoscalers, ...named(key));
        if (autoscaler === undefined) return;
        const memory = memories.get(key) ?? { recommendations: [], changes: [] };
        memories.set(key, memory);
        queue.addAfter(key, PERIOD_MS);
        sync(context, autoscaler, memory, usage);
      },
      state: () => (memories.size === 0 ? undefined : [...memories]),
      restore(state) {
        for (const [key, memory] of state as [string, Memory][])
          memories.set(key, { recommendations: [...memory.recommendations], changes: [...memory.changes] });
      },
    };
  },
});

const named = (key: string): [string, string] => {
  const { namespace, name } = splitKey(key);
  return [namespace, name];
};

function sync(context: ControllerContext, autoscaler: HorizontalPodAutoscaler, memory: Memory, usage: Usage): void {
  const { client, lister, recorder, clock } = context;
  const now = clock.now();
  const { namespace } = autoscaler.metadata;
  const { kind = "", name = "" } = autoscaler.spec?.scaleTargetRef ?? {};
  const conditions = new Conditions(autoscaler, now);
  const resource = scalable.get(kind);
  const target = resource === undefined ? undefined : lister.find(resource, namespace, name);
  if (resource === undefined || target === undefined) {
    const error =
      resource === undefined ? `no matches for kind "${kind}" in group ""` : `${resource.key} "${name}" not found`;
    recorder.event(autoscaler, "Warning", "FailedGetScale", error);
    conditions.set(
      "AbleToScale",
      "False",
      "FailedGetScale",
      `the HPA controller was unable to get the target's current scale: ${error}`,
    );
    write(
      context,
      autoscaler,
      { ...autoscaler.status, desiredReplicas: autoscaler.status?.desiredReplicas ?? 0 },
      conditions,
    );
    return;
  }
  const current = target.spec?.replicas ?? 1;
  conditions.set(
    "AbleToScale",
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
  );
  const { minReplicas = 1, maxReplicas = 1 } = autoscaler.spec ?? {};
  let desired = current;
  let reason = "";
  let metrics: MetricStatus[] = [];
  if (current === 0 && minReplicas !== 0) {
    conditions.set(
      "ScalingActive",
      "False",
      "ScalingDisabled",
      "scaling is disabled since the replica count of the target is zero",
    );
  } else if (current > maxReplicas) {
    desired = maxReplicas;
    reason = "Current number of replicas above Spec.MaxReplicas";
  } else if (current < minReplicas) {
    desired = minReplicas;
    reason = "Current number of replicas below Spec.MinReplicas";
  } else {
    const members = lister
      .list(pods, namespace)
      .filter((pod) => selectorMatches(selectorOf(kind, target), pod.metadata.labels ?? {}));
    const specs = autoscaler.spec?.metrics ?? DEFAULT_METRICS;
    const proposals = specs.map((spec) => propose(spec, members, current, usage));
    const valid = proposals.flatMap((proposal) => ("replicas" in proposal ? [proposal] : []));
    const [invalid] = proposals.flatMap((proposal) => ("error" in proposal ? [proposal] : []));
    const [best] = [...valid].sort((a, b) => b.replicas - a.replicas);
    if (best === undefined || (invalid !== undefined && best.replicas < current)) {
      const error = invalid?.error ?? "no metrics";
      recorder.event(autoscaler, "Warning", invalid?.reason ?? "InvalidMetric", error);
      recorder.event(
        autoscaler,
        "Warning",
        "FailedComputeMetricsReplicas",
        `invalid metrics (${proposals.length - valid.length} invalid out of ${proposals.length}), first error is: ${failedToGet(specs[proposals.findIndex((one) => "error" in one)])}${error}`,
      );
      conditions.set(
        "ScalingActive",
        "False",
        invalid?.reason ?? "InvalidMetric",
        `the HPA was unable to compute the replica count: ${error}`,
      );
      write(
        context,
        autoscaler,
        { ...autoscaler.status, currentReplicas: current, desiredReplicas: autoscaler.status?.desiredReplicas ?? 0 },
        conditions,
      );
      return;
    }
    metrics = valid.map(({ status }) => status);
    conditions.set(
      "ScalingActive",
      "True",
      "ValidMetricFound",
      `the HPA was able to successfully calculate a replica count from ${best.metric}`,
    );
    reason = best.replicas > current ? `${best.metric} above target` : "All metrics below target";
    desired = limited(autoscaler, current, best.replicas, memory, conditions, now);
  }
  if (desired !== current) {
    try {
      client.modify(resource, namespace, name, (object) => {
        if (object.spec !== undefined) object.spec.replicas = desired;
      });
    } catch (error) {
      if (!isStatusError(error)) throw error;
      recorder.event(
        autoscaler,
        "Warning",
        "FailedRescale",
        `New size: ${desired}; reason: ${reason}; error: ${error.message}`,
      );
      conditions.set(
        "AbleToScale",
        "False",
        "FailedUpdateScale",
        `the HPA controller was unable to update the target scale: ${error.message}`,
      );
      write(
        context,
        autoscaler,
        { ...autoscaler.status, currentReplicas: current, desiredReplicas: current },
        conditions,
      );
      throw error;
    }
    memory.changes.push({ time: now, by: desired - current });
    recorder.event(autoscaler, "Normal", "SuccessfulRescale", `New size: ${desired}; reason: ${reason}`);
    conditions.set(
      "AbleToScale",
      "True",
      "SucceededRescale",
      `the HPA controller was able to update the target scale to ${desired}`,
    );
  }
  write(
    context,
    autoscaler,
    {
      ...autoscaler.status,
      ...(desired === current ? {} : { lastScaleTime: rfc3339(now) }),
      currentReplicas: current,
      desiredReplicas: desired,
      ...(metrics.length > 0 ? { currentMetrics: metrics } : {}),
    },
    conditions,
  );
}

function selectorOf(kind: string, target: Scalable): LabelSelector | undefined {
  const selector = target.spec?.selector;
  return kind === "ReplicationController"
    ? { matchLabels: selector as Record<string, string> }
    : (selector as LabelSelector | undefined);
}

/** Stabilization windows, policies and bounds, in this order (normalizeDesiredReplicasWithBehaviors). */
function limited(
  { spec }: HorizontalPodAutoscaler,
  current: number,
  proposed: number,
  memory: Memory,
  conditions: Conditions,
  now: number,
): number {
  const up = spec?.behavior?.scaleUp;
  const down = spec?.behavior?.scaleDown;
  const upWindow = (up?.stabilizationWindowSeconds ?? 0) * 1000;
  const downWindow = (down?.stabilizationWindowSeconds ?? DEFAULT_DOWN_WINDOW_SECONDS) * 1000;
  memory.recommendations = memory.recommendations.filter(({ time }) => now - time < Math.max(upWindow, downWindow));
  const recent = (window: number) =>
    memory.recommendations.filter(({ time }) => now - time < window).map(({ replicas }) => replicas);
  const lowest = Math.min(proposed, ...recent(upWindow));
  const highest = Math.max(proposed, ...recent(downWindow));
  memory.recommendations.push({ time: now, replicas: proposed });
  let desired = Math.max(lowest, Math.min(current, highest));
  if (desired !== proposed)
    conditions.set(
      "AbleToScale",
      "True",
      proposed < current ? "ScaleDownStabilized" : "ScaleUpStabilized",
      proposed < current
        ? "recent recommendations were higher than current one, applying the highest recent recommendation"
        : "recent recommendations were lower than current one, applying the lowest recent recommendation",
    );
  else conditions.set("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
  memory.changes = memory.changes.filter(({ time }) => now - time < 1_800_000);
  if (desired > current) desired = Math.min(desired, bound(up, DEFAULT_UP, 1, current, memory, now));
  else if (desired < current) desired = Math.max(desired, bound(down, DEFAULT_DOWN, -1, current, memory, now));
  const { minReplicas = 1, maxReplicas = 1 } = spec ?? {};
  if (desired > maxReplicas || (desired === maxReplicas && proposed > maxReplicas))
    conditions.set(
      "ScalingLimited",
      "True",
      "TooManyReplicas",
      "the desired replica count is more than the maximum replica count",
    );
  else if (desired < minReplicas || (desired === minReplicas && proposed < minReplicas))
    conditions.set(
      "ScalingLimited",
      "True",
      "TooFewReplicas",
      "the desired replica count is less than the minimum replica count",
    );
  else
    conditions.set("ScalingLimited", "False", "DesiredWithinRange", "the desired count is within the acceptable range");
  return Math.min(maxReplicas, Math.max(minReplicas, desired));
}

const DEFAULT_UP: NonNullable<Rules["policies"]> = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
];
const DEFAULT_DOWN: NonNullable<Rules["policies"]> = [{ type: "Percent", value: 100, periodSeconds: 15 }];

/** The size that the policies of one direction allow now, given what was changed lately. */
function bound(
  rules: Rules | undefined,
  defaults: NonNullable<Rules["policies"]>,
  direction: 1 | -1,
  current: number,
  memory: Memory,
  now: number,
): number {
  if (rules?.selectPolicy === "Disabled") return current;
  const sizes = (rules?.policies ?? defaults).map(({ type, value, periodSeconds }) => {
    const changed = memory.changes
      .filter(({ time, by }) => now - time < periodSeconds * 1000 && Math.sign(by) === direction)
      .reduce((sum, { by }) => sum + by, 0);
    const before = current - changed;
    if (type === "Pods") return before + direction * value;
    return direction === 1 ? Math.ceil(before * (1 + value / 100)) : Math.floor(before * (1 - value / 100));
  });
  const pickMost = (rules?.selectPolicy ?? "Max") === "Max";
  return (direction === 1) === pickMost ? Math.max(...sizes) : Math.min(...sizes);
}

/** Conditions of one sync; what is set again with the same status keeps its time. */
class Conditions {
  readonly #now: string;
  readonly list: Condition[];

  constructor(autoscaler: HorizontalPodAutoscaler, now: number) {
    this.#now = rfc3339(now);
    this.list = [...(autoscaler.status?.conditions ?? [])];
  }

  set(type: string, status: string, reason: string, message: string): void {
    const index = this.list.findIndex((condition) => condition.type === type);
    const old = this.list[index];
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? this.#now) : this.#now;
    const next = { type, status, lastTransitionTime, reason, message };
    if (index === -1) this.list.push(next);
    else this.list[index] = next;
  }
}

function write(
  { client }: ControllerContext,
  autoscaler: HorizontalPodAutoscaler,
  status: Status,
  conditions: Conditions,
): void {
  const next: Status = { ...status, conditions: conditions.list };
  if (deepEqual(autoscaler.status ?? {}, next)) return;
  unlessGone(() =>
    client.modify(
      horizontalPodAutoscalers,
      autoscaler.metadata.namespace,
      autoscaler.metadata.name ?? "",
      (object) => {
        object.status = next;
      },
      "status",
    ),
  );
}

/** What the controller says before the reason why a metric could not be had (computeReplicasForMetric). */
function failedToGet(spec: MetricSpec | undefined): string {
  switch (spec?.type) {
    case "Resource":
      return `failed to get ${spec.resource?.name} resource metric value: `;
    case "ContainerResource":
      return `failed to get ${spec.containerResource?.name} container metric value: `;
    case "Object":
      return "failed to get object metric value: ";
    case "Pods":
      return "failed to get pods metric value: ";
    case "External":
      return `failed to get ${spec.external?.metric.name} external metric value: `;
    default:
      return "";
  }
}
