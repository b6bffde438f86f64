/** Pipelines, background commands, and waiting for children in the foreground. */
import type { CommandNode, Pipeline, Statement } from "unbash";
import type { ChildProcess, Descriptor, ExitStatus, TtyMode } from "../types.ts";
import { Interrupted } from "./control.ts";
import { nullDescriptor } from "./descriptors.ts";
import { type ExecuteOptions, executeCommand, executeNode, guarded } from "./execute.ts";
import { signalText } from "./jobs.ts";
import { Redirections } from "./redirect.ts";
import type { Shell } from "./shell.ts";
import { startSubshell, tableWith } from "./subshell.ts";
import { SIGNAL_NUMBERS } from "./traps.ts";

const COOKED: TtyMode = { canonical: true, echo: true, signals: true };

export async function executePipeline(shell: Shell, node: Pipeline, options: ExecuteOptions): Promise<number> {
  const timed = node.prefixes.find((prefix) => prefix.type === "Time");
  const negations = node.prefixes.filter((prefix) => prefix.type === "Negation").length;
  const started = shell.process.clock.now();
  let status = 0;
  if (negations > 0) shell.tested++;
  try {
    const only = node.commands[0];
    // Debian has no program for it, and dash no word.
    if (timed !== undefined && shell.flavour.dash) {
      await shell.complain(shell.flavour.notFound("time"));
      return negations % 2 === 1 ? 0 : 127;
    }
    if (only === undefined) status = 0;
    else if (node.commands.length === 1) {
      status = await executeCommand(shell, only, negations > 0 || timed !== undefined ? {} : options);
      shell.pipeStatus = [status];
    } else status = await guarded(shell, () => runStages(shell, node));
  } finally {
    if (negations > 0) shell.tested--;
  }
  if (timed?.type === "Time") await reportTime(shell, started, timed.posix !== undefined);
  return negations % 2 === 1 ? (status === 0 ? 1 : 0) : status;
}

async function runStages(shell: Shell, node: Pipeline): Promise<number> {
  if (shell.shopt("lastpipe") && !shell.option("monitor")) return runLastHere(shell, node);
  const children = startStages(shell, node, shell.option("monitor") ? 0 : undefined, undefined);
  const ended = () => Promise.all(children.started.map((child) => statusOf(child)));
  try {
    await waitForeground(shell, children.started, sourceOf(shell, node));
  } catch (error) {
    if (error instanceof Interrupted) shell.pipeStatus = await ended();
    throw error;
  }
  const statuses = await ended();
  shell.pipeStatus = statuses;
  if (shell.option("pipefail")) return statuses.findLast((status) => status !== 0) ?? 0;
  return statuses.at(-1) ?? 0;
}

/** `shopt -s lastpipe`: the last stage runs in this very shell. */
async function runLastHere(shell: Shell, node: Pipeline): Promise<number> {
  const last = node.commands.at(-1) as CommandNode;
  const pipe = shell.process.pipe();
  const before = { ...node, commands: node.commands.slice(0, -1), operators: node.operators.slice(0, -1) };
  const { started } = startStages(shell, before, undefined, undefined, pipe.writer, node.operators.at(-1) === "|&");
  pipe.writer.close();
  const redirections = new Redirections(shell);
  redirections.set(0, pipe.reader);
  let status: number;
  try {
    status = await executeCommand(shell, last, {});
  } finally {
    redirections.undo();
  }
  await waitForeground(shell, started, sourceOf(shell, node));
  const statuses = [...(await Promise.all(started.map((child) => statusOf(child)))), status];
  shell.pipeStatus = statuses;
  return shell.option("pipefail") ? (statuses.findLast((each) => each !== 0) ?? 0) : status;
}

async function statusOf(child: ChildProcess): Promise<number> {
  return child.state === "stopped" ? 128 + SIGNAL_NUMBERS.SIGTSTP : (await child.exited).code;
}

