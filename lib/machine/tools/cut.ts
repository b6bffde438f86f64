import { inRanges, parseRanges, type Range } from "./support/ranges.ts";
import { tool } from "./support/tool.ts";

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
    const keep = (position: number) => inRanges(ranges, position) !== complement;
    const end = tool.has("zero") ? "\0" : "\n";
    const joined = tool.value("output") ?? (kind === "fields" ? delimiter : "");
    const encoder = new TextEncoder();
    const decoder = new TextDecoder();
    await tool.eachInput(async (reader) => {
      for await (const batch of tool.lines(reader, { zero: tool.has("zero") })) {
        for (const line of batch) {
          let out: string | undefined;
          if (kind === "fields") {
            if (!line.includes(delimiter)) out = tool.has("only") ? undefined : line;
            else
              out = line
                .split(delimiter)
                .filter((_, index) => keep(index + 1))
                .join(joined);
          } else if (kind === "characters") out = pick([...line], ranges, complement, joined);
          else {
            const bytes = encoder.encode(line);
            out = decoder.decode(bytes.filter((_, index) => keep(index + 1)));
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

function pick(characters: readonly string[], ranges: readonly Range[], complement: boolean, joined: string): string {
  if (joined === "") return characters.filter((_, index) => inRanges(ranges, index + 1) !== complement).join("");
  return ranges
    .map(([from, to]) => characters.slice(from - 1, to).join(""))
    .filter((part) => part !== "")
    .join(joined);
}
