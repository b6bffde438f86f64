/** Times as kubectl describe prints them. */

/** A time that nobody set. */
const ZERO = "Mon, 01 Jan 0001 00:00:00 +0000";

/** Go's time.RFC1123Z in UTC; a time that was never set is one too. */
export function rfc1123z(timestamp: string): string {
  const time = Date.parse(timestamp);
  if (Number.isNaN(time)) return ZERO;
  return new Date(time).toUTCString().replace("GMT", "+0000");
}
