import { formatDate } from "../strftime.ts";
import { parseDate } from "./support/dates.ts";
import { tool } from "./support/tool.ts";

const ISO: Readonly<Record<string, string>> = {
  date: "%Y-%m-%d",
  hours: "%Y-%m-%dT%H%:z",
  minutes: "%Y-%m-%dT%H:%M%:z",
  seconds: "%Y-%m-%dT%H:%M:%S%:z",
  ns: "%Y-%m-%dT%H:%M:%S,%N%:z",
};

export const date = tool(
  {
    name: "date",
    usage: "[OPTION]... [+FORMAT]",
    summary: "Display date and time in the given FORMAT.",
    options: {
      date: { short: "d", long: "date", value: true },
      iso: { short: "I", long: "iso-8601", value: "optional" },
      email: { short: "R", long: "rfc-email" },
      rfc3339: { long: "rfc-3339", value: true },
      reference: { short: "r", long: "reference", value: true },
      set: { short: "s", long: "set", value: true },
      utc: { short: "u", long: "utc" },
    },
  },
  async (tool) => {
    const { clock, files } = tool.process;
    if (tool.has("set")) return tool.die("cannot set date: Operation not permitted");
    let time = clock.now();
    const text = tool.value("date");
    const reference = tool.value("reference");
    if (text !== undefined) {
      const parsed = parseDate(text, time);
      if (parsed === undefined) return tool.die(`invalid date '${text}'`);
      time = parsed;
    } else if (reference !== undefined) time = files.stat(reference).modified;
    const [operand] = tool.operands;
    if (operand !== undefined && !operand.startsWith("+")) return tool.die(`invalid date '${operand}'`);
    let format = operand?.slice(1) ?? "%a %b %e %H:%M:%S %Z %Y";
    if (tool.has("iso")) format = ISO[tool.value("iso") ?? "date"] ?? "%Y-%m-%d";
    else if (tool.has("email")) format = "%a, %d %b %Y %H:%M:%S %z";
    else if (tool.has("rfc3339"))
      format = (ISO[tool.value("rfc3339") ?? "date"] ?? "").replace("T", " ").replace(",", ".");
    await tool.out.write(`${formatDate(time, format, "gnu")}\n`);
    return 0;
  },
);
