/** One client of a server: its transaction, its settings, and what its statements do. */
import type { Statement } from "../kit/sql/ast.ts";
import type { Rowset, SqlContext } from "../kit/sql/evaluate.ts";
import { runQuery } from "../kit/sql/select.ts";
import { standard } from "../kit/sql/standard.ts";
import { type Relation, Transaction } from "../kit/sql/state.ts";
import { parseStatement } from "../kit/sql/statements.ts";
import { SqlError, toText } from "../kit/sql/values.ts";
import type { DefineContext } from "./define.ts";
import { type DefinitionContext, runDefinition } from "./definitions.ts";
import type { Catalog } from "./messages.ts";
import { insert, type Modified, remove, returning, update } from "./modify.ts";
import { Authority, schemaSecured } from "./privileges.ts";
import { type Answer, type ErrorReport, type Result, type ResultColumn, resultColumns, splitSql } from "./results.ts";
import { superuserOf } from "./roles.ts";
import type { Server } from "./server.ts";
import { CALL_TYPES, callFunction, type FunctionHost } from "./session-functions.ts";
import { SessionSettings } from "./session-settings.ts";
import { settingProblem, writeAutoSetting } from "./settings.ts";
import { sourceOf, targetOf } from "./sources.ts";
import { commandOf, isWriting } from "./writing.ts";

export class Session {
  readonly user: string;
  readonly database: string;
  readonly address: string;
  readonly pid: number;
  readonly #application: string;
  state: "active" | "idle" | "idle in transaction" | "idle in transaction (aborted)" = "idle";
  query = "";
  readonly #server: Server;
  readonly #settings = new SessionSettings();
  readonly #currval = new Map<string, number>();
  #transaction: Transaction | undefined;
  #explicit = false;
  #readOnly = false;
  #failed = false;
  #locked = false;
  #now = 0;
  /** Who it says it is (SET SESSION AUTHORIZATION), and as whom it acts (SET ROLE). */
  #sessionUser: string;
  #role: string | undefined;
  #results: Result[] = [];
  #cancelled = false;
  #wake: (() => void) | undefined;

  constructor(
    server: Server,
    options: {
      readonly user: string;
      readonly database: string;
      readonly address: string;
      readonly pid: number;
      readonly application: string;
    },
  ) {
    this.#server = server;
    this.user = options.user;
    this.#sessionUser = options.user;
    this.database = options.database;
    this.address = options.address;
    this.pid = options.pid;
    this.#application = options.application;
  }

