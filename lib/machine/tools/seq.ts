import { tool } from "./support/tool.ts";

export const seq = tool(
  {
    name: "seq",
    usage: "[OPTION]... [FIRST [INCREMENT]] LAST",
    summary: "Print numbers from FIRST to LAST, in steps of INCREMENT.",
    stopAtOperand: true,
    digits: "negative",
    options: {
      format: { short: "f", long: "format", value: true },
      separator: { short: "s", long: "separator", value: true },
      equal: { short: "w", long: "equal-width" },
      negative: {},
    },
  },
  async (tool) => {
    // A negative first number looks like an option.
    const words = [...tool.options.values("negative").map((digits) => `-${digits}`), ...tool.operands];
    if (words.length === 0) return tool.usage("missing operand");
    if (words.length > 3) return tool.usage(`extra operand '${words[3]}'`);
    for (const word of words)
      if (word.trim() === "" || Number.isNaN(Number(word)))
        return tool.usage(`invalid floating point argument: '${word}'`);
    const [first, step, last] =
      words.length === 1 ? ["1", "1", words[0]] : words.length === 2 ? [words[0], "1", words[1]] : words;
    const from = Number(first);
    const by = Number(step);
    const to = Number(last);
    if (by === 0) return tool.usage(`invalid Zero increment value: '${step}'`);
    const decimals = Math.max(...[first, step].map((word) => (word?.split(".")[1] ?? "").length));
    const separator = tool.value("separator") ?? "\n";
    const format = tool.value("format");
    const shown = (value: number) => value.toFixed(decimals);
    const width = tool.has("equal") ? Math.max(shown(from).length, shown(to).length) : 0;
    const text = (value: number) => {
      if (format !== undefined)
        return format.replace(/%(0?)(\d*)(?:\.(\d+))?[efg]/, (_, zero: string, size: string, precision?: string) =>
          (precision === undefined ? String(Number(shown(value))) : value.toFixed(Number(precision))).padStart(
            Number(size || 0),
            zero === "0" ? "0" : " ",
          ),
        );
      const plain = shown(value);
      return plain.startsWith("-") ? `-${plain.slice(1).padStart(width - 1, "0")}` : plain.padStart(width, "0");
    };
    const count = Math.floor((to - from) / by + 1e-10);
    for (let index = 0; index <= count; index++) {
      const full = tool.out.write((index === 0 ? "" : separator) + text(from + index * by));
      if (full !== undefined) await full;
      const spent = tool.spend();
      if (spent !== undefined) await spent;
    }
    if (count >= 0) await tool.out.write("\n");
    return 0;
  },
);
