import { isErrno } from "../errno.ts";
import { parseSignal } from "../process/signals.ts";
import type { ProcessInfo, Program, Signal } from "../types.ts";
import { commandOf, nameOf } from "./ps/columns.ts";
import { Accounts } from "./support/accounts.ts";
import { procpsUsage } from "./support/procps.ts";
import { compilePattern, PatternError } from "./support/regex.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const KILL_OPTIONS = {
  signal: { short: "s", long: "signal", value: true, help: "the signal, by name or number" },
  list: { short: "l", long: "list", value: "optional", help: "list signal names, or convert one" },
  table: { short: "L", long: "table", help: "list signals in a table" },
} as const;
const KILL_USAGE = `${procpsUsage("kill", "[options] <pid> [...]", KILL_OPTIONS)}\n`;

/** All that Linux has, by number from 1. Only those of SIGNAL_NAMES are ever sent here. */
const LINUX_SIGNALS =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH POLL PWR SYS".split(
    " ",
  );
export const SIGNAL_LIST = `${LINUX_SIGNALS.slice(0, 16).join(" ")}\n${LINUX_SIGNALS.slice(16).join(" ")}\n`;

function signalTable(): string {
  const cells = LINUX_SIGNALS.map((name, index) => `${String(index + 1).padStart(2)} ${name.padEnd(8)}`);
  const lines: string[] = [];
  for (let at = 0; at < cells.length; at += 7) {
    const line = cells.slice(at, at + 7).join("");
    lines.push(at + 7 > cells.length ? line : line.trimEnd());
  }
  return `${lines.join("\n")}\n`;
}

/** The program as procps-ng has it; shells have their own. */
export const kill: Program = async (process) => {
  let words = process.argv.slice(1);
  let signal: Signal | undefined = "SIGTERM";
  const complain = async (text: string) => {
    await process.stderr.write(`${process.argv[0] ?? "kill"}: ${text}\n`);
    return 1;
  };
  const [first = ""] = words;
  if (first === "-L" || first === "--table") {
    await process.stdout.write(signalTable());
    return 0;
  }
  if (/^(-l|--list(=.*)?)$/.test(first)) {
    const named = first.includes("=") ? first.slice(first.indexOf("=") + 1) : words[1];
    if (named === undefined) await process.stdout.write(SIGNAL_LIST);
    else {
      const at = LINUX_SIGNALS.indexOf(named.toUpperCase().replace(/^SIG/, ""));
      const text = /^\d+$/.test(named) ? LINUX_SIGNALS[Number(named) - 1] : at === -1 ? undefined : String(at + 1);
      if (text === undefined) await complain(`unknown signal name ${named}`);
      else await process.stdout.write(`${text}\n`);
    }
    return 0;
  }
  const given = /^(?:-s|--signal)$/.test(first)
    ? words[1]
    : (/^--signal=(.*)$/.exec(first)?.[1] ?? /^-([A-Za-z0-9+]+)$/.exec(first)?.[1]);
  if (given !== undefined) {
    const parsed = parseSignal(given);
    if (parsed === undefined && given !== "0") return complain(`unknown signal ${given}`);
    signal = parsed;
    words = words.slice(/^(-s|--signal)$/.test(first) ? 2 : 1);
  } else if (/^-./.test(first) && first !== "--" && !/^-\d/.test(first)) {
    await complain(`invalid argument ${first.replace(/^-+/, "").slice(0, 1)}`);
    await process.stderr.write(KILL_USAGE);
    return 1;
  }
  if (words[0] === "--") words = words.slice(1);
  if (words.length === 0) {
    await process.stderr.write(KILL_USAGE);
    return 1;
  }
  let status = 0;
  for (const word of words) {
    if (!/^-?\d+$/.test(word)) return complain(`failed to parse argument: '${word}'`);
    try {
      process.kill(Number(word), signal);
    } catch (error) {
      if (!isErrno(error)) throw error;
      status = await complain(`(${word}): ${error.message}`);
    }
  }
  return status;
};

