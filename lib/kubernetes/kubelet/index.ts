export { createNodes } from "./nodes.ts";
export type * from "./types.ts";
