/** The cluster's network as kubelets and the cluster itself use it. Machines see it through `Network`. */
import type { Clock } from "../../clock/index.ts";
import type { Network } from "../../machine/index.ts";
import type { Store } from "../store/store.ts";

export interface ClusterNetworkOptions {
  readonly clock: Clock;
  /** Read for Services, EndpointSlices, Pods, Nodes and NetworkPolicies; never written. */
  readonly store: Store;
  /** What a workstation reaches on the same port of its own loopback: where kubeconfigs say that the API server is. */
  readonly published?: { readonly address: string; readonly port: number };
}

/** One network namespace: that of a Pod, of a node, or of a workstation outside. Its `Network` is what machines get. */
export interface NetworkStack extends Network {
  readonly address: string;
  readonly kind: "pod" | "node" | "outside";
  /** Name of the node it is on; undefined outside. */
  readonly node: string | undefined;
  /**
   * Listens for a process that is not made yet. `wake` is called with the first connection and has to make it; its
   * `listen` on the port takes over, with the connections that wait. Throws EADDRINUSE.
   */
  reserve(port: number, wake: () => void): Reservation;
  /** Resets every connection, closes every listener and frees the address. */
  detach(): void;
}

/** A port kept for a process. */
export interface Reservation {
  /** Gives the port up, where nobody has taken it over. */
  release(): void;
}

export interface ClusterNetwork {
  /** A Pod's namespace with an address of the node's range; `address`: that very address (after a restore). */
  attachPod(node: string, pod: { readonly namespace: string; readonly name: string }, address?: string): NetworkStack;
  /** The node's own namespace; Pods with hostNetwork share it. */
  attachNode(node: string, address: string, podCidr: string): NetworkStack;
  /** A machine that is on no node but reaches Pods and Services (a learner's workstation). */
  outside(hostname: string): Network;
  /** Power: off, nothing from or to the node or its Pods arrives. */
  setNodeReachable(node: string, reachable: boolean): void;
  /** Cuts (or joins again) the network between two nodes: packets are dropped in both directions. */
  setPartition(nodeA: string, nodeB: string, cut: boolean): void;
  close(): void;
}
