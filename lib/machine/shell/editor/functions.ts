/** What keys can be bound to (kill.c, text.c, misc.c, bashline.c). */

import { expandWords } from "../expand.ts";
import { BASH_VERSION_TEXT } from "../flavour.ts";
import { globPaths } from "../glob.ts";
import { expandHistory } from "../history-expansion.ts";
import { parseSource } from "../parse.ts";
import { homeOf } from "../tilde.ts";
import { completeAt, insertCompletions, listCompletions, menuComplete } from "./complete-line.ts";
import { type LineEditor, MAX_LINE } from "./editor.ts";
import { incrementalSearch, plainSearch, prefixSearch } from "./search.ts";
import { viCommandMode, viKey, viSearch, viSearchAgain, viUndo, viYankArgument } from "./vi-keys.ts";

export interface Given {
  readonly keys: string;
  readonly count: number;
  /** A numeric argument was given. */
  readonly given: boolean;
  readonly name: string;
}

export type Act = (editor: LineEditor, given: Given) => Promise<void> | void;

function move(
  editor: LineEditor,
  count: number,
  forward: (from: number) => number,
  back: (from: number) => number,
): void {
  const { buffer } = editor;
  for (let n = Math.abs(count); n > 0; n--) buffer.cursor = (count > 0 ? forward : back)(buffer.cursor);
}

const char =
  (direction: 1 | -1): Act =>
  (editor, { count }) =>
    move(
      editor,
      count * direction,
      (at) => editor.buffer.charRight(at),
      (at) => editor.buffer.charLeft(at),
    );
const word =
  (direction: 1 | -1): Act =>
  (editor, { count }) =>
    move(
      editor,
      count * direction,
      (at) => editor.buffer.wordRight(at),
      (at) => editor.buffer.wordLeft(at),
    );

