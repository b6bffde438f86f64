/** kubectl as a program: finds the command, parses its flags, runs it, and says what went wrong as upstream says it. */
import type { Process, Program } from "../machine/index.ts";
import { LogLevels } from "./client/log-levels.ts";
import type { Command } from "./command.ts";
import { ROOT } from "./commands/index.ts";
import { findPlugin, runPlugin } from "./commands/plugin.ts";
import { runComplete } from "./completion/index.ts";
import { ApiError, CommandError, Failures, PlainError, report } from "./errors.ts";
import { findCommand, flagsOf } from "./find-command.ts";
import { Flags, HelpRequested } from "./flags/parse.ts";
import { helpFor, placeInHelp } from "./help.ts";
import { Invocation, type KubectlOptions, type SharedCache } from "./invocation.ts";
import { klogLine } from "./klog.ts";
import type { JsonObject } from "./object.ts";
import { prettyJson } from "./printers/json.ts";

/** Levenshtein distance as cobra suggests commands by it. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(
        (row[j] ?? 0) + 1,
        (next[j - 1] ?? 0) + 1,
        (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function unknownCommand(word: string): PlainError {
  const lower = word.toLowerCase();
  const close = (ROOT.subcommands ?? [])
    .map((sub) => sub.name)
    .filter((name) => name !== "help")
    .sort((a, b) => placeInHelp(a) - placeInHelp(b))
    .filter((name) => distance(lower, name) <= 2 || name.startsWith(lower));
  const hint = close.length === 0 ? "" : `\n\nDid you mean this?\n${close.map((name) => `\t${name}\n`).join("")}`;
  return new PlainError(`error: unknown command "${word}" for "kubectl"${hint}`);
}

/** What upstream can measure of itself (pkg/cmd/profiling.go). */
const PROFILES = new Set(["cpu", "heap", "goroutine", "threadcreate", "block", "mutex", "allocs"]);

/** Flags that would change what happens and cannot do so here are refused, never ignored. */
function refuseUnsupported(command: Command, flags: Flags): void {
  if (command.name === "set-credentials") return;
  if (flags.changed("profile") && !["", "none"].includes(flags.global("profile")))
    throw new CommandError(
      PROFILES.has(flags.global("profile"))
        ? `--profile=${flags.global("profile")} is not supported here: nothing measures this kubectl`
        : `unknown profile '${flags.global("profile")}'`,
    );
  if (flags.changed("profile-output"))
    throw new CommandError("--profile-output is not supported here: nothing is profiled, so there is nothing to write");
}

/** klog's daemon cannot tick that often, and says so as Go programs do. */
function refuseFrequency(flags: Flags): void {
  if (flags.changed("log-flush-frequency") && flags.duration("log-flush-frequency") <= 0)
    throw new PlainError("panic: non-positive interval for NewTicker", 2);
}

