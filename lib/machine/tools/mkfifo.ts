/** Special files: named pipes can be made, devices are nobody's to make here. */
import { isErrno } from "../errno.ts";
import { FileView } from "../filesystem/view.ts";
import type { Process } from "../types.ts";
import { applyMode } from "./support/modes.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  mode: { short: "m", long: "mode", value: true, help: "set file permission bits to MODE, not a=rw - umask" },
  context: { short: "Z" },
} as const;

async function modeOf(tool: Tool<typeof OPTIONS>): Promise<number | undefined> {
  const text = tool.value("mode");
  if (text === undefined) return undefined;
  const mode = applyMode(text, 0o666, false, tool.process.umask);
  if (mode === undefined) await tool.die("invalid mode");
  if (mode !== undefined && (mode & ~0o777) !== 0) await tool.die("mode must specify only file permission bits");
  return mode;
}

function makeFifo(process: Process, path: string, mode: number | undefined): void {
  const { files } = process;
  if (!(files instanceof FileView)) throw new Error("a process without files of its own");
  files.makeFifo(path);
  if (mode !== undefined) files.chmod(path, mode);
}

export const mkfifo = tool(
  {
    name: "mkfifo",
    usage: "[OPTION]... NAME...",
    summary: "Create named pipes (FIFOs) with the given NAMEs.",
    options: OPTIONS,
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    const mode = await modeOf(tool);
    for (const path of tool.operands) {
      await tool.attempt(`cannot create fifo ${tool.named(path)}`, () => makeFifo(tool.process, path, mode));
    }
    return tool.status;
  },
);

export const mknod = tool(
  {
    name: "mknod",
    usage: "[OPTION]... NAME TYPE [MAJOR MINOR]",
    summary: "Create the special file NAME of the given TYPE.",
    options: OPTIONS,
  },
  async (tool) => {
    const { operands } = tool;
    const mode = await modeOf(tool);
    const [path, type, major, minor, extra] = operands;
    const needed = type?.startsWith("p") ? 2 : 4;
    if (path === undefined) return tool.usage("missing operand");
    if (operands.length < needed) {
      const words = `missing operand after ${tool.word(operands.at(-1) ?? "")}`;
      return tool.usage(
        needed === 4 && operands.length === 2
          ? `${words}\nSpecial files require major and minor device numbers.`
          : words,
      );
    }
    if (operands.length > needed) {
      const words = `extra operand ${tool.word(operands[needed] ?? extra ?? "")}`;
      return tool.usage(
        needed === 2 && operands.length === 4 ? `${words}\nFifos do not have major and minor device numbers.` : words,
      );
    }
    switch (type?.[0]) {
      case "p":
        await tool.attempt(tool.bare(path), () => makeFifo(tool.process, path, mode));
        return tool.status;
      case "b":
      case "c":
      case "u":
        for (const [text, what] of [
          [major, "major"],
          [minor, "minor"],
        ] as const) {
          if (!/^\d+$/.test(text ?? "")) return tool.die(`invalid ${what} device number ${tool.word(text ?? "")}`);
        }
        try {
          tool.process.files.lstat(path);
          await tool.complain(`${tool.bare(path)}: File exists`);
        } catch (error) {
          if (!isErrno(error)) throw error;
          // CAP_MKNOD is what nobody has here.
          await tool.complain(`${tool.bare(path)}: Operation not permitted`);
        }
        return 1;
      default:
        return tool.usage(`invalid device type ${tool.word(type ?? "")}`);
    }
  },
);
