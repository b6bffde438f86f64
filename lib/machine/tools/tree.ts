/** tree: a directory as a drawing (tree 2.1). */
import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import type { FileStat } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { compileGlob } from "./support/glob.ts";
import { modeText } from "./support/modes.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";
import { compareVersions } from "./support/versions.ts";

const OPTIONS = {
  all: { short: "a", help: "all files are listed" },
  directories: { short: "d", help: "list directories only" },
  full: { short: "f", help: "print the full path prefix for each file" },
  indent: { short: "i", help: "don't print indentation lines" },
  level: { short: "L", value: true, help: "descend only level directories deep" },
  oneSystem: { short: "x", help: "stay on current file system only" },
  pattern: { short: "P", value: true, help: "list only those files that match the pattern given" },
  ignore: { short: "I", value: true, help: "do not list files that match the given pattern" },
  ignoreCase: { long: "ignore-case", help: "ignore case when pattern matching" },
  matchDirs: { long: "matchdirs", help: "include directory names in -P pattern matching" },
  prune: { long: "prune", help: "prune empty directories from the output" },
  limit: { long: "filelimit", value: true, help: "do not descend dirs with more than # files in them" },
  output: { short: "o", value: true, help: "output to file instead of stdout" },
  noReport: { long: "noreport", help: "turn off file/directory count at end of tree listing" },
  mark: { short: "q", help: "print non-printable characters as '?'" },
  literal: { short: "N", help: "print non-printable characters as is" },
  quote: { short: "Q", help: "quote filenames with double quotes" },
  modes: { short: "p", help: "print the protections for each file" },
  user: { short: "u", help: "displays file owner or UID number" },
  group: { short: "g", help: "displays file group owner or GID number" },
  sizes: { short: "s", help: "print the size in bytes of each file" },
  human: { short: "h", help: "print the size in a more human readable way" },
  si: { long: "si", help: "like -h, but use in SI units (powers of 1000)" },
  date: { short: "D", help: "print the date of last modification" },
  classify: { short: "F", help: "appends '/', '=', '*', '@', '|' or '>' as per ls -F" },
  inodes: { long: "inodes", help: "print inode number of each file" },
  version: { short: "v", help: "sort files alphanumerically by version" },
  time: { short: "t", help: "sort files by last modification time" },
  unsorted: { short: "U", help: "leave files unsorted" },
  reverse: { short: "r", help: "reverse the order of the sort" },
  dirsFirst: { long: "dirsfirst", help: "list directories before files" },
  filesFirst: { long: "filesfirst", help: "list files before directories" },
  noColor: { short: "n", help: "turn colorization off always" },
  color: { short: "C", help: "there are no colors here" },
  charset: { long: "charset", value: true, help: "ascii, or UTF-8" },
  json: { short: "J", help: "prints out a JSON representation of the tree" },
} as const;
type Tree = Tool<typeof OPTIONS>;

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: FileStat;
  /** A directory, or a link to one. */
  readonly leads: boolean;
  /** What is in it; undefined: it is no directory, or not looked into. */
  contents: Entry[] | undefined;
  /** Why it is not looked into. */
  readonly note: string | undefined;
}

const MOST_ENTRIES = 100_000;

export const tree = tool(
  {
    name: "tree",
    usage: "[options] [directory ...]",
    summary: "List contents of directories in a tree-like format.",
    options: OPTIONS,
    pointer: "usage: tree [-adfghinpqrstuvxCDFJNQU] [-L level] [-o filename] [-P pattern] [-I pattern] [directory ...]",
    words: (message) =>
      message
        .replace(/^invalid option -- '(.)'$/s, "Invalid argument -`$1'.")
        .replace(/^unrecognized option '(.*)'$/s, "Invalid argument `$1'.")
        .replace(/^option requires an argument -- '(.)'$/s, "Missing argument to -$1 option."),
  },
  async (tool) => {
    const level = tool.value("level");
    if (level !== undefined && !(Number(level) > 0)) {
      await tool.process.stderr.write("tree: Invalid level, must be greater than 0.\n");
      return 1;
    }
    const drawing = new Drawing(tool, level === undefined ? Number.POSITIVE_INFINITY : Math.trunc(Number(level)));
    for (const root of tool.operands.length === 0 ? ["."] : tool.operands) await drawing.add(root);
    await drawing.end();
    return tool.status;
  },
);

