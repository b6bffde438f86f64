/**
 * Shell patterns (`*`, `?`, `[...]`, extended globs). A pattern is simulated on sets of positions, never by
 * backtracking, so that no pattern takes exponential time; long subjects pay fuel between steps.
 */

/** Pays for work; may let others run. */
type Spend = (units: number) => Promise<void> | void;

type Node =
  | { readonly kind: "char"; readonly char: string }
  | { readonly kind: "any" }
  | { readonly kind: "star" }
  | { readonly kind: "set"; readonly test: (char: string) => boolean }
  | { readonly kind: "group"; readonly operator: string; readonly alternatives: readonly (readonly Node[])[] };

type Subject = ArrayLike<string>;
/** Ascending positions in the subject. */
type Positions = readonly number[];

interface PatternOptions {
  readonly extended: boolean;
  readonly ignoreCase: boolean;
}

const SURROGATE = /[\ud800-\udfff]/;
/** Up to this cost a match runs at once. */
const AT_ONCE = 100_000;

class Pattern {
  readonly #nodes: readonly Node[];
  readonly #ignoreCase: boolean;
  /** The text it matches, where it matches only one. */
  readonly literal: string | undefined;
  /** Characters any match has, where that is fixed. */
  readonly #length: number | undefined;
  #reversed: readonly Node[] | undefined;

  constructor(source: string, options: PatternOptions) {
    this.#ignoreCase = options.ignoreCase;
    this.#nodes = new Parser(options.ignoreCase ? source.toLowerCase() : source, options.extended).sequence("");
    const fixed = this.#nodes.every((node) => node.kind !== "star" && node.kind !== "group");
    this.#length = fixed ? this.#nodes.length : undefined;
    this.literal =
      !options.ignoreCase && this.#nodes.every((node) => node.kind === "char")
        ? this.#nodes.map((node) => (node.kind === "char" ? node.char : "")).join("")
        : undefined;
  }

