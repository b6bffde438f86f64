/** YAML as kubectl prints it: sigs.k8s.io/yaml over go-yaml v2 (key order, quoting, folding at 80 columns). */

/** A JSON value; fields that are undefined are left out. */
type Json = unknown;
type JsonObject = Readonly<Record<string, Json>>;

const BEST_WIDTH = 80;
const WORDS = new Set(
  "y Y yes Yes YES n N no No NO true True TRUE false False FALSE on On ON off Off OFF ~ null Null NULL << .nan .NaN .NAN .inf .Inf .INF +.inf +.Inf +.INF -.inf -.Inf -.INF".split(
    " ",
  ),
);
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const BASE60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]*|[1-9][0-9]*)$/;
const TIME =
  /^\d{4}-\d{1,2}-\d{1,2}(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d{2}:\d{2}))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?))?$/;

/** True where a plain scalar would be read back as something other than this string. */
function resolvesOtherwise(text: string): boolean {
  if (text === "" || WORDS.has(text)) return true;
  if (BASE60.test(text) || TIME.test(text)) return true;
  const first = text.charAt(0);
  if (!/[-+.0-9]/.test(first)) return false;
  if (first === ".") return FLOAT.test(text);
  return INTEGER.test(text.replaceAll("_", "")) || FLOAT.test(text.replaceAll("_", ""));
}

interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
  readonly multiline: boolean;
}

function isPrintable(code: number): boolean {
  return (
    code === 0x0a ||
    (code >= 0x20 && code <= 0x7e) ||
    code === 0x85 ||
    (code >= 0xa0 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd && code !== 0xfeff) ||
    code >= 0x10000
  );
}

const isBreak = (char: string | undefined): boolean =>
  char === "\n" || char === "\r" || char === "\u0085" || char === "\u2028" || char === "\u2029";

/** Letters, digits and a few others: long values are mostly of these alone, and need no look at each. */
const HARMLESS = /^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/;
const PLAIN: Analysis = { plain: true, single: true, block: true, multiline: false };

/** yaml_emitter_analyze_scalar. */
function analyze(text: string): Analysis {
  if (HARMLESS.test(text) && !text.startsWith("...")) return PLAIN;
  let indicators = text.startsWith("---") || text.startsWith("...");
  let [leading, trailingSpace, trailingBreak, breakSpace, spaceBreak, special, breaks] = Array(7).fill(
    false,
  ) as boolean[];
  let [previousSpace, previousBreak, afterBlank] = [false, false, true];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const code = text.codePointAt(i) ?? 0;
    if (code > 0xffff) i++;
    const next = text[i + 1];
    const beforeBlank = next === undefined || next === " " || next === "\t" || isBreak(next);
    if (i === 0) {
      if ("#,[]{}&*!|>'\"%@`".includes(char)) indicators = true;
      else if ((char === "?" || char === ":" || char === "-") && beforeBlank) indicators = true;
    } else if ((char === ":" && beforeBlank) || (char === "#" && afterBlank)) indicators = true;
    if (!isPrintable(code)) special = true;
    if (char === " ") {
      if (i === 0) leading = true;
      if (next === undefined) trailingSpace = true;
      if (previousBreak) breakSpace = true;
      previousSpace = true;
      previousBreak = false;
    } else if (isBreak(char)) {
      breaks = true;
      if (i === 0) leading = true;
      if (next === undefined) trailingBreak = true;
      if (previousSpace) spaceBreak = true;
      previousSpace = false;
      previousBreak = true;
    } else {
      previousSpace = false;
      previousBreak = false;
    }
    afterBlank = char === " " || char === "\t" || isBreak(char);
  }
  const spoiled = spaceBreak || special;
  return {
    multiline: breaks ?? false,
    plain: !(leading || trailingSpace || trailingBreak || breakSpace || spoiled || breaks || indicators),
    single: !(breakSpace || spoiled),
    block: !(trailingSpace || spoiled),
  };
}

/** Characters, of which some are two units of a string. */
function countBetween(text: string, from: number, to: number): number {
  let count = to - from;
  for (let i = from; i < to; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xd800) count--;
  return count;
}

/** Text taken in pieces as long as they come: letter by letter, long values would be made of as many strings. */
class Pieces {
  readonly #text: string;
  readonly #pieces: string[] = [];
  #from = 0;
  constructor(text: string) {
    this.#text = text;
  }
  /** What stands from the last place up to `index` goes over as it is, then `other` in place of `length` units. */
  replace(index: number, length: number, other: string): void {
    this.#pieces.push(this.#text.slice(this.#from, index), other);
    this.#from = index + length;
  }
  end(): string {
    return this.#pieces.join("") + this.#text.slice(this.#from);
  }
}

