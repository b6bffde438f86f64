/** Lines of client-go's log (klog), for what upstream says there and nowhere else. */
import type { Invocation } from "./invocation.ts";

/** `place`: file and line upstream logs from, e.g. "portforward.go:424". */
export function klogLine(
  { process, now }: Pick<Invocation, "process" | "now">,
  severity: "I" | "W" | "E" | "F",
  place: string,
  text: string,
): string {
  const [date = "", time = ""] = new Date(now).toISOString().split("T");
  const day = date.slice(5).replace("-", "");
  return `${severity}${day} ${time.slice(0, 12)}000 ${String(process.pid).padStart(7)} ${place}] ${text}\n`;
}
