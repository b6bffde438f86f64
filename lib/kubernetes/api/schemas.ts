/** The shapes of the API's kinds by dotted name, parsed when first asked for. */
import type { Schema } from "./definition.ts";
import { descriptions, shapes } from "./generated/schemas.js";

interface SchemaRegistry {
  /** A schema without descriptions, e.g. "io.k8s.api.core.v1.PodSpec"; frozen and always the same object. */
  get(name: string): Schema | undefined;
  /** A schema with its own description and those of its fields: for OpenAPI and explain. */
  described(name: string): Schema | undefined;
  names(): readonly string[];
}

const parsed = new Map<string, Schema>();
const withDescriptions = new Map<string, Schema>();

function get(name: string): Schema | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  const text = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (text === undefined) return undefined;
  const schema = Object.freeze(JSON.parse(text) as Schema);
  parsed.set(name, schema);
  return schema;
}

function described(name: string): Schema | undefined {
  const known = withDescriptions.get(name);
  if (known !== undefined) return known;
  const schema = get(name);
  if (schema === undefined) return undefined;
  const texts = JSON.parse(descriptions[name] ?? "{}") as Record<string, string>;
  const describe = (value: Schema, text: string | undefined): Schema =>
    text === undefined ? value : { description: text, ...value };
  const properties: Record<string, Schema> = {};
  for (const [field, value] of Object.entries(schema.properties ?? {}))
    properties[field] = describe(value, texts[field]);
  const result = Object.freeze(
    describe(schema.properties === undefined ? schema : { ...schema, properties }, texts[""]),
  );
  withDescriptions.set(name, result);
  return result;
}

export const schemas: SchemaRegistry = { get, described, names: () => Object.keys(shapes) };
