/** mysqld: alone, as source or replica of another, or as a member of a Galera cluster. */
import { isErrno, type Process } from "../../machine/index.ts";
import { type Group, NotPrimary } from "../kit/group.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { accountStatement } from "./account-statements.ts";
import { type Account, Accounts, denied, holds, nameOf, needs, sees } from "./accounts.ts";
import { adminStatement } from "./admin.ts";
import { BinaryLog, type LogEvent } from "./binlog.ts";
import { type Config, readConfig } from "./config.ts";
import { serveDump } from "./dump.ts";
import { Engine } from "./engine/engine.ts";
import type { Session as EngineSession } from "./engine/session.ts";
import type { Logged, SqlResult, Work } from "./engine/types.ts";
import { type GroupAnswer, type GroupChange, joinGroup } from "./galera.ts";
import { type DumpRequest, failure } from "./protocol.ts";
import { type ApplyProblem, type ReplicaHost, ReplicaThread, type Source } from "./replication.ts";
import { LostWork, MysqlError, refusals } from "./sql/errors.ts";
import { flavourOf } from "./sql/flavour.ts";
import { DataDirectory } from "./store.ts";
import { logStart, logsByDefault, type Release, releaseOf } from "./versions.ts";
import { serveClient, type WireHost } from "./wire/serve.ts";

export const VERSION_FILE = "/usr/share/mysql/version";
const NOBODY: Source = { host: "", port: 3306, user: "", password: "", connectRetry: 60, file: "", position: 4 };
/** `max_connections`. */
const MAX_CONNECTIONS = 151;
const notReady = () => new MysqlError(1047, "08S01", "WSREP has not yet prepared node for application use");
const isAccountStatement = (sql: string) =>
  /^\s*(create\s+user|drop\s+user|alter\s+user|set\s+password|grant|revoke)\b/i.test(sql);

