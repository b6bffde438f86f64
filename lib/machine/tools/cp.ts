import { isErrno } from "../errno.ts";
import { BACKUP_OPTIONS, backupsOf } from "./support/backups.ts";
import { Copier, type CopyOptions, destinations, type Preserve } from "./support/copying.ts";
import { choice } from "./support/options.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  ...BACKUP_OPTIONS,
  archive: { short: "a", long: "archive", help: "same as -dR --preserve=all" },
  attributesOnly: { long: "attributes-only", help: "don't copy the file data, just the attributes" },
  copyContents: { long: "copy-contents", help: "not available here" },
  d: { short: "d", help: "same as --no-dereference --preserve=links" },
  force: {
    short: "f",
    long: "force",
    help: "if an existing destination file cannot be opened, remove it and try again",
  },
  interactive: { short: "i", long: "interactive", help: "prompt before overwrite" },
  followGiven: { short: "H", help: "follow command-line symbolic links in SOURCE" },
  links: { short: "l", long: "link", help: "hard link files instead of copying" },
  follow: { short: "L", long: "dereference", help: "always follow symbolic links in SOURCE" },
  noClobber: { short: "n", long: "no-clobber", help: "do not overwrite an existing file" },
  noFollow: { short: "P", long: "no-dereference", help: "never follow symbolic links in SOURCE" },
  preserve: { short: "p", help: "same as --preserve=mode,ownership,timestamps" },
  preserveList: { long: "preserve", value: "optional", help: "preserve the specified attributes" },
  noPreserve: { long: "no-preserve", value: true, help: "don't preserve the specified attributes" },
  parents: { long: "parents", help: "use full source file name under DIRECTORY" },
  recursive: { short: "r", long: "recursive", help: "copy directories recursively" },
  recursiveUpper: { short: "R" },
  reflink: { long: "reflink", value: "optional", help: "control clone copies: never, auto" },
  removeFirst: {
    long: "remove-destination",
    help: "remove each existing destination file before attempting to open it",
  },
  sparse: { long: "sparse", value: true, help: "control creation of sparse files: never, auto" },
  strip: { long: "strip-trailing-slashes", help: "remove any trailing slashes from each SOURCE argument" },
  symbolic: { short: "s", long: "symbolic-link", help: "make symbolic links instead of copying" },
  target: { short: "t", long: "target-directory", value: true, help: "copy all SOURCE arguments into DIRECTORY" },
  plain: { short: "T", long: "no-target-directory", help: "treat DEST as a normal file" },
  update: { short: "u", long: "update", help: "copy only when the SOURCE file is newer than the destination file" },
  verbose: { short: "v", long: "verbose", help: "explain what is being done" },
  oneFileSystem: { short: "x", long: "one-file-system", help: "stay on this file system" },
  context: { short: "Z", help: "(ignored)" },
} as const;

const ATTRIBUTES = {
  mode: "mode",
  timestamps: "times",
  ownership: "owner",
  links: "links",
  context: "context",
  xattr: "xattr",
  all: "all",
} as const;
const SPARSE = { never: "never", auto: "auto", always: "always" } as const;
const REFLINK = { auto: "auto", always: "always", never: "never" } as const;

function preserved(tool: Tool<typeof OPTIONS>): Preserve {
  const kept = { mode: false, owner: false, times: false, links: false };
  const set = (list: string, option: string, value: boolean) => {
    for (const word of list.split(",")) {
      const what = ATTRIBUTES[choice(tool, option, word, ATTRIBUTES)];
      if (what === "all") kept.mode = kept.owner = kept.times = kept.links = value;
      else if (what !== "context" && what !== "xattr") kept[what] = value;
    }
  };
  for (const { name, value } of tool.options.given) {
    if (name === "archive") set("all", "--preserve", true);
    else if (name === "d") kept.links = true;
    else if (name === "preserve" || (name === "preserveList" && value === undefined))
      set("mode,ownership,timestamps", "--preserve", true);
    else if (name === "preserveList") set(value ?? "", "--preserve", true);
    else if (name === "noPreserve") set(value ?? "", "--no-preserve", false);
  }
  return kept;
}

