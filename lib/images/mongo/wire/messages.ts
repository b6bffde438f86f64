/** Messages of MongoDB's wire protocol: OP_MSG, and OP_QUERY for the first word of drivers (src/mongo/rpc/message.h). */
import type { Connection } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { Doc, MutableDoc, Value } from "../data/bson.ts";
import { readDocument, writeDocument } from "./bson.ts";

/** `maxMessageSizeBytes`. */
const MAX_MESSAGE = 48_000_000;
const OP = { reply: 1, query: 2004, compressed: 2012, msg: 2013 } as const;
const FLAG = { checksum: 1, moreToCome: 2 } as const;
/** Bits below this one must be understood. */
const REQUIRED_FLAGS = 0xffff;

interface Incoming {
  readonly id: number;
  readonly responseTo: number;
  /** In the form that only a first hello may have. */
  readonly legacy: boolean;
  /** Nothing is answered to it. */
  readonly silent: boolean;
  readonly body: Doc;
}

export class MessageStream {
  readonly #reader: StreamReader;
  readonly #connection: Connection;
  #nextId = 1;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
  }

  /** The next message; undefined at the end. Throws `Malformed`, and `MongoError` for values that are not supported. */
  async read(): Promise<Incoming | undefined> {
    const header = await this.#reader.bytes(16);
    if (header === undefined) return undefined;
    const head = new WireReader(header, "little");
    const length = head.i32();
    const [id, responseTo, code] = [head.i32(), head.i32(), head.i32()];
    if (length < 16 + 5 || length > MAX_MESSAGE) throw new Malformed(`message length ${length} is invalid`);
    const content = await this.#reader.bytes(length - 16);
    if (content === undefined) return undefined;
    const reader = new WireReader(content, "little");
    if (code === OP.msg) return { id, responseTo, legacy: false, ...readMessage(reader) };
    if (code === OP.query) return { id, responseTo, legacy: true, silent: false, body: readQuery(reader) };
    if (code === OP.reply) return { id, responseTo, legacy: true, silent: true, body: readDocument(reader.skip(20)) };
    throw new Malformed(code === OP.compressed ? "compression was not agreed on" : `unsupported operation ${code}`);
  }

  /** Sends a document as OP_MSG, or as the answer to an OP_QUERY. */
  async write(doc: Doc, responseTo = 0, legacy = false): Promise<number> {
    const bytes = writeDocument(doc);
    const id = this.#nextId++;
    const extra = legacy ? 20 : 5;
    const writer = new WireWriter("little", bytes.length + 16 + extra);
    writer
      .i32(bytes.length + 16 + extra)
      .i32(id)
      .i32(responseTo)
      .i32(legacy ? OP.reply : OP.msg);
    // Flags and kind of the only section; or flags (AwaitCapable), cursor, start and count.
    if (legacy) writer.i32(8).i64(0).i32(0).i32(1);
    else writer.u32(0).u8(0);
    await this.#connection.writer.write(writer.bytes(bytes).done());
    return id;
  }
}

function readMessage(reader: WireReader): { readonly silent: boolean; readonly body: Doc } {
  const flags = reader.u32();
  if (flags & REQUIRED_FLAGS & ~(FLAG.checksum | FLAG.moreToCome)) throw new Malformed("unknown flags");
  const end = flags & FLAG.checksum ? 4 : 0;
  let body: Doc | undefined;
  const sequences: MutableDoc = {};
  while (reader.left > end) {
    const kind = reader.u8();
    if (kind === 0) {
      if (body !== undefined) throw new Malformed("two bodies");
      body = readDocument(reader);
    } else if (kind === 1) {
      const begin = reader.position;
      const size = reader.i32();
      const name = reader.cstring();
      const docs: Value[] = [];
      while (reader.position - begin < size) docs.push(readDocument(reader));
      if (reader.position - begin !== size || name.includes(".")) throw new Malformed("invalid document sequence");
      if (Object.hasOwn(sequences, name)) throw new Malformed("two sequences of one name");
      sequences[name] = docs;
    } else throw new Malformed(`unknown section kind ${kind}`);
  }
  if (body === undefined) throw new Malformed("no body");
  return { silent: (flags & FLAG.moreToCome) !== 0, body: { ...body, ...sequences } };
}

function readQuery(reader: WireReader): Doc {
  reader.skip(4);
  const collection = reader.cstring();
  if (!collection.endsWith(".$cmd")) throw new Malformed("OP_QUERY is for commands alone");
  reader.skip(8);
  const body = readDocument(reader);
  const command = body["$query"];
  const inner = typeof command === "object" && command !== null && !Array.isArray(command) ? (command as Doc) : body;
  return { ...inner, $db: collection.slice(0, -5) };
}
