/**
 * Structural schemas of custom resources: pruning, defaulting and validation (apiextensions-apiserver
 * pkg/apiserver/{schema,validation}; the words are go-openapi's and kube-openapi's).
 */

import { RE2JS } from "re2js";
import { toCel } from "../../../encoding/index.ts";
import type { Schema } from "../../api/definition.ts";
import { schemas } from "../../api/schemas.ts";
import { evaluateCel } from "../../machinery/cel.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import { GoValue, goString } from "../../machinery/go-value.ts";
import type { FieldError } from "../../machinery/status.ts";

interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** JSONSchemaProps: the part of JSON schema that custom resources may use. */
export interface JsonSchema extends Omit<Schema, "properties" | "additionalProperties" | "items" | "enum"> {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly "x-kubernetes-embedded-resource"?: boolean;
  readonly "x-kubernetes-validations"?: readonly ValidationRule[];
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

const join = (path: string, key: string) => (path === "" ? key : `${path}.${key}`);

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** Drops what the schema does not know; returns the paths of what was dropped: metadata of embedded objects, then the rest by name. */
export function prune(value: unknown, schema: JsonSchema): string[] {
  const dropped = pruneWithin(value, schema, "", true);
  const ofMetadata = (path: string) => /(^|\.)metadata\.[^.]+$/.test(path);
  return [...dropped.filter(ofMetadata), ...dropped.filter((path) => !ofMetadata(path)).sort()];
}

function pruneWithin(value: unknown, schema: JsonSchema, path: string, root: boolean): string[] {
  if (Array.isArray(value))
    return schema.items === undefined
      ? []
      : value.flatMap((item, index) => pruneWithin(item, schema.items as JsonSchema, `${path}[${index}]`, false));
  if (!isObject(value)) return [];
  const dropped: string[] = [];
  const preserve = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const embedded = root || schema["x-kubernetes-embedded-resource"] === true;
  for (const key of Object.keys(value)) {
    const property = schema.properties?.[key];
    const inner = join(path, key);
    if (embedded && (key === "apiVersion" || key === "kind")) continue;
    if (embedded && key === "metadata") {
      if (!root) dropped.push(...pruneMetadata(value[key], inner));
      continue;
    }
    if (property !== undefined) dropped.push(...pruneWithin(value[key], property, inner, false));
    else if (isObject(schema.additionalProperties))
      dropped.push(...pruneWithin(value[key], schema.additionalProperties as JsonSchema, inner, false));
    else if (schema.additionalProperties !== true && !preserve) {
      dropped.push(inner);
      delete value[key];
    }
  }
  return dropped;
}

/** An embedded object's metadata is that of objects, whatever the schema says. */
function pruneMetadata(metadata: unknown, path: string): string[] {
  const known = schemas.get(OBJECT_META)?.properties;
  if (!isObject(metadata) || known === undefined) return [];
  const unknown = Object.keys(metadata).filter((key) => !(key in known));
  for (const key of unknown) delete metadata[key];
  return unknown.map((key) => join(path, key)).sort();
}

/** Whether the schema fills anything in. */
export function hasDefaults(schema: JsonSchema): boolean {
  if (schema.default !== undefined) return true;
  const within = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  return within.some((part) => isObject(part) && hasDefaults(part as JsonSchema));
}

/** Fills defaults; nulls where null is not allowed and a default exists are replaced, too. */
export function applyDefaults(value: unknown, schema: JsonSchema): void {
  if (Array.isArray(value)) {
    if (schema.items !== undefined) for (const item of value) applyDefaults(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (
      property.default !== undefined &&
      (value[key] === undefined || (value[key] === null && property.nullable !== true))
    )
      value[key] = clone(property.default);
    if (value[key] !== undefined) applyDefaults(value[key], property);
  }
  if (isObject(schema.additionalProperties))
    for (const key of Object.keys(value))
      if (schema.properties?.[key] === undefined) applyDefaults(value[key], schema.additionalProperties as JsonSchema);
}

const typeName = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "array"
      : typeof value === "number"
        ? Number.isInteger(value)
          ? "integer"
          : "number"
        : typeof value;

const patterns = new Map<string, RE2JS | undefined>();
/** Go's regular expressions; undefined for one that is none. */
function patternOf(text: string): RE2JS | undefined {
  if (!patterns.has(text)) {
    try {
      patterns.set(text, RE2JS.compile(text));
    } catch {
      patterns.set(text, undefined);
    }
  }
  return patterns.get(text);
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  "date-time": /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/,
  date: /^\d{4}-\d\d-\d\d$/,
  email: /^[^@\s]+@[^@\s]+$/,
  hostname: /^[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*$/,
  ipv4: /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/,
  uuid: /^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$/,
  uri: /^[A-Za-z][A-Za-z0-9+.-]*:/,
  byte: /^[A-Za-z0-9+/]*={0,2}$/,
};

/** What is wrong with the value, in upstream's words, fields before fields' contents in the schema's order of names. */
export function validateSchema(value: unknown, schema: JsonSchema, path = "", root = true): FieldError[] {
  const errors: FieldError[] = [];
  const bad = (detail: string, shown: unknown = value) =>
    errors.push({ type: "FieldValueInvalid", field: path, value: shown, detail: `${path} in body ${detail}` });
  if (value === null) {
    if (schema.nullable !== true && schema.type !== undefined) bad(`must be of type ${schema.type}: "null"`, "null");
    return errors;
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    if (typeof value !== "string" && !Number.isInteger(value))
      bad(`must be of type integer,string: ${goString(typeName(value))}`, typeName(value));
  } else if (schema.type !== undefined) {
    const actual = typeName(value);
    if (actual !== schema.type && !(schema.type === "number" && actual === "integer")) {
      bad(`must be of type ${schema.type}: ${goString(actual)}`, actual);
      return errors;
    }
  }
  if (schema.enum !== undefined && !schema.enum.some((item) => deepEqual(item, value)))
    errors.push({
      type: "FieldValueNotSupported",
      field: path,
      value,
      detail: `supported values: ${schema.enum.map((item) => goString(item)).join(", ")}`,
    });
  if (typeof value === "number") errors.push(...numberErrors(value, schema, path));
  if (typeof value === "string") {
    if (schema.maxLength !== undefined && [...value].length > schema.maxLength)
      errors.push({ type: "FieldValueTooLong", field: path, detail: `may not be more than ${schema.maxLength} bytes` });
    if (schema.minLength !== undefined && [...value].length < schema.minLength)
      bad(`should be at least ${schema.minLength} chars long`);
    if (schema.pattern !== undefined && patternOf(schema.pattern)?.matcher(value).find() === false)
      bad(`should match '${schema.pattern}'`);
    const format = schema.format === undefined ? undefined : FORMATS[schema.format];
    if (format !== undefined && !format.test(value)) bad(`must be of type ${schema.format}: ${goString(value)}`);
  }
  if (Array.isArray(value)) {
    if (schema.maxItems !== undefined && value.length > schema.maxItems)
      errors.push({
        type: "FieldValueTooMany",
        field: path,
        detail: `must have at most ${schema.maxItems} items`,
      });
    if (schema.minItems !== undefined && value.length < schema.minItems)
      bad(`should have at least ${schema.minItems} items`, new GoValue(String(value.length)));
    errors.push(...listErrors(value, schema, path));
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.entries())
        errors.push(...validateSchema(item, items, `${path}[${index}]`, false));
  }
  if (isObject(value)) errors.push(...objectErrors(value, schema, path, root, bad));
  for (const part of schema.allOf ?? []) errors.push(...validateSchema(value, part, path, false));
  const fits = (part: JsonSchema) => validateSchema(value, part, path, false).length === 0;
  if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) bad("must validate at least one schema (anyOf)");
  if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1)
    bad("must validate one and only one schema (oneOf)");
  if (schema.not !== undefined && fits(schema.not)) bad("must not validate the schema (not)");
  return errors;
}