/** The table a work is about, for messages. */
function tableOf({ statements }: Work): string {
  const match = /\b(?:into|update|from|table)\s+`?([\w.]+)/i.exec(statements[0]?.sql ?? "");
  return match?.[1] ?? "";
}

/** Throws 1044, 1142 or 1227 where an account may not do something. `database` "*": on the whole server. */
function authorize(
  account: Account,
  host: string,
  privilege: string,
  database: string,
  table: string | undefined,
): void {
  if (database === "information_schema") return;
  if (database === "*") {
    if (!holds(account, privilege, undefined)) throw needs(privilege);
    return;
  }
  if (privilege === "USE" ? sees(account, database) : holds(account, privilege, database)) return;
  if (table === undefined) throw denied(account, database);
  throw refusals.deniedTable(privilege, `'${account.user}'@'${host}'`, table);
}

/** What says "I" said with a name, so that others can run it. */
function withName(sql: string, account: Account): string {
  return sql
    .replace(/^(\s*set\s+password)\s*=/i, `$1 FOR ${nameOf(account)} =`)
    .replace(/^(\s*alter\s+user\s+)(?:user|current_user)\s*\(\s*\)/i, `$1${nameOf(account)}`);
}

/** One client's connection. */
export interface Session {
  readonly id: number;
  readonly account: Account;
  /** Its tables, transaction and variables. */
  readonly engine: EngineSession;
  /** As SHOW PROCESSLIST has it. */
  readonly shownHost: string;
  /** `user@host`, as USER() gives it. */
  readonly shownUser: string;
  /** As it came: by name, from an address, or through the socket file. */
  readonly user: string;
  readonly host: string;
  readonly local: boolean;
  /** A replica that follows. */
  dump: boolean;
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
    if (!data.readable) {
      log("ERROR", "InnoDB: Unsupported redo log format. The redo log was created by another version of this server.");
      log("ERROR", "Plugin initialization aborted with error Generic error");
      log("ERROR", "Aborting");
      return 1;
    }
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
  readonly engine: Engine;
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
  #questions = 0;
  #readOnly: boolean;
  #superReadOnly: boolean;
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
    this.accounts = new Accounts(process, data.path, release);
    this.#readOnly = config.readOnly;
    this.#superReadOnly = config.superReadOnly;
    this.#started = process.clock.now();
    const base = config.logBin ?? (logsByDefault(release) ? "binlog" : undefined);
    if (base !== undefined && config.clusterAddress === undefined)
      this.binlog = new BinaryLog(process, data.path, base || `${process.machine.hostname}-bin`, logStart(release));
    this.engine = new Engine({
      version: this.shownVersion,
      flavour: flavourOf(release.text),
      clock: process.clock,
      spend: async (units) => process.spend(units),
      sleep: (ms) => process.clock.sleep(ms, process.signal),
      commit: (work) => this.#commit(work),
      variables: () => this.#variables(),
      status: () => this.#status(),
      setVariable: (name, value, isGlobal) => this.#setVariable(name, value, isGlobal),
      autoIncrement: () => this.#autoIncrement(),
    });
    const recovered = data.load(this.engine.state);
    if (recovered > 0) log("Note", `InnoDB: Starting crash recovery: ${recovered} commits were in the log alone`);
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
    this.#checkpoint();
    this.log("Note", "Shutdown complete");
    return 0;
  }

  get isOpen(): boolean {
    return this.#closePort !== undefined;
  }

  open(): void {
    const { port, bindAddress } = this.config;
    const address = bindAddress === "127.0.0.1" || bindAddress === "localhost" ? { address: "127.0.0.1" } : {};
    this.#closePort = serve(this.process, port, (connection) => serveClient(this.#wireHost, connection), address);
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

  /** SHOW SLAVE STATUS: no row where it follows nobody. */
  replicaStatus(replica: boolean): SqlResult {
    const status = (this.replica ?? new ReplicaThread(this.#replicaHost, NOBODY)).status(this.release, replica);
    return this.replica === undefined && "rows" in status ? { ...status, rows: [] } : status;
  }

  async #applyEvent({ serverId, statements }: LogEvent): Promise<ApplyProblem | undefined> {
    const session = this.#applier();
    const logged = { serverId };
    try {
      if (statements.length > 1) await session.execute("BEGIN");
      for (const statement of statements) {
        const problem = await this.#applyStatement(session, statement);
        if (problem !== undefined) return { ...problem, statement };
      }
      if (statements.length > 1) {
        const result = await session.execute("COMMIT");
        const [statement] = statements;
        if ("error" in result && statement !== undefined) return { ...result.error, statement };
      }
      // A replica of a replica gets what this one got (log_slave_updates is on by default from 8 on).
      if (this.release.atLeast(8, 0)) this.binlog?.append({ ...logged, statements });
      return undefined;
    } finally {
      session.close();
    }
  }

  /** A session that may do everything and whose work is not logged again. */
  #applier(): EngineSession {
    return this.engine.session({
      id: 0,
      user: "",
      account: "",
      authorize: () => undefined,
      sees: () => true,
      refuseWrite: () => undefined,
      unlogged: true,
    });
  }

  async #applyStatement(
    session: EngineSession,
    { database, sql, time, insertId }: Logged,
  ): Promise<{ readonly code: number; readonly message: string } | undefined> {
    const account = isAccountStatement(sql);
    session.database = database;
    const result = account
      ? this.applyAccount(sql)
      : await session.execute(sql, { time, ...(insertId === undefined ? {} : { insertId }) });
    return "error" in result ? result.error : undefined;
  }

  // ---------------------------------------------------------------------------------------------------------- commits

  /** Makes work last: in the log of this server, or by the group in those of all. */
  async #commit(work: Work): Promise<void> {
    const group = this.#group;
    if (group !== undefined) {
      const answer = await this.#submit(group, { kind: "work", work });
      if ("lost" in answer && answer.lost) throw new LostWork();
      return;
    }
    const changes = this.engine.resolve(work);
    try {
      this.data.commit(changes);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      throw new MysqlError(1114, "HY000", `The table '${tableOf(work)}' is full`);
    }
    this.engine.apply(changes, work.keys);
    if (!work.unlogged) this.binlog?.append({ serverId: this.serverId, statements: work.statements });
    this.#checkpointLater();
  }

  #checkpointLater(): void {
    try {
      this.data.afterCommit(this.engine.state);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      // What is committed is in the log; the tables are written when there is room again.
      this.log("ERROR", `InnoDB: Write to file failed: ${problem.message}`);
    }
  }

  #checkpoint(): void {
    try {
      this.data.checkpoint(this.engine.state);
    } catch (problem) {
      if (!isErrno(problem)) throw problem;
      this.log("ERROR", `InnoDB: Write to file failed: ${problem.message}`);
    }
  }

  async #submit(group: Group, change: GroupChange): Promise<GroupAnswer> {
    try {
      return JSON.parse(await group.submit(JSON.stringify(change))) as GroupAnswer;
    } catch (problem) {
      if (problem instanceof NotPrimary) throw notReady();
      throw problem;
    }
  }

  /** Members of a cluster leave room for each other's numbers (wsrep_auto_increment_control). */
  #autoIncrement(): { readonly step: number; readonly offset: number } {
    const names = (this.#group?.view?.members ?? []).map(({ name }) => name).sort();
    const at = names.indexOf(this.config.nodeName);
    return at === -1 ? { step: 1, offset: 1 } : { step: names.length, offset: at + 1 };
  }

  #setVariable(name: string, value: string, isGlobal: boolean): boolean {
    if (name !== "read_only" && name !== "super_read_only") return false;
    if (!isGlobal)
      throw new MysqlError(1229, "HY000", `Variable '${name}' is a GLOBAL variable and should be set with SET GLOBAL`);
    this.setReadOnly(name, /^(on|1|true)$/i.test(value));
    return true;
  }

  setReadOnly(name: "read_only" | "super_read_only", on: boolean): void {
    if (name === "super_read_only") this.#superReadOnly = on;
    // super_read_only brings read_only along; without read_only there is none.
    if (name === "read_only" || on) this.#readOnly = on;
    if (name === "read_only" && !on) this.#superReadOnly = false;
  }

  // -------------------------------------------------------------------------------------------------------- clients

  get #wireHost(): WireHost {
    const { process, release, shownVersion } = this;
    return {
      process,
      release,
      shownVersion,
      isFull: this.#sessions.size >= MAX_CONNECTIONS,
      nextId: () => this.#nextId++,
      find: (user, host) => this.accounts.find(user, host),
      open: (login) => this.#openSession(login),
      close: (session) => this.#closeSession(session),
      execute: (sql, session) => this.#execute(sql, session),
      status: () =>
        `Uptime: ${Math.floor((this.now - this.#started) / 1000)}  Threads: ${this.#sessions.size}  Questions: ${this.#questions}  Slow queries: 0`,
      dump: async (request, session, connection, send) => {
        const asked = JSON.parse(request) as DumpRequest;
        session.dump = true;
        this.#followers.set(session.id, { serverId: asked.serverId });
        await serveDump(this, connection, asked, session, send);
      },
    };
  }

  #openSession({ id, account, user, host, local, connection }: Parameters<WireHost["open"]>[0]): Session {
    const shownUser = `${user}@${host}`;
    const session: Session = {
      id,
      account,
      user,
      host,
      local,
      engine: this.engine.session({
        id,
        user: shownUser,
        account: `${account.user}@${account.host}`,
        authorize: (privilege, database, table) => authorize(account, host, privilege, database, table),
        sees: (database) => sees(account, database),
        refuseWrite: () => this.#refusalToWrite(account),
        unlogged: false,
      }),
      shownHost: local ? "localhost" : `${host}:${connection.remotePort}`,
      shownUser,
      dump: false,
      database: undefined,
      sql: undefined,
      since: this.now,
      close: () => connection.close(),
    };
    this.#sessions.set(session.id, session);
    return session;
  }

  #closeSession(session: Session): void {
    session.engine.close();
    this.#sessions.delete(session.id);
    this.#followers.delete(session.id);
  }

  async #execute(sql: string, session: Session): Promise<SqlResult> {
    this.#questions++;
    try {
      return await this.#run(sql, session);
    } catch (problem) {
      if (problem instanceof MysqlError) return failure(problem);
      throw problem;
    }
  }

  async #run(sql: string, session: Session): Promise<SqlResult> {
    const group = this.#group;
    if (group !== undefined && group.state !== "primary" && !/^\s*(show|set|shutdown)\b/i.test(sql)) throw notReady();
    const own = await adminStatement(this, sql, session);
    if (own !== undefined) return own;
    if (!isAccountStatement(sql))
      return accountStatement(this.accounts, session.account, sql) ?? session.engine.execute(sql);
    const refusal = this.#refusalToWrite(session.account);
    if (refusal !== undefined) throw refusal;
    // Like all definitions, it ends what was open.
    await session.engine.execute("COMMIT");
    if (group !== undefined) {
      if (!/^\s*set/i.test(sql) && !holds(session.account, "CREATE USER", undefined)) throw needs("CREATE USER");
      const answer = await this.#submit(group, { kind: "account", sql: withName(sql, session.account) });
      return "lost" in answer ? { affected: 0 } : answer;
    }
    const result = accountStatement(this.accounts, session.account, sql) ?? { affected: 0 };
    const statement = { database: session.engine.database, sql: withName(sql, session.account), time: this.now };
    this.binlog?.append({ serverId: this.serverId, statements: [statement] });
    return result;
  }

  /** What happened elsewhere: replication and Galera run it without asking who did it. */
  applyAccount(sql: string): SqlResult {
    const all: Account = { user: "", host: "", password: "", grants: { "*": ["ALL"] } };
    try {
      return accountStatement(this.accounts, all, sql) ?? { affected: 0 };
    } catch (problem) {
      if (problem instanceof MysqlError) return failure(problem);
      throw problem;
    }
  }

  #refusalToWrite(account: Account): MysqlError | undefined {
    if (!this.#readOnly || (!this.#superReadOnly && holds(account, "SUPER", undefined))) return undefined;
    return refusals.readOnly(`--${this.#superReadOnly ? "super-read-only" : "read-only"}`);
  }

  /** What SHOW VARIABLES and @@name say, besides the engine's own. */
  #variables(): Record<string, string> {
    const onOff = (on: boolean) => (on ? "ON" : "OFF");
    return {
      version: this.shownVersion,
      hostname: this.process.machine.hostname,
      server_id: String(this.serverId),
      port: String(this.config.port),
      datadir: `${this.data.path}/`,
      log_bin: onOff(this.binlog !== undefined),
      ...(this.binlog === undefined ? {} : { binlog_format: "STATEMENT" }),
      read_only: onOff(this.#readOnly),
      super_read_only: onOff(this.#superReadOnly),
      ...(this.#group === undefined
        ? {}
        : {
            wsrep_on: "ON",
            wsrep_cluster_name: this.config.clusterName,
            wsrep_cluster_address: this.config.clusterAddress ?? "",
            wsrep_node_name: this.config.nodeName,
            wsrep_node_address: this.config.nodeAddress,
            wsrep_retry_autocommit: "1",
          }),
    };
  }

  /** What SHOW STATUS says. */
  #status(): Record<string, string> {
    const group = this.#group;
    const primary = group?.state === "primary";
    return {
      Threads_connected: String(this.#sessions.size),
      Uptime: String(Math.floor((this.now - this.#started) / 1000)),
      ...(group === undefined
        ? {}
        : {
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
