/** MySQL's dialect of the shared core. */
import type { Dialect } from "../../kit/sql/dialect.ts";
import { likePattern, regexMatch } from "../../kit/sql/patterns.ts";
import { toText } from "../../kit/sql/values.ts";
import { MysqlError, refusals } from "./errors.ts";
import { aggregate, functionNamed, isAggregate, resultType } from "./functions.ts";
import { arithmetic, cast, compare, folded, integer, key, order, resultOf, truth } from "./values.ts";

/** `strictGrouping`: MySQL refuses what is neither grouped nor aggregated (sql_mode only_full_group_by), MariaDB does not. */
export const mysqlDialect = (options: { readonly strictGrouping: boolean; readonly database: string }): Dialect => ({
  truth: (value) => truth(value),
  verdict: (value) => integer(value === null ? null : Number(value)),
  verdictType: "int8",
  arithmetic: (operator, a, b) => arithmetic(operator, a, b),
  resultOf,
  compare,
  order,
  key,
  cast,
  text: toText,
  like: (pattern, caseless) => {
    const matches = likePattern(caseless ? folded(pattern) : pattern, false);
    return (text) => matches(caseless ? folded(text) : text);
  },
  matches: regexMatch,
  functionNamed,
  isAggregate,
  aggregate,
  resultType,
  sameName: (a, b) => a === b || a.toLowerCase() === b.toLowerCase(),
  strictGrouping: options.strictGrouping,
  namesInHaving: true,
  refuse: {
    ambiguous: (name) => new MysqlError(1052, "23000", `Column '${name}' in field list is ambiguous`),
    noColumn: (name, table) => refusals.noColumn(table === undefined ? name : `${table}.${name}`, "field list"),
    noSource: (table, column) =>
      column === undefined
        ? new MysqlError(1051, "42S02", `Unknown table '${table}'`)
        : refusals.noColumn(`${table}.${column}`, "field list"),
    noFunction: (name) =>
      new MysqlError(
        1305,
        "42000",
        `FUNCTION ${options.database === "" ? name : `${options.database}.${name}`} does not exist`,
      ),
    aggregateHere: () => new MysqlError(1111, "HY000", "Invalid use of group function"),
    notGrouped: (table, column, output) =>
      new MysqlError(
        1055,
        "42000",
        `Expression #${output} of SELECT list is not in GROUP BY clause and contains nonaggregated column '${options.database}.${table}.${column}' which is not functionally dependent on columns in GROUP BY clause; this is incompatible with sql_mode=only_full_group_by`,
      ),
    noTables: () => new MysqlError(1096, "HY000", "No tables used"),
    noPosition: (position) => new MysqlError(1054, "42S22", `Unknown column '${position}' in 'order clause'`),
    manyColumns: () => new MysqlError(1241, "21000", "Operand should contain 1 column(s)"),
    manyRows: () => new MysqlError(1242, "21000", "Subquery returns more than 1 row"),
    unequalQueries: () =>
      new MysqlError(1222, "21000", "The used SELECT statements have a different number of columns"),
  },
});
