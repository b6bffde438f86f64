/** Running what `trap` set. */
import type { Signal } from "../types.ts";
import { ExitShell } from "./control.ts";
import { runText } from "./run.ts";
import type { Shell } from "./shell.ts";
import { SIGNAL_NUMBERS, type TrapName } from "./traps.ts";

/** Runs a trap's command; `$?` is afterwards what it was before. */
async function runTrap(shell: Shell, command: string, origin: string): Promise<void> {
  const { lastStatus, pipeStatus, inTrap, position, source } = shell;
  // Lines of the other traps are counted anew.
  const counts = origin !== "trap: " && origin !== "exit trap: ";
  shell.inTrap = true;
  try {
    await runText(shell, command, { name: shell.source.name, firstLine: counts ? shell.line : 1, origin });
  } finally {
    shell.inTrap = inTrap;
    shell.source = source;
    shell.position = position;
  }
  shell.lastStatus = lastStatus;
  shell.pipeStatus = pipeStatus;
}

/** Runs traps of signals that have come since. Called between commands. */
export function runPendingTraps(shell: Shell): Promise<void> | void {
  if (shell.pendingSignals.length > 0 && !shell.inSignalTrap) return runPending(shell);
}

async function runPending(shell: Shell): Promise<void> {
  // Signals that come during a trap have their turn after it: a trap that signals its own shell does not nest.
  shell.inSignalTrap = true;
  try {
    await runEach(shell);
  } finally {
    shell.inSignalTrap = false;
  }
}

async function runEach(shell: Shell): Promise<void> {
  for (let signal = shell.pendingSignals.shift(); signal !== undefined; signal = shell.pendingSignals.shift()) {
    const paid = shell.process.spend(20);
    if (paid !== undefined) await paid;
    const command = shell.traps.get(signal);
    if (command !== undefined && command !== "") await runTrap(shell, command, "trap: ");
    else if (shell.fatalSignals.has(signal)) throw new ExitShell(128 + SIGNAL_NUMBERS[signal]);
  }
}

/** What stands before the line in messages about a trap's text. */
const PSEUDO_ORIGINS: Partial<Record<TrapName, string>> = {
  ERR: "error trap: ",
  DEBUG: "debug trap: ",
  RETURN: "return trap: ",
};

/** `ERR`, `DEBUG`, `RETURN`. */
export async function runPseudoTrap(shell: Shell, name: TrapName): Promise<void> {
  const command = shell.traps.get(name);
  if (command === undefined || command === "" || shell.inTrap) return;
  await runTrap(shell, command, PSEUDO_ORIGINS[name] ?? "trap: ");
}

/** The EXIT trap, once; it may choose another status with `exit`. */
export async function runExitTrap(shell: Shell, status: number): Promise<number> {
  const command = shell.traps.get("EXIT");
  shell.traps.delete("EXIT");
  if (command === undefined || command === "") return status;
  shell.lastStatus = status;
  try {
    await runTrap(shell, command, "exit trap: ");
  } catch (error) {
    if (error instanceof ExitShell) return error.status;
    throw error;
  }
  return status;
}

/** Makes the process hear a signal that a trap (or an EXIT trap) wants. */
export function listen(shell: Shell, signal: Signal): void {
  if (signal === "SIGKILL" || signal === "SIGSTOP") return;
  shell.process.onSignal(signal, (came) => {
    shell.pendingSignals.push(came);
    shell.jobs.wake();
    shell.wakeReader?.();
  });
}

/** An interactive shell outlives ^C, ^\\, ^Z and SIGTERM. */
export function interactiveSignals(shell: Shell): void {
  const { process } = shell;
  for (const signal of ["SIGTERM", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU"] as const) {
    // A handler and not "ignore", which children would inherit.
    if (!shell.traps.has(signal)) process.onSignal(signal, () => {});
  }
  if (shell.traps.has("SIGINT")) return;
  process.onSignal("SIGINT", () => {
    shell.interrupted = true;
    shell.jobs.wake();
    shell.wakeReader?.();
  });
}
