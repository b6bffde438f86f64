/** Colon commands: ranges, and a table of what each does (ex_docmd.c). */
import { toldOf } from "./buffer.ts";
import type { Command } from "./ex-command.ts";
import { show } from "./ex-command.ts";
import { edit, goArgument, goBuffer, quit, quitAll, read, saveAs, shell, write, writeQuit } from "./ex-files.ts";
import { compiled, readAddress, readRange } from "./ex-range.ts";
import { fileInfo, listBuffers, writeBuffer } from "./files.ts";
import { oneCommand } from "./normal.ts";
import { deleteSpan, joinLines, putRegister, shiftLines, tellLines, yankSpan } from "./operators.ts";
import { matchFrom } from "./pattern.ts";
import { setOptions } from "./set.ts";
import type { Message, Step, Vi } from "./state.ts";
import { splitAt, substitute } from "./substitute.ts";
import { firstNonBlank } from "./text.ts";

type Run = (vi: Vi, command: Command) => Step<void> | void;

/** Names with the shortest abbreviation each. `bar`: takes what follows a bar as its own. */
const COMMANDS: readonly {
  readonly name: string;
  readonly least: number;
  readonly whole?: boolean;
  readonly bar?: boolean;
  readonly run: Run;
}[] = [
  { name: "append", least: 1, run: refused },
  {
    name: "args",
    least: 2,
    run: (vi) => vi.say(vi.args.map((path, index) => (index === vi.argument ? `[${path}]` : path)).join("   ") || ""),
  },
  { name: "buffer", least: 1, run: goBuffer },
  { name: "buffers", least: 7, run: (vi, { echo }) => show(vi, echo, listBuffers(vi)) },
  { name: "copy", least: 2, run: (vi, command) => copyLines(vi, command) },
  { name: "cquit", least: 2, run: cancel },
  { name: "delete", least: 1, run: deleteLines },
  { name: "display", least: 2, run: showRegisters },
  { name: "echo", least: 2, run: echo },
  { name: "edit", least: 1, run: edit },
  { name: "enew", least: 3, run: refused },
  { name: "exit", least: 3, run: writeQuit },
  {
    name: "file",
    least: 1,
    run: (vi, { argument }) => (argument === "" ? vi.say(fileInfo(vi)) : vi.fail("files are not renamed here")),
  },
  { name: "files", least: 5, run: (vi, { echo }) => show(vi, echo, listBuffers(vi)) },
  { name: "first", least: 3, run: (vi, command) => goArgument(vi, 0, command) },
  { name: "global", least: 1, bar: true, run: (vi, command) => global(vi, command, !command.bang) },
  { name: "help", least: 1, run: (vi) => vi.fail("there are no help pages here: try `man vi`") },
  { name: "join", least: 1, run: join },
  { name: "k", least: 1, run: mark },
  { name: "last", least: 2, run: (vi, command) => goArgument(vi, vi.args.length - 1, command) },
  { name: "ls", least: 2, run: (vi, { echo }) => show(vi, echo, listBuffers(vi)) },
  { name: "list", least: 1, run: print },
  { name: "mark", least: 2, run: mark },
  { name: "marks", least: 5, run: showMarks },
  { name: "move", least: 1, run: moveLines },
  { name: "next", least: 1, run: (vi, command) => goArgument(vi, vi.argument + 1, command) },
  { name: "nohlsearch", least: 3, run: noHighlight },
  { name: "normal", least: 4, bar: true, run: normal },
  { name: "number", least: 2, run: print },
  { name: "Next", least: 1, run: (vi, command) => goArgument(vi, vi.argument - 1, command) },
  { name: "previous", least: 4, run: (vi, command) => goArgument(vi, vi.argument - 1, command) },
  { name: "print", least: 1, run: print },
  { name: "put", least: 2, run: put },
  { name: "pwd", least: 2, run: refused },
  { name: "qall", least: 2, run: quitAll },
  { name: "quit", least: 1, run: quit },
  { name: "quitall", least: 5, run: quitAll },
  { name: "read", least: 1, bar: true, run: read },
  { name: "redo", least: 3, run: (vi) => void undo(vi, false) },
  { name: "registers", least: 3, run: showRegisters },
  { name: "rewind", least: 3, run: (vi, command) => goArgument(vi, 0, command) },
  { name: "saveas", least: 3, run: saveAs },
  {
    name: "set",
    least: 2,
    run: (vi, { argument, echo }) => {
      const lines = setOptions(vi, argument);
      if (lines.length === 1) vi.say(lines[0] as string);
      else if (lines.length > 1) return show(vi, echo, lines);
    },
  },
  { name: "sort", least: 3, run: sort },
  {
    name: "stop",
    least: 2,
    run: function* () {
      yield { kind: "suspend" };
    },
  },
  { name: "substitute", least: 1, bar: false, run: (vi, command) => substitute(vi, command, command.argument, false) },
  {
    name: "suspend",
    least: 3,
    run: function* () {
      yield { kind: "suspend" };
    },
  },
  { name: "t", least: 1, run: (vi, command) => copyLines(vi, command) },
  { name: "undo", least: 1, run: (vi) => void undo(vi, true) },
  { name: "version", least: 2, run: (vi) => vi.say("vi, as Vim 9.0 without its windows, scripts and colours") },
  { name: "vglobal", least: 1, bar: true, run: (vi, command) => global(vi, command, false) },
  { name: "wall", least: 2, run: (vi, command) => write(vi, command) },
  {
    name: "wnext",
    least: 2,
    run: (vi, command) => {
      writeBuffer(vi, { from: 0, to: vi.lastRow, path: undefined, force: command.bang, append: false });
      goArgument(vi, vi.argument + 1, command);
    },
  },
  { name: "wq", least: 2, run: writeQuit },
  { name: "wqall", least: 3, run: writeQuit },
  { name: "write", least: 1, bar: true, run: write },
  { name: "xall", least: 2, run: writeQuit },
  { name: "xit", least: 1, run: writeQuit },
  { name: "yank", least: 1, run: yank },
  { name: "&&", least: 2, run: (vi, command) => substitute(vi, command, `&${command.argument}`, true) },
  { name: "&", least: 1, run: (vi, command) => substitute(vi, command, command.argument, true) },
  { name: "~", least: 1, run: refused },
  { name: "=", least: 1, run: (vi, { addresses, to }) => vi.say(String((addresses === 0 ? vi.lastRow : to) + 1)) },
  { name: ">", least: 1, run: (vi, command) => shift(vi, command, 1) },
  { name: "<", least: 1, run: (vi, command) => shift(vi, command, -1) },
  { name: "#", least: 1, run: print },
];

