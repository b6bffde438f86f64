/** DEFLATE (RFC 1951), writing: matches within the last 32 KiB, the fixed code. Yields after each stretch of work. */
import { DEFLATE_TABLES } from "./inflate.ts";

const { LENGTH_BASE, LENGTH_BITS, DISTANCE_BASE, DISTANCE_BITS, STRETCH } = DEFLATE_TABLES;
const WINDOW = 32_768;
const LONGEST = 258;

export function* deflate(data: Uint8Array): Generator<number, Uint8Array> {
  const out = new Uint8Array(Math.ceil(data.length * 1.125) + 16);
  let size = 0;
  let held = 0;
  let bits = 0;
  const put = (value: number, count: number) => {
    held |= value << bits;
    bits += count;
    while (bits >= 8) {
      out[size++] = held & 255;
      held >>>= 8;
      bits -= 8;
    }
  };
  /** Huffman codes go most significant bit first. */
  const code = (value: number, count: number) => {
    let reversed = 0;
    for (let i = 0; i < count; i++) reversed |= ((value >> i) & 1) << (count - 1 - i);
    put(reversed, count);
  };
  const literal = (symbol: number) => {
    if (symbol < 144) code(0x30 + symbol, 8);
    else if (symbol < 256) code(0x190 + symbol - 144, 9);
    else if (symbol < 280) code(symbol - 256, 7);
    else code(0xc0 + symbol - 280, 8);
  };
  const last = new Int32Array(1 << 15).fill(-1);
  const hash = (at: number) =>
    (((data[at] ?? 0) << 10) ^ ((data[at + 1] ?? 0) << 5) ^ (data[at + 2] ?? 0)) & ((1 << 15) - 1);
  put(1, 1);
  put(1, 2);
  let reported = 0;
  for (let at = 0; at < data.length; ) {
    let length = 0;
    let distance = 0;
    if (at + 3 <= data.length) {
      const key = hash(at);
      const before = last[key] as number;
      last[key] = at;
      if (before >= 0 && at - before <= WINDOW) {
        while (length < LONGEST && at + length < data.length && data[before + length] === data[at + length]) length++;
        distance = at - before;
      }
    }
    if (length < 3) {
      literal(data[at] as number);
      at++;
    } else {
      const lengthCode = LENGTH_BASE.findLastIndex((base) => base <= length);
      literal(257 + lengthCode);
      put(length - (LENGTH_BASE[lengthCode] as number), LENGTH_BITS[lengthCode] as number);
      const distanceCode = DISTANCE_BASE.findLastIndex((base) => base <= distance);
      code(distanceCode, 5);
      put(distance - (DISTANCE_BASE[distanceCode] as number), DISTANCE_BITS[distanceCode] as number);
      at += length;
    }
    if (at - reported > STRETCH) {
      yield at - reported;
      reported = at;
    }
  }
  literal(256);
  if (bits > 0) put(0, 8 - bits);
  return out.subarray(0, size);
}
