/** The shells whose grammars are known, and what each says where a text does not fit. */
import {
  ASH_OPERATORS,
  ASH_RESERVED,
  OPERATORS,
  POSIX_OPERATORS,
  POSIX_RESERVED,
  REDIRECTIONS,
  RESERVED,
  type Token,
  tokenText,
} from "./token.ts";

export interface Dialect {
  readonly name: "bash" | "ash" | "dash";
  readonly operators: readonly string[];
  readonly reserved: ReadonlySet<string>;
  /** `<(command)`. */
  readonly processes: boolean;
  /** `expecting`: what alone would fit, where the grammar knows; bash does not say. */
  unexpected(token: Token, expecting: string | undefined): string;
  /** What is said where the text ends before `close` does. */
  endless(close: string): string;
  /** Other complaints, in small letters. */
  other(text: string): string;
}

/** Ash and dash speak of kinds of tokens. */
function kindOf(token: Token): string {
  if (token.kind === "newline") return "newline";
  if (token.kind === "end") return "end of file";
  if (token.kind === "word" || token.kind === "assignment") return "word";
  if (token.kind === "number" || REDIRECTIONS.has(token.text)) return "redirection";
  return `"${token.text}"`;
}

const expected = (what: string | undefined): string =>
  what === undefined ? "" : ` (expecting ${what === "word" ? what : `"${what}"`})`;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What ends what: `'))'` closes `$((`. */
const ENDLESS: Readonly<Record<string, string>> = {
  "}": "missing '}'",
  "`": "EOF in backquote substitution",
  ")": "missing '))'",
};

export const BASH_DIALECT: Dialect = {
  name: "bash",
  operators: OPERATORS,
  reserved: RESERVED,
  processes: true,
  unexpected: (token) =>
    token.kind === "end"
      ? "syntax error: unexpected end of file"
      : `syntax error near unexpected token \`${tokenText(token)}'`,
  endless: (close) => `unexpected EOF while looking for matching \`${close}'`,
  other: (text) => text,
};

export const ASH_DIALECT: Dialect = {
  name: "ash",
  operators: ASH_OPERATORS,
  reserved: ASH_RESERVED,
  processes: true,
  unexpected: (token, expecting) => `syntax error: unexpected ${kindOf(token)}${expected(expecting)}`,
  endless: (close) => `syntax error: ${ENDLESS[close] ?? "unterminated quoted string"}`,
  other: (text) => `syntax error: ${text}`,
};

export const DASH_DIALECT: Dialect = {
  name: "dash",
  operators: POSIX_OPERATORS,
  reserved: POSIX_RESERVED,
  processes: false,
  unexpected: (token, expecting) => `Syntax error: ${kindOf(token)} unexpected${expected(expecting)}`,
  endless: (close) => `Syntax error: ${capital(ENDLESS[close] ?? "unterminated quoted string")}`,
  other: (text) => `Syntax error: ${capital(text)}`,
};
