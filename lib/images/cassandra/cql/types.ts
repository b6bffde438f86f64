/** CQL's data types: literals to values, values to key bytes, order, and text as cqlsh shows it. Pure. */

/** Whole numbers of 64 bits and more are texts of digits; a map is a list of pairs. */
export type CqlValue = string | number | boolean | null | readonly CqlValue[];

export interface CqlType {
  readonly name: string;
  readonly of: readonly CqlType[];
}

/** A refusal with the code and the class of the native protocol. */
export class CqlError extends Error {
  readonly kind: CqlErrorKind;
  /** Further fields that the driver shows, e.g. alive_replicas. */
  readonly info: Readonly<Record<string, string | number>>;
  constructor(kind: CqlErrorKind, message: string, info: Readonly<Record<string, string | number>> = {}) {
    super(message);
    this.kind = kind;
    this.info = info;
  }
}

export type CqlErrorKind =
  | "Syntax"
  | "Invalid"
  | "Config"
  | "AlreadyExists"
  | "Unavailable"
  | "WriteTimeout"
  | "ReadTimeout"
  | "Server";

export const invalid = (message: string) => new CqlError("Invalid", message);

/** A value as it is written in a statement. */
export type Term =
  | { readonly kind: "string" | "integer" | "float" | "uuid" | "blob"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "null" }
  | { readonly kind: "list" | "set"; readonly items: readonly Term[] }
  | { readonly kind: "map"; readonly pairs: readonly (readonly [Term, Term])[] }
  | { readonly kind: "call"; readonly name: string; readonly items: readonly Term[] };

const NATIVE = new Set([
  "ascii",
  "text",
  "varchar",
  "int",
  "smallint",
  "tinyint",
  "bigint",
  "varint",
  "float",
  "double",
  "decimal",
  "boolean",
  "uuid",
  "timeuuid",
  "timestamp",
  "date",
  "blob",
  "inet",
]);

/** Checks a type's name. Throws where it is unknown or not served here. */
export function checkType(type: CqlType): CqlType {
  if (type.name === "list" || type.name === "set" || type.name === "frozen") {
    if (type.of.length !== 1) throw new CqlError("Syntax", `line 1:0 no viable alternative at input '${type.name}'`);
  } else if (type.name === "map") {
    if (type.of.length !== 2) throw new CqlError("Syntax", `line 1:0 no viable alternative at input '${type.name}'`);
  } else if (["counter", "duration", "time", "tuple", "vector"].includes(type.name)) {
    throw invalid(`type ${type.name} is not supported here`);
  } else if (!NATIVE.has(type.name)) throw invalid(`Unknown type ${type.name}`);
  type.of.forEach(checkType);
  if (type.name === "frozen") return type.of[0] ?? type;
  return type.name === "varchar" ? { name: "text", of: [] } : type;
}

export function typeText(type: CqlType): string {
  return type.of.length === 0 ? type.name : `${type.name}<${type.of.map(typeText).join(", ")}>`;
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  string: "STRING",
  integer: "INTEGER",
  float: "FLOAT",
  uuid: "UUID",
  blob: "HEX",
  boolean: "BOOLEAN",
};

const LIMITS: Readonly<Record<string, bigint>> = {
  tinyint: 1n << 7n,
  smallint: 1n << 15n,
  int: 1n << 31n,
  bigint: 1n << 63n,
};

interface TermContext {
  readonly column: string;
  /** Milliseconds. */
  readonly now: number;
  readonly random: () => number;
}

