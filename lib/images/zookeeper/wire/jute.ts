/** Jute, ZooKeeper's records as bytes, and what of them clients and servers exchange (zookeeper-jute's zookeeper.jute). */
import { concatBytes } from "../../../encoding/index.ts";
import type { Connection } from "../../../machine/index.ts";
import { StreamReader } from "../../kit/reader.ts";
import { Malformed, utf8, WireReader, WireWriter } from "../../kit/wire/bytes.ts";
import type { Stat } from "../tree.ts";

/** `jute.maxbuffer`: longer ones end the connection. */
const MAX_FRAME = 0xfffff;

export const OP = {
  notification: 0,
  create: 1,
  delete: 2,
  exists: 3,
  getData: 4,
  setData: 5,
  getAcl: 6,
  setAcl: 7,
  getChildren: 8,
  sync: 9,
  ping: 11,
  getChildren2: 12,
  check: 13,
  multi: 14,
  create2: 15,
  auth: 100,
  setWatches: 101,
  error: -1,
  closeSession: -11,
} as const;

/** Numbers in the place of a request's own. */
export const XID = { event: -1, ping: -2, auth: -4, setWatches: -8 } as const;

export const ERROR = {
  RuntimeInconsistency: -2,
  ConnectionLoss: -4,
  Unimplemented: -6,
  BadArguments: -8,
  NoNode: -101,
  BadVersion: -103,
  NoChildrenForEphemerals: -108,
  NodeExists: -110,
  NotEmpty: -111,
  AuthFailed: -115,
} as const;
export type ErrorName = keyof typeof ERROR;

export const errorName = (code: number): string =>
  Object.entries(ERROR).find(([, value]) => value === code)?.[0] ?? String(code);

export const EVENT = { created: 1, deleted: 2, changed: 3, children: 4 } as const;
export type EventKind = keyof typeof EVENT;
export const SYNC_CONNECTED = 3;

export const writer = (): WireWriter => new WireWriter("big", 128);

export function writeBuffer(out: WireWriter, bytes: Uint8Array | null): WireWriter {
  return bytes === null ? out.i32(-1) : out.i32(bytes.length).bytes(bytes);
}
export const writeText = (out: WireWriter, text: string): WireWriter => writeBuffer(out, utf8(text));

export function readBuffer(reader: WireReader): Uint8Array | null {
  const length = reader.i32();
  return length === -1 ? null : reader.bytes(length);
}
export function readText(reader: WireReader): string {
  const bytes = readBuffer(reader);
  return bytes === null ? "" : new TextDecoder().decode(bytes);
}
/** A list of at most as many as there are bytes. */
export function readList<T>(reader: WireReader, one: (reader: WireReader) => T): T[] {
  const count = reader.i32();
  if (count === -1) return [];
  if (count < 0 || count > reader.left) throw new Malformed("unreasonable length");
  return Array.from({ length: count }, () => one(reader));
}

/** The only list of rights there is here: everybody may do everything. */
export function writeOpenAcl(out: WireWriter): WireWriter {
  out.i32(1).i32(31);
  writeText(out, "world");
  return writeText(out, "anyone");
}
/** Whether a list of rights is that one. */
export function isOpenAcl(reader: WireReader): boolean {
  const list = readList(reader, (inner) => ({
    rights: inner.i32(),
    scheme: readText(inner),
    id: readText(inner),
  }));
  const [only] = list;
  return list.length === 1 && only?.rights === 31 && only.scheme === "world" && only.id === "anyone";
}

export function writeStat(out: WireWriter, stat: Stat): WireWriter {
  return out
    .i64(BigInt(stat.czxid))
    .i64(BigInt(stat.mzxid))
    .i64(BigInt(Math.trunc(stat.ctime)))
    .i64(BigInt(Math.trunc(stat.mtime)))
    .i32(stat.version)
    .i32(stat.cversion)
    .i32(0)
    .i64(BigInt(stat.owner))
    .i32(stat.dataLength)
    .i32(stat.children)
    .i64(BigInt(stat.pzxid));
}

export function readStat(reader: WireReader): Stat {
  const hexadecimal = () => `0x${BigInt.asUintN(64, reader.i64()).toString(16)}`;
  const [czxid, mzxid] = [hexadecimal(), hexadecimal()];
  const [ctime, mtime] = [Number(reader.i64()), Number(reader.i64())];
  const [version, cversion] = [reader.i32(), reader.i32()];
  reader.skip(4);
  const owner = hexadecimal();
  const [dataLength, children] = [reader.i32(), reader.i32()];
  return { czxid, mzxid, ctime, mtime, version, cversion, owner, dataLength, children, pzxid: hexadecimal() };
}

/** Records, each behind its length. */
export class FrameStream {
  readonly #reader: StreamReader;
  readonly #connection: Connection;
  readonly #limit: number;

  constructor(connection: Connection, limit = MAX_FRAME) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
    this.#limit = limit;
  }

  /** Undefined at the end. Throws `Malformed`. */
  async read(): Promise<WireReader | undefined> {
    const header = await this.#reader.bytes(4);
    if (header === undefined) return undefined;
    const length = new WireReader(header, "big").i32();
    if (length < 0 || length > this.#limit) throw new Malformed(`Len error ${length}`);
    const content = await this.#reader.bytes(length);
    return content === undefined ? undefined : new WireReader(content, "big");
  }

  write(...parts: readonly WireWriter[]): Promise<void> {
    const content = concatBytes(parts.map((part) => part.done()));
    return this.#connection.writer.write(concatBytes([writer().i32(content.length).done(), content]));
  }
}
