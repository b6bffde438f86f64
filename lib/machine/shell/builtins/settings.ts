/** set, shopt, trap, getopts, umask, ulimit, times. */

import type { Signal } from "../../types.ts";
import { OPTION_ORDER } from "../ash.ts";
import { SpecialFailure } from "../control.ts";
import { DASH_OPTIONS } from "../dash.ts";
import {
  CHANGEABLE_SHELL_OPTIONS,
  FIXED_SET_OPTIONS,
  SET_OPTIONS,
  type SetOption,
  setOptionByLetter,
} from "../options.ts";
import { quoteSingle } from "../quote.ts";
import type { Shell } from "../shell.ts";
import { refreshOptionVariables } from "../special.ts";
import { listen } from "../trapping.ts";
import { ALL_SIGNALS, parseTrapName, SIGNAL_TABLE, type TrapName } from "../traps.ts";
import { type Builtin, type BuiltinContext, fail, parseOptions, usage } from "./types.ts";
import { listPlain } from "./variables.ts";

const SET_USAGE = "set [-abefhkmnptuvxBCEHPT] [-o option-name] [--] [-] [arg ...]";

export function setOption(shell: Shell, name: SetOption, on: boolean): void {
  if (on) shell.setOptions.add(name);
  else shell.setOptions.delete(name);
  // One way of editing lines takes the other's place.
  if (on && name === "vi") shell.setOptions.delete("emacs");
  if (on && name === "emacs") shell.setOptions.delete("vi");
  if (name === "posix") shell.shopts.set("expand_aliases", on || shell.interactive);
  refreshOptionVariables(shell);
}

async function listSetOptions(shell: Shell, asCommands: boolean): Promise<void> {
  if (shell.flavour.dash && !asCommands) await shell.out("Current option settings\n");
  const names = shell.flavour.bash
    ? (Object.keys(SET_OPTIONS) as SetOption[]).sort()
    : ((shell.flavour.dash ? DASH_OPTIONS : OPTION_ORDER) as readonly SetOption[]);
  await shell.out(
    names
      .map((name) => {
        const on = shell.option(name);
        return asCommands
          ? `set ${on ? "-" : "+"}o ${name}\n`
          : `${name.padEnd(15)}${shell.flavour.bash ? "\t" : " "}${on ? "on" : "off"}\n`;
      })
      .join(""),
  );
}

/** Says so where an option has no other state here. */
async function isFixed(shell: Shell, context: BuiltinContext, name: SetOption, on: boolean): Promise<boolean> {
  if (!FIXED_SET_OPTIONS.has(name) || shell.option(name) === on) return false;
  if (name === "emacs" && on) return false;
  await fail(shell, context, `${name}: cannot be changed here`);
  return true;
}

/** dash ends with what it does not know. */
async function refuseOption(shell: Shell, context: BuiltinContext, option: string): Promise<never> {
  await fail(shell, context, `illegal option ${option}`);
  throw new SpecialFailure(2);
}

