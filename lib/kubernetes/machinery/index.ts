export { clone, deepEqual, deepFreeze } from "./clone.ts";
export { GoValue, goString, quote } from "./go-value.ts";
export { aggregateMessages, fieldErrorBody, fieldErrorMessage, invalid } from "./invalid.ts";
export { generatedName, randomSuffix, uuid } from "./names.ts";
export {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  QuantityError,
  quantityMillis,
  quantityUnits,
  subtractQuantities,
} from "./quantity.ts";
export * from "./status.ts";
export { parseTime, rfc3339, rfc3339Micro } from "./time.ts";
export type * from "./types.ts";
