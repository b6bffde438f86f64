/** One client of a server: its transaction, its settings, and what its statements do. */
import type { Statement } from "../kit/sql/ast.ts";
import type { Rowset, SqlContext } from "../kit/sql/evaluate.ts";
import { runQuery } from "../kit/sql/select.ts";
import { standard } from "../kit/sql/standard.ts";
import { type Relation, Transaction } from "../kit/sql/state.ts";
import { parseStatement } from "../kit/sql/statements.ts";
import { cast, int, type Raw, SqlError, type Typed, type TypeName, text, toText } from "../kit/sql/values.ts";
import { lsnText } from "./data-directory.ts";
import { alterTable, createIndex, createSequence, createTable, type DefineContext, drop, putRole } from "./define.ts";
import { columnsOf, insert, type Modified, remove, returning, truncate, update } from "./modify.ts";
import { type Answer, type ErrorReport, type Result, type ResultColumn, splitSql } from "./results.ts";
import type { Server } from "./server.ts";
import { settingProblem, writeAutoSetting } from "./settings.ts";
import { systemView } from "./views.ts";
import { passwordDigest } from "./wire/authentication.ts";

const RIGHT = new Set<TypeName>(["int2", "int4", "int8", "numeric", "float8"]);
const WRITES = new Set([
  "insert",
  "update",
  "delete",
  "truncate",
  "create table",
  "alter table",
  "drop",
  "create index",
  "create sequence",
  "create database",
  "drop database",
  "create role",
  "alter role",
  "drop role",
]);