/** The value of a literal for a column. Throws as Cassandra refuses it. */
export function toValue(term: Term, type: CqlType, context: TermContext): CqlValue {
  if (term.kind === "null") return null;
  if (term.kind === "call") return callValue(term, type, context);
  if ("items" in term || "pairs" in term) return collectionValue(term, type, context);
  const mismatch = () =>
    invalid(
      `Invalid ${KIND_NAMES[term.kind] ?? term.kind} constant (${term.kind === "boolean" ? term.value : term.text}) for "${context.column}" of type ${typeText(type)}`,
    );
  const text = term.kind === "boolean" ? "" : term.text;
  switch (type.name) {
    case "text":
    case "ascii":
    case "inet":
      if (term.kind !== "string") throw mismatch();
      return text;
    case "int":
    case "smallint":
    case "tinyint":
    case "bigint":
    case "varint": {
      if (term.kind !== "integer") throw mismatch();
      const number = BigInt(text);
      const limit = LIMITS[type.name];
      if (limit !== undefined && (number >= limit || number < -limit)) {
        throw invalid(`Unable to make ${type.name} from '${text}'`);
      }
      return type.name === "bigint" || type.name === "varint" ? number.toString() : Number(number);
    }
    case "float":
    case "double":
      if (term.kind !== "integer" && term.kind !== "float") throw mismatch();
      return type.name === "float" ? Math.fround(Number(text)) : Number(text);
    case "decimal":
      if (term.kind !== "integer" && term.kind !== "float") throw mismatch();
      return text;
    case "boolean":
      if (term.kind !== "boolean") throw mismatch();
      return term.value;
    case "uuid":
    case "timeuuid":
      if (term.kind !== "uuid") throw mismatch();
      if (type.name === "timeuuid" && text[14] !== "1") throw invalid("Invalid version for TimeUUID type.");
      return text.toLowerCase();
    case "blob":
      if (term.kind !== "blob") throw mismatch();
      return text.toLowerCase();
    case "timestamp": {
      if (term.kind === "integer") return Number(text);
      if (term.kind !== "string") throw mismatch();
      const match = /^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
      const zone = match?.[4] ?? "Z";
      const base = zone === "" ? text : text.slice(0, text.length - (match?.[4] ?? "").length);
      const full = base.length === 10 ? `${base}T00:00` : base.replace(" ", "T");
      const parsed = match === null ? Number.NaN : Date.parse(`${full}${zone.replace(/^(...)(\d\d)$/, "$1:$2")}`);
      if (Number.isNaN(parsed)) throw invalid(`Unable to parse a date/time from '${text}'`);
      return parsed;
    }
    case "date":
      if (term.kind !== "string" || !/^\d{4}-\d\d-\d\d$/.test(text)) throw mismatch();
      return text;
    default:
      throw mismatch();
  }
}

function collectionValue(
  term: Extract<Term, { kind: "list" | "set" | "map" }>,
  type: CqlType,
  context: TermContext,
): CqlValue {
  const [first, second] = type.of;
  // {} is an empty map as well as an empty set.
  if (type.name === "map" && term.kind === "set" && term.items.length === 0) return [];
  if (type.name === "map" && term.kind === "map" && first !== undefined && second !== undefined) {
    const pairs = term.pairs.map(([key, value]) => [toValue(key, first, context), toValue(value, second, context)]);
    return distinctSorted(pairs, (pair) => (pair as CqlValue[])[0] ?? null, first);
  }
  if (first === undefined || type.name !== term.kind || term.kind === "map") {
    const given = term.kind === "map" ? "map" : term.kind;
    throw invalid(`Invalid ${given} literal for ${context.column} of type ${typeText(type)}`);
  }
  const values = term.items.map((item) => toValue(item, first, context));
  return type.name === "set" ? distinctSorted(values, (value) => value, first) : values;
}

/** Sets and maps are kept sorted; of two with the same key the later one counts. */
function distinctSorted(values: readonly CqlValue[], keyOf: (value: CqlValue) => CqlValue, type: CqlType): CqlValue[] {
  const byKey = new Map(values.map((value) => [JSON.stringify(keyOf(value)), value]));
  return [...byKey.values()].sort((a, b) => compareValues(keyOf(a), keyOf(b), type));
}

function callValue(term: Extract<Term, { kind: "call" }>, type: CqlType, context: TermContext): CqlValue {
  const name = term.name.toLowerCase();
  const inner = term.items[0];
  if (name === "uuid" && inner === undefined && type.name === "uuid") return randomUuid(context.random);
  if (name === "now" && inner === undefined && /uuid$/.test(type.name)) return timeUuid(context.now, context.random);
  const isNow = inner?.kind === "call" && inner.name.toLowerCase() === "now";
  if (name === "totimestamp" && isNow && type.name === "timestamp") return context.now;
  if (name === "todate" && isNow && type.name === "date") return new Date(context.now).toISOString().slice(0, 10);
  if (["current_timestamp", "currenttimestamp"].includes(name) && type.name === "timestamp") return context.now;
  if (["uuid", "now", "totimestamp", "todate", "currenttimestamp", "current_timestamp"].includes(name)) {
    throw invalid(`Type error: cannot assign result of function system.${name} to ${context.column}`);
  }
  throw invalid(`Unknown function '${name}'`);
}

const hex = (random: () => number, digits: number) =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");

export function randomUuid(random: () => number): string {
  return `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-${"89ab"[Math.floor(random() * 4)]}${hex(random, 3)}-${hex(random, 12)}`;
}

/** Version 1: the time is the number of 100 ns since 1582. */
export function timeUuid(now: number, random: () => number): string {
  const ticks = BigInt(Math.floor(now)) * 10_000n + BigInt(Math.floor(random() * 10_000)) + 0x01b21dd213814000n;
  const text = ticks.toString(16).padStart(15, "0");
  return `${text.slice(7)}-${text.slice(3, 7)}-1${text.slice(0, 3)}-${"89ab"[Math.floor(random() * 4)]}${hex(random, 3)}-${hex(random, 12)}`;
}

// --------------------------------------------------------------------------------------------------------------- keys

function signedBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = BigInt.asUintN(length * 8, value);
  for (let index = length - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}

