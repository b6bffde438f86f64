/** Numbers and numbers-or-percentages. */
import type { FieldError } from "../status.ts";
import { invalidValue } from "./errors.ts";

export const NOT_NEGATIVE = "must be greater than or equal to 0";
const PORT_RANGE = "must be between 1 and 65535, inclusive";

export function nonNegative(field: string, value: number | undefined): FieldError[] {
  return value !== undefined && value < 0 ? [invalidValue(field, value, NOT_NEGATIVE)] : [];
}

export function inRange(field: string, value: number, low: number, high: number): FieldError[] {
  return value < low || value > high
    ? [invalidValue(field, value, `must be between ${low} and ${high}, inclusive`)]
    : [];
}

export function validPort(field: string, value: number): FieldError[] {
  return value < 1 || value > 65535 ? [invalidValue(field, value, PORT_RANGE)] : [];
}

const PERCENT = /^[0-9]+%$/;

/** A whole number or "25%" (ValidatePositiveIntOrPercent: not negative, really). */
export function nonNegativeIntOrPercent(field: string, value: number | string | undefined): FieldError[] {
  if (value === undefined) return [];
  if (typeof value === "number") return nonNegative(field, value);
  if (PERCENT.test(value)) return [];
  return [
    invalidValue(
      field,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ),
  ];
}

export function atMost100Percent(field: string, value: number | string | undefined): FieldError[] {
  if (typeof value !== "string" || !PERCENT.test(value) || Number(value.slice(0, -1)) <= 100) return [];
  return [invalidValue(field, value, "must not be greater than 100%")];
}

/** The number, or the number of the percentage (getIntOrPercentValue). */
export function intOrPercentValue(value: number | string | undefined): number {
  if (typeof value === "number") return value;
  return value !== undefined && PERCENT.test(value) ? Number(value.slice(0, -1)) : 0;
}
