/** Objects as upstream's Go structs marshal them: fields in order, empty ones left out or written as the struct says. */
import { canonicalQuantity, tryParseQuantity } from "../../encoding/index.ts";
import { isObject, type Json, type JsonObject, type KubeObject, textAt } from "../object.ts";
import { ROOTS, STRUCTS } from "./structs.ts";

export interface Field {
  readonly name: string;
  readonly shape: "plain" | "pointer" | "struct" | "list" | "map" | "quantity" | "quantities";
  /** Of a struct, or of what a list or map has. */
  readonly struct: string;
  /** Written where nothing is there; undefined: left out. */
  readonly zero: Json | undefined;
}

function parseField(text: string): Field {
  const [, name = "", type = "", mark, zero = ""] = /^([^:!]+)(?::([^!]+))?(!)?(.*)$/.exec(text) ?? [];
  const base = { name, zero: mark === undefined ? undefined : zero === "" ? {} : (JSON.parse(zero) as Json) };
  if (type === "") return { ...base, shape: "plain", struct: "" };
  if (type === "*") return { ...base, shape: "pointer", struct: "" };
  if (type === "#") return { ...base, shape: "quantity", struct: "" };
  if (type === "{#}") return { ...base, shape: "quantities", struct: "" };
  const within = type.slice(1, -1);
  if (type.startsWith("[")) return { ...base, shape: "list", struct: within };
  if (type.startsWith("{")) return { ...base, shape: "map", struct: within };
  return { ...base, shape: "struct", struct: type };
}

let parsed: ReadonlyMap<string, readonly Field[]> | undefined;

/** Read when first asked for: most commands print nothing of the kind. */
export function fieldsOf(struct: string): readonly Field[] {
  parsed ??= new Map(
    STRUCTS.trim()
      .split("\n")
      .map((line) => line.split(" "))
      .map(([name = "", ...fields]) => [name, fields.map(parseField)]),
  );
  return parsed.get(struct) ?? [];
}

const isNothing = (value: Json): boolean => value === "" || value === 0 || value === false;

/** As Go writes it again: "1000m" is "1". */
function canonical(value: Json): Json {
  return tryParseQuantity(value) === undefined ? value : canonicalQuantity(value as string | number);
}

const mapOf = (value: JsonObject, change: (entry: Json) => Json): JsonObject =>
  Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, change(value[key] ?? null)]),
  );

/** The field's value; undefined: nothing to write. */
function written(field: Field, value: Json | undefined): Json | undefined {
  if (value === undefined || value === null)
    return field.shape === "struct" && isObject(field.zero) ? struct({}, field.struct) : field.zero;
  switch (field.shape) {
    case "plain":
      return isNothing(value) ? field.zero : value;
    case "pointer":
      return value;
    case "quantity":
      return canonical(value);
    case "struct":
      return isObject(value) ? struct(value, field.struct) : value;
    case "list":
      if (!Array.isArray(value)) return value;
      if (value.length === 0) return field.zero === undefined ? undefined : value;
      return field.struct === ""
        ? value
        : value.map((item) => (isObject(item) ? struct(item, field.struct) : struct({}, field.struct)));
    case "map":
    case "quantities":
      if (!isObject(value)) return value;
      if (Object.keys(value).length === 0) return field.zero === undefined ? undefined : value;
      if (field.shape === "quantities") return mapOf(value, canonical);
      return mapOf(value, (entry) => (field.struct !== "" && isObject(entry) ? struct(entry, field.struct) : entry));
  }
}

function struct(value: JsonObject, name: string): JsonObject {
  const out: JsonObject = {};
  for (const field of fieldsOf(name)) {
    const entry = written(field, Object.hasOwn(value, field.name) ? value[field.name] : undefined);
    if (entry !== undefined) out[field.name] = entry;
  }
  return out;
}

/** A value with only the fields its struct has, each as it was given. */
export function fieldsKnownTo(name: string, value: JsonObject): JsonObject {
  const out: JsonObject = {};
  for (const field of fieldsOf(name)) {
    const entry = Object.hasOwn(value, field.name) ? value[field.name] : undefined;
    if (entry === undefined) continue;
    const known = (one: Json): Json => (field.struct !== "" && isObject(one) ? fieldsKnownTo(field.struct, one) : one);
    out[field.name] =
      field.shape === "list" && Array.isArray(entry)
        ? entry.map(known)
        : field.shape === "map" && isObject(entry)
          ? mapOf(entry, known)
          : known(entry);
  }
  return out;
}

/** The name of the struct that kubectl has for objects of this kind; undefined where it has none. */
const structOf = (object: KubeObject): string | undefined =>
  ROOTS[`${textAt(object, "apiVersion")}/${textAt(object, "kind")}`];

/** An object, or a List of them, as its struct marshals it; of kinds that are none here, as it is. */
export function asStruct(object: KubeObject): KubeObject {
  const name = structOf(object);
  if (name !== undefined) return struct(object, name);
  const { items, metadata } = object;
  if (!textAt(object, "kind").endsWith("List") || !Array.isArray(items)) return object;
  return {
    kind: textAt(object, "kind"),
    apiVersion: textAt(object, "apiVersion"),
    metadata: metadata ?? {},
    items: items.map((item) => (isObject(item) ? asStruct(item) : item)),
  };
}
