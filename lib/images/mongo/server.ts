/** mongod: one server, alone or as a member of a replica set. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { peek } from "../kit/peek.ts";
import { answerRpc, Refused } from "../kit/rpc.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { allows, digest, findUser, USERS } from "./accounts.ts";
import { hello } from "./admin.ts";
import { type CommandContext, DATA_COMMANDS } from "./commands.ts";
import { Cursors } from "./cursors.ts";
import { badValue, type Doc, isDoc, MongoError, type Value } from "./data/bson.ts";
import type { MongodOptions } from "./options.ts";
import type { PeerMessage } from "./replica-messages.ts";
import { ReplicaSet } from "./replica-set.ts";
import { type AdminHost, notPrimary, SERVER_COMMANDS, type Session } from "./server-commands.ts";
import { type Change, type Entry, type OpTime, Store } from "./store.ts";
import { Conversation } from "./wire/sasl.ts";
import { serveClient } from "./wire/serve.ts";
import { awaitWriteConcern } from "./write-concern.ts";

/** What a client sends: a command, for a database. */
interface ClientRequest {
  readonly db: string;
  readonly command: Doc;
  /** "primary", "secondaryPreferred", ...: whether a secondary may answer. */
  readonly readPreference: string;
}

export class Mongod {
  readonly #process: Process;
  readonly #options: MongodOptions;
  readonly #version: string;
  readonly #store: Store;
  readonly #set: ReplicaSet | undefined;
  readonly #stop: ReturnType<typeof untilStopped>;
  readonly #started: number;
  readonly #cursors: Cursors;
  #connections = 0;
  #nextConnection = 1;
  #failed = false;

