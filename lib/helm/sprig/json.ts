/** JSON as Go's encoding/json writes it: keys sorted, letters of HTML escaped unless told otherwise. */
import { Integer, isNil, plain, put, Struct, sortedKeys, type Value, type ValueMap } from "../../template/index.ts";

const escapeText = (text: string, html: boolean): string => {
  const quoted = JSON.stringify(text).replace(/[\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16)}`);
  return html ? quoted.replace(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`) : quoted;
};

export function goJson(value: Value, html = true): string {
  if (isNil(value)) return "null";
  if (typeof value === "string") return escapeText(value, html);
  if (typeof value === "number") {
    if (!Number.isFinite(value))
      throw new Error(`json: unsupported value: ${value > 0 ? "+Inf" : value < 0 ? "-Inf" : "NaN"}`);
    return JSON.stringify(value);
  }
  if (typeof value === "boolean") return String(value);
  if (value instanceof Integer) return String(value.value);
  const below = plain(value);
  if (Array.isArray(below)) return `[${below.map((item) => goJson(item, html)).join(",")}]`;
  const map = below instanceof Struct ? (below.fields as ValueMap) : (below as ValueMap);
  return `{${sortedKeys(map)
    .map((key) => `${escapeText(key, html)}:${goJson(map[key], html)}`)
    .join(",")}}`;
}

export function prettyJson(value: Value, pad = ""): string {
  const below = plain(value);
  const inner = `${pad}  `;
  if (Array.isArray(below)) {
    if (below.length === 0) return "[]";
    return `[\n${below.map((item) => inner + prettyJson(item, inner)).join(",\n")}\n${pad}]`;
  }
  if (typeof below === "object" && below !== null && !(below instanceof Integer)) {
    const map = below instanceof Struct ? (below.fields as ValueMap) : below;
    const keys = sortedKeys(map);
    if (keys.length === 0) return "{}";
    return `{\n${keys.map((key) => `${inner}${escapeText(key, true)}: ${prettyJson(map[key], inner)}`).join(",\n")}\n${pad}}`;
  }
  return goJson(value);
}

/** Values as plain JSON: whole numbers lose their types, structs become maps. */
export function toPlain(value: Value): unknown {
  if (isNil(value)) return null;
  if (typeof value !== "object") return value;
  if (value instanceof Integer) return Number(value.value);
  const below = plain(value);
  if (Array.isArray(below)) return below.map(toPlain);
  const map = below instanceof Struct ? (below.fields as ValueMap) : (below as ValueMap);
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(map)) put(out as ValueMap, key, toPlain(map[key]) as Value);
  return out;
}

/** encoding/json's complaint about a text. */
export function parseJson(text: string): Value {
  try {
    return JSON.parse(text) as Value;
  } catch {
    const trimmed = text.trimStart();
    if (trimmed === "") throw new Error("unexpected end of JSON input");
    const first = trimmed[0] as string;
    if (!/[[{"\-0-9tfn]/.test(first))
      throw new Error(`invalid character '${first === "'" ? "\\'" : first}' looking for beginning of value`);
    throw new Error("unexpected end of JSON input");
  }
}
