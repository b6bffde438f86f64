/** The postmaster: clients, commits, standbys; or, in recovery, the follower of another server. */
import { type Connection, isErrno, type Process } from "../../machine/index.ts";
import { resolveHost } from "../kit/resolve.ts";
import { serve, untilStopped } from "../kit/server.ts";
import { type Change, State, Transaction, type WalRecord } from "../kit/sql/state.ts";
import { SqlError } from "../kit/sql/values.ts";
import { type Backup, DataDirectory, lsnText } from "./data-directory.ts";
import { conninfo, type Request, type Standby, type WalAnswer } from "./messages.ts";
import { Authority, databaseSecured } from "./privileges.ts";
import { Session } from "./session.ts";
import { readSettings } from "./settings.ts";
import { authenticate, Fatal } from "./wire/authentication.ts";
import { LinkLost, NoPassword, PostgresLink, Refused } from "./wire/link.ts";
import type { MessageStream } from "./wire/messages.ts";
import { type Startup, serveClient, type WalSender, type WireHost } from "./wire/serve.ts";

const RETRY_MS = 5000;
const SMART = "SIGTERM";

interface Sender {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly address: string;
  flushed: number;
}

/** A reason not to start. */
export class FatalError extends Error {
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  constructor(message: string, detail?: string, hint?: string) {
    super(message);
    this.detail = detail;
    this.hint = hint;
  }
}

export class Server {
  readonly process: Process;
  readonly path: string;
  readonly state = new State();
  readonly started: number;
  readonly sessions = new Set<Session>();
  settings: Map<string, string>;
  inRecovery: boolean;
  lastReplayed: number | undefined;
  receiver: { readonly pid: number; readonly host: string; readonly port: number; streaming: boolean } | undefined;
  readonly #data: DataDirectory;
  readonly #version: string;
  readonly #flags: ReadonlyMap<string, string>;
  readonly #senders = new Set<Sender>();
  readonly #stop: ReturnType<typeof untilStopped>;
  #nextPid: number;
  #closing = false;
  #broken = false;
  #link: PostgresLink | undefined;

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
    if (this.inRecovery) void this.#follow().catch(() => undefined);
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
      this.#link?.close();
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
    if (moved) this.#link?.close();
    this.#wakeCommits();
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

  readonly #waitingForLock: { readonly session: Session; readonly resolve: () => void }[] = [];
  #lockedBy: Session | undefined;

