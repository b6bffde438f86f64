/** Lines of client-go's log (klog), for what upstream says there and nowhere else. */
import { quote } from "../encoding/index.ts";
import type { Invocation } from "./invocation.ts";

/** A value of klog's structured lines: quoted on one line, or as it is between marks. */
export function logValue(text: string): string {
  if (!text.includes("\n")) return quote(text);
  const lines = text.replace(/\n$/, "").split("\n");
  return `<\n${lines.map((line) => `\t${line}\n`).join("")} >`;
}

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
