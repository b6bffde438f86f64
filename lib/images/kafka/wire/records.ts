/** Batches of records as they travel (format 2; clients/.../record/DefaultRecordBatch.java, DefaultRecord.java). */
import { concatBytes } from "../../../encoding/index.ts";
import { Malformed, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import { bytesOf, textOf } from "../../kit/wire/texts.ts";
import type { LogRecord } from "../log.ts";

const CASTAGNOLI = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (CASTAGNOLI[(value ^ byte) & 255] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

type Headers = readonly (readonly [name: string, value: string | null])[];
export interface SentRecord {
  readonly key: string | null;
  readonly value: string | null;
  /** ms. */
  readonly time: number;
  readonly headers?: Headers;
}

export interface SentBatch {
  readonly records: readonly SentRecord[];
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Number of the first record; -1 where the producer does not count. */
  readonly sequence: number;
}

/** What keeps a batch from being taken, by the protocol's name. */
type BatchProblem =
  | "CORRUPT_MESSAGE"
  | "UNSUPPORTED_FOR_MESSAGE_FORMAT"
  | "UNSUPPORTED_COMPRESSION_TYPE"
  | "INVALID_RECORD";

/** Numbers of as many bytes as they need, signs folded in. */
function readVar(reader: WireReader): number {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.u8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
    if (shift > 63n) throw new Malformed("a number has no end");
  }
  return Number((value >> 1n) ^ -(value & 1n));
}
function writeVar(writer: WireWriter, value: number): WireWriter {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 127n; rest >>= 7n) writer.u8(Number(rest & 127n) | 128);
  return writer.u8(Number(rest));
}

function readBytes(reader: WireReader): Uint8Array | null {
  const length = readVar(reader);
  return length < 0 ? null : reader.bytes(length);
}
function writeBytes(writer: WireWriter, bytes: Uint8Array | null): WireWriter {
  return bytes === null ? writeVar(writer, -1) : writeVar(writer, bytes.length).bytes(bytes);
}
const text = (bytes: Uint8Array | null) => (bytes === null ? null : textOf(bytes));
const bytes = (value: string | null) => (value === null ? null : bytesOf(value));

/** The batches of a produce request, or why they are refused. Throws `Malformed`. */
export function readBatches(content: Uint8Array): readonly SentBatch[] | BatchProblem {
  const reader = new WireReader(content, "big");
  const found: SentBatch[] = [];
  while (reader.left > 0) {
    reader.skip(8);
    const length = reader.i32();
    const batch = new WireReader(reader.bytes(length), "big");
    batch.skip(4);
    if (batch.u8() !== 2) return "UNSUPPORTED_FOR_MESSAGE_FORMAT";
    const crc = batch.u32();
    const rest = batch.rest();
    if (crc32c(rest) !== crc) return "CORRUPT_MESSAGE";
    const inner = new WireReader(rest, "big");
    const attributes = inner.u16();
    if (attributes & 7) return "UNSUPPORTED_COMPRESSION_TYPE";
    // Transactions and their markers.
    if (attributes & 0x30) return "INVALID_RECORD";
    inner.skip(4);
    const base = Number(inner.i64());
    inner.skip(8);
    const producerId = Number(inner.i64());
    const [producerEpoch, sequence, count] = [inner.i16(), inner.i32(), inner.i32()];
    if (count < 0 || count > inner.left) return "INVALID_RECORD";
    const records = Array.from({ length: count }, () => readRecord(inner, base));
    found.push({ records, producerId, producerEpoch, sequence });
  }
  return found;
}

function readRecord(outer: WireReader, base: number): SentRecord {
  const reader = new WireReader(outer.bytes(readVar(outer)), "big");
  reader.skip(1);
  const time = base + readVar(reader);
  readVar(reader);
  const [key, value] = [text(readBytes(reader)), text(readBytes(reader))];
  const count = readVar(reader);
  if (count < 0 || count > reader.left) throw new Malformed("unreasonable number of headers");
  const headers = Array.from({ length: count }, (): readonly [string, string | null] => [
    text(readBytes(reader)) ?? "",
    text(readBytes(reader)),
  ]);
  return { key, value, time, ...(headers.length > 0 ? { headers } : {}) };
}

/** Records as a consumer gets them: a batch for each leader's epoch. */
export function writeBatches(records: readonly LogRecord[]): Uint8Array {
  const batches: Uint8Array[] = [];
  for (let at = 0; at < records.length; ) {
    const epoch = records[at]?.epoch ?? 0;
    let end = at;
    while (records[end]?.epoch === epoch) end++;
    batches.push(writeBatch(records.slice(at, end), epoch));
    at = end;
  }
  return concatBytes(batches);
}

function writeBatch(records: readonly LogRecord[], epoch: number): Uint8Array {
  const base = records[0]?.offset ?? 0;
  const first = records[0]?.time ?? 0;
  const largest = records.reduce((most, { time }) => Math.max(most, time), first);
  const rest = new WireWriter("big", 256)
    .u16(0)
    .i32((records.at(-1)?.offset ?? base) - base)
    .i64(BigInt(Math.trunc(first)))
    .i64(BigInt(Math.trunc(largest)))
    .i64(-1)
    .u16(0xffff)
    .i32(-1)
    .i32(records.length);
  for (const { offset, time, key, value, headers = [] } of records) {
    const one = writeVar(new WireWriter("big", 64).u8(0), Math.trunc(time) - Math.trunc(first));
    writeVar(one, offset - base);
    writeBytes(one, bytes(key));
    writeBytes(one, bytes(value));
    writeVar(one, headers.length);
    for (const [name, content] of headers) {
      writeBytes(one, utf8(name));
      writeBytes(one, bytes(content));
    }
    const written = one.done();
    writeVar(rest, written.length).bytes(written);
  }
  const content = rest.done();
  return new WireWriter("big", content.length + 21)
    .i64(base)
    .i32(content.length + 9)
    .i32(epoch)
    .u8(2)
    .u32(crc32c(content))
    .bytes(content)
    .done();
}
