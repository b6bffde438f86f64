/** The ZooKeeper server: one process, a member of an ensemble or alone. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { Ensemble, NoQuorum } from "../kit/ensemble.ts";
import { Journal } from "../kit/journal.ts";
import { peek } from "../kit/peek.ts";
import { Pulse } from "../kit/pulse.ts";
import { StreamReader } from "../kit/reader.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { fromUtf8 } from "../kit/wire/bytes.ts";
import { readZooConfig, type ZooConfig, ZooConfigError } from "./config.ts";
import { Sessions } from "./sessions.ts";
import { type Change, type Outcome, type Stat, type Write, ZooTree } from "./tree.ts";
import type { EventKind } from "./wire/jute.ts";
import { serveClient, type WireHost } from "./wire/serve.ts";
import { fourLetters } from "./words.ts";

export const VERSION_FILE = "/usr/share/zookeeper/version";

/** What brokers of Kafka's images ask, one JSON a line; the answer is a `Reply` a line. */
export type Request =
  | { readonly op: "get" | "stat" | "list"; readonly path: string }
  | { readonly op: "listAll"; readonly path: string }
  /** Everything at and below a path, once the tree is another one than that of the transaction `after`. */
  | { readonly op: "tree"; readonly path: string; readonly after: string }
  | {
      readonly op: "create";
      readonly path: string;
      readonly data: string;
      readonly sequential: boolean;
      readonly ephemeral: boolean;
    }
  | { readonly op: "set"; readonly path: string; readonly data: string; readonly version: number }
  | { readonly op: "delete"; readonly path: string; readonly version: number }
  | { readonly op: "deleteAll"; readonly path: string }
  | { readonly op: "multi"; readonly path: string; readonly writes: readonly Write[] }
  | { readonly op: "sync"; readonly path: string };

export type Reply =
  | { readonly error: string }
  | {
      readonly path?: string;
      readonly data?: string;
      readonly stat?: Stat;
      readonly names?: readonly string[];
      readonly zxid?: string;
      readonly nodes?: readonly (readonly [path: string, data: string])[];
    };

export class ZooKeeperServer {
  readonly config: ZooConfig;
  readonly version: string;
  readonly tree = new ZooTree();
  received = 0;
  sent = 0;
  readonly connections = new Set<Connection>();
  readonly #process: Process;
  readonly #journal: Journal;
  readonly #ensemble: Ensemble;
  readonly #moved = new Pulse();
  readonly #sessions: Sessions;
  readonly #listeners = new Set<(kind: EventKind, path: string) => void>();
  /** Sessions that ended while nobody could be told. */
  readonly #ended = new Set<string>();
  #nextSession = 1;
  #announced = false;
  #broken: Error | undefined;
  /** As leader: what will end the sessions of servers that went. */
  readonly #expiry = new Map<string, () => void>();

