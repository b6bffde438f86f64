/** kubectl plugin, and programs named kubectl-* on the PATH as commands of kubectl (k8s.io/kubectl/pkg/cmd/plugin). */
import { quote } from "../../encoding/index.ts";
import type { Process } from "../../machine/index.ts";
import type { Command } from "../command.ts";
import { CommandError, PlainError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { joinPaths } from "./cp-paths.ts";

const PREFIX = "kubectl-";

/** Of the PATH, each spelling once. What is empty there is the present directory to whoever looks for one program. */
const directories = (process: Process): string[] => [...new Set((process.env.get("PATH") ?? "").split(":"))];

/** A program of this name on the PATH. */
export function pluginPath(process: Process, name: string): string | undefined {
  return directories(process)
    .map((directory) => joinPaths(directory === "" ? "." : directory, name))
    .find((path) => executable(process, path));
}

/** Names of all plugins that can be run, without "kubectl-". */
export function executablePlugins(process: Process): string[] {
  const names = directories(process).flatMap((directory) => {
    try {
      return process.files
        .list(directory || ".")
        .map(({ name }) => name)
        .filter((name) => name.startsWith(PREFIX) && executable(process, joinPaths(directory || ".", name)));
    } catch {
      return [];
    }
  });
  return [...new Set(names)].sort().map((name) => name.slice(PREFIX.length));
}

const executable = (process: Process, path: string): boolean => {
  try {
    const { type, mode } = process.files.stat(path);
    return type !== "directory" && (mode & 0o111) !== 0;
  } catch {
    return false;
  }
};

/** The command that a plugin of this name stands in the way of: cobra's Find, which takes words it does not know as arguments. */
function overwritten(root: Command, name: string): string | undefined {
  const path = ["kubectl"];
  let command = root;
  for (const word of name.split("-").slice(1)) {
    const next = command.subcommands?.find((one) => one.name === word || one.aliases?.includes(word));
    if (next === undefined) break;
    command = next;
    path.push(next.name);
  }
  return command === root ? undefined : path.join(" ");
}

async function list(invocation: Invocation): Promise<void> {
  const { process, flags, root } = invocation;
  const found: string[] = [];
  for (const directory of directories(process).filter((one) => one.trim() !== "")) {
    try {
      const names = process.files.list(directory).filter(({ type }) => type !== "directory");
      found.push(
        ...names
          .map(({ name }) => name)
          .filter((name) => name.startsWith(PREFIX))
          .sort()
          .map((name) => joinPaths(directory, name)),
      );
    } catch {
      await invocation.err(
        `Unable to read directory ${quote(directory)} from your PATH: open ${directory}: no such file or directory. Skipping...\n`,
      );
    }
  }
  if (found.length === 0) throw new CommandError("unable to find any kubectl plugins in your PATH");
  await invocation.out("The following compatible plugins are available:\n\n");
  const seen = new Map<string, string>();
  let count = 0;
  for (const path of found) {
    const name = path.slice(path.lastIndexOf("/") + 1);
    await invocation.out(`${flags.bool("name-only") ? name : path}\n`);
    const before = seen.get(name);
    if (before === undefined) seen.set(name, path);
    const command = overwritten(root, name);
    const missing = !process.files.exists(path);
    const notRun = missing
      ? `error: unable to identify ${path} as an executable file: stat ${path}: no such file or directory`
      : `warning: ${path} identified as a kubectl plugin, but it is not executable`;
    const warnings = [
      executable(process, path) ? undefined : notRun,
      before === undefined ? undefined : `warning: ${path} is overshadowed by a similarly named plugin: ${before}`,
      command === undefined ? undefined : `warning: ${name} overwrites existing command: ${quote(command)}`,
    ].filter((warning) => warning !== undefined);
    for (const warning of warnings) await invocation.err(`  - ${warning}\n`);
    count += warnings.length;
  }
  if (count > 0)
    throw new CommandError(count === 1 ? "one plugin warning was found" : `${count} plugin warnings were found`);
}

/**
 * The plugin that a command line means, the longest name first: `kubectl a b-c` is kubectl-a-b_c, else kubectl-a.
 * Undefined where there is none.
 */
export function findPlugin(
  process: Process,
  argv: readonly string[],
  /** So many words at least. */
  least = 1,
): { path: string; rest: string[] } | undefined {
  const words: string[] = [];
  for (const word of argv) {
    if (word.startsWith("-")) break;
    words.push(word.replaceAll("-", "_"));
  }
  for (let length = words.length; length >= least; length--) {
    const path = pluginPath(process, `${PREFIX}${words.slice(0, length).join("-")}`);
    if (path !== undefined) return { path, rest: argv.slice(length) };
  }
  return undefined;
}

/** Runs a plugin in place of kubectl. */
export async function runPlugin(process: Process, path: string, rest: readonly string[]): Promise<number> {
  try {
    return await process.execute({ argv: [path, ...rest], file: path });
  } catch (error) {
    throw new PlainError(`error: ${(error as Error).message}`);
  }
}

export const PLUGIN: Command = {
  name: "plugin",
  short: "Provides utilities for interacting with plugins",
  subcommands: [
    {
      name: "list",
      short: "List all visible plugin executables on a user's PATH",
      flags: [{ name: "name-only", type: "bool", default: "false", usage: "Names without their directories" }],
      run: list,
    },
  ],
};
