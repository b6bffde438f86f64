/** NetworkPolicy as enforcing network plug-ins do it. Pure decisions over the objects as they are. */
import { networkPolicies } from "../api/resources.ts";
import type { Namespace, NetworkPolicy, Pod } from "../api/types.ts";
import type { LabelSelector } from "../machinery/types.ts";
import type { Store } from "../store/store.ts";
import { cidrContains } from "./addresses.ts";

/** One end of a connection; `pod` undefined where it is a node or outside the cluster. */
export interface Peer {
  readonly address: string;
  readonly pod: Pod | undefined;
}

type Direction = "Ingress" | "Egress";
type Rule = {
  readonly ports?: readonly { port?: number | string; endPort?: number; protocol?: string }[];
  readonly peers?: readonly PolicyPeer[];
};
type PolicyPeer = {
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { cidr: string; except?: string[] };
};

/** True where policies let `from` connect to `port` of `to`. Pods that no policy selects are open. */
export function connectionAllowed(
  store: Store,
  from: Peer,
  to: Peer,
  port: number,
  protocol: "TCP" | "UDP" = "TCP",
): boolean {
  if (store.count(networkPolicies.key) === 0) return true;
  return (
    allowed(store, "Egress", from.pod, to, port, protocol, to.pod) &&
    allowed(store, "Ingress", to.pod, from, port, protocol, to.pod)
  );
}

function allowed(
  store: Store,
  direction: Direction,
  subject: Pod | undefined,
  other: Peer,
  port: number,
  protocol: string,
  destination: Pod | undefined,
): boolean {
  if (subject === undefined || subject.spec?.hostNetwork === true) return true;
  const policies = (store.list(networkPolicies.key, subject.metadata.namespace) as NetworkPolicy[]).filter(
    (policy) =>
      typesOf(policy).includes(direction) && selects(policy.spec?.podSelector ?? {}, subject.metadata.labels ?? {}),
  );
  if (policies.length === 0) return true;
  return policies.some((policy) =>
    rulesOf(policy, direction).some(
      (rule) =>
        portMatches(rule, port, protocol, destination) &&
        (rule.peers === undefined ||
          rule.peers.length === 0 ||
          rule.peers.some((peer) => peerMatches(store, peer, other, policy.metadata.namespace ?? ""))),
    ),
  );
}

function typesOf(policy: NetworkPolicy): readonly string[] {
  const types = policy.spec?.policyTypes;
  if (types !== undefined && types.length > 0) return types;
  return policy.spec?.egress === undefined ? ["Ingress"] : ["Ingress", "Egress"];
}

function rulesOf(policy: NetworkPolicy, direction: Direction): Rule[] {
  if (direction === "Ingress") {
    return (policy.spec?.ingress ?? []).map((rule) => ({
      ...(rule.ports === undefined ? {} : { ports: rule.ports as NonNullable<Rule["ports"]> }),
      ...(rule.from === undefined ? {} : { peers: rule.from as PolicyPeer[] }),
    }));
  }
  return (policy.spec?.egress ?? []).map((rule) => ({
    ...(rule.ports === undefined ? {} : { ports: rule.ports as NonNullable<Rule["ports"]> }),
    ...(rule.to === undefined ? {} : { peers: rule.to as PolicyPeer[] }),
  }));
}

function portMatches(rule: Rule, port: number, protocol: string, destination: Pod | undefined): boolean {
  if (rule.ports === undefined || rule.ports.length === 0) return true;
  return rule.ports.some((candidate) => {
    if ((candidate.protocol ?? "TCP") !== protocol) return false;
    if (candidate.port === undefined) return true;
    const number = typeof candidate.port === "number" ? candidate.port : namedPort(destination, candidate.port);
    if (number === undefined) return false;
    return candidate.endPort === undefined ? number === port : number <= port && port <= candidate.endPort;
  });
}

function namedPort(pod: Pod | undefined, name: string): number | undefined {
  for (const container of pod?.spec?.containers ?? []) {
    const found = container.ports?.find((port) => port.name === name);
    if (found !== undefined) return found.containerPort;
  }
  return undefined;
}

function peerMatches(store: Store, peer: PolicyPeer, other: Peer, namespace: string): boolean {
  if (peer.ipBlock !== undefined) {
    const block = peer.ipBlock;
    return (
      cidrContains(block.cidr, other.address) &&
      !(block.except ?? []).some((except) => cidrContains(except, other.address))
    );
  }
  if (other.pod === undefined) return false;
  if (peer.namespaceSelector === undefined) {
    if (other.pod.metadata.namespace !== namespace) return false;
  } else {
    const found = store.get("namespaces", undefined, other.pod.metadata.namespace ?? "") as Namespace | undefined;
    if (!selects(peer.namespaceSelector, found?.metadata.labels ?? {})) return false;
  }
  return peer.podSelector === undefined || selects(peer.podSelector, other.pod.metadata.labels ?? {});
}

/** metav1.LabelSelector against labels; an empty selector selects everything. */
function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) if (labels[key] !== value) return false;
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labels[key];
    switch (operator) {
      case "In":
        return value !== undefined && (values ?? []).includes(value);
      case "NotIn":
        return value === undefined || !(values ?? []).includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return false;
    }
  });
}
