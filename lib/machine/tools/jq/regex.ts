/** Patterns of test, match and sub: Perl's syntax on the linear-time engine. */
import { RE2JS } from "re2js";
import { MAX_SUBJECT } from "../support/regex.ts";
import { JqError } from "./errors.ts";
import { isArray, type Json, shortText, typeOf } from "./json.ts";

interface Compiled {
  readonly pattern: RE2JS;
  /** Name of each group, by number. */
  readonly names: ReadonlyMap<number, string>;
  readonly global: boolean;
  readonly skipEmpty: boolean;
}

/** The library's words for what is wrong with a pattern, by this engine's. */
const WORDS: readonly (readonly [string, string])[] = [
  ["missing closing )", "end pattern with unmatched parenthesis"],
  ["missing closing ]", "premature end of char-class"],
  ["missing argument to repetition operator", "target of repeat operator is not specified"],
  ["trailing backslash", "end pattern at escape"],
];

const cache = new Map<string, Compiled>();
const MAX_CACHED = 200;
const MAX_PATTERN = 4000;

/** `x`: blanks and comments in the pattern do not count. */
function extended(source: string): string {
  let out = "";
  let inBrackets = false;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] as string;
    if (character === "\\") out += character + (source[++at] ?? "");
    else if (inBrackets) {
      if (character === "]") inBrackets = false;
      out += character;
    } else if (character === "#") {
      const end = source.indexOf("\n", at);
      at = end === -1 ? source.length : end;
    } else if (!/\s/.test(character)) {
      if (character === "[") inBrackets = true;
      out += character;
    }
  }
  return out;
}

function compile(source: string, flags: string): Compiled {
  const key = `${flags}/${source}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (source.length > MAX_PATTERN)
    throw new JqError(`${source.slice(0, 20)}... (at offset 0) is not a valid regex: too long`);
  for (const flag of flags)
    if (!"gimnpslx".includes(flag)) throw new JqError(`${flags} is not a valid modifier string`);
  let options = 0;
  if (flags.includes("i")) options |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes("p") || flags.includes("s")) options |= flags.includes("p") ? RE2JS.DOTALL : 0;
  if (flags.includes("l")) options |= RE2JS.LONGEST_MATCH;
  const text = (flags.includes("x") ? extended(source) : source)
    .replace(/\\h/g, "[0-9a-fA-F]")
    .replace(/\(\?<(?![=!])/g, "(?P<");
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(text, options);
  } catch (error) {
    const words = error instanceof Error ? WORDS.find(([found]) => error.message.includes(found))?.[1] : undefined;
    if (words !== undefined) throw new JqError(`Regex failure: ${words}`);
    throw new JqError(`${source} (at offset 0) is not a valid regex: ${error instanceof Error ? error.message : "?"}`);
  }
  const names = new Map(Object.entries(pattern.namedGroups()).map(([name, number]) => [Number(number), name]));
  const made: Compiled = {
    pattern,
    names,
    global: flags.includes("g"),
    skipEmpty: /[np]/.test(flags) && flags.includes("n"),
  };
  if (cache.size >= MAX_CACHED) cache.clear();
  cache.set(key, made);
  return made;
}

function prepared(subject: Json, source: Json, flags: Json): { readonly text: string; readonly compiled: Compiled } {
  for (const value of [subject, source])
    if (typeof value !== "string")
      throw new JqError(`${typeOf(value)} (${shortText(value)}) cannot be matched, as it is not a string`);
  if (flags !== null && typeof flags !== "string")
    throw new JqError(`${typeOf(flags)} (${shortText(flags)}) is not a string`);
  const text = subject as string;
  if (text.length > MAX_SUBJECT) throw new JqError("text too long for a regular expression");
  return { text, compiled: compile(source as string, flags ?? "") };
}

/** A pattern and its flags, which may come together in an array. */
export function patternOf(pattern: Json, flags: Json): readonly [Json, Json] {
  // With flags beside it, the pattern is looked at later.
  if (typeof pattern === "string" || (flags !== null && !isArray(pattern))) return [pattern, flags];
  const [source, given = null] = isArray(pattern) ? pattern : [];
  if (source === undefined) throw new JqError(`${typeOf(pattern)} not a string or array`);
  return [source, given];
}

/** `test`. */
export function isMatch(subject: Json, source: Json, flags: Json): boolean {
  const { text, compiled } = prepared(subject, source, flags);
  return compiled.pattern.matcher(text).find();
}

/** Counts code points up to a place; places ask in ascending order for cheap. */
class Points {
  readonly #text: string;
  #at = 0;
  #points = 0;

  constructor(text: string) {
    this.#text = text;
  }

  before(at: number): number {
    if (at < this.#at) {
      this.#at = 0;
      this.#points = 0;
    }
    for (; this.#at < at; this.#at++) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit < 0xdc00 || unit > 0xdfff) this.#points++;
    }
    return this.#points;
  }
}

/** What `match` gives: an object for each match. `pause` is yielded from time to time. */
export function* matchSteps<S>(
  subject: Json,
  source: Json,
  flags: Json,
  pause: (units: number) => Iterable<S>,
): Generator<S, Json, undefined> {
  const { text, compiled } = prepared(subject, source, flags);
  const { pattern, names, global, skipEmpty } = compiled;
  const matcher = pattern.matcher(text);
  const found: Json[] = [];
  const matchPoints = new Points(text);
  const groupPoints = new Points(text);
  const length = (part: string) => Array.from(part).length;
  yield* pause(2 + (text.length >> 4));
  for (let from = 0; from <= text.length && matcher.find(from); ) {
    const start = matcher.start();
    const end = matcher.end();
    from = end === start ? end + 1 : end;
    if (end === start && skipEmpty) continue;
    const captures: Json[] = [];
    for (let group = 1; group <= matcher.groupCount(); group++) {
      const content = matcher.group(group);
      const taken = content !== null && content !== undefined;
      captures.push(
        new Map<string, Json>([
          ["offset", taken ? groupPoints.before(matcher.start(group)) : -1],
          ...(taken
            ? ([
                ["length", length(content)],
                ["string", content],
              ] as const)
            : ([
                ["string", null],
                ["length", 0],
              ] as const)),
          ["name", names.get(group) ?? null],
        ]),
      );
    }
    const whole = text.slice(start, end);
    found.push(
      new Map<string, Json>([
        ["offset", matchPoints.before(start)],
        ["length", length(whole)],
        ["string", whole],
        ["captures", captures],
      ]),
    );
    if (!global) break;
    if (found.length % 50 === 0) yield* pause(100);
  }
  return found;
}