/** Vim's own that are not here: said so, instead of being taken for typing errors. */
const NOT_HERE =
  /^(?:sp(?:lit)?|vs(?:plit)?|new|vne(?:w)?|tabe(?:dit)?|tabn(?:ew|ext)?|sy(?:ntax)?|filet(?:ype)?|map|nmap|imap|vmap|nn(?:oremap)?|ino(?:remap)?|no(?:remap)?|ab(?:breviate)?|au(?:tocmd)?|colo(?:rscheme)?|so(?:urce)?|let|if|for|fu(?:nction)?|exe(?:cute)?|call|fold|only|on|clo(?:se)?|mak(?:e)?|gr(?:ep)?|vim(?:grep)?|cn(?:ext)?|cope(?:n)?|E(?:xplore)?|cd|lcd|bn(?:ext)?|bp(?:revious)?|bd(?:elete)?|his(?:tory)?|ju(?:mps)?|center|ce|retab|ret|diffthis|digraphs|dig|sh(?:ell)?|bro(?:wse)?|scriptnames|mes(?:sages)?|term(?:inal)?)$/;

function cancel(vi: Vi): void {
  vi.quit = 1;
}

function noHighlight(vi: Vi): void {
  vi.highlightOff = true;
}

function refused(vi: Vi, { echo }: Command): void {
  vi.fail(`:${echo.replace(/^[^a-zA-Z~]*/, "").split(/[^\w~]/)[0]} is not available here`);
}

