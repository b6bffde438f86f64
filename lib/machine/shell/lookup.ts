/** Finding programs in PATH. */
import type { Shell } from "./shell.ts";

type Lookup =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "missing"; readonly status: number; readonly message: string };

export function findCommand(shell: Shell, name: string, path: string | undefined): Lookup {
  // ash finds the directories of PATH themselves.
  if (name === "" && !shell.flavour.bash) return { kind: "missing", status: 127, message: ": Permission denied" };
  if (name.includes("/")) return checkFile(shell, name);
  if (name !== "") {
    const own = path === shell.variables.get("PATH");
    const hashed = own ? shell.hash.get(name) : undefined;
    if (hashed !== undefined && isExecutable(shell, hashed.path)) {
      hashed.hits++;
      return { kind: "found", path: hashed.path };
    }
    let denied: string | undefined;
    for (const candidate of candidates(name, path)) {
      if (isExecutable(shell, candidate)) {
        if (own && shell.option("hashall")) shell.hash.set(name, { path: candidate, hits: 1 });
        return { kind: "found", path: candidate };
      }
      if (denied === undefined && isFile(shell, candidate)) denied = candidate;
    }
    if (denied !== undefined) {
      return { kind: "missing", status: 126, message: `${shell.flavour.bash ? denied : name}: Permission denied` };
    }
  }
  return { kind: "missing", status: 127, message: shell.flavour.notFound(name) };
}

function candidates(name: string, path: string | undefined): string[] {
  return (path ?? "")
    .split(":")
    .map((directory) => (directory === "" ? `./${name}` : `${directory.replace(/\/$/, "")}/${name}`));
}

/** All programs of that name, in the order of PATH. */
export function allCommands(shell: Shell, name: string): string[] {
  if (name.includes("/")) return isExecutable(shell, name) ? [name] : [];
  return candidates(name, shell.variables.get("PATH")).filter((candidate) => isExecutable(shell, candidate));
}

function checkFile(shell: Shell, path: string): Lookup {
  const missing = (status: number, message: string): Lookup => ({ kind: "missing", status, message });
  try {
    const stat = shell.process.files.stat(path);
    if (stat.type === "directory") {
      return shell.flavour.bash ? missing(126, `${path}: Is a directory`) : missing(126, `${path}: Permission denied`);
    }
    return mayExecute(shell, stat) ? { kind: "found", path } : missing(126, `${path}: Permission denied`);
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    if (message === "Permission denied" || message === "Not a directory") return missing(126, `${path}: ${message}`);
    if (path === "" && !shell.flavour.bash) return missing(127, ": Permission denied");
    return shell.flavour.bash ? missing(127, `${path}: No such file or directory`) : missing(127, `${path}: not found`);
  }
}

function mayExecute(
  shell: Shell,
  stat: { readonly mode: number; readonly uid: number; readonly gid: number },
): boolean {
  const { uid, gid } = shell.process;
  if (uid === 0) return (stat.mode & 0o111) !== 0;
  const bit = stat.uid === uid ? 0o100 : stat.gid === gid ? 0o010 : 0o001;
  return (stat.mode & bit) !== 0;
}

function isExecutable(shell: Shell, path: string): boolean {
  try {
    const stat = shell.process.files.stat(path);
    return stat.type !== "directory" && mayExecute(shell, stat);
  } catch {
    return false;
  }
}

function isFile(shell: Shell, path: string): boolean {
  try {
    return shell.process.files.stat(path).type === "file";
  } catch {
    return false;
  }
}
