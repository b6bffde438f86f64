/** Statements that define, grant or own something, by what they do and the tag they answer. */
import type { Statement } from "../kit/sql/ast.ts";
import { SqlError } from "../kit/sql/values.ts";
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
import { truncate } from "./modify.ts";
import { databaseSecured } from "./privileges.ts";
import { dropRoles, grantRoles, putRole, renameRole } from "./roles.ts";

export interface DefinitionContext extends DefineContext {
  /** Within BEGIN. */
  readonly explicit: boolean;
  /** How many sessions use a database. */
  readonly sessions: (database: string) => number;
}

type DatabaseStatement = Extract<Statement, { kind: "create database" | "drop database" }>;

/** The tag; undefined: the statement is none of these. Throws `SqlError`. */
export async function runDefinition(statement: Statement, context: DefinitionContext): Promise<string | undefined> {
  switch (statement.kind) {
    case "truncate":
      truncate(statement, context);
      return "TRUNCATE TABLE";
    case "create table":
      return await createTable(statement, context);
    case "alter table":
      await alterTable(statement, context);
      return "ALTER TABLE";
    case "create index":
      await createIndex(statement, context);
      return "CREATE INDEX";
    case "create sequence":
      createSequence(statement, context);
      return "CREATE SEQUENCE";
    case "drop":
      drop(statement, context);
      return `DROP ${statement.what}`;
    case "create database":
      outsideBlock("CREATE DATABASE", context);
      createDatabase(statement, context);
      return "CREATE DATABASE";
    case "drop database":
      outsideBlock("DROP DATABASE", context);
      dropDatabase(statement, context);
      return "DROP DATABASE";
    case "create role":
    case "alter role":
      putRole(statement, context);
      return statement.kind.toUpperCase();
    case "drop role":
      dropRoles(statement, context);
      return "DROP ROLE";
    case "rename role":
      renameRole(statement, context);
      return "ALTER ROLE";
    case "grant":
      grant(statement, context);
      return statement.revoke ? "REVOKE" : "GRANT";
    case "grant role":
      grantRoles(statement, context);
      return statement.revoke ? "REVOKE ROLE" : "GRANT ROLE";
    case "default privileges":
      alterDefaults(statement, context);
      return "ALTER DEFAULT PRIVILEGES";
    case "owner":
      alterOwner(statement, context);
      return `ALTER ${statement.what}`;
    case "owned": {
      if (statement.drop) dropOwned(statement, context, (relation) => dropRelation(relation, [], true, context));
      else reassign(statement, context);
      return statement.drop ? "DROP OWNED" : "REASSIGN OWNED";
    }
    default:
      return undefined;
  }
}

function outsideBlock(command: string, { explicit }: DefinitionContext): void {
  if (explicit) throw new SqlError("25001", `${command} cannot run inside a transaction block`);
}

function createDatabase(statement: DatabaseStatement, context: DefinitionContext): void {
  if (!context.authority.superuser && context.transaction.role(context.user)?.createDatabase !== true)
    throw new SqlError("42501", "permission denied to create database");
  if (context.transaction.hasDatabase(statement.name))
    throw new SqlError("42P04", `database "${statement.name}" already exists`);
  context.transaction.createDatabase(
    statement.name,
    statement.owner === undefined ? context.user : newOwner(statement.owner, context),
  );
}

function dropDatabase(statement: DatabaseStatement, context: DefinitionContext): void {
  if (!context.transaction.hasDatabase(statement.name)) {
    if (!statement.quiet) throw new SqlError("3D000", `database "${statement.name}" does not exist`);
    context.notice(`database "${statement.name}" does not exist, skipping`);
  } else {
    const info = context.transaction.database(statement.name);
    if (info !== undefined) context.authority.needOwner(databaseSecured(statement.name, info));
    if (statement.name === context.database) throw new SqlError("55006", "cannot drop the currently open database");
    const others = context.sessions(statement.name);
    if (others > 0)
      throw new SqlError("55006", `database "${statement.name}" is being accessed by other users`, {
        detail:
          others === 1
            ? "There is 1 other session using the database."
            : `There are ${others} other sessions using the database.`,
      });
    context.transaction.dropDatabase(statement.name);
  }
}
