import { isErrno } from "../errno.ts";
import { baseName, join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const ln = tool(
  {
    name: "ln",
    usage: "[OPTION]... TARGET... LINK_NAME",
    summary: "Create links between files.",
    options: {
      force: { short: "f", long: "force" },
      noDereference: { short: "n", long: "no-dereference" },
      symbolic: { short: "s", long: "symbolic" },
      target: { short: "t", long: "target-directory", value: true },
      plain: { short: "T", long: "no-target-directory" },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    const { operands, process } = tool;
    const { files } = process;
    if (operands.length === 0) return tool.usage("missing file operand");
    const last = operands.at(-1) as string;
    const isDirectory = (path: string) => {
      if (!files.exists(path)) return false;
      return (tool.has("noDereference") ? files.lstat(path) : files.stat(path)).type === "directory";
    };
    const into =
      tool.value("target") ??
      (operands.length === 1 ? "." : !tool.has("plain") && isDirectory(last) ? last : undefined);
    const targets = tool.has("target") || operands.length === 1 ? operands : operands.slice(0, -1);
    if (into === undefined && targets.length > 1) return tool.die(`target '${last}': Not a directory`);
    for (const target of targets) {
      const path = into === undefined ? last : join(into, baseName(target));
      try {
        if (tool.has("force")) files.remove(path, { force: true });
        if (tool.has("symbolic")) files.symlink(target, path);
        else {
          if (files.stat(target).type === "directory") {
            await tool.complain(`${target}: hard link not allowed for directory`);
            continue;
          }
          files.link(target, path);
        }
        if (tool.has("verbose")) await tool.out.write(`'${path}' ${tool.has("symbolic") ? "->" : "=>"} '${target}'\n`);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(
          tool.has("symbolic")
            ? `failed to create symbolic link '${path}': ${error.message}`
            : error.path === target
              ? `failed to access '${target}': ${error.message}`
              : `failed to create hard link '${path}'${error.code === "EEXIST" ? "" : ` => '${target}'`}: ${error.message}`,
        );
      }
    }
    return tool.status;
  },
);
