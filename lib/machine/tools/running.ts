/** Tools that run other commands: timeout, nohup. */
import { isErrno } from "../errno.ts";
import { parseSignal } from "../process/signals.ts";
import type { ExitStatus, Signal } from "../types.ts";
import { parseDuration } from "./sleep.ts";
import { tool } from "./support/tool.ts";

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
    if (duration === undefined || argv.length === 0) {
      await process.stderr.write("Try 'timeout --help' for more information.\n");
      return 125;
    }
    const ms = parseDuration(duration);
    if (ms === undefined) return tool.usage(`invalid time interval ${tool.word(duration)}`);
    const signal = parseSignal(tool.value("signal") ?? "TERM");
    if (signal === undefined) return tool.usage(`${tool.word(tool.value("signal") ?? "")}: invalid signal`);
    const later = tool.value("kill");
    const killAfter = later === undefined ? undefined : parseDuration(later);
    if (later !== undefined && killAfter === undefined) return tool.usage(`invalid time interval ${tool.word(later)}`);
    let expired = false;
    let child: ReturnType<typeof process.spawn>;
    try {
      child = process.spawn({ argv });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`failed to run command ${tool.word(argv[0] ?? "")}: ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
    for (const passed of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.onSignal(passed, () => child.kill(passed));
    const told = (sent: Signal) =>
      process.stderr.write(`timeout: sending signal ${sent.slice(3)} to command ${tool.word(argv[0] ?? "")}\n`);
    const stops: (() => void)[] = [];
    if (ms > 0) {
      stops.push(
        process.clock.after(ms, () => {
          expired = true;
          if (tool.has("verbose")) void told(signal);
          child.kill(signal);
          child.kill("SIGCONT");
          if (killAfter !== undefined)
            stops.push(
              process.clock.after(killAfter, () => {
                if (tool.has("verbose")) void told("SIGKILL");
                child.kill("SIGKILL");
              }),
            );
        }),
      );
    }
    let status: ExitStatus;
    try {
      status = await child.exited;
    } finally {
      for (const stop of stops) stop();
    }
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
      await tool.complain(`failed to run command ${tool.named(operands[0] ?? "")}: ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
);
