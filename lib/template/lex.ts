/** Tokens of Go templates, as text/template/parse/lex.go finds them: positions in code units, lines from 1. */

/** In upstream's order of two groups: tokens after "keyword" are shown between angle brackets in messages. */
export type TokenType =
  | "error"
  | "bool"
  | "char"
  | "charConstant"
  | "comment"
  | "complex"
  | "assign"
  | "declare"
  | "eof"
  | "field"
  | "identifier"
  | "leftDelim"
  | "leftParen"
  | "number"
  | "pipe"
  | "rawString"
  | "rightDelim"
  | "rightParen"
  | "space"
  | "string"
  | "text"
  | "variable"
  | Keyword;
type Keyword =
  | "block"
  | "break"
  | "continue"
  | "dot"
  | "define"
  | "else"
  | "end"
  | "if"
  | "nil"
  | "range"
  | "template"
  | "with";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  readonly position: number;
  readonly line: number;
}

const KEYWORDS: Readonly<Record<string, Keyword>> = {
  block: "block",
  break: "break",
  continue: "continue",
  define: "define",
  else: "else",
  end: "end",
  if: "if",
  nil: "nil",
  range: "range",
  template: "template",
  with: "with",
};
const KEYWORD_TYPES = new Set<TokenType>([...Object.values(KEYWORDS), "dot"]);
export const isKeyword = (type: TokenType): boolean => KEYWORD_TYPES.has(type);

const SPACE = /[ \t\r\n]/;
const ALPHANUMERIC = /[\p{L}\p{Nd}_]/u;
const LEADING_SPACE = /^[ \t\r\n]+/;
const TRAILING_SPACE = /[ \t\r\n]+$/;

/** All tokens of a template; the last is `eof` or `error`. */
export function lex(input: string): Token[] {
  return new Lexer(input).run();
}

class Lexer {
  readonly #input: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #parenDepth = 0;

  constructor(input: string) {
    this.#input = input;
  }

