/** YAML text as tokens, found where libyaml (as go-yaml has it) finds them, and refused where it refuses. */
import { Cursor, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isEnd, scannerProblem, YamlProblem } from "./cursor.ts";
import { blockScalar, plainScalar, quotedScalar } from "./scalars.ts";

export type TokenType =
  | "stream-end"
  | "version-directive"
  | "tag-directive"
  | "document-start"
  | "document-end"
  | "block-sequence-start"
  | "block-mapping-start"
  | "block-end"
  | "flow-sequence-start"
  | "flow-sequence-end"
  | "flow-mapping-start"
  | "flow-mapping-end"
  | "block-entry"
  | "flow-entry"
  | "key"
  | "value"
  | "alias"
  | "anchor"
  | "tag"
  | "scalar";

export interface Token {
  readonly type: TokenType;
  /** Where it begins, from 0. */
  readonly line: number;
  /** Of scalars, anchors, aliases; the suffix of tags; "1.1" or a prefix of directives. */
  readonly value: string;
  /** Of tags and %TAG. */
  readonly handle?: string;
  /** A scalar without quotes. */
  readonly plain?: boolean;
}

/** A place where a key without `?` may have begun. */
interface SimpleKey {
  possible: boolean;
  required: boolean;
  token: number;
  line: number;
  column: number;
  at: number;
}

