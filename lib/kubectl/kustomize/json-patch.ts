/** JSON patches in the words of the Go library (evanphx/json-patch v4). */
import { clone, equalJson, isObject, type Json, type JsonObject } from "../object.ts";
import { BuildError } from "./errors.ts";

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: Json;
}

const steps = (path: string): string[] =>
  path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));

export function operationsOf(value: Json): Operation[] {
  if (!Array.isArray(value)) throw new BuildError("the patch is no list of operations");
  return value.map((item) => {
    if (!isObject(item) || typeof item["op"] !== "string") throw new BuildError("Unexpected kind: unknown");
    if (typeof item["path"] !== "string")
      throw new BuildError(`${item["op"]} operation failed to decode path: missing value`);
    return item as unknown as Operation;
  });
}

type Holder = JsonObject | Json[];

function holderOf(document: JsonObject, path: readonly string[]): Holder | undefined {
  // A path begins with a slash.
  if (path.length === 0) return undefined;
  let current: Json | undefined = document;
  for (const step of path.slice(0, -1)) {
    current = Array.isArray(current) ? current[Number(step)] : isObject(current) ? current[step] : undefined;
  }
  return Array.isArray(current) || isObject(current) ? current : undefined;
}

const read = (holder: Holder, key: string): Json | undefined =>
  Array.isArray(holder) ? holder[indexIn(holder, key)] : holder[key];

const badIndex = (op: string, path: string, key: string): BuildError =>
  new BuildError(
    `error in ${op} for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`,
  );

/** Negative indices count from the end. */
const indexIn = (list: readonly Json[], key: string): number =>
  Number(key) < 0 ? Number(key) + list.length : Number(key);

function insert(holder: Holder, key: string, value: Json, path: string): void {
  if (!Array.isArray(holder)) {
    holder[key] = value;
    return;
  }
  if (key === "-") {
    holder.push(value);
    return;
  }
  const index = indexIn(holder, key);
  if (!Number.isInteger(index) || index < 0 || index > holder.length) throw badIndex("add", path, key);
  holder.splice(index, 0, value);
}

function drop(holder: Holder, key: string, path: string): void {
  if (Array.isArray(holder)) {
    const index = indexIn(holder, key);
    if (!Number.isInteger(index) || index < 0 || index >= holder.length) throw badIndex("remove", path, key);
    holder.splice(index, 1);
    return;
  }
  if (!(key in holder))
    throw new BuildError(
      `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  delete holder[key];
}

/** A new document. Throws `BuildError`. */
export function applyOperations(document: JsonObject, operations: readonly Operation[]): JsonObject {
  const result = clone(document);
  for (const { op, path, from, value } of operations) {
    const at = steps(path);
    const key = at[at.length - 1] ?? "";
    const holder = holderOf(result, at);
    const missing = (why: string): BuildError =>
      new BuildError(`${op} operation does not apply: doc is missing ${why}`);
    switch (op) {
      case "add":
        if (holder === undefined) throw missing(`path: ${JSON.stringify(path)}: missing value`);
        insert(holder, key, clone(value ?? null), path);
        break;
      case "remove":
        if (holder === undefined) throw missing(`path: ${JSON.stringify(path)}: missing value`);
        drop(holder, key, path);
        break;
      case "replace":
        if (holder === undefined) throw missing(`path: ${path}: missing value`);
        if (Array.isArray(holder)) {
          const index = indexIn(holder, key);
          if (!Number.isInteger(index) || index < 0 || index >= holder.length)
            throw missing(`key: ${path}: missing value`);
          holder[index] = clone(value ?? null);
        } else holder[key] = clone(value ?? null);
        break;
      case "test": {
        const found = holder === undefined ? undefined : read(holder, key);
        if (found === undefined ? value !== undefined && value !== null : !equalJson(found, value ?? null))
          throw new BuildError(`testing value ${path} failed: test failed`);
        break;
      }
      case "move":
      case "copy": {
        const source = steps(from ?? "");
        const sourceKey = source[source.length - 1] ?? "";
        const sourceHolder = holderOf(result, source);
        const moved = sourceHolder === undefined ? undefined : read(sourceHolder, sourceKey);
        if (sourceHolder === undefined || moved === undefined) throw missing(`from path: ${from ?? ""}: missing value`);
        if (holder === undefined) throw missing(`destination path: ${path}: missing value`);
        if (op === "move") drop(sourceHolder, sourceKey, from ?? "");
        insert(holder, key, clone(moved), path);
        break;
      }
      default:
        throw new BuildError(`Unexpected kind: ${op}`);
    }
  }
  return result;
}
