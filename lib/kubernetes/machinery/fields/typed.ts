/**
 * Values read through their schema: which fields there are, what changed, how two merge
 * (structured-merge-diff typed; kube-openapi schemaconv says what a schema means for it).
 */
import type { Schema } from "../../api/definition.ts";
import { deepEqual } from "../clone.ts";
import { isIntOrString, isQuantity, type Resolve, resolveSchema } from "../shape.ts";
import { goPrint } from "../strategic-merge.ts";
import { EMPTY, type FieldSet, LEAF } from "./field-set.ts";

type JsonObject = Record<string, unknown>;

/** The value does not fit its schema; the message is upstream's. */
export class TypedError extends Error {}

/** How a value is looked into. */
type Structure =
  | { readonly type: "atomic" }
  | { readonly type: "struct" | "map"; field(name: string): Schema | undefined }
  | { readonly type: "list"; readonly keys: readonly string[]; readonly items: Schema | undefined }
  | { readonly type: "set" };

const ATOMIC: Structure = { type: "atomic" };
const UNTYPED: Schema = {};

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function structure(schema: Schema | undefined, value: unknown, resolve: Resolve): Structure {
  if (schema === undefined) return deduced(value);
  if (isQuantity(schema) || isIntOrString(schema)) return ATOMIC;
  const target = resolveSchema(schema, resolve);
  if (schema["x-kubernetes-map-type"] === "atomic" || target["x-kubernetes-map-type"] === "atomic") return ATOMIC;
  if (target.type === "array") return listStructure(schema, target);
  const { properties, additionalProperties } = target;
  if (properties !== undefined)
    return {
      type: "struct",
      field: (name) => properties[name] ?? (target["x-kubernetes-preserve-unknown-fields"] ? UNTYPED : undefined),
    };
  if (additionalProperties !== undefined) return { type: "map", field: () => additionalProperties };
  if (target.type === undefined || target.type === "object") return deduced(value);
  return ATOMIC;
}

/** Without a schema: maps are looked into, lists are not. */
function deduced(value: unknown): Structure {
  return isObject(value) ? { type: "map", field: () => UNTYPED } : ATOMIC;
}

function listStructure(schema: Schema, target: Schema): Structure {
  const type = schema["x-kubernetes-list-type"] ?? target["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? target["x-kubernetes-list-map-keys"];
  if (type === "map" && keys !== undefined) return { type: "list", keys, items: target.items };
  if (type === "set") return { type: "set" };
  if (type === "atomic") return ATOMIC;
  // Without a list type the strategic merge extensions decide.
  const merges = (schema["x-kubernetes-patch-strategy"] ?? "").split(",").includes("merge");
  const mergeKey = schema["x-kubernetes-patch-merge-key"];
  if (!merges) return ATOMIC;
  return mergeKey === undefined ? { type: "set" } : { type: "list", keys: [mergeKey], items: target.items };
}

/** Defaults of key fields: an item may leave them out. */
const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: "TCP" };

/** What names the items of a keyed list: its key fields in order, and what stands where an item leaves them out. */
interface KeyFields {
  readonly names: readonly string[];
  readonly defaults: readonly unknown[];
}

function keyFields(keys: readonly string[], items: Schema | undefined, resolve: Resolve): KeyFields {
  const target = items === undefined ? undefined : resolveSchema(items, resolve);
  const names = [...keys].sort();
  return { names, defaults: names.map((name) => target?.properties?.[name]?.default ?? KEY_DEFAULTS[name]) };
}

/** `lenient`: an object that was decoded, whose missing key is the empty one: what it lacks is for its validation. */
function keyElement(item: unknown, { names, defaults }: KeyFields, path: Path | undefined, lenient: boolean): string {
  if (!isObject(item))
    throw new TypedError(`${pathText(path)}: associative list with keys has an element that's not a map type`);
  const [name = ""] = names;
  if (names.length === 1 && typeof item[name] === "string")
    return `k:{${JSON.stringify(name)}:${JSON.stringify(item[name])}}`;
  const key: JsonObject = {};
  for (const [at, name] of names.entries()) {
    const value = item[name] ?? defaults[at] ?? (lenient && names.length === 1 ? "" : undefined);
    if (value === undefined && names.length === 1)
      throw new TypedError(
        `${pathText(path)}: element 0: associative list with keys has an element that omits key field "${name}" (and doesn't have default value)`,
      );
    if (value !== undefined) key[name] = value;
  }
  return `k:${JSON.stringify(key)}`;
}

