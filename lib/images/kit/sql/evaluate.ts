/** Expressions over rows. */
import type { Expr, Query } from "./ast.ts";
import { functionNamed, isAggregate, resultType } from "./functions.ts";
import { likePattern, regexMatch } from "./patterns.ts";
import {
  arithmetic,
  bool,
  cast,
  compare,
  isText,
  NULL,
  type Raw,
  resultOf,
  SqlError,
  shownType,
  type Typed,
  type TypeName,
  toText,
} from "./values.ts";

export interface RowColumn {
  /** The table's alias. */
  readonly table: string;
  readonly name: string;
  readonly type: TypeName;
  readonly size?: readonly number[];
  /** The table's whole primary key: other columns of it depend on this one. */
  readonly key?: boolean;
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
  readonly query: (query: Query, outer: Scope | undefined, context: SqlContext) => Promise<Rowset>;
  /** Milliseconds, the same through a transaction. */
  readonly now: number;
  readonly random: () => number;
  readonly spend: (units: number) => Promise<void> | void;
}

export function findColumn(
  scope: Scope | undefined,
  expr: Extract<Expr, { kind: "column" }>,
): { readonly scope: Scope; readonly index: number } {
  for (let inner = scope; inner !== undefined; inner = inner.outer) {
    const found: number[] = [];
    for (const [index, column] of inner.columns.entries()) {
      if (column.name === expr.name && (expr.table === undefined || column.table === expr.table)) found.push(index);
    }
    if (found.length > 1) throw new SqlError("42702", `column reference "${expr.name}" is ambiguous`, { at: expr.at });
    const [index] = found;
    if (index !== undefined) return { scope: inner, index };
  }
  for (let inner = scope; inner !== undefined && expr.table !== undefined; inner = inner.outer) {
    if (inner.columns.some(({ table }) => table === expr.table))
      throw new SqlError("42703", `column ${expr.table}.${expr.name} does not exist`, { at: expr.at });
  }
  if (expr.table !== undefined)
    throw new SqlError("42P01", `missing FROM-clause entry for table "${expr.table}"`, { at: expr.at });
  throw new SqlError("42703", `column "${expr.name}" does not exist`, { at: expr.at });
}

const and = (a: Raw, b: Raw): Raw => (a === false || b === false ? false : a === null || b === null ? null : true);
const or = (a: Raw, b: Raw): Raw => (a === true || b === true ? true : a === null || b === null ? null : false);

function condition({ type, value }: Typed, what: string): Raw {
  if (type === "bool" || value === null) return value;
  if (type === "unknown") return cast({ type, value }, "bool").value;
  throw new SqlError("42804", `argument of ${what} must be type boolean, not type ${shownType(type)}`);
}

export async function holds(
  expr: Expr | undefined,
  scope: Scope,
  context: SqlContext,
  what = "WHERE",
): Promise<boolean> {
  return expr === undefined || condition(await evaluate(expr, scope, context), what) === true;
}

