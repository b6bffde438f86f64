/** The words of a failed attempt (FitError in pkg/scheduler/framework/types.go). Pure. */
import type { Rejection } from "./types.ts";

interface Diagnosis {
  readonly nodeCount: number;
  /** Why nothing fits at all, before nodes were looked at. */
  readonly preFilter?: Rejection;
  /** Why each node does not do, by node. */
  readonly byNode: ReadonlyMap<string, Rejection>;
  /** What came of the attempt to preempt. */
  readonly postFilter?: string;
}

/** Reasons with how many nodes gave them, in order of the text. */
function histogram(rejections: Iterable<Rejection>): string {
  const counts = new Map<string, number>();
  for (const { reasons } of rejections) for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}

export function messageOf({ nodeCount, preFilter, byNode, postFilter }: Diagnosis): string {
  if (nodeCount === 0) return "no nodes available to schedule pods";
  let message = `0/${nodeCount} nodes are available:`;
  if (preFilter !== undefined) message += ` ${preFilter.reasons.join(", ")}.`;
  else {
    const reasons = histogram(byNode.values());
    if (reasons !== "") message += ` ${reasons}.`;
  }
  return postFilter === undefined || postFilter === "" ? message : `${message} ${postFilter}`;
}
