/** Times: Go's layouts, sprig's date functions. The zone of a machine here is UTC. */
import { DAYS, durationProblem, formatDuration, MONTHS, parseDuration } from "../../encoding/index.ts";
import { type FunctionTable, fn, Integer, int, int64, isNil, Struct, type Value } from "../../template/index.ts";
import { textOf, toBigInt } from "./cast.ts";

/** The zero of time.Time: the first of January of the year 1. */
const YEAR_ONE = -62_135_596_800_000;

/** A moment, in milliseconds since 1970, and the zone it is shown in. */
interface Time {
  readonly ms: number;
  readonly zone: string;
}

function offsetOf({ ms, zone }: Time): number {
  if (zone === "UTC" || zone === "Local" || zone === "") return 0;
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(ms);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return Math.round((local - Math.floor(ms / 1000) * 1000) / 60_000);
}
function zoneOrUtc(zone: string): string {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: zone });
    return zone;
  } catch {
    return "UTC";
  }
}

const LAYOUT =
  /January|Jan|Monday|Mon|MST|2006|Z0700|Z07:00|Z07|-0700|-07:00|-07|[.,]0+(?!\d)|[.,]9+(?!\d)|01|02|03|04|05|06|002|15|PM|pm|_2006|__2|_2|1|2|3|4|5/g;
const two = (value: number): string => String(value).padStart(2, "0");

/** time.Format. */
export function formatTime(time: Time, layout: string): string {
  const offset = offsetOf(time);
  const date = new Date(time.ms + offset * 60_000);
  const hour = date.getUTCHours();
  const sign = offset < 0 ? "-" : "+";
  const [hours, minutes] = [two(Math.trunc(Math.abs(offset) / 60)), two(Math.abs(offset) % 60)];
  const day = date.getUTCDate();
  const yearDay = Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  return layout.replace(LAYOUT, (word) => {
    switch (word) {
      case "January":
        return MONTHS[date.getUTCMonth()] as string;
      case "Jan":
        return (MONTHS[date.getUTCMonth()] as string).slice(0, 3);
      case "Monday":
        return DAYS[date.getUTCDay()] as string;
      case "Mon":
        return (DAYS[date.getUTCDay()] as string).slice(0, 3);
      case "MST":
        return offset === 0 ? "UTC" : `${sign}${hours}${minutes === "00" ? "" : minutes}`;
      case "2006":
        return String(date.getUTCFullYear()).padStart(4, "0");
      case "06":
        return two(date.getUTCFullYear() % 100);
      case "01":
        return two(date.getUTCMonth() + 1);
      case "1":
        return String(date.getUTCMonth() + 1);
      case "02":
        return two(day);
      case "_2":
        return String(day).padStart(2, " ");
      case "2":
        return String(day);
      case "002":
        return String(yearDay).padStart(3, "0");
      case "__2":
        return String(yearDay).padStart(3, " ");
      case "15":
        return two(hour);
      case "03":
        return two(hour % 12 || 12);
      case "3":
        return String(hour % 12 || 12);
      case "04":
        return two(date.getUTCMinutes());
      case "4":
        return String(date.getUTCMinutes());
      case "05":
        return two(date.getUTCSeconds());
      case "5":
        return String(date.getUTCSeconds());
      case "PM":
        return hour >= 12 ? "PM" : "AM";
      case "pm":
        return hour >= 12 ? "pm" : "am";
      case "Z07:00":
        return offset === 0 ? "Z" : `${sign}${hours}:${minutes}`;
      case "Z0700":
        return offset === 0 ? "Z" : `${sign}${hours}${minutes}`;
      case "Z07":
        return offset === 0 ? "Z" : `${sign}${hours}`;
      case "-07:00":
        return `${sign}${hours}:${minutes}`;
      case "-0700":
        return `${sign}${hours}${minutes}`;
      case "-07":
        return `${sign}${hours}`;
      case "_2006":
        return `_${date.getUTCFullYear()}`;
    }
    const fraction = String(date.getUTCMilliseconds())
      .padStart(3, "0")
      .padEnd(9, "0")
      .slice(0, word.length - 1);
    if (word[1] === "0") return `${word[0]}${fraction}`;
    const kept = fraction.replace(/0+$/, "");
    return kept === "" ? "" : `${word[0]}${kept}`;
  });
}

