/** kubectl explain, from the server's OpenAPI v3 documents (k8s.io/kubectl/pkg/explain/v2). */
import type { Resource } from "../client/discovery.ts";
import { readAll } from "../client/rest.ts";
import { schemaDocument } from "../client/schemas.ts";
import type { Command } from "../command.ts";
import { CommandError, isNotFound } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { isObject, type Json, type JsonObject, listAt, objectAt, parseApiVersion, textAt } from "../object.ts";
import { requestedResource, requestedWithGroup } from "./explain-path.ts";

type Schemas = Readonly<Record<string, JsonObject>>;

const refName = (schema: JsonObject): string => textAt(schema, "$ref").replace("#/components/schemas/", "");

/** The schema behind $ref and single allOf, the way upstream's template resolves it. */
function resolve(schemas: Schemas, schema: JsonObject): JsonObject {
  const ref = refName(schema);
  if (ref !== "") return resolve(schemas, schemas[ref] ?? {});
  const parts = listAt(schema, "allOf");
  const [only] = parts;
  if (parts.length === 1 && isObject(only ?? null) && schema["properties"] === undefined)
    return resolve(schemas, only as JsonObject);
  return schema;
}

function typeOf(schemas: Schemas, schema: JsonObject): string {
  const direct = refName(schema) || listAt(schema, "allOf").map((part) => refName(part as JsonObject))[0] || "";
  if (textAt(schema, "type") === "array") return `[]${typeOf(schemas, objectAt(schema, "items"))}`;
  if (isObject(schema["additionalProperties"] ?? null)) {
    return `map[string]${typeOf(schemas, schema["additionalProperties"] as JsonObject)}`;
  }
  if (direct !== "") {
    // Named types that are plain values (Time, Quantity) show what they are.
    const plain = textAt(resolve(schemas, schema), "type");
    if (plain !== "" && plain !== "object") return plain;
    return direct.slice(direct.lastIndexOf(".") + 1);
  }
  const type = textAt(schema, "type");
  return type === "" || type === "object" ? "Object" : type;
}

/** What a field's own fields are looked up in: items of lists, values of maps. */
function inner(schemas: Schemas, schema: JsonObject): JsonObject {
  const resolved = resolve(schemas, schema);
  if (textAt(resolved, "type") === "array") return inner(schemas, objectAt(resolved, "items"));
  if (isObject(resolved["additionalProperties"] ?? null))
    return inner(schemas, resolved["additionalProperties"] as JsonObject);
  return resolved;
}

/** Lines of at most 80 columns. Line breaks of the text count as spaces, and spaces are kept. */
function wrap(text: string, indent: string, width = 80): string {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.replaceAll("\n", " ").split(" ")) {
    if (line === undefined) line = word;
    else if (indent.length + line.length + 1 + word.length > width) {
      lines.push(`${indent}${line.trimEnd()}`);
      line = word;
    } else if (line !== "" || lines.length === 0) line += ` ${word}`;
    // A line that was broken begins with a word.
    else line = word;
  }
  return [...lines, `${indent}${line ?? ""}`].join("\n");
}

function fieldLine(schemas: Schemas, name: string, schema: JsonObject, required: boolean, indent: string): string {
  return `${indent}${name}\t<${typeOf(schemas, schema)}>${required ? " -required-" : ""}\n`;
}

function enumText(schemas: Schemas, schema: JsonObject, indent: string): string {
  const values = listAt(resolve(schemas, schema), "enum");
  return values.length === 0
    ? ""
    : `${indent}enum: ${values.slice(0, 4).map(enumValue).join(", ")}${values.length > 4 ? ", ...." : ""}\n`;
}
/** Of the field that is explained: a line for each value. */
function ownEnum(schemas: Schemas, schema: JsonObject): string {
  const values = listAt(resolve(schemas, schema), "enum");
  return values.length === 0 ? "\n" : `ENUM:\n${values.map((value) => `    ${enumValue(value)}\n`).join("")}`;
}
const enumValue = (value: Json): string => (value === "" ? '""' : String(value));

function fieldList(
  schemas: Schemas,
  schema: JsonObject,
  indent: string,
  recursive: boolean,
  seen: readonly JsonObject[],
): string {
  const properties = objectAt(schema, "properties");
  const required = listAt(schema, "required");
  let out = "";
  for (const name of Object.keys(properties).sort()) {
    const field = properties[name] as JsonObject;
    out += fieldLine(schemas, name, field, required.includes(name), indent);
    out += enumText(schemas, field, indent);
    if (!recursive) {
      out += `${wrap(textAt(field, "description") || "<no description>", `${indent}  `)}\n\n`;
      continue;
    }
    const next = inner(schemas, field);
    if (next["properties"] !== undefined && !seen.includes(next)) {
      out += fieldList(schemas, next, `${indent}  `, true, [...seen, next]);
    }
  }
  return out;
}

