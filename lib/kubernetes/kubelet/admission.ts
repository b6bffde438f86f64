/**
 * Whether a node takes a Pod that was bound to it: the scheduler's own rules once more, for Pods that came without it
 * (pkg/kubelet/lifecycle/predicate.go), and who has to go for a critical one (pkg/kubelet/preemption). Pure.
 */
import { computeQosClass } from "../api/pods/qos.ts";
import { SAFE_SYSCTLS } from "../api/pods/sysctls.ts";
import type { Node, Pod } from "../api/types.ts";
import { admissionRefusal } from "../scheduler/index.ts";
import { type Amounts, podRequests } from "../scheduler/resources.ts";
import { isCritical } from "./eviction.ts";

/** `reason` and `message` as the Pod's status and an event say them. */
interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface Applicant {
  readonly pod: Pod;
  /** Undefined where the API server has not been heard of the node. */
  readonly node: Node | undefined;
  /** Who is on the node and has not ended. */
  readonly others: readonly Pod[];
  /** cpu in millicores, everything else in units. */
  readonly allocatable: Amounts;
}

/** In upstream's order. */
const RESOURCES = ["cpu", "memory", "ephemeral-storage"] as const;

interface Shortage {
  readonly resource: string;
  readonly wanted: number;
  readonly used: number;
  readonly capacity: number;
}

export function shortages({ pod, others, allocatable }: Applicant): Shortage[] {
  const found: Shortage[] = [];
  const pods = allocatable["pods"] ?? 0;
  if (others.length + 1 > pods) found.push({ resource: "pods", wanted: 1, used: others.length, capacity: pods });
  const requests = podRequests(pod);
  for (const resource of RESOURCES) {
    const wanted = requests[resource] ?? 0;
    const used = others.reduce((sum, other) => sum + (podRequests(other)[resource] ?? 0), 0);
    const capacity = allocatable[resource] ?? 0;
    if (wanted > 0 && wanted + used > capacity) found.push({ resource, wanted, used, capacity });
  }
  return found;
}

/** Sysctls that the node was not told to allow (pkg/kubelet/sysctl/allowlist.go). */
function forbiddenSysctl({ spec }: Pod): Refusal | undefined {
  for (const { name } of spec?.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll("/", ".");
    const shared = dotted.startsWith("net.")
      ? spec?.hostNetwork === true && "Network"
      : spec?.hostIPC === true && "IPC";
    const why = !SAFE_SYSCTLS.has(dotted)
      ? `"${dotted}" not allowlisted`
      : shared !== false && `"${dotted}" not allowed with host ${shared} enabled`;
    if (why !== false) return { reason: "SysctlForbidden", message: `forbidden sysctl: ${why}` };
  }
  return undefined;
}

/** The Pod is refused, or taken once `victims` have gone. */
export function admission(applicant: Applicant): { readonly refusal?: Refusal; readonly victims: readonly Pod[] } {
  const { pod, node, others } = applicant;
  const forbidden = forbiddenSysctl(pod);
  if (forbidden !== undefined) return { refusal: forbidden, victims: [] };
  const short = shortages(applicant);
  const other = node === undefined ? undefined : admissionRefusal(pod, node, others);
  const [first] = short;
  if (first === undefined) return other === undefined ? { victims: [] } : { refusal: other, victims: [] };
  if (isCritical(pod) && other === undefined) {
    const victims = victimsFor(applicant, short);
    if (victims !== undefined) return { victims };
    const missing = short.map(
      ({ resource, wanted, used, capacity }) => `(res: ${resource}, q: ${wanted + used - capacity}), `,
    );
    return {
      refusal: {
        reason: "UnexpectedAdmissionError",
        message: `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [${missing.join("")}]`,
      },
      victims: [],
    };
  }
  const { resource, wanted, used, capacity } = first;
  return {
    refusal: {
      reason: `OutOf${resource}`,
      message: `Node didn't have enough resource: ${resource}, requested: ${wanted}, used: ${used}, capacity: ${capacity}`,
    },
    victims: [],
  };
}

const CLASSES = ["BestEffort", "Burstable", "Guaranteed"];
const classOf = (pod: Pod) => CLASSES.indexOf(computeQosClass(pod));
const priorityOf = (pod: Pod) => pod.spec?.priority ?? 0;

/** As few as it takes, of the lowest class and priority first; undefined where all of them would not be enough. */
function victimsFor({ pod, others }: Applicant, short: readonly Shortage[]): readonly Pod[] | undefined {
  const candidates = others
    .filter((other) => !isCritical(other) || priorityOf(other) < priorityOf(pod))
    .sort((a, b) => classOf(a) - classOf(b) || priorityOf(a) - priorityOf(b));
  const missing = new Map(short.map(({ resource, wanted, used, capacity }) => [resource, wanted + used - capacity]));
  const gives = (victim: Pod, resource: string) => (resource === "pods" ? 1 : (podRequests(victim)[resource] ?? 0));
  const chosen: Pod[] = [];
  for (const candidate of candidates) {
    if ([...missing.values()].every((amount) => amount <= 0)) break;
    if (![...missing].some(([resource, amount]) => amount > 0 && gives(candidate, resource) > 0)) continue;
    chosen.push(candidate);
    for (const [resource, amount] of missing) missing.set(resource, amount - gives(candidate, resource));
  }
  return [...missing.values()].every((amount) => amount <= 0) ? chosen : undefined;
}
