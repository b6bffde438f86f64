/** Built-in filters whose work grows with their input: they pause on the way. */
import { add } from "./arithmetic.ts";
import { JqError } from "./errors.ts";
import type { Evaluator } from "./evaluate.ts";
import { compareJson, isArray, isObject, type Json, shortText, sortedKeys, typeOf, writeSteps } from "./json.ts";
import type { Native } from "./natives.ts";
import { deleteSteps } from "./paths.ts";
import { refuse } from "./plain.ts";
import { DONE, JsonReader, JsonTextError, MORE } from "./reader.ts";
import { matchSteps, patternOf } from "./regex.ts";
import { computed, type Item, type Outputs, PAUSE, pause, type Scope, type Signal } from "./stream.ts";
import type { Node } from "./syntax.ts";

type Steps = (ev: Evaluator, input: Json, args: readonly Json[]) => Generator<Signal, Json, undefined>;

/** Elements looked at between two pauses. */
const STRETCH = 500;

// ------------------------------------------------------------------------------------------------------- sorting

interface Keyed {
  readonly key: Json;
  readonly value: Json;
}

/** Stable merge sort in pieces. */
function* sortSteps(ev: Evaluator, items: readonly Keyed[]): Generator<Signal, readonly Keyed[], undefined> {
  const compare = (a: Keyed, b: Keyed) => compareJson(a.key, b.key);
  let runs: (readonly Keyed[])[] = [];
  for (let at = 0; at < items.length; at += STRETCH) {
    runs.push(items.slice(at, at + STRETCH).sort(compare));
    yield* pause(ev, STRETCH);
  }
  while (runs.length > 1) {
    const next: (readonly Keyed[])[] = [];
    for (let index = 0; index < runs.length; index += 2) {
      const left = runs[index] as readonly Keyed[];
      const right = runs[index + 1];
      next.push(right === undefined ? left : yield* merge(ev, left, right, compare));
    }
    runs = next;
  }
  return runs[0] ?? [];
}

function* merge(
  ev: Evaluator,
  left: readonly Keyed[],
  right: readonly Keyed[],
  compare: (a: Keyed, b: Keyed) => number,
): Generator<Signal, readonly Keyed[], undefined> {
  const out: Keyed[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const a = left[i];
    const b = right[j];
    if (a !== undefined && (b === undefined || compare(a, b) <= 0)) {
      out.push(a);
      i++;
    } else {
      out.push(b as Keyed);
      j++;
    }
    if (out.length % STRETCH === 0) yield* pause(ev, STRETCH);
  }
  return out;
}

function* sortedBy(
  ev: Evaluator,
  input: Json,
  keys: Json,
  words: string,
): Generator<Signal, readonly Keyed[], undefined> {
  if (!isArray(input)) return refuse(input, `cannot be ${words}, as it is not an array`);
  const list = keys as readonly Json[];
  return yield* sortSteps(
    ev,
    input.map((value, index) => ({ key: list[index] as Json, value })),
  );
}

// ------------------------------------------------------------------------------------------------------------ add

/** As `reduce .[] as $x (null; . + $x)`, without a copy of the sum for each. */
function* sumSteps(ev: Evaluator, values: Iterable<Json>): Generator<Signal, Json, undefined> {
  let total: Json = null;
  let array: Json[] | undefined;
  let object: Map<string, Json> | undefined;
  let count = 0;
  for (const value of values) {
    if (++count % STRETCH === 0) yield* pause(ev, STRETCH);
    if (value === null) continue;
    if (isArray(value) && (array !== undefined || isArray(total))) {
      array ??= [...(total as readonly Json[])];
      for (const item of value) array.push(item);
      ev.fuel += value.length >> 3;
      total = array;
    } else if (isObject(value) && (object !== undefined || isObject(total))) {
      object ??= new Map(total as ReadonlyMap<string, Json>);
      for (const [key, item] of value) object.set(key, item);
      ev.fuel += value.size >> 1;
      total = object;
    } else total = add(total, value);
    if (ev.fuel > 2 * STRETCH) yield PAUSE;
  }
  return total;
}

