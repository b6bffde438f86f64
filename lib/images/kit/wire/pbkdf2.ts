/** PBKDF2 with HMAC-SHA-256, for SCRAM: thousands of rounds, so that it works on words instead of messages. */

const K = new Int32Array(64);
const INITIAL = new Int32Array(8);
{
  const isPrime = (n: number) => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
    return true;
  };
  const fraction = (value: number) => ((value - Math.floor(value)) * 2 ** 32) | 0;
  for (let n = 2, found = 0; found < 64; n++) {
    if (!isPrime(n)) continue;
    K[found] = fraction(Math.cbrt(n));
    if (found < 8) INITIAL[found] = fraction(Math.sqrt(n));
    found++;
  }
}

const schedule = new Int32Array(64);

/** One block of 16 words into a state. */
function compress(state: Int32Array, block: Int32Array): void {
  const w = schedule;
  for (let i = 0; i < 16; i++) w[i] = block[i] as number;
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const a = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const b = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[i] = (a + b + (w[i - 16] as number) + (w[i - 7] as number)) | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (K[i] as number) + (w[i] as number)) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = ((state[0] as number) + a) | 0;
  state[1] = ((state[1] as number) + b) | 0;
  state[2] = ((state[2] as number) + c) | 0;
  state[3] = ((state[3] as number) + d) | 0;
  state[4] = ((state[4] as number) + e) | 0;
  state[5] = ((state[5] as number) + f) | 0;
  state[6] = ((state[6] as number) + g) | 0;
  state[7] = ((state[7] as number) + h) | 0;
}

function words(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: bytes.length >> 2 }, (_, index) => view.getInt32(index * 4));
}

/**
 * The first 32 bytes. `key` is hashed already where it is longer than 64 bytes; `first` is what HMAC gives for the salt
 * and the number of the block.
 */
export function pbkdf2Rounds(key: Uint8Array, first: Uint8Array, rounds: number): Uint8Array {
  const block = new Uint8Array(64);
  block.set(key);
  const [inner, outer] = [0x36, 0x5c].map((pad) => {
    const state = INITIAL.slice();
    compress(state, words(block.map((byte) => byte ^ pad)));
    return state;
  }) as [Int32Array, Int32Array];
  // A digest of 32 bytes behind a block of 64: the padding never changes.
  const message = new Int32Array(16);
  message.set(words(first));
  message[8] = 0x80000000 | 0;
  message[15] = 96 * 8;
  const sum = words(first);
  const state = new Int32Array(8);
  for (let round = 1; round < rounds; round++) {
    state.set(inner);
    compress(state, message);
    message.set(state);
    state.set(outer);
    compress(state, message);
    message.set(state);
    for (let i = 0; i < 8; i++) sum[i] = (sum[i] as number) ^ (state[i] as number);
  }
  const out = new DataView(new ArrayBuffer(32));
  for (let i = 0; i < 8; i++) out.setInt32(i * 4, sum[i] as number);
  return new Uint8Array(out.buffer);
}
