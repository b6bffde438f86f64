/** top: what the machine's processes use, again every few seconds. */
import { loadAverage, memoryOf } from "../../filesystem/proc.ts";
import { formatDate } from "../../strftime.ts";
import type { Process, ProcessInfo, Program } from "../../types.ts";
import { Accounts } from "../support/accounts.ts";
import { FullScreen, fitColumns } from "./full-screen.ts";

const STATES = { running: "R", sleeping: "S", stopped: "T", zombie: "Z" } as const;
const INVERSE = "\x1b[7m";
const PLAIN = "\x1b[0m";
const HEAD = "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND";

export type Order = "cpu" | "memory" | "pid" | "time";

/** Processor time each process had used when the picture before was drawn. */
export interface Before {
  readonly at: number;
  readonly cpuMs: ReadonlyMap<number, number>;
  readonly totalMs: number;
}

function picture(
  process: Process,
  before: Before | undefined,
  order: Order,
): { readonly lines: string[]; readonly now: Before } {
  const { clock, machine, files } = process;
  const at = clock.now();
  const processes = machine.processes();
  const uptime = Number(files.readText("/proc/uptime").split(" ")[0]);
  const elapsed = before === undefined ? Math.max(1, uptime * 1000) : Math.max(1, at - before.at);
  const used = machine.usage().cpuMs;
  const busy = Math.min(100, (100 * (used - (before?.totalMs ?? 0))) / elapsed);
  const { total, used: memory } = memoryOf(machine);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1).padStart(8);
  const count = (state: ProcessInfo["state"]) =>
    String(processes.filter((each) => each.state === state).length).padStart(3);
  const minutes = Math.floor(uptime / 60);
  const up =
    minutes >= 60
      ? `${String(Math.floor(minutes / 60)).padStart(2)}:${String(minutes % 60).padStart(2, "0")}`
      : `${minutes} min`;
  const accounts = new Accounts(process);
  const rows = processes.map((info) => {
    const since = info.cpuMs - (before?.cpuMs.get(info.pid) ?? 0);
    return {
      info,
      cpu: Math.min(100, (100 * since) / (before === undefined ? Math.max(1, at - info.started) : elapsed)),
    };
  });
  const sorts: Readonly<Record<Order, (a: (typeof rows)[number], b: (typeof rows)[number]) => number>> = {
    cpu: (a, b) => b.cpu - a.cpu,
    memory: (a, b) => b.info.memoryBytes - a.info.memoryBytes,
    pid: (a, b) => b.info.pid - a.info.pid,
    time: (a, b) => b.info.cpuMs - a.info.cpuMs,
  };
  rows.sort((a, b) => sorts[order](a, b) || a.info.pid - b.info.pid);
  const lines = [
    `top - ${formatDate(at, "%H:%M:%S")} up ${up},  1 user,  load average: ${loadAverage(machine).replaceAll(" ", ", ")}`,
    `Tasks: ${String(processes.length).padStart(3)} total, ${count("running")} running, ${count("sleeping")} sleeping, ${count("stopped")} stopped, ${count("zombie")} zombie`,
    `%Cpu(s): ${busy.toFixed(1).padStart(4)} us,  0.0 sy,  0.0 ni,${(100 - busy).toFixed(1).padStart(5)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`,
    `MiB Mem : ${mib(total)} total, ${mib(total - memory)} free, ${mib(memory)} used, ${mib(0)} buff/cache`,
    `MiB Swap: ${mib(0)} total, ${mib(0)} free, ${mib(0)} used. ${mib(total - memory)} avail Mem`,
    "",
    HEAD,
    ...rows.map(({ info, cpu }) => {
      const resident = String(Math.floor(info.memoryBytes / 1024));
      const user = (accounts.user(info.uid) ?? String(info.uid)).slice(0, 8).padEnd(8);
      const seconds = info.cpuMs / 1000;
      const time = `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
      const name = (info.argv[0] ?? "").split("/").at(-1)?.replace(/^-/, "") ?? "";
      return `${String(info.pid).padStart(7)} ${user}  20   0 ${resident.padStart(7)} ${resident.padStart(6)} ${"0".padStart(6)} ${STATES[info.state]} ${cpu.toFixed(1).padStart(5)} ${((100 * info.memoryBytes) / total).toFixed(1).padStart(5)} ${time.padStart(9)} ${name}`;
    }),
  ];
  return { lines, now: { at, cpuMs: new Map(processes.map(({ pid, cpuMs }) => [pid, cpuMs])), totalMs: used } };
}

/** What is drawn: of the system, and a line a process. */
export type Picture = (
  process: Process,
  before: Before | undefined,
  order: Order,
) => { readonly lines: string[]; readonly now: Before };

export interface Settings {
  readonly batch: boolean;
  readonly delayMs: number;
  readonly iterations: number;
  readonly order: Order;
}

const ORDERS: Readonly<Record<string, Order>> = { "%CPU": "cpu", "%MEM": "memory", PID: "pid", "TIME+": "time" };

/** A string: the complaint. */
function settingsOf(words: readonly string[]): Settings | string {
  let [batch, delay, iterations, order]: [boolean, number, number, Order] = [false, 3, Number.POSITIVE_INFINITY, "cpu"];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    const letters = /^-?([a-zA-Z]+)(.*)$/.exec(word);
    if (letters === null) return `unknown option '${word}'`;
    for (const letter of letters[1] ?? "") {
      if (letter === "b") batch = true;
      else if (letter === "d" || letter === "n" || letter === "o") {
        const value = letters[2] !== "" ? letters[2] : words[++at];
        if (value === undefined) return `-${letter} requires argument`;
        if (letter === "o") {
          const found = ORDERS[value.replace(/^[+-]/, "")];
          if (found === undefined) return `unrecognized field name '${value}'`;
          order = found;
        } else if (!(Number(value) >= 0))
          return letter === "d" ? `-d requires positive number '${value}'` : `bad iterations argument '${value}'`;
        else if (letter === "d") delay = Number(value);
        else iterations = Number(value);
      } else return `unknown option '${letter}'`;
    }
  }
  return { batch, delayMs: Math.max(0.1, delay) * 1000, iterations, order };
}

export const top: Program = async (process) => {
  const settings = settingsOf(process.argv.slice(1));
  if (typeof settings === "string") {
    await process.stderr.write(`top: ${settings}\nUsage:\n  top -b -d delay -n iterations -o field\n`);
    return 1;
  }
  return runTop(process, settings, picture, HEAD);
};

/** Draws picture after picture: on the terminal until a key ends it, else so many times. */
export async function runTop(process: Process, settings: Settings, draw: Picture, head: string): Promise<number> {
  if (settings.batch) {
    let before: Before | undefined;
    for (let shown = 0; shown < settings.iterations; shown++) {
      if (shown > 0) await process.sleep(settings.delayMs);
      const { lines, now } = draw(process, before, settings.order);
      await process.spend(lines.length);
      before = now;
      await process.stdout.write(`${shown > 0 && head === HEAD ? "\n" : ""}${lines.join("\n")}\n`);
    }
    return 0;
  }
  const screen = FullScreen.open(process);
  if (screen === undefined) {
    await process.stderr.write("top: failed tty get\n");
    return 1;
  }
  await screen.enter();
  try {
    return await show(process, screen, settings, draw, head);
  } finally {
    await screen.leave();
  }
}

async function show(
  process: Process,
  screen: FullScreen,
  settings: Settings,
  draw: Picture,
  head: string,
): Promise<number> {
  let { order } = settings;
  let before: Before | undefined;
  let last = draw(process, undefined, order);
  let shown = 0;
  for (;;) {
    const { columns } = screen;
    const rows = last.lines.slice(0, screen.rows).map((line) => {
      const cut = fitColumns(line, 0, columns);
      return line === head ? `${INVERSE}${cut.padEnd(columns)}${PLAIN}` : cut;
    });
    await screen.draw(rows, { row: Math.max(0, last.lines.indexOf(head) - 1), column: 0 });
    if (++shown >= settings.iterations) return 0;
    const cancel = process.clock.after(settings.delayMs, () => screen.wake());
    const event = await screen.event();
    cancel();
    if (event === "ended") return 0;
    if (typeof event !== "string") {
      const key = event.kind === "key" ? event.name : event.text;
      if (key === "q" || key === "ctrl-c") return 0;
      if (key === "M") order = "memory";
      else if (key === "P") order = "cpu";
      else if (key === "N") order = "pid";
      else if (key === "T") order = "time";
    }
    before = last.now;
    last = draw(process, before, order);
  }
}
