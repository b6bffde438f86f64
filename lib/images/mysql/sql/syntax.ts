/** How MySQL's SQL is written: backquotes, strings in either quotes, # comments, @variables. */
import type { Syntax, Token, TokenKind } from "../../kit/sql/tokens.ts";
import { MysqlError, syntaxError } from "./errors.ts";

const PATTERN =
  /\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!!)[\s\S]*?\*\/|(@@?(?:[\w$.]+|`[^`]*`|'[^']*')?)|`((?:[^`]|``)*)`|('(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*")|(0x[0-9a-fA-F]+)|(\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)|(\d+(?![\w$]))|([A-Za-z_$\u0080-\uffff\d][\w$\u0080-\uffff]*)|(->>|->|<=>|<=|>=|<>|!=|:=|&&|\|\||<<|>>|[-+*/%^<>=~(),.;!&|?:{}])/y;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0", b: "\b", Z: "\u001a" };

function unquoted(text: string): string {
  const quote = text[0] ?? "'";
  return text
    .slice(1, -1)
    .replaceAll(quote + quote, quote)
    .replace(/\\([\s\S])/g, (all, one: string) => (one === "%" || one === "_" ? all : (ESCAPES[one] ?? one)));
}

function tokenize(source: string): Token[] {
  // What stands in version comments is meant for MySQL.
  const sql = source.replace(/\/\*!\d*([\s\S]*?)\*\//g, (all, inner: string) => inner.padStart(all.length));
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    PATTERN.lastIndex = at;
    const match = PATTERN.exec(sql);
    if (match === null) throw syntaxError(sql, at);
    const [all, variable, quoted, string, hexadecimal, number, integer, word, symbol] = match;
    const end = at + all.length;
    const push = (kind: TokenKind, text: string) => tokens.push({ kind, text, at, end });
    const last = tokens.at(-1);
    if (variable !== undefined) push("symbol", variable);
    else if (quoted !== undefined) push("quoted", quoted.replaceAll("``", "`"));
    else if (string !== undefined) {
      // Strings beside each other are one.
      if (last?.kind === "string") tokens[tokens.length - 1] = { ...last, text: last.text + unquoted(string), end };
      else push("string", unquoted(string));
    } else if (hexadecimal !== undefined)
      push(
        "string",
        hexadecimal.slice(2).replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16))),
      );
    else if (number !== undefined) push("number", number);
    else if (integer !== undefined) push("integer", integer);
    else if (word !== undefined) push("word", word);
    else if (symbol !== undefined) push("symbol", symbol);
    at = end;
  }
  return tokens;
}

/** The part of MySQL's reserved words that its own statements stumble over. */
const RESERVED = new Set(
  "ADD ALL ALTER AND AS ASC BETWEEN BOTH BY CASE CHANGE CHECK COLLATE COLUMN CONSTRAINT CREATE CROSS CURRENT_DATE CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DATABASE DATABASES DEFAULT DELETE DESC DESCRIBE DISTINCT DIV DROP ELSE EXISTS EXPLAIN FALSE FETCH FOR FOREIGN FROM FULLTEXT GRANT GROUP HAVING IF IGNORE IN INDEX INNER INSERT INTERVAL INTO IS JOIN KEY KEYS KILL LEFT LIKE LIMIT LOCK MATCH MOD NATURAL NOT NULL ON OR ORDER OUTER PRIMARY PROCEDURE RANGE READ REFERENCES REGEXP RENAME REPLACE REVOKE RIGHT RLIKE SCHEMA SCHEMAS SELECT SET SHOW STRAIGHT_JOIN TABLE THEN TO TRIGGER TRUE UNION UNIQUE UNLOCK UPDATE USAGE USE USING VALUES WHEN WHERE WINDOW WITH WRITE XOR".split(
    " ",
  ),
);

export const mysqlSyntax: Syntax = {
  tokenize,
  reserved: RESERVED,
  fold: (name) => name,
  unexpected: (sql, token) => syntaxError(sql, token.kind === "end" ? sql.length : token.at),
  tooDeep: () =>
    new MysqlError(1436, "HY000", "Thread stack overrun:  Use 'mysqld --thread_stack=#' to specify a bigger stack."),
};
