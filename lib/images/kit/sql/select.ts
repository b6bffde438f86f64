/** Queries: sources joined, rows filtered, grouped, ordered. */
import type { Expr, Order, Query, SelectBody, Source } from "./ast.ts";
import {
  evaluate,
  holds,
  inClause,
  type RowColumn,
  type Rowset,
  type Scope,
  type SqlContext,
  typeOf,
} from "./evaluate.ts";
import { join, series } from "./joins.ts";
import { groups, type Item, order } from "./ordering.ts";
import { aggregatesIn, checkColumns, expand, named, nameOf, positional, refuseAggregates } from "./outputs.ts";
import { isText, type Raw, SqlError, type Typed } from "./values.ts";

/** Characters a query's rows may hold together. */
const MAX_TEXT = 64 * 1024 * 1024;

export async function runQuery(query: Query, outer: Scope | undefined, context: SqlContext): Promise<Rowset> {
  let inner = context;
  for (const { name, query: named } of query.with) {
    const rows = await runQuery(named, outer, inner);
    const { table } = inner;
    inner = { ...inner, table: (one) => (one.schema === undefined && one.name === name ? rows : table(one)) };
  }
  const { body } = query;
  if ("outputs" in body) return page(query, await select(body, query.order, outer, inner), outer, inner);
  const rows = "values" in body ? await values(body.values, outer, inner) : await combined(body, outer, inner);
  const sorted = await order(
    rows.columns,
    rows.rows.map((row) => ({ row, scope: { columns: rows.columns, row, outer } })),
    query.order,
    [],
    inner,
  );
  return page(query, { columns: rows.columns, rows: sorted }, outer, inner);
}

async function page(
  query: Query,
  { columns, rows }: Rowset,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const count = async (expr: Expr | undefined, what: string) => {
    if (expr === undefined) return undefined;
    const { value } = context.dialect.cast(await evaluate(expr, outer, context), "int8");
    if (value !== null && Number(value) < 0) throw new SqlError("2201W", `${what} must not be negative`);
    return value === null ? undefined : Number(value);
  };
  const offset = (await count(query.offset, "OFFSET")) ?? 0;
  const limit = await count(query.limit, "LIMIT");
  return { columns, rows: rows.slice(offset, limit === undefined ? undefined : offset + limit) };
}

async function values(
  lists: readonly (readonly Expr[])[],
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const rows: Typed[][] = [];
  for (const list of lists) {
    const row: Typed[] = [];
    for (const expr of list) row.push(await evaluate(expr, outer, context));
    if (row.length !== (rows[0]?.length ?? row.length))
      throw new SqlError("42601", "VALUES lists must all be the same length");
    rows.push(row);
  }
  const columns = (rows[0] ?? []).map((_one, index): RowColumn => {
    const type = rows.map((row) => row[index]?.type ?? "unknown").find((one) => one !== "unknown") ?? "text";
    return { table: "*VALUES*", name: `column${index + 1}`, type };
  });
  return {
    columns,
    rows: rows.map((row) =>
      row.map((value, index) => context.dialect.cast(value, columns[index]?.type ?? "text").value),
    ),
  };
}

async function combined(
  { union, all, left, right }: Extract<Query["body"], { union: string }>,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const [a, b] = [await runQuery(left, outer, context), await runQuery(right, outer, context)];
  if ("values" in right.body && right.body.values.length === 0) return a;
  if (a.columns.length !== b.columns.length) throw context.dialect.refuse.unequalQueries(union);
  const columns = a.columns.map((column, index) =>
    isText(column.type) && !isText(b.columns[index]?.type ?? "text") && a.rows.length === 0
      ? { ...column, type: b.columns[index]?.type ?? column.type }
      : column,
  );
  const key = rowKey(columns, context);
  const inB = new Set(b.rows.map(key));
  let rows: (readonly Raw[])[];
  if (union === "UNION") rows = [...a.rows, ...b.rows];
  else rows = a.rows.filter((row) => inB.has(key(row)) === (union === "INTERSECT"));
  if (all) return { columns, rows };
  const firsts = new Map<string, readonly Raw[]>();
  for (const row of rows) if (!firsts.has(key(row))) firsts.set(key(row), row);
  return { columns, rows: [...firsts.values()] };
}

/** A text that is the same for rows of equal values. */
function rowKey(columns: readonly RowColumn[], { dialect }: SqlContext): (row: readonly Raw[]) => string {
  return (row) =>
    row.map((value, index) => dialect.key({ type: columns[index]?.type ?? "text", value })).join("\u0001");
}

