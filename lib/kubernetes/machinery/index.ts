export { clone, deepEqual, deepFreeze } from "./clone.ts";
export * from "./status.ts";
export type * from "./types.ts";