/** Starts every stage of a pipeline in a process of its own, connected by pipes. */
function startStages(
  shell: Shell,
  node: Pipeline,
  group: number | undefined,
  input: Descriptor | undefined,
  output?: Descriptor,
  withErrors = false,
): { readonly started: readonly ChildProcess[] } {
  const started: ChildProcess[] = [];
  let previous: Descriptor | undefined = input;
  let processGroup = group;
  node.commands.forEach((command, position) => {
    const last = position === node.commands.length - 1;
    const pipe = last ? undefined : shell.process.pipe();
    const changes = new Map<number, Descriptor | undefined>();
    if (previous !== undefined) changes.set(0, previous);
    if (pipe !== undefined) {
      changes.set(1, pipe.writer);
      if (node.operators[position] === "|&") changes.set(2, pipe.writer);
    } else if (output !== undefined) {
      changes.set(1, output);
      if (withErrors) changes.set(2, output);
    }
    try {
      const child = startSubshell(shell, (copy) => stage(copy, command), {
        descriptors: tableWith(shell, changes),
        ...(processGroup === undefined ? {} : { processGroup }),
      });
      started.push(child);
      if (processGroup === 0) processGroup = child.processGroup;
    } finally {
      if (previous !== input) previous?.close();
      pipe?.writer.close();
    }
    previous = pipe?.reader;
  });
  return { started };
}

function stage(shell: Shell, command: CommandNode): Promise<number> {
  // Loops around it are another process's business; for simple commands bash does not say so.
  if (shell.flavour.bash && command.type !== "Command") shell.loopDepth = 0;
  return executeNode(shell, command, { last: true });
}

async function reportTime(shell: Shell, started: number, posix: boolean): Promise<void> {
  const ms = shell.process.clock.now() - started;
  const user = 0;
  const format = shell.variables.get("TIMEFORMAT");
  if (!shell.flavour.bash) {
    const line = (name: string, value: number) =>
      `${name}\t${Math.floor(value / 60_000)}m ${((value % 60_000) / 1000).toFixed(2)}s\n`;
    await shell.write(2, line("real", ms) + line("user", user) + line("sys", 0));
  } else if (posix) {
    await shell.write(2, `real ${(ms / 1000).toFixed(2)}\nuser 0.00\nsys 0.00\n`);
  } else if (format === undefined) {
    const line = (name: string, value: number): string =>
      `${name}\t${Math.floor(value / 60_000)}m${((value % 60_000) / 1000).toFixed(3)}s\n`;
    await shell.write(2, `\n${line("real", ms)}${line("user", user)}${line("sys", 0)}`);
  } else if (format !== "") {
    const bad = /%(?!%|[0-9]?l?[RUS]|P)[0-9]?l?(.?)/s.exec(format.replaceAll("%%", ""));
    if (bad !== null) {
      await shell.complain(`TIMEFORMAT: \`${bad[1]}': invalid format character`);
      return;
    }
    const text = format.replace(/%(\d?)(l?)([RUSP%])/g, (_, digits: string, long: string, letter: string) => {
      if (letter === "%") return "%";
      if (letter === "P") return "0.00";
      const value = letter === "R" ? ms : 0;
      const precision = digits === "" ? 3 : Math.min(3, Number(digits));
      if (long === "") return (value / 1000).toFixed(precision);
      return `${Math.floor(value / 60_000)}m${((value % 60_000) / 1000).toFixed(precision)}s`;
    });
    await shell.write(2, `${text}\n`);
  }
}

export function sourceOf(shell: Shell, node: { readonly pos: number; readonly end: number }): string {
  return shell.source.text
    .slice(node.pos, node.end)
    .replace(/\s*\n\s*/g, " ")
    .trim();
}

