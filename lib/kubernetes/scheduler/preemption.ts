/** Making room by removing Pods of lower priority (pkg/scheduler/framework/preemption). Pure. */
import { podDisruptionBudgets } from "../api/resources.ts";
import type { Pod } from "../api/types.ts";
import { selectorMatches } from "../machinery/label-selector.ts";
import { parseTime } from "../machinery/time.ts";
import { messageOf } from "./diagnosis.ts";
import { nodeInfo, priorityOf } from "./node-info.ts";
import { type Cycle, hopeless, type NodeInfo, type Rejection } from "./types.ts";

export interface Candidate {
  readonly node: string;
  readonly victims: readonly Pod[];
  readonly violations: number;
}

type Outcome =
  | { readonly kind: "found"; readonly candidate: Candidate }
  | { readonly kind: "none"; readonly message: string };

type Fits = (cycle: Cycle, info: NodeInfo) => Rejection | undefined;

/** Looks on every node that could be helped for the fewest and least important Pods whose removal makes room. */
export function preempt(cycle: Cycle, rejections: ReadonlyMap<string, Rejection>, fits: Fits): Outcome {
  const { pod } = cycle;
  // What the dynamic resources plugin, on since 1.34, answers before the preemption plugin is asked.
  const none = (message: string): Outcome => ({
    kind: "none",
    message: `no new claims to deallocate, preemption: ${message}`,
  });
  if (pod.spec?.preemptionPolicy === "Never") return none("not eligible due to preemptionPolicy=Never.");
  const nominated = cycle.nodes.find(({ node }) => node.metadata.name === pod.status?.nominatedNodeName);
  const isLeaving = (other: Pod) =>
    other.metadata.deletionTimestamp !== undefined && priorityOf(other) < priorityOf(pod);
  if (nominated?.pods.some(isLeaving) && rejections.get(nominated.node.metadata.name ?? "")?.hopeless !== true)
    return none("not eligible due to a terminating pod on the nominated node.");

  const candidates: Candidate[] = [];
  const failures = new Map<string, Rejection>();
  for (const info of cycle.nodes) {
    const name = info.node.metadata.name ?? "";
    const outcome =
      rejections.get(name)?.hopeless === false
        ? victimsOn(cycle, info, fits)
        : hopeless("Preemption is not helpful for scheduling");
    if ("victims" in outcome) candidates.push(outcome);
    else failures.set(name, outcome);
  }
  const [best] = candidates.sort(byHarm);
  if (best !== undefined) return { kind: "found", candidate: best };
  return none(messageOf({ nodeCount: cycle.nodes.length, byNode: failures }));
}

function victimsOn(cycle: Cycle, info: NodeInfo, fits: Fits): Candidate | Rejection {
  const potential = info.pods.filter((other) => priorityOf(other) < priorityOf(cycle.pod));
  if (potential.length === 0) return hopeless("No preemption victims found for incoming pod");
  let remaining = info.pods.filter((other) => !potential.includes(other));
  const rejection = tryWith(cycle, info, remaining, fits);
  if (rejection !== undefined) return rejection;
  const violating = budgetViolators(cycle, potential);
  const victims: Pod[] = [];
  let violations = 0;
  // Those a budget protects are spared first, then the more important ones.
  const order = [...potential].sort(
    (a, b) =>
      Number(violating.has(b)) - Number(violating.has(a)) || priorityOf(b) - priorityOf(a) || started(a) - started(b),
  );
  for (const victim of order) {
    const spared = [...remaining, victim];
    if (tryWith(cycle, info, spared, fits) === undefined) remaining = spared;
    else {
      victims.push(victim);
      if (violating.has(victim)) violations++;
    }
  }
  return { node: info.node.metadata.name ?? "", victims, violations };
}

function tryWith(cycle: Cycle, info: NodeInfo, pods: readonly Pod[], fits: Fits): Rejection | undefined {
  const changed = nodeInfo(info.node, pods);
  const nodes = cycle.nodes.map((other) => (other === info ? changed : other));
  return fits(
    {
      ...cycle,
      nodes,
      notes: new Map(
        cycle.notes.has("claims")
          ? [
              ["claims", cycle.notes.get("claims")],
              ["volumes", new Map()],
            ]
          : [],
      ),
    },
    changed,
  );
}

function budgetViolators({ lister }: Cycle, pods: readonly Pod[]): ReadonlySet<Pod> {
  const violating = new Set<Pod>();
  const left = new Map<object, number>();
  for (const pod of pods)
    for (const budget of lister.list(podDisruptionBudgets, pod.metadata.namespace)) {
      if (!selectorMatches(budget.spec?.selector, pod.metadata.labels ?? {})) continue;
      if (budget.status?.disruptedPods?.[pod.metadata.name ?? ""] !== undefined) continue;
      const allowed = (left.get(budget) ?? budget.status?.disruptionsAllowed ?? 0) - 1;
      left.set(budget, allowed);
      if (allowed < 0) violating.add(pod);
    }
  return violating;
}

const started = (pod: Pod) => parseTime(pod.status?.startTime) || Number.POSITIVE_INFINITY;

/** pickOneNodeForPreemption: fewest violated budgets, lowest top priority, lowest sum, fewest victims, latest start. */
function byHarm(a: Candidate, b: Candidate): number {
  const top = ({ victims }: Candidate) => Math.max(Number.NEGATIVE_INFINITY, ...victims.map(priorityOf));
  const sum = ({ victims }: Candidate) => victims.reduce((total, victim) => total + priorityOf(victim) + 2 ** 31, 0);
  const earliest = (candidate: Candidate) =>
    Math.min(...candidate.victims.filter((victim) => priorityOf(victim) === top(candidate)).map(started));
  return (
    a.violations - b.violations ||
    top(a) - top(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    earliest(b) - earliest(a) ||
    0
  );
}
