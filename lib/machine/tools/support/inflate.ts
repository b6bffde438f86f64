/** DEFLATE (RFC 1951), reading. Yields after each stretch of work, so that the caller can pay for it. */

/** The data is no DEFLATE stream, or ends too early. */
export class InflateError extends Error {}

interface Huffman {
  /** Codes of each length, and the symbols in the order of their codes. */
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145,
  8193, 12289, 16385, 24577,
];
const DISTANCE_BITS = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
/** Bytes between two yields. */
const STRETCH = 16 * 1024;

function huffman(lengths: readonly number[]): Huffman {
  const counts = new Uint16Array(16);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  const offsets = new Uint16Array(17);
  for (let i = 1; i < 16; i++) offsets[i + 1] = (offsets[i] ?? 0) + (counts[i] ?? 0);
  const symbols = new Uint16Array(lengths.length);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const at = offsets[length] ?? 0;
    symbols[at] = symbol;
    offsets[length] = at + 1;
  }
  return { counts, symbols };
}

const FIXED_LENGTHS = huffman(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
const FIXED_DISTANCES = huffman(Array.from({ length: 30 }, () => 5));

/** Unpacks what begins at `from`; yields the bytes made since the last time; returns the data and where it ended. */
export function* inflate(
  data: Uint8Array,
  from: number,
  maximum: number,
): Generator<number, { readonly data: Uint8Array; readonly end: number }> {
  let at = from;
  let held = 0;
  let bits = 0;
  let out = new Uint8Array(Math.max(1024, (data.length - from) * 4));
  let size = 0;
  let reported = 0;

  const take = (count: number): number => {
    while (bits < count) {
      const byte = data[at++];
      if (byte === undefined) throw new InflateError("unexpected end of file");
      held |= byte << bits;
      bits += 8;
    }
    const value = held & ((1 << count) - 1);
    held >>>= count;
    bits -= count;
    return value;
  };
  const symbol = ({ counts, symbols }: Huffman): number => {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length < 16; length++) {
      code |= take(1);
      const count = counts[length] as number;
      if (code - count < first) return symbols[index + code - first] as number;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    throw new InflateError("invalid compressed data--format violated");
  };
  const room = (more: number) => {
    if (size + more > maximum) throw new InflateError("memory exhausted");
    if (size + more <= out.length) return;
    const larger = new Uint8Array(Math.max(out.length * 2, size + more));
    larger.set(out.subarray(0, size));
    out = larger;
  };
  const tables = (): readonly [Huffman, Huffman] => {
    const literals = take(5) + 257;
    const distances = take(5) + 1;
    const codes = take(4) + 4;
    const codeLengths = new Array<number>(19).fill(0);
    for (let i = 0; i < codes; i++) codeLengths[CODE_ORDER[i] as number] = take(3);
    const code = huffman(codeLengths);
    const lengths: number[] = [];
    while (lengths.length < literals + distances) {
      const next = symbol(code);
      if (next < 16) lengths.push(next);
      else {
        const [value, count] =
          next === 16 ? [lengths.at(-1) ?? 0, take(2) + 3] : next === 17 ? [0, take(3) + 3] : [0, take(7) + 11];
        for (let i = 0; i < count; i++) lengths.push(value);
      }
    }
    return [huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals, literals + distances))];
  };

  let last = false;
  while (!last) {
    last = take(1) === 1;
    const kind = take(2);
    if (kind === 3) throw new InflateError("invalid compressed data--format violated");
    if (kind === 0) {
      held = 0;
      bits = 0;
      const length = (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8);
      at += 4;
      if (at + length > data.length) throw new InflateError("unexpected end of file");
      room(length);
      out.set(data.subarray(at, at + length), size);
      at += length;
      size += length;
      yield size - reported;
      reported = size;
      continue;
    }
    const [lengths, distances] = kind === 1 ? [FIXED_LENGTHS, FIXED_DISTANCES] : tables();
    for (;;) {
      const next = symbol(lengths);
      if (next === 256) break;
      if (next < 256) {
        room(1);
        out[size++] = next;
      } else {
        const length = (LENGTH_BASE[next - 257] ?? 3) + take(LENGTH_BITS[next - 257] ?? 0);
        const code = symbol(distances);
        const distance = (DISTANCE_BASE[code] ?? 1) + take(DISTANCE_BITS[code] ?? 0);
        if (distance > size) throw new InflateError("invalid compressed data--format violated");
        room(length);
        for (let i = 0; i < length; i++, size++) out[size] = out[size - distance] as number;
      }
      if (size - reported > STRETCH) {
        yield size - reported;
        reported = size;
      }
    }
  }
  return { data: out.subarray(0, size), end: at };
}

/** Shared with `deflate`. */
export const DEFLATE_TABLES = { LENGTH_BASE, LENGTH_BITS, DISTANCE_BASE, DISTANCE_BITS, STRETCH };
