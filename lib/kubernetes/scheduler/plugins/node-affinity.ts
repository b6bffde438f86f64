/** Node selectors and node affinity (plugins/nodeaffinity). */

import type { Node, Pod } from "../../api/types.ts";
import { nodeSelectorMatches, termMatches } from "../../machinery/node-selector.ts";
import { type FilterPlugin, hopeless, normalized, type ScorePlugin } from "../types.ts";

/** Node selector and required affinity of a Pod hold on a node. */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  for (const [key, value] of Object.entries(pod.spec?.nodeSelector ?? {})) if (labels[key] !== value) return false;
  return nodeSelectorMatches(pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution, node);
}

/** Names of the only nodes that can do: every term names its nodes (Pods of DaemonSets do). */
function namedNodes(pod: Pod): Set<string> | undefined {
  const terms =
    pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const names = new Set<string>();
  for (const term of terms) {
    const fields = (term.matchFields ?? []).filter(({ key, operator }) => key === "metadata.name" && operator === "In");
    if (fields.length === 0) return undefined;
    for (const { values = [] } of fields) for (const value of values) names.add(value);
  }
  return terms.length === 0 ? undefined : names;
}

export const nodeAffinity: FilterPlugin & ScorePlugin = {
  name: "NodeAffinity",
  weight: 2,
  filter({ pod }, { node }) {
    if (namedNodes(pod)?.has(node.metadata.name ?? "") === false)
      return hopeless("node(s) didn't satisfy plugin(s) [NodeAffinity]");
    return matchesNodeAffinity(pod, node) ? undefined : hopeless("node(s) didn't match Pod's node affinity/selector");
  },
  skip: ({ pod }) =>
    (pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length === 0,
  score({ pod }, { node }) {
    let score = 0;
    for (const { weight, preference } of pod.spec?.affinity?.nodeAffinity
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      if (termMatches(preference, node)) score += weight;
    return score;
  },
  normalize: (scores) => normalized(scores, false),
};