async function source(from: Source, outer: Scope | undefined, context: SqlContext): Promise<Rowset> {
  switch (from.kind) {
    case "table": {
      const rows = context.table(from);
      return { columns: rows.columns.map((column) => ({ ...column, table: from.alias })), rows: rows.rows };
    }
    case "query": {
      const rows = await runQuery(from.query, outer, context);
      return {
        columns: rows.columns.map((column, index) => ({
          table: from.alias,
          name: from.columns[index] ?? column.name,
          type: column.type,
        })),
        rows: rows.rows,
      };
    }
    case "function":
      return series(from, outer, context);
    case "join":
      return join(
        from,
        await source(from.left, outer, context),
        await source(from.right, outer, context),
        outer,
        context,
      );
  }
}

async function select(
  body: SelectBody,
  ordering: readonly Order[],
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const input: Rowset = body.from === undefined ? { columns: [], rows: [[]] } : await source(body.from, outer, context);
  const kept: (readonly Raw[])[] = [];
  const { dialect } = context;
  refuseAggregates(body.where, "WHERE", dialect);
  for (const row of input.rows) {
    if (await holds(body.where, { columns: input.columns, row, outer }, context)) kept.push(row);
  }
  const outputs = expand(body.outputs, input.columns, dialect);
  const names = outputs.map(({ expr, alias }) => alias ?? nameOf(expr));
  const group = body.group.map((expr) => positional(expr, outputs, input.columns, dialect));
  const asked = ordering.map((one) => ({ ...one, expr: positional(one.expr, outputs, input.columns, dialect) }));
  const grouping = group.map((expr): Order => ({ expr, descending: false, nullsFirst: true }));
  const orderBy = asked.length === 0 && dialect.sortedGroups ? grouping : asked;
  const having =
    body.having === undefined || !dialect.namesInHaving
      ? body.having
      : named(body.having, outputs, input.columns, dialect);
  const calls = [
    ...outputs.map(({ expr }) => expr),
    ...(having === undefined ? [] : [having]),
    ...orderBy.map(({ expr }) => expr),
  ].flatMap((expr) => aggregatesIn(expr, dialect));
  const grouped = group.length > 0 || calls.length > 0 || having !== undefined;
  // Names are checked although there may be no row.
  const empty: Scope = { columns: input.columns, row: [], outer };
  const strict = grouped && dialect.strictGrouping;
  for (const [index, { expr }] of outputs.entries())
    checkColumns(expr, empty, strict ? group : undefined, index + 1, dialect);
  await inClause("group", context, () => {
    for (const expr of group) checkColumns(expr, empty, undefined, 0, dialect);
  });
  const scopes = grouped
    ? await groups(kept, input, group, calls, having, outer, context)
    : kept.map((row): Scope => ({ columns: input.columns, row, outer }));
  const columns = outputs.map(({ expr }, index): RowColumn => {
    const from =
      expr.kind === "column"
        ? input.columns.find(
            (column) =>
              dialect.sameName(column.name, expr.name) &&
              (expr.table === undefined || dialect.sameName(expr.table, column.table)),
          )
        : undefined;
    return {
      table: "",
      name: names[index] ?? "",
      type: typeOf(expr, input.columns, context),
      ...(from?.size === undefined ? {} : { size: from.size }),
      ...(from?.declared === undefined ? {} : { declared: from.declared }),
      ...(from?.notNull === undefined ? {} : { notNull: from.notNull }),
    };
  });
  const items: Item[] = [];
  let held = 0;
  for (const scope of scopes) {
    const row: Typed[] = [];
    for (const { expr } of outputs) row.push(await evaluate(expr, scope, context));
    for (const { value } of row) held += typeof value === "string" ? value.length : 8;
    if (held > MAX_TEXT) throw new SqlError("53200", "out of memory");
    for (const [index, { type }] of row.entries()) {
      const column = columns[index];
      if (column !== undefined && column.type === "text" && type !== "unknown" && type !== "text" && !isText(type))
        columns[index] = { ...column, type };
    }
    items.push({ row: row.map(({ value }) => value), scope });
  }
  const key = rowKey(columns, context);
  const firsts = new Map<string, Item>();
  // The first of equal rows stays.
  if (body.distinct) for (const item of items) if (!firsts.has(key(item.row))) firsts.set(key(item.row), item);
  const distinct = body.distinct ? [...firsts.values()] : items;
  return { columns, rows: await order(columns, distinct, orderBy, outputs, context) };
}
