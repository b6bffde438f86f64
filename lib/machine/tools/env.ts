import { isErrno } from "../errno.ts";
import { UsageError } from "./support/options.ts";
import { tool } from "./support/tool.ts";

const ESCAPES: Readonly<Record<string, string>> = { f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };

/** The words of `env -S`: blanks, quotes, backslashes and `${NAME}`, no other expansion. */
function splitWords(text: string, env: ReadonlyMap<string, string>): string[] {
  const words: string[] = [];
  let current: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "\\") {
      at++;
      const next = text[at];
      if (next === undefined) throw new UsageError("invalid backslash at end of string in -S", true);
      if (quote === "'" && next !== "'" && next !== "\\") current = `${current ?? ""}\\${next}`;
      else if (next === "_" && quote === undefined) {
        if (current !== undefined) words.push(current);
        current = undefined;
      } else if (next === "c") break;
      else if (ESCAPES[next] !== undefined || "_#$\"'\\ ".includes(next))
        current = (current ?? "") + (next === "_" ? " " : (ESCAPES[next] ?? next));
      else throw new UsageError(`invalid sequence '\\${next}' in -S`, true);
    } else if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      current ??= "";
    } else if (character === quote) quote = undefined;
    else if (character === "$" && quote !== "'") {
      const name = /^\$\{([A-Za-z_]\w*)\}/.exec(text.slice(at));
      if (name === null)
        throw new UsageError(`only ${"${VARNAME}"} expansion is supported, error at: ${text.slice(at)}`, true);
      current = (current ?? "") + (env.get(name[1] as string) ?? "");
      at += name[0].length - 1;
    } else if (quote === undefined && /\s/.test(character)) {
      if (current !== undefined) words.push(current);
      current = undefined;
    } else if (quote === undefined && character === "#" && current === undefined) break;
    else current = (current ?? "") + character;
  }
  if (quote !== undefined) throw new UsageError("no terminating quote in -S string", true);
  if (current !== undefined) words.push(current);
  return words;
}

export const env = tool(
  {
    name: "env",
    usage: "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]",
    summary: "Set each NAME to VALUE in the environment and run COMMAND.",
    usageStatus: 125,
    stopAtOperand: true,
    options: {
      ignore: { short: "i", long: "ignore-environment", help: "start with an empty environment" },
      zero: { short: "0", long: "null", help: "end each output line with NUL, not newline" },
      unset: { short: "u", long: "unset", value: true, help: "remove variable from the environment" },
      directory: { short: "C", long: "chdir", value: true, help: "change working directory to DIR" },
      split: { short: "S", long: "split-string", value: true, help: "process and split S into separate arguments" },
      debug: { short: "v", long: "debug", help: "print verbose information for each processing step" },
    },
  },
  async (tool) => {
    const { process } = tool;
    const split = tool.value("split");
    const words = [...(split === undefined ? [] : splitWords(split, process.env)), ...tool.operands];
    const debug = (text: string) => (tool.has("debug") ? process.stderr.write(text) : undefined);
    const empty = tool.has("ignore") || words[0] === "-";
    if (empty) await debug("cleaning environ\n");
    const environment = empty ? new Map<string, string>() : new Map(process.env);
    if (words[0] === "-") words.shift();
    for (const name of tool.options.values("unset")) {
      if (name === "" || name.includes("=")) return tool.die(`cannot unset ${tool.word(name)}: Invalid argument`, 125);
      await debug(`unset:    ${name}\n`);
      environment.delete(name);
    }
    while (words[0]?.includes("=")) {
      const word = words.shift() as string;
      const at = word.indexOf("=");
      await debug(`setenv:   ${word}\n`);
      environment.set(word.slice(0, at), word.slice(at + 1));
    }
    const directory = tool.value("directory");
    if (words.length === 0) {
      if (directory !== undefined) return tool.usage("must specify command with --chdir (-C)");
      const end = tool.has("zero") ? "\0" : "\n";
      for (const [name, value] of environment) await tool.out.write(`${name}=${value}${end}`);
      return 0;
    }
    if (tool.has("zero")) return tool.usage("cannot specify --null (-0) with command");
    if (directory !== undefined) {
      await debug(`chdir:    ${tool.named(directory)}\n`);
      const moved = await tool.attempt(
        `cannot change directory to ${tool.named(directory)}`,
        () => {
          process.cwd = process.files.realPath(directory);
        },
        125,
      );
      if (!moved) return 125;
    }
    await debug(`executing: ${words[0]}\n${words.map((word, at) => `   arg[${at}]= ${tool.word(word)}\n`).join("")}`);
    try {
      return await process.execute({ argv: words, env: environment });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`${tool.word(words[0] ?? "")}: ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
);

export const printenv = tool(
  {
    name: "printenv",
    usage: "[OPTION]... [VARIABLE]...",
    summary: "Print the values of the specified environment VARIABLE(s).",
    usageStatus: 2,
    options: { zero: { short: "0", long: "null" } },
  },
  async (tool) => {
    const end = tool.has("zero") ? "\0" : "\n";
    const { env: environment } = tool.process;
    if (tool.operands.length === 0)
      for (const [name, value] of environment) await tool.out.write(`${name}=${value}${end}`);
    for (const name of tool.operands) {
      const value = environment.get(name);
      if (value === undefined) tool.status = 1;
      else await tool.out.write(value + end);
    }
    return tool.status;
  },
);
