import { isErrno } from "../errno.ts";
import { FileView } from "../filesystem/view.ts";
import type { FileStat } from "../types.ts";
import { BACKUP_OPTIONS, backupsOf } from "./support/backups.ts";
import { askYes, Copier, destinations } from "./support/copying.ts";
import { modeText } from "./support/modes.ts";
import { baseName, directoryName } from "./support/paths.ts";
import { judgeSame } from "./support/same-file.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  ...BACKUP_OPTIONS,
  force: { short: "f", long: "force", help: "do not prompt before overwriting" },
  interactive: { short: "i", long: "interactive", help: "prompt before overwrite" },
  noClobber: { short: "n", long: "no-clobber", help: "do not overwrite an existing file" },
  strip: { long: "strip-trailing-slashes", help: "remove any trailing slashes from each SOURCE argument" },
  target: { short: "t", long: "target-directory", value: true, help: "move all SOURCE arguments into DIRECTORY" },
  plain: { short: "T", long: "no-target-directory", help: "treat DEST as a normal file" },
  update: { short: "u", long: "update", help: "move only when the SOURCE file is newer than the destination file" },
  verbose: { short: "v", long: "verbose", help: "explain what is being done" },
  context: { short: "Z", long: "context", help: "(ignored)" },
} as const;

export const mv = tool(
  {
    name: "mv",
    usage: "[OPTION]... SOURCE... DIRECTORY",
    summary: "Rename SOURCE to DEST, or move SOURCE(s) to DIRECTORY.",
    options: OPTIONS,
  },
  async (tool) => {
    const { process } = tool;
    const { files } = process;
    const whole = tool as unknown as Tool;
    const backup = backupsOf(tool as unknown as Tool<typeof BACKUP_OPTIONS>);
    const how = tool.options.last("force", "interactive", "noClobber");
    if (how === "noClobber" && backup !== undefined)
      return tool.usage("options --backup and --no-clobber are mutually exclusive");
    const where = await destinations(whole, tool.operands, {
      targetDirectory: tool.value("target"),
      plain: tool.has("plain"),
    });
    if (where === undefined) return 1;
    const made = new Set<string>();
    for (const given of where.sources) {
      const source = tool.has("strip") ? given.replace(/(?<=.)\/+$/, "") : given;
      await tool.spend(4);
      await move(source, where.targetOf(source));
    }
    return tool.status;

    function look(path: string): FileStat | undefined {
      try {
        return files.lstat(path);
      } catch (error) {
        if (isErrno(error)) return undefined;
        throw error;
      }
    }

    /** An answer where there is a question, else whether it may go on. */
    async function mayReplace(target: string, present: FileStat): Promise<boolean> {
      if (how === "noClobber") return false;
      const writable = present.type === "symlink" || !(files instanceof FileView) || files.mayAccess(target, 2);
      const guarded = how !== "force" && !writable && process.isTerminal(0);
      if (how !== "interactive" && !guarded) return true;
      if (writable) return askYes(tool, `overwrite ${tool.named(target)}?`);
      const mode = `${present.mode.toString(8).padStart(4, "0")} (${modeText({ type: "file", mode: present.mode }).slice(1)})`;
      return askYes(tool, `replace ${tool.named(target)}, overriding mode ${mode}?`);
    }

    async function move(source: string, target: string): Promise<void> {
      let stat: FileStat;
      try {
        stat = files.lstat(source.replace(/(?<=.)\/+$/, source.endsWith("/") ? "/" : ""));
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.complain(`cannot stat ${tool.named(source)}: ${error.message}`);
      }
      let present: FileStat | undefined;
      try {
        present = files.lstat(target);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code !== "ENOENT") return tool.complain(`cannot stat ${tool.named(target)}: ${error.message}`);
      }
      let saved: string | undefined;
      if (present !== undefined) {
        const judged = judgeSame(files, source, stat, target, present, {
          moves: true,
          follow: false,
          backups: backup !== undefined,
          removesFirst: false,
          link: undefined,
        });
        if (judged === "same")
          return tool.complain(`${tool.named(source)} and ${tool.named(target)} are the same file`);
        if (tool.has("update") && stat.type !== "directory" && present.modified >= stat.modified) return;
        if (stat.type !== "directory" && present.type === "directory" && backup === undefined)
          return tool.complain(`cannot overwrite directory ${tool.named(target)} with non-directory`);
        if (!(await mayReplace(target, present))) return;
        if (made.has(target))
          return tool.complain(`will not overwrite just-created ${tool.named(target)} with ${tool.named(source)}`);
        if (stat.type === "directory" && present.type !== "directory" && backup === undefined)
          return tool.complain(
            `cannot overwrite non-directory ${tool.named(target)} with directory ${tool.named(source)}`,
          );
        if (judged === "nothing") {
          files.remove(source);
          if (tool.has("verbose")) await tool.out.write(`removed ${tool.named(source)}\n`);
          return;
        }
        if (backup !== undefined) {
          saved = backup(files, target);
          if (baseName(saved) === baseName(source) && directoryName(saved) === directoryName(source))
            return tool.complain(
              `backing up ${tool.named(target)} might destroy source;  ${tool.named(source)} not moved`,
            );
          try {
            files.rename(target, saved);
          } catch (error) {
            if (!isErrno(error)) throw error;
            return tool.complain(`cannot backup ${tool.named(target)}: ${error.message}`);
          }
        }
      }
      try {
        files.rename(source, target);
        made.add(target);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code === "EXDEV") return across(source, target);
        if (saved !== undefined) files.rename(saved, target);
        return tool.complain(
          error.code === "EINVAL"
            ? `cannot move ${tool.named(source)} to a subdirectory of itself, ${tool.named(target)}`
            : `cannot move ${tool.named(source)} to ${tool.named(target)}: ${error.message}`,
        );
      }
      if (!tool.has("verbose")) return;
      const backedUp = saved === undefined ? "" : ` (backup: ${tool.named(saved)})`;
      await tool.out.write(`renamed ${tool.named(source)} -> ${tool.named(target)}${backedUp}\n`);
    }

    /** To another file system: a copy with everything, then the source goes. */
    async function across(source: string, target: string): Promise<void> {
      const present = look(target);
      if (present !== undefined) {
        try {
          if (present.type === "directory") files.removeDirectory(target);
          else files.remove(target);
        } catch (error) {
          if (!isErrno(error)) throw error;
          return tool.complain(
            `inter-device move failed: ${tool.named(source)} to ${tool.named(target)}; unable to remove target: ${error.message}`,
          );
        }
      }
      const copier = new Copier(whole, {
        recursive: true,
        preserve: { mode: true, owner: true, times: true, links: true },
        follow: "never",
        force: true,
        removesFirst: true,
        overwrite: "always",
        update: false,
        verbose: tool.has("verbose"),
        moves: true,
      });
      if (!(await copier.copy(source, target))) return;
      await discard(source);
    }

    async function discard(path: string): Promise<void> {
      await tool.spend(2);
      await tool.attempt(`cannot remove ${tool.named(path)}`, async () => {
        const isDirectory = files.lstat(path).type === "directory";
        if (isDirectory) for (const { name } of files.list(path)) await discard(`${path}/${name}`);
        if (isDirectory) files.removeDirectory(path);
        else files.remove(path);
        if (tool.has("verbose"))
          await tool.out.write(`removed ${isDirectory ? "directory " : ""}${tool.named(path)}\n`);
      });
    }
  },
);
