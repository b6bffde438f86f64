/** Values of SQL with their types: literals in, comparisons and arithmetic, text out, in PostgreSQL's manner. Pure. */

export type Raw = string | number | boolean | null;

export type TypeName =
  | "int2"
  | "int4"
  | "int8"
  | "numeric"
  | "float8"
  | "text"
  | "varchar"
  | "bpchar"
  | "bool"
  | "timestamp"
  | "timestamptz"
  | "date"
  | "interval"
  | "uuid"
  | "json"
  | "jsonb"
  | "name"
  | "unknown";

/** A value and what it is. Times are milliseconds; numerics are digits. */
export interface Typed {
  readonly type: TypeName;
  readonly value: Raw;
}

/** A refusal with its SQLSTATE. `at`: the place in the statement it is about. */
export class SqlError extends Error {
  readonly state: string;
  readonly at: number | undefined;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  constructor(
    state: string,
    message: string,
    more: { readonly at?: number | undefined; readonly detail?: string; readonly hint?: string } = {},
  ) {
    super(message);
    this.state = state;
    this.at = more.at;
    this.detail = more.detail;
    this.hint = more.hint;
  }
}

export const NULL: Typed = { type: "unknown", value: null };
export const text = (value: string): Typed => ({ type: "text", value });
export const int = (value: number): Typed => ({ type: "int4", value });
export const bool = (value: boolean | null): Typed => ({ type: "bool", value });

const NAMES: Readonly<Record<string, TypeName>> = {
  smallint: "int2",
  int2: "int2",
  int: "int4",
  integer: "int4",
  int4: "int4",
  serial: "int4",
  bigint: "int8",
  int8: "int8",
  bigserial: "int8",
  smallserial: "int2",
  numeric: "numeric",
  decimal: "numeric",
  real: "float8",
  float: "float8",
  float8: "float8",
  "double precision": "float8",
  text: "text",
  varchar: "varchar",
  "character varying": "varchar",
  char: "bpchar",
  character: "bpchar",
  boolean: "bool",
  bool: "bool",
  timestamp: "timestamp",
  "timestamp without time zone": "timestamp",
  timestamptz: "timestamptz",
  "timestamp with time zone": "timestamptz",
  date: "date",
  interval: "interval",
  uuid: "uuid",
  json: "json",
  jsonb: "jsonb",
  name: "name",
};

export const typeNamed = (name: string): TypeName | undefined => NAMES[name.toLowerCase()];

const SHOWN: Readonly<Record<TypeName, string>> = {
  int2: "smallint",
  int4: "integer",
  int8: "bigint",
  numeric: "numeric",
  float8: "double precision",
  text: "text",
  varchar: "character varying",
  bpchar: "character",
  bool: "boolean",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  date: "date",
  interval: "interval",
  uuid: "uuid",
  json: "json",
  jsonb: "jsonb",
  name: "name",
  unknown: "unknown",
};

/** As \d and error messages name a type, e.g. "character varying(20)". */
export function shownType(type: TypeName, size?: readonly number[]): string {
  const full = SHOWN[type];
  return size === undefined || size.length === 0 ? full : `${full}(${size.join(",")})`;
}

const INTEGERS: Readonly<Partial<Record<TypeName, number>>> = { int2: 2 ** 15, int4: 2 ** 31, int8: 2 ** 63 };
const RANKS: Readonly<Partial<Record<TypeName, number>>> = { int2: 1, int4: 2, int8: 3, numeric: 4, float8: 5 };

const isNumeric = (type: TypeName) => RANKS[type] !== undefined;
export const isText = (type: TypeName) => ["text", "varchar", "bpchar", "unknown", "name"].includes(type);

// ------------------------------------------------------------------------------------------------------------- decimals

interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

function decimal(raw: Raw): Decimal {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(String(raw));
  if (match === null) return { digits: 0n, scale: 0 };
  const [, sign = "", whole = "", part = "", power = "0"] = match;
  const digits = BigInt(`${whole}${part}` || "0") * (sign === "-" ? -1n : 1n);
  const scale = part.length - Number(power);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

function decimalText({ digits, scale }: Decimal): string {
  const size = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, "0");
  const shown = scale === 0 ? size : `${size.slice(0, -scale)}.${size.slice(-scale)}`;
  return digits < 0n ? `-${shown}` : shown;
}

