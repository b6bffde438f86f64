/** One client's statements: its transaction, its variables, its warnings. */
import type { TableName } from "../../kit/sql/ast.ts";
import { evaluate, type SqlContext } from "../../kit/sql/evaluate.ts";
import { runQuery } from "../../kit/sql/select.ts";
import { type Relation, type Snapshot, Transaction } from "../../kit/sql/state.ts";
import { SqlError } from "../../kit/sql/values.ts";
import type { Assignment, MysqlStatement } from "../sql/ast.ts";
import { mysqlDialect } from "../sql/dialect.ts";
import { LostWork, MysqlError, refusals, unsupported } from "../sql/errors.ts";
import { parseMysql } from "../sql/statements.ts";
import { integer } from "../sql/values.ts";
import { answerRows, answerShow, type ShowHost } from "./answers.ts";
import { checkTables } from "./check-tables.ts";
import { placeOf, SYSTEM_DATABASES } from "./define.ts";
import { type DefinitionHost, runDefinition } from "./definitions.ts";
import { type Engine, workOf } from "./engine.ts";
import { insert, lockRows, type Modified, remove, update } from "./modify.ts";
import { type OpenTransaction, savepoint } from "./open-transaction.ts";
import { columnsOf, ordered } from "./rows.ts";
import { SESSION_FUNCTION_TYPES, type SessionState, sessionFunction } from "./session-functions.ts";
import { SessionLocks } from "./session-locks.ts";
import { Settings } from "./settings.ts";
import { informationSchema } from "./show.ts";
import type { Client, SqlResult, StatementContext, Warning } from "./types.ts";

