/** Queries: sources joined, rows filtered, grouped, ordered. */
import type { Expr, Order, Output, Query, SelectBody, Source } from "./ast.ts";
import type { Dialect } from "./dialect.ts";
import {
  evaluate,
  findColumn,
  holds,
  inClause,
  type RowColumn,
  type Rowset,
  type Scope,
  type SqlContext,
  typeOf,
} from "./evaluate.ts";
import { int, isText, type Raw, SqlError, type Typed, type TypeName } from "./values.ts";

/** Rows a query may make on its way. */
const MAX_ROWS = 200_000;
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

// -------------------------------------------------------------------------------------------------------------- sources

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
      return join(from, outer, context);
  }
}

async function series(
  from: Extract<Source, { kind: "function" }>,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const args: Typed[] = [];
  for (const argument of from.args) args.push(await evaluate(argument, outer, context));
  if (from.name !== "generate_series") {
    const value = await evaluate(
      { kind: "call", name: from.name, args: from.args, star: false, distinct: false, filter: undefined, at: from.at },
      outer,
      context,
    );
    return { columns: [{ table: from.alias, name: from.column, type: value.type }], rows: [[value.value]] };
  }
  const [low = int(0), high = int(0), step = int(1)] = args;
  const stepBy = Number(
    context.dialect.cast(step, low.type === "int4" || low.type === "int8" ? "int8" : "interval").value,
  );
  if (stepBy === 0) throw new SqlError("22023", "step size cannot equal zero");
  const rows: Raw[][] = [];
  for (
    let value = Number(low.value);
    stepBy > 0 ? value <= Number(high.value) : value >= Number(high.value);
    value += stepBy
  ) {
    await context.spend(1);
    rows.push([value]);
    if (rows.length > MAX_ROWS) throw tooMany();
  }
  return { columns: [{ table: from.alias, name: from.column, type: low.type }], rows };
}

const tooMany = () => new SqlError("54000", `more than ${MAX_ROWS} rows at once are not supported here`);

async function join(
  from: Extract<Source, { kind: "join" }>,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const { key: valueKey, sameName } = context.dialect;
  const left = await source(from.left, outer, context);
  const right = await source(from.right, outer, context);
  const columns = [...left.columns, ...right.columns];
  const using = from.using.map((name) => ({
    left: left.columns.findIndex((column) => sameName(column.name, name)),
    right: right.columns.findIndex((column) => sameName(column.name, name)),
    name,
  }));
  for (const { left: a, right: b, name } of using)
    if (a === -1 || b === -1)
      throw new SqlError(
        "42703",
        `column "${name}" specified in USING clause does not exist in ${a === -1 ? "left" : "right"} table`,
      );
  const equal =
    using.length > 0
      ? using.map(({ left: a, right: b }) => [a, b] as const)
      : equality(from.on, left.columns, right.columns, context.dialect);
  // Rows that could match, found by the values of an equality where there is one.
  const byKey = new Map<string, number[]>();
  const keyOf = (row: readonly Raw[], side: 0 | 1, rowset: Rowset) =>
    equal
      .map((pair) =>
        valueKey({ type: comparable(rowset.columns[pair[side]]?.type ?? "text"), value: row[pair[side]] ?? null }),
      )
      .join("\u0001");
  if (equal.length > 0) {
    for (const [index, row] of right.rows.entries()) {
      const key = keyOf(row, 1, right);
      byKey.set(key, [...(byKey.get(key) ?? []), index]);
    }
  }
  const all = right.rows.map((_row, index) => index);
  const rows: Raw[][] = [];
  const matched = new Set<number>();
  for (const row of left.rows) {
    let found = false;
    const nulls = equal.some(([a]) => row[a] === null);
    for (const index of equal.length === 0 ? all : nulls ? [] : (byKey.get(keyOf(row, 0, left)) ?? [])) {
      await context.spend(1);
      const both = [...row, ...(right.rows[index] ?? [])];
      if (from.on !== undefined && !(await holds(from.on, { columns, row: both, outer }, context, "JOIN/ON"))) continue;
      found = true;
      matched.add(index);
      rows.push(both);
      if (rows.length > MAX_ROWS) throw tooMany();
    }
    if (!found && (from.type === "left" || from.type === "full")) rows.push([...row, ...right.columns.map(() => null)]);
  }
  if (from.type === "right" || from.type === "full") {
    for (const [index, row] of right.rows.entries())
      if (!matched.has(index)) rows.push([...left.columns.map(() => null), ...row]);
  }
  if (using.length === 0) return { columns, rows };
  // USING shows its columns once.
  const dropped = new Set(using.map(({ right: b }) => left.columns.length + b));
  const merged = rows.map((row) =>
    row.map((value, index) => {
      const pair = using.find(({ left: a }) => a === index);
      return value === null && pair !== undefined ? (row[left.columns.length + pair.right] ?? null) : value;
    }),
  );
  const keep = (_one: unknown, index: number) => !dropped.has(index);
  return { columns: columns.filter(keep), rows: merged.map((row) => row.filter(keep)) };
}

