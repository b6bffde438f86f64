/**
 * Everything a database server knows: databases, roles, relations and rows. Changes come as records of a log, on the
 * primary when a transaction commits, on a standby when they arrive; both leave the same state.
 */
import type { Expr, ReferentialAction } from "./ast.ts";
import { type Raw, SqlError, type TypeName } from "./values.ts";

export interface ColumnInfo {
  readonly name: string;
  readonly type: TypeName;
  readonly size: readonly number[];
  readonly notNull: boolean;
  readonly default?: { readonly expr: Expr; readonly text: string };
  readonly identity?: "ALWAYS" | "BY DEFAULT";
  /** MySQL: the type in its own words, e.g. "int unsigned". */
  readonly declared?: string;
  readonly unsigned?: boolean;
  readonly autoIncrement?: boolean;
  /** ON UPDATE CURRENT_TIMESTAMP. */
  readonly touched?: boolean;
  /** What an enumeration allows. */
  readonly values?: readonly string[];
  readonly comment?: string;
}

export type Constraint = { readonly name: string } & (
  | { readonly kind: "primary" | "unique"; readonly columns: readonly string[] }
  | { readonly kind: "check"; readonly expr: Expr; readonly text: string }
  | {
      readonly kind: "foreign";
      readonly columns: readonly string[];
      readonly table: string;
      readonly target: readonly string[];
      readonly onDelete: ReferentialAction;
    }
);

/** What somebody may do with an object, and who said so. */
export interface Grant {
  /** Empty: everybody. */
  readonly grantee: string;
  readonly grantor: string;
  /** One letter each, as PostgreSQL shows them. */
  readonly privileges: string;
  /** Those that may be passed on. */
  readonly options: string;
}

/** Absent: what the owner has by being the owner, and what everybody has by default. */
export type Acl = readonly Grant[];

/** What is granted on objects as they are made (ALTER DEFAULT PRIVILEGES). */
export interface DefaultGrants {
  readonly role: string;
  readonly what: "TABLE" | "SEQUENCE";
  readonly acl: Acl;
}

export interface DatabaseInfo {
  readonly oid: number;
  readonly owner: string;
  readonly acl?: Acl;
  /** Of the schema public. */
  readonly schemaAcl?: Acl;
  readonly defaults?: readonly DefaultGrants[];
}

export interface Membership {
  readonly role: string;
  /** May be passed on. */
  readonly admin: boolean;
}

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
  readonly acl?: Acl;
}

/** Whoever can log in. */
interface Named {
  readonly name: string;
}

export interface Role extends Named {
  readonly superuser: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly createDatabase: boolean;
  readonly createRole: boolean;
  /** A digest; absent: no password. */
  readonly password?: string;
  /** The name under which the password was set, where the role has another now. */
  readonly passwordName?: string;
  /** False: what it is a member of counts only after SET ROLE. */
  readonly inherit?: boolean;
  readonly bypassRls?: boolean;
  readonly connectionLimit?: number;
  /** When its password ends, milliseconds. */
  readonly validUntil?: number;
  readonly memberOf?: readonly Membership[];
}

export type Row = readonly Raw[];

export type Change<R extends Named = Role> =
  | { readonly c: "put"; readonly oid: number; readonly id: number; readonly row: Row }
  | { readonly c: "del"; readonly oid: number; readonly id: number }
  | { readonly c: "clear"; readonly oid: number }
  | { readonly c: "rel"; readonly relation: Relation }
  | { readonly c: "drop"; readonly oid: number }
  | { readonly c: "seq"; readonly oid: number; readonly value: number; readonly called: boolean }
  | ({ readonly c: "db"; readonly name: string } & DatabaseInfo)
  | { readonly c: "dropdb"; readonly name: string }
  | { readonly c: "role"; readonly role: R }
  | { readonly c: "droprole"; readonly name: string };

export interface WalRecord<R extends Named = Role> {
  /** Where it ends. */
  readonly lsn: number;
  /** When it was committed, milliseconds. */
  readonly at: number;
  readonly changes: readonly Change<R>[];
}

interface Sequence {
  value: number;
  called: boolean;
}

interface Table {
  relation: Relation;
  readonly rows: Map<number, Row>;
}

