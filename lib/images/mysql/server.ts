/** mysqld: alone, as source or replica of another, or as a member of a Galera cluster. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { type Group, NotPrimary } from "../kit/group.ts";
import { StreamReader } from "../kit/reader.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { accountStatement } from "./account-statements.ts";
import { type Account, Accounts, denied, holds, nameOf, sees } from "./accounts.ts";
import { adminStatement } from "./admin.ts";
import { BinaryLog, type LogEvent } from "./binlog.ts";
import { type Config, readConfig } from "./config.ts";
import { serveDump } from "./dump.ts";
import { joinGroup } from "./galera.ts";
import { failure, type Hello, type Query, type Welcome } from "./protocol.ts";
import { type ReplicaHost, ReplicaThread, type Source } from "./replication.ts";
import { type Catalog, isWrite, runSql, type SqlContext, SqlError, type SqlResult } from "./sql.ts";
import { DataDirectory } from "./store.ts";
import { logStart, logsByDefault, type Release, releaseOf } from "./versions.ts";

export const VERSION_FILE = "/usr/share/mysql/version";
const NOT_READY: SqlResult = {
  error: { code: 1047, state: "08S01", message: "WSREP has not yet prepared node for application use" },
};

/** One client's connection. */
export interface Session {
  readonly id: number;
  readonly account: Account;
  /** As SHOW PROCESSLIST has it. */
  readonly shownHost: string;
  /** `user@host`, as USER() gives it. */
  readonly shownUser: string;
  readonly dump: boolean;
  database: string | undefined;
  /** What it does now, and since when (ms). */
  sql: string | undefined;
  since: number;
  close(): void;
}

export async function mysqld(process: Process): Promise<number> {
  const version = process.files.readText(VERSION_FILE).trim();
  if (process.argv.includes("--version") || process.argv.includes("-V")) {
    await process.stdout.write(`mysqld  Ver ${version} for Linux on x86_64\n`);
    return 0;
  }
  const log = (level: string, text: string) =>
    void process.stderr
      .write(`${new Date(process.clock.now()).toISOString().replace("Z", "000Z")} 0 [${level}] ${text}\n`)
      .catch(() => undefined);
  const release = releaseOf(version);
  const config = readConfig(process);
  let problem = typeof config === "string" ? config : undefined;
  if (typeof config !== "string" && config.logBin !== undefined && config.serverId === undefined)
    if (!release.mariadb && !release.atLeast(8, 0) && config.clusterAddress === undefined)
      problem =
        "You have enabled the binary log, but you haven't provided the mandatory server-id. Please refer to the proper server start-up parameters documentation";
  if (typeof config === "string" || problem !== undefined) {
    log("ERROR", `${problem}`);
    log("ERROR", "Aborting");
    return problem?.startsWith("unknown") === true ? 7 : 1;
  }
  const data = new DataDirectory(process, config.dataDirectory);
  log("Note", `mysqld (mysqld ${version}) starting as process ${process.pid} ...`);
  let server: MysqlServer;
  try {
    if (!data.initialized) data.initialize();
    server = new MysqlServer(process, config, data, release, log);
  } catch (error) {
    if (!isErrno(error)) throw error;
    log("ERROR", `InnoDB: The innodb_system data file 'ibdata1' must be writable: ${error.message}`);
    return 1;
  }
  return server.run();
}

export class MysqlServer {
  readonly process: Process;
  readonly config: Config;
  readonly data: DataDirectory;
  readonly release: Release;
  readonly serverId: number;
  readonly catalog: Catalog;
  readonly accounts: Accounts;
  readonly log: (level: string, text: string) => void;
  readonly stop: () => void;
  /** Undefined where binary logging is off. */
  readonly binlog: BinaryLog | undefined;
  replica: ReplicaThread | undefined;
  readonly #stopped: Promise<unknown>;
  readonly #sessions = new Map<number, Session>();
  readonly #followers = new Map<number, { readonly serverId: number }>();
  #nextId = 1;
  #readOnly: boolean;
  #superReadOnly: boolean;
  #lock: { readonly holder: Session; readonly released: Promise<void>; readonly release: () => void } | undefined;
  #group: Group | undefined;
  #closePort: (() => void) | undefined;
  readonly #started: number;

