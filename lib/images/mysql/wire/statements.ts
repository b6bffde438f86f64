/** Statements as clients send them: several in one packet, or one with places for values. */

/** What is no place for a value and no end of a statement: quoted texts and comments. */
const PIECE =
  /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|[;?]/g;

/** The statements of a text, without empty ones. */
export function splitText(text: string): string[] {
  const statements: string[] = [];
  let start = 0;
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    if (piece !== ";") continue;
    statements.push(text.slice(start, index));
    start = index + 1;
  }
  statements.push(text.slice(start));
  return statements.map((one) => one.trim()).filter((one) => one !== "");
}

/** The text between the question marks of a statement. */
export function templateOf(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (const { 0: piece, index } of text.matchAll(PIECE)) {
    if (piece !== "?") continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  parts.push(text.slice(start));
  return parts;
}

/** A value in the words of SQL. `number`: it has no quotes. */
export interface Literal {
  readonly text: string;
  readonly number: boolean;
}

export const NULL_LITERAL: Literal = { text: "NULL", number: false };

const ESCAPED: Readonly<Record<string, string>> = { "'": "\\'", "\\": "\\\\", "\0": "\\0" };
export const quoted = (text: string): Literal => ({
  text: `'${text.replace(/['\\\0]/g, (one) => ESCAPED[one] ?? one)}'`,
  number: false,
});
export const numeral = (text: string): Literal => ({ text, number: true });

/** Whether a place stands where only a whole number can: LIMIT and OFFSET. */
export function isCount(before: string): boolean {
  return /\b(limit|offset)\s*$|\blimit\s+\d+\s*,\s*$/i.test(before);
}

/** A template with its values. */
export function filled(template: readonly string[], values: readonly Literal[]): string {
  let text = template[0] ?? "";
  for (const [index, value] of values.entries()) text += value.text + (template[index + 1] ?? "");
  return text;
}

/** A template that can be read before there are values. */
export function withoutValues(template: readonly string[]): string {
  let text = template[0] ?? "";
  for (const part of template.slice(1)) text += (isCount(text) ? "1" : "NULL") + part;
  return text;
}
