/** A program as logical lines, and a line as tokens. */
import { Raised } from "./values.ts";

export interface Line {
  readonly indent: number;
  readonly text: string;
  readonly number: number;
}

export interface Token {
  readonly kind: "name" | "number" | "string" | "format" | "symbol";
  readonly text: string;
  /** Where in the line what comes after it begins. */
  readonly end: number;
}

const TOKEN =
  /\s*(?:([fF]?)("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(\d+(?:\.\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|==|!=|<=|>=|\+=|-=|\*=|[-+*/%<>()[\]{},:.=]))/y;

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (text.slice(at).trim() !== "" && !/^\s*#/.test(text.slice(at))) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) throw new Raised("SyntaxError", "invalid syntax");
    at = TOKEN.lastIndex;
    const [, format, quoted, number, name, symbol] = match;
    if (quoted !== undefined) {
      const width = /^("""|''')/.test(quoted) ? 3 : 1;
      found.push({ kind: format ? "format" : "string", text: unescaped(quoted.slice(width, -width)), end: at });
    } else if (number !== undefined) found.push({ kind: "number", text: number, end: at });
    else if (name !== undefined) found.push({ kind: "name", text: name, end: at });
    else found.push({ kind: "symbol", text: symbol ?? "", end: at });
  }
  return found;
}

const unescaped = (text: string) =>
  text.replace(/\\(.)/gs, (_all, one: string) => ({ n: "\n", t: "\t", "\n": "" })[one] ?? one);

/** Logical lines: brackets and backslashes go on in the next one; several statements stand apart by semicolons. */
export function logicalLines(source: string): Line[] {
  const found: Line[] = [];
  let pending = "";
  for (const [index, raw] of source.split("\n").entries()) {
    pending = pending === "" ? raw : `${pending} ${raw.trim()}`;
    const bare = pending.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""').replace(/#.*$/, "");
    const open = (bare.match(/[([{]/g)?.length ?? 0) - (bare.match(/[)\]}]/g)?.length ?? 0);
    if (open > 0) continue;
    if (bare.endsWith("\\")) {
      pending = pending.slice(0, -1);
      continue;
    }
    const indent = pending.length - pending.trimStart().length;
    if (bare.trim() !== "") {
      const simple = bare.includes(";") && !/["']/.test(pending) ? pending.split(";") : [pending];
      for (const text of simple) if (text.trim() !== "") found.push({ indent, text: text.trim(), number: index + 1 });
    }
    pending = "";
  }
  return found;
}
