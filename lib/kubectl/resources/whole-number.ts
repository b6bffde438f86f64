/** Whole numbers as Go's decoders keep them. */

const LEAST = -(1n << 63n);
const MOST = (1n << 63n) - 1n;

/** A number where a double holds it, a bigint where 64 bits do, else the nearest double. */
export function wholeNumber(value: bigint): number | bigint {
  const near = Number(value);
  return Number.isSafeInteger(near) || value < LEAST || value > MOST ? near : value;
}
