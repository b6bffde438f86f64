/** Functions that depend on their arguments alone, and aggregates. */

import type { Run } from "../../kit/sql/dialect.ts";
import { aggregated } from "../../kit/sql/functions.ts";
import { NULL, rescale, SqlError, type Typed, type TypeName, toText } from "../../kit/sql/values.ts";
import { MysqlError, unsupported } from "./errors.ts";
import { TIME_FUNCTIONS } from "./times.ts";
import {
  arithmetic,
  asNumber,
  cast,
  compare,
  integer,
  isInteger,
  json,
  jsonText,
  key,
  string,
  truth,
} from "./values.ts";

export interface Definition {
  readonly type: TypeName | ((types: readonly TypeName[]) => TypeName);
  readonly least: number;
  readonly most: number;
  readonly run: Run;
}

const MAX_TEXT = 1_000_000;

/** Null where an argument is null. */
const strict =
  (run: (...args: readonly Typed[]) => Typed): Run =>
  (args) =>
    args.some(({ value }) => value === null) ? NULL : run(...args);
const textual = (
  least: number,
  most: number,
  run: (...args: readonly string[]) => string | number | null,
  type: TypeName = "text",
): Definition => ({
  type,
  least,
  most,
  run: strict((...args) => ({ type, value: run(...args.map(toText)) })),
});
const mathematical = (least: number, most: number, run: (...args: readonly number[]) => number): Definition => ({
  type: "float8",
  least,
  most,
  run: strict((...args) => {
    const value = run(...args.map((one) => asNumber(one) ?? 0));
    return { type: "float8", value: Number.isFinite(value) ? value : null };
  }),
});
const rounding = (round: (value: string) => string): Definition => ({
  type: (types) => (types[0] === "float8" ? "float8" : "int8"),
  least: 1,
  most: 1,
  run: strict((value = NULL) =>
    value.type === "float8"
      ? { type: "float8", value: Number(round(String(value.value))) }
      : integer(Number(round(String(cast(value, "numeric").value)))),
  ),
});
const floor = (value: string) => String(Math.floor(Number(value)));
const ceil = (value: string) => String(Math.ceil(Number(value)) + 0);
const best =
  (sign: number): Run =>
  (args) =>
    args.some(({ value }) => value === null)
      ? NULL
      : args.reduce((a, b) => (sign * (compare(b, a) ?? 0) > 0 ? b : a), args[0] ?? NULL);
const limited = (text: string) => {
  if (text.length > MAX_TEXT)
    throw new MysqlError(1301, "HY000", "Result of repeat() was larger than max_allowed_packet (67108864) - truncated");
  return text;
};
const bytes = (text: string) => new TextEncoder().encode(text);
const common = (types: readonly TypeName[]): TypeName => {
  const known = types.filter((type) => type !== "unknown");
  if (known.every(isInteger) && known.length > 0) return "int8";
  return known.find((type) => type === "float8" || type === "numeric") !== undefined &&
    known.every((type) => isInteger(type) || type === "float8" || type === "numeric")
    ? known.includes("float8")
      ? "float8"
      : "numeric"
    : (known[0] ?? "text");
};

function substring(value: string, from: string, count?: string): string {
  const start = Number(from);
  if (start === 0) return "";
  const at = start > 0 ? start - 1 : Math.max(0, value.length + start);
  if (start < 0 && -start > value.length) return "";
  return value.slice(at, count === undefined ? undefined : at + Math.max(0, Number(count)));
}
const SUBSTRING = textual(2, 3, (value = "", from = "1", count) => substring(value, from, count));

function trimmed(value: string, what: string, side: string): string {
  let text = value;
  if (what === "") return text;
  while (side !== "trailing" && text.startsWith(what)) text = text.slice(what.length);
  while (side !== "leading" && text.endsWith(what)) text = text.slice(0, -what.length);
  return text;
}

