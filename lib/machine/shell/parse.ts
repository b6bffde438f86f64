/** The parser's adapter: limits, "is there more to come?", and bash's words for syntax errors. */
import { forEachChild, type ParsedScript, type ParseError, parse, type Statement, type SyntaxNode } from "unbash";
import type { Spend } from "../pieces.ts";
import { findProblem, problemSteps } from "./syntax/check.ts";
import type { Dialect } from "./syntax/dialect.ts";
import type { Problem } from "./syntax/problem.ts";

/** Longest source that is parsed, in characters. */
export const MAX_SOURCE = 65_536;

/** Where statements come from: for line numbers and messages. */
export interface SourceText {
  /** File, or the name the shell goes by. */
  readonly name: string;
  readonly text: string;
  /** Number of the first line. */
  readonly firstLine: number;
}

type Parsed =
  | { readonly kind: "script"; readonly script: ParsedScript }
  /** `script` holds what stands before the command that is wrong. */
  | { readonly kind: "problem"; readonly script: ParsedScript; readonly problem: Problem };

export interface ParseOptions {
  /** `shopt -s extglob` holds: what it changes about words. */
  readonly extended?: boolean;
  readonly dialect?: Dialect;
}

const EMPTY: ParsedScript = { type: "Script", pos: 0, end: 0, shebang: undefined, commands: [] };

export function lineAt(source: SourceText, position: number): number {
  let line = source.firstLine;
  for (let i = source.text.indexOf("\n"); i !== -1 && i < position; i = source.text.indexOf("\n", i + 1)) line++;
  return line;
}

const MATCHING: readonly (readonly [RegExp, string])[] = [
  [/double quote/, '"'],
  [/single quote|ANSI-C/i, "'"],
  [/backtick/, "`"],
  [/parameter expansion/, "}"],
  [/command substitution|process substitution|arithmetic|extended glob|array|subshell/, ")"],
];

const cache = new Map<string, ParsedScript>();
const problems = new Map<string, Problem | undefined>();

/** Keeps recent results: loops evaluate the same text again and again. */
function remembered<T>(known: Map<string, T>, text: string, key: string, make: (text: string) => T): T {
  if (known.has(key)) return known.get(key) as T;
  const made = make(text);
  keep(known, text, key, made);
  return made;
}

function keep<T>(known: Map<string, T>, text: string, key: string, made: T): void {
  if (text.length >= 4096) return;
  if (known.size > 200) known.clear();
  known.set(key, made);
}

/** The latest long text that was read in pieces: a command line is looked at for its end, then run. */
let recent: { readonly key: string; readonly parsed: Parsed } | undefined;

const parseCached = (text: string): ParsedScript => remembered(cache, text, text, (each) => parse(each));

const keyOf = (text: string, options: ParseOptions): string =>
  `${options.dialect?.name ?? ""}${options.extended ? "+" : "-"}${text}`;

function problemOf(text: string, options: ParseOptions): Problem | undefined {
  return remembered(problems, text, keyOf(text, options), (each) => findProblem(each, options));
}

function refused(source: SourceText, text: string): Parsed {
  const problem: Problem = {
    kind: "plain",
    start: 0,
    end: source.text.length,
    messages: [{ line: 0, text, shown: false }],
    incomplete: false,
  };
  return { kind: "problem", script: EMPTY, problem };
}

export function parseSource(source: SourceText, options: ParseOptions = {}): Parsed {
  const early = tooLarge(source);
  if (early !== undefined) return early;
  return withinStack(source, () => parsedOf(source, problemOf(source.text, options)));
}

/** Longer texts are read in pieces, and paid for. */
const PARSED_AT_ONCE = 2048;

/** `parseSource` of a text that may be long: nobody waits for all of it. */
export async function parseSourcePaid(source: SourceText, options: ParseOptions, spend: Spend): Promise<Parsed> {
  const { text } = source;
  if (text.length <= PARSED_AT_ONCE) return parseSource(source, options);
  const early = tooLarge(source);
  if (early !== undefined) return early;
  const key = `${source.firstLine}:${keyOf(text, options)}`;
  if (recent?.key === key) return recent.parsed;
  const steps = problemSteps(text, options);
  let found: Problem | undefined;
  for (;;) {
    const step = withinStack(source, () => steps.next());
    if ("kind" in step) return step;
    if (step.done) {
      found = step.value;
      break;
    }
    await spend(step.value >> 5);
  }
  // The parser itself does not halt: it has a stretch of its own.
  await spend(text.length >> 6);
  const parsed = withinStack(source, () => parsedOf(source, found));
  recent = { key, parsed };
  await spend(text.length >> 6);
  return parsed;
}

function tooLarge(source: SourceText): Parsed | undefined {
  const { text } = source;
  if (text.length > MAX_SOURCE) return refused(source, "script too large (more than 65536 characters)");
  if (text.length > 2000 && tooManyDocuments(text)) return refused(source, "maximum here-document count exceeded");
  return undefined;
}

function withinStack<T>(source: SourceText, make: () => T): T | Parsed {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return refused(source, "syntax error: too deeply nested");
  }
}

