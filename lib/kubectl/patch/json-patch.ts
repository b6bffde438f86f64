/** JSON patches (RFC 6902) as evanphx/json-patch v4 applies them, with its words for what does not fit. */
import { clone, equalJson, isObject, type Json, type JsonObject } from "../object.ts";

/** A JSON patch that cannot be applied. */
class JsonPatchError extends Error {}

type Holder = JsonObject | Json[];

/** What Go calls a JSON value of the wrong kind. */
const jsonKind = (value: Json): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : value === null ? "null" : typeof value;

/** A new document. Throws with upstream's words. */
export function jsonPatched(base: Json, operations: Json): Json {
  if (!Array.isArray(operations))
    throw new JsonPatchError(`json: cannot unmarshal ${jsonKind(operations)} into Go value of type jsonpatch.Patch`);
  for (const operation of operations)
    if (!isObject(operation))
      throw new JsonPatchError(
        `json: cannot unmarshal ${jsonKind(operation)} into Go value of type jsonpatch.Operation`,
      );
  const document = clone(base);
  for (const operation of operations) apply(document as Holder, operation as JsonObject);
  return document;
}

const stepsOf = (pointer: string): string[] =>
  pointer.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** What holds the value at a pointer; undefined where the way there is missing. */
function holderOf(document: Holder, pointer: string): { readonly holder: Holder | undefined; readonly key: string } {
  const steps = stepsOf(pointer);
  // A pointer begins with a slash, or leads nowhere.
  if (steps.length < 2) return { holder: undefined, key: "" };
  let current: Json | undefined = document;
  for (const step of steps.slice(1, -1))
    current = Array.isArray(current)
      ? current[Number(step)]
      : isObject(current) && Object.hasOwn(current, step)
        ? current[step]
        : undefined;
  const holder = Array.isArray(current) || isObject(current) ? current : undefined;
  return { holder, key: steps[steps.length - 1] ?? "" };
}

/** An index, where negative ones count from the end. Throws where it is none, or not there; `most`: the highest. */
function indexIn(key: string, length: number, most: number, what: string, path: string): number {
  const fail = (words: string) => new JsonPatchError(`error in ${what} for path: '${path}': ${words}`);
  if (!/^[-+]?\d+$/.test(key)) {
    const problem = `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
    throw fail(what === "add" ? `value was not a proper array index: '${key}': ${problem}` : problem);
  }
  const index = Number(key) < 0 ? Number(key) + length : Number(key);
  if (index < 0 || index > most) throw fail(`Unable to access invalid index: ${key}: invalid index referenced`);
  return index;
}

function insert(holder: Holder, key: string, value: Json, path: string, what: string): void {
  if (!Array.isArray(holder)) holder[key] = value;
  else if (key === "-") holder.push(value);
  // One beyond the last is at the end; with a negative one the new length counts.
  else holder.splice(indexIn(key, holder.length + 1, holder.length, what, path), 0, value);
}

function drop(holder: Holder, key: string, path: string, what: string): void {
  if (Array.isArray(holder)) {
    holder.splice(indexIn(key, holder.length, holder.length - 1, what, path), 1);
    return;
  }
  if (!Object.hasOwn(holder, key))
    throw new JsonPatchError(
      `error in ${what} for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  delete holder[key];
}

/** What is there; null where a map has no such key, undefined where a list has no such place. */
const valueIn = (holder: Holder, key: string): Json | undefined =>
  Array.isArray(holder) ? holder[Number(key)] : Object.hasOwn(holder, key) ? (holder[key] ?? null) : null;

function apply(document: Holder, operation: JsonObject): void {
  const what = typeof operation["op"] === "string" ? operation["op"] : "";
  const { path, from } = operation;
  const value = operation["value"] ?? null;
  const missing = (words: string) => new JsonPatchError(`${what} operation does not apply: doc is missing ${words}`);
  if (!["add", "remove", "replace", "test", "move", "copy"].includes(what))
    throw new JsonPatchError(`Unexpected kind: ${what === "" ? "unknown" : what}`);
  if ((what === "move" || what === "copy") && typeof from !== "string")
    throw new JsonPatchError(`${what} operation failed to decode from: operation, missing from field: missing value`);
  if (typeof path !== "string") throw new JsonPatchError(`${what} operation failed to decode path: missing value`);
  const { holder, key } = holderOf(document, path);
  switch (what) {
    case "add":
    case "remove":
      if (holder === undefined) throw missing(`path: ${JSON.stringify(path)}: missing value`);
      if (what === "add") insert(holder, key, clone(value), path, what);
      else drop(holder, key, path, what);
      return;
    case "replace":
      if (holder === undefined) throw missing(`path: ${path}: missing value`);
      if (!Array.isArray(holder)) holder[key] = clone(value);
      else if (holder[Number(key)] === undefined) throw missing(`key: ${path}: missing value`);
      else holder[Number(key)] = clone(value);
      return;
    case "test":
      if (holder === undefined)
        throw new JsonPatchError(`test operation does not apply: is missing path: ${path}: missing value`);
      if (!equalJson(valueIn(holder, key) ?? null, value))
        throw new JsonPatchError(`testing value ${path} failed: test failed`);
      return;
  }
  const source = holderOf(document, String(from));
  const moved = source.holder === undefined ? undefined : valueIn(source.holder, source.key);
  if (source.holder === undefined || moved === undefined) throw missing(`from path: ${String(from)}: missing value`);
  if (what === "move") drop(source.holder, source.key, String(from), what);
  if (holder === undefined) throw missing(`destination path: ${path}: missing value`);
  insert(holder, key, clone(moved), path, what);
}