/** $.a.b[0] in a document; undefined where there is nothing. */
function atPath(document: string, path: string): unknown {
  let found: unknown = JSON.parse(document);
  let rest = path.trim();
  if (!rest.startsWith("$"))
    throw new MysqlError(3143, "42000", "Invalid JSON path expression. The error is around character position 1.");
  rest = rest.slice(1);
  while (rest !== "") {
    const step = /^(?:\.([A-Za-z_]\w*)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\])/.exec(rest);
    if (step === null) throw unsupported(`the JSON path ${path}`);
    rest = rest.slice(step[0].length);
    const name = step[1] ?? step[2];
    if (name === undefined) {
      if (!Array.isArray(found)) return step[3] === "0" && rest === "" ? found : undefined;
      found = found[Number(step[3])];
    } else if (typeof found === "object" && found !== null && !Array.isArray(found) && Object.hasOwn(found, name))
      found = (found as Record<string, unknown>)[name];
    else return undefined;
    if (found === undefined) return undefined;
  }
  return found;
}
const jsonOf = (value: Typed): unknown =>
  value.value === null
    ? null
    : value.type === "jsonb"
      ? JSON.parse(String(value.value))
      : typeof value.value === "number"
        ? value.value
        : value.type === "numeric"
          ? Number(value.value)
          : toText(value);
const document = (value: unknown): Typed => ({ type: "jsonb", value: jsonText(value) });

