import { isErrno } from "../errno.ts";
import { applyMode } from "./support/modes.ts";
import { tool } from "./support/tool.ts";

export const mkdir = tool(
  {
    name: "mkdir",
    usage: "[OPTION]... DIRECTORY...",
    summary: "Create the DIRECTORY(ies), if they do not already exist.",
    options: {
      mode: { short: "m", long: "mode", value: true },
      parents: { short: "p", long: "parents" },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    if (operands.length === 0) return tool.usage("missing operand");
    const text = tool.value("mode");
    const mode = text === undefined ? undefined : applyMode(text, 0o777, true, process.umask);
    if (text !== undefined && mode === undefined) return tool.die(`invalid mode '${text}'`);
    for (const path of operands) {
      try {
        const existed = process.files.exists(path);
        process.files.makeDirectory(path, { recursive: tool.has("parents") });
        // Each folder on the way is looked up from the first one.
        await process.spend(1 + ((path.split("/").length ** 2) >> 2));
        if (mode !== undefined && !existed) process.files.chmod(path, mode);
        if (tool.has("verbose") && !existed) await tool.out.write(`mkdir: created directory '${path}'\n`);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`cannot create directory '${path}': ${error.message}`);
      }
    }
    return tool.status;
  },
);