const fromHex = (text: string) =>
  new Uint8Array((text.match(/[0-9a-f]{2}/g) ?? []).map((pair) => Number.parseInt(pair, 16)));

const WIDTHS: Readonly<Record<string, number>> = { tinyint: 1, smallint: 2, int: 4, bigint: 8, timestamp: 8 };

/** A value as the protocol and partition keys have it; collections and decimals are left to others. */
export function keyBytes(value: CqlValue, type: CqlType): Uint8Array {
  const width = WIDTHS[type.name];
  if (width !== undefined) return signedBytes(BigInt(value as string | number), width);
  switch (type.name) {
    case "varint": {
      const number = BigInt(value as string);
      let length = 1;
      while (number >= 1n << BigInt(length * 8 - 1) || number < -(1n << BigInt(length * 8 - 1))) length++;
      return signedBytes(number, length);
    }
    case "boolean":
      return new Uint8Array([value === true ? 1 : 0]);
    case "uuid":
    case "timeuuid":
      return fromHex(String(value).replaceAll("-", ""));
    case "blob":
      return fromHex(String(value).slice(2));
    case "float":
    case "double": {
      const view = new DataView(new ArrayBuffer(type.name === "float" ? 4 : 8));
      if (type.name === "float") view.setFloat32(0, Number(value));
      else view.setFloat64(0, Number(value));
      return new Uint8Array(view.buffer);
    }
    case "inet":
      return new Uint8Array(String(value).split(".").map(Number));
    case "date": {
      const days = Math.floor(Date.parse(`${String(value)}T00:00Z`) / 86_400_000) + 2 ** 31;
      return signedBytes(BigInt(days), 4);
    }
    default:
      return new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));
  }
}

/** The bytes a partition key is hashed by: alone as it is, several each with its length before and a zero behind. */
export function partitionKeyBytes(values: readonly CqlValue[], types: readonly CqlType[]): Uint8Array {
  const parts = values.map((value, index) => keyBytes(value, types[index] ?? { name: "text", of: [] }));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const bytes: number[] = [];
  for (const part of parts) bytes.push(part.length >> 8, part.length & 255, ...part, 0);
  return new Uint8Array(bytes);
}

const LARGE = new Set(["bigint", "varint"]);

/** Order of two values of a type; null before everything. */
export function compareValues(a: CqlValue, b: CqlValue, type: CqlType): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
  if (Array.isArray(a) && Array.isArray(b)) {
    const inner = type.of[0] ?? type;
    for (let index = 0; index < Math.max(a.length, b.length); index++) {
      if (index >= a.length || index >= b.length) return a.length - b.length;
      const order = compareValues(a[index], b[index], inner);
      if (order !== 0) return order;
    }
    return 0;
  }
  if (LARGE.has(type.name)) {
    const difference = BigInt(a as string) - BigInt(b as string);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  if (type.name === "decimal") return Number(a) - Number(b);
  if (type.name === "timeuuid") {
    const time = (text: string) => `${text.slice(15, 18)}${text.slice(9, 13)}${text.slice(0, 8)}`;
    const [left, right] = [time(String(a)), time(String(b))];
    if (left !== right) return left < right ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

// --------------------------------------------------------------------------------------------------------------- text

/** A value as cqlsh prints it in a table; inside collections texts are quoted. */
export function shown(value: CqlValue, type: CqlType, quoted = false): string {
  if (value === null) return "null";
  switch (type.name) {
    case "list":
    case "set": {
      const items = (value as readonly CqlValue[]).map((item) => shown(item, type.of[0] ?? type, true)).join(", ");
      return type.name === "list" ? `[${items}]` : `{${items}}`;
    }
    case "map":
      return `{${(value as readonly (readonly CqlValue[])[])
        .map(
          ([key = null, item = null]) =>
            `${shown(key, type.of[0] ?? type, true)}: ${shown(item, type.of[1] ?? type, true)}`,
        )
        .join(", ")}}`;
    case "boolean":
      return value === true ? "True" : "False";
    case "timestamp": {
      const text = new Date(Number(value)).toISOString();
      return `${text.slice(0, 10)} ${text.slice(11, 23)}000+0000`;
    }
    case "float":
    case "double":
      return floatText(Number(value));
    case "text":
    case "ascii": {
      const text = String(value).replaceAll("\n", "\\n");
      return quoted ? `'${text.replaceAll("'", "''")}'` : text;
    }
    default:
      return String(value);
  }
}

/** As Python's %.5g, which is what cqlsh uses. */
function floatText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(5)))));
  if (exponent < -4 || exponent >= 5) {
    const [mantissa = "", power = "0"] = value.toExponential(4).split("e");
    const size = Math.abs(Number(power)).toString().padStart(2, "0");
    return `${mantissa.replace(/\.?0+$/, "")}e${Number(power) < 0 ? "-" : "+"}${size}`;
  }
  const text = value.toPrecision(5);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
