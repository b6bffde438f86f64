/** Request bodies: JSON, YAML, protobuf to objects; what they may be, and how strictly (apiserver serializer, handlers/create.go). */
import { duplicateFields, fieldOrder } from "../../machinery/json-text.ts";
import { decodeProtobuf, isProtobuf } from "../../machinery/protobuf/decode.ts";
import { fitShape } from "../../machinery/shape.ts";
import { badRequest, StatusError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { readYaml, yamlWarnings } from "../../machinery/yaml-text.ts";
import type { Definitions, Served } from "../definitions.ts";
import type { FieldValidation } from "./options.ts";

/** apiserver's limit for a request body. */
const MAX_BODY_BYTES = 3 * 1024 * 1024;
const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
const BODY_TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

export function unsupportedMediaType(accepted = BODY_TYPES): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

export function checkSize(body: Uint8Array | undefined): void {
  if (body !== undefined && body.length > MAX_BODY_BYTES)
    throw new StatusError(413, "RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`);
}

interface DecodedBody {
  readonly value: Record<string, unknown>;
  /** Fields given twice: errors or warnings, as `fieldValidation` says. */
  readonly duplicates: readonly string[];
  /** The text, where it is JSON and has duplicates: complaints come in its order. */
  readonly source?: string;
  /** What strict reading of YAML complains of. */
  readonly strictness?: string;
}

const text = (body: Uint8Array) => new TextDecoder().decode(body);
export const mediaType = (header: string | undefined) => (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";

/** Throws BadRequest where the body is no object, 415 where its type is unknown. */
export function decodeBody(body: Uint8Array | undefined, contentType: string | undefined): DecodedBody {
  const type = mediaType(contentType) || "application/json";
  const bytes = body ?? new Uint8Array();
  if (type === "application/vnd.kubernetes.protobuf" || isProtobuf(bytes)) {
    if (!isProtobuf(bytes))
      throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    return { value: decodeProtobuf(bytes), duplicates: [] };
  }
  if (type === "application/json" || type === "text/plain") return decodeJson(text(bytes));
  if (type === "application/yaml" || type === "application/x-yaml" || type === "text/yaml")
    return decodeYaml(text(bytes));
  throw unsupportedMediaType();
}

function decodeJson(source: string): DecodedBody {
  const trimmed = source.trim();
  // The decoder recognises the format by the content; what does not look like JSON may be YAML.
  if (!trimmed.startsWith("{")) return decodeYaml(source);
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${goJsonError(source, error)}`);
  }
  const duplicates = duplicateFields(source, value);
  return { value: value as Record<string, unknown>, duplicates, ...(duplicates.length > 0 ? { source } : {}) };
}

/** JSON.parse's complaint in the words of encoding/json. */
export function goJsonError(source: string, error: unknown): string {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : "");
  if (position === null || Number(position[1]) >= source.length || /end of JSON|Unterminated/.test(String(error)))
    return "unexpected end of JSON input";
  return `invalid character '${source[Number(position[1])] ?? ""}' looking for beginning of value`;
}

function decodeYaml(source: string): DecodedBody {
  const { value, repeated, problem } = readYaml(source);
  if (problem !== undefined) {
    const line = problem.linePos?.[0].line;
    throw badRequest(
      `couldn't get version/kind; json parse error: yaml: ${line === undefined ? "" : `line ${line}: `}${problem.code.toLowerCase().replaceAll("_", " ")}`,
    );
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw badRequest(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${Array.isArray(value) ? "array" : typeof value === "string" ? "string" : "number"} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  return {
    value: value as Record<string, unknown>,
    duplicates: [],
    ...(repeated === undefined ? {} : { strictness: repeated }),
  };
}

/**
 * The decoded body as an object of the resource: kind and version checked or filled in, unknown fields dropped,
 * refused or warned about. Throws BadRequest in upstream's words.
 */
export function toObject(
  definitions: Definitions,
  served: Served,
  decoded: DecodedBody,
  validation: FieldValidation,
  warnings: string[],
): KubernetesObject {
  const { definition, apiVersion } = served;
  const value = decoded.value;
  const given = value as { kind?: unknown; apiVersion?: unknown };
  const kind = typeof given.kind === "string" && given.kind !== "" ? given.kind : definition.kind;
  const version = typeof given.apiVersion === "string" && given.apiVersion !== "" ? given.apiVersion : apiVersion;
  if (kind !== definition.kind || version !== apiVersion) throw wrongKind(definitions, served, kind, version);
  value["kind"] = kind;
  value["apiVersion"] = version;
  if (value["metadata"] === undefined || value["metadata"] === null) value["metadata"] = {};
  const object = value as unknown as KubernetesObject;
  const prefix = `${kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: `;
  const problems = shapeProblems(definitions, served, object, (message) => badRequest(prefix + message));
  report(served, strictProblems(served, decoded, problems), validation, warnings);
  return object;
}

/**
 * Decoding into a struct complains as it goes through the text, and skips what it does not know; custom resources are
 * decoded into maps, and what their schema does not know is found afterwards.
 */
function strictProblems(served: Served, decoded: DecodedBody, unknown: readonly string[]): readonly string[] {
  const first = decoded.strictness === undefined ? [] : [decoded.strictness];
  const repeated = (fields: readonly string[]) => fields.map((field) => `duplicate field "${field}"`);
  if (served.custom !== undefined) return [...first, ...repeated(decoded.duplicates), ...unknown];
  const skipped = unknown.map((problem) => /"(.*)"$/.exec(problem)?.[1] ?? "");
  const read = decoded.duplicates.filter(
    (field) => !skipped.some((path) => field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`)),
  );
  return [...first, ...inTextOrder([...repeated(read), ...unknown], decoded.source)];
}

/** The decoder complains as it goes through the text. */
function inTextOrder(problems: readonly string[], source: string | undefined): readonly string[] {
  if (source === undefined || problems.length < 2) return problems;
  const order = fieldOrder(source);
  const rank = (problem: string) => {
    const field = /"(.*)"$/.exec(problem)?.[1] ?? "";
    return order.get(problem.startsWith("duplicate") ? `${field} again` : field) ?? order.size;
  };
  return [...problems].sort((a, b) => rank(a) - rank(b));
}

/** `unknown field "..."` for each field dropped. `refuse` words the error for a value of the wrong type. */
export function shapeProblems(
  definitions: Definitions,
  served: Served,
  object: KubernetesObject,
  refuse: (message: string) => StatusError,
): string[] {
  if (served.custom !== undefined) {
    const schema = definitions.schema(OBJECT_META);
    const metadata =
      schema === undefined
        ? []
        : fitShape(object.metadata, schema, (name) => definitions.schema(name), "ObjectMeta", OBJECT_META).unknown;
    const pruned = served.custom.prune(object);
    return [...metadata.map((field) => `metadata.${field}`), ...pruned].map((field) => `unknown field "${field}"`);
  }
  const schema = definitions.schema(served.definition.schemaName);
  if (schema === undefined) return [];
  const found = fitShape(
    object,
    schema,
    (name) => definitions.schema(name),
    served.definition.kind,
    served.definition.schemaName,
  );
  if (found.typeError !== undefined) throw refuse(found.typeError);
  return found.unknown.map((field) => `unknown field "${field}"`);
}

function report(served: Served, problems: readonly string[], validation: FieldValidation, warnings: string[]): void {
  if (problems.length === 0 || validation === "Ignore") return;
  if (validation === "Warn") {
    warnings.push(...problems.flatMap((problem) => (problem.includes("\n") ? yamlWarnings(problem) : [problem])));
    return;
  }
  const { kind, version } = served.definition;
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${kind}: strict decoding error: ${problems.join(", ")}`,
  );
}

function wrongKind(definitions: Definitions, served: Served, kind: string, apiVersion: string): StatusError {
  const { definition } = served;
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const handled = `${kind} in version "${apiVersion}" cannot be handled as a ${definition.kind}`;
  if (definitions.byKind(apiVersion, kind) === undefined)
    return badRequest(
      `${handled}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  const internal = definition.group === "" ? "core" : (definition.group.split(".")[0] ?? "");
  return badRequest(
    `${handled}: converting (${version}.${kind}) to (${internal}.${definition.kind}): unknown conversion`,
  );
}
