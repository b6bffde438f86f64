/** Resizes of Pods in place: whether a node can give what is asked for, and what a Pod has meanwhile (kubelet/allocation). */
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
