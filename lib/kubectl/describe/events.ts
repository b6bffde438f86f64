/** The Events table at the end of a description. */
import { humanDuration } from "../../encoding/index.ts";
import { type Json, numberAt, textAt } from "../object.ts";
import { goSorted } from "../printers/go-sort.ts";
import type { DescribeWriter } from "./writer.ts";

/** Events without a last time (of the new events API) come first, as in upstream. */
const timeOf = (event: Json): number => Date.parse(textAt(event, "lastTimestamp")) || 0;

/** Oldest first, as event.SortableEvents. */
function sortEvents(events: readonly Json[]): Json[] {
  return goSorted(events, (a, b) => timeOf(a) < timeOf(b));
}

export function events(writer: DescribeWriter, list: readonly Json[] | undefined, now: number): void {
  if (list === undefined) return;
  if (list.length === 0) {
    writer.write(0, "Events:\t<none>\n");
    return;
  }
  writer.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  writer.write(0, "  ----\t------\t----\t----\t-------\n");
  for (const event of sortEvents(list)) {
    const age = (timestamp: string) => humanDuration(now - Date.parse(timestamp));
    const first = textAt(event, "firstTimestamp") || textAt(event, "eventTime");
    const series = numberAt(event, "series", "count");
    const count = series > 0 ? series : numberAt(event, "count");
    const last = series > 0 ? textAt(event, "series", "lastObservedTime") : textAt(event, "lastTimestamp");
    const interval = count > 1 ? `${age(last)} (x${count} over ${age(first)})` : age(first);
    const source = textAt(event, "source", "component") || textAt(event, "reportingComponent");
    writer.write(
      0,
      `  ${textAt(event, "type")}\t${textAt(event, "reason")}\t${interval}\t${source}\t${textAt(event, "message").trim()}\n`,
    );
  }
}
