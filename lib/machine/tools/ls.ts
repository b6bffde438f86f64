import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import { displayWidth } from "../tty/width.ts";
import type { FileStat } from "../types.ts";
import { compareVersions } from "./sort.ts";
import { Accounts } from "./support/accounts.ts";
import { modeText } from "./support/modes.ts";
import { byName, join } from "./support/paths.ts";
import { humanSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: FileStat;
}

const HALF_YEAR_MS = 15_778_476_000;
const BLOCK = 4096;

export const ls = tool(
  {
    name: "ls",
    usage: "[OPTION]... [FILE]...",
    summary: "List information about the FILEs (the current directory by default).",
    usageStatus: 2,
    options: {
      all: { short: "a", long: "all" },
      almost: { short: "A", long: "almost-all" },
      columns: { short: "C" },
      color: { long: "color", value: "optional" },
      directory: { short: "d", long: "directory" },
      classify: { short: "F", long: "classify", value: "optional" },
      noOwner: { short: "g" },
      human: { short: "h", long: "human-readable" },
      inode: { short: "i", long: "inode" },
      long: { short: "l" },
      full: { long: "full-time" },
      commas: { short: "m" },
      numeric: { short: "n", long: "numeric-uid-gid" },
      noGroup: { short: "o" },
      slash: { short: "p" },
      literal: { short: "N", long: "literal" },
      quote: { short: "Q", long: "quote-name" },
      reverse: { short: "r", long: "reverse" },
      recursive: { short: "R", long: "recursive" },
      size: { short: "s", long: "size" },
      bySize: { short: "S" },
      byTime: { short: "t" },
      changed: { short: "c" },
      accessed: { short: "u" },
      unsorted: { short: "U" },
      versions: { short: "v" },
      byExtension: { short: "X" },
      one: { short: "1" },
      follow: { short: "L", long: "dereference" },
      kibibytes: { short: "k", long: "kibibytes" },
      dirsFirst: { long: "group-directories-first" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const { files } = process;
    const accounts = new Accounts(process);
    const terminal = process.isTerminal(1);
    const colorWhen = tool.has("color") ? (tool.value("color") ?? "always") : "never";
    const color = colorWhen === "always" || colorWhen === "yes" || (colorWhen === "auto" && terminal);
    const long =
      tool.has("long") || tool.has("noOwner") || tool.has("noGroup") || tool.has("numeric") || tool.has("full");
    const format = tool.options.last("one", "columns", "commas", "long");
    const multi = !long && (format === "columns" || (format === undefined && terminal));
    const commas = !long && format === "commas";
    let failed = 0;

    const look = (path: string, follow: boolean) => (follow ? files.stat(path) : files.lstat(path));
    const sorted = (entries: Entry[]): Entry[] => {
      const how = tool.options.last("bySize", "byTime", "unsorted", "versions", "byExtension");
      if (how !== "unsorted") entries.sort(byName);
      if (how === "bySize") entries.sort((a, b) => b.stat.size - a.stat.size);
      else if (how === "byTime") entries.sort((a, b) => timeOf(b.stat) - timeOf(a.stat));
      else if (how === "versions") entries.sort((a, b) => compareVersions(a.name, b.name));
      else if (how === "byExtension") entries.sort((a, b) => extension(a.name).localeCompare(extension(b.name)));
      if (tool.has("reverse")) entries.reverse();
      if (tool.has("dirsFirst"))
        entries.sort((a, b) => Number(b.stat.type === "directory") - Number(a.stat.type === "directory"));
      return entries;
    };
    const timeOf = (stat: FileStat) =>
      tool.has("changed") ? stat.changed : tool.has("accessed") ? stat.accessed : stat.modified;

    const plain: Entry[] = [];
    const directories: Entry[] = [];
    for (const path of tool.operands.length === 0 ? ["."] : tool.operands) {
      try {
        const linked = files.lstat(path);
        const followsCommandLine = !long && !tool.has("directory") && !tool.has("classify");
        let stat = linked;
        if (linked.type === "symlink" && (tool.has("follow") || followsCommandLine || path.endsWith("/"))) {
          try {
            stat = files.stat(path);
          } catch (error) {
            if (!isErrno(error) || tool.has("follow")) throw error;
          }
        }
        const entry = { name: path, path, stat: stat.type === "directory" ? stat : linked };
        if (stat.type === "directory" && !tool.has("directory")) directories.push(entry);
        else plain.push(entry);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`cannot access '${path}': ${error.message}`, 2);
      }
    }
    if (plain.length > 0) await show(sorted(plain));
    const titles = tool.operands.length > 1 || tool.has("recursive");
    let first = plain.length === 0;
    for (const directory of sorted(directories)) {
      await listDirectory(directory.path, titles);
    }
    return Math.max(tool.status, failed);

    async function listDirectory(path: string, title: boolean): Promise<void> {
      const entries: Entry[] = [];
      try {
        for (const { name } of files.list(path)) {
          if (name.startsWith(".") && !tool.has("all") && !tool.has("almost")) continue;
          const at = join(path, name);
          try {
            entries.push({ name, path: at, stat: look(at, tool.has("follow")) });
          } catch (error) {
            if (!isErrno(error)) throw error;
            entries.push({ name, path: at, stat: files.lstat(at) });
          }
          const spent = tool.spend(2);
          if (spent !== undefined) await spent;
        }
        if (tool.has("all")) {
          entries.push({ name: ".", path, stat: files.stat(path) });
          const above = join(path, "..");
          entries.push({ name: "..", path: above, stat: files.stat(above) });
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        const top = tool.operands.includes(path) || tool.operands.length === 0;
        await tool.complain(`cannot open directory '${path}': ${error.message}`, 1);
        if (top) failed = 2;
        return;
      }
      if (title) await tool.out.write(`${first ? "" : "\n"}${path}:\n`);
      else if (!first) await tool.out.write("\n");
      first = false;
      const ordered = sorted(entries);
      if (long || tool.has("size")) {
        const blocks = ordered.reduce((sum, { stat }) => sum + blocksOf(stat), 0);
        await tool.out.write(`total ${tool.has("human") ? humanSize(blocks * 1024) : blocks}\n`);
      }
      await show(ordered);
      if (!tool.has("recursive")) return;
      for (const entry of ordered) {
        if (entry.stat.type === "directory" && entry.name !== "." && entry.name !== "..") {
          await listDirectory(entry.path, true);
        }
      }
    }

    async function show(entries: readonly Entry[]): Promise<void> {
      const sizeText = (stat: FileStat) => (tool.has("human") ? humanSize(stat.size) : String(stat.size));
      const prefixOf = (entry: Entry) =>
        (tool.has("inode") ? `${String(entry.stat.inode).padStart(inodeWidth)} ` : "") +
        (tool.has("size")
          ? `${(tool.has("human") ? humanSize(blocksOf(entry.stat) * 1024) : String(blocksOf(entry.stat))).padStart(blockWidth)} `
          : "");
      const width = (text: (entry: Entry) => string) => Math.max(0, ...entries.map((entry) => text(entry).length));
      const inodeWidth = width(({ stat }) => String(stat.inode));
      const blockWidth = width(({ stat }) =>
        tool.has("human") ? humanSize(blocksOf(stat) * 1024) : String(blocksOf(stat)),
      );
      if (long) {
        const user = ({ stat }: Entry) =>
          tool.has("numeric") ? String(stat.uid) : (accounts.user(stat.uid) ?? String(stat.uid));
        const group = ({ stat }: Entry) =>
          tool.has("numeric") ? String(stat.gid) : (accounts.group(stat.gid) ?? String(stat.gid));
        const size = ({ stat }: Entry) =>
          stat.type === "device" ? "1, 3" : stat.type === "block" ? "252, 16" : sizeText(stat);
        const links = width(({ stat }) => String(stat.links));
        const users = width(user);
        const groups = width(group);
        const sizes = width(size);
        for (const entry of entries) {
          const { stat } = entry;
          const owner = tool.has("noOwner") ? "" : `${user(entry).padEnd(users)} `;
          const of = tool.has("noGroup") ? "" : `${group(entry).padEnd(groups)} `;
          const target = stat.type === "symlink" ? ` -> ${files.readLink(entry.path)}` : "";
          await tool.out.write(
            `${prefixOf(entry)}${modeText(stat)} ${String(stat.links).padStart(links)} ${owner}${of}${size(entry).padStart(sizes)} ${timeText(timeOf(stat))} ${shownName(entry)}${target}\n`,
          );
        }
        return;
      }
      const cells = entries.map((entry) => ({
        text: prefixOf(entry) + shownName(entry),
        width: displayWidth(prefixOf(entry) + plainName(entry)),
      }));
      if (commas) {
        if (cells.length > 0) await tool.out.write(`${cells.map(({ text }) => text).join(", ")}\n`);
      } else if (multi) await tool.out.write(inColumns(cells, process.tty?.size.columns ?? 80));
      else for (const { text } of cells) await tool.out.write(`${text}\n`);
    }

    function timeText(time: number): string {
      if (tool.has("full")) return formatDate(time, "%Y-%m-%d %H:%M:%S.%N %z", "gnu");
      const age = process.clock.now() - time;
      return formatDate(time, age > HALF_YEAR_MS || age < -60_000 ? "%b %e  %Y" : "%b %e %H:%M");
    }

    function suffix({ stat }: Entry): string {
      const classify = tool.has("classify") && (tool.value("classify") ?? "always") !== "never";
      if (stat.type === "directory") return classify || tool.has("slash") ? "/" : "";
      if (!classify) return "";
      return stat.type === "symlink" ? (long ? "" : "@") : stat.type === "fifo" ? "|" : stat.mode & 0o111 ? "*" : "";
    }

    function plainName(entry: Entry): string {
      const { name } = entry;
      if (tool.has("quote")) return `"${name.replaceAll('"', '\\"')}"${suffix(entry)}`;
      const needs = terminal && !tool.has("literal") && /[\s'"$&*()<>|;\\`?[\]{}!#~]/.test(name);
      return `${needs ? (name.includes("'") ? `"${name}"` : `'${name}'`) : name}${suffix(entry)}`;
    }

    function shownName(entry: Entry): string {
      const name = plainName(entry);
      if (!color) return name;
      const code = colorOf(entry);
      const end = suffix(entry);
      return code === undefined ? name : `\x1b[${code}m${name.slice(0, name.length - end.length)}\x1b[0m${end}`;
    }

    function colorOf({ stat, path }: Entry): string | undefined {
      if (stat.type === "directory") return (stat.mode & 0o1002) === 0o1002 ? "30;42" : "01;34";
      if (stat.type === "symlink") return files.exists(path) ? "01;36" : "40;31;01";
      if (stat.type === "fifo") return "40;33";
      if (stat.type === "device" || stat.type === "block") return "40;33;01";
      if (stat.mode & 0o111) return "01;32";
      return /\.(tar|tgz|gz|zip|bz2|xz|zst)$/.test(path) ? "01;31" : undefined;
    }
  },
);

/** In KiB, as the disk is filled in blocks of 4 KiB. */
export function blocksOf(stat: FileStat): number {
  return stat.type === "file" || stat.type === "directory" ? Math.ceil(stat.size / BLOCK) * 4 : 0;
}

function extension(name: string): string {
  const at = name.lastIndexOf(".");
  return at <= 0 ? "" : name.slice(at);
}

/** Down the columns, as many as fit. */
function inColumns(cells: readonly { readonly text: string; readonly width: number }[], columns: number): string {
  if (cells.length === 0) return "";
  for (let rows = 1; ; rows++) {
    const widths: number[] = [];
    for (let at = 0; at < cells.length; at += rows) {
      widths.push(Math.max(...cells.slice(at, at + rows).map(({ width }) => width)));
    }
    const total = widths.reduce((sum, width) => sum + width + 2, -2);
    if (total > columns && rows < cells.length) continue;
    let out = "";
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < widths.length; column++) {
        const cell = cells[column * rows + row];
        if (cell === undefined) break;
        const last = cells[(column + 1) * rows + row] === undefined;
        out += last ? cell.text : cell.text + " ".repeat((widths[column] as number) + 2 - cell.width);
      }
      out += "\n";
    }
    return out;
  }
}
