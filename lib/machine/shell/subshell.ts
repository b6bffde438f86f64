/** Shells in processes of their own: `( )`, `$( )`, `<( )`, pipeline stages, background commands. */

import type { ParsedScript, Statement } from "unbash";
import { concatBytes } from "../../encoding/index.ts";
import { decodeBytes, unfinished } from "../bytes.ts";
import { isErrno } from "../errno.ts";
import type { ChildProcess, Descriptor, Process, SpawnOptions } from "../types.ts";
import { BreakLoop, DiscardLine, ExitShell, ExpansionError, Interrupted, ReturnFromFunction } from "./control.ts";
import { executeStatements } from "./execute.ts";
import { expandText } from "./expand.ts";
import { lineAt, parseSource, type SourceText } from "./parse.ts";
import { openFile, RedirectError } from "./redirect.ts";
import { reportProblem, syntaxOptions } from "./run.ts";
import type { Shell } from "./shell.ts";
import { runExitTrap, runPendingTraps } from "./trapping.ts";

export interface SubshellOptions {
  readonly descriptors?: ReadonlyMap<number, Descriptor>;
  readonly processGroup?: number;
  /** Without job control, background commands do not hear ^C. */
  readonly deaf?: boolean;
  /** Shown by `ps`. */
  readonly argv?: readonly string[];
}

const MAX_SUBSHELLS = 64;

/** Starts `body` in a copy of the shell. */
export function startSubshell(
  shell: Shell,
  body: (shell: Shell) => Promise<number>,
  options: SubshellOptions = {},
): ChildProcess {
  if (shell.subshellDepth >= MAX_SUBSHELLS)
    throw new ExpansionError("fork: retry: Resource temporarily unavailable", true);
  const copy = shell.fork();
  const spawn: SpawnOptions = {
    argv: options.argv ?? shell.process.argv,
    env: shell.process.env,
    program: (process) => runSubshell(copy, process, body, options.deaf ?? false),
    ...(options.descriptors === undefined ? {} : { descriptors: options.descriptors }),
    ...(options.processGroup === undefined ? {} : { processGroup: options.processGroup }),
  };
  try {
    return shell.process.spawn(spawn);
  } catch (error) {
    if (isErrno(error)) throw new ExpansionError(`fork: retry: ${error.message}`, true);
    throw error;
  }
}

async function runSubshell(
  shell: Shell,
  process: Process,
  body: (shell: Shell) => Promise<number>,
  deaf: boolean,
): Promise<number> {
  shell.process = process;
  if (deaf) {
    process.onSignal("SIGINT", "ignore");
    process.onSignal("SIGQUIT", "ignore");
  }
  return finishShell(shell, () => body(shell));
}

/** Runs a shell to its end: what leaves the body becomes its status, and the EXIT trap runs. */
export async function finishShell(shell: Shell, body: () => Promise<number>): Promise<number> {
  let status: number;
  try {
    status = await body();
    await runPendingTraps(shell);
  } catch (error) {
    if (error instanceof ExitShell || error instanceof ReturnFromFunction) status = error.status;
    else if (error instanceof DiscardLine) status = error.status;
    else if (error instanceof BreakLoop) status = shell.lastStatus;
    else if (error instanceof Interrupted) status = 130;
    else if (isErrno(error, "EPIPE")) status = 141;
    else throw error;
  }
  shell.lastStatus = status;
  return runExitTrap(shell, status);
}

/** A descriptor table like the shell's, with changes. Pass it to spawn, which makes duplicates. */
export function tableWith(
  shell: Shell,
  changes: ReadonlyMap<number, Descriptor | undefined>,
): ReadonlyMap<number, Descriptor> {
  const table = new Map(shell.process.descriptors);
  for (const [number, descriptor] of changes) {
    if (descriptor === undefined) table.delete(number);
    else table.set(number, descriptor);
  }
  return table;
}

const MAX_CAPTURE = 4 << 20;

