/** date: GNU's. The clock is nobody's to set. */
import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import { parseDate } from "./support/dates.ts";
import { choice } from "./support/options.ts";
import { type Tool, tool } from "./support/tool.ts";

const ISO = {
  hours: "%Y-%m-%dT%H%:z",
  minutes: "%Y-%m-%dT%H:%M%:z",
  date: "%Y-%m-%d",
  seconds: "%Y-%m-%dT%H:%M:%S%:z",
  ns: "%Y-%m-%dT%H:%M:%S,%N%:z",
} as const;
const RFC_3339 = { date: "%Y-%m-%d", seconds: "%Y-%m-%d %H:%M:%S%:z", ns: "%Y-%m-%d %H:%M:%S.%N%:z" } as const;

const OPTIONS = {
  date: { short: "d", long: "date", value: true, help: "display time described by STRING, not 'now'" },
  debug: { long: "debug", help: "(ignored)" },
  file: { short: "f", long: "file", value: true, help: "like --date; once for each line of DATEFILE" },
  iso: { short: "I", long: "iso-8601", value: "optional", help: "output date/time in ISO 8601 format" },
  resolution: { long: "resolution", help: "output the available resolution of timestamps" },
  email: { short: "R", long: "rfc-email", help: "output date and time in RFC 5322 format" },
  email2822: { long: "rfc-2822" },
  rfc3339: { long: "rfc-3339", value: true, help: "output date/time in RFC 3339 format" },
  reference: { short: "r", long: "reference", value: true, help: "display the last modification time of FILE" },
  set: { short: "s", long: "set", value: true, help: "set time described by STRING" },
  utc: { short: "u", long: "utc", help: "print or set Coordinated Universal Time (UTC)" },
  universal: { long: "universal" },
} as const;

/** The format that the options ask for. */
async function formatOf(tool: Tool<typeof OPTIONS>): Promise<string> {
  const formats: string[] = [];
  for (const { name, value } of tool.options.given) {
    if (name === "iso") formats.push(value === undefined ? ISO.date : ISO[choice(tool, "--iso-8601", value, ISO)]);
    else if (name === "rfc3339") formats.push(RFC_3339[choice(tool, "--rfc-3339", value ?? "", RFC_3339)]);
    else if (name === "email" || name === "email2822") formats.push("%a, %d %b %Y %H:%M:%S %z");
    else if (name === "resolution") formats.push("%s.%N");
  }
  const [operand, extra] = tool.operands;
  if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
  if (operand?.startsWith("+")) formats.push(operand.slice(1));
  if (formats.length > 1) return tool.die("multiple output formats specified");
  return formats[0] ?? "%a %b %e %H:%M:%S %Z %Y";
}

export const date = tool(
  {
    name: "date",
    usage: "[OPTION]... [+FORMAT]",
    summary: "Display date and time in the given FORMAT.",
    options: OPTIONS,
  },
  async (tool) => {
    const { clock, files } = tool.process;
    const format = await formatOf(tool);
    const sources = (["date", "file", "reference", "resolution"] as const).filter((name) => tool.has(name));
    if (sources.length > 1) return tool.usage("the options to specify dates for printing are mutually exclusive");
    if (tool.has("set") && sources.length > 0)
      return tool.usage("the options to print and set the time may not be used together");
    const [operand] = tool.operands;
    if (operand !== undefined && !operand.startsWith("+") && (sources.length > 0 || tool.has("set")))
      return tool.usage(
        `the argument ${tool.word(operand)} lacks a leading '+';\nwhen using an option to specify date(s), any non-option\nargument must be a format string beginning with '+'`,
      );
    const print = (time: number) => tool.out.write(`${formatDate(time, format, "gnu")}\n`);
    const set = tool.value("set");
    if (set !== undefined || (operand !== undefined && !operand.startsWith("+"))) {
      const time = set === undefined ? stampOf(operand ?? "", clock.now()) : parseDate(set, clock.now());
      if (time === undefined) return tool.die(`invalid date ${tool.word(set ?? operand ?? "")}`);
      await tool.complain("cannot set date: Operation not permitted");
      await print(time);
      return 1;
    }
    const text = tool.value("date");
    const reference = tool.value("reference");
    const list = tool.value("file");
    if (text !== undefined) {
      const time = parseDate(text, clock.now());
      if (time === undefined) return tool.die(`invalid date ${tool.word(text)}`);
      await print(time);
    } else if (reference !== undefined) {
      await tool.attempt(tool.bare(reference), async () => {
        await print(files.stat(reference).modified);
      });
    } else if (list !== undefined) {
      try {
        for (const line of files
          .readText(list === "-" ? "/dev/stdin" : list)
          .replace(/\n$/, "")
          .split("\n")) {
          const spent = tool.spend(4);
          if (spent !== undefined) await spent;
          const time = parseDate(line, clock.now());
          if (time === undefined) await tool.complain(`invalid date ${tool.word(line)}`);
          else await print(time);
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`${tool.bare(list)}: ${error.message}`);
      }
    } else if (tool.has("resolution")) await tool.out.write("0.000000001\n");
    else await print(clock.now());
    return tool.status;
  },
);

/** "MMDDhhmm[[CC]YY][.ss]", as the clock is set. */
function stampOf(text: string, now: number): number | undefined {
  const [, month, day, hour, minute, century, year, second = "0"] =
    /^(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)?(\d\d))?(?:\.(\d\d))?$/.exec(text) ?? [];
  if (month === undefined) return undefined;
  const full =
    year === undefined
      ? new Date(now).getUTCFullYear()
      : Number(century ?? (Number(year) < 69 ? 20 : 19)) * 100 + Number(year);
  return Date.UTC(full, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