const comparable = (type: TypeName): TypeName =>
  ["int2", "int4", "int8", "numeric", "float8"].includes(type) ? "numeric" : type;

/** Pairs of columns that a condition of AND and = wants equal. */
function equality(
  on: Expr | undefined,
  left: readonly RowColumn[],
  right: readonly RowColumn[],
  dialect: Dialect,
): (readonly [number, number])[] {
  if (on?.kind !== "binary") return [];
  if (on.operator === "AND")
    return [...equality(on.left, left, right, dialect), ...equality(on.right, left, right, dialect)];
  if (on.operator !== "=" || on.left.kind !== "column" || on.right.kind !== "column") return [];
  const place = (expr: Extract<Expr, { kind: "column" }>, columns: readonly RowColumn[]) => {
    const found = columns.flatMap((column, index) =>
      dialect.sameName(column.name, expr.name) &&
      (expr.table === undefined || dialect.sameName(column.table, expr.table))
        ? [index]
        : [],
    );
    return found.length === 1 ? (found[0] ?? -1) : -1;
  };
  for (const [a, b] of [
    [on.left, on.right],
    [on.right, on.left],
  ] as const) {
    const pair = [place(a, left), place(b, right)] as const;
    const elsewhere = place(a, right) !== -1 || place(b, left) !== -1;
    if (pair[0] !== -1 && pair[1] !== -1 && !elsewhere) return [pair];
  }
  return [];
}

// --------------------------------------------------------------------------------------------------------------- select

interface Item {
  readonly row: readonly Raw[];
  readonly scope: Scope;
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

function expand(
  outputs: readonly Output[],
  columns: readonly RowColumn[],
  { refuse, sameName }: Dialect,
): { readonly expr: Expr; readonly alias: string | undefined }[] {
  return outputs.flatMap(({ expr, table, alias }) => {
    if (expr !== undefined) return [{ expr, alias }];
    const shown = columns.filter((column) => table === undefined || sameName(column.table, table));
    if (table !== undefined && shown.length === 0) throw refuse.noSource(table, undefined, undefined);
    if (columns.length === 0) throw refuse.noTables();
    return shown.map((column) => ({
      expr: { kind: "column" as const, table: column.table, name: column.name, at: 0 },
      alias: undefined,
    }));
  });
}

function nameOf(expr: Expr): string {
  switch (expr.kind) {
    case "column":
      return expr.name;
    case "call":
      return expr.name;
    case "cast":
      return expr.operand.kind === "literal" ? expr.type : nameOf(expr.operand);
    case "case":
      return "case";
    case "exists":
      return "exists";
    case "scalar": {
      const { body } = expr.query;
      const first = "outputs" in body ? body.outputs[0] : undefined;
      return first?.alias ?? (first?.expr === undefined ? "?column?" : nameOf(first.expr));
    }
    case "literal":
      return expr.type === "bool" ? "bool" : "?column?";
    default:
      return "?column?";
  }
}

/** ORDER BY 2 and GROUP BY alias mean outputs. */
function positional(
  expr: Expr,
  outputs: readonly { readonly expr: Expr; readonly alias: string | undefined }[],
  columns: readonly RowColumn[],
  dialect: Dialect,
): Expr {
  if (expr.kind === "literal" && typeof expr.value === "number") {
    const output = outputs[expr.value - 1];
    if (output === undefined) throw dialect.refuse.noPosition(expr.value);
    return output.expr;
  }
  return expr.kind === "column" ? named(expr, outputs, columns, dialect) : expr;
}

/** With the names of outputs in it replaced by what they stand for; a column of the sources goes before. */
function named(
  expr: Expr,
  outputs: readonly { readonly expr: Expr; readonly alias: string | undefined }[],
  columns: readonly RowColumn[],
  { sameName }: Dialect,
): Expr {
  const replaced = (one: Expr): Expr => {
    switch (one.kind) {
      case "column": {
        if (one.table !== undefined || columns.some(({ name }) => sameName(name, one.name))) return one;
        return outputs.find(({ alias }) => alias !== undefined && sameName(alias, one.name))?.expr ?? one;
      }
      case "binary":
        return { ...one, left: replaced(one.left), right: replaced(one.right) };
      case "unary":
      case "is":
      case "cast":
        return { ...one, operand: replaced(one.operand) };
      case "between":
        return { ...one, operand: replaced(one.operand), low: replaced(one.low), high: replaced(one.high) };
      case "like":
        return { ...one, operand: replaced(one.operand), pattern: replaced(one.pattern) };
      case "in":
        return {
          ...one,
          operand: replaced(one.operand),
          items: "body" in one.items ? one.items : one.items.map(replaced),
        };
      case "call":
        return { ...one, args: one.args.map(replaced) };
      default:
        return one;
    }
  };
  return replaced(expr);
}

function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "unary":
    case "cast":
    case "is":
      return [expr.operand];
    case "binary":
      return [expr.left, expr.right];
    case "between":
      return [expr.operand, expr.low, expr.high];
    case "like":
      return [expr.operand, expr.pattern];
    case "in":
      return "body" in expr.items ? [expr.operand] : [expr.operand, ...expr.items];
    case "case":
      return [
        ...(expr.operand === undefined ? [] : [expr.operand]),
        ...expr.branches.flat(),
        ...(expr.otherwise === undefined ? [] : [expr.otherwise]),
      ];
    case "call":
      return expr.args;
    default:
      return [];
  }
}

