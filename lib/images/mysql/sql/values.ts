/** What values mean to MySQL: numbers in texts, texts without case, conditions as numbers. Pure. */
import {
  compareRaw,
  arithmetic as exact,
  groupKey,
  isText,
  type Raw,
  rescale,
  cast as standardCast,
  type Typed,
  type TypeName,
  toText,
} from "../../kit/sql/values.ts";
import { MysqlError, refusals, unsupported } from "./errors.ts";

export const integer = (value: number | null): Typed => ({ type: "int8", value });
export const string = (value: string | null): Typed => ({ type: "text", value });

const INTEGER = new Set<TypeName>(["int2", "int4", "int8"]);
const TIME = new Set<TypeName>(["timestamp", "timestamptz", "date"]);
export const isInteger = (type: TypeName) => INTEGER.has(type);
export const isTime = (type: TypeName) => TIME.has(type);
const isNumber = (type: TypeName) => INTEGER.has(type) || type === "numeric" || type === "float8";

/** The number at the beginning of a text; 0 where there is none. */
export function leadingNumber(text: string): { readonly text: string; readonly whole: boolean } {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*/.exec(text);
  if (match === null) return { text: "0", whole: false };
  return { text: match[1] ?? "0", whole: match[0].length === text.length };
}

/** As a number, of the kind it then is. */
function numeric({ type, value }: Typed): Typed {
  if (value === null || isNumber(type)) return { type: isNumber(type) ? type : "float8", value };
  if (typeof value === "boolean") return integer(Number(value));
  if (isTime(type)) return integer(Number(toText({ type, value }).replace(/\D/g, "")));
  return { type: "float8", value: Number(leadingNumber(String(value)).text) };
}

export const asNumber = (value: Typed): number | null => {
  const found = numeric(value).value;
  return found === null ? null : Number(found);
};

export function truth(value: Typed): boolean | null {
  const number = asNumber(value);
  return number === null ? null : number !== 0;
}

export function resultOf(operator: string, a: TypeName, b: TypeName): TypeName {
  if (["DIV", "&", "|", "<<", ">>", "XOR"].includes(operator)) return "int8";
  const kinds = [a, b].map((type) => (isNumber(type) || type === "unknown" ? type : isTime(type) ? "int8" : "float8"));
  if (kinds.includes("float8") || operator === "^") return "float8";
  if (operator === "/" || kinds.includes("numeric")) return "numeric";
  return "int8";
}

const scaleOf = (value: Raw) => /\.(\d*)/.exec(String(value))?.[1]?.length ?? 0;
const BIGINT_LIMIT = 2n ** 63n;

export function arithmetic(operator: string, a: Typed, b: Typed): Typed {
  if (operator === "XOR") {
    const [x, y] = [truth(a), truth(b)];
    return integer(x === null || y === null ? null : Number(x !== y));
  }
  if (operator === "^") throw unsupported("^");
  const [left, right] = [numeric(a), numeric(b)];
  const type = resultOf(operator, left.type, right.type);
  if (left.value === null || right.value === null) return { type, value: null };
  if (["&", "|", "<<", ">>"].includes(operator)) {
    const [x, y] = [BigInt(Math.round(Number(left.value))), BigInt(Math.round(Number(right.value)))];
    const bits = operator === "&" ? x & y : operator === "|" ? x | y : operator === "<<" ? x << y : x >> y;
    return whole(BigInt.asUintN(64, bits));
  }
  // Division by zero is null, as long as nothing is stored.
  if (["/", "DIV", "%"].includes(operator) && Number(right.value) === 0) return { type, value: null };
  if (type === "float8") {
    const [x, y] = [Number(left.value), Number(right.value)];
    const results: Readonly<Record<string, number>> = { "+": x + y, "-": x - y, "*": x * y, "/": x / y, "%": x % y };
    const value = results[operator];
    if (value === undefined || !Number.isFinite(value)) throw refusals.outOfRange("DOUBLE", `(${x} ${operator} ${y})`);
    return { type, value };
  }
  if (operator === "/") {
    const scale = scaleOf(left.value) + 4;
    const quotient = exact(
      "/",
      { type: "numeric", value: String(left.value) },
      { type: "numeric", value: String(right.value) },
    );
    return { type: "numeric", value: rescale(quotient.value, Math.min(30, scale)) };
  }
  if (operator === "DIV") {
    const quotient = exact(
      "/",
      { type: "numeric", value: String(left.value) },
      { type: "numeric", value: String(right.value) },
    );
    return whole(BigInt(String(quotient.value).replace(/\..*$/, "") || "0"));
  }
  if (type === "numeric")
    return exact(operator, { type, value: String(left.value) }, { type, value: String(right.value) });
  const [x, y] = [BigInt(left.value), BigInt(right.value)];
  const result = operator === "+" ? x + y : operator === "-" ? x - y : operator === "*" ? x * y : x % y;
  if (result >= BIGINT_LIMIT || result < -BIGINT_LIMIT) throw refusals.outOfRange("BIGINT", `(${x} ${operator} ${y})`);
  return whole(result);
}

