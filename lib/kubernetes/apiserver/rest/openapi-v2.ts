/**
 * OpenAPI v2, which kubectl asks for where version 3 does not know a kind or the client is old (before 1.29). As JSON it
 * has all definitions; as protobuf it is a document that defines nothing: clients then leave validation to the server,
 * which does it anyhow, and patch by their own knowledge of built-in kinds.
 */
import type { Definitions } from "../definitions.ts";

type Json = Record<string, unknown>;

const VERSION_3 = "#/components/schemas/";
const INFO = { title: "Kubernetes", version: "v1.34.0" };

/** `documents` makes the version 3 document of one apiVersion. */
export function openApiV2(definitions: Definitions, documents: (apiVersion: string) => Json): Json {
  const schemas: Record<string, unknown> = {};
  for (const apiVersion of new Set(definitions.all().map((served) => served.apiVersion))) {
    const components = documents(apiVersion)["components"] as { schemas: Json };
    for (const [name, schema] of Object.entries(components.schemas)) schemas[name] ??= toVersion2(schema);
  }
  return { swagger: "2.0", info: INFO, paths: {}, definitions: schemas };
}

/** References have another place, and what stands beside them is allowed. */
function toVersion2(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toVersion2);
  if (value === null || typeof value !== "object") return value;
  const result: Json = {};
  for (const [key, item] of Object.entries(value)) {
    if (key === "$ref" && typeof item === "string") result["$ref"] = item.replace(VERSION_3, "#/definitions/");
    else if (key === "allOf" && Array.isArray(item) && item.length === 1) Object.assign(result, toVersion2(item[0]));
    else if (key !== "nullable") result[key] = toVersion2(item);
  }
  return result;
}

const field = (number: number, text: string) =>
  String.fromCharCode((number << 3) | 2) + String.fromCharCode(text.length) + text;

/** openapi.v2.Document: swagger = 1, info = 2 {title = 1, version = 2}, paths = 8. Every byte of it is ASCII. */
export const openApiV2Protobuf = (): string =>
  field(1, "2.0") + field(2, field(1, INFO.title) + field(2, INFO.version)) + field(8, "");