/** time.Parse for layouts of numbers and names; undefined where the text does not fit. */
function parseTime(layout: string, text: string): Time | undefined {
  const names: string[] = [];
  const group = (name: string, pattern: string) => {
    names.push(name);
    return `(${pattern})`;
  };
  const PATTERNS: Readonly<Record<string, readonly [string, string]>> = {
    "2006": ["year", "\\d{4}"],
    "06": ["shortYear", "\\d\\d"],
    "01": ["month", "\\d\\d"],
    "1": ["month", "\\d\\d?"],
    January: ["monthName", MONTHS.join("|")],
    Jan: ["monthName", MONTHS.map((name) => name.slice(0, 3)).join("|")],
    Monday: ["dayName", DAYS.join("|")],
    Mon: ["dayName", DAYS.map((name) => name.slice(0, 3)).join("|")],
    "02": ["day", "\\d\\d"],
    "2": ["day", "\\d\\d?"],
    _2: ["day", " ?\\d\\d?"],
    "15": ["hour", "\\d\\d"],
    "03": ["hour12", "\\d\\d"],
    "3": ["hour12", "\\d\\d?"],
    "04": ["minute", "\\d\\d"],
    "4": ["minute", "\\d\\d?"],
    "05": ["second", "\\d\\d(?:\\.\\d+)?"],
    "5": ["second", "\\d\\d?(?:\\.\\d+)?"],
    PM: ["half", "AM|PM"],
    MST: ["zone", "[A-Z]{3,4}"],
    "Z07:00": ["offset", "Z|[-+]\\d\\d:\\d\\d"],
    "-07:00": ["offset", "[-+]\\d\\d:\\d\\d"],
    "-0700": ["offset", "[-+]\\d{4}"],
    Z0700: ["offset", "Z|[-+]\\d{4}"],
  };
  let pattern = "";
  let at = 0;
  for (const match of layout.matchAll(LAYOUT)) {
    const known = PATTERNS[match[0]];
    if (known === undefined) return undefined;
    pattern += layout.slice(at, match.index).replace(/[.*+?^${}()|[\]\\]/g, "\\$&") + group(...known);
    at = match.index + match[0].length;
  }
  pattern += layout.slice(at).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`^${pattern}$`).exec(text);
  if (found === null) return undefined;
  const value = (name: string) => (names.includes(name) ? found[names.indexOf(name) + 1] : undefined);
  const has = (name: string) => names.includes(name);
  const year = has("year")
    ? Number(value("year"))
    : has("shortYear")
      ? 2000 + Number(value("shortYear")) - (Number(value("shortYear")) >= 69 ? 100 : 0)
      : 0;
  const month = has("month")
    ? Number(value("month"))
    : has("monthName")
      ? MONTHS.findIndex((name) => name.startsWith((value("monthName") as string).slice(0, 3))) + 1
      : 1;
  const day = has("day") ? Number(value("day")) : 1;
  const hour = has("hour")
    ? Number(value("hour"))
    : (Number(value("hour12") ?? 0) % 12) + (value("half") === "PM" ? 12 : 0);
  const offset =
    has("offset") && value("offset") !== "Z" ? /^([-+])(\d\d):?(\d\d)$/.exec(value("offset") as string) : null;
  const minutes = offset === null ? 0 : (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3]));
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  date.setUTCHours(
    hour,
    Number(has("minute") ? value("minute") : 0),
    0,
    1000 * Number(has("second") ? value("second") : 0),
  );
  return { ms: date.getTime() - minutes * 60_000, zone: "UTC" };
}

