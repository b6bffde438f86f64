import { isErrno } from "../errno.ts";
import type { FileStat, Process } from "../types.ts";
import { BACKUP_OPTIONS, backupsOf } from "./support/backups.ts";
import { askYes } from "./support/copying.ts";
import { baseName, directoryName, join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  ...BACKUP_OPTIONS,
  directory: { short: "d", long: "directory", help: "allow to attempt to hard link directories" },
  directoryUpper: { short: "F" },
  force: { short: "f", long: "force", help: "remove existing destination files" },
  interactive: { short: "i", long: "interactive", help: "prompt whether to remove destinations" },
  logical: { short: "L", long: "logical", help: "dereference TARGETs that are symbolic links" },
  noDereference: { short: "n", long: "no-dereference", help: "treat LINK_NAME as a normal file if it is a link" },
  physical: { short: "P", long: "physical", help: "make hard links directly to symbolic links" },
  relative: { short: "r", long: "relative", help: "with -s, create links relative to link location" },
  symbolic: { short: "s", long: "symbolic", help: "make symbolic links instead of hard links" },
  target: {
    short: "t",
    long: "target-directory",
    value: true,
    help: "specify the DIRECTORY in which to create the links",
  },
  plain: { short: "T", long: "no-target-directory", help: "treat LINK_NAME as a normal file always" },
  verbose: { short: "v", long: "verbose", help: "print name of each linked file" },
} as const;