function numberErrors(value: number, schema: JsonSchema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const bad = (detail: string) =>
    errors.push({ type: "FieldValueInvalid", field: path, value, detail: `${path} in body ${detail}` });
  const { minimum, maximum, multipleOf } = schema;
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    bad(`should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    bad(`should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  if (multipleOf !== undefined && value % multipleOf !== 0) bad(`should be a multiple of ${multipleOf}`);
  return errors;
}

/** Sets and maps hold nothing twice. */
function listErrors(value: readonly unknown[], schema: JsonSchema, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (type !== "set" && type !== "map") return [];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, item] of value.entries()) {
    const shown =
      type === "set" ? item : Object.fromEntries(keys.map((key) => [key, isObject(item) ? item[key] : undefined]));
    const key = JSON.stringify(shown);
    if (seen.has(key))
      errors.push({
        type: "FieldValueDuplicate",
        field: `${path}[${index}]`,
        value: type === "set" ? item : new GoValue(key),
        detail: "",
      });
    seen.add(key);
  }
  return errors;
}

function objectErrors(
  value: Record<string, unknown>,
  schema: JsonSchema,
  path: string,
  root: boolean,
  bad: (detail: string, shown?: unknown) => void,
): FieldError[] {
  const errors: FieldError[] = [];
  const size = Object.keys(value).length;
  if (schema.maxProperties !== undefined && size > schema.maxProperties)
    bad(`should have at most ${schema.maxProperties} properties`);
  if (schema.minProperties !== undefined && size < schema.minProperties)
    bad(`should have at least ${schema.minProperties} properties`);
  for (const key of schema.required ?? [])
    if (value[key] === undefined) errors.push({ type: "FieldValueRequired", field: join(path, key), detail: "" });
  for (const key of Object.keys(value).sort()) {
    if (root && (key === "metadata" || key === "kind" || key === "apiVersion")) continue;
    const property =
      schema.properties?.[key] ??
      (isObject(schema.additionalProperties) ? (schema.additionalProperties as JsonSchema) : undefined);
    if (property !== undefined) errors.push(...validateSchema(value[key], property, join(path, key), false));
  }
  return errors;
}