/** Elements of a keyed list or set by path element, in order. Throws where two have one key, unless `lenient`. */
function elements(
  list: readonly unknown[],
  shape: Structure,
  resolve: Resolve,
  path: Path | undefined,
  lenient: boolean,
): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const key = shape.type === "list" ? keyFields(shape.keys, shape.items, resolve) : undefined;
  for (const item of list) {
    const element = key === undefined ? `v:${JSON.stringify(item)}` : keyElement(item, key, path, lenient);
    if (!found.has(element)) found.set(element, item);
    else if (!lenient)
      throw new TypedError(
        `${pathText(path)}: duplicate entries for key ${element.startsWith("v:") ? `[=${element.slice(2)}]` : keyText(element)}`,
      );
  }
  return found;
}

/** Where a value stands: only complaints say so in words. */
interface Path {
  readonly within: Path | undefined;
  /** A field's name, or a path element of a list. */
  readonly step: string;
  readonly element: boolean;
}

function pathText(path: Path | undefined): string {
  const parts: string[] = [];
  for (let at = path; at !== undefined; at = at.within) parts.push(at.element ? keyText(at.step) : `.${at.step}`);
  return parts.reverse().join("");
}

/** Entries of such a map are looked at no further: all of one scalar type. */
function holdsScalars(shape: Structure, resolve: Resolve): boolean {
  if (shape.type !== "map") return false;
  const entries = shape.field("");
  const type = entries === undefined ? undefined : resolveSchema(entries, resolve).type;
  return type === "string" || type === "integer" || type === "number" || type === "boolean";
}

const keyText = (element: string) =>
  `[${Object.entries(JSON.parse(element.slice(2)) as JsonObject)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(",")}]`;

/** Fields of an applied configuration. Throws where it has fields the schema does not know or keys twice. */
export function fieldSetOf(value: unknown, schema: Schema | undefined, resolve: Resolve): FieldSet {
  return collect(value, schema, resolve, undefined);
}

function collect(value: unknown, schema: Schema | undefined, resolve: Resolve, path: Path | undefined): FieldSet {
  const shape = structure(schema, value, resolve);
  if (shape.type === "atomic" || value === null) return LEAF;
  const children = new Map<string, FieldSet>();
  if (shape.type === "struct" || shape.type === "map") {
    if (!isObject(value)) throw new TypedError(`${pathText(path)}: expected map, got &{${goPrint(value)}}`);
    const keys = Object.keys(value);
    if (keys.length === 0) return LEAF;
    if (holdsScalars(shape, resolve)) {
      for (const key of keys) children.set(`f:${key}`, LEAF);
      return { self: false, children };
    }
    for (const key of keys) {
      const field = shape.field(key);
      const inner: Path = { within: path, step: key, element: false };
      if (field === undefined) throw new TypedError(`${pathText(inner)}: field not declared in schema`);
      const child = collect(value[key], field, resolve, inner);
      // Entries of a map are members by themselves; fields of a struct only through what is in them.
      children.set(`f:${key}`, shape.type === "map" && !child.self ? { ...child, self: true } : child);
    }
    return { self: false, children };
  }
  if (!Array.isArray(value)) throw new TypedError(`${pathText(path)}: expected list, got &{${goPrint(value)}}`);
  if (value.length === 0) return LEAF;
  for (const [element, item] of elements(value, shape, resolve, path, false)) {
    const inner: Path = { within: path, step: element, element: true };
    const child = shape.type === "list" ? collect(item, shape.items, resolve, inner) : LEAF;
    children.set(element, child.self ? child : { ...child, self: true });
  }
  return { self: false, children };
}

interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

