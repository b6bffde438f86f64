/** How the GNU tools write names and values into messages (gnulib's quotearg), by the locale of the process. */
import { decodeBytes, encodeText } from "../../bytes.ts";

/** Whether LC_ALL, LC_CTYPE or LANG, the first that is set, names a UTF-8 locale. */
export function isUtf8(env: ReadonlyMap<string, string>): boolean {
  const locale = env.get("LC_ALL") || env.get("LC_CTYPE") || env.get("LANG") || "";
  return /utf-?8/i.test(locale);
}

const NAMED: Readonly<Record<number, string>> = { 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r" };
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

function isPrintable(character: string, utf8: boolean): boolean {
  if (character.charCodeAt(0) < 0x80) return character >= " " && character !== "\x7f";
  return utf8 && !UNPRINTABLE.test(character);
}

/** What stands for a character that cannot be shown: an escape of C for each of its bytes. */
function escaped(character: string): string {
  const named = NAMED[character.charCodeAt(0)];
  if (named !== undefined) return `\\${named}`;
  return Array.from(encodeText(character), (byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
}

/** `quote`: between the locale's quotation marks, always. */
export function localeQuote(text: string, utf8: boolean): string {
  const [open, close] = utf8 ? ["‘", "’"] : ["'", "'"];
  let out = "";
  for (const character of text) {
    if (character === "\\" || character === close) out += `\\${character}`;
    else out += isPrintable(character, utf8) ? character : escaped(character);
  }
  return open + out + close;
}

const COMPATIBLE = /^[\w%+,\-./:@\]{}#~ ']$/;

/** `quoteaf`: as a word of the shell, always between quotes. */
export function shellQuote(text: string, utf8: boolean): string {
  const characters = [...text];
  if (
    text.includes("'") &&
    characters.every((each) => COMPATIBLE.test(each) || (each > "\x7f" && isPrintable(each, utf8)))
  )
    return `"${text}"`;
  let out = "'";
  let inEscape = false;
  for (const character of characters) {
    if (isPrintable(character, utf8)) {
      if (inEscape) out += "''";
      inEscape = false;
      out += character === "'" ? "'\\''" : character;
      continue;
    }
    if (!inEscape) out += "'$'";
    inEscape = true;
    out += escaped(character);
  }
  return `${out}'`;
}

/** `quotef`: as a word of the shell, quoted where it must be, or where a colon would mislead. */
export function shellQuoteIfNeeded(text: string, utf8: boolean): string {
  const plain =
    text !== "" &&
    !/[ !"$&()*;<=>?[\\^`|':]/.test(text) &&
    !/^[#~]/.test(text) &&
    text !== "{" &&
    text !== "}" &&
    [...text].every((each) => isPrintable(each, utf8));
  return plain ? text : shellQuote(text, utf8);
}

/** Text as bytes, each of them one character: what tools that know no characters work on. */
export function toBinary(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : binaryOf(encodeText(text));
}

const CHUNK = 4096;

export function binaryOf(bytes: Uint8Array): string {
  if (bytes.length <= CHUNK) return String.fromCharCode(...bytes);
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return text;
}

export function bytesOfBinary(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** The characters of such bytes. */
export function fromBinary(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : decodeBytes(bytesOfBinary(text));
}
