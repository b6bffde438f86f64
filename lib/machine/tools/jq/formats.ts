/** @text, @json, @csv and their like. */
import { encodeBase64 } from "../../../encoding/index.ts";
import { JqError } from "./errors.ts";
import { isArray, type Json, numberText, shortText, typeOf, writeJson } from "./json.ts";

const encoder = new TextEncoder();

function textOf(value: Json): string {
  return typeof value === "string" ? value : writeJson(value);
}

const HTML: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", "'": "&apos;", '"': "&quot;" };
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function rows(value: Json, name: string, cell: (item: string) => string, join: string): string {
  if (!isArray(value))
    throw new JqError(`${typeOf(value)} (${shortText(value)}) cannot be ${name}-formatted, only array`);
  return value
    .map((item) => {
      if (typeof item === "number") return Number.isNaN(item) ? "" : numberText(item);
      if (typeof item === "boolean") return String(item);
      if (item === null) return "";
      if (typeof item === "string") return cell(item);
      throw new JqError(`${typeOf(item)} (${shortText(item)}) is not valid in a csv row`);
    })
    .join(join);
}

function shellWord(item: Json): string {
  if (typeof item === "string") return `'${item.replaceAll("'", "'\\''")}'`;
  if (item !== null && typeof item === "object")
    throw new JqError(`${typeOf(item)} (${shortText(item)}) can not be escaped for shell`);
  return writeJson(item);
}

const FORMATS: Readonly<Record<string, (value: Json) => string>> = {
  "@text": textOf,
  "@json": (value) => writeJson(value),
  "@csv": (value) => rows(value, "csv", (item) => `"${item.replaceAll('"', '""')}"`, ","),
  "@tsv": (value) =>
    rows(
      value,
      "tsv",
      (item) =>
        item.replace(/[\\\t\n\r]/g, (each) => ({ "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" })[each] ?? each),
      "\t",
    ),
  "@html": (value) => textOf(value).replace(/[<>&'"]/g, (each) => HTML[each] ?? each),
  "@uri": (value) =>
    Array.from(encoder.encode(textOf(value)), (byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9\-_.~]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    }).join(""),
  "@sh": (value) => (isArray(value) ? value.map(shellWord).join(" ") : shellWord(value)),
  "@base64": (value) => encodeBase64(textOf(value)),
  "@base64d": (value) => {
    const text = textOf(value).replace(/=+$/, "");
    let bytes: Uint8Array | undefined;
    try {
      bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    } catch {
      // Not base64: the complaint is jq's.
    }
    if (bytes === undefined || (bytes.length === 0 && text !== ""))
      throw new JqError(`${typeOf(value)} (${shortText(value)}) is not valid base64 data`);
    return new TextDecoder().decode(bytes);
  },
  "@base32": (value) => {
    let out = "";
    let bits = 0;
    let count = 0;
    for (const byte of encoder.encode(textOf(value))) {
      bits = ((bits << 8) | byte) & 0xfff;
      count += 8;
      while (count >= 5) {
        count -= 5;
        out += BASE32[(bits >> count) & 31];
      }
    }
    if (count > 0) out += BASE32[(bits << (5 - count)) & 31];
    return out + "=".repeat((8 - (out.length % 8)) % 8);
  },
  "@base32d": (value) => {
    const bytes: number[] = [];
    let bits = 0;
    let count = 0;
    for (const digit of textOf(value).replace(/=+$/, "")) {
      const five = BASE32.indexOf(digit);
      if (five === -1) throw new JqError(`${typeOf(value)} (${shortText(value)}) is not valid base32 data`);
      bits = ((bits << 5) | five) & 0xfff;
      count += 5;
      if (count >= 8) {
        count -= 8;
        bytes.push((bits >> count) & 255);
      }
    }
    return new TextDecoder().decode(Uint8Array.from(bytes));
  },
};

export function formatValue(name: string, value: Json): string {
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined) throw new JqError(`${name.slice(1)} is not a valid format`);
  return format(value);
}
