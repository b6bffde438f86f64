/** Times as the API writes them. All inputs are ms since the epoch, cluster time. */

/** metav1.Time: "2026-11-20T15:42:31Z", whole seconds. */
export function rfc3339(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== last.second) last = { second, text: new Date(second * 1000).toISOString().replace(".000", "") };
  return last.text;
}

/** Much happens within one second: it is written once, and kept once. */
let last = { second: 0, text: "1970-01-01T00:00:00Z" };

/** metav1.MicroTime: "2026-11-20T15:42:31.000123Z". */
export function rfc3339Micro(ms: number): string {
  const micros = Math.floor((ms - Math.floor(ms)) * 1000);
  return `${new Date(Math.floor(ms)).toISOString().slice(0, 23)}${String(micros).padStart(3, "0")}Z`;
}

/** ms since the epoch; NaN where the text is no time. */
export function parseTime(text: string | null | undefined): number {
  return text === undefined || text === null ? Number.NaN : Date.parse(text);
}
