import { readNumber } from "./support/numbers.ts";
import { choice } from "./support/options.ts";
import { tool } from "./support/tool.ts";

const DELIMITING = { none: 0, prepend: 1, separate: 2 } as const;
const GROUPING = { prepend: 0, append: 1, separate: 2, both: 3 } as const;

export const uniq = tool(
  {
    name: "uniq",
    usage: "[OPTION]... [INPUT [OUTPUT]]",
    summary: "Filter adjacent matching lines from INPUT (or standard input), writing to OUTPUT (or standard output).",
    digits: "skip",
    options: {
      count: { short: "c", long: "count" },
      repeated: { short: "d", long: "repeated" },
      all: { short: "D" },
      allBy: { long: "all-repeated", value: "optional" },
      fields: { short: "f", long: "skip-fields", value: true },
      group: { long: "group", value: "optional" },
      fold: { short: "i", long: "ignore-case" },
      chars: { short: "s", long: "skip-chars", value: true },
      unique: { short: "u", long: "unique" },
      zero: { short: "z", long: "zero-terminated" },
      width: { short: "w", long: "check-chars", value: true },
      skip: {},
    },
  },
  async (tool) => {
    const operands = [...tool.operands];
    const size = async (text: string, what: string): Promise<number> => {
      const value = readNumber(text);
      if (typeof value === "bigint") return Number(value);
      if (value === "overflow") return Number.POSITIVE_INFINITY;
      return tool.die(`${text}: invalid number of ${what}`);
    };
    let [fields, chars, width] = [0, 0, Number.POSITIVE_INFINITY];
    let grouping: string | undefined;
    let delimiting = "none";
    for (const { name, value } of tool.options.given) {
      if (name === "fields" || name === "skip") fields = await size(value ?? "", "fields to skip");
      else if (name === "chars") chars = await size(value ?? "", "bytes to skip");
      else if (name === "width") width = await size(value ?? "", "bytes to compare");
      else if (name === "allBy" && value !== undefined) delimiting = choice(tool, "--all-repeated", value, DELIMITING);
      else if (name === "group") grouping = value === undefined ? "separate" : choice(tool, "--group", value, GROUPING);
    }
    // The old form `+N`: characters to skip.
    const old = /^\+(\d+)$/.exec(operands[0] ?? "");
    if (old !== null && operands.length < 3 && !tool.process.files.exists(operands[0] as string)) {
      chars = Number(old[1]);
      operands.shift();
    }
    const [input = "-", output, extra] = operands;
    if (extra !== undefined) tool.usage(`extra operand ${tool.word(extra)}`);
    const all = tool.has("all") || tool.has("allBy");
    const [repeated, unique] = [tool.has("repeated") || all, tool.has("unique")];
    if (grouping !== undefined && (tool.has("count") || repeated || unique))
      tool.usage("--group is mutually exclusive with -c/-d/-D/-u");
    if (tool.has("count") && all) tool.usage("printing all duplicated lines and repeat counts is meaningless");
    const fold = tool.has("fold");
    const keyOf = (line: string) => {
      let at = 0;
      for (let field = 0; field < fields && at < line.length; field++) {
        while (line[at] === " " || line[at] === "\t") at++;
        while (at < line.length && line[at] !== " " && line[at] !== "\t") at++;
      }
      const key = line.slice(at + chars, at + chars + width);
      return fold ? key.replace(/[a-z]+/g, (letters) => letters.toUpperCase()) : key;
    };
    const end = tool.has("zero") ? "\0" : "\n";
    if (input !== "-") {
      const open = await tool.attempt(tool.bare(input), () => tool.open(input).close());
      if (!open) return 1;
    }
    const target =
      output === undefined || output === "-"
        ? undefined
        : tool.process.open(output, { write: true, create: true, truncate: true });
    const write = async (text: string) => {
      if (target === undefined) {
        const full = tool.out.writeBinary(text);
        if (full !== undefined) await full;
      } else await target.writer?.write(Uint8Array.from(text, (byte) => byte.charCodeAt(0)));
    };
    let key: string | undefined;
    /** The first line of the group and how many it has; with -D they are written as they come. */
    let first = "";
    let count = 0;
    let groups = 0;
    const finish = async () => {
      if (count === 0 || all || grouping !== undefined) return;
      if (count > 1 ? unique : repeated) return;
      await write(`${tool.has("count") ? `${String(count).padStart(7)} ` : ""}${first}${end}`);
    };
    await tool.eachInput(
      async (reader) => {
        for await (const batch of tool.lines(reader, { zero: tool.has("zero"), binary: true })) {
          for (const line of batch) {
            const next = keyOf(line);
            const same = next === key;
            if (!same) {
              await finish();
              key = next;
              first = line;
              count = 0;
            }
            count++;
            if (all && !unique && count === 2) {
              if (delimiting === "prepend" || (delimiting === "separate" && groups > 0)) await write(end);
              groups++;
              await write(first + end);
            }
            if (all && !unique && count > 1) await write(line + end);
            if (all && unique && count > 1 && repeated) continue;
            if (grouping !== undefined) {
              if (!same && (grouping === "prepend" || grouping === "both" || (groups > 0 && grouping !== "append")))
                await write(end);
              if (!same && groups > 0 && grouping === "append") await write(end);
              if (!same) groups++;
              await write(line + end);
            }
          }
          await tool.spend(batch.length);
        }
      },
      {
        files: [input],
        words: (name, error) =>
          error.code === "EISDIR" ? `error reading ${tool.named(name)}` : `${tool.bare(name)}: ${error.message}`,
      },
    );
    await finish();
    if (groups > 0 && (grouping === "append" || grouping === "both")) await write(end);
    target?.close();
    return tool.status;
  },
);
