/** JSON as jq has it: objects keep their order, so they are maps; texts of several values; jq's way of writing. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

type JsonType = "null" | "boolean" | "number" | "string" | "array" | "object";

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

function compareText(a: string, b: string): number {
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

const NEEDS_QUOTING = /["\\\p{Cc}\ud800-\udfff]/u;

function quoteText(text: string, ascii = false): string {
  const quoted = NEEDS_QUOTING.test(text) ? JSON.stringify(text).replaceAll("\x7f", "\\u007f") : `"${text}"`;
  if (!ascii) return quoted;
  return quoted.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

interface WriteOptions {
  /** What one level is indented with; undefined: everything in one line. */
  readonly indent?: string | undefined;
  readonly sortKeys?: boolean;
  readonly ascii?: boolean;
  readonly color?: boolean;
}

/** jq's colours. */
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
const RESET = "\x1b[0m";
/** Text between two pauses, in characters. */
const PIECE = 8192;

interface Level {
  readonly value: readonly Json[] | JsonObject;
  readonly keys: readonly string[] | undefined;
  readonly margin: string;
  at: number;
}

/** Writes in pieces, so that a large value holds nobody up. */
export function* writeSteps(value: Json, options: WriteOptions = {}): Generator<string, void, undefined> {
  const { indent, color } = options;
  let out = "";
  const stack: Level[] = [];
  const paint = (code: string, text: string) => (color ? `\x1b[${code}m${text}\x1b[0m` : text);
  const open = (item: Json, margin: string) => {
    if (item === null || typeof item !== "object") {
      const text =
        typeof item === "string"
          ? quoteText(item, options.ascii)
          : typeof item === "number"
            ? numberText(item)
            : String(item);
      out += color ? paint(COLORS[typeOf(item)], text) : text;
      return;
    }
    const list = isArray(item);
    const code = COLORS[list ? "array" : "object"];
    if (list ? item.length === 0 : item.size === 0) {
      out += paint(code, list ? "[]" : "{}");
      return;
    }
    const inner = indent === undefined ? "" : margin + indent;
    // The items of an array begin in its colour: only those of an object are reset before.
    const opening = indent === undefined ? (list ? "[" : "{") : `${list ? "[" : "{"}\n${inner}`;
    out += color ? `\x1b[${code}m${opening}${list ? "" : RESET}` : opening;
    const keys = list ? undefined : options.sortKeys ? sortedKeys(item) : [...item.keys()];
    stack.push({ value: item, keys, margin, at: 0 });
  };
  open(value, "");
  for (;;) {
    const level = stack.at(-1);
    if (level === undefined) break;
    const { keys } = level;
    const list = keys === undefined;
    const code = COLORS[list ? "array" : "object"];
    const length = list ? (level.value as readonly Json[]).length : keys.length;
    if (level.at === length) {
      stack.pop();
      const closing = list ? "]" : "}";
      const margin = indent === undefined ? "" : `\n${level.margin}`;
      out += color ? `\x1b[${code}m${margin}\x1b[${code}m${closing}${RESET}` : margin + closing;
    } else {
      const inner = indent === undefined ? "" : level.margin + indent;
      if (level.at > 0) {
        const comma = indent === undefined ? "," : `,\n${inner}`;
        out += color ? `\x1b[${code}m${comma}${list ? "" : RESET}` : comma;
      }
      const index = level.at++;
      if (list) open((level.value as readonly Json[])[index] as Json, inner);
      else {
        const key = keys[index] as string;
        out += paint(KEY_COLOR, quoteText(key, options.ascii)) + paint(code, indent === undefined ? ":" : ": ");
        open((level.value as JsonObject).get(key) as Json, inner);
      }
    }
    if (out.length >= PIECE) {
      yield out;
      out = "";
    }
  }
  yield out;
}

export function writeJson(value: Json, options: WriteOptions = {}): string {
  if (value === null || typeof value === "boolean") {
    if (!options.color) return String(value);
  } else if (typeof value === "string" && !options.color) return quoteText(value, options.ascii);
  else if (typeof value === "number" && !options.color) return numberText(value);
  let out = "";
  for (const piece of writeSteps(value, options)) out += piece;
  return out;
}

const encoder = new TextEncoder();

/** For error messages: cut to what jq shows. */
export function shortText(value: Json, most = 14): string {
  const text = writeSteps(value).next().value ?? "";
  // The space is counted in bytes; a character that is cut through is left out.
  const bytes = encoder.encode(text.slice(0, most + 1));
  if (bytes.length <= most) return text;
  let end = most - 3;
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return `${new TextDecoder().decode(bytes.subarray(0, end))}...`;
}