/** Breaks a scalar at single spaces once past the best width. `column`: where the text starts. */
function fold(text: string, column: number, indent: number): string {
  const out = new Pieces(text);
  let at = column;
  let last = 0;
  for (let i = text.indexOf(" "); i !== -1; i = text.indexOf(" ", i + 1)) {
    at += countBetween(text, last, i);
    if (text[i - 1] !== " " && at > BEST_WIDTH && text[i + 1] !== " ") {
      out.replace(i, 1, `\n${" ".repeat(indent)}`);
      at = indent;
    } else at++;
    last = i + 1;
  }
  return out.end();
}

function singleQuoted(text: string, column: number, indent: number, allowBreaks: boolean): string {
  const out = new Pieces(text);
  const pad = " ".repeat(indent);
  let at = column + 1;
  let [spaces, breaks] = [false, false];
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === " ") {
      if (allowBreaks && !spaces && at > BEST_WIDTH && i > 0 && i < text.length - 1 && text[i + 1] !== " ") {
        out.replace(i, 1, `\n${pad}`);
        at = indent;
      } else at++;
      spaces = true;
    } else if (isBreak(char)) {
      if (!breaks && char === "\n") out.replace(i, 0, "\n");
      at = 0;
      breaks = true;
    } else {
      if (breaks) {
        out.replace(i, 0, pad);
        at = indent;
      }
      if (char === "'") out.replace(i, 1, "''");
      // The second half of a pair is no character of its own.
      at += char === "'" ? 2 : (text.charCodeAt(i) & 0xfc00) === 0xdc00 ? 0 : 1;
      spaces = false;
      breaks = false;
    }
  }
  return `'${out.end()}'`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
};

function doubleQuoted(text: string, column: number, indent: number, allowBreaks: boolean): string {
  const out = new Pieces(text);
  const pad = " ".repeat(indent);
  let at = column + 1;
  let spaces = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) ?? 0;
    const char = code > 0xffff ? text.slice(i, i + 2) : text.charAt(i);
    if (!isPrintable(code) || isBreak(char) || char === '"' || char === "\\" || code === 0xfeff) {
      const escaped =
        ESCAPES[char] ??
        (code <= 0xff
          ? `\\x${code.toString(16).toUpperCase().padStart(2, "0")}`
          : code <= 0xffff
            ? `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`
            : `\\U${code.toString(16).toUpperCase().padStart(8, "0")}`);
      out.replace(i, char.length, escaped);
      at += escaped.length;
      spaces = false;
    } else if (char === " ") {
      if (allowBreaks && !spaces && at > BEST_WIDTH && i > 0 && i < text.length - 1) {
        const more = text[i + 1] === " ";
        out.replace(i, 1, `\n${pad}${more ? "\\" : ""}`);
        at = indent + (more ? 1 : 0);
      } else at++;
      spaces = true;
    } else {
      at++;
      spaces = false;
    }
    i += char.length - 1;
  }
  return `"${out.end()}"`;
}

function literal(text: string, indent: number): string {
  const pad = " ".repeat(indent);
  const hint = text.startsWith(" ") || text.startsWith("\n") ? "2" : "";
  const chomp = !text.endsWith("\n") ? "-" : text === "\n" || text.endsWith("\n\n") ? "+" : "";
  const body = (text.endsWith("\n") ? text.slice(0, -1) : text)
    .split("\n")
    .map((line) => (line === "" ? "" : pad + line))
    .join("\n");
  return `|${hint}${chomp}\n${body}`;
}

/** Words that need no look at every letter: nearly all of what objects are made of. */
const SIMPLE = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const SIMPLE_LENGTH = 80;

/** A string scalar. `column`: where it starts; `indent`: of continuation lines; `key`: it is a mapping key. */
function scalar(text: string, column: number, indent: number, key: boolean): string {
  if (text.length < SIMPLE_LENGTH && SIMPLE.test(text) && !WORDS.has(text)) return text;
  const analysis = analyze(text);
  if (text.includes("\n")) {
    if (analysis.block && !key) return literal(text, indent);
    return doubleQuoted(text, column, indent, !key);
  }
  if (resolvesOtherwise(text)) return doubleQuoted(text, column, indent, !key);
  if (analysis.plain) return key ? text : fold(text, column, indent);
  if (analysis.single) return singleQuoted(text, column, indent, !key);
  return doubleQuoted(text, column, indent, !key);
}