async function documentOf(invocation: Invocation, resource: Resource): Promise<Schemas | undefined> {
  const document = await schemaDocument(invocation, resource.group, resource.version);
  return document && (objectAt(document, "components", "schemas") as Record<string, JsonObject>);
}

/** Upstream reads OpenAPI 2 as protobuf, of which an empty document is all that is read here. */
async function withoutSecondVersion(invocation: Invocation, resource: Resource): Promise<CommandError> {
  const rest = await invocation.rest();
  const { body } = await rest.open("GET", "/openapi/v2", {
    accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
    query: { timeout: rest.discoveryTimeout },
    place: "discovery_client.go:671",
  });
  if ((await readAll(body)).length > EMPTY_DOCUMENT)
    return new CommandError("plaintext-openapiv2 is not supported here");
  return new CommandError(`couldn't find resource for "${resource.group}/${resource.version}, Kind=${resource.kind}"`);
}

/** Letters of a document that says what it is, and nothing else. */
const EMPTY_DOCUMENT = 100;

async function explain(invocation: Invocation): Promise<void> {
  invocation.discoveryAttempts = 2;
  invocation.checkAccess();
  const { flags, args } = invocation;
  const [argument] = args;
  if (argument === undefined) {
    throw new CommandError(
      `You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n`.trimEnd(),
    );
  }
  if (args.length > 1) throw new CommandError("We accept only this format: explain RESOURCE");
  const wanted = flags.string("api-version");
  const { resource, path } =
    wanted === "" ? await requestedWithGroup(invocation, argument) : await requestedResource(invocation, argument);
  const format = flags.string("output");
  if (format === "plaintext-openapiv2") throw await withoutSecondVersion(invocation, resource);
  if (wanted.split("/").length > 2) throw new CommandError(`unexpected GroupVersion string: ${wanted}`);
  const chosen = wanted === "" ? resource : { ...resource, ...parseApiVersion(wanted) };
  const gvr = `${chosen.group}/${chosen.version}, Resource=${chosen.name}`;
  const schemas = await documentOf(invocation, chosen).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
  if (schemas === undefined) throw new CommandError(`couldn't find resource for "${gvr}"`);
  if (format !== "plaintext") throw new CommandError(`unrecognized format: ${format}`);
  // A resource of another group may have a version of that name, and no schema under it.
  const own = (await invocation.resources()).resources.some(
    (one) => one.name === chosen.name && one.group === chosen.group && one.version === chosen.version,
  );
  const root = Object.values(own ? schemas : {}).find((schema) =>
    listAt(schema, "x-kubernetes-group-version-kind").some(
      (one) =>
        textAt(one, "kind") === chosen.kind &&
        textAt(one, "group") === chosen.group &&
        textAt(one, "version") === chosen.version,
    ),
  );
  if (root === undefined) throw new CommandError(`GVR (${gvr}) not found in OpenAPI schema`);
  const header = `${chosen.group === "" ? "" : `GROUP:      ${chosen.group}\n`}KIND:       ${chosen.kind}\nVERSION:    ${chosen.version}\n\n`;
  let schema: JsonObject = root;
  let field: JsonObject = root;
  for (const step of path) {
    const next = objectAt(inner(schemas, field), "properties")[step];
    if (!isObject(next ?? null)) {
      await invocation.out(header);
      // Upstream names the last, whichever is missing.
      throw new CommandError(`field "${path.at(-1) ?? step}" does not exist`);
    }
    field = next as JsonObject;
    schema = inner(schemas, field);
  }
  let out = header;
  if (path.length > 0)
    out += `FIELD: ${path[path.length - 1]} <${typeOf(schemas, field)}>\n${ownEnum(schemas, field)}\n`;
  const description = textAt(field, "description");
  const inherited = path.length === 0 ? "" : textAt(schema, "description");
  out += "DESCRIPTION:\n";
  const paragraphs = [description, ...(inherited === description ? [] : [inherited])]
    .filter((text) => text !== "")
    .map((text) => `${wrap(text, "    ")}\n`);
  out += paragraphs.length === 0 ? "    <empty>\n" : `${paragraphs.join("")}    \n`;
  if (schema["properties"] !== undefined)
    out += `FIELDS:\n${fieldList(schemas, schema, "  ", flags.bool("recursive"), [schema])}`;
  await invocation.out(`${out}\n`);
}

export const EXPLAIN: Command = {
  name: "explain",
  short: "Get documentation for a resource",
  arguments: "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext]",
  examples: [
    "kubectl explain statefulset",
    "kubectl explain statefulset.spec.updateStrategy",
    "kubectl explain pod.spec --recursive",
  ],
  flags: [
    { name: "api-version", type: "string", usage: "Group and version to explain" },
    { name: "output", type: "string", default: "plaintext", usage: "plaintext" },
    { name: "recursive", type: "bool", default: "false", usage: "Fields of fields, without descriptions" },
  ],
  run: explain,
};
