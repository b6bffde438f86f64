/** Functions that depend on their arguments alone, and aggregates. */
import type { Run } from "./dialect.ts";
import {
  arithmetic,
  bool,
  cast,
  compare,
  compareRaw,
  groupKey,
  int,
  NULL,
  type Raw,
  rescale,
  SqlError,
  type Typed,
  type TypeName,
  text,
  toText,
} from "./values.ts";

interface Definition {
  readonly type: TypeName | ((args: readonly TypeName[]) => TypeName);
  readonly run: Run;
}

const first = (types: readonly TypeName[]): TypeName => types.find((type) => type !== "unknown") ?? "text";
const argument = (args: readonly Typed[], index: number) => args[index] ?? NULL;
/** Null where an argument is null. */
const strict =
  (run: (...args: readonly Typed[]) => Typed): Run =>
  (args) =>
    args.some(({ value }) => value === null) ? NULL : run(...args);
const textual = (run: (...args: readonly string[]) => Raw): Definition => ({
  type: "text",
  run: strict((...args) => ({ type: "text", value: run(...args.map(toText)) })),
});
const mathematical = (run: (...args: readonly number[]) => number, keep = false): Definition => ({
  type: keep ? first : "float8",
  run: strict((...args) => ({
    type: keep ? (args[0]?.type ?? "float8") : "float8",
    value:
      keep && args[0]?.type === "numeric"
        ? String(run(...args.map(({ value }) => Number(value))))
        : run(...args.map(({ value }) => Number(value))),
  })),
});

const MAX_TEXT = 1_000_000;
const PARTS: Readonly<Record<string, (date: Date) => number>> = {
  year: (date) => date.getUTCFullYear(),
  month: (date) => date.getUTCMonth() + 1,
  day: (date) => date.getUTCDate(),
  hour: (date) => date.getUTCHours(),
  minute: (date) => date.getUTCMinutes(),
  second: (date) => date.getUTCSeconds() + date.getUTCMilliseconds() / 1000,
  dow: (date) => date.getUTCDay(),
  epoch: (date) => date.getTime() / 1000,
};
const KEEP: Readonly<Record<string, number>> = { year: 4, month: 7, day: 10, hour: 13, minute: 16, second: 19 };

const PART: Definition = {
  type: "float8",
  run: strict((field = NULL, value = NULL) => {
    if (value.type === "interval" && field.value === "epoch")
      return { type: "float8", value: Number(value.value) / 1000 };
    const part = PARTS[String(field.value)];
    if (part === undefined)
      throw new SqlError("22023", `unit "${String(field.value)}" not recognized for type ${value.type}`);
    return { type: "float8", value: part(new Date(Number(value.value))) };
  }),
};

const best =
  (sign: number): Run =>
  (args) => {
    const present = args.filter(({ value }) => value !== null);
    return present.reduce<Typed>((a, b) => (a.value === null || sign * (compare(b, a) ?? 0) > 0 ? b : a), {
      type: args[0]?.type ?? "text",
      value: null,
    });
  };

