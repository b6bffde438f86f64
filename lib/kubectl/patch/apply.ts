/** Patches applied here, as the server would: for --local, --dry-run=client and --overrides. */
import { equalJson, isObject, type Json, type JsonObject } from "../object.ts";
import { listStrategy } from "./merge-keys.ts";

/** RFC 7396. */
export function mergePatched(base: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const out: JsonObject = isObject(base) ? { ...base } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatched(out[key], value);
  }
  return out;
}

const SET_ORDER = "$setElementOrder/";
const DELETE_FROM = "$deleteFromPrimitiveList/";

/** strategicpatch.StrategicMergePatch for an object of `kind`. */
export function strategicPatched(kind: string, base: JsonObject, patch: JsonObject): JsonObject {
  return mergeMaps(kind, base, patch, []);
}

function mergeMaps(kind: string, base: JsonObject, patch: JsonObject, path: readonly string[]): JsonObject {
  if (patch["$patch"] === "replace") {
    const { $patch: _, ...rest } = patch;
    return rest;
  }
  if (patch["$patch"] === "delete") return {};
  const kept = patch["$retainKeys"];
  let out: JsonObject = { ...base };
  if (Array.isArray(kept)) out = Object.fromEntries(Object.entries(out).filter(([key]) => kept.includes(key)));
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$retainKeys" || key.startsWith(SET_ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) {
      const field = key.slice(DELETE_FROM.length);
      const gone = Array.isArray(value) ? value : [];
      const before = out[field];
      if (Array.isArray(before)) out[field] = before.filter((item) => !gone.some((one) => equalJson(one, item)));
      continue;
    }
    if (value === null) {
      delete out[key];
      continue;
    }
    const before = out[key];
    const inner = [...path, key];
    if (isObject(value)) out[key] = mergeMaps(kind, isObject(before) ? before : {}, value, inner);
    else if (Array.isArray(value)) out[key] = mergeLists(kind, Array.isArray(before) ? before : [], value, inner);
    else out[key] = value;
  }
  for (const [key, order] of Object.entries(patch)) {
    const field = key.slice(SET_ORDER.length);
    const list = key.startsWith(SET_ORDER) ? out[field] : undefined;
    if (Array.isArray(list) && Array.isArray(order)) out[field] = ordered(kind, list, order, [...path, field]);
  }
  return out;
}

function mergeLists(kind: string, base: Json[], patch: Json[], path: readonly string[]): Json[] {
  const strategy = listStrategy(kind, path);
  if (strategy === undefined || patch.some((item) => isObject(item) && item["$patch"] === "replace"))
    return patch.filter((item) => !(isObject(item) && item["$patch"] === "replace"));
  if (strategy.key === "") return [...base, ...patch.filter((item) => !base.some((one) => equalJson(one, item)))];
  const { key } = strategy;
  const out = [...base];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const index = out.findIndex((one) => isObject(one) && equalJson(one[key], item[key]));
    if (item["$patch"] === "delete") {
      if (index !== -1) out.splice(index, 1);
    } else if (index === -1) out.push(mergeMaps(kind, {}, item, path));
    else out[index] = mergeMaps(kind, out[index] as JsonObject, item, path);
  }
  return out;
}

/** Items in the order wanted; those it does not name stay where they were among the others. */
function ordered(kind: string, list: Json[], order: Json[], path: readonly string[]): Json[] {
  const key = listStrategy(kind, path)?.key ?? "";
  const keyOf = (item: Json): Json => (key !== "" && isObject(item) ? (item[key] ?? null) : item);
  const wanted = order.map(keyOf);
  const placeOf = (item: Json) => wanted.findIndex((one) => equalJson(one, keyOf(item)));
  const named = list.filter((item) => placeOf(item) !== -1).sort((a, b) => placeOf(a) - placeOf(b));
  return list.map((item) => (placeOf(item) === -1 ? item : (named.shift() ?? item)));
}
