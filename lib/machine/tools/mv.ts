import { isErrno } from "../errno.ts";
import { askYes, copy, destinations } from "./support/copying.ts";
import { tool } from "./support/tool.ts";

export const mv = tool(
  {
    name: "mv",
    usage: "[OPTION]... SOURCE... DIRECTORY",
    summary: "Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.",
    options: {
      force: { short: "f", long: "force" },
      interactive: { short: "i", long: "interactive" },
      noClobber: { short: "n", long: "no-clobber" },
      target: { short: "t", long: "target-directory", value: true },
      plain: { short: "T", long: "no-target-directory" },
      update: { short: "u", long: "update" },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    const { operands } = tool;
    if (operands.length === 0) return tool.usage("missing file operand");
    if (operands.length === 1 && !tool.has("target"))
      return tool.usage(`missing destination file operand after '${operands[0]}'`);
    const { files } = tool.process;
    const where = await destinations(tool, operands, {
      targetDirectory: tool.value("target"),
      plain: tool.has("plain"),
    });
    if (where === undefined) return;
    const over = tool.options.last("force", "interactive", "noClobber");
    for (const source of where.sources) {
      const target = where.targetOf(source);
      await tool.spend(4);
      try {
        const stat = files.lstat(source);
        if (files.exists(target)) {
          const present = files.stat(target);
          if (over === "noClobber" || (tool.has("update") && present.modified >= stat.modified)) continue;
          if (over === "interactive" && !(await askYes(tool, `overwrite '${target}'?`))) continue;
          if (files.realPath(source) === files.realPath(target) && stat.type !== "symlink") {
            await tool.complain(`'${source}' and '${target}' are the same file`);
            continue;
          }
          if (present.type === "directory" && stat.type !== "directory") {
            await tool.complain(`cannot overwrite directory '${target}' with non-directory`);
            continue;
          }
          if (present.type !== "directory" && stat.type === "directory") {
            await tool.complain(`cannot overwrite non-directory '${target}' with directory '${source}'`);
            continue;
          }
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`cannot stat '${source}': ${error.message}`);
        continue;
      }
      try {
        files.rename(source, target);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code === "EXDEV") {
          const whole = await copy(tool, source, target, {
            recursive: true,
            preserve: true,
            follow: false,
            force: true,
          });
          if (whole) files.remove(source, { recursive: true });
        } else {
          await tool.complain(
            error.code === "EINVAL"
              ? `cannot move '${source}' to a subdirectory of itself, '${target}'`
              : `cannot move '${source}' to '${target}': ${error.message}`,
          );
          continue;
        }
      }
      if (tool.has("verbose")) await tool.out.write(`renamed '${source}' -> '${target}'\n`);
    }
  },
);
