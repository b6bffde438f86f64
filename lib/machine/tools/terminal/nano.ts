/** nano: for those who do not know vi. */
import { isErrno } from "../../errno.ts";
import { displayWidth } from "../../tty/width.ts";
import type { Process, Program } from "../../types.ts";
import { columnOf, FullScreen, fitColumns } from "./full-screen.ts";
import { NanoEditor, type NanoRequest } from "./nano/editor.ts";

const MAX_SIZE = 2 << 20;
const INVERSE = "\x1b[7m";
const PLAIN = "\x1b[0m";
const TITLE = "  GNU nano 7.2";
/** Columns from the right at which the title says that a mark is set. */
const MARK_AT = 6;
/** Keys after which a message goes. */
const MESSAGE_KEYS = 20;

type Shortcuts = readonly (readonly [key: string, words: string])[];

const MAIN: Shortcuts = [
  ["^G", "Help"], ["^X", "Exit"],
  ["^O", "Write Out"], ["^R", "Read File"],
  ["^W", "Where Is"], ["^\\", "Replace"],
  ["^K", "Cut"], ["^U", "Paste"],
  ["^T", "Execute"], ["^J", "Justify"],
  ["^C", "Location"], ["^/", "Go To Line"],
  ["M-U", "Undo"], ["M-E", "Redo"],
  ["M-A", "Set Mark"], ["M-6", "Copy"],
  ["M-Q", "Previous"], ["M-W", "Next"],
]; // biome-ignore format: pairs
const WRITE: Shortcuts = [
  ["^G", "Help"], ["^C", "Cancel"], ["M-D", "DOS Format"], ["M-M", "Mac Format"],
  ["M-A", "Append"], ["M-P", "Prepend"], ["M-B", "Backup File"], ["^T", "Browse"],
]; // biome-ignore format: pairs
const SEARCH: Shortcuts = [
  ["^G", "Help"], ["^C", "Cancel"], ["M-C", "Case Sens"], ["M-R", "Reg.exp."], ["M-B", "Backwards"],
  ["^R", "Replace"], ["^P", "Older"], ["^N", "Newer"], ["^T", "Go To Line"],
]; // biome-ignore format: pairs
const REPLACE: Shortcuts = [
  ["^G", "Help"], ["^C", "Cancel"], ["M-C", "Case Sens"], ["M-R", "Reg.exp."], ["M-B", "Backwards"],
  ["^R", "No Replace"], ["^P", "Older"], ["^N", "Newer"],
]; // biome-ignore format: pairs
const WITH: Shortcuts = [["^G", "Help"], ["^C", "Cancel"], ["^P", "Older"], ["^N", "Newer"]]; // biome-ignore format: pairs
const LINE: Shortcuts = [
  ["^G", "Help"], ["^C", "Cancel"], ["^W", "Begin of Paragr."], ["^O", "End of Paragraph"],
  ["^Y", "First Line"], ["^V", "Last Line"], ["^T", "Go To Text"],
]; // biome-ignore format: pairs
const READ: Shortcuts = [
  ["^G", "Help"],
  ["^C", "Cancel"],
];

const SHORTCUTS: Readonly<Record<string, Shortcuts>> = {
  name: WRITE,
  search: SEARCH,
  replace: REPLACE,
  with: WITH,
  line: LINE,
  read: READ,
};

export const nano: Program = async (process) => {
  const words = process.argv.slice(1);
  if (words.includes("--version") || words.includes("-V")) {
    await process.stdout.write(" GNU nano, version 7.2\n");
    return 0;
  }
  const options = words.filter((word) => /^-./.test(word));
  if (options.length > 0) {
    await process.stderr.write(`nano: the option ${options[0]} is not available here\n`);
    return 1;
  }
  const start = /^\+(-?\d+)?(?:,(\d+))?$/.exec(words[0] ?? "");
  const paths = words.filter((word) => !/^\+/.test(word));
  if (paths.length > 1) {
    await process.stderr.write("nano: one file at a time is edited here\n");
    return 1;
  }
  const screen = FullScreen.open(process, { suspends: false, pastes: true, alt: true });
  if (screen === undefined) {
    await process.stderr.write("Standard output is not a terminal\n");
    return 1;
  }
  await screen.enter();
  try {
    return await edit(process, screen, paths[0] ?? "", Number(start?.[1] ?? 1), Number(start?.[2] ?? 1));
  } finally {
    await screen.leave();
  }
};

