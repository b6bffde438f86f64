/** What BusyBox's applets tell of a machine: df, free, uptime (coreutils/df.c, procps/free.c and uptime.c, 1.37). */
import { isErrno } from "../errno.ts";
import { loadAverage, memoryOf } from "../filesystem/proc.ts";
import { formatDate } from "../strftime.ts";
import type { Mount } from "../types.ts";
import { coveringMount, sizesOf } from "./support/mount-sizes.ts";
import { tool } from "./support/tool.ts";

const UNITS = ["", "K", "M", "G", "T", "P"] as const;

/** A size with one digit after the point and a letter. */
export function busyboxHuman(bytes: number): string {
  let [value, unit, tenths] = [bytes, 0, 0];
  while (value >= 1024 && unit < UNITS.length - 1) {
    tenths = Math.floor(((value % 1024) * 10 + 512) / 1024);
    value = Math.floor(value / 1024);
    if (tenths >= 10) {
      value++;
      tenths = 0;
    }
    unit++;
  }
  return unit === 0 ? String(value) : `${value}.${tenths}${UNITS[unit]}`;
}

export const busyboxDf = tool(
  {
    name: "df",
    usage: "[-PkmhTai] [-B SIZE] [-t TYPE] [FILESYSTEM]...",
    options: {
      all: { short: "a" },
      human: { short: "h" },
      si: { short: "H" },
      inodes: { short: "i" },
      kibibytes: { short: "k" },
      mebibytes: { short: "m" },
      portable: { short: "P" },
      types: { short: "T" },
      type: { short: "t", value: true },
      block: { short: "B", value: true },
    },
  },
  async (tool) => {
    const { machine, files } = tool.process;
    const { mounts } = machine;
    const inodes = tool.has("inodes");
    const human = tool.has("human") || tool.has("si");
    const block = tool.value("block");
    const given = /^(\d+)([kKmMgG]?)$/.exec(block ?? "");
    if (block !== undefined && given === null) return tool.die(`invalid number '${block}'`);
    const power = { "": 0, k: 1, m: 2, g: 3 }[(given?.[2] ?? "").toLowerCase()] ?? 0;
    const unit = given !== null ? Number(given[1]) * 1024 ** power : tool.has("mebibytes") ? 2 ** 20 : 1024;
    const name =
      unit === 2 ** 20
        ? "1M-blocks"
        : unit === 1024
          ? tool.has("portable")
            ? "1024-blocks"
            : "1K-blocks"
          : `${busyboxHuman(unit).replace(".0", "")}-blocks`;
    const head = inodes
      ? "   Inodes      Used"
      : human
        ? "     Size      Used"
        : tool.has("portable")
          ? `${name}    Used`
          : `${name.padStart(9)}      Used`;
    const typed = tool.has("types");
    await tool.out.write(
      `${"Filesystem".padEnd(20)} ${typed ? "Type".padEnd(11) : ""}${head} Available ${tool.has("portable") ? "Capacity" : "Use%"} Mounted on\n`,
    );
    const row = async (mount: Mount) => {
      const { total, used, free } = sizesOf(mount, inodes);
      const show = (value: number) =>
        (inodes ? String(value) : human ? busyboxHuman(value) : String(Math.floor((value + unit / 2) / unit))).padStart(
          9,
        );
      const share = used + free === 0 ? 0 : Math.floor((used * 100 + (used + free) / 2) / (used + free));
      const { source, fileSystemType } = mount.fileSystem;
      const first = source.length > 20 ? `${source}\n${" ".repeat(20)}` : source.padEnd(20);
      const kind = typed ? fileSystemType.padEnd(11) : "";
      await tool.out.write(
        `${first} ${kind}${show(total)} ${show(used)} ${show(free)} ${String(share).padStart(3)}% ${mount.path}\n`,
      );
    };
    const type = tool.value("type");
    if (tool.operands.length === 0) {
      for (const mount of mounts) {
        if (type !== undefined && mount.fileSystem.fileSystemType !== type) continue;
        if (tool.has("all") || sizesOf(mount, inodes).total > 0) await row(mount);
      }
      return 0;
    }
    for (const path of tool.operands) {
      try {
        await row(coveringMount(mounts, files.realPath(path)));
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`${path}: can't find mount point`);
      }
    }
    return tool.status;
  },
);

export const busyboxFree = tool(
  {
    name: "free",
    usage: "[-bkmgh]",
    options: {
      bytes: { short: "b" },
      kibi: { short: "k" },
      mebi: { short: "m" },
      gibi: { short: "g" },
      human: { short: "h" },
    },
  },
  async (tool) => {
    const last = tool.options.given.at(-1)?.name;
    const units: Readonly<Record<string, number>> = { bytes: 1, mebi: 2 ** 20, gibi: 2 ** 30 };
    const unit = units[last ?? ""] ?? 1024;
    const show = (bytes: number) =>
      (last === "human" ? busyboxHuman(bytes) : String(Math.floor((bytes + unit / 2) / unit))).padStart(12);
    const { total, used } = memoryOf(tool.process.machine);
    const left = Math.max(0, total - used);
    const heads = ["total", "used", "free", "shared", "buff/cache", "available"];
    const row = (name: string, values: readonly number[]) => `${name.padEnd(7)}${values.map(show).join("")}\n`;
    await tool.out.write(`       ${heads.map((head) => head.padStart(12)).join("")}\n`);
    await tool.out.write(row("Mem:", [total, used, left, 0, 0, left]) + row("Swap:", [0, 0, 0]));
    return 0;
  },
);

export const busyboxUptime = tool({ name: "uptime", usage: "", options: { since: { short: "s" } } }, async (tool) => {
  const { clock, files, machine } = tool.process;
  const seconds = Number(files.readText("/proc/uptime").split(" ")[0]);
  if (tool.has("since")) {
    await tool.out.write(`${formatDate(clock.now() - seconds * 1000, "%Y-%m-%d %H:%M:%S")}\n`);
    return 0;
  }
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  const up = hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`;
  const load = loadAverage(machine).replaceAll(" ", ", ");
  await tool.out.write(
    ` ${formatDate(clock.now(), "%H:%M:%S")} up ${days > 0 ? `${days} day${days === 1 ? "" : "s"}, ` : ""}${up},  0 users,  load average: ${load}\n`,
  );
  return 0;
});
