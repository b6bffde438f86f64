/** The line editor: keys in, a line out. Emacs keys, as readline's defaults. */
import type { ByteReader, Tty } from "../../types.ts";
import type { Shell } from "../shell.ts";
import { KillRing, LineBuffer } from "./buffer.ts";
import { commonPrefix, complete, completionEnd, quoteCompletion } from "./completion.ts";
import { type Key, KeyDecoder } from "./keys.ts";
import { layoutColumns, Screen } from "./screen.ts";

type EditResult =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

const RAW = { canonical: false, echo: false, signals: false } as const;
const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l";
/** Milliseconds after which an escape byte stands for itself. */
const ESCAPE_DELAY = 50;
const MAX_LINE = 65_536;
const ASK_ABOVE = 100;

interface Search {
  readonly forward: boolean;
  query: string;
  at: number;
  failed: boolean;
}

/** Keys and what they do. */
const BINDINGS: Readonly<Record<string, string>> = {
  "ctrl-a": "line-start",
  home: "line-start",
  "ctrl-e": "line-end",
  end: "line-end",
  "ctrl-b": "char-left",
  left: "char-left",
  "ctrl-f": "char-right",
  right: "char-right",
  "alt-b": "word-left",
  "ctrl-left": "word-left",
  "alt-f": "word-right",
  "ctrl-right": "word-right",
  "ctrl-h": "delete-left",
  backspace: "delete-left",
  delete: "delete-right",
  "ctrl-k": "kill-line",
  "ctrl-u": "backward-kill-line",
  "ctrl-w": "backward-kill-blank",
  "alt-backspace": "backward-kill-word",
  "alt-d": "kill-word",
  "ctrl-y": "yank",
  "alt-y": "yank-pop",
  "ctrl-t": "transpose",
  "alt-t": "transpose-words",
  "alt-u": "upper",
  "alt-l": "lower",
  "alt-c": "capital",
  "ctrl-_": "undo",
  "ctrl-p": "history-up",
  up: "history-up",
  "ctrl-n": "history-down",
  down: "history-down",
  "page-up": "prefix-up",
  "page-down": "prefix-down",
  "alt-p": "prefix-up",
  "alt-n": "prefix-down",
  "alt-<": "history-first",
  "alt->": "history-last",
  "alt-.": "last-argument",
  "alt-_": "last-argument",
  "ctrl-l": "clear",
  "ctrl-r": "search-backward",
  "ctrl-s": "search-forward",
  "ctrl-v": "quoted-insert",
  "ctrl-q": "quoted-insert",
  tab: "complete",
  "alt-?": "list",
  "alt-#": "comment",
  "alt-r": "revert",
  "ctrl-g": "abort",
};

export class LineEditor {
  readonly #shell: Shell;
  readonly #tty: Tty;
  readonly #reader: ByteReader;
  readonly #ring = new KillRing();
  readonly #screen: Screen;
  readonly #decoder = new KeyDecoder();
  #buffer: LineBuffer;
  /** A read that has not been answered yet; it serves the next key. */
  #reading: Promise<Uint8Array | null> | undefined;
  #keys: Key[] = [];
  /** Lines as edited, the newest last being the one typed. */
  #lines: string[] = [];
  #line = 0;
  #prefix: string | undefined;
  #search: Search | undefined;
  #prompt = "";
  #quoted = false;
  #tabs = 0;
  #argument: { index: number; start: number; end: number } | undefined;
  #wake: (() => void) | undefined;

  constructor(shell: Shell, tty: Tty, reader: ByteReader) {
    this.#shell = shell;
    this.#tty = tty;
    this.#reader = reader;
    this.#screen = new Screen(tty.size.columns);
    this.#buffer = new LineBuffer(this.#ring);
  }

  /** Asks for one line. `text`: what stands there already (the lines before, at PS2, are the caller's). */
  async read(prompt: string, history: readonly string[]): Promise<EditResult> {
    this.#prompt = prompt;
    this.#buffer = new LineBuffer(this.#ring);
    this.#lines = [...history, ""];
    this.#line = history.length;
    this.#search = undefined;
    this.#prefix = undefined;
    this.#tabs = 0;
    this.#screen.resize(this.#tty.size.columns);
    this.#screen.start(prompt);
    // What `stty` set is for the commands between the lines.
    const before = this.#tty.mode;
    this.#tty.mode = RAW;
    await this.#write(PASTE_ON + this.#screen.draw("", 0));
    const { process } = this.#shell;
    process.onSignal("SIGWINCH", () => this.#wake?.());
    try {
      for (;;) {
        const key = await this.#nextKey();
        if (key === undefined) return { kind: "end" };
        if (key === "resized") {
          this.#screen.resize(this.#tty.size.columns);
          await this.#redraw();
          continue;
        }
        const result = await this.#handle(key);
        if (result !== undefined) return result;
      }
    } finally {
      this.#tty.mode = before;
    }
  }

  async #write(text: string): Promise<void> {
    if (text !== "") await this.#tty.write(text);
  }

