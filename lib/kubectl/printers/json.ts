/** JSON as Go's encoding/json writes it. */
import { byText, type Json, type JsonObject } from "../object.ts";

const escapeHtml = (text: string): string =>
  text
    .replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/[\u007f]/g, (char) => char);

/** Sorts keys at every level: how a map (an unstructured object) is encoded. */
export function sortKeys<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(sortKeys) as T;
  if (typeof value !== "object" || value === null) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort(byText)) {
    const entry = (value as JsonObject)[key];
    if (entry !== undefined) out[key] = sortKeys(entry);
  }
  return out as T;
}

/** json.Marshal of a map. `typed`: fields in the order given, as of a struct. */
export const compactJson = (value: Json, typed = false): string =>
  escapeHtml(JSON.stringify(typed ? value : sortKeys(value)));

/** json.MarshalIndent with four spaces and a final newline: `-o json`. `typed`: fields in the order given, as structs. */
export function prettyJson(value: Json, typed = false, indent = 4): string {
  return `${escapeHtml(JSON.stringify(typed ? value : sortKeys(value), null, indent))}\n`;
}
