import type { Clock } from "../../clock/index.ts";
import type { ImageSource } from "../../machine/index.ts";
import type { Client } from "../apiserver/client.ts";
import type { Latencies, NodeOptions } from "../cluster.types.ts";
import type { ClusterNetwork } from "../network/index.ts";
import type { Nodes, NodesSnapshot } from "./types.ts";

export interface NodesOptions {
  readonly clock: Clock;
  /** Kubelets write as "system:node:<name>" of group "system:nodes". */
  readonly clientFor: (user: string, groups: readonly string[]) => Client;
  readonly images: ImageSource;
  readonly nodes: readonly NodeOptions[];
  readonly latencies: Latencies;
  readonly network: ClusterNetwork;
  /** What the nodes held when the cluster was snapshotted; the API objects are in the store again already. */
  readonly snapshot?: NodesSnapshot;
  /** Called with errors that are bugs. */
  readonly onBug: (where: string, error: unknown) => void;
}

export function createNodes(_options: NodesOptions): Nodes {
  throw new Error("not yet");
}
