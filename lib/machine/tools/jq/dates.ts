/** Times as jq has them: seconds since the epoch, or broken down [year, month, day, hours, minutes, seconds, weekday, day of the year]. */
import { formatDate } from "../../strftime.ts";
import { JqError } from "./errors.ts";
import { isArray, type Json } from "./json.ts";

const DAY_MS = 86_400_000;
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

function brokenDown(seconds: number): Json {
  // As a cast cuts them; the fraction is that above the next lower second.
  const whole = Math.trunc(seconds);
  const date = new Date(whole * 1000);
  const year = date.getUTCFullYear();
  return [
    year,
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds() + (seconds - Math.floor(seconds)),
    date.getUTCDay(),
    Math.floor((whole * 1000 - Date.UTC(year, 0, 1)) / DAY_MS),
  ];
}

export function gmtime(value: Json, name = "gmtime"): Json {
  if (typeof value !== "number") throw new JqError(`${name}() requires numeric inputs`);
  return brokenDown(value);
}

function partsOf(value: Json, words: string): number[] {
  if (!isArray(value)) throw new JqError(words);
  if (value.length < 6 || value.slice(0, 6).some((part) => typeof part !== "number"))
    throw new JqError(words.startsWith("mktime") ? "mktime requires parsed datetime inputs" : words);
  return value as number[];
}

export function mktime(value: Json): Json {
  return mktimeOf(
    partsOf(value, isArray(value) ? "mktime requires array of 6 numbers" : "mktime requires array inputs"),
  );
}

function mktimeOf([year = 0, month = 0, day = 0, hours = 0, minutes = 0, seconds = 0]: readonly number[]): number {
  return Date.UTC(year, month, day, hours, minutes, Math.floor(seconds)) / 1000;
}

export function strftime(value: Json, format: Json, name = "strftime/1"): Json {
  if (typeof value !== "number" && !isArray(value)) throw new JqError(`${name} requires parsed datetime inputs`);
  if (typeof format !== "string") throw new JqError(`${name} requires a string format`);
  const seconds =
    typeof value === "number" ? value : (mktimeOf(partsOf(value, `${name} requires parsed datetime inputs`)) as number);
  // The C library's answer is empty, which jq takes for a failure.
  if (format === "") throw new JqError(`${name}: unknown system failure`);
  return formatDate(Math.trunc(seconds) * 1000, format);
}

const WORDS: Readonly<Record<string, string>> = {
  T: "%H:%M:%S",
  D: "%m/%d/%y",
  F: "%Y-%m-%d",
  R: "%H:%M",
  c: "%a %b %e %H:%M:%S %Y",
};

export function strptime(value: Json, format: Json): Json {
  if (typeof value !== "string") throw new JqError("strptime/1 requires string inputs and arguments");
  if (typeof format !== "string") throw new JqError("strptime/1 requires string inputs and arguments");
  const fail = (): never => {
    throw new JqError(`date "${value}" does not match format "${format}"`);
  };
  const wide = format.replace(/%([TDFRc])/g, (_, letter: string) => WORDS[letter] ?? "");
  let rest = value;
  let [year, month, day, hours, minutes, seconds] = [1900, 0, 1, 0, 0, 0];
  let afternoon: boolean | undefined;
  let epoch: number | undefined;
  const take = (pattern: RegExp): string => {
    const match = pattern.exec(rest);
    if (match === null) return fail();
    rest = rest.slice(match[0].length);
    return match[0];
  };
  for (let at = 0; at < wide.length; at++) {
    const character = wide[at] as string;
    if (/\s/.test(character)) {
      rest = rest.trimStart();
      continue;
    }
    if (character !== "%") {
      if (!rest.startsWith(character)) fail();
      rest = rest.slice(1);
      continue;
    }
    switch (wide[++at]) {
      case "Y":
        year = Number(take(/^\d{1,4}/));
        break;
      case "y": {
        const two = Number(take(/^\d{1,2}/));
        year = two < 69 ? 2000 + two : 1900 + two;
        break;
      }
      case "m":
        month = Number(take(/^\d{1,2}/)) - 1;
        break;
      case "d":
      case "e":
        day = Number(take(/^\s*\d{1,2}/));
        break;
      case "H":
      case "I":
      case "k":
        hours = Number(take(/^\s*\d{1,2}/));
        break;
      case "M":
        minutes = Number(take(/^\d{1,2}/));
        break;
      case "S":
        seconds = Number(take(/^\d{1,2}/));
        break;
      case "j": {
        const dayOfYear = Number(take(/^\d{1,3}/));
        month = 0;
        day = dayOfYear;
        break;
      }
      case "Z":
        take(/^[A-Za-z]+/);
        break;
      case "z":
        take(/^(?:Z|[+-]\d\d:?\d\d)/);
        break;
      case "p":
        afternoon = take(/^[AaPp][Mm]/).toLowerCase() === "pm";
        break;
      case "a":
      case "A":
        take(/^(?:sun|mon|tue|wed|thu|fri|sat)[a-z]*/i);
        break;
      case "b":
      case "B":
      case "h":
        month = MONTHS.indexOf(
          take(/^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*/i)
            .slice(0, 3)
            .toLowerCase(),
        );
        break;
      case "s":
        epoch = Number(take(/^-?\d+/));
        break;
      case "%":
        take(/^%/);
        break;
      default:
        fail();
    }
  }
  if (rest !== "" || month > 11 || hours > 24 || minutes > 59 || seconds > 61 || day > 366) fail();
  if (afternoon !== undefined) hours = (hours % 12) + (afternoon ? 12 : 0);
  return brokenDown(epoch ?? Date.UTC(year, month, day, hours, minutes, seconds) / 1000);
}
