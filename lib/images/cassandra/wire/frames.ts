/** Frames of Cassandra's native protocol, versions 3 and 4. */
import { concatBytes } from "../../../encoding/index.ts";
import type { Connection } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, WireReader, WireWriter } from "../../kit/wire/bytes.ts";

/** `native_transport_max_frame_size_in_mb` is 256 in the real one. */
const MAX_FRAME = 16 * 1024 * 1024;

export const OPCODE = {
  error: 0x00,
  startup: 0x01,
  ready: 0x02,
  options: 0x05,
  supported: 0x06,
  query: 0x07,
  result: 0x08,
  prepare: 0x09,
  execute: 0x0a,
  register: 0x0b,
  batch: 0x0d,
} as const;
export const FLAG = { compression: 1, tracing: 2, payload: 4, warning: 8 } as const;

export interface Frame {
  readonly version: number;
  readonly flags: number;
  readonly stream: number;
  readonly opcode: number;
  readonly reader: WireReader;
}

export class FrameStream {
  readonly #reader: StreamReader;
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
  }

  /** Undefined at the end. Throws `Malformed`. Of versions that are not spoken, the head alone is read. */
  async read(): Promise<Frame | undefined> {
    const bytes = await this.#reader.bytes(9);
    if (bytes === undefined) return undefined;
    const head = new WireReader(bytes, "big");
    const [version, flags, stream, opcode, length] = [head.u8(), head.u8(), head.i16(), head.u8(), head.i32()];
    const empty = new WireReader(new Uint8Array(0), "big");
    if (version !== 3 && version !== 4) return { version, flags, stream, opcode, reader: empty };
    if (length < 0 || length > MAX_FRAME) throw new Malformed("Request is too big");
    const content = length === 0 ? new Uint8Array(0) : await this.#reader.bytes(length);
    return content === undefined
      ? undefined
      : { version, flags, stream, opcode, reader: new WireReader(content, "big") };
  }

  write(version: number, stream: number, opcode: number, body: WireWriter, flags = 0): Promise<void> {
    const content = body.done();
    const head = new WireWriter("big", 9)
      .u8(0x80 | version)
      .u8(flags)
      .u16(stream)
      .u8(opcode)
      .i32(content.length);
    return this.#connection.writer.write(concatBytes([head.done(), content]));
  }
}
