/** Percona's stream of files: chunks of a path and bytes, one file after the other, each with its end. */
import { crc32 } from "../../encoding/index.ts";

const MAGIC = new TextEncoder().encode("XBSTCK01");
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const PAYLOAD = 0x50;
const END = 0x45;

function chunk(type: number, path: string, payload: Uint8Array, offset: number): Uint8Array {
  const name = encoder.encode(path);
  const body = type === PAYLOAD ? 20 + payload.length : 0;
  const out = new Uint8Array(14 + name.length + body);
  const view = new DataView(out.buffer);
  out.set(MAGIC);
  out[9] = type;
  view.setUint32(10, name.length, true);
  out.set(name, 14);
  if (type === PAYLOAD) {
    const at = 14 + name.length;
    view.setBigUint64(at, BigInt(payload.length), true);
    view.setBigUint64(at + 8, BigInt(offset), true);
    view.setUint32(at + 16, crc32(payload), true);
    out.set(payload, at + 20);
  }
  return out;
}

/** One file as the stream has it. */
export function streamFile(path: string, data: Uint8Array): Uint8Array[] {
  return [chunk(PAYLOAD, path, data, 0), chunk(END, path, data, data.length)];
}

export class BrokenStream extends Error {}

/** Chunks of payload in their order, with where in the file each belongs. Throws `BrokenStream`. */
export async function* readStream(source: {
  bytes(count: number): Promise<Uint8Array | undefined>;
}): AsyncIterable<{ readonly path: string; readonly offset: number; readonly data: Uint8Array }> {
  const exactly = async (count: number) => {
    const bytes = await source.bytes(count);
    if (bytes === undefined) throw new BrokenStream("unexpected end of stream");
    return bytes;
  };
  for (;;) {
    const magic = await source.bytes(MAGIC.length);
    if (magic === undefined) return;
    if (decoder.decode(magic) !== decoder.decode(MAGIC)) throw new BrokenStream("wrong chunk magic at offset 0x0.");
    const head = await exactly(6);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const path = decoder.decode(await exactly(view.getUint32(2, true)));
    if (head[1] !== PAYLOAD) continue;
    const fixed = await exactly(20);
    const numbers = new DataView(fixed.buffer, fixed.byteOffset, fixed.length);
    const length = Number(numbers.getBigUint64(0, true));
    const data = length === 0 ? new Uint8Array(0) : await exactly(length);
    if (crc32(data) !== numbers.getUint32(16, true)) throw new BrokenStream("checksum mismatch");
    yield { path, offset: Number(numbers.getBigUint64(8, true)), data };
  }
}
