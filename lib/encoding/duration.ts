/** Durations as Go reads and writes them (package time), and ages as kubectl shows them. All values are milliseconds. */
import { quote } from "./quote.ts";

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const AMOUNT = /^(?:\d+(?:\.\d*)?|\.\d+)/;

/** time.ParseDuration; undefined where the text is none (then `durationProblem` says why). */
export function parseDuration(text: string): number | undefined {
  const read = readDuration(text);
  return "ms" in read ? read.ms : undefined;
}

/** Why time.ParseDuration refuses a text, in its words without the leading "time: "; "" where it does not. */
export function durationProblem(text: string): string {
  const read = readDuration(text);
  return "problem" in read ? read.problem : "";
}

function readDuration(text: string): { readonly ms: number } | { readonly problem: string } {
  const invalid = { problem: `invalid duration ${quote(text)}` };
  let rest = text.replace(/^[-+]/, "");
  if (rest === "0") return { ms: 0 };
  if (rest === "") return invalid;
  let total = 0;
  while (rest !== "") {
    const amount = AMOUNT.exec(rest)?.[0];
    if (amount === undefined) return invalid;
    rest = rest.slice(amount.length);
    const unit = /^[^.\d]+/.exec(rest)?.[0];
    if (unit === undefined) return { problem: `missing unit in duration ${quote(text)}` };
    const size = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
    if (size === undefined) return { problem: `unknown unit ${quote(unit)} in duration ${quote(text)}` };
    total += Number(amount) * size;
    rest = rest.slice(unit.length);
  }
  return { ms: text.startsWith("-") ? -total : total };
}

/** time.Duration.String(): "0s", "523ms", "1.2s", "1m5s", "1h0m0s". */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  const sign = ms < 0 ? "-" : "";
  const size = Math.abs(ms);
  if (size < 1e-3) return `${sign}${Math.round(size * 1e6)}ns`;
  if (size < 1) return `${sign}${trim(size * 1e3)}\u00b5s`;
  if (size < 1000) return `${sign}${trim(size)}ms`;
  const hours = Math.floor(size / 3_600_000);
  const minutes = Math.floor((size % 3_600_000) / 60_000);
  const seconds = trim((size % 60_000) / 1000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}
const trim = (value: number): string => String(Number(value.toFixed(9)));

/**
 * duration.HumanDuration (k8s.io/apimachinery/pkg/util/duration), the AGE column: two or three significant figures,
 * "5s", "3m20s", "47h", "2d4h", "2y30d".
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (days < 8) return pair(days, "d", hours % 24, "h");
  if (days < 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? pair(years, "y", days % 365, "d") : `${years}y`;
}
const pair = (large: number, unit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;

/** How long ago an RFC 3339 time was; "<unknown>" for none. */
export function age(time: string | null | undefined, now: number): string {
  const then = Date.parse(time ?? "");
  return Number.isNaN(then) ? "<unknown>" : humanDuration(now - then);
}
