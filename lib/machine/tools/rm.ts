import { isErrno } from "../errno.ts";
import { askYes } from "./support/copying.ts";
import { baseName, join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const rm = tool(
  {
    name: "rm",
    usage: "[OPTION]... [FILE]...",
    summary: "Remove (unlink) the FILE(s).",
    options: {
      directory: { short: "d", long: "dir" },
      force: { short: "f", long: "force" },
      interactive: { short: "i" },
      once: { short: "I" },
      noPreserve: { long: "no-preserve-root" },
      preserve: { long: "preserve-root", value: "optional" },
      recursive: { short: "r", long: "recursive" },
      recursiveUpper: { short: "R" },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    const force = tool.options.last("force", "interactive", "once") === "force";
    const ask = tool.options.last("force", "interactive") === "interactive";
    const recursive = tool.has("recursive") || tool.has("recursiveUpper");
    if (tool.operands.length === 0) return force ? 0 : tool.usage("missing operand");
    const { files } = tool.process;
    if (tool.options.last("force", "once") === "once" && (recursive || tool.operands.length > 3)) {
      const count = tool.operands.length;
      if (!(await askYes(tool, `remove ${count} argument${count === 1 ? "" : "s"}${recursive ? " recursively" : ""}?`)))
        return 0;
    }
    for (const path of tool.operands) {
      const name = baseName(path);
      if (name === "." || name === "..") {
        await tool.complain(`refusing to remove '.' or '..' directory: skipping '${path}'`);
        continue;
      }
      if (recursive && !tool.has("noPreserve") && /^\/+$/.test(path)) {
        await tool.complain(
          "it is dangerous to operate recursively on '/'\nrm: use --no-preserve-root to override this failsafe",
        );
        continue;
      }
      await remove(path);
    }
    return tool.status;

    async function remove(path: string): Promise<boolean> {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      try {
        const stat = files.lstat(path);
        if (stat.type === "directory") {
          if (!recursive && !(tool.has("directory") && files.list(path).length === 0)) {
            await tool.complain(
              `cannot remove '${path}': ${tool.has("directory") ? "Directory not empty" : "Is a directory"}`,
            );
            return false;
          }
          if (ask && files.list(path).length > 0 && !(await askYes(tool, `descend into directory '${path}'?`)))
            return false;
          let whole = true;
          for (const entry of files.list(path)) whole = (await remove(join(path, entry.name))) && whole;
          if (!whole) return false;
          if (ask && !(await askYes(tool, `remove directory '${path}'?`))) return false;
          files.removeDirectory(path);
        } else {
          const kind =
            stat.type === "symlink"
              ? "symbolic link"
              : stat.type === "file"
                ? stat.size === 0
                  ? "regular empty file"
                  : "regular file"
                : stat.type;
          if (ask && !(await askYes(tool, `remove ${kind} '${path}'?`))) return false;
          files.remove(path);
        }
        if (tool.has("verbose"))
          await tool.out.write(stat.type === "directory" ? `removed directory '${path}'\n` : `removed '${path}'\n`);
        return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (!(force && (error.code === "ENOENT" || error.code === "ENOTDIR")))
          await tool.complain(`cannot remove '${path}': ${error.message}`);
        return false;
      }
    }
  },
);
