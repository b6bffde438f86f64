/** SQL's words, and a cursor over them. */
import { SqlError } from "./values.ts";

export type TokenKind = "word" | "quoted" | "string" | "integer" | "number" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|((?![eE]')[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|"((?:[^"]|"")*)"|([eE]?'(?:[^']|'')*')|\$([A-Za-z_]*)\$([\s\S]*?)\$\4\$|(\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)|(\d+)|(::|<>|<=|>=|!=|\|\||->>|->|!~\*|!~|~\*|[-+*/%^<>=~(),.;[\]:?$])/y;

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(sql);
    if (match === null) {
      if (sql[at] === "'")
        throw new SqlError("42601", `unterminated quoted string at or near "${sql.slice(at)}"`, { at });
      if (sql[at] === '"')
        throw new SqlError("42601", `unterminated quoted identifier at or near "${sql.slice(at)}"`, { at });
      throw new SqlError("42601", `syntax error at or near "${sql[at]}"`, { at });
    }
    const [all, word, quoted, string, , dollars, number, integer, symbol] = match;
    const end = at + all.length;
    const push = (kind: TokenKind, text: string) => tokens.push({ kind, text, at, end });
    if (string !== undefined) push("string", unquoted(string));
    else if (word !== undefined) push("word", word);
    else if (quoted !== undefined) push("quoted", quoted.replaceAll('""', '"'));
    else if (dollars !== undefined) push("string", dollars);
    else if (number !== undefined) push("number", number);
    else if (integer !== undefined) push("integer", integer);
    else if (symbol !== undefined) push("symbol", symbol);
    at = end;
  }
  return tokens;
}

function unquoted(text: string): string {
  const escapes = text[0] !== "'";
  const inner = text.slice(escapes ? 2 : 1, -1).replaceAll("''", "'");
  return escapes ? inner.replace(/\\(.)/g, (_all, one: string) => ({ n: "\n", t: "\t", r: "\r" })[one] ?? one) : inner;
}

/** Words that cannot be names without quotes. */
const RESERVED = new Set(
  "ALL AND ANY AS ASC BETWEEN BOTH CASE CAST CHECK COLLATE COLUMN CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIMESTAMP CURRENT_USER DEFAULT DESC DISTINCT DO ELSE END EXCEPT EXISTS FALSE FETCH FOR FOREIGN FROM FULL GRANT GROUP HAVING ILIKE IN INNER INTERSECT INTO IS JOIN LEFT LIKE LIMIT NATURAL NOT NULL OFFSET ON OR ORDER PRIMARY REFERENCES RETURNING RIGHT SELECT SESSION_USER SOME TABLE THEN TO TRUE UNION UNIQUE USER USING WHEN WHERE WINDOW WITH".split(
    " ",
  ),
);

/** How a server's SQL is written. */
export interface Syntax {
  readonly tokenize: (sql: string) => readonly Token[];
  /** Upper-case words that cannot be names without quotes. */
  readonly reserved: ReadonlySet<string>;
  /** What a name without quotes means. */
  readonly fold: (name: string) => string;
  /** A refusal of what stands at a token. */
  readonly unexpected: (sql: string, token: Token) => SqlError;
  readonly tooDeep: () => SqlError;
}

/** PostgreSQL's. */
const standardSyntax: Syntax = {
  tokenize,
  reserved: RESERVED,
  fold: (name) => name.toLowerCase(),
  unexpected: (sql, token) =>
    token.kind === "end"
      ? new SqlError("42601", "syntax error at end of input", { at: sql.trimEnd().length })
      : new SqlError("42601", `syntax error at or near "${sql.slice(token.at, token.end)}"`, { at: token.at }),
  tooDeep: () => new SqlError("54001", "stack depth limit exceeded"),
};

export class Cursor {
  readonly sql: string;
  readonly syntax: Syntax;
  readonly #tokens: readonly Token[];
  position = 0;

  constructor(sql: string, syntax: Syntax = standardSyntax) {
    this.sql = sql;
    this.syntax = syntax;
    this.#tokens = syntax.tokenize(sql);
  }

  peek(offset = 0): Token {
    const { length } = this.sql;
    return this.#tokens[this.position + offset] ?? { kind: "end", text: "", at: length, end: length };
  }

  next(): Token {
    const token = this.peek();
    this.position++;
    return token;
  }

  is(...words: readonly string[]): boolean {
    return words.every((word, offset) => {
      const token = this.peek(offset);
      return (token.kind === "word" || token.kind === "symbol") && token.text.toUpperCase() === word;
    });
  }

  accept(...words: readonly string[]): boolean {
    if (!this.is(...words)) return false;
    this.position += words.length;
    return true;
  }

  need(...words: readonly string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected();
  }

  /** True where a name may stand here. */
  get atName(): boolean {
    const token = this.peek();
    return token.kind === "quoted" || (token.kind === "word" && !this.syntax.reserved.has(token.text.toUpperCase()));
  }

  name(): string {
    if (!this.atName) throw this.unexpected();
    const token = this.next();
    return token.kind === "quoted" ? token.text : this.syntax.fold(token.text);
  }

  list<T>(one: () => T): T[] {
    const all = [one()];
    while (this.accept(",")) all.push(one());
    return all;
  }

  bracketed<T>(one: () => T): T[] {
    this.need("(");
    const all = this.list(one);
    this.need(")");
    return all;
  }

  end(): void {
    this.accept(";");
    if (this.peek().kind !== "end") throw this.unexpected();
  }

  unexpected(): SqlError {
    return this.syntax.unexpected(this.sql, this.peek());
  }
}
