/** How many Pods of a budget may be disrupted now (pkg/controller/disruption). */
import {
  deployments,
  podDisruptionBudgets,
  pods,
  type Resource,
  replicaSets,
  replicationControllers,
  statefulSets,
} from "../api/resources.ts";
import type { Pod, PodDisruptionBudget } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { selectorMatches } from "../machinery/label-selector.ts";
import { parseTime, rfc3339 } from "../machinery/time.ts";
import type { KubernetesObject } from "../machinery/types.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "./framework/controller.ts";
import { scaled } from "./framework/intstr.ts";
import { keyOf, type Lister, splitKey } from "./framework/lister.ts";
import { controllerOf, unlessGone } from "./framework/owners.ts";
import { isPodFinished, isPodReady } from "./framework/pods.ts";
import type { WorkQueue } from "./framework/queue.ts";

/** A Pod whose eviction was granted counts as disrupted for this long, deleted or not. */
const DELETION_TIMEOUT_MS = 120_000;

type Status = NonNullable<PodDisruptionBudget["status"]>;
type Sized = KubernetesObject & { spec?: { replicas?: number } };

const sizedKinds = [
  replicaSets,
  replicationControllers,
  statefulSets,
  deployments,
] as unknown as readonly Resource<Sized>[];

export const disruptionController: ControllerDefinition = {
  name: "disruption-controller",
  component: "controllermanager",
  create(context) {
    const { lister } = context;
    const enqueue = (pod: Pod, queue: WorkQueue) => {
      for (const budget of lister.list(podDisruptionBudgets, pod.metadata.namespace))
        if (selectorMatches(budget.spec?.selector, pod.metadata.labels ?? {})) queue.add(keyOf(budget));
    };
    return {
      watches: [
        watch(podDisruptionBudgets, ({ object }, queue) => queue.add(keyOf(object))),
        watch(pods, ({ object }, queue) => enqueue(object, queue)),
        ...sizedKinds.map((resource) =>
          watch(resource, ({ object, previous }, queue) => {
            if (previous !== undefined && previous.spec?.replicas === object.spec?.replicas) return;
            for (const budget of lister.list(podDisruptionBudgets, object.metadata.namespace)) queue.add(keyOf(budget));
          }),
        ),
      ],
      sync: (key, queue) => sync(context, key, queue),
    };
  },
};

function sync(context: ControllerContext, key: string, queue: WorkQueue): void {
  const { lister, clock, recorder } = context;
  const { namespace, name } = splitKey(key);
  const budget = lister.find(podDisruptionBudgets, namespace, name);
  if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return;
  const now = clock.now();
  const members = lister
    .list(pods, namespace)
    .filter((pod) => selectorMatches(budget.spec?.selector, pod.metadata.labels ?? {}));
  if (members.length === 0) recorder.event(budget, "Normal", "NoPods", "No matching pods found");
  const expected = expectedPods(lister, budget, members);
  if (typeof expected === "string") {
    recorder.event(
      budget,
      "Warning",
      "CalculateExpectedPodCountFailed",
      `Failed to calculate the number of expected pods: ${expected}`,
    );
    write(context, budget, {
      ...emptyStatus(budget),
      ...budget.status,
      disruptionsAllowed: 0,
      observedGeneration: budget.metadata.generation ?? 0,
      conditions: [condition(budget, "False", "SyncFailed", expected, now)],
    });
    return;
  }
  const disruptedPods: Record<string, string> = {};
  let recheck = Number.POSITIVE_INFINITY;
  for (const [podName, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const pod = members.find(({ metadata }) => metadata.name === podName);
    const until = parseTime(time) + DELETION_TIMEOUT_MS;
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || until <= now) continue;
    disruptedPods[podName] = time;
    recheck = Math.min(recheck, until);
  }
  const healthy = members.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      disruptedPods[pod.metadata.name ?? ""] === undefined &&
      isPodReady(pod),
  ).length;
  const allowed = expected.count <= 0 || healthy - expected.desired <= 0 ? 0 : healthy - expected.desired;
  write(context, budget, {
    observedGeneration: budget.metadata.generation ?? 0,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: expected.desired,
    expectedPods: expected.count,
    conditions: [
      allowed > 0
        ? condition(budget, "True", "SufficientPods", "", now)
        : condition(budget, "False", "InsufficientPods", "", now),
    ],
  });
  if (Number.isFinite(recheck)) queue.addAfter(key, recheck - now, `budget ${name} forgets an eviction`);
}

const emptyStatus = (budget: PodDisruptionBudget): Status => ({
  observedGeneration: budget.metadata.generation ?? 0,
  disruptionsAllowed: 0,
  currentHealthy: 0,
  desiredHealthy: 0,
  expectedPods: 0,
});

/** How many Pods there should be and how many of them must stay healthy; text: why nobody knows. */
function expectedPods(
  lister: Lister,
  { spec }: PodDisruptionBudget,
  members: readonly Pod[],
): { readonly count: number; readonly desired: number } | string {
  const current = members.filter((pod) => !isPodFinished(pod)).length;
  if (spec?.minAvailable !== undefined && typeof spec.minAvailable === "number")
    return { count: current, desired: spec.minAvailable };
  const count = expectedScale(lister, members);
  if (typeof count === "string") return count;
  if (spec?.maxUnavailable !== undefined)
    return { count, desired: Math.max(0, count - (scaled(spec.maxUnavailable, count, true) ?? 0)) };
  return { count, desired: spec?.minAvailable === undefined ? 0 : (scaled(spec.minAvailable, count, true) ?? 0) };
}

/** The sizes of the workloads that the Pods belong to, each counted once. */
function expectedScale(lister: Lister, members: readonly Pod[]): number | string {
  const sizes = new Map<string, number>();
  for (const pod of members) {
    const owner = controllerOf(pod);
    if (owner === undefined) continue;
    let found = sizedKinds
      .map((resource) => lister.owner(resource, pod.metadata.namespace, owner))
      .find((object) => object !== undefined);
    const parent = found === undefined ? undefined : controllerOf(found);
    if (parent?.kind === "Deployment")
      found = lister.owner(deployments as unknown as Resource<Sized>, pod.metadata.namespace, parent) ?? found;
    if (found === undefined)
      return `${owner.kind.toLowerCase()}s.${owner.apiVersion.split("/")[0]} does not implement the scale subresource`;
    sizes.set(found.metadata.uid ?? "", found.spec?.replicas ?? 1);
  }
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

function condition(budget: PodDisruptionBudget, status: string, reason: string, message: string, now: number) {
  const old = budget.status?.conditions?.find(({ type }) => type === "DisruptionAllowed");
  return {
    type: "DisruptionAllowed",
    status,
    observedGeneration: budget.metadata.generation ?? 0,
    lastTransitionTime: old?.status === status ? old.lastTransitionTime : rfc3339(now),
    reason,
    message,
  };
}

function write({ client }: ControllerContext, budget: PodDisruptionBudget, status: Status): void {
  if (deepEqual(budget.status ?? {}, status)) return;
  unlessGone(() =>
    client.modify(
      podDisruptionBudgets,
      budget.metadata.namespace,
      budget.metadata.name ?? "",
      (next) => {
        next.status = status;
      },
      "status",
    ),
  );
}
