import type { ClusterNetwork, ClusterNetworkOptions } from "./types.ts";

export function createClusterNetwork(_options: ClusterNetworkOptions): ClusterNetwork {
  throw new Error("not yet");
}
