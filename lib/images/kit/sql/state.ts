/**
 * Everything a PostgreSQL cluster knows: databases, roles, relations and rows. Changes come as records of a write-ahead
 * log, on the primary when a transaction commits, on a standby when they arrive; both leave the same state.
 */
import type { Expr } from "./ast.ts";
import { type Raw, SqlError, type TypeName } from "./values.ts";

export interface ColumnInfo {
  readonly name: string;
  readonly type: TypeName;
  readonly size: readonly number[];
  readonly notNull: boolean;
  readonly default?: { readonly expr: Expr; readonly text: string };
  readonly identity?: "ALWAYS" | "BY DEFAULT";
}

export type Constraint = { readonly name: string } & (
  | { readonly kind: "primary" | "unique"; readonly columns: readonly string[] }
  | { readonly kind: "check"; readonly expr: Expr; readonly text: string }
  | {
      readonly kind: "foreign";
      readonly columns: readonly string[];
      readonly table: string;
      readonly target: readonly string[];
      readonly onDelete: "NO ACTION" | "CASCADE" | "SET NULL" | "RESTRICT";
    }
);

export interface Relation {
  readonly oid: number;
  readonly database: string;
  readonly name: string;
  readonly kind: "table" | "sequence";
  readonly owner: string;
  readonly columns: readonly ColumnInfo[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly { readonly name: string; readonly columns: readonly string[]; readonly unique: boolean }[];
  /** Of a sequence. */
  readonly start?: number;
  readonly increment?: number;
  /** The column a sequence belongs to. */
  readonly ownedBy?: string;
}

export interface Role {
  readonly name: string;
  readonly superuser: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  /** A digest; absent: no password. */
  readonly password?: string;
}

export type Row = readonly Raw[];

export type Change =
  | { readonly c: "put"; readonly oid: number; readonly id: number; readonly row: Row }
  | { readonly c: "del"; readonly oid: number; readonly id: number }
  | { readonly c: "clear"; readonly oid: number }
  | { readonly c: "rel"; readonly relation: Relation }
  | { readonly c: "drop"; readonly oid: number }
  | { readonly c: "seq"; readonly oid: number; readonly value: number; readonly called: boolean }
  | { readonly c: "db"; readonly name: string; readonly oid: number; readonly owner: string }
  | { readonly c: "dropdb"; readonly name: string }
  | { readonly c: "role"; readonly role: Role }
  | { readonly c: "droprole"; readonly name: string };

export interface WalRecord {
  /** Where it ends. */
  readonly lsn: number;
  /** When it was committed, milliseconds. */
  readonly at: number;
  readonly changes: readonly Change[];
}

export interface Sequence {
  value: number;
  called: boolean;
}

export interface Table {
  relation: Relation;
  readonly rows: Map<number, Row>;
}

export interface StateDump {
  readonly databases: readonly { readonly name: string; readonly oid: number; readonly owner: string }[];
  readonly roles: readonly Role[];
  readonly tables: readonly { readonly relation: Relation; readonly rows: readonly (readonly [number, Row])[] }[];
  readonly sequences: readonly (readonly [number, Sequence])[];
  readonly nextOid: number;
  readonly nextRow: number;
}

export const FIRST_OID = 16_384;

export class State {
  readonly databases = new Map<string, { readonly oid: number; readonly owner: string }>();
  readonly roles = new Map<string, Role>();
  readonly tables = new Map<number, Table>();
  readonly sequences = new Map<number, Sequence>();
  nextOid = FIRST_OID;
  nextRow = 1;

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  #applyOne(change: Change): void {
    switch (change.c) {
      case "put":
        this.tables.get(change.oid)?.rows.set(change.id, change.row);
        this.nextRow = Math.max(this.nextRow, change.id + 1);
        return;
      case "del":
        this.tables.get(change.oid)?.rows.delete(change.id);
        return;
      case "clear":
        this.tables.get(change.oid)?.rows.clear();
        return;
      case "rel": {
        const { relation } = change;
        const table = this.tables.get(relation.oid);
        if (table === undefined) this.tables.set(relation.oid, { relation, rows: new Map() });
        else table.relation = relation;
        if (relation.kind === "sequence" && !this.sequences.has(relation.oid))
          this.sequences.set(relation.oid, { value: relation.start ?? 1, called: false });
        this.nextOid = Math.max(this.nextOid, relation.oid + 1);
        return;
      }
      case "drop":
        this.tables.delete(change.oid);
        this.sequences.delete(change.oid);
        return;
      case "seq":
        this.sequences.set(change.oid, { value: change.value, called: change.called });
        return;
      case "db":
        this.databases.set(change.name, { oid: change.oid, owner: change.owner });
        this.nextOid = Math.max(this.nextOid, change.oid + 1);
        return;
      case "dropdb":
        this.databases.delete(change.name);
        for (const [oid, { relation }] of this.tables) if (relation.database === change.name) this.tables.delete(oid);
        return;
      case "role":
        this.roles.set(change.role.name, change.role);
        return;
      case "droprole":
        this.roles.delete(change.name);
    }
  }

