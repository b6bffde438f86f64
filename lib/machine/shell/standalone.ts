/** `printf`, `test` and `[` as programs of their own, for containers whose commands run without a shell. */
import type { Program } from "../types.ts";
import { builtins } from "./builtins/registry.ts";
import { BASH } from "./flavour.ts";
import { Shell } from "./shell.ts";

/** The builtins' complaints in the words of GNU coreutils; "@" stands for the last argument. */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/^printf: (\D.*): invalid number$/s, "printf: '$1': expected a numeric value"],
  [/^printf: (.*): invalid number$/s, "printf: '$1': value not completely converted"],
  [/^printf: `%': missing format character$/, "printf: %: invalid conversion specification"],
  [/^printf: `(.*)': invalid format character$/s, "printf: %$1: invalid conversion specification"],
  [/^(\[|test): (.*): integer expression expected$/s, "$1: invalid integer '$2'"],
  [/^(\[|test): (.*): unary operator expected$/s, "$1: missing argument after '@'"],
  [/^(\[|test): (.*): binary operator expected$/s, "$1: '$2': binary operator expected"],
  [/^\[: missing `\]'$/, "[: missing ']'"],
];

function standalone(name: string): Program {
  return async (process) => {
    const args = process.argv.slice(1);
    const shell = new Shell(process, BASH, {});
    const last = args.findLast((word) => name !== "[" || word !== "]") ?? "";
    shell.complain = (message) => {
      const words = WORDS.find(([from]) => from.test(message));
      return shell.write(
        2,
        `${words === undefined ? message : message.replace(words[0], words[1]).replace("@", last)}\n`,
      );
    };
    if (name === "printf" && args.length === 0) {
      await process.stderr.write("printf: missing operand\nTry 'printf --help' for more information.\n");
      return 1;
    }
    // `-v` is the shell's: no variable outlives this process.
    if (name === "printf" && args[0] === "-v") args.unshift("--");
    const builtin = builtins().get(name);
    if (builtin === undefined) throw new Error(`no builtin ${name}`);
    return builtin.run(shell, args, { name, assignments: [] });
  };
}

export const standalonePrograms: readonly (readonly [string, Program])[] = ["printf", "test", "["].map(
  (name) => [name, standalone(name)] as const,
);
