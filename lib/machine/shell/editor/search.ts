/** Searches in the history: while typing (isearch.c), by a whole text (search.c), by what the line begins with. */
import type { LineEditor } from "./editor.ts";
import { goToLine } from "./functions.ts";

interface State {
  readonly query: string;
  readonly line: number;
  readonly at: number;
  readonly failed: boolean;
}

/** ^R and ^S. */
export async function incrementalSearch(editor: LineEditor, direction: 1 | -1): Promise<void> {
  const { buffer } = editor;
  editor.lines[editor.line] = buffer.text;
  const origin = { line: editor.line, cursor: buffer.cursor };
  let forward = direction > 0;
  let state: State = { query: "", line: editor.line, at: buffer.cursor, failed: false };
  const show = async () => {
    const name = `${state.failed ? "failed " : ""}${forward ? "i" : "reverse-i"}-search`;
    const text = editor.lines[state.line] ?? "";
    editor.screen.prompt(`(${name})\`${state.query}': `);
    const region =
      state.query === "" || state.failed ? undefined : ([state.at, state.at + state.query.length] as const);
    await editor.write(editor.screen.draw(text, state.at, region));
  };
  /** `again`: not where it is now. */
  const find = (query: string, again: boolean): void => {
    let line = state.line;
    let from = state.at + (again ? (forward ? 1 : -1) : 0);
    for (;;) {
      const text = editor.lines[line];
      if (text === undefined) break;
      const at = from < 0 ? -1 : forward ? text.indexOf(query, from) : text.lastIndexOf(query, from);
      // The same line once more is no other match.
      const repeated = again && line !== state.line && text === editor.lines[state.line];
      if (at !== -1 && query !== "" && !repeated) {
        state = { query, line, at, failed: false };
        return;
      }
      line += forward ? 1 : -1;
      from = forward ? 0 : (editor.lines[line]?.length ?? 0);
    }
    state = { ...state, query, failed: true };
  };
  const leave = () => {
    const { line, at } = state;
    editor.line = line;
    buffer.set(editor.lines[line] ?? "", Math.min(at, (editor.lines[line] ?? "").length));
    if (state.query !== "") editor.memory.set("search", state.query);
    editor.screen.prompt(editor.promptText);
  };
  await show();
  for (;;) {
    const key = await editor.char();
    if (key === undefined) return leave();
    if (key === "\x12" || key === "\x13") {
      const same = forward === (key === "\x13");
      forward = key === "\x13";
      if (state.query === "") {
        const last = editor.memory.get("search");
        if (typeof last === "string" && same) find(last, false);
      } else find(state.query, same);
      if (state.failed) await editor.ding();
    } else if (key === "\x07") {
      editor.line = origin.line;
      buffer.set(editor.lines[origin.line] ?? "", origin.cursor);
      editor.screen.prompt(editor.promptText);
      return editor.ding();
    } else if (key === "\x7f" || key === "\b") {
      if (state.query === "") await editor.ding();
      else if (Array.from(state.query).length === 1) state = { ...state, query: "", failed: false };
      else find(Array.from(state.query).slice(0, -1).join(""), false);
    } else if (key === "\x16") {
      const next = await editor.char();
      if (next !== undefined) find(state.query + next, false);
    } else if (key === "\x17" || key === "\x19") {
      // The next word, or all the rest, of what was found.
      const rest = (editor.lines[state.line] ?? "").slice(state.at + state.query.length);
      const more = key === "\x19" ? rest : (/^[^\w]*\w*/.exec(rest)?.[0] ?? "");
      if (more === "") await editor.ding();
      else find(state.query + more, false);
    } else if (key === "\x1b[200~") {
      // Read below, as a sequence.
    } else if (key >= " ") {
      find(state.query + key, false);
      if (state.failed) await editor.ding();
    } else {
      leave();
      if (key === "\x1b") {
        // Escape alone ends the search; with more it is a key of its own.
        const next = await editor.char(editor.keymaps.number("keyseq-timeout"));
        if (next !== undefined && next !== "") editor.unread(`\x1b${next}`);
      } else if (key !== "\n") editor.unread(key);
      return;
    }
    await show();
  }
}

/** Asks for a text in the prompt's place. Undefined: given up. */
async function askBelow(editor: LineEditor, prompt: string): Promise<string | undefined> {
  let text = "";
  for (;;) {
    editor.screen.prompt(visibleLast(editor.promptText) === "" ? prompt : editor.promptText + prompt);
    await editor.write(editor.screen.draw(text, text.length));
    const key = await editor.char();
    if (key === undefined || key === "\x07" || key === "\x03") return undefined;
    if (key === "\r" || key === "\n") return text;
    if (key === "\x7f" || key === "\b") {
      if (text === "") return undefined;
      text = Array.from(text).slice(0, -1).join("");
    } else if (key === "\x17") text = text.replace(/\S*\s*$/, "");
    else if (key === "\x15") text = "";
    else if (key >= " ") text += key;
  }
}

function visibleLast(prompt: string): string {
  return prompt.slice(prompt.lastIndexOf("\n") + 1);
}

/** Alt-p and Alt-n: asks for a text, then goes to the line that holds it. */
export async function plainSearch(editor: LineEditor, direction: 1 | -1, prompt: string): Promise<boolean> {
  const text = await askBelow(editor, prompt);
  editor.screen.prompt(editor.promptText);
  if (text === undefined) return false;
  const query = text === "" ? editor.memory.get("plain") : text;
  if (typeof query !== "string") {
    await editor.ding();
    return false;
  }
  editor.memory.set("plain", query);
  for (let at = editor.line + direction; at >= 0 && at < editor.lines.length; at += direction) {
    const found = (editor.lines[at] ?? "").indexOf(query);
    if (found === -1) continue;
    goToLine(editor, at);
    return true;
  }
  await editor.ding();
  return false;
}

/** Page up and page down: lines that begin as this one does up to the point. */
export async function prefixSearch(editor: LineEditor, direction: 1 | -1, within = false): Promise<void> {
  const { buffer } = editor;
  const going = editor.last.startsWith("history-search") || editor.last.startsWith("history-substring");
  const prefix = going ? String(editor.memory.get("prefix") ?? "") : buffer.text.slice(0, buffer.cursor);
  editor.memory.set("prefix", prefix);
  for (let at = editor.line + direction; at >= 0 && at < editor.lines.length; at += direction) {
    const line = editor.lines[at] as string;
    if (!(within ? line.includes(prefix) : line.startsWith(prefix)) || line === buffer.text) continue;
    goToLine(editor, at);
    buffer.cursor = prefix === "" || within ? buffer.text.length : prefix.length;
    return;
  }
  await editor.ding();
}
