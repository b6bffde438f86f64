/** Rows made from other rows: joins, and functions that stand where a table may. */
import type { Expr, Source } from "./ast.ts";
import type { Dialect } from "./dialect.ts";
import { evaluate, holds, type RowColumn, type Rowset, type Scope, type SqlContext } from "./evaluate.ts";
import { int, type Raw, SqlError, type Typed, type TypeName } from "./values.ts";

/** Rows a query may make on its way. */
const MAX_ROWS = 200_000;

/** generate_series, and any other function as a row of its own. */
export async function series(
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

/** Both sides by what ON or USING says; rows without a partner as LEFT, RIGHT and FULL keep them. */
export async function join(
  from: Extract<Source, { kind: "join" }>,
  left: Rowset,
  right: Rowset,
  outer: Scope | undefined,
  context: SqlContext,
): Promise<Rowset> {
  const { key: valueKey, sameName } = context.dialect;
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
