/** Words of an awk program. Whether "/" divides or starts a pattern is the parser's to know: it asks for `regex()`. */
import type { Dialect } from "./dialect.ts";
import { AwkSyntaxError } from "./failure.ts";

type TokenKind =
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
  /** Where it begins in the program. */
  readonly at: number;
}

const KEYWORDS =
  "BEGIN END function if else while for do break continue next exit return delete in getline print printf".split(" ");
const FUNCTIONS = (
  "atan2 close cos exp gsub index int length log match rand sin split sprintf sqrt srand sub substr system tolower " +
  "toupper"
).split(" ");
const PUNCTUATION = [
  ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**=", "==", "<=", ">=", "!=", "!~", "&&", "||", "**",
  "{", "}", "(", ")", "[", "]", ";", ",", "+", "-", "*", "/", "%", "^", "!", ">", "<", "|", "?", ":", "~", "$", "=", "@", "|&",
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

/**
 * The escapes of a string, also in `-v name=text` and `-F`. What an unknown one is differs: mawk keeps its backslash, the
 * others drop it, and gawk says so (`warn`).
 */
export function readEscapes(text: string, dialect: Dialect, warn?: (message: string) => void): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(\n)|([\s\S]))/g, (whole, octal, hex, newline, other) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 255);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (newline !== undefined) return dialect.name === "busybox" ? "\n" : "";
    if (other === "/" && dialect.name === "mawk") return whole;
    const known = ESCAPES[other];
    if (known !== undefined && (other !== "/" || dialect.name !== "gawk")) return known;
    if (dialect.name === "mawk") return whole;
    if (dialect.name === "gawk") warn?.(`escape sequence \`\\${other}' treated as plain \`${other}'`);
    return other;
  });
}

export class Lexer {
  readonly #source: string;
  readonly #dialect: Dialect;
  readonly #warn: (message: string, line: number) => void;
  readonly #keywords: ReadonlySet<string>;
  readonly #functions: ReadonlySet<string>;
  #at = 0;
  #line = 1;
  /** Where the token given last started. */
  #start = 0;
  /** A newline is read at the very end, as every awk does. */
  #closed = false;

  constructor(source: string, dialect: Dialect, warn: (message: string, line: number) => void) {
    this.#source = source;
    this.#dialect = dialect;
    this.#warn = warn;
    this.#keywords = new Set([...KEYWORDS, ...dialect.keywords]);
    this.#functions = new Set([...FUNCTIONS, ...dialect.functions]);
  }

  get line(): number {
    return this.#line;
  }

  next(): Token {
    this.#skipBlanks();
    this.#start = this.#at;
    const source = this.#source;
    const character = source[this.#at];
    if (character === undefined) {
      if (this.#closed) return this.#token("end", "");
      this.#closed = true;
      const token = this.#token("newline", "");
      this.#line++;
      return token;
    }
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
        // gawk and BusyBox read "017" as C does.
        const octal = this.#dialect.name !== "mawk" && /^0[0-7]+$/.test(digits[0]);
        return this.#token("number", octal ? `0o${digits[0].slice(1)}` : digits[0]);
      }
    }
    if (/[A-Za-z_]/.test(character)) {
      let end = this.#at + 1;
      while (/\w/.test(source[end] ?? "")) end++;
      const word = source.slice(this.#at, end);
      this.#at = end;
      if (this.#keywords.has(word)) return this.#token("keyword", word === "func" ? "function" : word);
      if (this.#functions.has(word)) return this.#token("builtin", word);
      return this.#token(source[end] === "(" ? "function" : "name", word);
    }
    const { starPower, name } = this.#dialect;
    const punctuation = PUNCTUATION.find(
      (each) =>
        source.startsWith(each, this.#at) &&
        (starPower || !each.startsWith("**")) &&
        (name === "gawk" || (each !== "@" && each !== "|&")),
    );
    if (punctuation === undefined) throw new AwkSyntaxError({ type: "character", character, at: this.#at }, this.#line);
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
          { type: "regex", text: source.slice(this.#start, Math.min(at, this.#start + 11)), at: this.#start },
          this.#line,
        );
      if (character === "\\") at++;
      else if (inBrackets) inBrackets = character !== "]" || /\[\^?$/.test(source.slice(this.#start, at));
      // In BusyBox's eyes a slash ends the pattern wherever it stands.
      else if (character === "[") inBrackets = this.#dialect.name !== "busybox";
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
          { type: "string", text: source.slice(this.#at, Math.min(at, this.#at + 11)), at: this.#at },
          this.#line,
        );
      if (character === '"') break;
      if (character === "\\") {
        at++;
        if (source[at] === "\n") this.#line++;
      }
    }
    const line = this.#line;
    const text = readEscapes(source.slice(this.#at + 1, at), this.#dialect, (message) => this.#warn(message, line));
    this.#at = at + 1;
    return this.#token("string", text);
  }

  #token(kind: TokenKind, text: string): Token {
    return { kind, text, line: this.#line, at: this.#start };
  }
}
