/** redis-server. */
import { ABBREVIATED_MONTHS } from "../../encoding/index.ts";
import { type Connection, Errno, isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { administer, isAdministrative, type Session } from "./admin.ts";
import { type Command, globToRegExp, runCommand } from "./commands.ts";
import { applyFile, applySetting, defaultConfig, type RedisConfig, RedisConfigError } from "./config.ts";
import type { Database } from "./database.ts";
import { COMMANDS } from "./more-commands.ts";
import { type Replica, ReplicaLink } from "./replication.ts";
import { encodeCommand, encodeReply, error, ProtocolError, type Reply, RespReader, texts, toBytes } from "./resp.ts";
import { dumpOf, newDatabases, restore, Storage } from "./storage.ts";

/** From when on Redis complains of its disk, ms. */
const SLOW_SYNC_MS = 2000;
export const VERSION_FILE = "/usr/share/redis/version";

export class RedisServer {
  readonly process: Process;
  readonly config: RedisConfig;
  readonly version: string;
  readonly databases: Database[];
  readonly storage: Storage;
  readonly started: number;
  readonly runId: string;
  readonly replicas = new Set<Replica>();
  readonly sessions = new Set<Session>();
  link: ReplicaLink | undefined;
  /** Bytes of the replication stream so far. */
  offset = 0;
  changesSinceSave = 0;
  lastSave: number;
  commands = 0;
  configFile = "";
  #saveTimer: (() => void) | undefined;
  readonly #onShutdown: () => void;

  constructor(process: Process, config: RedisConfig, version: string, onShutdown: () => void) {
    this.process = process;
    this.config = config;
    this.version = version;
    this.#onShutdown = onShutdown;
    this.databases = newDatabases(config.databases);
    this.storage = new Storage(process, () => config);
    this.started = process.clock.now();
    this.lastSave = this.started;
    this.runId = "";
    for (let index = 0; index < 5; index++)
      this.runId += Math.floor(process.clock.random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0");
  }

  log(mark: "*" | "#" | "-" | ".", text: string): void {
    const role = this.link === undefined ? "M" : "S";
    void this.process.stdout
      .write(`${this.process.pid}:${role} ${logStamp(this.process.clock.now())} ${mark} ${text}\n`)
      .catch(() => undefined);
  }

  /** Runs one command of a client or of the master. */
  execute(session: Session, words: readonly string[]): Reply | Promise<Reply> | undefined {
    const [given = "", ...args] = words;
    const name = given.toLowerCase();
    this.commands++;
    if (this.config.requirepass !== "" && !session.authenticated && !["auth", "hello", "quit"].includes(name)) {
      return error("NOAUTH Authentication required.");
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (session.queue !== undefined && !["exec", "discard", "multi", "watch", "quit"].includes(name)) {
      const problem = queueProblem(command, given, words);
      // What cannot be right spoils the whole transaction.
      if (problem !== undefined) session.spoiled = true;
      else session.queue.push(words);
      return problem ?? { type: "status", text: "QUEUED" };
    }
    if (command === undefined) {
      return administer(this, session, name, args) ?? unknown(given, args);
    }
    if (command.arity > 0 ? words.length !== command.arity : words.length < -command.arity) {
      return error(`ERR wrong number of arguments for '${name}' command`);
    }
    if (command.write) {
      const refusal = this.#mayWrite(session);
      if (refusal !== undefined) return refusal;
    }
    const database = this.databases[session.database];
    if (database === undefined) return error("ERR DB index is out of range");
    const reply = runCommand(command, database, args, this.process.clock.now());
    if (command.write && reply.type !== "error") this.changed(words, session.database);
    return reply;
  }

  /** Tells those who listen to a channel; how many they were. */
  publish(channel: string, message: string): number {
    let heard = 0;
    const tell = (session: Session, words: readonly string[]) => {
      heard++;
      void session.connection.writer.write(toBytes(encodeReply(texts(words)))).catch(() => undefined);
    };
    for (const session of this.sessions) {
      if (session.channels.has(channel)) tell(session, ["message", channel, message]);
      for (const pattern of session.patterns)
        if (globToRegExp(pattern).test(channel)) tell(session, ["pmessage", pattern, channel, message]);
    }
    return heard;
  }

  /** Something was written: remember it on disk and tell the replicas. Relative expiry becomes absolute on the way. */
  changed(words: readonly string[], database: number): void {
    const isFlush = /^flush/i.test(words[0] ?? "");
    for (const session of this.sessions)
      if (session.watched.size > 0 && (isFlush || words.some((word) => session.watched.has(`${database} ${word}`))))
        session.spoiled = "watched";
    this.changesSinceSave++;
    const lasting = absolute(words, this.process.clock.now());
    if (this.config.appendonly) this.#append(lasting, database);
    this.feed(lasting, database);
    this.#armSave();
  }

  #append(words: readonly string[], database: number): void {
    this.storage.append(words, database);
    if (this.process.deviceMs <= SLOW_SYNC_MS) return;
    const text = "Asynchronous AOF fsync is taking too long (disk is busy?).";
    this.log("*", `${text} Writing the AOF buffer without waiting for fsync to complete, this may slow down Redis.`);
  }

  feed(words: readonly string[], database: number): void {
    const select = database === this.#fed ? "" : encodeCommand(["SELECT", String(database)]);
    this.#fed = database;
    const stream = select + encodeCommand(words);
    this.offset += stream.length;
    for (const replica of this.replicas) replica.send(stream);
  }
  #fed = -1;

  save(): void {
    this.storage.save(this.databases);
    this.changesSinceSave = 0;
    this.lastSave = this.process.clock.now();
    this.#saveTimer?.();
    this.#saveTimer = undefined;
  }

  follow(target: { readonly host: string; readonly port: number } | undefined): void {
    this.link?.close();
    this.link = undefined;
    this.config.replicaof = target;
    if (target === undefined) return;
    this.link = new ReplicaLink(this, target);
    this.link.start();
  }

  /** A new replica on an open connection: the whole data set, then every change. */
  async synchronise(replica: Replica): Promise<void> {
    this.log("*", `Replica ${replica.address}:${replica.port} asks for synchronization`);
    this.log("*", "Full resync requested by replica " + `${replica.address}:${replica.port}`);
    const dump = dumpOf(this.databases);
    this.#fed = -1;
    replica.send(`+FULLRESYNC ${this.runId} ${this.offset}\r\n$${dump.length}\r\n${dump}`);
    this.replicas.add(replica);
    this.log("*", `Synchronization with replica ${replica.address}:${replica.port} succeeded`);
  }

  /** What a master sent replaces everything. */
  adopt(dump: string, offset: number): void {
    restore(this.databases, dump);
    this.offset = offset;
    this.changesSinceSave++;
    if (this.config.appendonly) this.storage.rewrite(this.databases);
    else if (this.config.save.length > 0) this.save();
    // Replicas of this replica start over with it.
    for (const replica of this.replicas) replica.close();
  }

  shutdown(): void {
    this.#onShutdown();
  }

  close(): void {
    this.#saveTimer?.();
    this.link?.close();
  }

  #mayWrite(session: Session): Reply | undefined {
    if (this.link !== undefined && this.config.replicaReadOnly && !session.master) {
      return error("READONLY You can't write against a read only replica.");
    }
    const healthy = [...this.replicas].length;
    if (!session.master && this.config.minReplicasToWrite > healthy) {
      return error("NOREPLICAS Not enough good replicas to write.");
    }
    return undefined;
  }

  /** The earliest moment at which a save point is due; one timer, armed by writes. */
  #armSave(): void {
    if (this.#saveTimer !== undefined || this.config.save.length === 0) return;
    const { clock } = this.process;
    const due = () =>
      this.config.save
        .filter(({ changes }) => this.changesSinceSave >= changes)
        .map(({ seconds }) => this.lastSave + seconds * 1000);
    const times = due();
    if (times.length === 0) return;
    this.#saveTimer = clock.after(Math.max(1000, Math.min(...times) - clock.now()), () => {
      this.#saveTimer = undefined;
      if (this.process.signal.aborted) return;
      this.log("*", `${this.changesSinceSave} changes in the last seconds. Saving...`);
      try {
        this.save();
        this.log("*", "DB saved on disk");
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        this.log("#", `Error saving DB on disk: ${problem.message}`);
      }
    });
  }
}

