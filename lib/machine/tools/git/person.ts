/** Who commits, and when: identities and dates as git reads and shows them. */
import { isErrno } from "../../errno.ts";
import { formatDate } from "../../strftime.ts";
import type { Process } from "../../types.ts";
import { Accounts } from "../support/accounts.ts";
import { parseDate } from "../support/dates.ts";
import type { GitConfig } from "./config.ts";
import { fatal, plainly } from "./failure.ts";
import type { Person } from "./objects.ts";

const ASK = `
*** Please tell me who you are.

Run

  git config --global user.email "you@example.com"
  git config --global user.name "Your Name"

to set your account's default identity.
Omit --global to set the identity only in this repository.

`;

/**
 * The author or the committer. Without a name or an address nobody commits: a machine's own name is no address.
 * `strict` false: whatever is known, for reflogs.
 */
export function identity(process: Process, config: GitConfig, role: "author" | "committer", strict = true): Person {
  const prefix = `GIT_${role.toUpperCase()}`;
  const given = process.env.get(`${prefix}_NAME`);
  const name = given || (config.get(`${role}.name`) ?? config.get("user.name"));
  const email =
    process.env.get(`${prefix}_EMAIL`) ||
    config.get(`${role}.email`) ||
    config.get("user.email") ||
    process.env.get("EMAIL");
  const when = process.env.get(`${prefix}_DATE`);
  const now = process.clock.now();
  const date =
    when === undefined || when === "" ? { time: Math.floor(now / 1000), zone: "+0000" } : parseGitDate(when, now);
  if (date === undefined) throw fatal(`invalid date format: ${when}`);
  const account = new Accounts(process).user(process.uid) ?? String(process.uid);
  const host = `${account}@${process.machine.hostname}.(none)`;
  const hint = role === "author" ? `Author identity unknown\n${ASK}` : `Committer identity unknown\n${ASK}`;
  if (strict && email === undefined) {
    throw plainly(`${hint}fatal: unable to auto-detect email address (got '${host}')`, 128);
  }
  const known = name ?? fullName(process);
  if (strict && clean(known) === "") {
    if (known.trim() !== "") throw fatal(`name consists only of disallowed characters: ${known}`);
    throw plainly(`${given ? "" : hint}fatal: empty ident name (for <${email}>) not allowed`, 128);
  }
  return { name: clean(known) || account, email: clean(email ?? host), ...date };
}

