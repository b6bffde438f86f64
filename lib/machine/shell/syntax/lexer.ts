/** Splits shell text into tokens as bash does: quotes and expansions are passed over, `$( )` is checked as it is met. */
import { readEscapes } from "../quote.ts";
import type { Dialect } from "./dialect.ts";
import { matchPair, passArithmetic } from "./pairs.ts";
import { SyntaxProblem } from "./problem.ts";
import { commandMayFollow, type Token } from "./token.ts";

interface LexerOptions {
  readonly dialect: Dialect;
  /** `shopt -s extglob` holds. */
  readonly extended: boolean;
  /** Checks the commands from the lexer's place to the `)` that ends them, and leaves it behind that. */
  readonly commands: (lexer: Lexer) => void;
  /** Checks what stands in backquotes, where a shell does that before it runs anything. */
  readonly backquoted: (text: string) => void;
}

interface Document {
  readonly delimiter: string;
  readonly tabs: boolean;
}

/** What the grammar knows and words depend on. */
interface Mode {
  /** In a list of patterns of `case`. */
  pattern: boolean;
  /** In `[[ ]]`; "regex" and "glob" right of `=~` and `==`. */
  condition: "" | "plain" | "regex" | "glob";
  /** After `declare` and its kin: arguments may be arrays. */
  declaring: boolean;
  /** In the parentheses of an array. */
  array: boolean;
}

/** Builtins whose arguments may be assignments of arrays. */
const DECLARING = /^(?:alias|declare|eval|export|let|local|readonly|typeset)$/;
const BREAKS = new Set([" ", "\t", "\n", "<", ">", "|", "&", ";", "(", ")"]);

export class Lexer {
  readonly text: string;
  readonly options: LexerOptions;
  position: number;
  /** Expressions in double parentheses that were begun and were none. */
  arithmetics = 0;
  last: Token | undefined;
  mode: Mode = { pattern: false, condition: "", declaring: false, array: false };
  #before: Token | undefined;
  #peeked: Token | undefined;
  #documents: Document[] = [];
  #ended = false;

  constructor(text: string, position: number, options: LexerOptions) {
    this.text = text;
    this.position = position;
    this.options = options;
  }

  /** The line of a place, counted from 0. */
  lineOf(position: number): number {
    let line = 0;
    for (let i = this.text.indexOf("\n"); i !== -1 && i < position; i = this.text.indexOf("\n", i + 1)) line++;
    return line;
  }

  /** Lines there are, and with that the number of the one that does not come. */
  get lastLine(): number {
    if (this.posix) return this.lineOf(this.text.length);
    return this.lineOf(this.text.length) + (this.text.endsWith("\n") ? 0 : 1);
  }

