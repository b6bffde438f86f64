/** Running source text: line by line, so that a bad line leaves those before it done. */
import type { Statement } from "unbash";
import { expandAliases } from "./aliases.ts";
import { complaintPrefix } from "./ash.ts";
import { DiscardLine, ExitShell } from "./control.ts";
import { executeStatements } from "./execute.ts";
import { lineAt, openHereDocument, type ParseOptions, parseSourcePaid, type SourceText } from "./parse.ts";
import type { Shell } from "./shell.ts";
import type { Problem } from "./syntax/problem.ts";

interface RunOptions {
  /** File the text comes from; for messages. */
  readonly name: string;
  readonly firstLine?: number;
  /** The shell ends with this text: its last command may take the process over. */
  readonly last?: boolean;
  /** Said before the line number of syntax errors: "-c: ", "eval: ". */
  readonly origin?: string;
}

/** Runs a text in the current shell and gives the status of its last command. */
export async function runText(shell: Shell, text: string, options: RunOptions): Promise<number> {
  const outer = { source: shell.source, position: shell.position };
  shell.runDepth++;
  try {
    let part: Part = { text, firstLine: options.firstLine ?? 1 };
    for (;;) {
      const result = await runPart(shell, part, options);
      if (result.rest === undefined) return result.status;
      part = result.rest;
    }
  } finally {
    shell.runDepth--;
    shell.source = outer.source;
    shell.position = outer.position;
  }
}

/** What the shell's settings say about reading text. */
export function syntaxOptions(shell: Shell): ParseOptions & { readonly extended: boolean } {
  return { extended: shell.shopt("extglob"), dialect: shell.flavour.dialect };
}

interface Part {
  readonly text: string;
  readonly firstLine: number;
}

interface Progress {
  readonly status: number;
  /** What is to be parsed again, because aliases changed. */
  readonly rest?: Part;
}

async function runPart(shell: Shell, part: Part, options: RunOptions): Promise<Progress> {
  const spend = (units: number) => shell.process.spend(units);
  const aliases = shell.aliasVersion;
  const text = shell.shopt("expand_aliases") ? await expandAliases(part.text, shell.aliases, spend) : part.text;
  const source: SourceText = { name: options.name, text, firstLine: part.firstLine };
  const syntax = syntaxOptions(shell);
  const parsed = await parseSourcePaid(source, syntax, spend);
  shell.source = source;
  shell.position = 0;
  if (parsed.kind === "script") await warnOpenDocument(shell, source, parsed.script);
  const progress = await runLines(
    shell,
    parsed.script.commands,
    source,
    options.last === true && parsed.kind === "script",
    (of, from) => originalRest(of, part.text, from),
  );
  if (parsed.kind === "script" || progress.rest !== undefined) return progress;
  const { problem } = parsed;
  // What ran before may have changed how the rest is read.
  if (problem.start > 0 && syntaxOptions(shell).extended !== syntax.extended)
    return { status: progress.status, rest: restOf(source, problem.start) };
  if (problem.start > 0 && shell.aliasVersion !== aliases && shell.shopt("expand_aliases"))
    return { status: progress.status, rest: originalRest(source, part.text, problem.start) };
  await reportProblem(shell, source, problem, options);
  return afterProblem(shell, source, problem);
}

/** The rest as it was before aliases were expanded in it, where its lines are still the same. */
function originalRest(source: SourceText, original: string, from: number): Part {
  const lines = source.text.split("\n");
  const written = original.split("\n");
  if (lines.length !== written.length) return restOf(source, from);
  const firstLine = lineAt(source, from);
  return { text: written.slice(firstLine - source.firstLine).join("\n"), firstLine };
}

function restOf(source: SourceText, from: number): Part {
  return { text: source.text.slice(from), firstLine: lineAt(source, from) };
}

function problemStatus(shell: Shell, problem: Problem, outermost: boolean): number {
  if (problem.kind === "condition" && outermost && !endedInside(problem)) return shell.lastStatus;
  // A quote without its end leaves a status that tells of a failure as it is.
  const quote = problem.messages.some(({ text }) => text.startsWith("unexpected EOF while looking for matching"));
  return outermost && quote && problem.kind === "plain" && shell.lastStatus !== 0 ? shell.lastStatus : 2;
}

/** The end of the text, or of its last line, is what does not fit. */
function endedInside(problem: Problem): boolean {
  return problem.incomplete || problem.messages.some(({ text }) => text.includes("`newline'"));
}

