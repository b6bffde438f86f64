import { formatDate } from "../strftime.ts";
import type { ProcessInfo } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const STATES = { running: "R", sleeping: "S", stopped: "T", zombie: "Z" } as const;

interface Row {
  readonly info: ProcessInfo;
  readonly now: number;
  readonly user: string;
  readonly totalMemory: number;
}
interface Column {
  readonly head: string;
  readonly right: boolean;
  readonly cell: (row: Row) => string;
}

const command = ({ info }: Row) => (info.state === "zombie" ? `[${name(info)}] <defunct>` : info.argv.join(" "));
const name = (info: ProcessInfo) => (info.argv[0] ?? "").split("/").at(-1)?.replace(/^-/, "") ?? "";
const terminal = ({ info }: Row) => (info.tty ? "pts/0" : "?");
const cpu = ({ info, now }: Row) => ((100 * info.cpuMs) / Math.max(1, now - info.started)).toFixed(1);
const memory = ({ info, totalMemory }: Row) => ((100 * info.memoryBytes) / totalMemory).toFixed(1);
const kib = (bytes: number) => String(Math.floor(bytes / 1024));
const start = ({ info, now }: Row) => formatDate(info.started, now - info.started < 86_400_000 ? "%H:%M" : "%b%d");
const two = (value: number) => String(value).padStart(2, "0");