const SHARED = {
  inverse: { short: "v", long: "inverse", help: "negates the matching" },
  count: { short: "c", long: "count", help: "count of matching processes" },
  full: { short: "f", long: "full", help: "match the whole command line" },
  groups: { short: "g", long: "pgroup", value: true, help: "match these process groups" },
  groupIds: { short: "G", long: "group", value: true, help: "match real groups" },
  fold: { short: "i", long: "ignore-case", help: "match case insensitively" },
  newest: { short: "n", long: "newest", help: "only the most recently started" },
  oldest: { short: "o", long: "oldest", help: "only the least recently started" },
  older: { short: "O", long: "older", value: true, help: "started longer ago than so many seconds" },
  parent: { short: "P", long: "parent", value: true, help: "match children of these" },
  sessions: { short: "s", long: "session", value: true, help: "match these sessions" },
  terminals: { short: "t", long: "terminal", value: true, help: "match these terminals" },
  user: { short: "u", long: "euid", value: true, help: "match effective users" },
  realUser: { short: "U", long: "uid", value: true, help: "match real users" },
  exact: { short: "x", long: "exact", help: "match the whole name" },
  states: { short: "r", long: "runstates", value: true, help: "match states (R, S, T, Z)" },
  ancestors: { short: "A", long: "ignore-ancestors", help: "leave out what started this" },
  signal: { long: "signal", value: true, help: "the signal, by name or number" },
  versionLetter: { short: "V" },
} as const;
const PGREP = {
  delimiter: { short: "d", long: "delimiter", value: true, help: "what stands between process IDs" },
  list: { short: "l", long: "list-name", help: "show names too" },
  all: { short: "a", long: "list-full", help: "show command lines too" },
  ...SHARED,
} as const;
const PKILL = { echo: { short: "e", long: "echo", help: "say what is killed" }, ...SHARED } as const;
type Finder = Tool<typeof SHARED>;

const LETTERS = { running: "R", sleeping: "S", stopped: "T", zombie: "Z" } as const;

async function patternOf(tool: Finder, text: string) {
  // glibc knows no repetition of nothing.
  if (/^[*+?]/.test(text)) return tool.die("regex error: Invalid preceding regular expression", 2);
  try {
    return compilePattern(text, { syntax: "extended", ignoreCase: tool.has("fold") });
  } catch (error) {
    if (error instanceof PatternError) return tool.die(`regex error: ${error.message}`, 2);
    throw error;
  }
}

/** The numbers of a list; 0 is one's own. */
async function numbersOf(tool: Finder, text: string | undefined, own: number | undefined, wrong: string) {
  if (text === undefined) return undefined;
  const numbers: number[] = [];
  for (const part of text.split(",")) {
    if (!/^\d+$/.test(part)) return tool.die(`${wrong}: ${part}`, 2);
    numbers.push(own !== undefined && Number(part) === 0 ? own : Number(part));
  }
  return numbers;
}

async function matching(tool: Finder): Promise<ProcessInfo[]> {
  const { process } = tool;
  const accounts = new Accounts(process);
  const users = new Set<number>();
  for (const name of ["user", "realUser"] as const)
    for (const user of tool.value(name)?.split(",") ?? []) {
      const id = accounts.userId(user);
      if (id === undefined) return tool.die(`invalid user name: ${user}`, 2);
      users.add(id);
    }
  if (tool.has("groupIds")) return tool.die("--group is not available here", 2);
  const parents = await numbersOf(tool, tool.value("parent"), undefined, "not a number");
  const groups = await numbersOf(tool, tool.value("groups"), process.processGroup, "invalid process group");
  const sessions = await numbersOf(tool, tool.value("sessions"), process.session, "invalid session id");
  const older = await numbersOf(tool, tool.value("older"), undefined, "not a number");
  const terminals = tool.value("terminals")?.split(",");
  const states = tool.value("states");
  if (tool.has("newest") && tool.has("oldest")) {
    await process.stderr.write(`${tool.spec.pointer}\n`);
    throw new Exit(2);
  }
  const [text, extra] = tool.operands;
  const advice = `Try \`${tool.name} --help' for more information.`;
  if (extra !== undefined) return tool.die(`only one pattern can be provided\n${advice}`, 2);
  const criteria = users.size > 0 || [parents, groups, sessions, older, terminals, states].some(Boolean);
  if (text === undefined && !criteria && !tool.has("newest") && !tool.has("oldest"))
    return tool.die(`no matching criteria specified\n${advice}`, 2);
  const pattern = await patternOf(tool, tool.has("exact") ? `^(${text ?? ""})$` : (text ?? ""));
  if (text !== undefined && text.length > 15 && !tool.has("full") && /^\w+$/.test(text)) {
    await tool.complain(
      `pattern that searches for process name longer than 15 characters will result in zero matches\nTry \`${tool.name} -f' option to match against the complete command line.`,
    );
  }
  const everybody = process.machine.processes();
  const above = tool.has("ancestors") ? ancestorsOf(everybody, process.pid) : new Set<number>();
  const now = process.clock.now();
  let found = everybody.filter((info) => {
    if (info.pid === process.pid || above.has(info.pid)) return false;
    const subject = tool.has("full") && info.state !== "zombie" ? info.argv.join(" ") : nameOf(info);
    const fits =
      pattern.find(subject, 0) !== undefined &&
      (users.size === 0 || users.has(info.uid)) &&
      (parents?.includes(info.parentPid) ?? true) &&
      (groups?.includes(info.processGroup) ?? true) &&
      (sessions?.includes(info.session) ?? true) &&
      (states?.includes(LETTERS[info.state]) ?? true) &&
      (terminals?.some((name) => (name === "-" ? !info.tty : info.tty && /^(\/dev\/)?pts\/0$/.test(name))) ?? true) &&
      (older === undefined || now - info.started > (older[0] ?? 0) * 1000);
    return fits !== tool.has("inverse");
  });
  if (tool.has("newest")) found = found.slice(-1);
  if (tool.has("oldest")) found = found.slice(0, 1);
  return found;
}

