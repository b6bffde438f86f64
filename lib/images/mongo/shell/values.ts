/** What scripts compute with. Objects are maps, so that no name of a learner's reaches a prototype. */
import { type Doc, isArray, isPlain, type MutableDoc, specialKind, type Value } from "../data/bson.ts";

export type ScriptValue =
  | undefined
  | null
  | boolean
  | number
  | string
  | ScriptValue[]
  | ScriptObject
  | Scalar
  | ScriptFunction
  | HostObject;

export class ScriptObject {
  readonly fields: Map<string, ScriptValue>;
  constructor(entries: Iterable<readonly [string, ScriptValue]> = []) {
    this.fields = new Map(entries);
  }
}

/** A value that BSON has and JSON has not: an ObjectId, a date, a long. */
export class Scalar {
  readonly value: Doc;
  constructor(value: Doc) {
    this.value = value;
  }
}

export class ScriptFunction {
  readonly name: string;
  readonly call: (args: readonly ScriptValue[], self: ScriptValue) => Promise<ScriptValue> | ScriptValue;
  /** What `new` gives, where that is something else than a call. */
  readonly members: ReadonlyMap<string, ScriptValue>;
  constructor(name: string, call: ScriptFunction["call"], members: ReadonlyMap<string, ScriptValue> = new Map()) {
    this.name = name;
    this.call = call;
    this.members = members;
  }
}

/** Something of the shell's own: a database, a collection, a cursor. */
export interface HostObject {
  readonly host: string;
  get(name: string): ScriptValue;
  /** How it shows as a result; resolves to a text. */
  show?(): Promise<string> | string;
  /** What it iterates over. */
  iterate?(): AsyncIterable<ScriptValue>;
}

export function isHost(value: ScriptValue): value is HostObject {
  return typeof value === "object" && value !== null && "host" in value;
}

/** An error that scripts can catch. */
export class ScriptThrow extends Error {
  readonly value: ScriptValue;
  constructor(value: ScriptValue) {
    super(messageOf(value));
    this.value = value;
  }
}

export function errorValue(
  name: string,
  message: string,
  more: Readonly<Record<string, ScriptValue>> = {},
): ScriptObject {
  return new ScriptObject([["name", name], ["message", message], ...Object.entries(more)]);
}

export const typeError = (message: string) => new ScriptThrow(errorValue("TypeError", message));

/** "Name: message", and the code's name where there is one. */
export function messageOf(value: ScriptValue): string {
  if (value instanceof ScriptObject && value.fields.has("message")) {
    const code = value.fields.get("codeName");
    const name = String(value.fields.get("name") ?? "Error");
    return `${name}${typeof code === "string" && name.startsWith("Mongo") ? `[${code}]` : ""}: ${String(value.fields.get("message"))}`;
  }
  return `Uncaught ${typeof value === "string" ? value : JSON.stringify(toValue(value))}`;
}

/** How deep documents may go. */
const MAX_DEPTH = 150;

/** A script's value as a document's. Throws where it is none, or goes on within itself. */
export function toValue(value: ScriptValue, depth = 0): Value {
  if (depth > MAX_DEPTH)
    throw new ScriptThrow(errorValue("BSONError", "Cannot convert circular or too deeply nested structure to BSON"));
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map((one) => toValue(one, depth + 1));
  if (value instanceof ScriptObject) {
    const doc: MutableDoc = {};
    for (const [key, inner] of value.fields) {
      if (inner === undefined || inner instanceof ScriptFunction) continue;
      const plain = { value: toValue(inner, depth + 1), enumerable: true, configurable: true, writable: true };
      Object.defineProperty(doc, key, plain);
    }
    return doc;
  }
  if (value instanceof Scalar) return value.value;
  if (value instanceof ScriptFunction || isHost(value)) throw typeError("functions and handles cannot be stored");
  return value;
}

export function toDoc(value: ScriptValue): Doc {
  if (value === undefined || value === null) return {};
  const doc = toValue(value);
  if (!isPlain(doc)) throw typeError("a document is wanted");
  return doc;
}

export function fromValue(value: Value | undefined): ScriptValue {
  if (value === undefined || value === null || typeof value !== "object") return value;
  if (isArray(value)) return value.map(fromValue);
  if (specialKind(value) !== undefined) return new Scalar(value);
  return new ScriptObject(Object.entries(value).map(([key, inner]) => [key, fromValue(inner)] as const));
}

export function truthy(value: ScriptValue): boolean {
  return !(
    value === undefined ||
    value === null ||
    value === false ||
    value === 0 ||
    value === "" ||
    Number.isNaN(value)
  );
}

export function toNumber(value: ScriptValue): number {
  if (value instanceof Scalar) {
    const { $date, $numberLong, $numberDecimal } = value.value;
    return Number($date ?? $numberLong ?? $numberDecimal ?? Number.NaN);
  }
  if (typeof value === "object" && value !== null) return Number.NaN;
  return Number(value);
}

export function toText(value: ScriptValue): string {
  if (value instanceof Scalar) {
    const kind = specialKind(value.value);
    const inner = kind === undefined ? "" : value.value[kind];
    if (kind === "$date") return dateText(Number(inner));
    return typeof inner === "object" ? JSON.stringify(inner) : String(inner);
  }
  if (Array.isArray(value)) return value.map((one) => (one === null || one === undefined ? "" : toText(one))).join(",");
  if (value instanceof ScriptObject) return value.fields.has("message") ? messageOf(value) : "[object Object]";
  if (value instanceof ScriptFunction) return `function ${value.name}() { [native code] }`;
  return isHost(value) ? value.host : String(value);
}

/** "Fri Nov 21 2026 05:06:39 GMT+0000 (Coordinated Universal Time)" */
export function dateText(ms: number): string {
  const utc = new Date(ms).toUTCString();
  return `${utc.slice(0, 3)} ${utc.slice(8, 11)} ${utc.slice(5, 7)} ${utc.slice(12, 16)} ${utc.slice(17, 25)} GMT+0000 (Coordinated Universal Time)`;
}
