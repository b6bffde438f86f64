/** What each awk says of a program that is none. Words seen on mawk 1.3.4, gawk 5.2 and BusyBox 1.35. */
import { BUSYBOX, type Dialect, GAWK, MAWK, placeWords, type Sources } from "./dialect.ts";
import type { Token } from "./lexer.ts";

/** What is wrong with the text of a program. */
export type Fault =
  | { readonly type: "token"; readonly token: Token; readonly parentheses: number; readonly braces: number }
  | { readonly type: "character"; readonly character: string; readonly at: number }
  | { readonly type: "string"; readonly text: string; readonly at: number }
  | { readonly type: "regex"; readonly text: string; readonly at: number }
  | { readonly type: "pattern"; readonly source: string; readonly message: string }
  | { readonly type: "undefined"; readonly names: readonly string[]; readonly line: number }
  | { readonly type: "redefined" | "parameterIsFunction" | "spaced" | "tooMany"; readonly name: string }
  | {
      readonly type: "duplicate";
      readonly name: string;
      readonly parameter: string;
      readonly places: readonly number[];
    }
  | { readonly type: "return"; readonly at: number }
  | { readonly type: "loop"; readonly word: string }
  | { readonly type: "next"; readonly word: string; readonly rule: "BEGIN" | "END" }
  | { readonly type: "arguments"; readonly name: string; readonly count: number; readonly at: number }
  /** `printf` of nothing. */
  | { readonly type: "noFormat" }
  | { readonly type: "noAction"; readonly rule: string }
  | { readonly type: "array" | "scalar"; readonly name: string; readonly parameter: boolean }
  | { readonly type: "division"; readonly operator: string }
  /** What this awk is known to have and ours has not, or will not do. */
  | { readonly type: "refused"; readonly message: string };

/** The program is wrong: `fault` is told in the words of the awk that reads it. */
export class AwkSyntaxError extends Error {
  readonly fault: Fault;
  readonly line: number;
  constructor(fault: Fault, line: number) {
    super(fault.type);
    this.fault = fault;
    this.line = line;
  }
}

/** The lines to print, each without the awk's name in front, and the status to end with. */
export function faultWords(
  dialect: Dialect,
  sources: Sources,
  { fault, line }: AwkSyntaxError,
): { readonly lines: readonly string[]; readonly status: number } {
  // BusyBox counts no line that is not there.
  const over = dialect.name === "busybox" && fault.type === "token" && fault.token.kind === "end";
  const place = sources.place(over ? Math.max(1, line - 1) : line);
  const at = placeWords(dialect, place);
  const words = { mawk: mawkWords, gawk: gawkWords, busybox: busyboxWords }[dialect.name];
  return words(fault, at, sources, line);
}

type Told = { readonly lines: readonly string[]; readonly status: number };

// ------------------------------------------------------------------------------------------------------------ mawk

const shown = (token: Token) =>
  token.text === "~" || token.text === "!~"
    ? ""
    : token.kind === "end" || token.kind === "newline"
      ? "end of line"
      : token.kind === "string"
        ? token.text
        : token.text;

/** Complaints of one kind before mawk gives up. */
const MAWK_MOST = 5;