function aggregatesIn(expr: Expr, dialect: Dialect): Extract<Expr, { kind: "call" }>[] {
  if (expr.kind === "call" && dialect.isAggregate(expr.name)) return [expr];
  return children(expr).flatMap((child) => aggregatesIn(child, dialect));
}

function refuseAggregates(expr: Expr | undefined, where: string, dialect: Dialect): void {
  const [first] = expr === undefined ? [] : aggregatesIn(expr, dialect);
  if (first !== undefined) throw dialect.refuse.aggregateHere(where, first.at);
}

const same = (a: Expr, b: Expr) =>
  JSON.stringify(a, (key, value: unknown) => (key === "at" ? undefined : value)) ===
  JSON.stringify(b, (key, value: unknown) => (key === "at" ? undefined : value));

/** Throws where a column does not exist, or is neither grouped nor aggregated though it has to be. */
function checkColumns(
  expr: Expr,
  scope: Scope,
  group: readonly Expr[] | undefined,
  output: number,
  dialect: Dialect,
): void {
  const { sameName, refuse } = dialect;
  if (group?.some((one) => same(one, expr)) === true) return;
  if (expr.kind === "call" && dialect.isAggregate(expr.name)) {
    for (const inner of children(expr)) checkColumns(inner, scope, undefined, output, dialect);
    return;
  }
  if (expr.kind === "column") {
    const found = findColumn(scope, expr, dialect);
    const column = found.scope.columns[found.index];
    if (group === undefined || found.scope !== scope || column === undefined) return;
    const matches = (one: Expr) =>
      one.kind === "column" &&
      sameName(one.name, expr.name) &&
      (one.table === undefined || sameName(one.table, column.table));
    const dependent = group.some(
      (one) =>
        one.kind === "column" &&
        scope.columns.some(
          (other) =>
            other.key === true &&
            other.table === column.table &&
            sameName(other.name, one.name) &&
            (one.table === undefined || sameName(one.table, other.table)),
        ),
    );
    if (!group.some(matches) && !dependent) throw refuse.notGrouped(column.table, column.name, output, expr.at);
    return;
  }
  for (const inner of children(expr)) checkColumns(inner, scope, group, output, dialect);
}

