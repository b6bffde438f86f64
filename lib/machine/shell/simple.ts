/** Simple commands: assignments, functions, builtins, programs. */
import { type Assignment, type Command, parse, type Word } from "unbash";
import { isErrno } from "../errno.ts";
import type { ChildProcess } from "../types.ts";
import { complaint } from "./ash.ts";
import { type Assigned, assign, bracedWord, describeAssignment, expandAssignment } from "./assign.ts";
import { type Builtin, builtins } from "./builtins/registry.ts";
import { ExitShell, ExpansionError, ReturnFromFunction, SpecialFailure } from "./control.ts";
import { type ExecuteOptions, executeCommand, trace } from "./execute.ts";
import { expandWords } from "./expand.ts";
import type { FunctionDefinition } from "./functions.ts";
import { findCommand } from "./lookup.ts";
import { sourceOf, waitForeground } from "./pipeline.ts";
import { printExported } from "./printer.ts";
import { applyRedirects, RedirectError, type Redirections } from "./redirect.ts";
import { runText } from "./run.ts";
import { discard, explain, type Shell } from "./shell.ts";
import { startSubshell } from "./subshell.ts";
import { describeWord, traceCommand } from "./tracing.ts";
import { runPseudoTrap } from "./trapping.ts";
import { newVariable, ReadonlyError, type Variable } from "./variables.ts";

/** Depth of calls (FUNCNEST of bash is unlimited; memory here is not). */
const MAX_DEPTH = 500;

export async function executeSimple(shell: Shell, node: Command, options: ExecuteOptions): Promise<number> {
  const place = shell.flavour.bash ? placeOf(node) : node.pos;
  shell.position = place;
  if (!shell.inTrap) shell.command = { text: shell.source.text, pos: node.pos, end: node.end };
  if (shell.traps.has("DEBUG")) {
    await runPseudoTrap(shell, "DEBUG");
    shell.position = place;
  }
  const opened = shell.openSubstitutions;
  shell.openSubstitutions = [];
  try {
    return await execute(shell, node, options);
  } catch (error) {
    const problem = explain(error);
    if (problem === undefined) throw error;
    await shell.complain(problem.message);
    throw discard(shell, problem.fatal);
  } finally {
    for (const number of shell.openSubstitutions) {
      shell.process.descriptors.get(number)?.close();
      shell.process.descriptors.delete(number);
    }
    shell.openSubstitutions = opened;
  }
}

/**
 * Where bash counts a command's line: at the end of its second token, which its parser has to see before it knows that
 * the first is no function's name.
 */
function placeOf(node: Command): number {
  const [assigned] = node.prefix;
  if (assigned !== undefined && assigned.pos === node.pos) return assigned.end - 1;
  let place = Math.max(node.pos, (node.name?.end ?? 0) - 1);
  const [argument] = node.suffix;
  if (argument !== undefined)
    place = argument.type === "Word" || argument.type === "Assignment" ? argument.end - 1 : argument.pos;
  return place;
}

