/** Times as the API writes them, and durations as Go prints them. */
import { rfc3339 } from "../machinery/time.ts";

/** metav1.Time: RFC 3339, whole seconds. */
export const apiTime = rfc3339;

/** metav1.MicroTime. */
export function microTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000Z");
}

/** A log line's stamp: RFC 3339 with nanoseconds. */
export function nanoTime(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "000000Z");
}

export function parseTime(text: string | null | undefined): number | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** As Go's time.Duration prints whole milliseconds: "0s", "523ms", "1.2s", "1m5s". */
export function goDuration(ms: number): string {
  const whole = Math.trunc(ms);
  if (whole === 0) return "0s";
  if (whole < 1000) return `${whole}ms`;
  const hours = Math.floor(whole / 3_600_000);
  const minutes = Math.floor((whole % 3_600_000) / 60_000);
  const seconds = (whole % 60_000) / 1000;
  const tail = `${seconds}s`;
  if (hours > 0) return `${hours}h${minutes}m${tail}`;
  return minutes > 0 ? `${minutes}m${tail}` : tail;
}