/** `$(command)`: its output without the newlines at the end. */
export async function captureOutput(shell: Shell, script: ParsedScript, written = ""): Promise<string> {
  // What stands in backquotes is looked at no sooner than here.
  if (written.startsWith("`") && shell.flavour.bash) {
    const text = script.source ?? written.slice(1, -1);
    const parsed = parseSource({ name: "", text, firstLine: 1 }, syntaxOptions(shell));
    if (parsed.kind === "problem") {
      const origin = "command substitution: ";
      const source = { name: shell.name, text, firstLine: shell.line };
      await reportProblem(shell, source, parsed.problem, { name: shell.name, origin });
      shell.substitutionStatus = 2;
      shell.lastStatus = 2;
      return "";
    }
  }
  const error = script.errors?.[0];
  // Ash reads no further than to the word that ends a list.
  if (error !== undefined && written.startsWith("`") && !shell.flavour.bash) return "";
  if (error !== undefined) throw new ExpansionError(`command substitution: syntax error: ${error.message}`);
  const file = fileOnly(script);
  if (file !== undefined) return readWhole(shell, file);
  const source = substitutedSource(shell, script);
  const { reader, writer } = shell.process.pipe();
  let child: ChildProcess;
  try {
    child = startSubshell(
      shell,
      (copy) => {
        copy.source = source;
        copy.traceDepth++;
        // Ash lists its own where nothing else is asked.
        if (shell.flavour.dialect.name === "ash" && /^(?:\$\(|`)\s*trap\s*[)`]$/.test(written))
          copy.listedTraps = new Map(shell.traps);
        if (!shell.shopt("inherit_errexit") && !shell.option("posix")) copy.setOptions.delete("errexit");
        if (!shell.shopt("inherit_errexit")) copy.tested = 0;
        return executeStatements(copy, script.commands, { last: true });
      },
      { descriptors: tableWith(shell, new Map([[1, writer]])) },
    );
  } catch (problem) {
    reader.close();
    throw problem;
  } finally {
    writer.close();
  }
  const parts: string[] = [];
  let held: Uint8Array = new Uint8Array(0);
  let length = 0;
  for (;;) {
    const chunk = await shell.until(reader.reader?.read() ?? Promise.resolve(null));
    if (chunk === null) break;
    const bytes = held.length === 0 ? chunk : concatBytes([held, chunk]);
    const cut = bytes.length - unfinished(bytes);
    held = bytes.slice(cut);
    const part = decodeBytes(bytes.subarray(0, cut));
    length += part.length;
    if (length > MAX_CAPTURE) {
      reader.close();
      child.kill("SIGPIPE");
      throw new ExpansionError("command substitution: cannot allocate memory");
    }
    parts.push(part);
    const spent = shell.process.spend(1 + (chunk.length >> 10));
    if (spent !== undefined) await spent;
  }
  parts.push(decodeBytes(held));
  reader.close();
  const exited = await shell.until(child.exited);
  shell.substitutionStatus = exited.code;
  if (shell.flavour.bash) shell.lastStatus = exited.code;
  const whole = parts.join("");
  const output = whole.includes("\0") ? whole.replaceAll("\0", "") : whole;
  let end = output.length;
  while (end > 0 && output.charCodeAt(end - 1) === 10) end--;
  return output.slice(0, end);
}

/** Lines of a substitution's commands are counted from the line of the command that it is part of. */
function substitutedSource(shell: Shell, script: ParsedScript): SourceText {
  const { name } = shell.source;
  if (script.source !== undefined) return { name, text: script.source, firstLine: shell.line };
  const { text } = shell.source;
  const before = lineAt({ name, text, firstLine: 0 }, script.commands[0]?.pos ?? 0);
  return { name, text, firstLine: shell.line - before };
}

/** `$(<file)`. */
function fileOnly(script: ParsedScript): Extract<Statement["command"], { type: "Command" }> | undefined {
  const command = script.commands[0]?.command;
  if (script.commands.length !== 1 || command?.type !== "Command" || command.name !== undefined) return undefined;
  const [redirect] = command.redirects;
  return command.prefix.length + command.suffix.length === 1 &&
    redirect?.type === "Redirect" &&
    redirect.operator === "<"
    ? command
    : undefined;
}

async function readWhole(shell: Shell, command: Extract<Statement["command"], { type: "Command" }>): Promise<string> {
  const redirect = command.redirects[0];
  if (redirect?.type !== "Redirect" || redirect.target === undefined) return "";
  const path = await expandText(shell, redirect.target);
  let descriptor: Descriptor;
  try {
    descriptor = openFile(shell, path, { read: true });
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error;
    await shell.complain(error.message);
    shell.substitutionStatus = 1;
    return "";
  }
  const decoder = new TextDecoder();
  let out = "";
  for (;;) {
    const chunk = (await descriptor.reader?.read()) ?? null;
    if (chunk === null) break;
    out += decoder.decode(chunk, { stream: true });
    if (out.length > MAX_CAPTURE) throw new ExpansionError("command substitution: cannot allocate memory");
    const spent = shell.process.spend(1 + (chunk.length >> 10));
    if (spent !== undefined) await spent;
  }
  descriptor.close();
  shell.substitutionStatus = 0;
  return out.replaceAll("\0", "").replace(/\n+$/, "");
}

/** `<(command)` and `>(command)`: a path that leads to the other end of a pipe. */
export function substituteProcess(shell: Shell, script: ParsedScript, output: boolean): string {
  const { reader, writer } = shell.process.pipe();
  const theirs = output ? reader : writer;
  const ours = output ? writer : reader;
  let number = 63;
  while (shell.process.descriptors.has(number)) number--;
  const child = startSubshell(
    shell,
    (copy) => {
      copy.tested = 0;
      return executeStatements(copy, script.commands, { last: true });
    },
    { descriptors: tableWith(shell, new Map([[output ? 0 : 1, theirs]])) },
  );
  void child.exited;
  theirs.close();
  shell.process.descriptors.set(number, ours);
  shell.openSubstitutions.push(number);
  shell.lastBackground = child.pid;
  return `/dev/fd/${number}`;
}