const ROWS = new Set(["insert", "update", "delete"]);
const DEFINITIONS = new Set([
  "truncate",
  "create table",
  "alter table",
  "drop table",
  "rename table",
  "create index",
  "drop index",
  "create database",
  "drop database",
]);
/** Work of definitions that lost to another member's is done anew so often. */
const RETRIES = 10;
const UNSAFE = /\b(uuid|rand|sysdate|user|current_user|connection_id)\s*\(/i;

export class Session {
  database: string | undefined;
  readonly client: Client;
  readonly #engine: Engine;
  readonly #settings: Settings;
  readonly #locks: SessionLocks;
  #open: OpenTransaction | undefined;
  #statementView: Snapshot | undefined;
  #current = false;
  #warnings: Warning[] = [];
  #lastInsertId = 0;
  #rowCount = -1;
  #closed = false;
  #time = 0;
  #insertFrom: number | undefined;

  constructor(engine: Engine, client: Client) {
    this.#engine = engine;
    this.client = client;
    this.#settings = new Settings(engine.globals, engine.host);
    this.#locks = new SessionLocks(engine.locks, this, {
      variable: (name) => this.variable(name),
      isClosed: () => this.#closed,
      deadlock: () => this.#end(),
    });
  }

  get inTransaction(): boolean {
    return this.#open?.explicit === true;
  }

  /** True while a statement waits for somebody's lock. */
  get isWaiting(): boolean {
    return this.#engine.locks.isWaiting(this);
  }

  /** What was not committed is gone. */
  close(): void {
    this.#closed = true;
    this.#end();
    this.#engine.locks.release(this);
  }

  variable(name: string): string {
    return this.#settings.get(name);
  }

  // ---------------------------------------------------------------------------------------------------------- statements

  /**
   * Never rejects for what a client did; a transaction goes on after most errors, as InnoDB's do. `as`: what another
   * server found when it ran the statement.
   */
  async execute(sql: string, as: { readonly time?: number; readonly insertId?: number } = {}): Promise<SqlResult> {
    this.#time = as.time ?? this.#engine.host.clock.now();
    this.#insertFrom = as.insertId;
    try {
      const statement = parseMysql(sql);
      if (!(statement.kind === "show" && (statement.show.what === "warnings" || statement.show.what === "errors")))
        this.#warnings = [];
      const result = await this.#run(statement, sql);
      if (statement.kind === "show" && statement.show.what === "warnings") return result;
      if ("affected" in result) this.#rowCount = result.affected;
      else this.#rowCount = -1;
      return this.#warnings.length === 0 ? result : { ...result, warnings: this.#warnings.length };
    } catch (problem) {
      if (!(problem instanceof SqlError)) throw problem;
      const known = this.#worded(problem);
      this.#rowCount = -1;
      this.#warnings.push({ level: "Error", code: known.code, message: known.message });
      return { error: { code: known.code, state: known.state, message: known.message } };
    } finally {
      // Without BEGIN, nothing is left open from one statement to the next.
      if (this.#open?.explicit === false) this.#end();
    }
  }

  /**
   * What rows a statement would answer, without running it; undefined: none. Throws `MysqlError` for what cannot run at
   * all.
   */
  async describe(sql: string): Promise<Extract<SqlResult, { columns: readonly string[] }> | undefined> {
    this.#time = this.#engine.host.clock.now();
    try {
      const statement = parseMysql(sql);
      if (statement.kind !== "select") return undefined;
      const context = this.#sql(true);
      const without = new Set(["sleep", ":=", "last_insert_id"]);
      const rows = await runQuery(statement.query, undefined, {
        ...context,
        table: (name) => ({ ...context.table(name), rows: [] }),
        call: (name, args) => (without.has(name) && args.length > 0 ? integer(0) : context.call(name, args)),
      });
      const answer = answerRows({ columns: rows.columns, rows: [] });
      return "columns" in answer ? answer : undefined;
    } catch (problem) {
      throw problem instanceof SqlError ? this.#worded(problem) : problem;
    } finally {
      if (this.#open?.explicit === false) this.#end();
    }
  }

  #worded(problem: SqlError): MysqlError {
    if (!(problem instanceof MysqlError)) return new MysqlError(1105, problem.state, problem.message);
    if (problem.code !== 1064 || !this.#engine.host.flavour.mariadb) return problem;
    return new MysqlError(1064, problem.state, problem.message.replace("your MySQL server", "your MariaDB server"));
  }

  async #run(statement: MysqlStatement, sql: string): Promise<SqlResult> {
    if (ROWS.has(statement.kind) || DEFINITIONS.has(statement.kind)) {
      const refusal = this.client.refuseWrite();
      if (refusal !== undefined) throw refusal;
    }
    if (DEFINITIONS.has(statement.kind)) return this.#define(statement, sql);
    switch (statement.kind) {
      case "select":
        return this.#select(statement);
      case "insert":
      case "update":
      case "delete":
        return this.#modify(statement, sql);
      case "use":
        this.client.authorize("USE", statement.name, undefined);
        if (!this.#hasDatabase(statement.name)) throw refusals.unknownDatabase(statement.name);
        this.database = statement.name;
        return { affected: 0, database: statement.name };
      case "show":
        return answerShow(statement.show, this.#showHost());
      case "set":
        for (const assignment of statement.assignments) await this.#set(assignment);
        return { affected: 0 };
      case "do":
        for (const expr of statement.exprs) await evaluate(expr, undefined, this.#sql());
        return { affected: 0 };
      case "begin":
        await this.#commit();
        this.#locks.unlockTables();
        this.#begin(true, statement.readOnly || this.variable("transaction_read_only") === "ON");
        if (statement.snapshot) this.#view();
        return { affected: 0 };
      case "commit":
        await this.#commit();
        return { affected: 0 };
      case "rollback":
        this.#end();
        return { affected: 0 };
      case "savepoint":
      case "rollback to":
      case "release":
        savepoint(this.#begin(), statement.kind, statement.name);
        return { affected: 0 };
      case "lock tables":
        return this.#lockTables(statement);
      case "unlock tables":
        await this.#commit();
        this.#locks.unlockTables();
        return { affected: 0 };
      case "check table":
        return checkTables(statement, this.#context(), (table) => this.#find(table) !== undefined);
      default:
        throw unsupported(statement.kind.toUpperCase());
    }
  }

  // -------------------------------------------------------------------------------------------------------- transactions

  #begin(explicit = false, readOnly = false): OpenTransaction {
    if (this.#closed) throw new MysqlError(1053, "08S01", "Server shutdown in progress");
    this.#open ??= {
      transaction: new Transaction(this.#engine.state, { temporaryIds: true }),
      seen: this.#engine.position,
      statements: [],
      savepoints: [],
      explicit: explicit || this.variable("autocommit") === "OFF",
      readOnly,
      view: undefined,
    };
    return this.#open;
  }

  /** What a transaction of its isolation reads from; taken at its first reading. */
  #view(): Snapshot | undefined {
    const open = this.#begin();
    if (open.explicit && this.variable("transaction_isolation") === "REPEATABLE-READ")
      open.view ??= this.#engine.state.hold();
    return open.view;
  }

  async #commit(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    try {
      if (open.transaction.changes.length > 0) {
        await this.#locks.intend();
        await this.#engine.host.commit(
          workOf(
            open.transaction,
            this.#engine.state,
            open.seen,
            open.statements,
            this.client.unlogged || this.variable("sql_log_bin") === "OFF",
          ),
        );
      }
    } finally {
      this.#end();
    }
  }

  #end(): void {
    const open = this.#open;
    this.#open = undefined;
    if (open?.view !== undefined) this.#engine.state.release(open.view);
    this.#locks.endTransaction();
  }

  // --------------------------------------------------------------------------------------------------------------- rows

  async #modify(
    statement: Extract<MysqlStatement, { kind: "insert" | "update" | "delete" }>,
    sql: string,
  ): Promise<SqlResult> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#modifyOnce(statement, sql);
      } catch (problem) {
        // A statement of its own that lost to another member's is done anew (wsrep_retry_autocommit).
        const lost = problem instanceof LostWork && this.#open === undefined;
        if (!lost || attempt >= RETRIES) throw problem;
      }
    }
  }

  async #modifyOnce(
    statement: Extract<MysqlStatement, { kind: "insert" | "update" | "delete" }>,
    sql: string,
  ): Promise<SqlResult> {
    const open = this.#begin();
    if (open.readOnly) throw refusals.readOnlyTransaction(this.#engine.host.flavour.mariadb);
    if (UNSAFE.test(sql) && this.#engine.host.variables()["binlog_format"] === "STATEMENT")
      this.#warn(
        "Note",
        1592,
        "Unsafe statement written to the binary log using statement format since BINLOG_FORMAT = STATEMENT. Statement is unsafe because it uses a system function that may return a different value on the replica.",
      );
    await this.#locks.intend();
    const { length } = open.transaction.changes;
    const context = this.#context();
    let modified: Modified;
    try {
      await this.#lockSources(statement);
      modified =
        statement.kind === "insert"
          ? await insert(statement, context)
          : statement.kind === "update"
            ? await update(statement, context)
            : await remove(statement, context);
    } catch (problem) {
      // A statement does everything or nothing.
      if (this.#open === open) open.transaction.rewind(length);
      throw problem;
    }
    if (context.inserted !== undefined) this.#lastInsertId = context.inserted;
    if (open.transaction.changes.length > length) this.#log(open, sql, context.inserted);
    if (!open.explicit) await this.#commit();
    const { affected, info } = modified;
    const insertId = context.inserted === undefined ? {} : { insertId: context.inserted };
    return info === undefined
      ? { affected, ...insertId }
      : { affected, ...insertId, info: info.replace(/\d+$/, String(this.#warnings.length)) };
  }

  #log(open: OpenTransaction, sql: string, insertId: number | undefined): void {
    open.statements.push({
      database: this.database,
      sql,
      time: this.#time,
      ...(insertId === undefined ? {} : { insertId }),
    });
  }

  async #select({ query }: Extract<MysqlStatement, { kind: "select" }>): Promise<SqlResult> {
    const open = this.#begin();
    try {
      await this.#lockSources(query);
      if (query.lock !== undefined) {
        const { body } = query;
        const from = "outputs" in body ? body.from : undefined;
        if (!("outputs" in body) || (from !== undefined && from.kind !== "table"))
          throw unsupported("FOR UPDATE over several tables");
        if (from !== undefined) {
          const relation = await this.#relation(from, query.lock === "update" ? "UPDATE" : "SELECT");
          await lockRows(relation, from.alias, body.where, query.lock === "update" ? "X" : "S", this.#context());
        }
        // What is locked is read as it is now.
        this.#current = true;
      } else this.#statementView = this.#view() ?? this.#engine.state.hold();
      return answerRows(await runQuery(query, undefined, this.#sql()));
    } finally {
      this.#current = false;
      if (this.#statementView !== undefined && this.#statementView !== open.view)
        this.#engine.state.release(this.#statementView);
      this.#statementView = undefined;
    }
  }

  /** Nobody changes the definition of a table that a transaction has used. */
  async #lockSources(node: unknown): Promise<void> {
    const names: TableName[] = [];
    const walk = (value: unknown): void => {
      if (Array.isArray(value)) for (const one of value) walk(one);
      else if (typeof value === "object" && value !== null) {
        const source = value as { kind?: unknown; name?: unknown };
        if (source.kind === "table" && typeof source.name === "string") names.push(value as TableName);
        for (const one of Object.values(value)) walk(one);
      }
    };
    walk(node);
    for (const name of names) {
      const found = this.#find(name);
      if (found !== undefined) await this.#locks.takeTable(found, "SELECT");
    }
  }

  #hasDatabase(name: string): boolean {
    return SYSTEM_DATABASES.includes(name) || this.#begin().transaction.hasDatabase(name);
  }

  #find({ schema, name }: TableName): Relation | undefined {
    const database = schema ?? this.database;
    return database === undefined ? undefined : this.#begin().transaction.relation(database, name);
  }

  async #relation(name: TableName, privilege: string): Promise<Relation> {
    const place = placeOf(name, this.#context());
    this.client.authorize(privilege, place.database, place.name);
    let relation = this.#find(name);
    if (relation === undefined) throw refusals.noTable(place.database, place.name);
    await this.#locks.takeTable(relation, privilege);
    // It may have changed while this waited.
    relation = this.#find(name);
    if (relation === undefined) throw refusals.noTable(place.database, place.name);
    return relation;
  }

  // -------------------------------------------------------------------------------------------------------- definitions

  /** Definitions are transactions of their own, and end what went before. */
  async #define(statement: MysqlStatement, sql: string): Promise<SqlResult> {
    await this.#commit();
    for (let attempt = 1; ; attempt++) {
      const open = this.#begin();
      try {
        await this.#locks.intend();
        const { affected, info } = await runDefinition(statement, this.#definition());
        if (open.transaction.changes.length > 0) this.#log(open, sql, undefined);
        await this.#commit();
        return info === undefined ? { affected } : { affected, info };
      } catch (problem) {
        this.#end();
        if (!(problem instanceof LostWork) || attempt >= RETRIES) throw problem;
      }
    }
  }

  #definition(): DefinitionHost {
    return {
      context: this.#context(),
      client: this.client,
      warned: () => this.#warnings.length > 0,
      find: (table) => this.#find(table),
      hasDatabase: (name) => this.#hasDatabase(name),
      relation: (table, privilege) => this.#relation(table, privilege),
      lock: (key, mode, forever) => this.#locks.lock(key, mode, forever),
      lockSources: (query) => this.#lockSources(query),
      leave: (database) => {
        if (this.database === database) this.database = undefined;
      },
    };
  }

  // ------------------------------------------------------------------------------------------------------------- context

  #warn(level: Warning["level"], code: number, message: string): void {
    this.#warnings.push({ level, code, message });
  }

  #context(): StatementContext {
    const { transaction } = this.#begin();
    return {
      sql: this.#sql(true),
      state: this.#engine.state,
      transaction,
      database: this.database,
      host: this.#engine.host,
      foreignKeyChecks: this.variable("foreign_key_checks") === "ON",
      autoIncrement: this.#autoIncrement(),
      relation: (name, privilege) => this.#relation(name, privilege),
      view: () => this.#view(),
      lock: (key, mode) => this.#locks.lock(key, mode),
      warn: (level, code, message) => this.#warn(level, code, message),
      insertFrom: this.#insertFrom,
      inserted: undefined,
    };
  }

  #autoIncrement() {
    const [step, offset] = ["auto_increment_increment", "auto_increment_offset"].map((name) =>
      Number(this.variable(name)),
    );
    return step === 1 || step === undefined ? this.#engine.host.autoIncrement() : { step, offset: offset ?? 1 };
  }

  /** `current`: rows as they are committed, which is what statements that write see. */
  #sql(current = false): SqlContext {
    const { transaction } = this.#begin();
    const { host } = this.#engine;
    const dialect = mysqlDialect({
      strictGrouping: /ONLY_FULL_GROUP_BY/.test(this.variable("sql_mode")),
      database: this.database ?? "",
      flavour: host.flavour,
      warn: (code, message) => this.#warn("Warning", code, message),
    });
    return {
      dialect,
      now: this.#time,
      random: () => host.clock.random(),
      spend: (units) => host.spend(units),
      query: runQuery,
      call: (name, args) => sessionFunction(name, args, this.#known),
      callType: (name) => SESSION_FUNCTION_TYPES[name],
      table: (name) => {
        if (name.schema === undefined && name.name.toLowerCase() === "dual") return { columns: [], rows: [[]] };
        const database = name.schema ?? this.database;
        if (database === undefined) throw refusals.noDatabase();
        if (database.toLowerCase() === "information_schema") {
          const found = informationSchema(name, this.#showHost().context);
          if (found === undefined) throw unsupported(`information_schema.${name.name}`);
          return found;
        }
        this.client.authorize("SELECT", database, name.name);
        if (!this.#hasDatabase(database) && !host.flavour.mariadb) throw refusals.unknownDatabase(database);
        const relation = transaction.relation(database, name.name);
        if (relation === undefined) throw refusals.noTable(database, name.name);
        const view = current || this.#current ? undefined : this.#statementView;
        return {
          columns: columnsOf(relation),
          rows: ordered(relation, transaction.rows(relation.oid, view)).map(([, row]) => row),
        };
      },
    };
  }

  /** What functions see of this session. */
  get #known(): SessionState {
    const session = this;
    return {
      settings: this.#settings,
      host: this.#engine.host,
      client: this.client,
      database: this.database,
      rowCount: this.#rowCount,
      get lastInsertId() {
        return session.#lastInsertId;
      },
      set lastInsertId(value) {
        session.#lastInsertId = value;
      },
    };
  }

  async #set(assignment: Assignment): Promise<void> {
    const ends = await this.#settings.assign(assignment, {
      sql: this.#sql(),
      inTransaction: this.inTransaction,
      authorize: this.client.authorize,
    });
    if (ends) await this.#commit();
  }

  // ---------------------------------------------------------------------------------------------------------------- SHOW

  #showHost(): ShowHost {
    const { transaction } = this.#begin();
    const { state, host } = this.#engine;
    const { sees } = this.client;
    return {
      context: {
        databases: () => [...state.databases.keys()].filter(sees),
        relations: (database) => [...transaction.relations(database)].sort((a, b) => (a.name < b.name ? -1 : 1)),
        rows: (relation) => [...transaction.rows(relation.oid)].map(([, row]) => row),
        nextNumber: (relation) => transaction.sequence(relation).value,
        flavour: host.flavour,
      },
      sql: this.#sql(),
      database: this.database,
      warnings: this.#warnings,
      hasDatabase: (name) => this.#hasDatabase(name),
      sees,
      relation: (name, privilege) => this.#relation(name, privilege),
      variables: (global) => this.#settings.all(global),
      status: host.status,
    };
  }

  async #lockTables({ tables }: Extract<MysqlStatement, { kind: "lock tables" }>): Promise<SqlResult> {
    await this.#commit();
    this.#locks.unlockTables();
    for (const { table, write } of tables) {
      const { database, name } = placeOf(table, this.#context());
      this.client.authorize("LOCK TABLES", database, undefined);
      const relation = this.#find(table);
      if (relation === undefined) throw refusals.noTable(database, name);
      await this.#locks.lockTable(relation, write);
    }
    this.#end();
    return { affected: 0 };
  }

  /** FLUSH TABLES WITH READ LOCK: nobody commits until the tables are unlocked. */
  async lockAll(): Promise<void> {
    await this.#commit();
    await this.#locks.lockAll();
  }
}
