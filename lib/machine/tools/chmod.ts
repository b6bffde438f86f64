import { isErrno } from "../errno.ts";
import { applyMode } from "./support/modes.ts";
import { join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

const MODE_WORD = /^[-+=][rwxXstugo,=+-]*$/;

export const chmod = tool(
  {
    name: "chmod",
    usage: "[OPTION]... MODE[,MODE]... FILE...",
    summary: "Change the mode of each FILE to MODE.",
    options: {
      changes: { short: "c", long: "changes" },
      quiet: { short: "f", long: "silent" },
      reference: { long: "reference", value: true },
      recursive: { short: "R", long: "recursive" },
      verbose: { short: "v", long: "verbose" },
      r: { short: "r" },
      w: { short: "w" },
      x: { short: "x" },
      X: { short: "X" },
      s: { short: "s" },
      t: { short: "t" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const { files } = process;
    // `chmod -x file`: a mode that looks like options.
    const taken = tool.options.given.filter(({ name }) => name.length === 1).map(({ name }) => name);
    const mode = taken.length > 0 ? `-${taken.join("")}` : tool.operands[0];
    const paths = taken.length > 0 ? tool.operands : tool.operands.slice(tool.has("reference") ? 0 : 1);
    const reference = tool.value("reference");
    if (mode === undefined && reference === undefined) return tool.usage("missing operand");
    if (paths.length === 0) return tool.usage(`missing operand after '${mode}'`);
    const wanted = reference === undefined ? undefined : files.stat(reference).mode;
    if (wanted === undefined && applyMode(mode ?? "", 0, false, 0) === undefined && !MODE_WORD.test(mode ?? "")) {
      return tool.usage(`invalid mode: '${mode}'`);
    }
    const change = async (path: string): Promise<void> => {
      await tool.spend(3);
      try {
        const stat = files.stat(path);
        const next = wanted ?? applyMode(mode ?? "", stat.mode, stat.type === "directory", process.umask);
        if (next === undefined) return tool.usage(`invalid mode: '${mode}'`);
        files.chmod(path, next);
        if (tool.has("verbose") || (tool.has("changes") && next !== stat.mode)) {
          const shown = next.toString(8).padStart(4, "0");
          await tool.out.write(
            next === stat.mode
              ? `mode of '${path}' retained as ${shown}\n`
              : `mode of '${path}' changed from ${stat.mode.toString(8).padStart(4, "0")} to ${shown}\n`,
          );
        }
        if (tool.has("recursive") && stat.type === "directory") {
          for (const { name, type } of files.list(path)) if (type !== "symlink") await change(join(path, name));
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
        if (!tool.has("quiet"))
          await tool.complain(
            error.code === "EPERM"
              ? `changing permissions of '${path}': ${error.message}`
              : `cannot access '${path}': ${error.message}`,
          );
      }
    };
    for (const path of paths) await change(path);
    return tool.status;
  },
);
