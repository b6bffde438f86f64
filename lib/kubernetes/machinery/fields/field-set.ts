/**
 * Sets of field paths, as managedFields keep them (structured-merge-diff fieldpath). A path element is written as in
 * fieldsV1: `f:name`, `k:{"name":"c"}`, `v:"x"`, `i:0`. Values are never changed once made.
 */
export interface FieldSet {
  /** The path that leads here is in the set itself (`"."` in fieldsV1). */
  readonly self: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const NO_CHILDREN: ReadonlyMap<string, FieldSet> = new Map();
export const EMPTY: FieldSet = { self: false, children: NO_CHILDREN };
export const LEAF: FieldSet = { self: true, children: NO_CHILDREN };

export const isEmpty = (set: FieldSet): boolean => !set.self && set.children.size === 0;

const node = (self: boolean, children: ReadonlyMap<string, FieldSet>): FieldSet =>
  children.size === 0 ? (self ? LEAF : EMPTY) : { self, children };

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b) || a === b) return a;
  if (isEmpty(a)) return b;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const own = children.get(element);
    children.set(element, own === undefined ? child : union(own, child));
  }
  return node(a.self || b.self, children);
}

/** Members of `a` that are not members of `b`; `a` itself where that is all of them. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b) || isEmpty(a)) return a;
  const children = new Map<string, FieldSet>();
  let changed = a.self && b.self;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    const left = other === undefined ? child : difference(child, other);
    if (left !== child) changed = true;
    if (!isEmpty(left)) children.set(element, left);
  }
  return changed ? node(a.self && !b.self, children) : a;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other === undefined) continue;
    const both = intersection(child, other);
    if (!isEmpty(both)) children.set(element, both);
  }
  return node(a.self && b.self, children);
}

export function equal(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.self !== b.self || a.children.size !== b.children.size) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other === undefined || !equal(child, other)) return false;
  }
  return true;
}

/** Fields before keys before values before indices, each by name: nearly the order of their letters. */
function sortedElements(children: ReadonlyMap<string, FieldSet>): string[] {
  const sorted = [...children.keys()].sort();
  const first = sorted.findIndex((element) => element.startsWith("i:"));
  if (first === -1) return sorted;
  const isIndex = (element: string) => element.startsWith("i:");
  return [...sorted.filter((element) => !isIndex(element)), ...sorted.filter(isIndex)];
}

type FieldsV1 = { readonly [element: string]: FieldsV1 };

const NOTHING: FieldsV1 = Object.freeze({});
/** Objects of one shape written by one manager have one and the same fieldsV1: kept once, shared by all. */
const interned = new Map<string, FieldsV1>();
const MAX_INTERNED = 2000;
/** Sets of more fields are rarely seen twice, and their texts would be kept for nothing. */
const MOST_SHARED_FIELDS = 500;
const internedParts = new Map<string, FieldsV1>();
const encodedParts = new WeakMap<FieldSet, FieldsV1>();
const parsed = new WeakMap<object, FieldSet>();
const encoded = new WeakMap<FieldSet, FieldsV1>();

export function toFieldsV1(set: FieldSet): FieldsV1 {
  const before = encoded.get(set);
  if (before !== undefined) return before;
  const made = intern(set);
  encoded.set(set, made);
  return made;
}

/** Whether a set has more than `most` fields, counting no further than that. */
function isLarge(set: FieldSet, most: number): boolean {
  let left = most;
  const count = ({ children }: FieldSet): void => {
    left -= children.size;
    for (const child of children.values()) {
      if (left < 0) return;
      if (child.children.size > 0) count(child);
    }
  };
  count(set);
  return left < 0;
}

function intern(set: FieldSet): FieldsV1 {
  if (isLarge(set, MOST_SHARED_FIELDS)) {
    const made = encode(set);
    freeze(made);
    parsed.set(made, set);
    return made;
  }
  const made = encode(set, true);
  const text = JSON.stringify(made);
  const known = interned.get(text);
  if (known !== undefined) return known;
  if (interned.size >= MAX_INTERNED) interned.clear();
  freeze(made);
  interned.set(text, made);
  parsed.set(made, set);
  return made;
}

function part(set: FieldSet): FieldsV1 {
  if (set.children.size === 0) return NOTHING;
  const before = encodedParts.get(set);
  if (before !== undefined) return before;
  const made = encode(set);
  const text = JSON.stringify(made);
  const known = internedParts.get(text) ?? made;
  if (known === made) {
    if (internedParts.size >= MAX_INTERNED) internedParts.clear();
    freeze(made);
    internedParts.set(text, made);
  }
  encodedParts.set(set, known);
  return known;
}

function freeze(value: FieldsV1): void {
  if (Object.isFrozen(value)) return;
  for (const key in value) freeze(value[key] ?? NOTHING);
  Object.freeze(value);
}

/** `shared`: parts are kept once too; what owners have of metadata often differs where nothing else does. */
function encode(set: FieldSet, shared = false): FieldsV1 {
  if (set.children.size === 0) return NOTHING;
  const fields: Record<string, FieldsV1> = {};
  if (set.self) fields["."] = NOTHING;
  for (const element of sortedElements(set.children))
    fields[element] = shared ? part(set.children.get(element) ?? EMPTY) : encode(set.children.get(element) ?? EMPTY);
  return fields;
}

export function fromFieldsV1(fields: FieldsV1 | undefined): FieldSet {
  if (fields === undefined) return EMPTY;
  const known = parsed.get(fields);
  if (known !== undefined) return known;
  const set = decode(fields, false);
  if (Object.isFrozen(fields)) parsed.set(fields, set);
  return set;
}

function decode(fields: FieldsV1, leaf: boolean): FieldSet {
  const children = new Map<string, FieldSet>();
  let self = false;
  let empty = true;
  for (const element in fields) {
    empty = false;
    if (element === ".") self = true;
    else children.set(element, decode(fields[element] ?? NOTHING, true));
  }
  return node(self || (leaf && empty), children);
}

/** All member paths, e.g. `.spec.containers[name="c"].image`. */
export function paths(set: FieldSet, prefix = ""): string[] {
  const found = set.self && prefix !== "" ? [prefix] : [];
  for (const element of sortedElements(set.children))
    found.push(...paths(set.children.get(element) ?? EMPTY, prefix + pathText(element)));
  return found;
}

function pathText(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "k": {
      const key = JSON.parse(rest) as Record<string, unknown>;
      return `[${Object.entries(key)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    }
    case "v":
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}
