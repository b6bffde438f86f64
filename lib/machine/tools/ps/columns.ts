/** What ps can show of a process, with the headers and widths of procps-ng (src/ps/output.c). */
import { formatDate } from "../../strftime.ts";
import type { Process, ProcessInfo } from "../../types.ts";
import { Accounts } from "../support/accounts.ts";

const STATES = { running: "R", sleeping: "S", stopped: "T", zombie: "Z" } as const;
const DAY_MS = 86_400_000;
/** Digits of the largest process id, where /proc does not say it (4194304). */
const PID_WIDTH = 7;
const PAGE = 4096;

/** A process as the columns see it. */
export interface Row {
  readonly info: ProcessInfo;
  readonly now: number;
  readonly accounts: Accounts;
  readonly totalMemory: number;
  readonly gid: number;
  /** The foreground process group of its terminal, else -1. */
  readonly foreground: number;
  /** Branches of the tree, before the command. */
  readonly branch: string;
  /** `c`: the name alone stands for the command. */
  readonly nameOnly: boolean;
}

export interface Column {
  readonly head: string;
  readonly width: number;
  readonly right: boolean;
  /** As wide as it likes where it is the last one. */
  readonly unlimited: boolean;
  readonly cell: (row: Row) => string;
  /** What rows are sorted by; default the cell. */
  readonly key?: (row: Row) => number | string;
}

/** The name the kernel keeps: 15 characters. */
export const nameOf = (info: ProcessInfo): string =>
  ((info.argv[0] ?? "").split("/").at(-1)?.replace(/^-/, "") ?? "").slice(0, 15);

export const commandOf = (info: ProcessInfo): string =>
  info.state === "zombie" ? `[${nameOf(info)}] <defunct>` : info.argv.join(" ");

/** Rows of these processes, in their order. */
export function rowsOf(process: Process, infos: readonly ProcessInfo[], nameOnly = false): Row[] {
  const accounts = new Accounts(process);
  const totalMemory = process.machine.limits.memoryBytes ?? 4 * 2 ** 30;
  return infos.map((info) => ({
    info,
    now: process.clock.now(),
    accounts,
    totalMemory,
    gid: Number(/^Gid:\s+(\d+)/m.exec(procText(process, info.pid, "status"))?.[1] ?? 0),
    foreground: Number(
      procText(process, info.pid, "stat")
        .replace(/^.*\) /, "")
        .split(" ")[5] ?? -1,
    ),
    branch: "",
    nameOnly,
  }));
}

function procText(process: Process, pid: number, name: string): string {
  const path = `/proc/${pid}/${name}`;
  return process.files.exists(path) ? process.files.readText(path) : "";
}

const two = (value: number) => String(Math.floor(value)).padStart(2, "0");

