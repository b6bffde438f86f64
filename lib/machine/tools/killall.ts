/** killall, as psmisc has it: signals by name. */
import { parseSignal, signalNumber } from "../process/signals.ts";
import type { ProcessInfo, Program } from "../types.ts";
import { SIGNAL_LIST } from "./kill.ts";
import { nameOf } from "./ps/columns.ts";
import { Accounts } from "./support/accounts.ts";
import { compilePattern, PatternError } from "./support/regex.ts";
import { tool } from "./support/tool.ts";

const OPTIONS = {
  exact: { short: "e", long: "exact", help: "long names must be the same to their end" },
  fold: { short: "I", long: "ignore-case", help: "names match case insensitively" },
  list: { short: "l", long: "list", help: "list signal names" },
  quiet: { short: "q", long: "quiet", help: "say nothing of names nobody has" },
  pattern: { short: "r", long: "regexp", help: "names are extended regular expressions" },
  signal: { short: "s", long: "signal", value: true, help: "send this instead of SIGTERM" },
  user: { short: "u", long: "user", value: true, help: "only what runs as this user" },
  verbose: { short: "v", long: "verbose", help: "say what was sent" },
  version: { short: "V", long: "version", help: "show the version" },
  wait: { short: "w", long: "wait", help: "wait until they are gone" },
} as const;

const USAGE = "Usage: killall [OPTION]... [--] NAME...\n       killall -l, --list\n       killall -V, --version\n";
const WAIT_MS = 1000;

const body = tool({ name: "killall", usage: "[OPTION]... [--] NAME...", options: OPTIONS }, async (tool) => {
  const { process, operands } = tool;
  if (tool.has("version")) {
    await process.stderr.write("killall (PSmisc) 23.7\n");
    return 0;
  }
  if (tool.has("list")) {
    await tool.out.write(SIGNAL_LIST);
    return 0;
  }
  const text = tool.value("signal") ?? "TERM";
  const signal = parseSignal(text);
  if (signal === undefined && text !== "0") {
    await process.stderr.write(`${text}: unknown signal; killall -l lists signals.\n`);
    return 1;
  }
  const who = tool.value("user");
  const uid = who === undefined ? undefined : new Accounts(process).userId(who);
  if (who !== undefined && uid === undefined) {
    await process.stderr.write(`Cannot find user ${who}\n`);
    return 1;
  }
  if (operands.length === 0 && uid === undefined) {
    await process.stderr.write(USAGE);
    return 1;
  }
  const named = (name: string): ((info: ProcessInfo) => boolean) => {
    if (tool.has("pattern")) {
      const pattern = compilePattern(name, { syntax: "extended", ignoreCase: tool.has("fold") });
      return (info) => pattern.find(nameOf(info), 0) !== undefined;
    }
    const wanted = (name.split("/").at(-1) ?? "").slice(0, 15);
    if (tool.has("fold")) return (info) => nameOf(info).toLowerCase() === wanted.toLowerCase();
    return (info) => nameOf(info) === wanted;
  };
  let status = 0;
  const sent: number[] = [];
  for (const name of operands.length === 0 ? [""] : operands) {
    let fits: (info: ProcessInfo) => boolean;
    try {
      fits = operands.length === 0 ? () => true : named(name);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return tool.die(`Bad regular expression: ${name}`);
    }
    const found = process.machine
      .processes()
      .filter((info) => info.pid !== process.pid && info.state !== "zombie" && fits(info))
      .filter((info) => uid === undefined || info.uid === uid);
    if (found.length === 0) {
      status = 1;
      if (!tool.has("quiet")) await process.stderr.write(`${name}: no process found\n`);
    }
    for (const info of found) {
      const done = await tool.attempt(`${nameOf(info)}(${info.pid})`, () => process.kill(info.pid, signal));
      if (!done) continue;
      sent.push(info.pid);
      if (tool.has("verbose"))
        await process.stderr.write(
          `Killed ${nameOf(info)}(${info.pid}) with signal ${signal === undefined ? 0 : signalNumber(signal)}\n`,
        );
    }
  }
  const alive = () => process.machine.processes().some(({ pid, state }) => sent.includes(pid) && state !== "zombie");
  if (tool.has("wait")) while (alive()) await process.sleep(WAIT_MS);
  return Math.max(status, tool.status);
});

/** `killall -9 name`, `killall -HUP name`: the signal looks like an option. */
export const killall: Program = async (process) => {
  const words = process.argv.slice(1);
  const at = words.findIndex(
    (word) => /^-\d+$/.test(word) || (/^-[A-Z]+\d?$/.test(word) && parseSignal(word.slice(1)) !== undefined),
  );
  const argv = ["killall", ...(at === -1 ? words : words.with(at, `--signal=${(words[at] as string).slice(1)}`))];
  return process.execute({ argv, program: body });
};
