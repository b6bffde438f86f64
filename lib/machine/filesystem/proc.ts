/** /proc: enough for ps, top, uptime, free, and for people who look (proc(5)). */
import type { MachineProcess } from "../process/process.ts";
import { KERNEL_RELEASE } from "../release.ts";
import type { FileSystem, Machine } from "../types.ts";
import {
  DescriptorNode,
  GeneratedDirectory,
  GeneratedFile,
  GeneratedFileSystem,
  GeneratedLink,
  generatedTable,
} from "./generated.ts";
import type { FileNode } from "./node.ts";
import { sysctlDirectory } from "./sysctls.ts";

/** What a machine without a memory limit shows as its own. */
const HOST_MEMORY_BYTES = 4 * 2 ** 30;
const CLOCK_TICKS_PER_SECOND = 100;

/** Made when somebody looks into /proc for the first time. */
export function procFileSystem(
  machine: Machine,
  started: number,
  directoryOf: (pid: number) => FileNode | undefined,
): FileSystem {
  const uptime = () => (machine.clock.now() - started) / 1000;
  const file = (content: () => string) => () => new GeneratedFile(content);
  const table: Record<string, () => FileNode> = {
    uptime: file(() => `${uptime().toFixed(2)} ${(uptime() * 0.95).toFixed(2)}\n`),
    loadavg: file(
      () => `${loadAverage(machine)} ${running(machine)}/${machine.processes().length} ${lastPid(machine)}\n`,
    ),
    meminfo: file(() => memoryInfo(machine)),
    cpuinfo: file(
      () =>
        "processor\t: 0\nvendor_id\t: Statecraft\nmodel name\t: Virtual CPU\ncpu MHz\t\t: 2000.000\ncpu cores\t: 1\n\n",
    ),
    stat: file(
      () =>
        `cpu  ${ticks(machine.usage().cpuMs)} 0 0 ${ticks(uptime() * 1000)} 0 0 0 0 0 0\nbtime ${Math.floor(started / 1000)}\n`,
    ),
    version: file(() => `Linux version ${KERNEL_RELEASE} (statecraft) #1 SMP\n`),
    filesystems: file(() => "nodev\tproc\nnodev\ttmpfs\nnodev\toverlay\n\text4\n"),
    mounts: () => new GeneratedLink("self/mounts"),
    self: () => new GeneratedLink("1"),
    sys: () => {
      sys ??= sysctlDirectory({
        ...Object.fromEntries([...machine.sysctls].map(([name, value]) => [name, () => value])),
        "kernel.hostname": () => machine.hostname,
        "kernel.osrelease": () => KERNEL_RELEASE,
      });
      return sys;
    },
  };
  let sys: FileNode | undefined;
  const root = new GeneratedDirectory({
    child: (name) => {
      if (Object.hasOwn(table, name)) return table[name]?.();
      return /^[1-9]\d*$/.test(name) ? directoryOf(Number(name)) : undefined;
    },
    names: () => [...machine.processes().map(({ pid }) => String(pid)), ...Object.keys(table)],
  });
  return new GeneratedFileSystem("proc", "proc", root);
}

/** `shownAs`: its number where it is seen from elsewhere, and `root` what it sees as its root. */
export function processDirectory(
  machine: Machine,
  started: number,
  process: MachineProcess,
  shownAs = process.pid,
  root?: FileNode,
): FileNode {
  const file = (content: () => string) => () => new GeneratedFile(content, { mode: 0o444, uid: process.uid });
  const name = () => (process.argv[0] ?? "").split("/").at(-1)?.slice(0, 15) ?? "";
  return generatedTable({
    cmdline: file(() => process.argv.map((word) => `${word}\0`).join("")),
    comm: file(() => `${name()}\n`),
    environ: () =>
      new GeneratedFile(() => [...process.env].map(([key, value]) => `${key}=${value}\0`).join(""), {
        mode: 0o400,
        uid: process.uid,
      }),
    status: file(() => statusText(process, name(), shownAs)),
    stat: file(() => statText(process, name(), started, shownAs)),
    cgroup: file(() => "0::/\n"),
    mounts: file(() => mountsText(machine)),
    cwd: () => new GeneratedLink(process.cwd),
    root: () => (root === undefined ? new GeneratedLink("/") : new GeneratedLink("/", root)),
    exe: () => new GeneratedLink(process.file),
    fd: () =>
      new GeneratedDirectory(
        {
          child: (number) => {
            const descriptor = process.descriptors.get(Number(number));
            if (descriptor === undefined || String(Number(number)) !== number) return undefined;
            const shown =
              descriptor.kind === "pipe" || descriptor.kind === "socket"
                ? `${descriptor.kind}:[${process.pid}${number}]`
                : (descriptor.path ?? "/dev/null");
            return new GeneratedLink(shown, new DescriptorNode(descriptor, process.uid));
          },
          names: () => [...process.descriptors.keys()].sort((a, b) => a - b).map(String),
        },
        { mode: 0o500, uid: process.uid },
      ),
  });
}

