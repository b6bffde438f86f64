/** WHERE: which partitions and rows a statement means. */
import type { Relation } from "../cql/ast.ts";
import { type CqlType, type CqlValue, compareValues, invalid, toValue } from "../cql/types.ts";
import { columnOf, columnsOf, type TableSchema, tokenOfKey } from "../schema.ts";
import { type QueryContext, type, undefinedColumn } from "./result.ts";

/** A relation with its values. */
export interface Restriction {
  readonly column: string;
  readonly token: boolean;
  readonly operator: Relation["operator"];
  readonly values: readonly CqlValue[];
  readonly type: CqlType;
}

export function restrictionsOf(
  context: QueryContext,
  table: TableSchema,
  relations: readonly Relation[],
): Restriction[] {
  return relations.map(({ column, token, operator, terms }) => {
    if (token) {
      const keys = columnsOf(table, "partition_key").map(({ name }) => name);
      if (column !== keys.join(","))
        throw invalid(`The token() function must be applied to all partition key components or none of them`);
      const values = terms.map((term) => toValue(term, type("bigint"), { ...context, column: "partition key token" }));
      return { column, token, operator, values, type: type("bigint") };
    }
    const definition = columnOf(table, column);
    if (definition === undefined) throw undefinedColumn(context, table, column);
    const wanted =
      operator === "CONTAINS"
        ? definition.type.of.at(-1)
        : operator === "CONTAINS KEY"
          ? definition.type.of[0]
          : undefined;
    if (operator.startsWith("CONTAINS") && wanted === undefined)
      throw invalid(`Cannot use ${operator} on non-collection column ${column}`);
    const values = terms.map((term) => toValue(term, wanted ?? definition.type, { ...context, column }));
    if (values.includes(null)) throw invalid(`Invalid null value in condition for column ${column}`);
    return { column, token, operator, values, type: wanted ?? definition.type };
  });
}

/** The keys that = and IN on a list of columns name; undefined where one of them has neither. */
export function keysOf(names: readonly string[], restrictions: readonly Restriction[]): CqlValue[][] | undefined {
  let keys: CqlValue[][] = [[]];
  for (const name of names) {
    const found = restrictions.find(
      ({ column, operator, token }) => !token && column === name && (operator === "=" || operator === "IN"),
    );
    if (found === undefined) return undefined;
    keys = keys.flatMap((key) => found.values.map((value) => [...key, value]));
  }
  return [...new Map(keys.map((key) => [JSON.stringify(key), key])).values()];
}

function test(restriction: Restriction, value: CqlValue): boolean {
  if (value === null) return false;
  const { operator, values, type: wanted } = restriction;
  const [first = null] = values;
  const order = (other: CqlValue) => compareValues(value, other, wanted);
  switch (operator) {
    case "=":
      return order(first) === 0;
    case "!=":
      return order(first) !== 0;
    case "<":
      return order(first) < 0;
    case ">":
      return order(first) > 0;
    case "<=":
      return order(first) <= 0;
    case ">=":
      return order(first) >= 0;
    case "IN":
      return values.some((other) => order(other) === 0);
    case "CONTAINS":
    case "CONTAINS KEY": {
      const items = value as readonly CqlValue[];
      return items.some((item) => {
        const inner = Array.isArray(item) ? (item[operator === "CONTAINS" ? 1 : 0] ?? null) : item;
        return compareValues(inner, first, wanted) === 0;
      });
    }
  }
}

export function satisfies(
  table: TableSchema,
  restrictions: readonly Restriction[],
  values: Readonly<Record<string, CqlValue>>,
): boolean {
  return restrictions.every((restriction) => {
    if (!restriction.token) return test(restriction, values[restriction.column] ?? null);
    const key = columnsOf(table, "partition_key").map(({ name }) => values[name] ?? null);
    return test(restriction, tokenOfKey(table, key).toString());
  });
}
