/** rand() and srand(): mawk's and BusyBox's give the numbers of the real ones for the same seed; gawk's are its own. */
import type { Clock } from "../../../clock/index.ts";
import type { Dialect } from "./dialect.ts";

const MODULUS = 2_147_483_647;

/** One step of the generator that fills the table: 16807 x mod (2^31 - 1). */
const step = (x: number) => Number((16_807n * BigInt(x)) % BigInt(MODULUS));

/** random(3): an additive feedback table of `degree` numbers whose taps are `separation` apart. */
class Additive {
  readonly #table: Int32Array;
  readonly #separation: number;
  #at = 0;

  constructor(seed: number, degree: number, separation: number, bsd: boolean) {
    this.#table = new Int32Array(degree);
    this.#separation = separation;
    let value = seed | 0;
    // The C library of GNU takes 1 for 0; BSD's shifts what it can hold.
    if (value === 0 && !bsd) value = 1;
    for (let index = 0; index < degree; index++) {
      this.#table[index] = value;
      value = bsd ? bsdStep(value) : gnuStep(value);
    }
    for (let index = 0; index < degree * 10; index++) this.next();
  }

  next(): number {
    const table = this.#table;
    const { length } = table;
    const front = (this.#at + this.#separation) % length;
    const sum = ((table[front] as number) + (table[this.#at] as number)) | 0;
    table[front] = sum;
    this.#at = (this.#at + 1) % length;
    return sum >>> 1;
  }
}

function gnuStep(value: number): number {
  const next = 16_807 * (value % 127_773) - 2836 * Math.trunc(value / 127_773);
  return next < 0 ? next + MODULUS : next;
}

function bsdStep(value: number): number {
  const x = ((value >>> 0) % 0x7ffffffe) + 1;
  return step(x) - 1;
}

export class Random {
  readonly #dialect: Dialect;
  readonly #clock: Clock;
  #generator: Additive | undefined;
  #seed: number | string;

  constructor(dialect: Dialect, clock: Clock) {
    this.#dialect = dialect;
    this.#clock = clock;
    this.#seed = dialect.firstSeed ?? Math.floor(clock.now() / 1000);
  }

  #make(seed: number): Additive {
    return this.#dialect.name === "gawk" ? new Additive(seed, 63, 1, true) : new Additive(seed, 31, 3, false);
  }

  /** Returns the seed before. */
  seed(seed: number | string | undefined): number | string {
    const before = this.#seed;
    this.#seed = seed ?? Math.floor(this.#clock.now() / 1000);
    const number = typeof this.#seed === "number" ? this.#seed : 0;
    this.#generator = this.#make(Math.trunc(number) % 2 ** 32);
    return before;
  }

  /** From 0 up to 1. */
  next(): number {
    this.#generator ??= this.#make(this.#dialect.firstSeed ?? Math.floor(this.#clock.random() * 2 ** 31));
    const generator = this.#generator;
    if (this.#dialect.name === "mawk") return generator.next() / MODULUS;
    if (this.#dialect.name === "busybox") {
      // Three numbers make up one of 63 bits, most of it the last.
      const low = ((generator.next() << 16) ^ generator.next()) >>> 0;
      return (generator.next() * 2 ** 32 + low) / 2 ** 63;
    }
    for (;;) {
      // Two numbers make up one, so that neighbours do not look alike.
      const first = generator.next();
      const second = generator.next();
      const value = 0.5 + (first / 2 ** 31 + second) / 2 ** 31 - 0.5;
      if (value < 1) return value;
    }
  }
}
