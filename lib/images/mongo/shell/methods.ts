/** What lists, texts, numbers, dates and objects can do in scripts. */
import { compileRegex } from "../data/match.ts";
import {
  errorValue,
  fromValue,
  Scalar,
  ScriptFunction,
  ScriptObject,
  ScriptThrow,
  type ScriptValue,
  toNumber,
  toText,
  toValue,
  truthy,
  typeError,
} from "./values.ts";

type Call = (callee: ScriptValue, args: readonly ScriptValue[]) => Promise<ScriptValue>;
type Method<T> = (self: T, args: readonly ScriptValue[], call: Call) => Promise<ScriptValue> | ScriptValue;

const number = (value: ScriptValue, otherwise: number) => (value === undefined ? otherwise : toNumber(value));

const MAX_LENGTH = 500_000;

const LIST: Readonly<Record<string, Method<ScriptValue[]>>> = {
  push: (list, args) => {
    if (list.length > MAX_LENGTH) throw new ScriptThrow(errorValue("RangeError", "Invalid array length"));
    return list.push(...args);
  },
  pop: (list) => list.pop(),
  shift: (list) => list.shift(),
  unshift: (list, args) => list.unshift(...args),
  concat: (list, args) => {
    const all = list.concat(...args);
    if (all.length > MAX_LENGTH) throw new ScriptThrow(errorValue("RangeError", "Invalid array length"));
    return all;
  },
  slice: (list, [from, to]) => list.slice(number(from, 0), number(to, list.length)),
  splice: (list, [from, count, ...added]) => list.splice(number(from, 0), number(count, list.length), ...added),
  reverse: (list) => list.reverse(),
  join: (list, [between]) =>
    list
      .map((one) => (one === null || one === undefined ? "" : toText(one)))
      .join(between === undefined ? "," : toText(between)),
  indexOf: (list, [wanted]) => list.indexOf(wanted),
  includes: (list, [wanted]) => list.includes(wanted),
  at: (list, [place]) => list.at(number(place, 0)),
  flat: (list) => list.flatMap((one) => (Array.isArray(one) ? one : [one])),
  forEach: async (list, [callback], call) => {
    for (const [index, one] of list.entries()) await call(callback, [one, index, list]);
    return undefined;
  },
  map: async (list, [callback], call) => {
    const result: ScriptValue[] = [];
    for (const [index, one] of list.entries()) result.push(await call(callback, [one, index, list]));
    return result;
  },
  filter: async (list, [callback], call) => {
    const result: ScriptValue[] = [];
    for (const [index, one] of list.entries()) if (truthy(await call(callback, [one, index, list]))) result.push(one);
    return result;
  },
  find: async (list, [callback], call) => {
    for (const [index, one] of list.entries()) if (truthy(await call(callback, [one, index, list]))) return one;
    return undefined;
  },
  findIndex: async (list, [callback], call) => {
    for (const [index, one] of list.entries()) if (truthy(await call(callback, [one, index, list]))) return index;
    return -1;
  },
  some: async (list, [callback], call) => {
    for (const [index, one] of list.entries()) if (truthy(await call(callback, [one, index, list]))) return true;
    return false;
  },
  every: async (list, [callback], call) => {
    for (const [index, one] of list.entries()) if (!truthy(await call(callback, [one, index, list]))) return false;
    return true;
  },
  reduce: async (list, args, call) => {
    let [from, result] = args.length > 1 ? [0, args[1]] : [1, list[0]];
    for (; from < list.length; from++) result = await call(args[0], [result, list[from], from, list]);
    return result;
  },
  sort: async (list, [callback], call) => {
    // By merging: a learner's function is asked n log n times, whatever it answers.
    const order = async (a: ScriptValue, b: ScriptValue) =>
      callback === undefined
        ? toText(a) < toText(b)
          ? -1
          : toText(a) > toText(b)
            ? 1
            : 0
        : toNumber(await call(callback, [a, b]));
    const sort = async (all: ScriptValue[]): Promise<ScriptValue[]> => {
      if (all.length < 2) return all;
      const middle = all.length >> 1;
      const [left, right] = [await sort(all.slice(0, middle)), await sort(all.slice(middle))];
      const merged: ScriptValue[] = [];
      while (left.length > 0 && right.length > 0)
        merged.push((await order(left[0], right[0])) <= 0 ? left.shift() : right.shift());
      return [...merged, ...left, ...right];
    };
    const sorted = await sort([...list]);
    list.splice(0, list.length, ...sorted);
    return list;
  },
  toString: (list: ScriptValue[]) => toText(list),
};

