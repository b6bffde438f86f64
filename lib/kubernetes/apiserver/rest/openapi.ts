/** OpenAPI v3, one document per group and version (kube-openapi handler3): what kubectl needs to validate, explain and apply. */
import { digest, toHex } from "../../../encoding/index.ts";
import type { Schema } from "../../api/definition.ts";
import type { Definitions, Served } from "../definitions.ts";
import type { ApiResponse } from "../http.ts";
import { parseAccept } from "./negotiation.ts";
import { openApiV2, openApiV2Protobuf } from "./openapi-v2.ts";
import { jsonText, pageNotFound } from "./responses.ts";

const REF = "#/components/schemas/";

interface Kept {
  readonly generation: number;
  readonly text: string;
  readonly hash: string;
}

export class OpenApi {
  readonly #definitions: Definitions;
  readonly #documents = new Map<string, Kept>();

  constructor(definitions: Definitions) {
    this.#definitions = definitions;
  }

  handle(path: string, accept: string | undefined): ApiResponse {
    if (path === "/openapi/v2") return this.#v2(accept);
    if (path === "/openapi/v3") return jsonText(200, JSON.stringify({ paths: this.#index() }));
    const groupVersion = path.slice("/openapi/v3/".length);
    const apiVersion = groupVersion.startsWith("api/")
      ? groupVersion.slice(4)
      : groupVersion.startsWith("apis/")
        ? groupVersion.slice(5)
        : "";
    if (!this.#versions().has(apiVersion)) return pageNotFound();
    const { text, hash } = this.#document(apiVersion);
    const answer = jsonText(200, text);
    return { ...answer, headers: { ...answer.headers, etag: `"${hash}"`, vary: "Accept" } };
  }

  #v2(accept: string | undefined): ApiResponse {
    const wanted = parseAccept(accept).find(({ type }) =>
      /^application\/(json|\*)$|^\*\/\*$|openapi.*protobuf/.test(type),
    );
    if (wanted?.type.endsWith("protobuf") === true) {
      const answer = jsonText(200, openApiV2Protobuf());
      return { ...answer, headers: { ...answer.headers, "content-type": "application/octet-stream", vary: "Accept" } };
    }
    return jsonText(
      200,
      JSON.stringify(openApiV2(this.#definitions, (version) => openApiDocument(this.#definitions, version))),
    );
  }

  #versions(): Set<string> {
    return new Set(this.#definitions.all().map((served) => served.apiVersion));
  }

  /** The hash only has to change with the content, which it does with what is served. */
  #index(): Record<string, { serverRelativeURL: string }> {
    const paths: Record<string, { serverRelativeURL: string }> = {};
    for (const version of [...this.#versions()].sort()) {
      const path = version.includes("/") ? `apis/${version}` : `api/${version}`;
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${this.#definitions.generation}` };
    }
    return paths;
  }

  #document(apiVersion: string): Kept {
    const known = this.#documents.get(apiVersion);
    const { generation } = this.#definitions;
    if (known !== undefined && known.generation === generation) return known;
    const text = JSON.stringify(openApiDocument(this.#definitions, apiVersion));
    const made = { generation, text, hash: toHex(digest("sha256", `${generation}/${text.length}`).slice(0, 16)) };
    this.#documents.set(apiVersion, made);
    return made;
  }
}

type Json = Record<string, unknown>;

function openApiDocument(definitions: Definitions, apiVersion: string): Json {
  const schemas: Record<string, unknown> = {};
  const paths: Record<string, unknown> = {};
  const wanted: string[] = [];
  const want = (name: string) => {
    if (name in schemas) return;
    schemas[name] = {};
    wanted.push(name);
  };
  for (const served of definitions.all()) {
    if (served.apiVersion !== apiVersion || served.definition.schemaName === "") continue;
    want(served.definition.schemaName);
    Object.assign(paths, pathsOf(served));
  }
  const kinds = kindsBySchema(definitions);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    const schema = definitions.describedSchema(name);
    if (schema === undefined) continue;
    const gvks = kinds.get(name);
    schemas[name] = {
      ...(withReferences(schema, want) as Json),
      ...(gvks === undefined ? {} : { "x-kubernetes-group-version-kind": gvks }),
    };
  }
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.34.0" },
    paths,
    components: { schemas },
  };
}

function kindsBySchema(definitions: Definitions): Map<string, { group: string; version: string; kind: string }[]> {
  const kinds = new Map<string, { group: string; version: string; kind: string }[]>();
  for (const { definition } of definitions.all()) {
    const { group, version, kind, schemaName } = definition;
    const list = kinds.get(schemaName) ?? [];
    list.push({ group, version, kind });
    kinds.set(schemaName, list);
  }
  return kinds;
}

/** The schema with its references as OpenAPI writes them; each referenced name is told to `want`. */
function withReferences(schema: Schema, want: (name: string) => void): unknown {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (value === null || typeof value !== "object") return value;
    const object = value as Json;
    const reference = object["$ref"];
    const result: Json = {};
    for (const [key, item] of Object.entries(object)) {
      if (key === "$ref" && typeof item === "string") continue;
      result[key] = walk(item);
    }
    if (typeof reference !== "string") return result;
    const name = reference.slice(reference.lastIndexOf("/") + 1);
    want(name);
    // Beside a reference OpenAPI 3.0 allows nothing: what is beside it goes around an allOf.
    return Object.keys(result).length === 0 ? { $ref: REF + name } : { ...result, allOf: [{ $ref: REF + name }] };
  };
  return walk(schema);
}

const FIELD_VALIDATION = {
  name: "fieldValidation",
  in: "query",
  description:
    "fieldValidation instructs the server on how to handle objects in the request (POST/PUT/PATCH) containing unknown or duplicate fields. Valid values are Ignore, Warn and Strict.",
  schema: { type: "string", uniqueItems: true },
};
const DRY_RUN = {
  name: "dryRun",
  in: "query",
  description: "When present, indicates that modifications should not be persisted.",
  schema: { type: "string", uniqueItems: true },
};

/** What kubectl looks for: under which path a kind is patched, and with which parameters. */
function pathsOf(served: Served): Record<string, unknown> {
  const { definition, apiVersion } = served;
  const { group, version, kind, plural, namespaced, schemaName } = definition;
  const root = group === "" ? `/api/${version}` : `/apis/${apiVersion}`;
  const base = `${root}${namespaced ? "/namespaces/{namespace}" : ""}/${plural}`;
  const gvk = { "x-kubernetes-group-version-kind": { group, version, kind } };
  const body = { content: { "application/json": { schema: { $ref: REF + schemaName } } } };
  const verbs = definition.verbs;
  const allows = (verb: string) => verbs === undefined || verbs.includes(verb);
  const parameters = [DRY_RUN, FIELD_VALIDATION];
  const answers = { responses: { 200: { description: "OK", ...body } } };
  const item: Json = {};
  if (allows("get")) item["get"] = { "x-kubernetes-action": "get", ...gvk, ...answers };
  if (allows("update"))
    item["put"] = { "x-kubernetes-action": "put", ...gvk, parameters, requestBody: body, ...answers };
  if (allows("patch")) item["patch"] = { "x-kubernetes-action": "patch", ...gvk, parameters, ...answers };
  if (allows("delete")) item["delete"] = { "x-kubernetes-action": "delete", ...gvk, parameters: [DRY_RUN], ...answers };
  const collection: Json = {};
  if (allows("list")) collection["get"] = { "x-kubernetes-action": "list", ...gvk, ...answers };
  if (allows("create"))
    collection["post"] = { "x-kubernetes-action": "post", ...gvk, parameters, requestBody: body, ...answers };
  return { [base]: collection, ...(Object.keys(item).length === 0 ? {} : { [`${base}/{name}`]: item }) };
}
