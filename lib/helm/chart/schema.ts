/** values.schema.json (JSON Schema draft 7), in the words of gojsonschema. What is not understood is refused. */
import { RE2JS } from "re2js";
import { isObject, type Json, type JsonObject } from "../../kubectl/object.ts";
import { formatValue, isMap, type Value, type ValueMap } from "../../template/index.ts";
import { HelmError } from "../errors.ts";
import { deepEqual } from "../sprig/collections.ts";
import { parseJson, toPlain } from "../sprig/json.ts";
import type { ChartFile } from "./types.ts";
import { type Chart, textOf } from "./types.ts";

const IGNORED = new Set([
  "$schema",
  "$id",
  "id",
  "title",
  "description",
  "default",
  "examples",
  "$comment",
  "definitions",
  "$defs",
  "readOnly",
  "writeOnly",
  "contentMediaType",
  "contentEncoding",
  "deprecated",
  "then",
  "else",
]);
const KNOWN = new Set([
  "$ref",
  "type",
  "enum",
  "const",
  "properties",
  "patternProperties",
  "additionalProperties",
  "required",
  "minProperties",
  "maxProperties",
  "propertyNames",
  "dependencies",
  "items",
  "additionalItems",
  "contains",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "allOf",
  "anyOf",
  "oneOf",
  "not",
  "if",
]);

const FORMATS: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/,
  "date-time": /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$/,
  email: /^[^\s@]+@[^\s@]+$/,
  hostname:
    /^(?=.{1,253}$)[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/,
  ipv4: /^(\d{1,3})(\.\d{1,3}){3}$/,
  ipv6: /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/,
  regex: /^[\s\S]*$/,
  uri: /^[a-zA-Z][a-zA-Z0-9+.-]*:\S*$/,
  uuid: /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
};

interface Problem {
  readonly field: string;
  readonly words: string;
}

const MAX_DEPTH = 100;
const typeOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number"
        ? Number.isInteger(value)
          ? "integer"
          : "number"
        : typeof value;
const fits = (value: unknown, type: string): boolean =>
  typeOf(value) === type || (type === "number" && typeOf(value) === "integer");

class Checker {
  readonly #root: Json;
  readonly problems: Problem[] = [];

  constructor(root: Json) {
    this.#root = root;
  }

