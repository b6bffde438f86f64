/**
 * Which lines differ, chosen as upstream's xdiff chooses among scripts of equal length: Myers from both ends, lines
 * without partners set aside, changes slid to where indentation says a block begins. xdiff/xdiffi.c, xprepare.c.
 */
/** Pays for work, as `Process.spend`. */
type Spend = (units: number) => Promise<void> | void;

import { compact } from "./line-diff-compact.ts";

/** A run of lines that differ: old ones from..to stand against new ones from..to. */
export interface Change {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

const MAX_COST = 256;
const MAX_EQUAL = 1024;
const SCAN_WINDOW = 100;
const KEEP_RUN = 4;
const FAR = 0x7fffffff;

/** About the square root, as xdiff has it. */
function rootAbout(value: number): number {
  let root = 1;
  for (let left = value; left > 0; left >>= 2) root <<= 1;
  return root;
}

/** Lines with their newline; `key` gives what is compared of a line. */
export async function compareLines(
  a: readonly string[],
  b: readonly string[],
  spend: Spend,
  key: (line: string) => string = (line) => line,
  /** "indent": git's choice among places that are as good; "last": the last of them, as GNU diff takes it. */
  slide: "indent" | "last" = "indent",
): Promise<Change[]> {
  const ids = new Map<string, number>();
  const number = (lines: readonly string[]) =>
    Int32Array.from(lines, (line) => {
      const text = key(line);
      let id = ids.get(text);
      if (id === undefined) {
        id = ids.size;
        ids.set(text, id);
      }
      return id;
    });
  await spend(5 + ((a.length + b.length) >> 1));
  const one = number(a);
  const two = number(b);
  const left = new Uint8Array(a.length + 2);
  const right = new Uint8Array(b.length + 2);
  let start = 0;
  const shorter = Math.min(a.length, b.length);
  while (start < shorter && one[start] === two[start]) start++;
  let end = 0;
  while (end < shorter - start && one[a.length - 1 - end] === two[b.length - 1 - end]) end++;
  const kept = partnered(one, two, start, a.length - end, b.length - end, left, right, ids.size);
  const search = new Search(
    kept.one,
    kept.two,
    (at) => {
      left[(kept.oneAt[at] as number) + 1] = 1;
    },
    (at) => {
      right[(kept.twoAt[at] as number) + 1] = 1;
    },
    spend,
  );
  await search.compare(0, kept.one.length, 0, kept.two.length, false);
  await spend((a.length + b.length) >> 3);
  compact(left, one, slide === "indent" ? a : undefined, right);
  compact(right, two, slide === "indent" ? b : undefined, left);
  return changesOf(left, right, a.length, b.length);
}

function changesOf(left: Uint8Array, right: Uint8Array, aLength: number, bLength: number): Change[] {
  const changes: Change[] = [];
  for (let i = 0, j = 0; i < aLength || j < bLength; ) {
    if (!left[i + 1] && !right[j + 1]) {
      i++;
      j++;
      continue;
    }
    const fromA = i;
    const fromB = j;
    while (left[i + 1]) i++;
    while (right[j + 1]) j++;
    changes.push({ a: [fromA, i], b: [fromB, j] });
  }
  return changes;
}

interface Kept {
  readonly one: Int32Array;
  readonly two: Int32Array;
  readonly oneAt: readonly number[];
  readonly twoAt: readonly number[];
}

/** Sets aside lines that the other side does not have, and frequent ones in their midst. Marks have an offset of one. */
function partnered(
  one: Int32Array,
  two: Int32Array,
  start: number,
  oneEnd: number,
  twoEnd: number,
  left: Uint8Array,
  right: Uint8Array,
  count: number,
): Kept {
  const inOne = new Int32Array(count);
  const inTwo = new Int32Array(count);
  for (const id of one) inOne[id] = (inOne[id] as number) + 1;
  for (const id of two) inTwo[id] = (inTwo[id] as number) + 1;
  const keep = (ids: Int32Array, end: number, others: Int32Array, marks: Uint8Array): number[] => {
    const limit = Math.min(rootAbout(ids.length), MAX_EQUAL);
    const fate = new Uint8Array(ids.length);
    for (let at = start; at < end; at++) {
      const partners = others[ids[at] as number] as number;
      fate[at] = partners === 0 ? 0 : partners >= limit ? 2 : 1;
    }
    const kept: number[] = [];
    for (let at = start; at < end; at++) {
      if (fate[at] === 1 || (fate[at] === 2 && !amongLost(fate, at, start, end - 1))) kept.push(at);
      else marks[at + 1] = 1;
    }
    return kept;
  };
  const oneAt = keep(one, oneEnd, inTwo, left);
  const twoAt = keep(two, twoEnd, inOne, right);
  return {
    one: Int32Array.from(oneAt, (at) => one[at] as number),
    two: Int32Array.from(twoAt, (at) => two[at] as number),
    oneAt,
    twoAt,
  };
}

function amongLost(fate: Uint8Array, at: number, from: number, to: number): boolean {
  const first = Math.max(from, at - SCAN_WINDOW);
  const last = Math.min(to, at + SCAN_WINDOW);
  const run = (step: number, inside: (index: number) => boolean) => {
    let lost = 0;
    let many = 1;
    for (let index = at + step; inside(index); index += step) {
      if (fate[index] === 0) lost++;
      else if (fate[index] === 2) many++;
      else break;
    }
    return { lost, many };
  };
  const before = run(-1, (index) => index >= first);
  if (before.lost === 0) return false;
  const after = run(1, (index) => index <= last);
  if (after.lost === 0) return false;
  const many = before.many + after.many;
  return many * KEEP_RUN < many + before.lost + after.lost;
}

class Search {
  readonly #one: Int32Array;
  readonly #two: Int32Array;
  readonly #markOne: (at: number) => void;
  readonly #markTwo: (at: number) => void;
  readonly #spend: Spend;
  readonly #forward: Int32Array;
  readonly #backward: Int32Array;
  readonly #zero: number;
  readonly #maximum: number;