function pattern(value: ScriptValue) {
  if (!(value instanceof Scalar)) return undefined;
  const regex = value.value["$regularExpression"] as { readonly pattern: string; readonly options: string } | undefined;
  return regex === undefined ? undefined : compileRegex(regex.pattern, regex.options);
}

const TEXT: Readonly<Record<string, Method<string>>> = {
  toUpperCase: (text) => text.toUpperCase(),
  toLowerCase: (text) => text.toLowerCase(),
  trim: (text) => text.trim(),
  split: (text, [by, limit]) =>
    by === undefined ? [text] : text.split(toText(by), limit === undefined ? undefined : toNumber(limit)),
  slice: (text, [from, to]) => text.slice(number(from, 0), number(to, text.length)),
  substring: (text, [from, to]) => text.substring(number(from, 0), number(to, text.length)),
  substr: (text, [from, count]) => text.slice(number(from, 0), number(from, 0) + number(count, text.length)),
  indexOf: (text, [wanted]) => text.indexOf(toText(wanted)),
  lastIndexOf: (text, [wanted]) => text.lastIndexOf(toText(wanted)),
  includes: (text, [wanted]) => text.includes(toText(wanted)),
  startsWith: (text, [wanted]) => text.startsWith(toText(wanted)),
  endsWith: (text, [wanted]) => text.endsWith(toText(wanted)),
  charAt: (text, [place]) => text.charAt(number(place, 0)),
  charCodeAt: (text, [place]) => text.charCodeAt(number(place, 0)),
  concat: (text, args) => text + args.map(toText).join(""),
  repeat: (text, [count]) => {
    const times = number(count, 0);
    if (times < 0 || text.length * times > 1_000_000)
      throw new ScriptThrow(errorValue("RangeError", `Invalid count value: ${times}`));
    return text.repeat(times);
  },
  padStart: (text, [width, fill]) =>
    text.padStart(Math.min(number(width, 0), 10_000), fill === undefined ? " " : toText(fill)),
  padEnd: (text, [width, fill]) =>
    text.padEnd(Math.min(number(width, 0), 10_000), fill === undefined ? " " : toText(fill)),
  replace: (text, [what, by]) => {
    const regex = pattern(what);
    if (regex === undefined) return text.replace(toText(what), () => toText(by));
    return regex.matcher(text).replaceFirst(toText(by).replace(/\\/g, "\\\\"));
  },
  replaceAll: (text, [what, by]) => text.replaceAll(toText(what), () => toText(by)),
  match: (text, [what]) => {
    const matcher = pattern(what)?.matcher(text);
    if (matcher === undefined || !matcher.find()) return null;
    return Array.from({ length: matcher.groupCount() + 1 }, (_, index) => matcher.group(index) ?? undefined);
  },
  toString: (text: string) => text,
};

const NUMBER: Readonly<Record<string, Method<number>>> = {
  toFixed: (value, [digits]) => value.toFixed(Math.min(Math.max(number(digits, 0), 0), 20)),
  toString: (value: number, [base]: readonly ScriptValue[]) =>
    value.toString(Math.min(Math.max(number(base, 10), 2), 36)),
};

const at = (self: Scalar) => new Date(Number(self.value["$date"]));
const SCALAR: Readonly<Record<string, Method<Scalar>>> = {
  getTime: (self) => at(self).getTime(),
  valueOf: (self: Scalar) => toNumber(self),
  toISOString: (self) => at(self).toISOString(),
  getFullYear: (self) => at(self).getUTCFullYear(),
  getMonth: (self) => at(self).getUTCMonth(),
  getDate: (self) => at(self).getUTCDate(),
  getHours: (self) => at(self).getUTCHours(),
  getMinutes: (self) => at(self).getUTCMinutes(),
  getSeconds: (self) => at(self).getUTCSeconds(),
  toString: (self: Scalar) => ("$oid" in self.value ? `ObjectId("${toText(self)}")` : toText(self)),
  toHexString: (self) => toText(self),
  toNumber: (self) => toNumber(self),
  toInt: (self) => toNumber(self),
  getTimestamp: (self) => new Scalar({ $date: Number.parseInt(toText(self).slice(0, 8), 16) * 1000 }),
  equals: (self, [other]) => JSON.stringify(self.value) === JSON.stringify(toValue(other)),
  test: (self, [text]) => pattern(self)?.matcher(toText(text)).find() ?? false,
};