  #resolve(reference: string): Json {
    if (!reference.startsWith("#"))
      throw new HelmError(`references to other schemas are not available here: ${reference}`);
    let current: Json | undefined = this.#root;
    for (const step of reference
      .slice(1)
      .split("/")
      .filter((one) => one !== "")) {
      const key = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
      current = Array.isArray(current) ? current[Number(key)] : isObject(current) ? current[key] : undefined;
    }
    if (current === undefined) throw new HelmError(`Object has no key '${reference.split("/").pop()}'`);
    return current;
  }

  #passes(schema: Json, value: unknown, path: string, depth: number): boolean {
    const checker = new Checker(this.#root);
    checker.check(schema, value, path, depth);
    return checker.problems.length === 0;
  }

  check(schema: Json, value: unknown, path: string, depth = 0): void {
    if (depth > MAX_DEPTH) throw new HelmError("the schema of the values is nested too deeply");
    const fail = (words: string, field = path) => {
      this.problems.push({ field: field === "" ? "(root)" : field, words });
    };
    if (schema === true) return;
    if (schema === false) {
      fail("False always fails validation");
      return;
    }
    if (!isObject(schema)) throw new HelmError("invalid type for a schema: object expected");
    for (const key of Object.keys(schema))
      if (!KNOWN.has(key) && !IGNORED.has(key) && !key.startsWith("x-"))
        throw new HelmError(`the keyword ${JSON.stringify(key)} of values.schema.json is not supported here`);
    if (typeof schema["$ref"] === "string") {
      this.check(this.#resolve(schema["$ref"]), value, path, depth + 1);
      return;
    }
    const types = schema["type"] === undefined ? undefined : ([] as Json[]).concat(schema["type"]);
    if (types !== undefined && !types.some((type) => fits(value, String(type)))) {
      fail(`Invalid type. Expected: ${types.length === 1 ? types[0] : types.join("/")}, given: ${typeOf(value)}`);
      return;
    }
    for (const part of listOf(schema["allOf"])) this.check(part, value, path, depth + 1);
    if (Array.isArray(schema["anyOf"]) && !schema["anyOf"].some((part) => this.#passes(part, value, path, depth + 1)))
      fail("Must validate at least one schema (anyOf)");
    if (Array.isArray(schema["oneOf"])) {
      const count = schema["oneOf"].filter((part) => this.#passes(part, value, path, depth + 1)).length;
      if (count !== 1) fail("Must validate one and only one schema (oneOf)");
    }
    if (schema["not"] !== undefined && this.#passes(schema["not"], value, path, depth + 1))
      fail("Must not validate the schema (not)");
    if (schema["if"] !== undefined) {
      const branch = this.#passes(schema["if"], value, path, depth + 1) ? "then" : "else";
      if (schema[branch] !== undefined) this.check(schema[branch] as Json, value, path, depth + 1);
    }
    if (schema["const"] !== undefined && !deepEqual(schema["const"] as Value, value as Value))
      fail(`${path || "(root)"} does not match: ${JSON.stringify(schema["const"])}`);
    if (Array.isArray(schema["enum"]) && !schema["enum"].some((one) => deepEqual(one as Value, value as Value)))
      fail(
        `${path || "(root)"} must be one of the following: ${schema["enum"].map((one) => JSON.stringify(one)).join(", ")}`,
      );
    if (typeof value === "string") this.#text(schema, value, fail);
    else if (typeof value === "number") this.#number(schema, value, fail);
    else if (Array.isArray(value)) this.#list(schema, value, path, depth, fail);
    else if (typeof value === "object" && value !== null) this.#map(schema, value as JsonObject, path, depth, fail);
  }

  #text(schema: JsonObject, value: string, fail: (words: string) => void): void {
    const length = [...value].length;
    if (typeof schema["minLength"] === "number" && length < schema["minLength"])
      fail(`String length must be greater than or equal to ${schema["minLength"]}`);
    if (typeof schema["maxLength"] === "number" && length > schema["maxLength"])
      fail(`String length must be less than or equal to ${schema["maxLength"]}`);
    if (typeof schema["pattern"] === "string" && !RE2JS.compile(schema["pattern"]).matcher(value).find())
      fail(`Does not match pattern '${schema["pattern"]}'`);
    if (typeof schema["format"] === "string") {
      const format = FORMATS[schema["format"]];
      if (format !== undefined && !format.test(value)) fail(`Does not match format '${schema["format"]}'`);
    }
  }
  #number(schema: JsonObject, value: number, fail: (words: string) => void): void {
    const limit = (name: string): number | undefined => (typeof schema[name] === "number" ? schema[name] : undefined);
    const [least, most, above, below, step] = [
      "minimum",
      "maximum",
      "exclusiveMinimum",
      "exclusiveMaximum",
      "multipleOf",
    ].map(limit);
    if (step !== undefined && !Number.isInteger(Number((value / step).toFixed(9))))
      fail(`Must be a multiple of ${step}`);
    if (most !== undefined && value > most) fail(`Must be less than or equal to ${most}`);
    if (below !== undefined && value >= below) fail(`Must be less than ${below}`);
    if (least !== undefined && value < least) fail(`Must be greater than or equal to ${least}`);
    if (above !== undefined && value <= above) fail(`Must be greater than ${above}`);
  }
  #list(
    schema: JsonObject,
    value: readonly unknown[],
    path: string,
    depth: number,
    fail: (words: string) => void,
  ): void {
    const inner = (i: number) => (path === "" ? String(i) : `${path}.${i}`);
    const items = schema["items"];
    if (Array.isArray(items)) {
      items.forEach((part, i) => {
        if (i < value.length) this.check(part, value[i], inner(i), depth + 1);
      });
      const rest = schema["additionalItems"];
      if (rest === false && value.length > items.length) fail("No additional items allowed on array");
      else if (isObject(rest))
        for (let i = items.length; i < value.length; i++) this.check(rest, value[i], inner(i), depth + 1);
    } else if (items !== undefined)
      for (const [i, item] of value.entries()) this.check(items, item, inner(i), depth + 1);
    if (typeof schema["minItems"] === "number" && value.length < schema["minItems"])
      fail(`Array must have at least ${schema["minItems"]} items`);
    if (typeof schema["maxItems"] === "number" && value.length > schema["maxItems"])
      fail(`Array must have at most ${schema["maxItems"]} items`);
    if (schema["uniqueItems"] === true) {
      for (let i = 0; i < value.length; i++)
        for (let j = i + 1; j < value.length && j < 1000; j++)
          if (deepEqual(value[i] as Value, value[j] as Value)) {
            fail(`array items[${i},${j}] must be unique`);
            return;
          }
    }
    if (
      schema["contains"] !== undefined &&
      !value.some((item) => this.#passes(schema["contains"] as Json, item, path, depth + 1))
    )
      fail("At least one of the items must match");
  }
  #map(
    schema: JsonObject,
    value: JsonObject,
    path: string,
    depth: number,
    fail: (words: string, field?: string) => void,
  ): void {
    const keys = Object.keys(value);
    const inner = (key: string) => (path === "" ? key : `${path}.${key}`);
    for (const name of listOf(schema["required"])) if (!Object.hasOwn(value, String(name))) fail(`${name} is required`);
    if (typeof schema["minProperties"] === "number" && keys.length < schema["minProperties"])
      fail(`Must have at least ${schema["minProperties"]} properties`);
    if (typeof schema["maxProperties"] === "number" && keys.length > schema["maxProperties"])
      fail(`Must have at most ${schema["maxProperties"]} properties`);
    const properties = isObject(schema["properties"]) ? schema["properties"] : {};
    const patterns = isObject(schema["patternProperties"]) ? Object.entries(schema["patternProperties"]) : [];
    for (const key of keys) {
      let known = false;
      if (Object.hasOwn(properties, key)) {
        known = true;
        this.check(properties[key] as Json, value[key], inner(key), depth + 1);
      }
      for (const [pattern, part] of patterns) {
        if (!RE2JS.compile(pattern).matcher(key).find()) continue;
        known = true;
        this.check(part, value[key], inner(key), depth + 1);
      }
      if (known) continue;
      if (schema["additionalProperties"] === false) fail(`Additional property ${key} is not allowed`);
      else if (isObject(schema["additionalProperties"]))
        this.check(schema["additionalProperties"], value[key], inner(key), depth + 1);
    }
    if (schema["propertyNames"] !== undefined)
      for (const key of keys)
        if (!this.#passes(schema["propertyNames"], key, path, depth + 1))
          fail(`Property name of "${key}" does not match`);
    if (isObject(schema["dependencies"])) {
      for (const [key, wants] of Object.entries(schema["dependencies"])) {
        if (!Object.hasOwn(value, key)) continue;
        if (!Array.isArray(wants)) this.check(wants, value, path, depth + 1);
        else for (const other of wants) if (!Object.hasOwn(value, String(other))) fail(`Has a dependency on ${other}`);
      }
    }
  }
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** ValidateAgainstSingleSchema: lines of complaints, "" where there are none. */
function schemaComplaints(schema: Json, values: ValueMap): string {
  const checker = new Checker(schema);
  checker.check(schema, toPlain(values), "");
  return checker.problems.map(({ field, words }) => `- ${field}: ${words}\n`).join("");
}

/** ValidateAgainstSchema: of a chart and its subcharts. */
export function validateSchemas(chart: Chart, values: ValueMap): string {
  let out = "";
  if (chart.schema !== undefined) {
    const text = textOf({ name: "values.schema.json", data: chart.schema } satisfies ChartFile);
    let complaints: string;
    try {
      complaints = schemaComplaints(parseJson(text) as Json, values);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      complaints = `unable to validate schema: ${error.message}\n`;
    }
    if (complaints !== "") out += `${chart.metadata.name}:\n${complaints}`;
  }
  for (const child of chart.dependencies) {
    const inner = values[child.metadata.name];
    if (isMap(inner)) out += validateSchemas(child, inner);
    else if (inner !== undefined && inner !== null)
      out += `${child.metadata.name}:\ninvalid type for values: expected object (map), got ${formatValue(inner)}\n`;
  }
  return out;
}
