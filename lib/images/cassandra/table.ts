/** Rows as Cassandra keeps them: every value with its time, deletions as marks. Merging is the only way to change. */
import { type CqlValue, compareValues } from "./cql/types.ts";
import { columnOf, compareClustering, type TableSchema, tokenOfKey } from "./schema.ts";

export interface Cell {
  /** The value; absent: a deletion. */
  readonly v?: CqlValue;
  /** Microseconds. */
  readonly t: number;
  /** When it expires, milliseconds. */
  readonly x?: number;
}
export type Cells = Record<string, Cell>;

interface Row {
  /** Values of the clustering columns. */
  readonly k: readonly CqlValue[];
  /** When an INSERT said the row is there, and when that expires. */
  l?: number;
  lx?: number;
  /** When it was deleted. */
  d?: number;
  readonly c: Cells;
}

/** A partition, or a change to one: they merge alike. Travels as JSON. */
export interface Fragment {
  readonly k: readonly CqlValue[];
  readonly d?: number;
  readonly s?: Cells;
  readonly rows?: readonly Row[];
}

interface Partition {
  readonly k: readonly CqlValue[];
  readonly token: bigint;
  d: number;
  readonly s: Cells;
  readonly rows: Map<string, Row>;
}

function mergeCells(into: Cells, from: Cells, table: TableSchema): boolean {
  let changed = false;
  for (const [name, cell] of Object.entries(from)) {
    const mine = into[name];
    if (mine !== undefined && !supersedes(cell, mine, table, name)) continue;
    into[name] = cell;
    changed = true;
  }
  return changed;
}

/** The later one wins; at the same time a deletion, then the greater value. */
function supersedes(cell: Cell, mine: Cell, table: TableSchema, name: string): boolean {
  if (cell.t !== mine.t) return cell.t > mine.t;
  if (cell.v === undefined || mine.v === undefined) return cell.v === undefined && mine.v !== undefined;
  const type = columnOf(table, name)?.type;
  return type !== undefined && compareValues(cell.v, mine.v, type) > 0;
}

export class TableData {
  readonly table: TableSchema;
  readonly #partitions = new Map<string, Partition>();

  constructor(table: TableSchema) {
    this.table = table;
  }

  /** Merges a change; true where it changed anything. */
  apply(fragment: Fragment): boolean {
    const key = JSON.stringify(fragment.k);
    let partition = this.#partitions.get(key);
    if (partition === undefined) {
      partition = { k: fragment.k, token: tokenOfKey(this.table, fragment.k), d: 0, s: {}, rows: new Map() };
      this.#partitions.set(key, partition);
    }
    let changed = false;
    if ((fragment.d ?? 0) > partition.d) {
      partition.d = fragment.d ?? 0;
      changed = true;
    }
    if (fragment.s !== undefined) changed = mergeCells(partition.s, fragment.s, this.table) || changed;
    for (const row of fragment.rows ?? []) changed = this.#applyRow(partition, row) || changed;
    return changed;
  }

