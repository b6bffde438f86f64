/** Expressions over rows. */
import type { Expr, Query } from "./ast.ts";
import type { Clause, Dialect } from "./dialect.ts";
import { isText, NULL, type Raw, SqlError, type Typed, type TypeName } from "./values.ts";

export interface RowColumn {
  /** The table's alias. */
  readonly table: string;
  readonly name: string;
  readonly type: TypeName;
  readonly size?: readonly number[];
  /** The table's whole primary key: other columns of it depend on this one. */
  readonly key?: boolean;
  /** Of a column that is a table's own: its type in the server's words, and whether it takes null. */
  readonly declared?: string;
  readonly notNull?: boolean;
}

export interface Rowset {
  readonly columns: readonly RowColumn[];
  readonly rows: readonly (readonly Raw[])[];
}

export interface Scope {
  readonly columns: readonly RowColumn[];
  readonly row: readonly Raw[];
  readonly outer: Scope | undefined;
  /** Values of aggregate calls for the present group. */
  readonly totals?: ReadonlyMap<Expr, Typed>;
}

export interface SqlContext {
  /** A table's rows. Throws 42P01 where there is none. */
  readonly table: (name: { readonly schema: string | undefined; readonly name: string; readonly at: number }) => Rowset;
  /** Functions that depend on session and server; undefined where there is none of this name. */
  readonly call: (name: string, args: readonly Typed[]) => Promise<Typed> | Typed | undefined;
  readonly callType: (name: string) => TypeName | undefined;
  readonly dialect: Dialect;
  readonly query: (query: Query, outer: Scope | undefined, context: SqlContext) => Promise<Rowset>;
  /** Milliseconds, the same through a transaction. */
  readonly now: number;
  readonly random: () => number;
  readonly spend: (units: number) => Promise<void> | void;
}

export function findColumn(
  scope: Scope | undefined,
  expr: Extract<Expr, { kind: "column" }>,
  { sameName, refuse }: Dialect,
): { readonly scope: Scope; readonly index: number } {
  const { table, name, at } = expr;
  for (let inner = scope; inner !== undefined; inner = inner.outer) {
    const found: number[] = [];
    for (const [index, column] of inner.columns.entries()) {
      if (sameName(column.name, name) && (table === undefined || sameName(column.table, table))) found.push(index);
    }
    if (found.length > 1) throw refuse.ambiguous(name, at);
    const [index] = found;
    if (index !== undefined) return { scope: inner, index };
  }
  for (let inner = scope; inner !== undefined && table !== undefined; inner = inner.outer) {
    if (inner.columns.some((column) => sameName(column.table, table))) throw refuse.noColumn(name, table, at);
  }
  throw table === undefined ? refuse.noColumn(name, undefined, at) : refuse.noSource(table, name, at);
}

type Truth = boolean | null;
const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === null || b === null ? null : true;
const or = (a: Truth, b: Truth): Truth => (a === true || b === true ? true : a === null || b === null ? null : false);

const CLAUSES: Readonly<Record<string, Clause>> = { WHERE: "where", HAVING: "having", "JOIN/ON": "on" };

/** What is refused inside says in which clause. */
export async function inClause<T>(clause: Clause, { dialect }: SqlContext, run: () => Promise<T> | T): Promise<T> {
  try {
    return await run();
  } catch (problem) {
    throw problem instanceof SqlError ? dialect.within(problem, clause) : problem;
  }
}

export async function holds(
  expr: Expr | undefined,
  scope: Scope,
  context: SqlContext,
  what = "WHERE",
): Promise<boolean> {
  if (expr === undefined) return true;
  return inClause(CLAUSES[what] ?? "select", context, async () => {
    return context.dialect.truth(await evaluate(expr, scope, context), what) === true;
  });
}

