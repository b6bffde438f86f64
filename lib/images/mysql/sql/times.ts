/** Functions about times. */
import { NULL, type Typed, type TypeName, toText } from "../../kit/sql/values.ts";
import type { Definition } from "./functions.ts";
import { asNumber, asTime, integer, string } from "./values.ts";

const MS: Readonly<Record<string, number>> = {
  MICROSECOND: 0.001,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  WEEK: 604_800_000,
};
const MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const DAY = 86_400_000;
const NAMES = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTH_NAMES = "January February March April May June July August September October November December".split(" ");

/** Milliseconds moved by a number of units; the day stays within its month. */
function moved(ms: number, amount: number, unit: string): number {
  const months = MONTHS[unit];
  if (months === undefined) return ms + Math.round(amount * (MS[unit] ?? 0));
  const date = new Date(ms);
  const target = date.getUTCMonth() + Math.trunc(amount) * months;
  const days = new Date(Date.UTC(date.getUTCFullYear(), target + 1, 0)).getUTCDate();
  const start = Date.UTC(date.getUTCFullYear(), target, Math.min(date.getUTCDate(), days));
  return start + (ms % DAY);
}

const add =
  (sign: number): Definition["run"] =>
  ([date = NULL, amount = NULL, unit = string("DAY")]) => {
    const ms = asTime(date);
    const by = asNumber(amount);
    if (ms === undefined || by === null) return NULL;
    const word = toText(unit);
    const whole = date.type === "date" || (date.type === "text" && !/:/.test(toText(date)));
    const keeps = whole && ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"].includes(word);
    return { type: keeps ? "date" : "timestamp", value: moved(ms, sign * by, word) };
  };
const shift = (sign: number): Definition => ({
  // A text or a day may stay a day: only the value tells.
  type: (types) => (types[0] === "timestamp" ? "timestamp" : "text"),
  least: 2,
  most: 3,
  run: add(sign),
});
const part = (run: (date: Date) => number): Definition => ({
  type: "int8",
  least: 1,
  most: 1,
  run: ([value = NULL]) => {
    const ms = asTime(value);
    return ms === undefined ? NULL : integer(run(new Date(ms)));
  },
});
const named = (run: (date: Date) => string): Definition => ({
  type: "text",
  least: 1,
  most: 1,
  run: ([value = NULL]) => {
    const ms = asTime(value);
    return ms === undefined ? NULL : string(run(new Date(ms)));
  },
});
const now = (type: TypeName): Definition => ({
  type,
  least: 0,
  most: 1,
  run: ([digits], context) => {
    if (type === "date") return { type, value: Math.floor(context.now / DAY) * DAY };
    const keep = digits === undefined ? 0 : (asNumber(digits) ?? 0);
    return { type, value: keep > 0 ? context.now : Math.floor(context.now / 1000) * 1000 };
  },
});

const two = (value: number) => String(value).padStart(2, "0");
const suffix = (day: number) =>
  day % 10 === 1 && day !== 11
    ? "st"
    : day % 10 === 2 && day !== 12
      ? "nd"
      : day % 10 === 3 && day !== 13
        ? "rd"
        : "th";
const dayOfYear = (date: Date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY) + 1;

/** What % and a letter mean in DATE_FORMAT. */
const FORMATS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => two(date.getUTCFullYear() % 100),
  m: (date) => two(date.getUTCMonth() + 1),
  c: (date) => String(date.getUTCMonth() + 1),
  M: (date) => MONTH_NAMES[date.getUTCMonth()] ?? "",
  b: (date) => (MONTH_NAMES[date.getUTCMonth()] ?? "").slice(0, 3),
  d: (date) => two(date.getUTCDate()),
  e: (date) => String(date.getUTCDate()),
  D: (date) => `${date.getUTCDate()}${suffix(date.getUTCDate())}`,
  j: (date) => String(dayOfYear(date)).padStart(3, "0"),
  H: (date) => two(date.getUTCHours()),
  k: (date) => String(date.getUTCHours()),
  h: (date) => two(date.getUTCHours() % 12 || 12),
  I: (date) => two(date.getUTCHours() % 12 || 12),
  l: (date) => String(date.getUTCHours() % 12 || 12),
  i: (date) => two(date.getUTCMinutes()),
  s: (date) => two(date.getUTCSeconds()),
  S: (date) => two(date.getUTCSeconds()),
  f: (date) => String(date.getUTCMilliseconds() * 1000).padStart(6, "0"),
  p: (date) => (date.getUTCHours() < 12 ? "AM" : "PM"),
  T: (date) => date.toISOString().slice(11, 19),
  W: (date) => NAMES[date.getUTCDay()] ?? "",
  a: (date) => (NAMES[date.getUTCDay()] ?? "").slice(0, 3),
  w: (date) => String(date.getUTCDay()),
};

