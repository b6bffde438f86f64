/** POSIX and Perl patterns on a linear-time engine: what a learner writes can never hang the worker. */
import { RE2JS } from "re2js";
import { withoutLooks } from "./perl-pattern.ts";

export type Syntax = "basic" | "extended" | "fixed" | "perl";

interface PatternOptions {
  readonly syntax: Syntax;
  readonly ignoreCase?: boolean;
  /** Only whole words, whole lines. */
  readonly words?: boolean;
  readonly line?: boolean;
  /** `^` and `$` also at line ends within the text. */
  readonly multiline?: boolean;
  /** Backslashes escape within brackets too, as awk has it. */
  readonly bracketEscapes?: boolean;
  /** `\n`, `\t` and their like are control characters, as sed and awk have it; else they are letters. */
  readonly controlEscapes?: boolean;
}

export interface Match {
  readonly start: number;
  readonly end: number;
  /** Text of the whole and of each group; undefined where a group took no part. */
  readonly groups: readonly (string | undefined)[];
}

export interface Pattern {
  /** The first match that starts at `from` or later. */
  find(text: string, from: number): Match | undefined;
  readonly groupCount: number;
  /** It is the empty pattern. */
  readonly isEmpty: boolean;
}

/** The pattern is wrong, or asks for what a linear-time engine cannot do. */
export class PatternError extends Error {}

const MAX_PATTERN = 4000;
/** Text beyond this is not matched in one go: it would hold the worker up. */
export const MAX_SUBJECT = 128 * 1024;

export function compilePattern(pattern: string, options: PatternOptions): Pattern {
  if (pattern.length > MAX_PATTERN) throw new PatternError("Regular expression too big");
  const literal = literalOf(pattern, options.syntax);
  if (literal !== undefined && !options.ignoreCase && !options.words && !options.line) return literalPattern(literal);
  const perl = options.syntax === "perl" ? withoutLooks(pattern) : undefined;
  if (options.syntax === "perl" && perl === undefined)
    throw new PatternError(`looking around in the midst of a pattern is not available here: ${pattern}`);
  let source =
    perl !== undefined
      ? perl.source
      : options.syntax === "fixed"
        ? escapeLiteral(pattern)
        : translate(pattern, options);
  if (options.line) source = `^(?:${source})$`;
  let compiled: RE2JS;
  const flags =
    (options.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0) |
    (options.multiline ? RE2JS.MULTILINE : 0) |
    // POSIX: of the matches that start first, the longest.
    (options.syntax === "perl" ? 0 : RE2JS.DOTALL | RE2JS.LONGEST_MATCH);
  try {
    compiled = RE2JS.compile(source, flags);
  } catch (error) {
    throw new PatternError(wordsOf(error, pattern, options.syntax));
  }
  // Boundaries of words are groups that are looked at after a match: the engine knows those of ASCII alone.
  const marks = perl === undefined && source.includes("(?P<w") ? Object.entries(compiled.namedGroups()) : [];
  const marked = new Set(marks.map(([, index]) => index));
  const shown = Array.from({ length: compiled.groupCount() + 1 }, (_, index) => index).filter(
    (index) => !marked.has(index),
  );
  const bounded = (matcher: ReturnType<RE2JS["matcher"]>, text: string) =>
    marks.every(([name, index]) => matcher.start(index) === -1 || isBoundary(text, matcher.start(index), name.at(-1)));
  let beyond: RE2JS | undefined;
  const matcherOf = (text: string) => {
    if (marks.length === 0 || /^[\x00-\x7f]*$/.test(text)) return compiled.matcher(text);
    beyond ??= RE2JS.compile(source.replace(/(\(\?P<w\d+[a-z]>)\\[bB]\)/g, "$1)"), flags);
    return beyond.matcher(text);
  };
  const groupCount = shown.length - 1;
  return {
    groupCount,
    isEmpty: pattern === "",
    find(text, from) {
      if (text.length > MAX_SUBJECT) throw new PatternError("line too long for a regular expression");
      const matcher = matcherOf(text);
      for (let at = Math.max(0, from - (perl?.before ?? 0)); at <= text.length; ) {
        if (!matcher.find(at)) return undefined;
        const start = matcher.start(perl?.group ?? 0);
        let end = matcher.end(perl?.group ?? 0);
        if (start < from || !bounded(matcher, text)) {
          at = matcher.start() + 1;
          continue;
        }
        if (options.words && !isWord(text, start, end)) {
          end = shorterWord(compiled, text, start, end);
          if (end === -1) {
            at = start + 1;
            continue;
          }
          return { start, end, groups: [text.slice(start, end)] };
        }
        const groups: (string | undefined)[] = [];
        for (const group of shown) groups.push(matcher.group(group) ?? undefined);
        if (perl?.group !== undefined) groups[0] = text.slice(start, end);
        return { start, end, groups };
      }
      return undefined;
    },
  };
}

