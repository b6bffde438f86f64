/** Random choices that a seed repeats. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** At least 0, below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  /** A whole number below `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }
  /** True in `share` of all cases. */
  chance(share: number): boolean {
    return this.next() < share;
  }
  /** One of them. Throws where there is none. */
  pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new Error("nothing to pick from");
    return from[this.below(from.length)] as T;
  }
  /** Up to `most` of them, each once. */
  some<T>(from: readonly T[], most: number): T[] {
    const rest = [...from];
    const found: T[] = [];
    for (let n = this.below(most + 1); n > 0 && rest.length > 0; n--)
      found.push(...rest.splice(this.below(rest.length), 1));
    return found;
  }
}
