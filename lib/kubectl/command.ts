/** The shape of a kubectl command: data that the program parses, documents and completes from, and a function. */
import type { FlagDefinition } from "./flags/parse.ts";
import type { Invocation } from "./invocation.ts";

/** What completion offers for positional arguments. */
export type ArgumentKind =
  /** TYPE NAME or TYPE/NAME of some types only; `several`: more names may follow. */
  | { readonly types: readonly string[]; readonly several?: boolean }
  | "resource"
  | "resource-name"
  | "pod"
  /** A Pod or workload, then one of its containers. */
  | "pod-container"
  | "pod-name"
  | "node"
  | "service-account"
  | "copy"
  | "context"
  | "cluster"
  | "user"
  | "file"
  | "shell"
  | "none";

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line for the list of commands. */
  readonly short: string;
  /** Arguments as in the usage line, without the command's path. */
  readonly arguments?: string;
  readonly examples?: readonly string[];
  readonly flags?: readonly FlagDefinition[];
  readonly subcommands?: readonly Command[];
  /** Left out of the list of commands. */
  readonly hidden?: boolean;
  /** Flags end at the first argument (none of kubectl's commands; plugins). */
  readonly passThrough?: boolean;
  readonly completes?: ArgumentKind;
  /** Exit code of failures that have none of their own. Default 1; where 1 means something else (diff), 2. */
  readonly errorExitCode?: number;
  /** A group of commands by itself: its exit code, where the help goes to stdout. Else it goes to stderr, and the code is 1. */
  readonly aloneExitCode?: number;
  /** Resolves with the exit code; nothing means 0. Failures are thrown. */
  readonly run?: (invocation: Invocation) => Promise<number | void>;
}