  constructor(process: Process, config: ZooConfig, version: string) {
    this.#process = process;
    this.config = config;
    this.version = version;
    this.#journal = new Journal(
      process.files,
      { snapshot: `${config.dataDir}/version-2/snapshot.0`, log: `${config.dataLogDir}/version-2/log.1` },
      this.tree,
      () => this.#synced(),
    );
    this.tree.changed = () => this.#moved.fire();
    this.tree.event = (kind, path) => {
      for (const told of this.#listeners) told(kind, path);
    };
    this.#sessions = new Sessions({
      clock: process.clock,
      id: config.myId,
      tickTime: config.tickTime,
      tree: this.tree,
      change: async (change) => !("error" in (await this.#change(change))),
    });
    this.#journal.open();
    const members =
      config.servers.length > 0
        ? config.servers.map(({ id, host, electionPort }) => ({ id: String(id), rank: id, host, port: electionPort }))
        : [{ id: "0", rank: 0, host: "localhost", port: 0 }];
    const self = members.find(({ id }) => id === String(config.myId)) ?? members[0];
    if (self === undefined) throw new ZooConfigError("no servers");
    this.#ensemble = new Ensemble({
      process,
      self,
      members,
      journal: this.#journal,
      changed: () => this.#changed(),
      followers: (ids) => this.#watchFollowers(ids),
      broken: (error) => {
        this.#broken = error;
        this.log("ERROR", "SyncThread", `Severe unrecoverable error, exiting: ${error.message}`);
        this.#stop.stop();
      },
      log: (text) => this.log("INFO", "QuorumPeer", text),
    });
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
  }
  readonly #stop: ReturnType<typeof untilStopped>;

  /** FileTxnLog.commit: fsync.warningthresholdms is a second. */
  #synced(): void {
    const ms = this.#process.deviceMs;
    if (ms < 1000) return;
    const text = `fsync-ing the write ahead log in SyncThread:${this.config.myId || 0} took ${ms}ms which will adversely affect operation latency. File size is 67108880 bytes. See the ZooKeeper troubleshooting guide`;
    this.log("WARN", "FileTxnLog", text);
  }

  log(level: "INFO" | "WARN" | "ERROR", where: string, text: string): void {
    const stamp = new Date(this.#process.clock.now())
      .toISOString()
      .replace("T", " ")
      .replace("Z", "")
      .replace(".", ",");
    const line = `${stamp} [myid:${this.config.myId || ""}] - ${level.padEnd(5)} [main:${where}] - ${text}\n`;
    void this.#process.stdout.write(line).catch(() => undefined);
  }

  /** "standalone", "leader", "follower"; undefined while requests are not served. */
  get mode(): "standalone" | "leader" | "follower" | undefined {
    if (!this.#ensemble.serving) return undefined;
    if (this.config.servers.length === 0) return "standalone";
    return this.#ensemble.role === "leader" ? "leader" : "follower";
  }

  get followers(): readonly string[] {
    return this.#ensemble.followers;
  }

  async run(): Promise<number> {
    const close = serve(this.#process, this.config.clientPort, (connection) => this.#client(connection));
    this.log("INFO", "NIOServerCnxnFactory", `binding to port 0.0.0.0/0.0.0.0:${this.config.clientPort}`);
    this.#ensemble.start();
    const signal = await this.#stop.stopped;
    this.#ensemble.close();
    for (const cancel of this.#expiry.values()) cancel();
    close();
    if (this.#broken !== undefined) return 1;
    return signal === "SIGINT" ? 130 : signal === undefined ? 0 : 143;
  }

  #changed(): void {
    const { role, serving, leader } = this.#ensemble;
    if (role === "closed") return;
    this.#announced &&= serving;
    if (role === "looking") {
      this.log("INFO", "QuorumPeer", "LOOKING");
      for (const connection of this.connections) connection.close();
      this.#moved.fire();
    } else if (serving && !this.#announced) {
      this.#announced = true;
      this.log("INFO", "QuorumPeer", role === "leader" ? "LEADING" : `FOLLOWING - leader is ${leader}`);
      this.#writeEpoch();
      if (!this.#hasServed) void this.#change({ op: "expire", server: this.#sessionPrefix(String(this.config.myId)) });
      this.#hasServed = true;
      this.#sessions.revive();
      for (const session of this.#ended) void this.#endSession(session);
    }
  }
  #hasServed = false;

  #writeEpoch(): void {
    for (const name of ["acceptedEpoch", "currentEpoch"]) {
      try {
        this.#process.files.writeFile(`${this.config.dataDir}/version-2/${name}`, String(this.tree.epoch));
      } catch (error) {
        if (!isErrno(error)) throw error;
        this.log("WARN", "QuorumPeer", `cannot write ${name}: ${error.message}`);
      }
    }
  }

  #sessionPrefix(server: string): string {
    return `0x${Number(server).toString(16).padStart(2, "0")}`;
  }

  /** Sessions outlive the server they were made on by the session timeout; then their ephemeral nodes go. */
  #watchFollowers(present: readonly string[]): void {
    for (const { id } of this.config.servers) {
      const server = String(id);
      const gone = !present.includes(server) && id !== this.config.myId;
      if (!gone) {
        this.#expiry.get(server)?.();
        this.#expiry.delete(server);
      } else if (!this.#expiry.has(server)) {
        const cancel = this.#process.clock.after(this.config.tickTime * 15, () => {
          if (this.#process.signal.aborted || this.mode !== "leader") return;
          void this.#change({ op: "expire", server: this.#sessionPrefix(server), home: server });
        });
        this.#expiry.set(server, cancel);
      }
    }
  }

  async #client(found: Connection): Promise<void> {
    this.connections.add(found);
    try {
      const { first, connection } = await peek(found);
      if (first === undefined) return;
      // A record begins with its length, of which the first byte is zero; commands are letters.
      if (first[0] === 0) await serveClient(this.#wireHost, connection);
      else if (first[0] === 0x7b) await this.#broker(connection);
      else {
        this.received++;
        const word = fromUtf8(first).trim().slice(0, 4);
        if (/^[a-z]{4}$/.test(word)) await connection.writer.write(fourLetters(this, word, found));
        this.sent++;
      }
    } finally {
      this.connections.delete(found);
    }
  }

  get #wireHost(): WireHost {
    return {
      process: this.#process,
      tree: this.tree,
      sessions: this.#sessions,
      isServing: this.mode !== undefined,
      change: async (change) => {
        const reply = await this.#change(change);
        return "error" in reply && reply.error === "ConnectionLoss" ? undefined : (reply as Outcome);
      },
      sync: () => this.#sync(),
      received: () => {
        this.received++;
      },
      sent: () => {
        this.sent++;
      },
      listen: (told) => {
        this.#listeners.add(told);
        return () => this.#listeners.delete(told);
      },
      log: (text) => this.log("WARN", "NIOServerCnxn", text),
    };
  }

  /** A change that changes nothing: once it is back, everything before it is here. */
  async #sync(): Promise<boolean> {
    return !("error" in (await this.#change({ op: "closeSession", session: "none" })));
  }

  /** Brokers of Kafka's images talk of whole trees, in lines of JSON. */
  async #broker(connection: Connection): Promise<void> {
    const session = `${this.#sessionPrefix(String(this.config.myId))}${(this.#nextSession++).toString(16).padStart(14, "0")}`;
    let ephemeral = false;
    const reader = new StreamReader(connection.reader);
    try {
      for (;;) {
        const line = await reader.line(2 * 1024 * 1024);
        if (line === undefined) return;
        this.received++;
        // As the real one: who is not part of a quorum talks to no client.
        if (this.mode === undefined) return;
        const request = JSON.parse(line) as Request;
        await this.#process.spend(100);
        ephemeral ||= request.op === "create" && request.ephemeral;
        const reply = await this.#execute(request, session);
        await connection.writer.write(`${JSON.stringify(reply)}\n`);
        this.sent++;
      }
    } finally {
      if (ephemeral && !this.#process.signal.aborted) void this.#endSession(session);
    }
  }

  async #endSession(session: string): Promise<void> {
    this.#ended.add(session);
    const reply = await this.#change({ op: "closeSession", session });
    if (!("error" in reply)) this.#ended.delete(session);
  }

  async #execute(request: Request, session: string): Promise<Reply> {
    switch (request.op) {
      case "get":
      case "stat": {
        const stat = this.tree.stat(request.path);
        if (stat === undefined) return { error: "NoNode" };
        return { path: request.path, stat, data: this.tree.nodes.get(request.path)?.data ?? "" };
      }
      case "list": {
        const names = this.tree.children(request.path);
        const stat = this.tree.stat(request.path);
        return names === undefined || stat === undefined ? { error: "NoNode" } : { names, stat };
      }
      case "listAll": {
        if (!this.tree.nodes.has(request.path)) return { error: "NoNode" };
        const prefix = request.path === "/" ? "/" : `${request.path}/`;
        const names = [...this.tree.nodes.keys()].filter((path) => path === request.path || path.startsWith(prefix));
        return { names: names.sort() };
      }
      case "tree": {
        while (this.tree.zxid === request.after) {
          await this.#moved.next();
          if (this.mode === undefined) return { error: "ConnectionLoss" };
        }
        const prefix = request.path === "/" ? "/" : `${request.path}/`;
        const nodes = [...this.tree.nodes]
          .filter(([path]) => path === request.path || path.startsWith(prefix))
          .map(([path, { data }]) => [path, data] as const);
        await this.#process.spend(nodes.length);
        return { zxid: this.tree.zxid, nodes };
      }
      case "sync":
        // A change that changes nothing: once it is back, everything before it is here.
        return this.#change({ op: "closeSession", session: "none" });
      case "create": {
        const { path, data, sequential, ephemeral } = request;
        const now = this.#process.clock.now();
        return this.#change({ op: "create", path, data, sequential, owner: ephemeral ? session : "0x0", now });
      }
      case "multi": {
        const reply = await this.#change({ op: "multi", writes: request.writes, now: this.#process.clock.now() });
        return "error" in reply ? reply : { ...reply, zxid: this.tree.zxid };
      }
      case "set":
        return this.#change({ ...request, now: this.#process.clock.now() });
      default:
        return this.#change(request);
    }
  }

  async #change(change: Change): Promise<Reply> {
    try {
      return JSON.parse(await this.#ensemble.submit(JSON.stringify(change))) as Outcome;
    } catch (problem) {
      if (problem instanceof NoQuorum) return { error: "ConnectionLoss" };
      throw problem;
    }
  }
}

