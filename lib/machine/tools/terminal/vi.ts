/** vi: edits one file after the other on the whole screen. */
import { isErrno } from "../../errno.ts";
import type { Process, Program } from "../../types.ts";
import { columnOf, FullScreen, fitColumns } from "./full-screen.ts";
import { ViEditor, type ViRequest } from "./vi-editor.ts";
import { ViText } from "./vi-text.ts";

const MAX_SIZE = 2 << 20;

export const vi: Program = async (process) => {
  const operands = process.argv.slice(1).filter((word) => !/^[-+]/.test(word));
  const screen = FullScreen.open(process);
  if (screen === undefined) {
    await process.stderr.write("vi: standard output is not a terminal\n");
    return 1;
  }
  const line = process.argv.find((word) => /^\+\d+$/.test(word));
  await screen.enter();
  try {
    return await edit(process, screen, operands[0], line === undefined ? 0 : Number(line) - 1);
  } finally {
    await screen.leave();
  }
};

interface Loaded {
  readonly text: string;
  readonly message: string;
}

function load(process: Process, path: string | undefined): Loaded {
  if (path === undefined) return { text: "", message: "" };
  try {
    const stat = process.files.stat(path);
    if (stat.type === "directory") return { text: "", message: `"${path}" is a directory` };
    if (stat.size > MAX_SIZE) return { text: "", message: `"${path}" is too large for vi` };
    const text = process.files.readText(path);
    return { text, message: `"${path}" ${text.split("\n").length - 1}L, ${stat.size}B` };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return { text: "", message: error.code === "ENOENT" ? `"${path}" [New]` : `"${path}" ${error.message}` };
  }
}

async function edit(process: Process, screen: FullScreen, path: string | undefined, row: number): Promise<number> {
  const loaded = load(process, path);
  const editor = new ViEditor(new ViText(loaded.text));
  editor.message = loaded.message;
  editor.text.row = Math.max(0, Math.min(row, editor.text.lines.length - 1));
  const view = { top: 0, left: 0 };
  for (;;) {
    editor.page = screen.rows - 2;
    await draw(screen, editor, view);
    const event = await screen.event();
    if (event === "ended") return 1;
    if (typeof event === "string") continue;
    const request = editor.handle(event);
    const paid = process.spend(20);
    if (paid !== undefined) await paid;
    if (request === undefined) continue;
    const status = carryOut(process, editor, request, path);
    if (status !== undefined) return status;
  }
}

/** The exit status where the editor ends. */
function carryOut(
  process: Process,
  editor: ViEditor,
  request: ViRequest,
  path: string | undefined,
): number | undefined {
  if (request.kind === "quit") return request.status;
  if (request.kind === "reload") {
    const loaded = load(process, path);
    editor.text.remember();
    editor.text.lines = new ViText(loaded.text).lines;
    editor.text.clamp(false);
    editor.text.changed = false;
    editor.message = loaded.message;
    return undefined;
  }
  const target = request.path ?? path;
  if (target === undefined) {
    editor.message = "E32: No file name";
    return undefined;
  }
  try {
    const { text } = editor.text;
    process.files.writeFile(target, text);
    editor.message = `"${target}" ${editor.text.lines.length}L, ${new TextEncoder().encode(text).length}B written`;
    editor.text.changed = false;
  } catch (error) {
    if (!isErrno(error)) throw error;
    editor.message = `"${target}" E212: Can't open file for writing: ${error.message}`;
    return undefined;
  }
  return request.quit ? 0 : undefined;
}

/** A row of the screen, the part that is selected in reverse. */
function withSelection(
  selection: ViEditor["selection"],
  row: number,
  line: string,
  left: number,
  width: number,
): string {
  if (selection === undefined || row < selection.from.row || row > selection.to.row)
    return fitColumns(line, left, width);
  const first = selection.linewise || row > selection.from.row ? 0 : columnOf(line, selection.from.column);
  const last =
    selection.linewise || row < selection.to.row
      ? Math.max(1, columnOf(line, line.length))
      : columnOf(line, selection.to.column + 1);
  const from = Math.min(Math.max(first, left), left + width);
  const to = Math.max(from, Math.min(last, left + width));
  // An empty line that is selected shows as one column.
  const inside = line === "" ? " " : fitColumns(line, from, to - from);
  return `${fitColumns(line, left, from - left)}\x1b[7m${inside}\x1b[27m${fitColumns(line, to, left + width - to)}`;
}

async function draw(screen: FullScreen, editor: ViEditor, view: { top: number; left: number }): Promise<void> {
  const { text } = editor;
  const height = screen.rows - 1;
  if (text.row < view.top) view.top = text.row;
  if (text.row >= view.top + height) view.top = text.row - height + 1;
  const gutter = editor.numbers ? 4 : 0;
  const column = columnOf(text.line, text.column);
  const width = screen.columns - gutter;
  if (column < view.left) view.left = column;
  if (column >= view.left + width) view.left = column - width + 1;
  const rows: string[] = [];
  for (let i = 0; i < height; i++) {
    const line = text.lines[view.top + i];
    if (line === undefined) rows.push("~");
    else {
      const number = gutter > 0 ? `${String(view.top + i + 1).padStart(3)} ` : "";
      rows.push(number + withSelection(editor.selection, view.top + i, line, view.left, width));
    }
  }
  rows.push(fitColumns(editor.status, 0, screen.columns));
  const entering = editor.mode === "command" || editor.mode === "search";
  await screen.draw(
    rows,
    entering
      ? { row: height, column: columnOf(editor.status, editor.status.length) }
      : { row: text.row - view.top, column: column - view.left + gutter },
  );
}
