/** The programs `bash`, `sh` and `ash`, and those of builtins that are programs too. */
import "./builtins/index.ts";

import { parse } from "unbash";
import { isErrno } from "../errno.ts";
import type { Process, Program, ProgramTable } from "../types.ts";
import { setOption } from "./builtins/settings.ts";
import { ASH, BASH, BASH_VERSION_TEXT, DASH, type Flavour } from "./flavour.ts";
import { runInteractive } from "./interactive.ts";
import { SET_OPTIONS, type SetOption, SHELL_OPTIONS, setOptionByLetter } from "./options.ts";
import { runText } from "./run.ts";
import { Shell } from "./shell.ts";
import type { ShellOptions } from "./shell-options.ts";
import { setStartVariables } from "./special.ts";
import { standalonePrograms } from "./standalone.ts";
import { runStandardInput } from "./standard-input.ts";
import { finishShell } from "./subshell.ts";
import { runPendingTraps } from "./trapping.ts";

const BASH_USAGE = `Usage:\tbash [GNU long option] [option] ...
\tbash [GNU long option] [option] script-file ...
GNU long options:
${"debug debugger dump-po-strings dump-strings help init-file login noediting noprofile norc posix pretty-print rcfile restricted verbose version"
  .split(" ")
  .map((name) => `\t--${name}\n`)
  .join("")}Shell options:
\t-ilrsD or -c command or -O shopt_option\t\t(invocation only)
\t-abefhkmnptuvxBCEHPT or -o option
`;

interface Invocation {
  command: string | undefined;
  interactive: boolean;
  login: boolean;
  fromInput: boolean;
  profile: boolean;
  rc: boolean;
  rcFile: string | undefined;
  readonly options: (readonly [SetOption, boolean])[];
  readonly shopts: (readonly [string, boolean])[];
  operands: readonly string[];
}

/** Makes the shell programs of one place: what it completes goes into `options`. */
export function createShellPrograms(options: ShellOptions = {}): ProgramTable {
  const bash = program(BASH, options);
  const sh = program(ASH, options);
  return new Map([["bash", bash], ["sh", sh], ["ash", sh], ["dash", program(DASH, options)], ...standalonePrograms]);
}

export const shellPrograms: ProgramTable = createShellPrograms();

function program(flavour: Flavour, settings: ShellOptions): Program {
  return async (process) => {
    const shell = new Shell(process, flavour, settings);
    const zero = process.argv[0] ?? flavour.name;
    shell.name = zero.startsWith("-") || zero.includes("/") ? zero : zero;
    setStartVariables(shell);
    if (!flavour.bash) shell.setOptions.delete("braceexpand");
    const parsed = parseInvocation(process, flavour);
    if (typeof parsed === "number") return parsed;
    if (typeof parsed === "string") {
      await shell.write(parsed.startsWith("GNU") ? 1 : 2, parsed);
      return parsed.startsWith("GNU") ? 0 : 2;
    }
    return finishShell(shell, () => start(shell, parsed));
  };
}

function parseInvocation(process: Process, flavour: Flavour): Invocation | string | number {
  const invocation: Invocation = {
    command: undefined,
    interactive: false,
    login: (process.argv[0] ?? "").startsWith("-"),
    fromInput: false,
    profile: true,
    rc: true,
    rcFile: undefined,
    options: [],
    shopts: [],
    operands: [],
  };
  const args = process.argv.slice(1);
  let wantsCommand = false;
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (argument === "--" || argument === "-") {
      at++;
      break;
    }
    if (argument.startsWith("--")) {
      if (argument === "--version") {
        return `GNU bash, version ${BASH_VERSION_TEXT} (x86_64-pc-linux-gnu)\n`;
      }
      if (argument === "--login") invocation.login = true;
      else if (argument === "--norc") invocation.rc = false;
      else if (argument === "--noprofile") invocation.profile = false;
      else if (argument === "--posix") invocation.options.push(["posix", true]);
      else if (argument === "--rcfile" || argument === "--init-file") invocation.rcFile = args[++at];
      else if (argument === "--verbose") invocation.options.push(["verbose", true]);
      else if (argument !== "--noediting") {
        return `${flavour.name}: ${argument}: invalid option\n`;
      }
      continue;
    }
    if (!/^[-+]./.test(argument)) break;
    const on = argument.startsWith("-");
    for (const letter of argument.slice(1)) {
      if (letter === "c") wantsCommand = true;
      else if (letter === "i") invocation.interactive = true;
      else if (letter === "l") invocation.login = true;
      else if (letter === "s") invocation.fromInput = true;
      else if (letter === "o" || letter === "O") {
        const name = args[++at];
        if (name === undefined) continue;
        if (letter === "O" && !Object.hasOwn(SHELL_OPTIONS, name))
          return `${flavour.name}: line 0: ${name}: invalid shell option name\n`;
        if (letter === "O") invocation.shopts.push([name, on]);
        else if (Object.hasOwn(SET_OPTIONS, name)) invocation.options.push([name as SetOption, on]);
        else return `${flavour.name}: ${name}: invalid option name\n`;
      } else {
        const name = setOptionByLetter(letter);
        if (name === undefined && flavour.dash) return `${flavour.name}: 0: Illegal option -${letter}\n`;
        if (name === undefined && !flavour.bash) return `${flavour.name}: illegal option -${letter}\n`;
        if (name === undefined) return `${flavour.name}: -${letter}: invalid option\n${BASH_USAGE}`;
        invocation.options.push([name, on]);
      }
    }
  }
  invocation.operands = args.slice(at);
  if (wantsCommand) {
    const [command, ...rest] = invocation.operands;
    if (command === undefined)
      return `${flavour.name}: ${flavour.dash ? "0: " : ""}-c${flavour.bash ? ": option" : ""} requires an argument\n`;
    invocation.command = command;
    invocation.operands = rest;
  }
  return invocation;
}

