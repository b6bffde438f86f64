/** MySQL's dialect of the shared core. */
import type { Dialect } from "../../kit/sql/dialect.ts";
import { likePattern, regexMatch } from "../../kit/sql/patterns.ts";
import { isText, type Typed, toText } from "../../kit/sql/values.ts";
import { MysqlError, refusals } from "./errors.ts";
import type { Flavour } from "./flavour.ts";
import { aggregate, functionNamed, isAggregate, resultType } from "./functions.ts";
import {
  arithmetic,
  cast,
  compare,
  folded,
  integer,
  isInteger,
  key,
  leadingNumber,
  order,
  resultOf,
  truth,
} from "./values.ts";

interface DialectOptions {
  /** What is neither grouped nor aggregated is refused (sql_mode ONLY_FULL_GROUP_BY). */
  readonly strictGrouping: boolean;
  readonly database: string;
  readonly flavour: Flavour;
  readonly warn: (code: number, message: string) => void;
}

/** A text that is used as a number and is none leaves a warning behind. */
function asked(value: Typed, kind: string, { warn }: DialectOptions): Typed {
  if (value.value !== null && isText(value.type) && !leadingNumber(String(value.value)).whole)
    warn(1292, `Truncated incorrect ${kind} value: '${String(value.value)}'`);
  return value;
}

/** Without the blanks at its end, where they do not count. */
function padded(value: Typed, { flavour }: DialectOptions): Typed {
  return flavour.padSpace && typeof value.value === "string" && isText(value.type) && value.value.endsWith(" ")
    ? { ...value, value: value.value.replace(/ +$/, "") }
    : value;
}

export const mysqlDialect = (options: DialectOptions): Dialect => ({
  truth: (value) => truth(value),
  verdict: (value) => integer(value === null ? null : Number(value)),
  verdictType: "int8",
  arithmetic: (operator, a, b) => {
    const [left, right] = [asked(a, "DOUBLE", options), asked(b, "DOUBLE", options)];
    const result = arithmetic(operator, left, right);
    if (["/", "%", "DIV"].includes(operator) && result.value === null && left.value !== null && right.value !== null)
      options.warn(1365, "Division by 0");
    return result;
  },
  resultOf,
  compare: (a, b) => compare(padded(a, options), padded(b, options)),
  order: (a, b) => order(padded(a, options), padded(b, options)),
  key: (value) => key(padded(value, options)),
  cast: (value, type, size) => cast(isInteger(type) ? asked(value, "INTEGER", options) : value, type, size),
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
  sortedGroups: options.flavour.sortedGroups,
  within: (problem, clause) => {
    const { place } = options.flavour;
    if (!(problem instanceof MysqlError) || (problem.code !== 1054 && problem.code !== 1052)) return problem;
    const message = problem.message
      .replace(`in '${place("select")}'`, `in '${place(clause)}'`)
      .replace(`in ${place("select")} is`, `in ${place(clause)} is`);
    return new MysqlError(problem.code, problem.state, message);
  },
  namesInHaving: true,
  refuse: {
    ambiguous: (name) =>
      new MysqlError(1052, "23000", `Column '${name}' in ${options.flavour.place("select")} is ambiguous`),
    noColumn: (name, table) =>
      refusals.noColumn(table === undefined ? name : `${table}.${name}`, options.flavour.place("select")),
    noSource: (table, column) =>
      column === undefined
        ? new MysqlError(1051, "42S02", `Unknown table '${table}'`)
        : refusals.noColumn(`${table}.${column}`, options.flavour.place("select")),
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
    noPosition: (position) =>
      new MysqlError(1054, "42S22", `Unknown column '${position}' in '${options.flavour.place("order")}'`),
    manyColumns: () => new MysqlError(1241, "21000", "Operand should contain 1 column(s)"),
    manyRows: () => new MysqlError(1242, "21000", "Subquery returns more than 1 row"),
    unequalQueries: () =>
      new MysqlError(1222, "21000", "The used SELECT statements have a different number of columns"),
  },
});
