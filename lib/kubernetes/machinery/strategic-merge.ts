/**
 * Strategic merge patch: lists of objects merge by key, directives say what to replace, delete and reorder
 * (apimachinery util/strategicpatch). Which lists merge, and by which key, is in the schema.
 */
import type { Schema } from "../api/definition.ts";
import { deepEqual } from "./clone.ts";
import { type Resolve, resolveSchema } from "./shape.ts";

type JsonObject = Record<string, unknown>;

/** The patch contradicts itself or the object; the message is upstream's. */
export class PatchError extends Error {}

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList";
const ELEMENT_ORDER = "$setElementOrder";

const isObject = (value: unknown): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Go's names of the types JSON values decode to. */
function goTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  return typeof value === "boolean" ? "bool" : "string";
}

/** `%v` of a JSON value. */
export function goPrint(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goPrint).join(" ")}]`;
  if (typeof value === "object")
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${goPrint((value as JsonObject)[key])}`)
      .join(" ")}]`;
  return String(value);
}

interface FieldMeta {
  readonly schema: Schema | undefined;
  readonly merges: boolean;
  readonly mergeKey: string;
}

/** The patched object. `original` and `patch` must be private copies: both are taken apart. */
export function strategicMerge(original: JsonObject, patch: JsonObject, schema: Schema, resolve: Resolve): JsonObject {
  return new Merger(resolve).map(original, patch, schema);
}

class Merger {
  readonly #resolve: Resolve;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  #field(schema: Schema | undefined, name: string): FieldMeta {
    const object = schema === undefined ? undefined : resolveSchema(schema, this.#resolve);
    const field = object?.properties?.[name] ?? object?.additionalProperties;
    const strategies = (field?.["x-kubernetes-patch-strategy"] ?? "").split(",");
    return {
      schema: field,
      merges: strategies.includes("merge"),
      mergeKey: field?.["x-kubernetes-patch-merge-key"] ?? "",
    };
  }

  map(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
    const directive = patch[DIRECTIVE];
    if (directive !== undefined) {
      if (directive === "replace") {
        delete patch[DIRECTIVE];
        return patch;
      }
      if (directive === "delete") return {};
      if (directive !== "merge")
        throw new PatchError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
      delete patch[DIRECTIVE];
    }
    this.#retainKeys(original, patch);
    this.#mergeOrderedLists(original, patch, schema);
    for (const [rawKey, value] of Object.entries(patch)) {
      const deletion = rawKey.startsWith(`${DELETE_FROM_LIST}/`);
      const key = deletion ? rawKey.slice(DELETE_FROM_LIST.length + 1) : rawKey;
      if (value === null) {
        delete original[key];
        continue;
      }
      const current = original[key];
      if (!(key in original) || goTypeOf(current) !== goTypeOf(value)) {
        if (!deletion) original[key] = withoutDirectives(value);
        continue;
      }
      if (isObject(current) && isObject(value))
        original[key] = this.map(current, value, this.#field(schema, key).schema);
      else if (Array.isArray(current) && Array.isArray(value)) {
        const meta = this.#field(schema, key);
        original[key] = this.#list(current, value, meta, deletion);
      } else original[key] = value;
    }
    return original;
  }

  #retainKeys(original: JsonObject, patch: JsonObject): void {
    const retained = patch[RETAIN_KEYS];
    if (retained === undefined) return;
    delete patch[RETAIN_KEYS];
    if (!Array.isArray(retained)) throw new PatchError("invalid patch format of retainKeys: object");
    for (const key of Object.keys(patch))
      if (!key.startsWith("$") && !retained.includes(key))
        throw new PatchError("invalid patch format of retainKeys: object");
    for (const key of Object.keys(original)) if (!retained.includes(key)) delete original[key];
  }

  #mergeOrderedLists(original: JsonObject, patch: JsonObject, schema: Schema | undefined): void {
    for (const directive of Object.keys(patch)) {
      if (!directive.startsWith(ELEMENT_ORDER)) continue;
      const order = patch[directive];
      delete patch[directive];
      if (!Array.isArray(order)) throw new PatchError(`expected a []interface {}, but received a ${goTypeOf(order)}`);
      const key = directive.slice(ELEMENT_ORDER.length + 1);
      const current = original[key];
      const given = patch[key];
      for (const list of [current, given])
        if (list !== undefined && !Array.isArray(list))
          throw new PatchError(`expected a []interface {}, but received a ${goTypeOf(list)}`);
      const currentList = current as unknown[] | undefined;
      const givenList = given as unknown[] | undefined;
      const meta = this.#field(schema, key);
      checkOrder(givenList ?? [], order, meta.mergeKey);
      if (currentList === undefined && givenList === undefined) continue;
      const merged =
        currentList === undefined
          ? (withoutDirectives(givenList) as unknown[])
          : givenList === undefined
            ? currentList
            : this.#list([...currentList], givenList, meta, false);
      original[key] = normalise(merged, order, currentList ?? [], meta.mergeKey);
      delete patch[key];
    }
  }

  #list(original: unknown[], patch: unknown[], meta: FieldMeta, deletion: boolean): unknown[] {
    if (!meta.merges) return deletion ? original : patch;
    if (original.length === 0 && patch.length === 0) return original;
    const objects = isObject(original[0] ?? patch[0]);
    if (!objects) {
      if (deletion) return original.filter((item) => !patch.includes(item));
      const merged = [...new Set([...original, ...patch])];
      return normalise(merged, patch, original, "");
    }
    if (meta.mergeKey === "") throw new PatchError("cannot merge lists without merge key");
    const { mergeKey } = meta;
    const items = meta.schema === undefined ? undefined : resolveSchema(meta.schema, this.#resolve).items;
    let base = original as JsonObject[];
    const plain: JsonObject[] = [];
    let replace = false;
    for (const item of patch as JsonObject[]) {
      const directive = item[DIRECTIVE];
      if (directive === undefined) plain.push(item);
      else if (directive === "replace") replace = true;
      else if (directive === "delete") {
        const key = keyOf(item, mergeKey);
        base = base.filter((other) => !deepEqual(other[mergeKey], key));
      } else if (directive === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
      else throw new PatchError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
    }
    if (replace) return plain;
    const before = base;
    const merged = [...base];
    for (const item of plain) {
      const key = keyOf(item, mergeKey);
      const index = merged.findIndex((other) => deepEqual(other[mergeKey], key));
      if (index === -1) merged.push(withoutDirectives(item) as JsonObject);
      else merged[index] = this.map(merged[index] ?? {}, item, items);
    }
    return normalise(merged, plain, before, mergeKey);
  }
}

function keyOf(item: JsonObject, mergeKey: string): unknown {
  const key = item[mergeKey];
  if (key === undefined) throw new PatchError(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return key;
}

const sameElement = (mergeKey: string) => (a: unknown, b: unknown) =>
  mergeKey === "" ? deepEqual(a, b) : isObject(a) && isObject(b) && deepEqual(a[mergeKey], b[mergeKey]);

/** Elements of the patch in the patch's order, the server's own ones in theirs, woven together by the server's order. */
function normalise(
  merged: readonly unknown[],
  order: readonly unknown[],
  server: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const same = sameElement(mergeKey);
  const indexIn = (list: readonly unknown[], item: unknown) => list.findIndex((other) => same(other, item));
  const byOrder = (list: readonly unknown[]) => (a: unknown, b: unknown) => indexIn(list, a) - indexIn(list, b);
  const fromPatch = merged.filter((item) => indexIn(order, item) >= 0).sort(byOrder(order));
  const fromServer = merged.filter((item) => indexIn(order, item) < 0).sort(byOrder(server));
  const woven: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < fromServer.length || right < fromPatch.length) {
    if (left >= fromServer.length) woven.push(fromPatch[right++]);
    else if (right >= fromPatch.length) woven.push(fromServer[left++]);
    else {
      const a = indexIn(server, fromServer[left]);
      const b = indexIn(server, fromPatch[right]);
      if (a >= 0 && b >= 0 && a < b) woven.push(fromServer[left++]);
      else woven.push(fromPatch[right++]);
    }
  }
  return woven;
}

/** Every element of the patch must be in the order list, in the same order. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const same = sameElement(mergeKey);
  const listed = patch.filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined));
  let at = 0;
  for (const item of listed) {
    while (at < order.length && !same(order[at], item)) at++;
    if (at >= order.length)
      throw new PatchError(
        `The order in patch list:\n${goPrint(patch)}\n doesn't match ${ELEMENT_ORDER} list:\n${goPrint(order)}\n`,
      );
    at++;
  }
}

/** What a patch adds where nothing was: without directives, without elements that only delete. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value))
    return value.filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined)).map(withoutDirectives);
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] === "delete") return {};
  const kept: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(ELEMENT_ORDER) || key.startsWith(DELETE_FROM_LIST))
      continue;
    if (field !== null) kept[key] = withoutDirectives(field);
  }
  return kept;
}