async function execute(shell: Shell, node: Command, options: ExecuteOptions): Promise<number> {
  shell.substitutionStatus = 0;
  const words: Word[] = [];
  const declared: Assignment[] = [];
  const declaring = node.name !== undefined && builtins().get(node.name.value)?.declares === true;
  if (node.name !== undefined) words.push(node.name);
  const order: (Word | Assignment)[] = [];
  // `set -k`: assignments count wherever they stand.
  const keywords: Assignment[] = [];
  for (const argument of node.args) {
    const keyword = declaring || !shell.option("keyword") ? undefined : assignmentIn(argument);
    if (keyword !== undefined) keywords.push(keyword);
    else if (argument.type === "Assignment") {
      declared.push(argument);
      order.push(argument);
    } else order.push(argument);
  }
  // Ash and dash know no `x+=1`: with it the words of a command begin.
  const plain = shell.flavour.bash ? -1 : node.prefix.findIndex((item) => item.type === "Assignment" && item.append);
  if (plain !== -1)
    for (const item of node.prefix.slice(plain))
      if (item.type === "Assignment") words.splice(words.length - (node.name === undefined ? 0 : 1), 0, wordOf(item));
  let argv: string[];
  let assignments: readonly Assigned[] = [];
  if (declared.length === 0) argv = await expandWords(shell, [...words, ...(order as Word[])]);
  else {
    argv = await expandWords(shell, words);
    const collected: Assigned[] = [];
    for (const argument of order) {
      if (argument.type === "Word") argv.push(...(await expandWords(shell, [argument])));
      else {
        const braced = declaring ? bracedWord(shell, argument) : undefined;
        if (braced !== undefined) {
          argv.push(...(await expandWords(shell, [braced])));
          continue;
        }
        const assigned = await expandAssignment(shell, argument);
        if (declaring) {
          argv.push(`\0${collected.length}`);
          collected.push(assigned);
        } else argv.push(assigned.elements === undefined ? describeWord(assigned) : argument.text);
      }
    }
    assignments = collected;
  }
  const prefix: Assignment[] = [];
  for (const item of plain === -1 ? node.prefix : node.prefix.slice(0, plain))
    if (item.type === "Assignment") prefix.push(item);
  prefix.push(...keywords);
  const [name] = argv;
  if (name === undefined) return assignOnly(shell, node, prefix);
  const temporary: Assigned[] = [];
  for (const item of prefix) temporary.push(await expandAssignment(shell, item));
  if (shell.option("xtrace")) {
    await traceCommand(shell, argv, temporary, assignments);
  }
  return dispatch(shell, node, argv, { temporary, assignments, last: options.last ?? false });
}

/** An argument that is an assignment to `set -k`. */
function assignmentIn(argument: Word | Assignment): Assignment | undefined {
  if (argument.type === "Assignment") return argument;
  if (!/^[A-Za-z_]\w*\+?=/.test(argument.text)) return undefined;
  const command = parse(argument.text).commands[0]?.command;
  const first = command?.type === "Command" ? command.prefix[0] : undefined;
  return first?.type === "Assignment" ? first : undefined;
}

/** An assignment as the word that it is written as. */
function wordOf(assignment: Assignment): Word {
  const command = parse(`: ${assignment.text}`).commands[0]?.command;
  const word = command?.type === "Command" ? command.suffix[0] : undefined;
  if (word?.type !== "Word") throw new ExpansionError(`${assignment.text}: not found`);
  return word;
}

async function assignOnly(shell: Shell, node: Command, prefix: readonly Assignment[]): Promise<number> {
  const shown: string[] = [];
  for (const item of prefix) {
    const assigned = await expandAssignment(shell, item);
    if (shell.option("xtrace")) {
      if (shell.flavour.bash) await trace(shell, await describeAssignment(shell, assigned));
      else shown.push(shell.flavour.dash ? describeWord(assigned) : await describeAssignment(shell, assigned));
    }
    await assign(shell, assigned);
  }
  if (shell.option("xtrace") && !shell.flavour.bash && shown.length > 0) await trace(shell, shown.join(" "));
  if (node.redirects.length > 0) {
    try {
      (await applyRedirects(shell, node.redirects)).undo();
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      await shell.complain(error.message);
      return shell.flavour.dash ? 2 : 1;
    }
  }
  return shell.substitutionStatus;
}

interface Call {
  /** Assignments before the command: for it alone. */
  readonly temporary: readonly Assigned[];
  /** Assignments among the arguments of `declare` and its kin; an argument "\0n" stands for the n-th. */
  readonly assignments: readonly Assigned[];
  readonly last: boolean;
}

