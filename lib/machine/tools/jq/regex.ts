/** Patterns of test, match and sub: Perl's syntax on the linear-time engine. */
import { RE2JS } from "re2js";
import { MAX_SUBJECT } from "../support/regex.ts";
import { JqError } from "./errors.ts";
import { type Json, shortText, typeOf } from "./json.ts";

interface Compiled {
  readonly pattern: RE2JS;
  /** Name of each group, by number. */
  readonly names: ReadonlyMap<number, string>;
  readonly global: boolean;
  readonly skipEmpty: boolean;
}

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

/** What `match` gives for each match; `test`: whether there is one. `pay` is told of the work. */
export function matches(subject: Json, source: Json, flags: Json, test: boolean, pay: (units: number) => void): Json {
  if (typeof subject !== "string")
    throw new JqError(`${typeOf(subject)} (${shortText(subject)}) cannot be matched, as it is not a string`);
  if (typeof source !== "string")
    throw new JqError(`${typeOf(source)} (${shortText(source)}) cannot be matched, as it is not a string`);
  if (flags !== null && typeof flags !== "string")
    throw new JqError(`${typeOf(flags)} (${shortText(flags)}) is not a string`);
  if (subject.length > MAX_SUBJECT) throw new JqError("text too long for a regular expression");
  const { pattern, names, global, skipEmpty } = compile(source, flags ?? "");
  const matcher = pattern.matcher(subject);
  const found: Json[] = [];
  // Offsets count code points.
  let counted = 0;
  let points = 0;
  const offset = (at: number) => {
    if (at < counted) return Array.from(subject.slice(0, at)).length;
    for (; counted < at; counted++) {
      const unit = subject.charCodeAt(counted);
      if (unit < 0xdc00 || unit > 0xdfff) points++;
    }
    return points;
  };
  const length = (text: string) => Array.from(text).length;
  pay(2 + (subject.length >> 4));
  for (let from = 0; from <= subject.length; ) {
    if (!matcher.find(from)) break;
    const start = matcher.start();
    const end = matcher.end();
    from = end === start ? end + 1 : end;
    if (end === start && skipEmpty) continue;
    if (test) return true;
    pay(2 + ((subject.length - from) >> 8));
    const text = subject.slice(start, end);
    const at = offset(start);
    const captures: Json[] = [];
    for (let group = 1; group <= matcher.groupCount(); group++) {
      const content = matcher.group(group);
      const name = names.get(group) ?? null;
      const taken = content !== null && content !== undefined;
      captures.push(
        new Map<string, Json>([
          ["offset", taken ? Array.from(subject.slice(0, matcher.start(group))).length : -1],
          ["length", taken ? length(content) : 0],
          ["string", taken ? content : null],
          ["name", name],
        ]),
      );
    }
    found.push(
      new Map<string, Json>([
        ["offset", at],
        ["length", length(text)],
        ["string", text],
        ["captures", captures],
      ]),
    );
    if (!global) break;
  }
  return test ? false : found;
}