/** A key without `?` stands on one line and is no longer. */
const KEY_LENGTH = 1024;
const noKey = (): SimpleKey => ({ possible: false, required: false, token: 0, line: 0, column: 0, at: 0 });
/** No plain scalar begins with these. */
const INDICATORS = new Set([..."-?:,[]{}#&*!|>'\"%@`"]);
const WORD = /[0-9A-Za-z_-]/;
const URI = /[0-9A-Za-z_\-;/?:@&=+$,.!~*'()[\]]/;

export class Scanner {
  readonly #cursor: Cursor;
  readonly #tokens: Token[] = [];
  /** Tokens that were given out. */
  #parsed = 0;
  #indent = -1;
  readonly #indents: number[] = [];
  #flow = 0;
  #keyAllowed = true;
  readonly #keys: SimpleKey[] = [noKey()];
  #ended = false;

  constructor(text: string) {
    this.#cursor = new Cursor(text);
  }

  /** The next token, which stays. Throws `YamlProblem`. */
  peek(): Token {
    // Ahead as far as a key may turn out to have begun at the first token that waits.
    while (this.#tokens.length === 0 || this.#mayBeKey()) this.#fetch();
    return this.#tokens[0] as Token;
  }
  next(): Token {
    const token = this.peek();
    this.#tokens.shift();
    this.#parsed++;
    return token;
  }

  #mayBeKey(): boolean {
    return this.#keys.some((key) => key.possible && key.token === this.#parsed && this.#isValid(key));
  }

  get #key(): SimpleKey {
    return this.#keys[this.#keys.length - 1] as SimpleKey;
  }

  #isValid(key: SimpleKey): boolean {
    if (!key.possible) return false;
    const { line, at } = this.#cursor;
    if (key.line >= line && key.at + KEY_LENGTH >= at) return true;
    if (key.required) throw scannerProblem("could not find expected ':'", line);
    key.possible = false;
    return false;
  }
  #saveKey(): void {
    if (!this.#keyAllowed) return;
    this.#removeKey();
    const { line, column, at } = this.#cursor;
    const required = this.#flow === 0 && this.#indent === column;
    this.#keys[this.#keys.length - 1] = {
      possible: true,
      required,
      token: this.#parsed + this.#tokens.length,
      line,
      column,
      at,
    };
  }
  #removeKey(): void {
    const key = this.#key;
    if (key.possible && key.required) throw scannerProblem("could not find expected ':'", this.#cursor.line);
    key.possible = false;
  }

  #push(type: TokenType, line = this.#cursor.line, rest: Partial<Token> = {}): void {
    this.#tokens.push({ type, line, value: "", ...rest });
  }
  /** A deeper block begins at this column; its start goes before the token of that number. */
  #roll(column: number, type: TokenType, line: number, number?: number): void {
    if (this.#flow > 0 || this.#indent >= column) return;
    this.#indents.push(this.#indent);
    this.#indent = column;
    const token: Token = { type, line, value: "" };
    if (number === undefined) this.#tokens.push(token);
    else this.#tokens.splice(number - this.#parsed, 0, token);
  }
  #unroll(column: number): void {
    if (this.#flow > 0) return;
    while (this.#indent > column) {
      this.#push("block-end");
      this.#indent = this.#indents.pop() ?? -1;
    }
  }

  #fetch(): void {
    if (this.#ended) throw new YamlProblem("yaml: nothing left to read");
    const cursor = this.#cursor;
    this.#toNextToken();
    this.#unroll(cursor.column);
    const char = cursor.char();
    const blankNext = isBlankOrEnd(cursor.code(1));
    if (isEnd(cursor.code())) this.#streamEnd();
    else if (cursor.column === 0 && char === "%") this.#directive();
    else if (cursor.atDocumentIndicator()) this.#documentIndicator(char === "-" ? "document-start" : "document-end");
    else if (char === "[") this.#flowStart("flow-sequence-start");
    else if (char === "{") this.#flowStart("flow-mapping-start");
    else if (char === "]") this.#flowEnd("flow-sequence-end");
    else if (char === "}") this.#flowEnd("flow-mapping-end");
    else if (char === ",") this.#flowEntry();
    else if (char === "-" && blankNext) this.#blockEntry();
    else if (char === "?" && (this.#flow > 0 || blankNext)) this.#explicitKey();
    else if (char === ":" && (this.#flow > 0 || blankNext)) this.#value();
    else if (char === "*") this.#anchor("alias");
    else if (char === "&") this.#anchor("anchor");
    else if (char === "!") this.#tag();
    else if ((char === "|" || char === ">") && this.#flow === 0) this.#block();
    else if (char === "'" || char === '"') this.#quoted();
    else if (this.#beginsPlain(char, blankNext)) this.#plain();
    else throw scannerProblem("found character that cannot start any token", cursor.line);
  }
  #beginsPlain(char: string, blankNext: boolean): boolean {
    const code = this.#cursor.code();
    if (!isBlankOrEnd(code) && !INDICATORS.has(char)) return true;
    if (char === "-") return !isBlank(this.#cursor.code(1));
    return this.#flow === 0 && (char === "?" || char === ":") && !blankNext;
  }

  #toNextToken(): void {
    const cursor = this.#cursor;
    for (;;) {
      if (cursor.column === 0 && cursor.char() === "\ufeff") cursor.skip();
      // Tabs are no indentation.
      while (cursor.char() === " " || ((this.#flow > 0 || !this.#keyAllowed) && cursor.char() === "\t")) cursor.skip();
      if (cursor.char() === "#") while (!isBreakOrEnd(cursor.code())) cursor.skip();
      if (!isBreak(cursor.code())) return;
      cursor.takeBreak();
      if (this.#flow === 0) this.#keyAllowed = true;
    }
  }

  #streamEnd(): void {
    const cursor = this.#cursor;
    if (cursor.column !== 0) {
      cursor.column = 0;
      cursor.line++;
    }
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#push("stream-end");
    this.#ended = true;
  }
  #documentIndicator(type: TokenType): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    this.#push(type);
    this.#cursor.skip(3);
  }
  #flowStart(type: TokenType): void {
    this.#saveKey();
    this.#keys.push(noKey());
    this.#flow++;
    this.#keyAllowed = true;
    this.#push(type);
    this.#cursor.skip();
  }
  #flowEnd(type: TokenType): void {
    this.#removeKey();
    if (this.#flow > 0) {
      this.#flow--;
      this.#keys.pop();
    }
    this.#keyAllowed = false;
    this.#push(type);
    this.#cursor.skip();
  }
  #flowEntry(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push("flow-entry");
    this.#cursor.skip();
  }
  #blockEntry(): void {
    const { line, column } = this.#cursor;
    if (this.#flow === 0) {
      if (!this.#keyAllowed) throw scannerProblem("block sequence entries are not allowed in this context", line);
      this.#roll(column, "block-sequence-start", line);
    }
    this.#removeKey();
    this.#keyAllowed = true;
    this.#push("block-entry");
    this.#cursor.skip();
  }
  #explicitKey(): void {
    const { line, column } = this.#cursor;
    if (this.#flow === 0) {
      if (!this.#keyAllowed) throw scannerProblem("mapping keys are not allowed in this context", line);
      this.#roll(column, "block-mapping-start", line);
    }
    this.#removeKey();
    this.#keyAllowed = this.#flow === 0;
    this.#push("key");
    this.#cursor.skip();
  }
  #value(): void {
    const { line, column } = this.#cursor;
    const key = this.#key;
    if (this.#isValid(key)) {
      this.#tokens.splice(key.token - this.#parsed, 0, { type: "key", line: key.line, value: "" });
      this.#roll(key.column, "block-mapping-start", key.line, key.token);
      key.possible = false;
      this.#keyAllowed = false;
    } else {
      if (this.#flow === 0) {
        if (!this.#keyAllowed) throw scannerProblem("mapping values are not allowed in this context", line);
        this.#roll(column, "block-mapping-start", line);
      }
      this.#keyAllowed = this.#flow === 0;
    }
    this.#push("value");
    this.#cursor.skip();
  }
  #block(): void {
    this.#removeKey();
    this.#keyAllowed = true;
    const { line } = this.#cursor;
    const value = blockScalar(this.#cursor, this.#indent);
    this.#push("scalar", line, { value });
  }
  #quoted(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    const value = quotedScalar(this.#cursor);
    this.#push("scalar", line, { value });
  }
  #plain(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const { line } = this.#cursor;
    const { value, broken } = plainScalar(this.#cursor, this.#indent, this.#flow > 0);
    if (broken) this.#keyAllowed = true;
    this.#push("scalar", line, { value, plain: true });
  }

  /** Characters as long as they match. */
  #run(pattern: RegExp): string {
    const from = this.#cursor.at;
    while (pattern.test(this.#cursor.char()) && this.#cursor.char() !== "") this.#cursor.skip();
    return this.#cursor.text.slice(from, this.#cursor.at);
  }

  #anchor(type: "anchor" | "alias"): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const cursor = this.#cursor;
    const { line } = cursor;
    cursor.skip();
    const value = this.#run(WORD);
    if (value === "" || !(isBlankOrEnd(cursor.code()) || "?:,]}%@`".includes(cursor.char())))
      throw scannerProblem("did not find expected alphabetic or numeric character", cursor.line);
    this.#push(type, line, { value });
  }

  #tag(): void {
    this.#saveKey();
    this.#keyAllowed = false;
    const cursor = this.#cursor;
    const { line } = cursor;
    let handle = "";
    let value: string;
    if (cursor.char(1) === "<") {
      cursor.skip(2);
      value = this.#uri("");
      if (cursor.char() !== ">") throw scannerProblem("did not find the expected '>'", cursor.line);
      cursor.skip();
    } else {
      handle = this.#tagHandle(false);
      if (handle.length > 1 && handle.endsWith("!")) value = this.#uri("");
      else {
        value = this.#uri(handle);
        // A tag by itself is its own suffix; "!" alone has no handle.
        [handle, value] = value === "" ? ["", "!"] : ["!", value];
      }
    }
    if (!isBlankOrEnd(cursor.code()))
      throw scannerProblem("did not find expected whitespace or line break", cursor.line);
    this.#push("tag", line, { value, handle });
  }
  #tagHandle(directive: boolean): string {
    const cursor = this.#cursor;
    if (cursor.char() !== "!") throw scannerProblem("did not find expected '!'", cursor.line);
    cursor.skip();
    let handle = `!${this.#run(WORD)}`;
    if (cursor.char() === "!") {
      cursor.skip();
      handle += "!";
    } else if (directive && handle !== "!") throw scannerProblem("did not find expected '!'", cursor.line);
    return handle;
  }
  /** `head`: what was taken for a handle and is the beginning of the suffix. */
  #uri(head: string): string {
    const cursor = this.#cursor;
    let text = head.slice(1);
    let found = head.length > 0;
    while (URI.test(cursor.char()) || cursor.char() === "%") {
      found = true;
      if (cursor.char() !== "%") text += cursor.take();
      else {
        const octet = cursor.text.slice(cursor.at + 1, cursor.at + 3);
        if (!/^[0-9a-fA-F]{2}$/.test(octet)) throw scannerProblem("did not find URI escaped octet", cursor.line);
        text += String.fromCharCode(Number.parseInt(octet, 16));
        cursor.skip(3);
      }
    }
    if (!found) throw scannerProblem("did not find expected tag URI", cursor.line);
    return text;
  }

  #directive(): void {
    this.#unroll(-1);
    this.#removeKey();
    this.#keyAllowed = false;
    const cursor = this.#cursor;
    const { line } = cursor;
    cursor.skip();
    const name = this.#run(WORD);
    if (name === "") throw scannerProblem("could not find expected directive name", cursor.line);
    if (!isBlankOrEnd(cursor.code())) throw scannerProblem("found unexpected non-alphabetical character", cursor.line);
    const blanks = (): void => {
      while (isBlank(cursor.code())) cursor.skip();
    };
    blanks();
    if (name === "YAML") {
      const major = this.#run(/[0-9]/);
      if (major === "") throw scannerProblem("did not find expected version number", cursor.line);
      if (cursor.char() !== ".") throw scannerProblem("did not find expected digit or '.' character", cursor.line);
      cursor.skip();
      const minor = this.#run(/[0-9]/);
      if (minor === "") throw scannerProblem("did not find expected version number", cursor.line);
      this.#push("version-directive", line, { value: `${Number(major)}.${Number(minor)}` });
    } else if (name === "TAG") {
      const handle = this.#tagHandle(true);
      if (!isBlank(cursor.code())) throw scannerProblem("did not find expected whitespace", cursor.line);
      blanks();
      const value = this.#uri("");
      if (!isBlankOrEnd(cursor.code()))
        throw scannerProblem("did not find expected whitespace or line break", cursor.line);
      this.#push("tag-directive", line, { handle, value });
    } else throw scannerProblem("found unknown directive name", cursor.line);
    blanks();
    if (cursor.char() === "#") while (!isBreakOrEnd(cursor.code())) cursor.skip();
    if (!isBreakOrEnd(cursor.code())) throw scannerProblem("did not find expected comment or line break", cursor.line);
    if (isBreak(cursor.code())) cursor.takeBreak();
  }
}
