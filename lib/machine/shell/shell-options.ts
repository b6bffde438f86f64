import type { Process } from "../types.ts";

/**
 * Proposes completions for the word at `index` of `words` (the command first; the word may be empty). Candidates are
 * whole words; one that ends in `=`, `/` or `:` is not followed by a space.
 */
export type CompletionProvider = (
  words: readonly string[],
  index: number,
  process: Process,
) => Promise<readonly string[]>;

/** What a place may add to its shells. */
export interface ShellOptions {
  /** Completion of arguments, by the program's name (`kubectl`); aliases are followed first. */
  readonly completions?: ReadonlyMap<string, CompletionProvider>;
}
