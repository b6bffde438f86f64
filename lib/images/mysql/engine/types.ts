/** What the parts of the engine share. */

import type { Clock } from "../../../clock/index.ts";
import type { TableName } from "../../kit/sql/ast.ts";
import type { SqlContext } from "../../kit/sql/evaluate.ts";
import type { Change, Relation, Row, Snapshot, State, Transaction } from "../../kit/sql/state.ts";
import type { TypeName } from "../../kit/sql/values.ts";
import type { MysqlError } from "../sql/errors.ts";
import type { Flavour } from "../sql/flavour.ts";
import type { LockMode } from "./locks.ts";

export type SqlValue = string | number | null;

/** What a column of an answer is, for clients that ask. */
export interface Field {
  /** The table's alias; empty where the column is no table's own. */
  readonly table: string;
  readonly type: TypeName;
  /** In the words of CREATE TABLE, e.g. "tinyint(1)", where the column is a table's own. */
  readonly declared?: string;
  readonly notNull?: boolean;
}

/** An answer as it travels. */
export type SqlResult =
  | {
      readonly columns: readonly string[];
      /** Per column; absent: texts. */
      readonly fields?: readonly Field[];
      readonly rows: readonly (readonly SqlValue[])[];
      /** Per column: shown at the right, as numbers are. Absent: where the values are numbers. */
      readonly right?: readonly boolean[];
      readonly warnings?: number;
    }
  | {
      readonly affected: number;
      /** The first number that a column gave itself. */
      readonly insertId?: number;
      /** The database in use from now on. */
      readonly database?: string;
      /** As after UPDATE: "Rows matched: 1  Changed: 1  Warnings: 0". */
      readonly info?: string;
      readonly warnings?: number;
    }
  | { readonly error: { readonly code: number; readonly state: string; readonly message: string } };

export interface Warning {
  readonly level: "Note" | "Warning" | "Error";
  readonly code: number;
  readonly message: string;
}

/** What a transaction did, ready to be made to last. */
export interface Work {
  readonly changes: readonly Change[];
  /** What it depends on and changes: two works that share a key cannot both go through if neither saw the other. */
  readonly keys: readonly string[];
  /** What it relies on without changing it. */
  readonly uses: readonly string[];
  /** The position that it had seen when it began. */
  readonly seen: number;
  /** Its statements, as the binary log shows them. */
  readonly statements: readonly Logged[];
  /** Not for the binary log (SET sql_log_bin = 0). */
  readonly unlogged: boolean;
}

/** A statement as the binary log keeps it. */
export interface Logged {
  readonly database: string | undefined;
  readonly sql: string;
  /** ms: what NOW() was. */
  readonly time: number;
  /** The first number that a column gave itself. */
  readonly insertId?: number;
}

/** The server around the engine. */
export interface EngineHost {
  /** As VERSION() has it. */
  readonly version: string;
  readonly flavour: Flavour;
  readonly clock: Clock;
  readonly spend: (units: number) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  /** Makes it last and visible, by `Engine.apply`. Rejects with `MysqlError` where it cannot. */
  readonly commit: (work: Work) => Promise<void>;
  /** Variables that the server knows besides the engine's. */
  readonly variables: () => Readonly<Record<string, string>>;
  readonly status: () => Readonly<Record<string, string>>;
  /** SET GLOBAL of a variable that is the server's; false where it has no such variable. Throws `MysqlError`. */
  readonly setVariable: (name: string, value: string, global: boolean) => boolean;
  /** Numbers for columns that count by themselves, where nobody set them: members of a cluster leave each other room. */
  readonly autoIncrement: () => { readonly step: number; readonly offset: number };
}

/** Whoever a session works for. */
export interface Client {
  readonly id: number;
  /** user@host, as the client came. */
  readonly user: string;
  /** user@host of the account. */
  readonly account: string;
  /** Throws 1044, 1142 or 1227. `table` undefined: the database as a whole. */
  readonly authorize: (privilege: string, database: string, table: string | undefined) => void;
  readonly sees: (database: string) => boolean;
  /** Why it cannot write now; undefined: it can. */
  readonly refuseWrite: () => MysqlError | undefined;
  /** Its work is not for the binary log: it came from there. */
  readonly unlogged: boolean;
}

interface Warnings {
  readonly warn: (level: Warning["level"], code: number, message: string) => void;
}

/** What statements about rows and tables need. */
export interface StatementContext extends Warnings {
  readonly sql: SqlContext;
  readonly state: State;
  readonly transaction: Transaction;
  readonly database: string | undefined;
  readonly host: EngineHost;
  readonly foreignKeyChecks: boolean;
  readonly autoIncrement: { readonly step: number; readonly offset: number };
  /** The table of a name, for reading or for writing. Throws 1046, 1049, 1146, and 1142 where it is not allowed. */
  readonly relation: (name: TableName, privilege: string) => Promise<Relation>;
  /** Rows as this transaction reads them; `view` undefined: as they are committed. */
  readonly view: () => Snapshot | undefined;
  /** True where waiting was needed: what was read before may have changed. */
  readonly lock: (key: string, mode: LockMode) => Promise<boolean>;
  /** The number to begin with, where another server has chosen already. */
  readonly insertFrom: number | undefined;
  /** The first number that was given to a row. */
  inserted: number | undefined;
}

export const rowKey = (relation: Relation, id: number) => `r:${relation.oid}:${id}`;
export type { Change, Relation, Row, Transaction };
