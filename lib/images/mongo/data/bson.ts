/** Documents as plain JSON in the extended notation: an ObjectId is `{ $oid }`, a date `{ $date: ms }`. Pure. */

export type Value = string | number | boolean | null | readonly Value[] | Doc;
export interface Doc {
  readonly [field: string]: Value;
}
export type MutableDoc = { [field: string]: Value };

/** A refusal as the server gives it. */
export class MongoError extends Error {
  readonly code: number;
  readonly codeName: string;
  /** Further fields of the answer. */
  readonly info: Doc;
  constructor(code: number, codeName: string, message: string, info: Doc = {}) {
    super(message);
    this.code = code;
    this.codeName = codeName;
    this.info = info;
  }
}

export const badValue = (message: string) => new MongoError(2, "BadValue", message);
export const typeMismatch = (message: string) => new MongoError(14, "TypeMismatch", message);

export function isDoc(value: Value | undefined): value is Doc {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
export const isArray = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);

const SPECIAL = [
  "$oid",
  "$date",
  "$numberLong",
  "$numberDecimal",
  "$timestamp",
  "$uuid",
  "$binary",
  "$regularExpression",
  "$minKey",
  "$maxKey",
] as const;
type SpecialKind = (typeof SPECIAL)[number];

/** What kind of scalar a `{ $... }` stands for; undefined for a document. */
export function specialKind(value: Value | undefined): SpecialKind | undefined {
  if (!isDoc(value)) return undefined;
  const keys = Object.keys(value);
  return keys.length === 1 ? SPECIAL.find((kind) => kind === keys[0]) : undefined;
}

/** A document proper, not a scalar in disguise. */
export function isPlain(value: Value | undefined): value is Doc {
  return isDoc(value) && specialKind(value) === undefined;
}

/** A number for all kinds of numbers; undefined for anything else. */
export function numberOf(value: Value | undefined): number | undefined {
  if (typeof value === "number") return value;
  if (!isDoc(value)) return undefined;
  const text = value["$numberLong"] ?? value["$numberDecimal"];
  return typeof text === "string" && specialKind(value) !== undefined ? Number(text) : undefined;
}

export function typeName(value: Value | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "number") return Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? "int" : "double";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (isArray(value)) return "array";
  const names: Readonly<Record<SpecialKind, string>> = {
    $oid: "objectId",
    $date: "date",
    $numberLong: "long",
    $numberDecimal: "decimal",
    $timestamp: "timestamp",
    $uuid: "binData",
    $binary: "binData",
    $regularExpression: "regex",
    $minKey: "minKey",
    $maxKey: "maxKey",
  };
  const kind = specialKind(value);
  return kind === undefined ? "object" : names[kind];
}

/** Order between types, as BSON compares. */
const RANKS: Readonly<Record<string, number>> = {
  minKey: 0,
  missing: 1,
  null: 2,
  int: 3,
  long: 3,
  double: 3,
  decimal: 3,
  string: 4,
  object: 5,
  array: 6,
  binData: 7,
  objectId: 8,
  bool: 9,
  date: 10,
  timestamp: 11,
  regex: 12,
  maxKey: 13,
};

export function rankOf(value: Value | undefined): number {
  return RANKS[typeName(value)] ?? 5;
}

const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export function compare(a: Value | undefined, b: Value | undefined): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (left !== right) return left - right;
  switch (typeName(a)) {
    case "int":
    case "long":
    case "double":
    case "decimal":
      return (numberOf(a) ?? 0) - (numberOf(b) ?? 0);
    case "string":
      return text(a as string, b as string);
    case "bool":
      return Number(a) - Number(b);
    case "date":
      return Number((a as Doc)["$date"]) - Number((b as Doc)["$date"]);
    case "timestamp":
      return compareTimes(a as Doc, b as Doc);
    case "objectId":
    case "binData":
    case "regex":
      return text(JSON.stringify(a), JSON.stringify(b));
    case "array": {
      const [one, other] = [a as readonly Value[], b as readonly Value[]];
      for (let index = 0; index < Math.min(one.length, other.length); index++) {
        const order = compare(one[index], other[index]);
        if (order !== 0) return order;
      }
      return one.length - other.length;
    }
    case "object": {
      const [one, other] = [Object.entries(a as Doc), Object.entries(b as Doc)];
      for (let index = 0; index < Math.min(one.length, other.length); index++) {
        const [key = "", value] = one[index] ?? [];
        const [otherKey = "", otherValue] = other[index] ?? [];
        const order = rankOf(value) - rankOf(otherValue) || text(key, otherKey) || compare(value, otherValue);
        if (order !== 0) return order;
      }
      return one.length - other.length;
    }
    default:
      return 0;
  }
}

