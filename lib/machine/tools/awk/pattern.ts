/** What a pattern means to each awk, said as the engine of all tools reads it. */
import { PatternError } from "../support/regex.ts";
import type { Dialect } from "./dialect.ts";

/** Throws `PatternError`. */
export function adaptPattern(source: string, dialect: Dialect): string {
  if (!/[\\{*+?]/.test(source)) return source;
  let out = "";
  /** Nothing before that a repetition could apply to. */
  let atStart = true;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string;
    if (character === "[") {
      const end = bracketEnd(source, at);
      out += source.slice(at, end);
      at = end - 1;
      atStart = false;
      continue;
    }
    if (character === "\\") {
      const next = source[at + 1] ?? "";
      out += escaped(next, dialect);
      at++;
      atStart = false;
      continue;
    }
    if (atStart && (character === "*" || character === "+" || character === "?")) {
      // gawk takes it for itself, the others for a mistake.
      if (dialect.name !== "gawk") throw new PatternError("Invalid preceding regular expression");
      out += `\\${character}`;
      atStart = false;
      continue;
    }
    // mawk 1.3.4 has no intervals yet.
    if (character === "{" && dialect.name === "mawk") out += "\\{";
    else if (character === "}" && dialect.name === "mawk") out += "\\}";
    else out += character;
    atStart = character === "(" || character === "|" || (atStart && character === "^");
  }
  return out;
}

/** A backslash and what follows. Places in words are GNU's. */
function escaped(next: string, dialect: Dialect): string {
  if (dialect.name === "mawk" && /[<>bBywWsS`']/.test(next)) {
    return next === "b" ? "\b" : next;
  }
  if (next === "y" && dialect.name === "gawk") return "\\b";
  if (next === "b" && dialect.name === "gawk") return "\b";
  if (next === "/") return "/";
  if (next === '"') return '"';
  return `\\${next}`;
}

/** Where a bracket expression ends, or the text where it does not. */
function bracketEnd(source: string, start: number): number {
  let at = start + 1;
  if (source[at] === "^") at++;
  if (source[at] === "]") at++;
  for (; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === "[" && /[:.=]/.test(source[at + 1] ?? "")) {
      const end = source.indexOf(`${source[at + 1]}]`, at + 2);
      if (end !== -1) at = end + 1;
    } else if (source[at] === "]") return at + 1;
  }
  return source.length;
}
