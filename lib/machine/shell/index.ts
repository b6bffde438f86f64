export { createShellPrograms, shellPrograms } from "./program.ts";
export type { CompletionProvider, ShellOptions } from "./shell-options.ts";