const set: Builtin["run"] = async (shell, args, context) => {
  if (args.length === 0) {
    await listPlain(shell);
    return 0;
  }
  let at = 0;
  for (; at < args.length; at++) {
    const argument = args[at] as string;
    if (argument === "--") {
      shell.positional = args.slice(at + 1);
      if (!shell.flavour.bash) restartOptions(shell);
      return 0;
    }
    if (argument === "-") {
      setOption(shell, "xtrace", false);
      setOption(shell, "verbose", false);
      if (at + 1 < args.length) shell.positional = args.slice(at + 1);
      return 0;
    }
    if (!/^[-+]./.test(argument)) break;
    const on = argument.startsWith("-");
    for (const letter of argument.slice(1)) {
      if (letter === "o") {
        const name = args[at + 1];
        if (name === undefined || /^[-+]/.test(name)) {
          await listSetOptions(shell, !on);
          continue;
        }
        at++;
        if (shell.flavour.dash && !(DASH_OPTIONS as readonly string[]).includes(name))
          await refuseOption(shell, context, `${on ? "-" : "+"}o ${name}`);
        if (!Object.hasOwn(SET_OPTIONS, name)) {
          if (shell.flavour.bash) return fail(shell, context, `${name}: invalid option name`, 2);
          return fail(shell, context, `illegal option ${on ? "-" : "+"}o ${name}`);
        }
        if (await isFixed(shell, context, name as SetOption, on)) return 1;
        setOption(shell, name as SetOption, on);
        continue;
      }
      const name = setOptionByLetter(letter);
      if (name !== undefined && !shell.flavour.bash && !"aefnuvxCmbIV".includes(letter))
        await refuseOption(shell, context, argument.charAt(0) + letter);
      if (name === undefined && !shell.flavour.bash) {
        await fail(shell, context, `illegal option ${argument.charAt(0)}${letter}`);
        throw new SpecialFailure(2);
      }
      if (name === undefined) return usage(shell, context, argument.charAt(0) + letter, SET_USAGE);
      if (await isFixed(shell, context, name, on)) return 1;
      setOption(shell, name, on);
    }
  }
  if (at < args.length) {
    shell.positional = args.slice(at);
    if (!shell.flavour.bash) restartOptions(shell);
  }
  return 0;
};

/** With other arguments `getopts` of ash begins anew. */
function restartOptions(shell: Shell): void {
  shell.variables.set("OPTIND", "1");
  shell.optionIndex = 1;
  shell.optionPosition = 0;
}

const shopt: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "opqsu");
  if (bad !== undefined) return usage(shell, context, bad, "shopt [-pqsu] [-o] [optname ...]");
  const set = options.has("o");
  const names = set ? Object.keys(SET_OPTIONS) : [...shell.shopts.keys()];
  const isOn = (name: string): boolean => (set ? shell.option(name as SetOption) : shell.shopt(name));
  const show = (name: string): string => {
    if (options.has("p")) {
      return set ? `set ${isOn(name) ? "-" : "+"}o ${name}\n` : `shopt -${isOn(name) ? "s" : "u"} ${name}\n`;
    }
    return `${name.padEnd(set ? 15 : 15)}\t${isOn(name) ? "on" : "off"}\n`;
  };
  if (rest.length === 0) {
    const shown = names.filter((name) => {
      if (options.has("s")) return isOn(name);
      return options.has("u") ? !isOn(name) : true;
    });
    if (!options.has("q")) await shell.out(shown.map(show).join(""));
    return 0;
  }
  let status = 0;
  for (const name of rest) {
    if (!names.includes(name)) {
      status = await fail(shell, context, `${name}: invalid ${set ? "" : "shell "}option name`);
    } else if (options.has("s") || options.has("u")) {
      const fixed = set ? FIXED_SET_OPTIONS.has(name as SetOption) : !CHANGEABLE_SHELL_OPTIONS.has(name);
      if (fixed && isOn(name) !== options.has("s")) {
        status = await fail(shell, context, `${name}: cannot be changed here`);
        continue;
      }
      if (set) setOption(shell, name as SetOption, options.has("s"));
      else {
        shell.shopts.set(name, options.has("s"));
        if (name === "expand_aliases") shell.aliasVersion++;
        refreshOptionVariables(shell);
      }
    } else {
      if (!isOn(name)) status = 1;
      if (!options.has("q")) await shell.out(show(name));
    }
  }
  return status;
};

/** Signals by which a script is ended, and before which its EXIT trap still runs. */
const FATAL: readonly Signal[] = ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT"];

