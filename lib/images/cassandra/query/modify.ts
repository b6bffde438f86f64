/** INSERT, UPDATE, DELETE, BATCH and TRUNCATE. */

import { LinkLost } from "../../kit/rpc.ts";
import type { CasOutcome } from "../coordinator.ts";
import type { Modification, Relation } from "../cql/ast.ts";
import { CqlError, type CqlValue, invalid, type Term, toValue } from "../cql/types.ts";
import { type ColumnSchema, columnOf, columnsOf, type TableSchema } from "../schema.ts";
import { type Cell, type Cells, type Fragment, liveRows } from "../table.ts";
import { type QueryContext, type QueryResult, tableOf, type, undefinedColumn } from "./result.ts";
import { keysOf, restrictionsOf, satisfies } from "./where.ts";

interface Change {
  readonly table: TableSchema;
  readonly key: readonly CqlValue[];
  readonly fragment: Fragment;
}

const VOID: QueryResult = { kind: "void" };

export async function modify(context: QueryContext, statement: Modification): Promise<QueryResult> {
  if (statement.condition !== "none") return conditional(context, statement);
  for (const { table, fragment } of changesOf(context, statement))
    await context.coordinator.write(table, fragment, context.consistency);
  return VOID;
}

export async function batch(
  context: QueryContext,
  statements: readonly Modification[],
  timestamp: number | undefined,
): Promise<QueryResult> {
  const at = timestamp ?? context.timestamp();
  const changes = statements.flatMap((statement) => changesOf({ ...context, timestamp: () => at }, statement));
  for (const { table, fragment } of changes)
    await context.coordinator.write(table, fragment, context.consistency, "BATCH");
  return VOID;
}

export async function truncate(context: QueryContext, table: TableSchema): Promise<QueryResult> {
  const { gossip, storage, coordinator } = context;
  const members = coordinator.ring.members.map(({ hostId }) => hostId);
  const failed = () => new CqlError("Server", "Error during truncate: Cannot achieve consistency level ALL");
  if (!members.every((hostId) => gossip.isUp(hostId))) throw failed();
  for (const hostId of members) {
    if (hostId === gossip.self.hostId) storage.truncate(table, context.now);
    else {
      try {
        await gossip.ask(hostId, { type: "truncate", id: table.id });
      } catch (problem) {
        if (problem instanceof LinkLost) throw failed();
        throw problem;
      }
    }
  }
  return VOID;
}

// ------------------------------------------------------------------------------------------------------------- changes

function cellOf(
  context: QueryContext,
  column: ColumnSchema,
  term: Term,
  at: number,
  expires: number | undefined,
): Cell {
  const value = toValue(term, column.type, { ...context, column: column.name });
  if (value === null) return { t: at };
  return expires === undefined ? { v: value, t: at } : { v: value, t: at, x: expires };
}

function changesOf(context: QueryContext, statement: Modification): Change[] {
  const table = tableOf(context, statement.table);
  const at = statement.timestamp ?? context.timestamp();
  const ttl = statement.kind === "delete" ? 0 : (statement.ttl ?? table.defaultTtl);
  const expires = ttl > 0 ? context.now + ttl * 1000 : undefined;
  const { keys, rows } = keysOfStatement(context, table, statement);
  const cells: Cells = {};
  const statics: Cells = {};
  const put = (name: string, term: Term) => {
    const column = columnOf(table, name);
    if (column === undefined) throw undefinedColumn(context, table, name);
    if (column.kind === "static") statics[name] = cellOf(context, column, term, at, expires);
    else if (column.kind === "regular") cells[name] = cellOf(context, column, term, at, expires);
    else if (statement.kind === "update") throw invalid(`PRIMARY KEY part ${name} found in SET part`);
    else if (statement.kind === "delete")
      throw invalid(`Invalid identifier ${name} for deletion (should not be a PRIMARY KEY part)`);
  };
  if (statement.kind === "insert") {
    for (const [index, name] of statement.columns.entries()) put(name, statement.values[index] ?? { kind: "null" });
  } else if (statement.kind === "update") for (const { column, term } of statement.set) put(column, term);
  else for (const name of statement.columns) put(name, { kind: "null" });
  const whole = statement.kind === "delete" && statement.columns.length === 0;
  const fragmentOf = (key: readonly CqlValue[]): Fragment => {
    if (whole && rows === undefined) return { k: key, d: at };
    const one = (k: readonly CqlValue[]) => ({
      k,
      ...(statement.kind === "insert" ? { l: at, ...(expires === undefined ? {} : { lx: expires }) } : {}),
      ...(whole ? { d: at } : {}),
      c: { ...cells },
    });
    const onlyStatic = rows === undefined;
    return {
      k: key,
      ...(Object.keys(statics).length > 0 ? { s: statics } : {}),
      ...(onlyStatic ? {} : { rows: rows.map(one) }),
    };
  };
  return keys.map((key) => ({ table, key, fragment: fragmentOf(key) }));
}

