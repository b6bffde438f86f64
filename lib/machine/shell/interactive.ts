/** The read-evaluate loop on a terminal. */
import { isErrno } from "../errno.ts";
import type { Tty } from "../types.ts";
import { temporaryPath } from "./builtins/fix-command.ts";
import { addHistory, loadHistory, saveHistory } from "./builtins/history.ts";
import { setOption } from "./builtins/settings.ts";
import { Interrupted } from "./control.ts";
import { type EditResult, LineEditor } from "./editor/editor.ts";
import { joinHistory } from "./editor/history-join.ts";
import { expandHistory } from "./history-expansion.ts";
import { isDone, type Job } from "./jobs.ts";
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
  shell.keymaps = editor.keymaps;
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
  const told: string[] = [];
  const done: Job[] = [];
  // All are looked at before any is gone: the marks are those of the moment.
  for (const job of shell.jobs.all) {
    if (job.late) {
      job.late = false;
      continue;
    }
    if (isDone(job)) done.push(job);
    else if (!job.stoppedUntold || !job.stopped) continue;
    job.stoppedUntold = false;
    told.push(`${isDone(job) ? "" : "\n"}${shell.jobs.describe(job)}`);
  }
  for (const line of told) await shell.write(2, line);
  for (const job of done) shell.jobs.remove(job);
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

type Read =
  | { readonly kind: "command"; readonly lines: readonly string[] }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" }
  | { readonly kind: "unfinished" }
  | { readonly kind: "edit"; readonly text: string };

/** Reads a whole command, over several lines where it needs them. History references in each are expanded as it comes. */
async function readCommand(shell: Shell, editor: LineEditor): Promise<Read> {
  const lines: string[] = [];
  for (;;) {
    const template = shell.variables.get(lines.length === 0 ? "PS1" : "PS2") ?? "";
    const answer: EditResult = await editor.read(await promptText(shell, template), shell.history);
    if (answer.kind === "interrupt") return { kind: "interrupt" };
    if (answer.kind === "edit") return { kind: "edit", text: [...lines, answer.text].join("\n") };
    if (answer.kind === "end") return { kind: lines.length === 0 ? "end" : "unfinished" };
    const text = await expanded(shell, editor, answer.text);
    if (text === undefined) return { kind: "command", lines: [] };
    if (text === "again") {
      if (lines.length > 0) return { kind: "command", lines: [] };
      continue;
    }
    lines.push(text.line);
    const command = lines.join("\n");
    if (command.trim() === "") return { kind: "command", lines: [] };
    if (!(await wantsMore(command, syntaxOptions(shell), (units) => shell.process.spend(units))))
      return { kind: "command", lines };
  }
}

/** A line with its history references. Undefined: there is nothing to run; "again": it is to be looked at first. */
async function expanded(
  shell: Shell,
  editor: LineEditor,
  line: string,
): Promise<{ readonly line: string } | undefined | "again"> {
  if (!shell.option("histexpand") || !shell.flavour.bash) return { line };
  const found = expandHistory(line, shell.history);
  if (found.kind === "same") return { line };
  if (found.kind === "missing") {
    const words = /: (?:substitution failed|bad word specifier)$/.test(found.event) ? "" : ": event not found";
    await shell.write(2, `${shell.name}: ${found.event}${words}\n`);
    if (!shell.shopt("histreedit")) return undefined;
    editor.preset(line);
    return "again";
  }
  if (found.printOnly) {
    await shell.write(2, `${found.text}\n`);
    addHistory(shell, found.text);
    return undefined;
  }
  if (shell.shopt("histverify")) {
    editor.preset(found.text);
    return "again";
  }
  await shell.write(2, `${found.text}\n`);
  return { line: found.text };
}

/** A line, or several, changed in an editor first (edit-and-execute-command). */
async function editCommand(shell: Shell, text: string): Promise<void> {
  const { variables, process } = shell;
  const editor = variables.get("VISUAL") ?? variables.get("EDITOR") ?? "vi";
  const path = temporaryPath(shell);
  if (text !== "") addHistory(shell, text);
  try {
    process.files.writeFile(path, text === "" ? "" : `${text}\n`, { mode: 0o600 });
    await runText(shell, `${editor} ${path}`, { name: shell.name });
    if (shell.lastStatus !== 0) return;
    const changed = process.files.readText(path);
    await shell.write(2, changed);
    if (changed.trim() === "") return;
    await runCommand(shell, changed.replace(/\n$/, "").split("\n"));
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.complain(`${path}: ${error.message}`);
  } finally {
    process.files.remove(path, { force: true });
  }
}

async function loop(shell: Shell, tty: Tty, editor: LineEditor): Promise<number> {
  for (;;) {
    try {
      await beforePrompt(shell, tty);
      shell.interrupted = false;
      const read = await readCommand(shell, editor);
      if (read.kind === "interrupt") shell.lastStatus = 130;
      else if (read.kind === "unfinished") {
        // The end of input within a command is an error, and the end.
        await shell.complain("syntax error: unexpected end of file");
        shell.lastStatus = 2;
        if (await mayLeave(shell)) return shell.lastStatus;
      } else if (read.kind === "end") {
        if (await mayLeave(shell)) return shell.lastStatus;
      } else if (read.kind === "edit") await editCommand(shell, read.text);
      else if (read.lines.length > 0) await runCommand(shell, read.lines);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      if (!error.told) await shell.write(2, "\n");
      shell.interrupted = false;
      shell.lastStatus = 130;
      shell.loopDepth = 0;
      shell.tested = 0;
    }
  }
}

async function runCommand(shell: Shell, lines: readonly string[]): Promise<void> {
  const text = lines.join("\n");
  if (shell.option("history"))
    addHistory(shell, shell.shopt("cmdhist") && !shell.shopt("lithist") ? joinHistory(lines) : text);
  const warned = shell.exitWarned;
  await runText(shell, text, { name: shell.name });
  shell.commandNumber++;
  if (warned && !/^\s*jobs\b/.test(text)) shell.exitWarned = false;
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