function numberText(value: number): string {
  // What 64 bits cannot hold is a float, and written as one.
  if (Number.isInteger(value) && value > -(2 ** 63) && value < 2 ** 64) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e21) return value.toExponential().replace(/e\+(\d)$/, "e+0$1");
  return String(value).replace(/e([-+])(\d)$/, "e$10$2");
}

function isLetter(char: string): boolean {
  return /\p{L}/u.test(char);
}
const isDigit = (char: string | undefined): boolean => char !== undefined && /\p{Nd}/u.test(char);

/** go-yaml's order of mapping keys: digits as numbers, letters after other characters. */
function compareKeys(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  let at = 0;
  while (at < shorter && left.charCodeAt(at) === right.charCodeAt(at)) at++;
  if (at === shorter) return left.length - right.length;
  const x = left.charCodeAt(at);
  const y = right.charCodeAt(at);
  // Letters of ASCII need no look at what is around them, as long as no other letters are.
  if (isAsciiLetter(x) && isAsciiLetter(y)) return x - y;
  return x < 0x80 && y < 0x80 && ASCII.test(left) && ASCII.test(right)
    ? compareAscii(left, right, at)
    : compareCharacters(left, right);
}

const ASCII = /^[\0-\x7f]*$/;
const isAsciiLetter = (code: number) => (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
const isAsciiDigit = (code: number) => code >= 0x30 && code <= 0x39;

/** As `compareCharacters` for texts of ASCII that differ first in `at`. */
function compareAscii(left: string, right: string, at: number): number {
  const x = left.charCodeAt(at);
  const y = right.charCodeAt(at);
  const xLetter = isAsciiLetter(x);
  if (xLetter !== isAsciiLetter(y)) {
    const digits = at > 0 && isAsciiDigit(left.charCodeAt(at - 1));
    return (digits ? xLetter : !xLetter) ? -1 : 1;
  }
  let [xValue, yValue] = [0, 0];
  if (x === 0x30 || y === 0x30) {
    for (let j = at - 1; j >= 0 && isAsciiDigit(left.charCodeAt(j)); j--) {
      if (left.charCodeAt(j) !== 0x30) {
        [xValue, yValue] = [1, 1];
        break;
      }
    }
  }
  let [xEnd, yEnd] = [at, at];
  for (; isAsciiDigit(left.charCodeAt(xEnd)); xEnd++) xValue = xValue * 10 + left.charCodeAt(xEnd) - 0x30;
  for (; isAsciiDigit(right.charCodeAt(yEnd)); yEnd++) yValue = yValue * 10 + right.charCodeAt(yEnd) - 0x30;
  if (xValue !== yValue) return xValue < yValue ? -1 : 1;
  if (xEnd !== yEnd) return xEnd < yEnd ? -1 : 1;
  return x - y;
}

function compareCharacters(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  let digits = false;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] as string;
    const y = b[i] as string;
    if (x === y) {
      digits = isDigit(x);
      continue;
    }
    const xLetter = isLetter(x);
    const yLetter = isLetter(y);
    if (xLetter && yLetter) return x < y ? -1 : 1;
    if (xLetter || yLetter) return (digits ? xLetter : yLetter) ? -1 : 1;
    let [xValue, yValue] = [0, 0];
    if (x === "0" || y === "0") {
      for (let j = i - 1; j >= 0 && isDigit(a[j]); j--) {
        if (a[j] !== "0") {
          [xValue, yValue] = [1, 1];
          break;
        }
      }
    }
    let [xEnd, yEnd] = [i, i];
    for (; isDigit(a[xEnd]); xEnd++) xValue = xValue * 10 + Number(a[xEnd]);
    for (; isDigit(b[yEnd]); yEnd++) yValue = yValue * 10 + Number(b[yEnd]);
    if (xValue !== yValue) return xValue < yValue ? -1 : 1;
    if (xEnd !== yEnd) return xEnd < yEnd ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

function emit(value: Json, indent: number, column: number): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return scalar(value, column, indent + 2, false);
  if (typeof value === "number") return numberText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "[]" : sequence(value, indent);
  return mapping(value as JsonObject, indent);
}

function isBlock(value: Json | undefined): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.length > 0;
  for (const key in value) if ((value as JsonObject)[key] !== undefined) return true;
  return false;
}