export async function evaluate(expr: Expr, scope: Scope | undefined, context: SqlContext): Promise<Typed> {
  const paid = context.spend(1);
  if (paid !== undefined) await paid;
  const { dialect } = context;
  const { compare, truth } = dialect;
  const verdict = (value: Truth, not = false) => dialect.verdict(value === null ? null : value !== not);
  switch (expr.kind) {
    case "literal":
      return expr;
    case "column": {
      const found = findColumn(scope, expr, dialect);
      return { type: found.scope.columns[found.index]?.type ?? "unknown", value: found.scope.row[found.index] ?? null };
    }
    case "unary": {
      const operand = await evaluate(expr.operand, scope, context);
      if (expr.operator === "NOT") {
        return verdict(truth(operand, "NOT"), true);
      }
      return expr.operator === "+"
        ? operand
        : dialect.arithmetic(
            "-",
            {
              type: operand.type === "unknown" ? "int4" : operand.type,
              value: operand.type === "interval" ? 0 : operand.type === "numeric" ? "0" : 0,
            },
            operand,
            undefined,
          );
    }
    case "binary":
      return binary(expr, scope, context);
    case "cast":
      return dialect.cast(await evaluate(expr.operand, scope, context), expr.type, expr.size);
    case "is": {
      const operand = await evaluate(expr.operand, scope, context);
      const is =
        expr.what === "NULL" ? operand.value === null : truth(operand, `IS ${expr.what}`) === (expr.what === "TRUE");
      return verdict(is, expr.not);
    }
    case "case": {
      const operand = expr.operand === undefined ? undefined : await evaluate(expr.operand, scope, context);
      for (const [when, then] of expr.branches) {
        const value = await evaluate(when, scope, context);
        const taken = operand === undefined ? truth(value, "CASE/WHEN") === true : compare(operand, value) === 0;
        if (taken) return evaluate(then, scope, context);
      }
      return expr.otherwise === undefined ? NULL : evaluate(expr.otherwise, scope, context);
    }
    case "between": {
      const operand = await evaluate(expr.operand, scope, context);
      const low = compare(operand, await evaluate(expr.low, scope, context));
      const high = compare(operand, await evaluate(expr.high, scope, context));
      const inside = and(low === undefined ? null : low >= 0, high === undefined ? null : high <= 0);
      return verdict(inside, expr.not);
    }
    case "in": {
      const operand = await evaluate(expr.operand, scope, context);
      let found: Truth = false;
      if ("body" in expr.items) {
        const rows = await context.query(expr.items, scope, context);
        const type = rows.columns[0]?.type ?? "unknown";
        for (const row of rows.rows) {
          const order = compare(operand, { type, value: row[0] ?? null });
          found = or(found, order === undefined ? null : order === 0);
        }
      } else {
        for (const item of expr.items) {
          const order = compare(operand, await evaluate(item, scope, context));
          found = or(found, order === undefined ? null : order === 0);
        }
      }
      return verdict(found, expr.not);
    }
    case "like": {
      const [operand, pattern] = [
        await evaluate(expr.operand, scope, context),
        await evaluate(expr.pattern, scope, context),
      ];
      if (operand.value === null || pattern.value === null) return verdict(null);
      return verdict(dialect.like(dialect.text(pattern), expr.caseless)(dialect.text(operand)), expr.not);
    }
    case "exists":
      return verdict((await context.query(expr.query, scope, context)).rows.length > 0);
    case "scalar": {
      const { columns, rows } = await context.query(expr.query, scope, context);
      if (columns.length !== 1) throw dialect.refuse.manyColumns();
      if (rows.length > 1) throw dialect.refuse.manyRows();
      return { type: columns[0]?.type ?? "unknown", value: rows[0]?.[0] ?? null };
    }
    case "call":
      return call(expr, scope, context);
  }
}

async function call(
  expr: Extract<Expr, { kind: "call" }>,
  scope: Scope | undefined,
  context: SqlContext,
): Promise<Typed> {
  for (let inner = scope; inner !== undefined; inner = inner.outer) {
    const total = inner.totals?.get(expr);
    if (total !== undefined) return total;
  }
  const { dialect } = context;
  if (dialect.isAggregate(expr.name)) throw dialect.refuse.aggregateHere(undefined, expr.at);
  const args: Typed[] = [];
  for (const argument of expr.args) args.push(await evaluate(argument, scope, context));
  const known = dialect.functionNamed(expr.name);
  const result = known === undefined ? await context.call(expr.name, args) : known(args, context);
  if (result !== undefined) return result;
  throw dialect.refuse.noFunction(
    expr.name,
    args.map(({ type }) => type),
    expr.at,
  );
}

