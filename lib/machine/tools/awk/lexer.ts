/** Words of an awk program. Whether "/" divides or starts a pattern is the parser's to know: it asks for `regex()`. */
import { AwkSyntaxError } from "./syntax.ts";

export type TokenKind =
  | "number"
  | "string"
  | "name"
  /** A name with "(" directly after it. */
  | "function"
  | "builtin"
  | "keyword"
  | "punctuation"
  | "newline"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly line: number;
}

const KEYWORDS = new Set(
  "BEGIN END function func if else while for do break continue next nextfile exit return delete in getline print printf".split(
    " ",
  ),
);
export const BUILTINS: ReadonlySet<string> = new Set(
  (
    "atan2 close cos exp fflush gensub gsub index int length log match mktime rand sin split sprintf sqrt srand " +
    "strftime strtonum sub substr system systime tolower toupper"
  ).split(" "),
);
const PUNCTUATION = [
  ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**=", "==", "<=", ">=", "!=", "!~", "&&", "||", "**",
  "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=",
].sort((a, b) => b.length - a.length); // biome-ignore format: a table
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The escapes of a string, also in `-v name=text` and `-F`. An unknown one keeps its backslash: patterns need it. */
export function readEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(\n)|([\s\S]))/g, (whole, octal, hex, newline, other) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (newline !== undefined) return "";
    return ESCAPES[other] ?? whole;
  });
}

export class Lexer {
  readonly #source: string;
  #at = 0;
  #line = 1;
  /** Where the token given last started. */
  #start = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get line(): number {
    return this.#line;
  }

  next(): Token {
    this.#skipBlanks();
    this.#start = this.#at;
    const source = this.#source;
    const character = source[this.#at];
    if (character === undefined) return this.#token("end", "");
    if (character === "\n") {
      this.#at++;
      const token = this.#token("newline", "\n");
      this.#line++;
      return token;
    }
    if (character === '"') return this.#string();
    if (/[0-9.]/.test(character)) {
      const digits = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/.exec(
        source.slice(this.#at, this.#at + 400),
      );
      if (digits !== null) {
        this.#at += digits[0].length;
        return this.#token("number", digits[0]);
      }
    }
    if (/[A-Za-z_]/.test(character)) {
      let end = this.#at + 1;
      while (/\w/.test(source[end] ?? "")) end++;
      const word = source.slice(this.#at, end);
      this.#at = end;
      if (KEYWORDS.has(word)) return this.#token("keyword", word === "func" ? "function" : word);
      if (BUILTINS.has(word)) return this.#token("builtin", word);
      return this.#token(source[end] === "(" ? "function" : "name", word);
    }
    const punctuation = PUNCTUATION.find((each) => source.startsWith(each, this.#at));
    if (punctuation === undefined) throw new AwkSyntaxError(`line ${this.#line}: unexpected character '${character}'`);
    this.#at += punctuation.length;
    return this.#token("punctuation", punctuation === "**" ? "^" : punctuation === "**=" ? "^=" : punctuation);
  }

  /** Reads a pattern, where the token given last was the "/" (or "/=") that starts it. */
  regex(): string {
    const source = this.#source;
    let at = this.#start + 1;
    let inBrackets = false;
    for (; ; at++) {
      const character = source[at];
      if (character === undefined || character === "\n")
        throw new AwkSyntaxError(
          `line ${this.#line}: regular expression ${source.slice(this.#start, at)} not terminated`,
        );
      if (character === "\\") at++;
      else if (inBrackets) inBrackets = character !== "]" || /\[\^?$/.test(source.slice(this.#start, at));
      else if (character === "[") inBrackets = source.indexOf("]", at) !== -1;
      else if (character === "/") break;
    }
    const text = source.slice(this.#start + 1, at);
    this.#at = at + 1;
    return text.replace(/\\\//g, "/");
  }

  #skipBlanks(): void {
    const source = this.#source;
    for (;;) {
      const character = source[this.#at];
      if (character === " " || character === "\t" || character === "\r") this.#at++;
      else if (character === "\\" && source[this.#at + 1] === "\n") {
        this.#at += 2;
        this.#line++;
      } else if (character === "#") {
        const end = source.indexOf("\n", this.#at);
        this.#at = end === -1 ? source.length : end;
      } else return;
    }
  }

  #string(): Token {
    const source = this.#source;
    let at = this.#at + 1;
    for (; ; at++) {
      const character = source[at];
      if (character === undefined || character === "\n")
        throw new AwkSyntaxError(
          `line ${this.#line}: runaway string constant ${source.slice(this.#at, Math.min(at, this.#at + 20))} ...`,
        );
      if (character === '"') break;
      if (character === "\\") {
        at++;
        if (source[at] === "\n") this.#line++;
      }
    }
    const text = readEscapes(source.slice(this.#at + 1, at));
    this.#at = at + 1;
    return this.#token("string", text);
  }

  #token(kind: TokenKind, text: string): Token {
    return { kind, text, line: this.#line };
  }
}
