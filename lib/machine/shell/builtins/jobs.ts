/** jobs, fg, bg, wait, kill, disown, suspend. */

import { isErrno } from "../../errno.ts";
import type { Signal } from "../../types.ts";
import { complaintPrefix } from "../ash.ts";
import { isDone, type Job, jobStatus, signalText } from "../jobs.ts";
import { waitForeground } from "../pipeline.ts";
import type { Shell } from "../shell.ts";
import { runBuiltin } from "../simple.ts";
import { ALL_SIGNALS, parseSignal, SIGNAL_NUMBERS, SIGNAL_TABLE } from "../traps.ts";
import { builtins } from "./registry.ts";
import { type Builtin, type BuiltinContext, fail, parseOptions, usage } from "./types.ts";

async function findJob(shell: Shell, context: BuiltinContext, spec: string): Promise<Job | undefined> {
  const job = shell.jobs.find(spec);
  if (job === "ambiguous") {
    await fail(shell, context, `${spec.replace(/^%\??/, "")}: ambiguous job spec`);
    return undefined;
  }
  if (job === undefined) {
    const current = spec === "%" || spec === "%+" || spec === "%%" ? "current" : spec;
    // Ash's `kill` is an applet, but jobs are the shell's.
    const own = shell.flavour.dialect.name === "ash" && context.name === "kill";
    if (own) await shell.write(2, `${complaintPrefix(shell, shell.line, "kill")}${current}: no such job\n`);
    else await fail(shell, context, `${current}: no such job`);
  }
  return job;
}

/** `jobs -x command`: runs it with process groups in the places of jobs. */
async function runOnJobs(shell: Shell, args: readonly string[]): Promise<number> {
  const argv = args.map((argument) => {
    const job = argument.startsWith("%") ? shell.jobs.find(argument) : undefined;
    return job === undefined || job === "ambiguous" ? argument : String(job.group);
  });
  const [name] = argv;
  if (name === undefined) return 0;
  const builtin = shell.disabled.has(name) ? undefined : builtins().get(name);
  return builtin !== undefined
    ? runBuiltin(shell, builtin, argv)
    : shell.runExternal(argv, shell.variables.get("PATH"));
}

const jobs: Builtin["run"] = async (shell, args, context) => {
  if (shell.flavour.bash && args[0] === "-x") return runOnJobs(shell, args.slice(1));
  const { options, rest, bad } = parseOptions(args, "lnprs");
  if (bad !== undefined) return usage(shell, context, bad, "jobs [-lnprs] [jobspec ...] or jobs -x command [args]");
  const own = shell.jobs.all.length > 0 || shell.parentJobs === undefined;
  let list: readonly Job[] = own ? shell.jobs.all : (shell.parentJobs?.all ?? []);
  if (rest.length > 0) {
    const named: Job[] = [];
    for (const spec of rest) {
      const job = await findJob(shell, context, spec);
      if (job === undefined) return 1;
      named.push(job);
    }
    list = named;
  }
  let out = "";
  for (const job of list) {
    if (options.has("r") && (isDone(job) || job.stopped)) continue;
    if (options.has("s") && !job.stopped) continue;
    if (options.has("p")) out += `${job.group || job.children[0]?.pid}\n`;
    else out += (own ? shell.jobs : (shell.parentJobs ?? shell.jobs)).describe(job, { long: options.has("l") });
  }
  for (const job of own ? [...list] : []) if (isDone(job) && !options.has("p")) shell.jobs.remove(job);
  await shell.out(out);
  return 0;
};

function resume(job: Job): void {
  job.stopped = false;
  for (const child of job.children) if (child.state !== "exited") child.kill("SIGCONT");
}

function noControl(shell: Shell, context: BuiltinContext, args: readonly string[]): Promise<number> {
  if (shell.flavour.bash) return fail(shell, context, "no job control");
  const current = shell.jobs.all.length === 0 && args.length === 0;
  return fail(shell, context, current ? "No current job" : "job (null) not created under job control", 2);
}

