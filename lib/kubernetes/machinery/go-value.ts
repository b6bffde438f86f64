import { quote } from "../../encoding/index.ts";

/**
 * How Go prints the values that error messages show (`%q` for text, `%v` for numbers, `%#v` for the rest).
 * A validation that must print a Go struct passes a `GoValue` with the text ready made.
 */
export class GoValue {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function goString(value: unknown): string {
  if (value instanceof GoValue) return value.text;
  if (value === undefined || value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value) && value.every((item) => typeof item === "string"))
    return `[]string{${value.map((item) => quote(item as string)).join(", ")}}`;
  if (!Array.isArray(value) && Object.values(value as object).every((item) => typeof item === "string")) {
    const entries = Object.entries(value as Record<string, string>).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[string]string{${entries.map(([key, item]) => `${quote(key)}:${quote(item)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