// ---------------------------------------------------------------------------------------------------------- texts

function* textSteps(ev: Evaluator, value: Json): Generator<Signal, string, undefined> {
  let text = "";
  for (const piece of writeSteps(value)) {
    text += piece;
    if (piece.length > 4000) yield* pause(ev, STRETCH);
  }
  return text;
}

function* parseSteps(ev: Evaluator, input: Json): Generator<Signal, Json, undefined> {
  if (typeof input !== "string") return refuse(input, "only strings can be parsed");
  const reader = new JsonReader();
  reader.push(input);
  reader.end();
  try {
    let value: Json = null;
    for (let count = 0; ; ) {
      const next = reader.next();
      if (next === DONE) {
        if (count === 0) throw new JsonTextError("Expected JSON value");
        return value;
      }
      if (next === MORE) yield* pause(ev, STRETCH);
      else {
        if (++count > 1) throw new JsonTextError("Unexpected extra JSON values");
        value = next;
      }
    }
  } catch (error) {
    if (error instanceof JsonTextError) throw new JqError(`${error.message} (while parsing '${input}')`);
    throw error;
  }
}

function notIterable(value: Json): never {
  throw new JqError(`Cannot iterate over ${typeOf(value)} (${shortText(value)})`);
}

function refuseAdd(a: Json, b: Json): never {
  throw new JqError(`${typeOf(a)} (${shortText(a)}) and ${typeOf(b)} (${shortText(b)}) cannot be added`);
}

function* joinSteps(ev: Evaluator, value: Json, separator: Json): Generator<Signal, Json, undefined> {
  const items = isArray(value) ? value : isObject(value) ? [...value.values()] : notIterable(value);
  let out: string | undefined;
  for (const [index, item] of items.entries()) {
    if (index % STRETCH === STRETCH - 1) yield* pause(ev, STRETCH);
    if (typeof separator !== "string" && out !== undefined) refuseAdd(out, separator);
    if (item !== null && typeof item === "object")
      refuseAdd(`${out ?? ""}${out === undefined ? "" : String(separator)}`, item);
    const text = item === null ? "" : typeof item === "string" ? item : yield* textSteps(ev, item);
    out = out === undefined ? text : out + String(separator) + text;
  }
  return out ?? "";
}

// --------------------------------------------------------------------------------------------------------- arrays

function* flattenSteps(ev: Evaluator, value: Json, depth: number, out: Json[]): Generator<Signal, void, undefined> {
  const items = isArray(value) ? value : isObject(value) ? [...value.values()] : notIterable(value);
  for (const item of items) {
    if (++ev.fuel >= STRETCH) yield PAUSE;
    if (isArray(item) && depth > 0) yield* flattenSteps(ev, item, depth - 1, out);
    else out.push(item);
  }
}

function* indicesSteps(ev: Evaluator, value: Json, part: Json): Generator<Signal, Json, undefined> {
  if (value === null) return null;
  const found: number[] = [];
  if (typeof value === "string" && typeof part === "string") {
    if (part === "") return null;
    // Offsets count code points.
    let points = 0;
    let counted = 0;
    for (let at = value.indexOf(part); at !== -1; at = value.indexOf(part, at + 1)) {
      for (; counted < at; counted++) {
        const unit = value.charCodeAt(counted);
        if (unit < 0xdc00 || unit > 0xdfff) points++;
      }
      found.push(points);
      if (found.length % STRETCH === 0) yield* pause(ev, STRETCH);
    }
    return found;
  }
  if (!isArray(value)) throw new JqError(`Cannot determine indices of ${typeOf(part)} in ${typeOf(value)}`);
  const wanted = isArray(part) ? part : [part];
  if (wanted.length === 0) return [];
  for (let at = 0; at + wanted.length <= value.length; at++) {
    if (at % STRETCH === STRETCH - 1) yield* pause(ev, STRETCH);
    if (wanted.every((item, index) => compareJson(item, value[at + index] as Json) === 0)) found.push(at);
  }
  return found;
}

