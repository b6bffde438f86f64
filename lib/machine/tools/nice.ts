/** nice and truncate. */
import { isErrno } from "../errno.ts";
import type { Program } from "../types.ts";
import { parseSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

const OPTIONS = {
  adjustment: { short: "n", long: "adjustment", value: true, help: "add integer N to the niceness" },
} as const;

/** Runs a command. All have the same niceness here: what others would be nicer for is only said. */
const body = tool(
  { name: "nice", usage: "[OPTION] [COMMAND [ARG]...]", usageStatus: 125, stopAtOperand: true, options: OPTIONS },
  async (tool) => {
    const { process, operands } = tool;
    const adjustment = tool.value("adjustment");
    if (adjustment !== undefined && !/^[+-]?\d+$/.test(adjustment))
      return tool.die(`invalid adjustment ${tool.word(adjustment)}`, 125);
    if (operands.length === 0) {
      if (adjustment !== undefined) return tool.usage("a command must be given with an adjustment");
      await tool.out.write("0\n");
      return 0;
    }
    const words = process.uid === 0 ? "Operation not permitted" : "Permission denied";
    await process.stderr.write(`nice: cannot set niceness: ${words}\n`);
    try {
      return await process.execute({ argv: operands });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${tool.word(operands[0] ?? "")}: ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
);

/** `nice -5 command`, `nice --5 command`: the adjustment looks like an option. */
export const nice: Program = (process) => {
  const [name = "nice", first, ...rest] = process.argv;
  const digits = /^-([-+]?\d+)$/.exec(first ?? "")?.[1];
  if (digits === undefined) return body(process);
  return process.execute({ argv: [name, "-n", digits, ...rest], program: body });
};

export const truncate = tool(
  {
    name: "truncate",
    usage: "OPTION... FILE...",
    summary: "Shrink or extend the size of each FILE to the specified size.",
    options: {
      noCreate: { short: "c", long: "no-create", help: "do not create any files" },
      blocks: { short: "o", long: "io-blocks", help: "treat SIZE as number of IO blocks instead of bytes" },
      reference: { short: "r", long: "reference", value: true, help: "base size on RFILE" },
      size: { short: "s", long: "size", value: true, help: "set or adjust the file size by SIZE bytes" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    const [given, reference] = [tool.value("size"), tool.value("reference")];
    let relation = "";
    let amount = 0;
    if (given !== undefined) {
      const [, sign = "", digits = ""] = /^\s*([<>/%+-]?)\s*(.*)$/s.exec(given) ?? [];
      relation = sign;
      const parsed = parseSize(digits);
      if (parsed === undefined) return tool.die(`Invalid number: ${tool.word(digits === "" ? given : digits)}`);
      amount = parsed * (tool.has("blocks") ? 4096 : 1);
      if ((relation === "/" || relation === "%") && amount === 0) return tool.die("division by zero");
    }
    if (reference !== undefined && given !== undefined && relation === "")
      return tool.usage(`you must specify a relative ${tool.word("--size")} with ${tool.word("--reference")}`);
    if (given === undefined && reference === undefined)
      return tool.usage(`you must specify either ${tool.word("--size")} or ${tool.word("--reference")}`);
    if (tool.has("blocks") && given === undefined)
      return tool.usage(`${tool.word("--io-blocks")} was specified but ${tool.word("--size")} was not`);
    if (operands.length === 0) return tool.usage("missing file operand");
    let base: number | undefined;
    if (reference !== undefined) {
      const found = await tool.attempt(`cannot stat ${tool.named(reference)}`, () => {
        base = files.stat(reference).size;
      });
      if (!found) return 1;
    }
    for (const path of operands) {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      if (tool.has("noCreate") && !files.exists(path)) continue;
      const opened = await tool.attempt(`cannot open ${tool.named(path)} for writing`, () =>
        process.open(path, { write: true, create: !tool.has("noCreate") }).close(),
      );
      if (!opened) continue;
      const size = sizeAfter(relation, amount, base ?? files.stat(path).size, given !== undefined);
      await tool.attempt(`failed to truncate ${tool.named(path)} at ${size} bytes`, () => files.truncate(path, size));
    }
    return tool.status;
  },
);

function sizeAfter(relation: string, amount: number, before: number, given: boolean): number {
  if (!given) return before;
  switch (relation) {
    case "+":
      return before + amount;
    case "-":
      return Math.max(0, before - amount);
    case "<":
      return Math.min(before, amount);
    case ">":
      return Math.max(before, amount);
    case "/":
      return Math.floor(before / amount) * amount;
    case "%":
      return Math.ceil(before / amount) * amount;
    default:
      return amount;
  }
}
