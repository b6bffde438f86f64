/** Scalars of every style, read as libyaml's scanner reads them. */
import { type Cursor, isBlank, isBlankOrEnd, isBreak, isBreakOrEnd, isEnd, scannerProblem } from "./cursor.ts";

/** Line breaks between two parts of a folded value: one is a space, more are one less. */
const folded = (first: string, rest: string): string => (first === "\n" ? (rest === "" ? " " : rest) : first + rest);

const FLOW_ENDS = new Set([",", "?", "[", "]", "{", "}"]);

/** Characters that never end a scalar, nor mean anything in it: without quotes, in them, and in a block. */
const PLAIN_RUN = /[\w.\-/+=]+/y;
const QUOTED_RUN = /[\w.\-/+=,:;{}[\]()<>@$%^&*!|~?#]+/y;
const BLOCK_RUN = /[ -~]+/y;

/** A plain scalar. `indent`: of the collection around it; `broken`: a line break was passed behind it. */
export function plainScalar(
  cursor: Cursor,
  indent: number,
  flow: boolean,
): { readonly value: string; readonly broken: boolean } {
  let value = "";
  let blanks = "";
  let first = "";
  let rest = "";
  let broken = false;
  for (;;) {
    if (cursor.atDocumentIndicator() || cursor.char() === "#") break;
    while (!isBlankOrEnd(cursor.code())) {
      const char = cursor.char();
      if ((char === ":" && isBlankOrEnd(cursor.code(1))) || (flow && FLOW_ENDS.has(char))) break;
      if (broken) {
        value += folded(first, rest);
        [first, rest, blanks, broken] = ["", "", "", false];
      } else if (blanks !== "") {
        value += blanks;
        blanks = "";
      }
      value += cursor.takeRun(PLAIN_RUN);
    }
    if (!isBlank(cursor.code()) && !isBreak(cursor.code())) break;
    while (isBlank(cursor.code()) || isBreak(cursor.code())) {
      if (isBlank(cursor.code())) {
        if (broken && cursor.column < indent + 1 && cursor.char() === "\t")
          throw scannerProblem("found a tab character that violates indentation", cursor.line);
        if (broken) cursor.skip();
        else blanks += cursor.take();
      } else if (broken) rest += cursor.takeBreak();
      else {
        blanks = "";
        first = cursor.takeBreak();
        broken = true;
      }
    }
    if (!flow && cursor.column < indent + 1) break;
  }
  return { value, broken };
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

/** What follows a backslash in double quotes; the cursor stands on the backslash. */
function escaped(cursor: Cursor): string {
  const letter = cursor.char(1);
  const simple = ESCAPES[letter];
  if (simple !== undefined) {
    cursor.skip(2);
    return simple;
  }
  const digits = HEX_DIGITS[letter];
  if (digits === undefined) throw scannerProblem("found unknown escape character", cursor.line);
  cursor.skip(2);
  const hex = cursor.text.slice(cursor.at, cursor.at + digits);
  if (hex.length < digits || !/^[0-9a-fA-F]+$/.test(hex))
    throw scannerProblem("did not find expected hexdecimal number", cursor.line);
  const code = Number.parseInt(hex, 16);
  if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
    throw scannerProblem("found invalid Unicode character escape code", cursor.line);
  cursor.skip(digits);
  return String.fromCodePoint(code);
}

/** A scalar in quotes; the cursor stands on the first. */
export function quotedScalar(cursor: Cursor): string {
  const quote = cursor.take();
  const single = quote === "'";
  let value = "";
  for (;;) {
    if (cursor.atDocumentIndicator()) throw scannerProblem("found unexpected document indicator", cursor.line);
    if (isEnd(cursor.code())) throw scannerProblem("found unexpected end of stream", cursor.line);
    let joined = false;
    while (!isBlankOrEnd(cursor.code())) {
      const char = cursor.char();
      if (single && char === "'" && cursor.char(1) === "'") {
        value += "'";
        cursor.skip(2);
      } else if (char === quote) break;
      else if (!single && char === "\\" && isBreak(cursor.code(1))) {
        cursor.skip();
        cursor.takeBreak();
        joined = true;
        break;
      } else if (!single && char === "\\") value += escaped(cursor);
      else value += cursor.takeRun(QUOTED_RUN);
    }
    if (cursor.char() === quote) break;
    let [blanks, first, rest] = ["", "", ""];
    let broken = joined;
    while (isBlank(cursor.code()) || isBreak(cursor.code())) {
      if (isBlank(cursor.code())) {
        if (broken) cursor.skip();
        else blanks += cursor.take();
      } else if (broken) rest += cursor.takeBreak();
      else {
        blanks = "";
        first = cursor.takeBreak();
        broken = true;
      }
    }
    value += broken ? (first === "" ? rest : folded(first, rest)) : blanks;
  }
  cursor.skip();
  return value;
}

interface Header {
  readonly chomp: "strip" | "keep" | "clip";
  /** Indentation that is asked for; 0: that of the first line. */
  readonly increment: number;
}

/** What stands behind `|` or `>`, up to the end of the line. */
function blockHeader(cursor: Cursor): Header {
  let chomp: Header["chomp"] = "clip";
  let increment = 0;
  const sign = (): void => {
    if (cursor.char() !== "+" && cursor.char() !== "-") return;
    chomp = cursor.take() === "+" ? "keep" : "strip";
  };
  const digit = (): void => {
    if (!/[0-9]/.test(cursor.char())) return;
    if (cursor.char() === "0") throw scannerProblem("found an indentation indicator equal to 0", cursor.line);
    increment = Number(cursor.take());
  };
  if (cursor.char() === "+" || cursor.char() === "-") {
    sign();
    digit();
  } else {
    digit();
    if (increment > 0) sign();
  }
  while (isBlank(cursor.code())) cursor.skip();
  if (cursor.char() === "#") while (!isBreakOrEnd(cursor.code())) cursor.skip();
  if (!isBreakOrEnd(cursor.code())) throw scannerProblem("did not find expected comment or line break", cursor.line);
  if (isBreak(cursor.code())) cursor.takeBreak();
  return { chomp, increment };
}

/** Empty lines at the beginning of a block's line; the indentation, found where it was 0. */
function blockBreaks(cursor: Cursor, given: number, parent: number): { indent: number; breaks: string } {
  let indent = given;
  let deepest = 0;
  let breaks = "";
  for (;;) {
    while ((indent === 0 || cursor.column < indent) && cursor.char() === " ") cursor.skip();
    deepest = Math.max(deepest, cursor.column);
    if ((indent === 0 || cursor.column < indent) && cursor.char() === "\t")
      throw scannerProblem("found a tab character where an indentation space is expected", cursor.line);
    if (!isBreak(cursor.code())) break;
    breaks += cursor.takeBreak();
  }
  if (indent === 0) indent = Math.max(deepest, parent + 1, 1);
  return { indent, breaks };
}

/** A literal or folded scalar; the cursor stands on `|` or `>`. `parent`: indentation of the collection around it. */
export function blockScalar(cursor: Cursor, parent: number): string {
  const literal = cursor.take() === "|";
  const { chomp, increment } = blockHeader(cursor);
  let { indent, breaks } = blockBreaks(
    cursor,
    increment === 0 ? 0 : parent >= 0 ? parent + increment : increment,
    parent,
  );
  let value = "";
  let first = "";
  let leadingBlank = false;
  while (cursor.column === indent && !isEnd(cursor.code())) {
    const trailingBlank = isBlank(cursor.code());
    if (!literal && first === "\n" && !leadingBlank && !trailingBlank) {
      if (breaks === "") value += " ";
    } else value += first;
    value += breaks;
    leadingBlank = isBlank(cursor.code());
    const from = cursor.at;
    while (!isBreakOrEnd(cursor.code())) cursor.takeRun(BLOCK_RUN);
    value += cursor.text.slice(from, cursor.at);
    first = isBreak(cursor.code()) ? cursor.takeBreak() : "";
    ({ indent, breaks } = blockBreaks(cursor, indent, parent));
  }
  if (chomp !== "strip") value += first;
  if (chomp === "keep") value += breaks;
  return value;
}