export const cp = tool(
  {
    name: "cp",
    usage: "[OPTION]... SOURCE... DIRECTORY",
    summary: "Copy SOURCE to DEST, or multiple SOURCE(s) to DIRECTORY.",
    options: OPTIONS,
  },
  async (tool) => {
    const archive = tool.has("archive");
    const recursive = archive || tool.has("recursive") || tool.has("recursiveUpper");
    const sparse = tool.value("sparse");
    if (sparse !== undefined) choice(tool, "--sparse", sparse, SPARSE);
    const reflink = tool.value("reflink");
    if (reflink !== undefined) choice(tool, "--reflink", reflink, REFLINK);
    const preserve = preserved(tool);
    if (tool.has("copyContents")) return tool.die("--copy-contents is not available here");
    if (tool.has("links") && tool.has("symbolic")) return tool.usage("cannot make both hard and symbolic links");
    const backup = backupsOf(tool as unknown as Tool<typeof BACKUP_OPTIONS>);
    const last = tool.options.last("interactive", "noClobber");
    if (last === "noClobber" && backup !== undefined)
      return tool.usage("options --backup and --no-clobber are mutually exclusive");
    const whole = tool as unknown as Tool;
    const where = await destinations(whole, tool.operands, {
      targetDirectory: tool.value("target"),
      plain: tool.has("plain"),
    });
    if (where === undefined) return 1;
    const way = tool.options.last("follow", "followGiven", "noFollow", "archive", "d");
    const { files } = tool.process;
    const base = tool.value("target") ?? tool.operands.at(-1) ?? "";
    const into =
      tool.has("target") || (!tool.has("plain") && files.exists(base) && files.stat(base).type === "directory");
    if (tool.has("parents") && !into) return tool.usage("with --parents, the destination must be a directory");
    const settings: CopyOptions = {
      recursive,
      preserve,
      plainMode: tool.options.given.some(({ name, value }) => name === "noPreserve" && /mode|all/.test(value ?? "")),
      follow:
        way === "follow"
          ? "always"
          : way === "followGiven"
            ? "given"
            : way === undefined && (!recursive || tool.has("links")) && !tool.has("symbolic")
              ? recursive
                ? "never"
                : "always"
              : way === undefined && !recursive
                ? "always"
                : "never",
      force: tool.has("force"),
      removesFirst: tool.has("removeFirst"),
      overwrite: last === "noClobber" ? "never" : last === "interactive" ? "ask" : "always",
      update: tool.has("update"),
      verbose: tool.has("verbose"),
      attributesOnly: tool.has("attributesOnly"),
      oneFileSystem: tool.has("oneFileSystem"),
      backup,
      moves: false,
      ...(tool.has("links") ? { link: "hard" as const } : tool.has("symbolic") ? { link: "symbolic" as const } : {}),
    };
    const copier = new Copier(whole, settings);
    for (const given of where.sources) {
      const source = tool.has("strip") && into ? given.replace(/(?<=.)\/+$/, "") : given;
      if (into && (await copier.isRepeated(source))) continue;
      let target = where.targetOf(source);
      if (tool.has("parents")) {
        const below = source.replace(/\/+$/, "").replace(/^\/+/, "");
        target = join(base, below);
        if (!(await makeParents(source, below))) continue;
      }
      // A file onto itself, with a backup: the backup is all there is to make.
      if (tool.has("force") && backup !== undefined && source === target && files.exists(source))
        await new Copier(whole, { ...settings, backup: undefined }).copy(source, backup(files, target));
      else await copier.copy(source, target);
    }
    return tool.status;

    /** The directories above a source, made again below the target. */
    async function makeParents(source: string, below: string): Promise<boolean> {
      const lead = /^\/+/.exec(source)?.[0] ?? "";
      for (const [index] of [...below].entries()) {
        if (below[index] !== "/") continue;
        const part = below.slice(0, index);
        const made = join(base, part);
        if (files.exists(made)) continue;
        try {
          const stat = files.stat(lead + part);
          files.makeDirectory(made, { mode: stat.mode & 0o777 });
          if (tool.has("verbose")) await tool.out.write(`${lead + part} -> ${made}\n`);
          if (preserve.mode) files.chmod(made, stat.mode);
        } catch (error) {
          if (!isErrno(error)) throw error;
          const missing = error.path === lead + part;
          const words = missing
            ? `failed to get attributes of ${tool.named(lead + part)}`
            : `cannot make directory ${tool.named(made)}`;
          await tool.complain(`${words}: ${error.message}`);
          return false;
        }
      }

      return true;
    }
  },
);
