/**
 * Completion of kubectl's command lines, as `kubectl __complete` answers: commands, flags and their values, kinds,
 * names, namespaces, contexts, containers. Asks the cluster with the flags that are already on the line. Mirrors
 * github.com/spf13/cobra/completions.go in rules and order.
 */
import type { ByteWriter, Process } from "../../machine/index.ts";
import type { Command } from "../command.ts";
import { ROOT } from "../commands/index.ts";
import { findCommand, flagsOf } from "../find-command.ts";
import { type FlagDefinition, Flags } from "../flags/parse.ts";
import { Invocation, type KubectlOptions, type SharedCache } from "../invocation.ts";
import {
  type Answer,
  DEFAULT,
  FILTER_EXTENSIONS,
  forArgument,
  forFlag,
  type Line,
  NO_FILES,
  NO_SPACE,
} from "./candidates.ts";

import { completePlugin, pluginNames } from "./plugins.ts";

const HELP: FlagDefinition = {
  name: "help",
  shorthand: "h",
  type: "bool",
  default: "false",
  usage: "Help for the command",
};

interface Described {
  readonly text: string;
  readonly description: string;
}
interface FullAnswer {
  readonly candidates: readonly Described[];
  readonly directive: number;
  /** Told on stderr before the rest. */
  readonly problem?: string;
  /** The flag whose value is completed. */
  readonly flag?: string;
}

const plain = (answer: Answer, flag?: string): FullAnswer => ({
  candidates: answer.candidates.map((text) => ({ text, description: "" })),
  directive: answer.directive,
  ...(flag === undefined ? {} : { flag }),
});

const takesWord = (flag: FlagDefinition): boolean => flag.type !== "bool" && flag.bare === undefined;

/** The flag that the word at the cursor is the value of, by the word before it or by its own beginning. */
function pendingFlag(
  command: Command,
  before: string | undefined,
  current: string,
): { readonly flag: FlagDefinition; readonly separate: boolean } | undefined {
  const byName = (name: string) => flagsOf(command).find((flag) => flag.name === name);
  const equals = current.indexOf("=");
  if (current.startsWith("--") && equals !== -1) {
    const flag = byName(current.slice(2, equals));
    return flag === undefined ? undefined : { flag, separate: false };
  }
  if (before === undefined || !before.startsWith("-") || before.includes("=") || before === "-") return undefined;
  const flag = before.startsWith("--")
    ? byName(before.slice(2))
    : flagsOf(command).find((one) => one.shorthand === before.slice(-1));
  return flag !== undefined && takesWord(flag) && !current.startsWith("-") ? { flag, separate: true } : undefined;
}