const FUNCTIONS: Readonly<Record<string, Definition>> = {
  coalesce: { type: first, run: (args) => args.find(({ value }) => value !== null) ?? NULL },
  nullif: {
    type: first,
    run: (args) =>
      compare(argument(args, 0), argument(args, 1)) === 0 ? { ...argument(args, 0), value: null } : argument(args, 0),
  },
  greatest: { type: first, run: best(1) },
  least: { type: first, run: best(-1) },
  now: { type: "timestamptz", run: (_args, { now }) => ({ type: "timestamptz", value: now }) },
  transaction_timestamp: { type: "timestamptz", run: (_args, { now }) => ({ type: "timestamptz", value: now }) },
  random: { type: "float8", run: (_args, { random }) => ({ type: "float8", value: random() }) },
  gen_random_uuid: {
    type: "uuid",
    run: (_args, { random }) => {
      const hex = (count: number) =>
        Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join("");
      return {
        type: "uuid",
        value: `${hex(8)}-${hex(4)}-4${hex(3)}-${"89ab"[Math.floor(random() * 4)]}${hex(3)}-${hex(12)}`,
      };
    },
  },
  upper: textual((value = "") => value.toUpperCase()),
  lower: textual((value = "") => value.toLowerCase()),
  initcap: textual((value = "") =>
    value
      .toLowerCase()
      .replace(/(^|[^a-z0-9])([a-z])/g, (_all, before: string, letter: string) => before + letter.toUpperCase()),
  ),
  trim: textual((value = "") => value.trim()),
  btrim: textual((value = "") => value.trim()),
  ltrim: textual((value = "") => value.trimStart()),
  rtrim: textual((value = "") => value.trimEnd()),
  reverse: textual((value = "") => [...value].reverse().join("")),
  replace: textual((value = "", from = "", to = "") => (from === "" ? value : value.replaceAll(from, () => to))),
  repeat: textual((value = "", count = "0") => {
    if (value.length * Number(count) > MAX_TEXT) throw new SqlError("54000", "requested length too large");
    return value.repeat(Math.max(0, Number(count)));
  }),
  left: textual((value = "", count = "0") => value.slice(0, Number(count))),
  right: textual((value = "", count = "0") =>
    Number(count) >= 0 ? value.slice(Math.max(0, value.length - Number(count))) : value.slice(-Number(count)),
  ),
  lpad: textual((value = "", width = "0", fill = " ") =>
    value.padStart(Math.min(Number(width), MAX_TEXT), fill).slice(0, Number(width)),
  ),
  rpad: textual((value = "", width = "0", fill = " ") =>
    value.padEnd(Math.min(Number(width), MAX_TEXT), fill).slice(0, Number(width)),
  ),
  substring: textual((value = "", from = "1", count) =>
    value.slice(Math.max(0, Number(from) - 1), count === undefined ? undefined : Number(from) - 1 + Number(count)),
  ),
  substr: textual((value = "", from = "1", count) =>
    value.slice(Math.max(0, Number(from) - 1), count === undefined ? undefined : Number(from) - 1 + Number(count)),
  ),
  split_part: textual((value = "", by = "", place = "1") => value.split(by)[Number(place) - 1] ?? ""),
  concat: { type: "text", run: (args) => text(args.map(toText).join("")) },
  length: { type: "int4", run: strict((value) => int(toText(value ?? NULL).length)) },
  char_length: { type: "int4", run: strict((value) => int(toText(value ?? NULL).length)) },
  position: {
    type: "int4",
    run: strict((part, whole) => int(toText(whole ?? NULL).indexOf(toText(part ?? NULL)) + 1)),
  },
  strpos: { type: "int4", run: strict((whole, part) => int(toText(whole ?? NULL).indexOf(toText(part ?? NULL)) + 1)) },
  abs: {
    type: first,
    run: strict((value) =>
      value !== undefined && Number(value.value) < 0
        ? arithmetic("-", { ...value, value: value.type === "numeric" ? "0" : 0 }, value)
        : (value ?? NULL),
    ),
  },
  ceil: mathematical((value = 0) => Math.ceil(value), true),
  ceiling: mathematical((value = 0) => Math.ceil(value), true),
  floor: mathematical((value = 0) => Math.floor(value), true),
  sqrt: mathematical((value = 0) => Math.sqrt(value)),
  power: mathematical((value = 0, by = 1) => value ** by),
  mod: { type: first, run: strict((a, b) => arithmetic("%", a ?? NULL, b ?? NULL)) },
  round: {
    type: (types) => (types[0] === "float8" ? "float8" : "numeric"),
    run: strict((value = NULL, places) => {
      if (value.type === "float8" && places === undefined)
        return { type: "float8", value: Math.round(Number(value.value)) };
      return { type: "numeric", value: rescale(value.value, Number(places?.value ?? 0)) };
    }),
  },
  date_part: PART,
  extract: {
    type: "numeric",
    run: (args, context) => {
      const part = PART.run(args, context);
      return part === undefined || part.value === null ? NULL : { type: "numeric", value: String(part.value) };
    },
  },
  date_trunc: {
    type: (types) => (types[1] === "date" ? "timestamp" : (types[1] ?? "timestamp")),
    run: strict((field = NULL, value = NULL) => {
      const keep = KEEP[String(field.value)];
      if (keep === undefined)
        throw new SqlError("22023", `unit "${String(field.value)}" not recognized for type ${value.type}`);
      const base = "0000-01-01T00:00:00.000Z";
      const iso = new Date(Number(value.value)).toISOString();
      return {
        type: value.type === "date" ? "timestamp" : value.type,
        value: Date.parse(iso.slice(0, keep) + base.slice(keep)),
      };
    }),
  },
  to_char: {
    type: "text",
    run: strict((value = NULL, format = NULL) => {
      if (value.type !== "timestamp" && value.type !== "timestamptz" && value.type !== "date")
        throw new SqlError("0A000", "to_char is served for times only");
      const iso = new Date(Number(value.value)).toISOString();
      const parts: Readonly<Record<string, string>> = {
        YYYY: iso.slice(0, 4),
        MM: iso.slice(5, 7),
        DD: iso.slice(8, 10),
        HH24: iso.slice(11, 13),
        MI: iso.slice(14, 16),
        SS: iso.slice(17, 19),
        MS: iso.slice(20, 23),
      };
      return text(String(format.value).replace(/YYYY|MM|DD|HH24|MI|SS|MS/g, (word) => parts[word] ?? word));
    }),
  },
  pg_size_pretty: {
    type: "text",
    run: strict((value = NULL) => {
      const units = ["bytes", "kB", "MB", "GB"];
      let size = Number(value.value);
      let unit = 0;
      for (; Math.abs(size) >= 10_240 && unit < 3; unit++) size = Math.round(size / 1024);
      return text(`${size} ${units[unit]}`);
    }),
  },
  pg_typeof: { type: "text", run: (args) => text(argument(args, 0).type) },
};

