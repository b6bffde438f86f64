/** Room for what the Pod requests (plugins/noderesources). */

import type { Pod } from "../../api/types.ts";
import { podRequests, scoredRequests } from "../resources.ts";
import { type FilterPlugin, MAX_SCORE, type NodeInfo, type ScorePlugin } from "../types.ts";

const SCORED = ["cpu", "memory"] as const;

export const nodeResourcesFit: FilterPlugin & ScorePlugin = {
  name: "NodeResourcesFit",
  weight: 1,
  filter({ pod }, { pods, allocatable, requested }) {
    const reasons: string[] = [];
    let isHopeless = false;
    if (pods.length + 1 > (allocatable["pods"] ?? 110)) reasons.push("Too many pods");
    const wanted = podRequests(pod);
    for (const name of Object.keys(wanted).sort(byImportance)) {
      const amount = wanted[name] ?? 0;
      if (amount === 0 || amount <= (allocatable[name] ?? 0) - (requested[name] ?? 0)) continue;
      reasons.push(`Insufficient ${name}`);
      // More than the whole node has: no preemption makes room.
      if (amount > (allocatable[name] ?? 0)) isHopeless = true;
    }
    return reasons.length === 0 ? undefined : { reasons, hopeless: isHopeless };
  },
  /** LeastAllocated: the share that stays free, averaged over cpu and memory. */
  score({ pod }, info) {
    let sum = 0;
    for (const name of SCORED) {
      const total = info.allocatable[name] ?? 0;
      const used = (info.scored[name] ?? 0) + (scoredRequests(pod)[name] ?? 0);
      if (total > 0 && used <= total) sum += Math.floor(((total - used) * MAX_SCORE) / total);
    }
    return Math.floor(sum / SCORED.length);
  },
};

/** cpu and memory come first, as the checks do. */
const byImportance = (a: string, b: string) => rank(a) - rank(b) || (a < b ? -1 : 1);
const rank = (name: string) => {
  const index = ["cpu", "memory", "ephemeral-storage"].indexOf(name);
  return index === -1 ? 3 : index;
};

export const nodeResourcesBalancedAllocation: ScorePlugin = {
  name: "NodeResourcesBalancedAllocation",
  weight: 1,
  /** Pods that request nothing cannot be balanced. */
  skip: ({ pod }) => SCORED.every((name) => (podRequests(pod)[name] ?? 0) === 0),
  score: ({ pod }, info) => balance(pod, info),
};

function balance(pod: Pod, { allocatable, requested }: NodeInfo): number {
  const shares = SCORED.filter((name) => (allocatable[name] ?? 0) > 0).map((name) =>
    Math.min(1, ((requested[name] ?? 0) + (podRequests(pod)[name] ?? 0)) / (allocatable[name] ?? 1)),
  );
  const [first = 0, second = first] = shares;
  return Math.floor((1 - Math.abs(first - second) / 2) * MAX_SCORE);
}