export interface Timestamp {
  readonly t: number;
  readonly i: number;
}

function compareTimes(a: Doc, b: Doc): number {
  const of = (value: Doc) => value["$timestamp"] as unknown as Timestamp;
  return of(a).t - of(b).t || of(a).i - of(b).i;
}

export const equal = (a: Value | undefined, b: Value | undefined) => compare(a, b) === 0;

/** A text that is the same for equal values: numbers of all kinds alike. */
export function keyOf(value: Value | undefined): string {
  const number = numberOf(value);
  if (number !== undefined) return `n${number}`;
  if (isArray(value)) return `[${value.map(keyOf).join()}]`;
  if (isPlain(value))
    return `{${Object.entries(value)
      .map(([key, inner]) => `${JSON.stringify(key)}:${keyOf(inner)}`)
      .join()}}`;
  return JSON.stringify(value ?? null);
}

/** Twelve bytes: seconds, five by chance, a counter. `now` in milliseconds. */
export function objectId(now: number, random: () => number): Doc {
  const hex = (value: number, digits: number) => Math.floor(value).toString(16).padStart(digits, "0").slice(-digits);
  return { $oid: `${hex(now / 1000, 8)}${hex(random() * 2 ** 40, 10)}${hex(random() * 2 ** 24, 6)}` };
}

/** The value at a dotted path, arrays by position only. */
export function getPath(doc: Value | undefined, path: string): Value | undefined {
  let value: Value | undefined = doc;
  for (const part of path.split(".")) {
    if (isArray(value)) value = /^\d+$/.test(part) ? value[Number(part)] : undefined;
    else if (isDoc(value) && Object.hasOwn(value, part)) value = value[part];
    else return undefined;
  }
  return value;
}

/** All values at a dotted path: an array on the way stands for each of its elements. */
export function valuesAt(doc: Value | undefined, path: string): Value[] {
  const [first = "", ...rest] = path.split(".");
  const step = (value: Value | undefined): Value[] => {
    if (value === undefined) return [];
    if (rest.length === 0) return [value];
    return valuesAt(value, rest.join("."));
  };
  if (isArray(doc)) {
    const byPlace = /^\d+$/.test(first) ? step(doc[Number(first)]) : [];
    return [...byPlace, ...doc.filter(isDoc).flatMap((element) => valuesAt(element, path))];
  }
  return isDoc(doc) && Object.hasOwn(doc, first) ? step(doc[first]) : [];
}

/** A copy with a value at a dotted path; undefined takes it away. */
export function withPath(doc: Doc, path: string, value: Value | undefined): Doc {
  const [first = "", ...rest] = path.split(".");
  const copy: MutableDoc = { ...doc };
  if (rest.length === 0) {
    if (value === undefined) delete copy[first];
    else copy[first] = value;
    return copy;
  }
  const inner = copy[first];
  if (isArray(inner)) {
    const [place = "", ...deeper] = rest;
    if (!/^\d+$/.test(place))
      throw new MongoError(
        28,
        "PathNotViable",
        `Cannot create field '${place}' in element {${first}: ${JSON.stringify(inner)}}`,
      );
    const list = [...inner];
    const element = list[Number(place)];
    if (deeper.length > 0) list[Number(place)] = withPath(isPlain(element) ? element : {}, deeper.join("."), value);
    else if (value !== undefined) list[Number(place)] = value;
    else if (Number(place) < list.length) list[Number(place)] = null;
    for (let index = 0; index < list.length; index++) list[index] ??= null;
    copy[first] = list;
    return copy;
  }
  if (inner !== undefined && !isPlain(inner)) {
    if (value === undefined) return copy;
    throw new MongoError(
      28,
      "PathNotViable",
      `Cannot create field '${rest[0]}' in element {${first}: ${JSON.stringify(inner)}}`,
    );
  }
  if (inner === undefined && value === undefined) return copy;
  copy[first] = withPath(inner ?? {}, rest.join("."), value);
  return copy;
}
