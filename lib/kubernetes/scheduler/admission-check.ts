/** What a kubelet checks before it runs a Pod, however the Pod came to it (pkg/scheduler AdmissionCheck, kubelet/lifecycle/predicate.go). */
import type { Node, Pod } from "../api/types.ts";
import { matchesNodeAffinity } from "./plugins/node-affinity.ts";
import { portsAreFree } from "./plugins/node-ports.ts";
import { taintsOf, toleratesTaint } from "./taints.ts";

/** Where a Pod comes from: "api" unless the kubelet read it from a file. */
const CONFIG_SOURCE = "kubernetes.io/config.source";

interface Refusal {
  readonly reason: string;
  readonly message: string;
}

/** Why the node refuses the Pod beside others that are there; undefined: it takes it. Resources are looked at elsewhere. */
export function admissionRefusal(pod: Pod, node: Node, others: readonly Pod[]): Refusal | undefined {
  const refusal = (predicate: string, why: string): Refusal => ({
    reason: predicate,
    message: `Predicate ${predicate} failed: ${why}`,
  });
  if (!matchesNodeAffinity(pod, node))
    return refusal("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  if (!portsAreFree(pod, others))
    return refusal("NodePorts", "node(s) didn't have free ports for the requested pod ports");
  const isStatic = (pod.metadata.annotations?.[CONFIG_SOURCE] ?? "api") !== "api";
  const driven = taintsOf(node).some((taint) => taint.effect === "NoExecute" && !toleratesTaint(pod, taint));
  if (driven && !isStatic) return refusal("TaintToleration", "node(s) had taints that the pod didn't tolerate");
  return undefined;
}
