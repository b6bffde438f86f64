import { readLines, tool } from "./support/tool.ts";

const MAX_RANGE = 5_000_000;

export const shuf = tool(
  {
    name: "shuf",
    usage: "[OPTION]... [FILE]",
    summary: "Write a random permutation of the input lines to standard output.",
    options: {
      echo: { short: "e", long: "echo" },
      range: { short: "i", long: "input-range", value: true },
      count: { short: "n", long: "head-count", value: true },
      output: { short: "o", long: "output", value: true },
      repeat: { short: "r", long: "repeat" },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    if (tool.options.values("range").length > 1) return tool.die("multiple -i options specified");
    if (new Set(tool.options.values("output")).size > 1) return tool.die("multiple output files specified");
    if (tool.has("echo") && tool.has("range")) return tool.usage("cannot combine -e and -i options");
    const end = tool.has("zero") ? "\0" : "\n";
    const range = tool.value("range");
    let items: string[];
    if (tool.has("echo")) items = [...tool.operands];
    else if (range !== undefined) {
      const [, low, high] = /^(\d+)-(\d+)$/.exec(range) ?? [];
      if (low === undefined || Number(high) + 1 < Number(low))
        return tool.die(`invalid input range: ${tool.word(range)}`);
      if (tool.operands.length > 0) return tool.usage(`extra operand ${tool.word(tool.operands[0] ?? "")}`);
      const size = Number(high) - Number(low) + 1;
      if (size > MAX_RANGE) return tool.die("memory exhausted");
      items = [];
      for (let index = 0; index < size; index++) {
        items.push(String(Number(low) + index));
        if ((index & 1023) === 1023) await tool.spend(128);
      }
    } else {
      if (tool.operands.length > 1) return tool.usage(`extra operand ${tool.word(tool.operands[1] ?? "")}`);
      items = [];
      // Nothing is read where nothing is wanted.
      if (/^0+$/.test(tool.value("count") ?? "")) return 0;
      await tool.eachInput(
        async (reader) => {
          items = await readLines(tool, reader, { zero: tool.has("zero") });
        },
        {
          words: (name, error) =>
            error.code === "EISDIR" ? `read error: ${error.message}` : `${tool.bare(name)}: ${error.message}`,
        },
      );
      if (tool.status !== 0) return tool.status;
    }
    const given = tool.value("count");
    if (given !== undefined && !/^\d+$/.test(given)) return tool.die(`invalid line count: ${tool.word(given)}`);
    const repeat = tool.has("repeat");
    const count = Math.min(
      given === undefined ? Number.POSITIVE_INFINITY : Number(given),
      repeat ? Number.POSITIVE_INFINITY : items.length,
    );
    if (repeat && items.length === 0 && count > 0) return tool.die("no lines to repeat");
    const { clock, files } = tool.process;
    const kept: string[] = [];
    for (let index = 0; index < count; index++) {
      const spent = tool.spend();
      if (spent !== undefined) await spent;
      const chosen = repeat
        ? Math.floor(clock.random() * items.length)
        : index + Math.floor(clock.random() * (items.length - index));
      const item = items[chosen] as string;
      if (!repeat) {
        items[chosen] = items[index] as string;
        items[index] = item;
      }
      if (tool.has("output")) kept.push(item + end);
      else await tool.out.write(item + end);
    }
    const output = tool.value("output");
    if (output !== undefined) files.writeFile(output, kept.join(""));
    return tool.status;
  },
);