/** kubectl help COMMAND...; a topic that is none is told of, with the list of those there are. */
async function help(process: Process, words: readonly string[]): Promise<number> {
  const { command, path, rest } = findCommand(words);
  const text = helpFor(command, path, flagsOf(command));
  const topics = words.filter((word) => !word.startsWith("-"));
  if (command === ROOT && rest.some((word) => !word.startsWith("-")))
    await process.stderr.write(`Unknown help topic [${topics.map((word) => `\`${word}\``).join(" ")}]\n\n\n${text}`);
  else await process.stdout.write(text);
  return 0;
}

async function runLine(process: Process, options: KubectlOptions, cache: SharedCache): Promise<number> {
  const argv = process.argv.slice(1);
  if (argv[0] === "__complete" || argv[0] === "__completeNoDesc")
    return runComplete(process, argv.slice(1), argv[0] === "__complete", options, cache);
  if (argv[0] === "help") return help(process, argv.slice(1));
  const { command, path, rest } = findCommand(argv);
  if (command === ROOT && argv[0] !== undefined && !argv[0].startsWith("-")) {
    const plugin = findPlugin(process, argv);
    if (plugin !== undefined) return runPlugin(process, plugin.path, plugin.rest);
  }
  // What may be created can be a plugin's too.
  if (path === "kubectl create" && argv[0] === "create" && rest[0] !== undefined && !rest[0].startsWith("-")) {
    const plugin = findPlugin(process, argv, 2);
    if (plugin !== undefined) return runPlugin(process, plugin.path, plugin.rest);
  }
  // A word that is no command could only be a plugin's name, which has to come first.
  const unknown = (word: string): CommandError =>
    argv[0]?.startsWith("-") === true
      ? new PlainError(`Error: flags cannot be placed before plugin name: ${argv[0]}`)
      : unknownCommand(word);
  const flags = new Flags(flagsOf(command));
  let parsed: ReturnType<Flags["parse"]>;
  try {
    parsed = flags.parse(rest);
  } catch (error) {
    if (error instanceof HelpRequested) {
      await process.stdout.write(helpFor(command, path, flagsOf(command)));
      return 0;
    }
    if (!(error instanceof CommandError)) throw error;
    if (command === ROOT) {
      const word = rest.find((one) => !one.startsWith("-"));
      if (word !== undefined) throw unknown(word);
    }
    const pointer = command.errorExitCode === undefined ? "--help' for usage." : "-h' for help and examples";
    throw new CommandError(`${error.message}\nSee '${path} ${pointer}`);
  }
  for (const notice of flags.notices) await process.stderr.write(`${notice}\n`);
  refuseFrequency(flags);
  refuseUnsupported(command, flags);
  const missing = flags.missing();
  if (missing.length > 0 && command.run !== undefined) {
    throw new CommandError(`required flag(s) ${missing.map((name) => JSON.stringify(name)).join(", ")} not set`);
  }
  if (command.run === undefined) {
    const [word] = parsed.args;
    // A group that is content with its help says nothing of what else stands there.
    if (word !== undefined && command.aloneExitCode !== 0) {
      if (command === ROOT) throw unknown(word);
      throw new CommandError(`unknown command "${parsed.args.join(" ")}"\nSee '${path} -h' for help and examples`);
    }
    // A group of commands by itself is no success.
    const alone = command === ROOT ? 0 : command.aloneExitCode;
    const output = alone === undefined ? process.stderr : process.stdout;
    await output.write(helpFor(command, path, flagsOf(command)));
    return alone ?? 1;
  }
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
  try {
    const code = (await Promise.race([command.run(invocation), invocation.interrupted.then(() => 1)])) ?? 0;
    if (code === 0 && flags.bool("warnings-as-errors") && invocation.warned > 0) {
      const count = invocation.warned;
      throw new CommandError(`${count} warning${count === 1 ? "" : "s"} received`);
    }
    return code;
  } finally {
    await invocation.close();
  }
}

/** At -v=6 and more the server's refusal is logged as it came. */
async function logAnswer(process: Process, error: unknown): Promise<void> {
  if (error instanceof Failures) for (const one of error.errors) await logAnswer(process, one);
  if (!(error instanceof ApiError)) return;
  const { command, rest } = findCommand(process.argv.slice(1));
  const flags = new Flags(flagsOf(command));
  flags.parse(rest);
  if (new LogLevels(flags).of("helpers") < 6) return;
  const answer = prettyJson(error.status as JsonObject, true).replace(/^ +/gm, (blanks) =>
    " ".repeat(blanks.length / 2),
  );
  const text = `server response object: %s[${answer.trimEnd()}]`;
  await process.stderr.write(klogLine({ process, now: process.clock.now() }, "I", "helpers.go:246", text));
}

/** The kubectl program for machines. Discovery is cached across its runs, as upstream caches it in ~/.kube/cache. */
export function createKubectl(options: KubectlOptions): Program {
  const cache: SharedCache = { maps: new Map(), documents: new Map() };
  return async (process) => {
    try {
      return await runLine(process, options, cache);
    } catch (error) {
      // A killed process has nobody to tell.
      if (process.signal.aborted) throw error;
      if (error instanceof Error && error.name === "Errno" && (error as { code?: string }).code === "EPIPE")
        throw error;
      const { text, exitCode } = report(error);
      await logAnswer(process, error);
      await process.stderr.write(text);
      return exitCode === 1 ? (findCommand(process.argv.slice(1)).command.errorExitCode ?? 1) : exitCode;
    }
  };
}