async function edit(process: Process, screen: FullScreen, path: string, row: number, column: number): Promise<number> {
  const loaded = load(process, path);
  const editor = new NanoEditor(loaded.path, loaded.text);
  editor.message = loaded.message;
  editor.buffer.row = Math.max(0, Math.min(editor.buffer.lines.length, row) - 1);
  editor.buffer.column = Math.max(0, Math.min((editor.buffer.lines[editor.buffer.row] ?? "").length, column - 1));
  let left = MESSAGE_KEYS;
  for (;;) {
    editor.buffer.page = Math.max(1, screen.rows - 4);
    await draw(screen, editor);
    const event = await screen.event();
    if (event === "ended") return 1;
    if (typeof event === "string") {
      editor.message = "";
      continue;
    }
    const said = editor.message;
    left -= event.kind === "text" ? Array.from(event.text).length : 1;
    if (left <= 0) editor.message = "";
    const request = editor.handle(event, event.kind === "key" ? event.name : "");
    const paid = process.spend(20);
    if (paid !== undefined) await paid;
    while (editor.replacing) {
      editor.replaceSome();
      const paid = process.spend(500);
      if (paid !== undefined) await paid;
    }
    if (request !== undefined) {
      const status = carryOut(process, editor, request);
      if (status !== undefined) return status;
    }
    if (editor.message !== said) left = MESSAGE_KEYS;
  }
}

/** The exit status where nano ends. */
function carryOut(process: Process, editor: NanoEditor, request: NanoRequest): number | undefined {
  if (request.kind === "quit") return 0;
  try {
    if (request.kind === "insert") {
      const text = process.files.readText(request.path);
      editor.insertFile(text);
      editor.message = `Inserted ${lines(text.replace(/\n$/, "").split("\n").length)}`;
      return undefined;
    }
    const own = editor.buffer.text;
    const old =
      request.how === "prepend" && process.files.exists(request.path) ? process.files.readText(request.path) : "";
    process.files.writeFile(request.path, own + old, { append: request.how === "append" });
    if (request.how === "whole") {
      editor.path = request.path;
      editor.buffer.written();
    }
    const words = { whole: "Wrote", append: "Appended", prepend: "Prepended" }[request.how];
    editor.message = `${words} ${lines(own === "" ? 0 : own.replace(/\n$/, "").split("\n").length)}`;
    return request.quit ? 0 : undefined;
  } catch (error) {
    if (!isErrno(error)) throw error;
    editor.message =
      request.kind === "insert" ? missing(request.path, error) : `Error writing ${request.path}: ${error.message}`;
    return undefined;
  }
}

function lines(count: number): string {
  return `${count} line${count === 1 ? "" : "s"}`;
}

function missing(path: string, error: { readonly code: string; readonly message: string }): string {
  return error.code === "ENOENT" ? `File "${path}" not found` : `Error reading ${path}: ${error.message}`;
}

function load(
  process: Process,
  path: string,
): { readonly path: string; readonly text: string; readonly message: string } {
  if (path === "") return { path, text: "", message: "" };
  try {
    const stat = process.files.stat(path);
    if (stat.type === "directory") return { path: "", text: "", message: `"${path}" is a directory` };
    if (stat.size > MAX_SIZE) return { path: "", text: "", message: `"${path}" is too large for nano` };
    const text = process.files.readText(path);
    return { path, text, message: `Read ${lines(text === "" ? 0 : text.replace(/\n$/, "").split("\n").length)}` };
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code !== "ENOENT") return { path: "", text: "", message: `Error reading ${path}: ${error.message}` };
    return { path, text: "", message: "New File" };
  }
}

function titleBar(editor: NanoEditor, columns: number): string {
  const name = editor.path === "" ? "New Buffer" : editor.path;
  const state = `${editor.buffer.changed ? " *" : ""}`;
  const room = columns - displayWidth(TITLE) - 3;
  const shown =
    displayWidth(name) + state.length > room ? `...${name.slice(-Math.max(0, room - 3 - state.length))}` : name;
  const offset = Math.max(displayWidth(TITLE) + 1, Math.floor((columns - displayWidth(shown) + 5) / 2));
  const left = `${TITLE}${" ".repeat(Math.max(1, offset - displayWidth(TITLE)))}${shown}${state}`;
  const mark = editor.buffer.mark === undefined ? " ".repeat(MARK_AT) : "M".padEnd(MARK_AT);
  return `${INVERSE}${fitColumns(`${left}${" ".repeat(Math.max(0, columns - displayWidth(left) - MARK_AT))}${mark}`, 0, columns)}${PLAIN}`;
}

/** The first column of a line that is shown, for the cursor to be seen. */
function pageStart(column: number, columns: number): number {
  if (column === 0 || column + 2 < columns || columns < 9) return 0;
  return column - 6 - ((column - 6) % (columns - 8));
}