/** A property that a value has by its kind; undefined where it has none. */
export function methodOf(object: ScriptValue, name: string, call: Call): ScriptValue {
  const bound = <T>(methods: Readonly<Record<string, Method<T>>>, self: T) => {
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
    return method === undefined ? undefined : new ScriptFunction(name, (args) => method(self, args, call));
  };
  if (Array.isArray(object)) return name === "length" ? object.length : bound(LIST, object);
  if (typeof object === "string") return name === "length" ? object.length : bound(TEXT, object);
  if (typeof object === "number") return bound(NUMBER, object);
  if (object instanceof Scalar)
    return name === "str" && "$oid" in object.value ? toText(object) : bound(SCALAR, object);
  if (object instanceof ScriptObject && name === "hasOwnProperty")
    return new ScriptFunction(name, ([key]) => object.fields.has(toText(key)));
  if (object instanceof ScriptObject && name === "toString") return new ScriptFunction(name, () => toText(object));
  return undefined;
}

// ------------------------------------------------------------------------------------------------------------- globals

const native = (
  name: string,
  call: ScriptFunction["call"],
  members: Readonly<Record<string, ScriptFunction["call"]>> = {},
) =>
  new ScriptFunction(
    name,
    call,
    new Map(Object.entries(members).map(([key, one]) => [key, new ScriptFunction(key, one)])),
  );

function parseDate(text: string): number {
  const full = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text) ? `${text}Z` : text;
  const ms = Date.parse(full);
  if (Number.isNaN(ms)) throw new ScriptThrow(errorValue("Error", `"${text}" is not a valid ISODate`));
  return ms;
}

/** Values in extended JSON, numbers relaxed. */
function ejson(value: ScriptValue): unknown {
  const plain = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(plain);
    if (one === null || typeof one !== "object") return one;
    const doc = one as Readonly<Record<string, unknown>>;
    const keys = Object.keys(doc);
    if (keys.length === 1 && keys[0] === "$date")
      return { $date: new Date(Number(doc["$date"])).toISOString().replace(".000Z", "Z") };
    if (keys.length === 1 && keys[0] === "$numberLong") return Number(doc["$numberLong"]);
    return Object.fromEntries(Object.entries(doc).map(([key, inner]) => [key, plain(inner)]));
  };
  return plain(toValue(value));
}

/** What JSON.stringify makes of shell values: ids are texts, dates as ISO says. */
function json(value: ScriptValue): unknown {
  if (value instanceof Scalar) {
    if ("$oid" in value.value) return toText(value);
    if ("$date" in value.value) return at(value).toISOString();
    return ejson(value);
  }
  if (Array.isArray(value)) return value.map(json);
  if (value instanceof ScriptObject)
    return Object.fromEntries(
      [...value.fields]
        .filter(([, inner]) => inner !== undefined && !(inner instanceof ScriptFunction))
        .map(([key, inner]) => [key, json(inner)]),
    );
  return value instanceof ScriptFunction ? undefined : value;
}

interface GlobalContext {
  readonly now: () => number;
  readonly random: () => number;
  readonly objectId: () => Scalar;
}