/** Words as the shell splits them. */
function shellWord(editor: LineEditor, from: number, direction: 1 | -1): number {
  const spans = [...editor.buffer.text.matchAll(/(?:\\.|"(?:\\.|[^"])*"|'[^']*'|[^\s;|&()<>])+/gs)];
  if (direction > 0) {
    const next = spans.find((each) => each.index + each[0].length > from);
    return next === undefined ? editor.buffer.text.length : next.index + next[0].length;
  }
  return spans.findLast((each) => each.index < from)?.index ?? 0;
}

/** Kills join where one follows the other. */
function kill(editor: LineEditor, from: number, to: number): void {
  const { buffer } = editor;
  const [start, end] = from <= to ? [from, to] : [to, from];
  if (start === end) return;
  const text = buffer.text.slice(start, end);
  const joins = KILLS.has(editor.last);
  editor.ring.add(text, joins ? (end <= buffer.cursor ? "before" : "after") : undefined);
  buffer.delete(start, end);
  buffer.cursor = start;
  buffer.mark = start;
}

const KILLS: ReadonlySet<string> = new Set([
  "kill-line",
  "backward-kill-line",
  "unix-line-discard",
  "kill-word",
  "backward-kill-word",
  "unix-word-rubout",
  "kill-whole-line",
  "kill-region",
  "shell-kill-word",
  "shell-backward-kill-word",
  "unix-filename-rubout",
]);

function killing(where: (editor: LineEditor, given: Given) => readonly [number, number]): Act {
  return async (editor, given) => {
    const [from, to] = where(editor, given);
    if (from === to && editor.buffer.text === "") await editor.ding();
    kill(editor, from, to);
  };
}

const wordAway = (editor: LineEditor, count: number): number => {
  let at = editor.buffer.cursor;
  for (let n = Math.abs(count); n > 0; n--) at = count > 0 ? editor.buffer.wordRight(at) : editor.buffer.wordLeft(at);
  return at;
};

/** Goes to another line of the history. False where there is none. */
export function goToLine(editor: LineEditor, line: number): boolean {
  if (line < 0 || line >= editor.lines.length) return false;
  if (line === editor.line) return true;
  editor.lines[editor.line] = editor.buffer.text;
  editor.line = line;
  editor.buffer.set(editor.lines[line] as string);
  if (editor.map === "vi-command") editor.buffer.cursor = 0;
  return true;
}

const history =
  (direction: 1 | -1): Act =>
  async (editor, { count }) => {
    const to = editor.line + count * direction;
    if (!goToLine(editor, Math.max(0, Math.min(editor.lines.length - 1, to))) || to < 0 || to >= editor.lines.length)
      await editor.ding();
  };

const toggled: Act = (editor) => {
  editor.overwriting = !editor.overwriting;
};

async function acceptLine(editor: LineEditor): Promise<void> {
  await editor.accept();
}

function insertText(editor: LineEditor, text: string): void {
  const { buffer } = editor;
  if (buffer.text.length + text.length > MAX_LINE) return;
  if (editor.overwriting && text !== "\n") {
    let end = buffer.cursor;
    for (const _ of text) end = buffer.charRight(end);
    buffer.replace(buffer.cursor, end, text);
  } else buffer.insert(text);
}

/** Alt-. and Alt-Ctrl-y: a word of an earlier line. */
const yankArgument =
  (last: boolean): Act =>
  async (editor, { count, given, name }) => {
    const { buffer } = editor;
    const before =
      editor.last === name
        ? (editor.memory.get("argument") as
            | { index: number; from: number; to: number; which: number | undefined }
            | undefined)
        : undefined;
    const which = before === undefined ? (given ? count : last ? undefined : 1) : before.which;
    const index = (before?.index ?? editor.lines.length - 1) - 1;
    const line = editor.lines[index];
    if (index < 0 || line === undefined) return editor.ding();
    const words = line.match(/(?:\\.|"(?:\\.|[^"])*"|'[^']*'|[^\s;|&()<>])+|[;|&()<>]+/gs) ?? [];
    const text = which === undefined ? words.at(-1) : which < 0 ? words.at(which - 1) : words[which];
    if (text === undefined) return editor.ding();
    if (before !== undefined) buffer.undo();
    const from = buffer.cursor;
    buffer.replace(from, from, text);
    editor.memory.set("argument", { index, from, to: buffer.cursor, which });
  };

const search =
  (direction: 1 | -1): Act =>
  async (editor, { count }) => {
    const wanted = await editor.char();
    if (wanted === undefined) return;
    const { buffer } = editor;
    let at = buffer.cursor;
    const forward = count * direction > 0;
    for (let n = Math.abs(count); n > 0; n--) {
      const found = forward
        ? buffer.text.indexOf(wanted, at + 1)
        : at === 0
          ? -1
          : buffer.text.lastIndexOf(wanted, at - 1);
      if (found === -1) return editor.ding();
      at = found;
    }
    buffer.cursor = at;
  };

/** The word the point is in or behind, as blanks bound it. */
function blankWord(editor: LineEditor): readonly [number, number] {
  const { text, cursor } = editor.buffer;
  let from = cursor;
  while (from > 0 && !/\s/.test(text.charAt(from - 1))) from--;
  return [from, cursor];
}

async function globWords(editor: LineEditor): Promise<readonly string[]> {
  const [from, to] = blankWord(editor);
  const word = editor.buffer.text.slice(from, to);
  return globPaths(editor.shell, word);
}

/** What the functions do. Those that `bind -l` knows and that are not here say so when they are used. */
export const FUNCTIONS: Readonly<Record<string, Act | undefined>> = {
  "self-insert": (editor, { keys, count }) => {
    if (count > 0) insertText(editor, count === 1 ? keys : keys.repeat(Math.min(count, 1000)));
  },
  "tab-insert": (editor) => insertText(editor, "\t"),
  "magic-space": async (editor) => {
    await expandInPlace(editor);
    insertText(editor, " ");
  },
  "quoted-insert": async (editor, { count }) => {
    const key = await editor.char();
    if (key !== undefined) insertText(editor, key.repeat(Math.max(1, Math.min(count, 1000))));
  },
  "bracketed-paste-begin": async (editor) => {
    const text = await editor.pasted();
    const from = editor.buffer.cursor;
    insertText(editor, text);
    if (editor.keymaps.on("enable-active-region") && text !== "") editor.region = [from, editor.buffer.cursor];
    editor.buffer.mark = from;
  },
  "accept-line": acceptLine,
  "operate-and-get-next": async (editor) => {
    await acceptLine(editor);
    editor.operateAndGetNext();
  },
  abort: async (editor) => {
    editor.memory.clear();
    editor.screen.prompt(editor.promptText);
    await editor.ding();
  },
  "beginning-of-line": (editor) => {
    editor.buffer.cursor = 0;
  },
  "end-of-line": (editor) => {
    editor.buffer.cursor = editor.buffer.text.length;
  },
  "forward-char": char(1),
  "backward-char": char(-1),
  "forward-byte": char(1),
  "backward-byte": char(-1),
  "forward-word": word(1),
  "backward-word": word(-1),
  "shell-forward-word": (editor, { count }) =>
    move(
      editor,
      count,
      (at) => shellWord(editor, at, 1),
      (at) => shellWord(editor, at, -1),
    ),
  "shell-backward-word": (editor, { count }) =>
    move(
      editor,
      -count,
      (at) => shellWord(editor, at, 1),
      (at) => shellWord(editor, at, -1),
    ),
  "delete-char": async (editor, { count }) => {
    const { buffer } = editor;
    if (buffer.text === "" && editor.last !== "delete-char") {
      await editor.write(editor.screen.finish());
      editor.result = { kind: "end" };
      return;
    }
    if (buffer.cursor >= buffer.text.length) return editor.ding();
    let end = buffer.cursor;
    for (let n = Math.max(1, count); n > 0; n--) end = buffer.charRight(end);
    if (count > 1) kill(editor, buffer.cursor, end);
    else buffer.delete(buffer.cursor, end);
  },
  "backward-delete-char": async (editor, { count, given }) => {
    const { buffer } = editor;
    if (buffer.cursor === 0) return editor.ding();
    let from = buffer.cursor;
    for (let n = Math.max(1, count); n > 0; n--) from = buffer.charLeft(from);
    if (given) kill(editor, from, buffer.cursor);
    else buffer.delete(from, buffer.cursor);
  },
  "forward-backward-delete-char": (editor) => {
    const { buffer } = editor;
    if (buffer.cursor < buffer.text.length) buffer.delete(buffer.cursor, buffer.charRight());
    else buffer.delete(buffer.charLeft(), buffer.cursor);
  },
  "delete-horizontal-space": (editor) => {
    const { buffer } = editor;
    let from = buffer.cursor;
    let to = buffer.cursor;
    while (from > 0 && /[ \t]/.test(buffer.text.charAt(from - 1))) from--;
    while (/[ \t]/.test(buffer.text.charAt(to))) to++;
    buffer.delete(from, to);
    buffer.cursor = from;
  },
  "kill-line": killing(({ buffer }, { count }) =>
    count < 0 ? [0, buffer.cursor] : [buffer.cursor, buffer.text.length],
  ),
  "backward-kill-line": killing(({ buffer }, { count }) =>
    count < 0 ? [buffer.cursor, buffer.text.length] : [0, buffer.cursor],
  ),
  "unix-line-discard": killing(({ buffer }) => [0, buffer.cursor]),
  "kill-whole-line": (editor) => {
    editor.buffer.cursor = editor.buffer.text.length;
    kill(editor, 0, editor.buffer.text.length);
  },
  "kill-word": killing((editor, { count }) => [editor.buffer.cursor, wordAway(editor, count)]),
  "backward-kill-word": killing((editor, { count }) => [wordAway(editor, -count), editor.buffer.cursor]),
  "shell-kill-word": killing((editor) => [editor.buffer.cursor, shellWord(editor, editor.buffer.cursor, 1)]),
  "shell-backward-kill-word": killing((editor) => [shellWord(editor, editor.buffer.cursor, -1), editor.buffer.cursor]),
  "unix-word-rubout": killing(({ buffer }, { count }) => {
    let from = buffer.cursor;
    for (let n = Math.max(1, count); n > 0; n--) from = buffer.blankLeft(from);
    return [from, buffer.cursor];
  }),
  "unix-filename-rubout": killing(({ buffer }) => {
    let from = buffer.cursor;
    while (from > 0 && /[\s/]/.test(buffer.text.charAt(from - 1))) from--;
    while (from > 0 && !/[\s/]/.test(buffer.text.charAt(from - 1))) from--;
    return [from, buffer.cursor];
  }),
  "kill-region": killing(({ buffer }) => [Math.min(buffer.mark, buffer.cursor), Math.max(buffer.mark, buffer.cursor)]),
  yank: async (editor) => {
    const text = editor.ring.current;
    if (text === "") return editor.ding();
    const from = editor.buffer.cursor;
    editor.buffer.replace(from, from, text);
    editor.memory.set("yank", { from, to: editor.buffer.cursor });
    editor.buffer.mark = from;
  },
  "yank-pop": async (editor) => {
    const yanked = editor.memory.get("yank") as { readonly from: number; readonly to: number } | undefined;
    if ((editor.last !== "yank" && editor.last !== "yank-pop") || yanked === undefined) return editor.ding();
    const text = editor.ring.rotate();
    editor.buffer.replace(yanked.from, yanked.to, text);
    editor.memory.set("yank", { from: yanked.from, to: editor.buffer.cursor });
  },
  "yank-last-arg": yankArgument(true),
  "insert-last-argument": yankArgument(true),
  "yank-nth-arg": yankArgument(false),
  "transpose-chars": async (editor) => {
    if (editor.buffer.cursor === 0 || editor.buffer.text.length < 2) return editor.ding();
    editor.buffer.transpose();
  },
  "transpose-words": async (editor) => {
    if (!editor.buffer.transposeWords()) await editor.ding();
  },
  "upcase-word": (editor, { count }) => editor.buffer.changeCase("upper", count),
  "downcase-word": (editor, { count }) => editor.buffer.changeCase("lower", count),
  "capitalize-word": (editor, { count }) => editor.buffer.changeCase("capital", count),
  undo: async (editor) => {
    if (!editor.buffer.undo()) await editor.ding();
  },
  "revert-line": async (editor) => {
    if (editor.buffer.undone.length === 0) return editor.ding();
    editor.buffer.undoAll();
  },
  "set-mark": (editor) => {
    editor.buffer.mark = editor.buffer.cursor;
  },
  "exchange-point-and-mark": (editor) => {
    const { buffer } = editor;
    [buffer.cursor, buffer.mark] = [buffer.mark, buffer.cursor];
    if (buffer.cursor !== buffer.mark)
      editor.region = [Math.min(buffer.cursor, buffer.mark), Math.max(buffer.cursor, buffer.mark)];
  },
  "character-search": search(1),
  "character-search-backward": search(-1),
  "previous-history": history(-1),
  "next-history": history(1),
  "beginning-of-history": (editor) => void goToLine(editor, 0),
  "end-of-history": (editor) => void goToLine(editor, editor.lines.length - 1),
  "fetch-history": (editor, { count, given }) => void goToLine(editor, given ? count - 1 : editor.lines.length - 1),
  "history-search-backward": (editor) => prefixSearch(editor, -1),
  "history-search-forward": (editor) => prefixSearch(editor, 1),
  "history-substring-search-backward": (editor) => prefixSearch(editor, -1, true),
  "history-substring-search-forward": (editor) => prefixSearch(editor, 1, true),
  "reverse-search-history": (editor) => incrementalSearch(editor, -1),
  "forward-search-history": (editor) => incrementalSearch(editor, 1),
  "non-incremental-reverse-search-history": async (editor) => void (await plainSearch(editor, -1, ":")),
  "non-incremental-forward-search-history": async (editor) => void (await plainSearch(editor, 1, ":")),
  "clear-screen": async (editor) => {
    await editor.write("\x1b[H\x1b[2J");
    editor.screen.start(editor.promptText);
  },
  "clear-display": async (editor) => {
    await editor.write("\x1b[H\x1b[2J\x1b[3J");
    editor.screen.start(editor.promptText);
  },
  "redraw-current-line": () => undefined,
  "digit-argument": digits,
  "universal-argument": (editor) => {
    editor.argument = (editor.argument ?? 1) * 4;
    editor.screen.prompt(`(arg: ${editor.argument}) `);
  },
  "overwrite-mode": toggled,
  "start-kbd-macro": async (editor) => {
    if (editor.recording !== undefined) return editor.ding();
    editor.recording = "";
  },
  "end-kbd-macro": async (editor, { keys }) => {
    if (editor.recording === undefined) return editor.ding();
    editor.recorded = editor.recording.slice(0, editor.recording.length - keys.length);
    editor.recording = undefined;
  },
  "call-last-kbd-macro": async (editor, { count }) => {
    if (editor.recorded === "") return editor.ding();
    editor.playMacro(editor.recorded.repeat(Math.max(1, Math.min(count, 100))));
  },
  "print-last-kbd-macro": (editor) => editor.aside(() => editor.write(`"${editor.recorded}"\r\n`)),
  complete: (editor, given) => completeAt(editor, given.name),
  "possible-completions": (editor) => listCompletions(editor),
  "insert-completions": (editor) => insertCompletions(editor),
  "menu-complete": (editor, { count }) => menuComplete(editor, count),
  "menu-complete-backward": (editor, { count }) => menuComplete(editor, -count),
  "old-menu-complete": (editor, { count }) => menuComplete(editor, count),
  "complete-filename": (editor, given) => completeAt(editor, given.name, "file"),
  "complete-command": (editor, given) => completeAt(editor, given.name, "command"),
  "complete-variable": (editor, given) => completeAt(editor, given.name, "variable"),
  "complete-username": (editor, given) => completeAt(editor, given.name, "user"),
  "complete-hostname": (editor, given) => completeAt(editor, given.name, "hostname"),
  "possible-filename-completions": (editor) => listCompletions(editor, "file"),
  "possible-command-completions": (editor) => listCompletions(editor, "command"),
  "possible-variable-completions": (editor) => listCompletions(editor, "variable"),
  "possible-username-completions": (editor) => listCompletions(editor, "user"),
  "possible-hostname-completions": (editor) => listCompletions(editor, "hostname"),
  "delete-char-or-list": (editor, given) =>
    editor.buffer.cursor >= editor.buffer.text.length && editor.buffer.text !== ""
      ? listCompletions(editor)
      : FUNCTIONS["delete-char"]?.(editor, given),
  "glob-expand-word": async (editor) => {
    const found = await globWords(editor);
    if (found.length === 0) return editor.ding();
    const [from, to] = blankWord(editor);
    editor.buffer.replace(from, to, `${found.join(" ")} `);
  },
  "glob-list-expansions": async (editor) => {
    const found = await globWords(editor);
    if (found.length === 0) return editor.ding();
    await listCompletions(editor, found);
  },
  "tilde-expand": async (editor) => {
    const { buffer } = editor;
    const [from, end] = blankWord(editor);
    let to = end;
    while (to < buffer.text.length && !/\s/.test(buffer.text.charAt(to))) to++;
    const match = /^~([^/]*)/.exec(buffer.text.slice(from, to));
    const home = match === null ? undefined : homeOf(editor.shell, match[1] ?? "");
    if (match === null || home === undefined) return;
    buffer.replace(from, from + match[0].length, home);
  },
  "shell-expand-line": async (editor) => {
    const text = await expandedLine(editor);
    const { buffer } = editor;
    const { cursor } = buffer;
    if (text !== buffer.text) buffer.replace(0, buffer.text.length, text);
    buffer.cursor = Math.min(cursor, buffer.text.length);
    if (!/\s/.test(buffer.text.charAt(buffer.cursor))) buffer.cursor = buffer.wordRight();
  },
  "history-expand-line": expandInPlace,
  "history-and-alias-expand-line": expandInPlace,
  "insert-comment": async (editor, { given }) => {
    const { buffer } = editor;
    const sign = editor.keymaps.variables.get("comment-begin") ?? "#";
    buffer.cursor = 0;
    if (given && buffer.text.startsWith(sign)) buffer.delete(0, sign.length);
    else buffer.insert(sign);
    await acceptLine(editor);
  },
  "display-shell-version": async (editor) => {
    await editor.aside(() => editor.write(`GNU bash, version ${BASH_VERSION_TEXT} (x86_64-pc-linux-gnu)\r\n`));
  },
  "re-read-init-file": (editor) => editor.readSettings(),
  "edit-and-execute-command": editAndExecute,
  "vi-edit-and-execute-command": editAndExecute,
  "emacs-editing-mode": (editor) => {
    editor.map = "emacs";
    editor.shell.setOptions.delete("vi");
    editor.shell.setOptions.add("emacs");
  },
  "vi-editing-mode": (editor) => {
    editor.map = "vi-insert";
    editor.shell.setOptions.delete("emacs");
    editor.shell.setOptions.add("vi");
  },
  "vi-movement-mode": viCommandMode,
  "vi-key": viKey,
  "vi-search": viSearch,
  "vi-search-again": viSearchAgain,
  "vi-undo": viUndo,
  "vi-yank-arg": viYankArgument,
  "vi-fetch-history": (editor, { count, given }) => void goToLine(editor, given ? count - 1 : 0),
  "vi-complete": (editor, given) => completeAt(editor, given.name),
  "vi-unix-word-rubout": (editor, given) => FUNCTIONS["unix-word-rubout"]?.(editor, given),
  "vi-eof-maybe": async (editor) => {
    if (editor.buffer.text !== "") return acceptLine(editor);
    await editor.write(editor.screen.finish());
    editor.result = { kind: "end" };
  },
};

/** Alt-3, Alt--: the argument, shown in the prompt's place until something uses it. */
async function digits(editor: LineEditor, { keys }: Given): Promise<void> {
  let sign = 1;
  let text = "";
  let key: string | undefined = keys.slice(-1);
  for (;;) {
    if (key === undefined) return;
    if (/^\d$/.test(key)) {
      if (text.length < 6) text += key;
    } else if (key === "-" && text === "" && sign === 1) sign = -1;
    else break;
    editor.argument = sign * (text === "" ? 1 : Number(text));
    editor.screen.prompt(`(arg: ${editor.argument}) `);
    await editor.redraw();
    key = await editor.char();
    // A digit with meta goes on with the argument, too.
    if (key === "\x1b") {
      const next = await editor.char();
      if (next !== undefined && /^[\d-]$/.test(next)) key = next;
      else {
        editor.unread(`\x1b${next ?? ""}`);
        return;
      }
    }
  }
  editor.unread(key);
}

/** The line with everything in it expanded, as the shell would before running it. */
async function expandedLine(editor: LineEditor): Promise<string> {
  const { text } = editor.buffer;
  const parsed = parseSource({ name: "", text: `: ${text}`, firstLine: 1 });
  const command = parsed.kind === "script" ? parsed.script.commands[0]?.command : undefined;
  if (command?.type !== "Command" || (parsed.kind === "script" && parsed.script.commands.length > 1)) return text;
  const words = command.suffix.filter((each) => each.type === "Word");
  return words.length === 0 ? text : (await expandWords(editor.shell, words)).join(" ");
}

async function expandInPlace(editor: LineEditor): Promise<void> {
  const { buffer } = editor;
  const expanded = expandHistory(buffer.text, editor.shell.history);
  if (expanded.kind === "changed") buffer.replace(0, buffer.text.length, expanded.text);
  else if (expanded.kind === "missing") await editor.ding();
}

async function editAndExecute(editor: LineEditor): Promise<void> {
  const { text } = editor.buffer;
  await editor.accept();
  editor.result = { kind: "edit", text };
}
