/** Tab and its like: what is inserted, what is listed, page by page (complete.c). */
import type { CompletionAction } from "../completion/spec.ts";
import { builtinCandidates } from "./candidates.ts";
import { type Completion, commonPrefix, complete, completionEnd, quoteCompletion } from "./completion.ts";
import type { LineEditor } from "./editor.ts";
import { layoutColumns } from "./screen.ts";

/** What fits at the point; with `action`, of that kind alone. */
async function find(editor: LineEditor, action?: CompletionAction): Promise<Completion> {
  const line = editor.buffer.text.slice(0, editor.buffer.cursor);
  const fold = editor.keymaps.on("completion-ignore-case");
  if (action === undefined) return complete(editor.shell, line, fold);
  const start = Math.max(line.search(/[^\s"'@><=;|&(:]*$/), 0);
  const typed = line.slice(start).replace(/^[$~@]/, "");
  const sign = /^[$~@]/.exec(line.slice(start))?.[0] ?? "";
  const found: string[] = [];
  for (const word of await builtinCandidates(editor.shell, action, typed))
    if (word.startsWith(typed)) found.push((action === "variable" ? "$" : action === "user" ? "~" : sign) + word);
  return {
    start,
    candidates: [...new Set(found)].sort(),
    quote: "",
    paths: action === "file",
    nospace: false,
    noquote: action !== "file" && action !== "command",
  };
}

function replace(editor: LineEditor, start: number, text: string): void {
  const { buffer } = editor;
  if (buffer.text.slice(start, buffer.cursor) === text) return;
  buffer.replace(start, buffer.cursor, text);
}

/** Tab: completes as far as it is clear; pressed again where nothing was changed, it lists. */
export async function completeAt(editor: LineEditor, name: string, action?: CompletionAction): Promise<void> {
  const { buffer } = editor;
  const before = buffer.text;
  const again = editor.last === name && editor.memory.get("changed") === false;
  const found = await find(editor, action);
  const [only] = found.candidates;
  if (only === undefined) {
    editor.memory.set("changed", false);
    await editor.ding();
    return;
  }
  if (found.candidates.length === 1) {
    const text =
      (found.noquote ? only : quoteCompletion(only, found.quote, buffer.text.slice(found.start, buffer.cursor))) +
      (found.nospace ? found.quote : completionEnd(only, found.quote));
    replace(editor, found.start, text);
    editor.memory.set("changed", buffer.text !== before);
    return;
  }
  const typed = buffer.text.slice(found.start, buffer.cursor);
  const common = commonPrefix(found.candidates, editor.keymaps.on("completion-ignore-case"));
  const prefix = found.noquote ? common : quoteCompletion(common, found.quote, typed);
  // Candidates of a function need not begin with what was typed: what they share takes its place.
  if (prefix !== "" && prefix !== typed) replace(editor, found.start, prefix);
  const changed = buffer.text !== before;
  editor.memory.set("changed", changed);
  if (
    again ||
    editor.keymaps.on("show-all-if-ambiguous") ||
    (!changed && editor.keymaps.on("show-all-if-unmodified"))
  ) {
    // The list comes under the line as it was typed.
    await show(editor, found, before);
  } else await editor.ding();
}

async function show(editor: LineEditor, found: Completion, above: string): Promise<void> {
  await listCompletions(editor, listed(found, editor.columns), above);
}

/** How candidates stand in a list: paths by their last part, others with what they mean. */
function listed({ candidates, paths, descriptions }: Completion, columns: number): readonly string[] {
  if (paths) return candidates.map((path) => path.replace(/^.*\/(?=.)/, ""));
  if (descriptions === undefined || descriptions.size === 0) return candidates;
  const longest = Math.max(...candidates.map((each) => each.length));
  return candidates.map((each) => described(each, descriptions.get(each) ?? "", longest, columns));
}

/** As the functions that cobra generates for bash lay out a candidate (bash_completionsV2.go). */
function described(candidate: string, description: string, longest: number, columns: number): string {
  if (description === "") return candidate;
  // Two blanks and two brackets; where less than a word would be left, nothing is aligned.
  let room = columns - longest - 4;
  const isAligned = room > 8;
  if (!isAligned) room = columns - candidate.length - 4;
  const shown = isAligned ? candidate.padEnd(longest) : candidate;
  if (room <= 0) return shown;
  return `${shown}  (${description.length > room ? `${description.slice(0, room - 1)}…` : description})`;
}

/** Lists what fits, or the words given. */
export async function listCompletions(
  editor: LineEditor,
  given?: CompletionAction | readonly string[],
  above?: string,
): Promise<void> {
  let words: readonly string[];
  if (Array.isArray(given)) words = given as readonly string[];
  else {
    const found = await find(editor, given as CompletionAction | undefined);
    if (found.candidates.length === 0) return editor.ding();
    words = listed(found, editor.columns);
  }
  await editor.aside(async () => {
    const limit = editor.keymaps.number("completion-query-items");
    if (limit > 0 && words.length >= limit) {
      await editor.write(`Display all ${words.length} possibilities? (y or n)`);
      const yes = await answer(editor);
      await editor.write("\r\n");
      if (!yes) return;
    }
    await page(editor, layoutColumns(words, editor.columns));
  }, above);
}

async function answer(editor: LineEditor): Promise<boolean> {
  for (;;) {
    const key = await editor.char();
    if (key === undefined || /^[nN\x7f\x07\x03]$/.test(key)) return false;
    if (/^[yY ]$/.test(key)) return true;
    await editor.ding();
  }
}

/** Rows that fill the screen wait for a key: blank a page, Enter a row, q no more. */
async function page(editor: LineEditor, rows: readonly string[]): Promise<void> {
  const paged = editor.keymaps.on("page-completions");
  let left = editor.rows - 1;
  for (const [index, row] of rows.entries()) {
    await editor.write(`${row}\r\n`);
    left--;
    if (!paged || left > 0 || index + 1 >= rows.length) continue;
    await editor.write("--More--");
    let more: "page" | "row" | "stop" | undefined;
    while (more === undefined) {
      const key = await editor.char();
      if (key === undefined || /^[qQnN\x7f\x07\x03]$/.test(key)) more = "stop";
      else if (key === " " || key === "\t" || /^[yY]$/.test(key)) more = "page";
      else if (key === "\r" || key === "\n") more = "row";
      else await editor.ding();
    }
    await editor.write("\r\x1b[K");
    if (more === "stop") return;
    left = more === "page" ? editor.rows - 1 : 1;
  }
}

/** Alt-*: all of them. */
export async function insertCompletions(editor: LineEditor): Promise<void> {
  const found = await find(editor);
  if (found.candidates.length === 0) return editor.ding();
  const text = found.candidates.map((each) => (found.noquote ? each : quoteCompletion(each, found.quote))).join(" ");
  editor.buffer.replace(found.start, editor.buffer.cursor, `${text} `);
}

interface Menu {
  readonly start: number;
  readonly words: readonly string[];
  at: number;
  end: number;
}

/** One candidate after the other, and around over what they share. */
export async function menuComplete(editor: LineEditor, count: number): Promise<void> {
  let menu = editor.last.startsWith("menu-complete") ? (editor.memory.get("menu") as Menu | undefined) : undefined;
  if (menu === undefined || editor.buffer.cursor !== menu.end) {
    const found = await find(editor);
    if (found.candidates.length === 0) {
      editor.memory.delete("menu");
      return editor.ding();
    }
    const quoted = (text: string) => (found.noquote ? text : quoteCompletion(text, found.quote));
    const words = found.candidates.map(
      (each) => quoted(each) + (found.nospace ? "" : completionEnd(each, found.quote)),
    );
    menu = {
      start: found.start,
      words: words.length === 1 ? words : [quoted(commonPrefix(found.candidates)), ...words],
      at: words.length === 1 ? -1 : 0,
      end: editor.buffer.cursor,
    };
    editor.memory.set("menu", menu);
  }
  menu.at = (((menu.at + count) % menu.words.length) + menu.words.length) % menu.words.length;
  const word = menu.words[menu.at] ?? "";
  if (menu.at === 0 && menu.words.length > 1) await editor.ding();
  editor.buffer.replace(menu.start, menu.end, word);
  menu.end = editor.buffer.cursor;
}
