/** One client of a server: its transaction, its settings, and what its statements do. */
import type { Statement } from "../kit/sql/ast.ts";
import type { Rowset, SqlContext } from "../kit/sql/evaluate.ts";
import { runQuery } from "../kit/sql/select.ts";
import { standard } from "../kit/sql/standard.ts";
import { type Relation, Transaction } from "../kit/sql/state.ts";
import { parseStatement } from "../kit/sql/statements.ts";
import { SqlError, type TypeName, toText } from "../kit/sql/values.ts";
import {
  alterTable,
  createIndex,
  createSequence,
  createTable,
  type DefineContext,
  drop,
  dropRelation,
} from "./define.ts";
import { alterDefaults, alterOwner, dropOwned, grant, newOwner, reassign } from "./grants.ts";
import type { Catalog } from "./messages.ts";
import { columnsOf, insert, type Modified, remove, returning, truncate, update } from "./modify.ts";
import { Authority, databaseSecured, schemaSecured, tableSecured } from "./privileges.ts";
import { type Answer, type ErrorReport, type Result, type ResultColumn, splitSql } from "./results.ts";
import { dropRoles, grantRoles, putRole, renameRole, superuserOf } from "./roles.ts";
import type { Server } from "./server.ts";
import { CALL_TYPES, callFunction, type FunctionHost } from "./session-functions.ts";
import { settingProblem, writeAutoSetting } from "./settings.ts";
import { systemView } from "./views.ts";

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
  "rename role",
  "grant",
  "grant role",
  "default privileges",
  "owned",
  "owner",
]);

/** The command of a statement, in the words of those that are refused and those that are done. */
const COMMANDS: Partial<Readonly<Record<Statement["kind"], string>>> = {
  "rename role": "ALTER ROLE",
  "default privileges": "ALTER DEFAULT PRIVILEGES",
};

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
    this.application = options.application;
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
      const relation = this.#context.relation(statement.table, "r");
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
        : COMMANDS[statement.kind] !== undefined
          ? (COMMANDS[statement.kind] ?? "")
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
      relation: (name, need) => {
        const found =
          name.schema === undefined || name.schema === "public"
            ? transaction.relation(this.database, name.name)
            : undefined;
        if (found === undefined) throw noRelation(name);
        if (found.kind !== "table") throw new SqlError("42809", `"${name.name}" is not a table`);
        const secured = tableSecured(found);
        if (need === "owner") authority.needOwner(secured);
        else for (const letter of need) authority.need(secured, letter);
        return found;
      },
    };
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
      mayWrite: (what) => this.#mayWrite({ kind: "insert" } as Statement, what),
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
      table: (name) => {
        const relation =
          name.schema === undefined || name.schema === "public"
            ? transaction.relation(this.database, name.name)
            : undefined;
        if (relation !== undefined) {
          authority.need(tableSecured(relation), "r");
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
        if (view === "pg_shadow" || view === "pg_authid")
          this.#needSuperuser(`permission denied for ${view === "pg_shadow" ? "view" : "table"} ${view}`);
        const found = systemView(view, this.#server, this, transaction);
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
        if (!this.#authority().superuser && this.#begin().role(this.#user)?.createDatabase !== true)
          throw new SqlError("42501", "permission denied to create database");
        if (this.#begin().hasDatabase(statement.name))
          throw new SqlError("42P04", `database "${statement.name}" already exists`);
        this.#begin().createDatabase(
          statement.name,
          statement.owner === undefined ? this.#user : newOwner(statement.owner, this.#context),
        );
        return this.#done("CREATE DATABASE");
      case "drop database":
        if (this.#explicit) throw new SqlError("25001", "DROP DATABASE cannot run inside a transaction block");
        if (!this.#begin().hasDatabase(statement.name)) {
          if (!statement.quiet) throw new SqlError("3D000", `database "${statement.name}" does not exist`);
          this.#notice(`database "${statement.name}" does not exist, skipping`);
        } else {
          const info = this.#begin().database(statement.name);
          if (info !== undefined) this.#authority().needOwner(databaseSecured(statement.name, info));
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
        putRole(statement, this.#context);
        return this.#done(statement.kind.toUpperCase());
      case "drop role":
        dropRoles(statement, this.#context);
        return this.#done("DROP ROLE");
      case "rename role":
        renameRole(statement, this.#context);
        return this.#done("ALTER ROLE");
      case "grant":
        grant(statement, this.#context);
        return this.#done(statement.revoke ? "REVOKE" : "GRANT");
      case "grant role":
        grantRoles(statement, this.#context);
        return this.#done(statement.revoke ? "REVOKE ROLE" : "GRANT ROLE");
      case "default privileges":
        alterDefaults(statement, this.#context);
        return this.#done("ALTER DEFAULT PRIVILEGES");
      case "owner":
        alterOwner(statement, this.#context);
        return this.#done(`ALTER ${statement.what}`);
      case "owned": {
        const context = this.#context;
        if (statement.drop) dropOwned(statement, context, (relation) => dropRelation(relation, [], true, context));
        else reassign(statement, context);
        return this.#done(statement.drop ? "DROP OWNED" : "REASSIGN OWNED");
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

  #needSuperuser(message: string, detail?: string): void {
    if (!this.#authority().superuser) throw new SqlError("42501", message, detail === undefined ? {} : { detail });
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

  #show(name: string): void {
    if (name === "all") throw new SqlError("0A000", "SHOW ALL is not supported here");
    const value = this.setting(name);
    if (value === undefined) throw new SqlError("42704", `unrecognized configuration parameter "${name}"`);
    this.#rows("SHOW", { columns: [{ table: "", name, type: "text" }], rows: [[value]] });
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

const resultColumns = ({ columns }: Rowset): ResultColumn[] =>
  columns.map(({ name, type, size }) => ({
    name,
    right: RIGHT.has(type),
    type,
    ...(size === undefined ? {} : { size }),
  }));

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