async function dispatch(shell: Shell, node: Command, argv: readonly string[], call: Call): Promise<number> {
  const first = argv[0] as string;
  // A job's name as a command brings the job to the foreground (execute_cmd.c).
  if (shell.flavour.bash && first.startsWith("%")) return dispatch(shell, node, ["fg", first], call);
  const name = first;
  const definition = shell.functions.get(name);
  const builtin = definition === undefined && !shell.disabled.has(name) ? builtins().get(name) : undefined;
  const available = builtin !== undefined && (shell.flavour.bash || builtin.bashOnly !== true) ? builtin : undefined;
  if (available?.permanentRedirects === true) return runExec(shell, node, argv, call);
  let redirections: Redirections | undefined;
  try {
    redirections = node.redirects.length === 0 ? undefined : await applyRedirects(shell, node.redirects);
  } catch (error) {
    if (error instanceof RedirectError) {
      await shell.complain(error.message);
      if (!shell.flavour.bash && !shell.interactive && available?.special === true)
        throw new ExitShell(shell.flavour.dash ? 2 : 1);
      return shell.flavour.dash ? 2 : 1;
    }
    // A program's redirections are its process's, and what cannot be expanded in them ends that alone.
    const problem =
      shell.flavour.bash && definition === undefined && available === undefined ? explain(error) : undefined;
    if (problem === undefined) throw error;
    await shell.complain(problem.message);
    return problem.fatal ? 127 : 1;
  }
  try {
    let status: number;
    if (definition !== undefined) {
      status = await withTemporary(shell, call.temporary, () => callFunction(shell, definition, argv));
    } else if (available !== undefined) {
      // POSIX: what stands before a special builtin stays. bash keeps that for its posix mode.
      const stays = !shell.flavour.bash && available.special === true;
      if (stays) for (const assigned of call.temporary) await assign(shell, assigned);
      status = await withTemporary(shell, stays ? [] : call.temporary, () =>
        runBuiltin(shell, available, argv, call.assignments),
      );
    } else status = await runProgram(shell, node, argv, call);
    shell.lastArgument = argv.at(-1) ?? "";
    return status;
  } finally {
    redirections?.undo();
  }
}

/** `exec`: redirections stay where no command is given. */
async function runExec(shell: Shell, node: Command, argv: readonly string[], call: Call): Promise<number> {
  let redirections: Redirections;
  try {
    redirections = await applyRedirects(shell, node.redirects);
  } catch (error) {
    if (!(error instanceof RedirectError)) throw error;
    await shell.complain(error.message);
    // A special builtin: ash ends with it.
    if (!shell.flavour.bash && !shell.interactive) throw new ExitShell(shell.flavour.dash ? 2 : 1);
    return 1;
  }
  if (argv.length === 1) {
    redirections.keep();
    return 0;
  }
  try {
    return await withTemporary(shell, call.temporary, () =>
      runBuiltin(shell, builtins().get("exec") as Builtin, argv, call.assignments),
    );
  } finally {
    redirections.undo();
  }
}

export async function runBuiltin(
  shell: Shell,
  builtin: Builtin,
  argv: readonly string[],
  assignments: readonly Assigned[] = [],
): Promise<number> {
  try {
    return await builtin.run(shell, argv.slice(1), { name: argv[0] as string, assignments });
  } catch (error) {
    const problem = explain(error);
    if (problem === undefined || (error instanceof ExpansionError && error.fatal)) throw error;
    if (error instanceof ReadonlyError && shell.flavour.bash) {
      await shell.complain(problem.message);
      return 1;
    }
    if (error instanceof ReadonlyError) {
      await shell.write(2, complaint(shell, argv[0] as string, problem.message));
      if (builtin.special === true || argv[0] === "local") throw new SpecialFailure(2);
      return 2;
    }
    const message = problem.message.startsWith(`${argv[0]}: `) ? problem.message : `${argv[0]}: ${problem.message}`;
    await shell.complain(message);
    return 1;
  }
}

