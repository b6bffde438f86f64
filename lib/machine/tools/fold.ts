import { numberOption } from "./support/numbers.ts";
import { tool } from "./support/tool.ts";

export const fold = tool(
  {
    name: "fold",
    usage: "[OPTION]... [FILE]...",
    summary: "Wrap input lines in each FILE, writing to standard output.",
    digits: "width",
    options: {
      bytes: { short: "b", long: "bytes" },
      spaces: { short: "s", long: "spaces" },
      width: { short: "w", long: "width", value: true },
    },
  },
  async (tool) => {
    let width = 80;
    for (const { name, value = "" } of tool.options.given)
      if (name === "width")
        width = await numberOption(tool, value, "invalid number of columns", { min: 1n, max: (1n << 64n) - 10n });
    const [bytes, spaces] = [tool.has("bytes"), tool.has("spaces")];
    const after = (column: number, character: string) => {
      if (bytes) return column + 1;
      if (character === "\b") return Math.max(0, column - 1);
      if (character === "\r") return 0;
      return character === "\t" ? column + 8 - (column % 8) : column + 1;
    };
    await tool.eachInput(async (reader) => {
      const lines = tool.lines(reader, { binary: true });
      for await (const batch of lines) {
        for (const [index, line] of batch.entries()) {
          let from = 0;
          let column = 0;
          for (let at = 0; at < line.length; at++) {
            if ((at & 4095) === 4095) await tool.spend(512);
            for (;;) {
              column = after(column, line[at] as string);
              if (column <= width) break;
              let cut = at;
              if (spaces) {
                let blank = at - 1;
                while (blank >= from && line[blank] !== " " && line[blank] !== "\t") blank--;
                if (blank >= from) cut = blank + 1;
              }
              // One that is too wide by itself stands alone.
              if (cut === at && at === from) break;
              const full = tool.out.writeBinary(`${line.slice(from, cut)}\n`);
              if (full !== undefined) await full;
              from = cut;
              column = 0;
              for (let back = from; back < at; back++) column = after(column, line[back] as string);
            }
          }
          await tool.out.writeBinary(line.slice(from));
          if (lines.terminated || index < batch.length - 1) await tool.out.writeBinary("\n");
          const spent = tool.spend(1 + (line.length >> 4));
          if (spent !== undefined) await spent;
        }
      }
    });
    return tool.status;
  },
);