export async function evaluate(expr: Expr, scope: Scope | undefined, context: SqlContext): Promise<Typed> {
  const paid = context.spend(1);
  if (paid !== undefined) await paid;
  switch (expr.kind) {
    case "literal":
      return expr;
    case "column": {
      const found = findColumn(scope, expr);
      return { type: found.scope.columns[found.index]?.type ?? "unknown", value: found.scope.row[found.index] ?? null };
    }
    case "unary": {
      const operand = await evaluate(expr.operand, scope, context);
      if (expr.operator === "NOT") {
        const value = condition(operand, "NOT");
        return bool(value === null ? null : value !== true);
      }
      return expr.operator === "+"
        ? operand
        : arithmetic(
            "-",
            {
              type: operand.type === "unknown" ? "int4" : operand.type,
              value: operand.type === "interval" ? 0 : operand.type === "numeric" ? "0" : 0,
            },
            operand,
          );
    }
    case "binary":
      return binary(expr, scope, context);
    case "cast":
      return cast(await evaluate(expr.operand, scope, context), expr.type, expr.size);
    case "is": {
      const { value } = await evaluate(expr.operand, scope, context);
      const holdsHere = expr.what === "NULL" ? value === null : value === (expr.what === "TRUE");
      return bool(holdsHere !== expr.not);
    }
    case "case": {
      const operand = expr.operand === undefined ? undefined : await evaluate(expr.operand, scope, context);
      for (const [when, then] of expr.branches) {
        const value = await evaluate(when, scope, context);
        const taken = operand === undefined ? condition(value, "CASE/WHEN") === true : compare(operand, value) === 0;
        if (taken) return evaluate(then, scope, context);
      }
      return expr.otherwise === undefined ? NULL : evaluate(expr.otherwise, scope, context);
    }
    case "between": {
      const operand = await evaluate(expr.operand, scope, context);
      const low = compare(operand, await evaluate(expr.low, scope, context));
      const high = compare(operand, await evaluate(expr.high, scope, context));
      const inside = and(low === undefined ? null : low >= 0, high === undefined ? null : high <= 0);
      return bool(inside === null ? null : (inside === true) !== expr.not);
    }
    case "in": {
      const operand = await evaluate(expr.operand, scope, context);
      let found: Raw = false;
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
      return bool(found === null ? null : (found === true) !== expr.not);
    }
    case "like": {
      const [operand, pattern] = [
        await evaluate(expr.operand, scope, context),
        await evaluate(expr.pattern, scope, context),
      ];
      if (operand.value === null || pattern.value === null) return bool(null);
      return bool(likePattern(toText(pattern), expr.caseless)(toText(operand)) !== expr.not);
    }
    case "exists":
      return bool((await context.query(expr.query, scope, context)).rows.length > 0);
    case "scalar": {
      const { columns, rows } = await context.query(expr.query, scope, context);
      if (columns.length !== 1) throw new SqlError("42601", "subquery must return only one column");
      if (rows.length > 1)
        throw new SqlError("21000", "more than one row returned by a subquery used as an expression");
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
  if (isAggregate(expr.name)) throw new SqlError("42803", `aggregate functions are not allowed here`, { at: expr.at });
  const args: Typed[] = [];
  for (const argument of expr.args) args.push(await evaluate(argument, scope, context));
  const known = functionNamed(expr.name);
  const result = known === undefined ? await context.call(expr.name, args) : known(args, context);
  if (result !== undefined) return result;
  throw noFunction(
    expr,
    args.map(({ type }) => type),
  );
}

export function noFunction(
  { name, at }: { readonly name: string; readonly at: number },
  types: readonly TypeName[],
): SqlError {
  return new SqlError("42883", `function ${name}(${types.map((type) => shownType(type)).join(", ")}) does not exist`, {
    at,
    hint: "No function matches the given name and argument types. You might need to add explicit type casts.",
  });
}

async function binary(
  expr: Extract<Expr, { kind: "binary" }>,
  scope: Scope | undefined,
  context: SqlContext,
): Promise<Typed> {
  const { operator } = expr;
  const left = await evaluate(expr.left, scope, context);
  if (operator === "AND" || operator === "OR") {
    const a = condition(left, operator);
    if (a === (operator === "OR")) return bool(a);
    const b = condition(await evaluate(expr.right, scope, context), operator);
    return bool((operator === "AND" ? and(a, b) : or(a, b)) as boolean | null);
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
      if (order === undefined) return bool(null);
      const tests = {
        "=": order === 0,
        "<>": order !== 0,
        "<": order < 0,
        ">": order > 0,
        "<=": order <= 0,
        ">=": order >= 0,
      };
      return bool(tests[operator]);
    }
    case "IS DISTINCT":
    case "IS NOT DISTINCT": {
      const same =
        left.value === null || right.value === null ? left.value === right.value : compare(left, right) === 0;
      return bool(same === (operator === "IS NOT DISTINCT"));
    }
    case "||":
      if (left.value === null || right.value === null) return { type: "text", value: null };
      return { type: "text", value: toText(left) + toText(right) };
    case "~":
    case "~*":
    case "!~":
    case "!~*":
      if (left.value === null || right.value === null) return bool(null);
      return bool(regexMatch(toText(right), operator.endsWith("*"))(toText(left)) !== operator.startsWith("!"));
    case "->":
    case "->>":
      return jsonField(left, right, operator === "->>");
    default:
      return arithmetic(operator, left, right, expr.at);
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

function jsonField(left: Typed, right: Typed, asText: boolean): Typed {
  const type = asText ? "text" : "jsonb";
  if (left.value === null || right.value === null) return { type, value: null };
  const whole = JSON.parse(String(left.value)) as unknown;
  const key = toText(right);
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
  switch (expr.kind) {
    case "literal":
      return expr.type === "unknown" ? "text" : expr.type;
    case "column":
      return (
        columns.find(({ name, table }) => name === expr.name && (expr.table === undefined || table === expr.table))
          ?.type ?? "text"
      );
    case "cast":
      return expr.type;
    case "unary":
      return expr.operator === "NOT" ? "bool" : typeOf(expr.operand, columns, context);
    case "binary":
      if (["+", "-", "*", "/", "%", "^"].includes(expr.operator))
        return resultOf(expr.operator, typeOf(expr.left, columns, context), typeOf(expr.right, columns, context));
      return expr.operator === "||" || expr.operator === "->>" ? "text" : expr.operator === "->" ? "jsonb" : "bool";
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
      return "bool";
  }
}
