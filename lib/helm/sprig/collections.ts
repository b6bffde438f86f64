/** Sprig's functions on lists, maps and types (list.go, dict.go, defaults.go, reflect.go). */
import {
  compareText,
  type FunctionTable,
  fn,
  get,
  Integer,
  isMap,
  isNil,
  kindOf,
  plain,
  put,
  Struct,
  sortedKeys,
  typeName,
  type Value,
  type ValueMap,
} from "../../template/index.ts";
import { isEmpty, MAX_LIST, textOf, toTexts } from "./cast.ts";

/** reflect.DeepEqual. */
export function deepEqual(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (a instanceof Integer) return b instanceof Integer && a.type === b.type && a.value === b.value;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => deepEqual(item, b[i]));
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && deepEqual(a[key], b[key]))
    );
  }
  return false;
}

export function deepCopy(value: Value): Value {
  if (Array.isArray(value)) return value.map(deepCopy);
  if (value instanceof Struct && value.underlying !== undefined) return deepCopy(value.underlying);
  if (!isMap(value)) return value;
  const out: ValueMap = {};
  for (const key of Object.keys(value)) put(out, key, deepCopy(value[key]));
  return out;
}

/** A list, or the complaint of the function that wanted one. */
function listOf(value: Value, verb: string): Value[] {
  const below = plain(value);
  if (Array.isArray(below)) {
    if (below.length > MAX_LIST) throw new Error(`a list of more than ${MAX_LIST} items is too long here`);
    return below;
  }
  throw new Error(
    isNil(value) ? "reflect: call of reflect.Value.Type on zero Value" : `Cannot ${verb} on type ${kindOf(value)}`,
  );
}

/** mergo.Merge: what `into` lacks or has empty is filled; with `overwrite` the other side wins. */
function merge(into: ValueMap, from: ValueMap, overwrite: boolean): void {
  for (const key of Object.keys(from)) {
    const [theirs, ours] = [from[key], get(into, key)];
    if (isNil(theirs)) {
      if (overwrite) put(into, key, null);
      continue;
    }
    if (isMap(theirs) && isMap(ours)) {
      merge(ours, theirs, overwrite);
      if (Object.keys(ours).length > 0) continue;
    }
    if (Array.isArray(theirs) && !isEmpty(ours)) {
      if (overwrite && theirs.length > 0) put(into, key, theirs);
      continue;
    }
    if (overwrite || isNil(ours) || isEmpty(ours)) put(into, key, theirs);
  }
}
const merged =
  (overwrite: boolean) =>
  (into: ValueMap, ...others: ValueMap[]) => {
    for (const other of others) if (!isNil(other)) merge(into, plain(other) as ValueMap, overwrite);
    return into;
  };

function dict(...values: Value[]): ValueMap {
  const out: ValueMap = {};
  for (let i = 0; i < values.length; i += 2)
    put(out, textOf(values[i]), i + 1 < values.length ? (values[i + 1] ?? null) : "");
  return out;
}

const unique = (list: readonly Value[]): Value[] => {
  const out: Value[] = [];
  const simple = new Set<string>();
  for (const item of list) {
    if (typeof item === "string") {
      if (simple.has(item)) continue;
      simple.add(item);
    } else if (out.some((other) => deepEqual(other, item))) continue;
    out.push(item);
  }
  return out;
};

function slice(list: Value[], ...indexes: Value[]): Value[] {
  if (list.length === 0) return [];
  const [from = 0, to = list.length] = indexes.map((value) =>
    value instanceof Integer ? value.number : Number(value),
  );
  if (from < 0 || to > list.length || from > to) throw new Error("reflect.Value.Slice: slice index out of bounds");
  return list.slice(from, to);
}

function dig(...values: Value[]): Value {
  if (values.length < 3) throw new Error("dig needs at least three arguments");
  let current = plain(values[values.length - 1]);
  const fallback = values[values.length - 2];
  for (const key of values.slice(0, -2)) {
    if (typeof key !== "string") throw new Error(`interface conversion: interface {} is ${typeName(key)}, not string`);
    if (!isMap(current))
      throw new Error(`interface conversion: interface {} is ${typeName(current)}, not map[string]interface {}`);
    if (!Object.hasOwn(current, key)) return fallback;
    current = plain(current[key]);
  }
  return current;
}

function chunk(size: Integer, list: Value[]): Value[] {
  if (size.number <= 0) throw new Error("runtime error: integer divide by zero");
  const out: Value[] = [];
  for (let i = 0; i < list.length; i += size.number) out.push(list.slice(i, i + size.number));
  return out;
}

/** A function and its "must" form: errors of both are errors of the template here. */
const both = (name: string, mustName: string, entry: FunctionTable[string]): FunctionTable => ({
  [name]: entry,
  [mustName]: entry,
});
const onList = (types: string, verb: string, run: (list: Value[], ...rest: Value[]) => Value) =>
  fn(types, (value: Value, ...rest: Value[]) => run(listOf(value, verb), ...rest));

