/** Which statements write, and what they are called where they may not. */
import type { Statement } from "../kit/sql/ast.ts";

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

export const isWriting = (statement: Statement): boolean => WRITES.has(statement.kind);

/** The command of a statement that writes, in the words of a refusal. */
export function commandOf(statement: Statement): string {
  if (statement.kind === "drop") return `DROP ${statement.what}`;
  return COMMANDS[statement.kind] ?? statement.kind.toUpperCase();
}
