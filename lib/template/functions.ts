/** Functions that templates call: their types as Go declares them, and those that text/template brings along. */
import { sprint, sprintf, sprintln } from "./format.ts";
import { Integer, int, isMap, isNil, isTrue, kindOf, plain, Struct, typeName, type Value } from "./values.ts";

/** What a running template may wait for: a number is work done (microseconds, about), to be paid for before it goes on. */
type Step = number | Promise<unknown>;
/** A function or template at work. What is sent in is what a yielded promise resolved with. */
export type Running<T> = Generator<Step, T, unknown>;

/** Go's types of parameters; `any` takes everything, `value` tells nil from nothing as reflect.Value does. */
export type ParameterType =
  | "any"
  | "string"
  | "int"
  | "int64"
  | "float64"
  | "bool"
  | "[]string"
  | "[]any"
  | "map"
  | "error"
  | "time"
  | "uint32";

export interface TemplateFunction {
  readonly parameters: readonly ParameterType[];
  /** The type of any number of further arguments. */
  readonly variadic?: ParameterType;
  /** An error it throws is told as "error calling NAME: ...". */
  readonly call: (...args: never[]) => Value | Running<Value>;
}
export type FunctionTable = Readonly<Record<string, TemplateFunction>>;

/** "string,int" or "string,any..." and the function. */
export function fn(types: string, call: (...args: never[]) => Value | Running<Value>): TemplateFunction {
  const all = types === "" ? [] : types.split(",");
  const last = all[all.length - 1];
  if (last?.endsWith("...") !== true) return { parameters: all as ParameterType[], call };
  return { parameters: all.slice(0, -1) as ParameterType[], variadic: last.slice(0, -3) as ParameterType, call };
}

const TYPE_NAMES: Partial<Record<ParameterType, string>> = {
  any: "interface {}",
  "[]any": "[]interface {}",
  map: "map[string]interface {}",
  time: "time.Time",
};
export const parameterName = (type: ParameterType): string => TYPE_NAMES[type] ?? type;

/** reflect's AssignableTo, for the types there are. */
export function assignable(value: Value, type: ParameterType): boolean {
  switch (type) {
    case "any":
      return true;
    case "map":
      return isMap(value) || (value instanceof Struct && value.underlying !== undefined && isMap(value.underlying));
    case "[]any":
      return Array.isArray(value);
    case "[]string":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "error":
      return false;
    case "time":
      return value instanceof Struct && value.typeName === "time.Time";
    default:
      return !isNil(value) && !(value instanceof Struct) && kindOf(value) === type;
  }
}
export const canBeNil = (type: ParameterType): boolean =>
  type === "any" || type === "map" || type === "[]any" || type === "[]string" || type === "error";

type BasicKind = "invalid" | "bool" | "int" | "uint" | "float" | "string" | "other";

function basicKind(value: Value): BasicKind {
  const kind = kindOf(value);
  if (kind === "invalid" || kind === "bool" || kind === "string") return kind;
  if (kind === "float64") return "float";
  if (value instanceof Integer) return kind.startsWith("u") ? "uint" : "int";
  return "other";
}

const whole = (kind: BasicKind) => kind === "int" || kind === "uint";

/** reflect.Value's Comparable and ==, for what is neither number, text nor truth value. */
function sameOther(a: Value, b: Value): boolean {
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (!(b instanceof Struct)) throw new Error(`non-comparable type ${sprint([b])}: ${typeName(b)}`);
  return a === b;
}

function equalValues(a: Value, b: Value): boolean {
  const [left, right] = [basicKind(a), basicKind(b)];
  if (whole(left) && whole(right)) return (a as Integer).value === (b as Integer).value;
  if (left !== right) {
    if (left !== "invalid" && right !== "invalid") throw new Error("incompatible types for comparison");
    return false;
  }
  return left === "other" || left === "invalid" ? sameOther(a, b) : a === b;
}

function less(a: Value, b: Value): boolean {
  const [left, right] = [basicKind(a), basicKind(b)];
  for (const kind of [left, right])
    if (kind === "invalid" || kind === "other") throw new Error("invalid type for comparison");
  if (whole(left) && whole(right)) return (a as Integer).value < (b as Integer).value;
  if (left !== right) throw new Error("incompatible types for comparison");
  if (left === "bool") throw new Error("invalid type for comparison");
  return (a as number) < (b as number);
}

function eq(first: Value, ...others: Value[]): boolean {
  if (others.length === 0) throw new Error("missing argument for comparison");
  return others.some((other) => equalValues(first, other));
}

/** An index into a list or text, as indexArg reads it. `limit`: the first one that is too large. */
function indexArgument(value: Value, limit: number): number {
  if (isNil(value)) throw new Error("cannot index slice/array with nil");
  if (!(value instanceof Integer)) throw new Error(`cannot index slice/array with type ${typeName(value)}`);
  if (value.value < 0n || value.value >= BigInt(limit)) throw new Error(`index out of range: ${value.value}`);
  return value.number;
}