/** `java ... org.apache.zookeeper.server.quorum.QuorumPeerMain FILE` */
export async function java(process: Process): Promise<number> {
  const path = process.argv.at(-1) ?? "";
  if (process.argv.includes("-version")) {
    await process.stderr.write('openjdk version "11.0.27" 2025-04-15\n');
    return 0;
  }
  if (!process.argv.some((arg) => arg.endsWith("QuorumPeerMain"))) {
    await process.stderr.write(`Error: Could not find or load main class ${process.argv[1] ?? ""}\n`);
    return 1;
  }
  const version = process.files.readText(VERSION_FILE).trim();
  let server: ZooKeeperServer;
  try {
    server = new ZooKeeperServer(process, readZooConfig(process.files, path), version);
  } catch (problem) {
    if (problem instanceof ZooConfigError) {
      await process.stderr.write(`Invalid config, exiting abnormally\nError processing ${path}: ${problem.message}\n`);
      return 2;
    }
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(`Unable to access datadir, exiting abnormally\n${problem.message}\n`);
    return 3;
  }
  server.log("INFO", "QuorumPeerConfig", `Reading configuration from: ${path}`);
  server.log(
    server.config.servers.length > 0 ? "INFO" : "WARN",
    "QuorumPeerMain",
    server.config.servers.length > 0
      ? "Starting quorum peer, myid=" + server.config.myId
      : "Either no config or no quorum defined in config, running in standalone mode",
  );
  return server.run();
}