/** How a text goes on, and ends, where a command in it is no command. */
function afterProblem(shell: Shell, source: SourceText, problem: Problem): Progress {
  if (!shell.flavour.bash) {
    shell.lastStatus = 2;
    if (!shell.interactive) throw new ExitShell(2);
    return { status: 2 };
  }
  if (problem.kind === "array") {
    shell.lastStatus = 1;
    const newline = source.text.indexOf("\n", problem.end - 1);
    return newline === -1 ? { status: 1 } : { status: 1, rest: restOf(source, newline + 1) };
  }
  const outermost = shell.runDepth <= 1;
  const status = problemStatus(shell, problem, outermost);
  shell.lastStatus = status;
  if (!shell.interactive) {
    if (problem.kind === "command" && (shell.commandString || !outermost))
      throw new ExitShell(shell.commandString ? 127 : status);
    if (shell.readsStandardInput && outermost) throw new ExitShell(status);
  }
  return { status };
}

async function warnOpenDocument(
  shell: Shell,
  source: SourceText,
  script: Parameters<typeof openHereDocument>[0],
): Promise<void> {
  const delimiter = openHereDocument(script, source.text);
  if (delimiter === undefined || !shell.flavour.bash) return;
  const last = lineAt(source, source.text.length) + (source.text.endsWith("\n") ? -1 : 0);
  const at = lineAt(source, source.text.indexOf("<<"));
  await shell.write(
    2,
    `${shell.flavour.prefix(shell.name, last, shell.interactive)}warning: here-document at line ${at} delimited by end-of-file (wanted \`${delimiter}')\n`,
  );
}

/** Writes what is wrong, with its line, and the line itself where bash shows it. */
export async function reportProblem(
  shell: Shell,
  source: SourceText,
  problem: Problem,
  options: RunOptions,
): Promise<void> {
  let out = "";
  for (const { line, text, shown } of problem.messages) {
    if (!shell.flavour.bash) {
      out += `${complaintPrefix(shell, source.firstLine + line)}${text}\n`;
      continue;
    }
    const name = shell.frames.length > 0 || options.origin === undefined ? source.name : shell.name;
    const number = source.firstLine + line;
    const place =
      shell.interactive && options.origin === undefined
        ? `${shell.name}: `
        : `${name}: ${options.origin ?? ""}line ${number}: `;
    out += `${place}${text}\n`;
    if (shown && !shell.interactive) out += `${place}\`${source.text.split("\n")[line] ?? ""}'\n`;
  }
  await shell.write(2, out);
}

/** Statements that begin on the line where the one before ends belong together: an error drops them all. */
async function runLines(
  shell: Shell,
  statements: readonly Statement[],
  source: SourceText,
  last: boolean,
  unexpanded: (source: SourceText, from: number) => Part,
): Promise<Progress> {
  let status = 0;
  const outer = shell.runDepth > 1 ? { loopDepth: shell.loopDepth, tested: shell.tested } : { loopDepth: 0, tested: 0 };
  const { aliasVersion } = shell;
  // `set -v`: lines are shown as they are read, those that a command turned it on in are not.
  let read = 0;
  const show = async (to: number): Promise<void> => {
    const text = source.text.slice(read, to);
    read = to;
    // Ash shows what it reads, and an argument it does not read.
    if (!shell.flavour.bash && shell.commandString) return;
    if (text !== "" && shell.option("verbose")) await shell.write(2, text.endsWith("\n") ? text : `${text}\n`);
  };
  for (let at = 0; at < statements.length; ) {
    let end = at + 1;
    while (end < statements.length && sameLine(source, statements[end - 1] as Statement, statements[end] as Statement))
      end++;
    const newline = source.text.indexOf("\n", (statements[end - 1] as Statement).end);
    await show(newline === -1 ? source.text.length : newline + 1);
    try {
      if (shell.option("noexec") && !shell.interactive) status = 0;
      else {
        status = await executeStatements(shell, statements.slice(at, end), {
          last: last && end === statements.length,
        });
      }
    } catch (error) {
      if (!(error instanceof DiscardLine)) throw error;
      // Within `eval` and the like, too, what is dropped is a line; but the process of a subshell ends.
      if (shell.runDepth > 1 && (error.fatal || shell.subshellDepth > 0 || shell.interactive)) throw error;
      status = error.status;
      shell.lastStatus = status;
      shell.loopDepth = outer.loopDepth;
      shell.tested = outer.tested;
      if (error.fatal && !shell.interactive) throw new ExitShell(status);
    }
    at = end;
    if (shell.option("onecmd") && shell.runDepth === 1 && !shell.commandString) throw new ExitShell(status);
    const next = statements[at];
    if (shell.aliasVersion !== aliasVersion && next !== undefined && shell.shopt("expand_aliases")) {
      return { status, rest: unexpanded(source, next.pos) };
    }
  }
  await show(source.text.length);
  return { status };
}

function sameLine(source: SourceText, one: Statement, next: Statement): boolean {
  return !source.text.slice(one.end, next.pos).includes("\n");
}