  constructor(
    one: Int32Array,
    two: Int32Array,
    markOne: (at: number) => void,
    markTwo: (at: number) => void,
    spend: Spend,
  ) {
    this.#one = one;
    this.#two = two;
    this.#markOne = markOne;
    this.#markTwo = markTwo;
    this.#spend = spend;
    const diagonals = one.length + two.length + 3;
    this.#forward = new Int32Array(diagonals + 2);
    this.#backward = new Int32Array(diagonals + 2);
    this.#zero = two.length + 1;
    this.#maximum = Math.max(MAX_COST, rootAbout(diagonals));
  }

  async compare(from1: number, to1: number, from2: number, to2: number, exact: boolean): Promise<void> {
    const one = this.#one;
    const two = this.#two;
    let off1 = from1;
    let off2 = from2;
    let lim1 = to1;
    let lim2 = to2;
    while (off1 < lim1 && off2 < lim2 && one[off1] === two[off2]) {
      off1++;
      off2++;
    }
    while (off1 < lim1 && off2 < lim2 && one[lim1 - 1] === two[lim2 - 1]) {
      lim1--;
      lim2--;
    }
    if (off1 === lim1) for (; off2 < lim2; off2++) this.#markTwo(off2);
    else if (off2 === lim2) for (; off1 < lim1; off1++) this.#markOne(off1);
    else {
      const split = await this.#split(off1, lim1, off2, lim2, exact);
      await this.compare(off1, split.i1, off2, split.i2, split.exactLow);
      await this.compare(split.i1, lim1, split.i2, lim2, split.exactHigh);
    }
  }

