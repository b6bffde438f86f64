/**
 * Strategic merge as kustomize does it (kyaml merge2): new list elements come first, directives per map. Directives of
 * kubectl's own patches ($setElementOrder, $retainKeys) are fields like any other.
 */

import { toYaml } from "../../encoding/index.ts";
import { clone, isObject, type Json, type JsonObject } from "../object.ts";
import { listStrategy } from "../patch/merge-keys.ts";
import { BuildError } from "./errors.ts";

const DIRECTIVE = "$patch";

/** Keys of list elements that are more than one: the schema's list-map-keys. */
const SECOND_KEYS: Readonly<Record<string, string>> = { containerPort: "protocol", topologyKey: "whenUnsatisfiable" };

/** The patched value; undefined where the patch deletes it. */
export function mergePatch(base: JsonObject, patch: JsonObject, kind: string): JsonObject | undefined {
  // A whole object is not replaced.
  if (directiveOf(patch) === "replace") return base;
  const result = merge(base, patch, kind, []);
  return isObject(result) ? result : undefined;
}

function directiveOf(value: Json | undefined): string {
  if (!isObject(value) || value[DIRECTIVE] === undefined) return "";
  const directive = String(value[DIRECTIVE]);
  if (!["delete", "replace", "merge"].includes(directive))
    throw new BuildError(`unknown patch strategy '${directive}'`);
  return directive;
}

/** Without directives, and without fields that are null. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.filter((item) => directiveOf(item) !== "delete").map(plain);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, field]) => key !== DIRECTIVE && field !== null && directiveOf(field) !== "delete")
      .map(([key, field]) => [key, plain(field)]),
  );
}

function merge(base: Json | undefined, patch: Json, kind: string, path: readonly string[]): Json | undefined {
  const directive = directiveOf(patch);
  if (patch === null || directive === "delete") return undefined;
  if (base === undefined || base === null || directive === "replace") return plain(patch);
  if (isObject(patch) && isObject(base)) return mergeMaps(base, patch, kind, path);
  if (Array.isArray(patch) && Array.isArray(base)) return mergeLists(base, patch, kind, path);
  if (typeof patch === "object" || typeof base === "object") {
    if (Array.isArray(patch) !== Array.isArray(base) || isObject(patch) !== isObject(base))
      throw new BuildError(
        `wrong node kind: expected ${nodeKind(base)} but got ${nodeKind(patch)}: node contents:\n${toYaml(patch)}`,
      );
  }
  return clone(patch);
}

const nodeKind = (value: Json): string =>
  Array.isArray(value) ? "SequenceNode" : isObject(value) ? "MappingNode" : "ScalarNode";

function mergeMaps(base: JsonObject, patch: JsonObject, kind: string, path: readonly string[]): JsonObject {
  const result: JsonObject = { ...base };
  for (const [key, field] of Object.entries(patch)) {
    if (key === DIRECTIVE) continue;
    const merged = merge(base[key], field, kind, [...path, key]);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function mergeLists(base: Json[], patch: Json[], kind: string, path: readonly string[]): Json {
  const replaced = patch.filter((item) => directiveOf(item) !== "replace");
  if (replaced.length < patch.length)
    return plain(replaced.filter((item) => isObject(item) && Object.keys(item).length > 0));
  const strategy = strategyFor(kind, path);
  if (strategy === undefined) return plain(patch);
  if (strategy.key === "") return [...new Set([...patch, ...base])];
  const keys = [strategy.key, ...(strategy.second === undefined ? [] : [strategy.second])];
  const same = (a: Json, b: Json, lenient: boolean): boolean =>
    isObject(a) &&
    isObject(b) &&
    keys.every(
      (key, index) => a[key] === b[key] || (lenient && index > 0 && (a[key] === undefined || b[key] === undefined)),
    );
  const merged = new Map<Json, Json | undefined>();
  const front: Json[] = [];
  for (const item of patch) {
    const free = base.filter((one) => !merged.has(one));
    // A second key that is left out on one side is as good as equal, where nothing fits better.
    const old = free.find((one) => same(one, item, false)) ?? free.find((one) => same(one, item, true));
    const result = merge(old, item, kind, path);
    if (old !== undefined) merged.set(old, result);
    // What is merged moves to the front too, except in lists of two keys, where it stays in its place.
    if (result !== undefined && (old === undefined || strategy.second === undefined)) front.push(result);
  }
  const rest = base.flatMap((one) => {
    if (!merged.has(one)) return [one];
    const result = merged.get(one);
    return strategy.second === undefined || result === undefined ? [] : [result];
  });
  return [...front, ...rest];
}

function strategyFor(
  kind: string,
  path: readonly string[],
): { readonly key: string; readonly second?: string } | undefined {
  const field = path[path.length - 1] ?? "";
  if (kind === "Service" && path.join(".") === "spec.ports") return { key: "port", second: "protocol" };
  const strategy = listStrategy(kind, path);
  if (strategy === undefined) return undefined;
  const second = SECOND_KEYS[strategy.key];
  return second === undefined || (field !== "ports" && field !== "topologySpreadConstraints")
    ? { key: strategy.key }
    : { key: strategy.key, second };
}
