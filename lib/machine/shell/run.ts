/** Running source text: line by line, so that a bad line leaves those before it done. */
import type { Statement } from "unbash";
import { expandAliases } from "./aliases.ts";
import { DiscardLine, ExitShell } from "./control.ts";
import { executeStatements } from "./execute.ts";
import {
  lineAt,
  openHereDocument,
  parseSource,
  type SourceText,
  statementsBefore,
  withoutBashSyntax,
} from "./parse.ts";
import type { Shell } from "./shell.ts";

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
  const text = shell.shopt("expand_aliases") ? expandAliases(part.text, shell.aliases) : part.text;
  const source: SourceText = { name: options.name, text, firstLine: part.firstLine };
  const parsed = shell.flavour.bash ? parseSource(source) : withoutBashSyntax(parseSource(source), source);
  const statements = parsed.kind === "script" ? parsed.script.commands : statementsBefore(parsed, source);
  shell.source = source;
  shell.position = 0;
  if (parsed.kind === "script") await warnOpenDocument(shell, source, parsed.script);
  const progress = await runLines(shell, statements, source, options.last === true && parsed.kind === "script");
  if (parsed.kind === "script" || progress.rest !== undefined) return progress;
  const message = parsed.kind === "error" ? parsed.message : parsed.expecting;
  await reportSyntaxError(shell, source, parsed.line, message, options);
  shell.lastStatus = 2;
  return { status: 2 };
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

async function reportSyntaxError(
  shell: Shell,
  source: SourceText,
  line: number,
  message: string,
  options: RunOptions,
): Promise<void> {
  if (!shell.flavour.bash) {
    const near = /unexpected token `(.*)'$/s.exec(message)?.[1];
    const said =
      near === undefined
        ? message.replace(/^unexpected EOF.*$/, "syntax error: unterminated quoted string")
        : `syntax error: unexpected "${near}"`;
    await shell.write(2, `${shell.flavour.prefix(shell.name, line, shell.interactive)}${said}\n`);
    return;
  }
  const name = shell.frames.length > 0 || options.origin === undefined ? source.name : shell.name;
  const place =
    shell.interactive && options.origin === undefined
      ? `${shell.name}: `
      : `${name}: ${options.origin ?? ""}line ${line}: `;
  let out = `${place}${message}\n`;
  if (message.startsWith("syntax error near") && !shell.interactive) {
    const text = source.text.split("\n")[line - source.firstLine] ?? "";
    out += `${place}\`${text}'\n`;
  }
  await shell.write(2, out);
}

/** Statements that begin on the line where the one before ends belong together: an error drops them all. */
async function runLines(
  shell: Shell,
  statements: readonly Statement[],
  source: SourceText,
  last: boolean,
): Promise<Progress> {
  let status = 0;
  const { aliasVersion } = shell;
  // `set -v`: lines are shown as they are read, those that a command turned it on in are not.
  let read = 0;
  const show = async (to: number): Promise<void> => {
    const text = source.text.slice(read, to);
    read = to;
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
      if (!(error instanceof DiscardLine) || shell.runDepth > 1) throw error;
      status = error.status;
      shell.lastStatus = status;
      shell.loopDepth = 0;
      shell.tested = 0;
      if (error.fatal && !shell.interactive) throw new ExitShell(status);
    }
    at = end;
    const next = statements[at];
    if (shell.aliasVersion !== aliasVersion && next !== undefined && shell.shopt("expand_aliases")) {
      return { status, rest: { text: source.text.slice(next.pos), firstLine: lineAt(source, next.pos) } };
    }
  }
  await show(source.text.length);
  return { status };
}

function sameLine(source: SourceText, one: Statement, next: Statement): boolean {
  return !source.text.slice(one.end, next.pos).includes("\n");
}
