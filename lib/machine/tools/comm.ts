import { readLines, tool } from "./support/tool.ts";

/** comm(1): lines of two sorted files, side by side. Bytes decide the order, as in the C locale. */
export const comm = tool(
  {
    name: "comm",
    usage: "[OPTION]... FILE1 FILE2",
    summary: "Compare sorted files FILE1 and FILE2 line by line.",
    options: {
      one: { short: "1", help: "suppress column 1 (lines unique to FILE1)" },
      two: { short: "2", help: "suppress column 2 (lines unique to FILE2)" },
      three: { short: "3", help: "suppress column 3 (lines that appear in both files)" },
    },
  },
  async (tool) => {
    const [left, right, extra] = tool.operands;
    if (left === undefined) return tool.usage("missing operand");
    if (right === undefined) return tool.usage(`missing operand after '${left}'`);
    if (extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const columns: string[][] = [];
    await tool.eachInput(
      async (reader) => {
        columns.push(await readLines(tool, reader));
      },
      { files: [left, right] },
    );
    const [first, second] = columns;
    if (first === undefined || second === undefined) return 1;
    const shown = (["one", "two", "three"] as const).map((name) => !tool.has(name));
    const indent = (column: number) => "\t".repeat(shown.slice(0, column).filter(Boolean).length);
    const unsorted = [false, false];
    const check = async (side: 0 | 1, at: number) => {
      const lines = side === 0 ? first : second;
      if (at === 0 || unsorted[side] || (lines[at - 1] ?? "") <= (lines[at] ?? "")) return;
      unsorted[side] = true;
      await tool.complain(`file ${side + 1} is not in sorted order`);
    };
    for (let a = 0, b = 0; a < first.length || b < second.length; ) {
      const one = first[a];
      const two = second[b];
      const column = one === undefined ? 1 : two === undefined || one < two ? 0 : one > two ? 1 : 2;
      if (shown[column]) {
        const full = tool.out.write(`${indent(column)}${column === 1 ? two : one}\n`);
        if (full !== undefined) await full;
      }
      if (column !== 1) a++;
      if (column !== 0) b++;
      if (column !== 1 && a < first.length) await check(0, a);
      if (column !== 0 && b < second.length) await check(1, b);
      const spent = tool.spend();
      if (spent !== undefined) await spent;
    }
    if (unsorted.some(Boolean)) await tool.complain("input is not in sorted order");
    return tool.status;
  },
);
