import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import { askYes } from "./support/copying.ts";
import { choice } from "./support/options.ts";
import { baseName, join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";
import { typeWords } from "./support/types.ts";

const WHEN = {
  never: "force",
  no: "force",
  none: "force",
  once: "once",
  always: "interactive",
  yes: "interactive",
} as const;

export const rm = tool(
  {
    name: "rm",
    usage: "[OPTION]... [FILE]...",
    summary: "Remove (unlink) the FILE(s).",
    options: {
      force: { short: "f", long: "force", help: "ignore nonexistent files and arguments, never prompt" },
      always: { short: "i", help: "prompt before every removal" },
      once: { short: "I", help: "prompt once before removing more than three files, or when removing recursively" },
      interactive: { long: "interactive", value: "optional", help: "prompt according to WHEN: never, once, always" },
      oneFileSystem: { long: "one-file-system", help: "skip directories on other file systems" },
      noPreserve: { long: "no-preserve-root", help: "do not treat '/' specially" },
      preserve: { long: "preserve-root", value: "optional", help: "do not remove '/' (default)" },
      recursive: { short: "r", long: "recursive", help: "remove directories and their contents recursively" },
      recursiveUpper: { short: "R" },
      directory: { short: "d", long: "dir", help: "remove empty directories" },
      verbose: { short: "v", long: "verbose", help: "explain what is being done" },
    },
  },
  async (tool) => {
    let mode: "force" | "once" | "interactive" | undefined;
    for (const { name, value } of tool.options.given) {
      if (name === "force" || name === "once") mode = name;
      else if (name === "always") mode = "interactive";
      else if (name === "interactive")
        mode = value === undefined ? "interactive" : WHEN[choice(tool, "--interactive", value, WHEN)];
      else if (name === "preserve" && value !== undefined && value !== "all")
        return tool.die(`unrecognized --preserve-root argument: ${tool.named(value)}`);
    }
    const force = mode === "force";
    const ask = mode === "interactive";
    const recursive = tool.has("recursive") || tool.has("recursiveUpper");
    const { process, operands } = tool;
    const { files, machine } = process;
    if (operands.length === 0) return tool.has("force") ? 0 : tool.usage("missing operand");
    if (mode === "once" && (recursive || operands.length > 3)) {
      const count = `${operands.length} argument${operands.length === 1 ? "" : "s"}`;
      if (!(await askYes(tool, `remove ${count}${recursive ? " recursively" : ""}?`))) return 0;
    }
    for (const path of operands) {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      if (recursive && /^\.\.?$/.test(baseName(path))) {
        const name = tool.named(path);
        await tool.complain(`refusing to remove ${tool.named(".")} or ${tool.named("..")} directory: skipping ${name}`);
      } else if (recursive && !tool.has("noPreserve") && files.exists(path) && files.realPath(path) === "/") {
        const same = path === "/" ? "" : ` (same as ${tool.named("/")})`;
        await tool.complain(
          `it is dangerous to operate recursively on ${tool.named(path)}${same}\nrm: use --no-preserve-root to override this failsafe`,
        );
      } else await remove(path);
    }
    return tool.status;

    function protectedFrom(stat: FileStat): boolean {
      if (process.uid === 0 || stat.type === "symlink") return false;
      const shift =
        process.uid === stat.uid ? 6 : process.gid === stat.gid || process.groups.includes(stat.gid) ? 3 : 0;
      return ((stat.mode >> shift) & 2) === 0;
    }

    async function confirmed(path: string, stat: FileStat, verb: "remove" | "descend into"): Promise<boolean> {
      const guarded = !force && process.isTerminal(0) && protectedFrom(stat);
      if (!ask && !guarded) return true;
      const what = `${guarded ? "write-protected " : ""}${verb === "remove" ? typeWords(stat) : "directory"}`;
      return askYes(tool, `${verb} ${what} ${tool.named(path)}?`);
    }

    /** True where nothing is left of it. */
    async function remove(path: string): Promise<boolean> {
      const spent = tool.spend(3);
      if (spent !== undefined) await spent;
      let stat: FileStat;
      try {
        stat = files.lstat(path);
        if (stat.type !== "directory") {
          if (!(await confirmed(path, stat, "remove"))) return false;
          files.remove(path);
          return await removed(path, false);
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (force && (error.code === "ENOENT" || error.code === "ENOTDIR")) return true;
        return refused(path, error.message);
      }
      return removeDirectory(path, stat);
    }

    async function removeDirectory(path: string, stat: FileStat): Promise<boolean> {
      if (!recursive && !(tool.has("directory") && isEmpty(path))) {
        const why = tool.has("directory") ? "Directory not empty" : "Is a directory";
        return refused(path, why);
      }
      try {
        if (
          tool.has("oneFileSystem") &&
          machine.mounts.some(({ path: at }) => at !== "/" && at === files.realPath(path))
        ) {
          await tool.complain(`skipping ${tool.named(path)}, since it's on a different device`);
          return false;
        }
        let whole = true;
        if (recursive) {
          let names: readonly { readonly name: string }[] = [];
          try {
            names = files.list(path);
          } catch (error) {
            // One that is empty can be removed unread.
            if (!isErrno(error, "EACCES")) throw error;
            if (ask && !(await confirmed(path, stat, "remove"))) return false;
            try {
              files.removeDirectory(path);
              return await removed(path, true);
            } catch (failure) {
              if (!isErrno(failure)) throw failure;
              return refused(path, error.message);
            }
          }
          if (names.length > 0 && !(await confirmed(path, stat, "descend into"))) return false;
          for (const { name } of names) whole = (await remove(join(path, name))) && whole;
        }
        // Who kept something in it is not asked about it.
        if (!whole) return false;
        if (!(await confirmed(path, stat, "remove"))) return false;
        files.removeDirectory(path);
        return await removed(path, true);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return refused(path, error.message);
      }
    }

    function isEmpty(path: string): boolean {
      try {
        return files.list(path).length === 0;
      } catch (error) {
        if (isErrno(error)) return true;
        throw error;
      }
    }

    async function removed(path: string, isDirectory: boolean): Promise<boolean> {
      if (tool.has("verbose")) await tool.out.write(`removed ${isDirectory ? "directory " : ""}${tool.named(path)}\n`);
      return true;
    }

    async function refused(path: string, why: string): Promise<boolean> {
      await tool.complain(`cannot remove ${tool.named(path)}: ${why}`);
      return false;
    }
  },
);