function mawkWords(fault: Fault, at: string, sources: Sources, line: number): Told {
  const after = placeWords(MAWK, sources.place(line + 1));
  const told = (...lines: string[]): Told => ({ lines, status: 2 });
  switch (fault.type) {
    case "token": {
      const { token, parentheses, braces } = fault;
      const ends = token.kind === "newline" || token.kind === "end" || token.text === ";" || token.text === "}";
      if (token.kind === "end" && braces > 0) return told(`${at}missing } near end of file`);
      if (token.kind === "newline" && token.text === "" && braces > 0)
        return told(`${at}syntax error at or near end of line`, `${after}missing } near end of file`);
      if (token.text === ")" && token.kind === "punctuation" && parentheses === 0) return told(`${at}extra ')'`);
      if (token.text === "}" && token.kind === "punctuation" && braces === 0)
        return told(`${at}extra '}'`, `${at}syntax error at or near end of line`);
      if (ends && parentheses > 0 && token.kind === "punctuation") return told(`${at}missing ) near ${token.text}`);
      return told(`${at}syntax error at or near ${shown(token)}`);
    }
    case "character":
      return told(`${at.replace(/^(.*)line (\d+): $/, "$1$2: ")}unexpected character '${fault.character}'`);
    case "string":
      return told(`${at}runaway string constant ${fault.text} ...`);
    case "regex":
      return told(`${at}runaway regular expression ${fault.text} ...`);
    case "pattern":
      return told(`${at}regular expression compile failed (${fault.message})\n${fault.source}`);
    case "undefined":
      return told(
        ...fault.names
          .toReversed()
          .slice(0, MAWK_MOST)
          .map((name) => `${at}function ${name} never defined`),
      );
    case "redefined":
      return told(`${at}redefinition of ${fault.name}`);
    case "parameterIsFunction":
      return told(`${at}syntax error at or near ${fault.name}`, `${at}return outside function body`);
    case "spaced":
      return told(`${at}syntax error at or near ${fault.name}`);
    case "tooMany":
      return told(`${at}too many arguments in call to ${fault.name}`);
    case "duplicate":
      return told(`${at}${fault.parameter} is duplicated in argument list`);
    case "return":
      return told(`${at}return outside function body`);
    case "loop":
      return told(`${at}${fault.word} statement outside of loop`);
    case "next":
      return told(`${at}improper use of ${fault.word}`);
    case "arguments":
      return told(
        fault.count < 2 && /^(?:g?sub|split|match)$/.test(fault.name)
          ? `${at}syntax error at or near )`
          : `${at}wrong number of arguments in call to ${fault.name}`,
      );
    case "noFormat":
      return told(`${at}no arguments in call to printf`);
    case "noAction":
      return told(`${at}syntax error at or near end of line`);
    case "array":
      return told(`${at}illegal reference to ${fault.parameter ? "local " : ""}array ${fault.name}`);
    case "scalar":
      return told(`${at}illegal reference to ${fault.parameter ? "local " : ""}variable ${fault.name}`);
    case "division":
      return told(`${at}division by zero`);
    case "refused":
      return told(`${at}${fault.message}`);
  }
}

// ------------------------------------------------------------------------------------------------------------ gawk

/** The line of the program with a mark under what is wrong. */
function pointed(at: string, sources: Sources, from: number, message: string): Told {
  const start = sources.text.lastIndexOf("\n", from - 1) + 1;
  const end = sources.text.indexOf("\n", from);
  const line = sources.text.slice(start, end === -1 ? undefined : end);
  const blanks = line.slice(0, from - start).replace(/[^\t]/g, " ");
  return { lines: [`${at}${line}`, `${at}${blanks}^ ${message}`], status: 1 };
}