export function functionNamed(name: string): Run | undefined {
  return Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]?.run : undefined;
}

// ----------------------------------------------------------------------------------------------------------- aggregates

const sumType = (type: TypeName): TypeName =>
  type === "int2" || type === "int4" ? "int8" : type === "int8" ? "numeric" : type === "unknown" ? "float8" : type;

interface Aggregate {
  readonly type: (type: TypeName) => TypeName;
  /** Over the values that are not null. */
  readonly fold: (values: readonly Typed[], others: readonly Typed[]) => Typed;
}

const extreme = (sign: number): Aggregate => ({
  type: (type) => type,
  fold: (values) => values.reduce<Typed>((a, b) => (a.value === null || sign * (compare(b, a) ?? 0) > 0 ? b : a), NULL),
});

const total = (values: readonly Typed[]): Typed =>
  values.reduce<Typed>(
    (sum, value) =>
      sum.value === null
        ? { type: sumType(value.type), value: sumType(value.type) === "numeric" ? String(value.value) : value.value }
        : arithmetic("+", sum, value),
    NULL,
  );

const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  count: { type: () => "int8", fold: (values) => ({ type: "int8", value: values.length }) },
  sum: { type: sumType, fold: total },
  avg: {
    type: (type) => (type === "float8" ? "float8" : "numeric"),
    fold: (values) => {
      const sum = total(values);
      if (sum.value === null) return NULL;
      if (sum.type === "float8") return { type: "float8", value: Number(sum.value) / values.length };
      return arithmetic("/", cast(sum, "numeric"), { type: "numeric", value: String(values.length) });
    },
  },
  min: extreme(-1),
  max: extreme(1),
  string_agg: {
    type: () => "text",
    fold: (values, others) => (values.length === 0 ? NULL : text(values.map(toText).join(toText(others[0] ?? NULL)))),
  },
  array_agg: {
    type: () => "text",
    fold: (values) => (values.length === 0 ? NULL : text(`{${values.map(toText).join(",")}}`)),
  },
  bool_and: {
    type: () => "bool",
    fold: (values) => (values.length === 0 ? NULL : bool(values.every(({ value }) => value === true))),
  },
  bool_or: {
    type: () => "bool",
    fold: (values) => (values.length === 0 ? NULL : bool(values.some(({ value }) => value === true))),
  },
};

export const isAggregate = (name: string) => Object.hasOwn(AGGREGATES, name);

/** The values an aggregate goes over: none that is NULL, and with `distinct` each once. */
export function aggregated(values: readonly Typed[], distinct: boolean, keyOf: (value: Typed) => string): Typed[] {
  const seen = new Set<string>();
  return values.filter((value) => {
    if (value.value === null) return false;
    if (!distinct) return true;
    const key = keyOf(value);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

export function aggregate(name: string, values: readonly Typed[], others: readonly Typed[], distinct: boolean): Typed {
  const kept = aggregated(values, distinct, groupKey);
  const sorted = distinct ? kept.sort((a, b) => compareRaw(a.value, b.value)) : kept;
  return AGGREGATES[name]?.fold(sorted, others) ?? NULL;
}

export function resultType(name: string, types: readonly TypeName[]): TypeName | undefined {
  if (isAggregate(name)) return AGGREGATES[name]?.type(types[0] ?? "unknown");
  const definition = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return typeof definition?.type === "function" ? definition.type(types) : definition?.type;
}
