/** PostgreSQL's dialect, which keeps close to the standard. */
import type { Dialect } from "./dialect.ts";
import { aggregate, functionNamed, isAggregate, resultType } from "./functions.ts";
import { likePattern, regexMatch } from "./patterns.ts";
import {
  arithmetic,
  bool,
  cast,
  compare,
  compareRaw,
  groupKey,
  resultOf,
  SqlError,
  shownType,
  toText,
} from "./values.ts";

export const standard: Dialect = {
  truth: ({ type, value }, what) => {
    if (value === null || typeof value === "boolean") return value;
    if (type === "unknown") return cast({ type, value }, "bool").value as boolean;
    throw new SqlError("42804", `argument of ${what} must be type boolean, not type ${shownType(type)}`);
  },
  verdict: bool,
  verdictType: "bool",
  arithmetic,
  resultOf,
  compare,
  order: (a, b) => compareRaw(a.value, b.value, a.type === "numeric" || b.type === "numeric"),
  key: groupKey,
  cast,
  text: toText,
  like: likePattern,
  matches: regexMatch,
  functionNamed,
  isAggregate,
  aggregate,
  resultType,
  sameName: (a, b) => a === b,
  strictGrouping: true,
  sortedGroups: false,
  within: (problem) => problem,
  namesInHaving: false,
  refuse: {
    ambiguous: (name, at) => new SqlError("42702", `column reference "${name}" is ambiguous`, { at }),
    noColumn: (name, table, at) =>
      new SqlError("42703", `column ${table === undefined ? `"${name}"` : `${table}.${name}`} does not exist`, { at }),
    noSource: (table, _column, at) => new SqlError("42P01", `missing FROM-clause entry for table "${table}"`, { at }),
    noFunction: (name, types, at) =>
      new SqlError("42883", `function ${name}(${types.map((type) => shownType(type)).join(", ")}) does not exist`, {
        at,
        hint: "No function matches the given name and argument types. You might need to add explicit type casts.",
      }),
    aggregateHere: (where, at) =>
      new SqlError("42803", `aggregate functions are not allowed ${where === undefined ? "here" : `in ${where}`}`, {
        at,
      }),
    notGrouped: (table, column, _output, at) =>
      new SqlError(
        "42803",
        `column "${table}.${column}" must appear in the GROUP BY clause or be used in an aggregate function`,
        { at },
      ),
    noTables: () => new SqlError("42601", "SELECT * with no tables specified is not valid"),
    noPosition: (position) => new SqlError("42P10", `ORDER BY position ${position} is not in select list`),
    manyColumns: () => new SqlError("42601", "subquery must return only one column"),
    manyRows: () => new SqlError("21000", "more than one row returned by a subquery used as an expression"),
    unequalQueries: (union) => new SqlError("42601", `each ${union} query must have the same number of columns`),
  },
};
