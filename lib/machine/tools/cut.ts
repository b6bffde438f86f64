import { complementOf, parseRanges, type Range } from "./support/ranges.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const LONG = 8192;
const SURROGATE = /[\ud800-\udfff]/;

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
    const lists = (["bytes", "characters", "fields"] as const).filter((name) => tool.has(name));
    const [kind] = lists;
    if (kind === undefined) return tool.usage("you must specify a list of bytes, characters, or fields");
    if (lists.length > 1) return tool.usage("only one list may be specified");
    const delimiter = tool.value("delimiter") ?? "\t";
    if ([...delimiter].length > 1) return tool.usage("the delimiter must be a single character");
    if (kind !== "fields" && tool.has("delimiter"))
      return tool.usage("an input delimiter may be specified only when operating on fields");
    const ranges = parseRanges(tool.value(kind) ?? "", kind === "fields" ? "fields" : "byte/character positions");
    const complement = tool.has("complement");
    const kept = complement ? complementOf(ranges) : ranges;
    const end = tool.has("zero") ? "\0" : "\n";
    const joined = tool.value("output") ?? (kind === "fields" ? delimiter : "");
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader, { zero: tool.has("zero") })) {
        for (const line of batch) {
          if (line.length > LONG) await tool.spend(line.length >> 5);
          let out: string | undefined;
          if (kind === "fields") {
            if (!line.includes(delimiter)) out = tool.has("only") ? undefined : line;
            else out = await fields(tool, line, delimiter, kept, joined);
          } else if (kind === "characters" && !SURROGATE.test(line)) out = pick(line, kept, joined);
          else if (kind === "characters") {
            const points = await pieces(tool, line);
            out = kept
              .map(([from, to]) => points.slice(from - 1, to).join(""))
              .filter((part) => part !== "")
              .join(joined);
          } else {
            const bytes = encoder.encode(line);
            out = kept
              .map(([from, to]) => decoder.decode(bytes.subarray(from - 1, to)))
              .filter((part) => part !== "")
              .join(joined);
          }
          if (out === undefined) continue;
          const full = tool.out.write(out + end);
          if (full !== undefined) await full;
          const spent = tool.spend(1 + (line.length >> 6));
          if (spent !== undefined) await spent;
        }
      }
    });
  },
);

function pick(line: string, ranges: readonly Range[], joined: string): string {
  return ranges
    .map(([from, to]) => line.slice(from - 1, to))
    .filter((part) => part !== "")
    .join(joined);
}

/** The characters of a long line, with pauses. */
async function pieces(tool: AnyTool, line: string): Promise<string[]> {
  const all: string[] = [];
  for (const character of line) {
    all.push(character);
    if ((all.length & 4095) === 0) await tool.spend(128);
  }
  return all;
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
