export { clone, deepEqual, deepFreeze } from "./clone.ts";
export { GoValue, goString } from "./go-value.ts";
export { aggregateMessages, fieldErrorBody, fieldErrorMessage, invalid } from "./invalid.ts";
export { generatedName, randomSuffix, uuid } from "./names.ts";
export * from "./status.ts";
export { parseTime, rfc3339, rfc3339Micro } from "./time.ts";
export type * from "./types.ts";
