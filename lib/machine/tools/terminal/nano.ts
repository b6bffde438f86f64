/** nano: for those who do not know vi. */
import { isErrno } from "../../errno.ts";
import type { Process, Program } from "../../types.ts";
import { columnOf, FullScreen, fitColumns } from "./full-screen.ts";
import { NanoEditor } from "./nano-editor.ts";

const MAX_SIZE = 2 << 20;
const HELP = [
  [
    ["^G", "Help"],
    ["^O", "Write Out"],
    ["^W", "Where Is"],
    ["^K", "Cut"],
    ["^C", "Location"],
  ],
  [
    ["^X", "Exit"],
    ["^Z", "Undo"],
    ["^_", "Go To Line"],
    ["^U", "Paste"],
    ["^S", "Save"],
  ],
] as const;
const INVERSE = "\x1b[7m";
const PLAIN = "\x1b[0m";

export const nano: Program = async (process) => {
  const words = process.argv.slice(1);
  const start = /^\+(\d+)(?:,(\d+))?$/.exec(words[0] ?? "");
  const path = words.find((word) => !/^[-+]/.test(word)) ?? "";
  const screen = FullScreen.open(process, { suspends: false });
  if (screen === undefined) {
    await process.stderr.write("nano: standard output is not a terminal\n");
    return 1;
  }
  await screen.enter();
  try {
    return await edit(process, screen, path, Number(start?.[1] ?? 1), Number(start?.[2] ?? 1));
  } finally {
    await screen.leave();
  }
};

async function edit(process: Process, screen: FullScreen, path: string, row: number, column: number): Promise<number> {
  const { text, message } = load(process, path);
  const editor = new NanoEditor(path, text);
  editor.message = message;
  editor.row = Math.min(editor.lines.length, Math.max(1, row)) - 1;
  editor.column = Math.min((editor.lines[editor.row] ?? "").length, Math.max(1, column) - 1);
  const view = { top: 0 };
  for (;;) {
    editor.page = Math.max(1, screen.rows - 5);
    await draw(screen, editor, view);
    const event = await screen.event();
    if (event === "ended") return 1;
    if (typeof event === "string") continue;
    const request = editor.handle(event);
    const paid = process.spend(20);
    if (paid !== undefined) await paid;
    if (request === undefined) continue;
    if (request.kind === "quit") return 0;
    try {
      process.files.writeFile(request.path, editor.text);
      editor.path = request.path;
      editor.changed = false;
      const count = editor.text === "" ? 0 : editor.lines.length;
      editor.message = `Wrote ${count} line${count === 1 ? "" : "s"}`;
      if (request.quit) return 0;
    } catch (error) {
      if (!isErrno(error)) throw error;
      editor.message = `Error writing ${request.path}: ${error.message}`;
    }
  }
}

function load(process: Process, path: string): { readonly text: string; readonly message: string } {
  if (path === "") return { text: "", message: "" };
  try {
    const stat = process.files.stat(path);
    if (stat.type === "directory") return { text: "", message: `"${path}" is a directory` };
    if (stat.size > MAX_SIZE) return { text: "", message: `"${path}" is too large for nano` };
    const text = process.files.readText(path);
    const count = text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
    return { text, message: `Read ${count} line${count === 1 ? "" : "s"}` };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return { text: "", message: error.code === "ENOENT" ? "New File" : `Error reading ${path}: ${error.message}` };
  }
}

async function draw(screen: FullScreen, editor: NanoEditor, view: { top: number }): Promise<void> {
  const { columns } = screen;
  const height = Math.max(1, screen.rows - 4);
  if (editor.row < view.top) view.top = editor.row;
  if (editor.row >= view.top + height) view.top = editor.row - height + 1;
  const line = editor.lines[editor.row] ?? "";
  const at = columnOf(line, editor.column);
  // As nano does, the line one is in moves by whole pages.
  const left = at < columns - 1 ? 0 : Math.floor(at / Math.max(1, columns - 8)) * Math.max(1, columns - 8);
  const name = editor.path === "" ? "New Buffer" : editor.path;
  const title = "  GNU nano 7.2";
  const state = editor.changed ? "Modified  " : "";
  const middle = Math.max(title.length + 2, Math.floor((columns - name.length) / 2));
  const bar = `${title}${" ".repeat(Math.max(1, middle - title.length))}${name}`.padEnd(columns - state.length) + state;
  const rows = [`${INVERSE}${fitColumns(bar, 0, columns)}${PLAIN}`];
  for (let index = 0; index < height; index++) {
    const row = view.top + index;
    rows.push(fitColumns(editor.lines[row] ?? "", row === editor.row ? left : 0, columns));
  }
  const { prompt } = editor;
  const asked = editor.asking !== undefined;
  const shown = asked ? prompt.padEnd(columns) : prompt.padStart(Math.floor((columns + prompt.length) / 2));
  rows.push(
    prompt === "" ? "" : asked ? `${INVERSE}${fitColumns(shown, 0, columns)}${PLAIN}` : fitColumns(shown, 0, columns),
  );
  if (editor.asking?.kind === "save")
    rows.push(`${INVERSE} Y${PLAIN} Yes`, `${INVERSE} N${PLAIN} No   ${INVERSE}^C${PLAIN} Cancel`);
  else {
    const width = Math.max(12, Math.floor(columns / 5));
    for (const line of HELP) {
      let out = "";
      for (const [key, words] of line.slice(0, Math.max(1, Math.floor(columns / width))))
        out += `${INVERSE}${key}${PLAIN} ${words.padEnd(width - 3).slice(0, width - 3)}`;
      rows.push(out);
    }
  }
  await screen.draw(
    rows,
    asked
      ? { row: height + 1, column: columnOf(prompt, prompt.length) }
      : { row: editor.row - view.top + 1, column: at - left },
  );
}
