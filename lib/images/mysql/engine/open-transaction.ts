/** A transaction that is under way. */
import type { Snapshot, Transaction } from "../../kit/sql/state.ts";
import { refusals } from "../sql/errors.ts";
import type { Logged } from "./types.ts";

export interface OpenTransaction {
  readonly transaction: Transaction;
  /** The position that was committed when it began. */
  readonly seen: number;
  readonly statements: Logged[];
  readonly savepoints: { readonly name: string; readonly changes: number; readonly statements: number }[];
  readonly explicit: boolean;
  readonly readOnly: boolean;
  /** What it reads from, once it has read. */
  view: Snapshot | undefined;
}

/** SAVEPOINT, ROLLBACK TO and RELEASE. Throws `MysqlError`. */
export function savepoint(open: OpenTransaction, kind: "savepoint" | "rollback to" | "release", name: string): void {
  const at = open.savepoints.findLastIndex((one) => one.name.toLowerCase() === name.toLowerCase());
  if (kind === "savepoint") {
    if (at !== -1) open.savepoints.splice(at, 1);
    open.savepoints.push({
      name,
      changes: open.transaction.changes.length,
      statements: open.statements.length,
    });
    return;
  }
  const point = open.savepoints[at];
  if (point === undefined) throw refusals.noSavepoint(name);
  if (kind === "release") open.savepoints.length = at;
  else {
    open.savepoints.length = at + 1;
    open.transaction.rewind(point.changes);
    open.statements.length = point.statements;
  }
}
