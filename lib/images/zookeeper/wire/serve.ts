/** One client's connection in ZooKeeper's own protocol: its session, its requests one after the other, its watches. */
import { fromHex, toHex } from "../../../encoding/index.ts";
import type { Connection, Process } from "../../../machine/index.ts";
import { Malformed, type WireReader, type WireWriter } from "../../kit/wire/bytes.ts";
import { dataBytes, dataText } from "../data.ts";
import type { OpenedSession, Sessions } from "../sessions.ts";
import { type Change, type Outcome, type Part, pathProblem, type ZooTree } from "../tree.ts";
import {
  ERROR,
  type ErrorName,
  EVENT,
  type EventKind,
  FrameStream,
  isOpenAcl,
  OP,
  readBuffer,
  readList,
  readText,
  SYNC_CONNECTED,
  writeBuffer,
  writeOpenAcl,
  writer,
  writeStat,
  writeText,
  XID,
} from "./jute.ts";

export interface WireHost {
  readonly process: Process;
  readonly tree: ZooTree;
  readonly sessions: Sessions;
  /** False: this server takes part in no quorum, and talks to nobody. */
  readonly isServing: boolean;
  /** What became of a change; undefined without a quorum. */
  change(change: Change): Promise<Outcome | undefined>;
  /** Everything that was acknowledged before is here once it resolves; false without a quorum. */
  sync(): Promise<boolean>;
  readonly received: () => void;
  readonly sent: () => void;
  /** Tells of changes from now on, until the returned function is called. */
  listen(told: (kind: EventKind, path: string) => void): () => void;
  log(text: string): void;
}

/** Paths that one connection may watch. */
const MOST_WATCHES = 100_000;

class Failure extends Error {
  readonly code: number;
  constructor(name: ErrorName) {
    super(name);
    this.code = ERROR[name];
  }
}
/** The connection has to end: its server knows no better than others what is the case. */
class Gone extends Error {}

export async function serveClient(host: WireHost, connection: Connection): Promise<void> {
  const client = new Client(host, connection);
  try {
    await client.run();
  } catch (problem) {
    if (problem instanceof Malformed)
      host.log(`Closing connection to /${connection.remoteAddress}: ${problem.message}`);
    else if (!(problem instanceof Gone)) throw problem;
  } finally {
    client.end();
  }
}

class Client {
  readonly #host: WireHost;
  readonly #connection: Connection;
  readonly #frames: FrameStream;
  readonly #data = new Set<string>();
  readonly #children = new Set<string>();
  readonly #hangUp = () => this.#connection.close();
  #session: OpenedSession | undefined;
  #writing: Promise<void> = Promise.resolve();
  #silence: (() => void) | undefined;

  constructor(host: WireHost, connection: Connection) {
    this.#host = host;
    this.#connection = connection;
    this.#frames = new FrameStream(connection);
  }

