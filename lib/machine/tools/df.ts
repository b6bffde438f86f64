import type { Mount } from "../types.ts";
import { coveringMount, sizesOf } from "./support/mount-sizes.ts";
import { humanSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

export const df = tool(
  {
    name: "df",
    usage: "[OPTION]... [FILE]...",
    summary: "Show information about the file system on which each FILE resides, or all file systems by default.",
    options: {
      all: { short: "a", long: "all" },
      human: { short: "h", long: "human-readable" },
      si: { short: "H", long: "si" },
      inodes: { short: "i", long: "inodes" },
      kibibytes: { short: "k" },
      mebibytes: { short: "m" },
      portable: { short: "P", long: "portability" },
      types: { short: "T", long: "print-type" },
      type: { short: "t", long: "type", value: true },
    },
  },
  async (tool) => {
    const { machine, files } = tool.process;
    const mounts = machine.mounts;
    let shown: Mount[] = [];
    if (tool.operands.length === 0) {
      shown = tool.has("all")
        ? [...mounts]
        : oneOfEachDevice(mounts.filter((mount) => sizesOf(mount, false).total > 0));
    } else {
      for (const path of tool.operands)
        await tool.attempt(path, () => void shown.push(coveringMount(mounts, files.realPath(path))));
      if (shown.length === 0) return 1;
    }
    const type = tool.value("type");
    if (type !== undefined) shown = shown.filter((mount) => mount.fileSystem.fileSystemType === type);
    if (type !== undefined && shown.length === 0) return tool.die("no file systems processed");
    const base = tool.has("si") ? 1000 : 1024;
    const human = tool.has("human") || tool.has("si");
    const unit = tool.has("mebibytes") ? 2 ** 20 : 1024;
    const size = (bytes: number) =>
      human ? (bytes === 0 ? "0" : humanSize(bytes, base)) : String(Math.ceil(bytes / unit));
    const heads = tool.has("inodes")
      ? ["Inodes", "IUsed", "IFree", "IUse%"]
      : human
        ? ["Size", "Used", "Avail", "Use%"]
        : [
            unit === 1024 ? (tool.has("portable") ? "1024-blocks" : "1K-blocks") : "1M-blocks",
            "Used",
            "Available",
            tool.has("portable") ? "Capacity" : "Use%",
          ];
    const rows = [["Filesystem", ...(tool.has("types") ? ["Type"] : []), ...heads, "Mounted on"]];
    for (const mount of shown) {
      const { path, fileSystem } = mount;
      const { total, used, free } = sizesOf(mount, tool.has("inodes"));
      const percent = (used: number, left: number) =>
        used + left === 0 ? "-" : `${Math.ceil((100 * used) / (used + left))}%`;
      const numbers = [
        ...[total, used, free].map((value) => (tool.has("inodes") ? String(value) : size(value))),
        percent(used, free),
      ];
      rows.push([fileSystem.source, ...(tool.has("types") ? [fileSystem.fileSystemType] : []), ...numbers, path]);
    }
    const left = tool.has("types") ? 2 : 1;
    const widths = (rows[0] as string[]).map((_, column) =>
      Math.max(
        ...rows.map((row) => (row[column] as string).length),
        column === 0 ? 14 : human && column > left - 1 && column < left + 3 ? 5 : 0,
      ),
    );
    for (const row of rows) {
      const cells = row.map((cell, column) =>
        column < left
          ? cell.padEnd(widths[column] as number)
          : column === row.length - 1
            ? cell
            : cell.padStart(widths[column] as number),
      );
      await tool.out.write(`${cells.join(" ")}\n`);
    }
    return tool.status;
  },
);

/** Of mounts of one device there is the one with the shortest path. */
function oneOfEachDevice(mounts: readonly Mount[]): Mount[] {
  return mounts.filter(({ path, fileSystem: { source } }) => {
    const others = mounts.filter((other) => source.startsWith("/") && other.fileSystem.source === source);
    return others.every((other) => other.path.length >= path.length);
  });
}
