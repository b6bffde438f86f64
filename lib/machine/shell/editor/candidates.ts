/** What can stand at a place of a command line: commands, files, variables, jobs. */

import { KEYWORD_LIST } from "../builtins/names.ts";
import { builtins } from "../builtins/registry.ts";
import type { CompletionAction } from "../completion/spec.ts";
import { isDone } from "../jobs.ts";
import { SET_OPTIONS } from "../options.ts";
import type { Shell } from "../shell.ts";
import { homeOf } from "../tilde.ts";
import { ALL_SIGNALS } from "../traps.ts";

const MAX_CANDIDATES = 5000;

export async function commandCandidates(shell: Shell, prefix: string): Promise<string[]> {
  const names = new Set<string>([
    ...KEYWORD_LIST.filter((word) => /\w/.test(word)),
    ...shell.functions.keys(),
    ...shell.aliases.keys(),
  ]);
  for (const [name, builtin] of builtins()) if (shell.flavour.bash || !builtin.bashOnly) names.add(name);
  for (const directory of (shell.variables.get("PATH") ?? "").split(":")) {
    const paid = shell.process.spend(4);
    if (paid !== undefined) await paid;
    try {
      for (const entry of shell.process.files.list(directory === "" ? "." : directory)) names.add(entry.name);
    } catch {
      // A directory of PATH that is not there.
    }
  }
  return [...names].filter((name) => name.startsWith(prefix)).sort();
}

/** Files whose path begins with `prefix`; directories end in a slash. */
export function fileCandidates(shell: Shell, prefix: string, directoriesOnly = false, fold = false): string[] {
  const slash = prefix.lastIndexOf("/");
  const directory = slash === -1 ? "" : prefix.slice(0, slash + 1);
  const partial = prefix.slice(slash + 1);
  let path = directory === "" ? "." : directory;
  if (path.startsWith("~")) {
    const end = path.indexOf("/");
    const home = homeOf(shell, path.slice(1, end === -1 ? undefined : end));
    if (home !== undefined) path = home + (end === -1 ? "" : path.slice(end));
  }
  const out: string[] = [];
  try {
    for (const entry of shell.process.files.list(path)) {
      const fits = fold ? entry.name.toLowerCase().startsWith(partial.toLowerCase()) : entry.name.startsWith(partial);
      if (!fits) continue;
      let isDirectory = entry.type === "directory";
      if (entry.type === "symlink") {
        try {
          isDirectory = shell.process.files.stat(`${path}/${entry.name}`).type === "directory";
        } catch {
          // A link to nowhere is still a name.
        }
      }
      if (directoriesOnly && !isDirectory) continue;
      out.push(directory + entry.name + (isDirectory ? "/" : ""));
      if (out.length >= MAX_CANDIDATES) break;
    }
  } catch {
    // No such directory: nothing to offer.
  }
  return out.sort();
}

export function variableCandidates(shell: Shell, prefix: string): string[] {
  return shell.variables.names().filter((name) => name.startsWith(prefix));
}

type Source = (shell: Shell, prefix: string) => Iterable<string> | Promise<Iterable<string>>;

const withoutSlash = (paths: readonly string[]): string[] => paths.map((path) => path.replace(/\/$/, ""));

function jobNames(shell: Shell, state?: "running" | "stopped"): string[] {
  return shell.jobs.all
    .filter((job) => !isDone(job) && (state === undefined || job.stopped === (state === "stopped")))
    .map((job) => job.text.split(" ")[0] ?? "");
}

/** First fields of a file of colons: users, groups. */
function accountNames(shell: Shell, path: string): string[] {
  try {
    const lines = shell.process.files.readText(path).split("\n");
    return lines.map((line) => line.split(":", 1)[0] ?? "").filter((name) => name !== "");
  } catch {
    // A machine without accounts has no names.
    return [];
  }
}

function hostNames(shell: Shell): string[] {
  try {
    const lines = shell.process.files.readText(shell.variables.get("HOSTFILE") ?? "/etc/hosts").split("\n");
    return lines.flatMap((line) => line.replace(/#.*/, "").trim().split(/\s+/).slice(1));
  } catch {
    // No hosts file: nothing to offer.
    return [];
  }
}

/** Where each action of `compgen` and `complete` finds its words; not all look at the prefix. */
const SOURCES: Readonly<Record<CompletionAction, Source>> = {
  alias: (shell) => [...shell.aliases.keys()].sort(),
  arrayvar: (shell) => shell.variables.names().filter((name) => shell.variables.find(name)?.array !== undefined),
  binding: () => [],
  builtin: () => [...builtins().keys()].sort(),
  command: commandCandidates,
  directory: (shell, prefix) => withoutSlash(fileCandidates(shell, prefix, true)),
  disabled: (shell) => [...builtins().keys()].filter((name) => shell.disabled.has(name)).sort(),
  enabled: (shell) => [...builtins().keys()].filter((name) => !shell.disabled.has(name)).sort(),
  export: (shell, prefix) =>
    variableCandidates(shell, prefix).filter((name) => shell.variables.find(name)?.exported === true),
  file: (shell, prefix) => withoutSlash(fileCandidates(shell, prefix)),
  function: (shell) => [...shell.functions.keys()].sort(),
  group: (shell) => accountNames(shell, "/etc/group"),
  helptopic: () => [...builtins().keys()].sort(),
  hostname: hostNames,
  job: (shell) => jobNames(shell),
  keyword: () => KEYWORD_LIST,
  running: (shell) => jobNames(shell, "running"),
  // The machine has no table of services.
  service: () => [],
  setopt: () => Object.keys(SET_OPTIONS).sort(),
  shopt: (shell) => [...shell.shopts.keys()].sort(),
  signal: () => ["EXIT", ...ALL_SIGNALS.map((name) => `SIG${name}`), "DEBUG", "ERR", "RETURN"],
  stopped: (shell) => jobNames(shell, "stopped"),
  user: (shell) => accountNames(shell, "/etc/passwd"),
  variable: variableCandidates,
};

/** The words of an action of `compgen`. */
export async function builtinCandidates(
  shell: Shell,
  action: CompletionAction,
  prefix: string,
): Promise<Iterable<string>> {
  return SOURCES[action](shell, prefix);
}
