/** Help texts, made from the command tables: upstream's layout, our own words. */
import type { Command } from "./command.ts";
import type { FlagDefinition } from "./flags/parse.ts";

const GROUPS: readonly (readonly [title: string, names: readonly string[]])[] = [
  ["Basic Commands (Beginner):", ["create", "expose", "run", "set"]],
  ["Basic Commands (Intermediate):", ["explain", "get", "edit", "delete"]],
  ["Deploy Commands:", ["rollout", "scale", "autoscale"]],
  ["Cluster Management Commands:", ["certificate", "cluster-info", "top", "cordon", "uncordon", "drain", "taint"]],
  [
    "Troubleshooting and Debugging Commands:",
    ["describe", "logs", "attach", "exec", "port-forward", "proxy", "cp", "auth", "debug", "events"],
  ],
  ["Advanced Commands:", ["diff", "apply", "patch", "replace", "wait", "kustomize"]],
  ["Settings Commands:", ["label", "annotate", "completion"]],
];

const UNGROUPED = ["alpha", "config", "plugin", "version", "api-versions", "api-resources", "options"];
const ORDER = [...GROUPS.flatMap(([, names]) => names), ...UNGROUPED];
/** Where upstream's tree has a command. */
export const placeInHelp = (name: string): number => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);

const table = (commands: readonly Command[]): string => {
  const width = Math.max(11, ...commands.map((command) => command.name.length)) + 3;
  return commands.map((command) => `  ${command.name.padEnd(width)}${command.short}\n`).join("");
};

/** A flag's default as pflag shows it. `~` is the home directory. */
export function defaultText(flag: FlagDefinition, home = "~"): string {
  const value = String(flag.default ?? "").replace(/^~/, home);
  if (flag.type === "string" || flag.type === "ipPorts") return `'${value}'`;
  if (flag.type === "strings" || flag.type === "array" || flag.type === "pairs") return `[${value}]`;
  if (flag.type === "labels" || flag.type === "modules") return value;
  if (flag.type === "bool" || flag.type === "tristate") return value === "" ? "false" : value;
  return value === "" ? "0" : value;
}

export function flagText(flag: FlagDefinition, home?: string): string {
  const value = defaultText(flag, home);
  const letter = flag.shorthand === undefined ? "" : `-${flag.shorthand}, `;
  return `    ${letter}--${flag.name}=${value}:\n\t${flag.usage}\n`;
}

export function helpFor(command: Command, path: string, flags: readonly FlagDefinition[]): string {
  const parts: string[] = [];
  if (path === "kubectl") {
    parts.push("kubectl controls the Kubernetes cluster manager.\n");
    const listed = new Set<string>();
    for (const [title, names] of GROUPS) {
      const members = names.flatMap((name) => command.subcommands?.find((sub) => sub.name === name) ?? []);
      for (const member of members) listed.add(member.name);
      if (members.length > 0) parts.push(`${title}\n${table(members)}`);
    }
    const others = (command.subcommands ?? []).filter((sub) => sub.hidden !== true && !listed.has(sub.name));
    if (others.length > 0) parts.push(`Other Commands:\n${table(others)}`);
    parts.push(`Usage:\n  kubectl [flags] [options]\n`);
    parts.push(
      `Use "kubectl <command> --help" for more information about a given command.\nUse "kubectl options" for a list of global command-line options (applies to all commands).\n`,
    );
    return parts.join("\n");
  }
  parts.push(`${command.short}\n`);
  if (command.examples !== undefined)
    parts.push(`Examples:\n${command.examples.map((line) => `  ${line}\n`).join("")}`);
  if (command.subcommands !== undefined) parts.push(`Available Commands:\n${table(command.subcommands)}`);
  const own =
    (command.flags ?? []).length === 0
      ? []
      : flags.filter((flag) => command.flags?.some((one) => one.name === flag.name));
  if (own.length > 0) parts.push(`Options:\n${own.map((flag) => flagText(flag)).join("\n")}`);
  parts.push(
    `Usage:\n  ${path}${command.subcommands === undefined ? "" : " [flags]"}${command.arguments === undefined ? "" : ` ${command.arguments}`} [options]\n`,
  );
  const more =
    command.subcommands === undefined
      ? ""
      : `Use "${path} <command> --help" for more information about a given command.\n`;
  parts.push(`${more}Use "kubectl options" for a list of global command-line options (applies to all commands).\n`);
  return parts.join("\n");
}