export const COLLECTIONS: FunctionTable = {
  default: fn("any,any...", (fallback: Value, ...given: Value[]) =>
    given.length === 0 || isEmpty(given[0]) ? fallback : given[0],
  ),
  empty: fn("any", isEmpty),
  coalesce: fn("any...", (...values: Value[]) => values.find((value) => !isEmpty(value)) ?? null),
  all: fn("any...", (...values: Value[]) => !values.some(isEmpty)),
  any: fn("any...", (...values: Value[]) => values.some((value) => !isEmpty(value))),
  ternary: fn("any,any,bool", (yes: Value, no: Value, which: boolean) => (which ? yes : no)),
  deepCopy: fn("any", deepCopy),
  mustDeepCopy: fn("any", deepCopy),
  typeOf: fn("any", typeName),
  typeIs: fn("string,any", (target: string, value: Value) => target === typeName(value)),
  typeIsLike: fn(
    "string,any",
    (target: string, value: Value) => target === typeName(value) || `*${target}` === typeName(value),
  ),
  kindOf: fn("any", kindOf),
  kindIs: fn("string,any", (target: string, value: Value) => target === kindOf(value)),
  deepEqual: fn("any,any", deepEqual),

  list: fn("any...", (...values: Value[]) => values),
  tuple: fn("any...", (...values: Value[]) => values),
  dict: fn("any...", dict),
  get: fn("map,string", (map: ValueMap, key: string) => {
    const below = plain(map) as ValueMap | null;
    return below !== null && Object.hasOwn(below, key) ? (below[key] ?? null) : "";
  }),
  set: fn("map,string,any", (map: ValueMap, key: string, value: Value) => {
    if (isNil(map)) throw new Error("assignment to entry in nil map");
    put(plain(map) as ValueMap, key, value ?? null);
    return map;
  }),
  unset: fn("map,string", (map: ValueMap, key: string) => {
    if (!isNil(map)) delete (plain(map) as ValueMap)[key];
    return map;
  }),
  hasKey: fn("map,string", (map: ValueMap, key: string) => !isNil(map) && Object.hasOwn(plain(map) as ValueMap, key)),
  pluck: fn("string,map...", (key: string, ...maps: ValueMap[]) =>
    maps
      .map((map) => plain(map) as ValueMap)
      .filter((map) => !isNil(map) && Object.hasOwn(map, key))
      .map((map) => map[key]),
  ),
  keys: fn("map...", (...maps: ValueMap[]) =>
    maps.flatMap((map) => (isNil(map) ? [] : sortedKeys(plain(map) as ValueMap))),
  ),
  values: fn("map", (map: ValueMap) =>
    isNil(map) ? [] : sortedKeys(plain(map) as ValueMap).map((key) => (plain(map) as ValueMap)[key]),
  ),
  pick: fn("map,string...", (map: ValueMap, ...keys: string[]) => {
    const below = plain(map) as ValueMap;
    const out: ValueMap = {};
    for (const key of keys) if (!isNil(below) && Object.hasOwn(below, key)) put(out, key, below[key]);
    return out;
  }),
  omit: fn("map,string...", (map: ValueMap, ...keys: string[]) => {
    const below = plain(map) as ValueMap;
    const out: ValueMap = {};
    for (const key of isNil(below) ? [] : Object.keys(below)) if (!keys.includes(key)) put(out, key, below[key]);
    return out;
  }),
  ...both("merge", "mustMerge", fn("map,map...", merged(false))),
  ...both("mergeOverwrite", "mustMergeOverwrite", fn("map,map...", merged(true))),
  dig: fn("any...", dig),

  ...both(
    "append",
    "mustAppend",
    onList("any,any", "push", (list, value) => [...list, value]),
  ),
  ...both(
    "push",
    "mustPush",
    onList("any,any", "push", (list, value) => [...list, value]),
  ),
  ...both(
    "prepend",
    "mustPrepend",
    onList("any,any", "prepend", (list, value) => [value, ...list]),
  ),
  ...both(
    "first",
    "mustFirst",
    onList("any", "find first", (list) => list[0] ?? null),
  ),
  ...both(
    "last",
    "mustLast",
    onList("any", "find last", (list) => list[list.length - 1] ?? null),
  ),
  ...both(
    "rest",
    "mustRest",
    onList("any", "find rest", (list) => (list.length === 0 ? null : list.slice(1))),
  ),
  ...both(
    "initial",
    "mustInitial",
    onList("any", "find initial", (list) => (list.length === 0 ? null : list.slice(0, -1))),
  ),
  ...both(
    "reverse",
    "mustReverse",
    onList("any", "find reverse", (list) => [...list].reverse()),
  ),
  ...both("uniq", "mustUniq", onList("any", "find uniq", unique)),
  ...both(
    "compact",
    "mustCompact",
    onList("any", "compact", (list) => list.filter((item) => !isEmpty(item))),
  ),
  ...both(
    "without",
    "mustWithout",
    onList("any,any...", "find without", (list, ...without) =>
      list.filter((item) => !without.some((other) => deepEqual(other, item))),
    ),
  ),
  ...both(
    "has",
    "mustHas",
    fn("any,any", (needle: Value, list: Value) =>
      isNil(list) ? false : listOf(list, "find has").some((item) => deepEqual(item, needle)),
    ),
  ),
  ...both("slice", "mustSlice", onList("any,any...", "slice", slice)),
  ...both(
    "chunk",
    "mustChunk",
    fn("int,any", (size: Integer, list: Value) => chunk(size, listOf(list, "chunk"))),
  ),
  concat: fn("any...", (...lists: Value[]) => lists.flatMap((list) => listOf(list, "concat"))),
  sortAlpha: fn("any", (value: Value) =>
    Array.isArray(plain(value)) ? toTexts(value).sort(compareText) : [textOf(value)],
  ),
};
