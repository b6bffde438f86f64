/** ps, as procps-ng has it, and BusyBox's. */
import type { ProcessInfo, Program } from "../types.ts";
import {
  type Column,
  columnNamed,
  columnsNamed,
  columnsOf,
  commandOf,
  headOf,
  nameOf,
  type Row,
  rowOf,
  rowsOf,
  shortTime,
} from "./ps/columns.ts";
import { PsError, type PsOptions, parsePs } from "./ps/options.ts";
import { Accounts } from "./support/accounts.ts";
import { type Tool, tool } from "./support/tool.ts";

const TAIL = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
`;

export const ps: Program = tool({ name: "ps", usage: "[options]", options: {}, raw: true }, async (tool) => {
  const refuse = async (message: string) => {
    await tool.process.stderr.write(`error: ${message}\n${TAIL}`);
    return 1;
  };
  try {
    const options = parsePs(tool.operands, new Accounts(tool.process));
    if (options.show !== "processes") {
      await tool.out.write(options.show === "version" ? "ps from procps-ng 4.0.4\n" : TAIL);
      return 0;
    }
    return await list(tool, options);
  } catch (error) {
    if (error instanceof PsError) return refuse(error.message);
    throw error;
  }
});

async function list(tool: Tool, options: PsOptions): Promise<number> {
  const { process } = tool;
  const all = process.machine.processes();
  const own = all.find(({ pid }) => pid === process.pid);
  const rows = rowsOf(process, all, options.nameOnly).filter(
    (row) => selected(row, options, { uid: process.uid, tty: own?.tty ?? false }) !== options.deselect,
  );
  const columns = chosenColumns(options);
  const sorted = sortedRows(rows, options.sortKeys);
  const shown = options.forest === "none" ? sorted : planted(sorted, options.forest);
  const limit = lineLimit(tool, options);
  if (options.headers && columns.some(({ head }) => head !== "")) await tool.out.write(headOf(columns));
  for (const row of shown) {
    await tool.out.write(rowOf(columns, row, limit));
    const spent = tool.spend(1 + columns.length);
    if (spent !== undefined) await spent;
  }
  return rows.length === 0 ? 1 : 0;
}

/** Lists add to each other; without any of them it is what runs on one's own terminal. */
function selected(row: Row, options: PsOptions, own: { readonly uid: number; readonly tty: boolean }): boolean {
  const { info } = row;
  if (options.runningOnly && info.state !== "running") return false;
  if (options.all || (options.bsdAll && options.bsdWithoutTerminal)) return true;
  const chosen = options.selections.some((selection) => {
    if (selection.by === "name") return selection.names.some((name) => name.slice(0, 15) === nameOf(info));
    const ids = { pid: info.pid, ppid: info.parentPid, uid: info.uid, gid: row.gid, session: info.session };
    return selection.ids.includes(ids[selection.by]);
  });
  if (chosen || options.terminals.includes(info.tty)) return true;
  const leads = info.session === info.pid;
  if (options.unix === "d") return !leads;
  if (options.unix === "a") return info.tty && !leads;
  if (options.bsdAll) return info.tty;
  if (options.bsdWithoutTerminal) return info.uid === own.uid;
  if (options.selections.length > 0 || options.terminals.length > 0) return false;
  return info.uid === own.uid && info.tty === own.tty;
}

function chosenColumns(options: PsOptions): Column[] {
  const { unixFormats: unix, bsdFormats: bsd } = options;
  if (options.formats.length > 0) {
    const columns = columnsOf(options.formats.join(","));
    if (typeof columns === "string") throw new PsError(columns);
    if (columns.length === 0) throw new PsError("improper format list");
    return columns;
  }
  const user = options.numeric ? "uid=USER" : "user";
  if (bsd.has("u")) return columnsNamed(`${user},pid,%cpu,%mem,vsz,rss,tname,stat,start_time,bsdtime,args`);
  if (bsd.has("l")) return columnsNamed("f,uid,pid,ppid,priority,ni,vsz,rss,wchan,stat,tname,bsdtime,args");
  if (bsd.has("j")) return columnsNamed("ppid,pid,pgid,sid,tname,tpgid,stat,uid,bsdtime,args");
  const long = unix.has("y") ? "ni,rss,sz,wchan" : "ni,addr_1,sz,wchan";
  const flags = unix.has("y") ? "s" : "f,s";
  if (unix.has("F")) return columnsNamed("user=UID,pid,ppid,c,sz,rss,psr,stime,tname,time,cmd");
  if (unix.has("f")) {
    if (unix.has("l")) return columnsNamed(`${flags},user=UID,pid,ppid,c,opri,${long},stime,tname,time,cmd`);
    if (unix.has("j")) return columnsNamed("user=UID,pid,ppid,pgid,sid,c,stime,tname,time,cmd");
    return columnsNamed("user=UID,pid,ppid,c,stime,tname,time,cmd");
  }
  if (unix.has("l")) return columnsNamed(`${flags},uid,pid,ppid,c,opri,${long},tname,time,ucmd`);
  if (unix.has("j")) return columnsNamed("pid,pgid,sid,tname,time,ucmd");
  return columnsNamed(options.bsd ? "pid,tname,stat,bsdtime,args" : "pid,tname,time,ucmd");
}

function sortedRows(rows: readonly Row[], keys: readonly string[]): Row[] {
  const orders = keys.map((key) => {
    const column = columnNamed(key.replace(/^[-+]/, ""));
    if (column === undefined) throw new PsError("unknown sort specifier");
    return { value: column.key ?? column.cell, sign: key.startsWith("-") ? -1 : 1 };
  });
  return [...rows].sort((a, b) => {
    for (const { value, sign } of orders) {
      const [left, right] = [value(a), value(b)];
      if (left !== right) return left < right ? -sign : sign;
    }
    return 0;
  });
}

/** Children under their parents, with what shows it before their commands. */
function planted(rows: readonly Row[], kind: "art" | "indented"): Row[] {
  const pids = new Set(rows.map(({ info }) => info.pid));
  const children = new Map<number, Row[]>();
  for (const row of rows) {
    const siblings = children.get(row.info.parentPid);
    if (siblings === undefined) children.set(row.info.parentPid, [row]);
    else siblings.push(row);
  }
  const result: Row[] = [];
  /** `before`: what stands above this row's own branch. */
  const visit = (row: Row, before: string, depth: number, last: boolean) => {
    const own = depth === 0 ? "" : kind === "indented" ? "  " : " \\_ ";
    result.push({ ...row, branch: before + own });
    const below = depth === 0 ? "" : kind === "indented" ? "  " : last ? "    " : " |  ";
    const next = children.get(row.info.pid) ?? [];
    for (const [index, child] of next.entries()) visit(child, before + below, depth + 1, index === next.length - 1);
  };
  for (const row of rows) if (!pids.has(row.info.parentPid)) visit(row, "", 0, true);
  return result;
}

/** On a terminal lines end at its edge; `w` makes that 132 columns, another one lifts it. */
function lineLimit(tool: Tool, options: PsOptions): number {
  const { process } = tool;
  if (options.wide >= 2) return Number.POSITIVE_INFINITY;
  const environment = Number(process.env.get("COLUMNS"));
  const terminal = process.isTerminal(1) ? process.tty?.size.columns : undefined;
  const columns = options.width ?? (environment > 0 ? environment : terminal);
  if (columns === undefined) return Number.POSITIVE_INFINITY;
  return options.wide === 1 ? Math.max(columns, 132) : columns;
}

/** busybox: always everybody, few columns. */
/** A column of BusyBox's -o (procps/ps.c, out_spec). */
interface BoxColumn {
  readonly head: string;
  readonly width: number;
  readonly show: (row: Row) => string;
}

const boxColumn = (head: string, width: number, procps: string, right = false): BoxColumn => {
  const column = columnNamed(procps);
  return {
    head,
    width,
    show: (row) => {
      const text = column === undefined ? "" : column.cell(row).trim();
      return right ? text.padStart(width) : text;
    },
  };
};

const BOX_COLUMNS: Readonly<Record<string, BoxColumn>> = {
  user: boxColumn("USER", 8, "user"),
  group: boxColumn("GROUP", 8, "group"),
  comm: boxColumn("COMMAND", 16, "comm"),
  args: boxColumn("COMMAND", 256, "args"),
  pid: boxColumn("PID", 5, "pid", true),
  ppid: boxColumn("PPID", 5, "ppid", true),
  pgid: boxColumn("PGID", 5, "pgid", true),
  etime: boxColumn("ELAPSED", 7, "etime", true),
  nice: boxColumn("NI", 5, "nice", true),
  rgroup: boxColumn("RGROUP", 8, "rgroup"),
  ruser: boxColumn("RUSER", 8, "ruser"),
  time: boxColumn("TIME", 6, "time", true),
  tty: boxColumn("TT", 6, "tty"),
  vsz: boxColumn("VSZ", 4, "vsz", true),
  sid: boxColumn("SID", 5, "sid", true),
  stat: boxColumn("STAT", 4, "stat"),
  rss: boxColumn("RSS", 4, "rss", true),
};

/** Options that other systems have and that change nothing. */
const IGNORED = {
  all: { short: "a" },
  leaders: { short: "d" },
  every: { short: "e" },
  full: { short: "f" },
  long: { short: "l" },
  everyone: { short: "A" },
} as const;

export const busyboxPs = tool(
  {
    name: "ps",
    usage: "[-o COL1,COL2=HEADER] [-T]",
    options: { format: { short: "o", value: true }, threads: { short: "T" }, context: { short: "Z" }, ...IGNORED },
  },
  async (tool) => {
    const infos: readonly ProcessInfo[] = tool.process.machine.processes();
    const format = tool.options.values("format").join(",");
    if (format !== "") {
      const columns: { readonly known: BoxColumn; readonly head: string }[] = [];
      for (const word of format.split(",")) {
        const [name = "", head] = word.split("=", 2);
        const known = BOX_COLUMNS[name];
        if (known === undefined)
          return tool.die(`bad -o argument '${name}', supported arguments: ${Object.keys(BOX_COLUMNS).join(",")}`);
        columns.push({ known, head: head ?? known.head });
      }
      const line = (texts: readonly string[]) =>
        `${texts.map((text, index) => (index === texts.length - 1 ? text : text.padEnd(columns[index]?.known.width ?? 0))).join(" ")}\n`;
      await tool.out.write(line(columns.map(({ head }) => head)));
      for (const row of rowsOf(tool.process, infos))
        await tool.out.write(line(columns.map(({ known }) => known.show(row))));
      return 0;
    }
    const accounts = new Accounts(tool.process);
    await tool.out.write("PID   USER     TIME  COMMAND\n");
    for (const info of infos) {
      const user = (accounts.user(info.uid) ?? String(info.uid)).slice(0, 8);
      await tool.out.write(
        `${String(info.pid).padStart(5)} ${user.padEnd(8)} ${shortTime(info.cpuMs / 1000).padStart(5)} ${commandOf(info)}\n`,
      );
    }
    return 0;
  },
);
