/** Which command a line means. */
import { flagsOf, type HelmCommand } from "./command.ts";
import { ROOT } from "./commands/index.ts";

/** The command a line means; flags and their values are passed over. */
export function findCommand(argv: readonly string[]): {
  readonly command: HelmCommand;
  readonly path: string;
  readonly rest: string[];
} {
  let command = ROOT;
  let path = ROOT.name;
  let rest = [...argv];
  for (;;) {
    const index = firstWord(rest, command);
    const word = index === -1 ? undefined : rest[index];
    const next = command.subcommands?.find((sub) => sub.name === word || sub.aliases?.includes(word ?? ""));
    if (next === undefined) return { command, path, rest };
    command = next;
    path = `${path} ${next.name}`;
    rest = rest.filter((_, i) => i !== index);
  }
}

function firstWord(argv: readonly string[], command: HelmCommand): number {
  const flags = flagsOf(command);
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "--") return -1;
    if (!word.startsWith("-") || word === "-") return i;
    if (word.includes("=")) continue;
    const flag = word.startsWith("--")
      ? flags.find((one) => one.name === word.slice(2))
      : word.length === 2
        ? flags.find((one) => one.shorthand === word[1])
        : undefined;
    if (flag !== undefined && flag.type !== "bool" && flag.bare === undefined) i++;
  }
  return -1;
}