/** How many shorter matches are tried where the longest is no word. */
const SHORTER = 32;

/** The end of a shorter match from the same start that is a whole word; -1: there is none. */
function shorterWord(compiled: RE2JS, text: string, start: number, longest: number): number {
  let end = longest;
  for (let tried = 0; tried < SHORTER && end > start; tried++) {
    const matcher = compiled.matcher(text.slice(0, end - 1));
    if (!matcher.find(start) || matcher.start() !== start) return -1;
    end = matcher.end();
    if (end > start && isWord(text, start, end)) return end;
  }
  return -1;
}

function literalPattern(literal: string): Pattern {
  return {
    groupCount: 0,
    isEmpty: literal === "",
    find(text, from) {
      const start = text.indexOf(literal, from);
      return start === -1 ? undefined : { start, end: start + literal.length, groups: [literal] };
    },
  };
}

const WORD = /[\p{L}\p{N}_]/u;

/** At a place in the text: "s" a word starts, "e" one ends, "b" one of both, "n" neither. */
function isBoundary(text: string, at: number, kind: string | undefined): boolean {
  const letter = (place: number) => place >= 0 && place < text.length && WORD.test(text[place] as string);
  const [before, after] = [letter(at - 1), letter(at)];
  if (kind === "s") return !before && after;
  if (kind === "e") return before && !after;
  return (before !== after) === (kind === "b");
}

function isWord(text: string, start: number, end: number): boolean {
  const letter = (at: number) => at >= 0 && at < text.length && /[\w\u00c0-\uffff]/.test(text[at] as string);
  return !letter(start - 1) && !letter(end);
}

function literalOf(pattern: string, syntax: Syntax): string | undefined {
  if (syntax === "fixed") return pattern;
  const special = syntax === "basic" ? /[.*[\]^$\\\n]/ : /[.*+?()[\]{}|^$\\\n]/;
  return pattern !== "" && !special.test(pattern) ? pattern : undefined;
}

function escapeLiteral(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

function wordsOf(error: unknown, pattern: string, syntax: Syntax): string {
  const message = error instanceof Error ? error.message : String(error);
  if (syntax === "perl") {
    if (/missing closing \]/.test(message)) return "missing terminating ] for character class";
    if (/missing closing \)/.test(message)) return "missing closing parenthesis";
    if (/unexpected \)/.test(message)) return "unmatched closing parenthesis";
    if (/missing argument to repetition/.test(message)) return "quantifier does not follow a repeatable item";
    if (/trailing/i.test(message)) return "\\ at end of pattern";
  }
  if (/missing closing \]/.test(message)) return "Unmatched [, [^, [:, [., or [=";
  if (/missing closing \)/.test(message)) return "Unmatched ( or \\(";
  if (/unexpected \)/.test(message)) return "Unmatched ) or \\)";
  if (/invalid or unsupported Perl syntax/.test(message)) return `unsupported in a pattern here: ${pattern}`;
  if (/repeat/.test(message)) return "Invalid preceding regular expression";
  return "Invalid regular expression";
}

const CLASS_ESCAPES: Readonly<Record<string, string>> = {
  w: "[\\p{L}\\p{N}_]",
  W: "[^\\p{L}\\p{N}_]",
  s: "[[:space:]]",
  S: "[^[:space:]]",
  "`": "\\A",
  "'": "\\z",
};
const BOUNDARIES: Readonly<Record<string, string>> = { "<": "s", ">": "e", b: "b", B: "n" };
const CONTROL_ESCAPES: Readonly<Record<string, string>> = {
  n: "\\n",
  t: "\\t",
  r: "\\r",
  f: "\\f",
  v: "\\v",
  a: "\\x07",
};