const whole = (value: bigint): Typed =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= -BigInt(Number.MAX_SAFE_INTEGER)
    ? integer(Number(value))
    : { type: "numeric", value: value.toString() };

// ----------------------------------------------------------------------------------------------------------- comparison

/** Texts as utf8mb4_0900_ai_ci and its like compare them: neither case nor accents count. */
export const folded = (text: string): string =>
  /^[\0-\x7f]*$/.test(text) ? text.toLowerCase() : text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const isBinary = (type: TypeName) => type === "name";

export function compare(a: Typed, b: Typed): number | undefined {
  if (a.value === null || b.value === null) return undefined;
  return order(a, b);
}

/** Neither is null. */
export function order(a: Typed, b: Typed): number {
  if (isTime(a.type) || isTime(b.type)) {
    const [left, right] = [asTime(a), asTime(b)];
    if (left !== undefined && right !== undefined) return left - right;
  }
  if (isText(a.type) && isText(b.type) && typeof a.value === "string" && typeof b.value === "string") {
    if (isBinary(a.type) || isBinary(b.type)) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
    const [left, right] = [folded(a.value), folded(b.value)];
    return left < right ? -1 : left > right ? 1 : 0;
  }
  const [left, right] = [numeric(a), numeric(b)];
  return compareRaw(left.value, right.value, left.type === "numeric" || right.type === "numeric");
}

export function key(value: Typed): string {
  if (value.value !== null && isText(value.type) && !isBinary(value.type)) return `s${folded(String(value.value))}`;
  return groupKey(value);
}

// ---------------------------------------------------------------------------------------------------------------- times

const DAY = 86_400_000;

/** Milliseconds; undefined where it is no time. */
export function asTime({ type, value }: Typed): number | undefined {
  if (value === null) return undefined;
  if (isTime(type)) return Number(value);
  const text = String(value).trim();
  const match =
    /^(\d{4})-(\d\d?)-(\d\d?)(?:[ T](\d\d?):(\d\d?)(?::(\d\d?)(?:\.(\d{1,6}))?)?)?$/.exec(text) ??
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/.exec(text);
  if (match === null) return undefined;
  const [, year = "", month = "", day = "", hour = "0", minute = "0", second = "0", part = "0"] = match;
  const fields = [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second)] as const;
  const ms = Date.UTC(...fields) + Math.floor(Number(`0.${part}`) * 1000);
  const back = new Date(ms);
  // The 31st of February is no day.
  return back.getUTCMonth() === fields[1] && back.getUTCDate() === fields[2] && fields[3] < 24 && fields[4] < 60
    ? ms
    : undefined;
}

// ---------------------------------------------------------------------------------------------------------------- casts

/** CAST: what does not fit becomes what is near. */
export function cast(from: Typed, type: TypeName, size: readonly number[] = []): Typed {
  const { value } = from;
  if (value === null) return { type, value };
  if (isInteger(type)) {
    const number = numeric(from);
    const rounded = number.type === "numeric" ? rescale(number.value, 0) : String(Math.round(Number(number.value)));
    // UNSIGNED is marked by a size of 0.
    return whole(size[0] === 0 ? BigInt.asUintN(64, BigInt(rounded)) : BigInt(rounded));
  }
  switch (type) {
    case "numeric": {
      const number = numeric(from);
      return { type, value: rescale(String(number.value), size[1] ?? (size.length > 0 ? 0 : scaleOf(number.value))) };
    }
    case "float8":
      return { type, value: asNumber(from) };
    case "timestamp":
    case "date": {
      const ms = asTime(from);
      if (ms === undefined) return { type, value: null };
      return { type, value: type === "date" ? Math.floor(ms / DAY) * DAY : ms };
    }
    case "jsonb":
      return json(from);
    case "varchar":
      return { type: "text", value: size[0] === undefined ? toText(from) : toText(from).slice(0, size[0]) };
    default:
      return isText(type) ? { type: "text", value: toText(from) } : standardCast(from, type, size);
  }
}

export function json(from: Typed): Typed {
  if (from.type === "jsonb" || from.value === null) return { type: "jsonb", value: from.value };
  if (!isText(from.type)) return { type: "jsonb", value: toText(from) };
  try {
    return { type: "jsonb", value: jsonText(JSON.parse(String(from.value))) };
  } catch (problem) {
    if (!(problem instanceof SyntaxError)) throw problem;
    throw new MysqlError(
      3140,
      "22032",
      `Invalid JSON text: "Invalid value." at position 0 in value for column '${String(from.value)}'.`,
    );
  }
}

/** As MySQL prints documents: a blank after : and , and short keys first. */
export function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return `{${keys.map((name) => `${JSON.stringify(name)}: ${jsonText((value as Record<string, unknown>)[name])}`).join(", ")}}`;
}