const REASONS: Readonly<Record<string, FieldError["type"]>> = {
  FieldValueInvalid: "FieldValueInvalid",
  FieldValueForbidden: "FieldValueForbidden",
  FieldValueRequired: "FieldValueRequired",
  FieldValueDuplicate: "FieldValueDuplicate",
};

/** x-kubernetes-validations, from the outside in. Rules that name oldSelf hold for updates only. */
export function validateRules(value: unknown, old: unknown, schema: JsonSchema, path = ""): FieldError[] {
  if (value === undefined || value === null) return [];
  const errors: FieldError[] = [];
  for (const rule of schema["x-kubernetes-validations"] ?? []) {
    const transition = /\boldSelf\b/.test(rule.rule);
    if (transition && old === undefined && rule.optionalOldSelf !== true) continue;
    const variables = { self: toCel(value), ...(old === undefined ? {} : { oldSelf: toCel(old) }) };
    const outcome = evaluateCel(rule.rule, variables);
    if ("value" in outcome && outcome.value === true) continue;
    const custom = rule.messageExpression === undefined ? undefined : evaluateCel(rule.messageExpression, variables);
    const message =
      "error" in outcome
        ? `rule evaluation error: ${outcome.error}: ${rule.rule}`
        : custom !== undefined && "value" in custom && typeof custom.value === "string"
          ? custom.value
          : (rule.message ?? `failed rule: ${rule.rule}`);
    errors.push({
      type: REASONS[rule.reason ?? "FieldValueInvalid"] ?? "FieldValueInvalid",
      field: rule.fieldPath === undefined ? path : `${path}${rule.fieldPath}`.replace(/^\./, ""),
      value: Array.isArray(value) ? new GoValue('"array"') : isObject(value) ? new GoValue('"object"') : value,
      detail: message,
    });
  }
  if (isObject(value)) {
    const before = isObject(old) ? old : undefined;
    for (const key of Object.keys(value).sort()) {
      const property =
        schema.properties?.[key] ??
        (isObject(schema.additionalProperties) ? (schema.additionalProperties as JsonSchema) : undefined);
      if (property !== undefined) errors.push(...validateRules(value[key], before?.[key], property, join(path, key)));
    }
  }
  if (Array.isArray(value) && schema.items !== undefined)
    // Items of a plain list have no past: which one was which cannot be told.
    for (const [index, item] of value.entries())
      errors.push(...validateRules(item, undefined, schema.items, `${path}[${index}]`));
  return errors;
}
