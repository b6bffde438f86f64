import type { LogOptions, NodeUnreachable } from "../../kubelet/types.ts";
import { StatusError } from "../../machinery/status.ts";

/** What the API server says of a node that it cannot fetch logs from: Go's url.Error over LogLocation's address. */
export function unreachableLogs(
  error: NodeUnreachable,
  namespace: string,
  pod: string,
  options: LogOptions,
): StatusError {
  const { container, follow, limitBytes, previous, sinceSeconds, sinceTime, tailLines, timestamps } = options;
  const query = new URLSearchParams();
  // In the order of url.Values.Encode.
  for (const [name, value] of Object.entries({
    follow: follow || undefined,
    limitBytes,
    previous: previous || undefined,
    sinceSeconds,
    sinceTime,
    tailLines,
    timestamps: timestamps || undefined,
  }))
    if (value !== undefined) query.set(name, String(value));
  const asked = `https://${error.host}/containerLogs/${namespace}/${pod}/${container}`;
  return new StatusError(500, "", `Get "${asked}${query.size === 0 ? "" : `?${query}`}": ${error.message}`);
}
