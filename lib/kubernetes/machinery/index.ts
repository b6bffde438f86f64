export { clone } from "./clone.ts";

export { fieldErrorMessage } from "./invalid.ts";

export * from "./status.ts";
export { rfc3339 } from "./time.ts";
export type * from "./types.ts";