  relations(): Relation[] {
    return (this.#transaction ?? new Transaction(this.#server.state)).relations(this.database);
  }

  catalog(): Catalog {
    const transaction = this.#transaction ?? new Transaction(this.#server.state);
    const info = transaction.database(this.database);
    const superuser = superuserOf(transaction);
    const schema = schemaSecured(info ?? { oid: 0, owner: superuser }, superuser, this.#server.major);
    return {
      major: this.#server.major,
      superuser,
      roles: transaction.roles().map(({ password: _secret, ...role }) => role),
      databases: transaction.databases().map(([name, one]) => ({ name, ...one })),
      schema: { owner: schema.owner, acl: schema.acl ?? [] },
      defaults: info?.defaults ?? [],
    };
  }

  get application(): string {
    return this.#settings.get("application_name") ?? this.#application;
  }

  setting(name: string): string | undefined {
    if (name === "in_hot_standby") return this.#server.inRecovery ? "on" : "off";
    if (name === "transaction_read_only") return this.#server.inRecovery || this.#readOnly ? "on" : "off";
    if (name === "application_name") return this.application;
    return this.#settings.get(name) ?? this.#server.settings.get(name);
  }

  /** The client is gone: what it had not committed is gone with it. */
  close(): void {
    this.#end();
  }

  // ---------------------------------------------------------------------------------------------------------- statements

  /** Several statements in one text are one transaction, unless they say otherwise. */
  async run(source: string): Promise<Answer> {
    const { statements, rest } = splitSql(source);
    const isRest = rest.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, "").trim() !== "";
    const last = { sql: rest, at: source.length - rest.length };
    return this.#answer(source, isRest ? [...statements, last] : statements, true);
  }

  /** One statement of several that `sync` makes one transaction of, unless they say otherwise. */
  step(sql: string): Promise<Answer> {
    return this.#answer(sql, [{ sql, at: 0 }], false);
  }

  /** Commits what `step` has left open; after an error, nothing of it stays. */
  sync(): Promise<Answer> {
    return this.#answer(this.query, [], true);
  }

  async #answer(
    source: string,
    statements: readonly { readonly sql: string; readonly at: number }[],
    commits: boolean,
  ): Promise<Answer> {
    this.state = "active";
    this.query = source;
    this.#results = [];
    this.#cancelled = false;
    let current: (typeof statements)[number] | undefined;
    let error: ErrorReport | undefined;
    try {
      for (const one of statements) {
        current = one;
        await this.#server.process.spend(50 + one.sql.length);
        await this.#one(one.sql);
      }
      current = undefined;
      if (commits && !this.#explicit) await this.#commit();
    } catch (problem) {
      const known = this.#server.toSqlError(problem);
      if (this.#explicit) this.#failed = true;
      if (!this.#explicit) this.#end();
      error = {
        severity: "ERROR",
        state: known.state,
        message: known.message,
        ...(known.detail === undefined ? {} : { detail: known.detail }),
        ...(known.hint === undefined ? {} : { hint: known.hint }),
        ...(known.at === undefined || current === undefined ? {} : { sql: source, at: current.at + known.at }),
      };
      this.#server.log("ERROR", known.message, current?.sql);
    }
    const { status } = this;
    this.state =
      status === "idle" ? "idle" : status === "failed" ? "idle in transaction (aborted)" : "idle in transaction";
    return { results: this.#results, ...(error === undefined ? {} : { error }), status };
  }

  get status(): Answer["status"] {
    return this.#failed ? "failed" : this.#explicit ? "transaction" : "idle";
  }

  /** What was found out before anything ran was wrong: a transaction does not get over that. */
  fail(): void {
    if (this.#explicit) this.#failed = true;
    else this.#end();
    this.state = this.#explicit ? "idle in transaction (aborted)" : "idle";
  }

  /** SET, as a client does it when it connects. Throws `SqlError`. */
  assign(name: string, value: string): void {
    this.#settings.set(name, value, false);
    this.#settings.commit();
  }

  /** Ends the statement that runs, if one does. */
  cancel(): void {
    if (this.state !== "active") return;
    this.#cancelled = true;
    this.#wake?.();
  }

  #checkCancelled(): void {
    if (this.#cancelled) throw new SqlError("57014", "canceling statement due to user request");
  }

  /** What `run` says, or that it was cancelled meanwhile. */
  async #orCancelled<T>(run: Promise<T>): Promise<T> {
    const cancelled = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    try {
      const result = await Promise.race([run, cancelled]);
      this.#checkCancelled();
      return result as T;
    } finally {
      this.#wake = undefined;
    }
  }

  /** The columns that a statement would answer, without running it; undefined: none. Throws `SqlError`. */
  async describe(sql: string): Promise<readonly ResultColumn[] | undefined> {
    try {
      const statement = parseStatement(sql);
      if (this.#failed && statement.kind !== "rollback" && statement.kind !== "commit") throw aborted();
      const context = this.#sql;
      const empty: SqlContext = {
        ...context,
        table: (name) => ({ ...context.table(name), rows: [] }),
        call: (name, args) =>
          CHANGES.has(name) ? { type: CALL_TYPES[name] ?? "text", value: null } : context.call(name, args),
      };
      if (statement.kind === "select") return resultColumns(await runQuery(statement.query, undefined, empty));
      if (statement.kind === "show")
        return resultColumns({ columns: [{ table: "", name: statement.name, type: "text" }], rows: [] });
      if (statement.kind !== "insert" && statement.kind !== "update" && statement.kind !== "delete") return undefined;
      const alias = statement.kind === "insert" ? statement.table.name : statement.alias;
      const relation = this.#context.relation(statement.table, "r");
      const rows = await returning(statement.returning, relation, alias, [], { ...this.#context, sql: empty });
      return rows === undefined ? undefined : resultColumns(rows);
    } finally {
      if (!this.#explicit && (this.#transaction?.changes.length ?? 0) === 0 && !this.#locked) this.#leave();
    }
  }

  async #one(sql: string): Promise<void> {
    const statement = parseStatement(sql);
    if (this.#failed && statement.kind !== "rollback" && statement.kind !== "commit") throw aborted();
    if (isWriting(statement)) await this.#mayWrite(commandOf(statement));
    this.#begin();
    await this.#execute(statement);
  }

  /** Takes a writer's turn; `command` is what is refused where nothing may be written. */
  async #mayWrite(command: string): Promise<void> {
    if (this.#server.inRecovery || this.#readOnly || this.setting("default_transaction_read_only") === "on")
      throw new SqlError("25006", `cannot execute ${command} in a read-only transaction`);
    if (this.#locked) return;
    try {
      await this.#orCancelled(this.#server.lock(this));
    } catch (problem) {
      this.#server.unlock(this);
      throw problem;
    }
    this.#locked = true;
    // What others have written meanwhile counts.
    if (this.#transaction?.changes.length === 0) this.#transaction = undefined;
  }

  #begin(): Transaction {
    if (this.#transaction === undefined) {
      this.#transaction = new Transaction(this.#server.state);
      if (!this.#explicit || this.#now === 0) this.#now = this.#server.process.clock.now();
    }
    return this.#transaction;
  }

  async #commit(): Promise<void> {
    const changes = this.#transaction?.changes ?? [];
    const level = this.setting("synchronous_commit") ?? "on";
    let record: { readonly lsn: number } | undefined;
    try {
      if (changes.length > 0) record = this.#server.commit(changes);
      this.#settings.commit();
    } finally {
      this.#end();
    }
    if (record !== undefined && level !== "off" && level !== "local") await this.#server.replicated(record.lsn);
  }

  /** What was not committed is gone. */
  #end(): void {
    this.#settings.rollBack();
    this.#leave();
  }

  #leave(): void {
    this.#transaction = undefined;
    this.#explicit = false;
    this.#failed = false;
    this.#readOnly = false;
    this.#now = 0;
    if (this.#locked) this.#server.unlock(this);
    this.#locked = false;
  }

  #done(tag: string): void {
    this.#results.push({ kind: "done", tag });
  }

  #notice(message: string, severity: "NOTICE" | "WARNING" = "NOTICE"): void {
    this.#results.push({ kind: "notice", severity, text: message });
  }

  #rows(tag: string, rowset: Rowset): void {
    const { columns, rows } = rowset;
    const shown = rows.map((row) =>
      row.map((value, index) => (value === null ? null : toText({ type: columns[index]?.type ?? "text", value }))),
    );
    this.#results.push({ kind: "rows", tag, columns: resultColumns(rowset), rows: shown });
  }

  #modified(tag: string, { returned }: Modified): void {
    if (returned === undefined) this.#done(tag);
    else this.#rows(tag, returned);
  }

  get #user(): string {
    return this.#role ?? this.#sessionUser;
  }

  #authority(user = this.#user): Authority {
    return new Authority(this.#begin(), { user, database: this.database, major: this.#server.major });
  }

  get #context(): DefineContext {
    const transaction = this.#begin();
    const authority = this.#authority();
    return {
      sql: this.#sql,
      transaction,
      database: this.database,
      user: this.#user,
      sessionUser: this.#sessionUser,
      authority,
      major: this.#server.major,
      notice: (message) => this.#notice(message),
      warn: (message) => this.#notice(message, "WARNING"),
      relation: (name, need) => targetOf(name, need, this.#place(transaction, authority)),
    };
  }

  get #definition(): DefinitionContext {
    return {
      ...this.#context,
      explicit: this.#explicit,
      sessions: (name) => [...this.#server.sessions].filter(({ database }) => database === name).length,
    };
  }

  #place(transaction: Transaction, authority: Authority) {
    return { transaction, authority, database: this.database };
  }

  get #host(): FunctionHost {
    return {
      server: this.#server,
      session: this,
      user: this.#user,
      sessionUser: this.#sessionUser,
      currval: this.#currval,
      context: () => this.#context,
      begin: () => this.#begin(),
      mayWrite: (what) => this.#mayWrite(what),
      needSuperuser: (message) => this.#needSuperuser(message),
      sleep: (ms) => this.#sleep(ms),
    };
  }

  get #sql(): SqlContext {
    const transaction = this.#begin();
    const { clock } = this.#server.process;
    const authority = this.#authority();
    return {
      now: this.#now,
      dialect: standard,
      random: () => clock.random(),
      spend: (units) => {
        this.#checkCancelled();
        return this.#server.process.spend(units);
      },
      query: runQuery,
      call: (name, args) => callFunction(name, args, this.#host),
      callType: (name) => CALL_TYPES[name],
      table: (name) => sourceOf(name, { ...this.#place(transaction, authority), server: this.#server, session: this }),
    };
  }

  async #execute(statement: Statement): Promise<void> {
    switch (statement.kind) {
      case "select": {
        const rows = await runQuery(statement.query, undefined, this.#sql);
        this.#rows(`SELECT ${rows.rows.length}`, rows);
        return;
      }
      case "insert": {
        const result = await insert(statement, this.#context);
        return this.#modified(`INSERT 0 ${result.count}`, result);
      }
      case "update": {
        const result = await update(statement, this.#context);
        return this.#modified(`UPDATE ${result.count}`, result);
      }
      case "delete": {
        const result = await remove(statement, this.#context);
        return this.#modified(`DELETE ${result.count}`, result);
      }
      case "set role":
        return this.#setRole(statement);
      case "begin":
        if (this.#explicit) this.#notice("there is already a transaction in progress", "WARNING");
        else {
          await this.#commitBefore();
          this.#explicit = true;
          this.#readOnly = statement.readOnly === true;
          this.#begin();
        }
        return this.#done("BEGIN");
      case "commit":
        if (!this.#explicit) this.#notice("there is no transaction in progress", "WARNING");
        if (this.#failed) {
          this.#end();
          return this.#done("ROLLBACK");
        }
        await this.#commit();
        return this.#done("COMMIT");
      case "rollback":
        if (!this.#explicit) this.#notice("there is no transaction in progress", "WARNING");
        this.#end();
        return this.#done("ROLLBACK");
      case "set":
        return this.#set(statement);
      case "alter system":
        return this.#alterSystem(statement);
      case "show":
        return this.#show(statement.name);
      case "checkpoint":
        this.#needSuperuser(
          this.#server.major >= 16
            ? "permission denied to execute CHECKPOINT command"
            : this.#server.major === 15
              ? "must be superuser or have privileges of pg_checkpoint to do CHECKPOINT"
              : "must be superuser to do CHECKPOINT",
          this.#server.major >= 16
            ? 'Only roles with privileges of the "pg_checkpoint" role may execute this command.'
            : undefined,
        );
        if (!this.#server.inRecovery) this.#server.checkpoint();
        return this.#done("CHECKPOINT");
      case "vacuum":
      case "analyze":
        if (this.#server.inRecovery && statement.kind === "vacuum")
          throw new SqlError("25006", "cannot execute VACUUM during recovery");
        if (this.#explicit && statement.kind === "vacuum")
          throw new SqlError("25001", "VACUUM cannot run inside a transaction block");
        return this.#done(statement.kind.toUpperCase());
      default: {
        const tag = await runDefinition(statement, this.#definition);
        if (tag === undefined) throw new SqlError("0A000", `${statement.kind.toUpperCase()} is not supported here`);
        return this.#done(tag);
      }
    }
  }

  /** What went before BEGIN in the same text. */
  async #commitBefore(): Promise<void> {
    if ((this.#transaction?.changes.length ?? 0) > 0) await this.#commit();
    else {
      this.#settings.commit();
      if (this.#locked) this.#leave();
    }
    this.#transaction = undefined;
  }

  #needSuperuser(message: string, detail?: string): void {
    if (!this.#authority().superuser) throw new SqlError("42501", message, detail === undefined ? {} : { detail });
  }

  #set({ name, value, local }: Extract<Statement, { kind: "set" }>): void {
    if (local && !this.#explicit) this.#notice("SET LOCAL can only be used in transaction blocks", "WARNING");
    this.#settings.set(name, value, local);
    this.#done("SET");
  }

  #alterSystem({ name, value }: Extract<Statement, { kind: "alter system" }>): void {
    if (this.#explicit) throw new SqlError("25001", "ALTER SYSTEM cannot run inside a transaction block");
    this.#needSuperuser(
      this.#server.major >= 15
        ? `permission denied to set parameter "${name}"`
        : "must be superuser to execute ALTER SYSTEM command",
    );
    const problem = settingProblem(name, value ?? "");
    if (problem !== undefined) throw new SqlError("42704", problem);
    writeAutoSetting(this.#server.process.files, this.#server.path, name, value);
    this.#done("ALTER SYSTEM");
  }

  #show(name: string): void {
    if (name === "all") throw new SqlError("0A000", "SHOW ALL is not supported here");
    const value = this.setting(name);
    if (value === undefined) throw new SqlError("42704", `unrecognized configuration parameter "${name}"`);
    this.#rows("SHOW", { columns: [{ table: "", name, type: "text" }], rows: [[value]] });
  }

  #setRole({ session, name }: Extract<Statement, { kind: "set role" }>): void {
    const tag = name === undefined ? "RESET" : "SET";
    if (session) {
      const before = this.#sessionUser;
      this.#sessionUser = name ?? this.user;
      this.#role = undefined;
      if (name !== undefined && this.#begin().role(name) === undefined) {
        this.#sessionUser = before;
        throw new SqlError("22023", `role "${name}" does not exist`);
      }
      if (name !== undefined && name !== this.user && this.#begin().role(this.user)?.superuser !== true) {
        this.#sessionUser = before;
        throw new SqlError("42501", `permission denied to set session authorization "${name}"`);
      }
      this.#done(tag);
      return;
    }
    if (name === undefined) {
      this.#role = undefined;
      this.#done(tag);
      return;
    }
    if (this.#begin().role(name) === undefined) throw new SqlError("22023", `role "${name}" does not exist`);
    if (!this.#authority(this.#sessionUser).memberOf(name))
      throw new SqlError("42501", `permission denied to set role "${name}"`);
    this.#role = name;
    this.#done(tag);
  }

  async #sleep(ms: number): Promise<void> {
    const { clock, signal } = this.#server.process;
    const awake = new AbortController();
    try {
      await this.#orCancelled(clock.sleep(ms, AbortSignal.any([awake.signal, signal])));
    } finally {
      awake.abort();
    }
  }
}

/** Functions that do something: they are not called to find out what a statement answers. */
const CHANGES = new Set(["nextval", "setval", "currval", "pg_sleep", "pg_promote", "pg_reload_conf"]);

const aborted = () =>
  new SqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block");
