/** Paths as git shows them (quote.c). */
import { encodeText } from "../../bytes.ts";

const NAMED: Readonly<Record<number, string>> = {
  7: "a",
  8: "b",
  9: "t",
  10: "n",
  11: "v",
  12: "f",
  13: "r",
  34: '"',
  92: "\\",
};

/** In double quotes with escapes where the path has characters that need them. `all`: bytes above 127 need them too. */
export function quotePath(path: string, all = true): string {
  if (!/[\x00-\x1f"\\\x7f]/.test(path) && (!all || /^[\x00-\x7f]*$/.test(path))) return path;
  let out = "";
  for (const character of path) {
    for (const byte of encodeText(character)) {
      const named = NAMED[byte];
      if (named !== undefined) out += `\\${named}`;
      else if (byte < 32 || byte === 127 || (all && byte > 127)) out += `\\${byte.toString(8).padStart(3, "0")}`;
      else if (byte < 128) out += String.fromCharCode(byte);
    }
    if (!all && (character.codePointAt(0) ?? 0) > 127) out += character;
  }
  return `"${out}"`;
}

/** As in a short status: also where there is a space. */
export function quoteSpaced(path: string, all = true): string {
  const quoted = quotePath(path, all);
  return quoted.includes(" ") && !quoted.startsWith('"') ? `"${quoted}"` : quoted;
}
