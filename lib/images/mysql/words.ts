/** A statement's words, read one after the other, for statements that are about the server and not about tables. */
import type { Token } from "../kit/sql/tokens.ts";
import { type MysqlError, syntaxError } from "./sql/errors.ts";
import { mysqlSyntax } from "./sql/syntax.ts";

export class Words {
  readonly #tokens: readonly Token[];
  readonly #sql: string;
  #at = 0;

  /** Throws 1064 where the text is no SQL. */
  constructor(sql: string) {
    this.#tokens = mysqlSyntax.tokenize(sql);
    this.#sql = sql;
  }

  get done(): boolean {
    return (
      this.#at >= this.#tokens.length || (this.#at === this.#tokens.length - 1 && this.#tokens[this.#at]?.text === ";")
    );
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  next(): Token {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw this.unexpected();
    return token;
  }

  /** Takes all of the words, or none. */
  accept(...words: string[]): boolean {
    const fits = words.every((word, index) => {
      const token = this.#tokens[this.#at + index];
      return (
        token !== undefined && token.kind !== "string" && token.kind !== "quoted" && token.text.toUpperCase() === word
      );
    });
    if (fits) this.#at += words.length;
    return fits;
  }

  need(...words: string[]): void {
    if (!this.accept(...words)) throw this.unexpected();
  }

  end(): void {
    if (!this.done) throw this.unexpected();
  }

  unexpected(): MysqlError {
    return syntaxError(this.#sql, this.#tokens[this.#at]?.at ?? this.#sql.length);
  }
}
