/** Words of a jq program, read on demand: the parser reads strings itself, because programs stand inside them. */
import { JqSyntaxError } from "./syntax.ts";

export type TokenKind =
  | "end"
  | "identifier"
  | "keyword"
  | "field"
  | "variable"
  | "number"
  | "format"
  /** The opening quote. */
  | "quote"
  | "operator"
  | "invalid";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  "def as reduce foreach if then elif else end and or try catch label import include __loc__".split(" "),
);
const OPERATORS = [
  "?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..",
  ".", "[", "]", "{", "}", "(", ")", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?",
]; // biome-ignore format: a table

export class Lexer {
  readonly source: string;
  #at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Goes on reading from here. */
  jump(at: number): void {
    this.#at = at;
  }

  next(): Token {
    this.#skip();
    const start = this.#at;
    const rest = this.source.slice(start, start + 200);
    const make = (kind: TokenKind, length: number): Token => {
      this.#at = start + length;
      return { kind, text: this.source.slice(start, start + length), start, end: start + length };
    };
    if (rest === "") return { kind: "end", text: "", start, end: start };
    const first = rest[0] as string;
    if (first === '"') return make("quote", 1);
    const number = /^(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/.exec(rest);
    if (number !== null) return make("number", number[0].length);
    const field = /^\.[a-zA-Z_][a-zA-Z_0-9]*/.exec(rest);
    if (field !== null) return make("field", field[0].length);
    const variable = /^\$\s*(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*/.exec(rest);
    if (variable !== null) return make("variable", variable[0].length);
    const format = /^@[a-zA-Z0-9_]+/.exec(rest);
    if (format !== null) return make("format", format[0].length);
    const word = /^(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*/.exec(rest);
    if (word !== null) return make(KEYWORDS.has(word[0]) ? "keyword" : "identifier", word[0].length);
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    return operator === undefined ? make("invalid", 1) : make("operator", operator.length);
  }

  #skip(): void {
    for (;;) {
      const character = this.source[this.#at];
      if (character === "#") {
        // A backslash before the newline continues the comment (an odd number of them).
        const comment = /^#(?:[^\\\n]|\\[\s\S])*/.exec(this.source.slice(this.#at));
        this.#at += comment?.[0].length ?? 1;
      } else if (character !== undefined && /[ \t\n\r]/.test(character)) this.#at++;
      else return;
    }
  }
}

/** As bison names it in "unexpected ...". */
export function tokenName({ kind, text }: Token): string {
  switch (kind) {
    case "end":
      return "$end";
    case "identifier":
      return "IDENT";
    case "field":
      return "FIELD";
    case "number":
      return "LITERAL";
    case "format":
      return "FORMAT";
    case "quote":
      return "QQSTRING_START";
    case "variable":
      return "'$'";
    case "invalid":
      return "INVALID_CHARACTER";
    case "keyword":
      return text;
    default:
      return text.length === 1 ? `'${text}'` : text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Text of a string up to its end or the next `\(`; `at` is where that stands. */
export function readText(
  source: string,
  from: number,
): { readonly text: string; readonly at: number; readonly ends: boolean } {
  let text = "";
  for (let at = from; ; ) {
    const character = source[at];
    if (character === undefined)
      throw new JqSyntaxError(
        "syntax error, unexpected $end, expecting QQSTRING_TEXT or QQSTRING_INTERP_START or QQSTRING_END (Unix shell quoting issues?)",
        from - 1,
      );
    if (character === '"') return { text, at, ends: true };
    if (character !== "\\") {
      text += character;
      at++;
      continue;
    }
    const next = source[at + 1] ?? "";
    if (next === "(") return { text, at, ends: false };
    if (next === "u") {
      const digits = /^[0-9a-fA-F]{4}/.exec(source.slice(at + 2, at + 6));
      if (digits === null) throw new JqSyntaxError("Invalid \\uXXXX escape", at);
      text += String.fromCharCode(Number.parseInt(digits[0], 16));
      at += 6;
      continue;
    }
    const plain = ESCAPES[next];
    if (plain === undefined) throw new JqSyntaxError("Invalid escape", at);
    text += plain;
    at += 2;
  }
}
