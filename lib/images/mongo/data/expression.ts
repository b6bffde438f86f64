/** Aggregation expressions. Pure. */
import {
  compare,
  type Doc,
  equal,
  getPath,
  isArray,
  isDoc,
  isPlain,
  MongoError,
  numberOf,
  specialKind,
  type Value,
  valuesAt,
} from "./bson.ts";

const truthy = (value: Value | undefined) =>
  value !== undefined && value !== null && value !== false && numberOf(value) !== 0;

type Variables = Readonly<Record<string, Value>>;

/** Undefined: the field is missing. */
export function evaluate(expression: Value, doc: Doc, variables: Variables = {}): Value | undefined {
  if (typeof expression === "string") {
    if (expression === "$$ROOT" || expression === "$$CURRENT") return doc;
    if (expression === "$$REMOVE") return undefined;
    if (expression.startsWith("$$")) {
      const [name = "", ...rest] = expression.slice(2).split(".");
      if (!Object.hasOwn(variables, name))
        throw new MongoError(17276, "Location17276", `Use of undefined variable: ${name}`);
      return rest.length === 0 ? variables[name] : getPath(variables[name], rest.join("."));
    }
    return expression.startsWith("$") ? field(doc, expression.slice(1)) : expression;
  }
  if (isArray(expression)) return expression.map((one) => evaluate(one, doc, variables) ?? null);
  if (!isDoc(expression) || specialKind(expression) !== undefined) return expression;
  const [operator] = Object.keys(expression);
  if (operator?.startsWith("$") === true) {
    const argument = expression[operator] ?? null;
    if (operator === "$literal") return argument;
    const run = OPERATORS[operator];
    if (run === undefined || !Object.hasOwn(OPERATORS, operator))
      throw new MongoError(168, "InvalidPipelineOperator", `Unrecognized expression '${operator}'`);
    return run(argument, doc, variables);
  }
  const result: { [name: string]: Value } = {};
  for (const [name, inner] of Object.entries(expression)) {
    const value = evaluate(inner, doc, variables);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** Through arrays a path gives the array of what its elements have. */
function field(doc: Doc, path: string): Value | undefined {
  const direct = getPath(doc, path);
  if (direct !== undefined || !path.includes(".")) return direct;
  const through = valuesAt(doc, path);
  return through.length === 0 ? undefined : through;
}

type Operator = (argument: Value, doc: Doc, variables: Variables) => Value | undefined;

const args = (argument: Value, doc: Doc, variables: Variables) =>
  (isArray(argument) ? argument : [argument]).map((one) => evaluate(one, doc, variables));

function numeric(name: string, fold: (numbers: readonly number[]) => number): Operator {
  return (argument, doc, variables) => {
    const values = args(argument, doc, variables);
    if (values.some((value) => value === null || value === undefined)) return null;
    // Dates count by their milliseconds.
    const dates = values.filter((value) => specialKind(value) === "$date").length;
    const numbers = values.map(
      (value) => numberOf(value) ?? (isDoc(value) ? (value["$date"] as number | undefined) : undefined),
    );
    if (numbers.some((number) => number === undefined))
      throw new MongoError(14, "TypeMismatch", `$${name} only supports numeric or date types`);
    const result = fold(numbers as number[]);
    return dates === 1 && (name === "add" || name === "subtract") ? { $date: result } : result;
  };
}

const comparing =
  (holds: (order: number) => boolean): Operator =>
  (argument, doc, variables) => {
    const [a, b] = args(argument, doc, variables);
    return holds(compare(a, b));
  };

const textual =
  (run: (text: string) => string): Operator =>
  (argument, doc, variables) => {
    const [value] = args(argument, doc, variables);
    return value === null || value === undefined ? "" : run(String(value));
  };

const datePart =
  (run: (date: Date) => number): Operator =>
  (argument, doc, variables) => {
    const [value] = args(argument, doc, variables);
    return specialKind(value) === "$date" ? run(new Date(Number((value as Doc)["$date"]))) : null;
  };

const listed =
  (fold: (values: readonly Value[]) => Value): Operator =>
  (argument, doc, variables) => {
    const values = args(argument, doc, variables);
    const inner = values.length === 1 && isArray(values[0]) ? values[0] : values;
    return fold(inner.filter((value) => value !== undefined && value !== null) as Value[]);
  };

const sum = (values: readonly Value[]) => values.reduce((total: number, value) => total + (numberOf(value) ?? 0), 0);
const numbersIn = (values: readonly Value[]) => values.filter((value) => numberOf(value) !== undefined);

const OPERATORS: Readonly<Record<string, Operator>> = {
  $add: numeric("add", (numbers) => numbers.reduce((a, b) => a + b, 0)),
  $multiply: numeric("multiply", (numbers) => numbers.reduce((a, b) => a * b, 1)),
  $subtract: numeric("subtract", ([a = 0, b = 0]) => a - b),
  $divide: numeric("divide", ([a = 0, b = 0]) => {
    if (b === 0) throw new MongoError(2, "BadValue", "can't $divide by zero");
    return a / b;
  }),
  $mod: numeric("mod", ([a = 0, b = 1]) => a % b),
  $abs: numeric("abs", ([a = 0]) => Math.abs(a)),
  $ceil: numeric("ceil", ([a = 0]) => Math.ceil(a)),
  $floor: numeric("floor", ([a = 0]) => Math.floor(a)),
  $round: numeric("round", ([a = 0, places = 0]) => Math.round(a * 10 ** places) / 10 ** places),
  $eq: comparing((order) => order === 0),
  $ne: comparing((order) => order !== 0),
  $gt: comparing((order) => order > 0),
  $gte: comparing((order) => order >= 0),
  $lt: comparing((order) => order < 0),
  $lte: comparing((order) => order <= 0),
  $cmp: (argument, doc, variables) => {
    const [a, b] = args(argument, doc, variables);
    return Math.sign(compare(a, b));
  },
  $and: (argument, doc, variables) => args(argument, doc, variables).every(truthy),
  $or: (argument, doc, variables) => args(argument, doc, variables).some(truthy),
  $not: (argument, doc, variables) => !truthy(args(argument, doc, variables)[0]),
  $in: (argument, doc, variables) => {
    const [value, list] = args(argument, doc, variables);
    if (!isArray(list)) throw new MongoError(40081, "Location40081", "$in requires an array as a second argument");
    return list.some((one) => equal(one, value));
  },
  $cond: (argument, doc, variables) => {
    const [condition, then, otherwise] = isArray(argument)
      ? argument
      : isDoc(argument)
        ? [argument["if"], argument["then"], argument["else"]]
        : [];
    return evaluate((truthy(evaluate(condition ?? null, doc, variables)) ? then : otherwise) ?? null, doc, variables);
  },
  $ifNull: (argument, doc, variables) =>
    args(argument, doc, variables).find((value) => value !== null && value !== undefined) ?? null,
  $concat: (argument, doc, variables) => {
    const values = args(argument, doc, variables);
    return values.some((value) => value === null || value === undefined) ? null : values.join("");
  },
  $toUpper: textual((text) => text.toUpperCase()),
  $toLower: textual((text) => text.toLowerCase()),
  $toString: (argument, doc, variables) => {
    const [value] = args(argument, doc, variables);
    if (value === null || value === undefined) return null;
    return isDoc(value) ? String(Object.values(value)[0]) : String(value);
  },
  $strLenCP: (argument, doc, variables) => String(args(argument, doc, variables)[0] ?? "").length,
  $size: (argument, doc, variables) => {
    const [value] = args(argument, doc, variables);
    if (!isArray(value))
      throw new MongoError(17124, "Location17124", "The argument to $size must be an array, but was of type: missing");
    return value.length;
  },
  $arrayElemAt: (argument, doc, variables) => {
    const [list, place] = args(argument, doc, variables);
    return isArray(list) ? list.at(numberOf(place) ?? 0) : null;
  },
  $sum: listed((values) => sum(values)),
  $avg: listed((values) => (numbersIn(values).length === 0 ? null : sum(values) / numbersIn(values).length)),
  $min: listed((values) => [...values].sort(compare)[0] ?? null),
  $max: listed((values) => [...values].sort(compare).at(-1) ?? null),
  $year: datePart((date) => date.getUTCFullYear()),
  $month: datePart((date) => date.getUTCMonth() + 1),
  $dayOfMonth: datePart((date) => date.getUTCDate()),
  $hour: datePart((date) => date.getUTCHours()),
  $minute: datePart((date) => date.getUTCMinutes()),
  $type: (argument, doc, variables) => {
    const [value] = args(argument, doc, variables);
    return isPlain(value) ? "object" : typeof value;
  },
};
