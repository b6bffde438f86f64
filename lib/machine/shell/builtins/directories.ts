/** cd, pwd, and the directory stack. */
import { isErrno } from "../../errno.ts";
import type { Shell } from "../shell.ts";
import { homeOf } from "../tilde.ts";
import { type Builtin, type BuiltinContext, fail, parseOptions, usage } from "./types.ts";

/** Resolves `.`, `..` and doubled slashes by text alone. */
function normalizePath(path: string): string {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") out.pop();
    else out.push(part);
  }
  return `/${out.join("/")}`;
}

function logicalDirectory(shell: Shell): string {
  return shell.variables.get("PWD") ?? shell.process.cwd;
}

/** Changes directory; gives what went wrong. */
function change(shell: Shell, path: string, physical: boolean): string | undefined {
  const { files } = shell.process;
  const base = logicalDirectory(shell);
  let target = physical ? path : normalizePath(path.startsWith("/") ? path : `${base}/${path}`);
  try {
    if (files.stat(target).type !== "directory") return "Not a directory";
    if (physical) target = files.realPath(target);
    if (shell.process.uid !== 0) {
      const { mode, uid, gid } = files.stat(target);
      const shift = uid === shell.process.uid ? 6 : gid === shell.process.gid ? 3 : 0;
      if (((mode >> shift) & 1) === 0) return "Permission denied";
    }
    shell.process.cwd = target;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return error.message;
  }
  setVariable(shell, "OLDPWD", base);
  setVariable(shell, "PWD", target);
  return undefined;
}

function setVariable(shell: Shell, name: string, value: string): void {
  const known = shell.variables.find(name) !== undefined;
  shell.variables.set(name, value);
  if (!known) shell.variables.global(name).exported = true;
}

const cd: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args[0] === "-" ? ["--", ...args] : args, "LPe@");
  if (bad !== undefined) return usage(shell, context, bad, "cd [-L|[-P [-e]] [-@]] [dir]");
  if (rest.length > 1 && shell.flavour.bash) return fail(shell, context, "too many arguments");
  let [path] = rest;
  let announce = false;
  if (path === undefined) {
    path = shell.variables.get("HOME");
    if (path === undefined) return fail(shell, context, "HOME not set");
  } else if (path === "-") {
    path = shell.variables.get("OLDPWD");
    if (path === undefined && !shell.flavour.bash) path = logicalDirectory(shell);
    if (path === undefined) return fail(shell, context, "OLDPWD not set");
    announce = true;
  }
  if (path === "") return 0;
  const physical = options.has("P") || shell.option("physical");
  if (!/^\.{0,2}\//.test(path) && path !== "." && path !== "..") {
    for (const directory of (shell.variables.get("CDPATH") ?? "").split(":")) {
      if (directory === "") continue;
      if (change(shell, `${directory}/${path}`, physical) === undefined) {
        await shell.out(`${logicalDirectory(shell)}\n`);
        return 0;
      }
    }
  }
  const problem = change(shell, path, physical);
  const named = problem !== undefined && shell.shopt("cdable_vars") ? shell.variables.get(path) : undefined;
  if (named !== undefined && change(shell, named, physical) === undefined) {
    await shell.out(`${logicalDirectory(shell)}\n`);
    return 0;
  }
  if (problem !== undefined) {
    return shell.flavour.bash
      ? fail(shell, context, `${path}: ${problem}`)
      : fail(shell, context, `can't cd to ${path}: ${problem}`, 2);
  }
  if (announce) await shell.out(`${logicalDirectory(shell)}\n`);
  return 0;
};

const pwd: Builtin["run"] = async (shell, args, context) => {
  const { options, bad } = parseOptions(args, "LP");
  if (bad !== undefined) return usage(shell, context, bad, "pwd [-LP]");
  await shell.out(`${options.has("P") ? shell.process.files.realPath(shell.process.cwd) : logicalDirectory(shell)}\n`);
  return 0;
};