  end(): void {
    this.#silence?.();
    const { sessions } = this.#host;
    if (this.#session !== undefined && sessions.isAttached(this.#session.id, this.#hangUp))
      sessions.attach(this.#session.id, undefined);
  }

  async run(): Promise<void> {
    if (!this.#host.isServing) return;
    const hello = await this.#frames.read();
    if (hello === undefined) return;
    const session = await this.#connect(hello);
    if (session === undefined) return;
    this.#session = session;
    this.#host.sessions.attach(session.id, this.#hangUp);
    this.#silence = this.#host.listen((kind, path) => this.#event(kind, path));
    for (;;) {
      const request = await this.#frames.read();
      if (request === undefined) return;
      this.#host.received();
      await this.#host.process.spend(100);
      this.#host.sessions.heard(session.id);
      if (!(await this.#request(request, session))) return;
    }
  }

  /** In the order it was said, events among answers. */
  #send(...parts: WireWriter[]): Promise<void> {
    this.#host.sent();
    this.#writing = this.#writing.then(() => this.#frames.write(...parts));
    return this.#writing;
  }

  async #connect(hello: WireReader): Promise<OpenedSession | undefined> {
    hello.skip(4);
    const seen = hello.i64();
    const timeout = hello.i32();
    const id = BigInt.asUintN(64, hello.i64());
    const password = toHex(readBuffer(hello) ?? new Uint8Array(0));
    const hasReadOnly = hello.left > 0;
    // Who has seen more than this server would read the past here.
    if (seen > BigInt(this.#host.tree.zxid)) return undefined;
    const { sessions } = this.#host;
    const found =
      id === 0n
        ? await sessions.open(timeout)
        : await sessions.resume(`0x${id.toString(16).padStart(16, "0")}`, password);
    if (found === undefined) return undefined;
    const opened = found === "expired" ? undefined : found;
    const out = writer()
      .i32(0)
      .i32(opened?.timeout ?? 0)
      .i64(BigInt(opened?.id ?? 0));
    writeBuffer(out, opened === undefined ? new Uint8Array(16) : fromHex(opened.password));
    if (hasReadOnly) out.u8(0);
    await this.#send(out);
    return opened;
  }

  // ------------------------------------------------------------------------------------------------------------ watches

  #event(kind: EventKind, path: string): void {
    const isData = kind !== "children" && this.#data.delete(path);
    const isChild = (kind === "children" || kind === "deleted") && this.#children.delete(path);
    if (isData || isChild) this.#tell(kind, path);
  }

  #tell(kind: EventKind, path: string): void {
    const out = writer().i32(XID.event).i64(-1n).i32(0).i32(EVENT[kind]).i32(SYNC_CONNECTED);
    void this.#send(writeText(out, path)).catch(() => undefined);
  }

  #watch(set: Set<string>, path: string): void {
    if (this.#data.size + this.#children.size >= MOST_WATCHES) throw new Malformed("too many watches");
    set.add(path);
  }

  /** What a client watched before it came back: what has happened meanwhile is told now. */
  #watchAgain(reader: WireReader): void {
    const seen = reader.i64();
    const [data, exist, children] = [0, 1, 2].map(() => readList(reader, readText));
    const { tree } = this.#host;
    for (const path of data ?? []) {
      const stat = tree.stat(path);
      if (stat === undefined) this.#tell("deleted", path);
      else if (BigInt(stat.mzxid) > seen) this.#tell("changed", path);
      else this.#watch(this.#data, path);
    }
    for (const path of exist ?? []) {
      if (tree.nodes.has(path)) this.#tell("created", path);
      else this.#watch(this.#data, path);
    }
    for (const path of children ?? []) {
      const stat = tree.stat(path);
      if (stat === undefined) this.#tell("deleted", path);
      else if (BigInt(stat.pzxid) > seen) this.#tell("children", path);
      else this.#watch(this.#children, path);
    }
  }

  // ----------------------------------------------------------------------------------------------------------- requests

  #answer(xid: number, error: number, body: WireWriter | undefined): Promise<void> {
    const head = writer().i32(xid).i64(BigInt(this.#host.tree.zxid)).i32(error);
    return body === undefined ? this.#send(head) : this.#send(head, body);
  }

  /** False: the session has ended. */
  async #request(reader: WireReader, session: OpenedSession): Promise<boolean> {
    const xid = reader.i32();
    const op = reader.i32();
    if (op === OP.closeSession) {
      if (!(await this.#host.sessions.close(session.id))) throw new Gone();
      this.#session = undefined;
      await this.#answer(xid, 0, undefined);
      return false;
    }
    try {
      await this.#answer(xid, 0, await this.#execute(op, reader, session));
    } catch (problem) {
      if (!(problem instanceof Failure)) throw problem;
      await this.#answer(xid, problem.code, undefined);
    }
    return true;
  }

  async #execute(op: number, reader: WireReader, session: OpenedSession): Promise<WireWriter | undefined> {
    const { tree } = this.#host;
    switch (op) {
      case OP.ping:
        return undefined;
      case OP.auth: {
        reader.skip(4);
        // There are no rights that a name could have more of.
        if (readText(reader) !== "digest") throw new Failure("AuthFailed");
        return undefined;
      }
      case OP.setWatches:
        this.#watchAgain(reader);
        return undefined;
      case OP.exists:
      case OP.getData: {
        const path = pathOf(reader);
        const watches = reader.u8() !== 0;
        const stat = tree.stat(path);
        if (watches && (stat !== undefined || op === OP.exists)) this.#watch(this.#data, path);
        if (stat === undefined) throw new Failure("NoNode");
        if (op === OP.exists) return writeStat(writer(), stat);
        return writeStat(writeBuffer(writer(), dataBytes(tree.nodes.get(path)?.data ?? "")), stat);
      }
      case OP.getChildren:
      case OP.getChildren2: {
        const path = pathOf(reader);
        const watches = reader.u8() !== 0;
        const names = tree.children(path);
        const stat = tree.stat(path);
        if (names === undefined || stat === undefined) throw new Failure("NoNode");
        if (watches) this.#watch(this.#children, path);
        const out = writer().i32(names.length);
        for (const name of names) writeText(out, name);
        return op === OP.getChildren ? out : writeStat(out, stat);
      }
      case OP.getAcl: {
        const stat = tree.stat(pathOf(reader));
        if (stat === undefined) throw new Failure("NoNode");
        return writeStat(writeOpenAcl(writer()), stat);
      }
      case OP.sync: {
        const path = pathOf(reader);
        if (!(await this.#host.sync())) throw new Gone();
        return writeText(writer(), path);
      }
      case OP.create:
      case OP.create2:
      case OP.delete:
      case OP.setData: {
        const outcome = await this.#change(this.#part(op, reader, session));
        return bodyOf(op, outcome);
      }
      case OP.multi:
        return this.#multi(reader, session);
      default:
        throw new Failure("Unimplemented");
    }
  }

  async #change(change: Change): Promise<Outcome> {
    const outcome = await this.#host.change(change);
    if (outcome === undefined) throw new Gone();
    if ("error" in outcome) throw new Failure(outcome.error);
    return outcome;
  }

  #part(op: number, reader: WireReader, session: OpenedSession): Exclude<Part, { op: "check" }> {
    const now = this.#host.process.clock.now();
    if (op === OP.delete) return { op: "delete", path: pathOf(reader), version: reader.i32() };
    if (op === OP.setData) {
      const path = pathOf(reader);
      const data = dataText(readBuffer(reader));
      return { op: "set", path, data, version: reader.i32(), now };
    }
    const path = readText(reader);
    const data = dataText(readBuffer(reader));
    if (!isOpenAcl(reader)) throw new Failure("Unimplemented");
    const flags = reader.i32();
    // Containers and nodes that live for a time.
    if (flags < 0 || flags > 3) throw new Failure("Unimplemented");
    const sequential = (flags & 2) !== 0;
    // The number makes a name of a path that ends in "/".
    const problem = pathProblem(sequential ? `${path}1` : path);
    if (problem !== undefined || path === "/") throw new Failure(path === "/" ? "NodeExists" : "BadArguments");
    return { op: "create", path, data, sequential, owner: flags & 1 ? session.id : "0x0", now };
  }

  async #multi(reader: WireReader, session: OpenedSession): Promise<WireWriter> {
    const ops: number[] = [];
    const parts: Part[] = [];
    for (;;) {
      const op = reader.i32();
      const isDone = reader.u8() !== 0;
      reader.skip(4);
      if (isDone) break;
      if (op === OP.check) parts.push({ op: "check", path: pathOf(reader), version: reader.i32() });
      else if ([OP.create, OP.create2, OP.delete, OP.setData].some((known) => known === op))
        parts.push(this.#part(op, reader, session));
      else throw new Failure("Unimplemented");
      ops.push(op);
    }
    const outcome = await this.#change({ op: "transaction", changes: parts });
    const results = "parts" in outcome ? outcome.parts : [];
    const failed = results.findIndex((one) => "error" in one);
    const out = writer();
    for (const [index, op] of ops.entries()) {
      const result = results[index];
      if (failed !== -1) {
        const own = result !== undefined && "error" in result ? ERROR[result.error] : 0;
        const error = index > failed ? ERROR.RuntimeInconsistency : own;
        out.i32(OP.error).u8(0).i32(error).i32(error);
      } else {
        out.i32(op).u8(0).i32(0);
        const body = result === undefined ? undefined : bodyOf(op, result);
        if (body !== undefined) out.bytes(body.done());
      }
    }
    return out.i32(-1).u8(1).i32(-1);
  }
}

function pathOf(reader: WireReader): string {
  const path = readText(reader);
  if (pathProblem(path) !== undefined) throw new Failure("BadArguments");
  return path;
}

/** What a change answers. */
function bodyOf(op: number, outcome: Outcome): WireWriter | undefined {
  if (!("path" in outcome) || "parts" in outcome) return undefined;
  const { path, stat } = outcome;
  if (op === OP.create) return writeText(writer(), path);
  if (stat === undefined) return undefined;
  if (op === OP.create2) return writeStat(writeText(writer(), path), stat);
  return op === OP.setData ? writeStat(writer(), stat) : undefined;
}
