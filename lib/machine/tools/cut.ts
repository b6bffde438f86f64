import { toBinary } from "./support/binary.ts";
import { UsageError } from "./support/options.ts";
import { complementOf, parseRanges, type Range } from "./support/ranges.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const LONG = 8192;

/** Of bytes: `-c` is `-b` here as it is there. */
export const cut = tool(
  {
    name: "cut",
    usage: "OPTION... [FILE]...",
    summary: "Print selected parts of lines from each FILE to standard output.",
    options: {
      bytes: { short: "b", long: "bytes", value: true },
      characters: { short: "c", long: "characters", value: true },
      delimiter: { short: "d", long: "delimiter", value: true },
      fields: { short: "f", long: "fields", value: true },
      n: { short: "n" },
      complement: { long: "complement" },
      only: { short: "s", long: "only-delimited" },
      output: { long: "output-delimiter", value: true },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    let list: string | undefined;
    let byFields = false;
    for (const { name, value = "" } of tool.options.given) {
      if (name === "delimiter" && toBinary(value).length > 1)
        return tool.usage("the delimiter must be a single character");
      if (name !== "bytes" && name !== "characters" && name !== "fields") continue;
      if (list !== undefined) return tool.usage("only one list may be specified");
      byFields = name === "fields";
      list = value;
    }
    if (list === undefined) return tool.usage("you must specify a list of bytes, characters, or fields");
    if (!byFields && tool.has("delimiter"))
      throw new UsageError("an input delimiter may be specified only when operating on fields");
    if (!byFields && tool.has("only"))
      return tool.usage("suppressing non-delimited lines makes sense\n\tonly when operating on fields");
    const ranges = parseRanges(list, byFields, (text) => tool.word(text));
    const kept = tool.has("complement") ? complementOf(ranges) : ranges;
    const end = tool.has("zero") ? "\0" : "\n";
    const delimiter = tool.has("delimiter") ? toBinary(tool.value("delimiter") || "\0") : "\t";
    const given = tool.value("output");
    const joined =
      given === undefined ? (byFields ? delimiter : "") : toBinary(given === "" && byFields ? "\0" : given);
    const splits = byFields && delimiter === end;
    await tool.eachInput(async (reader) => {
      const lines = tool.lines(reader, { zero: tool.has("zero"), binary: true });
      if (splits) {
        // The end of a line is what divides it: the whole input is one.
        const all: string[] = [];
        for await (const batch of lines) all.push(...batch);
        const text = all.join(end);
        if (all.length > 0) await tool.out.writeBinary((await fields(tool, text, delimiter, kept, joined)) + end);
        return;
      }
      for await (const batch of lines) {
        for (const line of batch) {
          if (line.length > LONG) await tool.spend(line.length >> 5);
          let out: string | undefined;
          if (!byFields) out = pick(line, kept, joined);
          else if (!line.includes(delimiter)) out = tool.has("only") ? undefined : line;
          else out = await fields(tool, line, delimiter, kept, joined);
          if (out === undefined) continue;
          const full = tool.out.writeBinary(out + end);
          if (full !== undefined) await full;
        }
        await tool.spend(batch.length);
      }
    });
    return tool.status;
  },
);

function pick(line: string, ranges: readonly Range[], joined: string): string {
  if (ranges.length === 1) return line.slice((ranges[0]?.[0] ?? 1) - 1, ranges[0]?.[1]);
  return ranges
    .map(([from, to]) => line.slice(from - 1, to))
    .filter((part) => part !== "")
    .join(joined);
}

/** The fields that are kept, a field after the other. */
async function fields(
  tool: AnyTool,
  line: string,
  delimiter: string,
  ranges: readonly Range[],
  joined: string,
): Promise<string> {
  const out: string[] = [];
  let range = 0;
  for (let number = 1, from = 0; from <= line.length; number++) {
    const found = line.indexOf(delimiter, from);
    const end = found === -1 ? line.length : found;
    while (range < ranges.length && number > (ranges[range] as Range)[1]) range++;
    const current = ranges[range];
    if (current === undefined) break;
    if (number >= current[0]) out.push(line.slice(from, end));
    if ((number & 2047) === 0) await tool.spend(128);
    if (found === -1) break;
    from = end + delimiter.length;
  }
  return out.join(joined);
}
