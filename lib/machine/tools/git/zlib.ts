/** The zlib format (RFC 1950) that objects are kept in, on the machine room's DEFLATE. */
import { deflate } from "../support/deflate.ts";
import { InflateError, inflate } from "../support/inflate.ts";
import { MAX_HELD_BYTES } from "../support/tool.ts";

/** Pays for work, as `Process.spend`. */
export type Spend = (units: number) => Promise<void> | void;

function adler32(data: Uint8Array): number {
  let a = 1;
  let b = 0;
  for (let at = 0; at < data.length; ) {
    // The sums stay below 2^32 for so many bytes.
    const end = Math.min(at + 3800, data.length);
    for (; at < end; at++) {
      a += data[at] as number;
      b += a;
    }
    a %= 65_521;
    b %= 65_521;
  }
  return ((b << 16) | a) >>> 0;
}

async function paying<T>(spend: Spend, work: Generator<number, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await spend(step.value >> 4);
  }
}

export async function compress(data: Uint8Array, spend: Spend): Promise<Uint8Array> {
  const body = await paying(spend, deflate(data));
  const out = new Uint8Array(body.length + 6);
  out[0] = 0x78;
  out[1] = 0x01;
  out.set(body, 2);
  new DataView(out.buffer).setUint32(out.length - 4, adler32(data));
  return out;
}

/** What begins at `from`, and where it ends. Throws `InflateError`. */
export async function decompress(
  data: Uint8Array,
  from: number,
  spend: Spend,
): Promise<{ readonly data: Uint8Array; readonly end: number }> {
  const first = data[from] ?? 0;
  if ((first & 15) !== 8 || ((first << 8) | (data[from + 1] ?? 0)) % 31 !== 0) {
    throw new InflateError("incorrect header check");
  }
  const result = await paying(spend, inflate(data, from + 2, MAX_HELD_BYTES));
  if (result.end + 4 > data.length) throw new InflateError("unexpected end of file");
  if (new DataView(data.buffer, data.byteOffset + result.end, 4).getUint32(0) !== adler32(result.data)) {
    throw new InflateError("incorrect data check");
  }
  return { data: result.data, end: result.end + 4 };
}
