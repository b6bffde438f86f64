/** Which command a line means, and which flags it takes. */
import type { Command } from "./command.ts";
import { ROOT } from "./commands/index.ts";
import { GLOBAL_FLAGS } from "./flags/common.ts";
import type { FlagDefinition } from "./flags/parse.ts";

/** The flags of a command with those that all commands have; its own win, by name and by letter. */
export const flagsOf = (command: Command): FlagDefinition[] => {
  const own = command.flags ?? [];
  const names = new Set(own.map((flag) => flag.name));
  const letters = new Set(own.map((flag) => flag.shorthand));
  return [
    ...own,
    ...GLOBAL_FLAGS.filter((flag) => !names.has(flag.name)).map((flag) => {
      const { shorthand, ...rest } = flag;
      return shorthand !== undefined && letters.has(shorthand) ? rest : flag;
    }),
  ];
};

const takesValue = (definition: FlagDefinition): boolean => definition.type !== "bool" && definition.bare === undefined;

/** The command a line means: words that are no flags (nor their values) walk down the tree, as cobra's Find. */
export function findCommand(argv: readonly string[]): {
  readonly command: Command;
  readonly path: string;
  readonly rest: string[];
} {
  let command = ROOT;
  let path = ROOT.name;
  let rest = [...argv];
  for (;;) {
    const subcommands = command.subcommands ?? [];
    if (subcommands.length === 0) return { command, path, rest };
    const index = firstWord(rest, flagsOf(command));
    const word = index === -1 ? undefined : rest[index];
    const next = subcommands.find((sub) => sub.name === word || sub.aliases?.includes(word ?? ""));
    if (next === undefined) return { command, path, rest };
    command = next;
    path = `${path} ${next.name}`;
    rest = rest.filter((_, i) => i !== index);
  }
}

function firstWord(argv: readonly string[], definitions: readonly FlagDefinition[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") return -1;
    if (!word.startsWith("-") || word === "-") return i;
    if (word.includes("=")) continue;
    const definition = word.startsWith("--")
      ? definitions.find((flag) => flag.name === word.slice(2))
      : word.length === 2
        ? definitions.find((flag) => flag.shorthand === word[1])
        : undefined;
    if (definition !== undefined && takesValue(definition)) i++;
  }
  return -1;
}