  /** One writer at a time: the next one waits until it has committed or gone. */
  lock(session: Session): Promise<void> {
    if (this.#lockedBy === undefined || this.#lockedBy === session) {
      this.#lockedBy = session;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waitingForLock.push({ session, resolve }));
  }

  unlock(session: Session): void {
    const waiting = this.#waitingForLock.findIndex((one) => one.session === session);
    if (waiting !== -1) this.#waitingForLock.splice(waiting, 1);
    if (this.#lockedBy !== session) return;
    const next = this.#waitingForLock.shift();
    this.#lockedBy = next?.session;
    next?.resolve();
  }

  commit(changes: readonly Change[]): WalRecord {
    const record = this.#data.commit(changes, this.process.clock.now());
    this.#wakeSenders();
    return record;
  }

  #commitWaiters: (() => void)[] = [];
  #wakeCommits(): void {
    const waiting = this.#commitWaiters;
    this.#commitWaiters = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when as many synchronous standbys as are asked for have the log up to `lsn` on disk. */
  async replicated(lsn: number): Promise<void> {
    while (!this.#closing && !this.#enough(lsn))
      await new Promise<void>((resolve) => this.#commitWaiters.push(resolve));
  }

  #rule(): { readonly count: number; readonly names: readonly string[]; readonly any: boolean } | undefined {
    const text = (this.settings.get("synchronous_standby_names") ?? "").trim();
    if (text === "") return undefined;
    const match = /^(?:(FIRST|ANY)\s+)?(\d+)\s*\(([^)]*)\)$/i.exec(text);
    const names = (match?.[3] ?? text).split(",").map((name) => name.trim().replace(/^"|"$/g, ""));
    return { count: Number(match?.[2] ?? 1), names, any: match?.[1]?.toUpperCase() === "ANY" };
  }

  #enough(lsn: number): boolean {
    const rule = this.#rule();
    if (rule === undefined) return true;
    const synchronous = this.standbys().filter(({ state }) => state === "sync" || state === "quorum");
    return synchronous.filter(({ flushed }) => flushed >= lsn).length >= rule.count;
  }

  standbys(): Standby[] {
    const rule = this.#rule();
    const matching = (application: string) =>
      rule === undefined ? -1 : rule.names.findIndex((name) => name === "*" || name === application);
    const ordered = [...this.#senders]
      .filter(({ application }) => matching(application) !== -1)
      .sort((a, b) => matching(a.application) - matching(b.application) || a.pid - b.pid);
    return [...this.#senders].map((sender) => {
      const place = matching(sender.application);
      if (rule === undefined || place === -1) return { ...sender, priority: 0, state: "async" as const };
      if (rule.any) return { ...sender, priority: 1, state: "quorum" as const };
      return {
        ...sender,
        priority: place + 1,
        state: ordered.indexOf(sender) < rule.count ? ("sync" as const) : ("potential" as const),
      };
    });
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
      return this.#walSender({ pid, user, application: application || "walreceiver", address, flushed: 0 });
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

  #walSender(sender: Sender): WalSender {
    const senders = Number(this.settings.get("max_wal_senders"));
    if (this.#senders.size >= senders)
      throw new Fatal(
        "53300",
        `number of requested standby connections exceeds max_wal_senders (currently ${senders})`,
      );
    return {
      answer: (text) => {
        let request: Request;
        try {
          request = JSON.parse(text) as Request;
        } catch {
          throw new Fatal("0A000", "replication to programs from outside this place is not supported here");
        }
        return this.#serveReplication(request, sender);
      },
      close: () => {
        this.#senders.delete(sender);
        this.#wakeCommits();
      },
    };
  }

  // -------------------------------------------------------------------------------------------------------- as a primary

  #sendWaiters: (() => void)[] = [];
  #wakeSenders(): void {
    const waiting = this.#sendWaiters;
    this.#sendWaiters = [];
    for (const wake of waiting) wake();
  }

  async #serveReplication(request: Request, sender: Sender): Promise<unknown> {
    const refuse = (message: string, detail?: string) => new Fatal("58P01", message, detail);
    if (request.type === "backup") {
      this.#data.checkpoint(this.process.clock.now());
      const { files } = this.process;
      const extra: Record<string, string> = {};
      for (const name of ["postgresql.conf", "postgresql.auto.conf", "pg_hba.conf", "pg_ident.conf"])
        if (files.exists(`${this.path}/${name}`)) extra[name] = files.readText(`${this.path}/${name}`);
      extra["backup_label"] =
        `START WAL LOCATION: ${lsnText(this.lsn)} (file 000000010000000000000001)\nCHECKPOINT LOCATION: ${lsnText(this.lsn)}\nBACKUP METHOD: streamed\nBACKUP FROM: ${this.inRecovery ? "standby" : "primary"}\nLABEL: pg_basebackup base backup\nSTART TIMELINE: ${this.timeline}\n`;
      return {
        version: this.#version.split(".")[0] ?? "",
        control: this.#data.control,
        state: this.state.dump(),
        files: extra,
      } satisfies Backup;
    }
    if (request.type !== "wal") throw refuse("syntax error");
    const { timeline, after, flushed } = request;
    const there = this.#data.control.timelines.find(({ id }) => id === timeline);
    if (there === undefined || (there.end !== undefined && after > there.end)) {
      throw refuse(
        there === undefined
          ? `requested timeline ${timeline} is not in this server's history`
          : `requested starting point ${lsnText(after)} on timeline ${timeline} is not in this server's history`,
        there?.end === undefined
          ? undefined
          : `This server's history forked from timeline ${timeline} at ${lsnText(there.end)}.`,
      );
    }
    if (there.end === undefined && after > this.lsn)
      throw refuse(
        `requested starting point ${lsnText(after)} is ahead of the WAL flush position of this server ${lsnText(this.lsn)}`,
      );
    const [oldest] = this.#data.records;
    if (
      after < this.lsn &&
      (oldest === undefined || !this.#data.records.some(({ lsn }) => lsn === after)) &&
      after < (oldest?.lsn ?? this.lsn) &&
      !this.#beginsAt(after)
    )
      throw refuse(`requested WAL segment 000000010000000000000001 has already been removed`);
    this.#senders.add(sender);
    sender.flushed = flushed;
    this.#wakeCommits();
    while (!this.#closing && this.lsn <= after && !this.process.signal.aborted)
      await new Promise<void>((resolve) => this.#sendWaiters.push(resolve));
    return { records: this.#data.records.filter(({ lsn }) => lsn > after), timelines: this.#data.control.timelines };
  }

  /** True where the first record that is kept follows this place at once. */
  #beginsAt(after: number): boolean {
    const [oldest] = this.#data.records;
    if (oldest === undefined) return false;
    return oldest.lsn - (Math.ceil(JSON.stringify(oldest.changes).length / 8) * 8 + 56) === after;
  }

  // -------------------------------------------------------------------------------------------------------- as a standby

  promote(): void {
    if (!this.inRecovery) return;
    this.log("LOG", "received promote request");
    this.inRecovery = false;
    this.#link?.close();
    this.receiver = undefined;
    this.#data.promote(this.process.clock.now());
    this.process.files.remove(`${this.path}/standby.signal`, { force: true });
    this.log("LOG", `selected new timeline ID: ${this.timeline}`);
    this.log("LOG", "archive recovery complete");
    this.log("LOG", "database system is ready to accept connections");
    this.#wakeSenders();
  }

  async #follow(): Promise<void> {
    const { clock, signal } = this.process;
    let said = "";
    while (this.inRecovery && !this.#closing && !signal.aborted) {
      try {
        await this.#stream();
        said = "";
      } catch (problem) {
        const reason =
          problem instanceof FatalError
            ? problem.message
            : problem instanceof LinkLost
              ? "could not receive data from WAL stream: server closed the connection unexpectedly"
              : undefined;
        if (reason === undefined) {
          if (isErrno(problem) && !signal.aborted) this.toSqlError(problem);
          else if (!signal.aborted) throw problem;
          return;
        }
        if (this.inRecovery && !this.#closing && reason !== said) {
          this.log("FATAL", reason);
          if (problem instanceof FatalError && problem.detail !== undefined) this.log("DETAIL", problem.detail);
          said = reason;
        }
      } finally {
        this.#link?.close();
        this.#link = undefined;
        this.receiver = undefined;
      }
      if (this.inRecovery && !this.#closing) await clock.sleep(RETRY_MS, signal);
    }
  }

  async #stream(): Promise<void> {
    const info = conninfo(this.settings.get("primary_conninfo") ?? "");
    const host = info.get("host") ?? "";
    if (host === "") return this.process.clock.sleep(60_000, this.process.signal);
    const port = Number(info.get("port") ?? 5432);
    const failed = (why: string) =>
      new FatalError(
        `could not connect to the primary server: connection to server at "${host}", port ${port} failed: ${why}`,
      );
    const address = await resolveHost(this.process, host);
    if (address === undefined)
      throw new FatalError(
        `could not connect to the primary server: could not translate host name "${host}" to address: Name or service not known`,
      );
    let connection: Connection;
    try {
      const { signal } = this.process;
      connection = await this.process.network.connect(address, port, { timeoutMs: 5000, signal });
    } catch (problem) {
      if (!isErrno(problem) || this.process.signal.aborted) throw problem;
      throw failed(problem.code === "ECONNREFUSED" ? "Connection refused" : "Connection timed out");
    }
    let link: PostgresLink;
    try {
      link = await PostgresLink.open(this.process, connection, address, {
        user: info.get("user") ?? "postgres",
        database: "replication",
        password: info.get("password"),
        application: info.get("application_name") ?? (this.settings.get("cluster_name") || "walreceiver"),
        replication: true,
        peer: undefined,
      });
    } catch (problem) {
      if (problem instanceof NoPassword) throw failed("fe_sendauth: no password supplied");
      if (problem instanceof Refused) throw failed(`FATAL:  ${problem.message}`);
      throw problem;
    }
    this.#link = link;
    this.receiver = { pid: this.process.pid + 20, host, port, streaming: false };
    for (let first = true; this.inRecovery; first = false) {
      if (first)
        this.log("LOG", `started streaming WAL from primary at ${lsnText(this.lsn)} on timeline ${this.timeline}`);
      this.receiver.streaming = true;
      let answer: WalAnswer & { readonly timelines: readonly { readonly id: number; readonly end?: number }[] };
      try {
        answer = await link.own({
          type: "wal",
          timeline: this.timeline,
          after: this.lsn,
          flushed: this.lsn,
        } satisfies Request);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        const { message, detail } = problem.report;
        throw new FatalError(`could not start WAL streaming: ERROR:  ${message}`, detail);
      }
      if (!this.inRecovery) return;
      if (answer.timelines.at(-1)?.id !== this.timeline) {
        this.#data.writeControl({ timelines: answer.timelines });
        this.log("LOG", `new target timeline is ${this.timeline}`);
      }
      for (const record of answer.records) {
        this.#data.receive(record);
        this.lastReplayed = record.at;
      }
      this.#wakeSenders();
      if (answer.records.length === 0) throw new LinkLost("the primary is going down");
    }
  }
}