/** With another number of places, rounded half away from zero. */
export function rescale(raw: Raw, scale: number): string {
  const from = decimal(raw);
  if (from.scale <= scale) return decimalText({ digits: from.digits * 10n ** BigInt(scale - from.scale), scale });
  const unit = 10n ** BigInt(from.scale - scale);
  const size = from.digits < 0n ? -from.digits : from.digits;
  const rounded = (size + unit / 2n) / unit;
  return decimalText({ digits: from.digits < 0n ? -rounded : rounded, scale });
}

function decimals(operator: string, a: Raw, b: Raw): string {
  const [left, right] = [decimal(a), decimal(b)];
  if (operator === "*") return decimalText({ digits: left.digits * right.digits, scale: left.scale + right.scale });
  const scale = Math.max(left.scale, right.scale);
  const x = left.digits * 10n ** BigInt(scale - left.scale);
  const y = right.digits * 10n ** BigInt(scale - right.scale);
  if (operator === "+") return decimalText({ digits: x + y, scale });
  if (operator === "-") return decimalText({ digits: x - y, scale });
  if (y === 0n) throw new SqlError("22012", "division by zero");
  if (operator === "%") return decimalText({ digits: x % y, scale });
  const places = Math.max(16, scale);
  return rescale(decimalText({ digits: (x * 10n ** BigInt(places + 1)) / y, scale: places + 1 }), places);
}

// ----------------------------------------------------------------------------------------------------------- arithmetic

export function arithmetic(operator: string, a: Typed, b: Typed, at?: number): Typed {
  if (a.value === null || b.value === null) return { type: resultOf(operator, a.type, b.type), value: null };
  const [ta, tb] = [a.type, b.type];
  if (ta === "interval" || tb === "interval" || isTime(ta) || isTime(tb)) return timeArithmetic(operator, a, b, at);
  const left = ta === "unknown" ? cast(a, tb) : a;
  const right = tb === "unknown" ? cast(b, ta) : b;
  if (!isNumeric(left.type) || !isNumeric(right.type))
    throw new SqlError("42883", `operator does not exist: ${shownType(ta)} ${operator} ${shownType(tb)}`, {
      at,
      hint: "No operator matches the given name and argument types. You might need to add explicit type casts.",
    });
  const type = resultOf(operator, left.type, right.type);
  if (type === "numeric") return { type, value: decimals(operator, left.value, right.value) };
  const [x, y] = [Number(left.value), Number(right.value)];
  if ((operator === "/" || operator === "%") && y === 0) throw new SqlError("22012", "division by zero");
  if (operator === "^") return { type: "float8", value: x ** y };
  const result =
    operator === "+" ? x + y : operator === "-" ? x - y : operator === "*" ? x * y : operator === "%" ? x % y : x / y;
  const limit = INTEGERS[type];
  if (limit === undefined) return { type, value: result };
  if (result >= limit || result < -limit) throw new SqlError("22003", `${shownType(type)} out of range`);
  return { type, value: operator === "/" ? Math.trunc(result) : result };
}

const isTime = (type: TypeName) => type === "timestamp" || type === "timestamptz" || type === "date";

export function resultOf(operator: string, a: TypeName, b: TypeName): TypeName {
  if (isTime(a) && isTime(b) && operator === "-") return a === "date" && b === "date" ? "int4" : "interval";
  if (isTime(a)) return a === "date" && b === "interval" ? "timestamp" : a;
  if (isTime(b)) return b;
  if (a === "interval" || b === "interval") return "interval";
  if (operator === "^") return "float8";
  if (!isNumeric(a)) return isNumeric(b) ? b : "int4";
  if (!isNumeric(b)) return a;
  return (RANKS[a] ?? 0) >= (RANKS[b] ?? 0) ? a : b;
}

const DAY = 86_400_000;

function timeArithmetic(operator: string, a: Typed, b: Typed, at?: number): Typed {
  const left = a.type === "unknown" ? cast(a, b.type === "interval" ? "interval" : b.type) : a;
  const right = b.type === "unknown" ? cast(b, isTime(a.type) && operator === "+" ? "interval" : a.type) : b;
  const type = resultOf(operator, left.type, right.type);
  const [x, y] = [Number(left.value), Number(right.value)];
  if (operator === "*" && type === "interval") return { type, value: x * y };
  if (operator === "-" && left.type === "date" && right.type === "date") return int(Math.round((x - y) / DAY));
  const amount = left.type === "date" && isNumeric(right.type) ? y * DAY : y;
  if (operator === "+") return { type, value: x + amount };
  if (operator === "-") return { type, value: x - amount };
  throw new SqlError("42883", `operator does not exist: ${shownType(a.type)} ${operator} ${shownType(b.type)}`, { at });
}