/** Why a command cannot be queued in a transaction. */
function queueProblem(command: Command | undefined, name: string, words: readonly string[]): Reply | undefined {
  if (command === undefined) return isAdministrative(name.toLowerCase()) ? undefined : unknown(name, words.slice(1));
  const wrong = command.arity > 0 ? words.length !== command.arity : words.length < -command.arity;
  return wrong ? error(`ERR wrong number of arguments for '${name.toLowerCase()}' command`) : undefined;
}

/** Commands that Redis has and this server has not: said as it is. */
const ABSENT = new Set(
  "eval evalsha script function fcall xadd xread xrange xrevrange xlen xdel xgroup xreadgroup xack xpending xinfo xtrim geoadd geodist geopos geosearch georadius pfadd pfcount pfmerge setbit getbit bitcount bitop bitpos bitfield sort dump restore migrate debug monitor module sscan hscan zscan zrangestore zunionstore zinterstore zrangebylex blpop brpop blmove brpoplpush bzpopmin bzpopmax failover".split(
    " ",
  ),
);

function unknown(name: string, args: readonly string[]): Reply {
  if (ABSENT.has(name.toLowerCase())) return error(`ERR ${name.toUpperCase()} is not supported here`);
  const shown = args
    .slice(0, 20)
    .map((arg) => `'${arg.slice(0, 128)}' `)
    .join("");
  return error(`ERR unknown command '${name}', with args beginning with: ${shown}`);
}

