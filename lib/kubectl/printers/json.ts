/** JSON as Go's encoding/json writes it. */
import { stringifyJson } from "../json-text.ts";
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

/** A key that JavaScript counts as an index, and puts before all others. */
const INDEX = /^(?:0|[1-9]\d{0,9})$/;
const hasIndices = (value: Json): boolean =>
  Array.isArray(value)
    ? value.some(hasIndices)
    : typeof value === "object" &&
      value !== null &&
      Object.keys(value).some((key) => INDEX.test(key) || hasIndices(value[key] ?? null));

/** JSON.stringify with the keys of maps in the order of their bytes, indices too. */
function marshal(value: Json, indent: number, margin = ""): string {
  const inner = margin + " ".repeat(indent);
  const lines = (open: string, items: readonly string[], close: string): string => {
    if (items.length === 0) return open + close;
    return indent === 0
      ? `${open}${items.join(",")}${close}`
      : `${open}\n${items.map((item) => inner + item).join(",\n")}\n${margin}${close}`;
  };
  if (Array.isArray(value))
    return lines(
      "[",
      value.map((item) => marshal(item, indent, inner)),
      "]",
    );
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" ? String(value) : JSON.stringify(value);
  const colon = indent === 0 ? ":" : ": ";
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(byText)
    .map((key) => `${JSON.stringify(key)}${colon}${marshal(value[key] ?? null, indent, inner)}`);
  return lines("{", fields, "}");
}

const sortedText = (value: Json, indent = 0): string =>
  hasIndices(value) ? marshal(value, indent) : stringifyJson(sortKeys(value), indent);

/** json.Marshal of a map. `typed`: fields in the order given, as of a struct. */
export const compactJson = (value: Json, typed = false): string =>
  escapeHtml(typed ? stringifyJson(value) : sortedText(value));

/** json.MarshalIndent with four spaces and a final newline: `-o json`. `typed`: fields in the order given, as structs. */
export function prettyJson(value: Json, typed = false, indent = 4): string {
  return `${escapeHtml(typed ? stringifyJson(value, indent) : sortedText(value, indent))}\n`;
}

/** What lets others run: given the letters that were worked on since the last call. */
export type Pace = (letters: number) => Promise<void> | void;

/** As `prettyJson`, with turns for others in between: a List one item at a time. */
export async function pacedJson(list: JsonObject, typed: boolean, pace: Pace): Promise<string> {
  if (!Array.isArray(list["items"])) {
    const sorted = typed ? list : sortKeys(list);
    await pace(WHOLE);
    const text = stringifyJson(sorted, 4);
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
  escapeHtml(typed ? JSON.stringify(value, null, 4) : sortedText(value, 4)).replaceAll("\n", `\n${indent}`);

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
