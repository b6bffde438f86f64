/**
 * The patch that `apply` sends: what to add or change so that the live object becomes the new configuration, and what
 * to delete because the last applied configuration had it. Strategic for built-in kinds
 * (k8s.io/apimachinery/pkg/util/strategicpatch), JSON merge for the others (jsonmergepatch).
 */
import { byText, clone, equalJson, isObject, type Json, type JsonObject } from "../object.ts";
import { compactJson } from "../printers/json.ts";
import { listStrategy, retainsKeys } from "./merge-keys.ts";

interface DiffOptions {
  readonly kind: string;
  /** Additions and changes are left out (the deletions pass). */
  readonly ignoreChanges: boolean;
  /** Deletions are left out (the additions pass). */
  readonly ignoreDeletions: boolean;
  readonly setOrder: boolean;
}

/** strategicpatch.CreateThreeWayMergePatch with overwrite. */
export function threeWayStrategicPatch(
  kind: string,
  original: JsonObject,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const delta = diffMaps(current, modified, [], { kind, ignoreChanges: false, ignoreDeletions: true, setOrder: true });
  const deletions = diffMaps(original, modified, [], {
    kind,
    ignoreChanges: true,
    ignoreDeletions: false,
    setOrder: true,
  });
  return mergePatches(deletions, delta, kind, []);
}

/** jsonmergepatch.CreateThreeWayJSONMergePatch. */
export function threeWayMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject {
  const changes = keepChanges(mergeDiff(current, modified));
  const deletions = keepDeletions(mergeDiff(original, modified));
  return mergeObjects(deletions, changes);
}

/** strategicpatch.CreateTwoWayMergePatch. */
export function twoWayStrategicPatch(kind: string, original: JsonObject, modified: JsonObject): JsonObject {
  return diffMaps(original, modified, [], { kind, ignoreChanges: false, ignoreDeletions: false, setOrder: true });
}

/** jsonpatch.CreateMergePatch. */
export function mergeDiff(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(modified)) {
    const [before, after] = [original[key], modified[key] as Json];
    if (before === undefined) patch[key] = after;
    else if (isObject(before) && isObject(after)) {
      const inner = mergeDiff(before, after);
      if (Object.keys(inner).length > 0) patch[key] = inner;
    } else if (!equalJson(before, after)) patch[key] = after;
  }
  for (const key of Object.keys(original)) if (!(key in modified)) patch[key] = null;
  return patch;
}

function keepChanges(patch: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    if (isObject(value)) {
      const inner = keepChanges(value);
      if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) out[key] = inner;
    } else out[key] = value;
  }
  return out;
}

function keepDeletions(patch: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) out[key] = null;
    else if (isObject(value)) {
      const inner = keepDeletions(value);
      if (Object.keys(inner).length > 0) out[key] = inner;
    }
  }
  return out;
}

function mergeObjects(base: JsonObject, over: JsonObject): JsonObject {
  const out: JsonObject = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = out[key];
    out[key] = isObject(before) && isObject(value) ? mergeObjects(before, value) : value;
  }
  return out;
}

function diffMaps(
  original: JsonObject,
  modified: JsonObject,
  path: readonly string[],
  options: DiffOptions,
): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(modified).sort(byText)) {
    const [before, after] = [original[key], modified[key] as Json];
    if (before === undefined) {
      if (!options.ignoreChanges) patch[key] = after;
      continue;
    }
    if (isObject(before) && isObject(after)) {
      const inner = diffMaps(before, after, [...path, key], options);
      if (Object.keys(inner).length > 0) patch[key] = inner;
      continue;
    }
    if (Array.isArray(before) && Array.isArray(after)) {
      diffLists(before, after, [...path, key], key, patch, options);
      continue;
    }
    if (!equalJson(before, after) && !options.ignoreChanges) patch[key] = after;
  }
  if (!options.ignoreDeletions) {
    for (const key of Object.keys(original).sort(byText)) if (!(key in modified)) patch[key] = null;
  }
  if (retainsKeys(options.kind, path) && Object.keys(patch).length > 0 && !options.ignoreChanges) {
    patch["$retainKeys"] = Object.keys(modified).sort(byText);
  }
  return patch;
}