function setTrap(shell: Shell, name: TrapName, command: string | undefined): void {
  const signal = name === "EXIT" || name === "ERR" || name === "DEBUG" || name === "RETURN" ? undefined : name;
  if (command === undefined) shell.traps.delete(name);
  else shell.traps.set(name, command);
  if (name === "EXIT" && !shell.interactive) {
    for (const fatal of FATAL) {
      if (shell.traps.has(fatal)) continue;
      if (command === undefined || command === "") {
        shell.fatalSignals.delete(fatal);
        shell.process.onSignal(fatal, "default");
      } else {
        shell.fatalSignals.add(fatal);
        listen(shell, fatal);
      }
    }
  }
  if (signal === undefined) return;
  if (command === "") shell.process.onSignal(signal, "ignore");
  else if (command !== undefined) listen(shell, signal);
  else shell.restoreSignal(signal);
}

async function listTraps(shell: Shell, names: readonly TrapName[]): Promise<void> {
  let out = "";
  for (const name of names) {
    const command = (shell.listedTraps ?? shell.traps).get(name);
    if (command !== undefined) {
      out += `trap -- ${quoteSingle(command)} ${shell.flavour.bash ? name : name.replace(/^SIG/, "")}\n`;
    }
  }
  await shell.out(out);
}

const trap: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args[0] === "-" ? ["--", ...args] : args, shell.flavour.bash ? "lp" : "");
  if (bad !== undefined) return usage(shell, context, bad, "trap [-lp] [[arg] signal_spec ...]");
  if (options.has("l")) {
    await shell.out(SIGNAL_TABLE);
    return 0;
  }
  const order = ["EXIT", ...ALL_SIGNALS.map((name) => `SIG${name}`), "DEBUG", "ERR", "RETURN"] as TrapName[];
  if (options.has("p") || rest.length === 0) {
    if (rest.length === 0) {
      await listTraps(shell, order);
      return 0;
    }
    const names = rest.map(parseTrapName).filter((name) => name !== undefined);
    await listTraps(shell, names);
    return 0;
  }
  let [command, ...names] = rest as [string | undefined, ...string[]];
  if (names.length === 0 || (/^\d+$/.test(command ?? "") && parseTrapName(command ?? "") !== undefined)) {
    names = rest as string[];
    command = undefined;
    if (rest.length === 1 && parseTrapName(rest[0] as string) === undefined && shell.flavour.bash) {
      await shell.write(2, "trap: usage: trap [-lp] [[arg] signal_spec ...]\n");
      return 2;
    }
  } else if (command === "-") command = undefined;
  let status = 0;
  for (const text of names) {
    const name = shell.flavour.dash && /^(?:ERR|DEBUG|RETURN)$/.test(text) ? undefined : parseTrapName(text);
    if (name !== undefined) {
      shell.listedTraps = undefined;
      setTrap(shell, name, command);
    } else if (!ALL_SIGNALS.includes(text.toUpperCase().replace(/^SIG/, ""))) {
      if (shell.flavour.dash) {
        await shell.write(2, `trap: ${text}: bad trap\n`);
        status = 1;
      } else status = await fail(shell, context, `${text}: invalid signal specification`);
    }
  }
  return status;
};

