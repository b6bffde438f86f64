/** Query filters. Pure; patterns run in linear time. */
import { RE2JS } from "re2js";
import {
  badValue,
  compare,
  type Doc,
  equal,
  isArray,
  isDoc,
  isPlain,
  numberOf,
  rankOf,
  specialKind,
  typeName,
  type Value,
  valuesAt,
} from "./bson.ts";
import { evaluate } from "./expression.ts";

type Test = (doc: Doc) => boolean;

/** Throws BadValue for operators that do not exist (or are not served). */
export function matcher(filter: Doc): Test {
  const tests = Object.entries(filter).map(([field, condition]) => clause(field, condition));
  return (doc) => tests.every((test) => test(doc));
}

function listOf(operator: string, value: Value): Doc[] {
  if (!isArray(value)) throw badValue(`${operator} must be an array`);
  if (value.length === 0) throw badValue(`${operator} argument must be a non-empty array`);
  return value.map((one) => {
    if (!isDoc(one)) throw badValue(`${operator} argument's entries must be objects`);
    return one;
  });
}

function clause(field: string, condition: Value): Test {
  if (!field.startsWith("$")) return fieldTest(field, condition);
  switch (field) {
    case "$and": {
      const tests = listOf(field, condition).map(matcher);
      return (doc) => tests.every((test) => test(doc));
    }
    case "$or": {
      const tests = listOf(field, condition).map(matcher);
      return (doc) => tests.some((test) => test(doc));
    }
    case "$nor": {
      const tests = listOf(field, condition).map(matcher);
      return (doc) => !tests.some((test) => test(doc));
    }
    case "$expr":
      return (doc) => truthy(evaluate(condition, doc));
    case "$comment":
      return () => true;
    default:
      throw badValue(
        `unknown top level operator: ${field}. If you have a field name that starts with a '$' symbol, consider using $getField or $setField.`,
      );
  }
}

const truthy = (value: Value | undefined) =>
  value !== undefined && value !== null && value !== false && numberOf(value) !== 0;

function fieldTest(path: string, condition: Value): Test {
  const one = valueTest(condition);
  return (doc) => one(valuesAt(doc, path));
}

/** Tests what is found at a path: nothing, or one value or more. */
type ValuesTest = (found: readonly Value[]) => boolean;

function isOperators(condition: Value): condition is Doc {
  return isPlain(condition) && Object.keys(condition)[0]?.startsWith("$") === true;
}

/** True where a value, or an element of it where it is an array, passes. */
const some =
  (test: (value: Value) => boolean): ValuesTest =>
  (found) =>
    found.some((value) => test(value) || (isArray(value) && value.some(test)));

function valueTest(condition: Value): ValuesTest {
  if (specialKind(condition) === "$regularExpression") return regexTest(condition as Doc);
  if (!isOperators(condition)) return equality(condition);
  const tests = Object.entries(condition).map(([operator, operand]) => operatorTest(operator, operand, condition));
  return (found) => tests.every((test) => test(found));
}

function equality(wanted: Value): ValuesTest {
  if (wanted === null) return (found) => found.length === 0 || some((value) => value === null)(found);
  return some((value) => equal(value, wanted));
}

function regexTest(condition: Doc): ValuesTest {
  const { pattern, options } = condition["$regularExpression"] as {
    readonly pattern: string;
    readonly options: string;
  };
  const compiled = compileRegex(pattern, options);
  return some((value) => typeof value === "string" && compiled.matcher(value).find());
}

export function compileRegex(pattern: string, options: string): RE2JS {
  let flags = 0;
  if (options.includes("i")) flags |= RE2JS.CASE_INSENSITIVE;
  if (options.includes("m")) flags |= RE2JS.MULTILINE;
  if (options.includes("s")) flags |= RE2JS.DOTALL;
  try {
    return RE2JS.compile(pattern, flags);
  } catch (problem) {
    if (!(problem instanceof Error)) throw problem;
    throw badValue(`Regular expression is invalid: ${problem.message}`);
  }
}

function ordering(holds: (order: number) => boolean, operand: Value): ValuesTest {
  return some((value) => rankOf(value) === rankOf(operand) && holds(compare(value, operand)));
}

function operatorTest(operator: string, operand: Value, whole: Doc): ValuesTest {
  switch (operator) {
    case "$eq":
      return equality(operand);
    case "$ne": {
      const test = equality(operand);
      return (found) => !test(found);
    }
    case "$gt":
      return ordering((order) => order > 0, operand);
    case "$gte":
      return ordering((order) => order >= 0, operand);
    case "$lt":
      return ordering((order) => order < 0, operand);
    case "$lte":
      return ordering((order) => order <= 0, operand);
    case "$in":
    case "$nin": {
      if (!isArray(operand)) throw badValue(`${operator} needs an array`);
      const tests = operand.map((one) =>
        specialKind(one) === "$regularExpression" ? regexTest(one as Doc) : equality(one),
      );
      const any: ValuesTest = (found) => tests.some((test) => test(found));
      return operator === "$in" ? any : (found) => !any(found);
    }
    case "$exists":
      return (found) => found.length > 0 === truthy(operand);
    case "$not": {
      if (!isOperators(operand) && specialKind(operand) !== "$regularExpression")
        throw badValue("$not needs a regex or a document");
      const test = valueTest(operand);
      return (found) => !test(found);
    }
    case "$regex": {
      const options = typeof whole["$options"] === "string" ? whole["$options"] : "";
      if (specialKind(operand) === "$regularExpression") return regexTest(operand as Doc);
      if (typeof operand !== "string") throw badValue("$regex has to be a string");
      return regexTest({ $regularExpression: { pattern: operand, options } });
    }
    case "$options":
      if (whole["$regex"] === undefined) throw badValue("$options needs a $regex");
      return () => true;
    case "$all": {
      if (!isArray(operand)) throw badValue("$all needs an array");
      const tests = operand.map(equality);
      return (found) => tests.length > 0 && tests.every((test) => test(found));
    }
    case "$size":
      return (found) => found.some((value) => isArray(value) && value.length === numberOf(operand));
    case "$elemMatch": {
      if (!isDoc(operand)) throw badValue("$elemMatch needs an Object");
      const plain = isOperators(operand) ? undefined : matcher(operand);
      const test = plain === undefined ? valueTest(operand) : undefined;
      return (found) =>
        found.some(
          (value) =>
            isArray(value) &&
            value.some((element) =>
              plain !== undefined ? isDoc(element) && plain(element) : test?.([element]) === true,
            ),
        );
    }
    case "$mod": {
      const [divisor, remainder] = isArray(operand) ? operand.map((one) => numberOf(one)) : [];
      if (divisor === undefined || remainder === undefined) throw badValue("malformed mod, needs to be an array");
      return some((value) => {
        const number = numberOf(value);
        return number !== undefined && Math.trunc(number) % divisor === remainder;
      });
    }
    case "$type": {
      const names = isArray(operand) ? operand : [operand];
      return some((value) =>
        names.some((name) => (name === "number" ? numberOf(value) !== undefined : typeName(value) === name)),
      );
    }
    default:
      throw badValue(`unknown operator: ${operator}`);
  }
}
