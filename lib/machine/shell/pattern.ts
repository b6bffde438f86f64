/**
 * Shell patterns (`*`, `?`, `[...]`, extended globs). A pattern is simulated on sets of positions (`positions.ts`), never
 * by backtracking, so that no pattern takes exponential time; long subjects pay fuel between steps.
 */

import { charactersOf, Gathered, type Spend } from "../pieces.ts";
import { type Node, PatternParser } from "./pattern-parser.ts";
import { type Ranges, run, type Steps, type Subject } from "./positions.ts";

interface PatternOptions {
  readonly extended: boolean;
  readonly ignoreCase: boolean;
}

const SURROGATE = /[\ud800-\udfff]/;
/** Cost between two payments. */
const AT_ONCE = 8192;

class Pattern {
  readonly #nodes: readonly Node[];
  readonly #ignoreCase: boolean;
  /** The text it matches, where it matches only one. */
  readonly literal: string | undefined;
  /** Characters any match has, where that is fixed. */
  readonly #length: number | undefined;
  /** Has a `!(...)`, which tries each beginning by itself. */
  readonly #negates: boolean;

  constructor(source: string, options: PatternOptions) {
    this.#ignoreCase = options.ignoreCase;
    this.#nodes = new PatternParser(options.ignoreCase ? source.toLowerCase() : source, options.extended).sequence("");
    const fixed = this.#nodes.every((node) => node.kind !== "star" && node.kind !== "group");
    this.#length = fixed ? this.#nodes.length : undefined;
    this.#negates = negates(this.#nodes);
    this.literal =
      !options.ignoreCase && this.#nodes.every((node) => node.kind === "char")
        ? this.#nodes.map((node) => (node.kind === "char" ? node.char : "")).join("")
        : undefined;
  }

