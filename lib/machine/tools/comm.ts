import { LineSource } from "./paste.ts";
import { toBinary } from "./support/binary.ts";
import { tool } from "./support/tool.ts";

export const comm = tool(
  {
    name: "comm",
    usage: "[OPTION]... FILE1 FILE2",
    summary: "Compare sorted files FILE1 and FILE2 line by line.",
    options: {
      first: { short: "1" },
      second: { short: "2" },
      third: { short: "3" },
      check: { long: "check-order" },
      noCheck: { long: "nocheck-order" },
      delimiter: { long: "output-delimiter", value: true },
      total: { long: "total" },
      zero: { short: "z", long: "zero-terminated" },
    },
  },
  async (tool) => {
    const given = tool.options.values("delimiter");
    if (given.some((each) => each !== given[0])) return tool.die("multiple output delimiters specified");
    const [left, right, extra] = tool.operands;
    if (left === undefined) return tool.usage("missing operand");
    if (right === undefined) return tool.usage(`missing operand after ${tool.word(left)}`);
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    const between = given[0] === undefined ? "\t" : given[0] === "" ? "\0" : toBinary(given[0]);
    const zero = tool.has("zero");
    const end = zero ? "\0" : "\n";
    const order = tool.options.last("check", "noCheck");
    const [one, two] = [!tool.has("first"), !tool.has("second")];
    const prefixes = ["", one ? between : "", (one ? between : "") + (two ? between : "")];
    const shown = [one, two, !tool.has("third")];
    const totals = [0, 0, 0];
    /** Between the totals a NUL is nothing at all. */
    const told = between === "\0" ? "" : between;
    const names = [left, right];
    const sources: LineSource[] = [];
    /** The lines of each side: the current one and the two before it. */
    const lines: [string | undefined, string | undefined, string | undefined][] = [];
    const warned = [false, false];
    let unpaired = false;
    const check = async (before: string | undefined, line: string | undefined, side: number) => {
      if (order === "noCheck" || (order !== "check" && !unpaired) || warned[side]) return;
      if (before === undefined || line === undefined || before <= line) return;
      const message = `file ${side + 1} is not in sorted order`;
      if (order === "check") await tool.die(message);
      await tool.complain(message, 0);
      warned[side] = true;
    };
    for (const name of names) {
      let source: LineSource | undefined;
      const fine = await tool.attempt(tool.bare(name), async () => {
        source = name === "-" ? sources[names.indexOf("-")] : undefined;
        source ??= new LineSource(tool.lines(tool.open(name), { zero, binary: true }));
        lines.push([await source.next(), undefined, undefined]);
      });
      if (!fine || source === undefined) return 1;
      sources.push(source);
    }
    for (;;) {
      const [a, b] = [lines[0]?.[0], lines[1]?.[0]];
      if (a === undefined && b === undefined) break;
      const column = a === undefined ? 1 : b === undefined ? 0 : a === b ? 2 : a < b ? 0 : 1;
      if (column < 2) unpaired = true;
      totals[column] = (totals[column] ?? 0) + 1;
      if (shown[column]) {
        const full = tool.out.writeBinary(`${prefixes[column]}${column === 1 ? b : a}${end}`);
        if (full !== undefined) await full;
      }
      const spent = tool.spend(1 + ((a ?? b ?? "").length >> 6));
      if (spent !== undefined) await spent;
      for (const side of [0, 1]) {
        if (column !== 2 && column !== side) continue;
        const own = lines[side] as [string | undefined, string | undefined, string | undefined];
        const next = await sources[side]?.next();
        lines[side] = [next, own[0], own[1]];
        if (next !== undefined) await check(own[0], next, side);
        // At the end the last two are looked at again: something unpaired may have come since.
        else await check(own[1], own[0], side);
      }
    }
    // The standard input cannot be closed twice.
    if (left === "-" && right === "-") await tool.die("-: Bad file descriptor");
    if (tool.has("total")) await tool.out.writeBinary(`${totals.join(told)}${told}total${end}`);
    if (warned.includes(true)) await tool.die("input is not in sorted order");
    return tool.status;
  },
);