function long(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = `${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days > 0 ? `${days}-${clock}` : clock;
}
function elapsed(seconds: number): string {
  return seconds < 3600 ? `${two(seconds / 60)}:${two(seconds % 60)}` : long(seconds);
}
export function shortTime(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

const cpu = ({ info, now }: Row) => (100 * info.cpuMs) / Math.max(1, now - info.started);
const memory = ({ info, totalMemory }: Row) => (100 * info.memoryBytes) / totalMemory;
const seconds = ({ info, now }: Row) => Math.floor((now - info.started) / 1000);
const used = ({ info }: Row) => Math.floor(info.cpuMs / 1000);
const virtual = ({ info }: Row) => info.memoryBytes + 2 ** 20;
const dayOf = (time: number) => Math.floor(time / DAY_MS);

function started({ info, now }: Row): string {
  if (formatDate(info.started, "%Y") !== formatDate(now, "%Y")) return formatDate(info.started, "%Y");
  return formatDate(info.started, dayOf(info.started) === dayOf(now) ? "%H:%M" : "%b%d");
}

function state({ info, foreground }: Row): string {
  const leads = info.session === info.pid ? "s" : "";
  return `${STATES[info.state]}${leads}${foreground === info.processGroup ? "+" : ""}`;
}

/** A name that is too long ends with a plus. */
function fitted(name: string, width: number): string {
  return name.length > width ? `${name.slice(0, width - 1)}+` : name;
}

const user = ({ accounts, info }: Row) => fitted(accounts.user(info.uid) ?? String(info.uid), 8);
const group = ({ accounts, gid }: Row) => fitted(accounts.group(gid) ?? String(gid), 8);

function left(head: string, width: number, cell: (row: Row) => string, unlimited = false): Column {
  return { head, width, right: false, unlimited, cell };
}
function right(head: string, width: number, value: (row: Row) => number, cell?: (row: Row) => string): Column {
  return { head, width, right: true, unlimited: false, cell: cell ?? ((row) => String(value(row))), key: value };
}
const identity = (head: string, value: (row: Row) => number) => right(head, PID_WIDTH, value);
const uid = (head: string) => right(head, 5, ({ info }) => info.uid);
const gid = (head: string) => right(head, 5, (row) => row.gid);
const constant = (head: string, width: number, value: number) => right(head, width, () => value);

const named = ({ info, branch }: Row) => branch + nameOf(info) + (info.state === "zombie" ? " <defunct>" : "");
const full = (row: Row) => (row.nameOnly ? named(row) : row.branch + commandOf(row.info));
const terminal = ({ info }: Row) => (info.tty ? "pts/0" : "?");

const COLUMNS: Readonly<Record<string, Column>> = {
  "%cpu": right("%CPU", 4, cpu, (row) => (cpu(row) >= 100 ? cpu(row).toFixed(0) : cpu(row).toFixed(1))),
  "%mem": right("%MEM", 4, memory, (row) => memory(row).toFixed(1)),
  addr: left("ADDR", 4, () => "-"),
  addr_1: left("ADDR", 1, () => "-"),
  args: left("COMMAND", 27, full, true),
  bsdstart: right(
    "START",
    6,
    ({ info }) => info.started,
    ({ info, now }) => formatDate(info.started, now - info.started < DAY_MS ? " %H:%M" : "%b %d"),
  ),
  bsdtime: right("TIME", 6, used, (row) => shortTime(used(row))),
  c: right("C", 2, cpu, (row) => String(Math.min(99, Math.floor(cpu(row))))),
  cls: { ...left("CLS", 3, () => "TS"), right: true },
  cmd: left("CMD", 27, full, true),
  comm: left("COMMAND", 15, named, true),
  egid: gid("EGID"),
  egroup: left("EGROUP", 8, group),
  etime: right("ELAPSED", 11, seconds, (row) => elapsed(seconds(row))),
  etimes: right("ELAPSED", 7, seconds),
  euid: uid("EUID"),
  euser: left("EUSER", 8, user),
  f: right("F", 1, ({ info }) => (info.uid === 0 ? 4 : 0)),
  fgid: gid("FGID"),
  fname: left("COMMAND", 8, ({ info }) => nameOf(info).slice(0, 8)),
  fuid: uid("FUID"),
  fuser: left("FUSER", 8, user),
  gid: gid("GID"),
  group: left("GROUP", 8, group),
  lstart: right(
    "STARTED",
    24,
    ({ info }) => info.started,
    ({ info }) => formatDate(info.started, "%a %b %e %H:%M:%S %Y"),
  ),
  lwp: identity("LWP", ({ info }) => info.pid),
  ni: constant("NI", 3, 0),
  nlwp: constant("NLWP", 4, 1),
  opri: constant("PRI", 3, 80),
  pgid: identity("PGID", ({ info }) => info.processGroup),
  pgrp: identity("PGRP", ({ info }) => info.processGroup),
  pid: identity("PID", ({ info }) => info.pid),
  policy: left("POL", 3, () => "TS"),
  ppid: identity("PPID", ({ info }) => info.parentPid),
  pri: constant("PRI", 3, 19),
  priority: constant("PRI", 3, 20),
  psr: constant("PSR", 3, 0),
  rgid: gid("RGID"),
  rgroup: left("RGROUP", 8, group),
  rss: right("RSS", 5, ({ info }) => Math.floor(info.memoryBytes / 1024)),
  rsz: right("RSZ", 5, ({ info }) => Math.floor(info.memoryBytes / 1024)),
  rtprio: { ...constant("RTPRIO", 6, 0), cell: () => "-" },
  ruid: uid("RUID"),
  ruser: left("RUSER", 8, user),
  s: left("S", 1, ({ info }) => STATES[info.state]),
  sched: constant("SCH", 3, 0),
  sess: identity("SESS", ({ info }) => info.session),
  sgid: gid("SGID"),
  sid: identity("SID", ({ info }) => info.session),
  spid: identity("SPID", ({ info }) => info.pid),
  start: right(
    "STARTED",
    8,
    ({ info }) => info.started,
    ({ info, now }) => formatDate(info.started, now - info.started < DAY_MS ? "%H:%M:%S" : "  %b %d"),
  ),
  start_time: { ...left("START", 5, started), key: ({ info }) => info.started },
  stat: left("STAT", 4, state),
  stime: { ...left("STIME", 5, started), key: ({ info }) => info.started },
  suid: uid("SUID"),
  suser: left("SUSER", 8, user),
  sz: right("SZ", 5, (row) => Math.floor(virtual(row) / PAGE)),
  thcount: constant("THCNT", 5, 1),
  tid: identity("TID", ({ info }) => info.pid),
  time: right("TIME", 8, used, (row) => long(used(row))),
  times: right("TIME", 8, used),
  tname: left("TTY", 8, terminal),
  tpgid: identity("TPGID", ({ foreground }) => foreground),
  tt: left("TT", 8, terminal),
  ucmd: left("CMD", 15, named, true),
  uid: uid("UID"),
  user: left("USER", 8, user),
  vsz: right("VSZ", 6, (row) => Math.floor(virtual(row) / 1024)),
  wchan: left("WCHAN", 6, () => "-"),
};

const ALIASES: Readonly<Record<string, string>> = {
  class: "cls",
  command: "args",
  cputime: "time",
  cputimes: "times",
  flag: "f",
  flags: "f",
  nice: "ni",
  nwchan: "wchan",
  pcpu: "%cpu",
  pmem: "%mem",
  rssize: "rss",
  session: "sess",
  state: "s",
  tty: "tt",
  ucomm: "comm",
  uname: "user",
  vsize: "vsz",
};

export function columnNamed(name: string): Column | undefined {
  return COLUMNS[ALIASES[name] ?? name];
}

/** procps' own formats name columns that are there. */
export function columnsNamed(names: string): Column[] {
  return names.split(",").map((part) => {
    const [name = "", head] = part.split("=");
    const column = columnNamed(name) as Column;
    return head === undefined ? column : { ...column, head };
  });
}

/** What `-o` takes: names with a width (`user:20`) or a header (`pid=ID`). Else what is wrong with it. */
export function columnsOf(format: string): Column[] | string {
  const columns: Column[] = [];
  for (const part of format.split(/[\s,]+/).filter(Boolean)) {
    const [, spec = "", head] = /^([^=]*)(?:=(.*))?$/s.exec(part) ?? [];
    const [name = "", width] = spec.split(":");
    const column = columnNamed(name);
    if (column === undefined) return `unknown user-defined format specifier "${name}"`;
    if (width !== undefined && !/^[1-9]\d*$/.test(width)) return "column widths must be unsigned decimal numbers";
    const wide = width === undefined ? column : withWidth(column, name, Number(width));
    columns.push(head === undefined ? wide : { ...wide, head, width: Math.max(wide.width, head.length) });
  }
  return columns;
}

/** Names are as long as their column allows. */
function withWidth(column: Column, name: string, width: number): Column {
  const of = /group$/.test(name)
    ? (row: Row) => row.accounts.group(row.gid) ?? String(row.gid)
    : /user$|^uname$/.test(name)
      ? (row: Row) => row.accounts.user(row.info.uid) ?? String(row.info.uid)
      : undefined;
  return { ...column, width, ...(of === undefined ? {} : { cell: (row: Row) => fitted(of(row), width) }) };
}

export const headOf = (columns: readonly Column[]): string =>
  lineOf(
    columns,
    columns.map(({ head }) => head),
  );

/** A row's texts: commands and names fill no more than their column, but for the last. */
export function rowOf(columns: readonly Column[], row: Row, limit?: number): string {
  const texts = columns.map(({ cell, unlimited, width }, index) => {
    const text = cell(row);
    return unlimited && index < columns.length - 1 ? text.slice(0, width) : text;
  });
  return lineOf(columns, texts, limit);
}

/** One line of texts under each other: what is too wide takes from the blanks that follow. */
function lineOf(columns: readonly Column[], texts: readonly string[], limit = Number.POSITIVE_INFINITY): string {
  let line = "";
  let place = 0;
  for (const [index, column] of columns.entries()) {
    const text = texts[index] as string;
    const pad = column.right ? Math.max(0, column.width - text.length) : 0;
    line += " ".repeat(Math.max(index === 0 ? 0 : 1, place - line.length + pad)) + text;
    place += column.width + 1;
  }
  return `${line.slice(0, limit)}\n`;
}
