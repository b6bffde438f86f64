/** top of BusyBox (procps/top.c, 1.37). */
import { loadAverage, memoryOf } from "../../filesystem/proc.ts";
import type { Program } from "../../types.ts";
import { commandOf } from "../ps/columns.ts";
import { Accounts } from "../support/accounts.ts";
import { type Tool, tool } from "../support/tool.ts";
import { type Picture, runTop } from "./top.ts";

const HEAD = "  PID  PPID USER     STAT   VSZ %VSZ CPU %CPU COMMAND";
const STATES = { running: "R", sleeping: "S", stopped: "T", zombie: "Z" } as const;
const INTERVAL_SECONDS = 5;
/** More kibibytes than this are shown in mebibytes. */
const MOST_KIBIBYTES = 99_999;

const picture: Picture = (process, before, order) => {
  const { clock, machine, files } = process;
  const at = clock.now();
  const infos = machine.processes();
  const uptimeMs = Number(files.readText("/proc/uptime").split(" ")[0]) * 1000;
  const elapsed = Math.max(1, before === undefined ? uptimeMs : at - before.at);
  const { total, used } = memoryOf(machine);
  const totalMs = machine.usage().cpuMs;
  const busy = Math.min(100, (100 * (totalMs - (before?.totalMs ?? 0))) / elapsed);
  const kib = (bytes: number) => `${Math.floor(bytes / 1024)}K`;
  const share = (value: number) => value.toFixed(1).padStart(4);
  const accounts = new Accounts(process);
  const rows = infos.map((info) => ({
    info,
    cpu: before === undefined ? 0 : Math.min(100, (100 * (info.cpuMs - (before.cpuMs.get(info.pid) ?? 0))) / elapsed),
  }));
  const key = (row: (typeof rows)[number]) =>
    order === "cpu"
      ? row.cpu
      : order === "memory"
        ? row.info.memoryBytes
        : order === "time"
          ? row.info.cpuMs
          : row.info.pid;
  rows.sort((a, b) => key(b) - key(a) || a.info.pid - b.info.pid);
  const running = infos.filter(({ state }) => state === "running").length;
  const lines = [
    `Mem: ${kib(used)} used, ${kib(Math.max(0, total - used))} free, 0K shrd, 0K buff, 0K cached`,
    `CPU: ${share(busy)}% usr  0.0% sys  0.0% nic ${share(100 - busy)}% idle  0.0% io  0.0% irq  0.0% sirq`,
    `Load average: ${loadAverage(machine)} ${running}/${infos.length} ${Math.max(...infos.map(({ pid }) => pid))}`,
    HEAD,
    ...rows.map(({ info, cpu }) => {
      const kibibytes = Math.floor(info.memoryBytes / 1024);
      const size = kibibytes > MOST_KIBIBYTES ? `${Math.floor(kibibytes / 1024)}m` : String(kibibytes);
      const user = (accounts.user(info.uid) ?? String(info.uid)).slice(0, 8).padEnd(8);
      const memory = share((100 * info.memoryBytes) / total);
      return `${String(info.pid).padStart(5)} ${String(info.parentPid).padStart(5)} ${user} ${STATES[info.state].padEnd(4)}${size.padStart(6)} ${memory}   0 ${share(cpu)} ${commandOf(info)}`;
    }),
  ];
  const cpuMs = new Map(infos.map((info) => [info.pid, info.cpuMs]));
  return { lines, now: { at, cpuMs, totalMs } };
};

const OPTIONS = {
  batch: { short: "b" },
  count: { short: "n", value: true },
  delay: { short: "d", value: true },
  memory: { short: "m" },
  threads: { short: "H" },
} as const;

export const busyboxTop: Program = tool(
  { name: "top", usage: "[-bmH] [-n COUNT] [-d SECONDS]", options: OPTIONS },
  async (tool: Tool<typeof OPTIONS>) => {
    if (tool.has("memory")) return tool.die("-m is not available here");
    const count = tool.value("count");
    if (count !== undefined && !/^\d+$/.test(count)) return tool.die(`invalid number '${count}'`);
    const delay = tool.value("delay") ?? String(INTERVAL_SECONDS);
    if (!/^\d+(\.\d+)?$/.test(delay)) return tool.die(`invalid number '${delay}'`);
    const interactive = tool.process.tty !== undefined && tool.process.isTerminal(1);
    return runTop(
      tool.process,
      {
        // Without a terminal there is nothing to draw on.
        batch: tool.has("batch") || !interactive,
        delayMs: Math.max(0.1, Number(delay)) * 1000,
        iterations: count === undefined ? Number.POSITIVE_INFINITY : Number(count),
        order: "cpu",
      },
      picture,
      HEAD,
    );
  },
);
