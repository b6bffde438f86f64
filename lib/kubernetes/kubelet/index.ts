export { createNodes, type NodesOptions } from "./nodes.ts";
export type * from "./types.ts";
