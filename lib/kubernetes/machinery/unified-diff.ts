/**
 * Unified diffs as upstream's messages show them: the matcher of Python's difflib, which upstream uses through
 * go-difflib, because another matcher would find other hunks.
 */

import { atOnce, type Steps } from "./steps.ts";

type Tag = "equal" | "replace" | "delete" | "insert";
interface Opcode {
  readonly tag: Tag;
  readonly i1: number;
  readonly i2: number;
  readonly j1: number;
  readonly j2: number;
}
interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}

/** Sequences of at least this many lines leave out what is in more than one of a hundred of them. */
const POPULAR_FROM = 200;

function indexOf(b: readonly string[]): Map<string, readonly number[]> {
  const index = new Map<string, number[]>();
  const popular = new Set<string>();
  const most = b.length >= POPULAR_FROM ? Math.floor(b.length / 100) + 1 : b.length;
  for (let position = 0; position < b.length; position++) {
    const line = b[position] as string;
    if (popular.has(line)) continue;
    const known = index.get(line);
    if (known === undefined) index.set(line, [position]);
    else if (known.push(position) > most) {
      popular.add(line);
      index.delete(line);
    }
  }
  return index;
}

/**
 * Comparisons after which the rest of the lines is taken for different: thousands of like lines have more matches than
 * anybody wants to see, and looking for the longest of them takes the square of that.
 */
const MOST_COMPARISONS = 200_000;

const NOWHERE: readonly number[] = [];

class Matcher {
  readonly #a: readonly string[];
  readonly #b: readonly string[];
  readonly #index: ReadonlyMap<string, readonly number[]>;
  /** Lengths of the runs that end at each line of `b`, one up: of the line before, and of this one. */
  #lengths: Int32Array;
  #next: Int32Array;
  #left = MOST_COMPARISONS;

  constructor(a: readonly string[], b: readonly string[]) {
    this.#a = a;
    this.#b = b;
    this.#index = indexOf(b);
    this.#lengths = new Int32Array(b.length + 1);
    this.#next = new Int32Array(b.length + 1);
  }

  /** The longest run of equal lines within bounds; of several the first in `a`, then in `b`. */
  longest(alo: number, ahi: number, blo: number, bhi: number): Match {
    const a = this.#a;
    const b = this.#b;
    let besti = alo;
    let bestj = blo;
    let bestsize = 0;
    let before: readonly number[] = [];
    for (let i = alo; i < ahi && this.#left > 0; i++) {
      const next = this.#next;
      const positions = this.#index.get(a[i] ?? "") ?? NOWHERE;
      this.#left--;
      for (const j of positions) {
        this.#left--;
        if (j < blo) continue;
        if (j >= bhi) break;
        const size = (this.#lengths[j] ?? 0) + 1;
        next[j + 1] = size;
        if (size > bestsize) {
          besti = i - size + 1;
          bestj = j - size + 1;
          bestsize = size;
        }
      }
      for (const j of before) this.#lengths[j + 1] = 0;
      before = positions;
      this.#next = this.#lengths;
      this.#lengths = next;
    }
    for (const j of before) this.#lengths[j + 1] = 0;
    // Popular lines were left out of the index: take those beside the match in.
    while (besti > alo && bestj > blo && a[besti - 1] === b[bestj - 1]) {
      besti--;
      bestj--;
      bestsize++;
    }
    while (besti + bestsize < ahi && bestj + bestsize < bhi && a[besti + bestsize] === b[bestj + bestsize]) bestsize++;
    return { a: besti, b: bestj, size: bestsize };
  }
}

function* matches(a: readonly string[], b: readonly string[]): Steps<Match[]> {
  const matcher = new Matcher(a, b);
  yield;
  const found: Match[] = [];
  // A stack of bounds instead of calls: there may be as many matches as lines.
  const bounds: ([number, number, number, number] | Match)[] = [[0, a.length, 0, b.length]];
  for (let next = bounds.pop(); next !== undefined; next = bounds.pop()) {
    if (!Array.isArray(next)) {
      found.push(next);
      continue;
    }
    const [alo, ahi, blo, bhi] = next;
    const match = matcher.longest(alo, ahi, blo, bhi);
    if (match.size === 0) continue;
    if (match.a + match.size < ahi && match.b + match.size < bhi)
      bounds.push([match.a + match.size, ahi, match.b + match.size, bhi]);
    bounds.push(match);
    if (alo < match.a && blo < match.b) bounds.push([alo, match.a, blo, match.b]);
  }
  return found;
}

function* opcodes(a: readonly string[], b: readonly string[]): Steps<Opcode[]> {
  const codes: Opcode[] = [];
  let i = 0;
  let j = 0;
  for (const match of [...(yield* matches(a, b)), { a: a.length, b: b.length, size: 0 }]) {
    const tag: Tag | undefined =
      i < match.a && j < match.b ? "replace" : i < match.a ? "delete" : j < match.b ? "insert" : undefined;
    if (tag !== undefined) codes.push({ tag, i1: i, i2: match.a, j1: j, j2: match.b });
    i = match.a + match.size;
    j = match.b + match.size;
    if (match.size > 0) codes.push({ tag: "equal", i1: match.a, i2: i, j1: match.b, j2: j });
  }
  return codes;
}

function groups(all: readonly Opcode[], context: number): Opcode[][] {
  const codes = all.map((code, position) => {
    if (code.tag !== "equal") return code;
    if (position === 0)
      return { ...code, i1: Math.max(code.i1, code.i2 - context), j1: Math.max(code.j1, code.j2 - context) };
    if (position === all.length - 1)
      return { ...code, i2: Math.min(code.i2, code.i1 + context), j2: Math.min(code.j2, code.j1 + context) };
    return code;
  });
  const result: Opcode[][] = [];
  let group: Opcode[] = [];
  for (const code of codes) {
    if (code.tag !== "equal" || code.i2 - code.i1 <= 2 * context) {
      group.push(code);
      continue;
    }
    group.push({ ...code, i2: Math.min(code.i2, code.i1 + context), j2: Math.min(code.j2, code.j1 + context) });
    result.push(group);
    group = [{ ...code, i1: Math.max(code.i1, code.i2 - context), j1: Math.max(code.j1, code.j2 - context) }];
  }
  if (group.length > 0 && !(group.length === 1 && group[0]?.tag === "equal")) result.push(group);
  return result;
}

function range(start: number, stop: number): string {
  const length = stop - start;
  if (length === 1) return String(start + 1);
  return `${length === 0 ? start : start + 1},${length}`;
}

/** Hunks without file names, each line with its end; "" where nothing differs. */
export const unifiedDiff = (a: string, b: string, context = 3): string => atOnce(unifiedDiffInSteps(a, b, context));

/** The same of what may be long. */
export function* unifiedDiffInSteps(a: string, b: string, context = 3): Steps<string> {
  const left = a.split("\n");
  const right = b.split("\n");
  const codes = yield* opcodes(left, right);
  yield;
  let out = "";
  for (const group of groups(codes, context)) {
    const first = group[0];
    const last = group[group.length - 1];
    if (first === undefined || last === undefined) continue;
    out += `@@ -${range(first.i1, last.i2)} +${range(first.j1, last.j2)} @@\n`;
    for (const { tag, i1, i2, j1, j2 } of group) {
      if (tag === "equal") for (const line of left.slice(i1, i2)) out += ` ${line}\n`;
      else {
        for (const line of left.slice(i1, i2)) out += `-${line}\n`;
        for (const line of right.slice(j1, j2)) out += `+${line}\n`;
      }
    }
  }
  return out;
}