export interface StateDump<R extends Named = Role> {
  readonly databases: readonly ({ readonly name: string } & DatabaseInfo)[];
  readonly roles: readonly R[];
  readonly tables: readonly { readonly relation: Relation; readonly rows: readonly (readonly [number, Row])[] }[];
  readonly sequences: readonly (readonly [number, Sequence])[];
  readonly nextOid: number;
  readonly nextRow: number;
}

export const FIRST_OID = 16_384;

/** Tables as they were: a copy is made of a table only when it is about to change. */
export interface Snapshot {
  readonly rows: Map<number, ReadonlyMap<number, Row>>;
}

export class State<R extends Named = Role> {
  readonly databases = new Map<string, DatabaseInfo>();
  readonly roles = new Map<string, R>();
  readonly tables = new Map<number, Table>();
  readonly sequences = new Map<number, Sequence>();
  nextOid = FIRST_OID;
  nextRow = 1;
  readonly #snapshots = new Set<Snapshot>();

  /** What is committed now, for as long as it is held. */
  hold(): Snapshot {
    const snapshot: Snapshot = { rows: new Map() };
    this.#snapshots.add(snapshot);
    return snapshot;
  }

  release(snapshot: Snapshot): void {
    this.#snapshots.delete(snapshot);
  }

  #keep(oid: number): void {
    for (const { rows } of this.#snapshots)
      if (!rows.has(oid)) rows.set(oid, new Map(this.tables.get(oid)?.rows ?? []));
  }

  apply(changes: readonly Change<R>[]): void {
    for (const change of changes) {
      if (this.#snapshots.size > 0 && "oid" in change && change.c !== "db") this.#keep(change.oid);
      this.#applyOne(change);
    }
  }

  #applyOne(change: Change<R>): void {
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
      case "db": {
        const { c: _c, name, ...info } = change;
        this.databases.set(name, info);
        this.nextOid = Math.max(this.nextOid, change.oid + 1);
        return;
      }
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

  dump(): StateDump<R> {
    return {
      databases: [...this.databases].map(([name, info]) => ({ name, ...info })),
      roles: [...this.roles.values()],
      tables: [...this.tables.values()].map(({ relation, rows }) => ({ relation, rows: [...rows] })),
      sequences: [...this.sequences].map(([oid, sequence]) => [oid, { ...sequence }] as const),
      nextOid: this.nextOid,
      nextRow: this.nextRow,
    };
  }

  load(dump: StateDump<R>): void {
    for (const map of [this.databases, this.roles, this.tables, this.sequences]) map.clear();
    for (const { name, ...info } of dump.databases) this.databases.set(name, info);
    for (const role of dump.roles) this.roles.set(role.name, role);
    for (const { relation, rows } of dump.tables) this.tables.set(relation.oid, { relation, rows: new Map(rows) });
    for (const [oid, sequence] of dump.sequences) this.sequences.set(oid, { ...sequence });
    this.nextOid = dump.nextOid;
    this.nextRow = dump.nextRow;
  }
}

/** Changes with numbers of their own for the rows that had temporary ones, in the order in which they are applied. */
export function numbered<R extends Named>(changes: readonly Change<R>[], state: State<R>): Change<R>[] {
  const ids = new Map<number, number>();
  let next = state.nextRow;
  return changes.map((change) => {
    if ((change.c !== "put" && change.c !== "del") || change.id >= 0) return change;
    let id = ids.get(change.id);
    if (id === undefined) {
      id = next++;
      ids.set(change.id, id);
    }
    return { ...change, id };
  });
}

/** Characters that one transaction may write. */
const MAX_HELD = 64 * 1024 * 1024;

/** What a transaction has changed so far, over what is committed. */
export class Transaction<R extends Named = Role> {
  readonly changes: Change<R>[] = [];
  readonly #state: State<R>;
  readonly #rows = new Map<number, { readonly rows: Map<number, Row | undefined>; cleared: boolean }>();
  readonly #relations = new Map<number, Relation | undefined>();
  readonly #databases = new Map<string, DatabaseInfo | undefined>();
  #held = 0;
  readonly #roles = new Map<string, R | undefined>();
  readonly #temporary: boolean;
  #lastTemporary = 0;

