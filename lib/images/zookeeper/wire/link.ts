/** zkCli.sh's connection to a server. */
import { type Connection, isErrno } from "../../../machine/index.ts";
import { Malformed, type WireReader, type WireWriter } from "../../kit/wire/bytes.ts";
import { dataBytes, dataText } from "../data.ts";
import type { Stat } from "../tree.ts";
import {
  errorName,
  FrameStream,
  OP,
  readBuffer,
  readList,
  readStat,
  readText,
  writeBuffer,
  writeOpenAcl,
  writer,
  writeText,
} from "./jute.ts";

/** What the server refused, by ZooKeeper's name for it. */
export class Refused extends Error {}
/** The connection is gone. */
export class LinkLost extends Error {}

interface Node {
  readonly data: string;
  readonly stat: Stat;
}

export class ZooLink {
  readonly #frames: FrameStream;
  readonly #connection: Connection;
  #xid = 1;

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#frames = new FrameStream(connection, 64 * 1024 * 1024);
  }

  /** A new session; undefined where the server talks to nobody. */
  static async open(connection: Connection, timeout = 30_000): Promise<ZooLink | undefined> {
    const link = new ZooLink(connection);
    const hello = writer().i32(0).i64(0).i32(timeout).i64(0);
    try {
      await link.#frames.write(writeBuffer(hello, new Uint8Array(16)).u8(0));
      return (await link.#frames.read()) === undefined ? undefined : link;
    } catch (problem) {
      if (problem instanceof Malformed || isErrno(problem)) return undefined;
      throw problem;
    }
  }

  async #ask(op: number, body: WireWriter | undefined): Promise<WireReader> {
    const xid = this.#xid++;
    try {
      const head = writer().i32(xid).i32(op);
      await (body === undefined ? this.#frames.write(head) : this.#frames.write(head, body));
      for (;;) {
        const reader = await this.#frames.read();
        if (reader === undefined) throw new LinkLost();
        if (reader.i32() !== xid) continue;
        reader.skip(8);
        const error = reader.i32();
        if (error !== 0) throw new Refused(errorName(error));
        return reader;
      }
    } catch (problem) {
      if (problem instanceof Malformed || isErrno(problem)) throw new LinkLost();
      throw problem;
    }
  }

  async get(path: string): Promise<Node> {
    const reader = await this.#ask(OP.getData, writeText(writer(), path).u8(0));
    return { data: dataText(readBuffer(reader)), stat: readStat(reader) };
  }

  async stat(path: string): Promise<Stat> {
    return readStat(await this.#ask(OP.exists, writeText(writer(), path).u8(0)));
  }

  async list(path: string): Promise<{ readonly names: readonly string[]; readonly stat: Stat }> {
    const reader = await this.#ask(OP.getChildren2, writeText(writer(), path).u8(0));
    return { names: readList(reader, readText), stat: readStat(reader) };
  }

  /** A path and all below it, as long as they are there. */
  async below(path: string): Promise<string[]> {
    const found = [path];
    for (let index = 0; index < found.length; index++) {
      const at = found[index] ?? "/";
      try {
        for (const name of (await this.list(at)).names) found.push(at === "/" ? `/${name}` : `${at}/${name}`);
      } catch (problem) {
        if (index === 0 || !(problem instanceof Refused) || problem.message !== "NoNode") throw problem;
      }
    }
    return found.sort();
  }

  async create(path: string, data: string, flags: { readonly sequential: boolean; readonly ephemeral: boolean }) {
    const body = writeOpenAcl(writeBuffer(writeText(writer(), path), dataBytes(data)));
    const reader = await this.#ask(OP.create, body.i32(Number(flags.ephemeral) + 2 * Number(flags.sequential)));
    return readText(reader);
  }

  async set(path: string, data: string, version: number): Promise<Stat> {
    const body = writeBuffer(writeText(writer(), path), dataBytes(data)).i32(version);
    return readStat(await this.#ask(OP.setData, body));
  }

  async delete(path: string, version: number): Promise<void> {
    await this.#ask(OP.delete, writeText(writer(), path).i32(version));
  }

  /** From the leaves up. */
  async deleteAll(path: string): Promise<void> {
    for (const one of (await this.below(path)).reverse()) await this.delete(one, -1);
  }

  async sync(path: string): Promise<void> {
    await this.#ask(OP.sync, writeText(writer(), path));
  }

  /** Ends the session, and with it its ephemeral nodes. */
  async close(): Promise<void> {
    try {
      await this.#ask(OP.closeSession, undefined);
    } catch (problem) {
      if (!(problem instanceof LinkLost) && !(problem instanceof Refused)) throw problem;
    }
    this.#connection.close();
  }
}