function look(files: Process["files"], path: string, follow: boolean): FileStat | undefined {
  try {
    return follow ? files.stat(path) : files.lstat(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

/** How `target` is called from the folder of `path`. */
export function relativeTo(from: string, target: string): string {
  const parts = (path: string) => path.split("/").filter(Boolean);
  const [a, b] = [parts(from), parts(target)];
  let common = 0;
  while (common < a.length && common < b.length && a[common] === b[common]) common++;
  return [...a.slice(common).map(() => ".."), ...b.slice(common)].join("/") || ".";
}

export const ln = tool(
  { name: "ln", usage: "[OPTION]... TARGET... LINK_NAME", summary: "Create links between files.", options: OPTIONS },
  async (tool) => {
    const { operands, process } = tool;
    const { files } = process;
    const symbolic = tool.has("symbolic");
    const backup = backupsOf(tool as unknown as Tool<typeof BACKUP_OPTIONS>);
    if (tool.has("relative") && !symbolic) return tool.die("cannot do --relative without --symbolic");
    if (operands.length === 0) return tool.usage("missing file operand");
    const last = operands.at(-1) as string;
    const given = tool.value("target");
    if (tool.has("plain")) {
      if (given !== undefined) return tool.die("cannot combine --target-directory and --no-target-directory");
      if (operands.length !== 2) {
        return tool.usage(
          operands.length < 2
            ? `missing destination file operand after ${tool.named(last)}`
            : `extra operand ${tool.named(operands[2] as string)}`,
        );
      }
    }
    let into: string | undefined;
    if (given !== undefined) {
      const stat = look(files, given, true);
      if (stat === undefined) return tool.die(`failed to access ${tool.named(given)}: No such file or directory`);
      if (stat.type !== "directory") return tool.die(`target ${tool.named(given)} is not a directory`);
      into = given;
    } else if (operands.length === 1) into = ".";
    else if (!tool.has("plain")) {
      const link = tool.has("noDereference") && look(files, last, false)?.type === "symlink";
      const stat = link ? undefined : look(files, last, true);
      if (stat?.type === "directory") into = last;
      else if (operands.length > 2)
        return tool.die(
          `target ${tool.named(last)}: ${look(files, last, true) === undefined ? "No such file or directory" : "Not a directory"}`,
        );
    }
    const targets = given !== undefined || operands.length === 1 ? operands : operands.slice(0, -1);
    const made = new Set<string>();
    for (const target of targets) {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      await link(target, into === undefined ? last : join(into, baseName(target)));
    }
    return tool.status;

    async function link(target: string, path: string): Promise<void> {
      const source = symbolic ? undefined : look(files, target, tool.has("logical"));
      if (!symbolic) {
        if (source === undefined) {
          try {
            if (tool.has("logical")) files.stat(target);
            else files.lstat(target);
          } catch (error) {
            if (!isErrno(error)) throw error;
            await tool.complain(`failed to access ${tool.named(target)}: ${error.message}`);
          }
          return;
        }
        if (source.type === "directory" && !tool.has("directory") && !tool.has("directoryUpper")) {
          await tool.complain(`${tool.bare(target)}: hard link not allowed for directory`);
          return;
        }
      }
      const present = look(files, path, false);
      const how = tool.options.last("force", "interactive");
      let saved: string | undefined;
      if (present !== undefined && (how !== undefined || backup !== undefined)) {
        if (present.type === "directory") {
          await tool.complain(`${tool.bare(path)}: cannot overwrite directory`);
          return;
        }
        if (made.has(path)) {
          await tool.complain(`will not overwrite just-created ${tool.named(path)} with ${tool.named(target)}`);
          return;
        }
        if (!symbolic && source?.inode === present.inode && sameEntry(target, path)) {
          await tool.complain(`${tool.named(target)} and ${tool.named(path)} are the same file`);
          return;
        }
        if (how === "interactive" && !(await askYes(tool, `replace ${tool.named(path)}?`))) return;
        if (backup !== undefined) {
          saved = backup(files, path);
          files.rename(path, saved);
        }
      }
      try {
        const text = symbolic && tool.has("relative") ? relativeText(target, path) : target;
        if (how !== undefined && saved === undefined && present !== undefined) {
          // What cannot be linked does not cost the one that is there.
          if (!symbolic && source !== undefined && source.inode === present.inode)
            return void (await told(path, target, saved));
          files.remove(path);
        }
        if (symbolic) files.symlink(text, path);
        else files.link(tool.has("logical") ? files.realPath(target) : target, path);
        made.add(path);
        await told(path, text, saved);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (saved !== undefined) files.rename(saved, path);
        const kind = symbolic ? "symbolic" : "hard";
        const text = symbolic && tool.has("relative") ? relativeText(target, path) : target;
        const isOfPath = ["EEXIST", "ENOSPC", "EROFS"].includes(error.code);
        const where = symbolic
          ? text === ""
            ? ` -> ${tool.named(text)}`
            : ""
          : isOfPath
            ? ""
            : ` => ${tool.named(target)}`;
        await tool.complain(`failed to create ${kind} link ${tool.named(path)}${where}: ${error.message}`);
      }
    }

    /** The same name in the same folder. */
    function sameEntry(a: string, b: string): boolean {
      const folder = (path: string) => files.realPath(directoryName(path));
      return baseName(a) === baseName(b) && folder(a) === folder(b);
    }

    function relativeText(target: string, path: string): string {
      const folder =
        look(files, directoryName(path), true) === undefined ? undefined : files.realPath(directoryName(path));
      if (folder === undefined) return target;
      const real = realOf(target);
      return real === undefined ? target : relativeTo(folder, real);
    }

    /** With every part followed that is there. */
    function realOf(path: string): string | undefined {
      try {
        return files.realPath(path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        const above = directoryName(path);
        if (above === path) return undefined;
        const real = realOf(above);
        return real === undefined ? undefined : join(real, baseName(path));
      }
    }

    async function told(path: string, target: string, saved: string | undefined): Promise<void> {
      if (!tool.has("verbose")) return;
      const before = saved === undefined ? "" : `${tool.named(saved)} ~ `;
      await tool.out.write(`${before}${tool.named(path)} ${symbolic ? "->" : "=>"} ${tool.named(target)}\n`);
    }
  },
);

export const linkTool = tool(
  {
    name: "link",
    usage: "FILE1 FILE2",
    summary: "Call the link function to create a link named FILE2 to an existing FILE1.",
    options: {},
  },
  async (tool) => {
    const [from, to, extra] = tool.operands;
    if (from === undefined) return tool.usage("missing operand");
    if (to === undefined) return tool.usage(`missing operand after ${tool.word(from)}`);
    if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
    await tool.attempt(`cannot create link ${tool.named(to)} to ${tool.named(from)}`, () =>
      tool.process.files.link(from, to),
    );
    return tool.status;
  },
);
