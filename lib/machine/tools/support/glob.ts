/** fnmatch(3): names against the shell's patterns, in linear time. */
import { compilePattern } from "../../shell/pattern.ts";

interface GlobOptions {
  readonly ignoreCase?: boolean;
  /** A period at the start is matched by a period alone (FNM_PERIOD). */
  readonly period?: boolean;
}

export function compileGlob(text: string, options: GlobOptions = {}): (name: string) => boolean {
  const pattern = compilePattern(text, { extended: false, ignoreCase: options.ignoreCase ?? false });
  const explicit = !options.period || /^\\?\./.test(text);
  return (name) => (explicit || !name.startsWith(".")) && pattern.test(name);
}
