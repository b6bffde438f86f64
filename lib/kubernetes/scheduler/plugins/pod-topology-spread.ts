/** Topology spread constraints, the Pod's own and the defaults (plugins/podtopologyspread). */
import { replicaSets, replicationControllers, services, statefulSets } from "../../api/resources.ts";
import type { Node, Pod } from "../../api/types.ts";
import { controllerOf } from "../../controllers/framework/owners.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import type { LabelSelector } from "../../machinery/types.ts";
import { taintsOf, toleratesTaint } from "../taints.ts";
import {
  type Cycle,
  type FilterPlugin,
  hopeless,
  MAX_SCORE,
  type NodeInfo,
  rejected,
  type ScorePlugin,
} from "../types.ts";
import { matchesNodeAffinity } from "./node-affinity.ts";

interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  readonly minDomains: number;
  readonly nodeAffinityPolicy: string;
  readonly nodeTaintsPolicy: string;
}

function constraintsOf(pod: Pod, whenUnsatisfiable: string): Constraint[] {
  return (pod.spec?.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable)
    .map((constraint) => ({
      maxSkew: constraint.maxSkew,
      topologyKey: constraint.topologyKey,
      selector: withLabelKeys(pod, constraint.labelSelector ?? {}, constraint.matchLabelKeys ?? []),
      minDomains: constraint.minDomains ?? 1,
      nodeAffinityPolicy: constraint.nodeAffinityPolicy ?? "Honor",
      nodeTaintsPolicy: constraint.nodeTaintsPolicy ?? "Ignore",
    }));
}

function withLabelKeys(pod: Pod, selector: LabelSelector, keys: readonly string[]): LabelSelector {
  const labels = pod.metadata.labels ?? {};
  const extra = keys.filter((key) => labels[key] !== undefined).map((key) => [key, labels[key] ?? ""] as const);
  return extra.length === 0
    ? selector
    : { ...selector, matchLabels: { ...selector.matchLabels, ...Object.fromEntries(extra) } };
}

/** Without constraints of its own a Pod of a Service or a set is spread a little over nodes and zones. */
function defaultConstraints({ pod, lister }: Cycle): Constraint[] {
  if ((pod.spec?.topologySpreadConstraints ?? []).length > 0) return [];
  const labels = pod.metadata.labels ?? {};
  const matchLabels: Record<string, string> = {};
  const matchExpressions: NonNullable<LabelSelector["matchExpressions"]> = [];
  let found = false;
  for (const service of lister.list(services, pod.metadata.namespace)) {
    const selector = service.spec?.selector ?? {};
    if (Object.keys(selector).length === 0 || !selectorMatches({ matchLabels: selector }, labels)) continue;
    Object.assign(matchLabels, selector);
    found = true;
  }
  const owner = controllerOf(pod);
  const set =
    lister.owner(replicaSets, pod.metadata.namespace, owner) ??
    lister.owner(statefulSets, pod.metadata.namespace, owner);
  const own: LabelSelector | undefined =
    set?.spec?.selector ??
    (owner?.kind === "ReplicationController"
      ? { matchLabels: lister.owner(replicationControllers, pod.metadata.namespace, owner)?.spec?.selector ?? {} }
      : undefined);
  if (own !== undefined) {
    Object.assign(matchLabels, own.matchLabels);
    matchExpressions.push(...(own.matchExpressions ?? []));
    found = true;
  }
  if (!found) return [];
  const base = {
    selector: { matchLabels, matchExpressions },
    minDomains: 1,
    nodeAffinityPolicy: "Honor",
    nodeTaintsPolicy: "Ignore",
  };
  return [
    { ...base, maxSkew: 3, topologyKey: "kubernetes.io/hostname" },
    { ...base, maxSkew: 5, topologyKey: "topology.kubernetes.io/zone" },
  ];
}

const domainOf = (node: Node, key: string) => node.metadata.labels?.[key];

/** Pods that count: of the same namespace, selected, not on their way out. */
const countOn = ({ pods }: NodeInfo, pod: Pod, selector: LabelSelector) =>
  pods.filter(
    (other) =>
      other.metadata.namespace === pod.metadata.namespace &&
      other.metadata.deletionTimestamp === undefined &&
      selectorMatches(selector, other.metadata.labels ?? {}),
  ).length;

/** Whether a node's domain counts at all: the Pod could go there as far as its policies say. */
function isCounted(pod: Pod, node: Node, constraint: Constraint): boolean {
  if (constraint.nodeAffinityPolicy === "Honor" && !matchesNodeAffinity(pod, node)) return false;
  return (
    constraint.nodeTaintsPolicy !== "Honor" ||
    taintsOf(node).every((taint) => taint.effect === "PreferNoSchedule" || toleratesTaint(pod, taint))
  );
}

function countDomains({ pod, nodes }: Cycle, constraint: Constraint): Map<string, number> {
  const counts = new Map<string, number>();
  for (const info of nodes) {
    const domain = domainOf(info.node, constraint.topologyKey);
    if (domain === undefined || !isCounted(pod, info.node, constraint)) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + countOn(info, pod, constraint.selector));
  }
  return counts;
}

interface Noted {
  readonly constraint: Constraint;
  readonly counts: ReadonlyMap<string, number>;
}

function noted(cycle: Cycle, key: string, constraints: () => Constraint[]): readonly Noted[] {
  let value = cycle.notes.get(key) as Noted[] | undefined;
  if (value === undefined) {
    value = constraints().map((constraint) => ({ constraint, counts: countDomains(cycle, constraint) }));
    cycle.notes.set(key, value);
  }
  return value;
}

export const podTopologySpread: FilterPlugin & ScorePlugin = {
  name: "PodTopologySpread",
  weight: 2,
  filter(cycle, { node }) {
    const { pod } = cycle;
    for (const { constraint, counts } of noted(cycle, "spread", () => constraintsOf(pod, "DoNotSchedule"))) {
      const domain = domainOf(node, constraint.topologyKey);
      if (domain === undefined)
        return hopeless("node(s) didn't match pod topology spread constraints (missing required label)");
      const least = counts.size < constraint.minDomains ? 0 : Math.min(...counts.values());
      const self = selectorMatches(constraint.selector, pod.metadata.labels ?? {}) ? 1 : 0;
      const skew = (counts.get(domain) ?? 0) + self - (Number.isFinite(least) ? least : 0);
      if (skew > constraint.maxSkew) return rejected("node(s) didn't match pod topology spread constraints");
    }
    return undefined;
  },
  skip: (cycle) => soft(cycle).length === 0,
  score(cycle, info) {
    let score = 0;
    for (const { constraint, counts } of soft(cycle)) {
      const domain = domainOf(info.node, constraint.topologyKey);
      if (domain === undefined) continue;
      const matching =
        constraint.topologyKey === "kubernetes.io/hostname"
          ? countOn(info, cycle.pod, constraint.selector)
          : (counts.get(domain) ?? 0);
      score += matching * Math.log(counts.size + 2) + (constraint.maxSkew - 1);
    }
    return Math.round(score);
  },
  normalize(scores) {
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    return scores.map((score) => (max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - score)) / max)));
  },
};

const soft = (cycle: Cycle) =>
  noted(cycle, "softSpread", () => [...constraintsOf(cycle.pod, "ScheduleAnyway"), ...defaultConstraints(cycle)]);
