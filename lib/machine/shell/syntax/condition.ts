/** The grammar of `[[ ]]`, with bash's words for what does not fit (its parse.y, `cond_term`). */
import type { Lexer } from "./lexer.ts";
import { SyntaxProblem } from "./problem.ts";
import type { Token } from "./token.ts";
import { tokenText } from "./token.ts";

const UNARY = /^-[abcdefghknoprstuvwxzGLNORS]$/;
const BINARY = /^(?:==?|!=|=~|<|>|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef))$/;

/** From behind `[[` to behind `]]`. */
export function checkCondition(lexer: Lexer): void {
  const outer = lexer.mode.condition;
  const line = lexer.lineOf((lexer.last?.end ?? 1) - 1);
  lexer.mode.condition = "plain";
  try {
    const token = either(lexer);
    if (closes(token)) return;
    const named = nameOf(token);
    throw said(
      line,
      `syntax error in conditional expression${named === undefined ? "" : `: unexpected token \`${named}'`}`,
      token,
    );
  } finally {
    lexer.mode.condition = outer;
  }
}

const closes = (token: Token): boolean => token.kind === "reserved" && token.text === "]]";
const is = (token: Token, text: string): boolean => token.kind === "operator" && token.text === text;

/** Words have no name in these messages. */
function nameOf(token: Token): string | undefined {
  return token.kind === "word" || token.kind === "number" || token.kind === "assignment" || token.kind === "variable"
    ? undefined
    : tokenText(token);
}

function said(line: number, text: string, token: Token): SyntaxProblem {
  return new SyntaxProblem([{ line, text, shown: false }], token.kind === "end", "condition");
}

function here(lexer: Lexer, text: string, token: Token): SyntaxProblem {
  const line = token.kind === "end" ? lexer.lastLine : lexer.lineOf(token.end - 1);
  return said(line, text, token);
}

function skipNewlines(lexer: Lexer): Token {
  for (;;) {
    const token = lexer.next();
    if (token.kind !== "newline") return token;
  }
}

/** Each gives the token after what it read. */
function either(lexer: Lexer): Token {
  let token = both(lexer);
  while (is(token, "||")) token = both(lexer);
  return token;
}

function both(lexer: Lexer): Token {
  let token = term(lexer);
  while (is(token, "&&")) token = term(lexer);
  return token;
}

function term(lexer: Lexer): Token {
  const token = skipNewlines(lexer);
  const line = lexer.lineOf(token.end - 1);
  // bash says nothing at all where a term is missing.
  if (closes(token)) throw new SyntaxProblem([], false, "condition");
  if (is(token, "(")) return group(lexer, line);
  if (token.kind !== "word" && token.kind !== "number" && token.kind !== "assignment" && token.kind !== "variable")
    throw here(lexer, `unexpected token \`${tokenText(token)}' in conditional command`, token);
  if (token.text === "!") return term(lexer);
  if (UNARY.test(token.text)) {
    const operand = lexer.next();
    if (nameOf(operand) === undefined) return skipNewlines(lexer);
    throw here(lexer, `unexpected argument \`${tokenText(operand)}' to conditional unary operator`, operand);
  }
  return binary(lexer);
}

function group(lexer: Lexer, line: number): Token {
  let token: Token;
  try {
    token = either(lexer);
  } catch (error) {
    if (error instanceof SyntaxProblem && error.kind === "condition")
      throw new SyntaxProblem(
        [...error.messages, { line, text: "expected `)'", shown: false }],
        error.incomplete,
        "condition",
      );
    throw error;
  }
  if (is(token, ")")) return skipNewlines(lexer);
  const named = nameOf(token);
  throw said(line, named === undefined ? "expected `)'" : `unexpected token \`${named}', expected \`)'`, token);
}

function binary(lexer: Lexer): Token {
  const operator = lexer.next();
  if (closes(operator) || is(operator, "&&") || is(operator, "||") || is(operator, ")")) return operator;
  const known = operator.kind === "word" ? BINARY.test(operator.text) : is(operator, "<") || is(operator, ">");
  if (!known) {
    const named = nameOf(operator);
    const words = "conditional binary operator expected";
    throw here(lexer, named === undefined ? words : `unexpected token \`${named}', ${words}`, operator);
  }
  if (operator.text === "=~") lexer.mode.condition = "regex";
  else if (/^[!=]?=$/.test(operator.text)) lexer.mode.condition = "glob";
  let operand: Token;
  try {
    operand = lexer.next();
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    const text = "unexpected argument to conditional binary operator";
    const more = { line: lexer.lastLine, text, shown: false };
    throw new SyntaxProblem([...error.messages, more], error.incomplete, error.kind);
  }
  lexer.mode.condition = "plain";
  const named = nameOf(operand);
  if (named === undefined) return skipNewlines(lexer);
  throw here(lexer, `unexpected argument \`${named}' to conditional binary operator`, operand);
}
