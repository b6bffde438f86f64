/** history, and what tells where a script stands. */

import type { Shell } from "../shell.ts";
import { type Builtin, fail, parseOptions, usage } from "./types.ts";

function historyFile(shell: Shell): string | undefined {
  return shell.variables.get("HISTFILE");
}

/** Appends (or writes) lines to the history file. Failures are told to nobody: there is nobody to tell at exit. */
export function saveHistory(shell: Shell): void {
  const path = historyFile(shell);
  if (path === undefined || path === "") return;
  const limit = Number(shell.variables.get("HISTFILESIZE") ?? 500);
  try {
    shell.process.files.writeFile(
      path,
      shell.history
        .slice(-limit)
        .map((line) => `${line}\n`)
        .join(""),
      { mode: 0o600 },
    );
  } catch {
    // A read-only or full home directory loses history, as in any shell.
  }
}

export function loadHistory(shell: Shell): void {
  const path = historyFile(shell);
  if (path === undefined || !shell.process.files.exists(path)) return;
  try {
    const lines = shell.process.files.readText(path).split("\n");
    shell.history = lines.filter((line) => line !== "" && !/^#\d+$/.test(line)).slice(-historySize(shell));
  } catch {
    // Unreadable: starts empty.
  }
}

function historySize(shell: Shell): number {
  const size = Number(shell.variables.get("HISTSIZE") ?? 500);
  return Number.isInteger(size) && size >= 0 ? Math.min(size, 10_000) : 10_000;
}

/** Adds a line as HISTCONTROL says. */
export function addHistory(shell: Shell, line: string): void {
  const control = (shell.variables.get("HISTCONTROL") ?? "").split(":");
  const both = control.includes("ignoreboth");
  if ((both || control.includes("ignorespace")) && line.startsWith(" ")) return;
  if ((both || control.includes("ignoredups")) && shell.history.at(-1) === line) return;
  if (control.includes("erasedups")) shell.history = shell.history.filter((each) => each !== line);
  shell.history.push(line);
  const size = historySize(shell);
  if (shell.history.length > size) shell.history.splice(0, shell.history.length - size);
}

const history: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "cd:awrnps");
  if (bad !== undefined)
    return usage(
      shell,
      context,
      bad,
      "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
    );
  if (options.has("c")) {
    shell.history.length = 0;
    return 0;
  }
  const remove = options.get("d");
  if (remove !== undefined) {
    const at = Number(remove) < 0 ? shell.history.length + Number(remove) : Number(remove) - 1;
    if (!(at >= 0 && at < shell.history.length))
      return fail(shell, context, `${remove}: history position out of range`);
    shell.history.splice(at, 1);
    return 0;
  }
  if (options.has("w") || options.has("a")) {
    saveHistory(shell);
    return 0;
  }
  if (options.has("r") || options.has("n")) {
    loadHistory(shell);
    return 0;
  }
  if (options.has("s")) {
    shell.history.push(rest.join(" "));
    return 0;
  }
  const count = rest[0] === undefined ? shell.history.length : Number(rest[0]);
  if (!Number.isInteger(count)) return fail(shell, context, `${rest[0]}: numeric argument required`);
  const from = Math.max(0, shell.history.length - count);
  await shell.out(
    shell.history
      .slice(from)
      .map((line, i) => `${String(from + i + 1).padStart(5)}  ${line}\n`)
      .join(""),
  );
  return 0;
};

export const HISTORY_BUILTINS: Readonly<Record<string, Builtin>> = {
  history: { run: history },
  caller: {
    bashOnly: true,
    run: async (shell, args) => {
      const at = shell.frames.length - 1 - Number(args[0] ?? 0);
      const frame = shell.frames[at];
      if (frame === undefined) return 1;
      const outer = shell.frames[at - 1];
      if (outer === undefined && shell.commandString) {
        if (args[0] !== undefined) return 1;
        await shell.out(`${frame.line} NULL\n`);
        return 0;
      }
      const where = outer?.source ?? shell.name;
      await shell.out(
        args[0] === undefined ? `${frame.line} ${where}\n` : `${frame.line} ${outer?.name ?? "main"} ${where}\n`,
      );
      return 0;
    },
  },
};
