/** Builtins that change what runs next. */
import { isErrno } from "../../errno.ts";
import { BreakLoop, DiscardLine, ExitShell, ReturnFromFunction, SpecialFailure } from "../control.ts";
import { findCommand } from "../lookup.ts";
import { openFile } from "../redirect.ts";
import { runText } from "../run.ts";
import type { Shell } from "../shell.ts";
import { runBuiltin } from "../simple.ts";
import { describeCommand } from "./names.ts";
import { builtins } from "./registry.ts";
import { type Builtin, type BuiltinContext, fail, parseOptions, usage } from "./types.ts";

function leaveLoop(kind: "break" | "continue"): Builtin["run"] {
  return async (shell, args, context) => {
    const levels = args[0] === undefined ? 1 : Number(args[0]);
    if (shell.loopDepth === 0) {
      if (shell.flavour.bash) await fail(shell, context, "only meaningful in a `for', `while', or `until' loop");
      return 0;
    }
    if (!Number.isInteger(levels) && !shell.flavour.bash) {
      await fail(shell, context, `Illegal number: ${args[0]}`);
      throw new SpecialFailure(2);
    }
    if (!Number.isInteger(levels)) {
      await fail(shell, context, `${args[0]}: numeric argument required`);
      throw new ExitShell(128);
    }
    if (shell.flavour.bash && args.length > 1) {
      await fail(shell, context, "too many arguments");
      throw new DiscardLine(1, false);
    }
    if (levels < 1 && !shell.flavour.bash) {
      await fail(shell, context, `Illegal number: ${args[0]}`);
      throw new SpecialFailure(2);
    }
    if (levels < 1) {
      await fail(shell, context, `${args[0]}: loop count out of range`);
      throw new BreakLoop("break", shell.loopDepth, 1);
    }
    throw new BreakLoop(kind, Math.min(levels, shell.loopDepth));
  };
}

async function statusArgument(
  shell: Shell,
  args: readonly string[],
  context: BuiltinContext,
): Promise<number | undefined> {
  const [text, extra] = args[0] === "--" ? args.slice(1) : args;
  if (text === undefined) return shell.lastStatus;
  if (!(shell.flavour.bash ? /^\s*[+-]?\d+\s*$/ : shell.flavour.dash ? /^\+?\d+$/ : /^\d+$/).test(text)) {
    if (shell.flavour.bash) await fail(shell, context, `${text}: numeric argument required`);
    else {
      await fail(shell, context, `Illegal number: ${text}`);
      throw new SpecialFailure(2);
    }
    return 2;
  }
  if (extra !== undefined && shell.flavour.bash) {
    await fail(shell, context, "too many arguments");
    throw new DiscardLine(1, false);
  }
  return Number(BigInt.asUintN(8, BigInt(text.trim())));
}

const exit: Builtin["run"] = async (shell, args, context) => {
  if (shell.interactive && shell.subshellDepth === 0) {
    if (shell.login) await shell.write(2, "logout\n");
    else await shell.write(2, "exit\n");
    const stopped = shell.jobs.all.some((job) => job.stopped);
    if (stopped && !shell.exitWarned) {
      await shell.write(2, "There are stopped jobs.\n");
      shell.exitWarned = true;
      return 1;
    }
  }
  const status = await statusArgument(shell, args, context);
  if (status === undefined) return 1;
  throw new ExitShell(status);
};

const returnFrom: Builtin["run"] = async (shell, args, context) => {
  const status = await statusArgument(shell, args, context);
  if (status === undefined) return 1;
  if (shell.frames.length === 0) {
    if (!shell.flavour.bash) throw new ExitShell(status);
    return fail(shell, context, "can only `return' from a function or sourced script", 2);
  }
  throw new ReturnFromFunction(status);
};

const evaluate: Builtin["run"] = async (shell, args, context) => {
  if (shell.flavour.bash && /^-[^-]/.test(args[0] ?? ""))
    return usage(shell, context, (args[0] as string).slice(0, 2), "eval [arg ...]");
  const text = (args[0] === "--" && shell.flavour.bash ? args.slice(1) : args).join(" ");
  if (text.trim() === "") return 0;
  if (++shell.evalDepth > 200) {
    shell.evalDepth = 0;
    await shell.complain("eval: maximum eval nesting level exceeded (200)");
    throw new ExitShell(1);
  }
  shell.traceDepth++;
  try {
    return await runText(shell, text, {
      name: shell.source.name,
      firstLine: shell.flavour.dash ? 1 : shell.line,
      origin: "eval: ",
    });
  } finally {
    shell.traceDepth--;
    shell.evalDepth = Math.max(0, shell.evalDepth - 1);
  }
};

