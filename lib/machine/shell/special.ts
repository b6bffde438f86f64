/** Parameters whose value is computed: `$?`, `$#`, `RANDOM`, `FUNCNAME`, ... */
import { BASH_VERSION, BASH_VERSION_TEXT } from "./flavour.ts";
import { SET_OPTIONS } from "./options.ts";
import type { Shell } from "./shell.ts";
import { type DynamicVariable, IndexedArray } from "./variables.ts";

export function specialParameter(shell: Shell, name: string): string | undefined {
  switch (name) {
    case "?":
      return String(shell.lastStatus);
    case "#":
      return String(shell.positional.length);
    case "$":
      return String(shell.shellPid);
    case "!":
      return shell.lastBackground === undefined ? undefined : String(shell.lastBackground);
    case "-":
      return shell.flags;
    case "0":
      return shell.name;
    case "_":
      return shell.lastArgument;
    default:
      return /^\d+$/.test(name) ? shell.positional[Number(name) - 1] : undefined;
  }
}

/** Sets up the computed variables. `fork`: only those that the parent still had. */
export function seedDynamic(shell: Shell, fork: boolean): void {
  const clock = shell.process.clock;
  let secondsFrom = shell.startedAt;
  let seconds = 0;
  let random: number | undefined;
  let lastRandom = 0;
  const table: Readonly<Record<string, DynamicVariable>> = {
    LINENO: { read: () => String(shell.line - (shell.commandString && !shell.flavour.bash ? 1 : 0)) },
    _: { read: () => shell.lastArgument },
    RANDOM: {
      read: () => {
        if (random === undefined) return String(Math.floor(shell.process.clock.random() * 32_768));
        // Park and Miller's; never the same twice in a row.
        let value = lastRandom;
        while (value === lastRandom) {
          random = ((random === 0 ? 123_459_876 : random) * 16_807) % 2_147_483_647;
          value = ((random >>> 16) ^ (random & 0xffff)) & 32_767;
        }
        lastRandom = value;
        return String(value);
      },
      write: (value) => {
        random = (Number(value) || 0) >>> 0;
        lastRandom = 0;
      },
    },
    SRANDOM: { read: () => String(Math.floor(shell.process.clock.random() * 4_294_967_296)) },
    SECONDS: {
      read: () => String(seconds + Math.floor((clock.now() - secondsFrom) / 1000)),
      write: (value) => {
        seconds = Number(value) || 0;
        secondsFrom = clock.now();
      },
    },
    EPOCHSECONDS: { read: () => String(Math.floor(clock.now() / 1000)), write: () => {} },
    EPOCHREALTIME: { read: () => `${(clock.now() / 1000).toFixed(3)}000`, write: () => {} },
    BASHPID: { read: () => String(shell.process.pid) },
    BASH_SUBSHELL: { read: () => String(shell.subshellDepth), write: () => {} },
    BASH_COMMAND: {
      read: () => shell.command?.text.slice(shell.command.pos, shell.command.end) ?? "",
    },
    BASH_ARGV0: {
      read: () => shell.name,
      write: (value) => {
        shell.name = value;
      },
    },
    HISTCMD: { read: () => String(shell.history.length + 1) },
  };
  if (!shell.flavour.bash && !fork) {
    shell.variables.dynamic.set("FUNCNAME", {
      read: () => shell.frames.findLast((frame) => frame.kind === "function")?.name,
    });
  }
  const sh = new Set(shell.flavour.dash ? [] : ["LINENO", "_", "RANDOM", "EPOCHSECONDS", "EPOCHREALTIME"]);
  for (const [name, variable] of Object.entries(table)) {
    if (fork ? !shell.variables.dynamic.has(name) : !shell.flavour.bash && !sh.has(name)) continue;
    shell.variables.dynamic.set(name, variable);
  }
}

const ARRAYS: Readonly<Record<string, (shell: Shell) => readonly string[] | undefined>> = {
  PIPESTATUS: (shell) => shell.pipeStatus.map(String),
  DIRSTACK: (shell) => [shell.variables.get("PWD") ?? shell.process.cwd, ...shell.directories],
  FUNCNAME: (shell) => {
    const frames = [...shell.frames].reverse().map((frame) => frame.name);
    if (!shell.frames.some((frame) => frame.kind === "function")) return undefined;
    return shell.commandString || shell.interactive ? frames : [...frames, "main"];
  },
  BASH_SOURCE: (shell) => {
    const frames = [...shell.frames].reverse().map((frame) => frame.source);
    return shell.commandString || shell.interactive || shell.readsStandardInput ? frames : [...frames, shell.name];
  },
  BASH_LINENO: (shell) => [...shell.frames].reverse().map((frame) => String(frame.line)),
  GROUPS: (shell) => [String(shell.process.gid)],
};

