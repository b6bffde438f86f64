/** What a statement is asked with and answered by. */
import type { Consistency, Coordinator } from "../coordinator.ts";
import type { Name } from "../cql/ast.ts";
import { type CqlType, type CqlValue, invalid } from "../cql/types.ts";
import type { Gossip } from "../gossip.ts";
import type { KeyspaceSchema, Schema, TableSchema } from "../schema.ts";
import type { Storage } from "../storage.ts";
import type { LiveRow } from "../table.ts";

export type QueryResult =
  | { readonly kind: "void"; readonly warnings?: readonly string[] }
  | { readonly kind: "use"; readonly keyspace: string }
  | {
      readonly kind: "rows";
      readonly columns: readonly { readonly name: string; readonly type: CqlType }[];
      readonly rows: readonly (readonly CqlValue[])[];
    };

export interface QueryContext {
  readonly storage: Storage;
  readonly schema: Schema;
  readonly gossip: Gossip;
  readonly coordinator: Coordinator;
  readonly keyspace: string | undefined;
  readonly consistency: Consistency;
  /** Major release, e.g. 3 or 5: some words differ. */
  readonly major: number;
  /** Milliseconds. */
  readonly now: number;
  readonly random: () => number;
  /** Microseconds, never twice the same. */
  readonly timestamp: () => number;
  /** Makes definitions known to all nodes. */
  readonly publish: (definitions: readonly (KeyspaceSchema | TableSchema)[]) => Promise<void>;
  /** Rows of the tables that nodes have about themselves. */
  readonly virtual: (keyspace: string, table: string) => VirtualTable | undefined;
  readonly spend: (units: number) => Promise<void> | void;
}

export interface VirtualTable {
  readonly schema: TableSchema;
  readonly rows: readonly LiveRow[];
}

export const type = (name: string): CqlType => ({ name, of: [] });

export function keyspaceOf(context: QueryContext, name: Name): string {
  const keyspace = name.keyspace ?? context.keyspace;
  if (keyspace === undefined)
    throw invalid("No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename");
  if (context.schema.keyspace(keyspace) === undefined)
    throw invalid(context.major >= 4 ? `keyspace ${keyspace} does not exist` : `Keyspace ${keyspace} does not exist`);
  return keyspace;
}

export function tableOf(context: QueryContext, name: Name): TableSchema {
  const keyspace = keyspaceOf(context, name);
  const table = context.schema.table(keyspace, name.table);
  if (table === undefined)
    throw invalid(context.major >= 4 ? `table ${name.table} does not exist` : `unconfigured table ${name.table}`);
  return table;
}

export function undefinedColumn(context: QueryContext, table: TableSchema, column: string): Error {
  return invalid(
    context.major >= 4
      ? `Undefined column name ${column} in table ${table.keyspace}.${table.name}`
      : `Undefined column name ${column}`,
  );
}
