/** SELECT. */
import type { Select, Selector } from "../cql/ast.ts";
import { type CqlType, type CqlValue, compareValues, invalid } from "../cql/types.ts";
import { columnOf, columnsOf, type TableSchema, tokenOfKey } from "../schema.ts";
import { type LiveRow, liveRows } from "../table.ts";
import {
  keyspaceOf,
  type QueryContext,
  type QueryResult,
  tableOf,
  type,
  undefinedColumn,
  type VirtualTable,
} from "./result.ts";
import { keysOf, type Restriction, restrictionsOf, satisfies } from "./where.ts";

const FILTERING =
  "Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING";

export async function select(context: QueryContext, statement: Select): Promise<QueryResult> {
  const keyspace = keyspaceOf(context, statement.table);
  const virtual = context.virtual(keyspace, statement.table.table);
  const table = virtual?.schema ?? tableOf(context, statement.table);
  const restrictions = restrictionsOf(context, table, statement.where);
  const keys = keysOf(
    columnsOf(table, "partition_key").map(({ name }) => name),
    restrictions,
  );
  check(context, table, statement, restrictions, keys !== undefined);
  const outputs = outputsOf(context, table, statement);
  const partitions = await partitionsOf(context, table, keys, virtual);
  const descending = statement.order[0]?.descending === true;
  const natural = columnsOf(table, "clustering")[0]?.descending === true;
  let rows: LiveRow[] = [];
  for (const partition of partitions) {
    await context.spend(10 * partition.length);
    let chosen = partition.filter((row) => satisfies(table, restrictions, row.values));
    if (statement.order.length > 0 && descending !== natural) chosen.reverse();
    if (statement.distinct) chosen = chosen.slice(0, 1);
    rows.push(...chosen.slice(0, statement.perPartition));
  }
  if (statement.order.length > 0 && partitions.length > 1) rows = sorted(table, rows, statement);
  if (outputs.some(({ total }) => total !== undefined)) {
    const values = outputs.map(({ total, of }) =>
      (total ?? ((all) => (all[0] === undefined ? null : of(all[0]))))(rows),
    );
    return { kind: "rows", columns: outputs, rows: [values] };
  }
  return {
    kind: "rows",
    columns: outputs.map(({ name, type }) => ({ name, type })),
    rows: rows.slice(0, statement.limit).map((row) => outputs.map(({ of }) => of(row))),
  };
}

async function partitionsOf(
  context: QueryContext,
  table: TableSchema,
  keys: readonly (readonly CqlValue[])[] | undefined,
  virtual: VirtualTable | undefined,
): Promise<LiveRow[][]> {
  if (virtual !== undefined) return virtual.rows.map((row) => [row]);
  if (keys === undefined) {
    const fragments = await context.coordinator.scan(table, context.consistency);
    return fragments.map((fragment) => liveRows(table, fragment, context.now));
  }
  const ordered = keys
    .map((key) => ({ key, token: tokenOfKey(table, key) }))
    .sort((a, b) => (a.token < b.token ? -1 : 1));
  const fragments = await Promise.all(
    ordered.map(({ key }) => context.coordinator.read(table, key, context.consistency)),
  );
  return fragments.map((fragment) => (fragment === undefined ? [] : liveRows(table, fragment, context.now)));
}

/** Refuses what Cassandra refuses: questions that only a search through everything could answer. */
function check(
  context: QueryContext,
  table: TableSchema,
  statement: Select,
  restrictions: readonly Restriction[],
  keyed: boolean,
): void {
  if (context.consistency === "ANY") throw invalid("ANY ConsistencyLevel is only supported for writes");
  if (context.consistency === "EACH_QUORUM") throw invalid("EACH_QUORUM ConsistencyLevel is only supported for writes");
  for (const { column } of statement.order) {
    const definition = columnOf(table, column);
    if (definition === undefined) throw undefinedColumn(context, table, column);
    if (definition.kind !== "clustering")
      throw invalid(`Order by is currently only supported on the clustered columns of the PRIMARY KEY, got ${column}`);
    if (!keyed) throw invalid("ORDER BY is only supported when the partition key is restricted by an EQ or an IN.");
  }
  for (const [index, { column, descending }] of statement.order.entries()) {
    const expected = columnsOf(table, "clustering")[index];
    if (expected?.name !== column)
      throw invalid(`Ordering by clustered columns must follow the declared order in the PRIMARY KEY`);
    const reversed = descending !== (expected.descending === true);
    const first = statement.order[0]?.descending !== (columnsOf(table, "clustering")[0]?.descending === true);
    if (reversed !== first) throw invalid("Unsupported order by relation");
  }
  if (statement.distinct) {
    const wrong = statement.selectors.find(
      (one) => one.kind === "column" && !["partition_key", "static"].includes(columnOf(table, one.name)?.kind ?? ""),
    );
    if (wrong !== undefined || statement.selectors.length === 0)
      throw invalid(
        `SELECT DISTINCT queries must only request partition key columns and/or static columns (not ${wrong?.kind === "column" ? wrong.name : "*"})`,
      );
  }
  if (statement.filtering) return;
  const plain = restrictions.filter(({ token }) => !token);
  const indexed = (one: Restriction) =>
    one.operator === "=" && table.indexes.some(({ column }) => column === one.column);
  const usesIndex = plain.some(indexed);
  for (const one of plain) {
    const kind = columnOf(table, one.column)?.kind;
    if (kind === "partition_key" && !["=", "IN"].includes(one.operator))
      throw invalid("Only EQ and IN relation are supported on the partition key (unless you use the token() function)");
    if (kind === "partition_key" && !keyed && !usesIndex) throw invalid(FILTERING);
    if ((kind === "regular" || kind === "static") && !indexed(one)) throw invalid(FILTERING);
    if (kind === "clustering" && !keyed && !usesIndex) throw invalid(FILTERING);
  }
  if (usesIndex) return;
  let before: string | undefined;
  let open: string | undefined;
  for (const { name } of columnsOf(table, "clustering")) {
    const here = plain.filter(({ column }) => column === name);
    if (here.length === 0) before ??= name;
    else if (before !== undefined)
      throw invalid(
        `PRIMARY KEY column "${name}" cannot be restricted as preceding column "${before}" is not restricted`,
      );
    else if (open !== undefined)
      throw invalid(
        `Clustering column "${name}" cannot be restricted (preceding column "${open}" is restricted by a non-EQ relation)`,
      );
    if (here.some(({ operator }) => !["=", "IN"].includes(operator))) open = name;
  }
}