  #subject(text: string): Subject {
    const folded = this.#ignoreCase ? text.toLowerCase() : text;
    return SURROGATE.test(folded) ? Array.from(folded) : folded;
  }

  /** The whole text matches. For short texts (file names). */
  test(text: string): boolean {
    if (this.literal !== undefined) return text === this.literal;
    const subject = this.#subject(text);
    return finish(run(this.#nodes, subject, [0])).at(-1) === subject.length;
  }

  async matches(text: string, spend: Spend): Promise<boolean> {
    if (this.literal !== undefined) return text === this.literal;
    const subject = this.#subject(text);
    return (await this.#run(this.#nodes, subject, [0], spend)).at(-1) === subject.length;
  }

  async #run(nodes: readonly Node[], subject: Subject, from: Positions, spend: Spend): Promise<Positions> {
    const steps = run(nodes, subject, from);
    if (subject.length * nodes.length <= AT_ONCE) {
      let result = steps.next();
      let cost = 0;
      while (!result.done && cost <= AT_ONCE) {
        cost += result.value;
        result = steps.next();
      }
      if (cost > 1000) await spend(cost >> 6);
      if (result.done) return result.value;
    }
    for (;;) {
      const result = steps.next();
      if (result.done) return result.value;
      await spend(1 + (result.value >> 6));
    }
  }

  /** How much of the beginning matches: the shortest or the longest; -1 where nothing does. In UTF-16 units. */
  async prefix(text: string, longest: boolean, spend: Spend): Promise<number> {
    const subject = this.#subject(text);
    const ends = await this.#run(this.#nodes, subject, [0], spend);
    const end = longest ? ends.at(-1) : ends[0];
    return end === undefined ? -1 : units(subject, 0, end);
  }

  /** Where the shortest or longest matching end begins; -1 where nothing matches. */
  async suffix(text: string, longest: boolean, spend: Spend): Promise<number> {
    this.#reversed ??= reverse(this.#nodes);
    const subject = Array.from(this.#subject(text)).reverse();
    const ends = await this.#run(this.#reversed, subject, [0], spend);
    const end = longest ? ends.at(-1) : ends[0];
    return end === undefined ? -1 : text.length - units(subject, 0, end);
  }

  /** The leftmost, longest match at or after `from` (characters of `subject`). */
  async find(subject: Subject, from: number, spend: Spend): Promise<{ start: number; end: number } | undefined> {
    const first = this.#nodes[0];
    for (let start = from; start <= subject.length; start++) {
      if (first?.kind === "char" && subject[start] !== first.char) {
        if ((start & 0xfff) === 0xfff) await spend(16);
        continue;
      }
      if (this.#length !== undefined) {
        if (matchFixed(this.#nodes, subject, start)) return { start, end: start + this.#length };
        if ((start & 0xff) === 0xff) await spend(8);
        continue;
      }
      const end = (await this.#run(this.#nodes, subject, [start], spend)).at(-1);
      if (end !== undefined) return { start, end };
      await spend(1 + (subject.length >> 10));
    }
    return undefined;
  }

  /** `${x/pattern/replacement}` and `//`. `&` handling is the caller's: `replace` gets each match. */
  async replace(text: string, all: boolean, replace: (match: string) => string, spend: Spend): Promise<string> {
    if (this.literal !== undefined) {
      if (this.literal === "") return text;
      await spend(1 + (text.length >> 10));
      const replacement = replace(this.literal);
      return all ? text.split(this.literal).join(replacement) : text.replace(this.literal, () => replacement);
    }
    const original = SURROGATE.test(text) ? Array.from(text) : text;
    const subject = this.#subject(text);
    let out = "";
    let position = 0;
    while (position < subject.length) {
      const found = await this.find(subject, position, spend);
      if (found === undefined) break;
      if (found.end === found.start) {
        // Empty matches replace nothing, as bash has it.
        if (found.start >= subject.length) break;
        out += slice(original, position, found.start + 1);
        position = found.start + 1;
        continue;
      }
      out += slice(original, position, found.start) + replace(slice(original, found.start, found.end));
      position = found.end;
      if (!all) break;
    }
    return out + slice(original, position, original.length);
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

function finish(steps: Generator<number, Positions>): Positions {
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

/** Where matches that begin at any of `from` end. Yields what each step cost. */
function* run(nodes: readonly Node[], subject: Subject, from: Positions): Generator<number, Positions> {
  let positions = from;
  for (const node of nodes) {
    if (positions.length === 0) return positions;
    yield positions.length;
    if (node.kind === "star") {
      const first = positions[0] as number;
      positions = Array.from({ length: subject.length - first + 1 }, (_, i) => first + i);
    } else if (node.kind === "group") {
      positions = yield* group(node, subject, positions);
    } else {
      const next: number[] = [];
      for (const at of positions) {
        const char = subject[at];
        if (char === undefined) continue;
        if (node.kind === "any" || (node.kind === "char" ? char === node.char : node.test(char))) next.push(at + 1);
      }
      positions = next;
    }
  }
  return positions;
}

function* group(
  node: Extract<Node, { kind: "group" }>,
  subject: Subject,
  from: Positions,
): Generator<number, Positions> {
  if (node.operator === "!") {
    const out = new Set<number>();
    for (const start of from) {
      const matched = new Set(yield* either(node.alternatives, subject, [start]));
      for (let end = start; end <= subject.length; end++) if (!matched.has(end)) out.add(end);
      yield subject.length - start;
    }
    return ascending(out);
  }
  const once = yield* either(node.alternatives, subject, from);
  if (node.operator === "@") return once;
  if (node.operator === "?") return ascending(new Set([...from, ...once]));
  const seen = new Set(node.operator === "*" ? [...from, ...once] : once);
  let fresh: Positions = once;
  while (fresh.length > 0) {
    const next: number[] = [];
    for (const end of yield* either(node.alternatives, subject, fresh)) {
      if (!seen.has(end)) {
        seen.add(end);
        next.push(end);
      }
    }
    fresh = next;
  }
  return ascending(seen);
}

function* either(
  alternatives: readonly (readonly Node[])[],
  subject: Subject,
  from: Positions,
): Generator<number, Positions> {
  if (alternatives.length === 1) return yield* run(alternatives[0] as readonly Node[], subject, from);
  const out = new Set<number>();
  for (const nodes of alternatives) for (const end of yield* run(nodes, subject, from)) out.add(end);
  return ascending(out);
}

function ascending(positions: Set<number>): Positions {
  return [...positions].sort((a, b) => a - b);
}

function reverse(nodes: readonly Node[]): readonly Node[] {
  return nodes
    .map((node) => (node.kind === "group" ? { ...node, alternatives: node.alternatives.map(reverse) } : node))
    .reverse();
}

// ------------------------------------------------------------------------------------------------------------ parser

const MAX_DEPTH = 32;
const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[\p{L}\p{N}]/u,
  alpha: /\p{L}/u,
  ascii: /[\0-\x7f]/,
  blank: /[ \t]/,
  cntrl: /[\0-\x1f\x7f]/,
  digit: /[0-9]/,
  graph: /[^\s\p{C}]/u,
  lower: /\p{Ll}/u,
  print: /[^\p{C}]/u,
  punct: /[!-/:-@[-`{-~]/,
  space: /\s/,
  upper: /\p{Lu}/u,
  word: /[\p{L}\p{N}_]/u,
  xdigit: /[0-9A-Fa-f]/,
};

class Parser {
  readonly #source: readonly string[];
  readonly #extended: boolean;
  #at = 0;
  #depth = 0;

  constructor(source: string, extended: boolean) {
    this.#source = Array.from(source);
    this.#extended = extended;
  }

  /** Reads until one of the characters in `until`, which is left. */
  sequence(until: string): Node[] {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length) {
      const char = this.#source[this.#at] as string;
      if (until.includes(char)) break;
      const next = this.#source[this.#at + 1];
      if (this.#extended && next === "(" && "?*+@!".includes(char) && this.#depth < MAX_DEPTH) {
        const group = this.#group(char);
        if (group !== undefined) {
          nodes.push(group);
          continue;
        }
      }
      this.#at++;
      if (char === "\\" && next !== undefined) {
        this.#at++;
        nodes.push({ kind: "char", char: next });
      } else if (char === "*") {
        if (nodes.at(-1)?.kind !== "star") nodes.push({ kind: "star" });
      } else if (char === "?") nodes.push({ kind: "any" });
      else if (char === "[") nodes.push(this.#set() ?? { kind: "char", char });
      else nodes.push({ kind: "char", char });
    }
    return nodes;
  }

  #group(operator: string): Node | undefined {
    const start = this.#at;
    this.#at += 2;
    this.#depth++;
    const alternatives: Node[][] = [];
    for (;;) {
      alternatives.push(this.sequence("|)"));
      const end = this.#source[this.#at];
      this.#at++;
      if (end === ")") {
        this.#depth--;
        return { kind: "group", operator, alternatives };
      }
      if (end === undefined) {
        this.#depth--;
        this.#at = start;
        return undefined;
      }
    }
  }

  #set(): Node | undefined {
    const start = this.#at;
    let at = start;
    const source = this.#source;
    const negated = source[at] === "!" || source[at] === "^";
    if (negated) at++;
    const singles = new Set<string>();
    const ranges: [number, number][] = [];
    const classes: RegExp[] = [];
    for (let first = true; ; first = false) {
      let char = source[at];
      if (char === undefined) {
        this.#at = start;
        return undefined;
      }
      if (char === "]" && !first) break;
      if (char === "[" && source[at + 1] === ":") {
        const close = source.indexOf(":", at + 2);
        const name = close === -1 ? "" : source.slice(at + 2, close).join("");
        const known = CLASSES[name];
        if (known !== undefined && source[close + 1] === "]") {
          classes.push(known);
          at = close + 2;
          continue;
        }
      }
      if (char === "\\" && source[at + 1] !== undefined) char = source[++at] as string;
      at++;
      const last = source[at + 1];
      if (source[at] === "-" && last !== undefined && last !== "]") {
        at++;
        let end = source[at] as string;
        if (end === "\\" && source[at + 1] !== undefined) end = source[++at] as string;
        at++;
        ranges.push([char.codePointAt(0) as number, end.codePointAt(0) as number]);
      } else singles.add(char);
    }
    this.#at = at + 1;
    const inside = (char: string): boolean => {
      if (singles.has(char)) return true;
      const code = char.codePointAt(0) as number;
      return ranges.some(([low, high]) => code >= low && code <= high) || classes.some((each) => each.test(char));
    };
    return { kind: "set", test: negated ? (char) => !inside(char) : inside };
  }
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
