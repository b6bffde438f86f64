import { tool } from "./support/tool.ts";

export const uniq = tool(
  {
    name: "uniq",
    usage: "[OPTION]... [INPUT [OUTPUT]]",
    summary: "Filter adjacent matching lines from INPUT (or standard input), writing to OUTPUT (or standard output).",
    options: {
      count: { short: "c", long: "count" },
      repeated: { short: "d", long: "repeated" },
      all: { short: "D" },
      fields: { short: "f", long: "skip-fields", value: true },
      fold: { short: "i", long: "ignore-case" },
      chars: { short: "s", long: "skip-chars", value: true },
      unique: { short: "u", long: "unique" },
      zero: { short: "z", long: "zero-terminated" },
      width: { short: "w", long: "check-chars", value: true },
    },
  },
  async (tool) => {
    const [input = "-", output, extra] = tool.operands;
    if (extra !== undefined) tool.usage(`extra operand '${extra}'`);
    const fields = Number(tool.value("fields") ?? 0);
    const chars = Number(tool.value("chars") ?? 0);
    const width = Number(tool.value("width") ?? Number.POSITIVE_INFINITY);
    const keyOf = (line: string) => {
      let key = line;
      for (let i = 0; i < fields; i++) key = key.replace(/^[ \t]*[^ \t]*/, "");
      key = key.slice(chars, chars + width);
      return tool.has("fold") ? key.toLowerCase() : key;
    };
    const end = tool.has("zero") ? "\0" : "\n";
    const kept: string[] = [];
    const write = async (line: string) => {
      if (output !== undefined) kept.push(line);
      else await tool.out.write(line);
    };
    let group: string[] = [];
    let count = 0;
    let key: string | undefined;
    const flush = async () => {
      const first = group[0];
      if (first === undefined) return;
      if (tool.has("all")) {
        if (count > 1) for (const line of group) await write(line + end);
      } else if (!(tool.has("repeated") && count < 2) && !(tool.has("unique") && count > 1)) {
        await write(`${tool.has("count") ? `${String(count).padStart(7)} ` : ""}${first}${end}`);
      }
    };
    await tool.eachInput(
      async (reader) => {
        for await (const batch of tool.lines(reader, { zero: tool.has("zero") })) {
          for (const line of batch) {
            const next = keyOf(line);
            if (next === key) {
              count++;
              if (tool.has("all")) group.push(line);
              continue;
            }
            await flush();
            key = next;
            group = [line];
            count = 1;
          }
          await tool.spend(batch.length);
        }
      },
      { files: [input] },
    );
    await flush();
    if (output !== undefined) tool.process.files.writeFile(output, kept.join(""));
  },
);
