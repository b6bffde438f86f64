/** Keyspaces and tables as all nodes agree on them: each definition carries its time, the later one wins. Pure. */
import type { CqlType, CqlValue } from "./cql/types.ts";
import { compareValues, partitionKeyBytes } from "./cql/types.ts";
import { tokenOf } from "./murmur.ts";

export interface KeyspaceSchema {
  readonly name: string;
  /** "class" (without package) and the strategy's options. */
  readonly replication: Readonly<Record<string, string>>;
  readonly durableWrites: boolean;
  /** Microseconds. */
  readonly at: number;
  readonly dropped?: boolean;
}

export interface ColumnSchema {
  readonly name: string;
  readonly type: CqlType;
  readonly kind: "partition_key" | "clustering" | "static" | "regular";
  readonly descending?: boolean;
}

export interface TableSchema {
  readonly keyspace: string;
  readonly name: string;
  /** A time UUID: a table made again under the same name is another one. */
  readonly id: string;
  /** Keys in their order, then the others. */
  readonly columns: readonly ColumnSchema[];
  readonly indexes: readonly { readonly name: string; readonly column: string }[];
  readonly comment: string;
  readonly gcGraceSeconds: number;
  readonly defaultTtl: number;
  readonly compaction: string;
  readonly at: number;
  readonly dropped?: boolean;
}

export interface SchemaState {
  readonly keyspaces: readonly KeyspaceSchema[];
  readonly tables: readonly TableSchema[];
}

const simple = (name: string, factor: string): KeyspaceSchema => ({
  name,
  replication: { class: "SimpleStrategy", replication_factor: factor },
  durableWrites: true,
  at: 0,
});
const local = (name: string): KeyspaceSchema => ({ ...simple(name, "1"), replication: { class: "LocalStrategy" } });

/** What every node has by itself. They hold no rows here but what `system` tells about the node. */
export const SYSTEM_KEYSPACES: readonly KeyspaceSchema[] = [
  local("system"),
  local("system_schema"),
  simple("system_auth", "1"),
  simple("system_distributed", "3"),
  simple("system_traces", "2"),
];

export class Schema {
  readonly #keyspaces = new Map<string, KeyspaceSchema>();
  readonly #tables = new Map<string, TableSchema>();

  keyspace(name: string): KeyspaceSchema | undefined {
    const found = this.#keyspaces.get(name) ?? SYSTEM_KEYSPACES.find((one) => one.name === name);
    return found?.dropped === true ? undefined : found;
  }

  table(keyspace: string, name: string): TableSchema | undefined {
    const found = this.#tables.get(`${keyspace}.${name}`);
    return found?.dropped === true || this.keyspace(keyspace) === undefined ? undefined : found;
  }

  /** Keyspaces that people made, by name. */
  get keyspaces(): KeyspaceSchema[] {
    return [...this.#keyspaces.values()].filter(({ dropped }) => dropped !== true).sort(byName);
  }

  tables(keyspace?: string): TableSchema[] {
    return [...this.#tables.values()]
      .filter((table) => keyspace === undefined || table.keyspace === keyspace)
      .filter((table) => this.table(table.keyspace, table.name) !== undefined)
      .sort(byName);
  }

  byId(id: string): TableSchema | undefined {
    return this.tables().find((table) => table.id === id);
  }

  put(definition: KeyspaceSchema | TableSchema): boolean {
    if ("columns" in definition) {
      const key = `${definition.keyspace}.${definition.name}`;
      if ((this.#tables.get(key)?.at ?? -1) >= definition.at) return false;
      this.#tables.set(key, definition);
    } else {
      if ((this.#keyspaces.get(definition.name)?.at ?? -1) >= definition.at) return false;
      this.#keyspaces.set(definition.name, definition);
    }
    return true;
  }

  /** Takes what another node knows; true where it was news. */
  merge(state: SchemaState): boolean {
    const news = [...state.keyspaces, ...state.tables].map((definition) => this.put(definition));
    return news.includes(true);
  }

  state(): SchemaState {
    return { keyspaces: [...this.#keyspaces.values()], tables: [...this.#tables.values()] };
  }

  /** The schema version: equal exactly where the definitions are. */
  get version(): string {
    const parts = [...this.#keyspaces.values(), ...this.#tables.values()].map((one) => JSON.stringify(one)).sort();
    const bytes = new TextEncoder().encode(parts.join("\n"));
    const word = (salt: number) =>
      BigInt.asUintN(64, tokenOf(new Uint8Array([salt, ...bytes])))
        .toString(16)
        .padStart(16, "0");
    const digits = word(1) + word(2);
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-3${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
  }
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

export function columnsOf(table: TableSchema, kind: ColumnSchema["kind"]): ColumnSchema[] {
  return table.columns.filter((column) => column.kind === kind);
}

export function columnOf(table: TableSchema, name: string): ColumnSchema | undefined {
  return table.columns.find((column) => column.name === name);
}

export function tokenOfKey(table: TableSchema, key: readonly CqlValue[]): bigint {
  return tokenOf(
    partitionKeyBytes(
      key,
      columnsOf(table, "partition_key").map(({ type }) => type),
    ),
  );
}

/** The order of rows in a partition. */
export function compareClustering(table: TableSchema, a: readonly CqlValue[], b: readonly CqlValue[]): number {
  for (const [index, column] of columnsOf(table, "clustering").entries()) {
    const order = compareValues(a[index] ?? null, b[index] ?? null, column.type);
    if (order !== 0) return column.descending === true ? -order : order;
  }
  return 0;
}
