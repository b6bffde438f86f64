/** The scheduling framework: what plugins get and give (pkg/scheduler/framework). */
import type { Node, Pod } from "../api/types.ts";
import type { Lister } from "../controllers/framework/lister.ts";
import type { Amounts } from "./resources.ts";

/** A node with the Pods that are, or are assumed to be, on it. */
export interface NodeInfo {
  readonly node: Node;
  readonly pods: readonly Pod[];
  readonly allocatable: Amounts;
  readonly requested: Amounts;
  readonly scored: Amounts;
}

/** One attempt to schedule one Pod. */
export interface Cycle {
  readonly pod: Pod;
  readonly nodes: readonly NodeInfo[];
  readonly lister: Lister;
  /** ms since the epoch, cluster time. */
  readonly now: number;
  /** What plugins work out once per cycle, by plugin. */
  readonly notes: Map<string, unknown>;
}

/** Why a node does not do. `hopeless`: removing Pods from it would not help (UnschedulableAndUnresolvable). */
export interface Rejection {
  readonly reasons: readonly string[];
  readonly hopeless: boolean;
}

export interface FilterPlugin {
  readonly name: string;
  /** Refuses the Pod on every node at once. */
  preFilter?(cycle: Cycle): Rejection | undefined;
  filter?(cycle: Cycle, info: NodeInfo): Rejection | undefined;
}

export interface ScorePlugin {
  readonly name: string;
  readonly weight: number;
  /** Does not take part for this Pod. */
  skip?(cycle: Cycle): boolean;
  score(cycle: Cycle, info: NodeInfo, feasible: readonly NodeInfo[]): number;
  /** Brings raw scores into 0..100. */
  normalize?(scores: readonly number[], cycle: Cycle): readonly number[];
}

export const MAX_SCORE = 100;

export const rejected = (...reasons: string[]): Rejection => ({ reasons, hopeless: false });
export const hopeless = (...reasons: string[]): Rejection => ({ reasons, hopeless: true });

/** The usual way: the highest raw score becomes 100; `reverse`: the lowest. */
export function normalized(scores: readonly number[], reverse: boolean): number[] {
  const max = Math.max(0, ...scores);
  return scores.map((score) => {
    if (max === 0) return reverse ? MAX_SCORE : 0;
    const share = Math.floor((score * MAX_SCORE) / max);
    return reverse ? MAX_SCORE - share : share;
  });
}