/** Runs what was typed after a colon. `typed`: it stays on the bottom line. */
export function* runColon(vi: Vi, text: string, typed = false): Step<void> {
  let rest: string | undefined = text;
  if (typed) vi.say(`:${text}`, false);
  for (let part = 0; rest !== undefined; part++) {
    rest = yield* runOne(vi, rest, part);
    if (vi.quit !== undefined) return;
  }
}

/** Runs the first command of a line; what follows its bar. */
function* runOne(vi: Vi, text: string, part: number): Step<string | undefined> {
  const trimmed = text.replace(/^[\s:]+/, "");
  if (trimmed.startsWith('"')) return undefined;
  const range = yield* readRange(vi, trimmed);
  let rest = trimmed.slice(range.length).trimStart();
  if (rest === "" || rest.startsWith("|")) {
    if (range.addresses > 0) {
      vi.leap({ row: range.to, column: firstNonBlank(vi.buffer.line(range.to)) });
      // As vi always did: a line that something follows is printed.
      if (rest !== "") vi.say(`${vi.options.number ? `${String(range.to + 1).padStart(3)} ` : ""}${vi.line}`);
    }
    return rest === "" ? undefined : rest.slice(1);
  }
  if (rest.startsWith("!")) {
    yield* shell(vi, range, rest.slice(1), text);
    return undefined;
  }
  const word = /^(?:k(?![a-z])|s(?=[^a-zA-Z\s"|])|&&|[a-zA-Z]+|[<>]+|[&~=#])/.exec(rest)?.[0] ?? "";
  const short = word.charAt(0) === ">" || word.charAt(0) === "<" ? word.charAt(0) : word;
  const command =
    COMMANDS.find(({ name, least }) => short !== "" && name.startsWith(short) && short.length >= least) ??
    abbreviated(rest);
  if (command === undefined) {
    if (NOT_HERE.test(word)) return vi.fail(`:${word} is not available here`);
    return vi.fail(`E492: Not an editor command: ${part === 0 ? text : trimmed}`);
  }
  const length = command.name === "substitute" && !"substitute".startsWith(word) ? 1 : word.length;
  rest = rest.slice(length);
  const bang = rest.startsWith("!") && !["&", "&&", "=", "substitute", "k"].includes(command.name);
  if (bang) rest = rest.slice(1);
  let next: string | undefined;
  if (command.bar !== true) {
    const at = command.name === "substitute" ? barOfSubstitute(rest) : barAt(rest);
    if (at !== -1) {
      next = rest.slice(at + 1);
      rest = rest.slice(0, at);
    }
  }
  const argument =
    command.name === "substitute" || command.name === "global" || command.name === "vglobal" ? rest : rest.trim();
  const running = command.run(vi, {
    from: range.from,
    to: range.to,
    addresses: range.addresses,
    bang,
    argument: short === ">" || short === "<" ? `${word.slice(1)}${argument}` : argument,
    echo: text,
  });
  if (running !== undefined) yield* running;
  return next;
}

/** `sno`, `s` with flags, and others whose first letter decides. */
function abbreviated(rest: string): (typeof COMMANDS)[number] | undefined {
  if (/^s[gcin&]+\s*$/.test(rest)) return COMMANDS.find(({ name }) => name === "substitute");
  if (/^k[a-z]$/.test(rest)) return COMMANDS.find(({ name }) => name === "k");
  return undefined;
}

function barAt(text: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) === "\\") at++;
    else if (text.charAt(at) === "|") return at;
  }
  return -1;
}