function shorten(shell: Shell, path: string, long: boolean): string {
  const home = homeOf(shell, "") ?? "";
  if (long || home === "" || home === "/") return path;
  return path === home || path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

async function printStack(shell: Shell, options: ReadonlyMap<string, string>): Promise<void> {
  const stack = [logicalDirectory(shell), ...shell.directories].map((path) => shorten(shell, path, options.has("l")));
  if (options.has("v")) {
    await shell.out(stack.map((path, i) => `${String(i).padStart(2)}  ${path}\n`).join(""));
  } else await shell.out(`${stack.join(options.has("p") ? "\n" : " ")}\n`);
}

function stackPosition(shell: Shell, text: string): number | undefined {
  const size = shell.directories.length + 1;
  const number = Number(text.slice(1));
  const position = text.startsWith("+") ? number : size - 1 - number;
  return position >= 0 && position < size ? position : undefined;
}

const dirs: Builtin["run"] = async (shell, args, context) => {
  const index = args.find((argument) => /^[-+]\d+$/.test(argument));
  const odd = args.find((argument) => !/^[-+]./.test(argument));
  if (odd !== undefined) return usage(shell, context, odd, "dirs [-clpv] [+N] [-N]");
  const { options, bad } = parseOptions(
    args.filter((argument) => argument !== index),
    "clpv",
  );
  if (bad !== undefined) return usage(shell, context, bad, "dirs [-clpv] [+N] [-N]");
  if (options.has("c")) {
    shell.directories = [];
    return 0;
  }
  if (index === undefined) {
    await printStack(shell, options);
    return 0;
  }
  const position = stackPosition(shell, index);
  if (position === undefined)
    return fail(
      shell,
      context,
      shell.directories.length === 0 ? "directory stack empty" : `${index}: directory stack index out of range`,
    );
  const path = [logicalDirectory(shell), ...shell.directories][position] as string;
  await shell.out(`${shorten(shell, path, options.has("l"))}\n`);
  return 0;
};

async function enter(shell: Shell, context: BuiltinContext, path: string): Promise<boolean> {
  const problem = change(shell, path, false);
  if (problem === undefined) return true;
  await fail(shell, context, `${path}: ${problem}`);
  return false;
}

const pushd: Builtin["run"] = async (shell, args, context) => {
  const stay = args[0] === "-n";
  const [argument] = stay ? args.slice(1) : args;
  const stack = [logicalDirectory(shell), ...shell.directories];
  if (argument !== undefined && /^-./.test(argument) && !/^-\d+$/.test(argument)) {
    await fail(shell, context, `${argument}: invalid number`);
    await shell.write(2, "pushd: usage: pushd [-n] [+N | -N | dir]\n");
    return 2;
  }
  let next: string[];
  if (argument === undefined) {
    if (stack.length < 2) return fail(shell, context, "no other directory");
    next = [stack[1] as string, stack[0] as string, ...stack.slice(2)];
  } else if (/^[-+]\d+$/.test(argument)) {
    const position = stackPosition(shell, argument);
    if (position === undefined) return fail(shell, context, `${argument}: directory stack index out of range`);
    next = [...stack.slice(position), ...stack.slice(0, position)];
  } else {
    if (!stay && !(await enter(shell, context, argument))) return 1;
    shell.directories = stay ? [argument, ...shell.directories] : stack;
    await printStack(shell, new Map());
    return 0;
  }
  if (!stay && !(await enter(shell, context, next[0] as string))) return 1;
  shell.directories = next.slice(1);
  await printStack(shell, new Map());
  return 0;
};

const popd: Builtin["run"] = async (shell, args, context) => {
  const stay = args[0] === "-n";
  const [argument] = stay ? args.slice(1) : args;
  if (shell.directories.length === 0) return fail(shell, context, "directory stack empty");
  const position = argument === undefined ? 0 : stackPosition(shell, argument);
  if (position === undefined) return fail(shell, context, `${argument}: directory stack index out of range`);
  if (position === 0 && !stay) {
    if (!(await enter(shell, context, shell.directories[0] as string))) return 1;
    shell.directories = shell.directories.slice(1);
  } else shell.directories = shell.directories.filter((_, i) => i !== Math.max(0, position - 1));
  await printStack(shell, new Map());
  return 0;
};

export const DIRECTORY_BUILTINS: Readonly<Record<string, Builtin>> = {
  cd: { run: cd },
  pwd: { run: pwd },
  dirs: { run: dirs, bashOnly: true },
  pushd: { run: pushd, bashOnly: true },
  popd: { run: popd, bashOnly: true },
};
