/**
 * bash's grammar (its parse.y), for nothing but finding the first token that does not fit: the parser proper is
 * tolerant, bash is not.
 */
import { checkCondition } from "./condition.ts";
import { BASH_DIALECT, type Dialect } from "./dialect.ts";
import { Lexer } from "./lexer.ts";
import { type Problem, SyntaxProblem } from "./problem.ts";
import { REDIRECTIONS, type Token } from "./token.ts";

interface CheckOptions {
  readonly dialect?: Dialect;
  readonly extended?: boolean;
}

/** Finds what is wrong with a text. */
export function findProblem(text: string, options: CheckOptions = {}): Problem | undefined {
  const steps = problemSteps(text, options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Characters between two halts. */
const CHECKED_AT_ONCE = 4096;

/** `findProblem`, which halts between commands of a long text so that others have their turn; yields how much it read. */
export function* problemSteps(
  text: string,
  { dialect = BASH_DIALECT, extended = false }: CheckOptions = {},
): Generator<number, Problem | undefined> {
  const lexer = new Lexer(text, 0, { dialect, extended, commands: checkCommands, backquoted });
  function backquoted(inside: string): void {
    const inner = new Lexer(inside.replace(/\\([$`\\])/g, "$1"), 0, lexer.options);
    newlines(inner);
    if (!endsList(inner.peek())) compoundList(inner);
  }
  let start = 0;
  let halted = 0;
  try {
    for (;;) {
      start = lexer.position;
      if (start - halted >= CHECKED_AT_ONCE) {
        yield start - halted;
        halted = start;
      }
      lexer.last = undefined;
      const token = lexer.peek();
      if (token.kind === "end") return undefined;
      if (token.kind === "newline") lexer.next();
      else yield* completeCommand(lexer);
    }
  } catch (error) {
    if (!(error instanceof SyntaxProblem)) throw error;
    return { kind: error.kind, start, end: lexer.position, messages: error.messages, incomplete: error.incomplete };
  }
}

const isOperator = (token: Token, text: string): boolean => token.kind === "operator" && token.text === text;
const isReserved = (token: Token, text: string): boolean => token.kind === "reserved" && token.text === text;

/** Commands up to the end of the line. */
function* completeCommand(lexer: Lexer): Generator<number, void> {
  let halted = lexer.position;
  pipeline(lexer);
  for (;;) {
    if (lexer.position - halted >= CHECKED_AT_ONCE) {
      yield lexer.position - halted;
      halted = lexer.position;
    }
    const token = lexer.peek();
    if (token.kind === "newline" || token.kind === "end") {
      lexer.next();
      return;
    }
    if (isOperator(token, "&&") || isOperator(token, "||")) {
      lexer.next();
      newlines(lexer);
      pipeline(lexer);
    } else if (isOperator(token, ";") || isOperator(token, "&")) {
      lexer.next();
      const after = lexer.peek();
      if (after.kind !== "newline" && after.kind !== "end") pipeline(lexer);
    } else throw lexer.unexpected(token);
  }
}

function newlines(lexer: Lexer): void {
  while (lexer.peek().kind === "newline") lexer.next();
}

/** The inside of `$( )` and `<( )`: to behind the closing parenthesis. */
function checkCommands(lexer: Lexer): void {
  lexer.nested(() => {
    try {
      newlines(lexer);
      if (!isOperator(lexer.peek(), ")") && !(lexer.posix && endsList(lexer.peek()))) compoundList(lexer);
      expectOperator(lexer, ")");
    } catch (error) {
      if (!(error instanceof SyntaxProblem)) throw error;
      const text = "syntax error: unexpected end of file";
      const messages = error.messages.map((each) =>
        each.text === text ? { ...each, text: "unexpected EOF while looking for matching `)'" } : each,
      );
      const kind = error.incomplete && error.kind === "plain" ? "plain" : "command";
      throw new SyntaxProblem(messages, error.incomplete, kind);
    }
  });
}

/** At least one command; ends before what cannot go on. */
function compoundList(lexer: Lexer): void {
  newlines(lexer);
  if (lexer.posix && lexer.peek().kind === "end") return;
  pipeline(lexer);
  for (;;) {
    const token = lexer.peek();
    if (isOperator(token, "&&") || isOperator(token, "||")) {
      lexer.next();
      newlines(lexer);
      pipeline(lexer);
    } else if (isOperator(token, ";") || isOperator(token, "&") || token.kind === "newline") {
      lexer.next();
      newlines(lexer);
      if (lexer.posix ? endsList(lexer.peek()) : !beginsCommand(lexer.peek())) return;
      pipeline(lexer);
    } else return;
  }
}

const ENDS = /^(?:then|else|elif|fi|esac|do|done|in|\}|\]\])$/;

function endsList(token: Token): boolean {
  if (token.kind === "reserved") return ENDS.test(token.text);
  return token.kind === "end" || isOperator(token, ")") || isOperator(token, ";;");
}