  async #split(off1: number, lim1: number, off2: number, lim2: number, exact: boolean) {
    const one = this.#one;
    const two = this.#two;
    const forward = this.#forward;
    const backward = this.#backward;
    const zero = this.#zero;
    const least = off1 - lim2;
    const most = lim1 - off2;
    const forwardMiddle = off1 - off2;
    const backwardMiddle = lim1 - lim2;
    const odd = ((forwardMiddle - backwardMiddle) & 1) !== 0;
    let fmin = forwardMiddle;
    let fmax = forwardMiddle;
    let bmin = backwardMiddle;
    let bmax = backwardMiddle;
    forward[zero + forwardMiddle] = off1;
    backward[zero + backwardMiddle] = lim1;
    for (let cost = 1; ; cost++) {
      if (fmin > least) forward[zero + --fmin - 1] = -1;
      else ++fmin;
      if (fmax < most) forward[zero + ++fmax + 1] = -1;
      else --fmax;
      let steps = 0;
      for (let d = fmax; d >= fmin; d -= 2) {
        const below = forward[zero + d - 1] as number;
        const above = forward[zero + d + 1] as number;
        let i1 = below >= above ? below + 1 : above;
        let i2 = i1 - d;
        while (i1 < lim1 && i2 < lim2 && one[i1] === two[i2]) {
          i1++;
          i2++;
          steps++;
        }
        forward[zero + d] = i1;
        if (odd && bmin <= d && d <= bmax && (backward[zero + d] as number) <= i1) {
          return { i1, i2, exactLow: true, exactHigh: true };
        }
      }
      if (bmin > least) backward[zero + --bmin - 1] = FAR;
      else ++bmin;
      if (bmax < most) backward[zero + ++bmax + 1] = FAR;
      else --bmax;
      for (let d = bmax; d >= bmin; d -= 2) {
        const below = backward[zero + d - 1] as number;
        const above = backward[zero + d + 1] as number;
        let i1 = below < above ? below : above - 1;
        let i2 = i1 - d;
        while (i1 > off1 && i2 > off2 && one[i1 - 1] === two[i2 - 1]) {
          i1--;
          i2--;
          steps++;
        }
        backward[zero + d] = i1;
        if (!odd && fmin <= d && d <= fmax && i1 <= (forward[zero + d] as number)) {
          return { i1, i2, exactLow: true, exactHigh: true };
        }
      }
      await this.#spend(1 + ((fmax - fmin + bmax - bmin + steps) >> 4));
      if (exact || cost < this.#maximum) continue;
      return this.#furthest(off1, lim1, off2, lim2, [fmin, fmax], [bmin, bmax]);
    }
  }

  /** Too far apart to look for the best: goes on from where either side came furthest. */
  #furthest(
    off1: number,
    lim1: number,
    off2: number,
    lim2: number,
    [fmin, fmax]: readonly [number, number],
    [bmin, bmax]: readonly [number, number],
  ) {
    let ahead = -1;
    let ahead1 = -1;
    for (let d = fmax; d >= fmin; d -= 2) {
      let i1 = Math.min(this.#forward[this.#zero + d] as number, lim1);
      let i2 = i1 - d;
      if (lim2 < i2) {
        i1 = lim2 + d;
        i2 = lim2;
      }
      if (ahead < i1 + i2) {
        ahead = i1 + i2;
        ahead1 = i1;
      }
    }
    let back = FAR;
    let back1 = FAR;
    for (let d = bmax; d >= bmin; d -= 2) {
      let i1 = Math.max(off1, this.#backward[this.#zero + d] as number);
      let i2 = i1 - d;
      if (i2 < off2) {
        i1 = off2 + d;
        i2 = off2;
      }
      if (i1 + i2 < back) {
        back = i1 + i2;
        back1 = i1;
      }
    }
    return lim1 + lim2 - back < ahead - (off1 + off2)
      ? { i1: ahead1, i2: ahead - ahead1, exactLow: true, exactHigh: false }
      : { i1: back1, i2: back - back1, exactLow: false, exactHigh: true };
  }
}
