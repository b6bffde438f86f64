/** ls, dir and vdir: GNU's, with all its options. */
import { isErrno } from "../errno.ts";
import type { DirectoryEntry, FileStat, FileType, Process, Program } from "../types.ts";
import { isColored } from "./ls/colors.ts";
import { type Entry, sortEntries } from "./ls/entries.ts";
import { Painter, plainName } from "./ls/names.ts";
import { listing } from "./ls/print.ts";
import { LS_OPTIONS, type Settings, settingsOf } from "./ls/settings.ts";
import { Accounts } from "./support/accounts.ts";
import { allocatedBytes, sizeText } from "./support/block-size.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

type LsTool = Tool<typeof LS_OPTIONS>;

const lister = (fixedColumns: boolean): Program =>
  tool(
    {
      name: "ls",
      usage: "[OPTION]... [FILE]...",
      summary: "List information about the FILEs (the current directory by default).",
      usageStatus: 2,
      options: LS_OPTIONS,
    },
    async (tool) => new Lister(tool, await settingsOf(tool, fixedColumns)).run(),
  );

export const ls = lister(false);
export const busyboxLs = lister(true);

/** ls under another name, with options of its own in front. */
function named(...options: string[]): Program {
  return (process) => {
    const [name = "ls", ...words] = process.argv;
    const argv = [name, ...options, ...words];
    const own = new Proxy(process, {
      get(target, key) {
        if (key === "argv") return argv;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
    return ls(own as Process);
  };
}
export const dir = named("-C", "-b");
export const vdir = named("-l", "-b");

class Lister {
  readonly #tool: LsTool;
  readonly #settings: Settings;
  readonly #painter: Painter;
  readonly #accounts: Accounts;
  /** Real paths of the directories that are being listed, for links that lead back. */
  readonly #above: string[] = [];
  #first = true;

  constructor(tool: LsTool, settings: Settings) {
    this.#tool = tool;
    this.#settings = settings;
    this.#accounts = new Accounts(tool.process);
    const { machine, files } = tool.process;
    this.#painter = new Painter(settings, (path) => {
      const real = files.exists(path) ? files.realPath(path) : path;
      return `file://${machine.hostname}${encodeURI(real)}`;
    });
  }

  async run(): Promise<number> {
    const tool = this.#tool;
    const settings = this.#settings;
    const plain: Entry[] = [];
    const directories: Entry[] = [];
    const operands = tool.operands.length === 0 ? ["."] : tool.operands;
    for (const path of operands) {
      const entry = await this.#look(path, path, true);
      if (entry === undefined) continue;
      if (entry.type === "directory" && !settings.immediate) directories.push(entry);
      else plain.push(entry);
    }
    const width = (entry: Entry) => plainName(entry.name, settings).width;
    await this.#show(sortEntries(plain, settings, width), [...plain, ...directories]);
    if (plain.length > 0 && directories.length > 0) await tool.out.write("\n");
    const titled = settings.recursive || operands.length > 1 || plain.length > 0;
    for (const directory of sortEntries(directories, settings, width)) {
      await this.#directory(directory.path, titled, true);
    }
    await tool.out.write(this.#painter.finish());
    return tool.status;
  }

  /** Undefined after a complaint about an operand. */
  async #look(name: string, path: string, given: boolean, type?: FileType): Promise<Entry | undefined> {
    const { files } = this.#tool.process;
    const { follow, format, colors, directoriesFirst, indicator } = this.#settings;
    let stat: FileStat | undefined;
    try {
      if (follow === "always") stat = files.stat(path);
      else if (given && follow === "given") stat = files.stat(path);
      else if (given && follow === "given directories") stat = directoryAt(files, path);
      stat ??= files.lstat(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      const said = given || this.#looks;
      // What is in "." is called by its name alone.
      const shown = path === `./${name}` && !given ? name : path;
      if (said) await this.#tool.complain(`cannot access ${this.#tool.named(shown)}: ${error.message}`, given ? 2 : 1);
      if (given) return undefined;
      return { name, path, stat: undefined, type };
    }
    if (stat.type !== "symlink") return { name, path, stat, type: stat.type };
    const judged =
      directoriesFirst ||
      (colors !== undefined &&
        (isColored(colors, "or") || colors.asTarget || (isColored(colors, "mi") && format === "long")));
    if (format !== "long" && !judged) return { name, path, stat, type: stat.type };
    let target: string | undefined;
    let referent: FileStat | undefined;
    try {
      target = files.readLink(path);
      if (judged || indicator === "classify" || indicator === "file-type") referent = files.stat(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
    return {
      name,
      path,
      stat,
      type: "symlink",
      ...(format === "long" && target !== undefined ? { target } : {}),
      ...(referent === undefined ? {} : { referent }),
    };
  }

  /** True where entries of directories are looked at, and not only their names read. */
  get #looks(): boolean {
    const { format, sort, blocks, recursive, colors, directoriesFirst, indicator, inode } = this.#settings;
    return (
      directoriesFirst ||
      format === "long" ||
      sort === "time" ||
      sort === "size" ||
      blocks ||
      recursive ||
      inode ||
      colors !== undefined ||
      indicator !== "none"
    );
  }

  /** `measured`: whose numbers decide how wide the columns of long lines are. */
  async #show(entries: readonly Entry[], measured = entries): Promise<void> {
    const { out, process } = this.#tool;
    const context = {
      settings: this.#settings,
      painter: this.#painter,
      accounts: this.#accounts,
      now: process.clock.now(),
    };
    for (const piece of listing(entries, context, measured)) await out.write(piece);
  }

  async #directory(path: string, titled: boolean, given: boolean): Promise<void> {
    const tool = this.#tool;
    const settings = this.#settings;
    const { files } = tool.process;
    let names: readonly DirectoryEntry[];
    let real = "";
    try {
      names = files.list(path);
      real = files.realPath(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`cannot open directory ${tool.named(path)}: ${error.message}`, given ? 2 : 1);
      return;
    }
    if (settings.recursive && this.#above.includes(real)) {
      await tool.complain(`${tool.bare(path)}: not listing already-listed directory`, 2);
      return;
    }
    if (titled) {
      const heading = plainName(path, settings, ":");
      await tool.out.write(`${this.#first ? "" : "\n"}${heading.text}:\n`);
    } else if (!this.#first) await tool.out.write("\n");
    this.#first = false;
    const entries: Entry[] = [];
    const dots = [".", ".."].map((name) => ({ name, type: "directory" as const }));
    for (const { name, type } of [...dots, ...names]) {
      if (settings.isIgnored(name)) continue;
      const entry = await this.#look(name, join(path, name), false, type);
      if (entry !== undefined) entries.push(entry);
      const spent = tool.spend(2);
      if (spent !== undefined) await spent;
    }
    sortEntries(entries, settings, (entry) => plainName(entry.name, settings).width);
    if (settings.format === "long" || settings.blocks) {
      const bytes = entries.reduce((sum, { stat }) => sum + (stat === undefined ? 0 : allocatedBytes(stat)), 0);
      await tool.out.write(`total ${sizeText(bytes, settings.blockSize)}${settings.end}`);
    }
    await this.#show(entries);
    if (!settings.recursive) return;
    this.#above.push(real);
    for (const entry of entries) {
      if (entry.type === "directory" && entry.name !== "." && entry.name !== "..") {
        await this.#directory(entry.path, true, false);
      }
    }
    this.#above.pop();
  }
}

function directoryAt(files: Process["files"], path: string): FileStat | undefined {
  try {
    const stat = files.stat(path);
    return stat.type === "directory" ? stat : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}
