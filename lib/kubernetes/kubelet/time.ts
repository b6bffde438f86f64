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
