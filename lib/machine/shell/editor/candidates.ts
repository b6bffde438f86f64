/** What can stand at a place of a command line: commands, files, variables, jobs. */

import { KEYWORD_LIST } from "../builtins/names.ts";
import { builtins } from "../builtins/registry.ts";
import type { Shell } from "../shell.ts";
import { homeOf } from "../tilde.ts";

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
export function fileCandidates(shell: Shell, prefix: string, directoriesOnly = false): string[] {
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
      if (!entry.name.startsWith(partial)) continue;
      if (entry.name.startsWith(".") && !partial.startsWith(".")) continue;
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

/** The actions of `compgen`: letters, or the long names of `-A`. */
export async function builtinCandidates(shell: Shell, action: string, prefix: string): Promise<string[]> {
  switch (action) {
    case "a":
    case "alias":
      return [...shell.aliases.keys()].sort();
    case "b":
    case "builtin":
      return [...builtins().keys()].sort();
    case "c":
    case "command":
      return commandCandidates(shell, prefix);
    case "d":
    case "directory":
      return fileCandidates(shell, prefix, true).map((path) => path.replace(/\/$/, ""));
    case "f":
    case "file":
      return fileCandidates(shell, prefix).map((path) => path.replace(/\/$/, ""));
    case "e":
    case "export":
      return variableCandidates(shell, prefix).filter((name) => shell.variables.find(name)?.exported);
    case "v":
    case "variable":
      return variableCandidates(shell, prefix);
    case "k":
    case "keyword":
      return [...KEYWORD_LIST];
    case "j":
    case "job":
      return shell.jobs.all.map((job) => job.text.split(" ")[0] ?? "");
    case "function":
      return [...shell.functions.keys()].sort();
    default:
      return [];
  }
}
