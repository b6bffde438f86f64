export * from "./addresses.ts";
export { createClusterNetwork } from "./cluster-network.ts";
export type * from "./types.ts";
