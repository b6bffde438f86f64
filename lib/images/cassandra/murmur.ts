/** Murmur3Partitioner: tokens of partition keys, as org.apache.cassandra.utils.MurmurHash computes them. Pure. */

const MASK = (1n << 64n) - 1n;
const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

const rotate = (value: bigint, by: bigint) => ((value << by) | (value >> (64n - by))) & MASK;

function finish(value: bigint): bigint {
  let hash = value ^ (value >> 33n);
  hash = (hash * 0xff51afd7ed558ccdn) & MASK;
  hash ^= hash >> 33n;
  hash = (hash * 0xc4ceb9fe1a85ec53n) & MASK;
  return hash ^ (hash >> 33n);
}

/** Eight bytes, the lowest first. */
function block(bytes: Uint8Array, at: number): bigint {
  let value = 0n;
  for (let index = 7; index >= 0; index--) value = (value << 8n) | BigInt(bytes[at + index] ?? 0);
  return value;
}

/** Bytes of the tail are signed there: a bug that became the format. */
function tail(bytes: Uint8Array, from: number, to: number): bigint {
  let value = 0n;
  for (let index = from; index < to; index++) {
    value ^= BigInt.asUintN(64, BigInt.asIntN(8, BigInt(bytes[index] ?? 0)) << BigInt((index - from) * 8));
  }
  return value;
}

/** The token of a serialized partition key, a signed number of 64 bits. */
export function tokenOf(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return MIN_TOKEN;
  let h1 = 0n;
  let h2 = 0n;
  const blocks = bytes.length >> 4;
  for (let index = 0; index < blocks; index++) {
    h1 ^= (rotate((block(bytes, index * 16) * C1) & MASK, 31n) * C2) & MASK;
    h1 = ((rotate(h1, 27n) + h2) * 5n + 0x52dce729n) & MASK;
    h2 ^= (rotate((block(bytes, index * 16 + 8) * C2) & MASK, 33n) * C1) & MASK;
    h2 = ((rotate(h2, 31n) + h1) * 5n + 0x38495ab5n) & MASK;
  }
  const rest = blocks * 16;
  const k2 = tail(bytes, rest + 8, bytes.length);
  const k1 = tail(bytes, rest, Math.min(bytes.length, rest + 8));
  h2 ^= (rotate((k2 * C2) & MASK, 33n) * C1) & MASK;
  h1 ^= (rotate((k1 * C1) & MASK, 31n) * C2) & MASK;
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = (h1 + h2) & MASK;
  h2 = (h2 + h1) & MASK;
  h1 = (finish(h1) + finish(h2)) & MASK;
  const signed = BigInt.asIntN(64, h1);
  // The smallest number means "before everything", so no key has it.
  return signed === MIN_TOKEN ? MAX_TOKEN : signed;
}

export const MIN_TOKEN = -(1n << 63n);
const MAX_TOKEN = (1n << 63n) - 1n;
