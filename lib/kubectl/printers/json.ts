/** JSON as Go's encoding/json writes it. */
import { byText, type Json, type JsonObject } from "../object.ts";

const escapeHtml = (text: string): string =>
  text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

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

/** What lets others run: given the letters that were worked on since the last call. */
export type Pace = (letters: number) => Promise<void> | void;

/** As `prettyJson`, with turns for others in between: a List one item at a time. */
export async function pacedJson(list: JsonObject, typed: boolean, pace: Pace): Promise<string> {
  if (!Array.isArray(list["items"])) {
    const sorted = typed ? list : sortKeys(list);
    await pace(WHOLE);
    const text = JSON.stringify(sorted, null, 4);
    await pace(text.length);
    return `${escapeHtml(text)}\n`;
  }
  const keys = typed ? Object.keys(list) : Object.keys(list).sort(byText);
  const parts: string[] = [];
  for (const key of keys) {
    const entry = list[key];
    if (entry === undefined) continue;
    if (key !== "items" || !Array.isArray(entry) || entry.length === 0) {
      parts.push(`    ${JSON.stringify(key)}: ${indented(entry, typed, "    ")}`);
      continue;
    }
    const items: string[] = [];
    for (const item of entry) {
      const text = `        ${indented(item, typed, "        ")}`;
      items.push(text);
      await pace(text.length);
    }
    parts.push(`    "items": [\n${items.join(",\n")}\n    ]`);
  }
  return `{\n${parts.join(",\n")}\n}\n`;
}

const indented = (value: Json, typed: boolean, indent: string): string =>
  escapeHtml(JSON.stringify(typed ? value : sortKeys(value), null, 4)).replaceAll("\n", `\n${indent}`);

/** Letters as many as a large object may have: sorting one is as much work. */
const WHOLE = 100_000;

/** As `sortKeys`, with turns for others in between: a List one item at a time. */
export async function pacedSortKeys(list: JsonObject, pace: Pace): Promise<JsonObject> {
  const { items, ...rest } = list;
  if (!Array.isArray(items)) {
    await pace(WHOLE);
    return sortKeys(list);
  }
  const sorted: Json[] = [];
  for (const item of items) {
    sorted.push(sortKeys(item));
    // As many letters as an object of the usual size has.
    await pace(2_000);
  }
  const out: JsonObject = {};
  for (const key of Object.keys(list).sort(byText)) {
    const entry = rest[key];
    if (key === "items") out[key] = sorted;
    else if (entry !== undefined) out[key] = sortKeys(entry);
  }
  return out;
}
