import type { Mount } from "../types.ts";
import { type BlockSize, parseBlockSize, sizeText } from "./support/block-size.ts";
import { coveringMount, type Sizes, sizesOf } from "./support/mount-sizes.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  all: { short: "a", long: "all" },
  human: { short: "h", long: "human-readable" },
  si: { short: "H", long: "si" },
  inodes: { short: "i", long: "inodes" },
  kibibytes: { short: "k" },
  mebibytes: { short: "m" },
  portable: { short: "P", long: "portability" },
  types: { short: "T", long: "print-type" },
  type: { short: "t", long: "type", value: true },
  exclude: { short: "x", long: "exclude-type", value: true },
  block: { short: "B", long: "block-size", value: true },
  total: { long: "total" },
  local: { short: "l", long: "local" },
  output: { long: "output", value: "optional" },
  sync: { long: "sync" },
  noSync: { long: "no-sync" },
} as const;

export const df = tool(
  {
    name: "df",
    usage: "[OPTION]... [FILE]...",
    summary: "Show information about the file system on which each FILE resides, or all file systems by default.",
    options: OPTIONS,
  },
  async (tool) => {
    const { machine, files } = tool.process;
    const mounts = machine.mounts;
    let shown: Mount[] = [];
    const named: [mount: Mount, path: string][] = [];
    if (tool.operands.length === 0) {
      shown = tool.has("all")
        ? [...mounts]
        : oneOfEachDevice(mounts.filter((mount) => sizesOf(mount, false).total > 0));
    } else {
      for (const path of tool.operands)
        await tool.attempt(path, () => {
          const mount = coveringMount(mounts, files.realPath(path));
          shown.push(mount);
          named.push([mount, path]);
        });
      if (shown.length === 0) return 1;
    }
    const wanted = tool.options.values("type");
    const unwanted = tool.options.values("exclude");
    const filtered = shown.filter(({ fileSystem: { fileSystemType } }) =>
      wanted.length > 0 ? wanted.includes(fileSystemType) : !unwanted.includes(fileSystemType),
    );
    if (filtered.length === 0) return tool.die("no file systems processed");
    const block = tool.value("block");
    const parsed = block === undefined ? SIZES["kibibytes"] : parseBlockSize(block);
    if (typeof parsed !== "object")
      return tool.die(
        `invalid ${tool.process.argv.some((word) => word.startsWith("--block")) ? "--block-size" : "-B"} argument ${tool.word(block ?? "")}`,
      );
    const last = tool.options.given.findLast(({ name }) => name in SIZES || name === "block")?.name;
    const size: BlockSize = (last === "block" ? undefined : SIZES[last ?? ""]) ?? parsed;
    const fields = fieldsOf(tool);
    if (typeof fields === "string") return tool.usage(fields);
    const looks: Looks = { size, portable: tool.has("portable"), chosen: tool.has("output") };
    const rows = [fields.map((field) => COLUMNS[field].head(looks))];
    for (const mount of filtered) {
      const facts = {
        mount,
        bytes: sizesOf(mount, false),
        inodes: sizesOf(mount, true),
        file: named.find(([one]) => one === mount)?.[1] ?? "-",
      };
      rows.push(fields.map((field) => COLUMNS[field].cell(facts, looks)));
    }
    if (tool.has("total")) rows.push(totalRow(fields, filtered, looks));
    const widths = fields.map((field, column) =>
      Math.max(
        ...rows.map((row) => (row[column] as string).length),
        field === "source" ? 14 : COLUMNS[field].sized ? 5 : 0,
      ),
    );
    for (const row of rows) {
      const cells = row.map((cell, column) => {
        const width = widths[column] as number;
        if (COLUMNS[fields[column] as Field].left !== true) return cell.padStart(width);
        return column === row.length - 1 ? cell : cell.padEnd(width);
      });
      await tool.out.write(`${cells.join(" ")}\n`);
    }
    return tool.status;
  },
);

type Field =
  | "source"
  | "fstype"
  | "itotal"
  | "iused"
  | "iavail"
  | "ipcent"
  | "size"
  | "used"
  | "avail"
  | "pcent"
  | "file"
  | "target";

interface Looks {
  readonly size: BlockSize;
  readonly portable: boolean;
  /** The columns were chosen. */
  readonly chosen: boolean;
}

interface Facts {
  readonly mount: Mount | undefined;
  readonly bytes: Sizes;
  readonly inodes: Sizes;
  readonly file: string;
}

interface FieldColumn {
  readonly head: (looks: Looks) => string;
  readonly cell: (facts: Facts, looks: Looks) => string;
  readonly left?: true;
  /** It holds a size: five characters at least. */
  readonly sized?: true;
}