function sorted(table: TableSchema, rows: readonly LiveRow[], statement: Select): LiveRow[] {
  return [...rows].sort((a, b) => {
    for (const { column, descending } of statement.order) {
      const definition = columnOf(table, column);
      if (definition === undefined) continue;
      const order = compareValues(a.values[column] ?? null, b.values[column] ?? null, definition.type);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

// -------------------------------------------------------------------------------------------------------------- columns

interface Output {
  readonly name: string;
  readonly type: CqlType;
  readonly of: (row: LiveRow) => CqlValue;
  readonly total?: (rows: readonly LiveRow[]) => CqlValue;
}

function outputsOf(context: QueryContext, table: TableSchema, { selectors, limit }: Select): Output[] {
  const column = (name: string, shown = name): Output => {
    const definition = columnOf(table, name);
    if (definition === undefined) throw undefinedColumn(context, table, name);
    return { name: shown, type: definition.type, of: (row) => row.values[name] ?? null };
  };
  if (selectors.length === 0) return table.columns.map(({ name }) => column(name));
  return selectors.map((selector) =>
    selector.kind === "column"
      ? column(selector.name, selector.alias)
      : called(context, table, selector, column, limit),
  );
}

function called(
  context: QueryContext,
  table: TableSchema,
  { name, columns, alias }: Extract<Selector, { kind: "call" }>,
  column: (name: string) => Output,
  _limit: number | undefined,
): Output {
  const [first] = columns;
  const label = (text: string) => alias ?? text;
  if (name === "count") {
    if (first === undefined) throw invalid("Invalid call to function count");
    const whole = first === "*" || /^\d+$/.test(first);
    const inner = whole ? undefined : column(first);
    const count = (rows: readonly LiveRow[]) =>
      String(inner === undefined ? rows.length : rows.filter((row) => inner.of(row) !== null).length);
    return {
      name: label(whole ? "count" : `system.count(${first})`),
      type: type("bigint"),
      of: () => null,
      total: count,
    };
  }
  if (name === "token") {
    const keys = columnsOf(table, "partition_key");
    if (columns.join() !== keys.map((key) => key.name).join())
      throw invalid("Invalid number of arguments in call to function token");
    const of = ({ values }: LiveRow) =>
      tokenOfKey(
        table,
        keys.map((key) => values[key.name] ?? null),
      ).toString();
    return { name: label(`system.token(${columns.join(", ")})`), type: type("bigint"), of };
  }
  if (name === "now" && first === undefined)
    throw invalid("functions without a column are not supported in SELECT here");
  if (first === undefined || first === "*" || columns.length !== 1) throw invalid(`Unknown function '${name}'`);
  const inner = column(first);
  const definition = columnOf(table, first);
  if (name === "ttl" || name === "writetime") {
    if (definition?.kind !== "regular" && definition?.kind !== "static")
      throw invalid(
        `Cannot use selection function ${name === "ttl" ? "ttl" : "writeTime"} on PRIMARY KEY part ${first}`,
      );
    if (name === "writetime")
      return {
        name: label(`writetime(${first})`),
        type: type("bigint"),
        of: ({ cells }) => (cells[first] === undefined ? null : String(cells[first].t)),
      };
    const left = ({ cells }: LiveRow) => {
      const expires = cells[first]?.x;
      return expires === undefined ? null : Math.ceil((expires - context.now) / 1000);
    };
    return { name: label(`ttl(${first})`), type: type("int"), of: left };
  }
  const present = (rows: readonly LiveRow[]) => rows.map(inner.of).filter((value) => value !== null);
  if (name === "min" || name === "max") {
    const total = (rows: readonly LiveRow[]) => {
      const values = present(rows).sort((a, b) => compareValues(a, b, inner.type));
      return (name === "min" ? values[0] : values.at(-1)) ?? null;
    };
    return { name: label(`system.${name}(${first})`), type: inner.type, of: () => null, total };
  }
  if (name === "sum" || name === "avg") {
    const whole = ["int", "smallint", "tinyint", "bigint", "varint"].includes(inner.type.name);
    if (!whole && !["float", "double", "decimal"].includes(inner.type.name))
      throw invalid(
        `Invalid call to function ${name}, none of its type signatures match (known type signatures: system.${name} : (int) -> int)`,
      );
    const total = (rows: readonly LiveRow[]): CqlValue => {
      const values = present(rows);
      if (whole) {
        const sum = values.reduce((all: bigint, value) => all + BigInt(value as string | number), 0n);
        const result = name === "sum" ? sum : values.length === 0 ? 0n : sum / BigInt(values.length);
        return ["bigint", "varint"].includes(inner.type.name) ? result.toString() : Number(result);
      }
      const sum = values.reduce((all: number, value) => all + Number(value), 0);
      return name === "sum" ? sum : values.length === 0 ? 0 : sum / values.length;
    };
    return { name: label(`system.${name}(${first})`), type: inner.type, of: () => null, total };
  }
  throw invalid(`Unknown function '${name}'`);
}
