import { askYes, copy, destinations } from "./support/copying.ts";
import { directoryName, join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const cp = tool(
  {
    name: "cp",
    usage: "[OPTION]... SOURCE... DIRECTORY",
    summary: "Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.",
    options: {
      archive: { short: "a", long: "archive" },
      d: { short: "d" },
      force: { short: "f", long: "force" },
      interactive: { short: "i", long: "interactive" },
      links: { short: "l", long: "link" },
      follow: { short: "L", long: "dereference" },
      noClobber: { short: "n", long: "no-clobber" },
      noFollow: { short: "P", long: "no-dereference" },
      preserve: { short: "p" },
      preserveList: { long: "preserve", value: "optional" },
      parents: { long: "parents" },
      recursive: { short: "r", long: "recursive" },
      recursiveUpper: { short: "R" },
      symbolic: { short: "s", long: "symbolic-link" },
      target: { short: "t", long: "target-directory", value: true },
      plain: { short: "T", long: "no-target-directory" },
      update: { short: "u", long: "update" },
      verbose: { short: "v", long: "verbose" },
      oneFileSystem: { short: "x", long: "one-file-system" },
    },
  },
  async (tool) => {
    const { operands } = tool;
    if (operands.length === 0) return tool.usage("missing file operand");
    if (operands.length === 1 && !tool.has("target"))
      return tool.usage(`missing destination file operand after '${operands[0]}'`);
    const archive = tool.has("archive");
    const recursive = archive || tool.has("recursive") || tool.has("recursiveUpper");
    const { files } = tool.process;
    const where = await destinations(tool, operands, {
      targetDirectory: tool.value("target"),
      plain: tool.has("plain"),
    });
    if (where === undefined) return;
    const over = tool.options.last("interactive", "noClobber", "force");
    for (const source of where.sources) {
      let target = where.targetOf(source);
      if (tool.has("parents")) {
        target = join(operands.at(-1) ?? "", source);
        files.makeDirectory(directoryName(target), { recursive: true });
      }
      await copy(tool, source, target, {
        recursive,
        preserve: archive || tool.has("preserve") || tool.has("preserveList"),
        follow:
          tool.options.last("follow", "noFollow", "archive", "d") === "follow" ||
          (!recursive && !tool.has("noFollow") && !tool.has("d")),
        force: tool.has("force"),
        mayReplace: async (path, stat) => {
          if (over === "noClobber") return false;
          if (tool.has("update") && files.stat(path).modified >= stat.modified) return false;
          return over !== "interactive" || askYes(tool, `overwrite '${path}'?`);
        },
        ...(tool.has("verbose")
          ? { told: async (from: string, to: string) => void (await tool.out.write(`'${from}' -> '${to}'\n`)) }
          : {}),
        ...(tool.has("links") ? { link: "hard" as const } : tool.has("symbolic") ? { link: "symbolic" as const } : {}),
      });
    }
  },
);
