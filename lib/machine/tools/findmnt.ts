/** findmnt (util-linux 2.38): what is mounted, as a tree. */
import { isErrno } from "../errno.ts";
import { displayWidth } from "../tty/width.ts";
import type { Mount } from "../types.ts";
import { coveringMount, sizesOf } from "./support/mount-sizes.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  list: { short: "l", long: "list", help: "use list format output" },
  tree: { long: "tree", help: "enable tree format output if possible" },
  ascii: { short: "a", long: "ascii", help: "use ASCII chars for tree formatting" },
  noHeadings: { short: "n", long: "noheadings", help: "don't print column headings" },
  output: { short: "o", long: "output", value: true, help: "the output columns to be shown" },
  json: { short: "J", long: "json", help: "use JSON output format" },
  pairs: { short: "P", long: "pairs", help: 'use key="value" output format' },
  raw: { short: "r", long: "raw", help: "use raw output format" },
  df: { short: "D", long: "df", help: "imitate the output of df(1)" },
  bytes: { short: "b", long: "bytes", help: "print sizes in bytes" },
  types: { short: "t", long: "types", value: true, help: "limit the set of filesystems by FS types" },
  source: { short: "S", long: "source", value: true, help: "the device to mount" },
  target: { short: "T", long: "target", value: true, help: "the path to the filesystem to use" },
  mountpoint: { short: "M", long: "mountpoint", value: true, help: "the mountpoint directory" },
  first: { short: "f", long: "first-only", help: "print the first found filesystem only" },
  submounts: { short: "R", long: "submounts", help: "print all submounts for the matching filesystems" },
  kernel: { short: "k", long: "kernel", help: "search in kernel table of mounted filesystems (default)" },
  whole: { short: "u", long: "notruncate", help: "don't truncate text in columns" },
  canonical: { short: "c", long: "canonicalize", help: "canonicalize printed paths" },
} as const;
type Findmnt = Tool<typeof OPTIONS>;

interface Row {
  readonly mount: Mount;
  readonly children: Row[];
}

const optionsOf = ({ readOnly }: Mount) => `${readOnly ? "ro" : "rw"},relatime`;

/** Columns by name; numbers stand on the right. */
const COLUMNS: Readonly<
  Record<string, { readonly right?: true; readonly show: (mount: Mount, bytes: boolean) => string }>
> = {
  TARGET: { show: ({ path }) => path },
  SOURCE: { show: ({ fileSystem }) => fileSystem.source },
  FSTYPE: { show: ({ fileSystem }) => fileSystem.fileSystemType },
  OPTIONS: { show: optionsOf },
  "VFS-OPTIONS": { show: optionsOf },
  "FS-OPTIONS": { show: ({ readOnly }) => (readOnly ? "ro" : "rw") },
  SOURCES: { show: ({ fileSystem }) => fileSystem.source },
  SIZE: { right: true, show: (mount, bytes) => sized(sizesOf(mount, false).total, bytes) },
  USED: { right: true, show: (mount, bytes) => sized(sizesOf(mount, false).used, bytes) },
  AVAIL: {
    right: true,
    show: (mount, bytes) => sized(sizesOf(mount, false).total - sizesOf(mount, false).used, bytes),
  },
  "USE%": {
    right: true,
    show: (mount) => {
      const { total, used } = sizesOf(mount, false);
      return total === 0 ? "-" : `${Math.ceil((100 * used) / total)}%`;
    },
  },
  FSROOT: { show: () => "/" },
};

