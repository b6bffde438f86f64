/** Update operators, projections and sorting. Pure. */
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
  type Value,
  valuesAt,
  withPath,
} from "./bson.ts";
import { evaluate } from "./expression.ts";
import { matcher } from "./match.ts";

interface UpdateContext {
  /** Milliseconds. */
  readonly now: number;
  /** The document is being made by an upsert. */
  readonly inserting: boolean;
}

const failed = (message: string) => new MongoError(9, "FailedToParse", message);

/** The changed document. Throws as the server refuses. */
export function applyUpdate(doc: Doc, update: Value, context: UpdateContext): Doc {
  if (isArray(update)) return update.reduce<Doc>((current, stage) => pipelineStage(current, stage), doc);
  if (!isDoc(update)) throw failed("the update must be a document or a pipeline");
  const [first] = Object.keys(update);
  if (first === undefined || !first.startsWith("$")) {
    const id = doc["_id"];
    const given = update["_id"];
    if (given !== undefined && id !== undefined && !equal(given, id)) throw immutableId();
    return { ...(id === undefined ? {} : { _id: id }), ...update };
  }
  let changed = doc;
  for (const [operator, fields] of Object.entries(update)) {
    const run = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
    if (run === undefined)
      throw failed(
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    if (!isDoc(fields))
      throw failed(
        `Modifiers operate on fields but we found type ${typeof fields} instead. For example: {$mod: {<field>: ...}} not {${operator}: ${JSON.stringify(fields)}}`,
      );
    for (const [path, operand] of Object.entries(fields)) {
      if (path.includes("$")) throw failed(`the positional operator in '${path}' is not supported here`);
      changed = run(changed, path, operand, context);
    }
  }
  if (doc["_id"] !== undefined && !equal(changed["_id"], doc["_id"])) throw immutableId();
  return changed;
}

const immutableId = () =>
  new MongoError(66, "ImmutableField", "Performing an update on the path '_id' would modify the immutable field '_id'");

function pipelineStage(doc: Doc, stage: Value): Doc {
  const [name = "", operand = null] = isDoc(stage) ? (Object.entries(stage)[0] ?? []) : [];
  if ((name === "$set" || name === "$addFields") && isDoc(operand)) return addFields(doc, operand);
  if (name === "$unset") {
    const names = isArray(operand) ? operand : [operand];
    return names.reduce<Doc>((current, path) => withPath(current, String(path), undefined), doc);
  }
  throw new MongoError(40324, "Location40324", `Unrecognized pipeline stage name: '${name}'`);
}

export function addFields(doc: Doc, fields: Doc): Doc {
  let changed = doc;
  for (const [path, expression] of Object.entries(fields)) changed = withPath(changed, path, evaluate(expression, doc));
  return changed;
}

type Operator = (doc: Doc, path: string, operand: Value, context: UpdateContext) => Doc;

function arithmetic(
  name: string,
  fold: (a: number, b: number) => number,
  empty: (operand: number) => number,
): Operator {
  return (doc, path, operand) => {
    const by = numberOf(operand);
    if (by === undefined)
      throw new MongoError(
        14,
        "TypeMismatch",
        `Cannot ${name} with non-numeric argument: {${path}: ${JSON.stringify(operand)}}`,
      );
    const value = getPath(doc, path);
    if (value === undefined) return withPath(doc, path, empty(by));
    const number = numberOf(value);
    if (number === undefined)
      throw new MongoError(
        14,
        "TypeMismatch",
        `Cannot apply $${name === "increment" ? "inc" : "mul"} to a value of non-numeric type. {_id: ${JSON.stringify(doc["_id"] ?? null)}} has the field '${path}' of non-numeric type ${typeof value}`,
      );
    return withPath(doc, path, fold(number, by));
  };
}

function arrayAt(doc: Doc, path: string, verb: string): readonly Value[] | undefined {
  const value = getPath(doc, path);
  if (value === undefined || isArray(value)) return value;
  throw new MongoError(
    2,
    "BadValue",
    `The field '${path}' must be an array but is of type ${typeof value} in document {_id: ${JSON.stringify(doc["_id"] ?? null)}}${verb}`,
  );
}

const eachOf = (operand: Value): readonly Value[] => {
  const each = isPlain(operand) ? operand["$each"] : undefined;
  return isArray(each) ? each : [operand];
};

const OPERATORS: Readonly<Record<string, Operator>> = {
  $set: (doc, path, operand) => withPath(doc, path, operand),
  $setOnInsert: (doc, path, operand, { inserting }) => (inserting ? withPath(doc, path, operand) : doc),
  $unset: (doc, path) => withPath(doc, path, undefined),
  $inc: arithmetic(
    "increment",
    (a, b) => a + b,
    (by) => by,
  ),
  $mul: arithmetic(
    "multiply",
    (a, b) => a * b,
    () => 0,
  ),
  $min: (doc, path, operand) => {
    const value = getPath(doc, path);
    return value === undefined || compare(operand, value) < 0 ? withPath(doc, path, operand) : doc;
  },
  $max: (doc, path, operand) => {
    const value = getPath(doc, path);
    return value === undefined || compare(operand, value) > 0 ? withPath(doc, path, operand) : doc;
  },
  $rename: (doc, path, operand) => {
    const value = getPath(doc, path);
    return value === undefined ? doc : withPath(withPath(doc, path, undefined), String(operand), value);
  },
  $currentDate: (doc, path, _operand, { now }) => withPath(doc, path, { $date: now }),
  $push: (doc, path, operand) => {
    const list = arrayAt(doc, path, "") ?? [];
    if (isPlain(operand) && operand["$each"] !== undefined) {
      const unknown = Object.keys(operand).find((key) => !["$each", "$slice", "$sort", "$position"].includes(key));
      if (unknown !== undefined) throw new MongoError(2, "BadValue", `Unrecognized clause in $push: ${unknown}`);
    }
    const options = isPlain(operand) ? operand : {};
    const at = numberOf(options["$position"]) ?? list.length;
    let all = [...list.slice(0, at), ...eachOf(operand), ...list.slice(at)];
    const order = options["$sort"];
    if (order !== undefined && isPlain(operand))
      all = isDoc(order)
        ? (sorted(all as Doc[], order) as Value[])
        : all.sort((a, b) => compare(a, b) * (numberOf(order) ?? 1));
    const slice = isPlain(operand) ? numberOf(options["$slice"]) : undefined;
    if (slice !== undefined) all = slice < 0 ? all.slice(slice) : all.slice(0, slice);
    return withPath(doc, path, all);
  },
  $addToSet: (doc, path, operand) => {
    const all = [...(arrayAt(doc, path, "") ?? [])];
    for (const value of eachOf(operand)) if (!all.some((one) => equal(one, value))) all.push(value);
    return withPath(doc, path, all);
  },
  $pull: (doc, path, operand) => {
    const list = arrayAt(doc, path, "");
    if (list === undefined) return doc;
    const isCondition = isPlain(operand);
    const operators = isCondition && Object.keys(operand)[0]?.startsWith("$") === true;
    const gone = (value: Value) => {
      if (!isCondition) return equal(value, operand);
      return operators ? matcher({ v: operand })({ v: value }) : isDoc(value) && matcher(operand)(value);
    };
    return withPath(
      doc,
      path,
      list.filter((value) => !gone(value)),
    );
  },
  $pullAll: (doc, path, operand) => {
    const list = arrayAt(doc, path, "");
    if (list === undefined) return doc;
    return withPath(
      doc,
      path,
      list.filter((value) => !(isArray(operand) && operand.some((one) => equal(one, value)))),
    );
  },
  $pop: (doc, path, operand) => {
    const list = arrayAt(doc, path, "");
    return list === undefined ? doc : withPath(doc, path, numberOf(operand) === -1 ? list.slice(1) : list.slice(0, -1));
  },
};

/** What an upsert begins with: the filter's plain equalities. */
export function upsertBase(filter: Doc): Doc {
  let doc: Doc = {};
  for (const [path, condition] of Object.entries(filter)) {
    if (path === "$and" && isArray(condition)) for (const one of condition) doc = { ...doc, ...upsertBase(one as Doc) };
    if (path.startsWith("$")) continue;
    const operators = isPlain(condition) && Object.keys(condition)[0]?.startsWith("$") === true;
    const value = operators ? (condition as Doc)["$eq"] : condition;
    if (value !== undefined) doc = withPath(doc, path, value);
  }
  return doc;
}

export function sorted(docs: readonly Doc[], order: Doc): Doc[] {
  const keys = Object.entries(order).map(([path, direction]) => ({
    path,
    sign: (numberOf(direction) ?? 1) < 0 ? -1 : 1,
  }));
  const valueAt = (doc: Doc, path: string, sign: number) => {
    const found = valuesAt(doc, path).flatMap((value) => (isArray(value) && value.length > 0 ? value : [value]));
    return found.sort((a, b) => sign * compare(a, b))[0];
  };
  return [...docs].sort((a, b) => {
    for (const { path, sign } of keys) {
      const [left, right] = [valueAt(a, path, sign), valueAt(b, path, sign)];
      // What is missing counts as null.
      const result = sign * compare(left ?? null, right ?? null);
      if (result !== 0) return result;
    }
    return 0;
  });
}

/** Throws where inclusion and exclusion are mixed. */
export function project(doc: Doc, projection: Doc): Doc {
  const entries = Object.entries(projection);
  const flag = (value: Value) =>
    typeof value === "boolean" ? value : numberOf(value) === undefined ? undefined : numberOf(value) !== 0;
  const flags = entries.filter(([path]) => path !== "_id").map(([path, value]) => ({ path, on: flag(value) }));
  const including =
    flags.some(({ on }) => on !== false) || (flags.length === 0 && flag(projection["_id"] ?? null) === true);
  const mixed = flags.find(({ on }) => (on === false) === including);
  if (mixed !== undefined)
    throw new MongoError(
      31254,
      "Location31254",
      `Cannot do ${including ? "exclusion" : "inclusion"} on field ${mixed.path} in ${including ? "inclusion" : "exclusion"} projection`,
    );
  if (!including) {
    return entries.reduce<Doc>(
      (current, [path, value]) => (flag(value) === false ? withPath(current, path, undefined) : current),
      doc,
    );
  }
  let result: Doc = {};
  if (flag(projection["_id"] ?? true) !== false && doc["_id"] !== undefined) result = { _id: doc["_id"] };
  for (const [path, value] of entries) {
    if (path === "_id" && flag(value) !== undefined) continue;
    if (flag(value) === undefined) {
      const computed = evaluate(value, doc);
      if (computed !== undefined) result = withPath(result, path, computed);
    } else result = include(result, doc, path.split("."));
  }
  return result;
}

function include(into: Doc, from: Doc, path: readonly string[]): Doc {
  const [first = "", ...rest] = path;
  const value = from[first];
  if (value === undefined || !Object.hasOwn(from, first)) return into;
  if (rest.length === 0) return { ...into, [first]: value };
  if (isArray(value)) {
    const former = into[first];
    const list = value
      .filter(isPlain)
      .map((one, index) => include(isArray(former) && isPlain(former[index]) ? former[index] : {}, one, rest));
    return { ...into, [first]: list };
  }
  if (!isPlain(value)) return into;
  const former = into[first];
  return { ...into, [first]: include(isPlain(former) ? former : {}, value, rest) };
}
