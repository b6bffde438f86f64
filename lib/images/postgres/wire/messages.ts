/** Messages of PostgreSQL's protocol 3.0: a letter, a length that counts itself, the content (src/include/libpq/protocol.h). */
import { concatBytes } from "../../../encoding/index.ts";
import type { Connection } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { ErrorReport } from "../results.ts";

/** Bytes of a message of a client that is known (the real limit is 1 GB). */
const MAX_MESSAGE = 32 * 1024 * 1024;
/** MAX_STARTUP_PACKET_LENGTH. */
const MAX_STARTUP = 10_000;
const TOGETHER = 64 * 1024;

export const PROTOCOL = { v3: 196_608, cancel: 80_877_102, tls: 80_877_103, gss: 80_877_104 } as const;

export interface Message {
  readonly type: string;
  readonly reader: WireReader;
}

export class MessageStream {
  readonly #reader: StreamReader;
  readonly #connection: Connection;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
  }

  /** The first message, which has no letter; undefined at the end. Throws `Malformed`. */
  async startup(): Promise<WireReader | undefined> {
    const header = await this.#reader.bytes(4);
    if (header === undefined) return undefined;
    const length = new WireReader(header, "big").i32() - 4;
    if (length < 4 || length > MAX_STARTUP) throw new Malformed("invalid length of startup packet");
    const content = await this.#reader.bytes(length);
    return content === undefined ? undefined : new WireReader(content, "big");
  }

  /** The next message; undefined at the end. Throws `Malformed`. */
  async read(limit = MAX_MESSAGE): Promise<Message | undefined> {
    const header = await this.#reader.bytes(5);
    if (header === undefined) return undefined;
    const reader = new WireReader(header, "big");
    const type = String.fromCharCode(reader.u8());
    const length = reader.i32() - 4;
    if (length < 0 || length > limit) throw new Malformed("invalid message length");
    const content = length === 0 ? new Uint8Array(0) : await this.#reader.bytes(length);
    return content === undefined ? undefined : { type, reader: new WireReader(content, "big") };
  }

  /** One byte without a frame, as the answer to a request for encryption is. */
  async raw(byte: string): Promise<void> {
    await this.#connection.writer.write(byte);
  }

  async write(type: string, content: WireWriter | undefined = undefined): Promise<void> {
    const bytes = content?.flush() ?? new Uint8Array(0);
    const head = new WireWriter("big", 5);
    if (type !== "") head.u8(type.charCodeAt(0));
    this.#waiting.push(head.i32(bytes.length + 4).done(), bytes);
    this.#waitingBytes += bytes.length + 5;
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

export const content = (): WireWriter => new WireWriter("big");

/** What an error or a notice says, by the letters of its fields. */
export interface Report extends Omit<ErrorReport, "severity" | "sql" | "at"> {
  readonly severity: string;
  /** Characters before the place it is about, in the text that was sent. */
  readonly position?: number;
}

/** The fields of an ErrorResponse or NoticeResponse. */
export function writeReport({ severity, state, message, detail, hint, position }: Report): WireWriter {
  const writer = content();
  const field = (letter: string, text: string | undefined) => {
    if (text !== undefined) writer.u8(letter.charCodeAt(0)).cstring(text);
  };
  field("S", severity);
  field("V", severity);
  field("C", state);
  field("M", message);
  field("D", detail);
  field("H", hint);
  field("P", position === undefined ? undefined : String(position + 1));
  return writer.u8(0);
}

export function readReport(reader: WireReader): Report {
  const fields = new Map<string, string>();
  for (let letter = reader.u8(); letter !== 0; letter = reader.u8())
    fields.set(String.fromCharCode(letter), reader.cstring());
  const [detail, hint, position] = ["D", "H", "P"].map((letter) => fields.get(letter));
  return {
    severity: fields.get("S") ?? "ERROR",
    state: fields.get("C") ?? "XX000",
    message: fields.get("M") ?? "",
    ...(detail === undefined ? {} : { detail }),
    ...(hint === undefined ? {} : { hint }),
    ...(position === undefined ? {} : { position: Number(position) - 1 }),
  };
}
