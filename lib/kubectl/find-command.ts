/** Which command a line means, and which flags it takes. */
import type { Command } from "./command.ts";
import { findInTree } from "./command-tree.ts";
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

/** The command a line of kubectl means. */
export const findCommand = (argv: readonly string[]) => findInTree<Command>(ROOT, argv, flagsOf);