  constructor(
    process: Process,
    config: Config,
    data: DataDirectory,
    release: Release,
    log: (level: string, text: string) => void,
  ) {
    this.process = process;
    this.config = config;
    this.data = data;
    this.release = release;
    this.log = log;
    this.serverId = config.serverId ?? (release.mariadb || release.atLeast(8, 0) ? 1 : 0);
    this.catalog = data.load();
    this.accounts = new Accounts(process, data.path);
    this.#readOnly = config.readOnly;
    this.#superReadOnly = config.superReadOnly;
    this.#started = process.clock.now();
    const base = config.logBin ?? (logsByDefault(release) ? "binlog" : undefined);
    if (base !== undefined && config.clusterAddress === undefined)
      this.binlog = new BinaryLog(process, data.path, base || `${process.machine.hostname}-bin`, logStart(release));
    const serving = untilStopped(process, ["SIGTERM", "SIGQUIT"]);
    this.stop = serving.stop;
    this.#stopped = serving.stopped;
  }

  async run(): Promise<number> {
    const { clusterAddress } = this.config;
    if (clusterAddress === undefined) this.open();
    else this.#group = joinGroup(this, clusterAddress);
    this.replica = ReplicaThread.read(this.#replicaHost);
    if (this.replica !== undefined && !this.config.skipReplicaStart && this.serverId !== 0) this.replica.start();
    await this.#stopped;
    this.log("Note", "Normal shutdown");
    this.replica?.stop();
    this.#group?.leave();
    this.#closePort?.();
    this.log("Note", "Shutdown complete");
    return 0;
  }

  get isOpen(): boolean {
    return this.#closePort !== undefined;
  }

  open(): void {
    const { port, bindAddress } = this.config;
    const address = bindAddress === "127.0.0.1" || bindAddress === "localhost" ? { address: "127.0.0.1" } : {};
    this.#closePort = serve(this.process, port, (connection) => this.#client(connection), address);
    this.log(
      "Note",
      `mysqld: ready for connections. Version: '${this.shownVersion}'  socket: '/var/run/mysqld/mysqld.sock'  port: ${port}`,
    );
  }

  get now(): number {
    return this.process.clock.now();
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  get followers(): readonly { readonly serverId: number }[] {
    return [...this.#followers.values()];
  }

  get shownVersion(): string {
    return this.release.text + (this.binlog !== undefined && !this.release.atLeast(8, 0) ? "-log" : "");
  }

  // ---------------------------------------------------------------------------------------------------- replication

  get #replicaHost(): ReplicaHost {
    return {
      process: this.process,
      directory: this.data.path,
      serverId: this.serverId,
      apply: (event) => this.#applyEvent(event),
      log: this.log,
    };
  }

  follow(source: Source): void {
    this.replica = new ReplicaThread(this.#replicaHost, source);
    this.replica.save();
  }

  unfollow(): void {
    this.replica?.forget();
    this.replica = undefined;
  }

  async #applyEvent(event: LogEvent): Promise<SqlResult> {
    while (this.#lock !== undefined) await this.#lock.released;
    const result = this.apply(event.sql, event.database, event.time);
    if ("error" in result) return result;
    const saved = this.#save();
    // A replica of a replica gets what this one got (log_slave_updates is on by default from 8 on).
    if (saved === undefined && this.release.atLeast(8, 0)) this.binlog?.append(event);
    return saved ?? result;
  }

  // ---------------------------------------------------------------------------------------------------------- locks

  async lock(session: Session): Promise<void> {
    while (this.#lock !== undefined && this.#lock.holder !== session) await this.#lock.released;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#lock = { holder: session, released, release };
  }

  unlock(session: Session): void {
    if (this.#lock?.holder !== session) return;
    this.#lock.release();
    this.#lock = undefined;
  }

  setReadOnly(name: "read_only" | "super_read_only", on: boolean): void {
    if (name === "super_read_only") this.#superReadOnly = on;
    // super_read_only brings read_only along; without read_only there is none.
    if (name === "read_only" || on) this.#readOnly = on;
    if (name === "read_only" && !on) this.#superReadOnly = false;
  }

  // -------------------------------------------------------------------------------------------------------- clients

  async #client(connection: Connection): Promise<void> {
    const reader = new StreamReader(connection.reader);
    const first = await reader.line(64 * 1024);
    if (first === undefined) return;
    const hello = JSON.parse(first) as Hello;
    const answer = (message: unknown) => connection.writer.write(`${JSON.stringify(message)}\n`);
    const local = hello.local && connection.remoteAddress === "127.0.0.1";
    const host = local ? "localhost" : connection.remoteAddress;
    const account = this.accounts.find(hello.user, host);
    if (account === undefined || account.password !== hello.password) {
      const using = hello.password === "" ? "NO" : "YES";
      await answer(
        failure(
          new SqlError(1045, "28000", `Access denied for user '${hello.user}'@'${host}' (using password: ${using})`),
        ),
      );
      return;
    }
    const session: Session = {
      id: this.#nextId++,
      account,
      shownHost: local ? "localhost" : `${host}:${connection.remotePort}`,
      shownUser: `${hello.user}@${host}`,
      dump: hello.dump !== undefined,
      database: hello.database,
      sql: undefined,
      since: this.now,
      close: () => connection.close(),
    };
    this.#sessions.set(session.id, session);
    try {
      if (hello.dump !== undefined) {
        this.#followers.set(session.id, { serverId: hello.dump.serverId });
        await serveDump(this, connection, hello.dump, session);
        return;
      }
      if (hello.database !== undefined) {
        const result = await this.#execute({ sql: `USE \`${hello.database}\``, database: undefined }, session);
        if ("error" in result) {
          await answer(result);
          return;
        }
      }
      await answer({ version: this.shownVersion, id: session.id } satisfies Welcome);
      for (;;) {
        const line = await reader.line(16 * 1024 * 1024);
        if (line === undefined) return;
        const query = JSON.parse(line) as Query;
        await this.process.spend(100);
        session.database = query.database;
        session.sql = query.sql;
        session.since = this.now;
        await answer(await this.#execute(query, session));
        session.sql = undefined;
        session.since = this.now;
      }
    } finally {
      this.unlock(session);
      this.#sessions.delete(session.id);
      this.#followers.delete(session.id);
    }
  }

  async #execute(query: Query, session: Session): Promise<SqlResult> {
    try {
      return await this.#run(query, session);
    } catch (problem) {
      if (problem instanceof SqlError) return failure(problem);
      throw problem;
    }
  }

  async #run({ sql, database }: Query, session: Session): Promise<SqlResult> {
    const group = this.#group;
    if (group !== undefined && group.state !== "primary" && !/^\s*(show|set|shutdown)\b/i.test(sql)) return NOT_READY;
    const own = await adminStatement(this, sql, session);
    if (own !== undefined) return own;
    const isAccount = /^\s*(create\s+user|drop\s+user|alter\s+user|set\s+password|grant|revoke)\b/i.test(sql);
    if (!isAccount && !isWrite(sql)) {
      const result =
        accountStatement(this.accounts, session.account, sql) ??
        runSql(this.catalog, sql, database, this.#context(session, this.now));
      // A group's member says so in its own words; the rest is what a reader sees.
      return result;
    }
    this.#refuseReadOnly(session.account);
    while (this.#lock !== undefined && this.#lock.holder !== session) await this.#lock.released;
    if (this.#lock !== undefined)
      throw new SqlError(1223, "HY000", "Can't execute the query because you have a conflicting read lock");
    if (group !== undefined) {
      try {
        return JSON.parse(
          await group.submit(JSON.stringify({ sql, database, now: this.now, user: nameOf(session.account) })),
        ) as SqlResult;
      } catch (problem) {
        if (problem instanceof NotPrimary) return NOT_READY;
        throw problem;
      }
    }
    const time = this.now;
    const result = isAccount
      ? (accountStatement(this.accounts, session.account, sql) ?? { affected: 0 })
      : runSql(this.catalog, sql, database, this.#context(session, time));
    if ("error" in result) return result;
    const problem = this.#save();
    if (problem === undefined) this.binlog?.append({ serverId: this.serverId, time, database, sql });
    return problem ?? result;
  }

  #refuseReadOnly(account: Account): void {
    if (!this.#readOnly || (!this.#superReadOnly && holds(account, "SUPER", undefined))) return;
    throw new SqlError(
      1290,
      "HY000",
      `The MySQL server is running with the --${this.#superReadOnly ? "super-read-only" : "read-only"} option so it cannot execute this statement`,
    );
  }

  /** What happened elsewhere: replication and Galera run it without asking who did it. */
  apply(sql: string, database: string | undefined, time: number): SqlResult {
    const context: SqlContext = { variables: () => this.#variables(), now: time, user: "root@localhost", id: 0 };
    const all: Account = { user: "", host: "", password: "", grants: { "*": ["ALL"] } };
    try {
      if (!isWrite(sql) || /^\s*(create|drop|alter)\s+user\b/i.test(sql))
        return accountStatement(this.accounts, all, sql) ?? { affected: 0 };
      return runSql(this.catalog, sql, database, context);
    } catch (problem) {
      if (problem instanceof SqlError) return failure(problem);
      throw problem;
    }
  }

  /** What to answer where the disk refused. */
  #save(): SqlResult | undefined {
    try {
      this.data.save(this.catalog);
      return undefined;
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      return { error: { code: 1114, state: "HY000", message: "The table is full" } };
    }
  }

  #context(session: Session, now: number): SqlContext {
    const { account } = session;
    return {
      variables: () => this.#variables(),
      now,
      user: session.shownUser,
      id: session.id,
      authorize: (privilege, database, table) => {
        if (database === "information_schema") return;
        if (privilege === "USE" ? sees(account, database) : holds(account, privilege, database)) return;
        if (table === undefined) throw denied(account, database);
        throw new SqlError(
          1142,
          "42000",
          `${privilege} command denied to user '${account.user}'@'${session.shownUser.slice(account.user.length + 1)}' for table '${table}'`,
        );
      },
      visible: (database) => sees(account, database),
    };
  }

  #variables(): Record<string, string> {
    const group = this.#group;
    const primary = group?.state === "primary";
    const onOff = (on: boolean) => (on ? "ON" : "OFF");
    return {
      version: this.shownVersion,
      hostname: this.process.machine.hostname,
      server_id: String(this.serverId),
      port: String(this.config.port),
      datadir: `${this.data.path}/`,
      log_bin: onOff(this.binlog !== undefined),
      read_only: onOff(this.#readOnly),
      super_read_only: onOff(this.#superReadOnly),
      Threads_connected: String(this.#sessions.size),
      Uptime: String(Math.floor((this.now - this.#started) / 1000)),
      ...(group === undefined
        ? {}
        : {
            wsrep_on: "ON",
            wsrep_cluster_name: this.config.clusterName,
            wsrep_node_name: this.config.nodeName,
            wsrep_cluster_size: String(primary ? (group.view?.members.length ?? 0) : 1),
            wsrep_cluster_status: primary ? "Primary" : "non-Primary",
            wsrep_cluster_conf_id: String(group.view?.id ?? 0),
            wsrep_cluster_state_uuid: CLUSTER_UUID,
            wsrep_connected: "ON",
            wsrep_ready: primary ? "ON" : "OFF",
            wsrep_local_state: primary ? "4" : "0",
            wsrep_local_state_comment: primary ? "Synced" : "Initialized",
            wsrep_last_committed: String(group.seqno),
            wsrep_incoming_addresses: (group.view?.members ?? [])
              .map(({ address }) => `${address}:${this.config.port}`)
              .join(","),
          }),
    };
  }
}

export const CLUSTER_UUID = "6f1c2a90-0000-11f0-8000-000000000001";
