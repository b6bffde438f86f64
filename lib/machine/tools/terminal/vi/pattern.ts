/** Vim's patterns (regexp.c, "magic") as linear-time ones, and what `:s` puts in their place. */
import { RE2JS } from "re2js";

export class PatternProblem extends Error {}

const CLASSES: Readonly<Record<string, string>> = {
  w: "[0-9A-Za-z_]",
  W: "[^0-9A-Za-z_]",
  s: "[ \\t]",
  S: "[^ \\t]",
  d: "[0-9]",
  D: "[^0-9]",
  a: "[A-Za-z]",
  A: "[^A-Za-z]",
  l: "[a-z]",
  L: "[^a-z]",
  u: "[A-Z]",
  U: "[^A-Z]",
  x: "[0-9A-Fa-f]",
  X: "[^0-9A-Fa-f]",
  o: "[0-7]",
  O: "[^0-7]",
  h: "[A-Za-z_]",
  H: "[^A-Za-z_]",
  i: "[0-9A-Za-z_]",
  k: "[\\pL\\pN_]",
  f: "[0-9A-Za-z_/.+,#$%~=-]",
  t: "\\t",
  e: "\\x1b",
  r: "\\r",
  n: "\\n",
};

const quoted = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");

export interface ViPattern {
  readonly source: string;
  readonly regex: RE2JS;
}

type Magic = "v" | "m" | "M" | "V";

/** Characters that mean something without a backslash. */
const SPECIAL: Readonly<Record<Magic, string>> = { v: "(){}|+?=*.[~<>@&%^$", m: "*.[~^$", M: "^$", V: "" };

/** `ignoreCase`: as the options say; \c and \C in the pattern win. */
export function compileVi(source: string, ignoreCase: boolean, previous = ""): ViPattern {
  let magic: Magic = "m";
  let fold = ignoreCase;
  let out = "";
  /** Nothing has come in this branch: ^ is a beginning, * is itself. */
  let start = true;
  for (let at = 0; at < source.length; at++) {
    let character = source.charAt(at);
    let special = SPECIAL[magic].includes(character);
    if (character === "\\") {
      character = source.charAt(++at);
      if (character === "") {
        out += "\\\\";
        break;
      }
      if (character === "c" || character === "C") {
        fold = character === "c";
        continue;
      }
      if (/[vmMV]/.test(character)) {
        magic = character as Magic;
        continue;
      }
      if (character === "z" || character === "_" || (character === "@" && magic !== "v"))
        throw new PatternProblem(`\\${character} in a pattern is not available here`);
      if (/[1-9]/.test(character)) throw new PatternProblem("back references in a pattern are not available here");
      const named = CLASSES[character];
      if (named !== undefined) {
        out += named;
        start = false;
        continue;
      }
      special = magic === "v" ? /[<>]/.test(character) && false : !special && /[(){}|+?=*.[~<>&%]/.test(character);
      if (/[$^]/.test(character) && magic !== "V") special = false;
    }
    if (!special) {
      out += quoted(character);
      start = false;
      continue;
    }
    switch (character) {
      case "^":
        out += start ? "^" : "\\^";
        break;
      case "$":
        out += /^(?:$|\\[|)]|[|)])/.test(source.slice(at + 1)) ? "$" : "\\$";
        break;
      case "(":
        out += "(";
        start = true;
        continue;
      case "|":
        out += "|";
        start = true;
        continue;
      case "%":
        if (source.charAt(at + 1) !== "(") throw new PatternProblem("\\% in a pattern is not available here");
        out += "(?:";
        at++;
        start = true;
        continue;
      case "&":
      case "@":
        throw new PatternProblem(`${character} in a pattern is not available here`);
      case "=":
      case "?":
        out += "?";
        break;
      case "*":
        out += start ? "\\*" : "*";
        break;
      case "<":
      case ">":
        out += "\\b";
        break;
      case "~":
        out += quoted(previous);
        break;
      case "{": {
        const range = /^(-?)(\d*)(,?)(\d*)\\?\}/.exec(source.slice(at + 1));
        if (range === null) throw new PatternProblem("E554: Syntax error in \\{...}");
        const [whole, lazy, from, comma, to] = range as unknown as [string, string, string, string, string];
        out +=
          (from === "" && to === "" ? "*" : comma === "" ? `{${from}}` : `{${from === "" ? 0 : from},${to}}`) +
          (lazy === "-" ? "?" : "");
        at += whole.length;
        break;
      }
      case "[": {
        const set = /^\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]/.exec(source.slice(at))?.[0];
        if (set === undefined) {
          out += "\\[";
          break;
        }
        out += set.replace(/(?<=.)\[(?!:)/g, "\\[").replace(/^(\[\^?)\]/, "$1\\]");
        at += set.length - 1;
        break;
      }
      default:
        out += character;
    }
    start = false;
  }
  try {
    return { source, regex: RE2JS.compile(out, fold ? RE2JS.CASE_INSENSITIVE : 0) };
  } catch {
    const unmatched = /\\\(/.test(source) ? "E54: Unmatched \\(" : `E383: Invalid search string: ${source}`;
    throw new PatternProblem(unmatched);
  }
}

interface Match {
  readonly start: number;
  readonly end: number;
  readonly groups: readonly string[];
}

/** The first match that begins at `from` or later. */
export function matchFrom(pattern: ViPattern, line: string, from: number): Match | undefined {
  const matcher = pattern.regex.matcher(line);
  if (from > line.length || !matcher.find(from)) return undefined;
  const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? "");
  return { start: matcher.start(), end: matcher.end(), groups };
}

export function allMatches(pattern: ViPattern, line: string): Match[] {
  const found: Match[] = [];
  for (let at = 0; at <= line.length; ) {
    const match = matchFrom(pattern, line, at);
    if (match === undefined) break;
    found.push(match);
    at = match.end > match.start ? match.end : match.end + 1;
  }
  return found;
}

/** What replaces a match; "\r" in it splits the line. */
export function replacementOf(template: string, groups: readonly string[]): string {
  let out = "";
  let mode = "";
  let once = "";
  const add = (text: string) => {
    let cased = mode === "U" ? text.toUpperCase() : mode === "L" ? text.toLowerCase() : text;
    if (once !== "" && cased !== "") {
      cased = (once === "u" ? cased.charAt(0).toUpperCase() : cased.charAt(0).toLowerCase()) + cased.slice(1);
      once = "";
    }
    out += cased;
  };
  for (let at = 0; at < template.length; at++) {
    const character = template.charAt(at);
    if (character === "&") add(groups[0] ?? "");
    else if (character !== "\\") add(character);
    else {
      const next = template.charAt(++at);
      if (/\d/.test(next)) add(groups[Number(next)] ?? "");
      else if (next === "n") out += "\0";
      else if (next === "r") out += "\r";
      else if (next === "t") add("\t");
      else if (next === "U" || next === "L") mode = next;
      else if (next === "u" || next === "l") once = next;
      else if (next === "e" || next === "E") mode = "";
      else add(next);
    }
  }
  return out;
}