  /**
   * `temporaryIds`: rows are numbered only once their place among all transactions is known (`numbered`); until then
   * their numbers are negative.
   */
  constructor(state: State<R>, options: { readonly temporaryIds?: boolean } = {}) {
    this.#state = state;
    this.#temporary = options.temporaryIds === true;
  }

  /** Forgets all changes but the first ones. */
  rewind(length: number): void {
    const kept = this.changes.slice(0, length);
    this.changes.length = 0;
    this.#rows.clear();
    this.#relations.clear();
    this.#databases.clear();
    this.#roles.clear();
    for (const change of kept) {
      this.changes.push(change);
      if (change.c === "put") this.#own(change.oid).rows.set(change.id, change.row);
      else if (change.c === "del") this.#own(change.oid).rows.set(change.id, undefined);
      else if (change.c === "clear") {
        this.#own(change.oid).rows.clear();
        this.#own(change.oid).cleared = true;
      } else if (change.c === "rel") this.#relations.set(change.relation.oid, change.relation);
      else if (change.c === "drop") this.#relations.set(change.oid, undefined);
      else if (change.c === "db") {
        const { c: _c, name, ...info } = change;
        this.#databases.set(name, info);
      } else if (change.c === "dropdb") this.#databases.set(change.name, undefined);
      else if (change.c === "role") this.#roles.set(change.role.name, change.role);
      else if (change.c === "droprole") this.#roles.set(change.name, undefined);
    }
  }

  relation(database: string, name: string): Relation | undefined {
    return this.relations(database).find((one) => one.name === name);
  }

  relations(database: string): Relation[] {
    return this.allRelations().filter((relation) => relation.database === database);
  }

  allRelations(): Relation[] {
    const found: Relation[] = [];
    for (const [oid, { relation }] of this.#state.tables) if (!this.#relations.has(oid)) found.push(relation);
    for (const relation of this.#relations.values()) if (relation !== undefined) found.push(relation);
    return found;
  }

  /** A table's rows with what this transaction did to them; over `view` where it is given, over what is committed else. */
  *rows(oid: number, view?: Snapshot): Generator<readonly [number, Row]> {
    const own = this.#rows.get(oid);
    if (own?.cleared !== true) {
      for (const [id, row] of view?.rows.get(oid) ?? this.#state.tables.get(oid)?.rows ?? [])
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
    const id = this.#temporary ? --this.#lastTemporary : this.#state.nextRow++;
    this.#own(oid).rows.set(id, row);
    this.changes.push({ c: "put", oid, id, row });
  }

  /** A changed row is a new one at the end (PostgreSQL's heap), or stays where it is (where rows are numbered late). */
  replace(oid: number, id: number, row: Row): void {
    if (this.#temporary) {
      this.#own(oid).rows.set(id, row);
      this.changes.push({ c: "put", oid, id, row });
      return;
    }
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

  database(name: string): DatabaseInfo | undefined {
    return this.#databases.has(name) ? this.#databases.get(name) : this.#state.databases.get(name);
  }

  hasDatabase(name: string): boolean {
    return this.database(name) !== undefined;
  }

  databases(): [name: string, info: DatabaseInfo][] {
    const names = new Set([...this.#state.databases.keys(), ...this.#databases.keys()]);
    return [...names].flatMap((name) => {
      const info = this.database(name);
      return info === undefined ? [] : [[name, info] as [string, DatabaseInfo]];
    });
  }

  createDatabase(name: string, owner: string): void {
    this.putDatabase(name, { oid: this.newOid(), owner });
  }

  putDatabase(name: string, info: DatabaseInfo): void {
    this.#databases.set(name, info);
    this.changes.push({ c: "db", name, ...info });
  }

  dropDatabase(name: string): void {
    this.#databases.set(name, undefined);
    this.changes.push({ c: "dropdb", name });
  }

  role(name: string): R | undefined {
    return this.#roles.has(name) ? this.#roles.get(name) : this.#state.roles.get(name);
  }

  roles(): R[] {
    const names = new Set([...this.#state.roles.keys(), ...this.#roles.keys()]);
    return [...names].flatMap((name) => this.role(name) ?? []);
  }

  putRole(role: R): void {
    this.#roles.set(role.name, role);
    this.changes.push({ c: "role", role });
  }

  dropRole(name: string): void {
    this.#roles.set(name, undefined);
    this.changes.push({ c: "droprole", name });
  }
}
