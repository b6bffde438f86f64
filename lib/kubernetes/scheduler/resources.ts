/** What Pods ask for and nodes have (component-helpers/resource). Pure; cpu in millicores, everything else in units. */
import { quantityNumber } from "../../encoding/index.ts";
import type { Container, Node, Pod } from "../api/types.ts";

export type Amounts = Readonly<Record<string, number>>;

/** A quantity as a number of units; 0 where it is none. Exact up to 2^53, which is enough to compare. */
export const amount = (quantity: string | number | undefined): number => quantityNumber(quantity) ?? 0;

const scaledAmount = (name: string, quantity: string | number | undefined) =>
  name === "cpu" ? Math.ceil(amount(quantity) * 1000 - 1e-9) : amount(quantity);

function amounts(list: Readonly<Record<string, string>> | undefined): Record<string, number> {
  const result: Record<string, number> = {};
  for (const [name, quantity] of Object.entries(list ?? {})) result[name] = scaledAmount(name, quantity);
  return result;
}

function add(into: Record<string, number>, other: Amounts): void {
  for (const [name, value] of Object.entries(other)) into[name] = (into[name] ?? 0) + value;
}

function atLeast(into: Record<string, number>, other: Amounts): void {
  for (const [name, value] of Object.entries(other)) into[name] = Math.max(into[name] ?? 0, value);
}

const cache = new WeakMap<object, Amounts>();

/** Containers together, or the most that an init container needs beside the sidecars before it; and the overhead. */
export function podRequests(pod: Pod): Amounts {
  const spec = pod.spec;
  if (spec === undefined) return {};
  const resize = pod.status?.conditions?.find(({ type }) => type === "PodResizePending");
  const known = resize === undefined ? cache.get(spec) : undefined;
  if (known !== undefined) return known;
  const total: Record<string, number> = {};
  const requestsOf = (container: Container) => {
    const asked = amounts(container.resources?.requests);
    return resize === undefined ? asked : whileResizing(pod, container.name, asked, resize.reason === "Infeasible");
  };
  for (const container of spec.containers) add(total, requestsOf(container));
  const sidecars: Record<string, number> = {};
  const atStart: Record<string, number> = {};
  for (const container of spec.initContainers ?? []) {
    const needed = requestsOf(container);
    if (container.restartPolicy === "Always") {
      add(total, needed);
      add(sidecars, needed);
      atLeast(atStart, sidecars);
    } else {
      add(needed, sidecars);
      atLeast(atStart, needed);
    }
  }
  atLeast(total, atStart);
  add(total, amounts(spec.overhead));
  if (resize === undefined && Object.isFrozen(spec)) cache.set(spec, total);
  return total;
}

/** A resize that waits counts with what is asked for and what is there; one that can never be, with what is there alone. */
function whileResizing(pod: Pod, container: string, asked: Amounts, isInfeasible: boolean): Record<string, number> {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find(({ name }) => name === container);
  const counted = amounts(status?.allocatedResources);
  atLeast(counted, amounts(status?.resources?.requests));
  if (!isInfeasible || status === undefined) atLeast(counted, asked);
  return counted;
}

export const resourceAmounts = (list: Readonly<Record<string, string>>): Amounts => amounts(list);

export const nodeAllocatable = (node: Node): Amounts => amounts(node.status?.allocatable ?? node.status?.capacity);

/** What a container without requests counts as when nodes are scored. */
const DEFAULT_REQUEST: Amounts = { cpu: 100, memory: 200 * 1024 * 1024 };

/** cpu and memory for scoring: containers that ask for nothing count as something (GetNonzeroRequests). */
export function scoredRequests(pod: Pod): Amounts {
  const total: Record<string, number> = { cpu: 0, memory: 0 };
  for (const container of pod.spec?.containers ?? [])
    for (const name of ["cpu", "memory"]) {
      const requested = container.resources?.requests?.[name];
      total[name] =
        (total[name] ?? 0) + (requested === undefined ? (DEFAULT_REQUEST[name] ?? 0) : scaledAmount(name, requested));
    }
  return total;
}