const STATE_LETTERS = {
  running: "R (running)",
  sleeping: "S (sleeping)",
  stopped: "T (stopped)",
  zombie: "Z (zombie)",
};

function statusText(process: MachineProcess, name: string, pid: number): string {
  const info = { ...process.info(), pid };
  const four = (id: number) => `${id}\t${id}\t${id}\t${id}`;
  return [
    `Name:\t${name}`,
    `Umask:\t${process.umask.toString(8).padStart(4, "0")}`,
    `State:\t${STATE_LETTERS[info.state]}`,
    `Tgid:\t${info.pid}`,
    `Pid:\t${info.pid}`,
    `PPid:\t${info.parentPid}`,
    `Uid:\t${four(process.uid)}`,
    `Gid:\t${four(process.gid)}`,
    `Groups:\t${process.groups.join(" ")} `,
    `VmRSS:\t${String(info.memoryBytes >> 10).padStart(8)} kB`,
    "Threads:\t1",
    "",
  ].join("\n");
}

function statText(process: MachineProcess, name: string, started: number, pid: number): string {
  const info = { ...process.info(), pid };
  const letter = STATE_LETTERS[info.state].slice(0, 1);
  const fields = [info.pid, `(${name})`, letter, info.parentPid, info.processGroup, info.session, info.tty ? 34816 : 0];
  fields.push(process.tty?.foregroundProcessGroup ?? -1, 0, 0, 0, 0, 0, ticks(info.cpuMs), 0, 0, 0, 20, 0, 1, 0);
  fields.push(ticks(info.started - started), info.memoryBytes, info.memoryBytes >> 12);
  return `${fields.join(" ")}\n`;
}

function mountsText(machine: Machine): string {
  return machine.mounts
    .map(({ path, fileSystem, readOnly }) => {
      const { source, fileSystemType } = fileSystem;
      return `${source} ${path.replaceAll(" ", "\\040")} ${fileSystemType} ${readOnly ? "ro" : "rw"},relatime 0 0\n`;
    })
    .join("");
}

/** Memory as `free` and /proc/meminfo show it, in bytes. */
export function memoryOf(machine: Machine): { readonly total: number; readonly used: number } {
  return { total: machine.limits.memoryBytes ?? HOST_MEMORY_BYTES, used: machine.usage().memoryBytes };
}

function memoryInfo(machine: Machine): string {
  const { total, used } = memoryOf(machine);
  const line = (name: string, bytes: number) =>
    `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
  const free = Math.max(0, total - used);
  return (
    line("MemTotal", total) +
    line("MemFree", free) +
    line("MemAvailable", free) +
    line("Buffers", 0) +
    line("Cached", 0) +
    line("SwapTotal", 0) +
    line("SwapFree", 0)
  );
}

function running(machine: Machine): number {
  return machine.processes().filter(({ state }) => state === "running").length;
}
function lastPid(machine: Machine): number {
  return machine.processes().at(-1)?.pid ?? 0;
}
/** Nothing is averaged here: how many want to run now stands for all three. */
export function loadAverage(machine: Machine): string {
  const load = Math.max(0, running(machine) - 1).toFixed(2);
  return `${load} ${load} ${load}`;
}
function ticks(ms: number): number {
  return Math.floor((ms * CLOCK_TICKS_PER_SECOND) / 1000);
}