function index(item: Value, ...indexes: Value[]): Value {
  let current = item;
  if (isNil(current)) throw new Error("index of untyped nil");
  for (const wanted of indexes) {
    const below = plain(current);
    if (isNil(below)) throw new Error("index of nil pointer");
    if (Array.isArray(below)) {
      const at = indexArgument(wanted, below.length + 1);
      if (at === below.length) throw new Error("reflect: slice index out of range");
      current = below[at] ?? null;
    } else if (typeof below === "string") {
      const bytes = new TextEncoder().encode(below);
      current = new Integer(bytes[indexArgument(wanted, bytes.length)] ?? 0, "uint8");
    } else if (isMap(below)) {
      if (isNil(wanted)) throw new Error("value is nil; should be of type string");
      if (typeof wanted !== "string") throw new Error(`value has type ${typeName(wanted)}; should be string`);
      current = Object.hasOwn(below, wanted) ? (below[wanted] ?? null) : null;
    } else throw new Error(`can't index item of type ${typeName(current)}`);
  }
  return current;
}

function slice(item: Value, ...indexes: Value[]): Value {
  if (isNil(item)) throw new Error("slice of untyped nil");
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`);
  const below = plain(item);
  if (typeof below !== "string" && !Array.isArray(below)) throw new Error(`can't slice item of type ${typeName(item)}`);
  if (typeof below === "string" && indexes.length === 3) throw new Error("cannot 3-index slice a string");
  const bytes = typeof below === "string" ? new TextEncoder().encode(below) : undefined;
  const length = bytes?.length ?? below.length;
  const [from = 0, to = length] = indexes.map((one) => indexArgument(one, length + 1));
  if (from > to) throw new Error(`invalid slice index: ${from} > ${to}`);
  return bytes === undefined ? (below as Value[]).slice(from, to) : new TextDecoder().decode(bytes.subarray(from, to));
}

function len(value: Value): Value {
  if (value === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  if (value === null) throw new Error("len of nil pointer");
  const below = plain(value);
  if (typeof below === "string") return int(new TextEncoder().encode(below).length);
  if (Array.isArray(below)) return int(below.length);
  if (isMap(below)) return int(Object.keys(below).length);
  throw new Error(`len of type ${typeName(value)}`);
}

const escaped = (words: Readonly<Record<string, string>>, pattern: RegExp) => (values: readonly Value[]) =>
  (values.length === 1 && typeof values[0] === "string" ? values[0] : sprint(values)).replace(
    pattern,
    (char) => words[char] ?? char,
  );
const escapeHtml = escaped(
  { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd" },
  /[&<>"'\0]/g,
);

/** template.JSEscapeString. */
function escapeJavaScript(text: string): string {
  return text.replace(/[\\'"<>&=\u0000-\u001f]|[\u007f-\u00a0\u00ad\u2028\u2029]/g, (char) => {
    if (char === "\\" || char === "'" || char === '"') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  });
}

const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** url.QueryEscape. */
const queryEscape = (text: string): string =>
  encodeURIComponent(text.replace(LONE_SURROGATE, "\ufffd"))
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");

/** The functions of text/template itself. `and` and `or` stop early: the executor knows them. */
export const BUILTINS: FunctionTable = {
  and: fn("any,any...", () => null),
  or: fn("any,any...", () => null),
  not: fn("any", (value: Value) => !isTrue(value)),
  call: fn("any,any...", (value: Value) => {
    throw new Error(value === null ? "call of nil" : "call of a value that is no function");
  }),
  html: fn("any...", (...values: Value[]) => escapeHtml(values)),
  js: fn("any...", (...values: Value[]) => escapeJavaScript(sprint(values))),
  index: fn("any,any...", index),
  slice: fn("any,any...", slice),
  len: fn("any", len),
  print: fn("any...", (...values: Value[]) => sprint(values)),
  printf: fn("string,any...", (format: string, ...values: Value[]) => sprintf(format, values)),
  println: fn("any...", (...values: Value[]) => sprintln(values)),
  urlquery: fn("any...", (...values: Value[]) => queryEscape(sprint(values))),
  eq: fn("any,any...", eq),
  ne: fn("any,any", (a: Value, b: Value) => !equalValues(a, b)),
  lt: fn("any,any", less),
  le: fn("any,any", (a: Value, b: Value) => less(a, b) || equalValues(a, b)),
  gt: fn("any,any", (a: Value, b: Value) => !(less(a, b) || equalValues(a, b))),
  ge: fn("any,any", (a: Value, b: Value) => !less(a, b)),
};