function diffLists(
  before: Json[],
  after: Json[],
  path: readonly string[],
  field: string,
  patch: JsonObject,
  options: DiffOptions,
): void {
  const strategy = listStrategy(options.kind, path);
  if (strategy === undefined || !mergeable(before, after, strategy.key)) {
    if (!equalJson(before, after) && !options.ignoreChanges) patch[field] = after;
    return;
  }
  if (strategy.key === "") {
    const [had, has] = [new Set(before.map(identity)), new Set(after.map(identity))];
    const added = options.ignoreChanges ? [] : after.filter((item) => !had.has(identity(item)));
    const gone = options.ignoreDeletions ? [] : before.filter((item) => !has.has(identity(item)));
    if (added.length > 0) patch[field] = added;
    if (gone.length > 0) patch[`$deleteFromPrimitiveList/${field}`] = gone;
    if (added.length > 0 || gone.length > 0) patch[`$setElementOrder/${field}`] = after;
    return;
  }
  const { key } = strategy;
  const keyOf = (item: Json): Json => (item as JsonObject)[key] as Json;
  const items: JsonObject[] = [];
  const byKey = indexOf(before, keyOf);
  for (const item of after) {
    const at = byKey.get(identity(keyOf(item)));
    const old = at === undefined ? undefined : before[at];
    if (old === undefined) {
      if (!options.ignoreChanges) items.push(item as JsonObject);
      continue;
    }
    const inner = diffMaps(old as JsonObject, item as JsonObject, path, options);
    if (strategy.retainKeys === true && Object.keys(inner).length > 0 && !options.ignoreChanges) {
      inner["$retainKeys"] = Object.keys(item as JsonObject).sort(byText);
    }
    if (Object.keys(inner).length > 0) items.push({ ...inner, [key]: keyOf(item) });
  }
  if (!options.ignoreDeletions) {
    const kept = indexOf(after, keyOf);
    for (const item of before)
      if (!kept.has(identity(keyOf(item)))) items.push({ $patch: "delete", [key]: keyOf(item) });
  }
  if (items.length > 0) patch[field] = items;
  // The order changed, or items did: the server needs to know the order wanted.
  const sameOrder = equalJson(before.map(keyOf), after.map(keyOf));
  if (items.length > 0 || (!sameOrder && !options.ignoreChanges && orderMatters(before, after, keyOf))) {
    patch[`$setElementOrder/${field}`] = after.map((item) => ({ [key]: keyOf(item) }));
  }
}

/** The same for equal values, and for no others. */
const identity = (value: Json | undefined): string => (value === undefined ? "" : compactJson(value));

/** The first place of each key. */
function indexOf(items: readonly Json[], keyOf: (item: Json) => Json): Map<string, number> {
  const index = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const key = identity(keyOf(item));
    if (!index.has(key)) index.set(key, at);
  }
  return index;
}

/** Items the server alone added do not make a different order. */
function orderMatters(before: Json[], after: Json[], keyOf: (item: Json) => Json): boolean {
  const wanted = after.map((item) => compactJson(keyOf(item)));
  const named = new Set(wanted);
  const present = before.map((item) => compactJson(keyOf(item))).filter((one) => named.has(one));
  return present.join() !== wanted.join();
}

const mergeable = (before: Json[], after: Json[], key: string): boolean =>
  key === ""
    ? [...before, ...after].every((item) => typeof item !== "object")
    : [...before, ...after].every((item) => isObject(item) && key in item);

/** Puts the deletions and the additions into one patch: lists of objects are joined by their key. */
function mergePatches(deletions: JsonObject, additions: JsonObject, kind: string, path: readonly string[]): JsonObject {
  const out: JsonObject = clone(deletions);
  for (const [field, value] of Object.entries(additions)) {
    const before = out[field];
    if (isObject(before) && isObject(value)) {
      out[field] = mergePatches(before, value, kind, [...path, field]);
      continue;
    }
    const strategy = listStrategy(kind, [...path, field]);
    if (Array.isArray(before) && Array.isArray(value) && strategy !== undefined && strategy.key !== "") {
      const joined = [...value];
      const keyOf = (item: Json): Json => (item as JsonObject)[strategy.key] as Json;
      const byKey = indexOf(joined, keyOf);
      for (const item of before) {
        const index = byKey.get(identity(keyOf(item)));
        if (index === undefined) joined.push(item);
        else joined[index] = mergePatches(item as JsonObject, joined[index] as JsonObject, kind, [...path, field]);
      }
      out[field] = joined;
      continue;
    }
    out[field] = value;
  }
  return out;
}
