import type { Process } from "../types.ts";

/** What a program's own completion proposes, as cobra's directives have it. */
export interface ProvidedCompletion {
  /** Whole words; one that ends in `=`, `/` or `:` is not followed by a space. */
  readonly candidates: readonly string[];
  /** What candidates mean, by candidate: shown in lists beside them. */
  readonly descriptions?: ReadonlyMap<string, string>;
  /** Files are proposed where there is no candidate. */
  readonly files: boolean;
  /** Nothing follows a candidate that alone fits. */
  readonly nospace?: boolean;
}

/** Proposes completions for the word at `index` of `words` (the command first; the word may be empty). */
type CompletionProvider = (words: readonly string[], index: number, process: Process) => Promise<ProvidedCompletion>;

/** What a place may add to its shells. */
export interface ShellOptions {
  /** Completion of arguments, by the program's name (`kubectl`); aliases are followed first. */
  readonly completions?: ReadonlyMap<string, CompletionProvider>;
}