/** A time.Time for templates. */
function timeValue(time: Time): Struct {
  const utc = new Date(time.ms + offsetOf(time) * 60_000);
  return new Struct("time.Time", {
    host: time,
    text: () => formatTime(time, "2006-01-02 15:04:05.999999999 -0700 MST"),
    methods: {
      Format: (layout: Value) => formatTime(time, textOf(layout)),
      Unix: () => int64(Math.floor(time.ms / 1000)),
      UnixMilli: () => int64(Math.floor(time.ms)),
      UnixNano: () => int64(BigInt(Math.floor(time.ms)) * 1_000_000n),
      Year: () => int(utc.getUTCFullYear()),
      Month: () => new Struct("time.Month", { text: () => MONTHS[utc.getUTCMonth()] as string }),
      Day: () => int(utc.getUTCDate()),
      Hour: () => int(utc.getUTCHours()),
      Minute: () => int(utc.getUTCMinutes()),
      Second: () => int(utc.getUTCSeconds()),
      Weekday: () => new Struct("time.Weekday", { text: () => DAYS[utc.getUTCDay()] as string }),
      UTC: () => timeValue({ ms: time.ms, zone: "UTC" }),
      String: () => formatTime(time, "2006-01-02 15:04:05.999999999 -0700 MST"),
    },
  });
}

/** time.ParseDuration, in milliseconds. Throws in Go's words. */
function durationOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`time: ${durationProblem(text)}`);
  return ms;
}

/** sprig's durationRound: the largest unit that fits. */
function roundDuration(seconds: number): string {
  const size = Math.abs(seconds);
  const units: readonly (readonly [number, string])[] = [
    [365 * 86_400, "y"],
    [30 * 86_400, "mo"],
    [86_400, "d"],
    [3600, "h"],
    [60, "m"],
    [1, "s"],
  ];
  for (const [length, name] of units) if (size > length) return `${Math.floor(size / length)}${name}`;
  return "0s";
}

export function dateFunctions(now: () => number): FunctionTable {
  /** sprig's: a time, or seconds since 1970 as a number; anything else is now. */
  const timeOf = (value: Value): Time => {
    if (value instanceof Struct && value.typeName === "time.Time") return value.host as Time;
    if (value instanceof Integer) return { ms: value.number * 1000, zone: "UTC" };
    return { ms: now(), zone: "UTC" };
  };
  const inZone = (layout: string, value: Value, zone: string) =>
    formatTime({ ms: timeOf(value).ms, zone: zoneOrUtc(zone) }, layout);
  const modify = (strict: boolean) => (text: string, time: Struct) => {
    try {
      const before = time.host as Time;
      return timeValue({ ms: before.ms + durationOf(text), zone: before.zone });
    } catch (error) {
      if (strict) throw error;
      return time;
    }
  };
  const toDate = (strict: boolean) => (layout: string, text: string) => {
    const time = parseTime(layout, text);
    if (time !== undefined) return timeValue(time);
    if (strict)
      throw new Error(
        `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(text)} as ${JSON.stringify(layout)}`,
      );
    return timeValue({ ms: YEAR_ONE, zone: "UTC" });
  };
  const duration = (value: Value): number => {
    if (typeof value === "string") {
      try {
        return durationOf(value);
      } catch {
        return 0;
      }
    }
    return Number(toBigInt(value)) * 1000;
  };
  return {
    now: fn("", () => timeValue({ ms: now(), zone: "UTC" })),
    ago: fn("any", (value: Value) => formatDuration(Math.round((now() - timeOf(value).ms) / 1000) * 1000)),
    date: fn("string,any", (layout: string, value: Value) => inZone(layout, value, "UTC")),
    dateInZone: fn("string,any,string", inZone),
    date_in_zone: fn("string,any,string", inZone),
    dateModify: fn("string,time", modify(false)),
    date_modify: fn("string,time", modify(false)),
    mustDateModify: fn("string,time", modify(true)),
    must_date_modify: fn("string,time", modify(true)),
    toDate: fn("string,string", toDate(false)),
    mustToDate: fn("string,string", toDate(true)),
    duration: fn("any", (value: Value) => formatDuration(Number(toBigInt(value)) * 1000)),
    durationRound: fn("any", (value: Value) =>
      roundDuration(
        value instanceof Struct
          ? Math.round((now() - timeOf(value).ms) / 1000)
          : typeof value === "string"
            ? duration(value) / 1000
            : isNil(value)
              ? 0
              : Number(toBigInt(value)) / 1e9,
      ),
    ),
    htmlDate: fn("any", (value: Value) => inZone("2006-01-02", value, "UTC")),
    htmlDateInZone: fn("any,string", (value: Value, zone: string) => inZone("2006-01-02", value, zone)),
    unixEpoch: fn("time", (time: Struct) => String(Math.floor((time.host as Time).ms / 1000))),
  };
}
