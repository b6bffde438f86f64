/** Aggregation pipelines. Pure but for what `collection` gives. */
import {
  compare,
  type Doc,
  equal,
  getPath,
  isArray,
  isDoc,
  isPlain,
  keyOf,
  MongoError,
  numberOf,
  type Value,
  valuesAt,
  withPath,
} from "./bson.ts";
import { evaluate } from "./expression.ts";
import { matcher } from "./match.ts";
import { addFields, project, sorted } from "./update.ts";

interface AggregateContext {
  /** All documents of a collection of the same database. */
  readonly collection: (name: string) => readonly Doc[];
}

const bad = (code: number, message: string) => new MongoError(code, `Location${code}`, message);

export function aggregate(docs: readonly Doc[], pipeline: readonly Value[], context: AggregateContext): Doc[] {
  return pipeline.reduce<Doc[]>(
    (current, stage) => {
      const [name, ...others] = isDoc(stage) ? Object.keys(stage) : [];
      if (name === undefined || others.length > 0)
        throw bad(40323, "A pipeline stage specification object must contain exactly one field.");
      const run = Object.hasOwn(STAGES, name) ? STAGES[name] : undefined;
      if (run === undefined) throw bad(40324, `Unrecognized pipeline stage name: '${name}'`);
      return run(current, (stage as Doc)[name] ?? null, context);
    },
    [...docs],
  );
}

type Stage = (docs: Doc[], operand: Value, context: AggregateContext) => Doc[];

function document(stage: string, operand: Value): Doc {
  if (!isDoc(operand)) throw bad(15959, `the ${stage} filter must be an expression in an object`);
  return operand;
}

const STAGES: Readonly<Record<string, Stage>> = {
  $match: (docs, operand) => docs.filter(matcher(document("match", operand))),
  $sort: (docs, operand) => sorted(docs, document("sort", operand)),
  $limit: (docs, operand) => docs.slice(0, numberOf(operand) ?? 0),
  $skip: (docs, operand) => docs.slice(numberOf(operand) ?? 0),
  $count: (docs, operand) => (docs.length === 0 ? [] : [{ [String(operand)]: docs.length }]),
  $project: (docs, operand) => docs.map((doc) => project(doc, document("project", operand))),
  $addFields: (docs, operand) => docs.map((doc) => addFields(doc, document("addFields", operand))),
  $set: (docs, operand) => docs.map((doc) => addFields(doc, document("set", operand))),
  $unset: (docs, operand) =>
    docs.map((doc) =>
      (isArray(operand) ? operand : [operand]).reduce<Doc>((one, path) => withPath(one, String(path), undefined), doc),
    ),
  $replaceRoot: (docs, operand) =>
    docs.map((doc) => replaced(evaluate(document("replaceRoot", operand)["newRoot"] ?? null, doc))),
  $replaceWith: (docs, operand) => docs.map((doc) => replaced(evaluate(operand, doc))),
  $unwind: (docs, operand) => {
    const options = isDoc(operand) ? operand : { path: operand };
    const path = String(options["path"]).replace(/^\$/, "");
    const keep = options["preserveNullAndEmptyArrays"] === true;
    return docs.flatMap((doc) => {
      const value = getPath(doc, path);
      if (isArray(value) && value.length > 0) return value.map((one) => withPath(doc, path, one));
      if (value === undefined || value === null || isArray(value))
        return keep ? [isArray(value) ? withPath(doc, path, undefined) : doc] : [];
      return [doc];
    });
  },
  $group: (docs, operand) => group(docs, document("group", operand)),
  $sortByCount: (docs, operand) => sorted(group(docs, { _id: operand, count: { $sum: 1 } }), { count: -1 }),
  $lookup: (docs, operand, { collection }) => {
    const { from, localField, foreignField, as } = document("lookup", operand);
    if (
      typeof from !== "string" ||
      typeof localField !== "string" ||
      typeof foreignField !== "string" ||
      typeof as !== "string"
    )
      throw bad(9, "$lookup is served with from, localField, foreignField and as only");
    const foreign = collection(from);
    return docs.map((doc) => {
      const local = valuesAt(doc, localField).flatMap((value) => (isArray(value) ? value : [value]));
      const wanted = local.length === 0 ? [null] : local;
      const found = foreign.filter((other) =>
        wanted.some((value) => matcher({ [foreignField]: { $eq: value } })(other)),
      );
      return withPath(doc, as, found);
    });
  },
};

function replaced(value: Value | undefined): Doc {
  if (!isPlain(value))
    throw bad(
      40228,
      `'newRoot' expression must evaluate to an object, but resulting value was: ${JSON.stringify(value ?? null)}`,
    );
  return value;
}

const ACCUMULATORS: Readonly<Record<string, (values: readonly Value[]) => Value>> = {
  $sum: (values) => values.reduce((total: number, value) => total + (numberOf(value) ?? 0), 0),
  $avg: (values) => {
    const numbers = values.map(numberOf).filter((number) => number !== undefined);
    return numbers.length === 0 ? null : numbers.reduce((a, b) => a + b, 0) / numbers.length;
  },
  $min: (values) => values.filter((value) => value !== null).sort(compare)[0] ?? null,
  $max: (values) =>
    values
      .filter((value) => value !== null)
      .sort(compare)
      .at(-1) ?? null,
  $first: (values) => values[0] ?? null,
  $last: (values) => values.at(-1) ?? null,
  $push: (values) => [...values],
  $addToSet: (values) => values.filter((value, index) => values.findIndex((other) => equal(other, value)) === index),
  $count: (values) => values.length,
};

function group(docs: readonly Doc[], { _id, ...fields }: Doc): Doc[] {
  if (_id === undefined) throw bad(15955, "a group specification must include an _id");
  const groups = new Map<string, { readonly id: Value; readonly docs: Doc[] }>();
  for (const doc of docs) {
    const id = evaluate(_id, doc) ?? null;
    const key = keyOf(id);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { id, docs: [doc] });
    else known.docs.push(doc);
  }
  return [...groups.values()].map(({ id, docs: members }) => {
    const result: { [name: string]: Value } = { _id: id };
    for (const [name, accumulator] of Object.entries(fields)) {
      const [operator = "", expression = null] = isDoc(accumulator) ? (Object.entries(accumulator)[0] ?? []) : [];
      const fold = Object.hasOwn(ACCUMULATORS, operator) ? ACCUMULATORS[operator] : undefined;
      if (fold === undefined)
        throw operator.startsWith("$")
          ? bad(15952, `unknown group operator '${operator}'`)
          : bad(40234, `The field '${name}' must be an accumulator object`);
      const values = members.map((doc) => (operator === "$count" ? 1 : evaluate(expression, doc)));
      result[name] = fold(values.filter((value) => value !== undefined));
    }
    return result;
  });
}
