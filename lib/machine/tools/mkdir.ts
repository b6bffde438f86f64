import { isErrno } from "../errno.ts";
import { changeMode, compileMode } from "./support/modes.ts";
import { tool } from "./support/tool.ts";

export const mkdir = tool(
  {
    name: "mkdir",
    usage: "[OPTION]... DIRECTORY...",
    summary: "Create the DIRECTORY(ies), if they do not already exist.",
    options: {
      context: { short: "Z", help: "(ignored)" },
      mode: { short: "m", long: "mode", value: true, help: "set file mode (as in chmod), not a=rwx - umask" },
      parents: { short: "p", long: "parents", help: "no error if existing, make parent directories as needed" },
      verbose: { short: "v", long: "verbose", help: "print a message for each created directory" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    if (operands.length === 0) return tool.usage("missing operand");
    const text = tool.value("mode");
    const changes = text === undefined ? undefined : compileMode(text);
    if (text !== undefined && changes === undefined) return tool.die(`invalid mode ${tool.word(text)}`);
    const made = async (path: string) => {
      if (tool.has("verbose")) await tool.out.write(`mkdir: created directory ${tool.named(path)}\n`);
    };
    const isDirectory = (path: string): boolean => {
      try {
        return files.stat(path).type === "directory";
      } catch (error) {
        if (isErrno(error)) return false;
        throw error;
      }
    };
    /** Those above are made for whoever makes them to write into, whatever the umask. */
    const makeAbove = async (path: string): Promise<boolean> => {
      const parts = [...path.matchAll(/\/+(?=[^/])/g)].map(({ index }) => path.slice(0, index)).filter(Boolean);
      for (const [depth, part] of parts.entries()) {
        // Each is looked up from the first one.
        const spent = tool.spend(1 + (depth >> 1));
        if (spent !== undefined) await spent;
        if (isDirectory(part)) continue;
        try {
          files.makeDirectory(part);
          files.chmod(part, files.stat(part).mode | 0o300);
          await made(part);
        } catch (error) {
          if (!isErrno(error)) throw error;
          const word = error.code === "EEXIST" ? "Not a directory" : error.message;
          const said = error.code === "EEXIST" && linked(part) ? "File exists" : word;
          await tool.complain(`cannot create directory ${tool.word(part)}: ${said}`);
          return false;
        }
      }
      return true;
    };
    const linked = (path: string) => files.lstat(path).type === "symlink" && !files.exists(path);
    for (const path of operands) {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      if (tool.has("parents") && !(await makeAbove(path))) continue;
      try {
        files.makeDirectory(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (tool.has("parents") && error.code === "EEXIST" && isDirectory(path)) continue;
        await tool.complain(`cannot create directory ${tool.word(path)}: ${error.message}`);
        continue;
      }
      if (changes !== undefined) {
        // Where nobody is named, the umask has its say in the rest, too.
        const base = changes.some(({ affected }) => affected === 0) ? 0o777 & ~process.umask : 0o777;
        const inherited = files.stat(path).mode & 0o2000;
        files.chmod(path, changeMode(changes, base, true, process.umask).mode | inherited);
      }
      await made(path);
    }
    return tool.status;
  },
);
