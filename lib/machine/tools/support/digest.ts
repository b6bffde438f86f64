/** MD5, SHA-1 and SHA-256 over streams: `update` with pieces of any length, then `hex`. */

export interface Digest {
  update(data: Uint8Array): void;
  /** Ends it. */
  hex(): string;
}

interface Algorithm {
  readonly initial: readonly number[];
  readonly littleEndian: boolean;
  /** Mixes one block of 16 words into the state. */
  readonly mix: (state: Uint32Array, words: Uint32Array) => void;
}

const rotate = (value: number, by: number) => (value << by) | (value >>> (32 - by));

const SINES = Uint32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32));
const MD5_SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

const md5: Algorithm = {
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476],
  littleEndian: true,
  mix(state, words) {
    let [a = 0, b = 0, c = 0, d = 0] = state;
    for (let i = 0; i < 64; i++) {
      const round = i >> 4;
      const mixed =
        round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
      const index = (round === 0 ? i : round === 1 ? 5 * i + 1 : round === 2 ? 3 * i + 5 : 7 * i) & 15;
      const sum = (a + mixed + (SINES[i] ?? 0) + (words[index] ?? 0)) | 0;
      [a, d, c, b] = [d, c, b, (b + rotate(sum, MD5_SHIFTS[round]?.[i & 3] ?? 0)) | 0];
    }
    add(state, [a, b, c, d]);
  },
};

const sha1: Algorithm = {
  initial: [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0],
  littleEndian: false,
  mix(state, words) {
    const schedule = new Uint32Array(80);
    schedule.set(words);
    for (let i = 16; i < 80; i++) {
      const mixed = at(schedule, i - 3) ^ at(schedule, i - 8) ^ at(schedule, i - 14) ^ at(schedule, i - 16);
      schedule[i] = rotate(mixed, 1);
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
    for (let i = 0; i < 80; i++) {
      const [mixed, constant] =
        i < 20
          ? [(b & c) | (~b & d), 0x5a827999]
          : i < 40
            ? [b ^ c ^ d, 0x6ed9eba1]
            : i < 60
              ? [(b & c) | (b & d) | (c & d), 0x8f1bbcdc]
              : [b ^ c ^ d, 0xca62c1d6];
      const sum = (rotate(a, 5) + mixed + e + constant + at(schedule, i)) | 0;
      [e, d, c, b, a] = [d, c, rotate(b, 30), a, sum];
    }
    add(state, [a, b, c, d, e]);
  },
};

const PRIMES = Array.from({ length: 312 }, (_, i) => i).filter(
  (n) => n > 1 && Array.from({ length: Math.floor(Math.sqrt(n)) }, (_, i) => i + 1).every((d) => d === 1 || n % d),
);
const fraction = (value: number) => Math.floor((value - Math.floor(value)) * 2 ** 32);
const CUBES = Uint32Array.from(PRIMES.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));

const sha256: Algorithm = {
  initial: PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime))),
  littleEndian: false,
  mix(state, words) {
    const schedule = new Uint32Array(64);
    schedule.set(words);
    for (let i = 16; i < 64; i++) {
      const early = at(schedule, i - 15);
      const late = at(schedule, i - 2);
      schedule[i] =
        at(schedule, i - 16) +
        (rotate(early, 25) ^ rotate(early, 14) ^ (early >>> 3)) +
        at(schedule, i - 7) +
        (rotate(late, 15) ^ rotate(late, 13) ^ (late >>> 10));
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < 64; i++) {
      const first =
        (h +
          (rotate(e, 26) ^ rotate(e, 21) ^ rotate(e, 7)) +
          ((e & f) ^ (~e & g)) +
          (CUBES[i] ?? 0) +
          at(schedule, i)) |
        0;
      const second = ((rotate(a, 30) ^ rotate(a, 19) ^ rotate(a, 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
    }
    add(state, [a, b, c, d, e, f, g, h]);
  },
};

function at(words: Uint32Array, index: number): number {
  return words[index] as number;
}

function add(state: Uint32Array, values: readonly number[]): void {
  for (const [index, value] of values.entries()) state[index] = at(state, index) + value;
}

const ALGORITHMS = { md5, sha1, sha256 } as const;
export type DigestName = keyof typeof ALGORITHMS;

export function createDigest(name: DigestName): Digest {
  const { initial, littleEndian, mix } = ALGORITHMS[name];
  const state = Uint32Array.from(initial);
  const words = new Uint32Array(16);
  const block = new Uint8Array(64);
  const view = new DataView(block.buffer);
  let filled = 0;
  let length = 0;
  const mixBlock = () => {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(i * 4, littleEndian);
    mix(state, words);
    filled = 0;
  };
  const update = (data: Uint8Array) => {
    length += data.length;
    for (let from = 0; from < data.length; ) {
      const part = data.subarray(from, from + 64 - filled);
      block.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled === 64) mixBlock();
    }
  };
  return {
    update,
    hex() {
      const bits = length * 8;
      update(Uint8Array.of(0x80));
      if (filled > 56) update(new Uint8Array(64 - filled));
      block.fill(0, filled);
      view.setUint32(littleEndian ? 60 : 56, Math.floor(bits / 2 ** 32), littleEndian);
      view.setUint32(littleEndian ? 56 : 60, bits >>> 0, littleEndian);
      mixBlock();
      const out = new DataView(new ArrayBuffer(state.length * 4));
      for (const [index, word] of state.entries()) out.setUint32(index * 4, word, littleEndian);
      return Array.from(new Uint8Array(out.buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
    },
  };
}
