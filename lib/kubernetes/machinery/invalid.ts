/** From field errors to the 422 that tells of them. The words are those of util/validation/field and api/errors. */
import { quote } from "../../encoding/index.ts";
import { GoValue } from "./go-value.ts";
import { type FieldError, StatusError } from "./status.ts";

const LABELS: Record<FieldError["type"], string> = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueDuplicate: "Duplicate value",
  FieldValueNotFound: "Not found",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  FieldValueTypeInvalid: "Invalid value",
  InternalError: "Internal error",
};

/** Types whose message does not show the value. */
const WITHOUT_VALUE = new Set<FieldError["type"]>([
  "FieldValueRequired",
  "FieldValueForbidden",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "InternalError",
]);

/** Text as Go quotes it, everything else as JSON with the keys of maps in order (field.Error.ErrorBody). */
function errorValue(value: unknown): string {
  if (value instanceof GoValue) return value.text;
  if (typeof value === "string") return quote(value);
  return JSON.stringify(value ?? null, (_key, part) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** `Invalid value: "x": must be ...`: the message without the field. */
function fieldErrorBody(error: FieldError): string {
  let text = LABELS[error.type];
  if (!WITHOUT_VALUE.has(error.type)) text += `: ${errorValue(error.value)}`;
  return error.detail === "" ? text : `${text}: ${error.detail}`;
}

export function fieldErrorMessage(error: FieldError): string {
  return `${error.field}: ${fieldErrorBody(error)}`;
}

/** Several messages as Go's aggregate error prints them; repeated ones once. */
function aggregateMessages(messages: readonly string[]): string {
  const distinct = [...new Set(messages)];
  return distinct.length === 1 ? (distinct[0] ?? "") : `[${distinct.join(", ")}]`;
}

/** 422: `StatefulSet.apps "web" is invalid: spec.selector: Required value`. */
export function invalid(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const qualified = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const messages = errors.map(fieldErrorMessage);
  return new StatusError(
    422,
    "Invalid",
    `${qualified} "${name}" is invalid${errors.length === 0 ? "" : `: ${aggregateMessages(messages)}`}`,
    {
      ...(name === "" ? {} : { name }),
      ...(kind.group === "" ? {} : { group: kind.group }),
      kind: kind.kind,
      causes: errors.map((error) => ({
        reason: error.type,
        message: fieldErrorBody(error),
        field: error.field,
      })),
    },
  );
}
