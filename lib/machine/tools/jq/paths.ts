/** Reading and writing within values: getpath, setpath, delpaths, slices, and jq's complaints about them. */
import { JqError } from "./errors.ts";
import { compareJson, isArray, isObject, type Json, type JsonObject, shortText, typeOf } from "./json.ts";

const fail = (message: string): never => {
  throw new JqError(message);
};

/** Bounds of a slice key, if `key` is one. */
function sliceOf(key: Json): { readonly from: Json; readonly to: Json } | undefined {
  if (!isObject(key)) return undefined;
  return { from: key.get("start") ?? null, to: key.get("end") ?? null };
}

function bounds(length: number, from: Json, to: Json): readonly [number, number] {
  if ((from !== null && typeof from !== "number") || (to !== null && typeof to !== "number"))
    return fail("Start and end indices of an array slice must be numbers");
  const clamp = (value: number) => Math.min(Math.max(value < 0 ? value + length : value, 0), length);
  const start = from === null ? 0 : Math.floor(clamp(from));
  const end = to === null ? length : Math.ceil(clamp(to));
  return [start, Math.max(start, end)];
}

export function slice(value: Json, from: Json, to: Json): Json {
  if (value === null) return null;
  if (typeof value === "string") {
    const characters = Array.from(value);
    return characters.slice(...bounds(characters.length, from, to)).join("");
  }
  if (!isArray(value)) return fail(`Cannot index ${typeOf(value)} with object`);
  return value.slice(...bounds(value.length, from, to));
}

/** Where in `value` the array `part` starts. */
function positions(value: readonly Json[], part: readonly Json[]): Json {
  const found: number[] = [];
  for (let at = 0; at + part.length <= value.length && part.length > 0; at++) {
    if (part.every((item, index) => compareJson(item, value[at + index] as Json) === 0)) found.push(at);
  }
  return found;
}

