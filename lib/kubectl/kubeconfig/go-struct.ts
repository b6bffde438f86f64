/**
 * JSON into structs as Go's encoding/json reads it: fields by their exact names, what is unknown left out, and the first
 * value of a wrong type named by struct, path and Go type. A struct is a table.
 */
import { decodeBase64, encodeBase64 } from "../../encoding/index.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";

export interface GoStruct {
  /** As messages name it; those of a package "v1." before it. */
  readonly struct: string;
  readonly fields: Readonly<Record<string, GoField>>;
}
export type GoType =
  | "string"
  | "bool"
  | "bytes"
  | "any"
  /** A string type of its own. */
  | { readonly named: string }
  | { readonly list: GoType }
  | { readonly map: GoType }
  | { readonly pointer: GoStruct }
  | GoStruct;
export type GoField = GoType | { readonly always: GoType };

const typeOf = (field: GoField): GoType =>
  typeof field === "object" && "always" in field ? field.always : (field as GoType);
/** Written even where it is empty. */
const isAlways = (field: GoField): boolean => typeof field === "object" && "always" in field;

/** Go's name of a type. */
function nameOf(type: GoType): string {
  if (type === "bytes") return "[]uint8";
  if (typeof type === "string") return type;
  if ("named" in type) return `v1.${type.named}`;
  if ("list" in type) return `[]${nameOf(type.list)}`;
  if ("map" in type) return `map[string]${nameOf(type.map)}`;
  if ("pointer" in type) return nameOf(type.pointer);
  return `v1.${type.struct}`;
}

const kindOf = (value: Json): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

/** Where decoding is: the struct a field is of, and the fields on the way there. */
interface Place {
  readonly struct: string;
  readonly path: string;
}

/** `problem`: what Go would say of the first value that does not fit; what fits is there all the same. */
export interface Decoded {
  readonly value: JsonObject;
  readonly problem: string | undefined;
}

class Decoder {
  problem: string | undefined;

  #mismatch(shown: string, type: string, place: Place): undefined {
    const where = place.path === "" ? "Go value" : `Go struct field ${place.struct}.${place.path}`;
    this.problem ??= `json: cannot unmarshal ${shown} into ${where} of type ${type}`;
    return undefined;
  }

  #bytes(value: Json, place: Place): Json | undefined {
    if (typeof value === "string") {
      try {
        return encodeBase64(decodeBase64(value));
      } catch (error) {
        this.problem ??= (error as Error).message;
        return undefined;
      }
    }
    if (!Array.isArray(value)) return this.#mismatch(kindOf(value), "[]uint8", place);
    const bytes = value.map((item) => {
      if (typeof item === "number" && Number.isInteger(item) && item >= 0 && item < 256) return item;
      this.#mismatch(typeof item === "number" ? `number ${item}` : kindOf(item), "uint8", place);
      return 0;
    });
    return encodeBase64(Uint8Array.from(bytes));
  }

  /** Undefined where the value does not fit; null leaves what was there. */
  decode(value: Json, type: GoType, place: Place): Json | undefined {
    if (type === "any") return value;
    if (value === null) return typeof type === "object" && "struct" in type ? this.struct({}, type, place) : undefined;
    if (type === "bytes") return this.#bytes(value, place);
    if (type === "string" || (typeof type === "object" && "named" in type))
      return typeof value === "string" ? value : this.#mismatch(kindOf(value), nameOf(type), place);
    if (type === "bool") return typeof value === "boolean" ? value : this.#mismatch(kindOf(value), "bool", place);
    if ("list" in type) {
      if (!Array.isArray(value)) return this.#mismatch(kindOf(value), nameOf(type), place);
      return value.map((item) => this.decode(item, type.list, place) ?? zero(type.list));
    }
    if ("map" in type) {
      if (!isObject(value)) return this.#mismatch(kindOf(value), nameOf(type), place);
      const entries = Object.keys(value)
        .sort()
        .map((key) => [key, this.decode(value[key] ?? null, type.map, place) ?? zero(type.map)] as const);
      return Object.fromEntries(entries);
    }
    const struct = "pointer" in type ? type.pointer : type;
    if (!isObject(value)) return this.#mismatch(kindOf(value), nameOf(struct), place);
    return this.struct(value, struct, place);
  }

  /** Only what is not empty, besides fields that are always written. */
  struct(value: JsonObject, type: GoStruct, place: Place): JsonObject {
    const found: JsonObject = {};
    // The text comes from a map, whose keys are sorted: the first mismatch is the first by name.
    for (const key of Object.keys(value).sort()) {
      const field = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
      if (field === undefined) continue;
      const path = place.path === "" ? key : `${place.path}.${key}`;
      const decoded = this.decode(value[key] ?? null, typeOf(field), { struct: type.struct, path });
      if (decoded !== undefined) found[key] = decoded;
    }
    return inOrder(found, type);
  }
}

function zero(type: GoType): Json {
  if (type === "bool") return false;
  if (type === "string" || (typeof type === "object" && "named" in type)) return "";
  if (typeof type === "object" && "struct" in type) return inOrder({}, type);
  return null;
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "" || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}

/** Fields as the struct has them, empty ones left out that may be. */
export function inOrder(value: JsonObject, { fields }: GoStruct): JsonObject {
  const out: JsonObject = {};
  for (const [key, field] of Object.entries(fields)) {
    const type = typeOf(field);
    const entry = value[key] ?? zero(type);
    const emptyMap = typeof type === "object" && "map" in type && isObject(entry) && Object.keys(entry).length === 0;
    if (isAlways(field) || !(isEmpty(entry) || emptyMap)) out[key] = entry;
  }
  return out;
}

export function decodeStruct(value: JsonObject, type: GoStruct): Decoded {
  const decoder = new Decoder();
  const decoded = decoder.struct(value, type, { struct: "", path: "" });
  return { value: decoded, problem: decoder.problem };
}

/** A struct as fmt prints it with %v: values without names. */
export function plainStruct(value: Json, type: GoType): string {
  if (type === "bytes") {
    const bytes = typeof value === "string" ? [...decodeBase64(value)] : [];
    return `[${bytes.join(" ")}]`;
  }
  if (type === "any")
    return `{${value === null ? "[]" : `[${[...new TextEncoder().encode(JSON.stringify(value))].join(" ")}]`} <nil>}`;
  if (typeof type === "string" || "named" in type)
    return value === null ? (type === "bool" ? "false" : "") : String(value);
  if ("list" in type)
    return `[${(Array.isArray(value) ? value : []).map((item) => plainStruct(item, type.list)).join(" ")}]`;
  if ("map" in type) {
    const entries = isObject(value) ? Object.entries(value) : [];
    return `map[${entries.map(([key, item]) => `${key}:${plainStruct(item, type.map)}`).join(" ")}]`;
  }
  // An address, which means nothing to anybody.
  if ("pointer" in type) return value === null ? "<nil>" : "0xc000000000";
  const object = isObject(value) ? value : {};
  const parts = Object.entries(type.fields).map(([key, field]) => plainStruct(object[key] ?? null, typeOf(field)));
  return `{${parts.join(" ")}}`;
}
