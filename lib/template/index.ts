export { ExecutionError, MAX_DEPTH, Meter, type MissingKey } from "./execute.ts";
export { formatValue } from "./format.ts";
export {
  type FunctionTable,
  fn,
  type Running,
} from "./functions.ts";
export { ParseError } from "./parse.ts";
export { runPaying, TemplateSet } from "./template.ts";
export {
  compareText,
  get,
  Integer,
  int,
  int64,
  isMap,
  isNil,
  kindOf,
  plain,
  put,
  Struct,
  sortedKeys,
  typeName,
  type Value,
  type ValueMap,
  withIntegers,
} from "./values.ts";