/** Puts the current content into an array that is computed. */
export function refreshSpecialArray(shell: Shell, name: string): void {
  const make = ARRAYS[name];
  if (make === undefined || !shell.flavour.bash) return;
  const values = make(shell);
  const variable = shell.variables.global(name);
  variable.array = values === undefined ? undefined : IndexedArray.of(values);
}

export function isSpecialArray(name: string): boolean {
  return Object.hasOwn(ARRAYS, name);
}

/** What a shell sets when it starts. */
export function setStartVariables(shell: Shell): void {
  const { process, variables } = shell;
  for (const [name, value] of process.env) {
    if (variables.dynamic.has(name)) continue;
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      if (!name.startsWith("BASH_FUNC_")) variables.passedOn.set(name, value);
      continue;
    }
    const variable = variables.global(name);
    variable.value = value;
    variable.exported = true;
  }
  const preset = (name: string, value: string): void => {
    const variable = variables.global(name);
    variable.value ??= value;
  };
  const fixed = (name: string, value: string): void => {
    variables.global(name).value = value;
  };
  preset("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  fixed("IFS", " \t\n");
  fixed("PPID", String(process.parentPid));
  if (shell.flavour.bash) variables.global("PPID").readonly = true;
  fixed("OPTIND", "1");
  if (shell.flavour.bash) preset("COMP_WORDBREAKS", " \t\n\"'@><=;|&(:");
  const inherited = variables.get("PWD");
  fixed("PWD", inherited !== undefined && sameDirectory(shell, inherited) ? inherited : process.cwd);
  variables.global("PWD").exported = true;
  const level = Number(variables.get("SHLVL") ?? "0");
  if (!shell.flavour.dash) {
    fixed("SHLVL", String((Number.isInteger(level) ? level : 0) + 1));
    variables.global("SHLVL").exported = true;
  }
  fixed("PS4", "+ ");
  if (!shell.flavour.bash && !shell.flavour.dash) {
    fixed("PS1", "\\w \\$ ");
    fixed("PS2", "> ");
  }
  if (shell.flavour.dash) {
    fixed("PS1", process.uid === 0 ? "# " : "$ ");
    fixed("PS2", "> ");
  }
  if (!shell.flavour.bash) return;
  const oldDirectory = variables.global("OLDPWD");
  oldDirectory.exported = true;
  fixed("BASH", process.argv[0]?.startsWith("/") ? process.argv[0] : "/bin/bash");
  fixed("BASH_VERSION", BASH_VERSION_TEXT);
  variables.setArray("BASH_VERSINFO", Object.values(BASH_VERSION));
  variables.global("BASH_VERSINFO").readonly = true;
  fixed("HOSTNAME", process.machine.hostname);
  fixed("HOSTTYPE", "x86_64");
  fixed("MACHTYPE", "x86_64-pc-linux-gnu");
  fixed("OSTYPE", "linux-gnu");
  fixed("OPTERR", "1");
  fixed("UID", String(process.uid));
  fixed("EUID", String(process.uid));
  for (const name of ["UID", "EUID"]) {
    variables.global(name).readonly = true;
    variables.global(name).integer = true;
  }
  preset("TERM", "dumb");
  refreshOptionVariables(shell);
}

function sameDirectory(shell: Shell, path: string): boolean {
  try {
    return (
      path.startsWith("/") && shell.process.files.realPath(path) === shell.process.files.realPath(shell.process.cwd)
    );
  } catch {
    return false;
  }
}

/** SHELLOPTS and BASHOPTS follow the options. */
export function refreshOptionVariables(shell: Shell): void {
  if (!shell.flavour.bash) return;
  const set = shell.variables.global("SHELLOPTS");
  set.value = Object.keys(SET_OPTIONS)
    .filter((name) => shell.setOptions.has(name as keyof typeof SET_OPTIONS))
    .sort()
    .join(":");
  set.readonly = true;
  const shopts = shell.variables.global("BASHOPTS");
  shopts.value = [...shell.shopts]
    .filter(([, on]) => on)
    .map(([name]) => name)
    .sort()
    .join(":");
  shopts.readonly = true;
}