const fields = (value: JsonObject): string[] =>
  Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort(compareKeys);

function sequence(items: readonly Json[], indent: number): string {
  const pad = " ".repeat(indent);
  // A block inside an item starts on the dash's own line, two columns in.
  return items.map((item) => `- ${emit(item, isBlock(item) ? indent + 2 : indent, indent + 2)}`).join(`\n${pad}`);
}

function mapping(value: JsonObject, indent: number): string {
  const keys = fields(value);
  if (keys.length === 0) return "{}";
  const pad = " ".repeat(indent);
  return keys.map((key) => field(key, value[key], indent)).join(`\n${pad}`);
}

function field(key: string, entry: Json, indent: number): string {
  const name = scalar(key, indent, indent + 2, true);
  if (!isBlock(entry)) return `${name}: ${emit(entry, indent, indent + countBetween(name, 0, name.length) + 2)}`;
  // Sequences in a mapping are not indented.
  const inner = Array.isArray(entry) ? indent : indent + 2;
  return `${name}:\n${" ".repeat(inner)}${emit(entry, inner, inner)}`;
}

/** Sorted in pieces: thousands of keys take too long in one go. */
function* sortedFields(value: JsonObject): Generator<number, string[]> {
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  let runs: string[][] = [];
  for (let from = 0; from < keys.length; from += RUN) {
    runs.push(keys.slice(from, from + RUN).sort(compareKeys));
    yield RUN;
  }
  while (runs.length > 1) {
    const merged: string[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* mergedRuns(runs[at] as string[], runs[at + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}
const RUN = 1024;

function* mergedRuns(left: readonly string[], right: readonly string[]): Generator<number, string[]> {
  const merged: string[] = [];
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    const a = left[l];
    const b = right[r];
    if (b === undefined || (a !== undefined && compareKeys(a, b) <= 0)) {
      merged.push(a as string);
      l++;
    } else {
      merged.push(b);
      r++;
    }
    if (merged.length % RUN === 0) yield RUN;
  }
  return merged;
}

/** Values of fewer parts are written in one go. */
const FEW = 256;

/** Whether a JSON value has more than `most` parts, a long text counting for several; no more of it is looked at. */
export function hasMany(value: unknown, most = FEW): boolean {
  let left = most;
  const count = (part: Json): void => {
    if (typeof part === "string") left -= part.length >> 7;
    left--;
    if (part !== null && typeof part === "object")
      for (const key in part) {
        if (left < 0) return;
        count((part as JsonObject)[key]);
      }
  };
  count(value);
  return left < 0;
}

/** As `emit`, in pieces; what yields is how many letters were written, or as much work as that. */
function* emitSteps(value: Json, indent: number, column: number, out: string[]): Generator<number, void> {
  const large = value !== null && typeof value === "object" && (countOf(value) > FEW || hasMany(value));
  if (!large) {
    const text = emit(value, indent, column);
    out.push(text);
    yield text.length;
    return;
  }
  const pad = `\n${" ".repeat(indent)}`;
  let first = true;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) {
      out.push(first ? "- " : `${pad}- `);
      first = false;
      yield* emitSteps(item, isBlock(item) ? indent + 2 : indent, indent + 2, out);
    }
    return;
  }
  for (const key of yield* sortedFields(value as JsonObject)) {
    const entry = (value as JsonObject)[key];
    const start = first ? "" : pad;
    first = false;
    if (entry !== null && typeof entry === "object" && isBlock(entry)) {
      const inner = Array.isArray(entry) ? indent : indent + 2;
      out.push(`${start}${scalar(key, indent, indent + 2, true)}:\n${" ".repeat(inner)}`);
      yield* emitSteps(entry, inner, inner, out);
    } else {
      const text = start + field(key, entry, indent);
      out.push(text);
      yield text.length;
    }
  }
}

const countOf = (value: object): number => (Array.isArray(value) ? value.length : Object.keys(value).length);

/** As `toYaml`, in pieces: yields how many letters were written, or as much work as that. */
export function* yamlSteps(value: Json): Generator<number, string> {
  const out: string[] = [];
  yield* emitSteps(value, 0, 0, out);
  if (!out[out.length - 1]?.endsWith("\n")) out.push("\n");
  return out.join("");
}

/** One document, with its final newline. */
export function toYaml(value: Json): string {
  const text = emit(value, 0, 0);
  return text.endsWith("\n") ? text : `${text}\n`;
}
