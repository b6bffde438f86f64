/** Tools that run other commands: xargs, timeout, nohup. */
import { isErrno } from "../errno.ts";
import { parseSignal } from "../process/signals.ts";
import type { ByteReader, ExitStatus } from "../types.ts";
import { parseDuration } from "./sleep.ts";
import { readAll, tool } from "./support/tool.ts";

/** Splits as xargs does: blanks, quotes, backslashes. */
async function words(text: string, spend: (units: number) => Promise<void> | void): Promise<string[] | string> {
  const found: string[] = [];
  let current: string | undefined;
  const plain = /[^\s'"\\]+/y;
  for (let at = 0; at < text.length; at++) {
    if ((found.length & 63) === 0) await spend(16);
    plain.lastIndex = at;
    const run = plain.exec(text);
    if (run !== null) {
      current = (current ?? "") + run[0];
      at += run[0].length - 1;
      continue;
    }
    const character = text[at] as string;
    if (character === "'" || character === '"') {
      const end = text.indexOf(character, at + 1);
      if (end === -1)
        return `unmatched ${character === "'" ? "single" : "double"} quote; by default quotes are special to xargs unless you use the -0 option`;
      current = (current ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (character === "\\") {
      at++;
      current = (current ?? "") + (text[at] ?? "");
    } else if (/\s/.test(character)) {
      if (current !== undefined) found.push(current);
      current = undefined;
    } else current = (current ?? "") + character;
  }
  if (current !== undefined) found.push(current);
  return found;
}

export const xargs = tool(
  {
    name: "xargs",
    usage: "[OPTION]... COMMAND [INITIAL-ARGS]...",
    stopAtOperand: true,
    options: {
      zero: { short: "0", long: "null" },
      file: { short: "a", long: "arg-file", value: true },
      delimiter: { short: "d", long: "delimiter", value: true },
      replace: { short: "I", value: true },
      lines: { short: "L", long: "max-lines", value: true },
      count: { short: "n", long: "max-args", value: true },
      parallel: { short: "P", long: "max-procs", value: true },
      noEmpty: { short: "r", long: "no-run-if-empty" },
      trace: { short: "t", long: "verbose" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const file = tool.value("file");
    let input: ByteReader = process.stdin;
    if (file !== undefined) {
      try {
        input = tool.open(file);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`Cannot open input file '${file}': ${error.message}`);
      }
    }
    const text = new TextDecoder().decode(await readAll(tool, input));
    const delimiter = tool.has("zero") ? "\0" : tool.value("delimiter")?.replace("\\n", "\n").replace("\\t", "\t");
    const replace = tool.value("replace");
    const split =
      delimiter !== undefined
        ? text
            .replace(
              new RegExp(`${delimiter === "\0" ? "\\0" : delimiter.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`),
              "",
            )
            .split(delimiter)
        : replace !== undefined || tool.has("lines")
          ? text
              .split("\n")
              .map((line) => line.trim())
              .filter(Boolean)
          : await words(text, (units) => tool.spend(units));
    if (typeof split === "string") return tool.die(split);
    const items = delimiter !== undefined && text === "" ? [] : split;
    const command = tool.operands.length === 0 ? ["echo"] : tool.operands;
    const size = replace !== undefined ? 1 : Number(tool.value("count") ?? tool.value("lines") ?? 5000);
    if (!(size > 0)) return tool.die(`value ${tool.value("count")} for -n option should be >= 1`);
    const batches: string[][] = [];
    for (let at = 0; at < items.length; at += size) batches.push(items.slice(at, at + size));
    if (batches.length === 0 && !tool.has("noEmpty") && replace === undefined) batches.push([]);
    const parallel = Math.max(1, Number(tool.value("parallel") ?? 1));
    let status = 0;
    const running = new Set<Promise<void>>();
    for (const batch of batches) {
      const argv =
        replace === undefined
          ? [...command, ...(tool.has("lines") ? batch.flatMap((line) => line.split(/\s+/)) : batch)]
          : command.map((word) => word.replaceAll(replace, batch[0] ?? ""));
      if (tool.has("trace")) await process.stderr.write(`${argv.join(" ")}\n`);
      try {
        const child = process.spawn({
          argv,
          stdin: { read: async () => null, close: () => undefined, async *[Symbol.asyncIterator]() {} },
        });
        const ended: Promise<void> = child.exited.then(({ code }) => {
          running.delete(ended);
          if (code === 255) status = 124;
          else if (code > 128) status = 125;
          else if (code !== 0 && status === 0) status = 123;
        });
        running.add(ended);
      } catch (error) {
        if (!isErrno(error)) throw error;
        await tool.complain(`${argv[0]}: ${error.message}`);
        return error.code === "ENOENT" ? 127 : 126;
      }
      if (running.size >= parallel) await Promise.race(running);
      if (status === 124) break;
    }
    await Promise.all(running);
    return status;
  },
);

export const timeout = tool(
  {
    name: "timeout",
    usage: "[OPTION] DURATION COMMAND [ARG]...",
    summary: "Start COMMAND, and kill it if still running after DURATION.",
    usageStatus: 125,
    stopAtOperand: true,
    options: {
      foreground: { long: "foreground" },
      kill: { short: "k", long: "kill-after", value: true },
      preserve: { long: "preserve-status" },
      signal: { short: "s", long: "signal", value: true },
      time: { short: "t", value: true },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const [duration, ...argv] = tool.has("time") ? [tool.value("time") as string, ...tool.operands] : tool.operands;
    if (duration === undefined || argv.length === 0) return tool.usage("missing operand");
    const ms = parseDuration(duration);
    if (ms === undefined) return tool.usage(`invalid time interval '${duration}'`);
    const signal = parseSignal(tool.value("signal") ?? "TERM");
    if (signal === undefined) return tool.usage(`'${tool.value("signal")}': invalid signal`);
    const later = tool.value("kill");
    const killAfter = later === undefined ? undefined : parseDuration(later);
    let expired = false;
    let child: ReturnType<typeof process.spawn>;
    try {
      child = process.spawn({ argv });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`failed to run command '${argv[0]}': ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
    for (const passed of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.onSignal(passed, () => child.kill(passed));
    const stops: (() => void)[] = [];
    if (ms > 0) {
      stops.push(
        process.clock.after(ms, () => {
          expired = true;
          child.kill(signal);
          child.kill("SIGCONT");
          if (killAfter !== undefined) stops.push(process.clock.after(killAfter, () => child.kill("SIGKILL")));
        }),
      );
    }
    let status: ExitStatus;
    try {
      status = await child.exited;
    } finally {
      for (const stop of stops) stop();
    }
    if (expired && tool.has("verbose"))
      await process.stderr.write(`timeout: sending signal ${signal.slice(3)} to command '${argv[0]}'\n`);
    return expired && !tool.has("preserve") && status.signal !== "SIGKILL" ? 124 : status.code;
  },
);

export const nohup = tool(
  { name: "nohup", usage: "COMMAND [ARG]...", usageStatus: 125, stopAtOperand: true, options: {} },
  async (tool) => {
    const { process, operands } = tool;
    if (operands.length === 0) return tool.usage("missing operand");
    process.onSignal("SIGHUP", "ignore");
    if (process.isTerminal(1)) {
      await process.stderr.write("nohup: ignoring input and appending output to 'nohup.out'\n");
      const out = process.open("nohup.out", { append: true, create: true, mode: 0o600 });
      process.descriptors.get(1)?.close();
      process.descriptors.set(1, out);
      if (process.isTerminal(2)) process.descriptors.set(2, out.duplicate());
    }
    if (process.isTerminal(0)) process.descriptors.set(0, process.open("/dev/null", { read: true }));
    try {
      return await process.execute({ argv: operands });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`failed to run command '${operands[0]}': ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
);