const getopts: Builtin["run"] = async (shell, args, context) => {
  const [spec, name, ...given] = args;
  if (spec === undefined || name === undefined) {
    if (!shell.flavour.bash) return fail(shell, context, "usage: getopts optstring var [arg]", 2);
    await shell.write(2, "getopts: usage: getopts optstring name [arg ...]\n");
    return 2;
  }
  if (!/^[A-Za-z_]\w*$/.test(name) && shell.flavour.bash)
    return fail(shell, context, `\`${name}': not a valid identifier`);
  if (!/^[A-Za-z_]\w*$/.test(name)) return fail(shell, context, `${name}: bad variable name`, 2);
  const list = args.length > 2 ? given : shell.positional;
  const silent = spec.startsWith(":");
  let index = Number(shell.variables.get("OPTIND") ?? 1);
  let atEnd = false;
  if (index !== shell.optionIndex) shell.optionPosition = 0;
  else if (shell.optionPosition > 0) index = shell.optionWord;
  const finish = (option: string, value: string | undefined): void => {
    shell.variables.set(name, option);
    // Dash leaves it as it was at the end.
    if (value === undefined && !(shell.flavour.dash && atEnd)) shell.variables.unset("OPTARG");
    else if (value !== undefined) shell.variables.set("OPTARG", value);
    // Ash and dash count a word when its first letter is read.
    const shown = !shell.flavour.bash && shell.optionPosition > 0 ? index + 1 : index;
    shell.variables.set("OPTIND", String(shown));
    shell.optionIndex = shown;
    shell.optionWord = index;
  };
  const word = list[index - 1];
  if (shell.optionPosition === 0) {
    if (word === undefined || !/^-./.test(word) || word === "--") {
      if (word === "--") index++;
      atEnd = true;
      finish("?", undefined);
      return 1;
    }
    shell.optionPosition = 1;
  }
  const letter = (word ?? "").charAt(shell.optionPosition++);
  const at = letter === ":" ? -1 : spec.indexOf(letter);
  const ended = shell.optionPosition >= (word ?? "").length;
  if (at === -1) {
    if (ended) next();
    if (!silent && shell.variables.get("OPTERR") !== "0") {
      const words = shell.flavour.bash ? `${shell.name}: illegal option -- ${letter}` : `Illegal option -${letter}`;
      await shell.write(2, `${words}\n`);
    }
    finish("?", silent ? letter : undefined);
    return 0;
  }
  if (spec.charAt(at + 1) !== ":") {
    if (ended) next();
    finish(letter, undefined);
    return 0;
  }
  if (!ended) {
    const value = (word ?? "").slice(shell.optionPosition);
    next();
    finish(letter, value);
    return 0;
  }
  next();
  const value = list[index - 1];
  if (value !== undefined) {
    index++;
    finish(letter, value);
    return 0;
  }
  if (!silent && shell.variables.get("OPTERR") !== "0") {
    const words = shell.flavour.bash
      ? `${shell.name}: option requires an argument -- ${letter}`
      : `No arg for -${letter} option`;
    await shell.write(2, `${words}\n`);
  }
  finish(silent ? ":" : "?", silent ? letter : undefined);

  return 0;

  function next(): void {
    index++;
    shell.optionPosition = 0;
  }
};

const umask: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "pS");
  if (bad !== undefined) return usage(shell, context, bad, "umask [-p] [-S] [mode]");
  const [mode] = rest;
  const current = shell.process.umask;
  if (mode === undefined) {
    const octal = current.toString(8).padStart(4, "0");
    const letters = (bits: number): string => (bits & 4 ? "r" : "") + (bits & 2 ? "w" : "") + (bits & 1 ? "x" : "");
    const allowed = ~current & 0o777;
    const symbolic = `u=${letters(allowed >> 6)},g=${letters((allowed >> 3) & 7)},o=${letters(allowed & 7)}`;
    await shell.out(
      `${options.has("p") ? `umask ${options.has("S") ? "-S " : ""}` : ""}${options.has("S") ? symbolic : octal}\n`,
    );
    return 0;
  }
  if (/^[0-7]+$/.test(mode)) {
    shell.process.umask = Number.parseInt(mode, 8) & 0o777;
    return 0;
  }
  if (!shell.flavour.bash && !/^(?:[ugoa]*[-+=][rwx]*,?)+$/.test(mode))
    return fail(shell, context, `illegal mode: ${mode}`, 2);
  if (/^\d+$/.test(mode)) return fail(shell, context, `${mode}: octal number out of range`);
  let allowed = ~current & 0o777;
  for (const clause of mode.split(",")) {
    if (!/^[ugoa]*[-+=]/.test(clause)) {
      const odd = clause.replace(/^[ugoa]*/, "").charAt(0);
      return fail(shell, context, `\`${odd}': invalid symbolic mode operator`);
    }
    const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (match === null)
      return fail(
        shell,
        context,
        `\`${clause.replace(/^[ugoa]*[-+=][rwx]*/, "").charAt(0)}': invalid symbolic mode character`,
      );
    const [, who, operator, what] = match as unknown as [string, string, string, string];
    const bits = (what.includes("r") ? 4 : 0) | (what.includes("w") ? 2 : 0) | (what.includes("x") ? 1 : 0);
    for (const [letter, shift] of [
      ["u", 6],
      ["g", 3],
      ["o", 0],
    ] as const) {
      if (who !== "" && !who.includes(letter) && !who.includes("a")) continue;
      const masked = bits << shift;
      if (operator === "+") allowed |= masked;
      else if (operator === "-") allowed &= ~masked;
      else allowed = (allowed & ~(7 << shift)) | masked;
    }
  }
  shell.process.umask = ~allowed & 0o777;
  return 0;
};

