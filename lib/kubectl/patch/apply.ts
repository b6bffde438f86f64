/** Patches applied here, as the server would: for --local, --dry-run=client and --overrides. */
import { clone, equalJson, isObject, type Json, type JsonObject } from "../object.ts";
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

/** A JSON patch that cannot be applied; `message` as evanphx/json-patch words it. */
class JsonPatchError extends Error {}

/** RFC 6902. */
export function jsonPatched(base: Json, operations: readonly Json[]): Json {
  const holder: JsonObject = { root: clone(base) };
  for (const operation of operations) {
    if (!isObject(operation)) throw new JsonPatchError("json: cannot unmarshal into Go value of type jsonpatch.Patch");
    applyOperation(holder, operation);
  }
  return holder["root"] ?? null;
}

function stepsOf(pointer: string): string[] {
  return ["root", ...(pointer === "" ? [] : pointer.slice(1).split("/"))].map((step) =>
    step.replaceAll("~1", "/").replaceAll("~0", "~"),
  );
}

function parentOf(holder: JsonObject, steps: readonly string[]): Json | undefined {
  let current: Json | undefined = holder;
  for (const step of steps.slice(0, -1)) {
    if (Array.isArray(current)) current = current[Number(step)];
    else current = isObject(current) && Object.hasOwn(current, step) ? current[step] : undefined;
  }
  return current;
}

const valueAt = (parent: Json | undefined, step: string): Json | undefined =>
  Array.isArray(parent)
    ? parent[Number(step)]
    : isObject(parent) && Object.hasOwn(parent, step)
      ? parent[step]
      : undefined;

const quoted = (what: string, path: string): string => (what === "replace" ? path : `"${path}"`);

function applyOperation(holder: JsonObject, operation: JsonObject): void {
  const kind = String(operation["op"] ?? "");
  const path = String(operation["path"] ?? "");
  const steps = stepsOf(path);
  const last = steps[steps.length - 1] ?? "";
  const parent = parentOf(holder, steps);
  /** Where the way to the place is missing, and where the place itself is. */
  const noPath = (what: string) =>
    new JsonPatchError(`${what} operation does not apply: doc is missing path: ${quoted(what, path)}: missing value`);
  const add = (value: Json, what: string): void => {
    if (Array.isArray(parent)) parent.splice(last === "-" ? parent.length : Number(last), 0, value);
    else if (isObject(parent)) parent[last] = value;
    else throw noPath(what);
  };
  switch (kind) {
    case "add":
      add(operation["value"] ?? null, kind);
      return;
    case "remove":
      if (parent === undefined) throw noPath(kind);
      if (valueAt(parent, last) === undefined)
        throw new JsonPatchError(
          `error in remove for path: '${path}': Unable to remove nonexistent key: ${last}: missing value`,
        );
      if (Array.isArray(parent)) parent.splice(Number(last), 1);
      else delete (parent as JsonObject)[last];
      return;
    case "replace": {
      if (parent === undefined) throw noPath(kind);
      if (valueAt(parent, last) === undefined)
        throw new JsonPatchError(`replace operation does not apply: doc is missing key: ${path}: missing value`);
      if (Array.isArray(parent)) parent[Number(last)] = operation["value"] ?? null;
      else (parent as JsonObject)[last] = operation["value"] ?? null;
      return;
    }
    case "test":
      if (!equalJson(valueAt(parent, last) ?? null, operation["value"] ?? null))
        throw new JsonPatchError(`testing value ${path} failed: test failed`);
      return;
    case "move":
    case "copy": {
      const from = stepsOf(String(operation["from"] ?? ""));
      const source = parentOf(holder, from);
      const step = from[from.length - 1] ?? "";
      const value = valueAt(source, step);
      if (value === undefined)
        throw new JsonPatchError(
          `${kind} operation does not apply: doc is missing from path: ${String(operation["from"])}: missing value`,
        );
      if (kind === "move") {
        if (Array.isArray(source)) source.splice(Number(step), 1);
        else delete (source as JsonObject)[step];
      }
      add(clone(value), kind);
      return;
    }
    default:
      throw new JsonPatchError(`Unexpected kind: ${kind}`);
  }
}
