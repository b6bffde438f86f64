/** Field errors in upstream's words (apimachinery/pkg/util/validation/field). Paths are text: "spec.ports[0].name". */
import { quote } from "../../../encoding/index.ts";
import type { FieldError } from "../status.ts";

export function required(field: string, detail = ""): FieldError {
  return { type: "FieldValueRequired", field, value: "", detail };
}

export function invalidValue(field: string, value: unknown, detail: string): FieldError {
  return { type: "FieldValueInvalid", field, value, detail };
}

/** `supported` in the order upstream lists it. */
export function notSupported(field: string, value: unknown, supported: readonly string[]): FieldError {
  const detail = supported.length === 0 ? "" : `supported values: ${supported.map(quote).join(", ")}`;
  return { type: "FieldValueNotSupported", field, value: value ?? "", detail };
}

export function forbiddenField(field: string, detail: string): FieldError {
  return { type: "FieldValueForbidden", field, value: "", detail };
}

export function duplicate(field: string, value: unknown): FieldError {
  return { type: "FieldValueDuplicate", field, value, detail: "" };
}

export function fieldNotFound(field: string, value: unknown): FieldError {
  return { type: "FieldValueNotFound", field, value, detail: "" };
}

export function tooLong(field: string, max: number): FieldError {
  return {
    type: "FieldValueTooLong",
    field,
    value: "",
    detail: `may not be more than ${max} ${max === 1 ? "byte" : "bytes"}`,
  };
}

export function tooMany(field: string, actual: number, max: number): FieldError {
  return {
    type: "FieldValueTooMany",
    field,
    value: actual,
    detail: `must have at most ${max} ${max === 1 ? "item" : "items"}`,
  };
}

/** One error per problem with a value. */
export function problems(field: string, value: unknown, details: readonly string[]): FieldError[] {
  return details.map((detail) => invalidValue(field, value, detail));
}

/** A value out of a fixed list, or an error; an empty value is a missing one. */
export function oneOf(field: string, value: string | undefined, supported: readonly string[]): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}