async function binary(
  expr: Extract<Expr, { kind: "binary" }>,
  scope: Scope | undefined,
  context: SqlContext,
): Promise<Typed> {
  const { operator } = expr;
  const { dialect } = context;
  const { compare, truth, verdict, text } = dialect;
  const left = await evaluate(expr.left, scope, context);
  if (operator === "AND" || operator === "OR") {
    const a = truth(left, operator);
    if (a === (operator === "OR")) return verdict(a);
    const b = truth(await evaluate(expr.right, scope, context), operator);
    return verdict(operator === "AND" ? and(a, b) : or(a, b));
  }
  const right = await evaluate(expr.right, scope, context);
  switch (operator) {
    case "=":
    case "<>":
    case "<":
    case ">":
    case "<=":
    case ">=": {
      const order = located(() => compare(left, right), expr.at, operator);
      if (order === undefined) return verdict(null);
      const tests = {
        "=": order === 0,
        "<>": order !== 0,
        "<": order < 0,
        ">": order > 0,
        "<=": order <= 0,
        ">=": order >= 0,
      };
      return verdict(tests[operator]);
    }
    case "IS DISTINCT":
    case "IS NOT DISTINCT": {
      const same =
        left.value === null || right.value === null ? left.value === right.value : compare(left, right) === 0;
      return verdict(same === (operator === "IS NOT DISTINCT"));
    }
    case "||":
      if (left.value === null || right.value === null) return { type: "text", value: null };
      return { type: "text", value: text(left) + text(right) };
    case "~":
    case "~*":
    case "!~":
    case "!~*":
      if (left.value === null || right.value === null) return verdict(null);
      return verdict(dialect.matches(text(right), operator.endsWith("*"))(text(left)) !== operator.startsWith("!"));
    case "->":
    case "->>":
      return jsonField(left, text(right), right.value === null, operator === "->>");
    default:
      return dialect.arithmetic(operator, left, right, expr.at);
  }
}

/** Adds the place to an error that has none, and the operator that was meant. */
function located<T>(run: () => T, at: number, operator: string): T {
  try {
    return run();
  } catch (problem) {
    if (!(problem instanceof SqlError) || problem.at !== undefined) throw problem;
    const message = problem.message.replace(/ = /, ` ${operator} `);
    throw new SqlError(problem.state, message, {
      at: problem.state === "42883" ? at : undefined,
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    });
  }
}

function jsonField(left: Typed, key: string, none: boolean, asText: boolean): Typed {
  const type = asText ? "text" : "jsonb";
  if (left.value === null || none) return { type, value: null };
  const whole = JSON.parse(String(left.value)) as unknown;
  const found: unknown = Array.isArray(whole)
    ? whole[Number(key)]
    : typeof whole === "object" && whole !== null && Object.hasOwn(whole, key)
      ? (whole as Record<string, unknown>)[key]
      : undefined;
  if (found === undefined || (asText && found === null)) return { type, value: null };
  return { type, value: asText && typeof found === "string" ? found : JSON.stringify(found) };
}

/** What an expression will be, before there is any row. */
export function typeOf(expr: Expr, columns: readonly RowColumn[], context: SqlContext): TypeName {
  const { resultOf, resultType, sameName, verdictType } = context.dialect;
  switch (expr.kind) {
    case "literal":
      return expr.type === "unknown" ? "text" : expr.type;
    case "column":
      return (
        columns.find(
          ({ name, table }) => sameName(name, expr.name) && (expr.table === undefined || sameName(table, expr.table)),
        )?.type ?? "text"
      );
    case "cast":
      return expr.type;
    case "unary":
      return expr.operator === "NOT" ? verdictType : typeOf(expr.operand, columns, context);
    case "binary":
      if (["+", "-", "*", "/", "%", "^", "DIV"].includes(expr.operator))
        return resultOf(expr.operator, typeOf(expr.left, columns, context), typeOf(expr.right, columns, context));
      return expr.operator === "||" || expr.operator === "->>"
        ? "text"
        : expr.operator === "->"
          ? "jsonb"
          : verdictType;
    case "case": {
      const branch = expr.branches.map(([, then]) => typeOf(then, columns, context)).find((type) => !isText(type));
      return branch ?? "text";
    }
    case "call":
      return (
        resultType(
          expr.name,
          expr.args.map((argument) => typeOf(argument, columns, context)),
        ) ??
        context.callType(expr.name) ??
        "text"
      );
    case "scalar":
      return "text";
    default:
      return verdictType;
  }
}