  #applyRow(partition: Partition, row: Row): boolean {
    const key = JSON.stringify(row.k);
    let mine = partition.rows.get(key);
    if (mine === undefined) {
      mine = { k: row.k, c: {} };
      partition.rows.set(key, mine);
    }
    let changed = mergeCells(mine.c, row.c, this.table);
    if (row.l !== undefined && row.l > (mine.l ?? 0)) {
      mine.l = row.l;
      if (row.lx === undefined) delete mine.lx;
      else mine.lx = row.lx;
      changed = true;
    }
    if (row.d !== undefined && row.d > (mine.d ?? 0)) {
      mine.d = row.d;
      changed = true;
    }
    return changed;
  }

  get(key: readonly CqlValue[]): Fragment | undefined {
    const partition = this.#partitions.get(JSON.stringify(key));
    return partition === undefined ? undefined : fragmentOf(partition);
  }

  get size(): number {
    return this.#partitions.size;
  }

  *all(): Generator<{ readonly token: bigint; readonly fragment: Fragment }> {
    for (const partition of this.#partitions.values())
      yield { token: partition.token, fragment: fragmentOf(partition) };
  }

  remove(key: readonly CqlValue[]): void {
    this.#partitions.delete(JSON.stringify(key));
  }

  clear(): void {
    this.#partitions.clear();
  }

  /** Forgets marks of deletions older than `before` (microseconds) and what they hide. */
  purge(before: number, now: number): void {
    for (const [key, partition] of this.#partitions) {
      const gone = (cell: Cell) => (cell.v === undefined || (cell.x ?? Infinity) <= now) && cell.t < before;
      for (const [rowKey, row] of partition.rows) {
        const hidden = Math.max(row.d ?? 0, partition.d);
        for (const [name, cell] of Object.entries(row.c)) if (gone(cell) || cell.t <= hidden) delete row.c[name];
        const present = (row.l ?? 0) > hidden && (row.lx ?? Infinity) > now;
        if (!present && Object.keys(row.c).length === 0 && hidden < before) partition.rows.delete(rowKey);
      }
      for (const [name, cell] of Object.entries(partition.s))
        if (gone(cell) || cell.t <= partition.d) delete partition.s[name];
      if (partition.rows.size === 0 && Object.keys(partition.s).length === 0 && partition.d < before)
        this.#partitions.delete(key);
    }
  }
}

function fragmentOf({ k, d, s, rows }: Partition): Fragment {
  return {
    k,
    ...(d > 0 ? { d } : {}),
    ...(Object.keys(s).length > 0 ? { s } : {}),
    ...(rows.size > 0 ? { rows: [...rows.values()] } : {}),
  };
}

// -------------------------------------------------------------------------------------------------------------- reading

/** A row that is there at a moment: values by column, and the cells behind them. */
export interface LiveRow {
  readonly values: Readonly<Record<string, CqlValue>>;
  readonly cells: Readonly<Cells>;
}

function liveCells(cells: Cells, after: number, now: number): Cells {
  const live: Cells = {};
  for (const [name, cell] of Object.entries(cells)) {
    if (cell.v !== undefined && cell.t > after && (cell.x ?? Infinity) > now) live[name] = cell;
  }
  return live;
}

/** What of a partition is there at `now` (milliseconds), in clustering order. */
export function liveRows(table: TableSchema, fragment: Fragment, now: number): LiveRow[] {
  const deleted = fragment.d ?? 0;
  const statics = liveCells(fragment.s ?? {}, deleted, now);
  const keys = table.columns.filter(({ kind }) => kind === "partition_key");
  const clustering = table.columns.filter(({ kind }) => kind === "clustering");
  const base: Record<string, CqlValue> = {};
  for (const column of table.columns) base[column.name] = null;
  for (const [index, { name }] of keys.entries()) base[name] = fragment.k[index] ?? null;
  for (const [name, cell] of Object.entries(statics)) base[name] = cell.v ?? null;
  const found: { readonly row: Row; readonly live: LiveRow }[] = [];
  for (const row of fragment.rows ?? []) {
    const hidden = Math.max(deleted, row.d ?? 0);
    const cells = liveCells(row.c, hidden, now);
    const present = (row.l ?? 0) > hidden && (row.lx ?? Infinity) > now;
    if (!present && Object.keys(cells).length === 0) continue;
    const values = { ...base };
    for (const [index, { name }] of clustering.entries()) values[name] = row.k[index] ?? null;
    for (const [name, cell] of Object.entries(cells)) values[name] = cell.v ?? null;
    found.push({ row, live: { values, cells: { ...statics, ...cells } } });
  }
  // A partition of static values alone shows as one row without clustering values.
  if (found.length === 0 && Object.keys(statics).length > 0) return [{ values: base, cells: statics }];
  return found.sort((a, b) => compareClustering(table, a.row.k, b.row.k)).map(({ live }) => live);
}

/** Several nodes' answers for one partition as one. */
export function mergeFragments(table: TableSchema, fragments: readonly Fragment[]): Fragment | undefined {
  const [first] = fragments;
  if (first === undefined) return undefined;
  const data = new TableData(table);
  for (const fragment of fragments) data.apply(structuredClone(fragment));
  return data.get(first.k);
}