const fg: Builtin["run"] = async (shell, args, context) => {
  if (!shell.option("monitor")) return noControl(shell, context, args);
  const job = await findJob(shell, context, spec(args[0]));
  if (job === undefined) return 1;
  await shell.out(`${job.text}\n`);
  const { tty } = shell.process;
  if (tty !== undefined) tty.foregroundProcessGroup = job.group;
  resume(job);
  shell.jobs.touch(job);
  job.foreground = true;
  try {
    return await waitForeground(shell, job.children, job.text, job.group);
  } finally {
    job.foreground = false;
    if (job.children.every((child) => child.state === "exited")) shell.jobs.remove(job);
  }
};

function spec(argument: string | undefined): string {
  if (argument === undefined) return "%+";
  return argument.startsWith("%") ? argument : `%${argument}`;
}

const bg: Builtin["run"] = async (shell, args, context) => {
  if (!shell.option("monitor")) return noControl(shell, context, args);
  let status = 0;
  for (const argument of args.length === 0 ? [undefined] : args) {
    const job = await findJob(shell, context, spec(argument));
    if (job === undefined) status = 1;
    else if (!job.stopped) await fail(shell, context, `job ${job.number} already in background`);
    else {
      const mark = shell.jobs.mark(job);
      resume(job);
      await shell.out(`[${job.number}]${mark} ${job.text} &\n`);
    }
  }
  return status;
};

/** Waits until `done()`; 128+n where a signal with a trap came first. */
async function waitUntil(shell: Shell, done: () => boolean): Promise<number | undefined> {
  while (!done()) {
    if (shell.interrupted) return undefined;
    const signal = shell.pendingSignals[0];
    if (signal !== undefined && signal !== "SIGCHLD") return 128 + SIGNAL_NUMBERS[signal];
    await shell.until(shell.jobs.change());
  }
  return undefined;
}

/** A script is told of background commands that signals ended, but for the usual ones. */
async function tellKilled(shell: Shell, job: Job): Promise<void> {
  const signal = job.statuses.at(-1)?.signal;
  if (signal === undefined || shell.interactive || /^SIG(?:INT|PIPE)$/.test(signal)) return;
  if (!shell.flavour.bash) return shell.write(2, `${signalText(signal)}\n`);
  if (signal === "SIGTERM") return;
  const pid = String(job.children.at(-1)?.pid ?? 0).padStart(5);
  await shell.complain(`${pid} ${signalText(signal).padEnd(23)} ${job.text}`);
}

async function finish(shell: Shell, job: Job): Promise<number> {
  const status = jobStatus(job);
  if (isDone(job)) {
    await tellKilled(shell, job);
    shell.jobs.remove(job);
  }
  return status;
}

const wait: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "fnp:");
  if (bad !== undefined) return usage(shell, context, bad, "wait [-fn] [-p var] [id ...]");
  if (options.has("n")) return waitAny(shell, context, rest, options.get("p"));
  if (rest.length === 0) {
    const interrupted = await waitUntil(shell, () => shell.jobs.all.every((job) => isDone(job) || job.stopped));
    if (interrupted !== undefined) return interrupted;
    for (const job of [...shell.jobs.all]) {
      if (!isDone(job) || shell.interactive) continue;
      if (shell.flavour.bash) await tellKilled(shell, job);
      shell.jobs.remove(job);
    }
    shell.jobs.forgetAll();
    return 0;
  }
  let status = 0;
  for (const id of rest) {
    const job = id.startsWith("%") ? await findJob(shell, context, id) : shell.jobs.find(id);
    if (job === "ambiguous") continue;
    if (job === undefined) {
      const known = shell.jobs.remembered(Number(id));
      if (known !== undefined) {
        status = known;
        continue;
      }
      status = id.startsWith("%") && !shell.flavour.bash ? 2 : 127;
      if (id.startsWith("%")) continue;
      if (!/^\d+$/.test(id) && !shell.flavour.bash) return fail(shell, context, `Illegal number: ${id}`, 2);
      else if (!/^\d+$/.test(id)) status = await fail(shell, context, `\`${id}': not a pid or valid job spec`, 1);
      else if (shell.flavour.bash) await fail(shell, context, `pid ${id} is not a child of this shell`);
      continue;
    }
    const interrupted = await waitUntil(shell, () => isDone(job));
    if (interrupted !== undefined) return interrupted;
    const at = job.children.findIndex((child) => child.pid === Number(id));
    status = at === -1 ? jobStatus(job) : (job.statuses[at]?.code ?? 0);
    await finish(shell, job);
  }
  return status;
};