class Drawing {
  readonly #tool: Tree;
  readonly #deepest: number;
  readonly #accounts: Accounts;
  readonly #wanted: readonly ((name: string) => boolean)[];
  readonly #ignored: readonly ((name: string) => boolean)[];
  #directories = 0;
  #others = 0;
  #count = 0;
  #text = "";

  constructor(tool: Tree, deepest: number) {
    this.#tool = tool;
    this.#deepest = deepest;
    this.#accounts = new Accounts(tool.process);
    const ignoreCase = tool.has("ignoreCase");
    const globs = (texts: readonly string[]) =>
      texts.flatMap((text) => text.split("|")).map((text) => compileGlob(text, { ignoreCase }));
    this.#wanted = globs(tool.options.values("pattern"));
    this.#ignored = globs(tool.options.values("ignore"));
    if (tool.has("json")) this.#text = "[";
  }

  async add(root: string): Promise<void> {
    const tool = this.#tool;
    const { files } = tool.process;
    let stat: FileStat | undefined;
    try {
      stat = files.stat(root);
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
    if (stat === undefined) tool.status = 2;
    else if (stat.type !== "directory") this.#others++;
    const read = stat?.type === "directory" ? await this.#read(root, 1, false) : undefined;
    if (stat?.type === "directory" && read === undefined) this.#others++;
    const entries = Array.isArray(read) ? read : [];
    if (entries.length > 0 || typeof read === "string") this.#directories++;
    const note = read === undefined ? "error opening dir" : typeof read === "string" ? read : undefined;
    if (tool.has("json")) {
      const opened = `${this.#text === "[" ? "" : ","}\n  {"type":"directory","name":${JSON.stringify(root)}`;
      this.#text += `${opened}${stat === undefined ? "" : this.#jsonFacts(stat)},"contents":[`;
      await this.#showJson(entries, 2);
      this.#text += "\n  ]}";
      return;
    }
    const shown = this.#name(root) + (tool.has("classify") && stat?.type === "directory" ? "/" : "");
    this.#text += `${stat === undefined ? "" : this.#facts(stat)}${shown}${note === undefined ? "" : `  [${note}]`}\n`;
    await this.#show(entries, "");
  }

  async end(): Promise<void> {
    const tool = this.#tool;
    const of = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
    if (tool.has("json")) {
      const files = tool.has("directories") ? "" : `,"files":${this.#others}`;
      this.#text += tool.has("noReport")
        ? "\n]\n"
        : `\n,\n  {"type":"report","directories":${this.#directories}${files}}\n]\n`;
    } else if (!tool.has("noReport")) {
      const files = tool.has("directories") ? "" : `, ${of(this.#others, "file", "files")}`;
      this.#text += `\n${of(this.#directories, "directory", "directories")}${files}\n`;
    }
    const path = tool.value("output");
    if (path === undefined) await tool.out.write(this.#text);
    else
      await tool.attempt(`invalid filename '${path}'`, () => {
        tool.process.files.writeFile(path, this.#text);
      });
  }

  // --------------------------------------------------------------------------------------------------------- reading

  /** Undefined where it cannot be opened; a text says why it is not shown. `all`: a name above fits `-P`. */
  async #read(path: string, depth: number, all: boolean): Promise<Entry[] | string | undefined> {
    const tool = this.#tool;
    const { files } = tool.process;
    let names: readonly string[];
    try {
      names = files.list(path).map(({ name }) => name);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return undefined;
    }
    await tool.spend(4 + names.length);
    this.#count += names.length;
    tool.process.holdMemory(this.#count * 400);
    if (this.#count > MOST_ENTRIES) return tool.die("too many files");
    const entries: Entry[] = [];
    for (const name of names) {
      if (name.startsWith(".") && !tool.has("all")) continue;
      if (this.#ignored.some((fits) => fits(name))) continue;
      const place = join(path, name);
      const stat = statOf(files, place);
      if (stat === undefined) continue;
      const isDirectory = stat.type === "directory";
      const leads = isDirectory || (stat.type === "symlink" && leadsToDirectory(files, place));
      if (tool.has("directories") && !leads) continue;
      const fits = this.#wanted.length === 0 || all || this.#wanted.some((each) => each(name));
      if (!fits && !isDirectory) continue;
      let contents: Entry[] | undefined;
      let note: string | undefined;
      if (isDirectory && depth < this.#deepest) {
        const below = all || (tool.has("matchDirs") && this.#wanted.length > 0 && fits);
        const read = await this.#read(place, depth + 1, below);
        if (Array.isArray(read)) contents = read;
        else note = read ?? "error opening dir";
      }
      if (isDirectory && tool.has("prune") && note === undefined && (contents?.length ?? 0) === 0) continue;
      entries.push({ name, path: place, stat, leads, contents, note });
    }
    const limit = tool.value("limit");
    if (limit !== undefined && entries.length > Number(limit))
      return `${entries.length} entries exceeds filelimit, not opening dir`;
    return this.#sorted(entries);
  }

  #sorted(entries: Entry[]): Entry[] {
    const tool = this.#tool;
    const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
    const sign = tool.has("reverse") ? -1 : 1;
    const directory = (entry: Entry) => Number(entry.leads);
    const first = tool.has("dirsFirst") ? 1 : tool.has("filesFirst") ? -1 : 0;
    if (!tool.has("unsorted"))
      entries.sort((a, b) => {
        const name = tool.has("version") ? compareVersions(a.name, b.name) : order(a.name, b.name);
        return sign * (tool.has("time") ? a.stat.modified - b.stat.modified || name : name);
      });
    return first === 0 ? entries : entries.sort((a, b) => first * (directory(b) - directory(a)));
  }

  // --------------------------------------------------------------------------------------------------------- showing

  async #show(entries: readonly Entry[], prefix: string): Promise<void> {
    const tool = this.#tool;
    const ascii = tool.value("charset") !== undefined && !/^utf-?8$/i.test(tool.value("charset") ?? "");
    const [branch, corner, line] = ascii ? ["|-- ", "`-- ", "|   "] : ["├── ", "└── ", "│\u00a0\u00a0 "];
    for (const [index, entry] of entries.entries()) {
      const last = index === entries.length - 1;
      const drawn = tool.has("indent") ? "" : prefix + (last ? corner : branch);
      const note = entry.note === undefined ? "" : `  [${entry.note}]`;
      this.#text += `${drawn}${this.#facts(entry.stat)}${this.#label(entry)}${note}\n`;
      if (this.#text.length > 16_384 && tool.value("output") === undefined) {
        await tool.out.write(this.#text);
        this.#text = "";
      }
      await tool.spend(2);
      this.#countOne(entry);
      if (entry.contents !== undefined) await this.#show(entry.contents, prefix + (last ? "    " : line));
    }
  }

  #countOne({ leads }: Entry): void {
    if (leads) this.#directories++;
    else this.#others++;
  }

  #label({ name, path, stat, leads }: Entry): string {
    const tool = this.#tool;
    // The mark of a link is that of what it leads to.
    const mark = !tool.has("classify") ? "" : leads ? "/" : markOf(stat);
    const target = stat.type === "symlink" ? ` -> ${this.#name(tool.process.files.readLink(path))}` : "";
    return `${this.#name(tool.has("full") ? path : name)}${target}${mark}`;
  }

  #name(name: string): string {
    const tool = this.#tool;
    let shown = name;
    if (!tool.has("literal"))
      shown = shown.replace(/[\x00-\x1f\x7f]/g, (character) =>
        tool.has("mark") ? "?" : `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`,
      );
    return tool.has("quote") ? `"${shown.replace(/["\\]/g, "\\$&")}"` : shown;
  }

  #facts(stat: FileStat): string {
    const tool = this.#tool;
    const facts: string[] = [];
    if (tool.has("inodes")) facts.push(String(stat.inode).padStart(7));
    if (tool.has("modes")) facts.push(modeText(stat));
    if (tool.has("user")) facts.push((this.#accounts.user(stat.uid) ?? String(stat.uid)).padEnd(8));
    if (tool.has("group")) facts.push((this.#accounts.group(stat.gid) ?? String(stat.gid)).padEnd(8));
    if (tool.has("human") || tool.has("si")) facts.push(humanSize(stat.size, tool.has("si") ? 1000 : 1024));
    else if (tool.has("sizes")) facts.push(String(stat.size).padStart(11));
    if (tool.has("date")) facts.push(this.#date(stat.modified));
    return facts.length === 0 ? "" : `[${facts.join(" ")}]  `;
  }

  /** With the time of day where it is of the last half year. */
  #date(modified: number): string {
    const age = this.#tool.process.clock.now() - modified;
    const recent = age >= 0 && age < (365 / 2) * 24 * 3600 * 1000;
    return formatDate(modified, recent ? "%b %e %H:%M" : "%b %e  %Y");
  }

  async #showJson(entries: readonly Entry[], depth: number): Promise<void> {
    for (const [index, entry] of entries.entries()) {
      const { name, path, stat, contents } = entry;
      await this.#tool.spend(2);
      this.#countOne(entry);
      const pad = "  ".repeat(depth);
      const type = stat.type === "symlink" ? "link" : stat.type;
      const target =
        stat.type === "symlink" ? `,"target":${JSON.stringify(this.#tool.process.files.readLink(path))}` : "";
      const shown = JSON.stringify(this.#tool.has("full") ? path : name);
      this.#text += `${index === 0 ? "" : ","}\n${pad}{"type":"${type}","name":${shown}${target}${this.#jsonFacts(stat)}`;
      if (contents !== undefined && contents.length > 0) {
        this.#text += ',"contents":[';
        await this.#showJson(contents, depth + 1);
        this.#text += `\n${pad}]`;
      }
      this.#text += "}";
    }
  }

  #jsonFacts(stat: FileStat): string {
    const tool = this.#tool;
    let text = "";
    if (tool.has("modes"))
      text += `,"mode":"${(stat.mode & 0o7777).toString(8).padStart(4, "0")}","prot":"${modeText(stat)}"`;
    if (tool.has("user")) text += `,"user":"${this.#accounts.user(stat.uid) ?? stat.uid}"`;
    if (tool.has("group")) text += `,"group":"${this.#accounts.group(stat.gid) ?? stat.gid}"`;
    if (tool.has("sizes")) text += `,"size":${stat.size}`;
    return text;
  }
}

function statOf(files: Tree["process"]["files"], path: string): FileStat | undefined {
  try {
    return files.lstat(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return undefined;
  }
}

function leadsToDirectory(files: Tree["process"]["files"], path: string): boolean {
  try {
    return files.stat(path).type === "directory";
  } catch (error) {
    if (!isErrno(error)) throw error;
    return false;
  }
}

function markOf(stat: FileStat): string {
  if (stat.type === "directory") return "/";
  if (stat.type === "fifo") return "|";
  return stat.type === "file" && (stat.mode & 0o111) !== 0 ? "*" : "";
}

/** Four characters: "  17", "4.0K", " 12M". */
function humanSize(size: number, base: number): string {
  if (size < base) return String(size).padStart(4);
  let value = size;
  let unit = -1;
  while (value >= base && unit < 6) {
    value /= base;
    unit++;
  }
  const shown = value < 10 ? value.toFixed(1) : value.toFixed(0).padStart(3);
  return `${shown}${(base === 1000 ? "kMGTPE" : "KMGTPE")[unit]}`;
}
