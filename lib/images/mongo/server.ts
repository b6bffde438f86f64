/** mongod: one server, alone or as a member of a replica set. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { peek } from "../kit/peek.ts";
import { answerRpc, Refused } from "../kit/rpc.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { allows, digest, findUser, readRoles, USERS, type User, userDoc } from "./accounts.ts";
import { buildInfo, hello, replicaStatus } from "./admin.ts";
import { type CommandContext, DATA_COMMANDS } from "./commands.ts";
import { Cursors } from "./cursors.ts";
import { badValue, type Doc, isDoc, MongoError, numberOf, type Value } from "./data/bson.ts";
import { keyFileProblem, type MongodOptions, OptionsError, readOptions } from "./options.ts";
import { majorityOf } from "./replica-config.ts";
import type { PeerMessage } from "./replica-messages.ts";
import { notYetInitialized, ReplicaSet } from "./replica-set.ts";
import { type Change, type Entry, type OpTime, Store } from "./store.ts";
import { Conversation, MECHANISMS } from "./wire/sasl.ts";
import { serveClient } from "./wire/serve.ts";

export const VERSION_FILE = "/usr/share/mongodb/version";

/** What a client sends: a command, for a database. */
interface ClientRequest {
  readonly db: string;
  readonly command: Doc;
  /** "primary", "secondaryPreferred", ...: whether a secondary may answer. */
  readonly readPreference: string;
}

interface Session {
  user: User | undefined;
  readonly local: boolean;
  /** Number of the connection. */
  readonly id: number;
  readonly conversation: Conversation;
}

type AdminCommand = (session: Session, command: Doc, db: string) => Promise<Doc> | Doc;

