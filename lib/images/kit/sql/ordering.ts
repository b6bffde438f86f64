/** ORDER BY, and GROUP BY with what is counted over each group. */
import type { Expr, Order } from "./ast.ts";
import type { Dialect } from "./dialect.ts";
import { evaluate, holds, inClause, type RowColumn, type Rowset, type Scope, type SqlContext } from "./evaluate.ts";
import { type Shown, same } from "./outputs.ts";
import { int, type Raw, type Typed } from "./values.ts";

/** A row of a result, and what its expressions saw. */
export interface Item {
  readonly row: readonly Raw[];
  readonly scope: Scope;
}

/** A scope for each group that HAVING lets through, with the totals of `calls`. */
export async function groups(
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

/** The rows in the order that is asked for; `outputs` may be meant by position or by being the same expression. */
export async function order(
  columns: readonly RowColumn[],
  items: readonly Item[],
  ordering: readonly Order[],
  outputs: readonly Shown[],
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
