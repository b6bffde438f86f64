/** Quoting text so that a shell reads it back, and the escapes of `$'...'`, `echo -e` and `printf`. */
import { decodeBytes } from "../bytes.ts";
import { Gathered, inPieces, PIECE, type Spend } from "../pieces.ts";

const ANSI_C: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\v": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\x1b": "\\E",
  "\\": "\\\\",
  "'": "\\'",
};

function quoteAnsiC(text: string): string {
  return `$'${ansiC(text)}'`;
}

const ansiC = (text: string): string =>
  text.replace(/[\0-\x1f\x7f\\']/g, (char) => ANSI_C[char] ?? `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`);

const CONTROL = /[\0-\x1f\x7f]/;

/** `'it'\''s'`, or `$'...'` where there are control characters: `${x@Q}`, `set`, `alias`, traces. */
export function quoteSingle(text: string): string {
  if (CONTROL.test(text)) return quoteAnsiC(text);
  return `'${single(text)}'`;
}

const single = (text: string) => text.replaceAll("'", "'\\''");

/** `quoteSingle` of a value that may be long. */
export async function quoteSinglePaid(text: string, spend: Spend): Promise<string> {
  if (text.length <= PIECE) return quoteSingle(text);
  const control = CONTROL.test(text);
  const quoted = await inPieces(text, control ? ansiC : single, spend);
  return control ? `$'${quoted}'` : `'${quoted}'`;
}

/** What makes a word of `set -x` be quoted; control characters alone are written as escapes. */
const META = /[^\w@%+=:,./^\-\u0080-\uffff\0-\x08\x0b-\x1f\x7f]|^[~^]/;

/** Quoted only where it must be: `set -x`. */
export function quoteIfNeeded(text: string): string {
  if (text === "") return "''";
  if (text === "'") return "\\'";
  if (META.test(text)) return `'${single(text)}'`;
  return CONTROL.test(text) ? quoteAnsiC(text) : text;
}

/** `quoteIfNeeded` of a value that may be long. */
export async function quoteIfNeededPaid(text: string, spend: Spend): Promise<string> {
  if (text.length <= PIECE) return quoteIfNeeded(text);
  if (META.test(text)) return `'${await inPieces(text, single, spend)}'`;
  return CONTROL.test(text) ? quoteSinglePaid(text, spend) : text;
}

/** Backslashes before what is special: `printf %q`. */
function quoteBackslash(text: string): string {
  if (text === "") return "''";
  if (CONTROL.test(text)) return quoteAnsiC(text);
  return text.replace(/[\s'"\\|&;()<>!{}*[\]?^$`,]|^[#~]|(?<=[:=])~/g, "\\$&");
}

/** `quoteBackslash` of a value that may be long. */
export async function quoteBackslashPaid(text: string, spend: Spend): Promise<string> {
  if (text.length <= PIECE) return quoteBackslash(text);
  if (CONTROL.test(text)) return quoteSinglePaid(text, spend);
  // What a character becomes can depend on the one before it: each piece comes with that one, which is cut off again.
  let before = "";
  return inPieces(
    text,
    (piece) => {
      const quoted = before === "" ? quoteBackslash(piece) : quoteBackslash(before + piece);
      const known = before === "" ? 0 : quoteBackslash(before).length;
      before = BEFORE_TILDE.test(piece) ? piece.slice(-1) : "x";
      return quoted.slice(known);
    },
    spend,
  );
}

/** After one of these a tilde is quoted; after any other character, as after an `x`, it is not. */
const BEFORE_TILDE = /[:=]$/;

/** `"..."` as `declare -p` prints values. */
export function quoteDouble(text: string): string {
  if (CONTROL.test(text)) return quoteAnsiC(text);
  return `"${double(text)}"`;
}

const double = (text: string) => text.replace(/[$`"\\]/g, "\\$&");

/** `quoteDouble` of a value that may be long. */
export async function quoteDoublePaid(text: string, spend: Spend): Promise<string> {
  if (text.length <= PIECE) return quoteDouble(text);
  if (CONTROL.test(text)) return quoteSinglePaid(text, spend);
  return `"${await inPieces(text, double, spend)}"`;
}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  e: 27,
  E: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
};

/**
 * Reads the escapes of `echo -e` (`octal: "zero"`: \0nnn), of `printf %b` (both), or of a `printf` format
 * (`octal: "plain"`: \nnn). `stop`: a \c ended the output. Bytes above 127 from \x and octal escapes become
 * the character they form together where they are UTF-8; others travel as `bytes.ts` says.
 */
export function readEscapes(text: string, octal: Octal): Escaped {
  const steps = escapeSteps(text, octal);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** `readEscapes` of a text that may be long. */
export async function readEscapesPaid(text: string, octal: Octal, spend: Spend): Promise<Escaped> {
  const steps = escapeSteps(text, octal);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await spend(step.value);
  }
}

type Octal = "zero" | "plain" | "both";
interface Escaped {
  readonly text: string;
  readonly stop: boolean;
  readonly missing?: readonly string[];
}
/** Escapes between two payments. */
const ESCAPES_AT_ONCE = 1024;

function* escapeSteps(text: string, octal: Octal): Generator<number, Escaped> {
  if (!text.includes("\\")) return { text, stop: false };
  const out = new ByteText();
  const missing: string[] = [];
  let read = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) !== "\\" || i === text.length - 1) {
      const next = text.indexOf("\\", i + 1);
      const end = next === -1 ? text.length : next;
      out.text(text.slice(i, end));
      i = end - 1;
      continue;
    }
    if (++read % ESCAPES_AT_ONCE === 0) yield ESCAPES_AT_ONCE >> 3;
    const next = text.charAt(++i);
    const simple = SIMPLE[next];
    const rest = text.slice(i, i + 10);
    let match: RegExpExecArray | null;
    if (simple !== undefined) out.byte(simple);
    else if (next === "c" && octal !== "plain") return { text: out.finish(), stop: true };
    else if ((next === '"' || next === "'") && octal === "plain") out.text(next);
    else if (next === "x") {
      match = /^x([0-9A-Fa-f]{1,2})/.exec(rest);
      if (match === null) {
        out.text("\\x");
        missing.push("\\x");
      } else {
        out.byte(Number.parseInt(match[1] as string, 16));
        i += match[0].length - 1;
      }
    } else if (next === "u" || next === "U") {
      match = (next === "u" ? /^u([0-9A-Fa-f]{1,4})/ : /^U([0-9A-Fa-f]{1,8})/).exec(rest);
      const code = Number.parseInt(match?.[1] ?? "", 16);
      if (match === null) missing.push(`\\${next}`);
      if (match === null || code > 0x10ffff) out.text(`\\${next}`);
      else {
        out.text(String.fromCodePoint(code));
        i += match[0].length - 1;
      }
    } else {
      const pattern = octal === "zero" ? /^0([0-7]{0,3})/ : octal === "both" ? /^(0?[0-7]{1,3})/ : /^([0-7]{1,3})/;
      match = pattern.exec(rest);
      if (match === null) out.text(`\\${next}`);
      else {
        out.byte(Number.parseInt(match[1] || "0", 8) & 255);
        i += match[0].length - 1;
      }
    }
  }
  return missing.length === 0 ? { text: out.finish(), stop: false } : { text: out.finish(), stop: false, missing };
}

/** Text put together from characters and single bytes. */
class ByteText {
  readonly #out = new Gathered();
  #bytes: number[] = [];

  text(text: string): void {
    this.#flush();
    this.#out.add(text);
  }

  byte(byte: number): void {
    this.#bytes.push(byte);
    // Not in the middle of a character that the bytes form together.
    if (byte < 0x80 && this.#bytes.length >= 1024) this.#flush();
  }

  #flush(): void {
    if (this.#bytes.length === 0) return;
    this.#out.add(decodeBytes(Uint8Array.from(this.#bytes)));
    this.#bytes = [];
  }

  finish(): string {
    this.#flush();
    return this.#out.text();
  }
}