/** Inherited flags, then the command's own, each by name with its letter. */
function flagNames(command: Command, flags: Flags, current: string): Described[] {
  const repeats = (flag: FlagDefinition) => ["strings", "array", "pairs"].includes(flag.type);
  const usable = [...flagsOf(command), HELP]
    .filter((flag) => flag.deprecated === undefined && flag.hidden !== true)
    .filter((flag) => flag === HELP || repeats(flag) || !flags.changed(flag.name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const own = new Set((command.flags ?? []).map(({ name }) => name));
  const inherited = usable.filter((flag) => flag.global === true && !own.has(flag.name));
  const local = usable.filter((flag) => !inherited.includes(flag));
  return [...inherited, ...local].flatMap((flag) =>
    [`--${flag.name}`, ...(flag.shorthand === undefined ? [] : [`-${flag.shorthand}`])]
      .filter((text) => text.startsWith(current))
      .map((text) => ({ text, description: flag.usage })),
  );
}

const sorted = (commands: readonly Command[]): readonly Command[] =>
  [...commands].sort((a, b) => (a.name < b.name ? -1 : 1));

/** Commands that help may be asked about. */
function helpTopics(before: readonly string[], current: string): FullAnswer {
  const { command } = findCommand(before);
  const candidates = sorted(command.subcommands ?? [])
    .filter((sub) => sub.hidden !== true && sub.name.startsWith(current))
    .map((sub) => ({ text: sub.name, description: sub.short }));
  return { candidates, directive: NO_FILES };
}

/** Everything that may stand in place of the last of `words` (kubectl itself left out). */
async function complete(
  words: readonly string[],
  process: Process,
  options: KubectlOptions,
  cache: SharedCache,
  friendly = false,
): Promise<FullAnswer> {
  const current = words[words.length - 1] ?? "";
  const before = words.slice(0, -1);
  if (before[0] === "help") return helpTopics(before.slice(1), current);
  const { command, path, rest } = findCommand(before);
  const [stray] = rest;
  if (command === ROOT && stray !== undefined && !stray.startsWith("-")) {
    const told = "Cleared global flags for plugin completion";
    const stderr: ByteWriter = friendly ? { write: async () => undefined, close: () => undefined } : process.stderr;
    const found = await completePlugin(process, before, current, stderr, `[Debug] ${told}\n`);
    if (found !== undefined) return found;
    return {
      candidates: [],
      directive: DEFAULT,
      problem: `${told}\n[Debug] [Error] unable to find a command for arguments: [${before.join(" ")}]`,
    };
  }
  const dashed = rest.includes("--");
  const pending = dashed ? undefined : pendingFlag(command, rest[rest.length - 1], current);
  const flags = new Flags(flagsOf(command));
  const known = pending?.separate === true ? rest.slice(0, -1) : rest;
  let parsed: ReturnType<Flags["parse"]>;
  try {
    parsed = flags.parse(known);
  } catch (error) {
    return {
      candidates: [],
      directive: DEFAULT,
      problem: `[Error] Error while parsing flags from args [${known.join(" ")}]: ${(error as Error).message}`,
    };
  }
  const value = pending?.separate === false ? current.slice(current.indexOf("=") + 1) : current;
  const invocation = new Invocation({
    process,
    command,
    path,
    flags,
    args: parsed.args,
    dash: parsed.dash,
    options,
    root: ROOT,
    cache,
  });
  invocation.asks = false;
  const line: Line = { command, invocation, current: value };
  try {
    if (pending !== undefined) {
      const found = await forFlag(line, pending.flag, friendly);
      const candidates =
        found.directive === FILTER_EXTENSIONS
          ? found.candidates
          : found.candidates.filter((one) => one.startsWith(value));
      return plain({ ...found, candidates }, pending.flag.name);
    }
    const required = dashed
      ? []
      : (command.flags ?? [])
          .filter((flag) => flag.required === true && !flags.changed(flag.name) && `--${flag.name}`.startsWith(current))
          .map((flag) => ({ text: `--${flag.name}`, description: flag.usage }));
    // A required flag that is missing is all there is to offer.
    if (!dashed && current.startsWith("-")) {
      const candidates = required.length > 0 ? required : flagNames(command, flags, current);
      return { candidates, directive: NO_FILES };
    }
    // A flag of the command's own has been given: whoever did means this command.
    const decided = (command.flags ?? []).some(({ name }) => flags.changed(name));
    const commands =
      parsed.args.length > 0 || decided
        ? []
        : sorted(command.subcommands ?? [])
            .filter((sub) => sub.hidden !== true && sub.name.startsWith(current))
            .map((sub) => ({ text: sub.name, description: sub.short }));
    const plugins = command === ROOT && before.length === 0 ? pluginNames(process, [], current) : [];
    const subcommands =
      plugins.length === 0
        ? commands
        : [...commands, ...plugins.filter(({ text }) => !commands.some((one) => one.text === text))].sort((a, b) =>
            a.text < b.text ? -1 : 1,
          );
    const found = await forArgument(line);
    const own = found.candidates.filter((one) => one.startsWith(current));
    const directive =
      command.completes === undefined && (command.subcommands ?? []).length > 0 && parsed.args.length === 0 && !decided
        ? NO_FILES
        : found.directive;
    return {
      candidates: [...required, ...subcommands, ...own.map((text) => ({ text, description: "" }))],
      directive,
    };
  } finally {
    await invocation.close();
  }
}

const DIRECTIVES = [
  [1, "ShellCompDirectiveError"],
  [2, "ShellCompDirectiveNoSpace"],
  [4, "ShellCompDirectiveNoFileComp"],
  [8, "ShellCompDirectiveFilterFileExt"],
  [16, "ShellCompDirectiveFilterDirs"],
] as const;

/** kubectl __complete and __completeNoDesc. */
export async function runComplete(
  process: Process,
  words: readonly string[],
  described: boolean,
  options: KubectlOptions,
  cache: SharedCache,
): Promise<number> {
  const { candidates, directive, problem } = await complete(words, process, options, cache).catch(
    (): FullAnswer => ({ candidates: [], directive: NO_FILES }),
  );
  if (problem !== undefined) await process.stderr.write(`[Debug] ${problem}\n`);
  const lines = candidates.map(({ text, description }) =>
    described && description !== "" ? `${text}\t${description}` : text,
  );
  await process.stdout.write([...lines, `:${directive}`].map((text) => `${text}\n`).join(""));
  const names = DIRECTIVES.filter(([bit]) => (directive & bit) !== 0).map(([, name]) => name);
  const all = names.length === 0 ? "ShellCompDirectiveDefault" : names.join(", ");
  await process.stderr.write(`Completion ended with directive: ${all}\n`);
  return 0;
}

/** The shape of lib/machine/shell's CompletionProvider. */
type Complete = (
  words: readonly string[],
  index: number,
  process: Process,
) => Promise<{
  readonly candidates: readonly string[];
  readonly descriptions: ReadonlyMap<string, string>;
  readonly files: boolean;
  readonly nospace: boolean;
}>;

/** Values of flags that upstream leaves to the person; the built-in completion of the shell offers them too. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "dry-run": ["none", "server", "client"],
  cascade: ["background", "orphan", "foreground"],
  validate: ["strict", "warn", "ignore"],
  restart: ["Always", "OnFailure", "Never"],
  type: ["json", "merge", "strategic"],
  profile: ["legacy", "general", "baseline", "netadmin", "restricted", "sysadmin"],
};

/** A provider for `createShellPrograms({ completions })`. Where something goes wrong, nothing is offered. */
export function createKubectlCompletion(options: KubectlOptions): Complete {
  const cache: SharedCache = { maps: new Map(), documents: new Map() };
  return async (words, index, process) => {
    try {
      const current = words[index] ?? "";
      const { candidates, directive, flag } = await complete(
        [...words.slice(1, index), current],
        process,
        options,
        cache,
        true,
      );
      const equals = current.startsWith("--") ? current.indexOf("=") : -1;
      const before = current.slice(0, equals + 1);
      const offered =
        candidates.length === 0 && flag !== undefined
          ? (VALUES[flag] ?? []).map((text): Described => ({ text, description: "" }))
          : directive === FILTER_EXTENSIONS
            ? []
            : candidates;
      const fitting = offered
        .map(({ text, description }) => ({ text: `${before}${text}`, description }))
        .filter(({ text }) => text.startsWith(current));
      return {
        candidates: [...new Set(fitting.map(({ text }) => text))],
        descriptions: new Map(
          fitting.flatMap(({ text, description }) => (description === "" ? [] : [[text, description] as const])),
        ),
        files: (directive & NO_FILES) === 0,
        nospace: (directive & NO_SPACE) !== 0,
      };
    } catch {
      return { candidates: [], descriptions: new Map(), files: true, nospace: false };
    }
  };
}