/** The partitions and rows a statement names; no rows: the partition as such (or its static columns). */
function keysOfStatement(context: QueryContext, table: TableSchema, statement: Modification) {
  const partition = columnsOf(table, "partition_key").map(({ name }) => name);
  const clustering = columnsOf(table, "clustering").map(({ name }) => name);
  const relations: readonly Relation[] =
    statement.kind === "insert"
      ? statement.columns.flatMap((column, index) => {
          const definition = columnOf(table, column);
          if (definition === undefined) throw undefinedColumn(context, table, column);
          const term = statement.values[index];
          const isKey = definition.kind === "partition_key" || definition.kind === "clustering";
          return isKey && term !== undefined ? [{ column, token: false, operator: "=" as const, terms: [term] }] : [];
        })
      : statement.where;
  const restrictions = restrictionsOf(context, table, relations);
  const foreign = restrictions.filter(({ column, token }) => !token && ![...partition, ...clustering].includes(column));
  if (foreign.length > 0)
    throw invalid(`Non PRIMARY KEY columns found in where clause: ${foreign.map(({ column }) => column).join(", ")} `);
  if (restrictions.some(({ token }) => token))
    throw invalid(`The token function cannot be used in WHERE clauses for ${statement.kind.toUpperCase()} statements`);
  const wrong = restrictions.find(({ operator }) => operator !== "=" && operator !== "IN");
  if (wrong !== undefined) {
    if (partition.includes(wrong.column))
      throw invalid("Only EQ and IN relation are supported on the partition key (unless you use the token() function)");
    throw invalid(
      statement.kind === "update"
        ? `Slice restrictions are not supported on the clustering columns in UPDATE statements`
        : "deleting a range of rows is not supported here",
    );
  }
  const missing = (names: readonly string[]) =>
    names.filter((name) => !restrictions.some(({ column }) => column === name)).join(", ");
  const keys = keysOf(partition, restrictions);
  if (keys === undefined) throw invalid(`Some partition key parts are missing: ${missing(partition)}`);
  const rows = keysOf(clustering, restrictions);
  if (rows !== undefined) return { keys, rows };
  const named =
    statement.kind === "insert"
      ? statement.columns.filter((name) => ![...partition, ...clustering].includes(name))
      : statement.kind === "update"
        ? statement.set.map(({ column }) => column)
        : statement.columns;
  const onlyStatic = named.length > 0 && named.every((name) => columnOf(table, name)?.kind === "static");
  const none = restrictions.every(({ column }) => !clustering.includes(column));
  if (none && (onlyStatic || (statement.kind === "delete" && named.length === 0))) return { keys, rows: undefined };
  if (statement.kind === "delete" && named.length === 0)
    throw invalid("deleting a range of rows is not supported here");
  throw invalid(`Some clustering keys are missing: ${missing(clustering)}`);
}

// ---------------------------------------------------------------------------------------------------------- conditions

const APPLIED = { name: "[applied]", type: type("boolean") };

/** Decides a condition on this node, which is the one that decides for the partition. */
export async function decide(context: QueryContext, statement: Modification): Promise<CasOutcome> {
  const [change, ...others] = changesOf(context, statement);
  if (change === undefined || others.length > 0)
    throw invalid("IN on the partition key is not supported with conditional updates");
  const { table, key, fragment } = change;
  const current = await context.coordinator.read(table, key, "QUORUM");
  if (!holds(context, table, statement, fragment, current)) {
    return { applied: false, ...(current === undefined ? {} : { current }) };
  }
  await context.coordinator.write(table, fragment, strongest(context.consistency), "CAS");
  return { applied: true };
}

const strongest = (level: QueryContext["consistency"]) =>
  level === "ALL" || level === "EACH_QUORUM" ? level : "QUORUM";

function currentRow(context: QueryContext, table: TableSchema, fragment: Fragment, current: Fragment | undefined) {
  const wanted = fragment.rows?.[0]?.k ?? [];
  const clustering = columnsOf(table, "clustering").map(({ name }) => name);
  return (current === undefined ? [] : liveRows(table, current, context.now)).find(({ values }) =>
    clustering.every((name, index) => JSON.stringify(values[name]) === JSON.stringify(wanted[index])),
  );
}

function holds(
  context: QueryContext,
  table: TableSchema,
  { condition }: Modification,
  fragment: Fragment,
  current: Fragment | undefined,
): boolean {
  const row = currentRow(context, table, fragment, current);
  if (condition === "none") return true;
  if (condition === "not exists") return row === undefined;
  if (condition === "exists") return row !== undefined;
  // IF v = null holds where there is no value.
  const nulls = condition.filter(({ terms, operator }) => operator === "=" && terms[0]?.kind === "null");
  if (nulls.some(({ column }) => (row?.values[column] ?? null) !== null)) return false;
  const rest = condition.filter((relation) => !nulls.includes(relation));
  return rest.length === 0 || (row !== undefined && satisfies(table, restrictionsOf(context, table, rest), row.values));
}

async function conditional(context: QueryContext, statement: Modification): Promise<QueryResult> {
  if (statement.timestamp !== undefined) throw invalid("Cannot provide custom timestamp for conditional updates");
  const [change] = changesOf(context, statement);
  if (change === undefined) return VOID;
  const { table, key, fragment } = change;
  const outcome = await context.coordinator.conditionally(table, key, statement, context.consistency, () =>
    decide(context, statement),
  );
  const row = outcome.applied ? undefined : currentRow(context, table, fragment, outcome.current);
  const { condition } = statement;
  const names = Array.isArray(condition)
    ? (condition as readonly Relation[]).map(({ column }) => column)
    : condition === "not exists"
      ? table.columns.map(({ name }) => name)
      : [];
  const shown = row === undefined ? [] : names.map((name) => columnOf(table, name)).filter((one) => one !== undefined);
  return {
    kind: "rows",
    columns: [APPLIED, ...shown.map(({ name, type: of }) => ({ name, type: of }))],
    rows: [[outcome.applied, ...shown.map(({ name }) => row?.values[name] ?? null)]],
  };
}