export class Session {
  readonly user: string;
  readonly database: string;
  readonly address: string;
  readonly pid: number;
  application: string;
  state: "active" | "idle" | "idle in transaction" | "idle in transaction (aborted)" = "idle";
  query = "";
  readonly #server: Server;
  readonly #settings = new Map<string, string>();
  readonly #currval = new Map<string, number>();
  #transaction: Transaction | undefined;
  #explicit = false;
  #readOnly = false;
  #failed = false;
  #locked = false;
  #now = 0;
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
    this.database = options.database;
    this.address = options.address;
    this.pid = options.pid;
    this.application = options.application;
  }

  relations(): Relation[] {
    return (this.#transaction ?? new Transaction(this.#server.state)).relations(this.database);
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
    this.#set({ kind: "set", name, value, local: false });
    this.#results = [];
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
      const relation = this.#context.relation(statement.table);
      const rows = await returning(statement.returning, relation, alias, [], { ...this.#context, sql: empty });
      return rows === undefined ? undefined : resultColumns(rows);
    } finally {
      if (!this.#explicit && (this.#transaction?.changes.length ?? 0) === 0 && !this.#locked) this.#end();
    }
  }

  async #one(sql: string): Promise<void> {
    const statement = parseStatement(sql);
    if (this.#failed && statement.kind !== "rollback" && statement.kind !== "commit") throw aborted();
    if (WRITES.has(statement.kind)) await this.#mayWrite(statement, sql);
    this.#begin();
    await this.#execute(statement);
  }

  async #mayWrite(statement: Statement, sql: string): Promise<void> {
    const verb =
      statement.kind === "drop"
        ? `DROP ${statement.what}`
        : statement.kind === "create role" || statement.kind === "alter role" || statement.kind === "drop role"
          ? statement.kind.toUpperCase()
          : (WRITES.has(statement.kind) ? statement.kind : (sql.split(/\s/)[0] ?? "")).toUpperCase();
    if (this.#server.inRecovery || this.#readOnly || this.setting("default_transaction_read_only") === "on")
      throw new SqlError("25006", `cannot execute ${verb} in a read-only transaction`);
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
    } finally {
      this.#end();
    }
    if (record !== undefined && level !== "off" && level !== "local") await this.#server.replicated(record.lsn);
  }

  #end(): void {
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

  get #context(): DefineContext {
    const transaction = this.#begin();
    return {
      sql: this.#sql,
      transaction,
      database: this.database,
      user: this.user,
      notice: (message) => this.#notice(message),
      relation: (name) => {
        const found =
          name.schema === undefined || name.schema === "public"
            ? transaction.relation(this.database, name.name)
            : undefined;
        if (found === undefined) throw noRelation(name);
        if (found.kind !== "table") throw new SqlError("42809", `"${name.name}" is not a table`);
        return found;
      },
    };
  }

  get #sql(): SqlContext {
    const transaction = this.#begin();
    const { clock } = this.#server.process;
    return {
      now: this.#now,
      dialect: standard,
      random: () => clock.random(),
      spend: (units) => {
        this.#checkCancelled();
        return this.#server.process.spend(units);
      },
      query: runQuery,
      call: (name, args) => this.#call(name, args),
      callType: (name) => CALL_TYPES[name],
      table: (name) => {
        const relation =
          name.schema === undefined || name.schema === "public"
            ? transaction.relation(this.database, name.name)
            : undefined;
        if (relation !== undefined) {
          if (relation.kind === "sequence") {
            const { value, called } = transaction.sequence(relation);
            return {
              columns: [
                { table: "", name: "last_value", type: "int8" },
                { table: "", name: "is_called", type: "bool" },
              ],
              rows: [[value, called]],
            };
          }
          return { columns: columnsOf(relation), rows: [...transaction.rows(relation.oid)].map(([, row]) => row) };
        }
        const view =
          name.schema === "information_schema"
            ? `information_schema.${name.name}`
            : name.schema === undefined || name.schema === "pg_catalog"
              ? name.name
              : "";
        const found = systemView(view, this.#server, this);
        if (found === undefined) throw noRelation(name);
        return found;
      },
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
      case "truncate":
        truncate(statement, this.#context);
        return this.#done("TRUNCATE TABLE");
      case "create table":
        return this.#done(await createTable(statement, this.#context));
      case "alter table":
        await alterTable(statement, this.#context);
        return this.#done("ALTER TABLE");
      case "create index":
        await createIndex(statement, this.#context);
        return this.#done("CREATE INDEX");
      case "create sequence":
        createSequence(statement, this.#context);
        return this.#done("CREATE SEQUENCE");
      case "drop":
        drop(statement, this.#context);
        return this.#done(`DROP ${statement.what}`);
      case "create database":
        if (this.#explicit) throw new SqlError("25001", "CREATE DATABASE cannot run inside a transaction block");
        if (this.#begin().hasDatabase(statement.name))
          throw new SqlError("42P04", `database "${statement.name}" already exists`);
        this.#begin().createDatabase(statement.name, this.user);
        return this.#done("CREATE DATABASE");
      case "drop database":
        if (this.#explicit) throw new SqlError("25001", "DROP DATABASE cannot run inside a transaction block");
        if (!this.#begin().hasDatabase(statement.name)) {
          if (!statement.quiet) throw new SqlError("3D000", `database "${statement.name}" does not exist`);
          this.#notice(`database "${statement.name}" does not exist, skipping`);
        } else {
          if (statement.name === this.database) throw new SqlError("55006", "cannot drop the currently open database");
          const others = [...this.#server.sessions].filter(({ database }) => database === statement.name).length;
          if (others > 0)
            throw new SqlError("55006", `database "${statement.name}" is being accessed by other users`, {
              detail:
                others === 1
                  ? "There is 1 other session using the database."
                  : `There are ${others} other sessions using the database.`,
            });
          this.#begin().dropDatabase(statement.name);
        }
        return this.#done("DROP DATABASE");
      case "create role":
      case "alter role":
        putRole(statement, this.#context, passwordDigest);
        return this.#done(statement.kind.toUpperCase());
      case "drop role":
        for (const name of statement.names) {
          if (this.#begin().role(name) !== undefined) this.#begin().dropRole(name);
          else if (statement.quiet) this.#notice(`role "${name}" does not exist, skipping`);
          else throw new SqlError("42704", `role "${name}" does not exist`);
        }
        return this.#done("DROP ROLE");
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
        if (!this.#server.inRecovery) this.#server.checkpoint();
        return this.#done("CHECKPOINT");
      case "vacuum":
      case "analyze":
        if (this.#server.inRecovery && statement.kind === "vacuum")
          throw new SqlError("25006", "cannot execute VACUUM during recovery");
        if (this.#explicit && statement.kind === "vacuum")
          throw new SqlError("25001", "VACUUM cannot run inside a transaction block");
        return this.#done(statement.kind.toUpperCase());
    }
  }

  /** What went before BEGIN in the same text. */
  async #commitBefore(): Promise<void> {
    if ((this.#transaction?.changes.length ?? 0) > 0) await this.#commit();
    else if (this.#locked) this.#end();
    this.#transaction = undefined;
  }

  #set({ name, value }: Extract<Statement, { kind: "set" }>): void {
    const alias = name === "time" ? "timezone" : name;
    if (value === undefined) this.#settings.delete(alias);
    else {
      const problem = settingProblem(alias, value);
      if (problem !== undefined) throw new SqlError("42704", problem);
      if (
        [
          "port",
          "listen_addresses",
          "max_connections",
          "data_directory",
          "wal_level",
          "hot_standby",
          "shared_buffers",
          "max_wal_senders",
        ].includes(alias)
      )
        throw new SqlError("55P02", `parameter "${alias}" cannot be changed without restarting the server`);
      if (["synchronous_standby_names", "primary_conninfo", "hba_file"].includes(alias))
        throw new SqlError("55P02", `parameter "${alias}" cannot be changed now`);
      if (alias === "application_name") this.application = value;
      else this.#settings.set(alias, value);
    }
    this.#done("SET");
  }

  #alterSystem({ name, value }: Extract<Statement, { kind: "alter system" }>): void {
    if (this.#explicit) throw new SqlError("25001", "ALTER SYSTEM cannot run inside a transaction block");
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

  // ----------------------------------------------------------------------------------------------------------- functions

  #call(name: string, args: readonly Typed[]): Promise<Typed> | Typed | undefined {
    const server = this.#server;
    const argument = (index: number) => toText(args[index] ?? text(""));
    const lsn = (value: number | undefined): Typed => ({
      type: "text",
      value: value === undefined ? null : lsnText(value),
    });
    switch (name) {
      case "version":
        return text(server.versionText);
      case "current_database":
        return { type: "name", value: this.database };
      case "current_user":
      case "session_user":
        return { type: "name", value: this.user };
      case "current_schema":
        return { type: "name", value: "public" };
      case "clock_timestamp":
      case "statement_timestamp":
        return { type: "timestamptz", value: server.process.clock.now() };
      case "pg_postmaster_start_time":
        return { type: "timestamptz", value: server.started };
      case "pg_backend_pid":
        return int(this.pid);
      case "inet_server_addr":
        return text(this.address === "" ? "" : (server.process.network.addresses[0] ?? ""));
      case "pg_is_in_recovery":
        return { type: "bool", value: server.inRecovery };
      case "pg_current_wal_lsn":
        if (server.inRecovery)
          throw new SqlError("55000", "recovery is in progress", {
            hint: "WAL control functions cannot be executed during recovery.",
          });
        return lsn(server.lsn);
      case "pg_last_wal_receive_lsn":
      case "pg_last_wal_replay_lsn":
        return lsn(server.inRecovery ? server.lsn : undefined);
      case "pg_last_xact_replay_timestamp":
        return { type: "timestamptz", value: server.inRecovery ? (server.lastReplayed ?? null) : null };
      case "pg_promote":
        if (!server.inRecovery)
          throw new SqlError("55000", "recovery is not in progress", {
            hint: "Recovery control functions can only be executed during recovery.",
          });
        server.promote();
        return { type: "bool", value: true };
      case "pg_reload_conf":
        return { type: "bool", value: server.reload() };
      case "pg_database_size":
        return { type: "int8", value: server.databaseSize(argument(0)) };
      case "pg_total_relation_size":
      case "pg_relation_size": {
        const relation = this.#begin().relation(this.database, argument(0));
        if (relation === undefined) throw new SqlError("42P01", `relation "${argument(0)}" does not exist`);
        return {
          type: "int8",
          value: Math.ceil(JSON.stringify([...this.#begin().rows(relation.oid)]).length / 8192) * 8192,
        };
      }
      case "pg_wal_lsn_diff": {
        const number = (value: string) =>
          value.split("/").reduce((sum, part) => sum * 2 ** 32 + Number.parseInt(part, 16), 0);
        return { type: "numeric", value: String(number(argument(0)) - number(argument(1))) };
      }
      case "current_setting": {
        const value = this.setting(argument(0));
        if (value === undefined) throw new SqlError("42704", `unrecognized configuration parameter "${argument(0)}"`);
        return text(value);
      }
      case "pg_sleep":
        return this.#sleep(Number(cast(args[0] ?? int(0), "float8").value) * 1000).then(() => text(""));
      case "nextval":
      case "currval":
      case "setval":
        return this.#sequence(name, argument(0), args[1]);
      default:
        return undefined;
    }
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

  async #sequence(name: "nextval" | "currval" | "setval", which: string, value: Typed | undefined): Promise<Typed> {
    const relation = this.#begin().relation(this.database, which.replace(/^public\./, "").replaceAll('"', ""));
    if (relation?.kind !== "sequence") throw new SqlError("42P01", `relation "${which}" does not exist`);
    if (name === "currval") {
      const last = this.#currval.get(relation.name);
      if (last === undefined)
        throw new SqlError("55000", `currval of sequence "${relation.name}" is not yet defined in this session`);
      return { type: "int8", value: last };
    }
    await this.#mayWrite({ kind: "insert" } as Statement, `${name}()`).catch((problem: unknown) => {
      if (problem instanceof SqlError)
        throw new SqlError(problem.state, `cannot execute ${name}() in a read-only transaction`);
      throw problem;
    });
    const transaction = this.#begin();
    const { value: last, called } = transaction.sequence(relation);
    const next: Raw =
      name === "setval" ? cast(value ?? int(1), "int8").value : called ? last + (relation.increment ?? 1) : last;
    transaction.setSequence(relation, Number(next), true);
    this.#currval.set(relation.name, Number(next));
    return { type: "int8", value: next };
  }
}

/** Functions that do something: they are not called to find out what a statement answers. */
const CHANGES = new Set(["nextval", "setval", "currval", "pg_sleep", "pg_promote", "pg_reload_conf"]);

const aborted = () =>
  new SqlError("25P02", "current transaction is aborted, commands ignored until end of transaction block");

const resultColumns = ({ columns }: Rowset): ResultColumn[] =>
  columns.map(({ name, type, size }) => ({
    name,
    right: RIGHT.has(type),
    type,
    ...(size === undefined ? {} : { size }),
  }));

const CALL_TYPES: Readonly<Record<string, TypeName>> = {
  pg_is_in_recovery: "bool",
  pg_promote: "bool",
  pg_reload_conf: "bool",
  pg_backend_pid: "int4",
  nextval: "int8",
  currval: "int8",
  setval: "int8",
  pg_database_size: "int8",
  pg_relation_size: "int8",
  pg_total_relation_size: "int8",
  clock_timestamp: "timestamptz",
  statement_timestamp: "timestamptz",
  pg_postmaster_start_time: "timestamptz",
  pg_last_xact_replay_timestamp: "timestamptz",
  pg_wal_lsn_diff: "numeric",
};

function noRelation({
  schema,
  name,
  at,
}: {
  readonly schema: string | undefined;
  readonly name: string;
  readonly at: number;
}): SqlError {
  return new SqlError("42P01", `relation "${schema === undefined ? "" : `${schema}.`}${name}" does not exist`, { at });
}
