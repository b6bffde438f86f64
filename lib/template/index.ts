export { ExecutionError, MAX_DEPTH, Meter, type MissingKey } from "./execute.ts";
export { formatFloat, formatValue, sprint, sprintf } from "./format.ts";
export {
  BUILTINS,
  escapeHtml,
  type FunctionTable,
  fn,
  type ParameterType,
  queryEscape,
  type Running,
  type Step,
  type TemplateFunction,
} from "./functions.ts";
export { ParseError, unquote } from "./parse.ts";
export { runPaying, TemplateSet, type TemplateSetOptions } from "./template.ts";
export {
  compareText,
  get,
  Integer,
  type IntegerType,
  int,
  int64,
  isMap,
  isNil,
  isTrue,
  type Kind,
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