/** The user's name in full from /etc/passwd; "&" there stands for the account's name. */
function fullName(process: Process): string {
  try {
    for (const line of process.files.readText("/etc/passwd").split("\n")) {
      const [account = "", , uid, , about = ""] = line.split(":");
      if (Number(uid) !== process.uid || uid === undefined) continue;
      const [name = ""] = about.split(",");
      return name.replace("&", account.charAt(0).toUpperCase() + account.slice(1));
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return "";
}

/** Without the characters that would break a header, and without crud at both ends. */
export function clean(text: string): string {
  return text.replace(/^[\x00-\x20.,:;<>"\\']+|[\x00-\x20.,:;<>"\\']+$/g, "").replace(/[<>\n]/g, "");
}

interface GitDate {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly zone: string;
}

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

function zoneSeconds(zone: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([-+])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** A date as GIT_AUTHOR_DATE, --date and --since take it. `now` in milliseconds. */
export function parseGitDate(text: string, now: number): GitDate | undefined {
  const trimmed = text.trim();
  const raw = /^@?(\d{5,})(?: ([-+]\d{4}))?$/.exec(trimmed);
  if (raw !== null && (trimmed.startsWith("@") || (raw[1] ?? "").length > 8 || raw[2] !== undefined)) {
    return { time: Number(raw[1]), zone: raw[2] ?? "+0000" };
  }
  const iso =
    /^(\d{4})[-./](\d\d?)[-./](\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?\s*(Z|[-+]\d\d:?\d\d)?$/i.exec(
      trimmed,
    );
  const mail =
    /^(?:[A-Za-z]{3},? )?(\d\d?) ([A-Za-z]{3}) (\d{4}) (\d\d?):(\d\d)(?::(\d\d))?\s*([-+]\d{4}|GMT|UTC|Z)?$/i.exec(
      trimmed,
    );
  const own = /^[A-Za-z]{3} ([A-Za-z]{3}) (\d\d?) (\d\d?):(\d\d):(\d\d) (\d{4})\s*([-+]\d{4})?$/i.exec(trimmed);
  const month = (name: string | undefined) => MONTHS.indexOf((name ?? "").toLowerCase());
  const fields =
    iso !== null
      ? [iso[1], Number(iso[2]) - 1, iso[3], iso[4], iso[5], iso[6], iso[7]]
      : mail !== null
        ? [mail[3], month(mail[2]), mail[1], mail[4], mail[5], mail[6], mail[7]]
        : own !== null
          ? [own[6], month(own[1]), own[2], own[3], own[4], own[5], own[7]]
          : undefined;
  if (fields === undefined) return relativeDate(trimmed, now);
  const [year, monthIndex, day, hour, minute, second, zoneText] = fields;
  if (Number(monthIndex) < 0 || Number(monthIndex) > 11 || Number(day) > 31) return undefined;
  const zone = typeof zoneText === "string" && /^[-+]/.test(zoneText) ? zoneText.replace(":", "") : "+0000";
  // A day alone means the present time of that day.
  const clockTime =
    hour === undefined
      ? Math.floor(now / 1000) % 86_400
      : Number(hour) * 3600 + Number(minute) * 60 + Number(second ?? 0);
  const time = Date.UTC(Number(year), Number(monthIndex), Number(day)) / 1000 + clockTime - zoneSeconds(zone);
  return { time, zone };
}

function relativeDate(text: string, now: number): GitDate | undefined {
  if (text === "now") return { time: Math.floor(now / 1000), zone: "+0000" };
  if (text === "never") return { time: 0, zone: "+0000" };
  const time = parseDate(text.replace(/(\d)[.](?=[a-z])/gi, "$1 ").replace(/\./g, " "), now);
  return time === undefined ? undefined : { time: Math.floor(time / 1000), zone: "+0000" };
}

const PLURAL = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;

/** "3 days ago", with git's own rounding (date.c, show_date_relative). */
function relativeText(time: number, now: number): string {
  let diff = Math.floor(now / 1000) - time;
  if (diff < 0) return "in the future";
  if (diff < 90) return `${PLURAL(diff, "second")} ago`;
  diff = Math.floor((diff + 30) / 60);
  if (diff < 90) return `${PLURAL(diff, "minute")} ago`;
  diff = Math.floor((diff + 30) / 60);
  if (diff < 36) return `${PLURAL(diff, "hour")} ago`;
  diff = Math.floor((diff + 12) / 24);
  if (diff < 14) return `${PLURAL(diff, "day")} ago`;
  if (diff < 70) return `${PLURAL(Math.floor((diff + 3) / 7), "week")} ago`;
  if (diff < 365) return `${PLURAL(Math.floor((diff + 15) / 30), "month")} ago`;
  if (diff < 1825) {
    const months = Math.floor((diff * 12 * 2 + 365) / (365 * 2));
    const years = Math.floor(months / 12);
    if (months % 12 === 0) return `${PLURAL(years, "year")} ago`;
    return `${PLURAL(years, "year")}, ${PLURAL(months % 12, "month")} ago`;
  }
  return `${PLURAL(Math.floor((diff + 183) / 365), "year")} ago`;
}

/** A date in one of git's formats (--date=...), `now` in milliseconds. */
export function showDate(date: GitDate, mode: string, now: number): string {
  const local = mode === "local" || mode.endsWith("-local");
  const style = mode === "local" ? "default" : mode.replace(/-local$/, "");
  const zone = local ? "+0000" : date.zone;
  const shifted = (date.time + zoneSeconds(zone)) * 1000;
  const strict = zone === "+0000" && style === "iso-strict" ? "Z" : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  switch (style) {
    case "default":
      return `${formatDate(shifted, "%a %b %-d %H:%M:%S %Y")}${local ? "" : ` ${zone}`}`;
    case "iso":
    case "iso8601":
      return `${formatDate(shifted, "%Y-%m-%d %H:%M:%S")} ${zone}`;
    case "iso-strict":
    case "iso8601-strict":
      return `${formatDate(shifted, "%Y-%m-%dT%H:%M:%S")}${strict === "Z" ? "+00:00" : strict}`;
    case "rfc":
    case "rfc2822":
      return `${formatDate(shifted, "%a, %-d %b %Y %H:%M:%S")} ${zone}`;
    case "short":
      return formatDate(shifted, "%Y-%m-%d");
    case "relative":
      return relativeText(date.time, now);
    case "raw":
      return `${date.time} ${zone}`;
    case "unix":
      return String(date.time);
    default:
      if (style.startsWith("format:")) {
        return formatDate(shifted, style.slice(7).replaceAll("%z", zone).replaceAll("%s", String(date.time)));
      }
      if (style === "human") throw fatal("the date format 'human' is not available here");
      throw fatal(`unknown date format ${mode}`);
  }
}
