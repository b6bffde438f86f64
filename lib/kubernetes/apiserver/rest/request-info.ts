/** What a path and method ask for (apiserver endpoints/request/requestinfo.go). */

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

export interface ResourceRequest {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly namespace: string | undefined;
  readonly resource: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** What follows the subresource (proxy paths). */
  readonly rest: readonly string[];
}

/** undefined: the path names no resource (discovery, health, ...). */
export function parseResourcePath(path: string): ResourceRequest | undefined {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decode);
  const core = parts[0] === "api";
  if (!core && parts[0] !== "apis") return undefined;
  const group = core ? "" : (parts[1] ?? "");
  const version = (core ? parts[1] : parts[2]) ?? "";
  const rest = parts.slice(core ? 2 : 3);
  if (version === "" || rest.length === 0) return undefined;
  const apiVersion = core ? version : `${group}/${version}`;
  const base = { group, version, apiVersion };
  if (rest[0] === "namespaces" && rest.length > 1) {
    const [, namespace, resource, name, subresource, ...more] = rest;
    // The namespace itself, and its own subresources.
    if (resource === undefined)
      return {
        ...base,
        namespace: undefined,
        resource: "namespaces",
        name: namespace,
        subresource: undefined,
        rest: [],
      };
    if (core && (resource === "finalize" || resource === "status"))
      return {
        ...base,
        namespace: undefined,
        resource: "namespaces",
        name: namespace,
        subresource: resource,
        rest: [],
      };
    return { ...base, namespace, resource, name, subresource, rest: more };
  }
  const [resource = "", name, subresource, ...more] = rest;
  return { ...base, namespace: undefined, resource, name, subresource, rest: more };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The verb authorization and discovery know a request by; undefined for methods the API does not know. */
export function verbOf(method: string, named: boolean, watch: boolean): Verb | undefined {
  switch (method) {
    case "GET":
    case "HEAD":
      return watch ? "watch" : named ? "get" : "list";
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return named ? "delete" : "deletecollection";
    default:
      return undefined;
  }
}