function absolute(words: readonly string[], now: number): readonly string[] {
  const [name = "", key = "", amount = "", ...rest] = words;
  const at = (ms: number) => String(now + ms);
  switch (name.toLowerCase()) {
    case "expire":
      return ["PEXPIREAT", key, at(Number(amount) * 1000)];
    case "pexpire":
      return ["PEXPIREAT", key, at(Number(amount))];
    case "setex":
      return ["SET", key, rest[0] ?? "", "PXAT", at(Number(amount) * 1000)];
    case "set":
      return [
        "SET",
        key,
        amount,
        ...rest.map((word, index) => {
          const option = (rest[index - 1] ?? "").toUpperCase();
          if (option === "EX") return at(Number(word) * 1000);
          if (option === "PX") return at(Number(word));
          return /^(EX|PX)$/i.test(word) ? "PXAT" : word;
        }),
      ];
    default:
      return words;
  }
}

/** "01 Jan 2025 00:00:00.000" */
function logStamp(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(8, 10)} ${ABBREVIATED_MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)} ${iso.slice(11, 23)}`;
}

async function serveClient(server: RedisServer, connection: Connection): Promise<void> {
  const session: Session = {
    id: server.sessions.size + 1,
    connection,
    database: 0,
    authenticated: server.config.requirepass === "",
    name: "",
    queue: undefined,
    spoiled: false,
    watched: new Set(),
    channels: new Set(),
    patterns: new Set(),
    master: false,
    closing: false,
    listeningPort: 0,
    replica: undefined,
  };
  server.sessions.add(session);
  const reader = new RespReader(connection.reader);
  try {
    for (;;) {
      const words = await reader.command();
      if (words === undefined) return;
      await server.process.spend(20);
      const reply = await server.execute(session, words);
      if (reply !== undefined) await connection.writer.write(toBytes(encodeReply(reply)));
      if (session.closing) return;
    }
  } catch (problem) {
    if (!(problem instanceof ProtocolError)) throw problem;
    await connection.writer.write(`-ERR Protocol error: ${problem.message}\r\n`);
  } finally {
    server.sessions.delete(session);
    if (session.replica !== undefined) {
      server.replicas.delete(session.replica);
      server.log("*", `Connection with replica ${session.replica.address}:${session.replica.port} lost.`);
    }
  }
}

/** redis-server [file] [--name value ...] */
export async function redisServer(process: Process): Promise<number> {
  const version = process.files.exists(VERSION_FILE) ? process.files.readText(VERSION_FILE).trim() : "3.2.0";
  const args = process.argv.slice(1);
  if (args[0] === "--version" || args[0] === "-v") {
    await process.stdout.write(`Redis server v=${version} sha=00000000:0 malloc=libc bits=64 build=0\n`);
    return 0;
  }
  const config = defaultConfig();
  let file = "";
  try {
    if (args[0] !== undefined && !args[0].startsWith("--")) {
      file = args.shift() ?? "";
      if (!process.files.exists(file)) {
        await process.stdout.write(
          `${process.pid}:C ${logStamp(process.clock.now())} # Fatal error, can't open config file '${file}': No such file or directory\n`,
        );
        return 1;
      }
      applyFile(config, process.files.readText(file));
    }
    applyArguments(config, args);
  } catch (problem) {
    if (!(problem instanceof RedisConfigError)) throw problem;
    await process.stderr.write(
      `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\nReading the configuration file, at line ${problem.line}\n>>> '${problem.text}'\n${problem.message}\n`,
    );
    return 1;
  }
  return run(process, config, version, file);
}