async function start(shell: Shell, invocation: Invocation): Promise<number> {
  for (const [name, on] of invocation.options) setOption(shell, name, on);
  for (const [name, on] of invocation.shopts) shell.shopts.set(name, on);
  importFunctions(shell);
  shell.login = invocation.login;
  shell.shopts.set("login_shell", invocation.login);
  if (!shell.flavour.bash) shell.shopts.set("expand_aliases", true);
  const { process } = shell;
  const reads = invocation.command === undefined && (invocation.fromInput || invocation.operands.length === 0);
  shell.interactive = invocation.interactive || (reads && process.isTerminal(0) && process.isTerminal(2));
  if (shell.interactive) {
    shell.shopts.set("expand_aliases", true);
    setOption(shell, "history", true);
    setOption(shell, "histexpand", true);
    setOption(shell, "emacs", true);
  }
  if (invocation.login && invocation.profile)
    await startUp(shell, ["/etc/profile"], ["~/.bash_profile", "~/.bash_login", "~/.profile"]);
  if (invocation.command !== undefined) {
    const [name, ...rest] = invocation.operands;
    if (name !== undefined) shell.name = name;
    if (name !== undefined && shell.flavour.dialect.name === "ash") shell.scriptFile = name;
    shell.positional = rest;
    shell.commandString = true;
    if (shell.flavour.bash) shell.variables.global("BASH_EXECUTION_STRING").value = invocation.command;
    if (shell.interactive && invocation.rc) await startUp(shell, [], rcFiles(shell, invocation));
    return runText(shell, invocation.command, { name: "environment", last: true, origin: "-c: " });
  }
  if (!reads) return runFile(shell, invocation.operands);
  shell.positional = invocation.operands;
  shell.readsStandardInput = true;
  if (!shell.interactive) return runStandardInput(shell);
  if (!invocation.login && invocation.rc)
    await startUp(shell, shell.flavour.bash ? ["/etc/bash.bashrc"] : [], rcFiles(shell, invocation));
  return runInteractive(shell);
}

function rcFiles(shell: Shell, invocation: Invocation): string[] {
  if (invocation.rcFile !== undefined) return [invocation.rcFile];
  if (shell.flavour.bash) return ["~/.bashrc"];
  const env = shell.variables.get("ENV");
  return env === undefined ? [] : [env];
}

/** Sources each of `all`, and the first of `first` that is there. */
async function startUp(shell: Shell, all: readonly string[], first: readonly string[]): Promise<void> {
  const home = shell.variables.get("HOME") ?? "/";
  const resolve = (path: string): string => path.replace(/^~/, home);
  const chosen = first.map(resolve).find((path) => shell.process.files.exists(path));
  for (const path of [...all, ...(chosen === undefined ? [] : [chosen])]) {
    if (!shell.process.files.exists(path)) continue;
    shell.frames.push({ kind: "source", name: "source", source: path, line: 0 });
    try {
      await runText(shell, shell.process.files.readText(path), { name: path });
    } finally {
      shell.frames.pop();
    }
  }
}

/** Functions that a bash above exported. */
function importFunctions(shell: Shell): void {
  if (!shell.flavour.bash) return;
  for (const [key, value] of shell.process.env) {
    const name = /^BASH_FUNC_(.+)%%$/.exec(key)?.[1];
    if (name === undefined || !value.startsWith("() ") || value.length > 65_536) continue;
    const text = `${name} ${value}`;
    const node = parse(text).commands[0]?.command;
    if (node?.type !== "Function") continue;
    shell.functions.set(name, { name, node, source: { name: "environment", text, firstLine: 1 }, exported: true });
  }
}

async function runFile(shell: Shell, operands: readonly string[]): Promise<number> {
  const [path, ...rest] = operands as [string, ...string[]];
  let text: string;
  try {
    if (shell.process.files.stat(path).type === "directory") {
      await shell.write(2, `${shell.name}: ${path}: Is a directory\n`);
      return 126;
    }
    const data = shell.process.files.readFile(path);
    if (data.subarray(0, 80).includes(0)) {
      await shell.write(2, `${path}: ${path}: cannot execute binary file\n`);
      return 126;
    }
    text = new TextDecoder().decode(data);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.write(
      2,
      shell.flavour.bash
        ? `${shell.name}: ${path}: ${error.message}\n`
        : shell.flavour.dash
          ? `${shell.name}: 0: cannot open ${path}: No such file\n`
          : `${shell.name}: can't open '${path}': ${error.message}\n`,
    );
    return error.code === "ENOENT" ? (shell.flavour.bash ? 127 : 2) : 126;
  }
  shell.name = path;
  shell.scriptFile = path;
  shell.positional = rest;
  const status = await runText(shell, text, { name: path });
  await runPendingTraps(shell);
  return status;
}
