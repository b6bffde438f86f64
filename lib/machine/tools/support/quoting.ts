/** Names as GNU tools quote them (gnulib's quotearg): in lists, in messages, for a shell to read back. */
import { encodeText } from "../../bytes.ts";
import type { Process } from "../../types.ts";

export const QUOTING_STYLES = [
  "literal",
  "shell",
  "shell-always",
  "shell-escape",
  "shell-escape-always",
  "c",
  "c-maybe",
  "escape",
  "locale",
  "clocale",
] as const;
export type QuotingStyle = (typeof QUOTING_STYLES)[number];

interface Quoting {
  /** What is beyond ASCII can be printed. */
  readonly utf8: boolean;
  /** Characters that are quoted although the style would not. */
  readonly also?: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\x07": "a",
  "\b": "b",
  "\f": "f",
  "\n": "n",
  "\r": "r",
  "\t": "t",
  "\v": "v",
};
/** Of use to a shell wherever they stand. */
const SHELL_SPECIAL = ' !"$&()*;<=>[^`|';
/** Harmless in C strings and for a shell between double quotes. */
const COMPATIBLE = /[%+,\-./0-9:A-Za-z\]_ #~'{}\u0080-\u{10ffff}]/u;
const UNPRINTABLE = /[\u0080-\u009f\u00ad\u200b-\u200f\u2028-\u202e\ud800-\udfff\ufeff\ufff9-\ufffb]/u;

/** True where the process's locale has characters beyond ASCII. */
export function isUtf8(process: Pick<Process, "env">): boolean {
  const { env } = process;
  const name = env.get("LC_ALL") || env.get("LC_CTYPE") || env.get("LANG") || "C";
  return /utf-?8/i.test(name);
}

function printable(character: string, utf8: boolean): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return code >= 0x20 && code !== 0x7f;
  return utf8 && !UNPRINTABLE.test(character);
}

function octal(character: string): string {
  return [...encodeText(character)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** `text` in the given style. */
export function quoted(text: string, style: QuotingStyle, options: Quoting): string {
  switch (style) {
    case "literal":
      return text;
    case "escape":
      return backslashed(text, options, "", " ");
    case "c":
      return `"${backslashed(text, options, '"', "")}"`;
    case "c-maybe": {
      const inner = backslashed(text, options, '"', "");
      const same = inner === text || (inner.replaceAll("\\\\", "\\") === text && !text.includes('"'));
      return same && !intersects(text, options.also ?? "") ? text : `"${inner}"`;
    }
    case "locale":
      return options.utf8 ? `‘${backslashed(text, options, "’", "")}’` : `'${backslashed(text, options, "'", "")}'`;
    case "clocale":
      return options.utf8 ? `‘${backslashed(text, options, "’", "")}’` : `"${backslashed(text, options, '"', "")}"`;
    default:
      return shellQuoted(text, style, options);
  }
}

function intersects(text: string, characters: string): boolean {
  return [...characters].some((character) => text.includes(character));
}

function backslashed(text: string, { utf8, also = "" }: Quoting, mark: string, blanks: string): string {
  let out = "";
  for (const character of text) {
    const known = ESCAPES[character];
    if (known !== undefined) out += `\\${known}`;
    else if (character === "\\" || character === mark || blanks.includes(character) || also.includes(character))
      out += `\\${character}`;
    else out += printable(character, utf8) ? character : octal(character);
  }
  return out;
}

function needsShellQuotes(text: string, escapes: boolean, { utf8, also = "" }: Quoting): boolean {
  if (text === "" || text === "{" || text === "}" || /^[#~]/.test(text)) return true;
  for (const character of text) {
    if (SHELL_SPECIAL.includes(character) || "\\'?\n\t\r".includes(character) || also.includes(character)) return true;
    if (escapes && !printable(character, utf8)) return true;
  }
  return false;
}

function shellQuoted(text: string, style: QuotingStyle, options: Quoting): string {
  const escapes = style === "shell-escape" || style === "shell-escape-always";
  if ((style === "shell" || style === "shell-escape") && !needsShellQuotes(text, escapes, options)) return text;
  const characters = [...text];
  if (text.includes("'")) {
    const plain = characters.every((character) => COMPATIBLE.test(character) && printable(character, options.utf8));
    // An apostrophe is the commonest of all: double quotes where nothing else is special.
    if (plain) return `"${text}"`;
  }
  let out = "'";
  let escaped = false;
  for (const character of characters) {
    const known = ESCAPES[character];
    if (escapes && (known !== undefined || !printable(character, options.utf8))) {
      if (!escaped) out += "'$'";
      escaped = true;
      out += known === undefined ? octal(character) : `\\${known}`;
      continue;
    }
    if (character === "'") {
      // The quotes are closed anyway.
      out += escaped ? "\\''" : "'\\''";
      escaped = false;
      continue;
    }
    if (escaped) out += "''";
    escaped = false;
    out += character;
  }
  return `${out}'`;
}

/** A file's name in a message, always in quotes: 'a b', 'a'$'\n''b'. */
export function quotedName(process: Pick<Process, "env">, name: string): string {
  return quoted(name, "shell-escape-always", { utf8: isUtf8(process) });
}

/** A file's name at the start of a message, in quotes where it needs them. */
export function nameAsNeeded(process: Pick<Process, "env">, name: string): string {
  return quoted(name, "shell-escape", { utf8: isUtf8(process), also: ":" });
}

/** A word in a message, between the locale's own quotes: ‘x’, or 'x' where it has none. */
export function quotedWord(process: Pick<Process, "env">, text: string): string {
  return quoted(text, "locale", { utf8: isUtf8(process) });
}
