/** Escapes in the texts, patterns and replacements of sed(1). */

const SIMPLE: Readonly<Record<string, string>> = { a: "\x07", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v" };
const SPECIAL = /[.*[\]^$+?(){}|\\/&]/;

/** `\cX`, `\dNNN`, `\oNNN`, `\xHH`, `\t` and their like at a place; undefined: none of them. */
function escapeAt(text: string, at: number): readonly [string | undefined, number] {
  const next = text[at + 1] ?? "";
  if (next === "c" && text[at + 2] !== undefined) {
    const code = (text[at + 2] as string).toUpperCase().charCodeAt(0) ^ 0x40;
    return [String.fromCharCode(code), 3];
  }
  const [pattern, base] =
    next === "d" ? [/^\d{1,3}/, 10] : next === "o" ? [/^[0-7]{1,3}/, 8] : [/^[\da-fA-F]{1,2}/, 16];
  if (next === "d" || next === "o" || next === "x") {
    const digits = pattern.exec(text.slice(at + 2))?.[0];
    if (digits !== undefined) {
      const code = Number.parseInt(digits, base as number) & 255;
      // A byte beyond ASCII is no character of its own.
      return [code < 128 ? String.fromCharCode(code) : String.fromCharCode(0xdc00 + code), 2 + digits.length];
    }
  }
  const simple = SIMPLE[next];
  return simple === undefined ? [undefined, 0] : [simple, 2];
}

export const SedText = {
  escape: escapeAt,

  /** What `\` with the delimiter of a pattern stands for: the delimiter, as itself. */
  delimiter(character: string): string {
    return /[.*[\]^$]/.test(character)
      ? `[${character === "^" ? "\\^" : character}]`
      : /[+?(){}|]/.test(character)
        ? `\\${character}`
        : character;
  },

  /** Numbers of characters become the characters, never special ones. */
  pattern(text: string): string {
    let out = "";
    for (let at = 0; at < text.length; at++) {
      if (text[at] !== "\\") {
        out += text[at];
        continue;
      }
      const next = text[at + 1] ?? "";
      const [made, length] = "cdox".includes(next) && next !== "" ? escapeAt(text, at) : [undefined, 0];
      if (made === undefined) {
        out += text.slice(at, at + 2);
        at++;
      } else {
        out += SPECIAL.test(made) ? `\\${made}` : made;
        at += length - 1;
      }
    }
    return out;
  },

  /** The characters of a set of `y`. */
  plain(text: string): string[] {
    const out: string[] = [];
    const characters = [...text];
    for (let at = 0; at < characters.length; at++) {
      if (characters[at] !== "\\") {
        out.push(characters[at] as string);
        continue;
      }
      const rest = characters.slice(at, at + 6).join("");
      const [made, length] = escapeAt(rest, 0);
      if (made !== undefined) {
        out.push(made);
        at += length - 1;
      } else if (characters[at + 1] === "\\") {
        out.push("\\");
        at++;
      } else out.push("\\");
    }
    return out;
  },

  /** As `l` shows a line, in rows of that many columns; 0: one row. */
  visible(bytes: Uint8Array, columns: number): string {
    let out = "";
    let width = 0;
    for (const byte of bytes) {
      const shown = visibleByte(byte);
      if (columns > 0 && width + shown.length > columns - 1) {
        out += "\\\n";
        width = 0;
      }
      out += shown;
      width += shown.length;
    }
    return `${out}$`;
  },
};

const NAMED: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  92: "\\\\",
};

function visibleByte(byte: number): string {
  const named = NAMED[byte];
  if (named !== undefined) return named;
  return byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
}
