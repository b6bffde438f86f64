/** Trees of commands as cobra has them, whoever's they are: which command a line means. */
import type { FlagDefinition } from "./flags/parse.ts";

interface TreeCommand<C> {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly subcommands?: readonly C[];
}

interface FoundCommand<C> {
  readonly command: C;
  /** "kubectl rollout status". */
  readonly path: string;
  /** The line without the words that led there. */
  readonly rest: string[];
}

const takesValue = (definition: FlagDefinition): boolean => definition.type !== "bool" && definition.bare === undefined;

/** The command a line means: words that are no flags (nor their values) walk down the tree, as cobra's Find. */
export function findInTree<C extends TreeCommand<C>>(
  root: C,
  argv: readonly string[],
  flagsOf: (command: C) => readonly FlagDefinition[],
): FoundCommand<C> {
  let command = root;
  let path = root.name;
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