function textRow(editor: NanoEditor, row: number, columns: number): string {
  const line = editor.buffer.lines[row] ?? "";
  const from = row === editor.buffer.row ? pageStart(columnOf(line, editor.buffer.column), columns) : 0;
  const width = columnOf(line, line.length);
  const before = from > 0 ? 1 : 0;
  const after = width - from > columns ? 1 : 0;
  const spans: [number, number][] = [];
  const { region } = editor.buffer;
  const { found } = editor;
  if (region !== undefined && row >= region.from.row && row <= region.to.row)
    spans.push([
      row === region.from.row ? columnOf(line, region.from.column) : 0,
      row === region.to.row ? columnOf(line, region.to.column) : Math.max(width, 1),
    ]);
  if (found !== undefined && found.row === row) spans.push([columnOf(line, found.from), columnOf(line, found.to)]);
  const start = from + before;
  const end = from + columns - after;
  let out = before > 0 ? `${INVERSE}<${PLAIN}` : "";
  let at = start;
  for (const [first, last] of spans) {
    const [low, high] = [Math.max(at, Math.min(first, end)), Math.max(at, Math.min(last, end))];
    const inside = fitColumns(line, low, high - low);
    out += fitColumns(line, at, low - at) + (high > low ? `${INVERSE}${inside === "" ? " " : inside}${PLAIN}` : "");
    at = high;
  }
  out += fitColumns(line, at, end - at);
  return after > 0 ? `${out}${INVERSE}>${PLAIN}` : out;
}

function bottomRows(editor: NanoEditor, columns: number): [string, string] {
  const kind = editor.asking?.kind;
  if (kind === "save" || kind === "other-name" || kind === "instance") {
    const item = (key: string, words: string) => `${INVERSE}${key}${PLAIN} ${words.padEnd(13)}`;
    return [
      item(" Y", "Yes") + (kind === "instance" ? item(" A", "All") : ""),
      item(" N", "No") + item("^C", "Cancel"),
    ];
  }
  const all = kind === undefined ? MAIN : (SHORTCUTS[kind] ?? MAIN);
  const shown = all.slice(0, Math.max(2, Math.floor((columns + 40) / 20) * 2));
  const width = Math.max(1, Math.floor(columns / Math.floor((shown.length + 1) / 2)));
  const rows: [string, string] = ["", ""];
  for (const [index, [key, words]] of shown.entries()) {
    const room = Math.max(0, width - key.length - 1);
    rows[index % 2] += `${INVERSE}${key}${PLAIN} ${words.slice(0, room).padEnd(room)}`;
  }
  return rows;
}

function statusRow(editor: NanoEditor, columns: number): string {
  const { question } = editor;
  if (question !== undefined) {
    const typed = /^(?:save|other-name|instance)$/.test(editor.asking?.kind ?? "") ? "" : editor.answer.text;
    return `${INVERSE}${fitColumns(`${question}${typed}`.padEnd(columns), 0, columns)}${PLAIN}`;
  }
  if (editor.message === "") return "";
  const text = `[ ${editor.message} ]`;
  const pad = Math.max(0, Math.floor((columns - displayWidth(text)) / 2));
  return `${" ".repeat(pad)}${INVERSE}${fitColumns(text, 0, columns)}${PLAIN}`;
}

async function draw(screen: FullScreen, editor: NanoEditor): Promise<void> {
  const { columns } = screen;
  const height = editor.buffer.page;
  // Off the screen, the line comes in at the edge it left by; from far, in the middle.
  if (editor.buffer.row < editor.buffer.top) editor.buffer.top = editor.buffer.row;
  if (editor.buffer.row >= editor.buffer.top + height) editor.buffer.top = editor.buffer.row - height + 1;
  const rows = [titleBar(editor, columns)];
  for (let index = 0; index < height; index++) rows.push(textRow(editor, editor.buffer.top + index, columns));
  rows.push(statusRow(editor, columns), ...bottomRows(editor, columns));
  const line = editor.buffer.lines[editor.buffer.row] ?? "";
  const at = columnOf(line, editor.buffer.column);
  const { question } = editor;
  const typed = /^(?:save|other-name|instance)$/.test(editor.asking?.kind ?? "")
    ? 0
    : displayWidth(editor.answer.text.slice(0, editor.answer.at));
  await screen.draw(
    rows,
    question !== undefined
      ? { row: height + 1, column: displayWidth(question) + typed }
      : { row: editor.buffer.row - editor.buffer.top + 1, column: at - pageStart(at, columns) },
  );
}