function parsedOf(source: SourceText, found: Problem | undefined): Parsed {
  const { text } = source;
  if (found !== undefined) return { kind: "problem", script: parseCached(text.slice(0, found.start)), problem: found };
  const script = parseCached(text);
  const problem = parserProblem(script, source);
  if (problem === undefined) return { kind: "script", script };
  return { kind: "problem", script: { ...script, commands: statementsBefore(script, source, problem) }, problem };
}

/** What the parser itself has no way to read. */
function parserProblem(script: ParsedScript, source: SourceText): Problem | undefined {
  const { text } = source;
  const error = firstError(script, text);
  if (error === undefined) return undefined;
  const make = (line: number, words: string, incomplete: boolean): Problem => {
    const shown = words.startsWith("syntax error near");
    return {
      kind: "plain",
      start: error.pos,
      end: text.length,
      messages: [{ line: line - source.firstLine, text: words, shown }],
      incomplete,
    };
  };
  const lastLine = lineAt(source, text.length) + (text.endsWith("\n") ? 0 : 1);
  const unterminated = /^unterminated/.test(error.message);
  if (unterminated && !/extended glob/.test(error.message)) {
    const close = MATCHING.find(([pattern]) => pattern.test(error.message))?.[1] ?? ")";
    return make(lineAt(source, error.pos), `unexpected EOF while looking for matching \`${close}'`, true);
  }
  if (/redirect target/.test(error.message) && /^[ \t]*(\n|$)/.test(text.slice(error.pos)))
    return make(lineAt(source, error.pos), "syntax error near unexpected token `newline'", false);
  const at = skipBlanks(text, error.pos);
  if (at >= text.length || unterminated) return make(lastLine, "syntax error: unexpected end of file", true);
  return make(lineAt(source, at), `syntax error near unexpected token \`${tokenAt(text, at)}'`, false);
}

/** The parser's time grows with the square of the here-documents that wait for their text. */
const MAX_DOCUMENTS = 500;

function tooManyDocuments(text: string): boolean {
  let count = 0;
  for (let at = text.indexOf("<<"); at !== -1; at = text.indexOf("<<", at + 2)) if (++count > MAX_DOCUMENTS) break;
  if (count <= MAX_DOCUMENTS) return false;
  return text.split("\n").some((line) => line.split("<<").length > MAX_DOCUMENTS);
}

function firstError(script: ParsedScript, text: string): ParseError | undefined {
  let first = script.errors?.[0];
  if (first === undefined && /\(\s*$|[<>|&!]\s*$/.test(text)) {
    // The parser is tolerant of a few commands that simply stop.
    if (/[\w)]\s*\(\s*$/.test(text) && !/\$\(\s*$/.test(text))
      first = { message: "expected command", pos: text.length };
  }
  return first;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < text.length && /[ \t\n]/.test(text.charAt(at))) at++;
    if (text.charAt(at) !== "#" || (at > 0 && !/[\s;&|()]/.test(text.charAt(at - 1)))) return at;
    while (at < text.length && text.charAt(at) !== "\n") at++;
  }
}

function tokenAt(text: string, at: number): string {
  const token = /^(?:;;&|;;|;&|&&|\|\||\|&|&>>|&>|<<<|<<-|<<|>>|<>|<&|>&|>\||[;&|()<>]|[^\s;&|()<>]+)/.exec(
    text.slice(at, at + 200),
  );
  return token?.[0] ?? "newline";
}

/** The statements of a script that stand before the line where it goes wrong. */
function statementsBefore(script: ParsedScript, source: SourceText, problem: Problem): Statement[] {
  const { commands, errors } = script;
  const first = errors?.[0];
  const line = (problem.messages[0]?.line ?? 0) + source.firstLine;
  return commands.filter((statement, position) => {
    if (lineAt(source, statement.end) >= line) return false;
    // The one that something is missing from seems to end where the text does.
    if (problem.incomplete) return position < commands.length - 1;
    if (!first?.message.startsWith("expected")) return true;
    return source.text.slice(statement.end, first.pos).trim() !== "";
  });
}

/** The first here-document whose delimiter never came. */
export function openHereDocument(script: ParsedScript, text: string): string | undefined {
  if (!text.includes("<<")) return undefined;
  let found: string | undefined;
  const visit = (node: SyntaxNode): void => {
    if (found !== undefined) return;
    if (node.type === "HereDoc" && node.closing === undefined) found = node.delimiter?.value ?? "";
    else forEachChild(node, visit);
  };
  forEachChild(script, visit);
  return found;
}

/** True where a prompt should ask for another line before the text is run. */
export async function wantsMore(text: string, options: ParseOptions, spend: Spend): Promise<boolean> {
  if (/(^|[^\\])(\\\\)*\\\n?$/.test(text)) return true;
  const parsed = await parseSourcePaid({ name: "", text, firstLine: 1 }, options, spend);
  if (parsed.kind === "problem") return parsed.problem.incomplete;
  return openHereDocument(parsed.script, text) !== undefined;
}