class Builder {
  self = false;
  children: Map<string, Builder | FieldSet> | undefined;
}
type Kind = "added" | "modified" | "removed";

/** What changes from `old` to `next`. */
export function compare(old: unknown, next: unknown, schema: Schema | undefined, resolve: Resolve): Comparison {
  const result = { added: new Builder(), modified: new Builder(), removed: new Builder() };
  const trail: string[] = [];
  /** The place that `trail` leads to; without its last steps where `above` says so. */
  const place = (kind: Kind, above = 0): Builder => {
    let at = result[kind];
    for (let step = 0; step < trail.length - above; step++) {
      const element = trail[step] as string;
      at.children ??= new Map();
      let child = at.children.get(element) as Builder | undefined;
      if (child === undefined) {
        child = new Builder();
        at.children.set(element, child);
      }
      at = child;
    }
    return at;
  };
  const insert = (kind: Kind) => {
    place(kind).self = true;
  };
  /** All that is in a value of which the other side has nothing: no need to go through it field by field. */
  const insertWhole = (kind: Kind, set: FieldSet) => {
    const at = place(kind, 1);
    at.children ??= new Map();
    at.children.set(trail[trail.length - 1] as string, set);
  };

  const walk = (left: unknown, right: unknown, type: Schema | undefined): void => {
    if (left === right && left !== undefined) return;
    if ((left === undefined || right === undefined) && trail.length > 0) {
      insertWhole(left === undefined ? "added" : "removed", whole(left === undefined ? right : left, type, resolve));
      return;
    }
    // Naming the elements of lists is the dear part: most lists are as they were.
    if (Array.isArray(left) && Array.isArray(right) && deepEqual(left, right)) return;
    const shape = structure(type, right ?? left, resolve);
    const kind: Kind = left === undefined ? "added" : right === undefined ? "removed" : "modified";
    const empty = (value: unknown) =>
      value === undefined ||
      value === null ||
      (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);
    if (shape.type === "atomic" || (empty(left) && empty(right)) || mixed(left, right)) {
      if (kind !== "modified" || !deepEqual(left, right)) insert(kind);
      return;
    }
    if (shape.type === "struct" || shape.type === "map") {
      const a = isObject(left) ? left : {};
      const b = isObject(right) ? right : {};
      for (const key in a)
        if (a[key] !== b[key] || a[key] === undefined) descend(`f:${key}`, a[key], b[key], shape.field(key));
      for (const key in b)
        if (!(key in a) || a[key] === undefined) descend(`f:${key}`, undefined, b[key], shape.field(key));
    } else {
      const a = elements(Array.isArray(left) ? left : [], shape, resolve, undefined, true);
      const b = elements(Array.isArray(right) ? right : [], shape, resolve, undefined, true);
      const items = shape.type === "list" ? shape.items : undefined;
      for (const [element, item] of a) descend(element, item, b.get(element), items);
      for (const [element, item] of b) if (!a.has(element)) descend(element, undefined, item, items);
    }
    if (kind !== "modified") insert(kind);
  };
  const descend = (element: string, left: unknown, right: unknown, type: Schema | undefined) => {
    if (left === undefined && right === undefined) return;
    trail.push(element);
    walk(left, right, type);
    trail.pop();
  };

  walk(old, next, schema);
  return { added: built(result.added), modified: built(result.modified), removed: built(result.removed) };
}

/** Every field of a value, and the value itself. */
function whole(value: unknown, schema: Schema | undefined, resolve: Resolve): FieldSet {
  const shape = structure(schema, value, resolve);
  if (shape.type === "atomic" || value === null || typeof value !== "object") return LEAF;
  const children = new Map<string, FieldSet>();
  if (shape.type === "struct" || shape.type === "map") {
    if (Array.isArray(value)) return LEAF;
    const fields = value as JsonObject;
    if (holdsScalars(shape, resolve)) {
      for (const key in fields) if (fields[key] !== undefined) children.set(`f:${key}`, LEAF);
    } else
      for (const key in fields)
        if (fields[key] !== undefined) children.set(`f:${key}`, whole(fields[key], shape.field(key), resolve));
  } else if (Array.isArray(value)) {
    const items = shape.type === "list" ? shape.items : undefined;
    for (const [element, item] of elements(value, shape, resolve, undefined, true))
      children.set(element, whole(item, items, resolve));
  }
  return children.size === 0 ? LEAF : { self: true, children };
}

