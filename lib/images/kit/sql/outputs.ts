/** What a SELECT shows: its columns by name and position, and which of them may stand where. */
import type { Expr, Output } from "./ast.ts";
import type { Dialect } from "./dialect.ts";
import { findColumn, type RowColumn, type Scope } from "./evaluate.ts";

/** An expression of the list after SELECT, with the name it was given. */
export interface Shown {
  readonly expr: Expr;
  readonly alias: string | undefined;
}

/** `*` and `t.*` as the columns they mean. */
export function expand(
  outputs: readonly Output[],
  columns: readonly RowColumn[],
  { refuse, sameName }: Dialect,
): Shown[] {
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

/** What a column is called that has no alias. */
export function nameOf(expr: Expr): string {
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
export function positional(
  expr: Expr,
  outputs: readonly Shown[],
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
export function named(
  expr: Expr,
  outputs: readonly Shown[],
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

/** The outermost calls of aggregates. */
export function aggregatesIn(expr: Expr, dialect: Dialect): Extract<Expr, { kind: "call" }>[] {
  if (expr.kind === "call" && dialect.isAggregate(expr.name)) return [expr];
  return children(expr).flatMap((child) => aggregatesIn(child, dialect));
}

/** Throws where an aggregate stands in a clause that sees single rows. */
export function refuseAggregates(expr: Expr | undefined, where: string, dialect: Dialect): void {
  const [first] = expr === undefined ? [] : aggregatesIn(expr, dialect);
  if (first !== undefined) throw dialect.refuse.aggregateHere(where, first.at);
}

/** Alike but for where they stand in the text. */
export const same = (a: Expr, b: Expr) =>
  JSON.stringify(a, (key, value: unknown) => (key === "at" ? undefined : value)) ===
  JSON.stringify(b, (key, value: unknown) => (key === "at" ? undefined : value));

/** Throws where a column does not exist, or is neither grouped nor aggregated though it has to be. */
export function checkColumns(
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
