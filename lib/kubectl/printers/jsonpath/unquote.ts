/** Quoted words in JSONPath templates, as Go's strconv reads them, in either kind of quotes. */

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
const ESCAPE = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-7]{3}|[\s\S]|$)/g;

/** What stands between the quotes; undefined where an escape is none. */
export function unquote(text: string): string | undefined {
  const mark = text[0] ?? "";
  let valid = true;
  const value = text.slice(1, -1).replace(ESCAPE, (_, escaped: string) => {
    const simple = escaped === mark ? mark : SIMPLE[escaped];
    if (simple !== undefined) return simple;
    const code = /^[0-7]{3}$/.test(escaped)
      ? Number.parseInt(escaped, 8)
      : /^[xuU]./.test(escaped)
        ? Number.parseInt(escaped.slice(1), 16)
        : -1;
    if (code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
    valid = false;
    return "";
  });
  return valid ? value : undefined;
}
