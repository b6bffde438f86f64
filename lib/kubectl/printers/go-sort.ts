/**
 * Go's sort.Sort: a pattern-defeating quicksort, which leaves things that are alike in an order of its own where there
 * are more than twelve. Upstream sorts events and --sort-by with it, so that its order can be seen.
 */

/** Up to so many are sorted by insertion, which keeps the order of what is alike. */
const FEW = 12;
/** From so many on a pivot is chosen among nine. */
const MANY = 50;
/** How many pairs that are out of order a nearly sorted stretch may have. */
const MENDED = 5;
const MOST_SWAPS = 12;

/** The number of bits of a whole number. */
const bits = (value: number): number => (value === 0 ? 0 : Math.floor(Math.log2(value)) + 1);

type Hint = "increasing" | "decreasing" | "unknown";

class Sorter<T> {
  readonly #items: T[];
  readonly #before: (a: T, b: T) => boolean;

  constructor(items: T[], before: (a: T, b: T) => boolean) {
    this.#items = items;
    this.#before = before;
  }

  #less(i: number, j: number): boolean {
    return this.#before(this.#items[i] as T, this.#items[j] as T);
  }
  #swap(i: number, j: number): void {
    const items = this.#items;
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }

  /** Sorts from `from` up to, without, `to`; `limit`: how often a pivot may be bad before a heap is used. */
  sort(from: number, to: number, limit: number): void {
    let [low, high, left] = [from, to, limit];
    let [balanced, partitioned] = [true, true];
    for (;;) {
      const length = high - low;
      if (length <= FEW || left === 0) {
        if (length <= FEW) this.#insert(low, high);
        else this.#heap(low, high);
        return;
      }
      if (!balanced) {
        this.#scatter(low, high);
        left--;
      }
      let { pivot, hint } = this.#pivot(low, high);
      if (hint === "decreasing") {
        for (let i = low, j = high - 1; i < j; i++, j--) this.#swap(i, j);
        pivot = high - 1 - (pivot - low);
        hint = "increasing";
      }
      if (balanced && partitioned && hint === "increasing" && this.#mend(low, high)) return;
      // What is like its predecessor is like the pivot before.
      if (low > 0 && !this.#less(low - 1, pivot)) {
        low = this.#partEqual(low, high, pivot);
        continue;
      }
      const middle = this.#part(low, high, pivot);
      partitioned = middle.already;
      const [below, above] = [middle.at - low, high - middle.at];
      const least = Math.floor(length / 8);
      if (below < above) {
        balanced = below >= least;
        this.sort(low, middle.at, left);
        low = middle.at + 1;
      } else {
        balanced = above >= least;
        this.sort(middle.at + 1, high, left);
        high = middle.at;
      }
    }
  }

  #insert(from: number, to: number): void {
    for (let i = from + 1; i < to; i++) for (let j = i; j > from && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heap(from: number, to: number): void {
    const count = to - from;
    const sift = (top: number, end: number): void => {
      for (let root = top; ; ) {
        let child = 2 * root + 1;
        if (child >= end) return;
        if (child + 1 < end && this.#less(from + child, from + child + 1)) child++;
        if (!this.#less(from + root, from + child)) return;
        this.#swap(from + root, from + child);
        root = child;
      }
    };
    for (let i = Math.floor((count - 1) / 2); i >= 0; i--) sift(i, count);
    for (let i = count - 1; i >= 0; i--) {
      this.#swap(from, from + i);
      sift(0, i);
    }
  }

  #pivot(from: number, to: number): { pivot: number; hint: Hint } {
    const length = to - from;
    let swaps = 0;
    const order = (a: number, b: number): readonly [number, number] => {
      if (!this.#less(b, a)) return [a, b];
      swaps++;
      return [b, a];
    };
    const median = (one: number, two: number, three: number): number => {
      let [a, b, c] = [one, two, three];
      [a, b] = order(a, b);
      [b, c] = order(b, c);
      [a, b] = order(a, b);
      return b;
    };
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [from + quarter, from + quarter * 2, from + quarter * 3];
    if (length >= MANY) [i, j, k] = [median(i - 1, i, i + 1), median(j - 1, j, j + 1), median(k - 1, k, k + 1)];
    if (length >= 8) j = median(i, j, k);
    return { pivot: j, hint: swaps === 0 ? "increasing" : swaps === MOST_SWAPS ? "decreasing" : "unknown" };
  }

  /** What is below the pivot to its left. */
  #part(from: number, to: number, pivot: number): { at: number; already: boolean } {
    this.#swap(from, pivot);
    let [i, j] = [from + 1, to - 1];
    const close = (): void => {
      while (i <= j && this.#less(i, from)) i++;
      while (i <= j && !this.#less(j, from)) j--;
    };
    close();
    const already = i > j;
    while (i <= j) {
      this.#swap(i, j);
      i++;
      j--;
      close();
    }
    this.#swap(j, from);
    return { at: j, already };
  }
  /** What is like the pivot to its left. */
  #partEqual(from: number, to: number, pivot: number): number {
    this.#swap(from, pivot);
    let [i, j] = [from + 1, to - 1];
    for (;;) {
      while (i <= j && !this.#less(from, i)) i++;
      while (i <= j && this.#less(from, j)) j--;
      if (i > j) return i;
      this.#swap(i, j);
      i++;
      j--;
    }
  }

  /** Puts a few pairs in order; true where all is in order then. */
  #mend(from: number, to: number): boolean {
    let i = from + 1;
    for (let mended = 0; mended < MENDED; mended++) {
      while (i < to && !this.#less(i, i - 1)) i++;
      if (i === to) return true;
      if (to - from < MANY) return false;
      this.#swap(i, i - 1);
      if (i - from >= 2) for (let j = i - 1; j >= 1 && this.#less(j, j - 1); j--) this.#swap(j, j - 1);
      if (to - i >= 2) for (let j = i + 1; j < to && this.#less(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  /** Moves three things about, so that a bad pattern is none any more. */
  #scatter(from: number, to: number): void {
    const length = to - from;
    let state = BigInt(length);
    const next = (): bigint => {
      state = BigInt.asUintN(64, state ^ (state << 13n));
      state ^= state >> 7n;
      state = BigInt.asUintN(64, state ^ (state << 17n));
      return state;
    };
    const mask = (1n << BigInt(bits(length))) - 1n;
    const first = from + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      let other = Number(next() & mask);
      if (other >= length) other -= length;
      this.#swap(first + i, from + other);
    }
  }
}

/** The items in the order that Go's sort.Sort leaves them in. */
export function goSorted<T>(items: readonly T[], before: (a: T, b: T) => boolean): T[] {
  const copy = [...items];
  new Sorter(copy, before).sort(0, copy.length, bits(copy.length));
  return copy;
}