  constructor(process: Process, options: MongodOptions, version: string) {
    this.#process = process;
    this.#options = options;
    this.#version = version;
    this.#started = process.clock.now();
    this.#cursors = new Cursors(BigInt(1 + Math.floor(process.clock.random() * 2 ** 50)) << 8n);
    this.#store = new Store(process.files, options.dbPath);
    this.#stop = untilStopped(process, ["SIGTERM", "SIGINT"]);
    if (options.replSet !== undefined) {
      this.#set = new ReplicaSet({
        process,
        store: this.#store,
        setName: options.replSet,
        port: options.port,
        major: this.#major,
        key:
          options.keyFile === undefined
            ? ""
            : digest("__system", process.files.readText(options.keyFile).replace(/\s/g, "")),
        log: (component, message, attributes) => this.#log("I", component, message, attributes),
        broken: (error) => this.#broken(error),
        rolledBack: (entries) => this.#keepRolledBack(entries),
      });
    }
  }

  get #major(): number {
    return Number(this.#version.split(".")[0]);
  }

  #log(severity: "I" | "W" | "E" | "F", component: string, message: string, attributes?: Doc): void {
    const t = { $date: new Date(this.#process.clock.now()).toISOString().replace("Z", "+00:00") };
    const line = {
      t,
      s: severity,
      c: component,
      ctx: "initandlisten",
      msg: message,
      ...(attributes === undefined ? {} : { attr: attributes }),
    };
    void this.#process.stdout.write(`${JSON.stringify(line)}\n`).catch(() => undefined);
  }

  /** A disk that refuses ends the server, as WiredTiger's panic does. */
  #broken(error: Error): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#log("E", "WT", "WiredTiger error message", { message: error.message });
    this.#log("F", "ASSERT", "Fatal assertion", { msgid: 50853 });
    this.#stop.stop();
  }

  async run(): Promise<number> {
    const { port, dbPath, bindAll } = this.#options;
    this.#log("I", "CONTROL", "MongoDB starting", {
      pid: this.#process.pid,
      port,
      dbPath,
      architecture: "64-bit",
      host: this.#process.machine.hostname,
    });
    this.#log("I", "CONTROL", "Build Info", { buildInfo: { version: this.#version } });
    const { replayed } = this.#store.open();
    if (replayed > 0)
      this.#log("I", "STORAGE", "WiredTiger message", { message: `Recovering log: ${replayed} operations` });
    this.#process.files.writeFile(`${dbPath}/mongod.lock`, `${this.#process.pid}\n`);
    if (!this.#options.auth)
      this.#log(
        "W",
        "CONTROL",
        "Access control is not enabled for the database. Read and write access to data and configuration is unrestricted",
      );
    if (!bindAll)
      this.#log(
        "W",
        "CONTROL",
        "This server is bound to localhost. Remote systems will be unable to connect to this server. Start the server with --bind_ip <address> to specify which IP addresses it should serve responses from, or with --bind_ip_all to bind to all interfaces. If this behavior is desired, start the server with --bind_ip 127.0.0.1 to disable this warning",
      );
    const close = serve(
      this.#process,
      port,
      (connection) => this.#client(connection),
      bindAll ? {} : { address: "127.0.0.1" },
    );
    this.#log("I", "NETWORK", "Listening on", { address: bindAll ? "0.0.0.0" : "127.0.0.1" });
    this.#log("I", "NETWORK", "Waiting for connections", { port, ssl: "off" });
    await this.#set?.start();
    await this.#stop.stopped;
    if (this.#failed) return 14;
    this.#log("I", "CONTROL", "Received signal", { signal: 15, error: "Terminated" });
    await this.#set?.close();
    close();
    try {
      this.#store.checkpoint();
      this.#process.files.writeFile(`${dbPath}/mongod.lock`, "");
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.#log("E", "STORAGE", "Checkpoint failed", { error: problem.message });
    }
    this.#log("I", "CONTROL", "Shutting down", { exitCode: 0 });
    return 0;
  }

  #keepRolledBack(entries: readonly Entry[]): void {
    const removed = new Map<string, Doc[]>();
    for (const { change } of entries) {
      if (change.op !== "i" && change.op !== "u") continue;
      removed.set(change.ns, [...(removed.get(change.ns) ?? []), change.doc]);
    }
    const stamp = new Date(this.#process.clock.now()).toISOString().replace(/:/g, "-").replace(/\..*/, ".0");
    for (const [ns, docs] of removed) {
      const directory = `${this.#options.dbPath}/rollback/${ns}`;
      this.#process.files.makeDirectory(directory, { recursive: true });
      this.#process.files.writeFile(
        `${directory}/removed.${stamp}.bson`,
        docs.map((doc) => `${JSON.stringify(doc)}\n`).join(""),
      );
    }
  }

  async #client(connection: Connection): Promise<void> {
    this.#connections++;
    const session: Session = {
      user: undefined,
      local: connection.remoteAddress.startsWith("127."),
      id: this.#nextConnection++,
      conversation: new Conversation(this.#process, (user, db) => findUser(this.#store, user, db)?.credentials),
    };
    try {
      const { first, connection: whole } = await peek(connection);
      if (first === undefined) return;
      // Other members speak lines of JSON: `{"id` would be the length of a message that nobody may send.
      if (first[0] === 0x7b && first[1] === 0x22 && (first[3] ?? 0) !== 0)
        await answerRpc(this.#process, whole, (message: PeerMessage) => {
          if (this.#set === undefined) throw new Refused("not running with --replSet");
          return this.#set.handle(message);
        });
      else {
        const answer = (request: ClientRequest) => this.#answer(session, request);
        await serveClient({ process: this.#process, answer }, whole);
      }
    } finally {
      this.#connections--;
    }
  }

  async #answer(session: Session, request: ClientRequest): Promise<Doc> {
    try {
      const answer = await this.#execute(session, request);
      return { ...answer, ok: 1 };
    } catch (problem) {
      if (problem instanceof MongoError)
        return { ...problem.info, ok: 0, errmsg: problem.message, code: problem.code, codeName: problem.codeName };
      if (isErrno(problem)) {
        this.#broken(problem);
        return { ok: 0, errmsg: `${problem.message}`, code: 14031, codeName: "OutOfDiskSpace" };
      }
      throw problem;
    }
  }

  async #execute(session: Session, { db, command, readPreference }: ClientRequest): Promise<Doc> {
    const [name = ""] = Object.keys(command);
    await this.#process.spend(50);
    const admin = Object.hasOwn(SERVER_COMMANDS, name.toLowerCase()) ? SERVER_COMMANDS[name.toLowerCase()] : undefined;
    if (admin !== undefined) {
      if (admin.need !== undefined)
        this.#authorize(session, admin.need, admin.need === "read" ? db : "admin", name, db);
      return admin.run(this.#adminHost, session, command, db);
    }
    const data = Object.hasOwn(DATA_COMMANDS, name.toLowerCase()) ? DATA_COMMANDS[name.toLowerCase()] : undefined;
    if (data === undefined) throw new MongoError(59, "CommandNotFound", `no such command: '${name}'`);
    this.#authorize(session, data.need, db, name, db);
    if (data.need === "write" && this.#set !== undefined && !this.#set.writable) throw notPrimary(this.#major);
    if (data.need === "read" && this.#set !== undefined && !this.#set.writable) {
      if (!this.#set.readable && db !== "local")
        throw new MongoError(13436, "NotPrimaryOrSecondary", "node is not in primary or recovering state");
      if (readPreference === "primary")
        throw new MongoError(
          13435,
          this.#major >= 5 ? "NotPrimaryNoSecondaryOk" : "NotMasterNoSlaveOk",
          this.#major >= 5 ? "not primary and secondaryOk=false" : "not master and slaveOk=false",
        );
    }
    const concern = isDoc(command["readConcern"]) ? command["readConcern"]["level"] : undefined;
    if (concern !== undefined && concern !== "local" && concern !== "available")
      throw badValue(`read concern ${String(concern)} is not supported here`);
    for (const field of ["lsid", "txnNumber", "startTransaction"])
      if (command[field] !== undefined) throw badValue("sessions and transactions are not supported here");
    let last: OpTime | undefined;
    const context: CommandContext = {
      process: this.#process,
      store: this.#store,
      db,
      commit: (change) => {
        last = this.#commit(change);
        return last;
      },
    };
    const answer = this.#cursors.first(await data.run(context, command), command, this.#process.clock.now());
    return last === undefined ? answer : { ...answer, ...(await this.#written(last, command["writeConcern"])) };
  }

  #commit(change: Change): OpTime | undefined {
    if (this.#set === undefined) {
      this.#store.commitAlone(change);
      return undefined;
    }
    if (!this.#set.writable) throw notPrimary(this.#major);
    return this.#set.order(change);
  }

  // ------------------------------------------------------------------------------------------------------------ accounts

  #authorize(session: Session, need: "read" | "write" | "admin", db: string, name: string, shownDb: string): void {
    if (!this.#options.auth) return;
    if (session.user === undefined) {
      // The localhost exception: until there is a user, somebody must be able to make one.
      const exempt =
        session.local && this.#store.docs(USERS).length === 0 && (need === "admin" || name === "createUser");
      if (exempt) return;
      throw new MongoError(
        13,
        "Unauthorized",
        this.#major >= 6 ? `Command ${name} requires authentication` : `command ${name} requires authentication`,
      );
    }
    if (!allows(session.user, need, db))
      throw new MongoError(13, "Unauthorized", `not authorized on ${shownDb} to execute command { ${name}: 1 }`);
  }

  #written(time: OpTime, concern: Value | undefined): Promise<Doc> {
    return awaitWriteConcern(this.#set, time, concern, { major: this.#major, clock: this.#process.clock });
  }

  get #adminHost(): AdminHost {
    return {
      process: this.#process,
      store: this.#store,
      set: this.#set,
      cursors: this.#cursors,
      version: this.#version,
      major: this.#major,
      started: this.#started,
      connections: () => this.#connections,
      commit: (change) => this.#commit(change),
      written: (time, concern) => this.#written(time, concern),
      hello: (legacy) => this.#hello(legacy),
      stop: () => this.#stop.stop(),
    };
  }

  #hello(legacy: boolean): Doc {
    return hello(this.#set, {
      now: this.#process.clock.now(),
      legacy,
      lastWrite: this.#store.last,
      setName: this.#options.replSet,
      version: this.#version,
    });
  }
}
