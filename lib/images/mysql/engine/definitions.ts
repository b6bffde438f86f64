/** Statements that define: tables, indexes, databases. */
import type { TableName } from "../../kit/sql/ast.ts";
import type { Relation } from "../../kit/sql/state.ts";
import type { MysqlStatement } from "../sql/ast.ts";
import { MysqlError, refusals, unsupported } from "../sql/errors.ts";
import { alterTable, createTable, dropTables, placeOf, renameTable, SYSTEM_DATABASES } from "./define.ts";
import type { LockMode } from "./locks.ts";
import { type Modified, truncate } from "./modify.ts";
import type { Client, StatementContext } from "./types.ts";

/** What a definition needs of the session that runs it. */
export interface DefinitionHost {
  readonly context: StatementContext;
  readonly client: Client;
  readonly warned: () => boolean;
  readonly find: (table: TableName) => Relation | undefined;
  readonly hasDatabase: (name: string) => boolean;
  readonly relation: (table: TableName, privilege: string) => Promise<Relation>;
  readonly lock: (key: string, mode: LockMode, forever?: boolean) => Promise<boolean>;
  readonly lockSources: (query: unknown) => Promise<void>;
  /** The database is gone: who was in it is in none. */
  readonly leave: (database: string) => void;
}

export async function runDefinition(statement: MysqlStatement, session: DefinitionHost): Promise<Modified> {
  const { context } = session;
  const { transaction } = context;
  const alone = async (name: TableName, privilege: string) => {
    const relation = await session.relation(name, privilege);
    await session.lock(`m:${relation.oid}`, "X", true);
  };
  switch (statement.kind) {
    case "create table": {
      const { database, name } = placeOf(statement.table, context);
      session.client.authorize("CREATE", database, name);
      await session.lockSources(statement.query);
      const affected = await createTable(statement, context);
      return statement.query === undefined ? { affected } : { affected, info: records(affected) };
    }
    case "alter table":
      await alone(statement.table, "ALTER");
      await alterTable(statement, context);
      if (statement.actions.every(({ kind }) => kind === "rename")) return { affected: 0 };
      return { affected: 0, info: records(0) };
    case "create index":
    case "drop index": {
      await alone(statement.table, "INDEX");
      const action =
        statement.kind === "drop index"
          ? ({ kind: "drop index", name: statement.name } as const)
          : ({ kind: "add index", index: statement.index } as const);
      await alterTable({ kind: "alter table", table: statement.table, actions: [action] }, context);
      return { affected: 0, info: records(0) };
    }
    case "drop table":
      for (const table of statement.tables) if (session.find(table) !== undefined) await alone(table, "DROP");
      await dropTables(statement, context);
      return { affected: 0 };
    case "rename table":
      for (const [from, to] of statement.pairs) {
        await alone(from, "ALTER");
        const place = placeOf(to, context);
        session.client.authorize("CREATE", place.database, place.name);
        renameTable(await session.relation(from, "DROP"), to, context);
      }
      return { affected: 0 };
    case "truncate":
      await alone(statement.table, "DROP");
      await truncate(statement, context);
      return { affected: 0 };
    case "create database":
      session.client.authorize("CREATE", statement.name, undefined);
      if (session.hasDatabase(statement.name)) {
        if (!statement.quiet) throw refusals.databaseExists(statement.name);
        context.warn("Note", 1007, `Can't create database '${statement.name}'; database exists`);
      } else transaction.createDatabase(statement.name, "");
      return { affected: session.warned() && context.host.flavour.mariadb ? 0 : 1 };
    case "drop database": {
      session.client.authorize("DROP", statement.name, undefined);
      if (SYSTEM_DATABASES.includes(statement.name))
        throw new MysqlError(3552, "HY000", `Access to system schema '${statement.name}' is rejected.`);
      if (!transaction.hasDatabase(statement.name)) {
        if (!statement.quiet) throw refusals.noSuchDatabase(statement.name);
        context.warn("Note", 1008, `Can't drop database '${statement.name}'; database doesn't exist`);
        return { affected: 0 };
      }
      const tables = transaction.relations(statement.name);
      for (const relation of tables) await session.lock(`m:${relation.oid}`, "X", true);
      for (const relation of tables) transaction.dropRelation(relation.oid);
      transaction.dropDatabase(statement.name);
      session.leave(statement.name);
      return { affected: tables.length };
    }
    default:
      throw unsupported(statement.kind.toUpperCase());
  }
}

const records = (count: number) => `Records: ${count}  Duplicates: 0  Warnings: 0`;
