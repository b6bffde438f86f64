import { isErrno } from "../errno.ts";
import { tool } from "./support/tool.ts";

export const rmdir = tool(
  {
    name: "rmdir",
    usage: "[OPTION]... DIRECTORY...",
    summary: "Remove the DIRECTORY(ies), if they are empty.",
    options: {
      ignore: { long: "ignore-fail-on-non-empty", help: "ignore each failure to remove a non-empty directory" },
      parents: { short: "p", long: "parents", help: "remove DIRECTORY and its ancestors" },
      verbose: { short: "v", long: "verbose", help: "output a diagnostic for every directory processed" },
    },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    const { files } = tool.process;
    /** False where the ancestors are to stay, too. */
    const remove = async (path: string, above: boolean): Promise<boolean> => {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      if (tool.has("verbose")) await tool.out.write(`rmdir: removing directory, ${tool.named(path)}\n`);
      try {
        files.removeDirectory(path);
        return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (tool.has("ignore") && error.code === "ENOTEMPTY") return false;
        const link = error.code === "ENOTDIR" && path.endsWith("/") && isLink(path.replace(/\/+$/, ""));
        if (link && leadsToDirectory(path))
          await tool.complain(`failed to remove ${tool.named(path)}: Symbolic link not followed`);
        else await tool.complain(`failed to remove ${above ? "directory " : ""}${tool.named(path)}: ${error.message}`);
        return false;
      }
    };
    const isLink = (path: string) => files.lstat(path).type === "symlink";
    const leadsToDirectory = (path: string) => files.exists(path) && files.stat(path).type === "directory";
    for (const operand of tool.operands) {
      if (!(await remove(operand, false)) || !tool.has("parents")) continue;
      for (let path = operand.replace(/\/+$/, ""); path.includes("/"); ) {
        path = path.replace(/\/+[^/]*$/, "");
        if (path === "" || !(await remove(path, true))) break;
      }
    }
    return tool.status;
  },
);
