/** How BusyBox's ash words and lists things, where that is not bash's way. */
import type { Shell } from "./shell.ts";

/** Builtins that are applets run in place: what they say begins with the shell's name alone. */
const APPLETS: ReadonlySet<string> = new Set(["[", "[[", "echo", "kill", "printf", "test"]);

/** `sh: cd: line 3: can't cd to x`: lines are counted from 0 where the text is the argument of `-c`. */
export function complaint(shell: Shell, builtin: string, message: string): string {
  if (APPLETS.has(builtin)) return `sh: ${message}\n`;
  const own = shell.flavour.prefix(shell.name, shell.line, true);
  const name = own.replace(/: $/, "") === builtin ? "" : `${builtin}: `;
  const line =
    shell.interactive && shell.frames.length === 0 ? "" : `line ${shell.line - (shell.commandString ? 1 : 0)}: `;
  return `${own}${name}${line}${message}\n`;
}

/** As `set -o` lists them. */
export const OPTION_ORDER = [
  "errexit",
  "noglob",
  "ignoreeof",
  "monitor",
  "noexec",
  "xtrace",
  "verbose",
  "noclobber",
  "allexport",
  "notify",
  "nounset",
  "errtrace",
  "vi",
  "pipefail",
] as const;

/** A word of `set -x`. */
export function traced(word: string): string {
  return /[\s!"#$%&'()*;<=>?[\\^`{|}~]/.test(word.replaceAll("^", "").replaceAll("]", ""))
    ? `'${word.replaceAll("'", "'\\''")}'`
    : word;
}

/** Words of arithmetic errors. */
export function arithmeticWords(message: string): string {
  return /division by 0/.test(message) ? "divide by zero" : "arithmetic syntax error";
}