const STEPS: Readonly<Record<string, Steps>> = {
  "add/0": function* (ev, input) {
    if (isArray(input)) return yield* sumSteps(ev, input);
    if (isObject(input)) return yield* sumSteps(ev, input.values());
    return notIterable(input);
  },
  "sort/0": function* (ev, input) {
    return (yield* sortedBy(ev, input, input, "sorted")).map(({ value }) => value);
  },
  "_sort/1": function* (ev, input, [keys = null]) {
    return (yield* sortedBy(ev, input, keys, "sorted")).map(({ value }) => value);
  },
  "_group/1": function* (ev, input, [keys = null]) {
    const groups: Json[][] = [];
    let before: Json | undefined;
    for (const [index, { key, value }] of (yield* sortedBy(ev, input, keys, "grouped")).entries()) {
      if (index % STRETCH === STRETCH - 1) yield* pause(ev, STRETCH);
      if (before === undefined || compareJson(before, key) !== 0) groups.push([]);
      before = key;
      groups.at(-1)?.push(value);
    }
    return groups;
  },
  "keys/0": function* (ev, input) {
    if (isArray(input)) return input.map((_, index) => index);
    if (!isObject(input)) return refuse(input, "has no keys");
    if (input.size < STRETCH) return sortedKeys(input);
    const keyed = yield* sortSteps(
      ev,
      [...input.keys()].map((key) => ({ key, value: key })),
    );
    return keyed.map(({ value }) => value);
  },
  "tojson/0": (ev, input) => textSteps(ev, input),
  "tostring/0": function* (ev, input) {
    return typeof input === "string" ? input : yield* textSteps(ev, input);
  },
  "fromjson/0": (ev, input) => parseSteps(ev, input),
  "join/1": (ev, input, [separator = null]) => joinSteps(ev, input, separator),
  "flatten/0": function* (ev, input) {
    const out: Json[] = [];
    yield* flattenSteps(ev, input, 1000, out);
    return out;
  },
  "flatten/1": function* (ev, input, [depth = null]) {
    if (typeof depth === "number" && depth < 0) throw new JqError("flatten depth must not be negative");
    const out: Json[] = [];
    yield* flattenSteps(ev, input, typeof depth === "number" ? depth : 1000, out);
    return out;
  },
  "indices/1": (ev, input, [part = null]) => indicesSteps(ev, input, part),
  "_indices/1": (ev, input, [part = null]) => indicesSteps(ev, input, part),
  "index/1": function* (ev, input, [part = null]) {
    const found = yield* indicesSteps(ev, input, part);
    return isArray(found) ? (found[0] ?? null) : null;
  },
  "rindex/1": function* (ev, input, [part = null]) {
    const found = yield* indicesSteps(ev, input, part);
    return isArray(found) ? (found.at(-1) ?? null) : null;
  },
  "delpaths/1": function* (ev, input, [paths = null]) {
    if (!isArray(paths)) throw new JqError("Paths must be specified as an array");
    return yield* deleteSteps(input, paths, (units) => pause(ev, units));
  },
  "_match/2": function* (ev, input, [re = null, flags = null]) {
    const [source, given] = patternOf(re, flags);
    return yield* matchSteps(input, source, given, (units) => pause(ev, units));
  },
};

function* withArguments(
  ev: Evaluator,
  steps: Steps,
  args: readonly Node[],
  values: readonly Json[],
  scope: Scope | undefined,
  item: Item,
): Outputs {
  const next = args[args.length - 1 - values.length];
  if (next === undefined) {
    yield computed(yield* steps(ev, item.value, values), item);
    return;
  }
  for (const value of ev.values(next, scope, item)) {
    if (typeof value === "symbol") yield value;
    else yield* withArguments(ev, steps, args, [value, ...values], scope, item);
  }
}

export const HEAVY: Readonly<Record<string, Native>> = Object.fromEntries(
  Object.entries(STEPS).map(([name, steps]): [string, Native] => [
    name,
    (ev, args, scope, item) => withArguments(ev, steps, args, [], scope, item),
  ]),
);
