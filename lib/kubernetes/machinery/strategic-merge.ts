/**
 * Strategic merge patch: lists of objects merge by key, directives say what to replace, delete and reorder
 * (apimachinery util/strategicpatch). Which lists merge, and by which key, is in the schema.
 */
import type { Schema } from "../api/definition.ts";
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
    const odd = [...original, ...patch].some((item) => isObject(item) !== objects);
    if (odd) throw new PatchError(`list element types are not identical: ${goPrint([original, patch])}`);
    if (!objects) {
      if (deletion) {
        const deleted = new Set(patch);
        return original.filter((item) => !deleted.has(item));
      }
      const merged = [...new Set([...original, ...patch])];
      return normalise(merged, patch, original, "");
    }
    if (meta.mergeKey === "") throw new PatchError("cannot merge lists without merge key");
    const { mergeKey } = meta;
    const items = meta.schema === undefined ? undefined : resolveSchema(meta.schema, this.#resolve).items;
    let base = original as JsonObject[];
    const plain: JsonObject[] = [];
    let replace = false;
    const dropped = new Set<unknown>();
    for (const item of patch as JsonObject[]) {
      const directive = item[DIRECTIVE];
      if (directive === undefined) plain.push(item);
      else if (directive === "replace") replace = true;
      else if (directive === "delete") {
        dropped.add(identityOf(keyOf(item, mergeKey)));
      } else if (directive === "merge") throw new PatchError("merging lists cannot yet be specified in the patch");
      else throw new PatchError(`unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
    }
    if (replace) return plain;
    if (dropped.size > 0) base = base.filter((other) => !dropped.has(identityOf(other[mergeKey])));
    const before = base;
    const merged = [...base];
    const index = indexBy(merged, mergeKey);
    for (const item of plain) {
      const key = identityOf(keyOf(item, mergeKey));
      const known = index.get(key);
      if (known !== undefined) merged[known] = this.map(merged[known] ?? {}, item, items);
      else {
        index.set(key, merged.length);
        merged.push(withoutDirectives(item) as JsonObject);
      }
    }
    return normalise(merged, plain, before, mergeKey);
  }
}

function keyOf(item: JsonObject, mergeKey: string): unknown {
  const key = item[mergeKey];
  if (key === undefined) throw new PatchError(`map: ${goPrint(item)} does not contain declared merge key: ${mergeKey}`);
  return key;
}

/** Equal for equal JSON values, as keys of maps are compared. */
const identityOf = (value: unknown): unknown =>
  value !== null && typeof value === "object" ? canonicalText(value) : typeof value === "string" ? `"${value}` : value;

/** JSON whatever the order of the keys. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const fields = Object.keys(value).filter((key) => value[key] !== undefined);
  return `{${fields
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(value[key])}`)
    .join()}}`;
}

/** What makes an element of a list the one it is: itself, or its key; undefined where it has none. */
const elementOf = (item: unknown, mergeKey: string): unknown =>
  mergeKey === ""
    ? identityOf(item)
    : isObject(item)
      ? identityOf(item[mergeKey] === undefined ? MISSING : item[mergeKey])
      : undefined;
const MISSING = Symbol("no key");

/** The first place of each element. */
function indexBy(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const index = new Map<unknown, number>();
  for (const [at, item] of list.entries()) {
    const element = elementOf(item, mergeKey);
    if (element !== undefined && !index.has(element)) index.set(element, at);
  }
  return index;
}

/** Elements of the patch in the patch's order, the server's own ones in theirs, woven together by the server's order. */
function normalise(
  merged: readonly unknown[],
  order: readonly unknown[],
  server: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const inOrder = indexBy(order, mergeKey);
  const inServer = indexBy(server, mergeKey);
  // Each is named once: both sorting and weaving ask for it often.
  const placed = merged.map((item) => {
    const element = elementOf(item, mergeKey);
    return { item, order: inOrder.get(element) ?? -1, server: inServer.get(element) ?? -1 };
  });
  const fromPatch = placed.filter((one) => one.order >= 0).sort((a, b) => a.order - b.order);
  const fromServer = placed.filter((one) => one.order < 0).sort((a, b) => a.server - b.server);
  const woven: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < fromServer.length || right < fromPatch.length) {
    const own = fromServer[left];
    const given = fromPatch[right];
    const ownFirst =
      own !== undefined && (given === undefined || (own.server >= 0 && given.server >= 0 && own.server < given.server));
    woven.push(ownFirst ? own.item : given?.item);
    if (ownFirst) left++;
    else right++;
  }
  return woven;
}

/** Every element of the patch must be in the order list, in the same order. */
function checkOrder(patch: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  const listed = patch.filter((item) => !(isObject(item) && item[DIRECTIVE] !== undefined));
  let at = 0;
  const ordered = order.map((item) => elementOf(item, mergeKey));
  for (const item of listed) {
    const element = elementOf(item, mergeKey);
    while (at < order.length && (element === undefined || ordered[at] !== element)) at++;
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