  peek(): Token {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  next(): Token {
    const token = this.peek();
    this.#peeked = undefined;
    this.#before = this.last;
    this.last = token;
    if (token.kind === "word" && DECLARING.test(token.text) && this.#inCommandPlace()) this.mode.declaring = true;
    else if (token.kind === "operator" || token.kind === "newline" || token.kind === "reserved")
      this.mode.declaring = false;
    return token;
  }

  #inCommandPlace(): boolean {
    return this.#before?.kind === "assignment" || commandMayFollow(this.#before, undefined);
  }

  /** `((...))` after `for`, whatever is in it. */
  arithmeticHeader(): Token | undefined {
    this.#skipBlanks();
    if (!this.text.startsWith("((", this.position)) return undefined;
    const found = passArithmetic(this);
    if (found === undefined) return undefined;
    this.#before = this.last;
    this.last = { kind: "arithmetic", text: this.text.slice(found.start, found.end), end: found.end };
    return this.last;
  }

  /** Says that the last word of note was `word` behind `keyword`: for the token that was looked at already. */
  header(keyword: Token, word: Token): void {
    const token = this.peek();
    if (token.kind !== "word" && token.kind !== "reserved") return;
    this.#before = keyword;
    this.last = word;
    if (this.options.dialect.reserved.has(token.text) && this.#isReserved(token.text))
      this.#peeked = { kind: "reserved", text: token.text, end: token.end };
  }

  /** Runs `body` with fresh knowledge: inside `$( )`. */
  nested(body: () => void): void {
    const outer = { mode: this.mode, last: this.last, before: this.#before, documents: this.#documents };
    this.mode = { pattern: false, condition: "", declaring: false, array: false };
    this.last = undefined;
    this.#before = undefined;
    this.#documents = [];
    const peeked = this.#peeked;
    this.#peeked = undefined;
    body();
    this.mode = outer.mode;
    this.last = outer.last;
    this.#before = outer.before;
    this.#documents = outer.documents;
    this.#peeked = peeked;
  }

  /** The operand of `<<`: the body comes with the next line. */
  expectDocument(delimiter: string, tabs: boolean): void {
    this.#documents.push({ delimiter: delimiter.replace(/\\(.)|["']|\$(?=["'])/gs, "$1"), tabs });
  }

  get posix(): boolean {
    return this.options.dialect.name !== "bash";
  }

  /** A token that does not fit. `expecting`: the one that would, where there is only one. */
  unexpected(token: Token, expecting?: string): SyntaxProblem {
    const text = this.options.dialect.unexpected(token, expecting);
    if (token.kind === "end") return new SyntaxProblem([{ line: this.lastLine, text, shown: false }], true);
    return this.problem(text, this.placeOf(token), !this.posix);
  }

  /** Where a token that does not fit is said to be: dash has counted the newline already. */
  placeOf(token: Token): number {
    return token.kind === "newline" && this.options.dialect.name === "dash" ? token.end : token.end - 1;
  }

  problem(text: string, position: number, shown: boolean): SyntaxProblem {
    return new SyntaxProblem([{ line: this.lineOf(position), text, shown }], false);
  }

  /** Something that began at `start` has no end. */
  endless(close: string, start: number): SyntaxProblem {
    const text = this.options.dialect.endless(close);
    return new SyntaxProblem([{ line: this.posix ? this.lastLine : this.lineOf(start), text, shown: false }], true);
  }

  #skipBlanks(): void {
    const { text } = this;
    for (;;) {
      const char = text.charAt(this.position);
      if (char === " " || char === "\t") this.position++;
      else if (char === "\\" && text.charAt(this.position + 1) === "\n") this.position += 2;
      else break;
    }
    if (text.charAt(this.position) === "#" && this.mode.condition !== "regex") {
      const newline = text.indexOf("\n", this.position);
      this.position = newline === -1 ? text.length : newline;
    }
  }

  #read(): Token {
    this.#skipBlanks();
    const { text } = this;
    if (this.position >= text.length) {
      // The last line ends as if there were a newline.
      if (this.#ended || this.posix || text.endsWith("\n")) return { kind: "end", text: "EOF", end: text.length };
      this.#ended = true;
      return { kind: "newline", text: "\n", end: text.length + 1 };
    }
    const char = text.charAt(this.position);
    if (char === "\n") {
      this.position++;
      const token: Token = { kind: "newline", text: "\n", end: this.position };
      this.#readDocuments();
      return token;
    }
    if (this.mode.condition !== "regex" && BREAKS.has(char) && !this.#atProcess()) return this.#operator();
    return this.#word();
  }

  #atProcess(): boolean {
    return (
      this.options.dialect.processes &&
      /^[<>]\(/.test(this.text.substr(this.position, 2)) &&
      this.mode.condition !== "plain"
    );
  }

  #operator(): Token {
    const { text } = this;
    if (
      !this.posix &&
      text.startsWith("((", this.position) &&
      !this.mode.condition &&
      !this.mode.pattern &&
      commandMayFollow(this.last, this.#before)
    ) {
      const end = passArithmetic(this);
      if (end !== undefined) return { kind: "arithmetic", text: text.slice(end.start, end.end), end: end.end };
    }
    const operator = this.options.dialect.operators.find((each) => text.startsWith(each, this.position)) as string;
    this.position += operator.length;
    return { kind: "operator", text: operator, end: this.position };
  }

  #readDocuments(): void {
    const documents = this.#documents;
    this.#documents = [];
    for (const { delimiter, tabs } of documents) {
      for (;;) {
        if (this.position >= this.text.length) return;
        const newline = this.text.indexOf("\n", this.position);
        const end = newline === -1 ? this.text.length : newline;
        const line = this.text.slice(this.position, end);
        this.position = newline === -1 ? end : end + 1;
        if ((tabs ? line.replace(/^\t+/, "") : line) === delimiter) break;
      }
    }
  }

  #word(): Token {
    const { text } = this;
    const start = this.position;
    const assignable =
      this.mode.array ||
      (!this.mode.pattern &&
        !this.mode.condition &&
        (this.mode.declaring || this.last?.kind === "assignment" || commandMayFollow(this.last, this.#before)));
    let quoted = false;
    let compound = false;
    for (;;) {
      const at = this.position;
      const char = text.charAt(at);
      if (at >= text.length) break;
      const opens = text.charAt(at + 1) === "(";
      if (char === "\\") {
        this.position += 2;
        if (text.charAt(at + 1) !== "\n") quoted = true;
      } else if (char === "'" || char === '"' || char === "`") {
        matchPair(this, char, char, at + 1);
        quoted = true;
        if (char === "`" && this.posix) this.options.backquoted(this.text.slice(at + 1, this.position - 1));
      } else if (char === "$") {
        quoted ||= /^\$["']/.test(text.substr(at, 2));
        passDollar(this);
      } else if (
        opens &&
        (char === "<" || char === ">") &&
        !this.mode.condition.startsWith("p") &&
        this.options.dialect.processes
      ) {
        this.position += 2;
        this.options.commands(this);
      } else if (this.mode.condition === "regex" && (char === "(" || char === "|")) {
        if (char === "|") this.position++;
        else matchPair(this, "(", ")", at + 1);
      } else if (opens && "?*+@!".includes(char) && (this.options.extended || this.mode.condition === "glob")) {
        matchPair(this, "(", ")", at + 2);
      } else if (
        char === "[" &&
        assignable &&
        !this.posix &&
        ((this.mode.array && at === start) || (at > start && /^[A-Za-z_]\w*$/.test(text.slice(start, at))))
      ) {
        matchPair(this, "[", "]", at + 1);
      } else if (
        char === "=" &&
        opens &&
        assignable &&
        !this.posix &&
        /^[A-Za-z_]\w*(\[.*\])?\+?$/s.test(text.slice(start, at))
      ) {
        this.position = at + 2;
        passArray(this, start);
        compound = true;
      } else if (BREAKS.has(char)) break;
      else this.position++;
    }
    if (this.position > text.length) this.position = text.length;
    return this.#wordToken(start, quoted, assignable, compound);
  }

  #wordToken(start: number, quoted: boolean, assignable: boolean, compound: boolean): Token {
    const end = this.position;
    const raw = this.text.slice(start, end);
    const next = this.text.charAt(end);
    const redirects = next === "<" || next === ">";
    if (redirects && /^\d+$/.test(raw) && Number(raw) < 2 ** 31) return { kind: "number", text: raw, end };
    if (redirects && /^\{[A-Za-z_]\w*(\[[^\]]*\])?\}$/.test(raw)) return { kind: "variable", text: raw, end };
    const word = shownWord(raw);
    if (!quoted && this.options.dialect.reserved.has(word) && this.#isReserved(word))
      return { kind: "reserved", text: word, end };
    if (compound || (/^[A-Za-z_]\w*(\[.*\])?\+?=/s.test(word) && assignable))
      return { kind: "assignment", text: word, end };
    return { kind: "word", text: word, end };
  }

  #isReserved(word: string): boolean {
    const { last } = this;
    const before = this.#before;
    if (this.mode.array) return false;
    if (this.mode.condition) return word === "]]";
    const header = before?.kind === "reserved" ? before.text : "";
    if (word === "]]") return false;
    if (word === "in" && !(this.posix && commandMayFollow(last, before)))
      return last?.kind === "word" && /^(?:case|for|select)$/.test(header);
    if (word === "do" && last?.kind === "word" && /^(?:for|select)$/.test(header)) return true;
    if (this.mode.pattern) return word === "esac" && (last === undefined || last.text !== "(");
    if (word === "{" && last?.kind === "word" && /^(?:for|select)$/.test(header)) return true;
    if (word === "do" && last?.kind === "arithmetic") return true;
    return commandMayFollow(last, before);
  }
}

/** A word as messages have it: lines joined, and `$'...'` read. */
function shownWord(raw: string): string {
  const joined = raw.includes("\\\n") ? raw.replaceAll("\\\n", "") : raw;
  if (!joined.includes("$'")) return joined;
  return joined.replace(/\$'((?:[^'\\]|\\.)*)'/gs, (_, inside: string) => `'${readEscapes(inside, "plain").text}'`);
}

/** `$` and what belongs to it; the lexer stands on it. */
export function passDollar(lexer: Lexer): void {
  const at = lexer.position;
  const { text } = lexer;
  const char = text.charAt(at + 1);
  if (char === "(") {
    if (text.charAt(at + 2) === "(") {
      matchPair(lexer, "(", ")", at + 2);
      // No list in parentheses within a substitution: ash and dash do not look back.
      if (lexer.posix && text.charAt(lexer.position - 2) !== ")")
        throw lexer.problem(lexer.options.dialect.endless(")"), at, false);
    } else {
      lexer.position = at + 2;
      lexer.options.commands(lexer);
    }
  } else if (char === "{") matchPair(lexer, "{", "}", at + 2);
  else if (char === "[") matchPair(lexer, "[", "]", at + 2);
  else if (char === "'") matchPair(lexer, "'", "'", at + 2, { escapes: true });
  else if (char === '"') matchPair(lexer, '"', '"', at + 2);
  else lexer.position = char === "$" ? at + 2 : at + 1;
}

/** A quote without its end within an array ends the text once more. */
function nextElement(lexer: Lexer): Token {
  try {
    return lexer.next();
  } catch (error) {
    if (!(error instanceof SyntaxProblem) || !error.incomplete || error.kind !== "plain") throw error;
    const end = { line: lexer.lastLine, text: "syntax error: unexpected end of file", shown: false };
    throw new SyntaxProblem([...error.messages, end], true, "array");
  }
}

/** The elements of `x=( )`. */
function passArray(lexer: Lexer, start: number): void {
  const outer = { mode: lexer.mode, last: lexer.last };
  let problem: SyntaxProblem | undefined;
  lexer.nested(() => {
    lexer.mode.array = true;
    for (;;) {
      const token = nextElement(lexer);
      if (token.kind === "operator" && token.text === ")") break;
      if (token.kind === "newline" || token.kind === "word" || token.kind === "assignment") continue;
      if (token.kind === "end") problem = lexer.endless(")", start);
      else problem = lexer.unexpected(token);
      problem.kind = "array";
      return;
    }
  });
  lexer.mode = outer.mode;
  lexer.last = outer.last;
  if (problem !== undefined) throw problem;
}
