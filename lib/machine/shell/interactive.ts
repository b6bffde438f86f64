/** The read-evaluate loop on a terminal. */
import type { Tty } from "../types.ts";
import { addHistory, loadHistory, saveHistory } from "./builtins/history.ts";
import { setOption } from "./builtins/settings.ts";
import { Interrupted } from "./control.ts";
import { LineEditor } from "./editor/editor.ts";
import { expandHistory } from "./history-expansion.ts";
import { isDone } from "./jobs.ts";
import { wantsMore } from "./parse.ts";
import { promptText } from "./prompt.ts";
import { runText, syntaxOptions } from "./run.ts";
import type { Shell } from "./shell.ts";
import { runStandardInput } from "./standard-input.ts";
import { homeOf } from "./tilde.ts";
import { interactiveSignals, runPendingTraps } from "./trapping.ts";

export async function runInteractive(shell: Shell): Promise<number> {
  const { process } = shell;
  const descriptor = process.descriptors.get(0);
  const tty = descriptor?.tty ?? process.tty;
  interactiveSignals(shell);
  if (tty === undefined || descriptor?.reader === undefined || !process.isTerminal(0)) return runStandardInput(shell);
  setOption(shell, "monitor", true);
  tty.foregroundProcessGroup = process.processGroup;
  setDefaults(shell);
  loadHistory(shell);
  process.onSignal("SIGHUP", () => {
    saveHistory(shell);
    hangUpJobs(shell);
    process.onSignal("SIGHUP", "default");
    process.machine.kill(process.pid, "SIGHUP");
  });
  const editor = new LineEditor(shell, tty, descriptor.reader);
  try {
    return await loop(shell, tty, editor);
  } finally {
    if (!process.signal.aborted) saveHistory(shell);
    hangUpJobs(shell);
  }
}

function setDefaults(shell: Shell): void {
  const preset = (name: string, value: string): void => {
    if (shell.variables.get(name) === undefined) shell.variables.set(name, value);
  };
  const home = homeOf(shell, "") ?? "/";
  preset("PS1", shell.flavour.bash ? "\\s-\\v\\$ " : "\\w \\$ ");
  preset("PS2", "> ");
  preset("HISTFILE", `${home.replace(/\/$/, "")}/${shell.flavour.bash ? ".bash_history" : ".ash_history"}`);
  preset("HISTSIZE", "500");
  preset("HISTFILESIZE", "500");
}

function hangUpJobs(shell: Shell): void {
  for (const job of shell.jobs.all) {
    if (job.keep || isDone(job)) continue;
    for (const child of job.children) {
      if (child.state === "exited") continue;
      child.kill("SIGHUP");
      if (child.state === "stopped") child.kill("SIGCONT");
    }
  }
}

/** Tells of jobs that ended. */
async function notify(shell: Shell): Promise<void> {
  for (const job of [...shell.jobs.all]) {
    if (!isDone(job)) continue;
    await shell.write(2, shell.jobs.describe(job));
    shell.jobs.remove(job);
  }
}

async function beforePrompt(shell: Shell, tty: Tty): Promise<void> {
  shell.variables.set("COLUMNS", String(tty.size.columns));
  shell.variables.set("LINES", String(tty.size.rows));
  await notify(shell);
  const variable = shell.variables.find("PROMPT_COMMAND");
  const commands = variable?.array?.values() ?? (variable?.value === undefined ? [] : [variable.value]);
  const { lastStatus, pipeStatus } = shell;
  for (const command of commands) {
    if (command.trim() !== "") await runText(shell, command, { name: shell.name });
  }
  shell.lastStatus = lastStatus;
  shell.pipeStatus = pipeStatus;
}

/** Reads a whole command, over several lines where it needs them. Undefined: the end of input. */
async function readCommand(shell: Shell, editor: LineEditor): Promise<string | undefined | "interrupted"> {
  let text = "";
  for (;;) {
    const template = shell.variables.get(text === "" ? "PS1" : "PS2") ?? "";
    const answer = await editor.read(await promptText(shell, template), shell.history);
    if (answer.kind === "interrupt") return "interrupted";
    if (answer.kind === "end") return text === "" ? undefined : text;
    text = text === "" ? answer.text : `${text}\n${answer.text}`;
    if (text.trim() === "") return "";
    if (!wantsMore(text, syntaxOptions(shell))) return text;
  }
}

async function loop(shell: Shell, tty: Tty, editor: LineEditor): Promise<number> {
  for (;;) {
    try {
      await beforePrompt(shell, tty);
      shell.interrupted = false;
      const command = await readCommand(shell, editor);
      if (command === "interrupted") {
        shell.lastStatus = 130;
        continue;
      }
      if (command === undefined) {
        if (await mayLeave(shell)) return shell.lastStatus;
        continue;
      }
      if (command.trim() === "") continue;
      await runCommand(shell, command);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      // throw_to_top_level of bash's sig.c.
      await shell.write(2, "\n");
      shell.interrupted = false;
      shell.lastStatus = 130;
      shell.loopDepth = 0;
      shell.tested = 0;
    }
  }
}

async function runCommand(shell: Shell, command: string): Promise<void> {
  let text = command;
  if (shell.option("histexpand") && shell.flavour.bash) {
    const expanded = expandHistory(command, shell.history);
    if (expanded.kind === "missing") {
      await shell.write(2, `${shell.name}: ${expanded.event}: event not found\n`);
      return;
    }
    if (expanded.kind === "changed") {
      text = expanded.text;
      await shell.write(2, `${text}\n`);
    }
  }
  if (shell.option("history")) addHistory(shell, text);
  const warned = shell.exitWarned;
  await runText(shell, text, { name: shell.name });
  shell.commandNumber++;
  if (warned) shell.exitWarned = false;
  await runPendingTraps(shell);
}

/** ^D at an empty line. */
async function mayLeave(shell: Shell): Promise<boolean> {
  if (shell.option("ignoreeof") || shell.variables.get("IGNOREEOF") !== undefined) {
    await shell.write(2, 'Use "exit" to leave the shell.\n');
    return false;
  }
  await shell.write(2, shell.login && shell.flavour.bash ? "logout\n" : "exit\n");
  if (shell.jobs.all.some((job) => job.stopped) && !shell.exitWarned) {
    await shell.write(2, "There are stopped jobs.\n");
    shell.exitWarned = true;
    return false;
  }
  return true;
}
