/** Words of a jq program, read on demand: the parser reads strings itself, because programs stand inside them. */
import { JqSyntaxError } from "./syntax.ts";

type TokenKind =
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
  /** It ends a program within a string. */
  readonly ends?: boolean;
}

const KEYWORDS: ReadonlySet<string> = new Set(
  "def as reduce foreach if then elif else end and or try catch label import include __loc__".split(" "),
);
const OPERATORS = [
  "?//=", "?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..",
  ".", "[", "]", "{", "}", "(", ")", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?",
]; // biome-ignore format: a table

const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const INTERPOLATION = "\\(";

export class Lexer {
  readonly source: string;
  #at = 0;
  /** Brackets that are open: one that closes none of them is no token at all. */
  readonly #open: string[] = [];
  /** Where the word or blank read last began: the place of the end of the program. */
  lastStart = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Goes on reading from here; \`lastStart\`: where what was jumped over ended, as words go. */
  jump(at: number, lastStart = at - 1): void {
    this.#at = at;
    this.lastStart = lastStart;
  }

  /** A program within a string begins. */
  openInterpolation(): void {
    this.#open.push(INTERPOLATION);
  }

  next(): Token {
    this.#skip();
    const start = this.#at;
    const rest = this.source.slice(start, start + 200);
    const make = (kind: TokenKind, length: number): Token => {
      this.#at = start + length;
      this.lastStart = start;
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
    if (variable !== null) {
      const token = make("variable", variable[0].length);
      this.lastStart = start + variable[0].length - variable[0].slice(1).trim().length;
      return token;
    }
    if (first === "$") return make("operator", 1);
    const format = /^@[a-zA-Z0-9_]+/.exec(rest);
    if (format !== null) return make("format", format[0].length);
    const word = /^(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*/.exec(rest);
    if (word !== null) return make(KEYWORDS.has(word[0]) ? "keyword" : "identifier", word[0].length);
    const operator = OPERATORS.find((each) => rest.startsWith(each));
    if (operator === undefined) return make("invalid", 1);
    const closes = CLOSES[operator];
    if (closes !== undefined) {
      const open = this.#open.at(-1);
      if (operator === ")" && open === INTERPOLATION) {
        this.#open.pop();
        return { ...make("operator", 1), ends: true };
      }
      if (open !== closes) return make("invalid", 1);
      this.#open.pop();
    } else if ("[{(".includes(operator)) this.#open.push(operator);
    return make("operator", operator.length);
  }

  #skip(): void {
    for (;;) {
      const character = this.source[this.#at];
      if (character === "#") {
        // A backslash before the newline continues the comment (an odd number of them).
        const comment = /^#(?:[^\\\n]|\\[\s\S])*/.exec(this.source.slice(this.#at));
        this.lastStart = this.#at;
        this.#at += comment?.[0].length ?? 1;
      } else if (character !== undefined && /[ \t\n\r]/.test(character)) {
        this.lastStart = this.#at;
        while (/[ \t\n\r]/.test(this.source[this.#at] ?? "x")) this.#at++;
      } else return;
    }
  }
}

/** As bison names it in "unexpected ...". */
export function tokenName({ kind, text, ends }: Token): string {
  if (ends) return "QQSTRING_INTERP_END";
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
        text === "" ? from - 1 : from,
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