function difference(unit: string, from: number, to: number): number {
  const months = MONTHS[unit];
  if (months === undefined) return Math.trunc((to - from) / (MS[unit] ?? 1));
  const [a, b] = [new Date(Math.min(from, to)), new Date(Math.max(from, to))];
  let whole = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  const within = (date: Date) => date.getUTCDate() * DAY + (date.getTime() % DAY);
  if (within(b) < within(a)) whole--;
  return Math.sign(to - from) * Math.trunc(whole / months);
}

export const TIME_FUNCTIONS: Readonly<Record<string, Definition>> = {
  now: now("timestamp"),
  current_timestamp: now("timestamp"),
  localtimestamp: now("timestamp"),
  localtime: now("timestamp"),
  utc_timestamp: now("timestamp"),
  curdate: now("date"),
  current_date: now("date"),
  utc_date: now("date"),
  date_add: shift(1),
  adddate: shift(1),
  date_sub: shift(-1),
  subdate: shift(-1),
  timestampadd: {
    type: "timestamp",
    least: 3,
    most: 3,
    run: ([unit = NULL, amount = NULL, date = NULL], context) => add(1)([date, amount, unit], context),
  },
  timestampdiff: {
    type: "int8",
    least: 3,
    most: 3,
    run: ([unit = NULL, from = NULL, to = NULL]) => {
      const [a, b] = [asTime(from), asTime(to)];
      return a === undefined || b === undefined ? NULL : integer(difference(toText(unit), a, b));
    },
  },
  datediff: {
    type: "int8",
    least: 2,
    most: 2,
    run: ([to = NULL, from = NULL]) => {
      const [a, b] = [asTime(from), asTime(to)];
      return a === undefined || b === undefined ? NULL : integer(Math.floor(b / DAY) - Math.floor(a / DAY));
    },
  },
  date: {
    type: "date",
    least: 1,
    most: 1,
    run: ([value = NULL]) => {
      const ms = asTime(value);
      return ms === undefined ? NULL : { type: "date", value: Math.floor(ms / DAY) * DAY };
    },
  },
  last_day: {
    type: "date",
    least: 1,
    most: 1,
    run: ([value = NULL]) => {
      const ms = asTime(value);
      if (ms === undefined) return NULL;
      const date = new Date(ms);
      return { type: "date", value: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0) };
    },
  },
  timestamp: {
    type: "timestamp",
    least: 1,
    most: 1,
    run: ([value = NULL]) => {
      const ms = asTime(value);
      return ms === undefined ? NULL : { type: "timestamp", value: ms };
    },
  },
  time: named((date) => date.toISOString().slice(11, 19)),
  year: part((date) => date.getUTCFullYear()),
  quarter: part((date) => Math.floor(date.getUTCMonth() / 3) + 1),
  month: part((date) => date.getUTCMonth() + 1),
  day: part((date) => date.getUTCDate()),
  dayofmonth: part((date) => date.getUTCDate()),
  dayofweek: part((date) => date.getUTCDay() + 1),
  weekday: part((date) => (date.getUTCDay() + 6) % 7),
  dayofyear: part(dayOfYear),
  hour: part((date) => date.getUTCHours()),
  minute: part((date) => date.getUTCMinutes()),
  second: part((date) => date.getUTCSeconds()),
  microsecond: part((date) => date.getUTCMilliseconds() * 1000),
  dayname: named((date) => NAMES[date.getUTCDay()] ?? ""),
  monthname: named((date) => MONTH_NAMES[date.getUTCMonth()] ?? ""),
  unix_timestamp: {
    type: "int8",
    least: 0,
    most: 1,
    run: ([value], context) => {
      const ms = value === undefined ? context.now : asTime(value);
      return ms === undefined ? NULL : integer(Math.floor(ms / 1000));
    },
  },
  from_unixtime: {
    type: "timestamp",
    least: 1,
    most: 1,
    run: ([value = NULL]) => {
      const seconds = asNumber(value);
      return seconds === null ? NULL : ({ type: "timestamp", value: Math.floor(seconds * 1000) } satisfies Typed);
    },
  },
  date_format: {
    type: "text",
    least: 2,
    most: 2,
    run: ([value = NULL, format = NULL]) => {
      const ms = asTime(value);
      if (ms === undefined || format.value === null) return NULL;
      const date = new Date(ms);
      return string(toText(format).replace(/%(.)/g, (_all, letter: string) => FORMATS[letter]?.(date) ?? letter));
    },
  },
};
