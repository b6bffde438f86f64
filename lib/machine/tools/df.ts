import type { Mount } from "../types.ts";
import { humanSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

/** What file systems without a size of their own show as their host's. */
const HOST_BYTES = 20 * 2 ** 30;

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
    const covering = (path: string): Mount => {
      const fits = mounts.filter(
        (mount) => mount.path === "/" || path === mount.path || path.startsWith(`${mount.path}/`),
      );
      return fits.reduce((best, mount) => (mount.path.length >= best.path.length ? mount : best), mounts[0] as Mount);
    };
    let shown: Mount[] = [];
    if (tool.operands.length === 0) {
      shown = mounts.filter(
        (mount) => tool.has("all") || (mount.fileSystem.fileSystemType !== "proc" && mount.path !== "/sys"),
      );
    } else {
      for (const path of tool.operands) await tool.attempt(path, () => void shown.push(covering(files.realPath(path))));
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
    for (const { path, fileSystem } of shown) {
      const own = fileSystem.usage();
      const { capacityBytes, usedBytes } = fileSystem.disk ?? own;
      const usage = { capacityBytes, usedBytes, inodes: own.inodes };
      const total =
        usage.capacityBytes ?? (fileSystem.fileSystemType === "tmpfs" && path === "/dev" ? 64 * 2 ** 20 : HOST_BYTES);
      const free = Math.max(0, total - usage.usedBytes);
      const percent = (used: number, left: number) =>
        used + left === 0 ? "-" : `${Math.ceil((100 * used) / (used + left))}%`;
      const inodes = 1_310_720;
      const numbers = tool.has("inodes")
        ? [
            String(inodes),
            String(usage.inodes),
            String(inodes - usage.inodes),
            percent(usage.inodes, inodes - usage.inodes),
          ]
        : [size(total), size(usage.usedBytes), size(free), percent(usage.usedBytes, free)];
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
