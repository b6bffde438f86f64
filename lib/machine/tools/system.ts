/** What a machine is doing: free, uptime. */
import { loadAverage, memoryOf } from "../filesystem/proc.ts";
import { formatDate } from "../strftime.ts";
import { humanSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

export const free = tool(
  {
    name: "free",
    usage: "[options]",
    options: {
      bytes: { short: "b" },
      human: { short: "h" },
      kibibytes: { short: "k" },
      mebibytes: { short: "m" },
      gibibytes: { short: "g" },
    },
  },
  async (tool) => {
    const { total, used } = memoryOf(tool.process.machine);
    const unit = tool.has("bytes") ? 1 : tool.has("mebibytes") ? 2 ** 20 : tool.has("gibibytes") ? 2 ** 30 : 1024;
    const show = (bytes: number) =>
      (tool.has("human")
        ? `${humanSize(bytes)}${bytes < 1024 ? "B" : "i"}`
        : String(Math.floor(bytes / unit))
      ).padStart(12);
    const left = total - used;
    await tool.out.write(`               total        used        free      shared  buff/cache   available\n`);
    await tool.out.write(
      `${"Mem:".padEnd(8)}${[total, used, left, 0, 0, left].map(show).join("")}\n${"Swap:".padEnd(8)}${[0, 0, 0].map(show).join("")}\n`,
    );
    return 0;
  },
);

export const uptime = tool(
  { name: "uptime", usage: "[options]", options: { pretty: { short: "p" }, since: { short: "s" } } },
  async (tool) => {
    const { clock, files, machine } = tool.process;
    const seconds = Number(files.readText("/proc/uptime").split(" ")[0]);
    if (tool.has("since")) {
      await tool.out.write(`${formatDate(clock.now() - seconds * 1000, "%Y-%m-%d %H:%M:%S")}\n`);
      return 0;
    }
    const days = Math.floor(seconds / 86_400);
    const hours = Math.floor(seconds / 3600) % 24;
    const minutes = Math.floor(seconds / 60) % 60;
    if (tool.has("pretty")) {
      await tool.out.write(
        `up ${days > 0 ? `${days} day${days > 1 ? "s" : ""}, ` : ""}${hours > 0 ? `${hours} hour${hours > 1 ? "s" : ""}, ` : ""}${minutes} minute${minutes === 1 ? "" : "s"}\n`,
      );
      return 0;
    }
    const up = `${days > 0 ? `${days} day${days > 1 ? "s" : ""}, ` : ""}${hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, "0")}` : `${minutes} min`}`;
    await tool.out.write(
      ` ${formatDate(clock.now(), "%H:%M:%S")} up ${up},  1 user,  load average: ${loadAverage(machine).replaceAll(" ", ", ")}\n`,
    );
    return 0;
  },
);
