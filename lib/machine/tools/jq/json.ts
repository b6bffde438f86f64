/** JSON as jq has it: objects keep their order, so they are maps; texts of several values; jq's way of writing. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

export type JsonType = "null" | "boolean" | "number" | "string" | "array" | "object";

export function typeOf(value: Json): JsonType {
  if (value === null) return "null";
  if (typeof value === "object") return Array.isArray(value) ? "array" : "object";
  return typeof value as JsonType;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is JsonObject {
  return value instanceof Map;
}

/** From what JSON.parse or a YAML reader gives. */
export function fromPlain(value: unknown): Json {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), fromPlain(item)]));
  if (typeof value === "object")
    return new Map(Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, fromPlain(item)]));
  return null;
}

// ------------------------------------------------------------------------------------------------------------- order

const ORDER: Readonly<Record<JsonType, number>> = { null: 0, boolean: 1, number: 3, string: 4, array: 5, object: 6 };
const rank = (value: Json) => (value === true ? 2 : ORDER[typeOf(value)]);

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function sortedKeys(object: JsonObject): string[] {
  return [...object.keys()].sort(compareText);
}

/** jq's order: null, false, true, numbers, strings, arrays, objects. NaN is below every number. */
export function compareJson(a: Json, b: Json): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (typeof a === "number") {
    const other = b as number;
    return a < other || Number.isNaN(a) ? -1 : a === other ? 0 : 1;
  }
  if (typeof a === "string") return compareText(a, b as string);
  if (isArray(a)) {
    const other = b as readonly Json[];
    for (let i = 0; i < Math.min(a.length, other.length); i++) {
      const order = compareJson(a[i] as Json, other[i] as Json);
      if (order !== 0) return order;
    }
    return a.length - other.length;
  }
  if (isObject(a)) {
    const other = b as JsonObject;
    const keys = sortedKeys(a);
    const order = compareJson(keys, sortedKeys(other));
    if (order !== 0) return order;
    for (const key of keys) {
      const values = compareJson(a.get(key) as Json, other.get(key) as Json);
      if (values !== 0) return values;
    }
  }
  return 0;
}

export function equalJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return compareJson(a, b) === 0;
}

// ----------------------------------------------------------------------------------------------------------- writing

/** 17 significant digits at most, exponents as "1e+17", "1e-05". */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "null";
  const finite = Number.isFinite(value) ? value : value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
  if (Object.is(finite, -0)) return "-0";
  if (Number.isSafeInteger(finite) && Math.abs(finite) < 1e15) return String(finite);
  const [mantissa = "", power = "0"] = finite.toExponential().split("e");
  const digits = mantissa.replace(/[-.]/g, "");
  const point = Number(power) + 1;
  const sign = finite < 0 ? "-" : "";
  if (point <= -5 + 1 || point > digits.length + 15) {
    const exponent = Math.abs(Number(power));
    return `${mantissa}e${Number(power) < 0 ? "-" : "+"}${exponent < 10 ? "0" : ""}${exponent}`;
  }
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits + "0".repeat(point - digits.length);
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

export function quoteText(text: string, ascii = false): string {
  const quoted = JSON.stringify(text).replaceAll("\x7f", "\\u007f");
  if (!ascii) return quoted;
  return quoted.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export interface WriteOptions {
  /** What one level is indented with; undefined: everything in one line. */
  readonly indent?: string | undefined;
  readonly sortKeys?: boolean;
  readonly ascii?: boolean;
  readonly color?: boolean;
}

/** jq 1.7.1's colours. */
const COLORS: Readonly<Record<JsonType | "false", string>> = {
  null: "1;30",
  false: "0;39",
  boolean: "0;39",
  number: "0;39",
  string: "0;32",
  array: "1;39",
  object: "1;39",
};
const KEY_COLOR = "34;1";
const MAX_DEPTH = 10_000;

export function writeJson(value: Json, options: WriteOptions = {}): string {
  const out: string[] = [];
  write(value, options, "", out, 0);
  return out.join("");
}

function write(value: Json, options: WriteOptions, margin: string, out: string[], depth: number): void {
  const { indent, color } = options;
  if (depth > MAX_DEPTH) throw new RangeError("Maximum call stack size exceeded");
  if (value === null || typeof value !== "object") {
    const text =
      typeof value === "string"
        ? quoteText(value, options.ascii)
        : typeof value === "number"
          ? numberText(value)
          : String(value);
    out.push(color ? `\x1b[${COLORS[typeOf(value)]}m${text}\x1b[0m` : text);
    return;
  }
  const list = isArray(value);
  const start = color ? `\x1b[${COLORS[list ? "array" : "object"]}m` : "";
  const end = color ? "\x1b[0m" : "";
  const empty = list ? value.length === 0 : value.size === 0;
  if (empty) {
    out.push(start, list ? "[]" : "{}", end);
    return;
  }
  const inner = indent === undefined ? "" : margin + indent;
  const line = indent === undefined ? "" : `\n${inner}`;
  out.push(start, list ? "[" : "{", line, end);
  let first = true;
  const keys = list ? undefined : options.sortKeys ? sortedKeys(value) : value.keys();
  for (const item of keys ?? (value as readonly Json[])) {
    if (!first) out.push(start, ",", line, end);
    first = false;
    if (list) write(item, options, inner, out, depth + 1);
    else {
      const key = quoteText(item as string, options.ascii);
      out.push(color ? `\x1b[${KEY_COLOR}m${key}\x1b[0m` : key);
      out.push(start, indent === undefined ? ":" : ": ", end);
      write((value as JsonObject).get(item as string) as Json, options, inner, out, depth + 1);
    }
  }
  out.push(start, indent === undefined ? "" : `\n${margin}`, list ? "]" : "}", end);
}

/** For error messages: cut to what jq shows. */
export function shortText(value: Json, most = 14): string {
  const text = writeJson(value);
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
