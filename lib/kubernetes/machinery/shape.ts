/**
 * JSON against a schema, as Go decodes it into a struct: unknown fields are dropped and named, nulls are dropped,
 * a value of another type is an error in the words of encoding/json.
 */
import { base64Problem } from "../../encoding/index.ts";
import type { Schema } from "../api/definition.ts";
import { omittedWhenZero } from "../api/omitted.ts";

export type Resolve = (name: string) => Schema | undefined;

interface ShapeReport {
  /** Paths of fields that the schema does not know, e.g. "spec.template.spec.containers[0].imge". */
  readonly unknown: string[];
  /** The first value of a wrong type, e.g. `json: cannot unmarshal string into Go struct field ...`. */
  typeError?: string;
}

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const QUANTITY_FORMAT = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;

export function isQuantity(schema: Schema): boolean {
  return schema.$ref === QUANTITY || schema.format === "quantity";
}

export function isIntOrString(schema: Schema): boolean {
  return (
    schema.$ref === INT_OR_STRING || schema.format === "int-or-string" || schema["x-kubernetes-int-or-string"] === true
  );
}

export function resolveSchema(schema: Schema, resolve: Resolve): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  return resolve(name) ?? schema;
}

/** Drops from `value` (a private copy) what Go would drop, and reports. `name`: the schema's, where it has one. */
export function fitShape(value: unknown, schema: Schema, resolve: Resolve, kind: string, name = ""): ShapeReport {
  const report: ShapeReport = { unknown: [] };
  walk(value, schema, "", { struct: kind, path: "", name }, resolve, report);
  return report;
}

interface GoContext {
  /** The innermost Go struct. */
  readonly struct: string;
  /** Dotted path of JSON names, without list indices. */
  readonly path: string;
  /** The name of the struct's schema. */
  readonly name: string;
}

const describe = (value: unknown) =>
  typeof value === "string"
    ? "string"
    : typeof value === "number"
      ? "number"
      : typeof value === "boolean"
        ? "bool"
        : Array.isArray(value)
          ? "array"
          : "object";

function goType(schema: Schema, resolve: Resolve): string {
  if (schema.$ref !== undefined) {
    const parts = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1).split(".");
    const target = resolve(schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1));
    if (target !== undefined && target.type !== undefined && target.type !== "object") return goType(target, resolve);
    return parts.slice(-2).join(".");
  }
  switch (schema.type) {
    case "integer":
      return schema.format === "int32" ? "int32" : "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "string":
      return schema.format === "byte" ? "[]uint8" : "string";
    case "array":
      return `[]${schema.items === undefined ? "interface {}" : goType(schema.items, resolve)}`;
    case "object":
      return schema.additionalProperties === undefined
        ? "struct"
        : `map[string]${goType(schema.additionalProperties, resolve)}`;
    default:
      return "interface {}";
  }
}

/** The value as it is kept; undefined: dropped. */
function walk(
  value: unknown,
  schema: Schema,
  path: string,
  go: GoContext,
  resolve: Resolve,
  report: ShapeReport,
): unknown {
  if (report.typeError !== undefined) return value;
  const mismatch = (shown = describe(value)) => {
    const place = go.path === "" ? "Go value" : `Go struct field ${go.struct}.${go.path}`;
    report.typeError = `json: cannot unmarshal ${shown} into ${place} of type ${goType(schema, resolve)}`;
    return value;
  };
  if (isQuantity(schema)) {
    if (typeof value !== "string" && typeof value !== "number") return mismatch();
    const text = String(value);
    if (!QUANTITY_FORMAT.test(text))
      report.typeError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    return text;
  }
  if (isIntOrString(schema)) {
    if (typeof value === "string") return value;
    if (typeof value === "number" && Number.isInteger(value)) return value;
    return mismatch(typeof value === "number" ? `number ${value}` : describe(value));
  }
  const target = resolveSchema(schema, resolve);
  switch (target.type) {
    case "string":
      if (typeof value !== "string") return mismatch();
      if (schema.format === "byte" || target.format === "byte") {
        const at = base64Problem(value);
        if (at !== undefined) report.typeError = `illegal base64 data at input byte ${at}`;
      }
      return value;
    case "boolean":
      return typeof value === "boolean" ? value : mismatch();
    case "integer":
      if (typeof value !== "number") return mismatch();
      return Number.isInteger(value) ? value : mismatch(`number ${value}`);
    case "number":
      return typeof value === "number" ? value : mismatch();
    case "array": {
      if (!Array.isArray(value)) return mismatch();
      const { items } = target;
      if (items === undefined) return value;
      for (let index = 0; index < value.length; index++) {
        const item = value[index];
        value[index] =
          item === null ? zeroOf(items, resolve) : walk(item, items, `${path}[${index}]`, go, resolve, report);
      }
      return value;
    }
    default:
      return walkObject(value, target, schema, path, go, resolve, report, mismatch);
  }
}

/** What null becomes where Go keeps no pointer: in a list, or as a value of a map. */
function zeroOf(schema: Schema, resolve: Resolve): unknown {
  if (isQuantity(schema)) return "0";
  if (isIntOrString(schema)) return 0;
  const target = resolveSchema(schema, resolve);
  switch (target.type) {
    case "string":
      return "";
    case "boolean":
      return false;
    case "integer":
    case "number":
      return 0;
    default:
      return target.properties === undefined ? null : {};
  }
}

function walkObject(
  value: unknown,
  target: Schema,
  schema: Schema,
  path: string,
  go: GoContext,
  resolve: Resolve,
  report: ShapeReport,
  mismatch: () => unknown,
): unknown {
  const { properties, additionalProperties } = target;
  if (properties === undefined && additionalProperties === undefined) return value;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return mismatch();
  const object = value as Record<string, unknown>;
  const name = schema.$ref === undefined ? go.name : schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  const struct = schema.$ref === undefined ? go.struct : name.slice(name.lastIndexOf(".") + 1) || go.struct;
  const omitted = omittedWhenZero(name);
  const dotted = (base: string, key: string) => (base === "" ? key : `${base}.${key}`);
  for (const key of Object.keys(object)) {
    const property = properties?.[key];
    const field = object[key];
    if (property !== undefined) {
      if (field === null) delete object[key];
      else {
        object[key] = walk(
          field,
          property,
          dotted(path, key),
          { struct, path: dotted(go.path, key), name },
          resolve,
          report,
        );
        // omitempty: empty maps and lists of Go are not written.
        if (isEmptyCollection(object[key], property, resolve) && target.required?.includes(key) !== true)
          delete object[key];
        else if (omitted.has(key) && isZero(object[key])) delete object[key];
      }
    } else if (additionalProperties !== undefined) {
      object[key] =
        field === null
          ? zeroOf(additionalProperties, resolve)
          : walk(field, additionalProperties, dotted(path, key), go, resolve, report);
    } else if (target["x-kubernetes-preserve-unknown-fields"] !== true) {
      report.unknown.push(dotted(path, key));
      delete object[key];
    }
  }
  return value;
}

const isZero = (value: unknown) => value === "" || value === 0 || value === false;

function isEmptyCollection(value: unknown, schema: Schema, resolve: Resolve): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value === null || typeof value !== "object" || Object.keys(value).length > 0) return false;
  const target = resolveSchema(schema, resolve);
  return target.properties === undefined && target.additionalProperties !== undefined;
}