const FUNCTIONS: Readonly<Record<string, Definition>> = {
  ...TIME_FUNCTIONS,
  // --------------------------------------------------------------------------------------------------------- conditions
  if: {
    type: (types) => common(types.slice(1)),
    least: 3,
    most: 3,
    run: ([test = NULL, yes = NULL, no = NULL]) => (truth(test) === true ? yes : no),
  },
  ifnull: {
    type: common,
    least: 2,
    most: 2,
    run: ([value = NULL, other = NULL]) => (value.value === null ? other : value),
  },
  nullif: {
    type: common,
    least: 2,
    most: 2,
    run: ([a = NULL, b = NULL]) => (compare(a, b) === 0 ? { ...a, value: null } : a),
  },
  coalesce: { type: common, least: 1, most: 99, run: (args) => args.find(({ value }) => value !== null) ?? NULL },
  isnull: { type: "int8", least: 1, most: 1, run: ([value = NULL]) => integer(Number(value.value === null)) },
  greatest: { type: common, least: 2, most: 99, run: best(1) },
  least: { type: common, least: 2, most: 99, run: best(-1) },
  binary: {
    type: "name",
    least: 1,
    most: 1,
    run: ([value = NULL]) => ({ type: "name", value: value.value === null ? null : toText(value) }),
  },
  // -------------------------------------------------------------------------------------------------------------- texts
  concat: textual(1, 99, (...args) => limited(args.join(""))),
  concat_ws: {
    type: "text",
    least: 2,
    most: 99,
    run: ([by = NULL, ...args]) =>
      by.value === null
        ? NULL
        : string(
            limited(
              args
                .filter(({ value }) => value !== null)
                .map(toText)
                .join(toText(by)),
            ),
          ),
  },
  upper: textual(1, 1, (value = "") => value.toUpperCase()),
  ucase: textual(1, 1, (value = "") => value.toUpperCase()),
  lower: textual(1, 1, (value = "") => value.toLowerCase()),
  lcase: textual(1, 1, (value = "") => value.toLowerCase()),
  trim: textual(1, 3, (value = "", what = " ", side = "both") => trimmed(value, what, side)),
  ltrim: textual(1, 1, (value = "") => trimmed(value, " ", "leading")),
  rtrim: textual(1, 1, (value = "") => trimmed(value, " ", "trailing")),
  length: textual(1, 1, (value = "") => bytes(value).length, "int8"),
  octet_length: textual(1, 1, (value = "") => bytes(value).length, "int8"),
  char_length: textual(1, 1, (value = "") => [...value].length, "int8"),
  character_length: textual(1, 1, (value = "") => [...value].length, "int8"),
  substring: SUBSTRING,
  substr: SUBSTRING,
  mid: SUBSTRING,
  substring_index: textual(3, 3, (value = "", by = "", count = "0") => {
    const parts = by === "" ? [value] : value.split(by);
    const number = Number(count);
    return (number >= 0 ? parts.slice(0, number) : parts.slice(number)).join(by);
  }),
  left: textual(2, 2, (value = "", count = "0") => value.slice(0, Math.max(0, Number(count)))),
  right: textual(2, 2, (value = "", count = "0") => (Number(count) <= 0 ? "" : value.slice(-Number(count)))),
  lpad: textual(3, 3, (value = "", width = "0", fill = " ") =>
    Number(width) < 0 || fill === ""
      ? null
      : value.padStart(Math.min(Number(width), MAX_TEXT), fill).slice(0, Number(width)),
  ),
  rpad: textual(3, 3, (value = "", width = "0", fill = " ") =>
    Number(width) < 0 || fill === ""
      ? null
      : value.padEnd(Math.min(Number(width), MAX_TEXT), fill).slice(0, Number(width)),
  ),
  replace: textual(3, 3, (value = "", from = "", to = "") =>
    from === "" ? value : limited(value.replaceAll(from, () => to)),
  ),
  repeat: textual(2, 2, (value = "", count = "0") => {
    const times = Math.max(0, Number(count));
    return value.length * times > MAX_TEXT ? null : value.repeat(times);
  }),
  space: textual(1, 1, (count = "0") => " ".repeat(Math.min(MAX_TEXT, Math.max(0, Number(count))))),
  reverse: textual(1, 1, (value = "") => [...value].reverse().join("")),
  locate: textual(
    2,
    3,
    (part = "", whole = "", from = "1") => whole.toLowerCase().indexOf(part.toLowerCase(), Number(from) - 1) + 1,
    "int8",
  ),
  instr: textual(2, 2, (whole = "", part = "") => whole.toLowerCase().indexOf(part.toLowerCase()) + 1, "int8"),
  strcmp: {
    type: "int8",
    least: 2,
    most: 2,
    run: strict((a = NULL, b = NULL) => integer(Math.sign(compare(a, b) ?? 0))),
  },
  ascii: textual(1, 1, (value = "") => bytes(value)[0] ?? 0, "int8"),
  char: {
    type: "text",
    least: 1,
    most: 99,
    run: (args) =>
      string(
        args
          .flatMap((one) => asNumber(one) ?? [])
          .map((code) => String.fromCharCode(code))
          .join(""),
      ),
  },
  hex: {
    type: "text",
    least: 1,
    most: 1,
    run: strict((value = NULL) =>
      typeof value.value === "number"
        ? string(Math.round(value.value).toString(16).toUpperCase())
        : string(
            [...bytes(toText(value))]
              .map((one) => one.toString(16).padStart(2, "0"))
              .join("")
              .toUpperCase(),
          ),
    ),
  },
  field: {
    type: "int8",
    least: 2,
    most: 99,
    run: ([value = NULL, ...rest]) => integer(rest.findIndex((one) => compare(value, one) === 0) + 1),
  },
  elt: { type: "text", least: 2, most: 99, run: ([place = NULL, ...rest]) => rest[(asNumber(place) ?? 0) - 1] ?? NULL },
  find_in_set: textual(
    2,
    2,
    (value = "", list = "") => list.toLowerCase().split(",").indexOf(value.toLowerCase()) + 1,
    "int8",
  ),
  format: textual(2, 2, (value = "0", places = "0") => {
    const [whole = "", part] = rescale(value, Math.max(0, Number(places))).split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part === undefined ? "" : `.${part}`);
  }),
  // ------------------------------------------------------------------------------------------------------------ numbers
  abs: {
    type: common,
    least: 1,
    most: 1,
    run: strict((value = NULL) => {
      const number =
        value.type === "numeric" || isInteger(value.type) ? value : { type: "float8" as const, value: asNumber(value) };
      return Number(number.value) < 0 ? arithmetic("-", integer(0), number) : number;
    }),
  },
  sign: { type: "int8", least: 1, most: 1, run: strict((value = NULL) => integer(Math.sign(asNumber(value) ?? 0))) },
  floor: rounding(floor),
  ceil: rounding(ceil),
  ceiling: rounding(ceil),
  round: {
    type: (types) =>
      types[0] === undefined || isInteger(types[0]) ? "int8" : types[0] === "float8" ? "float8" : "numeric",
    least: 1,
    most: 2,
    run: strict((value = NULL, places) => {
      const by = Number(places === undefined ? 0 : asNumber(places));
      if (value.type !== "numeric" && !isInteger(value.type)) {
        const factor = 10 ** by;
        const number = asNumber(value) ?? 0;
        return { type: "float8", value: (Math.sign(number) * Math.round(Math.abs(number) * factor)) / factor };
      }
      if (by < 0) return integer(Math.round(Number(value.value) * 10 ** by) / 10 ** by);
      return isInteger(value.type) ? value : { type: "numeric", value: rescale(value.value, by) };
    }),
  },
  truncate: {
    type: (types) => types[0] ?? "numeric",
    least: 2,
    most: 2,
    run: strict((value = NULL, places = NULL) => {
      const factor = 10 ** (asNumber(places) ?? 0);
      const number = Math.trunc((asNumber(value) ?? 0) * factor) / factor;
      return value.type === "numeric"
        ? { type: "numeric", value: rescale(String(number), Math.max(0, asNumber(places) ?? 0)) }
        : { type: value.type, value: number };
    }),
  },
  mod: { type: common, least: 2, most: 2, run: ([a = NULL, b = NULL]) => arithmetic("%", a, b) },
  power: mathematical(2, 2, (a = 0, b = 0) => a ** b),
  pow: mathematical(2, 2, (a = 0, b = 0) => a ** b),
  sqrt: mathematical(1, 1, (a = 0) => Math.sqrt(a)),
  exp: mathematical(1, 1, (a = 0) => Math.exp(a)),
  ln: mathematical(1, 1, (a = 0) => (a > 0 ? Math.log(a) : Number.NaN)),
  log10: mathematical(1, 1, (a = 0) => (a > 0 ? Math.log10(a) : Number.NaN)),
  pi: { type: "numeric", least: 0, most: 0, run: () => ({ type: "numeric", value: "3.141593" }) },
  rand: { type: "float8", least: 0, most: 0, run: (_args, { random }) => ({ type: "float8", value: random() }) },
  uuid: {
    type: "text",
    least: 0,
    most: 0,
    run: (_args, { random }) => {
      const digits = (count: number) =>
        Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
      return string(`${digits(8)}-${digits(4)}-11f0-${digits(4)}-${digits(12)}`);
    },
  },
  // --------------------------------------------------------------------------------------------------------------- JSON
  json_extract: {
    type: "jsonb",
    least: 2,
    most: 2,
    run: strict((value = NULL, path = NULL) => {
      const found = atPath(String(json(value).value), toText(path));
      return found === undefined ? { type: "jsonb", value: null } : document(found);
    }),
  },
  json_unquote: {
    type: "text",
    least: 1,
    most: 1,
    run: strict((value = NULL) => {
      const text = toText(value);
      return string(text.startsWith('"') && text.endsWith('"') ? String(JSON.parse(text)) : text);
    }),
  },
  json_object: {
    type: "jsonb",
    least: 0,
    most: 99,
    run: (args) => {
      const made: Record<string, unknown> = {};
      for (let index = 0; index < args.length; index += 2)
        made[toText(args[index] ?? NULL)] = jsonOf(args[index + 1] ?? NULL);
      return document(made);
    },
  },
  json_array: { type: "jsonb", least: 0, most: 99, run: (args) => document(args.map(jsonOf)) },
  json_length: {
    type: "int8",
    least: 1,
    most: 1,
    run: strict((value = NULL) => {
      const found: unknown = JSON.parse(String(json(value).value));
      return integer(typeof found === "object" && found !== null ? Object.keys(found).length : 1);
    }),
  },
  json_valid: {
    type: "int8",
    least: 1,
    most: 1,
    run: strict((value = NULL) => {
      try {
        json(value);
        return integer(1);
      } catch (problem) {
        if (problem instanceof SqlError) return integer(0);
        throw problem;
      }
    }),
  },
};

