/** The gzip file format (RFC 1952). */
import { concatBytes, crc32 } from "../../../encoding/index.ts";
import { deflate } from "./deflate.ts";
import { InflateError, inflate } from "./inflate.ts";
import { type AnyTool, MAX_HELD_BYTES } from "./tool.ts";

/** The sum of something that may be long, paid for as it goes. */
async function paidCrc32(tool: AnyTool, data: Uint8Array): Promise<number> {
  let sum = 0;
  for (let at = 0; at < data.length; at += 65_536) {
    sum = crc32(data.subarray(at, at + 65_536), sum);
    await tool.spend(300);
  }
  return sum;
}

/** Runs work in stretches that the tool pays for. */
async function paying<T>(tool: AnyTool, work: Generator<number, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
    await tool.spend(step.value >> 4);
  }
}

const HEADER_TEXT = 16;
const HEADER_NAME = 8;

export function isGzip(data: Uint8Array): boolean {
  return data[0] === 0x1f && data[1] === 0x8b;
}

/** `name` and `modified` (milliseconds) go into the header where given. */
export async function gzipBytes(tool: AnyTool, data: Uint8Array, name?: string, modified = 0): Promise<Uint8Array> {
  const header = new DataView(new ArrayBuffer(10));
  header.setUint32(0, 0x1f8b0800 | (name === undefined ? 0 : HEADER_NAME));
  header.setUint32(4, Math.floor(modified / 1000), true);
  header.setUint8(9, 3);
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, await paidCrc32(tool, data), true);
  trailer.setUint32(4, data.length >>> 0, true);
  return concatBytes([
    new Uint8Array(header.buffer),
    ...(name === undefined ? [] : [new TextEncoder().encode(`${name}\0`)]),
    await paying(tool, deflate(data)),
    new Uint8Array(trailer.buffer),
  ]);
}

/** Every member, one after another. Throws `InflateError` in gzip's words. */
export async function gunzipBytes(tool: AnyTool, data: Uint8Array): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (let at = 0; at < data.length; ) {
    if (!isGzip(data.subarray(at))) {
      if (at === 0) throw new InflateError("not in gzip format");
      break;
    }
    const flags = data[at + 3] ?? 0;
    at += 10;
    if (flags & 4) at += 2 + ((data[at] ?? 0) | ((data[at + 1] ?? 0) << 8));
    for (const flag of [HEADER_NAME, HEADER_TEXT]) if (flags & flag) at = data.indexOf(0, at) + 1;
    if (flags & 2) at += 2;
    const result = await paying(tool, inflate(data, at, MAX_HELD_BYTES - total));
    if (result.end + 8 > data.length) throw new InflateError("unexpected end of file");
    const trailer = new DataView(data.buffer, data.byteOffset + result.end, 8);
    if (trailer.getUint32(0, true) !== (await paidCrc32(tool, result.data)))
      throw new InflateError("invalid compressed data--crc error");
    parts.push(result.data);
    total += result.data.length;
    tool.process.holdMemory(data.length + total);
    at = result.end + 8;
  }
  return concatBytes(parts);
}

/** What a header tells of the file that was compressed; 0 where it tells no time. */
export function nameInGzip(data: Uint8Array): { readonly name: string | undefined; readonly modified: number } {
  if (!isGzip(data) || data.length < 10) return { name: undefined, modified: 0 };
  const modified = new DataView(data.buffer, data.byteOffset, 10).getUint32(4, true) * 1000;
  const flags = data[3] ?? 0;
  const at = flags & 4 ? 12 + ((data[10] ?? 0) | ((data[11] ?? 0) << 8)) : 10;
  const end = data.indexOf(0, at);
  return {
    name: flags & HEADER_NAME && end !== -1 ? new TextDecoder().decode(data.subarray(at, end)) : undefined,
    modified,
  };
}