// ----------------------------------------------------------------------------------------------------------- comparison

/** Undefined where one of them is null. */
export function compare(a: Typed, b: Typed): number | undefined {
  if (a.value === null || b.value === null) return undefined;
  const left = a.type === "unknown" && b.type !== "unknown" ? cast(a, b.type) : a;
  const right = b.type === "unknown" && a.type !== "unknown" ? cast(b, a.type) : b;
  if (isNumeric(left.type) !== isNumeric(right.type) || (left.type === "bool") !== (right.type === "bool"))
    throw new SqlError("42883", `operator does not exist: ${shownType(left.type)} = ${shownType(right.type)}`, {
      hint: "No operator matches the given name and argument types. You might need to add explicit type casts.",
    });
  return compareRaw(left.value, right.value, left.type === "numeric" || right.type === "numeric");
}

export function compareRaw(a: Raw, b: Raw, exact = false): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (exact) {
    const difference = decimal(decimals("-", a, b)).digits;
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "boolean" || typeof b === "boolean") return Number(a) - Number(b);
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A text that is the same for equal values, for grouping. */
export function groupKey({ type, value }: Typed): string {
  if (value === null) return "\0";
  if (type === "numeric")
    return `n${decimalText(decimal(value))
      .replace(/(\.\d*?)0+$/, "$1")
      .replace(/\.$/, "")}`;
  return isNumeric(type) ? `n${value}` : `${typeof value}${value}`;
}

// ---------------------------------------------------------------------------------------------------------------- casts

const bad = (type: TypeName, value: Raw) =>
  new SqlError("22P02", `invalid input syntax for type ${shownType(type)}: "${String(value)}"`);

export function cast(from: Typed, type: TypeName, size?: readonly number[]): Typed {
  const { value } = from;
  if (value === null) return { type, value };
  const limit = INTEGERS[type];
  if (limit !== undefined) {
    if (typeof value === "boolean") return { type, value: Number(value) };
    if (isText(from.type) && !/^\s*[+-]?\d+\s*$/.test(String(value))) throw bad(type, value);
    const number = from.type === "numeric" ? Number(rescale(value, 0)) : Math.round(Number(value));
    if (Number.isNaN(number)) throw bad(type, value);
    if (number >= limit || number < -limit)
      throw new SqlError(
        "22003",
        isText(from.type)
          ? `value "${String(value)}" is out of range for type ${shownType(type)}`
          : `${shownType(type)} out of range`,
      );
    return { type, value: number };
  }
  switch (type) {
    case "numeric": {
      if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(String(value))) throw bad(type, value);
      const [precision, scale = 0] = size ?? [];
      const exact = precision === undefined ? decimalText(decimal(value)) : rescale(value, scale);
      if (precision !== undefined && exact.replace(/^-?0*|\.\d*$/g, "").length > precision - scale)
        throw new SqlError("22003", "numeric field overflow", {
          detail: `A field with precision ${precision}, scale ${scale} must round to an absolute value less than 10^${precision - scale}.`,
        });
      return { type, value: exact };
    }
    case "float8": {
      const number = Number(value);
      if (Number.isNaN(number) && String(value).toLowerCase() !== "nan") throw bad(type, value);
      return { type, value: number };
    }
    case "bool": {
      if (typeof value === "boolean") return { type, value };
      if (typeof value === "number") return { type, value: value !== 0 };
      const word = String(value).trim().toLowerCase();
      if (["t", "true", "yes", "on", "1", "y"].includes(word)) return { type, value: true };
      if (["f", "false", "no", "off", "0", "n"].includes(word)) return { type, value: false };
      throw bad(type, value);
    }
    case "timestamp":
    case "timestamptz":
    case "date": {
      if (typeof value === "number") return { type, value: type === "date" ? Math.floor(value / DAY) * DAY : value };
      const ms = parseTime(String(value));
      if (ms === undefined) throw bad(type, value);
      return { type, value: type === "date" ? Math.floor(ms / DAY) * DAY : ms };
    }
    case "interval": {
      if (typeof value === "number") return { type, value };
      const ms = parseInterval(String(value));
      if (ms === undefined) throw bad(type, value);
      return { type, value: ms };
    }
    case "uuid": {
      const word = String(value).toLowerCase();
      if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(word)) throw bad(type, value);
      return { type, value: word };
    }
    case "json":
    case "jsonb":
      try {
        const parsed: unknown = JSON.parse(String(value));
        return { type, value: type === "json" ? String(value) : jsonText(parsed) };
      } catch (problem) {
        if (!(problem instanceof SyntaxError)) throw problem;
        throw new SqlError("22P02", "invalid input syntax for type json");
      }
    case "varchar":
    case "bpchar": {
      const shown = toText(from);
      const width = size?.[0];
      if (width !== undefined && shown.length > width) {
        if (shown.slice(width).trim() !== "")
          throw new SqlError("22001", `value too long for type ${shownType(type, size)}`);
        return { type, value: shown.slice(0, width) };
      }
      return { type, value: type === "bpchar" && width !== undefined ? shown.padEnd(width) : shown };
    }
    case "text":
    case "name":
      return { type, value: toText(from) };
    default:
      return from;
  }
}

