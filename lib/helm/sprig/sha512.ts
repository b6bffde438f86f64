/** SHA-512 of bytes, as hexadecimal text. */
const MASK = (1n << 64n) - 1n;

function primes(count: number): bigint[] {
  const found: bigint[] = [];
  for (let n = 2n; found.length < count; n++) if (found.every((prime) => n % prime !== 0n)) found.push(n);
  return found;
}
/** The first 64 bits behind the point of a root: 3 for cube roots, 2 for square roots. */
function fraction(of: bigint, degree: bigint): bigint {
  const target = of << (64n * degree);
  let [low, high] = [0n, 1n << 70n];
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** degree <= target) low = middle;
    else high = middle - 1n;
  }
  return low & MASK;
}
const CONSTANTS = primes(80).map((prime) => fraction(prime, 3n));
const INITIAL = primes(8).map((prime) => fraction(prime, 2n));

const turn = (value: bigint, by: bigint): bigint => ((value >> by) | (value << (64n - by))) & MASK;

export function sha512(data: Uint8Array): string {
  const padded = new Uint8Array(Math.ceil((data.length + 17) / 128) * 128);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(data.length) * 8n);
  const state = [...INITIAL];
  const words: bigint[] = new Array(80).fill(0n);
  for (let block = 0; block < padded.length; block += 128) {
    for (let i = 0; i < 16; i++) words[i] = view.getBigUint64(block + i * 8);
    for (let i = 16; i < 80; i++) {
      const [x, y] = [words[i - 15] as bigint, words[i - 2] as bigint];
      const s0 = turn(x, 1n) ^ turn(x, 8n) ^ (x >> 7n);
      const s1 = turn(y, 19n) ^ turn(y, 61n) ^ (y >> 6n);
      words[i] = ((words[i - 16] as bigint) + s0 + (words[i - 7] as bigint) + s1) & MASK;
    }
    let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n);
      const one = (h + s1 + ((e & f) ^ (~e & MASK & g)) + (CONSTANTS[i] as bigint) + (words[i] as bigint)) & MASK;
      const s0 = turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n);
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & MASK, c, b, a, (one + two) & MASK];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => {
      state[i] = ((state[i] as bigint) + value) & MASK;
    });
  }
  return state.map((value) => value.toString(16).padStart(16, "0")).join("");
}
