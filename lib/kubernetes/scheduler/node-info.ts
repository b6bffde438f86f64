/** Nodes and what is on them, for one cycle. Pure. */
import type { Node, Pod } from "../api/types.ts";
import { type Amounts, nodeAllocatable, podRequests, scoredRequests } from "./resources.ts";
import type { NodeInfo } from "./types.ts";

export const priorityOf = (pod: Pod) => pod.spec?.priority ?? 0;

function sum(pods: readonly Pod[], requests: (pod: Pod) => Amounts): Amounts {
  const total: Record<string, number> = {};
  for (const pod of pods)
    for (const [name, value] of Object.entries(requests(pod))) total[name] = (total[name] ?? 0) + value;
  return total;
}

export function nodeInfo(node: Node, pods: readonly Pod[]): NodeInfo {
  return {
    node,
    pods,
    allocatable: nodeAllocatable(node),
    requested: sum(pods, podRequests),
    scored: sum(pods, scoredRequests),
  };
}

/** `placeOf` says which node a Pod takes room on, undefined for none. */
export function nodeInfos(
  nodes: readonly Node[],
  pods: readonly Pod[],
  placeOf: (pod: Pod) => string | undefined,
): NodeInfo[] {
  const byNode = new Map<string, Pod[]>(nodes.map((node) => [node.metadata.name ?? "", []]));
  for (const pod of pods) {
    // Finished Pods take no room.
    if (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed") continue;
    const place = placeOf(pod);
    if (place !== undefined) byNode.get(place)?.push(pod);
  }
  return nodes.map((node) => nodeInfo(node, byNode.get(node.metadata.name ?? "") ?? []));
}
