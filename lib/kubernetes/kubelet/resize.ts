/** Resizes of Pods in place: whether a node can give what is asked for, and what a Pod has meanwhile (kubelet/allocation). */
import { quantityNumber } from "../../encoding/index.ts";
import type { Container, Pod } from "../api/types.ts";
import { deepEqual } from "../machinery/clone.ts";
import { type Applicant, shortages } from "./admission.ts";

export interface ResizeRefusal {
  /** Deferred: not now; Infeasible: not on this node, whoever else leaves it. */
  readonly reason: "Deferred" | "Infeasible";
  readonly message: string;
}

/** Why the node cannot give a Pod the resources it asks for beside `others`; undefined where it can. */
export function resizeRefusal(applicant: Applicant): ResizeRefusal | undefined {
  const [never] = shortages({ ...applicant, others: [] });
  if (never !== undefined)
    return {
      reason: "Infeasible",
      message: `Node didn't have enough capacity: ${never.resource}, requested: ${never.wanted}, capacity: ${never.capacity}`,
    };
  const [now] = shortages(applicant);
  if (now === undefined) return undefined;
  const { resource, wanted, used, capacity } = now;
  return {
    reason: "Deferred",
    message: `Node didn't have enough resource: ${resource}, requested: ${wanted}, used: ${used}, capacity: ${capacity}`,
  };
}

const LISTS = ["initContainers", "containers"] as const;
type Resources = Container["resources"];

function withResources(pod: Pod, given: (name: string, list: (typeof LISTS)[number]) => Resources): Pod {
  if (pod.spec === undefined) return pod;
  const spec = { ...pod.spec };
  for (const list of LISTS)
    if (spec[list] !== undefined)
      spec[list] = spec[list].map((container) => {
        const { resources: _asked, ...rest } = container;
        const resources = given(container.name, list);
        return resources === undefined ? rest : { ...rest, resources };
      });
  return { ...pod, spec };
}

/** The Pod with what its containers have been given so far instead of what they ask for. */
export const asAllocated = (pod: Pod, allocated: Pod): Pod =>
  withResources(pod, (name, list) => allocated.spec?.[list]?.find((container) => container.name === name)?.resources);

/** The same of a Pod whose kubelet is new: its status says what it has. */
export function asReported(pod: Pod): Pod {
  const isPending = pod.status?.conditions?.some(({ type }) => type === "PodResizePending") === true;
  if (!isPending) return pod;
  return withResources(pod, (name, list) => {
    const statuses = list === "containers" ? pod.status?.containerStatuses : pod.status?.initContainerStatuses;
    const { requests, limits } = statuses?.find((status) => status.name === name)?.resources ?? {};
    return { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) };
  });
}

/** Whether two states of a Pod ask for the same. */
export function sameResources(a: Pod, b: Pod): boolean {
  const resourcesOf = (pod: Pod) =>
    LISTS.map((list) => (pod.spec?.[list] ?? []).map(({ name, resources }) => [name, resources ?? {}]));
  return deepEqual(resourcesOf(a), resourcesOf(b));
}

/** A resize that was granted, until the containers have what they were granted. */
export interface ResizeInProgress {
  /** The Pod with what its containers still have. */
  readonly actual: Pod;
  /** The generation that asked for it. */
  readonly generation: number;
  /** Why it could not be done so far. */
  readonly error?: string;
}

/**
 * Why memory limits cannot be lowered in place: what is used already is more (kuberuntime_manager.go,
 * validateMemoryResizeAction). `usedBytes`: by running container; one that restarts for it is none of them.
 */
export function lowerThanUsed(wanted: Pod, actual: Pod, usedBytes: ReadonlyMap<string, number>): string | undefined {
  const limitsOf = (pod: Pod) =>
    (pod.spec?.containers ?? []).map(({ name, resources }) => ({
      name,
      limit: quantityNumber(resources?.limits?.["memory"]),
    }));
  const [next, before] = [limitsOf(wanted), limitsOf(actual)];
  const isLowered = (limit: number | undefined, former: number | undefined) =>
    limit !== undefined && (former === undefined || limit < former);
  const sum = (list: typeof next) =>
    list.reduce<number | undefined>(
      (total, { limit }) => (total === undefined || limit === undefined ? undefined : total + limit),
      0,
    );
  const problems: string[] = [];
  const [total, formerTotal] = [sum(next), sum(before)];
  const used = [...usedBytes.values()].reduce((one, other) => one + other, 0);
  if (total !== undefined && isLowered(total, formerTotal) && used > total)
    problems.push(`attempting to set pod memory limit (${total}) below current usage (${used})`);
  for (const { name, limit } of next) {
    const bytes = usedBytes.get(name);
    const former = before.find((one) => one.name === name)?.limit;
    if (limit !== undefined && bytes !== undefined && isLowered(limit, former) && bytes > limit)
      problems.push(`attempting to set container "${name}" memory limit (${limit}) below current usage (${bytes})`);
  }
  return problems.length > 1 ? `[${problems.join(", ")}]` : problems[0];
}

/** What the event says that a resize is done (PodResizeCompletedMsg of 1.34). */
export function resizeCompleted({ spec }: Pod): string {
  const sorted = (map: Readonly<Record<string, string>> | undefined) =>
    map === undefined || Object.keys(map).length === 0
      ? undefined
      : Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
  const summary = (containers: readonly Container[] | undefined) =>
    containers === undefined || containers.length === 0
      ? undefined
      : containers.map(({ name, resources }) => ({
          name,
          resources: { limits: sorted(resources?.limits), requests: sorted(resources?.requests) },
        }));
  const details = { initContainers: summary(spec?.initContainers), containers: summary(spec?.containers) };
  return `Pod resize completed: ${JSON.stringify(details)}`;
}
