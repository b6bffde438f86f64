/**
 * Packets of MySQL's client/server protocol: three bytes of length, one that counts, the payload. What is longer than a
 * packet goes on in the next (dev.mysql.com/doc/dev/mysql-server, "MySQL Packets").
 */
import { concatBytes } from "../../../encoding/index.ts";
import type { Connection } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, type WireReader, type WireWriter } from "../../kit/wire/bytes.ts";
import { MysqlError } from "../sql/errors.ts";

/** What `max_allowed_packet` is, on both sides. */
const MAX_PACKET = 16 * 1024 * 1024;
const LARGEST = 0xffffff;
const TOGETHER = 64 * 1024;

export class PacketStream {
  readonly #reader: StreamReader;
  readonly #connection: Connection;
  #sequence = 0;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
  }

  /** A command begins: packets are counted anew. */
  begin(): void {
    this.#sequence = 0;
  }

  /** The next payload; undefined at the end. Throws 1153 past `limit` bytes, 1156 where the count is wrong. */
  async read(limit = MAX_PACKET): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const header = await this.#reader.bytes(4);
      if (header === undefined) return undefined;
      const [a = 0, b = 0, c = 0, sequence = 0] = header;
      const size = a | (b << 8) | (c << 16);
      length += size;
      if (length > limit) throw new MysqlError(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes");
      if (sequence !== this.#sequence) throw new MysqlError(1156, "08S01", "Got packets out of order");
      this.#sequence = (this.#sequence + 1) & 255;
      const part = await this.#reader.bytes(size);
      if (part === undefined) return undefined;
      if (size < LARGEST && parts.length === 0) return part;
      parts.push(part);
      if (size < LARGEST) return concatBytes(parts);
    }
  }

  /** Sends a payload, or keeps it until `flush` or until there is much of it. */
  async write(payload: Uint8Array): Promise<void> {
    for (let at = 0; ; at += LARGEST) {
      const part = payload.subarray(at, at + LARGEST);
      const { length } = part;
      this.#waiting.push(
        Uint8Array.of(length & 255, (length >> 8) & 255, length >> 16, this.#sequence),
        length === payload.length ? part.slice() : part,
      );
      this.#waitingBytes += length + 4;
      this.#sequence = (this.#sequence + 1) & 255;
      if (length < LARGEST) break;
    }
    if (this.#waitingBytes >= TOGETHER) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = concatBytes(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    await this.#connection.writer.write(bytes);
  }
}

/** Numbers that take as many bytes as they need. */
export function writeLength(writer: WireWriter, value: number): WireWriter {
  if (value < 251) return writer.u8(value);
  if (value < 0x10000) return writer.u8(0xfc).u16(value);
  if (value < 0x1000000) return writer.u8(0xfd).u24(value);
  return writer.u8(0xfe).i64(value);
}

/** A length-encoded integer. Throws `Malformed`. */
export function readLength(reader: WireReader): number {
  const first = reader.u8();
  if (first < 251) return first;
  if (first === 0xfc) return reader.u16();
  if (first === 0xfd) return reader.u24();
  if (first !== 0xfe) throw new Malformed("no length");
  const value = reader.i64();
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed("length out of range");
  return Number(value);
}

export const writeCounted = (writer: WireWriter, bytes: Uint8Array): WireWriter =>
  writeLength(writer, bytes.length).bytes(bytes);

export const readCounted = (reader: WireReader): Uint8Array => reader.bytes(readLength(reader));
