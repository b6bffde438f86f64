/** Numbers of cryptographic size: powers, inverses, primes. Everything pays: a key takes a second or so of a machine. */
import { numberOf } from "../support/der-writing.ts";

/** Where work is paid for and chance comes from. */
export interface Host {
  spend(units: number): Promise<void> | void;
  random(): number;
}

/** About how much of a slice one multiplication of 64 bits by 64 bits costs, in units. */
const COST = 1 / 4096;

/** `base` to the `exponent`, modulo; paid for by the length of the exponent. */
export async function power(base: bigint, exponent: bigint, modulus: bigint, host: Host): Promise<bigint> {
  const words = modulus.toString(16).length / 16;
  const digits = exponent.toString(2);
  let result = 1n;
  const value = base % modulus;
  for (const [at, digit] of [...digits].entries()) {
    result = (result * result) % modulus;
    if (digit === "1") result = (result * value) % modulus;
    if ((at & 63) === 63) await host.spend(1 + Math.ceil(64 * 3 * words * words * COST * 8));
  }
  return result;
}

/** What `value` has to be multiplied with for 1, modulo: they have no common divisor. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, ((value % modulus) + modulus) % modulus];
  let [t, nextT] = [0n, 1n];
  while (next !== 0n) {
    const quotient = r / next;
    [r, next] = [next, r - quotient * next];
    [t, nextT] = [nextT, t - quotient * nextT];
  }
  return ((t % modulus) + modulus) % modulus;
}

/** From the clock's generator: a cluster that is played again makes the same keys. */
export function randomBytes(host: Host, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => Math.floor(host.random() * 256));
}

/** From 1 to below `limit`. */
export function randomBelow(host: Host, limit: bigint): bigint {
  const length = Math.ceil(limit.toString(16).length / 2) + 8;
  return 1n + (numberOf(randomBytes(host, length)) % (limit - 1n));
}

const SMALL: readonly number[] = (() => {
  const out: number[] = [];
  for (let each = 3; each < 2000; each += 2) if (out.every((prime) => each % prime !== 0)) out.push(each);
  return out;
})();
/** Products of small primes, so that one long division tells of many. */
const PRODUCT = SMALL.reduce((product, prime) => product * BigInt(prime), 1n);

function gcdIsOne(a: bigint, b: bigint): boolean {
  let [x, y] = [a, b % a];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 1n;
}

async function isPrime(value: bigint, host: Host): Promise<boolean> {
  let odd = value - 1n;
  let twos = 0;
  while ((odd & 1n) === 0n) {
    odd >>= 1n;
    twos++;
  }
  const rounds = value.toString(2).length >= 1024 ? 5 : 12;
  for (let round = 0; round < rounds; round++) {
    let x = await power(round === 0 ? 2n : randomBelow(host, value - 1n), odd, value, host);
    if (x === 1n || x === value - 1n) continue;
    let composite = true;
    for (let i = 1; i < twos && composite; i++) {
      x = (x * x) % value;
      composite = x !== value - 1n;
    }
    if (composite) return false;
  }
  return true;
}

/** A prime of so many bits whose two highest are set, and that is fit for the exponent. */
export async function randomPrime(bits: number, exponent: bigint, host: Host): Promise<bigint> {
  for (;;) {
    const shape = (3n << BigInt(bits - 2)) | 1n;
    const candidate = (numberOf(randomBytes(host, bits >> 3)) % (1n << BigInt(bits))) | shape;
    await host.spend(8);
    if (!gcdIsOne(candidate, PRODUCT) || (candidate - 1n) % exponent === 0n) continue;
    if (await isPrime(candidate, host)) return candidate;
  }
}