class Mongod {
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
    const signal = await this.#stop.stopped;
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
    return signal === undefined ? 0 : 0;
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
    const admin = Object.hasOwn(this.#admin, name.toLowerCase()) ? this.#admin[name.toLowerCase()] : undefined;
    if (admin !== undefined) {
      if (admin.need !== undefined)
        this.#authorize(session, admin.need, admin.need === "read" ? db : "admin", name, db);
      return admin.run(session, command, db);
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
    return last === undefined ? answer : { ...answer, ...(await this.#writeConcern(last, command["writeConcern"])) };
  }

  #commit(change: Change): OpTime | undefined {
    if (this.#set === undefined) {
      this.#store.commitAlone(change);
      return undefined;
    }
    if (!this.#set.writable) throw notPrimary(this.#major);
    return this.#set.order(change);
  }

  /** Waits until enough members have a write; what is told where they do not in time. */
  async #writeConcern(time: OpTime, given: Value | undefined): Promise<Doc> {
    const set = this.#set;
    if (set?.config === undefined) return {};
    const concern = isDoc(given) ? given : {};
    const bearing = set.config.members.filter(({ arbiter }) => !arbiter).length;
    const standard: Value = this.#major >= 5 && bearing >= majorityOf(set.config) ? "majority" : 1;
    const w = concern["w"] ?? standard;
    if (w === 0) return {};
    const count = w === "majority" ? "majority" : numberOf(w);
    if (count === undefined)
      throw new MongoError(
        79,
        "UnknownReplWriteConcern",
        `No write concern mode named '${String(w)}' found in replica set configuration`,
      );
    if (count !== "majority" && count > bearing)
      return {
        writeConcernError: {
          code: 100,
          codeName: "UnsatisfiableWriteConcern",
          errmsg: "Not enough data-bearing nodes",
        },
      };
    const wtimeout = numberOf(concern["wtimeout"] ?? 0) ?? 0;
    if (await set.progress.replicated(time, count, wtimeout, this.#process.clock)) return {};
    const errInfo = {
      wtimeout: true,
      writeConcern: { w, wtimeout, provenance: isDoc(given) ? "clientSupplied" : "implicitDefault" },
    };
    return {
      writeConcernError: {
        code: 64,
        codeName: "WriteConcernFailed",
        errmsg: "waiting for replication timed out",
        errInfo,
      },
    };
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

  // ------------------------------------------------------------------------------------------------------ administration

  #requireSet(): ReplicaSet {
    if (this.#set === undefined) throw new MongoError(76, "NoReplicationEnabled", "not running with --replSet");
    return this.#set;
  }

  readonly #admin: Readonly<Record<string, { readonly need?: "read" | "admin"; readonly run: AdminCommand }>> = {
    ping: { run: () => ({}) },
    hello: { run: (session, command, db) => this.#greet(session, command, db, false) },
    ismaster: { run: (session, command, db) => this.#greet(session, command, db, true) },
    buildinfo: { run: () => buildInfo(this.#version) },
    connectionstatus: {
      run: ({ user }) => ({
        authInfo: {
          authenticatedUsers: user === undefined ? [] : [{ user: user.user, db: user.db }],
          authenticatedUserRoles: (user?.roles ?? []).map(({ role, db }) => ({ role, db })),
        },
      }),
    },
    saslstart: { run: ({ conversation }, command, db) => conversation.start(command, db) },
    saslcontinue: {
      run: (session, command) => {
        const { answer, user, db } = session.conversation.next(command);
        const found = user === undefined ? undefined : findUser(this.#store, user, db);
        if (found !== undefined) session.user = found;
        return answer;
      },
    },
    logout: {
      run: (session) => {
        session.user = undefined;
        return {};
      },
    },
    getmore: {
      need: "read",
      run: (_session, command, db) => this.#cursors.more(command, db, this.#process.clock.now()),
    },
    killcursors: { need: "read", run: (_session, command) => this.#cursors.kill(command) },
    createuser: {
      need: "admin",
      run: async (_session, command, db) => {
        const name = String(command["createUser"]);
        if (this.#set !== undefined && !this.#set.writable) throw notPrimary(this.#major);
        if (findUser(this.#store, name, db) !== undefined)
          throw new MongoError(51003, "Location51003", `User "${name}@${db}" already exists`);
        if (typeof command["pwd"] !== "string")
          throw badValue(
            "Must provide a 'pwd' field for all user documents, except those with '$external' as the user's source db",
          );
        const time = this.#commit({
          op: "i",
          ns: USERS,
          doc: userDoc(name, db, command["pwd"], readRoles(command["roles"], db)),
        });
        return time === undefined ? {} : this.#writeConcern(time, { w: "majority", wtimeout: 10_000 });
      },
    },
    dropuser: {
      need: "admin",
      run: (_session, command, db) => {
        const name = String(command["dropUser"]);
        if (findUser(this.#store, name, db) === undefined)
          throw new MongoError(11, "UserNotFound", `User '${name}@${db}' not found`);
        this.#commit({ op: "d", ns: USERS, id: `${db}.${name}` });
        return {};
      },
    },
    usersinfo: {
      need: "read",
      run: (_session, _command, db) => ({
        users: this.#store
          .docs(USERS)
          .filter((user) => user["db"] === db)
          .map(({ credentials: _secret, ...user }) => ({ ...user, mechanisms: MECHANISMS })),
      }),
    },
    listdatabases: {
      need: "read",
      run: () => {
        if (this.#set !== undefined && !this.#set.readable)
          throw new MongoError(13436, "NotPrimaryOrSecondary", "node is not in primary or recovering state");
        const own = [
          { name: "config", bytes: 12_288 },
          { name: "local", bytes: 40_960 },
          ...(this.#set === undefined ? [] : [{ name: "admin", bytes: 40_960 }]),
        ];
        const all = [
          ...this.#store.databases().map(({ name, bytes }) => ({ name, bytes: Math.ceil(bytes / 4096) * 4096 })),
        ];
        for (const one of own) if (!all.some(({ name }) => name === one.name)) all.push(one);
        all.sort((a, b) => (a.name < b.name ? -1 : 1));
        const databases = all.map(({ name, bytes }) => ({ name, sizeOnDisk: bytes, empty: false }));
        const totalSize = all.reduce((sum, { bytes }) => sum + bytes, 0);
        return { databases, totalSize, totalSizeMb: Math.floor(totalSize / 2 ** 20) };
      },
    },
    serverstatus: {
      need: "read",
      run: () => ({
        host: this.#process.machine.hostname,
        version: this.#version,
        process: "mongod",
        pid: this.#process.pid,
        uptime: Math.floor((this.#process.clock.now() - this.#started) / 1000),
        localTime: { $date: this.#process.clock.now() },
        connections: { current: this.#connections, available: 838_860 - this.#connections, active: 1 },
        storageEngine: { name: "wiredTiger", supportsCommittedReads: true, persistent: true },
        ...(this.#set?.config === undefined ? {} : { repl: this.#hello(false) }),
      }),
    },
    getparameter: {
      need: "read",
      run: (_session, command) => {
        if (command["featureCompatibilityVersion"] === undefined)
          throw new MongoError(72, "InvalidOptions", "no option found to get");
        return { featureCompatibilityVersion: { version: this.#version.split(".").slice(0, 2).join(".") } };
      },
    },
    setfeaturecompatibilityversion: {
      need: "admin",
      run: (_session, command) => {
        const wanted = String(command["setFeatureCompatibilityVersion"]);
        if (wanted !== this.#version.split(".").slice(0, 2).join("."))
          throw badValue(`Invalid feature compatibility version value '${wanted}'`);
        return {};
      },
    },
    shutdown: {
      need: "admin",
      run: () => {
        this.#process.clock.after(10, () => this.#stop.stop());
        return {};
      },
    },
    replsetinitiate: {
      need: "admin",
      run: async (_session, command) => {
        if (this.#set === undefined)
          throw new MongoError(76, "NoReplicationEnabled", "This node was not started with replication enabled.");
        await this.#set.initiate(isDoc(command["replSetInitiate"]) ? command["replSetInitiate"] : {});
        return {};
      },
    },
    replsetgetstatus: {
      need: "read",
      run: () => replicaStatus(this.#requireSet(), this.#store.last, this.#process.clock.now()),
    },
    replsetgetconfig: {
      need: "read",
      run: () => {
        const { config } = this.#requireSet();
        if (config === undefined) throw notYetInitialized();
        return { config: config.doc };
      },
    },
    replsetreconfig: {
      need: "admin",
      run: async (_session, command) => {
        const wanted = command["replSetReconfig"];
        if (!isDoc(wanted)) throw badValue("replSetReconfig wants a configuration");
        await this.#requireSet().reconfigure(wanted, command["force"] === true);
        return {};
      },
    },
    replsetstepdown: {
      need: "admin",
      run: async (_session, command) => {
        const seconds = numberOf(command["replSetStepDown"]) ?? 60;
        const catchUp = numberOf(command["secondaryCatchUpPeriodSecs"]) ?? Math.min(10, seconds);
        await this.#requireSet().stepDown(seconds, catchUp * 1000, command["force"] === true);
        return {};
      },
    },
    replsetfreeze: {
      need: "admin",
      run: (_session, command) => {
        const set = this.#requireSet();
        if (set.state === "PRIMARY")
          throw new MongoError(
            95,
            "NotSecondary",
            "cannot freeze node when primary or running for election. state: Primary",
          );
        set.frozenUntil = this.#process.clock.now() + (numberOf(command["replSetFreeze"]) ?? 0) * 1000;
        return {};
      },
    },
    getlog: { need: "read", run: () => ({ totalLinesWritten: 0, log: [] }) },
  };

  /** What a driver asks first, and often some things more in the same breath. */
  #greet(session: Session, command: Doc, db: string, legacy: boolean): Doc {
    const answer = { ...this.#hello(legacy), connectionId: session.id };
    const asked = command["saslSupportedMechs"];
    const [source = "", ...user] = typeof asked === "string" ? asked.split(".") : [];
    const known = asked !== undefined && findUser(this.#store, user.join("."), source) !== undefined;
    const start = command["speculativeAuthenticate"];
    let speculative: Doc = {};
    // What does not work out here is tried again aloud.
    if (isDoc(start) && start["saslStart"] !== undefined)
      try {
        const on = typeof start["db"] === "string" ? start["db"] : db;
        speculative = { speculativeAuthenticate: session.conversation.start(start, on) };
      } catch (problem) {
        if (!(problem instanceof MongoError)) throw problem;
      }
    return {
      ...(legacy && command["helloOk"] === true ? { helloOk: true } : {}),
      ...answer,
      ...(known ? { saslSupportedMechs: MECHANISMS } : {}),
      ...speculative,
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

function notPrimary(major: number): MongoError {
  return major >= 5
    ? new MongoError(10107, "NotWritablePrimary", "not primary")
    : new MongoError(10107, "NotMaster", "not master");
}

export async function mongod(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  if (process.argv.includes("--version")) {
    await process.stdout.write(
      `db version v${version}\nBuild Info: {\n    "version": "${version}",\n    "modules": [],\n    "allocator": "tcmalloc"\n}\n`,
    );
    return 0;
  }
  let options: MongodOptions;
  try {
    options = readOptions(process);
  } catch (problem) {
    if (!(problem instanceof OptionsError)) throw problem;
    await process.stderr.write(`${problem.message}\n`);
    return 2;
  }
  const fatal = async (c: string, msg: string, attr: Doc, code: number) => {
    const t = { $date: new Date(process.clock.now()).toISOString().replace("Z", "+00:00") };
    await process.stdout.write(`${JSON.stringify({ t, s: code === 1 ? "I" : "E", c, ctx: "main", msg, attr })}\n`);
    return code;
  };
  const key = options.keyFile === undefined ? undefined : keyFileProblem(process, options.keyFile);
  if (key !== undefined)
    return fatal(
      "ACCESS",
      "Read security file failed",
      { error: { code: 30, codeName: "InvalidPath", errmsg: key } },
      1,
    );
  if (!process.files.exists(options.dbPath))
    return fatal(
      "CONTROL",
      "DBException in initAndListen, terminating",
      {
        error: `NonExistentPath: Data directory ${options.dbPath} not found. Create the missing directory or specify another path using (1) the --dbpath command line option, or (2) by adding the 'storage.dbPath' option in the configuration file.`,
      },
      100,
    );
  try {
    return await new Mongod(process, options, version).run();
  } catch (problem) {
    if (!isErrno(problem) || process.signal.aborted) throw problem;
    if (problem.code === "EADDRINUSE")
      return fatal(
        "CONTROL",
        "Failed to set up listener",
        { error: { code: 9001, codeName: "SocketException", errmsg: "Address already in use" } },
        48,
      );
    return fatal(
      "STORAGE",
      "DBException in initAndListen, terminating",
      {
        error: `IllegalOperation: Attempted to create a lock file on a read-only directory: ${options.dbPath}: ${problem.message}`,
      },
      100,
    );
  }
}
