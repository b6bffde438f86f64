export { createShellPrograms, shellPrograms } from "./program.ts";
export type { ShellOptions } from "./shell-options.ts";