async function groups(
  rows: readonly (readonly Raw[])[],
  input: Rowset,
  group: readonly Expr[],
  calls: readonly Extract<Expr, { kind: "call" }>[],
  having: Expr | undefined,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Scope[]> {
  const byKey = new Map<string, (readonly Raw[])[]>();
  for (const row of rows) {
    const scope: Scope = { columns: input.columns, row, outer };
    let key = "";
    for (const expr of group) key += `${context.dialect.key(await evaluate(expr, scope, context))}\u0001`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [row]);
    else known.push(row);
  }
  if (group.length === 0 && byKey.size === 0) byKey.set("", []);
  const scopes: Scope[] = [];
  for (const members of byKey.values()) {
    const totals = new Map<Expr, Typed>();
    for (const call of calls) {
      const found: Typed[] = [];
      const others: Typed[] = [];
      for (const row of await inOrder(members, input, call.order, outer, context)) {
        const scope: Scope = { columns: input.columns, row, outer };
        if (call.filter !== undefined && !(await holds(call.filter, scope, context, "FILTER"))) continue;
        const [first, ...rest] = call.args;
        found.push(first === undefined ? int(1) : await evaluate(first, scope, context));
        if (others.length === 0) for (const one of rest) others.push(await evaluate(one, scope, context));
      }
      totals.set(call, context.dialect.aggregate(call.name, found, others, call.distinct));
    }
    const scope: Scope = { columns: input.columns, row: members[0] ?? input.columns.map(() => null), outer, totals };
    if (await holds(having, scope, context, "HAVING")) scopes.push(scope);
  }
  return scopes;
}

async function order(
  columns: readonly RowColumn[],
  items: readonly Item[],
  ordering: readonly Order[],
  outputs: readonly { readonly expr: Expr; readonly alias: string | undefined }[],
  context: SqlContext,
): Promise<(readonly Raw[])[]> {
  if (ordering.length === 0) return items.map(({ row }) => row);
  const keyed: { readonly row: readonly Raw[]; readonly keys: readonly Typed[] }[] = [];
  for (const { row, scope } of items) {
    const keys: Typed[] = [];
    for (const { expr } of ordering) {
      const literal = expr.kind === "literal" && typeof expr.value === "number" ? expr.value - 1 : -1;
      const place =
        literal !== -1 ? literal : outputs.findIndex((output) => output.expr === expr || same(output.expr, expr));
      const named =
        expr.kind === "column" && expr.table === undefined && outputs.length === 0
          ? columns.findIndex(({ name }) => context.dialect.sameName(name, expr.name))
          : -1;
      const at = place !== -1 ? place : named;
      keys.push(
        at !== -1
          ? { type: columns[at]?.type ?? "text", value: row[at] ?? null }
          : await inClause("order", context, () => evaluate(expr, scope, context)),
      );
    }
    keyed.push({ row, keys });
  }
  await context.spend(keyed.length * 4);
  return sortByKeys(keyed, ordering, context.dialect).map(({ row }) => row);
}

/** Sorts in place by values that were found for ORDER BY. */
export function sortByKeys<T extends { readonly keys: readonly Typed[] }>(
  keyed: T[],
  ordering: readonly Order[],
  dialect: Dialect,
): T[] {
  return keyed.sort((a, b) => {
    for (const [index, { descending, nullsFirst }] of ordering.entries()) {
      const [x, y] = [a.keys[index], b.keys[index]];
      if (x === undefined || y === undefined) continue;
      if (x.value === null || y.value === null) {
        if (x.value === y.value) continue;
        return (x.value === null) === nullsFirst ? -1 : 1;
      }
      const result = dialect.order(x, y);
      if (result !== 0) return descending ? -result : result;
    }
    return 0;
  });
}

/** The rows of a group in the order an aggregate asks for. */
async function inOrder(
  rows: readonly (readonly Raw[])[],
  { columns }: Rowset,
  ordering: readonly Order[] | undefined,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<readonly (readonly Raw[])[]> {
  if (ordering === undefined) return rows;
  const keyed: { readonly row: readonly Raw[]; readonly keys: readonly Typed[] }[] = [];
  for (const row of rows) {
    const keys: Typed[] = [];
    for (const { expr } of ordering) keys.push(await evaluate(expr, { columns, row, outer }, context));
    keyed.push({ row, keys });
  }
  return sortByKeys(keyed, ordering, context.dialect).map(({ row }) => row);
}