function long(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
function short(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${two(Math.floor(seconds) % 60)}`;
}

const COLUMNS: Readonly<Record<string, Column>> = {
  pid: { head: "PID", right: true, cell: ({ info }) => String(info.pid) },
  ppid: { head: "PPID", right: true, cell: ({ info }) => String(info.parentPid) },
  pgid: { head: "PGID", right: true, cell: ({ info }) => String(info.processGroup) },
  sid: { head: "SID", right: true, cell: ({ info }) => String(info.session) },
  user: { head: "USER", right: false, cell: ({ user }) => user },
  uid: { head: "UID", right: false, cell: ({ user }) => user },
  tty: { head: "TTY", right: false, cell: terminal },
  stat: { head: "STAT", right: false, cell: ({ info }) => STATES[info.state] + (info.session === info.pid ? "s" : "") },
  s: { head: "S", right: false, cell: ({ info }) => STATES[info.state] },
  time: { head: "TIME", right: true, cell: ({ info }) => long(info.cpuMs / 1000) },
  bsdtime: { head: "TIME", right: true, cell: ({ info }) => short(info.cpuMs / 1000) },
  etime: {
    head: "ELAPSED",
    right: true,
    cell: ({ info, now }) =>
      now - info.started < 3_600_000
        ? `${two(Math.floor((now - info.started) / 60_000))}:${two(Math.floor((now - info.started) / 1000) % 60)}`
        : long((now - info.started) / 1000),
  },
  stime: { head: "STIME", right: false, cell: start },
  start: { head: "START", right: false, cell: start },
  "%cpu": { head: "%CPU", right: true, cell: cpu },
  c: { head: "C", right: true, cell: (row) => String(Math.floor(Number(cpu(row)))) },
  "%mem": { head: "%MEM", right: true, cell: memory },
  vsz: { head: "VSZ", right: true, cell: ({ info }) => kib(info.memoryBytes + 2 ** 20) },
  rss: { head: "RSS", right: true, cell: ({ info }) => kib(info.memoryBytes) },
  comm: { head: "COMMAND", right: false, cell: ({ info }) => name(info) },
  cmd: { head: "CMD", right: false, cell: command },
  args: { head: "COMMAND", right: false, cell: command },
};
const ALIASES: Readonly<Record<string, string>> = {
  command: "args",
  pcpu: "%cpu",
  pmem: "%mem",
  tt: "tty",
  tname: "tty",
  state: "s",
  euser: "user",
  ucmd: "comm",
  pgrp: "pgid",
  sess: "sid",
};

async function table(
  tool: AnyTool,
  infos: readonly ProcessInfo[],
  columns: readonly (Column & { readonly minimum?: number })[],
): Promise<void> {
  const { process } = tool;
  const accounts = new Accounts(process);
  const totalMemory = process.machine.limits.memoryBytes ?? 4 * 2 ** 30;
  const rows = infos.map(
    (info): Row => ({ info, now: process.clock.now(), user: accounts.user(info.uid) ?? String(info.uid), totalMemory }),
  );
  const cells = rows.map((row) => columns.map((column) => column.cell(row)));
  const widths = columns.map((column, index) =>
    Math.max(column.minimum ?? 0, column.head.length, ...cells.map((line) => (line[index] as string).length)),
  );
  const line = (texts: readonly string[]) =>
    `${texts.map((text, index) => (columns[index]?.right ? text.padStart(widths[index] as number) : index === texts.length - 1 ? text : text.padEnd(widths[index] as number))).join(" ")}\n`;
  const heads = columns.map((column) => column.head);
  if (heads.some((head) => head !== "")) await tool.out.write(line(heads));
  for (const texts of cells) await tool.out.write(line(texts));
}

function columnsOf(names: string): (Column & { readonly minimum?: number })[] | string {
  const columns: Column[] = [];
  for (const part of names.split(/[\s,]+/).filter(Boolean)) {
    const [key = "", head] = part.split("=");
    const column = COLUMNS[ALIASES[key] ?? key];
    if (column === undefined) return `unknown user-defined format specifier "${key}"`;
    columns.push(head === undefined ? column : { ...column, head });
  }
  return columns.map((column) =>
    column.head === "PID" || column.head === "PPID" ? { ...column, minimum: 7 } : column,
  );
}

const DEFAULT = "pid,tty,time,comm";
const FULL = "uid,pid,ppid,c,stime,tty,time,cmd";
const USER = "user,pid,%cpu,%mem,vsz,rss,tty,stat,start,bsdtime,args";

export const ps = tool(
  {
    name: "ps",
    usage: "[options]",
    options: {
      all: { short: "e" },
      allUpper: { short: "A" },
      a: { short: "a" },
      deselect: { short: "d" },
      full: { short: "f" },
      long: { short: "l" },
      format: { short: "o", long: "format", value: true },
      pid: { short: "p", long: "pid", value: true },
      parent: { long: "ppid", value: true },
      user: { short: "u", value: true },
      commands: { short: "C", value: true },
      wide: { short: "w" },
      noHeaders: { long: "no-headers" },
      forest: { long: "forest" },
      sort: { long: "sort", value: true },
    },
  },
  async (tool) => {
    const { process } = tool;
    const accounts = new Accounts(process);
    // Options of the BSD kind: `ps aux`, `ps ax`.
    const bsd = tool.operands.filter((word) => /^[a-z]+$/.test(word)).join("");
    const pids = [tool.value("pid") ?? "", ...tool.operands.filter((word) => /^[\d,]+$/.test(word))]
      .join(",")
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(Number);
    const parents = tool
      .value("parent")
      ?.split(/[\s,]+/)
      .map(Number);
    const users = tool
      .value("user")
      ?.split(",")
      .map((user) => accounts.userId(user));
    const names = tool.value("commands")?.split(",");
    const everyone = tool.has("all") || tool.has("allUpper") || bsd.includes("x") || bsd.includes("a");
    const infos = process.machine.processes().filter((info) => {
      if (pids.length > 0) return pids.includes(info.pid);
      if (parents !== undefined) return parents.includes(info.parentPid);
      if (users !== undefined) return users.includes(info.uid);
      if (names !== undefined) return names.includes(name(info));
      if (everyone) return true;
      const own = process.machine.processes().find(({ pid }) => pid === process.pid);
      return (
        info.uid === process.uid &&
        info.tty === (own?.tty ?? false) &&
        (info.tty || info.session === process.session || tool.has("a"))
      );
    });
    const chosen =
      tool.options.values("format").join(",") ||
      (bsd.includes("u") ? USER : tool.has("full") ? FULL : bsd === "" ? DEFAULT : "pid,tty,stat,bsdtime,args");
    const columns = columnsOf(chosen);
    if (typeof columns === "string") return tool.die(`error: ${columns}`);
    const shown =
      tool.has("noHeaders") || bsd.includes("h") ? columns.map((column) => ({ ...column, head: "" })) : columns;
    const key = tool.value("sort");
    const sorted = [...infos];
    if (key !== undefined) {
      const by = key.replace(/^[-+]/, "");
      const value = (info: ProcessInfo) =>
        /mem|rss|vsz/.test(by) ? info.memoryBytes : /cpu|time/.test(by) ? info.cpuMs : info.pid;
      sorted.sort((a, b) => (key.startsWith("-") ? value(b) - value(a) : value(a) - value(b)));
    }
    await table(tool, sorted, shown);
    return infos.length === 0 ? 1 : 0;
  },
);

/** busybox: always everybody, few columns. */
export const busyboxPs = tool(
  {
    name: "ps",
    usage: "[-o COL1,COL2=HEADER] [-T]",
    options: { format: { short: "o", value: true }, threads: { short: "T" }, wide: { short: "w" } },
  },
  async (tool) => {
    const format = tool.options.values("format").join(",");
    const infos = tool.process.machine.processes();
    if (format !== "") {
      const columns = columnsOf(format);
      if (typeof columns === "string") return tool.die(`bad -o argument '${format}'`);
      await table(tool, infos, columns);
      return 0;
    }
    const accounts = new Accounts(tool.process);
    await tool.out.write("PID   USER     TIME  COMMAND\n");
    for (const info of infos) {
      const row = { info, now: 0, user: "", totalMemory: 1 };
      const user = (accounts.user(info.uid) ?? String(info.uid)).slice(0, 8);
      await tool.out.write(
        `${String(info.pid).padStart(5)} ${user.padEnd(8)} ${short(info.cpuMs / 1000).padStart(5)}  ${command(row)}\n`,
      );
    }
    return 0;
  },
);
