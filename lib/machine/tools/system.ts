/** What a machine is doing: free, uptime. */
import { memoryOf } from "../filesystem/proc.ts";
import { formatDate } from "../strftime.ts";
import { many, procpsUsage, uptimeLine } from "./support/procps.ts";
import { tool } from "./support/tool.ts";

const FREE = {
  bytes: { short: "b", long: "bytes", help: "show bytes" },
  kilo: { long: "kilo", help: "show kilobytes" },
  mega: { long: "mega", help: "show megabytes" },
  giga: { long: "giga", help: "show gigabytes" },
  tera: { long: "tera", help: "show terabytes" },
  peta: { long: "peta", help: "show petabytes" },
  kibi: { short: "k", long: "kibi", help: "show kibibytes" },
  mebi: { short: "m", long: "mebi", help: "show mebibytes" },
  gibi: { short: "g", long: "gibi", help: "show gibibytes" },
  tebi: { long: "tebi", help: "show tebibytes" },
  pebi: { long: "pebi", help: "show pebibytes" },
  human: { short: "h", long: "human", help: "show what people can read" },
  si: { long: "si", help: "powers of 1000, not 1024" },
  low: { short: "l", long: "lohi", help: "show low and high memory" },
  total: { short: "t", long: "total", help: "show a total" },
  seconds: { short: "s", long: "seconds", value: true, help: "repeat every so many seconds" },
  count: { short: "c", long: "count", value: true, help: "repeat so many times" },
  wide: { short: "w", long: "wide", help: "buffers and cache apart" },
  version: { short: "V", long: "version", help: "show the version" },
} as const;

/** Bytes of one of each unit; `si` makes those of 1024 into those of 1000. */
const POWERS = { kilo: 1, mega: 2, giga: 3, tera: 4, peta: 5, kibi: 1, mebi: 2, gibi: 3, tebi: 4, pebi: 5 } as const;

/** A size in at most four characters with its unit, as procps has it. */
function scaled(bytes: number, base: number): string {
  const units = base === 1000 ? ["B", "K", "M", "G", "T", "P"] : ["B", "Ki", "Mi", "Gi", "Ti", "Pi"];
  if (bytes < base) return `${bytes}B`;
  for (const [power, unit] of units.entries()) {
    if (power === 0) continue;
    const value = bytes / base ** power;
    if (`${value.toFixed(1)}${unit[0]}`.length <= 4) return `${value.toFixed(1)}${unit}`;
    if (`${Math.floor(value)}${unit[0]}`.length <= 4) return `${Math.floor(value)}${unit}`;
  }
  return String(bytes);
}

export const free = tool(
  { name: "free", usage: "[options]", options: FREE, pointer: procpsUsage("free", "[options]", FREE) },
  async (tool) => {
    const { process } = tool;
    if (tool.has("version")) {
      await tool.out.write("free from procps-ng 4.0.4\n");
      return 0;
    }
    const units = tool.options.given.map(({ name }) => name).filter((name) => name === "bytes" || name in POWERS);
    if (new Set(units).size > 1) return tool.die("Multiple unit options don't make sense.");
    const seconds = tool.value("seconds");
    if (seconds !== undefined && !/^\d*\.?\d+$/.test(seconds))
      return tool.die(`seconds argument failed: '${seconds}': Invalid argument`);
    if (seconds !== undefined && Number(seconds) <= 0)
      return tool.die(`seconds argument \`${seconds}' is not positive number`);
    const count = tool.value("count");
    if (count !== undefined && !/^-?\d+$/.test(count)) return tool.die(`failed to parse count argument: '${count}'`);
    if (count !== undefined && Number(count) < 1)
      return tool.die(`failed to parse count argument: '${count}': Numerical result out of range`);
    if (tool.operands.length > 0) {
      await process.stderr.write(`${tool.spec.pointer}\n`);
      return 1;
    }
    const [unit = "kibi"] = units as (keyof typeof POWERS | "bytes")[];
    const base = tool.has("si") || ["kilo", "mega", "giga", "tera", "peta"].includes(unit) ? 1000 : 1024;
    const show = (bytes: number) =>
      (tool.has("human")
        ? scaled(bytes, base)
        : String(Math.floor(unit === "bytes" ? bytes : bytes / base ** POWERS[unit]))
      ).padStart(12);
    const heads = ["total", "used", "free", "shared", ...(tool.has("wide") ? ["buffers", "cache"] : ["buff/cache"])];
    const times = count !== undefined ? Number(count) : seconds !== undefined ? Number.POSITIVE_INFINITY : 1;
    for (let time = 0; time < times; time++) {
      if (time > 0) {
        await tool.out.write("\n");
        await tool.out.flush();
        await process.sleep(Number(seconds ?? 1) * 1000);
      }
      const { total, used } = memoryOf(process.machine);
      const left = Math.max(0, total - used);
      const line = (name: string, values: readonly number[]) => `${name.padEnd(8)}${values.map(show).join("")}\n`;
      await tool.out.write(`${" ".repeat(8)}${[...heads, "available"].map((head) => head.padStart(12)).join("")}\n`);
      await tool.out.write(line("Mem:", [total, used, left, 0, ...(tool.has("wide") ? [0, 0] : [0]), left]));
      if (tool.has("low")) await tool.out.write(line("Low:", [total, total - left, left]) + line("High:", [0, 0, 0]));
      await tool.out.write(line("Swap:", [0, 0, 0]));
      if (tool.has("total")) await tool.out.write(line("Total:", [total, used, left]));
    }
    return 0;
  },
);

const UPTIME = {
  pretty: { short: "p", long: "pretty", help: "show it in words" },
  since: { short: "s", long: "since", help: "since when the system is up" },
  version: { short: "V", long: "version", help: "show the version" },
} as const;

export const uptime = tool(
  { name: "uptime", usage: "[options]", options: UPTIME, pointer: procpsUsage("uptime", "[options]", UPTIME) },
  async (tool) => {
    const { clock, files } = tool.process;
    if (tool.has("version")) {
      await tool.out.write("uptime from procps-ng 4.0.4\n");
      return 0;
    }
    if (tool.operands.length > 0) {
      await tool.process.stderr.write(`${tool.spec.pointer}\n`);
      return 1;
    }
    const seconds = Number(files.readText("/proc/uptime").split(" ")[0]);
    if (tool.has("since")) {
      await tool.out.write(`${formatDate(clock.now() - seconds * 1000, "%Y-%m-%d %H:%M:%S")}\n`);
      return 0;
    }
    const days = Math.floor(seconds / 86_400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (tool.has("pretty")) {
      const weeks = Math.floor(days / 7);
      const parts = [
        ...(weeks > 0 ? [many(weeks, "week")] : []),
        ...(days % 7 > 0 ? [many(days % 7, "day")] : []),
        ...(hours > 0 ? [many(hours, "hour")] : []),
        ...(minutes > 0 || seconds < 60 ? [many(minutes, "minute")] : []),
      ];
      await tool.out.write(`up ${parts.join(", ")}\n`);
      return 0;
    }
    await tool.out.write(`${uptimeLine(tool.process)}\n`);
    return 0;
  },
);
