/** Pod affinity and anti-affinity (plugins/interpodaffinity). */
import { namespaces } from "../../api/resources.ts";
import type { Node, Pod } from "../../api/types.ts";
import type { Lister } from "../../controllers/framework/lister.ts";
import { selectorMatches } from "../../machinery/label-selector.ts";
import {
  type Cycle,
  type FilterPlugin,
  hopeless,
  MAX_SCORE,
  type NodeInfo,
  rejected,
  type ScorePlugin,
} from "../types.ts";

type Affinity = NonNullable<NonNullable<NonNullable<Pod["spec"]>["affinity"]>["podAffinity"]>;
type Term = NonNullable<Affinity["requiredDuringSchedulingIgnoredDuringExecution"]>[number];

const required = (pod: Pod, which: "podAffinity" | "podAntiAffinity"): readonly Term[] =>
  pod.spec?.affinity?.[which]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
const preferred = (pod: Pod, which: "podAffinity" | "podAntiAffinity") =>
  pod.spec?.affinity?.[which]?.preferredDuringSchedulingIgnoredDuringExecution ?? [];

/** `other` is one of those that `term` of `owner` speaks of. */
function speaksOf(term: Term, owner: Pod, other: Pod, lister: Lister): boolean {
  const namespace = other.metadata.namespace ?? "";
  const named = term.namespaces ?? [];
  const inNamespace =
    named.length === 0 && term.namespaceSelector === undefined
      ? namespace === owner.metadata.namespace
      : named.includes(namespace) ||
        (term.namespaceSelector !== undefined &&
          selectorMatches(
            term.namespaceSelector,
            lister.find(namespaces, undefined, namespace)?.metadata.labels ?? {},
          ));
  if (!inNamespace) return false;
  const labels = other.metadata.labels ?? {};
  const own = owner.metadata.labels ?? {};
  return (
    selectorMatches(term.labelSelector, labels) &&
    (term.matchLabelKeys ?? []).every((key) => own[key] === undefined || own[key] === labels[key]) &&
    (term.mismatchLabelKeys ?? []).every((key) => own[key] === undefined || own[key] !== labels[key])
  );
}

const domainOf = (node: Node, key: string) => node.metadata.labels?.[key];

/** Nodes of the same domain as `node`. */
function* neighbours(nodes: readonly NodeInfo[], node: Node, key: string): Iterable<NodeInfo> {
  const domain = domainOf(node, key);
  if (domain === undefined) return;
  for (const info of nodes) if (domainOf(info.node, key) === domain) yield info;
}

function someoneNear(cycle: Cycle, node: Node, term: Term): boolean {
  for (const info of neighbours(cycle.nodes, node, term.topologyKey))
    if (info.pods.some((other) => speaksOf(term, cycle.pod, other, cycle.lister))) return true;
  return false;
}

/** Nobody anywhere matches the terms and the Pod matches them itself: the first of a group may go anywhere. */
function isFirstOfGroup(cycle: Cycle, terms: readonly Term[]): boolean {
  const anywhere = cycle.nodes.some(({ node, pods }) =>
    pods.some((other) =>
      terms.every(
        (term) => speaksOf(term, cycle.pod, other, cycle.lister) && domainOf(node, term.topologyKey) !== undefined,
      ),
    ),
  );
  return !anywhere && terms.every((term) => speaksOf(term, cycle.pod, cycle.pod, cycle.lister));
}

export const interPodAffinity: FilterPlugin & ScorePlugin = {
  name: "InterPodAffinity",
  weight: 2,
  filter(cycle, { node }) {
    const { pod, lister } = cycle;
    const affinity = required(pod, "podAffinity");
    if (affinity.length > 0) {
      const hasDomains = affinity.every((term) => domainOf(node, term.topologyKey) !== undefined);
      const isNear = hasDomains && affinity.every((term) => someoneNear(cycle, node, term));
      if (!isNear && !(hasDomains && isFirstOfGroup(cycle, affinity)))
        return hopeless("node(s) didn't match pod affinity rules");
    }
    if (required(pod, "podAntiAffinity").some((term) => someoneNear(cycle, node, term)))
      return rejected("node(s) didn't match pod anti-affinity rules");
    for (const info of cycle.nodes)
      for (const other of info.pods)
        for (const term of required(other, "podAntiAffinity")) {
          const domain = domainOf(info.node, term.topologyKey);
          if (domain !== undefined && domain === domainOf(node, term.topologyKey) && speaksOf(term, other, pod, lister))
            return rejected("node(s) didn't satisfy existing pods anti-affinity rules");
        }
    return undefined;
  },
  skip: ({ pod, nodes }) =>
    pod.spec?.affinity?.podAffinity === undefined &&
    pod.spec?.affinity?.podAntiAffinity === undefined &&
    !nodes.some(({ pods }) =>
      pods.some(
        ({ spec }) => spec?.affinity?.podAffinity !== undefined || spec?.affinity?.podAntiAffinity !== undefined,
      ),
    ),
  score(cycle, { node }) {
    const { pod, lister } = cycle;
    let score = 0;
    for (const [which, sign] of [
      ["podAffinity", 1],
      ["podAntiAffinity", -1],
    ] as const) {
      for (const { weight, podAffinityTerm } of preferred(pod, which))
        for (const info of neighbours(cycle.nodes, node, podAffinityTerm.topologyKey))
          score += sign * weight * info.pods.filter((other) => speaksOf(podAffinityTerm, pod, other, lister)).length;
      for (const info of cycle.nodes)
        for (const other of info.pods)
          for (const { weight, podAffinityTerm } of preferred(other, which)) {
            const domain = domainOf(info.node, podAffinityTerm.topologyKey);
            if (
              domain !== undefined &&
              domain === domainOf(node, podAffinityTerm.topologyKey) &&
              speaksOf(podAffinityTerm, other, pod, lister)
            )
              score += sign * weight;
          }
    }
    return score;
  },
  normalize(scores) {
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    return scores.map((score) => (max === min ? 0 : Math.floor((MAX_SCORE * (score - min)) / (max - min))));
  },
};
