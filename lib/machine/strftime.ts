/** strftime(3) in UTC and English: for prompts, `printf %(...)T`, date, ls, awk and all else that prints a time. */
import { DAYS, MONTHS } from "../encoding/index.ts";

const DAY_MS = 86_400_000;

/** A moment in the parts that formats ask for. */
interface Moment {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly date: Date;
  /** 0 to 365. */
  readonly dayOfYear: number;
  /** The week after ISO 8601: its year, and its number from 1. */
  readonly week: { readonly year: number; readonly number: number };
}

/** How a number is filled up: to a width, with zeros or blanks. */
interface Field {
  readonly text: (moment: Moment) => string | number;
  readonly width?: number;
  readonly fill?: "0" | " ";
}

const number = (width: number, text: (moment: Moment) => number, fill: "0" | " " = "0"): Field => ({
  text,
  width,
  fill,
});
const word = (text: (moment: Moment) => string): Field => ({ text });
/** What stands for a whole format of its own. */
const whole = (format: string): Field => word(({ time }) => formatDate(time, format));

const hour12 = ({ date }: Moment) => date.getUTCHours() % 12 || 12;
const day = ({ date }: Moment) => DAYS[date.getUTCDay()] as string;
const month = ({ date }: Moment) => MONTHS[date.getUTCMonth()] as string;
const weekOf = ({ dayOfYear }: Moment, weekday: number) => Math.floor((dayOfYear + 7 - weekday) / 7);

const FIELDS: Readonly<Record<string, Field>> = {
  Y: number(1, ({ date }) => date.getUTCFullYear()),
  C: number(2, ({ date }) => Math.floor(date.getUTCFullYear() / 100)),
  y: number(2, ({ date }) => date.getUTCFullYear() % 100),
  G: number(1, ({ week }) => week.year),
  g: number(2, ({ week }) => week.year % 100),
  m: number(2, ({ date }) => date.getUTCMonth() + 1),
  d: number(2, ({ date }) => date.getUTCDate()),
  e: number(2, ({ date }) => date.getUTCDate(), " "),
  H: number(2, ({ date }) => date.getUTCHours()),
  k: number(2, ({ date }) => date.getUTCHours(), " "),
  I: number(2, hour12),
  l: number(2, hour12, " "),
  M: number(2, ({ date }) => date.getUTCMinutes()),
  S: number(2, ({ date }) => date.getUTCSeconds()),
  s: number(1, ({ time }) => Math.floor(time / 1000)),
  j: number(3, ({ dayOfYear }) => dayOfYear + 1),
  u: number(1, ({ date }) => date.getUTCDay() || 7),
  w: number(1, ({ date }) => date.getUTCDay()),
  U: number(2, (moment) => weekOf(moment, moment.date.getUTCDay())),
  W: number(2, (moment) => weekOf(moment, (moment.date.getUTCDay() + 6) % 7)),
  V: number(2, ({ week }) => week.number),
  p: word(({ date }) => (date.getUTCHours() < 12 ? "AM" : "PM")),
  P: word(({ date }) => (date.getUTCHours() < 12 ? "am" : "pm")),
  A: word(day),
  a: word((moment) => day(moment).slice(0, 3)),
  B: word(month),
  b: word((moment) => month(moment).slice(0, 3)),
  h: word((moment) => month(moment).slice(0, 3)),
  Z: word(() => "UTC"),
  z: word(() => "+0000"),
  n: word(() => "\n"),
  t: word(() => "\t"),
  "%": word(() => "%"),
  D: whole("%m/%d/%y"),
  F: whole("%Y-%m-%d"),
  T: whole("%H:%M:%S"),
  X: whole("%H:%M:%S"),
  R: whole("%H:%M"),
  r: whole("%I:%M:%S %p"),
  x: whole("%m/%d/%y"),
  c: whole("%a %b %e %H:%M:%S %Y"),
};

/** What GNU date knows beyond the C library. */
const GNU_FIELDS: Readonly<Record<string, Field>> = {
  ...FIELDS,
  q: number(1, ({ date }) => Math.floor(date.getUTCMonth() / 3) + 1),
  ":z": word(() => "+00:00"),
  "::z": word(() => "+00:00:00"),
  ":::z": word(() => "+00"),
};

/** The ISO week: the one that has the Thursday. */
function isoWeek(date: Date): Moment["week"] {
  const thursday = new Date(date.getTime() + (4 - (date.getUTCDay() || 7)) * DAY_MS);
  const year = thursday.getUTCFullYear();
  return { year, number: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS)) + 1 };
}

/**
 * `time` (ms since the epoch) as `format` says, with the C library's flags (`-` no fill, `_` blanks, `0` zeros, `^` upper
 * case, `#` other case) and widths. `dialect`: "gnu" adds what date(1) has: %N with its digits, %q, %:z.
 * What is no conversion stays as it is.
 */
export function formatDate(time: number, format: string, dialect: "libc" | "gnu" = "libc"): string {
  const date = new Date(time);
  const moment: Moment = {
    time,
    date,
    dayOfYear: Math.floor((time - Date.UTC(date.getUTCFullYear(), 0, 1)) / DAY_MS),
    week: isoWeek(date),
  };
  const fields = dialect === "gnu" ? GNU_FIELDS : FIELDS;
  return format.replace(
    /%([-_0^#]*)(\d{0,4})([EO]?)(:{0,3}[a-zA-Z%])/g,
    (conversion, flags: string, width: string, _modifier, letter: string) => {
      if (letter === "N" && dialect === "gnu") return nanoseconds(time, width);
      const field = Object.hasOwn(fields, letter) ? fields[letter] : undefined;
      return field === undefined ? conversion : filled(field, moment, flags, Number(width));
    },
  );
}

function filled(field: Field, moment: Moment, flags: string, width: number): string {
  const value = field.text(moment);
  let text = typeof value === "number" ? String(Math.abs(value)) : value;
  const sign = typeof value === "number" && value < 0 ? "-" : "";
  if (flags.includes("^")) text = text.toUpperCase();
  if (flags.includes("#")) text = text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
  // The last flag about filling counts.
  const asked = /[-_0](?=[^-_0]*$)/.exec(flags)?.[0];
  if (asked === "-") return sign + text;
  const fill = asked === "_" ? " " : asked === "0" ? "0" : (field.fill ?? (typeof value === "number" ? "0" : " "));
  const size = Math.max(width, field.width ?? 0) - sign.length;
  return fill === "0" ? sign + text.padStart(size, "0") : (sign + text).padStart(size + sign.length, " ");
}

/** Nine digits, or as many as are asked for; the clock knows milliseconds. */
function nanoseconds(time: number, width: string): string {
  const digits = `${String(((time % 1000) + 1000) % 1000).padStart(3, "0")}000000`;
  return width === "" ? digits : digits.slice(0, Number(width)).padEnd(Number(width), "0");
}