function sized(bytes: number, plain: boolean): string {
  if (plain) return String(bytes);
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < 6) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1).replace(/\.0$/, "")}${"BKMGTPE"[unit]}`.replace(/^0B$/, "0");
}

export const findmnt = tool(
  {
    name: "findmnt",
    usage: "[options] [device | mountpoint]",
    summary: "Find a (mounted) filesystem.",
    options: OPTIONS,
  },
  async (tool) => {
    const text = tool.value("output");
    const standard = tool.has("df")
      ? ["SOURCE", "FSTYPE", "SIZE", "USED", "AVAIL", "USE%", "TARGET"]
      : ["TARGET", "SOURCE", "FSTYPE", "OPTIONS"];
    const asked = (text ?? "").replace(/^\+/, "").split(",");
    const names = (text === undefined ? standard : text.startsWith("+") ? [...standard, ...asked] : asked).map((name) =>
      name.toUpperCase(),
    );
    const unknown = names.find((name) => COLUMNS[name] === undefined);
    if (unknown !== undefined) return tool.die(`unknown column: ${unknown}`);
    const all = [...tool.process.machine.mounts];
    const found = select(tool, all);
    await tool.spend(all.length);
    if (found.length === 0) return 1;
    // What is searched for stands alone, but for `-R`.
    const searched = found.length < all.length;
    const roots = nest(tool.has("submounts") ? withSubmounts(found, all) : found);
    const flat = tool.has("list") || tool.has("raw") || tool.has("pairs") || tool.has("df");
    const tree = (!flat || tool.has("tree")) && (!searched || tool.has("submounts"));
    if (tool.has("json")) await showJson(tool, tree ? roots : found.map(alone), names);
    else await showText(tool, tree ? roots : found.map(alone), names, tree);
    return 0;
  },
);

const alone = (mount: Mount): Row => ({ mount, children: [] });

/** By device, place or type, as the options and operands say. */
function select(tool: Findmnt, mounts: readonly Mount[]): Mount[] {
  const { files } = tool.process;
  const real = (path: string) => {
    try {
      return files.realPath(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return undefined;
    }
  };
  const [first, second] = tool.operands;
  const source = tool.value("source") ?? (second === undefined ? undefined : first);
  const place = tool.value("mountpoint") ?? second;
  const types = tool.value("types");
  const negated = types?.startsWith("no") ?? false;
  const listed = new Set(types?.replace(/^no/, "").split(","));
  const target = tool.value("target");
  const covering = target === undefined ? undefined : real(target);
  if (target !== undefined && covering === undefined) return [];
  const over = covering === undefined ? undefined : coveringMount(mounts, covering);
  const found = mounts.filter((mount) => {
    if (types !== undefined && listed.has(mount.fileSystem.fileSystemType) === negated) return false;
    if (source !== undefined && mount.fileSystem.source !== source) return false;
    if (place !== undefined && mount.path !== (real(place) ?? place)) return false;
    if (over !== undefined && mount !== over) return false;
    if (first === undefined || second !== undefined) return true;
    return mount.fileSystem.source === first || mount.path === (real(first) ?? first);
  });
  return tool.has("first") ? found.slice(0, 1) : found;
}

const lies = (path: string, below: string) => below === "/" || path === below || path.startsWith(`${below}/`);

function withSubmounts(found: readonly Mount[], all: readonly Mount[]): Mount[] {
  return all.filter((mount) => found.some((each) => lies(mount.path, each.path)));
}

/** Each below the one it is mounted in. */
function nest(mounts: readonly Mount[]): Row[] {
  const rows = mounts.map(alone);
  const roots: Row[] = [];
  for (const row of rows) {
    const parents = rows.filter(
      (each) => each !== row && each.mount.path !== row.mount.path && lies(row.mount.path, each.mount.path),
    );
    const parent = parents.reduce<Row | undefined>(
      (best, each) => (best === undefined || each.mount.path.length >= best.mount.path.length ? each : best),
      undefined,
    );
    (parent?.children ?? roots).push(row);
  }
  return roots;
}

async function showText(tool: Findmnt, roots: readonly Row[], names: readonly string[], tree: boolean): Promise<void> {
  const lines: string[][] = [];
  const [branch, corner, line] = tool.has("ascii") ? ["|-", "`-", "| "] : ["├─", "└─", "│ "];
  const add = ({ mount, children }: Row, before: string, prefix: string) => {
    lines.push(
      names.map((name) => {
        const shown = COLUMNS[name]?.show(mount, tool.has("bytes")) ?? "";
        return tree && name === "TARGET" ? before + shown : shown;
      }),
    );
    for (const [index, child] of children.entries()) {
      const last = index === children.length - 1;
      add(child, prefix + (last ? corner : branch), prefix + (last ? "  " : line));
    }
  };
  for (const root of roots) add(root, "", "");
  if (tool.has("pairs")) {
    for (const cells of lines)
      await tool.out.write(`${cells.map((cell, at) => `${names[at]?.replace("%", "PCT")}="${cell}"`).join(" ")}\n`);
    return;
  }
  if (!tool.has("noHeadings")) lines.unshift([...names]);
  const widths = names.map((_, at) =>
    tool.has("raw") ? 0 : Math.max(...lines.map((cells) => displayWidth(cells[at] ?? ""))),
  );
  for (const cells of lines) {
    await tool.spend(1);
    const shown = cells.map((cell, at) => {
      const blanks = " ".repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell)));
      if (COLUMNS[names[at] ?? ""]?.right) return blanks + cell;
      return at === names.length - 1 ? cell : cell + blanks;
    });
    await tool.out.write(`${shown.join(" ")}\n`);
  }
}

async function showJson(tool: Findmnt, roots: readonly Row[], names: readonly string[]): Promise<void> {
  const list = (rows: readonly Row[], depth: number): string => {
    const pad = " ".repeat(depth);
    const items = rows.map(({ mount, children }) => {
      const members = names.map(
        (name) =>
          `${pad}   ${JSON.stringify(name.toLowerCase())}: ${JSON.stringify(COLUMNS[name]?.show(mount, tool.has("bytes")))}`,
      );
      if (children.length > 0) members.push(`${pad}   "children": [\n${list(children, depth + 6)}\n${pad}   ]`);
      return `{\n${members.join(",\n")}\n${pad}}`;
    });
    return pad + items.join(",");
  };
  await tool.out.write(`{\n   "filesystems": [\n${list(roots, 6)}\n   ]\n}\n`);
}
