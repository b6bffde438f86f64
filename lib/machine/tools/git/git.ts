/** git: options before the command, aliases, the command, and how it ends. */
import { isErrno } from "../../errno.ts";
import { isKilled } from "../../process/killed.ts";
import type { Process, Program } from "../../types.ts";
import { PatternError } from "../support/regex.ts";
import { Exit } from "../support/tool.ts";
import { COMMANDS } from "./commands/index.ts";
import { Git } from "./context.ts";
import { GitFailure } from "./failure.ts";
import { generalHelp, help } from "./help.ts";
import { similarCommands, UPSTREAM_COMMANDS } from "./names.ts";
import { HelpAsked } from "./options.ts";

const GIT_VERSION = "2.39.5";
const USAGE = `usage: git [-v | --version] [-h | --help] [-C <path>] [-c <name>=<value>]
           [--exec-path[=<path>]] [--html-path] [--man-path] [--info-path]
           [-p | --paginate | -P | --no-pager] [--no-replace-objects] [--bare]
           [--git-dir=<path>] [--work-tree=<path>] [--namespace=<name>]
           [--super-prefix=<path>] [--config-env=<name>=<envvar>]
           <command> [<args>]
`;
const MAX_ALIASES = 20;

interface Invocation {
  readonly words: readonly string[];
  readonly config: readonly string[];
  readonly paginate: boolean | undefined;
}

export const git: Program = async (process) => {
  const config: string[] = [];
  let paginate: boolean | undefined;
  const words = process.argv.slice(1);
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] as string;
    if (!word.startsWith("-")) break;
    const value = async (): Promise<string | undefined> => {
      at++;
      if (words[at] === undefined)
        await process.stderr.write(
          `no ${word === "-C" ? "directory" : word === "-c" ? "config key" : "directory"} given for '${word}'${word === "-C" ? " option" : ""}\n${USAGE}`,
        );
      return words[at];
    };
    if (word === "--version" || word === "-v") {
      await process.stdout.write(`git version ${GIT_VERSION}\n`);
      return 0;
    }
    if (word === "--help" || word === "-h") return help(process, words.slice(at + 1), USAGE);
    if (word === "-C") {
      const path = await value();
      if (path === undefined) return 129;
      if (path === "") continue;
      try {
        const full = process.files.realPath(path);
        if (process.files.stat(full).type !== "directory") {
          await process.stderr.write(`fatal: cannot change to '${path}': Not a directory\n`);
          return 128;
        }
        process.cwd = full;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await process.stderr.write(`fatal: cannot change to '${path}': ${error.message}\n`);
        return 128;
      }
    } else if (word === "-c") {
      const setting = await value();
      if (setting === undefined) return 129;
      config.push(setting);
    } else if (word === "-p" || word === "--paginate") paginate = true;
    else if (word === "-P" || word === "--no-pager") paginate = false;
    else if (word.startsWith("--git-dir") || word.startsWith("--work-tree")) {
      const [name = "", inline] = word.split(/=(.*)/s);
      const given = inline ?? (await value());
      if (given === undefined) return 129;
      process.env.set(name === "--git-dir" ? "GIT_DIR" : "GIT_WORK_TREE", given);
    } else if (word === "--no-optional-locks" || word === "--literal-pathspecs" || word === "--no-replace-objects") {
      if (word !== "--literal-pathspecs") continue;
      await process.stderr.write(`fatal: ${word} is not available here\n`);
      return 128;
    } else {
      await process.stderr.write(`unknown option: ${word}\n${USAGE}`);
      return 129;
    }
  }
  const rest = words.slice(at);
  if (rest.length === 0) {
    await process.stdout.write(USAGE + generalHelp());
    return 1;
  }
  return run(process, { words: rest, config, paginate }, []);
};

async function run(process: Process, invocation: Invocation, aliases: readonly string[]): Promise<number> {
  const [name = "", ...args] = invocation.words;
  if (name === "help") return help(process, args, USAGE);
  if (name === "version") {
    await process.stdout.write(`git version ${GIT_VERSION}\n`);
    return 0;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (entry !== undefined && args.length === 1 && args[0] === "--help") return help(process, [name], USAGE);
  const context = new Git(process, invocation, entry?.pages ?? false);
  let status: number;
  try {
    status = entry === undefined ? await otherwise(context, invocation, aliases) : await entry.run(context, args);
    await context.out.flush();
  } catch (error) {
    await context.out.flush();
    status = await told(context, error);
  }
  await context.pager?.finish();
  return status;
}

/** Says what ended the command. */
async function told(context: Git, error: unknown): Promise<number> {
  const { stderr } = context.process;
  if (error instanceof GitFailure) {
    if (error.prefix !== undefined)
      await stderr.write(`${error.prefix}${error.message}${error.message.endsWith("\n") ? "" : "\n"}`);
    return error.status;
  }
  if (error instanceof HelpAsked) {
    await context.process.stdout.write(error.message);
    return 129;
  }
  if (error instanceof Exit) return error.status;
  if (error instanceof PatternError) {
    await stderr.write(`fatal: ${error.message}\n`);
    return 128;
  }
  if (isErrno(error) && !isKilled(error) && error.code !== "EPIPE") {
    await stderr.write(`fatal: ${error.path === undefined ? "" : `${error.path}: `}${error.message}\n`);
    return 128;
  }
  throw error;
}

async function otherwise(context: Git, invocation: Invocation, aliases: readonly string[]): Promise<number> {
  const [name = "", ...args] = invocation.words;
  const { process } = context;
  const alias = context.config.get(`alias.${name.toLowerCase()}`);
  if (alias !== undefined) {
    if (aliases.includes(name) || aliases.length > MAX_ALIASES)
      throw new GitFailure(
        `alias loop detected: expansion of '${aliases[0]}' does not terminate:\n${[...aliases].map((each, index) => `  ${each}${index === 0 ? " ==>" : index === aliases.length - 1 ? " <==" : ""}`).join("\n")}`,
        128,
        "fatal: ",
      );
    if (alias.startsWith("!")) {
      const cwd = context.place?.workTree ?? process.cwd;
      const env = new Map(process.env);
      env.set("GIT_PREFIX", context.place === undefined ? "" : context.repository.prefix);
      const script = alias.slice(1);
      const child = process.spawn({
        argv: ["sh", "-c", args.length > 0 ? `${script} "$@"` : script, script, ...args],
        cwd,
        env,
      });
      return (await child.exited).code;
    }
    const words = splitAlias(alias);
    return run(process, { ...invocation, words: [...words, ...args] }, [...aliases, name]);
  }
  if (UPSTREAM_COMMANDS.includes(name)) {
    await context.say(`git: '${name}' is not available here. See 'git --help'.\n`);
    return 1;
  }
  const names = context.config.all.flatMap(({ key }) => (key.startsWith("alias.") ? [key.slice(6)] : []));
  const similar = similarCommands(name, names);
  let text = `git: '${name}' is not a git command. See 'git --help'.\n`;
  if (similar.length > 0) {
    text += `\nThe most similar command${similar.length === 1 ? " is" : "s are"}\n${similar.map((each) => `\t${each}\n`).join("")}`;
  }
  await context.say(text);
  return 1;
}

/** An alias in words: quotes as a shell has them. */
function splitAlias(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g)) {
    words.push(
      match[0].replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
        (_, double?: string, single?: string, escaped?: string) =>
          double?.replace(/\\(.)/g, "$1") ?? single ?? escaped ?? "",
      ),
    );
  }
  return words;
}