function ancestorsOf(all: readonly ProcessInfo[], pid: number): Set<number> {
  const parents = new Map(all.map((info) => [info.pid, info.parentPid]));
  const above = new Set<number>();
  for (let at = parents.get(pid); at !== undefined && !above.has(at); at = parents.get(at)) above.add(at);
  return above;
}

export const pgrep = tool(
  {
    name: "pgrep",
    usage: "[options] <pattern>",
    options: PGREP,
    usageStatus: 2,
    pointer: procpsUsage("pgrep", "[options] <pattern>", PGREP),
  },
  async (tool) => {
    if (tool.has("versionLetter")) {
      await tool.out.write(PROCPS("pgrep"));
      return 0;
    }
    const found = await matching(tool as unknown as Finder);
    if (tool.has("count")) await tool.out.write(`${found.length}\n`);
    else {
      const texts = found.map((info) =>
        tool.has("all")
          ? `${info.pid} ${commandOf(info)}`
          : tool.has("list")
            ? `${info.pid} ${nameOf(info)}`
            : String(info.pid),
      );
      if (texts.length > 0) await tool.out.write(`${texts.join(tool.value("delimiter") ?? "\n")}\n`);
    }
    return found.length === 0 ? 1 : 0;
  },
);

const PROCPS = (name: string) => `${name} from procps-ng 4.0.4\n`;

const pkillBody = tool(
  {
    name: "pkill",
    usage: "[options] <pattern>",
    options: PKILL,
    usageStatus: 2,
    pointer: procpsUsage("pkill", "[options] <pattern>", PKILL),
  },
  async (tool) => {
    if (tool.has("versionLetter")) {
      await tool.out.write(PROCPS("pkill"));
      return 0;
    }
    const text = tool.value("signal") ?? "TERM";
    const signal = parseSignal(text);
    if (signal === undefined && text !== "0") return tool.die(`Unknown signal "${text}".`, 2);
    const found = await matching(tool as unknown as Finder);
    let killed = 0;
    for (const info of found) {
      const sent = await tool.attempt(`killing pid ${info.pid} failed`, () => tool.process.kill(info.pid, signal));
      if (!sent) continue;
      killed++;
      if (tool.has("echo")) await tool.out.write(`${nameOf(info)} killed (pid ${info.pid})\n`);
    }
    if (tool.has("count")) await tool.out.write(`${killed}\n`);
    return killed === 0 ? 1 : 0;
  },
);

/** `pkill -9 name`, `pkill -TERM name`: the signal looks like an option. */
export const pkill: Program = (process) => {
  const at = process.argv.findIndex(
    (word) => /^-\d+$/.test(word) || (/^-[A-Za-z]+\d?$/.test(word) && parseSignal(word.slice(1)) !== undefined),
  );
  if (at === -1) return pkillBody(process);
  const argv = process.argv.with(at, `--signal=${(process.argv[at] as string).slice(1)}`);
  return process.execute({ argv, program: pkillBody });
};
