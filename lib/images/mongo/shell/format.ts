/** Results as the shells print them: mongosh in the manner of Node's inspect, the legacy shell in its own JSON. Pure. */
import { specialKind } from "../data/bson.ts";
import { messageOf, Scalar, ScriptFunction, ScriptObject, type ScriptValue, toText } from "./values.ts";

const WIDTH = 80;
/** Levels that may stand on one line together. */
const COMPACT = 3;
const DEPTH = 6;

function scalarText({ value }: Scalar, legacy: boolean): string {
  const kind = specialKind(value);
  const inner = kind === undefined ? "" : value[kind];
  const quote = legacy ? '"' : "'";
  switch (kind) {
    case "$oid":
      return `ObjectId(${quote}${String(inner)}${quote})`;
    case "$date": {
      const text = new Date(Number(inner)).toISOString();
      return `ISODate(${quote}${legacy ? text.replace(".000Z", "Z") : text}${quote})`;
    }
    case "$numberLong":
      return legacy ? `NumberLong(${String(inner)})` : `Long('${String(inner)}')`;
    case "$numberDecimal":
      return legacy ? `NumberDecimal("${String(inner)}")` : `Decimal128('${String(inner)}')`;
    case "$timestamp": {
      const { t, i } = inner as unknown as { readonly t: number; readonly i: number };
      return legacy ? `Timestamp(${t}, ${i})` : `Timestamp({ t: ${t}, i: ${i} })`;
    }
    case "$uuid":
      return `UUID(${quote}${String(inner)}${quote})`;
    case "$regularExpression": {
      const { pattern, options } = inner as unknown as { readonly pattern: string; readonly options: string };
      return `/${pattern}/${options}`;
    }
    case "$minKey":
      return legacy ? '{ "$minKey" : 1 }' : "MinKey()";
    case "$maxKey":
      return legacy ? '{ "$maxKey" : 1 }' : "MaxKey()";
    default:
      return JSON.stringify(value);
  }
}

function quoted(text: string): string {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\t/g, "\\t").replace(/\r/g, "\\r");
  if (!escaped.includes("'")) return `'${escaped}'`;
  if (!escaped.includes('"')) return `"${escaped}"`;
  return escaped.includes("`") ? `'${escaped.replace(/'/g, "\\'")}'` : `\`${escaped}\``;
}

const fieldName = (key: string) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : quoted(key));

interface Inspection {
  indentation: number;
  /** The level of what was shown last: how deep the present value goes. */
  level: number;
}

/** As mongosh prints a result. Texts at the outermost level stand as they are. */
export function inspect(value: ScriptValue): string {
  if (typeof value === "string") return value;
  return inspectValue(value, { indentation: 0, level: 0 }, 0);
}

function inspectValue(value: ScriptValue, context: Inspection, level: number): string {
  if (typeof value === "string") return quoted(value);
  if (value instanceof Scalar) return scalarText(value, false);
  if (value instanceof ScriptFunction)
    return value.name === "" ? "[Function (anonymous)]" : `[Function: ${value.name}]`;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    if (level > DEPTH) return "[Array]";
    context.level = level;
    context.indentation += 2;
    const parts = value.map((one) => inspectValue(one, context, level + 1));
    context.indentation -= 2;
    const grouped =
      parts.length > 6
        ? group(
            parts,
            context,
            value.every((one) => typeof one === "number"),
          )
        : parts;
    return join(grouped, ["[", "]"], context, level, grouped === parts);
  }
  if (value instanceof ScriptObject) {
    if (value.fields.size === 0) return "{}";
    if (level > DEPTH) return "[Object]";
    context.level = level;
    const parts = [...value.fields].map(([key, inner]) => {
      context.indentation += 2;
      const shown = inspectValue(inner, context, level + 1);
      context.indentation -= 2;
      return `${fieldName(key)}: ${shown}`;
    });
    return join(parts, ["{", "}"], context, level, true);
  }
  if (typeof value === "object" && value !== null) return value.host;
  return Object.is(value, -0) ? "-0" : String(value);
}

function join(
  parts: readonly string[],
  [open, close]: readonly [string, string],
  context: Inspection,
  level: number,
  whole: boolean,
): string {
  if (whole && context.level - level < COMPACT) {
    const start = parts.length + context.indentation + 1 + 10;
    const length = parts.reduce((sum, part) => sum + part.length, parts.length + start);
    const line = parts.join(", ");
    if (length <= WIDTH && !line.includes("\n")) return `${open} ${line} ${close}`;
  }
  const margin = `\n${" ".repeat(context.indentation)}`;
  return `${open}${margin}  ${parts.join(`,${margin}  `)}${margin}${close}`;
}

/** Many short elements stand in columns of about the width of a square. */
function group(parts: readonly string[], { indentation }: Inspection, numbers: boolean): readonly string[] {
  const lengths = parts.map((part) => part.length);
  const longest = Math.max(...lengths) + 2;
  const total = lengths.reduce((sum, length) => sum + length + 2, 0);
  if (longest * 3 + indentation >= WIDTH || !(total / longest > 5 || longest - 2 <= 6)) return parts;
  const bias = Math.max(longest - 3 - Math.sqrt(longest - total / parts.length), 1);
  const columns = Math.min(
    Math.round(Math.sqrt(2.5 * bias * parts.length) / bias),
    Math.floor((WIDTH - indentation) / longest),
    COMPACT * 4,
    15,
  );
  if (columns <= 1) return parts;
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(...lengths.filter((_length, index) => index % columns === column)) + 2,
  );
  const lines: string[] = [];
  for (let from = 0; from < parts.length; from += columns) {
    const row = parts.slice(from, from + columns);
    lines.push(
      row
        .map((part, column) => {
          const last = column === row.length - 1;
          const width = widths[column] ?? 0;
          if (numbers) return last ? part.padStart(width - 2) : `${part}, `.padStart(width);
          return last ? part : `${part}, `.padEnd(width);
        })
        .join(""),
    );
  }
  return lines;
}

/** The legacy shell's tojson; `line`: everything on one line, as it prints documents of a cursor. */
export function legacyJson(value: ScriptValue, line: boolean, indent = ""): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Scalar) return scalarText(value, true);
  if (value instanceof ScriptFunction) return `function ${value.name}() { ... }`;
  const inner = `${indent}\t`;
  if (Array.isArray(value)) {
    if (value.length === 0) return line ? "[ ]" : "[ ]";
    const parts = value.map((one) => legacyJson(one, line, inner));
    return line ? `[ ${parts.join(", ")} ]` : `[\n${parts.map((part) => inner + part).join(",\n")}\n${indent}]`;
  }
  if (value instanceof ScriptObject) {
    if (value.fields.has("message") && value.fields.get("name") !== undefined) return messageOf(value);
    const parts = [...value.fields].map(([key, one]) => `${JSON.stringify(key)} : ${legacyJson(one, line, inner)}`);
    if (parts.length === 0) return line ? "{  }" : "{\n\t\n}".replace("\n\t\n", `\n${inner}\n${indent}`);
    return line ? `{ ${parts.join(", ")} }` : `{\n${parts.map((part) => inner + part).join(",\n")}\n${indent}}`;
  }
  return typeof value === "object" && value !== null ? value.host : toText(value);
}

/** What the legacy shell prints for a result: short ones on one line. */
export function legacyResult(value: ScriptValue): string {
  if (typeof value !== "object" || value === null) return toText(value);
  const short = legacyJson(value, true);
  return short.length <= WIDTH ? short : legacyJson(value, false);
}