/** Both there, and not of one form. */
function mixed(left: unknown, right: unknown): boolean {
  if (left === undefined || right === undefined || left === null || right === null) return false;
  return Array.isArray(left) !== Array.isArray(right) || isObject(left) !== isObject(right);
}

function built({ self, children }: Builder): FieldSet {
  if (children === undefined) return self ? LEAF : EMPTY;
  const made = new Map<string, FieldSet>();
  for (const [element, child] of children) made.set(element, child instanceof Builder ? built(child) : child);
  return { self, children: made };
}

/** `applied` laid over `live`: applied values win, what only `live` has stays. */
export function merge(live: unknown, applied: unknown, schema: Schema | undefined, resolve: Resolve): unknown {
  if (applied === undefined) return live;
  if (live === undefined || live === null || applied === null || mixed(live, applied)) return applied;
  const shape = structure(schema, applied, resolve);
  if (shape.type === "atomic") return applied;
  if (shape.type === "struct" || shape.type === "map") {
    const result: JsonObject = { ...(live as JsonObject) };
    for (const [key, value] of Object.entries(applied as JsonObject))
      result[key] = merge(result[key], value, shape.field(key), resolve);
    return result;
  }
  const left = elements(live as unknown[], shape, resolve, undefined, true);
  const right = elements(applied as unknown[], shape, resolve, undefined, true);
  const items = shape.type === "list" ? shape.items : undefined;
  return inMergedOrder([...left.keys()], [...right.keys()]).map((element) =>
    right.has(element) ? merge(left.get(element), right.get(element), items, resolve) : left.get(element),
  );
}

/**
 * Order of the elements of two merged lists: as the right one has them, those of the left alone staying where they
 * were, before what is new (structured-merge-diff typed/merge.go, visitListItems).
 */
function inMergedOrder(left: readonly string[], right: readonly string[]): string[] {
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const shared = right.filter((element) => inLeft.has(element));
  const merged = new Set<string>();
  const result: string[] = [];
  let l = 0;
  let s = 0;
  for (let r = 0; l < left.length || r < right.length; ) {
    const own = left[l];
    const next = shared[s];
    if (own !== undefined && !inRight.has(own)) {
      result.push(own);
      l++;
    } else if (own !== undefined && (merged.has(own) || (next !== undefined && own !== next && own !== right[r]))) l++;
    else {
      const taken = right[r++] ?? "";
      if (taken === own) l++;
      if (taken === next) s++;
      merged.add(taken);
      result.push(taken);
    }
  }
  return result;
}

/** `value` without what is in `last` and that nobody in `owned` holds any more. */
export function prune(
  value: unknown,
  last: FieldSet,
  owned: FieldSet,
  schema: Schema | undefined,
  resolve: Resolve,
): unknown {
  const shape = structure(schema, value, resolve);
  if (shape.type === "atomic") return value;
  if (shape.type === "struct" || shape.type === "map") {
    if (!isObject(value)) return value;
    const result: JsonObject = {};
    for (const [key, field] of Object.entries(value)) {
      const was = last.children.get(`f:${key}`);
      const is = owned.children.get(`f:${key}`);
      if (was === undefined) result[key] = field;
      else if (is !== undefined) result[key] = prune(field, was, is, shape.field(key), resolve);
    }
    return result;
  }
  if (!Array.isArray(value)) return value;
  const items = shape.type === "list" ? shape.items : undefined;
  const result: unknown[] = [];
  for (const [element, item] of elements(value, shape, resolve, undefined, true)) {
    const was = last.children.get(element);
    const is = owned.children.get(element);
    if (was === undefined) result.push(item);
    else if (is !== undefined) result.push(prune(item, was, is, items, resolve));
  }
  return result;
}