/** Sets variables for the time of `body`. */
async function withTemporary<T>(shell: Shell, assignments: readonly Assigned[], body: () => Promise<T>): Promise<T> {
  if (assignments.length === 0) return body();
  const saved: [string, Variable | undefined][] = [];
  try {
    for (const assigned of assignments) {
      const { name } = shell.variables.resolve(assigned.name);
      if (assigned.index !== undefined) {
        const index = typeof assigned.index === "string" ? assigned.index : assigned.index.text;
        await shell.complain(`\`${name}[${index}]': not a valid identifier`);
        continue;
      }
      const before = shell.variables.find(name);
      if (before?.readonly) {
        if (!shell.flavour.bash) throw new ExpansionError(`${name}: is read only`, true);
        await shell.complain(`${name}: readonly variable`);
        continue;
      }
      saved.push([name, before]);
      const fresh = before === undefined ? newVariable() : { ...before };
      if (assigned.append && before !== undefined) fresh.array = before.array?.copy();
      fresh.exported = true;
      shell.variables.restore(name, fresh);
      await assign(shell, assigned);
    }
    return await body();
  } finally {
    for (const [name, before] of saved.reverse()) shell.variables.restore(name, before);
  }
}

async function callFunction(shell: Shell, definition: FunctionDefinition, argv: readonly string[]): Promise<number> {
  const limit = Number(shell.variables.get("FUNCNEST") ?? 0);
  if (shell.frames.length >= (limit > 0 ? Math.min(limit, MAX_DEPTH) : MAX_DEPTH)) {
    const deepest = limit > 0 ? limit : MAX_DEPTH;
    throw new ExpansionError(`${definition.name}: maximum function nesting level exceeded (${deepest})`, true);
  }
  const outer = {
    positional: shell.positional,
    source: shell.source,
    position: shell.position,
    loopDepth: shell.loopDepth,
    optionPosition: shell.optionPosition,
  };
  shell.frames.push({ kind: "function", name: definition.name, source: definition.source.name, line: shell.line });
  shell.variables.pushScope();
  shell.positional = argv.slice(1);
  shell.source = definition.source;
  shell.loopDepth = 0;
  const traced = shell.option("functrace") || definition.traced === true;
  const returnTrap = shell.traps.get("RETURN");
  const debugTrap = shell.traps.get("DEBUG");
  if (!traced) {
    shell.traps.delete("RETURN");
    shell.traps.delete("DEBUG");
  }
  try {
    return await executeCommand(shell, definition.node.body);
  } catch (error) {
    if (error instanceof ReturnFromFunction) return error.status;
    throw error;
  } finally {
    if (shell.traps.has("RETURN")) await runPseudoTrap(shell, "RETURN");
    else if (returnTrap !== undefined) shell.traps.set("RETURN", returnTrap);
    if (!traced && debugTrap !== undefined && !shell.traps.has("DEBUG")) shell.traps.set("DEBUG", debugTrap);
    shell.variables.popScope();
    shell.frames.pop();
    shell.positional = outer.positional;
    shell.source = outer.source;
    shell.position = outer.position;
    shell.loopDepth = outer.loopDepth;
    shell.optionPosition = outer.optionPosition;
  }
}

/** The environment of a program, with the assignments before it. */
async function environmentFor(shell: Shell, temporary: readonly Assigned[]): Promise<Map<string, string>> {
  if (temporary.length === 0) return withFunctions(shell, shell.variables.environment());
  return withTemporary(shell, temporary, async () => withFunctions(shell, shell.variables.environment()));
}

function withFunctions(shell: Shell, environment: Map<string, string>): Map<string, string> {
  for (const definition of shell.functions.values()) {
    if (!definition.exported) continue;
    const { node, source } = definition;
    const written = source.text.slice(node.body.pos, node.body.end);
    environment.set(
      `BASH_FUNC_${definition.name}%%`,
      written.includes("<<") ? `() ${written}` : printExported(definition),
    );
  }
  return environment;
}

async function runProgram(shell: Shell, node: Command, argv: readonly string[], call: Call): Promise<number> {
  const env = await environmentFor(shell, call.temporary);
  const path = env.get("PATH") ?? shell.variables.get("PATH");
  return start(shell, argv, { env, path, last: call.last, text: sourceOf(shell, node) });
}

/** `command name`: the program, whatever functions have its name. */
export async function runProgramNamed(
  shell: Shell,
  argv: readonly string[],
  path: string | undefined,
): Promise<number> {
  const env = await environmentFor(shell, []);
  return start(shell, argv, { env, path, last: false, text: argv.join(" ") });
}