function beginsCommand(token: Token): boolean {
  if (token.kind === "end" || token.kind === "newline") return false;
  if (token.kind === "reserved") return !ENDS.test(token.text);
  return token.kind !== "operator" || token.text === "(" || REDIRECTIONS.has(token.text);
}

function pipeline(lexer: Lexer): void {
  for (;;) {
    while (isReserved(lexer.peek(), "!") || isReserved(lexer.peek(), "time")) {
      const { text } = lexer.next();
      if (text === "time") timeOptions(lexer);
      const after = lexer.peek();
      if (lexer.posix) break;
      if (after.kind === "newline" || after.kind === "end" || isOperator(after, ";")) return;
    }
    command(lexer);
    const token = lexer.peek();
    if (!isOperator(token, "|") && !isOperator(token, "|&")) return;
    lexer.next();
    newlines(lexer);
    if (lexer.posix && isReserved(lexer.peek(), "!")) throw lexer.unexpected(lexer.peek());
  }
}

function timeOptions(lexer: Lexer): void {
  for (const option of ["-p", "--"]) {
    const token = lexer.peek();
    if (token.kind !== "word" || token.text !== option) continue;
    lexer.next();
    lexer.last = { kind: "reserved", text: "time", end: token.end };
  }
}

function command(lexer: Lexer): void {
  const token = lexer.peek();
  if (isReserved(token, "function")) {
    functionDefinition(lexer);
    return;
  }
  if (isReserved(token, "coproc")) {
    coprocess(lexer);
    return;
  }
  if (compound(lexer)) {
    redirections(lexer);
    return;
  }
  simple(lexer);
}

function redirections(lexer: Lexer): void {
  while (redirection(lexer));
}

function redirection(lexer: Lexer): boolean {
  let token = lexer.peek();
  if (token.kind === "number" || token.kind === "variable") {
    lexer.next();
    token = lexer.peek();
  }
  if (token.kind !== "operator" || !REDIRECTIONS.has(token.text)) return false;
  lexer.next();
  const target = lexer.next();
  if (target.kind !== "word" && target.kind !== "assignment" && target.kind !== "number")
    throw lexer.unexpected(target);
  if (token.text === "<<" || token.text === "<<-") lexer.expectDocument(target.text, token.text === "<<-");
  return true;
}

function simple(lexer: Lexer): void {
  let count = 0;
  for (;;) {
    const token = lexer.peek();
    if (token.kind === "word" || token.kind === "assignment") {
      lexer.next();
      if (count === 0 && token.kind === "word" && isOperator(lexer.peek(), "(")) {
        lexer.next();
        expectOperator(lexer, ")");
        if (lexer.posix && !/^[A-Za-z_]\w*$/.test(token.text))
          throw lexer.problem(lexer.options.dialect.other("bad function name"), token.end - 1, false);
        functionBody(lexer);
        return;
      }
    } else if (!redirection(lexer)) {
      if (count === 0) throw lexer.unexpected(token);
      return;
    }
    count++;
  }
}

function functionDefinition(lexer: Lexer): void {
  lexer.next();
  expectWord(lexer);
  if (isOperator(lexer.peek(), "(")) {
    lexer.next();
    expectOperator(lexer, ")");
  }
  functionBody(lexer);
}

function functionBody(lexer: Lexer): void {
  newlines(lexer);
  if (lexer.posix) {
    command(lexer);
    return;
  }
  if (!compound(lexer)) throw lexer.unexpected(lexer.peek());
  redirections(lexer);
}

function coprocess(lexer: Lexer): void {
  lexer.next();
  if (compound(lexer)) {
    redirections(lexer);
    return;
  }
  const token = lexer.peek();
  if (token.kind === "word") {
    lexer.next();
    if (compound(lexer)) {
      redirections(lexer);
      return;
    }
    const after = lexer.peek();
    if (after.kind !== "word" && after.kind !== "assignment" && !isRedirection(after)) return;
  }
  simple(lexer);
}

const isRedirection = (token: Token): boolean =>
  token.kind === "number" || token.kind === "variable" || (token.kind === "operator" && REDIRECTIONS.has(token.text));

function expectOperator(lexer: Lexer, text: string): void {
  const token = lexer.next();
  if (!isOperator(token, text)) throw lexer.unexpected(token, text);
}

function expectReserved(lexer: Lexer, text: string): void {
  const token = lexer.next();
  if (!isReserved(token, text)) throw lexer.unexpected(token, text);
}

function expectWord(lexer: Lexer): void {
  const token = lexer.next();
  if (token.kind !== "word" && !(lexer.posix && token.kind === "assignment")) throw lexer.unexpected(token, "word");
}