  run(): Token[] {
    let failed = false;
    for (;;) {
      const open = this.#input.indexOf("{{", this.#at);
      if (open === -1) {
        if (this.#at < this.#input.length) this.#emit("text", this.#input.length);
        break;
      }
      const trims = this.#input[open + 2] === "-" && SPACE.test(this.#input[open + 3] ?? "");
      const text = this.#input.slice(this.#at, open);
      const kept = trims ? text.replace(TRAILING_SPACE, "") : text;
      if (kept !== "") this.#emit("text", this.#at + kept.length);
      this.#skip(open);
      const afterMarker = open + 2 + (trims ? 2 : 0);
      if (this.#input.startsWith("/*", afterMarker)) {
        if (!this.#comment(afterMarker)) {
          failed = true;
          break;
        }
        continue;
      }
      this.#emit("leftDelim", open + 2);
      this.#skip(afterMarker);
      this.#parenDepth = 0;
      if (!this.#action()) {
        failed = true;
        break;
      }
    }
    if (!failed) this.#push("eof", "");
    return this.#tokens;
  }

  #push(type: TokenType, text: string): void {
    this.#tokens.push({ type, text, position: this.#at, line: this.#line });
  }
  #emit(type: TokenType, end: number): void {
    this.#push(type, this.#input.slice(this.#at, end));
    this.#skip(end);
  }
  #skip(end: number): void {
    for (let i = this.#input.indexOf("\n", this.#at); i !== -1 && i < end; i = this.#input.indexOf("\n", i + 1))
      this.#line++;
    this.#at = end;
  }
  /** False: what was found is wrong, and nothing follows. */
  #error(message: string): false {
    this.#push("error", message);
    return false;
  }

  #comment(start: number): boolean {
    this.#skip(start);
    const end = this.#input.indexOf("*/", start);
    if (end === -1) return this.#error("unclosed comment");
    const close = this.#atRightDelim(end + 2);
    if (close === undefined) return this.#error("comment ends before closing delimiter");
    this.#skip(close.end);
    if (close.trims) this.#skipSpace();
    return true;
  }
  #skipSpace(): void {
    const space = LEADING_SPACE.exec(this.#input.slice(this.#at));
    if (space !== null) this.#skip(this.#at + space[0].length);
  }
  #atRightDelim(at: number): { readonly end: number; readonly trims: boolean } | undefined {
    if (SPACE.test(this.#input[at] ?? "") && this.#input.startsWith("-}}", at + 1)) return { end: at + 4, trims: true };
    return this.#input.startsWith("}}", at) ? { end: at + 2, trims: false } : undefined;
  }

  /** What is inside an action, with its right delimiter. */
  #action(): boolean {
    for (;;) {
      const close = this.#atRightDelim(this.#at);
      if (close !== undefined) {
        if (this.#parenDepth > 0) return this.#error("unclosed left paren");
        if (close.trims) this.#skip(this.#at + 2);
        this.#emit("rightDelim", this.#at + 2);
        if (close.trims) this.#skipSpace();
        return true;
      }
      if (!this.#inside()) return false;
    }
  }

  #inside(): boolean {
    const input = this.#input;
    const char = input[this.#at];
    if (char === undefined) return this.#error("unclosed action");
    if (SPACE.test(char)) {
      let end = this.#at;
      while (SPACE.test(input[end] ?? "")) end++;
      // The last of the blanks may belong to a trimming delimiter.
      if (input.startsWith("-}}", end)) {
        end--;
        if (end === this.#at) return true;
      }
      this.#emit("space", end);
      return true;
    }
    switch (char) {
      case "=":
        this.#emit("assign", this.#at + 1);
        return true;
      case ":":
        if (input[this.#at + 1] !== "=") return this.#error("expected :=");
        this.#emit("declare", this.#at + 2);
        return true;
      case "|":
        this.#emit("pipe", this.#at + 1);
        return true;
      case '"':
        return this.#quoted('"', "string", "unterminated quoted string");
      case "'":
        return this.#quoted("'", "charConstant", "unterminated character constant");
      case "`": {
        const end = input.indexOf("`", this.#at + 1);
        if (end === -1) return this.#error("unterminated raw quoted string");
        this.#emit("rawString", end + 1);
        return true;
      }
      case "$":
        if (this.#terminates(this.#at + 1)) {
          this.#emit("variable", this.#at + 1);
          return true;
        }
        return this.#word("variable");
      case "(":
        this.#emit("leftParen", this.#at + 1);
        this.#parenDepth++;
        return true;
      case ")":
        if (--this.#parenDepth < 0) return this.#error("unexpected right paren");
        this.#emit("rightParen", this.#at + 1);
        return true;
    }
    if (char === "." && !/[0-9]/.test(input[this.#at + 1] ?? "")) {
      if (this.#terminates(this.#at + 1)) {
        this.#emit("dot", this.#at + 1);
        return true;
      }
      return this.#word("field");
    }
    if (/[-+.0-9]/.test(char)) return this.#number();
    const letter = String.fromCodePoint(input.codePointAt(this.#at) ?? 0);
    if (ALPHANUMERIC.test(letter)) return this.#word("identifier");
    const code = letter.codePointAt(0) ?? 0;
    if (code > 0x20 && code < 0x7f) {
      this.#emit("char", this.#at + 1);
      return true;
    }
    return this.#error(`unrecognized character in action: ${unicode(letter)}`);
  }

  #quoted(mark: string, type: TokenType, unterminated: string): boolean {
    for (let at = this.#at + 1; ; at++) {
      const char = this.#input[at];
      if (char === "\\" && (this.#input[at + 1] ?? "\n") !== "\n") at++;
      else if (char === undefined || char === "\n" || char === "\\") return this.#error(unterminated);
      else if (char === mark) {
        this.#emit(type, at + 1);
        return true;
      }
    }
  }

  /** May a word end here? "$x+2" is refused by it. */
  #terminates(at: number): boolean {
    const char = this.#input[at];
    if (char === undefined || SPACE.test(char) || ".,|:)(".includes(char)) return true;
    return this.#input.startsWith("}}", at);
  }

  #word(type: "identifier" | "field" | "variable"): boolean {
    const input = this.#input;
    let end = this.#at + (type === "identifier" ? 0 : 1);
    for (;;) {
      const letter = input.codePointAt(end);
      if (letter === undefined || !ALPHANUMERIC.test(String.fromCodePoint(letter))) break;
      end += letter > 0xffff ? 2 : 1;
    }
    if (!this.#terminates(end)) {
      this.#skip(end);
      return this.#error(`bad character ${unicode(String.fromCodePoint(input.codePointAt(end) ?? 0))}`);
    }
    const word = input.slice(this.#at, end);
    const keyword = type === "identifier" ? KEYWORDS[word] : undefined;
    if (keyword !== undefined && Object.hasOwn(KEYWORDS, word)) this.#emit(keyword, end);
    else this.#emit(type === "identifier" && (word === "true" || word === "false") ? "bool" : type, end);
    return true;
  }

  #number(): boolean {
    const match =
      /^[-+]?(?:0[xX][0-9a-fA-F_]+(?:\.[0-9a-fA-F_]*)?|0[oO][0-7_]+|0[bB][01_]+|[0-9_]*(?:\.[0-9_]*)?)(?:[eEpP][-+]?[0-9_]+)?i?/.exec(
        this.#input.slice(this.#at, this.#at + 200),
      );
    const end = this.#at + (match?.[0].length ?? 0);
    const next = this.#input.codePointAt(end);
    const text = this.#input.slice(this.#at, end);
    if (next !== undefined && ALPHANUMERIC.test(String.fromCodePoint(next))) {
      const shown = this.#input.slice(this.#at, end + (next === undefined ? 0 : 1));
      return this.#error(`bad number syntax: ${JSON.stringify(shown)}`);
    }
    if (/^[-+]/.test(this.#input.slice(end)) && !text.endsWith("i")) {
      const sum = /^[-+]?[0-9._]+[-+][0-9._]+i/.exec(this.#input.slice(this.#at, this.#at + 200));
      if (sum !== null) {
        this.#emit("complex", this.#at + sum[0].length);
        return true;
      }
      return this.#error(`bad number syntax: ${JSON.stringify(this.#input.slice(this.#at, end + 1))}`);
    }
    this.#emit(text.endsWith("i") ? "complex" : "number", end);
    return true;
  }
}

/** %#U: U+002B '+'. */
function unicode(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}${code < 0x20 || code === 0x7f ? "" : ` '${letter}'`}`;
}
