/** What `helm __complete` answers: a candidate a line, described after a tab, and last the directive of cobra. */
import { Flags } from "../kubectl/flags/parse.ts";
import type { KubectlOptions, SharedCache } from "../kubectl/invocation.ts";
import type { Process } from "../machine/index.ts";
import { flagsOf } from "./command.ts";
import { ROOT } from "./commands/index.ts";
import { findCommand } from "./find-command.ts";
import { releasesIn } from "./release/storage.ts";
import { HelmRun } from "./run.ts";

const NO_FILES = 4;
const FILES = 0;

/** Candidates for the last of `words`. */
async function candidates(
  process: Process,
  words: readonly string[],
  options: KubectlOptions,
  cache: SharedCache,
): Promise<{ readonly lines: readonly string[]; readonly directive: number }> {
  const last = words[words.length - 1] ?? "";
  const { command, path, rest } = findCommand(words.slice(0, -1));
  const starting = (names: readonly (readonly [string, string])[]) =>
    names.filter(([name]) => name.startsWith(last)).map(([name, text]) => `${name}\t${text}`);
  if (last.startsWith("-"))
    return { lines: starting(flagsOf(command).map((flag) => [`--${flag.name}`, flag.usage])), directive: NO_FILES };
  if (command.subcommands !== undefined) {
    const shown = command.subcommands.filter((sub) => sub.hidden !== true);
    return { lines: starting(shown.map((sub) => [sub.name, sub.short])), directive: NO_FILES };
  }
  if (command.completes !== "release") return { lines: [], directive: command.completes === "none" ? NO_FILES : FILES };
  const flags = new Flags(flagsOf(command));
  let args: readonly string[];
  try {
    args = flags.parse(rest).args;
  } catch {
    return { lines: [], directive: FILES };
  }
  if (args.length > 0) return { lines: [], directive: FILES };
  const run = new HelmRun({ process, command, path, flags, args, root: ROOT, options, cache });
  try {
    const names = new Map<string, string>();
    for (const release of await releasesIn(run, run.namespace))
      names.set(release.name, String((release.chart["metadata"] as { name?: string } | null)?.name ?? ""));
    return { lines: starting([...names].sort()), directive: NO_FILES };
  } catch {
    return { lines: [], directive: NO_FILES };
  } finally {
    await run.close();
  }
}

export async function complete(
  process: Process,
  words: readonly string[],
  options: KubectlOptions,
  cache: SharedCache,
): Promise<void> {
  const { lines, directive } = await candidates(process, words, options, cache);
  await process.stdout.write(`${lines.map((line) => `${line}\n`).join("")}:${directive}\n`);
}

/** A provider for the shell's completion. Where something goes wrong, nothing is offered. */
export function createHelmCompletion(options: KubectlOptions): (
  words: readonly string[],
  index: number,
  process: Process,
) => Promise<{
  readonly candidates: readonly string[];
  readonly descriptions: ReadonlyMap<string, string>;
  readonly files: boolean;
}> {
  const cache: SharedCache = { maps: new Map(), documents: new Map() };
  return async (words, index, process) => {
    try {
      const line = [...words.slice(1, index), words[index] ?? ""];
      const { lines, directive } = await candidates(process, line, options, cache);
      const found = lines.map((one) => one.split("\t") as [string, string?]);
      return {
        candidates: found.map(([name]) => name),
        descriptions: new Map(found.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]))),
        files: directive === FILES,
      };
    } catch {
      return { candidates: [], descriptions: new Map(), files: true };
    }
  };
}