  #folded(text: string): string {
    return this.#ignoreCase ? text.toLowerCase() : text;
  }

  /** The whole text matches. For short texts (file names). */
  test(text: string): boolean {
    if (this.literal !== undefined) return text === this.literal;
    const folded = this.#folded(text);
    const subject = SURROGATE.test(folded) ? Array.from(folded) : folded;
    return finish(run(this.#nodes, subject, [0, 0])).at(-1) === subject.length;
  }

  async matches(text: string, spend: Spend): Promise<boolean> {
    if (this.literal !== undefined) return text === this.literal;
    const subject = await characters(this.#folded(text), spend);
    return (await pay(run(this.#nodes, subject, [0, 0]), spend)).at(-1) === subject.length;
  }

  /** How much of the beginning matches: the shortest or the longest; -1 where nothing does. In UTF-16 units. */
  async prefix(text: string, longest: boolean, spend: Spend): Promise<number> {
    const subject = await characters(this.#folded(text), spend);
    const ends = await pay(run(this.#nodes, subject, [0, 0]), spend);
    const end = longest ? ends.at(-1) : ends[0];
    return end === undefined ? -1 : units(subject, 0, end);
  }

  /** Where the shortest or longest matching end begins; -1 where nothing matches. */
  async suffix(text: string, longest: boolean, spend: Spend): Promise<number> {
    const subject = await characters(this.#folded(text), spend);
    const starts = await pay(run(this.#nodes, subject, [subject.length, subject.length], true), spend);
    const start = longest ? starts[0] : starts.at(-1);
    return start === undefined ? -1 : text.length - units(subject, start, subject.length);
  }

  /** Where matches may begin: everywhere, or where they do. */
  async #starts(subject: Subject, spend: Spend): Promise<Ranges> {
    const everywhere = [0, subject.length];
    if (this.#length !== undefined || this.#negates) return everywhere;
    return pay(run(this.#nodes, subject, everywhere, true), spend);
  }

  /** The longest match at `start`; undefined where there is none. */
  #longest(subject: Subject, start: number, spend: Spend): Promise<number | undefined> | number | undefined {
    if (this.#length !== undefined) return matchFixed(this.#nodes, subject, start) ? start + this.#length : undefined;
    return pay(run(this.#nodes, subject, [start, start]), spend).then((ends) => ends.at(-1));
  }

  /** `${x/pattern/replacement}` and `//`. `&` handling is the caller's: `replace` gets each match. */
  async replace(text: string, all: boolean, replace: (match: string) => string, spend: Spend): Promise<string> {
    if (this.literal !== undefined) return replaceLiteral(text, this.literal, all, replace(this.literal), spend);
    const original = await characters(text, spend);
    const subject = this.#ignoreCase ? await characters(this.#folded(text), spend) : original;
    const starts = await this.#starts(subject, spend);
    const out = new Gathered();
    /** What is before it is in `out`. */
    let position = 0;
    let tried = 0;
    search: for (let range = 0; range < starts.length; range += 2) {
      const last = Math.min(starts[range + 1] as number, subject.length - 1);
      for (let start = Math.max(starts[range] as number, position); start <= last; start++) {
        if (++tried % 512 === 0) await spend(16);
        const found = this.#longest(subject, start, spend);
        const end = typeof found === "object" ? await found : found;
        // Empty matches replace nothing, as bash has it.
        if (end === undefined || end === start) continue;
        out.add(slice(original, position, start));
        if (out.add(replace(slice(original, start, end)))) await spend(64);
        position = end;
        start = end - 1;
        if (!all) break search;
      }
    }
    return position === 0 ? text : out.text() + slice(original, position, original.length);
  }
}

async function replaceLiteral(
  text: string,
  literal: string,
  all: boolean,
  replacement: string,
  spend: Spend,
): Promise<string> {
  if (literal === "") return text;
  await spend(1 + (text.length >> 10));
  if (!all) return text.replace(literal, () => replacement);
  const out = new Gathered();
  let position = 0;
  for (let at = text.indexOf(literal); at !== -1; at = text.indexOf(literal, position)) {
    out.add(text.slice(position, at));
    if (out.add(replacement)) await spend(64);
    position = at + literal.length;
  }
  return position === 0 ? text : out.text() + text.slice(position);
}

/** A text by characters, where those are not its units. */
function characters(text: string, spend: Spend): Promise<string[]> | string {
  return SURROGATE.test(text) ? charactersOf(text, spend) : text;
}

function negates(nodes: readonly Node[]): boolean {
  return nodes.some((node) => node.kind === "group" && (node.operator === "!" || node.alternatives.some(negates)));
}

async function pay(steps: Steps, spend: Spend): Promise<Ranges> {
  let cost = 0;
  for (;;) {
    const result = steps.next();
    if (result.done) {
      if (cost > 1000) await spend(cost >> 6);
      return result.value;
    }
    cost += result.value;
    if (cost < AT_ONCE) continue;
    await spend(1 + (cost >> 6));
    cost = 0;
  }
}

function slice(subject: string | readonly string[], from: number, to: number): string {
  return typeof subject === "string" ? subject.slice(from, to) : subject.slice(from, to).join("");
}

function units(subject: Subject, from: number, to: number): number {
  if (typeof subject === "string") return to - from;
  let length = 0;
  for (let i = from; i < to; i++) length += (subject[i] as string).length;
  return length;
}

function finish(steps: Steps): Ranges {
  for (;;) {
    const result = steps.next();
    if (result.done) return result.value;
  }
}

function matchFixed(nodes: readonly Node[], subject: Subject, start: number): boolean {
  if (start + nodes.length > subject.length) return false;
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i] as Node;
    const char = subject[start + i] as string;
    if (node.kind === "char" ? char !== node.char : node.kind === "set" && !node.test(char)) return false;
  }
  return true;
}

const cache = new Map<string, Pattern>();

/** A compiled pattern. Compilations are kept: loops use the same pattern again and again. */
export function compilePattern(source: string, options: PatternOptions): Pattern {
  const key = (options.extended ? "e" : "-") + (options.ignoreCase ? "i" : "-") + source;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const pattern = new Pattern(source, options);
  if (cache.size > 500) cache.clear();
  cache.set(key, pattern);
  return pattern;
}

/** A pattern that matches exactly `text`. */
export function escapePattern(text: string): string {
  return text.replace(/[\\*?[\]()|!@+^-]/g, "\\$&");
}

/** True where the text holds something a pattern treats specially. */
export function hasPattern(source: string, extended: boolean): boolean {
  return /[*?]|\[.*\]/s.test(source) || (extended && /[@+!]\(/.test(source));
}