/** Where nothing but the end of a file, or a comment, follows what was begun. */
function unfinishedAt(sources: Sources, line: number): Told | undefined {
  const { text } = sources;
  const last = text.slice(text.replace(/\n$/, "").lastIndexOf("\n") + 1);
  const place = sources.place(line - 2);
  const comment = /^[^"/]*#/.exec(last);
  const ended = last.endsWith("\n") && place.file !== undefined;
  if (!ended && (comment === null || last.endsWith("\n"))) return undefined;
  const at = placeWords(GAWK, sources.place(ended ? line - 2 : line - 1));
  const blanks = " ".repeat(ended ? 0 : (comment?.[0].length ?? 1) - 1);
  const words = "source files / command-line arguments must contain complete functions or rules";
  return { lines: [`${at}(END OF FILE)`, `${at}${blanks}^ ${words}`], status: 1 };
}

function gawkWords(fault: Fault, at: string, sources: Sources, line: number): Told {
  const error = (text: string): Told => ({ lines: [`${at}error: ${text}`], status: 1 });
  const fatal = (text: string): Told => ({ lines: [`${at}fatal: ${text}`], status: 2 });
  switch (fault.type) {
    case "token": {
      const { token } = fault;
      const over = token.kind === "newline" || token.kind === "end";
      const unfinished = token.kind === "end" ? unfinishedAt(sources, line) : undefined;
      if (unfinished !== undefined) return unfinished;
      // Its count goes on at the newline that is in the way, and not at the end that follows one.
      const counted = line + (token.kind === "newline" ? 1 : token.kind === "end" ? -1 : 0);
      const where = placeWords(GAWK, sources.place(counted));
      return pointed(where, sources, token.at, over ? "unexpected newline or end of string" : "syntax error");
    }
    case "character":
      return pointed(
        at,
        sources,
        fault.at,
        // Some are signs of other languages that it knows.
        /[.&|]/.test(fault.character) ? "syntax error" : `invalid char '${fault.character}' in expression`,
      );
    case "string":
      return pointed(at, sources, fault.at, "unterminated string");
    case "regex":
      return pointed(at, sources, fault.at + 1, "unterminated regexp");
    case "pattern":
      return error(`${fault.message}: /${fault.source}/`);
    case "undefined": {
      const where = placeWords(GAWK, sources.place(fault.line));
      return { lines: [`${where}fatal: function \`${fault.names[0]}' not defined`], status: 2 };
    }
    case "redefined":
      return error(`function name \`${fault.name}' previously defined`);
    case "parameterIsFunction":
      return error(`function \`${fault.name}': cannot use function name as parameter name`);
    case "spaced":
      return error(
        `function \`${fault.name}' called with space between name and \`(',\nor used as a variable or an array`,
      );
    case "tooMany":
      return fatal(`function \`${fault.name}' called with more arguments than declared`);
    case "duplicate": {
      const [first, second] = fault.places;
      return error(
        `function \`${fault.name}': parameter #${second}, \`${fault.parameter}', duplicates parameter #${first}`,
      );
    }
    case "return":
      return pointed(at, sources, fault.at, "`return' used outside function context");
    case "loop": {
      const where = fault.word === "break" ? "a loop or switch" : "a loop";
      const line = `${at}error: \`${fault.word}' is not allowed outside ${where}`;
      return { lines: [line, line], status: 1 };
    }
    case "next":
      return error(`\`${fault.word}' used in ${fault.rule} action`);
    case "arguments":
      return pointed(at, sources, fault.at, `${fault.count} is invalid as number of arguments for ${fault.name}`);
    case "noFormat":
      return fatal("printf: no arguments");
    case "noAction":
      return { lines: [`${at}${fault.rule} blocks must have an action part`], status: 1 };
    case "array":
      return fatal(`attempt to use array \`${fault.name}' in a scalar context`);
    case "scalar":
      return fatal(`attempt to use scalar ${fault.parameter ? "parameter " : ""}\`${fault.name}' as an array`);
    case "division": {
      const where = fault.operator === "/" ? "" : ` in \`${fault.operator}'`;
      const text = `division by zero attempted${where}`;
      return fault.operator.endsWith("=") ? fatal(text) : error(text);
    }
    case "refused":
      return fatal(fault.message);
  }
}

// --------------------------------------------------------------------------------------------------------- BusyBox

function busyboxWords(fault: Fault, at: string, sources: Sources): Told {
  const told = (text: string): Told => ({ lines: [`${at}${text}`], status: 1 });
  switch (fault.type) {
    case "string":
    case "regex":
      return told("Unexpected end of string");
    case "pattern":
      return { lines: [`bad regex '${fault.source}': ${fault.message}`], status: 1 };
    case "undefined":
      return { lines: [`${placeWords(BUSYBOX, sources.place(fault.line))}Call to undefined function`], status: 1 };
    case "redefined":
      return told("Duplicate function");
    case "loop":
      return told(`'${fault.word}' not in a loop`);
    case "arguments":
      return told(fault.count === 0 || fault.name !== "rand" ? "Too few arguments" : "Too many arguments");
    case "division":
      return told("Division by zero");
    case "refused":
      return told(fault.message);
    default:
      return told("Unexpected token");
  }
}