const source: Builtin["run"] = async (shell, args, context) => {
  const { rest, bad } = parseOptions(args, "");
  if (bad !== undefined) return usage(shell, context, bad, `${context.name} filename [arguments]`);
  const [name, ...given] = rest;
  const positional = shell.flavour.dash ? [] : given;
  if (name === undefined) {
    if (!shell.flavour.bash) return shell.flavour.dash ? 0 : 2;
    await fail(shell, context, "filename argument required");
    if (shell.flavour.bash) await shell.write(2, `${context.name}: usage: ${context.name} filename [arguments]\n`);
    return 2;
  }
  let path = name;
  if (!name.includes("/")) {
    const found = (shell.variables.get("PATH") ?? "")
      .split(":")
      .map((directory) => `${directory === "" ? "." : directory}/${name}`)
      .find(
        (candidate) => shell.process.files.exists(candidate) && shell.process.files.stat(candidate).type === "file",
      );
    if (found !== undefined && shell.shopt("sourcepath")) path = found;
  }
  let text: string;
  try {
    text =
      shell.process.files.stat(path).type === "file"
        ? shell.process.files.readText(path)
        : await readStream(shell, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (!shell.flavour.bash) {
      const lost = !name.includes("/");
      await fail(shell, context, lost ? `${name}: not found` : `can't open '${name}': ${error.message}`);
      throw new SpecialFailure(2);
    }
    await shell.complain(
      error.code === "EISDIR" ? `${context.name}: ${name}: is a directory` : `${name}: ${error.message}`,
    );
    return 1;
  }
  if (shell.frames.length > 200) {
    await fail(shell, context, `${name}: maximum source nesting level exceeded (200)`);
    throw new ExitShell(1);
  }
  const outer = { positional: shell.positional, loopDepth: shell.loopDepth };
  shell.frames.push({ kind: "source", name: "source", source: path, line: shell.line });
  if (positional.length > 0) shell.positional = positional;
  const during = shell.positional;
  try {
    return await runText(shell, text, { name: path });
  } catch (error) {
    if (error instanceof ReturnFromFunction) return error.status;
    throw error;
  } finally {
    shell.frames.pop();
    if (positional.length > 0 && (shell.positional === during || !shell.flavour.bash))
      shell.positional = outer.positional;
    shell.loopDepth = outer.loopDepth;
  }
};

/** A file that is no regular one: a pipe of a process substitution, a terminal. */
async function readStream(shell: Shell, path: string): Promise<string> {
  const descriptor = openFile(shell, path, { read: true });
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const chunk = await shell.until(descriptor.reader?.read() ?? Promise.resolve(null));
    if (chunk === null || text.length > 65_536) break;
    text += decoder.decode(chunk, { stream: true });
  }
  descriptor.close();
  return text;
}

const exec: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "cla:");
  if (bad !== undefined)
    return usage(shell, context, bad, "exec [-cl] [-a name] [command [argument ...]] [redirection ...]");
  const [name] = rest;
  if (name === undefined) return 0;
  const env = options.has("c") ? new Map<string, string>() : shell.variables.environment();
  const found = findCommand(shell, name, shell.variables.get("PATH"));
  if (found.kind === "missing") {
    if (found.message.endsWith("Is a directory")) {
      await shell.complain(found.message);
      await shell.complain(`exec: ${name}: cannot execute: Is a directory`);
    } else if (!shell.flavour.bash) await fail(shell, context, found.message);
    else if (name.includes("/")) await shell.complain(found.message);
    else await shell.complain(`exec: ${found.message.replace(/: (command )?not found$/, ": not found")}`);
    if (shell.interactive || shell.shopt("execfail")) return found.status;
    throw new ExitShell(found.status);
  }
  const shown = options.get("a") ?? name;
  const argv = [options.has("l") ? `-${shown}` : shown, ...rest.slice(1)];
  if (shell.flavour.bash) env.set("_", found.path);
  shell.traps.delete("EXIT");
  let status: number;
  try {
    status = await shell.process.execute({ argv, file: found.path, env });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.complain(`${found.path}: ${error.message}`);
    if (shell.interactive || shell.shopt("execfail")) return 126;
    throw new ExitShell(126);
  }
  throw new ExitShell(status);
};

const command: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "pvV");
  if (bad !== undefined) return usage(shell, context, bad, "command [-pVv] command [arg ...]");
  const [name] = rest;
  if (name === undefined) return 0;
  if (options.has("v") || options.has("V")) {
    let status = 1;
    for (const each of shell.flavour.bash ? rest : rest.slice(0, 1)) {
      const text = describeCommand(shell, each, options.has("v") ? "path" : "sentence");
      if (text !== undefined) {
        status = 0;
        await shell.out(text);
      } else if (options.has("V") && !shell.flavour.bash) {
        await shell.out(`${each}: not found\n`);
        status = 127;
      } else if (options.has("V")) await fail(shell, context, `${each}: not found`);
      else if (!shell.flavour.bash) status = 127;
    }
    return status;
  }
  const builtin = shell.disabled.has(name) ? undefined : builtins().get(name);
  try {
    if (builtin !== undefined) return await runBuiltin(shell, builtin, rest);
  } catch (error) {
    if (!(error instanceof SpecialFailure)) throw error;
    return error.status;
  }
  return shell.runExternal(rest, options.has("p") ? "/usr/sbin:/usr/bin:/sbin:/bin" : shell.variables.get("PATH"));
};

const builtin: Builtin["run"] = async (shell, args, context) => {
  const rest = args[0] === "--" ? args.slice(1) : args;
  const [name] = rest;
  if (name === undefined) return 0;
  const found = builtins().get(name);
  if (found === undefined) return fail(shell, context, `${name}: not a shell builtin`);
  return runBuiltin(shell, found, rest);
};

export const FLOW_BUILTINS: Readonly<Record<string, Builtin>> = {
  ":": { run: () => 0, special: true },
  true: { run: () => 0 },
  false: { run: () => 1 },
  break: { run: leaveLoop("break"), special: true },
  continue: { run: leaveLoop("continue"), special: true },
  exit: { run: exit, special: true },
  logout: {
    run: (shell, args, context) =>
      shell.login ? exit(shell, args, context) : fail(shell, context, "not login shell: use `exit'"),
    bashOnly: true,
  },
  return: { run: returnFrom, special: true },
  eval: { run: evaluate, special: true },
  source: { run: source },
  ".": { run: source, special: true },
  exec: { run: exec, special: true, permanentRedirects: true },
  command: { run: command },
  builtin: { run: builtin, bashOnly: true },
};