export function functionNamed(name: string): Run | undefined {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (known === undefined) return undefined;
  return (args, context) => {
    if (args.length < known.least || args.length > known.most)
      throw new MysqlError(1582, "42000", `Incorrect parameter count in the call to native function '${name}'`);
    return known.run(args, context);
  };
}

// ----------------------------------------------------------------------------------------------------------- aggregates

interface Aggregate {
  readonly type: (type: TypeName) => TypeName;
  /** Over the values that are not null. */
  readonly fold: (values: readonly Typed[], others: readonly Typed[]) => Typed;
}

const exactly = (type: TypeName) =>
  type === "float8" || type === "text" || type === "varchar" || type === "jsonb" ? "float8" : "numeric";
const total = (values: readonly Typed[]): Typed =>
  values.reduce<Typed>(
    (sum, value) => {
      const part: Typed = exactly(value.type) === "float8" ? { type: "float8", value: asNumber(value) } : value;
      return sum.value === null ? part : arithmetic("+", sum, part);
    },
    { type: "numeric", value: null },
  );
const extreme = (sign: number): Aggregate => ({
  type: (type) => type,
  fold: (values) => values.reduce<Typed>((a, b) => (a.value === null || sign * (compare(b, a) ?? 0) > 0 ? b : a), NULL),
});
const deviation = (sample: boolean): Aggregate => ({
  type: () => "float8",
  fold: (values) => {
    const numbers = values.map((value) => asNumber(value) ?? 0);
    const count = numbers.length - (sample ? 1 : 0);
    if (count <= 0) return { type: "float8", value: null };
    const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length;
    return { type: "float8", value: Math.sqrt(numbers.reduce((sum, one) => sum + (one - mean) ** 2, 0) / count) };
  },
});

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: { type: () => "int8", fold: (values) => integer(values.length) },
  sum: { type: exactly, fold: total },
  avg: {
    type: exactly,
    fold: (values) => (values.length === 0 ? NULL : arithmetic("/", total(values), integer(values.length))),
  },
  min: extreme(-1),
  max: extreme(1),
  group_concat: {
    type: () => "text",
    fold: (values, others) =>
      values.length === 0
        ? NULL
        : string(
            values
              .map(toText)
              .join(others[0] === undefined ? "," : toText(others[0]))
              .slice(0, 1024),
          ),
  },
  std: deviation(false),
  stddev: deviation(false),
  stddev_pop: deviation(false),
  stddev_samp: deviation(true),
};

export const isAggregate = (name: string) => Object.hasOwn(AGGREGATES, name);

export function aggregate(name: string, values: readonly Typed[], others: readonly Typed[], distinct: boolean): Typed {
  return AGGREGATES[name]?.fold(aggregated(values, distinct, key), others) ?? NULL;
}

export function resultType(name: string, types: readonly TypeName[]): TypeName | undefined {
  if (isAggregate(name)) return AGGREGATES[name]?.type(types[0] ?? "unknown");
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return typeof known?.type === "function" ? known.type(types) : known?.type;
}
