/** Both ends of replication: a replica as its master sees it, and a master as its replica follows it. */
import { type Connection, isErrno } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { Session } from "./admin.ts";
import { encodeCommand, RespReader, toBytes } from "./resp.ts";
import type { RedisServer } from "./server.ts";

/** How long a replica waits before it tries its master again. */
const RECONNECT_MS = 1000;

/** A connected replica. */
export class Replica {
  readonly address: string;
  readonly port: number;
  acknowledged = 0;
  readonly #connection: Connection;
  #queue: Promise<void> = Promise.resolve();

  constructor(connection: Connection, port: number) {
    this.#connection = connection;
    this.address = connection.remoteAddress;
    this.port = port;
  }

  /** In order; a connection that breaks ends by itself. */
  send(stream: string): void {
    const bytes = toBytes(stream);
    this.#queue = this.#queue.then(() => this.#connection.writer.write(bytes)).catch(() => undefined);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Follows a master, again and again, until closed. */
export class ReplicaLink {
  readonly target: { readonly host: string; readonly port: number };
  up = false;
  lastIo: number;
  readonly #server: RedisServer;
  readonly #abort = new AbortController();
  #connection: Connection | undefined;

  constructor(server: RedisServer, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.target = target;
    this.lastIo = server.process.clock.now();
  }

  start(): void {
    this.#server.log("*", `Connecting to MASTER ${this.target.host}:${this.target.port}`);
    void this.#loop();
  }

  close(): void {
    this.#abort.abort(new Error("replication ended"));
    this.#connection?.close();
  }

  async #loop(): Promise<void> {
    const { process } = this.#server;
    const stopped = () => this.#abort.signal.aborted || process.signal.aborted;
    while (!stopped()) {
      try {
        await this.#follow();
      } catch (problem) {
        if (stopped()) return;
        if (!isErrno(problem) && !(problem instanceof LinkProblem)) throw problem;
        this.#server.log("#", `Error condition on socket for SYNC: ${problem.message}`);
      }
      if (this.up) this.#server.log("#", "Connection with master lost.");
      this.up = false;
      this.#connection?.close();
      if (stopped()) return;
      try {
        await process.clock.sleep(RECONNECT_MS, AbortSignal.any([this.#abort.signal, process.signal]));
      } catch {
        return;
      }
      this.#server.log("*", `Connecting to MASTER ${this.target.host}:${this.target.port}`);
    }
  }

  async #follow(): Promise<void> {
    const server = this.#server;
    const { process } = server;
    const address = await resolveHost(process, this.target.host);
    if (address === undefined) throw new LinkProblem(`Unable to connect to MASTER: Name or service not known`);
    server.log("*", "MASTER <-> REPLICA sync started");
    const connection = await process.network.connect(address, this.target.port, {
      signal: this.#abort.signal,
      timeoutMs: 60_000,
    });
    this.#connection = connection;
    const reader = new RespReader(connection.reader);
    const ask = async (...words: string[]) => {
      await connection.writer.write(toBytes(encodeCommand(words)));
      const reply = await reader.reply();
      if (reply === undefined) throw new LinkProblem("Connection reset by peer");
      if (reply.type === "error" && !words.includes("capa")) throw new LinkProblem(`Master replied: ${reply.text}`);
      return reply;
    };
    if (server.config.masterauth !== "") await ask("AUTH", server.config.masterauth);
    await ask("PING");
    await ask("REPLCONF", "listening-port", String(server.config.port));
    await ask("REPLCONF", "capa", "psync2");
    const answer = await ask("PSYNC", "?", "-1");
    const match = answer.type === "status" ? /^FULLRESYNC (\w+) (\d+)$/.exec(answer.text) : null;
    if (match === null) throw new LinkProblem("Unexpected reply to PSYNC from master");
    server.log("*", `Full resync from master: ${match[1]}:${match[2]}`);
    const header = await reader.line();
    const dump = await reader.raw(Number(header?.slice(1)));
    if (dump === undefined) throw new LinkProblem("I/O error trying to sync with MASTER: connection lost");
    server.log("*", `MASTER <-> REPLICA sync: receiving ${dump.length} bytes from master`);
    server.adopt(dump, Number(match[2]));
    server.log("*", "MASTER <-> REPLICA sync: Finished with success");
    this.up = true;
    const session: Session = { ...newMasterSession(connection), master: true };
    for (;;) {
      const words = await reader.command();
      if (words === undefined) return;
      this.lastIo = process.clock.now();
      await process.spend(20);
      const size = encodeCommand(words).length;
      await server.execute(session, words);
      // `execute` counted what it fed on to replicas of our own; what counts is the master's stream.
      if (words[0]?.toLowerCase() === "select" || words[0]?.toLowerCase() === "ping") server.offset += size;
      await connection.writer.write(toBytes(encodeCommand(["REPLCONF", "ACK", String(server.offset)])));
    }
  }
}

function newMasterSession(connection: Connection): Session {
  return {
    id: 0,
    connection,
    database: 0,
    authenticated: true,
    name: "",
    queue: undefined,
    spoiled: false,
    watched: new Set(),
    channels: new Set(),
    patterns: new Set(),
    master: true,
    closing: false,
    listeningPort: 0,
    replica: undefined,
  };
}

class LinkProblem extends Error {}
