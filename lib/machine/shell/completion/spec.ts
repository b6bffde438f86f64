/** What `complete` was told of a command, and how it says it again: bash's own names, letters and order (pcomplete.c). */
import { quoteSingle } from "../quote.ts";

/** Actions with a letter of their own, in the order in which `complete -p` prints them. */
export const ACTION_LETTERS = {
  a: "alias",
  b: "builtin",
  c: "command",
  d: "directory",
  e: "export",
  f: "file",
  g: "group",
  j: "job",
  k: "keyword",
  s: "service",
  u: "user",
  v: "variable",
} as const;

/** Actions that `-A` alone can name. */
const NAMED_ACTIONS = [
  "arrayvar",
  "binding",
  "disabled",
  "enabled",
  "function",
  "helptopic",
  "hostname",
  "running",
  "setopt",
  "shopt",
  "signal",
  "stopped",
] as const;

export type CompletionAction = (typeof ACTION_LETTERS)[keyof typeof ACTION_LETTERS] | (typeof NAMED_ACTIONS)[number];

const LETTER_OF: Readonly<Partial<Record<string, string>>> = Object.fromEntries(
  Object.entries(ACTION_LETTERS).map(([letter, action]) => [action, letter]),
);
const PRINTED_ORDER: readonly CompletionAction[] = [...Object.values(ACTION_LETTERS), ...NAMED_ACTIONS];

export function isAction(name: string): name is CompletionAction {
  return (PRINTED_ORDER as readonly string[]).includes(name);
}

/** What `-o` takes, in the order in which it is printed. */
const COMPLETION_OPTIONS = [
  "bashdefault",
  "default",
  "dirnames",
  "filenames",
  "noquote",
  "nosort",
  "nospace",
  "plusdirs",
] as const;

export type CompletionOption = (typeof COMPLETION_OPTIONS)[number];

export function isCompletionOption(name: string): name is CompletionOption {
  return (COMPLETION_OPTIONS as readonly string[]).includes(name);
}

export interface CompletionSpec {
  readonly options: ReadonlySet<CompletionOption>;
  readonly actions: ReadonlySet<CompletionAction>;
  /** `-G`, `-W`, `-P`, `-S`, `-X`, `-C`, `-F`. */
  readonly glob?: string;
  readonly words?: string;
  readonly prefix?: string;
  readonly suffix?: string;
  readonly filter?: string;
  readonly command?: string;
  readonly function?: string;
}

/** Completions that are no command's: `-D`, `-E`, `-I`. No command can have such a name. */
export const SPECIAL_COMPLETIONS = { D: "\0default", E: "\0empty", I: "\0initial" } as const;

/** The command that sets the same again. */
export function printSpec(name: string, spec: CompletionSpec): string {
  const parts = ["complete"];
  for (const option of COMPLETION_OPTIONS) if (spec.options.has(option)) parts.push(`-o ${option}`);
  for (const action of PRINTED_ORDER) {
    if (!spec.actions.has(action)) continue;
    const letter = LETTER_OF[action];
    parts.push(letter === undefined ? `-A ${action}` : `-${letter}`);
  }
  const quoted = [
    ["G", spec.glob],
    ["W", spec.words],
    ["P", spec.prefix],
    ["S", spec.suffix],
    ["X", spec.filter],
    ["C", spec.command],
  ] as const;
  for (const [letter, value] of quoted) if (value !== undefined) parts.push(`-${letter} ${quoteSingle(value)}`);
  if (spec.function !== undefined) parts.push(`-F ${spec.function}`);
  const special = Object.entries(SPECIAL_COMPLETIONS).find(([, each]) => each === name);
  parts.push(special === undefined ? name : `-${special[0]}`);
  return `${parts.join(" ")}\n`;
}

/** What `compopt` says of a command without being told to change something. */
export function printOptions(name: string, options: ReadonlySet<CompletionOption>): string {
  const said = COMPLETION_OPTIONS.map((option) => `${options.has(option) ? "-" : "+"}o ${option}`);
  return `compopt ${said.join(" ")} ${name}\n`;
}