/** The names that are there whatever server one talks to. */
export function standardGlobals({ now, random, objectId }: GlobalContext): Readonly<Record<string, ScriptValue>> {
  const indent = (value: ScriptValue) =>
    value === undefined || value === null ? undefined : typeof value === "number" ? value : toText(value);
  const date: ScriptFunction["call"] = (args) => {
    const [first, ...rest] = args;
    if (first === undefined) return new Scalar({ $date: now() });
    if (rest.length > 0) {
      const [year = 1970, month = 0, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = args.map(toNumber);
      return new Scalar({ $date: Date.UTC(year, month, day, hour, minute, second, ms) });
    }
    return new Scalar({ $date: typeof first === "string" ? parseDate(first) : toNumber(first) });
  };
  const text = (value: ScriptValue) =>
    new ScriptObject([
      ["name", "Error"],
      ["message", value === undefined ? "" : toText(value)],
    ]);
  const math: Readonly<Record<string, ScriptFunction["call"]>> = {
    floor: ([value]) => Math.floor(toNumber(value)),
    ceil: ([value]) => Math.ceil(toNumber(value)),
    round: ([value]) => Math.round(toNumber(value)),
    abs: ([value]) => Math.abs(toNumber(value)),
    sqrt: ([value]) => Math.sqrt(toNumber(value)),
    pow: ([value, by]) => toNumber(value) ** toNumber(by),
    min: (args) => Math.min(...args.map(toNumber)),
    max: (args) => Math.max(...args.map(toNumber)),
    random: () => random(),
  };
  const group = (members: Readonly<Record<string, ScriptFunction["call"]>>) =>
    new ScriptObject(Object.entries(members).map(([name, call]) => [name, native(name, call)] as const));
  const entries = (value: ScriptValue) =>
    value instanceof ScriptObject
      ? [...value.fields]
      : Array.isArray(value)
        ? value.map((one, index) => [String(index), one] as const)
        : [];
  const parsed = (value: ScriptValue) => {
    try {
      return fromValue(JSON.parse(toText(value)) as never);
    } catch (problem) {
      throw new ScriptThrow(errorValue("SyntaxError", problem instanceof Error ? problem.message : "not JSON"));
    }
  };
  return {
    undefined: undefined,
    NaN: Number.NaN,
    Infinity: Number.POSITIVE_INFINITY,
    Math: group(math),
    JSON: group({
      stringify: ([value, , space]) => JSON.stringify(json(value), undefined, indent(space)),
      parse: ([value]) => parsed(value),
    }),
    EJSON: group({
      stringify: (args) => {
        const space = args.slice(1).find((one) => typeof one === "number" || typeof one === "string");
        return JSON.stringify(ejson(args[0]), undefined, indent(space));
      },
      parse: ([value]) => parsed(value),
    }),
    Object: group({
      keys: ([value]) => entries(value).map(([key]) => key),
      values: ([value]) => entries(value).map(([, inner]) => inner),
      entries: ([value]) => entries(value).map(([key, inner]) => [key, inner]),
      assign: ([into, ...from]) => {
        if (into instanceof ScriptObject)
          for (const one of from) for (const [key, value] of entries(one)) into.fields.set(key, value);
        return into;
      },
    }),
    Array: native(
      "Array",
      (args) =>
        args.length === 1 && typeof args[0] === "number"
          ? new Array<ScriptValue>(Math.min(args[0], 100_000)).fill(undefined)
          : [...args],
      {
        isArray: ([value]) => Array.isArray(value),
      },
    ),
    String: native("String", ([value]) => toText(value)),
    Number: native("Number", ([value]) => toNumber(value)),
    Boolean: native("Boolean", ([value]) => truthy(value)),
    Error: native("Error", ([value]) => text(value)),
    parseInt: native("parseInt", ([value, base]) => Number.parseInt(toText(value), number(base, 10))),
    parseFloat: native("parseFloat", ([value]) => Number.parseFloat(toText(value))),
    isNaN: native("isNaN", ([value]) => Number.isNaN(toNumber(value))),
    Date: native("Date", () => toText(new Scalar({ $date: now() })), { now: () => now(), new: date }),
    ISODate: native("ISODate", date),
    ObjectId: native("ObjectId", ([value]) => {
      if (value === undefined) return objectId();
      const hex = toText(value);
      if (!/^[0-9a-fA-F]{24}$/.test(hex))
        throw new ScriptThrow(
          errorValue("BSONError", "input must be a 24 character hex string, 12 byte Uint8Array, or an integer"),
        );
      return new Scalar({ $oid: hex.toLowerCase() });
    }),
    NumberLong: native("NumberLong", ([value]) => new Scalar({ $numberLong: String(Math.trunc(number(value, 0))) })),
    Long: native("Long", ([value]) => new Scalar({ $numberLong: String(Math.trunc(number(value, 0))) })),
    NumberInt: native("NumberInt", ([value]) => Math.trunc(number(value, 0))),
    Int32: native("Int32", ([value]) => Math.trunc(number(value, 0))),
    NumberDecimal: native("NumberDecimal", ([value]) => new Scalar({ $numberDecimal: toText(value) })),
    Timestamp: native("Timestamp", ([value, i]) => {
      const t = value instanceof ScriptObject ? toNumber(value.fields.get("t")) : number(value, 0);
      return new Scalar({
        $timestamp: { t, i: value instanceof ScriptObject ? toNumber(value.fields.get("i")) : number(i, 0) },
      });
    }),
    UUID: native("UUID", ([value]) => new Scalar({ $uuid: toText(value) })),
    RegExp: native("RegExp", ([source, flags]) => {
      if (typeof source !== "string") throw typeError("RegExp wants a text");
      return new Scalar({ $regularExpression: { pattern: source, options: flags === undefined ? "" : toText(flags) } });
    }),
    MinKey: native("MinKey", () => new Scalar({ $minKey: 1 })),
    MaxKey: native("MaxKey", () => new Scalar({ $maxKey: 1 })),
  };
}