/** The bar behind a pattern and what replaces it, which may hold bars of their own. */
function barOfSubstitute(text: string): number {
  if (text === "" || /^[\w\s|"]/.test(text)) return barAt(text);
  const parts = splitAt(text.slice(1), text.charAt(0), 3);
  const flags = parts[2];
  if (flags === undefined) return -1;
  const bar = flags.indexOf("|");
  return bar === -1 ? -1 : text.length - flags.length + bar;
}

function* deleteLines(vi: Vi, { from, to, argument }: Command): Step<void> {
  const [, name, count] = /^([a-zA-Z"_])?\s*(\d*)$/.exec(argument) ?? vi.fail("E488: Trailing characters");
  yield* vi.change({ row: from, column: 0 });
  const last = count === "" ? to : Math.min(vi.lastRow, to + Number(count) - 1);
  deleteSpan(
    vi,
    { from: { row: count === "" ? from : to, column: 0 }, to: { row: last, column: 0 }, kind: "lines" },
    name,
  );
}

function yank(vi: Vi, { from, to, argument }: Command): void {
  const [, name] = /^([a-zA-Z"_])?\s*(\d*)$/.exec(argument) ?? vi.fail("E488: Trailing characters");
  yankSpan(vi, { from: { row: from, column: 0 }, to: { row: to, column: 0 }, kind: "lines" }, name);
}

function* put(vi: Vi, { to, argument, bang }: Command): Step<void> {
  yield* vi.change();
  vi.go({ row: Math.max(0, to), column: 0 });
  const name = argument === "" ? '"' : argument.charAt(0);
  const register = vi.register(name);
  if (register === undefined) return vi.fail(`E353: Nothing in register ${name}`);
  const keep = vi.registers.get("\0");
  vi.registers.set("\0", { text: register.text, kind: "lines" });
  putRegister(vi, "\0", !bang, 1);
  if (keep === undefined) vi.registers.delete("\0");
  const { row } = vi.cursor;
  const last = row + register.text.length - 1;
  vi.go({ row: last, column: firstNonBlank(vi.buffer.line(last)) });
}

function target(vi: Vi, argument: string): Step<number> {
  return (function* (): Step<number> {
    if (argument === "") return vi.fail("E14: Invalid address");
    const { row, length } = yield* readAddress(vi, argument, vi.cursor.row);
    if (row === undefined || length < argument.length) return vi.fail("E14: Invalid address");
    if (row > vi.lastRow) return vi.fail("E16: Invalid range");
    return row;
  })();
}

function* copyLines(vi: Vi, { from, to, argument }: Command): Step<void> {
  const row = yield* target(vi, argument);
  yield* vi.change();
  const lines = vi.lines.slice(from, to + 1);
  vi.buffer.insertLines(row + 1, lines);
  tellLines(vi, lines.length);
  vi.go({ row: row + lines.length, column: firstNonBlank(lines.at(-1) ?? "") });
}

function* moveLines(vi: Vi, { from, to, argument }: Command): Step<void> {
  const row = yield* target(vi, argument);
  if (row >= from && row < to) vi.fail("E134: Cannot move a range of lines into itself");
  yield* vi.change();
  const lines = vi.buffer.lines.splice(from, to - from + 1);
  const at = row > to ? row + 1 - lines.length : row + 1;
  vi.buffer.lines.splice(Math.min(at, vi.buffer.lines.length), 0, ...lines);
  const end = row === to ? to : at + lines.length - 1;
  if (lines.length > 2) vi.say(`${lines.length} lines moved`);
  vi.go({ row: end, column: firstNonBlank(vi.buffer.line(end)) });
}

function* join(vi: Vi, { from, to, addresses, bang }: Command): Step<void> {
  yield* vi.change();
  vi.message = undefined;
  joinLines(vi, from, addresses < 2 ? 2 : to - from + 1, bang);
  vi.go({ row: from, column: firstNonBlank(vi.buffer.line(from)) });
}

function* shift(vi: Vi, { from, to, argument }: Command, by: 1 | -1): Step<void> {
  yield* vi.change();
  const more = /^[<>]*/.exec(argument)?.[0].length ?? 0;
  shiftLines(vi, from, to, by * (1 + more));
  vi.go({ row: to, column: firstNonBlank(vi.buffer.line(to)) });
}

function mark(vi: Vi, { to, argument }: Command): void {
  if (!/^[a-zA-Z']$/.test(argument)) vi.fail(argument === "" ? "E471: Argument required" : "E488: Trailing characters");
  vi.buffer.marks.set(argument, { row: to, column: 0 });
}

function undo(vi: Vi, back: boolean): void {
  const undone = back ? vi.buffer.undo() : vi.buffer.redo();
  if (undone !== undefined) vi.go(vi.buffer.cursor);
  vi.say(toldOf(undone === undefined ? [] : [undone], back, vi.now()));
}

function print(vi: Vi, { from, to, echo }: Command): Step<void> | void {
  const numbered = /(?:nu|#)/.test(echo) || vi.options.number;
  const lines: string[] = [];
  for (let row = from; row <= to; row++)
    lines.push(
      `${numbered ? `${String(row + 1).padStart(3)} ` : ""}${vi.buffer.line(row)}${/^\s*[\d,.$%]*l/.test(echo) ? "$" : ""}`,
    );
  if (vi.gathered !== undefined) {
    vi.gathered.push(...lines);
    vi.go({ row: to, column: firstNonBlank(vi.buffer.line(to)) });
    return;
  }
  vi.go({ row: to, column: firstNonBlank(vi.buffer.line(to)) });
  if (lines.length === 1) vi.say(lines[0] as string);
  else return show(vi, echo, lines);
}

function echo(vi: Vi, { argument }: Command): void {
  const text = /^(?:"([^"\\]*)"|'([^']*)'|(\d+))$/.exec(argument.trim());
  if (text === null) vi.fail("expressions are not available here");
  vi.say(text[1] ?? text[2] ?? text[3] ?? "");
}

function* showRegisters(vi: Vi, { argument, echo }: Command): Step<void> {
  const wanted = argument.replace(/\s/g, "");
  const names = ['"', ..."0123456789", ..."abcdefghijklmnopqrstuvwxyz", "-", ".", ":", "%", "#", "/"];
  const lines = ["Type Name Content"];
  for (const name of names) {
    if (wanted !== "" && !wanted.includes(name)) continue;
    const register = vi.register(name);
    if (register === undefined) continue;
    const kind = register.kind === "lines" ? "l" : register.kind === "block" ? "b" : "c";
    const text = register.text.join("^J") + (register.kind === "lines" ? "^J" : "");
    lines.push(`  ${kind}  "${name}   ${text}`.slice(0, vi.columns - 1));
  }
  yield* show(vi, echo, lines);
}

function* showMarks(vi: Vi, { echo }: Command): Step<void> {
  const lines = ["mark line  col file/text"];
  for (const [name, { row, column }] of [...vi.buffer.marks].sort(([a], [b]) => (a < b ? -1 : 1)))
    lines.push(
      ` ${name} ${String(row + 1).padStart(6)} ${String(column).padStart(4)} ${vi.buffer.line(row).trimStart()}`.slice(
        0,
        vi.columns - 1,
      ),
    );
  yield* show(vi, echo, lines);
}

function* sort(vi: Vi, { from, to, addresses, bang, argument }: Command): Step<void> {
  const flags = /^[inux\s]*$/.exec(argument)?.[0] ?? vi.fail("sorting by a pattern is not available here");
  const [first, last] = addresses < 2 ? [0, vi.lastRow] : [from, to];
  yield* vi.change({ row: first, column: 0 });
  const key = (line: string) => (flags.includes("i") ? line.toLowerCase() : line);
  const numberOf = (line: string) => Number(/-?\d+/.exec(line)?.[0] ?? Number.NEGATIVE_INFINITY);
  let lines = vi.lines.slice(first, last + 1);
  yield { kind: "pay", units: lines.length };
  lines.sort((a, b) =>
    flags.includes("n") ? numberOf(a) - numberOf(b) : key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0,
  );
  if (bang) lines.reverse();
  if (flags.includes("u"))
    lines = lines.filter((line, index) => index === 0 || key(line) !== key(lines[index - 1] as string));
  const before = vi.lines.length;
  vi.buffer.lines.splice(first, last - first + 1, ...lines);
  tellLines(vi, vi.lines.length - before);
  vi.go({ row: first, column: firstNonBlank(vi.buffer.line(first)) });
}

function* normal(vi: Vi, { argument, from, to, addresses }: Command): Step<void> {
  if (argument === "") vi.fail("E471: Argument required");
  for (let row = from; row <= (addresses > 0 ? to : from); row++) {
    if (addresses > 0) vi.go({ row, column: 0 });
    yield* typed(vi, argument);
    yield { kind: "pay", units: 10 };
  }
}

/** Types keys as normal mode takes them; what is not complete is given up. */
function* typed(vi: Vi, keys: string): Step<void> {
  const rest = vi.queue;
  const outer = vi.typed;
  vi.queue = [...Array.from(keys), ...END];
  // A chain of escapes ends whatever was begun.
  while (vi.queue.length > END.length) yield* oneCommand(vi);
  vi.queue = rest;
  vi.typed = outer;
  vi.visual = undefined;
  vi.changes = true;
}

const END: readonly string[] = ["\x1b", "\x1b"];

function* global(vi: Vi, { from, to, addresses, argument, echo }: Command, matching: boolean): Step<void> {
  if (vi.gathered !== undefined) vi.fail("E147: Cannot do :global recursive with a range");
  const delimiter = argument.trimStart().charAt(0);
  if (delimiter === "" || /[\w\s]/.test(delimiter)) vi.fail("E148: Regular expression missing from :global");
  const [source = "", command = ""] = splitAt(argument.trimStart().slice(1), delimiter, 2);
  const pattern = compiled(vi, source);
  if (source !== "") vi.searched = { pattern: source, forward: true, offset: "" };
  const [first, last] = addresses === 0 ? [0, vi.lastRow] : [from, to];
  // Lines are remembered as they are, wherever they go.
  const marked: { text: string; row: number }[] = [];
  for (let row = first; row <= last; row++) {
    if (row % 1000 === 999) yield { kind: "pay", units: 1000 };
    if ((matchFrom(pattern, vi.buffer.line(row), 0) !== undefined) === matching)
      marked.push({ text: vi.buffer.line(row), row });
  }
  if (marked.length === 0) {
    vi.message = {
      text: matching ? `Pattern not found: ${source}` : `Pattern found in every line: ${source}`,
      error: false,
      kept: true,
    };
    return;
  }
  const before = vi.lines.length;
  vi.gathered = [];
  vi.tallied = undefined;
  const run = command.trim() === "" ? "p" : command;
  const names = marked.map((_, index) => `\0${index}`);
  for (const [index, { row }] of marked.entries()) vi.buffer.marks.set(names[index] as string, { row, column: 0 });
  let said: Message | undefined;
  let substituted = 0;
  let on = 0;
  try {
    yield* vi.change({ row: marked[0]?.row ?? 0, column: 0 });
    for (const name of names) {
      const place = vi.buffer.marks.get(name);
      vi.buffer.marks.delete(name);
      if (place === undefined) continue;
      vi.go({ row: place.row, column: 0 });
      const lines = vi.lines.length;
      if (/^\s*s\b|^\s*s[^\w\s]/.test(run)) {
        const old = vi.line;
        yield* runColon(vi, `${run.replace(/(\/\w*)?$/, (flags) => flags)}`.trim());
        if (vi.buffer.line(place.row) !== old) {
          substituted++;
          on++;
        }
      } else yield* runColon(vi, run);
      said = vi.message;
      yield { kind: "pay", units: 5 + (Math.abs(vi.lines.length - lines) >> 4) };
    }
  } finally {
    for (const name of names) vi.buffer.marks.delete(name);
  }
  const shown = vi.gathered;
  vi.gathered = undefined;
  vi.clamp();
  if (shown.length > 0) return yield* show(vi, echo, shown);
  if (substituted > 2) vi.say(`${substituted} substitutions on ${on} lines`);
  else if (Math.abs(vi.lines.length - before) > 2) tellLines(vi, vi.lines.length - before);
  else if (said?.error === true) vi.message = said;
}