export function getKey(value: Json, key: Json): Json {
  if (typeof key === "string") {
    if (isObject(value)) return value.get(key) ?? null;
    if (value === null) return null;
    return fail(`Cannot index ${typeOf(value)} with string "${key}"`);
  }
  if (typeof key === "number") {
    if (isArray(value)) {
      // Only whole numbers name an element.
      if (!Number.isInteger(key)) return null;
      const index = key;
      return value[index < 0 ? index + value.length : index] ?? null;
    }
    if (value === null) return null;
    return fail(`Cannot index ${typeOf(value)} with number`);
  }
  const part = sliceOf(key);
  if (part !== undefined && (isArray(value) || value === null || typeof value === "string"))
    return slice(value, part.from, part.to);
  if (isArray(key) && isArray(value)) return positions(value, key);
  return fail(`Cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

const MAX_ARRAY = 1_000_000;

function setKey(value: Json, key: Json, item: Json): Json {
  if (typeof key === "string") {
    if (value !== null && !isObject(value)) return fail(`Cannot index ${typeOf(value)} with string "${key}"`);
    return new Map(value ?? []).set(key, item);
  }
  if (typeof key === "number") {
    if (value !== null && !isArray(value)) return fail(`Cannot index ${typeOf(value)} with number`);
    const copy = [...(value ?? [])];
    let index = Math.trunc(key);
    if (index < 0) index += copy.length;
    if (index < 0) return fail("Out of bounds negative array index");
    if (index > MAX_ARRAY) return fail("Array index too large");
    while (copy.length < index) copy.push(null);
    copy[index] = item;
    return copy;
  }
  const part = sliceOf(key);
  if (part !== undefined) {
    if (value !== null && !isArray(value)) return fail(`Cannot update field at object index of ${typeOf(value)}`);
    if (!isArray(item)) return fail("A slice of an array can only be assigned another array");
    const copy = [...(value ?? [])];
    const [start, end] = bounds(copy.length, part.from, part.to);
    copy.splice(start, end - start, ...item);
    return copy;
  }
  if (isArray(key) && isArray(value)) return fail("Cannot update field at array index of array");
  return fail(`Cannot index ${typeOf(value)} with ${typeOf(key)}`);
}

export function getPath(value: Json, path: Json): Json {
  if (!isArray(path)) return fail("Path must be specified as an array");
  let here: Json = value;
  for (const key of path) {
    if (here === null) return null;
    here = getKey(here, key);
  }
  return here;
}

export function setPath(value: Json, path: Json, item: Json): Json {
  if (!isArray(path)) return fail("Path must be specified as an array");
  return setAt(value, path, 0, item);
}

function setAt(value: Json, path: readonly Json[], at: number, item: Json): Json {
  if (at === path.length) return item;
  const key = path[at] as Json;
  return setKey(value, key, setAt(getKey(value, key), path, at + 1, item));
}

/** Removes them all at once: paths are those of `value` as it was. Calls `pay` now and then where there are many. */
export function* deleteSteps<T>(
  value: Json,
  paths: readonly Json[],
  pay: (units: number) => Generator<T, void, undefined>,
): Generator<T, Json, undefined> {
  let sorted = paths as readonly (readonly Json[])[];
  for (const [index, path] of sorted.entries()) {
    if (!isArray(path)) return fail(`Path must be specified as array, not ${typeOf(path)}`);
    if ((index & 511) === 511) yield* pay(128);
    if (index > 0 && compareJson(sorted[index - 1] as Json, path) > 0) {
      sorted = [...sorted].sort(compareJson);
      yield* pay(sorted.length);
      break;
    }
  }
  if (sorted.length === 0) return value;
  return yield* deleteGroup(value, sorted, 0, pay);
}

/** `paths` are sorted, so that those that go through one key stand together, shorter ones first. */
function* deleteGroup<T>(
  value: Json,
  paths: readonly (readonly Json[])[],
  at: number,
  pay: (units: number) => Generator<T, void, undefined>,
): Generator<T, Json, undefined> {
  if (paths[0]?.length === at || value === null) return null;
  const gone: Json[] = [];
  let here: Json = value;
  for (let from = 0; from < paths.length; ) {
    const key = (paths[from] as readonly Json[])[at] as Json;
    let to = from + 1;
    while (to < paths.length && compareJson((paths[to] as readonly Json[])[at] as Json, key) === 0) to++;
    if ((paths[from] as readonly Json[]).length === at + 1) gone.push(key);
    else {
      const inner = getKey(here, key);
      const changed = inner === null ? null : yield* deleteGroup(inner, paths.slice(from, to), at + 1, pay);
      if (changed !== inner) here = setKey(here, key, changed);
    }
    if ((from & 511) === 511) yield* pay(128);
    from = to;
  }
  yield* pay(gone.length >> 3);
  return gone.length === 0 ? here : deleteKeys(here, gone);
}

function deleteKeys(value: Json, keys: readonly Json[]): Json {
  if (isObject(value)) {
    const copy = new Map(value);
    for (const key of keys) {
      if (typeof key !== "string") return fail(`Cannot delete ${typeOf(key)} field of object`);
      copy.delete(key);
    }
    return copy;
  }
  if (!isArray(value)) {
    return fail(`Cannot delete fields from ${typeOf(value)}`);
  }
  let indices: number[] = [];
  const ranges: (readonly [number, number])[] = [];
  for (const key of keys) {
    const part = sliceOf(key);
    if (typeof key === "number") indices.push(Math.trunc(key) < 0 ? Math.trunc(key) + value.length : Math.trunc(key));
    else if (part !== undefined) ranges.push(bounds(value.length, part.from, part.to));
    else return fail(`Cannot delete ${typeOf(key)} element of array`);
  }
  if (indices.some((index, at) => at > 0 && index < (indices[at - 1] as number)))
    indices = indices.sort((a, b) => a - b);
  const kept: Json[] = [];
  let next = 0;
  for (let index = 0; index < value.length; index++) {
    while (next < indices.length && (indices[next] as number) < index) next++;
    if (indices[next] === index || ranges.some(([start, end]) => index >= start && index < end)) continue;
    kept.push(value[index] as Json);
  }
  return kept;
}

/** For `has`. */
export function hasKey(value: Json, key: Json): boolean {
  if (isObject(value) && typeof key === "string") return value.has(key);
  if (isArray(value) && typeof key === "number") return key >= 0 && key < value.length;
  return fail(`Cannot check whether ${typeOf(value)} has a ${typeof key === "string" ? "string" : typeOf(key)} key`);
}

export function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b)) {
    return [...b].every(([key, value]) => {
      const own = (a as JsonObject).get(key);
      return own !== undefined && typeOf(own) === typeOf(value)
        ? contains(own, value)
        : own !== undefined && compareJson(own, value) === 0;
    });
  }
  if (isArray(a) && isArray(b))
    return b.every((wanted) => a.some((item) => typeOf(item) === typeOf(wanted) && contains(item, wanted)));
  if (typeof a === "string" && typeof b === "string") return a.includes(b);
  if (typeOf(a) === typeOf(b)) return compareJson(a, b) === 0;
  return fail(
    `${typeOf(a)} (${shortText(a)}) and ${typeOf(b)} (${shortText(b)}) cannot have their containment checked`,
  );
}