async function waitAny(
  shell: Shell,
  context: BuiltinContext,
  ids: readonly string[],
  variable: string | undefined,
): Promise<number> {
  const wanted = ids.length === 0 ? [...shell.jobs.all] : [];
  for (const id of ids) {
    const job = await findJob(shell, context, id);
    if (job !== undefined) wanted.push(job);
  }
  if (wanted.length === 0) return 127;
  const interrupted = await waitUntil(shell, () => wanted.some(isDone));
  if (interrupted !== undefined) return interrupted;
  const job = wanted.find(isDone);
  if (job === undefined) return 127;
  if (variable !== undefined) shell.variables.set(variable, String(job.children.at(-1)?.pid ?? ""));
  return finish(shell, job);
}

const kill: Builtin["run"] = async (shell, args, context) => {
  let signal: Signal | undefined = "SIGTERM";
  let probe = false;
  let rest = args;
  const first = args[0] ?? "";
  if (first === "-l" || first === "-L") return listSignals(shell, context, args.slice(1));
  if (first === "-s" || first === "-n") {
    if (args[1] === undefined && shell.flavour.bash) {
      return fail(shell, context, `${first}: option requires an argument`);
    }
    signal = parseSignal(args[1] ?? "");
    probe = args[1] === "0";
    if (signal === undefined && !probe && !shell.flavour.bash && !shell.flavour.dash)
      return fail(shell, context, `bad signal name '${args[1] ?? ""}'`);
    if (signal === undefined && !probe)
      return fail(shell, context, `${args[1] ?? ""}: invalid signal specification`, shell.flavour.dash ? 2 : 1);
    rest = args.slice(2);
  } else if (/^-./.test(first) && first !== "--") {
    signal = parseSignal(first.slice(1));
    probe = first === "-0";
    if (signal === undefined && !probe && !shell.flavour.bash)
      return fail(shell, context, `bad signal name '${first.slice(1)}'`, shell.flavour.dash ? 2 : 1);
    if (signal === undefined && !probe) return fail(shell, context, `${first.slice(1)}: invalid signal specification`);
    rest = args.slice(1);
  }
  if (rest[0] === "--") rest = rest.slice(1);
  if (rest.length === 0) {
    if (!shell.flavour.bash)
      return fail(shell, context, "you need to specify whom to kill", shell.flavour.dash ? 2 : 1);
    await shell.write(
      2,
      `${context.name}: usage: kill [-s sigspec | -n signum | -sigspec] pid | jobspec ... or kill -l [sigspec]\n`,
    );
    return 2;
  }
  let status = 0;
  for (const id of rest) {
    if (id.startsWith("%")) {
      const job = await findJob(shell, context, id);
      if (job === undefined) status = shell.flavour.bash ? 1 : 2;
      else if (signal !== undefined && !probe) killJob(job, signal);
      continue;
    }
    if (!/^-?\d+$/.test(id)) {
      const words = shell.flavour.bash ? `${id}: arguments must be process or job IDs` : `invalid number '${id}'`;
      status = await fail(shell, context, words, shell.flavour.dash ? 2 : 1);
      continue;
    }
    try {
      shell.process.kill(Number(id), probe ? undefined : signal);
    } catch (error) {
      if (!isErrno(error)) throw error;
      status = await fail(
        shell,
        context,
        shell.flavour.bash ? `(${id}) - ${error.message}` : `can't kill pid ${id}: ${error.message}`,
      );
    }
  }
  // A signal to oneself is delivered before the next command.
  await shell.process.spend();
  return status;
};

