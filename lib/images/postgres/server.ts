/** The postmaster: clients, commits, standbys; or, in recovery, the follower of another server. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { type Change, State, Transaction, type WalRecord } from "../kit/sql/state.ts";
import { SqlError } from "../kit/sql/values.ts";
import { DataDirectory, lsnText } from "./data-directory.ts";
import { FatalError } from "./fatal-error.ts";
import type { Standby } from "./messages.ts";
import { Authority, databaseSecured } from "./privileges.ts";
import { Session } from "./session.ts";
import { readSettings } from "./settings.ts";
import { type Receiver, WalReceiver } from "./wal-receiver.ts";
import { WalSenders } from "./wal-senders.ts";
import { authenticate, Fatal } from "./wire/authentication.ts";
import type { MessageStream } from "./wire/messages.ts";
import { type Startup, serveClient, type WalSender, type WireHost } from "./wire/serve.ts";
import { WriteLock } from "./write-lock.ts";

const SMART = "SIGTERM";

export class Server {
  readonly process: Process;
  readonly path: string;
  readonly state = new State();
  readonly started: number;
  readonly sessions = new Set<Session>();
  settings: Map<string, string>;
  inRecovery: boolean;
  readonly #data: DataDirectory;
  readonly #writeLock = new WriteLock();
  readonly #senders: WalSenders;
  readonly #receiver: WalReceiver;
  readonly #version: string;
  readonly #flags: ReadonlyMap<string, string>;
  readonly #stop: ReturnType<typeof untilStopped>;
  #nextPid: number;
  #closing = false;
  #broken = false;

  constructor(process: Process, path: string, version: string, flags: ReadonlyMap<string, string>) {
    this.process = process;
    this.path = path;
    this.#version = version;
    this.#flags = flags;
    this.started = process.clock.now();
    this.#nextPid = process.pid + 30;
    const { files } = process;
    const found = DataDirectory.version(files, path);
    if (found === undefined)
      throw new FatalError(`could not open file "${path}/PG_VERSION": No such file or directory`);
    if (found !== version.split(".")[0])
      throw new FatalError(
        "database files are incompatible with server",
        `The data directory was initialized by PostgreSQL version ${found}, which is not compatible with this version ${version} (Debian ${version}-1.pgdg120+1).`,
      );
    const settings = readSettings(files, path, flags);
    if (typeof settings === "string") throw new FatalError(settings);
    this.settings = settings;
    this.settings.set("server_version", `${version} (Debian ${version}-1.pgdg120+1)`);
    this.inRecovery = files.exists(`${path}/standby.signal`);
    this.#data = new DataDirectory(files, path, this.state);
    const host = {
      process,
      data: this.#data,
      settings: () => this.settings,
      inRecovery: () => this.inRecovery,
      isClosing: () => this.#closing,
    };
    this.#senders = new WalSenders({ ...host, state: this.state, major: this.major });
    this.#receiver = new WalReceiver({
      ...host,
      log: (level, message) => this.log(level, message),
      diskRefused: (problem) => void this.toSqlError(problem),
      received: () => this.#senders.wakeSenders(),
    });
    this.#stop = untilStopped(process, [SMART, "SIGINT", "SIGQUIT"]);
    process.onSignal("SIGHUP", () => void this.reload());
    process.onSignal("SIGUSR1", () => {
      if (this.inRecovery && files.exists(`${path}/promote`)) {
        files.remove(`${path}/promote`, { force: true });
        this.promote();
      }
    });
  }

  get lsn(): number {
    return this.#data.lsn;
  }

  get timeline(): number {
    return this.#data.timeline;
  }

  get major(): number {
    return Number(this.#version.split(".")[0]);
  }

  get versionText(): string {
    return `PostgreSQL ${this.#version} (Debian ${this.#version}-1.pgdg120+1) on x86_64-pc-linux-gnu, compiled by gcc (Debian 12.2.0-14) 12.2.0, 64-bit`;
  }

  log(level: string, message: string, statement?: string): void {
    const stamp = new Date(this.process.clock.now()).toISOString().replace("T", " ").replace("Z", "");
    const head = `${stamp} UTC [${this.process.pid}] `;
    const text = `${head}${level}:  ${message}\n${statement === undefined || statement === "" ? "" : `${head}STATEMENT:  ${statement}\n`}`;
    void this.process.stderr.write(text).catch(() => undefined);
  }

  /** Anything a statement may end with, as what its client is told. */
  toSqlError(problem: unknown): SqlError {
    if (problem instanceof SqlError) return problem;
    if (isErrno(problem) && !this.process.signal.aborted) {
      if (problem.code === "ENOSPC")
        this.#panic(`could not write to file "pg_wal/xlogtemp.${this.process.pid}": No space left on device`);
      return new SqlError("53100", `could not extend file: ${problem.message}`, { hint: "Check free disk space." });
    }
    throw problem;
  }

  /** A log that cannot be written ends the server: it comes back by recovery, where there is room again. */
  #panic(message: string): void {
    if (this.#broken) return;
    this.#broken = true;
    this.log("PANIC", message);
    this.#stop.stop();
  }

  // ---------------------------------------------------------------------------------------------------------------- life

  async run(): Promise<number> {
    const { clock } = this.process;
    const port = Number(this.settings.get("port"));
    const listen = this.settings.get("listen_addresses") ?? "localhost";
    this.log("LOG", `starting ${this.versionText}`);
    const everywhere = listen !== "localhost" && listen !== "";
    const close = serve(
      this.process,
      port,
      (connection) => serveClient(this.#wireHost, connection),
      everywhere ? {} : { address: "127.0.0.1" },
    );
    if (listen !== "")
      this.log("LOG", `listening on IPv4 address "${everywhere ? "0.0.0.0" : "127.0.0.1"}", port ${port}`);
    this.log("LOG", `listening on Unix socket "/var/run/postgresql/.s.PGSQL.${port}"`);
    this.process.files.writeFile(
      `${this.path}/postmaster.pid`,
      `${this.process.pid}\n${this.path}\n${Math.floor(clock.now() / 1000)}\n${port}\n`,
      { mode: 0o600 },
    );
    this.#recover();
    if (this.inRecovery) this.#follow();
    this.log(
      "LOG",
      this.inRecovery
        ? "database system is ready to accept read-only connections"
        : "database system is ready to accept connections",
    );
    const signal = await this.#stop.stopped;
    if (this.#broken || signal === undefined) return 1;
    this.log(
      "LOG",
      `received ${signal === "SIGINT" ? "fast" : signal === "SIGQUIT" ? "immediate" : "smart"} shutdown request`,
    );
    this.#closing = true;
    if (signal !== "SIGQUIT") {
      this.log("LOG", "shutting down");
      for (const session of [...this.sessions]) session.close();
      this.#receiver.close();
      try {
        this.#data.checkpoint(clock.now());
        this.#data.writeControl({ state: this.inRecovery ? "shut down in recovery" : "shut down" });
        this.process.files.remove(`${this.path}/postmaster.pid`, { force: true });
      } catch (problem) {
        if (!isErrno(problem)) throw problem;
        this.log("PANIC", `could not write file "global/pg_control": ${problem.message}`);
        close();
        return 1;
      }
    }
    close();
    this.log("LOG", "database system is shut down");
    return 0;
  }

  #recover(): void {
    const { control } = this.#data;
    const last = `${new Date(control.at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const clean = control.state === "shut down" || control.state === "shut down in recovery";
    this.log(
      "LOG",
      clean
        ? `database system was shut down${control.state === "shut down" ? "" : " in recovery"} at ${last}`
        : `database system was interrupted; last known up at ${last}`,
    );
    const from = this.#data.lsn;
    const redone = this.#data.open();
    if (!clean && !this.inRecovery)
      this.log("LOG", "database system was not properly shut down; automatic recovery in progress");
    if (redone > 0) {
      this.log("LOG", `redo starts at ${lsnText(from)}`);
      this.log("LOG", `redo done at ${lsnText(this.#data.lsn)}`);
    } else if (!clean && !this.inRecovery) this.log("LOG", "redo is not required");
    if (this.inRecovery) {
      this.log("LOG", "entering standby mode");
      this.log("LOG", `consistent recovery state reached at ${lsnText(this.#data.lsn)}`);
    }
    this.#data.writeControl({ state: this.inRecovery ? "in archive recovery" : "in production" });
  }

  reload(): boolean {
    this.log("LOG", "received SIGHUP, reloading configuration files");
    const next = readSettings(this.process.files, this.path, this.#flags);
    if (typeof next === "string") {
      this.log("LOG", `${next}; configuration file contains errors; no changes were applied`);
      return false;
    }
    const version = this.settings.get("server_version") ?? "";
    const moved = next.get("primary_conninfo") !== this.settings.get("primary_conninfo");
    this.settings = next.set("server_version", version);
    if (moved) this.#receiver.close();
    this.#senders.wakeCommits();
    return true;
  }

  checkpoint(): void {
    this.#data.checkpoint(this.process.clock.now());
  }

  databaseSize(name: string): number {
    const rows = [...this.state.tables.values()]
      .filter(({ relation }) => relation.database === name)
      .flatMap(({ rows: all }) => [...all.values()]);
    return 7_500_000 + Math.ceil(JSON.stringify(rows).length / 8192) * 8192;
  }

  // ------------------------------------------------------------------------------------------------------------ commits

  get receiver(): Receiver | undefined {
    return this.#receiver.current;
  }

  get lastReplayed(): number | undefined {
    return this.#receiver.lastReplayed;
  }

  /** A writer's turn. Resolves when it has come. */
  lock(session: Session): Promise<void> {
    return this.#writeLock.take(session);
  }

  unlock(session: Session): void {
    this.#writeLock.release(session);
  }

  /** Resolves when as many synchronous standbys as are asked for have the log up to `lsn` on disk. */
  replicated(lsn: number): Promise<void> {
    return this.#senders.replicated(lsn);
  }

  standbys(): Standby[] {
    return this.#senders.standbys();
  }

  #follow(): void {
    this.#receiver.follow().catch((problem: unknown) => {
      if (!this.#closing && !this.process.signal.aborted) this.#panic(String(problem));
    });
  }

  commit(changes: readonly Change[]): WalRecord {
    const record = this.#data.commit(changes, this.process.clock.now());
    this.#senders.wakeSenders();
    return record;
  }

  // ------------------------------------------------------------------------------------------------------------ clients

  readonly #keys = new Map<number, { readonly key: number; readonly session: Session }>();

  get #wireHost(): WireHost {
    return {
      process: this.process,
      isClosing: this.#closing,
      socketOnly: this.settings.get("listen_addresses") === "",
      admit: (startup, connection, stream, pid) => this.#admit(startup, connection, stream, pid),
      close: (session) => {
        session.close();
        this.sessions.delete(session);
        this.#keys.delete(session.pid);
      },
      nextPid: () => this.#nextPid++,
      keep: (pid, key, session) => this.#keys.set(pid, { key, session }),
      cancel: (pid, key) => {
        const found = this.#keys.get(pid);
        if (found?.key === key) found.session.cancel();
      },
      parameters: (session, user) => this.#parameters(session, user),
      log: (level, message) => this.log(level, message),
    };
  }

  async #admit(
    startup: Startup,
    connection: Connection,
    stream: MessageStream,
    pid: number,
  ): Promise<Session | WalSender> {
    const { user, database, replication, local, osUser, application } = startup;
    const path = this.settings.get("hba_file") ?? "";
    const rules = this.process.files.exists(path) ? this.process.files.readText(path) : "";
    const { remoteAddress } = connection;
    const role = this.state.roles.get(user);
    const now = this.process.clock.now();
    const knocking = { user, database, replication, local, osUser, address: remoteAddress, rules, role, now };
    await authenticate(this.process, stream, knocking);
    if (role === undefined) throw new Fatal("28000", `role "${user}" does not exist`);
    if (!role.login) throw new Fatal("28000", `role "${user}" is not permitted to log in`);
    const address = local ? "" : remoteAddress;
    if (replication) {
      if (!role.replication && !role.superuser)
        throw new Fatal("42501", "must be superuser or replication role to start walsender");
      return this.#senders.admit({ pid, user, application: application || "walreceiver", address, flushed: 0 });
    }
    const info = this.state.databases.get(database);
    if (info === undefined) throw new Fatal("3D000", `database "${database}" does not exist`);
    const authority = new Authority(new Transaction(this.state), { user, database, major: this.major });
    if (!authority.may(databaseSecured(database, info), "c"))
      throw new Fatal("42501", `permission denied for database "${database}"`, "User does not have CONNECT privilege.");
    const open = [...this.sessions].filter((session) => session.user === user).length;
    if (role.connectionLimit !== undefined && !role.superuser && open >= role.connectionLimit)
      throw new Fatal("53300", `too many connections for role "${user}"`);
    if (this.sessions.size >= Number(this.settings.get("max_connections")))
      throw new Fatal("53300", "sorry, too many clients already");
    const session = new Session(this, { user, database, address, pid, application });
    try {
      for (const [name, value] of startup.settings) session.assign(name, value);
    } catch (problem) {
      throw problem instanceof SqlError ? new Fatal(problem.state, problem.message) : problem;
    }
    this.sessions.add(session);
    return session;
  }

  #parameters(session: Session | undefined, user: string): Map<string, string> {
    const setting = (name: string) => session?.setting(name) ?? this.settings.get(name) ?? "";
    return new Map([
      ["application_name", setting("application_name")],
      ["client_encoding", setting("client_encoding")],
      ["DateStyle", setting("datestyle")],
      ["default_transaction_read_only", setting("default_transaction_read_only")],
      ["in_hot_standby", this.inRecovery ? "on" : "off"],
      ["integer_datetimes", "on"],
      ["IntervalStyle", setting("intervalstyle")],
      ["is_superuser", this.state.roles.get(user)?.superuser === true ? "on" : "off"],
      ["server_encoding", "UTF8"],
      ["server_version", setting("server_version")],
      ["session_authorization", user],
      ["standard_conforming_strings", setting("standard_conforming_strings")],
      ["TimeZone", setting("timezone")],
    ]);
  }

  // -------------------------------------------------------------------------------------------------------- as a standby

  promote(): void {
    if (!this.inRecovery) return;
    this.log("LOG", "received promote request");
    this.inRecovery = false;
    this.#receiver.close();
    this.#data.promote(this.process.clock.now());
    this.process.files.remove(`${this.path}/standby.signal`, { force: true });
    this.log("LOG", `selected new timeline ID: ${this.timeline}`);
    this.log("LOG", "archive recovery complete");
    this.log("LOG", "database system is ready to accept connections");
    this.#senders.wakeSenders();
  }
}
