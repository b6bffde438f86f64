/** The words of the shell's language, a part of JavaScript. */

type TokenKind = "name" | "number" | "string" | "template" | "regex" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Flags of a regular expression. */
  readonly flags?: string;
  readonly at: number;
  /** A line ended before it. */
  readonly newLine: boolean;
}

/** What cannot be read. `incomplete`: more text could make it right. */
export class ScriptSyntaxError extends Error {
  readonly at: number;
  readonly incomplete: boolean;
  constructor(message: string, at: number, incomplete = false) {
    super(message);
    this.at = at;
    this.incomplete = incomplete;
  }
}

const SYMBOLS = [
  "...",
  "===",
  "!==",
  "**=",
  ">>>",
  "=>",
  "==",
  "!=",
  "<=",
  ">=",
  "&&",
  "||",
  "??",
  "?.",
  "++",
  "--",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "**",
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ";",
  ",",
  "<",
  ">",
  "+",
  "-",
  "*",
  "/",
  "%",
  "!",
  "?",
  ":",
  "=",
  ".",
  "&",
  "|",
  "~",
  "^",
];

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
  "\n": "",
};

/** True where a slash begins a regular expression and not a division. */
function regexMayFollow(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "symbol") return !["))", ")", "]", "}"].includes(before.text);
  return before.kind === "name" && ["return", "typeof", "in", "of", "case"].includes(before.text);
}

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let newLine = false;
  const push = (kind: TokenKind, text: string, end: number, flags?: string) => {
    tokens.push({ kind, text, at, newLine, ...(flags === undefined ? {} : { flags }) });
    newLine = false;
    at = end;
  };
  while (at < source.length) {
    const character = source[at] ?? "";
    if (/\s/.test(character)) {
      newLine ||= character === "\n";
      at++;
    } else if (source.startsWith("//", at) || (at === 0 && source.startsWith("#!"))) {
      const end = source.indexOf("\n", at);
      at = end === -1 ? source.length : end;
    } else if (source.startsWith("/*", at)) {
      const end = source.indexOf("*/", at + 2);
      if (end === -1) throw new ScriptSyntaxError("Unterminated comment", at, true);
      at = end + 2;
    } else if (/[A-Za-z_$]/.test(character)) {
      let end = at + 1;
      while (/[\w$]/.test(source[end] ?? "")) end++;
      push("name", source.slice(at, end), end);
    } else if (/\d/.test(character) || (character === "." && /\d/.test(source[at + 1] ?? ""))) {
      const match = /^(0[xX][0-9a-fA-F]+|\d*\.?\d+(?:[eE][+-]?\d+)?\.?)/.exec(source.slice(at, at + 64));
      const text = match?.[0] ?? character;
      push("number", text, at + text.length);
    } else if (character === '"' || character === "'") readString(character);
    else if (character === "`") readTemplate();
    else if (character === "/" && regexMayFollow(tokens.at(-1))) readRegex();
    else {
      const symbol = SYMBOLS.find((one) => source.startsWith(one, at));
      if (symbol === undefined) throw new ScriptSyntaxError(`Unexpected character '${character}'.`, at);
      push("symbol", symbol, at + symbol.length);
    }
  }
  tokens.push({ kind: "end", text: "", at, newLine: true });
  return tokens;

  function readString(quote: string): void {
    let text = "";
    let end = at + 1;
    for (; source[end] !== quote; end++) {
      const one = source[end];
      if (one === undefined || one === "\n") throw new ScriptSyntaxError("Unterminated string constant.", at, false);
      if (one !== "\\") text += one;
      else {
        const escaped = source[++end] ?? "";
        if (escaped === "u") {
          text += String.fromCharCode(Number.parseInt(source.slice(end + 1, end + 5), 16));
          end += 4;
        } else if (escaped === "x") {
          text += String.fromCharCode(Number.parseInt(source.slice(end + 1, end + 3), 16));
          end += 2;
        } else text += ESCAPES[escaped] ?? escaped;
      }
    }
    push("string", text, end + 1);
  }

  /** The text between back quotes as it stands; the parser takes it apart. */
  function readTemplate(): void {
    let end = at + 1;
    for (let depth = 0; depth > 0 || source[end] !== "`"; end++) {
      if (source[end] === undefined) throw new ScriptSyntaxError("Unterminated template.", at, true);
      if (source[end] === "\\") end++;
      else if (source.startsWith("${", end)) depth++;
      else if (source[end] === "}" && depth > 0) depth--;
    }
    push("template", source.slice(at + 1, end), end + 1);
  }

  function readRegex(): void {
    let end = at + 1;
    for (let inClass = false; inClass || source[end] !== "/"; end++) {
      if (source[end] === undefined || source[end] === "\n")
        throw new ScriptSyntaxError("Unterminated regular expression.", at);
      if (source[end] === "\\") end++;
      else if (source[end] === "[") inClass = true;
      else if (source[end] === "]") inClass = false;
    }
    const pattern = source.slice(at + 1, end);
    const flags = /^[a-z]*/.exec(source.slice(end + 1, end + 10))?.[0] ?? "";
    push("regex", pattern, end + 1 + flags.length, flags);
  }
}
