/** Brace expansion: `a{b,c}{1..3}`, on segments, so that quoted and expanded text is never looked into. */
import type { Segment, TextSegment } from "./word.ts";

/** Words one expansion may make, all together. */
const MAX_WORDS = 65_536;
const MAX_DEPTH = 500;

/** What no shell here may hold. */
export class BraceError extends Error {}

function tooMany(elements: number): never {
  throw new BraceError(`brace expansion: failed to allocate memory for \`${elements}' elements`);
}

/** One unquoted character that means something to braces, or anything else as a whole. */
type Token = string | Segment;

/** Tokens one after the other, with groups among them. */
type Sequence = readonly (Token | Group)[];

interface Group {
  readonly kind: "group";
  /** How many words it stands for. */
  readonly count: number;
  words(): Iterable<readonly Token[]>;
}

const isGroup = (item: Token | Group): item is Group => typeof item !== "string" && item.kind === "group";

/** The words, one at a time: whoever takes them pays for each. Throws `BraceError` before the first. */
export function expandBraces(segments: readonly Segment[]): Iterable<readonly Segment[]> {
  if (!segments.some((segment) => segment.kind === "text" && !segment.quoted && segment.text.includes("{"))) {
    return [segments];
  }
  const tokens = tokenize(segments);
  const sequence = new Reader(tokens).sequence(0, tokens.length, 0);
  if (!sequence.some(isGroup)) return [segments];
  countOf(sequence);
  return joined(wordsOf(sequence, 0));
}

function* joined(words: Iterable<readonly Token[]>): Generator<readonly Segment[]> {
  for (const word of words) yield join(word);
}

function tokenize(segments: readonly Segment[]): Token[] {
  const tokens: Token[] = [];
  for (const segment of segments) {
    if (segment.kind !== "text" || segment.quoted) tokens.push(segment);
    else for (const piece of segment.text.split(/([{},])/)) if (piece !== "") tokens.push(piece);
  }
  return tokens;
}

function join(tokens: readonly Token[]): readonly Segment[] {
  const out: Segment[] = [];
  let text = "";
  for (const token of tokens) {
    if (typeof token === "string") text += token;
    else if (token.kind === "text" && !token.quoted) text += token.text;
    else {
      if (text !== "") add(out, text);
      text = "";
      out.push(token);
    }
  }
  if (text !== "") add(out, text);
  return out;
}

/** Braces come before parameters: in `$x{a,b}` the names are `xa` and `xb`. */
function add(out: Segment[], text: string): void {
  const last = out.at(-1);
  const name =
    last?.kind === "parameter" && !last.quoted && last.text === `$${last.name}` ? /^\w+/.exec(text)?.[0] : undefined;
  if (last?.kind !== "parameter" || name === undefined || !/^[A-Za-z_]/.test(last.name)) {
    out.push({ kind: "text", quoted: false, text });
    return;
  }
  out[out.length - 1] = { ...last, name: last.name + name, text: last.text + name };
  if (name.length < text.length) out.push({ kind: "text", quoted: false, text: text.slice(name.length) });
}

function countOf(sequence: Sequence): number {
  let count = 1;
  for (const item of sequence) if (isGroup(item)) count *= item.count;
  return count > MAX_WORDS ? tooMany(count) : count;
}

function* wordsOf(sequence: Sequence, from: number): Generator<readonly Token[]> {
  let at = from;
  while (at < sequence.length && !isGroup(sequence[at] as Token | Group)) at++;
  const before = sequence.slice(from, at) as readonly Token[];
  const group = sequence[at] as Group | undefined;
  if (group === undefined) {
    yield before;
    return;
  }
  for (const middle of group.words()) {
    for (const after of wordsOf(sequence, at + 1)) yield [...before, ...middle, ...after];
  }
}

class Reader {
  readonly #tokens: readonly Token[];
  /** Where the brace that is opened here is closed. */
  readonly #closing = new Map<number, number>();

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
    const open: number[] = [];
    for (const [at, token] of tokens.entries()) {
      if (token === "{") open.push(at);
      else if (token === "}") {
        const start = open.pop();
        if (start !== undefined) this.#closing.set(start, at);
      }
    }
  }

  sequence(from: number, to: number, depth: number): Sequence {
    if (depth > MAX_DEPTH) throw new BraceError("brace expansion: too deeply nested");
    const out: (Token | Group)[] = [];
    for (let at = from; at < to; at++) {
      const token = this.#tokens[at] as Token;
      const end = token === "{" ? this.#closing.get(at) : undefined;
      const group = end === undefined ? undefined : this.#group(at, end, depth);
      out.push(group ?? token);
      if (group !== undefined && end !== undefined) at = end;
    }
    return out;
  }

  /** What stands in braces: alternatives or a range. A single word in braces is neither. */
  #group(start: number, end: number, depth: number): Group | undefined {
    const commas: number[] = [];
    for (let at = start + 1; at < end; at++) {
      const token = this.#tokens[at];
      if (token === "{") at = this.#closing.get(at) ?? at;
      else if (token === ",") commas.push(at);
    }
    if (commas.length === 0) {
      const only = end === start + 2 ? this.#tokens[start + 1] : undefined;
      return typeof only === "string" ? range(only) : undefined;
    }
    const alternatives = [...commas, end].map((to, index) =>
      this.sequence((index === 0 ? start : (commas[index - 1] as number)) + 1, to, depth + 1),
    );
    const count = alternatives.reduce((sum, alternative) => sum + countOf(alternative), 0);
    return {
      kind: "group",
      count,
      *words() {
        for (const alternative of alternatives) yield* wordsOf(alternative, 0);
      },
    };
  }
}

const INTEGER = /^[+-]?\d+$/;

/** `1..9`, `01..10..3`, `a..e`. */
function range(text: string): Group | undefined {
  const [from, to, by, more] = text.split("..");
  if (from === undefined || to === undefined || more !== undefined) return undefined;
  if (by !== undefined && !INTEGER.test(by)) return undefined;
  if (INTEGER.test(from) && INTEGER.test(to)) {
    const width = [from, to].some((end) => /^[+-]?0\d/.test(end)) ? Math.max(from.length, to.length) : 0;
    return steps(Number(from), Number(to), Number(by ?? 1), (value) => pad(value, width));
  }
  if (/^[A-Za-z]$/.test(from) && /^[A-Za-z]$/.test(to)) {
    return steps(from.charCodeAt(0), to.charCodeAt(0), Number(by ?? 1), (code) => {
      const char = String.fromCharCode(code);
      // Between Z and a lie characters that would otherwise be taken for quotes.
      return /[A-Za-z0-9]/.test(char) ? char : ({ kind: "text", quoted: true, text: char } satisfies TextSegment);
    });
  }
  return undefined;
}

function steps(from: number, to: number, by: number, show: (value: number) => Token): Group {
  const step = Math.max(1, Math.abs(by)) * (from <= to ? 1 : -1);
  const count = Math.floor(Math.abs((to - from) / step)) + 1;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || count > MAX_WORDS) return tooMany(count);
  return {
    kind: "group",
    count,
    *words() {
      for (let index = 0; index < count; index++) yield [show(from + index * step)];
    },
  };
}

function pad(value: number, width: number): string {
  const digits = String(Math.abs(value));
  const sign = value < 0 ? "-" : "";
  return sign + digits.padStart(width - sign.length, "0");
}
