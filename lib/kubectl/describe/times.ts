/** Times as kubectl describe prints them. */

/** Go's time.RFC1123Z in UTC. */
export function rfc1123z(timestamp: string): string {
  const time = Date.parse(timestamp);
  if (Number.isNaN(time)) return "<unset>";
  return new Date(time).toUTCString().replace("GMT", "+0000");
}
