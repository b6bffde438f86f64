/** CQL's words, and a cursor over them. */
import { CqlError } from "./types.ts";

type TokenKind = "word" | "quoted" | "string" | "integer" | "float" | "uuid" | "blob" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}";
const PATTERN = new RegExp(
  `\\s+|--[^\\n]*|//[^\\n]*|/\\*[\\s\\S]*?\\*/|(${UUID})|(0[xX][0-9a-fA-F]*)|(-?\\d+\\.\\d*(?:[eE][+-]?\\d+)?|-?\\d+[eE][+-]?\\d+)|(-?\\d+)|([A-Za-z]\\w*)|"((?:[^"]|"")*)"|('(?:[^']|'')*')|\\$\\$([\\s\\S]*?)\\$\\$|(<=|>=|!=|\\+=|-=|[(){}\\[\\],.;:=<>*+\\-?])`,
  "y",
);

/** "line:column" of a place, as ANTLR counts: lines from 1, columns from 0. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  return `line ${before.length}:${before.at(-1)?.length ?? 0}`;
}

export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(text);
    if (match === null)
      throw new CqlError("Syntax", `${placeOf(text, at)} no viable alternative at character '${text[at]}'`);
    const [all, uuid, blob, float, integer, word, quoted, string, dollars, symbol] = match;
    const end = at + all.length;
    const push = (kind: TokenKind, value: string) => tokens.push({ kind, text: value, at, end });
    if (uuid !== undefined) push("uuid", uuid);
    else if (blob !== undefined) push("blob", blob);
    else if (float !== undefined) push("float", float);
    else if (integer !== undefined) push("integer", integer);
    else if (word !== undefined) push("word", word);
    else if (quoted !== undefined) push("quoted", quoted.replaceAll('""', '"'));
    else if (string !== undefined) push("string", string.slice(1, -1).replaceAll("''", "'"));
    else if (dollars !== undefined) push("string", dollars);
    else if (symbol !== undefined) push("symbol", symbol);
    at = end;
  }
  return tokens;
}

/** Words that cannot be names without quotes. */
const RESERVED = new Set(
  "ADD ALLOW ALTER AND APPLY ASC AUTHORIZE BATCH BEGIN BY COLUMNFAMILY CREATE DELETE DESC DESCRIBE DROP ENTRIES EXECUTE FROM FULL GRANT IF IN INDEX INFINITY INSERT INTO IS KEYSPACE LIMIT MATERIALIZED MODIFY NAN NORECURSIVE NOT NULL OF ON OR ORDER PRIMARY RENAME REPLACE REVOKE SCHEMA SELECT SET TABLE TO TOKEN TRUNCATE UNLOGGED UPDATE USE USING VIEW WHERE WITH".split(
    " ",
  ),
);

export class Cursor {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  peek(offset = 0): Token {
    const length = this.text.length;
    return this.#tokens[this.#position + offset] ?? { kind: "end", text: "<EOF>", at: length, end: length };
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#position++;
    return token;
  }

  /** Takes these words (or symbols) where they come next. */
  accept(...words: readonly string[]): boolean {
    const fits = words.every((word, offset) => {
      const token = this.peek(offset);
      return (token.kind === "word" || token.kind === "symbol") && token.text.toUpperCase() === word;
    });
    if (fits) this.#position += words.length;
    return fits;
  }

  need(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected(word);
  }

  /** A name: lower case unless quoted. */
  name(): string {
    const token = this.peek();
    if (token.kind === "quoted") return this.next().text;
    if (token.kind !== "word" || RESERVED.has(token.text.toUpperCase())) throw this.unexpected();
    return this.next().text.toLowerCase();
  }

  end(): void {
    this.accept(";");
    if (this.peek().kind !== "end") throw this.unexpected("EOF");
  }

  /** What the parser says where the next word does not fit. */
  unexpected(expected?: string): CqlError {
    const token = this.peek();
    const place = placeOf(this.text, token.at);
    const before = this.peek(-1);
    const around =
      this.#position === 0
        ? `([${token.text}]...)`
        : `(${this.text.slice(this.peek(-2).kind === "end" ? before.at : this.peek(-2).at, token.at)}[${token.text}]...)`;
    if (expected !== undefined && /^([a-z]|EOF)/i.test(expected) && token.kind !== "end") {
      const name = expected === "EOF" ? "EOF" : `K_${expected.toUpperCase()}`;
      if (expected === "EOF") return new CqlError("Syntax", `${place} missing EOF at '${token.text}' ${around}`);
      return new CqlError("Syntax", `${place} mismatched input '${token.text}' expecting ${name} ${around}`);
    }
    if (token.kind === "end" && expected !== undefined) {
      const name = /^[a-z]/i.test(expected) ? `K_${expected.toUpperCase()}` : `'${expected}'`;
      return new CqlError("Syntax", `${place} mismatched input '<EOF>' expecting ${name}`);
    }
    return new CqlError("Syntax", `${place} no viable alternative at input '${token.text}' ${around}`);
  }
}