function killJob(job: Job, signal: Signal): void {
  job.late = true;
  for (const child of job.children) {
    if (child.state === "exited") continue;
    child.kill(signal);
    if (job.stopped && (signal === "SIGTERM" || signal === "SIGHUP")) child.kill("SIGCONT");
  }
  if (signal === "SIGCONT") job.stopped = false;
}

/** Of a number, or of the status that it makes. */
const signalOf = (number: number): number => (number > 128 ? number - 128 : number);

async function listSignals(shell: Shell, context: BuiltinContext, args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    if (shell.flavour.dash) {
      await shell.out(`0\n${ALL_SIGNALS.map((name) => `${name}\n`).join("")}`);
      return 0;
    }
    if (!shell.flavour.bash) {
      await shell.out(
        ALL_SIGNALS.slice(0, 31)
          .map((name, i) => `${String(i + 1).padStart(2)}) ${name}\n`)
          .join(""),
      );
      return 0;
    }
    await shell.out(SIGNAL_TABLE);
    return 0;
  }
  let status = 0;
  for (const argument of args) {
    if (shell.flavour.dash && !/^\d+$/.test(argument)) return fail(shell, context, `Illegal number: ${argument}`, 2);
    if (/^\d+$/.test(argument)) {
      if (!shell.flavour.bash && !(ALL_SIGNALS[signalOf(Number(argument)) - 1] !== undefined || argument === "0")) {
        if (shell.flavour.dash) return fail(shell, context, `invalid signal number or exit status: ${argument}`, 2);
        await shell.out(`${Number(argument) & 127}\n`);
        continue;
      }
      const name = ALL_SIGNALS[(Number(argument) > 128 ? Number(argument) - 128 : Number(argument)) - 1];
      if (name === undefined) status = await fail(shell, context, `${argument}: invalid signal specification`);
      else await shell.out(`${name}\n`);
    } else {
      const at = ALL_SIGNALS.indexOf(argument.toUpperCase().replace(/^SIG/, ""));
      if (at === -1) status = await fail(shell, context, `${argument}: invalid signal specification`);
      else await shell.out(`${at + 1}\n`);
    }
  }
  return status;
}

const disown: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "har");
  if (bad !== undefined) return usage(shell, context, bad, "disown [-h] [-ar] [jobspec ... | pid ...]");
  let list: Job[] = [];
  if (options.has("a") || (options.has("r") && rest.length === 0)) list = [...shell.jobs.all];
  else {
    for (const each of rest.length === 0 ? ["%+"] : rest) {
      const job = await findJob(shell, context, each);
      if (job === undefined) return 1;
      list.push(job);
    }
  }
  for (const job of list) {
    if (options.has("r") && job.stopped) continue;
    if (options.has("h")) job.keep = true;
    else shell.jobs.remove(job);
  }
  return 0;
};

const suspend: Builtin["run"] = async (shell, args, context) => {
  if (!shell.option("monitor")) return fail(shell, context, "cannot suspend: no job control");
  if (shell.login && args[0] !== "-f") return fail(shell, context, "cannot suspend a login shell");
  shell.process.machine.kill(shell.process.pid, "SIGSTOP");
  await shell.process.spend();
  return 0;
};

export const JOB_BUILTINS: Readonly<Record<string, Builtin>> = {
  jobs: { run: jobs },
  fg: { run: fg },
  bg: { run: bg },
  wait: { run: wait },
  kill: { run: kill },
  disown: { run: disown, bashOnly: true },
  suspend: { run: suspend, bashOnly: true },
};