const LIMITS: readonly (readonly [string, string, string, (shell: Shell) => string])[] = [
  ["c", "core file size", "(blocks, -c) ", () => "0"],
  ["f", "file size", "(blocks, -f) ", () => "unlimited"],
  ["m", "max memory size", "(kbytes, -m) ", (shell) => memoryLimit(shell)],
  ["n", "open files", "(-n) ", () => "1024"],
  ["s", "stack size", "(kbytes, -s) ", () => "8192"],
  ["t", "cpu time", "(seconds, -t) ", () => "unlimited"],
  ["u", "max user processes", "(-u) ", (shell) => String(shell.process.machine.limits.processes ?? 512)],
  ["v", "virtual memory", "(kbytes, -v) ", (shell) => memoryLimit(shell)],
];

function memoryLimit(shell: Shell): string {
  const bytes = shell.process.machine.limits.memoryBytes;
  return bytes === undefined ? "unlimited" : String(Math.floor(bytes / 1024));
}

const ulimit: Builtin["run"] = async (shell, args, context) => {
  const { options, rest, bad } = parseOptions(args, "HSacfmnstuv");
  if (bad !== undefined && shell.flavour.dialect.name === "ash") {
    await shell.write(2, `ulimit: invalid option -- '${bad.slice(1)}'\n`);
    return 1;
  }
  if (bad !== undefined) return usage(shell, context, bad, "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]");
  const chosen = LIMITS.filter(([letter]) => options.has("a") || options.has(letter));
  if (rest.length > 0) {
    const limit = rest[0] as string;
    if (!/^(?:\d+|unlimited|hard|soft)$/.test(limit)) {
      if (shell.flavour.bash) return fail(shell, context, `${limit}: invalid number`);
      if (shell.flavour.dash) return fail(shell, context, "bad number", 2);
      await shell.write(2, `${shell.name}: invalid number '${limit}'\n`);
      return 1;
    }
    return fail(shell, context, `${chosen[0]?.[1] ?? "file size"}: cannot modify limit: Operation not permitted`);
  }
  if (chosen.length <= 1) {
    const [only] = chosen.length === 1 ? chosen : LIMITS.filter(([letter]) => letter === "f");
    await shell.out(`${only?.[3](shell) ?? "unlimited"}\n`);
    return 0;
  }
  await shell.out(
    chosen.map(([, name, unit, value]) => `${name.padEnd(20)}${unit.padStart(20)}${value(shell)}\n`).join(""),
  );
  return 0;
};

const times: Builtin["run"] = async (shell) => {
  const own = shell.process.machine.processes().find((each) => each.pid === shell.process.pid)?.cpuMs ?? 0;
  const format = (ms: number): string => `${Math.floor(ms / 60_000)}m${((ms % 60_000) / 1000).toFixed(3)}s`;
  await shell.out(`${format(own)} 0m0.000s\n0m0.000s 0m0.000s\n`);
  return 0;
};

export const SETTING_BUILTINS: Readonly<Record<string, Builtin>> = {
  set: { run: set, special: true },
  shopt: { run: shopt, bashOnly: true },
  trap: { run: trap, special: true },
  getopts: { run: getopts },
  umask: { run: umask },
  ulimit: { run: ulimit },
  times: { run: times, special: true },
};