/** A POSIX pattern in RE2's words. */
function translate(pattern: string, options: PatternOptions): string {
  const extended = options.syntax === "extended";
  const { bracketEscapes = false, controlEscapes = false } = options;
  let out = "";
  /** Nothing before that a repetition could apply to. */
  let atStart = true;
  let depth = 0;
  let boundaries = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    const next = pattern[at + 1];
    if (character === "[") {
      const [set, end] = bracket(pattern, at, bracketEscapes, controlEscapes);
      out += set;
      at = end;
      atStart = false;
      continue;
    }
    // What is special: bare in the one syntax, after a backslash in the other.
    let special: string | undefined;
    if (character === "\\") {
      if (next === undefined) throw new PatternError("Trailing backslash");
      at++;
      if (!extended && "(){}|+?".includes(next)) special = next;
      else if (/[1-9]/.test(next)) throw new PatternError("back-references are not supported here");
      else if (BOUNDARIES[next] !== undefined) {
        out += `(?P<w${boundaries++}${BOUNDARIES[next]}>${next === "B" ? "\\B" : "\\b"})`;
        atStart = false;
        continue;
      } else {
        out += CLASS_ESCAPES[next] ?? (controlEscapes ? CONTROL_ESCAPES[next] : undefined) ?? escapeLiteral(next);
        atStart = false;
        continue;
      }
    } else if (extended && "(){}|+?".includes(character)) special = character;
    switch (special ?? character) {
      case "(":
        if (special === undefined) break;
        out += "(";
        depth++;
        atStart = true;
        continue;
      case ")":
        if (special === undefined || (extended && depth === 0)) break;
        depth--;
        out += ")";
        atStart = false;
        continue;
      case "|":
        if (special === undefined) break;
        out += "|";
        atStart = true;
        continue;
      case "{": {
        if (special === undefined) break;
        const interval = (extended ? /^\{(\d*)(,?)(\d*)\}/ : /^\{(\d*)(,?)(\d*)\\\}/).exec(pattern.slice(at));
        if (interval === null || (interval[1] === "" && interval[2] === "")) {
          if (extended) break;
          throw new PatternError("Unmatched \\{");
        }
        if (interval[3] !== "" && Number(interval[1]) > Number(interval[3]))
          throw new PatternError("Invalid content of \\{\\}");
        if (!atStart) out += `{${interval[1] || 0}${interval[2]}${interval[3]}}`;
        else if (extended) break;
        at += interval[0].length - 1;
        continue;
      }
      case "*":
      case "+":
      case "?":
        if (character !== "*" && special === undefined) break;
        if (atStart) {
          if (extended) continue;
          break;
        }
        // A second repetition adds nothing, and RE2 refuses some of them.
        if (/(^|[^\\])[*+?]$/.test(out)) out = `${/^(.*?)([*+?])$/s.exec(out)?.[1] ?? out}*`;
        else out += special ?? character;
        continue;
      case "^":
        if (extended || atStart) {
          out += "^";
          continue;
        }
        break;
      case "$": {
        const rest = pattern.slice(at + 1);
        if (extended || rest === "" || rest.startsWith("\\)") || rest.startsWith("\\|")) {
          out += "$";
          atStart = false;
          continue;
        }
        break;
      }
      case ".":
        out += ".";
        atStart = false;
        continue;
    }
    const code = (special ?? character).codePointAt(0) ?? 0;
    out += code < 0x80 ? escapeLiteral(special ?? character) : (special ?? character);
    atStart = false;
  }
  if (depth > 0) throw new PatternError(extended ? "Unmatched ( or \\(" : "Unmatched ( or \\(");
  if (depth < 0) throw new PatternError("Unmatched ) or \\)");
  return out;
}

/** A bracket expression and where it ends. Backslashes are literal there, but for awk. */
function bracket(pattern: string, start: number, escapes: boolean, controlEscapes: boolean): readonly [string, number] {
  let at = start + 1;
  let out = "[";
  if (pattern[at] === "^") {
    out += "^";
    at++;
  }
  if (at >= pattern.length) throw new PatternError("Invalid regular expression");
  let first = true;
  for (; ; first = false) {
    const character = pattern[at];
    if (character === undefined) throw new PatternError("Unmatched [, [^, [:, [., or [=");
    if (character === "]" && !first) return [`${out}]`, at];
    const named = character === "[" ? /^\[([:.=])(.*?)\1\]/.exec(pattern.slice(at)) : null;
    if (named !== null) {
      const [whole, kind, name = ""] = named;
      if (kind === ":") {
        if (!/^(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit)$/.test(name))
          throw new PatternError("Invalid character class name");
        out +=
          name === "alpha"
            ? "\\p{L}"
            : name === "alnum"
              ? "\\p{L}\\p{N}"
              : name === "upper"
                ? "\\p{Lu}"
                : name === "lower"
                  ? "\\p{Ll}"
                  : whole;
      } else out += name.replace(/[\\\]^[-]/g, "\\$&");
      at += whole.length;
      continue;
    }
    const last = pattern[at + 1] === "]";
    const escaped = escapes && character === "\\" ? pattern[at + 1] : undefined;
    if (escaped !== undefined) {
      out += CONTROL_ESCAPES[escaped] ?? (/\w/.test(escaped) ? escaped : `\\${escaped}`);
      at += 2;
      continue;
    }
    if (controlEscapes && character === "\\" && /[nt]/.test(pattern[at + 1] ?? "")) {
      out += `\\${pattern[at + 1]}`;
      at += 2;
      continue;
    }
    // The C library's UTF-8 locale without a language has no order of characters beyond ASCII.
    if (!escapes && character > "\x7f" && pattern[at + 1] === "-" && pattern[at + 2] !== "]")
      throw new PatternError("Invalid collation character");
    if (character === "-" && (first || last)) out += "\\-";
    else out += /[\\\][&~^]/.test(character) ? `\\${character}` : character;
    at++;
  }
}
