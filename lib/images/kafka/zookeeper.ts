/** A client of ZooKeeper, as its own server and command line speak it. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { StreamReader } from "../kit/reader.ts";
import { resolveHost } from "../kit/resolve.ts";
import type { Reply, Request } from "../zookeeper/server.ts";

const LINE_LIMIT = 64 * 1024 * 1024;

/** The connection is gone, or the server is not part of a majority. */
export class ZooKeeperLost extends Error {}

/** One connection: a session, to which ephemeral nodes belong. One question at a time. */
export class ZooKeeperSession {
  readonly #connection: Connection;
  readonly #reader: StreamReader;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(connection: Connection) {
    this.#connection = connection;
    this.#reader = new StreamReader(connection.reader);
  }

  /** Connects to the first server that answers as part of a majority; undefined where none does. */
  static async open(process: Process, servers: string): Promise<ZooKeeperSession | undefined> {
    for (const server of servers.split(",")) {
      const [host = "", port = "2181"] = server.trim().split(":");
      try {
        const address = host === "localhost" ? "127.0.0.1" : await resolveHost(process, host);
        if (address === undefined) continue;
        const connection = await process.network.connect(address, Number(port), {
          timeoutMs: 5000,
          signal: process.signal,
        });
        const session = new ZooKeeperSession(connection);
        try {
          await session.ask({ op: "stat", path: "/" });
          return session;
        } catch (error) {
          session.close();
          if (!(error instanceof ZooKeeperLost)) throw error;
        }
      } catch (error) {
        if (!isErrno(error) || process.signal.aborted) throw error;
      }
    }
    return undefined;
  }

  close(): void {
    this.#connection.close();
  }

  /** Throws `ZooKeeperLost`. */
  ask(request: Request): Promise<Reply> {
    const run = this.#queue.then(() => this.#ask(request));
    this.#queue = run.catch(() => undefined);
    return run;
  }

  async #ask(request: Request): Promise<Reply> {
    try {
      await this.#connection.writer.write(`${JSON.stringify(request)}\n`);
      const line = await this.#reader.line(LINE_LIMIT);
      if (line === undefined) throw new ZooKeeperLost("connection lost");
      const reply = JSON.parse(line) as Reply;
      if ("error" in reply && reply.error === "ConnectionLoss") throw new ZooKeeperLost("connection lost");
      return reply;
    } catch (error) {
      if (isErrno(error)) throw new ZooKeeperLost(error.message);
      throw error;
    }
  }

  async get(path: string): Promise<string | undefined> {
    const reply = await this.ask({ op: "get", path });
    return "error" in reply ? undefined : (reply.data ?? "");
  }

  /** True where the node was not there and is now. */
  async create(path: string, data: string, ephemeral: boolean): Promise<boolean> {
    return !("error" in (await this.ask({ op: "create", path, data, sequential: false, ephemeral })));
  }

  /** Sets a node; makes it, and what is missing above it, where it is not there. */
  async put(path: string, data: string): Promise<void> {
    await this.ask({ op: "multi", path, writes: [{ op: "put", path, data }] });
  }
}