/** `command &`. */
export async function startBackground(shell: Shell, statement: Statement): Promise<number> {
  return guarded(shell, async () => {
    const monitor = shell.option("monitor");
    const group = monitor ? 0 : undefined;
    const { command } = statement;
    const plain = command.type === "Pipeline" && command.prefixes.length === 0 && command.commands.length > 1;
    let children: readonly ChildProcess[];
    const input = monitor ? undefined : nullDescriptor();
    if (plain) children = startStages(shell, command, group, input).started;
    else {
      const child = startSubshell(shell, (copy) => executeNode(copy, command, { last: true }), {
        descriptors: tableWith(shell, input === undefined ? new Map() : new Map([[0, input]])),
        ...(group === undefined ? {} : { processGroup: group }),
        deaf: !monitor,
      });
      children = [child];
    }
    const first = children[0];
    const last = children.at(-1);
    const job = shell.jobs.add(children, first?.processGroup ?? 0, sourceOf(shell, command));
    // What happens to it at once is heard of after the next prompt.
    job.late = true;
    shell.lastBackground = last?.pid;
    if (shell.interactive && shell.subshellDepth === 0) {
      await shell.write(2, `[${job.number}] ${last?.pid ?? 0}\n`);
    }
    return 0;
  });
}

/** Resolves when every child has ended, or (with job control) one has stopped. */
async function settled(shell: Shell, children: readonly ChildProcess[]): Promise<"ended" | "stopped"> {
  const monitor = shell.option("monitor");
  for (;;) {
    const living = children.filter((child) => child.state !== "exited");
    if (living.length === 0) return "ended";
    if (monitor && living.every((child) => child.state === "stopped")) return "stopped";
    const running = living.find((child) => child.state === "running") ?? (living[0] as ChildProcess);
    await shell.until<unknown>(monitor ? running.stateChanged() : running.exited);
  }
}

/** Gives children the terminal and waits for them. The status is the last one's. */
export async function waitForeground(
  shell: Shell,
  children: readonly ChildProcess[],
  text: string,
  group = children[0]?.processGroup,
): Promise<number> {
  const { tty } = shell.process;
  const control = shell.option("monitor") && tty !== undefined && group !== undefined;
  if (control) tty.foregroundProcessGroup = group;
  let outcome: "ended" | "stopped";
  try {
    outcome = await settled(shell, children);
  } finally {
    if (control) tty.foregroundProcessGroup = shell.process.processGroup;
    for (const job of shell.jobs.all) job.late = false;
  }
  if (outcome === "stopped") {
    if (tty !== undefined) tty.mode = COOKED;
    const known = shell.jobs.all.find((job) => job.children[0] === children[0]);
    const job = known ?? shell.jobs.add(children, group ?? 0, text.replace(/\s*\n\s*/g, " ").trim());
    job.stopped = true;
    job.notified = true;
    shell.jobs.touch(job);
    await shell.write(2, `\n${shell.jobs.describe(job)}`);
    return 128 + SIGNAL_NUMBERS.SIGTSTP;
  }
  const last = children.at(-1);
  const status: ExitStatus = last === undefined ? { code: 0 } : await last.exited;
  if (status.signal !== undefined) await reportSignal(shell, last, status, text, control);
  return status.code;
}

async function reportSignal(
  shell: Shell,
  child: ChildProcess | undefined,
  status: ExitStatus,
  text: string,
  control: boolean,
): Promise<void> {
  const { signal } = status;
  if (signal === undefined) return;
  if (control && shell.process.tty !== undefined) shell.process.tty.mode = COOKED;
  if (signal === "SIGINT") {
    if (!shell.interactive || shell.subshellDepth > 0) return;
    shell.pipeStatus = [status.code];
    throw new Interrupted();
  }
  if (signal === "SIGPIPE" || !shell.flavour.bash) {
    if (!shell.flavour.bash && signal !== "SIGPIPE") await shell.write(2, `${signalText(signal)}\n`);
    return;
  }
  const command = text.replace(/\s*\n\s*/g, " ").trim();
  if (shell.interactive || shell.traps.has(signal)) await shell.write(2, `${signalText(signal)}\n`);
  else await shell.complain(`${String(child?.pid ?? 0).padStart(5)} ${signalText(signal).padEnd(23)} ${command}`);
}