function applyArguments(config: RedisConfig, args: readonly string[]): void {
  for (let index = 0; index < args.length; ) {
    const name = (args[index++] ?? "").replace(/^--/, "").toLowerCase();
    const values: string[] = [];
    while (index < args.length && !(args[index] ?? "").startsWith("--")) values.push(args[index++] ?? "");
    try {
      if (name === "save") config.save = [];
      applySetting(config, name, values.length === 0 ? [""] : values);
    } catch (problem) {
      throw new RedisConfigError(
        1,
        `${name} ${values.map((value) => JSON.stringify(value)).join(" ")}`,
        problem instanceof Error ? problem.message : String(problem),
      );
    }
  }
}

async function run(process: Process, config: RedisConfig, version: string, file: string): Promise<number> {
  const serving = untilStopped(process, ["SIGTERM", "SIGINT"]);
  const server = new RedisServer(process, config, version, serving.stop);
  server.configFile = file;
  try {
    if (!config.dir.startsWith("/")) config.dir = process.files.realPath(config.dir);
    if (process.files.stat(config.dir).type !== "directory") throw new Errno("ENOTDIR");
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    await process.stderr.write(
      `\n*** FATAL CONFIG FILE ERROR (Redis ${version}) ***\nReading the configuration file, at line 1\n>>> 'dir ${config.dir}'\n${problem.message}\n`,
    );
    return 1;
  }
  server.log("*", "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo");
  server.log("*", `Redis version=${version}, bits=64, commit=00000000, modified=0, pid=${process.pid}, just started`);
  if (process.argv.length > 1) server.log("*", "Configuration loaded");
  else
    server.log(
      "#",
      "Warning: no config file specified, using the default config. In order to specify a config file use redis-server /path/to/redis.conf",
    );
  try {
    const found = server.storage.load(server.databases);
    if (found !== undefined) {
      const keys = server.databases.reduce((sum, database) => sum + database.size, 0);
      server.log("*", `Done loading ${found === "dump" ? "RDB" : "AOF"}, keys loaded: ${keys}, keys expired: 0.`);
    }
  } catch (problem) {
    server.log(
      "#",
      `Fatal error loading the DB, check server logs. ${problem instanceof Error ? problem.message : String(problem)}. Exiting.`,
    );
    return 1;
  }
  const closers: (() => void)[] = [];
  try {
    const addresses = await listenAddresses(process, config);
    for (const address of addresses) {
      closers.push(serve(process, config.port, (connection) => serveClient(server, connection), { address }));
    }
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    server.log(
      "#",
      `Warning: Could not create server TCP listening socket ${config.bind[0] ?? "*"}:${config.port}: bind: ${problem.message}`,
    );
    server.log("#", "Failed listening on port " + `${config.port} (tcp), aborting.`);
    return 1;
  }
  server.log("*", "Ready to accept connections tcp");
  if (config.replicaof !== undefined) server.follow(config.replicaof);
  const signal = await serving.stopped;
  if (signal !== undefined) server.log("*", `Received ${signal} scheduling shutdown...`);
  server.log("*", "User requested shutdown...");
  try {
    if (config.save.length > 0 && !process.signal.aborted) {
      server.log("*", "Saving the final RDB snapshot before exiting.");
      server.save();
      server.log("*", "DB saved on disk");
    }
  } catch (problem) {
    if (!isErrno(problem)) throw problem;
    server.log("#", `Error trying to save the DB, can't exit: ${problem.message}`);
  }
  server.close();
  for (const close of closers) close();
  server.log("#", "Redis is now ready to exit, bye bye...");
  return 0;
}

/** Addresses of `bind`: names are resolved, "*" and several become all of them. */
async function listenAddresses(process: Process, config: RedisConfig): Promise<string[]> {
  if (config.bind.length !== 1 || config.bind[0] === "*" || config.bind[0] === "0.0.0.0") return ["0.0.0.0"];
  const address = await resolveHost(process, config.bind[0] ?? "");
  if (address === undefined) throw new Errno("EADDRNOTAVAIL");
  return [address];
}
