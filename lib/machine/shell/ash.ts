/** How BusyBox's ash words and lists things, where that is not bash's way. */
import { inPieces, type Spend } from "../pieces.ts";
import { dashWords } from "./dash.ts";
import type { Shell } from "./shell.ts";
import { POSIX_RESERVED } from "./syntax/token.ts";

/** Builtins that are applets run in place: what they say begins with the shell's name alone. */
const APPLETS: ReadonlySet<string> = new Set(["[", "[[", "echo", "kill", "printf", "test"]);

/** What stands before a builtin's complaint. */
export function complaint(shell: Shell, builtin: string, message: string): string {
  if (APPLETS.has(builtin) && shell.flavour.dialect.name === "ash") return `sh: ${message}\n`;
  const words = shell.flavour.dash ? dashWords(message, builtin) : message;
  return `${complaintPrefix(shell, shell.line, builtin)}${words}\n`;
}

/**
 * `sh: cd: line 3: `: the builtin that complains, or the `eval` or file whose text is being run; without one there is
 * no line either. Lines are counted from 0 where the text is the argument of `-c`.
 */
export function complaintPrefix(shell: Shell, line: number, builtin?: string): string {
  const own = shell.name.replace(/^-(?=\w*sh$)/, "");
  const file = shell.frames.findLast((frame) => frame.kind === "source")?.source;
  const running = builtin ?? (shell.evalDepth > 0 ? "eval" : (file ?? shell.scriptFile));
  if (shell.flavour.dialect.name === "dash") {
    return `${own}: ${line}: ${running === undefined || running === own ? "" : `${running}: `}`;
  }
  if (running === undefined) return `${own}: `;
  const name = running === own ? "" : `${running}: `;
  if (shell.interactive && shell.frames.length === 0) return `${own}: ${name}`;
  return `${own}: ${name}line ${line - (shell.commandString && file === undefined ? 1 : 0)}: `;
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

/** What makes a word of `set -x` be quoted. */
const QUOTED = /[\s!"#$%&'()*;<=>?[\\`{|}~]/;
const single = (text: string): string => text.replaceAll("'", `'"'"'`);

/** A word of `set -x`. */
export function traced(word: string): string {
  return POSIX_RESERVED.has(word) || word === "" || QUOTED.test(word) ? `'${single(word)}'` : word;
}

/** `traced` of a word that may be long. */
export async function tracedPaid(word: string, spend: Spend): Promise<string> {
  return QUOTED.test(word) ? `'${await inPieces(word, single, spend)}'` : word;
}

/** Words of arithmetic errors. */
export function arithmeticWords(message: string): string {
  if (message.startsWith("malformed ?: operator")) return "malformed ?: operator";
  return /division by 0/.test(message) ? "divide by zero" : "arithmetic syntax error";
}