  async #nextKey(): Promise<Key | "resized" | undefined> {
    for (;;) {
      const key = this.#keys.shift();
      if (key !== undefined) return key;
      this.#reading ??= this.#reader.read(1);
      const resized = new Promise<"resized">((resolve) => {
        this.#wake = () => resolve("resized");
      });
      const timer = new AbortController();
      const waits: Promise<Uint8Array | null | "resized" | "late">[] = [this.#reading, resized];
      if (this.#decoder.incomplete) {
        waits.push(
          this.#shell.process.clock.sleep(ESCAPE_DELAY, timer.signal).then(
            () => "late" as const,
            () => new Promise<never>(() => {}),
          ),
        );
      }
      const answer = await this.#shell.until(Promise.race(waits));
      timer.abort();
      this.#wake = undefined;
      if (answer === "resized") return "resized";
      if (answer === "late") {
        this.#keys = this.#decoder.flush();
        continue;
      }
      this.#reading = undefined;
      if (answer === null) return undefined;
      this.#keys = this.#decoder.push(answer);
      const paid = this.#shell.process.spend();
      if (paid !== undefined) await paid;
    }
  }

  async #redraw(): Promise<void> {
    await this.#write(this.#screen.draw(this.#buffer.text, this.#buffer.cursor));
  }

  async #accept(): Promise<EditResult> {
    const { text } = this.#buffer;
    this.#buffer.cursor = text.length;
    await this.#redraw();
    await this.#write(this.#screen.finish() + PASTE_OFF);
    return { kind: "line", text };
  }

  async #handle(key: Key): Promise<EditResult | undefined> {
    if (this.#search !== undefined) {
      const handled = await this.#searchKey(key, this.#search);
      if (handled) return undefined;
    }
    if (key.kind === "paste") {
      this.#buffer.begin("paste");
      if (this.#buffer.text.length + key.text.length <= MAX_LINE) this.#buffer.insert(key.text.replace(/\n$/, ""));
      await this.#redraw();
      return undefined;
    }
    if (key.kind === "text" || this.#quoted) {
      const text = key.kind === "text" ? key.text : controlCharacter(key.name);
      this.#quoted = false;
      this.#tabs = 0;
      this.#prefix = undefined;
      this.#argument = undefined;
      this.#buffer.begin("self-insert");
      if (this.#buffer.text.length < MAX_LINE) this.#buffer.insert(text);
      await this.#redraw();
      return undefined;
    }
    switch (key.name) {
      case "enter":
        return this.#accept();
      case "ctrl-c":
        this.#buffer.cursor = this.#buffer.text.length;
        await this.#redraw();
        await this.#write(`^C${this.#screen.finish()}${PASTE_OFF}`);
        return { kind: "interrupt" };
      case "ctrl-d":
        if (this.#buffer.text === "") {
          await this.#write(`${this.#screen.finish()}${PASTE_OFF}`);
          return { kind: "end" };
        }
        this.#buffer.begin("delete-right");
        this.#buffer.delete(this.#buffer.cursor, this.#buffer.charRight());
        await this.#redraw();
        return undefined;
      case "ctrl-o": {
        return this.#accept();
      }
      case "ctrl-z":
        return undefined;
    }
    const action = BINDINGS[key.name];
    if (action === undefined) return undefined;
    await this.#act(action);
    return undefined;
  }

  async #act(action: string): Promise<void> {
    const buffer = this.#buffer;
    buffer.begin(action);
    if (action !== "complete") this.#tabs = 0;
    if (!action.startsWith("prefix")) this.#prefix = undefined;
    if (action !== "last-argument") this.#argument = undefined;
    switch (action) {
      case "line-start":
        buffer.cursor = buffer.lineStart();
        break;
      case "line-end":
        buffer.cursor = buffer.lineEnd();
        break;
      case "char-left":
        buffer.cursor = buffer.charLeft();
        break;
      case "char-right":
        buffer.cursor = buffer.charRight();
        break;
      case "word-left":
        buffer.cursor = buffer.wordLeft();
        break;
      case "word-right":
        buffer.cursor = buffer.wordRight();
        break;
      case "delete-left":
        buffer.delete(buffer.charLeft(), buffer.cursor);
        break;
      case "delete-right":
        buffer.delete(buffer.cursor, buffer.charRight());
        break;
      case "kill-line":
        buffer.kill(buffer.cursor, Math.max(buffer.lineEnd(), Math.min(buffer.text.length, buffer.cursor)));
        break;
      case "backward-kill-line":
        buffer.kill(buffer.lineStart(), buffer.cursor);
        break;
      case "backward-kill-blank":
        buffer.kill(buffer.blankLeft(), buffer.cursor);
        break;
      case "backward-kill-word":
        buffer.kill(buffer.wordLeft(), buffer.cursor);
        break;
      case "kill-word":
        buffer.kill(buffer.cursor, buffer.wordRight());
        break;
      case "yank":
        buffer.yank();
        break;
      case "yank-pop":
        buffer.yankPop();
        break;
      case "transpose":
        buffer.transpose();
        break;
      case "transpose-words":
        buffer.transposeWords();
        break;
      case "upper":
      case "lower":
      case "capital":
        buffer.changeCase(action);
        break;
      case "undo":
        buffer.undo();
        break;
      case "revert":
        buffer.set(this.#lines[this.#line] ?? "");
        break;
      case "history-up":
        if (buffer.lineStart() > 0) this.#moveRow(-1);
        else this.#moveTo(this.#line - 1);
        break;
      case "history-down":
        if (buffer.lineEnd() < buffer.text.length) this.#moveRow(1);
        else this.#moveTo(this.#line + 1);
        break;
      case "history-first":
        this.#moveTo(0);
        break;
      case "history-last":
        this.#moveTo(this.#lines.length - 1);
        break;
      case "prefix-up":
      case "prefix-down":
        this.#prefixMove(action === "prefix-up" ? -1 : 1);
        break;
      case "last-argument":
        this.#lastArgument();
        break;
      case "clear":
        await this.#write("\x1b[H\x1b[2J");
        this.#screen.start(this.#prompt);
        break;
      case "search-backward":
      case "search-forward":
        this.#search = { forward: action === "search-forward", query: "", at: this.#line, failed: false };
        await this.#drawSearch();
        return;
      case "quoted-insert":
        this.#quoted = true;
        return;
      case "complete":
        await this.#complete();
        return;
      case "list":
        this.#tabs = 1;
        await this.#complete();
        return;
      case "comment":
        buffer.set(`#${buffer.text}`);
        this.#keys.unshift({ kind: "key", name: "enter" });
        break;
    }
    await this.#redraw();
  }

  // -------------------------------------------------------------------------------------------------------- history

  #moveTo(line: number): void {
    if (line < 0 || line >= this.#lines.length) return;
    this.#lines[this.#line] = this.#buffer.text;
    this.#line = line;
    this.#buffer.set(this.#lines[line] as string);
  }

  /** Within a text of several lines, up and down move the cursor. */
  #moveRow(by: -1 | 1): void {
    const buffer = this.#buffer;
    const column = buffer.cursor - buffer.lineStart();
    const start = by < 0 ? buffer.lineStart(buffer.lineStart() - 1) : buffer.lineEnd() + 1;
    buffer.cursor = Math.min(start + column, buffer.lineEnd(start));
  }

  #prefixMove(by: -1 | 1): void {
    this.#prefix ??= this.#buffer.text.slice(0, this.#buffer.cursor);
    for (let at = this.#line + by; at >= 0 && at < this.#lines.length; at += by) {
      if (!(this.#lines[at] as string).startsWith(this.#prefix)) continue;
      const { length } = this.#prefix;
      this.#moveTo(at);
      this.#buffer.cursor = length === 0 ? this.#buffer.text.length : length;
      return;
    }
  }

  /** Alt-.: the last word of the line before, then of the one before that. */
  #lastArgument(): void {
    const buffer = this.#buffer;
    const known = this.#argument;
    const index = (known?.index ?? this.#lines.length - 1) - 1;
    const line = this.#lines[index];
    if (index < 0 || line === undefined) return;
    const word = /(?:\\.|"[^"]*"|'[^']*'|\S)+\s*$/.exec(line)?.[0].trim() ?? "";
    if (known !== undefined) buffer.delete(known.start, known.end);
    const start = buffer.cursor;
    buffer.insert(word);
    this.#argument = { index, start, end: buffer.cursor };
  }

  // --------------------------------------------------------------------------------------------------------- search

  async #drawSearch(): Promise<void> {
    const search = this.#search;
    if (search === undefined) return;
    const name = `${search.failed ? "failed " : ""}${search.forward ? "i" : "reverse-i"}-search`;
    const found = this.#buffer.text;
    const at = search.query === "" ? found.length : Math.max(0, found.indexOf(search.query));
    const row = `(${name})\`${search.query}': `;
    const screen = this.#screen;
    // The search line takes the prompt's place.
    const erase = screen.draw("", 0);
    screen.start(row);
    await this.#write(`${erase}\r\x1b[J${screen.draw(found, at)}`);
    this.#buffer.cursor = at;
  }

  #find(search: Search, from: number): void {
    const step = search.forward ? 1 : -1;
    for (let at = from; at >= 0 && at < this.#lines.length; at += step) {
      if ((this.#lines[at] as string).includes(search.query)) {
        search.at = at;
        search.failed = false;
        this.#buffer.set(this.#lines[at] as string);
        return;
      }
    }
    search.failed = true;
  }

  /** True where the key was for the search. */
  async #searchKey(key: Key, search: Search): Promise<boolean> {
    const name = key.kind === "key" ? key.name : "";
    if (key.kind === "text" || key.kind === "paste") {
      search.query += key.text;
      this.#find(search, search.at);
      await this.#drawSearch();
      return true;
    }
    if (name === "backspace" || name === "ctrl-h") {
      search.query = search.query.slice(0, -1);
      this.#find(search, search.forward ? 0 : this.#lines.length - 1);
      await this.#drawSearch();
      return true;
    }
    if (name === "ctrl-r" || name === "ctrl-s") {
      const next: Search = { ...search, forward: name === "ctrl-s" };
      this.#search = next;
      if (next.query !== "") this.#find(next, next.at + (next.forward ? 1 : -1));
      await this.#drawSearch();
      return true;
    }
    this.#search = undefined;
    const abort = name === "ctrl-g";
    if (abort) this.#buffer.set(this.#lines[this.#line] ?? "");
    else if (!search.failed) this.#line = search.at;
    const erase = this.#screen.draw("", 0);
    this.#screen.start(this.#prompt);
    await this.#write(`${erase}\r\x1b[J`);
    await this.#redraw();
    return abort || name === "escape" || name === "ctrl-c" ? name !== "ctrl-c" : false;
  }

  // ----------------------------------------------------------------------------------------------------- completion

  async #complete(): Promise<void> {
    const buffer = this.#buffer;
    const line = buffer.text.slice(0, buffer.cursor);
    const found = await complete(this.#shell, line);
    const typed = line.slice(found.start);
    if (found.candidates.length === 0) {
      await this.#write("\x07");
      return;
    }
    const [only] = found.candidates;
    if (found.candidates.length === 1 && only !== undefined) {
      const text =
        (found.noquote ? only : quoteCompletion(only, found.quote)) +
        (found.nospace ? found.quote : completionEnd(only, found.quote));
      this.#replace(found.start, text);
      this.#tabs = 0;
      await this.#redraw();
      return;
    }
    const common = commonPrefix(found.candidates);
    const prefix = found.noquote ? common : quoteCompletion(common, found.quote);
    // Candidates of a function need not begin with what was typed: what they share takes its place.
    if (prefix !== "" && prefix !== typed && this.#tabs === 0) {
      this.#replace(found.start, prefix);
      await this.#redraw();
      this.#tabs = 1;
      return;
    }
    if (this.#tabs++ === 0) {
      await this.#write("\x07");
      return;
    }
    await this.#list(found.candidates, found.paths);
  }

  #replace(start: number, text: string): void {
    const buffer = this.#buffer;
    const rest = buffer.text.slice(buffer.cursor);
    buffer.set(buffer.text.slice(0, start) + text + rest, start + text.length);
  }

  async #list(candidates: readonly string[], paths: boolean): Promise<void> {
    const buffer = this.#buffer;
    const { cursor } = buffer;
    buffer.cursor = buffer.text.length;
    await this.#redraw();
    await this.#write(this.#screen.finish());
    let show = true;
    if (candidates.length > ASK_ABOVE) {
      await this.#write(`Display all ${candidates.length} possibilities? (y or n)`);
      const key = await this.#nextKey();
      show = key !== undefined && key !== "resized" && key.kind === "text" && /^[yY ]$/.test(key.text);
      await this.#write("\r\n");
    }
    if (show) {
      const items = paths ? candidates.map((path) => path.replace(/^.*\/(?=.)/, "")) : candidates;
      await this.#write(layoutColumns(items, this.#tty.size.columns));
    }
    buffer.cursor = cursor;
    this.#screen.start(this.#prompt);
    await this.#redraw();
  }
}

function controlCharacter(name: string): string {
  const letter = /^ctrl-(.)$/.exec(name)?.[1];
  if (letter !== undefined) return letter === "_" ? "\x1f" : String.fromCharCode(letter.charCodeAt(0) - 96);
  return name === "tab" ? "\t" : name === "enter" ? "\n" : name === "escape" ? "\x1b" : "";
}
