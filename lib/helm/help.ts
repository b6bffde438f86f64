/** Help texts, made from the command tables: cobra's layout, our own words. */
import type { FlagDefinition } from "../kubectl/flags/parse.ts";
import { flagsOf, GLOBAL, type HelmCommand } from "./command.ts";

const TYPES: Readonly<Record<string, string>> = {
  string: "string",
  int: "int",
  duration: "duration",
  strings: "strings",
  array: "stringArray",
  pairs: "stringToString",
  float32: "float32",
};

function flagLines(flags: readonly FlagDefinition[]): string {
  const rows = [...flags]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => {
      const type = flag.type === "bool" ? "" : ` ${TYPES[flag.type] ?? "string"}`;
      const fallback = String(flag.default ?? "");
      const shown =
        fallback === "" || fallback === "false" || fallback === "0"
          ? ""
          : ` (default ${flag.type === "string" ? JSON.stringify(fallback) : fallback})`;
      return [
        `  ${flag.shorthand === undefined ? "    " : `-${flag.shorthand}, `}--${flag.name}${type}`,
        `${flag.usage}${shown}`,
      ] as const;
    });
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `${left.padEnd(width + 3)}${right}\n`).join("");
}

export function helpFor(command: HelmCommand, path: string): string {
  const parts = [`${command.short}\n`];
  const isGroup = command.subcommands !== undefined;
  parts.push(
    `Usage:\n  ${path}${isGroup ? " [command]" : `${command.arguments === undefined ? "" : ` ${command.arguments}`} [flags]`}\n`,
  );
  if (command.aliases !== undefined) parts.push(`Aliases:\n  ${[command.name, ...command.aliases].join(", ")}\n`);
  if (command.subcommands !== undefined) {
    const shown = command.subcommands.filter((sub) => sub.hidden !== true);
    const width = Math.max(11, ...shown.map((sub) => sub.name.length));
    parts.push(`Available Commands:\n${shown.map((sub) => `  ${sub.name.padEnd(width)} ${sub.short}\n`).join("")}`);
  }
  const own = flagsOf(command).filter((flag) => !GLOBAL.includes(flag));
  if (own.length > 0) parts.push(`Flags:\n${flagLines(own)}`);
  parts.push(`Global Flags:\n${flagLines(GLOBAL)}`);
  if (isGroup) parts.push(`Use "${path} [command] --help" for more information about a command.\n`);
  return parts.join("\n");
}
