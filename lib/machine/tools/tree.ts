/** tree: a directory as a drawing. */
import { isErrno } from "../errno.ts";
import type { FileStat } from "../types.ts";
import { join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const tree = tool(
  {
    name: "tree",
    usage: "[-adfpsF] [-L level] [--noreport] [--dirsfirst] [directory ...]",
    summary: "List contents of directories in a tree-like format.",
    options: {
      all: { short: "a" },
      directories: { short: "d" },
      full: { short: "f" },
      modes: { short: "p" },
      sizes: { short: "s" },
      classify: { short: "F" },
      level: { short: "L", value: true },
      noReport: { long: "noreport" },
      dirsFirst: { long: "dirsfirst" },
    },
  },
  async (tool) => {
    const { files } = tool.process;
    const level = tool.value("level");
    if (level !== undefined && !(Number(level) > 0)) {
      await tool.process.stderr.write("tree: Invalid level, must be greater than 0.\n");
      return 1;
    }
    const deepest = level === undefined ? Number.POSITIVE_INFINITY : Number(level);
    let directories = 0;
    let others = 0;

    const label = (name: string, path: string, stat: FileStat): string => {
      const facts = [tool.has("modes") ? modeText(stat) : "", tool.has("sizes") ? String(stat.size).padStart(11) : ""];
      const shown = facts.filter((fact) => fact !== "").join(" ");
      const mark =
        !tool.has("classify") || stat.type === "symlink"
          ? ""
          : stat.type === "directory"
            ? "/"
            : stat.type === "file" && (stat.mode & 0o111) !== 0
              ? "*"
              : "";
      const target = stat.type === "symlink" ? ` -> ${files.readLink(path)}` : "";
      return `${shown === "" ? "" : `[${shown}]  `}${tool.has("full") ? path : name}${mark}${target}`;
    };

    const walk = async (path: string, prefix: string, depth: number): Promise<void> => {
      if (depth > deepest) return;
      let entries: { readonly name: string; readonly path: string; readonly stat: FileStat }[];
      try {
        entries = files
          .list(path)
          .filter(({ name }) => tool.has("all") || !name.startsWith("."))
          .map(({ name }) => ({ name, path: join(path, name), stat: files.lstat(join(path, name)) }))
          .filter(({ stat }) => !tool.has("directories") || stat.type === "directory");
      } catch (error) {
        if (!isErrno(error)) throw error;
        return;
      }
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      if (tool.has("dirsFirst"))
        entries.sort((a, b) => Number(b.stat.type === "directory") - Number(a.stat.type === "directory"));
      for (const [index, entry] of entries.entries()) {
        const last = index === entries.length - 1;
        const full = tool.out.write(`${prefix}${last ? "└── " : "├── "}${label(entry.name, entry.path, entry.stat)}\n`);
        if (full !== undefined) await full;
        const spent = tool.spend(4);
        if (spent !== undefined) await spent;
        if (entry.stat.type === "directory") {
          directories++;
          await walk(entry.path, `${prefix}${last ? "    " : "│   "}`, depth + 1);
        } else others++;
      }
    };

    for (const root of tool.operands.length === 0 ? ["."] : tool.operands) {
      let isDirectory = false;
      try {
        isDirectory = files.stat(root).type === "directory";
      } catch (error) {
        if (!isErrno(error)) throw error;
      }
      if (!isDirectory) {
        await tool.out.write(`${root}  [error opening dir]\n`);
        tool.status = 2;
        continue;
      }
      directories++;
      await tool.out.write(`${root}\n`);
      await walk(root, "", 1);
    }
    if (!tool.has("noReport")) {
      const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;
      const rest = tool.has("directories") ? "" : `, ${count(others, "file", "files")}`;
      await tool.out.write(`\n${count(directories, "directory", "directories")}${rest}\n`);
    }
    return tool.status;
  },
);

const TYPES: Readonly<Record<FileStat["type"], string>> = {
  directory: "d",
  symlink: "l",
  fifo: "p",
  device: "c",
  block: "b",
  file: "-",
};

function modeText(stat: FileStat): string {
  const letters = Array.from("rwxrwxrwx", (letter, bit) => ((stat.mode & (0o400 >> bit)) !== 0 ? letter : "-"));
  return (TYPES[stat.type] ?? "-") + letters.join("");
}
