import { isErrno } from "../errno.ts";
import { parseSignal, SIGNAL_NAMES, signalNumber } from "../process/signals.ts";
import type { ProcessInfo, Program, Signal } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { compilePattern, PatternError } from "./support/regex.ts";
import { type Tool, tool } from "./support/tool.ts";

/** The program; shells have their own. */
export const kill: Program = async (process) => {
  let words = process.argv.slice(1);
  let signal: Signal | undefined = "SIGTERM";
  const complain = async (text: string) => {
    await process.stderr.write(`kill: ${text}\n`);
    return 1;
  };
  const [first = ""] = words;
  if (first === "-l" || first === "-L") {
    const named = words.slice(1).map((word) => parseSignal(String(Number(word) > 128 ? Number(word) - 128 : word)));
    const texts =
      named.length > 0
        ? named.map((name) =>
            name === undefined ? "" : /^\d+$/.test(words[1] ?? "") ? name.slice(3) : String(signalNumber(name)),
          )
        : [SIGNAL_NAMES.map((name) => name.slice(3)).join(" ")];
    await process.stdout.write(`${texts.join("\n")}\n`);
    return 0;
  }
  if (/^-(s|-signal)$/.test(first)) {
    words = words.slice(1);
    const parsed = parseSignal(words[0] ?? "");
    if (parsed === undefined && words[0] !== "0") return complain(`unknown signal ${words[0] ?? ""}`);
    signal = parsed;
    words = words.slice(1);
  } else if (/^-[A-Za-z0-9]+$/.test(first) && first !== "--") {
    const parsed = parseSignal(first.slice(1));
    if (parsed === undefined && first !== "-0") return complain(`unknown signal ${first.slice(1)}`);
    signal = parsed;
    words = words.slice(1);
  }
  if (words[0] === "--") words = words.slice(1);
  if (words.length === 0) {
    await process.stderr.write("Usage:\n kill [options] <pid> [...]\n");
    return 1;
  }
  let status = 0;
  for (const word of words) {
    if (!/^-?\d+$/.test(word)) {
      status = await complain(`failed to parse argument: '${word}'`);
      continue;
    }
    try {
      process.kill(Number(word), signal);
    } catch (error) {
      if (!isErrno(error)) throw error;
      status = await complain(`(${word}): ${error.message}`);
    }
  }
  return status;
};

const OPTIONS = {
  full: { short: "f", long: "full" },
  exact: { short: "x", long: "exact" },
  user: { short: "u", long: "euid", value: true },
  parent: { short: "P", long: "parent", value: true },
  newest: { short: "n", long: "newest" },
  oldest: { short: "o", long: "oldest" },
  inverse: { short: "v", long: "inverse" },
  list: { short: "l", long: "list-name" },
  all: { short: "a", long: "list-full" },
  count: { short: "c", long: "count" },
  delimiter: { short: "d", long: "delimiter", value: true },
  fold: { short: "i", long: "ignore-case" },
  signal: { long: "signal", value: true },
} as const;

async function patternOf(tool: Tool<typeof OPTIONS>, text: string) {
  try {
    return compilePattern(text, { syntax: "extended", ignoreCase: tool.has("fold") });
  } catch (error) {
    if (error instanceof PatternError) return tool.die(`regex error: ${error.message}`, 2);
    throw error;
  }
}

async function matching(tool: Tool<typeof OPTIONS>): Promise<ProcessInfo[]> {
  const { process } = tool;
  const [text] = tool.operands;
  if (text === undefined && !tool.has("user") && !tool.has("parent")) {
    return tool.die("no matching criteria specified\nTry `" + tool.name + " --help' for more information.", 2);
  }
  const accounts = new Accounts(process);
  const pattern = await patternOf(tool, tool.has("exact") ? `^(${text ?? ""})$` : (text ?? ""));
  const users = tool
    .value("user")
    ?.split(",")
    .map((user) => accounts.userId(user));
  const parents = tool.value("parent")?.split(",").map(Number);
  let found = process.machine.processes().filter((info) => {
    if (info.pid === process.pid) return false;
    const subject = tool.has("full") ? info.argv.join(" ") : ((info.argv[0] ?? "").split("/").at(-1) ?? "");
    const fits =
      pattern.find(subject, 0) !== undefined &&
      (users?.includes(info.uid) ?? true) &&
      (parents?.includes(info.parentPid) ?? true);
    return fits !== tool.has("inverse");
  });
  if (tool.has("newest")) found = found.slice(-1);
  if (tool.has("oldest")) found = found.slice(0, 1);
  return found;
}

export const pgrep = tool(
  { name: "pgrep", usage: "[options] <pattern>", options: OPTIONS, usageStatus: 2 },
  async (tool) => {
    const found = await matching(tool);
    if (tool.has("count")) await tool.out.write(`${found.length}\n`);
    else {
      const texts = found.map(({ pid, argv }) =>
        tool.has("all")
          ? `${pid} ${argv.join(" ")}`
          : tool.has("list")
            ? `${pid} ${(argv[0] ?? "").split("/").at(-1)}`
            : String(pid),
      );
      if (texts.length > 0) await tool.out.write(`${texts.join(tool.value("delimiter") ?? "\n")}\n`);
    }
    return found.length === 0 ? 1 : 0;
  },
);

const pkillBody = tool(
  { name: "pkill", usage: "[options] <pattern>", options: OPTIONS, usageStatus: 2 },
  async (tool) => {
    const text = tool.value("signal") ?? "TERM";
    const signal = parseSignal(text);
    if (signal === undefined) return tool.die(`Unknown signal "${text}".`, 2);
    const found = await matching(tool);
    for (const { pid } of found) {
      await tool.attempt(`killing pid ${pid} failed`, () => tool.process.kill(pid, signal));
    }
    return found.length === 0 ? 1 : tool.status;
  },
);

/** `pkill -9 name`, `pkill -TERM name`: the signal looks like an option. */
export const pkill: Program = (process) => {
  const at = process.argv.findIndex((word) => /^-(\d+|[A-Z]{3,})$/.test(word));
  if (at === -1) return pkillBody(process);
  const argv = process.argv.with(at, `--signal=${(process.argv[at] as string).slice(1)}`);
  return process.execute({ argv, program: pkillBody });
};

export const killall = tool(
  {
    name: "killall",
    usage: "[OPTION]... NAME...",
    options: {
      signal: { short: "s", long: "signal", value: true },
      quiet: { short: "q", long: "quiet" },
      kill: { short: "9" },
      hup: { short: "1" },
    },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("no process selection criteria");
    const signal = tool.has("kill")
      ? "SIGKILL"
      : tool.has("hup")
        ? "SIGHUP"
        : parseSignal(tool.value("signal") ?? "TERM");
    if (signal === undefined) return tool.die(`${tool.value("signal")}: unknown signal`);
    for (const name of tool.operands) {
      const found = tool.process.machine
        .processes()
        .filter(({ argv, pid }) => pid !== tool.process.pid && (argv[0] ?? "").split("/").at(-1) === name);
      if (found.length === 0) {
        tool.status = 1;
        if (!tool.has("quiet")) await tool.process.stderr.write(`${name}: no process found\n`);
      }
      for (const { pid } of found) await tool.attempt(`${name}(${pid})`, () => tool.process.kill(pid, signal));
    }
    return tool.status;
  },
);
