/** JSON values and Kubernetes objects as kubectl sees them: untyped, whatever the server serves. */
/** A whole number that no double holds is a bigint (`json-text.ts`). */
export type Json = null | boolean | number | bigint | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** Any object of the API. */
export type KubeObject = JsonObject;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path of field names and indices; undefined where a step is missing. */
export function at(value: Json | undefined, ...path: (string | number)[]): Json | undefined {
  let current: Json | undefined = value;
  for (const step of path) {
    if (Array.isArray(current)) current = current[Number(step)];
    else if (isObject(current)) current = Object.hasOwn(current, step) ? current[step] : undefined;
    else return undefined;
  }
  return current;
}

export function textAt(value: Json | undefined, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return found === undefined || found === null ? "" : String(found);
}

export function numberAt(value: Json | undefined, ...path: (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : Number(found ?? 0) || 0;
}

export function listAt(value: Json | undefined, ...path: (string | number)[]): Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function objectAt(value: Json | undefined, ...path: (string | number)[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

/** A map of strings (labels, annotations, selectors). */
export function stringsAt(value: Json | undefined, ...path: (string | number)[]): Record<string, string> {
  return Object.fromEntries(Object.entries(objectAt(value, ...path)).map(([key, entry]) => [key, String(entry)]));
}

/** Sets a field, making the objects on the way. */
export function setAt(object: JsonObject, path: readonly string[], value: Json | undefined): void {
  let current = object;
  for (const step of path.slice(0, -1)) {
    const next = current[step];
    if (isObject(next)) current = next;
    else {
      const made: JsonObject = {};
      current[step] = made;
      current = made;
    }
  }
  const last = path[path.length - 1];
  if (last === undefined) return;
  if (value === undefined) delete current[last];
  else current[last] = value;
}

export function clone<T extends Json>(value: T): T {
  return structuredClone(value);
}

export const nameOf = (object: KubeObject): string => textAt(object, "metadata", "name");
export const namespaceOf = (object: KubeObject): string => textAt(object, "metadata", "namespace");
export const kindOf = (object: KubeObject): string => textAt(object, "kind");

/** Deep equality as Go's reflect.DeepEqual has it for decoded JSON. */
export function equalJson(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    return Array.isArray(right) && left.length === right.length && left.every((item, i) => equalJson(item, right[i]));
  }
  if (isObject(left)) {
    if (!isObject(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]))
    );
  }
  return false;
}

/** "apps/v1" in its parts; the core group is "". */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return slash === -1
    ? { group: "", version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export const apiVersionOf = (group: string, version: string): string =>
  group === "" ? version : `${group}/${version}`;

export const byText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
