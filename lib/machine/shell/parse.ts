/** The parser's adapter: limits, "is there more to come?", and bash's words for syntax errors. */
import { forEachChild, type ParsedScript, type ParseError, parse, type Statement, type SyntaxNode } from "unbash";

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
  /** More lines may complete it. `expecting`: what bash says when there are none. */
  | { readonly kind: "incomplete"; readonly script: ParsedScript; readonly line: number; readonly expecting: string }
  | { readonly kind: "error"; readonly script: ParsedScript; readonly line: number; readonly message: string };

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

/** Parses, keeping recent results: loops evaluate the same text again and again. */
function parseCached(text: string): ParsedScript {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const script = parse(text);
  if (text.length < 4096) {
    if (cache.size > 200) cache.clear();
    cache.set(text, script);
  }
  return script;
}

export function parseSource(source: SourceText): Parsed {
  const { text } = source;
  if (text.length > MAX_SOURCE) {
    return {
      kind: "error",
      script: EMPTY,
      line: source.firstLine,
      message: "script too large (more than 65536 characters)",
    };
  }
  if (text.length > 2000 && tooManyDocuments(text)) {
    return { kind: "error", script: EMPTY, line: source.firstLine, message: "maximum here-document count exceeded" };
  }
  let script: ParsedScript;
  try {
    script = parseCached(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { kind: "error", script: EMPTY, line: source.firstLine, message: "syntax error: too deeply nested" };
  }
  const error = firstError(script, text);
  if (error === undefined) return { kind: "script", script };
  const lastLine = lineAt(source, text.length) + (text.endsWith("\n") ? 0 : 1);
  const unterminated = /^unterminated/.test(error.message);
  if (unterminated && !/extended glob/.test(error.message)) {
    const close = MATCHING.find(([pattern]) => pattern.test(error.message))?.[1] ?? ")";
    const line = lineAt(source, error.pos);
    return { kind: "incomplete", script, line, expecting: `unexpected EOF while looking for matching \`${close}'` };
  }
  if (/redirect target/.test(error.message) && /^[ \t]*(\n|$)/.test(text.slice(error.pos))) {
    const line = lineAt(source, error.pos);
    return { kind: "error", script, line, message: "syntax error near unexpected token `newline'" };
  }
  const at = skipBlanks(text, error.pos);
  if (at >= text.length || unterminated) {
    return { kind: "incomplete", script, line: lastLine, expecting: "syntax error: unexpected end of file" };
  }
  const token = tokenAt(text, at);
  return {
    kind: "error",
    script,
    line: lineAt(source, at),
    message: `syntax error near unexpected token \`${token}'`,
  };
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
export function statementsBefore(
  parsed: Exclude<Parsed, { kind: "script" }>,
  source: SourceText,
): readonly Statement[] {
  const { commands, errors } = parsed.script;
  const first = errors?.[0];
  return commands.filter((statement, position) => {
    if (lineAt(source, statement.end) >= parsed.line) return false;
    // The one that something is missing from seems to end where the text does.
    if (parsed.kind === "incomplete") return position < commands.length - 1;
    if (!first?.message.startsWith("expected")) return true;
    return source.text.slice(statement.end, first.pos).trim() !== "";
  });
}

/** What ash has no grammar for: the line is refused as ash refuses it. `(( ))` is two subshells there, see `execute.ts`. */
export function withoutBashSyntax(parsed: Parsed, source: SourceText): Parsed {
  if (parsed.kind !== "script" || !/\bselect\b|\bfor\s*\(\(/.test(source.text)) return parsed;
  let found: SyntaxNode | undefined;
  const visit = (node: SyntaxNode): void => {
    if (found !== undefined) return;
    if (node.type === "Select" || node.type === "ArithmeticFor") found = node;
    else forEachChild(node, visit);
  };
  forEachChild(parsed.script, visit);
  if (found === undefined) return parsed;
  const message =
    found.type === "Select" ? "syntax error near unexpected token `do'" : "syntax error: bad for loop variable";
  return { kind: "error", script: parsed.script, line: lineAt(source, found.pos), message };
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
export function wantsMore(text: string): boolean {
  if (/(^|[^\\])(\\\\)*\\\n?$/.test(text)) return true;
  const source = { name: "", text, firstLine: 1 };
  const parsed = parseSource(source);
  if (parsed.kind === "incomplete") return true;
  if (parsed.kind === "error") return false;
  return openHereDocument(parsed.script, text) !== undefined;
}