interface Start {
  readonly env: Map<string, string>;
  readonly path: string | undefined;
  readonly last: boolean;
  /** For messages and `jobs`. */
  readonly text: string;
}

function isDirectory(shell: Shell, path: string): boolean {
  try {
    return shell.process.files.stat(path).type === "directory";
  } catch {
    return false;
  }
}

async function start(shell: Shell, argv: readonly string[], how: Start): Promise<number> {
  const { env, text } = how;
  const name = argv[0] as string;
  const found = findCommand(shell, name, how.path);
  if (found.kind === "missing") {
    if (shell.interactive && shell.shopt("autocd") && argv.length === 1 && isDirectory(shell, name)) {
      await shell.write(2, `cd -- ${name}\n`);
      const cd = builtins().get("cd");
      if (cd !== undefined) return cd.run(shell, [name], { name: "cd", assignments: [] });
    }
    const handler = shell.functions.get("command_not_found_handle");
    if (handler !== undefined && found.status === 127 && !name.includes("/")) {
      return callFunction(shell, handler, ["command_not_found_handle", ...argv]);
    }
    await shell.complain(found.message);
    return found.status;
  }
  if (shell.flavour.bash) env.set("_", found.path);
  if (
    how.last &&
    !shell.option("monitor") &&
    (shell.subshellDepth > 0 || shell.commandString) &&
    [...shell.traps.values()].every((trap) => trap === "") &&
    shell.jobs.all.length === 0
  ) {
    return takeOver(shell, argv, found.path, env);
  }
  let child: ChildProcess;
  try {
    child = shell.process.spawn({
      argv,
      file: found.path,
      env,
      ...(shell.option("monitor") ? { processGroup: 0 } : {}),
    });
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ENOEXEC") return runScriptFile(shell, argv, found.path, env);
    if (error.code === "EAGAIN") throw new ExpansionError(`fork: retry: ${error.message}`, true);
    await shell.complain(`${name}: ${error.message}`);
    return error.code === "ENOENT" ? 127 : 126;
  }
  return waitForeground(shell, [child], text);
}

/** The last command of a subshell becomes its process. */
async function takeOver(
  shell: Shell,
  argv: readonly string[],
  file: string,
  env: ReadonlyMap<string, string>,
): Promise<number> {
  try {
    return await shell.process.execute({ argv, file, env });
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ENOEXEC") return runScriptFile(shell, argv, file, env);
    await shell.complain(`${argv[0]}: ${error.message}`);
    return error.code === "ENOENT" ? 127 : 126;
  }
}

/** A program for a processor, which this machine has none of. */
function isElf(data: Uint8Array): boolean {
  return data[0] === 0x7f && data[1] === 0x45 && data[2] === 0x4c && data[3] === 0x46;
}

/** A file without `#!` that no program claims: commands for a shell like this one. */
async function runScriptFile(
  shell: Shell,
  argv: readonly string[],
  path: string,
  env: ReadonlyMap<string, string>,
): Promise<number> {
  const data = shell.process.files.readFile(path);
  if (data.subarray(0, 256).includes(0) || isElf(data)) {
    await shell.complain(`${path}: cannot execute binary file: Exec format error`);
    return 126;
  }
  const text = new TextDecoder().decode(data);
  const child = startSubshell(
    shell,
    (copy) => {
      copy.name = argv[0] as string;
      copy.positional = argv.slice(1);
      copy.frames.length = 0;
      copy.functions.clear();
      copy.commandString = false;
      copy.scriptFile = argv[0] as string;
      for (const [name, value] of env) {
        const variable = copy.variables.global(name);
        variable.value = value;
        variable.exported = true;
      }
      return runText(copy, text, { name: argv[0] as string });
    },
    { argv, ...(shell.option("monitor") ? { processGroup: 0 } : {}) },
  );
  return waitForeground(shell, [child], argv.join(" "));
}
