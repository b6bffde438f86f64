/** helm as a program: finds the command, parses its flags, runs it, and says what went wrong as upstream says it. */
import { PlainError, UnreachableError } from "../kubectl/errors.ts";
import { Flags, HelpRequested } from "../kubectl/flags/parse.ts";
import type { KubectlOptions, SharedCache } from "../kubectl/invocation.ts";
import type { Process, Program } from "../machine/index.ts";
import { flagsOf, type HelmCommand } from "./command.ts";
import { ROOT } from "./commands/index.ts";
import { complete } from "./completion.ts";
import { HelmError } from "./errors.ts";
import { findCommand } from "./find-command.ts";
import { helpFor } from "./help.ts";
import { HelmRun } from "./run.ts";

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] ?? 0;
}

function unknownCommand(command: HelmCommand, path: string, word: string): HelmError {
  const close = (command.subcommands ?? [])
    .map((sub) => sub.name)
    .filter((name) => distance(word.toLowerCase(), name) <= 2 || name.startsWith(word.toLowerCase()))
    .sort();
  const hint = close.length === 0 ? "" : `\n\nDid you mean this?\n${close.map((name) => `\t${name}\n`).join("")}`;
  return new HelmError(
    `unknown command ${JSON.stringify(word)} for ${JSON.stringify(path)}${hint}\nRun '${path} --help' for usage.`,
  );
}

/** helm.sh/helm/v3/cmd/helm/require. */
function checkCount(command: HelmCommand, path: string, args: readonly string[]): void {
  const { least, most } = command.count ?? { least: 0, most: 0 };
  if (args.length >= least && args.length <= most) return;
  const usage = `\n\nUsage:  ${path}${command.arguments === undefined ? "" : ` ${command.arguments}`} [flags]`;
  const many = (count: number) => `${count} ${count === 1 ? "argument" : "arguments"}`;
  const name = JSON.stringify(path);
  if (most === 0) throw new HelmError(`${name} accepts no arguments${usage}`);
  if (least === most) throw new HelmError(`${name} requires ${many(least)}${usage}`);
  if (args.length < least) throw new HelmError(`${name} requires at least ${many(least)}${usage}`);
  throw new HelmError(`${name} accepts at most ${many(most)}${usage}`);
}

async function runLine(process: Process, options: KubectlOptions, cache: SharedCache): Promise<void> {
  const argv = process.argv.slice(1);
  if (argv[0] === "__complete" || argv[0] === "__completeNoDesc")
    return complete(process, argv.slice(1), options, cache);
  const isHelp = argv[0] === "help";
  const { command, path, rest } = findCommand(isHelp ? argv.slice(1) : argv);
  if (isHelp) return process.stdout.write(helpFor(command, path));
  const flags = new Flags(flagsOf(command));
  let args: readonly string[];
  try {
    args = command.passThrough === true ? rest : flags.parse(rest).args;
  } catch (error) {
    if (error instanceof HelpRequested) return process.stdout.write(helpFor(command, path));
    throw error;
  }
  for (const notice of flags.notices) await process.stderr.write(`${notice}\n`);
  if (command.run === undefined) {
    const [word] = args;
    if (word !== undefined && command === ROOT) throw unknownCommand(command, path, word);
    return process.stdout.write(helpFor(command, path));
  }
  checkCount(command, path, args);
  const run = new HelmRun({ process, command, path, flags, args, root: ROOT, options, cache });
  try {
    await command.run(run);
  } finally {
    await run.close();
  }
}

/** The helm program for machines. Discovery is cached across its runs, as upstream caches it in ~/.kube/cache. */
export function createHelm(options: KubectlOptions): Program {
  const cache: SharedCache = { maps: new Map(), documents: new Map() };
  return async (process) => {
    try {
      await runLine(process, options, cache);
      return 0;
    } catch (error) {
      // A killed process has nobody to tell.
      if (process.signal.aborted) throw error;
      if (!(error instanceof Error) || error.name === "Errno" || error.name === "ProcessEnded") throw error;
      if (error instanceof PlainError && error.message === "") return 1;
      const words =
        error instanceof UnreachableError ? `Kubernetes cluster unreachable: ${error.message}` : error.message;
      await process.stderr.write(`Error: ${words}\n`);
      return 1;
    }
  };
}