  dump(): StateDump {
    return {
      databases: [...this.databases].map(([name, { oid, owner }]) => ({ name, oid, owner })),
      roles: [...this.roles.values()],
      tables: [...this.tables.values()].map(({ relation, rows }) => ({ relation, rows: [...rows] })),
      sequences: [...this.sequences].map(([oid, sequence]) => [oid, { ...sequence }] as const),
      nextOid: this.nextOid,
      nextRow: this.nextRow,
    };
  }

  load(dump: StateDump): void {
    for (const map of [this.databases, this.roles, this.tables, this.sequences]) map.clear();
    for (const { name, oid, owner } of dump.databases) this.databases.set(name, { oid, owner });
    for (const role of dump.roles) this.roles.set(role.name, role);
    for (const { relation, rows } of dump.tables) this.tables.set(relation.oid, { relation, rows: new Map(rows) });
    for (const [oid, sequence] of dump.sequences) this.sequences.set(oid, { ...sequence });
    this.nextOid = dump.nextOid;
    this.nextRow = dump.nextRow;
  }
}

/** Characters that one transaction may write. */
const MAX_HELD = 64 * 1024 * 1024;

/** What a transaction has changed so far, over what is committed. */
export class Transaction {
  readonly changes: Change[] = [];
  readonly #state: State;
  readonly #rows = new Map<number, { readonly rows: Map<number, Row | undefined>; cleared: boolean }>();
  readonly #relations = new Map<number, Relation | undefined>();
  readonly #databases = new Map<string, boolean>();
  #held = 0;
  readonly #roles = new Map<string, Role | undefined>();

  constructor(state: State) {
    this.#state = state;
  }

  relation(database: string, name: string): Relation | undefined {
    return this.relations(database).find((one) => one.name === name);
  }

  relations(database: string): Relation[] {
    const found: Relation[] = [];
    for (const [oid, { relation }] of this.#state.tables) if (!this.#relations.has(oid)) found.push(relation);
    for (const relation of this.#relations.values()) if (relation !== undefined) found.push(relation);
    return found.filter((relation) => relation.database === database);
  }

  *rows(oid: number): Generator<readonly [number, Row]> {
    const own = this.#rows.get(oid);
    if (own?.cleared !== true) {
      for (const [id, row] of this.#state.tables.get(oid)?.rows ?? [])
        if (own === undefined || !own.rows.has(id)) yield [id, row];
    }
    for (const [id, row] of own?.rows ?? []) if (row !== undefined) yield [id, row];
  }

  #own(oid: number) {
    let own = this.#rows.get(oid);
    if (own === undefined) {
      own = { rows: new Map(), cleared: false };
      this.#rows.set(oid, own);
    }
    return own;
  }

  put(oid: number, row: Row): void {
    for (const value of row) this.#held += typeof value === "string" ? value.length : 8;
    if (this.#held > MAX_HELD) throw new SqlError("53200", "out of memory");
    const id = this.#state.nextRow++;
    this.#own(oid).rows.set(id, row);
    this.changes.push({ c: "put", oid, id, row });
  }

  /** A changed row is a new one, as everywhere where readers are not to be disturbed. */
  replace(oid: number, id: number, row: Row): void {
    this.remove(oid, id);
    this.put(oid, row);
  }

  remove(oid: number, id: number): void {
    this.#own(oid).rows.set(id, undefined);
    this.changes.push({ c: "del", oid, id });
  }

  clear(oid: number): void {
    const own = this.#own(oid);
    own.rows.clear();
    own.cleared = true;
    this.changes.push({ c: "clear", oid });
  }

  putRelation(relation: Relation): void {
    this.#relations.set(relation.oid, relation);
    this.changes.push({ c: "rel", relation });
  }

  dropRelation(oid: number): void {
    this.#relations.set(oid, undefined);
    this.changes.push({ c: "drop", oid });
  }

  newOid(): number {
    return this.#state.nextOid++;
  }

  /** Sequences do not wait for the end of a transaction, and do not go back with it. */
  sequence(relation: Relation): Sequence {
    let sequence = this.#state.sequences.get(relation.oid);
    if (sequence === undefined) {
      sequence = { value: relation.start ?? 1, called: false };
      this.#state.sequences.set(relation.oid, sequence);
    }
    return sequence;
  }

  setSequence(relation: Relation, value: number, called: boolean): void {
    this.#state.sequences.set(relation.oid, { value, called });
    this.changes.push({ c: "seq", oid: relation.oid, value, called });
  }

  hasDatabase(name: string): boolean {
    return this.#databases.get(name) ?? this.#state.databases.has(name);
  }

  createDatabase(name: string, owner: string): void {
    this.#databases.set(name, true);
    this.changes.push({ c: "db", name, oid: this.newOid(), owner });
  }

  dropDatabase(name: string): void {
    this.#databases.set(name, false);
    this.changes.push({ c: "dropdb", name });
  }

  role(name: string): Role | undefined {
    return this.#roles.has(name) ? this.#roles.get(name) : this.#state.roles.get(name);
  }

  putRole(role: Role): void {
    this.#roles.set(role.name, role);
    this.changes.push({ c: "role", role });
  }

  dropRole(name: string): void {
    this.#roles.set(name, undefined);
    this.changes.push({ c: "droprole", name });
  }
}
