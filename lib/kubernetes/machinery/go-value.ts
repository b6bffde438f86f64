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

/** A Go string literal. */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (char === "\r") out += "\\r";
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += char;
  }
  return `${out}"`;
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
