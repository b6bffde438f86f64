/** Passing over quotes, braces and arithmetic to what closes them (bash: `parse_matched_pair`). */
import { type Lexer, passDollar } from "./lexer.ts";

const MAX_ARITHMETICS = 200;

interface PairFlags {
  /** Backslashes escape in single quotes: `$'...'`. */
  readonly escapes?: boolean;
  /** It stands in double quotes. */
  readonly inDouble?: boolean;
}

/** Leaves the lexer behind what closes the pair whose inside begins at `from`. */
export function matchPair(lexer: Lexer, open: string, close: string, from: number, flags: PairFlags = {}): void {
  const { text } = lexer;
  const start = from - 1;
  const brace = open === "{";
  let count = 1;
  // In double quotes the operators that take patterns make single quotes quote.
  let patterns = flags.inDouble !== true || !lexer.posix;
  let at = from;
  let named = false;
  for (;;) {
    if (at >= text.length) {
      lexer.position = at;
      throw lexer.endless(close, start);
    }
    const char = text.charAt(at);
    if (char === close) {
      at++;
      if (--count === 0) break;
      continue;
    }
    if (open === "'" && flags.escapes !== true) {
      at++;
      continue;
    }
    if (char === "\\") {
      at += 2;
      continue;
    }
    if (open === "'" || open === "`") {
      at++;
      continue;
    }
    if (char === open && !brace) count++;
    if (brace && !named && at > from && /[^\w!#@*?$\-[\]]/.test(char)) {
      named = true;
      if ("#%/^,".includes(char)) patterns = true;
    } else if (brace && !named && at > from && (char === "#" || char === "-")) {
      named = true;
      if (char === "#") patterns = true;
    }
    if (char === "$" && /[({['"]/.test(text.charAt(at + 1))) {
      const next = text.charAt(at + 1);
      // Inside double quotes `$'` and `$"` mean nothing.
      if ((next === "'" || next === '"') && (open === '"' || (next === "'" && !patterns))) {
        at++;
        continue;
      }
      lexer.position = at;
      if (next === "{" && (open === '"' || flags.inDouble)) matchPair(lexer, "{", "}", at + 2, { inDouble: true });
      else passDollar(lexer);
      at = lexer.position;
      continue;
    }
    if (char === "`" || (open !== '"' && char === '"') || (open !== '"' && char === "'" && patterns)) {
      matchPair(lexer, char, char, at + 1);
      at = lexer.position;
      continue;
    }
    at++;
  }
  lexer.position = at;
}

/** `((expression))`: where it is, or nothing where the second parenthesis does not follow: two subshells. */
export function passArithmetic(lexer: Lexer): { readonly start: number; readonly end: number } | undefined {
  const start = lexer.position;
  // Each that turns out to be two subshells is read again: more than a few deep would take quadratic time.
  if (++lexer.arithmetics > MAX_ARITHMETICS && lexer.text.length > 4096) throw new RangeError("too deeply nested");
  matchPair(lexer, "(", ")", start + 2);
  if (lexer.text.charAt(lexer.position) === ")") {
    lexer.position++;
    lexer.arithmetics--;
    return { start, end: lexer.position };
  }
  lexer.position = start;
  return undefined;
}