const percent = ({ used, free }: Sizes) => (used + free === 0 ? "-" : `${Math.ceil((100 * used) / (used + free))}%`);
const shownSize = (bytes: number, { size }: Looks) =>
  bytes === 0 && size.kind === "human" ? "0" : sizeText(bytes, size);

function sizeHead({ size, portable }: Looks): string {
  if (size.kind === "human") return "Size";
  if (portable) return `${size.bytes}-blocks`;
  const base = size.bytes % 1024 !== 0 && size.bytes % 1000 === 0 ? 1000 : 1024;
  let [value, power] = [size.bytes, 0];
  while (value >= base && value % base === 0) {
    value /= base;
    power++;
  }
  const letters = base === 1000 ? ["B", "kB", "MB", "GB", "TB"] : ["B", "K", "M", "G", "T"];
  return `${value}${letters[power]}-blocks`;
}

/** The columns by the names that --output has for them. */
const COLUMNS: Readonly<Record<Field, FieldColumn>> = {
  source: { head: () => "Filesystem", cell: ({ mount }) => mount?.fileSystem.source ?? "total", left: true },
  fstype: { head: () => "Type", cell: ({ mount }) => mount?.fileSystem.fileSystemType ?? "-", left: true },
  itotal: { head: () => "Inodes", cell: ({ inodes }) => String(inodes.total) },
  iused: { head: () => "IUsed", cell: ({ inodes }) => String(inodes.used) },
  iavail: { head: () => "IFree", cell: ({ inodes }) => String(inodes.free) },
  ipcent: { head: () => "IUse%", cell: ({ inodes }) => percent(inodes) },
  size: { head: sizeHead, cell: ({ bytes }, looks) => shownSize(bytes.total, looks), sized: true },
  used: { head: () => "Used", cell: ({ bytes }, looks) => shownSize(bytes.used, looks), sized: true },
  avail: {
    head: ({ size, chosen }) => (size.kind === "human" || chosen ? "Avail" : "Available"),
    cell: ({ bytes }, looks) => shownSize(bytes.free, looks),
    sized: true,
  },
  pcent: {
    head: ({ portable, size }) => (portable && size.kind === "units" ? "Capacity" : "Use%"),
    cell: ({ bytes }) => percent(bytes),
  },
  file: { head: () => "File", cell: ({ file }) => file, left: true },
  target: { head: () => "Mounted on", cell: ({ mount }) => mount?.path ?? "-", left: true },
};

const units = (bytes: number): BlockSize => ({ kind: "units", bytes, suffix: "" });
const SIZES: Readonly<Record<string, BlockSize>> = {
  human: { kind: "human", base: 1024 },
  si: { kind: "human", base: 1000 },
  kibibytes: units(1024),
  mebibytes: units(2 ** 20),
};

/** The columns asked for; a string: the complaint. */
function fieldsOf(tool: Pick<Tool<typeof OPTIONS>, "has" | "value" | "word">): readonly Field[] | string {
  if (!tool.has("output"))
    return [
      "source",
      ...(tool.has("types") ? (["fstype"] as const) : []),
      ...(tool.has("inodes")
        ? (["itotal", "iused", "iavail", "ipcent"] as const)
        : (["size", "used", "avail", "pcent"] as const)),
      "target",
    ];
  for (const other of ["inodes", "portable", "types"] as const)
    if (tool.has(other)) return `options -${OPTIONS[other].short} and --output are mutually exclusive`;
  const text = tool.value("output");
  const all = Object.keys(COLUMNS) as Field[];
  if (text === undefined) return all;
  const fields: Field[] = [];
  for (const name of text.split(",")) {
    const field = all.find((known) => known === name);
    if (field === undefined) return `option --output: field ${tool.word(name)} unknown`;
    if (fields.includes(field)) return `option --output: field ${tool.word(name)} used more than once`;
    fields.push(field);
  }
  return fields;
}

function totalRow(fields: readonly Field[], mounts: readonly Mount[], looks: Looks): string[] {
  const sum = (inodes: boolean) =>
    mounts.reduce<Sizes>(
      (all, mount) => {
        const { total, used, free } = sizesOf(mount, inodes);
        return { total: all.total + total, used: all.used + used, free: all.free + free };
      },
      { total: 0, used: 0, free: 0 },
    );
  const facts: Facts = { mount: undefined, bytes: sum(false), inodes: sum(true), file: "-" };
  return fields.map((field) => COLUMNS[field].cell(facts, looks));
}

/** Of mounts of one device there is the one with the shortest path. */
function oneOfEachDevice(mounts: readonly Mount[]): Mount[] {
  return mounts.filter(({ path, fileSystem: { source } }) => {
    const others = mounts.filter((other) => source.startsWith("/") && other.fileSystem.source === source);
    return others.every((other) => other.path.length >= path.length);
  });
}