/** A compound command, where one begins. */
function compound(lexer: Lexer): boolean {
  const token = lexer.peek();
  if (token.kind === "arithmetic") {
    lexer.next();
    return true;
  }
  if (isOperator(token, "(")) {
    lexer.next();
    compoundList(lexer);
    expectOperator(lexer, ")");
    return true;
  }
  if (token.kind !== "reserved") return false;
  const check = COMPOUND[token.text];
  if (check === undefined) return false;
  lexer.next();
  check(lexer);
  return true;
}

const COMPOUND: Readonly<Record<string, (lexer: Lexer) => void>> = {
  "{": (lexer) => {
    compoundList(lexer);
    expectReserved(lexer, "}");
  },
  "[[": checkCondition,
  if: (lexer) => {
    for (;;) {
      compoundList(lexer);
      expectReserved(lexer, "then");
      compoundList(lexer);
      if (!isReserved(lexer.peek(), "elif")) break;
      lexer.next();
    }
    if (isReserved(lexer.peek(), "else")) {
      lexer.next();
      compoundList(lexer);
    }
    expectReserved(lexer, "fi");
  },
  while: loop,
  until: loop,
  for: overWords,
  select: overWords,
  case: selection,
};

function loop(lexer: Lexer): void {
  compoundList(lexer);
  expectReserved(lexer, "do");
  compoundList(lexer);
  expectReserved(lexer, "done");
}

/** `do ... done`, or braces in their place. */
function body(lexer: Lexer): void {
  const token = lexer.next();
  const close = isReserved(token, "do") ? "done" : isReserved(token, "{") ? "}" : undefined;
  if (close === undefined || (lexer.posix && close === "}")) throw lexer.unexpected(token, "do");
  compoundList(lexer);
  expectReserved(lexer, close);
}

function overWords(lexer: Lexer): void {
  const { text } = lexer.last as Token;
  if (text === "for" && !lexer.posix && forArithmetic(lexer)) return;
  const name = lexer.peek();
  if (lexer.posix && (name.kind !== "word" || !/^[A-Za-z_]\w*$/.test(name.text)))
    throw lexer.problem(lexer.options.dialect.other("bad for loop variable"), lexer.placeOf(name), false);
  expectWord(lexer);
  if (isOperator(lexer.peek(), ";")) {
    lexer.next();
    newlines(lexer);
    body(lexer);
    return;
  }
  const word = lexer.last;
  const keyword = { kind: "reserved", text, end: 0 } as const;
  // Lines between the name and `in` change nothing about what `in` is.
  if (lexer.peek().kind === "newline") {
    newlines(lexer);
    lexer.header(keyword, word as Token);
  }
  if (isReserved(lexer.peek(), "in")) {
    lexer.next();
    while (lexer.peek().kind === "word" || lexer.peek().kind === "assignment") lexer.next();
    const token = lexer.next();
    if (token.kind !== "newline" && !isOperator(token, ";")) throw lexer.unexpected(token);
    newlines(lexer);
  }
  body(lexer);
}

function forArithmetic(lexer: Lexer): boolean {
  const token = lexer.arithmeticHeader();
  if (token === undefined) return false;
  const parts = token.text.split(";").length;
  if (parts !== 3) {
    const line = lexer.lineOf(token.end - 1);
    const text = parts < 3 ? "syntax error: arithmetic expression required" : "syntax error: `;' unexpected";
    throw new SyntaxProblem(
      [
        { line, text, shown: false },
        { line, text: `syntax error: \`${token.text}'`, shown: false },
      ],
      false,
    );
  }
  const next = lexer.peek();
  if (isOperator(next, ";") || next.kind === "newline") {
    lexer.next();
    newlines(lexer);
  }
  body(lexer);
  return true;
}

function selection(lexer: Lexer): void {
  expectWord(lexer);
  const word = lexer.last as Token;
  if (lexer.peek().kind === "newline") {
    newlines(lexer);
    lexer.header({ kind: "reserved", text: "case", end: 0 }, word);
  }
  expectReserved(lexer, "in");
  for (;;) {
    lexer.mode.pattern = true;
    newlines(lexer);
    if (isReserved(lexer.peek(), "esac")) break;
    patterns(lexer);
    lexer.mode.pattern = false;
    newlines(lexer);
    if (beginsCommand(lexer.peek())) compoundList(lexer);
    const token = lexer.peek();
    if (token.kind === "operator" && /^;(?:;&?|&)$/.test(token.text)) lexer.next();
    else if (isReserved(token, "esac")) break;
    else throw lexer.unexpected(token, ";;");
  }
  lexer.mode.pattern = false;
  expectReserved(lexer, "esac");
}

function patterns(lexer: Lexer): void {
  // Ash takes whatever stands there for a pattern.
  const pattern = (): void => {
    if (!lexer.posix) expectWord(lexer);
    else if (lexer.peek().kind !== "end") lexer.next();
  };
  if (isOperator(lexer.peek(), "(")) lexer.next();
  pattern();
  while (isOperator(lexer.peek(), "|")) {
    lexer.next();
    pattern();
  }
  expectOperator(lexer, ")");
}