function jsonText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(jsonText).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const keys = Object.keys(value).sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  return `{${keys.map((key) => `${JSON.stringify(key)}: ${jsonText((value as Record<string, unknown>)[key])}`).join(", ")}}`;
}

function parseTime(value: string): number | undefined {
  const match = /^\s*(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?\s*(Z|[+-]\d\d(?::?\d\d)?)?\s*$/.exec(
    value,
  );
  if (match === null) return undefined;
  const [, day = "", time = "00:00", zone = "Z"] = match;
  const full = /^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^(...)(\d\d)$/, "$1:$2");
  const ms = Date.parse(`${day}T${time}${full}`);
  return Number.isNaN(ms) ? undefined : ms;
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  millisecond: 1,
  s: 1000,
  sec: 1000,
  second: 1000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
  d: DAY,
  day: DAY,
  w: 7 * DAY,
  week: 7 * DAY,
  mon: 30 * DAY,
  month: 30 * DAY,
  y: 365 * DAY,
  year: 365 * DAY,
};

function parseInterval(value: string): number | undefined {
  let total = 0;
  let rest = value.trim().toLowerCase();
  if (rest === "") return undefined;
  while (rest !== "") {
    const clock = /^(-?)(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?\s*/.exec(rest);
    if (clock !== null) {
      const ms = Number(clock[2]) * 3_600_000 + Number(clock[3]) * 60_000 + Number(clock[4] ?? 0) * 1000;
      total += clock[1] === "-" ? -ms : ms;
      rest = rest.slice(clock[0].length);
      continue;
    }
    const part = /^([+-]?\d+(?:\.\d+)?)\s*([a-z]+)\s*/.exec(rest);
    const unit = UNITS[part?.[2]?.replace(/(?<=..)s$/, "") ?? ""];
    if (part === null || unit === undefined) return undefined;
    total += Number(part[1]) * unit;
    rest = rest.slice(part[0].length);
  }
  return total;
}

// ----------------------------------------------------------------------------------------------------------------- text

export function toText({ type, value }: Typed): string {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "t" : "f";
  switch (type) {
    case "timestamp":
    case "timestamptz": {
      const iso = new Date(Number(value)).toISOString();
      const part = iso.slice(19, 23).replace(/0+$/, "").replace(/\.$/, "");
      return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${part}${type === "timestamptz" ? "+00" : ""}`;
    }
    case "date":
      return new Date(Number(value)).toISOString().slice(0, 10);
    case "interval": {
      const ms = Number(value);
      const size = Math.abs(ms);
      const days = Math.floor(size / DAY);
      const iso = new Date(size % DAY).toISOString();
      const part = iso.slice(19, 23).replace(/0+$/, "").replace(/\.$/, "");
      const clock = `${iso.slice(11, 19)}${part}`;
      const sign = ms < 0 ? "-" : "";
      const dayText = days === 0 ? "" : `${sign}${days} day${days === 1 ? "" : "s"}`;
      if (size % DAY === 0 && days > 0) return dayText;
      return `${dayText === "" ? "" : `${dayText} `}${sign}${clock}`;
    }
    default:
      return String(value);
  }
}
