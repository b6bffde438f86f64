/** nano without a screen: text, cursor, and what is being asked. Tested by typing. */
import type { Key } from "../../shell/editor/keys.ts";
import { displayWidth } from "../../tty/width.ts";

export type NanoRequest =
  | {
      readonly kind: "write";
      readonly path: string;
      readonly quit: boolean;
      readonly how: "whole" | "append" | "prepend";
    }
  | { readonly kind: "insert"; readonly path: string }
  | { readonly kind: "quit" };

type Asking =
  | { readonly kind: "name"; readonly quit: boolean; readonly how: "whole" | "append" | "prepend" }
  | { readonly kind: "other-name"; readonly quit: boolean; readonly how: "whole" | "append" | "prepend" }
  | { readonly kind: "save" }
  | { readonly kind: "search" }
  | { readonly kind: "replace" }
  | { readonly kind: "with"; readonly text: string }
  | { readonly kind: "instance"; readonly text: string; readonly by: string }
  | { readonly kind: "line" }
  | { readonly kind: "read" };

interface Snapshot {
  readonly lines: readonly string[];
  readonly row: number;
  readonly column: number;
  /** What the change was: "paste", "cut", "text", ... */
  readonly what: string;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

const MAX_UNDO = 500;
const WORD = /[\p{L}\p{N}_]/u;

export class NanoEditor {
  lines: string[];
  row = 0;
  column = 0;
  changed = false;
  message = "";
  /** Rows of text on the screen. */
  page = 20;
  top = 0;
  path: string;
  asking: Asking | undefined;
  entry = "";
  mark: Place | undefined;
  /** What a search found, to be shown until the next key. */
  found: { readonly row: number; readonly from: number; readonly to: number } | undefined;
  #at = 0;
  #search = "";
  #caseSensitive = false;
  #backwards = false;
  #history: string[] = [];
  #recalled = 0;
  #cut: readonly string[] = [];
  #cutting = false;
  #undo: Snapshot[] = [];
  #redo: Snapshot[] = [];
  #typing = "";
  #want: number | undefined;
  #replaced = 0;
  #replaceFrom: Place = { row: 0, column: 0 };
  #replacePassed = false;

  constructor(path: string, text: string) {
    this.path = path;
    this.lines = text.split("\n");
  }

  get text(): string {
    const text = this.lines.join("\n");
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  }

  /** Lines as nano counts them. */
  get count(): number {
    return this.lines.at(-1) === "" ? this.lines.length - 1 : this.lines.length;
  }

  /** What is asked; undefined: nothing. */
  get question(): string | undefined {
    const flags = `${this.#caseSensitive ? " [Case Sensitive]" : ""}${this.#backwards ? " [Backwards]" : ""}`;
    const last = this.#search === "" ? "" : ` [${this.#search}]`;
    switch (this.asking?.kind) {
      case "name":
        return `File Name to ${{ whole: "Write", append: "Append to", prepend: "Prepend to" }[this.asking.how]}: `;
      case "other-name":
        return "Save file under DIFFERENT NAME? ";
      case "save":
        return "Save modified buffer? ";
      case "search":
        return `Search${flags}${last}: `;
      case "replace":
        return `Search${flags} (to replace)${last}: `;
      case "with":
        return "Replace with: ";
      case "instance":
        return "Replace this instance?";
      case "line":
        return "Enter line number, column number: ";
      case "read":
        return "File to insert [from ./]: ";
      default:
        return undefined;
    }
  }

  /** Where in the answer the cursor is. */
  get entryAt(): number {
    return this.#at;
  }

  get #line(): string {
    return this.lines[this.row] ?? "";
  }

  handle(key: Key, name: string): NanoRequest | undefined {
    this.found = undefined;
    if (this.asking !== undefined) return this.#answer(key, name);
    if (key.kind !== "key") {
      this.#remember("addition", key.kind === "text");
      for (const [index, part] of key.text.split("\n").entries()) {
        if (index > 0) this.#split();
        this.#insert(part);
      }
      this.#cutting = false;
      return undefined;
    }
    if (name !== "ctrl-k" && name !== "alt-6") this.#cutting = false;
    if (!/^(?:backspace|delete|ctrl-d|ctrl-h|tab|enter)$/.test(name)) this.#typing = "";
    if (!/^(?:up|down|ctrl-p|ctrl-n|page-up|page-down|ctrl-y|ctrl-v)$/.test(name)) this.#want = undefined;
    return this.#command(name);
  }

  #command(name: string): NanoRequest | undefined {
    switch (name) {
      case "ctrl-x":
        if (!this.changed) return { kind: "quit" };
        this.#ask({ kind: "save" }, "");
        break;
      case "ctrl-o":
        this.#ask({ kind: "name", quit: false, how: "whole" }, this.path);
        break;
      case "ctrl-s":
        if (this.path !== "") return { kind: "write", path: this.path, quit: false, how: "whole" };
        this.#ask({ kind: "name", quit: false, how: "whole" }, "");
        break;
      case "ctrl-r":
        this.#ask({ kind: "read" }, "");
        break;
      case "ctrl-w":
      case "ctrl-f":
        this.#backwards = false;
        this.#ask({ kind: "search" }, "");
        break;
      case "ctrl-q":
        this.#backwards = true;
        this.#ask({ kind: "search" }, "");
        break;
      case "ctrl-|":
      case "alt-r":
        this.#ask({ kind: "replace" }, "");
        break;
      case "alt-w":
      case "alt-q":
        if (this.#search === "") this.message = "No current search pattern";
        else this.#find(this.#search, name === "alt-q");
        break;
      case "ctrl-_":
      case "alt-g":
        this.#ask({ kind: "line" }, "");
        break;
      case "ctrl-k":
        this.#cutText();
        break;
      case "alt-6":
      case "alt-^":
        this.#copyText();
        break;
      case "ctrl-u":
        this.#paste();
        break;
      case "alt-t":
        this.#cutToEnd();
        break;
      case "alt-u":
        this.#turn(this.#undo, this.#redo, "Undid", "undo");
        break;
      case "alt-e":
        this.#turn(this.#redo, this.#undo, "Redid", "redo");
        break;
      case "alt-a":
      case "ctrl-~":
        if (this.mark === undefined) {
          this.mark = { row: this.row, column: this.column };
          this.message = "Mark Set";
        } else {
          this.mark = undefined;
          this.message = "Mark Unset";
        }
        break;
      case "ctrl-c":
        this.message = this.#position();
        break;
      case "alt-d":
        this.message = this.#counts();
        break;
      case "enter":
        this.#remember("line break", false);
        this.#split();
        break;
      case "tab":
        this.#remember("addition", true);
        this.#insert("\t");
        break;
      case "backspace":
      case "ctrl-h":
        this.#backspace();
        break;
      case "delete":
      case "ctrl-d":
        this.#delete();
        break;
      case "ctrl-l":
        this.#center();
        break;
      default:
        if (!this.#move(name) && (name.startsWith("ctrl-") || name.startsWith("alt-"))) this.#refuse(name);
    }
    return undefined;
  }

  #refuse(name: string): void {
    const known: Readonly<Record<string, string>> = {
      "ctrl-g": "There are no help pages here: the keys are below",
      "ctrl-t": "Commands are not executed from here",
      "ctrl-j": "Texts are not justified here",
      "alt-j": "Texts are not justified here",
      "ctrl-z": "Use ^X to leave: nano does not stop here",
    };
    this.message = known[name] ?? "Unbound key";
  }

  #ask(asking: Asking, entry: string): void {
    this.asking = asking;
    this.entry = entry;
    this.#at = entry.length;
    this.message = "";
    this.#recalled = this.#history.length;
  }

  #answer(key: Key, name: string): NanoRequest | undefined {
    const { asking } = this;
    if (asking === undefined) return undefined;
    if (name === "ctrl-c") {
      this.asking = undefined;
      this.message = asking.kind === "instance" ? this.#replacedWords() : "Cancelled";
      return undefined;
    }
    const letter = key.kind === "text" ? key.text.toLowerCase() : "";
    if (asking.kind === "save" || asking.kind === "other-name") {
      if (letter === "n") {
        if (asking.kind === "save") return { kind: "quit" };
        this.#ask({ kind: "name", quit: asking.quit, how: asking.how }, this.entry);
        return undefined;
      }
      if (letter !== "y") return undefined;
      if (asking.kind === "save") {
        this.#ask({ kind: "name", quit: true, how: "whole" }, this.path);
        return undefined;
      }
      this.asking = undefined;
      return { kind: "write", path: this.entry, quit: asking.quit, how: asking.how };
    }
    if (asking.kind === "instance") {
      this.#answerInstance(asking, letter);
      return undefined;
    }
    if (key.kind !== "key") {
      this.entry = this.entry.slice(0, this.#at) + key.text + this.entry.slice(this.#at);
      this.#at += key.text.length;
      return undefined;
    }
    if (name === "enter") return this.#done(asking);
    this.#edit(name, asking);
    return undefined;
  }

  /** Keys of a question. */
  #edit(name: string, asking: Asking): void {
    const searching = asking.kind === "search" || asking.kind === "replace";
    switch (name) {
      case "backspace":
      case "ctrl-h":
        if (this.#at > 0) {
          const before = Array.from(this.entry.slice(0, this.#at)).slice(0, -1).join("");
          this.entry = before + this.entry.slice(this.#at);
          this.#at = before.length;
        }
        break;
      case "delete":
      case "ctrl-d":
        this.entry = this.entry.slice(0, this.#at) + this.entry.slice(this.#at + 1);
        break;
      case "left":
        this.#at = Math.max(0, this.#at - 1);
        break;
      case "right":
        this.#at = Math.min(this.entry.length, this.#at + 1);
        break;
      case "home":
      case "ctrl-a":
        this.#at = 0;
        break;
      case "end":
      case "ctrl-e":
        this.#at = this.entry.length;
        break;
      case "ctrl-k":
      case "ctrl-u":
        this.entry = "";
        this.#at = 0;
        break;
      case "up":
      case "down":
      case "ctrl-p":
      case "ctrl-n":
        if (!searching) break;
        this.#recalled = Math.max(
          0,
          Math.min(this.#history.length, this.#recalled + (name === "up" || name === "ctrl-p" ? -1 : 1)),
        );
        this.entry = this.#history[this.#recalled] ?? "";
        this.#at = this.entry.length;
        break;
      case "alt-c":
        if (searching) this.#caseSensitive = !this.#caseSensitive;
        break;
      case "alt-b":
        if (searching) this.#backwards = !this.#backwards;
        break;
      case "alt-r":
        // Patterns would need an engine of their own here.
        if (searching) this.#cancel("Regular expressions are not available here");
        break;
      case "ctrl-r":
        if (searching) this.asking = { kind: asking.kind === "search" ? "replace" : "search" };
        break;
      case "ctrl-t":
        if (asking.kind === "search") this.#ask({ kind: "line" }, "");
        else if (asking.kind === "line") this.#ask({ kind: "search" }, "");
        break;
      case "ctrl-y":
      case "ctrl-v":
        if (asking.kind !== "line" && !searching) break;
        this.asking = undefined;
        this.#goTo(name === "ctrl-y" ? 0 : this.lines.length - 1, 0);
        break;
      case "alt-a":
      case "alt-p":
        if (asking.kind === "name") {
          const how = name === "alt-a" ? "append" : "prepend";
          this.asking = { ...asking, how: asking.how === how ? "whole" : how };
        }
        break;
      case "alt-d":
      case "alt-m":
      case "alt-b_":
        this.#cancel("Other formats than Unix's are not written here");
    }
  }

  #cancel(words: string): void {
    this.asking = undefined;
    this.message = words;
  }

  #done(asking: Asking): NanoRequest | undefined {
    this.asking = undefined;
    const { entry } = this;
    switch (asking.kind) {
      case "name":
        if (entry === "") this.message = "Cancelled";
        else if (entry !== this.path && this.path !== "" && asking.how === "whole")
          this.asking = { kind: "other-name", quit: asking.quit, how: asking.how };
        else return { kind: "write", path: entry, quit: asking.quit, how: asking.how };
        return undefined;
      case "read":
        if (entry === "") this.message = "Cancelled";
        else return { kind: "insert", path: entry };
        return undefined;
      case "line":
        this.#goToEntry(entry);
        return undefined;
      case "with":
        this.#replaced = 0;
        this.#replaceFrom = { row: this.row, column: this.column };
        this.#replacePassed = false;
        this.#nextInstance(asking.text, entry, true);
        return undefined;
      default: {
        if (entry !== "") {
          this.#search = entry;
          this.#history = [...this.#history.filter((each) => each !== entry), entry];
        }
        if (this.#search === "") {
          this.message = "Cancelled";
          return undefined;
        }
        if (asking.kind === "replace") this.#ask({ kind: "with", text: this.#search }, "");
        else this.#find(this.#search, this.#backwards);
        return undefined;
      }
    }
  }

  #goToEntry(entry: string): void {
    const parts = /^\s*([-+]?\d*)\s*(?:[,.;]\s*([-+]?\d+))?\s*$/.exec(entry);
    if (entry.trim() === "") {
      this.message = "Cancelled";
      return;
    }
    if (parts === null) {
      this.message = "Invalid line or column number";
      return;
    }
    const line = parts[1] === "" ? this.row + 1 : Number(parts[1]);
    const row = line < 0 ? this.lines.length + line : line - 1;
    const column = parts[2] === undefined ? undefined : Number(parts[2]) - 1;
    this.#goTo(row, column ?? this.column);
  }

  #goTo(row: number, column: number): void {
    this.row = Math.max(0, Math.min(this.lines.length - 1, row));
    this.column = Math.max(0, Math.min(this.#line.length, column));
    // Far away, the line comes into the middle.
    if (this.row < this.top || this.row >= this.top + this.page) this.#center();
  }

  #center(): void {
    this.top = Math.max(0, this.row - (this.page >> 1));
  }

  // --------------------------------------------------------------------------------------------------------- search

  #indexOf(line: string, text: string, from: number, backwards: boolean): number {
    const [where, what] = this.#caseSensitive ? [line, text] : [line.toLowerCase(), text.toLowerCase()];
    if (backwards) return from < 0 ? -1 : where.lastIndexOf(what, from);
    return where.indexOf(what, from);
  }

  #find(text: string, backwards: boolean): boolean {
    const count = this.lines.length;
    for (let step = 0; step <= count; step++) {
      const row = (((this.row + (backwards ? -step : step)) % count) + count) % count;
      const line = this.lines[row] ?? "";
      const from = step === 0 ? this.column + (backwards ? -1 : 1) : backwards ? line.length : 0;
      const column = this.#indexOf(line, text, from, backwards);
      if (column === -1) continue;
      if (step === count || (step > 0 && (backwards ? row > this.row : row < this.row)))
        this.message = row === this.row && column === this.column ? "This is the only occurrence" : "Search Wrapped";
      else this.message = "";
      this.#goTo(row, column);
      this.found = { row, from: column, to: column + text.length };
      return true;
    }
    this.message = `"${text}" not found`;
    return false;
  }

  /** The next place to replace at, from the cursor on and once around. */
  #nextInstance(text: string, by: string, here: boolean): void {
    const count = this.lines.length;
    for (let step = 0; step <= count; step++) {
      const row = (this.row + step) % count;
      const from = step === 0 ? this.column + (here ? 0 : 1) : 0;
      const column = this.#indexOf(this.lines[row] ?? "", text, from, false);
      if (column === -1) continue;
      if (row < this.row || step === count) this.#replacePassed = true;
      const { row: startRow, column: startColumn } = this.#replaceFrom;
      if (this.#replacePassed && (row > startRow || (row === startRow && column >= startColumn))) break;
      this.#goTo(row, column);
      this.found = { row, from: column, to: column + text.length };
      this.asking = { kind: "instance", text, by };
      return;
    }
    this.asking = undefined;
    if (this.#replaced === 0 && !this.#asked) this.message = `"${text}" not found`;
    else this.message = this.#replacedWords();
    this.#asked = false;
    this.row = Math.min(this.#replaceFrom.row, this.lines.length - 1);
    this.column = Math.min(this.#replaceFrom.column, this.#line.length);
  }

  #asked = false;

  #replacedWords(): string {
    return `Replaced ${this.#replaced} ${this.#replaced === 1 ? "occurrence" : "occurrences"}`;
  }

  #answerInstance({ text, by }: { readonly text: string; readonly by: string }, letter: string): void {
    if (!/^[yna]$/.test(letter)) {
      this.found = { row: this.row, from: this.column, to: this.column + text.length };
      return;
    }
    this.#asked = true;
    if (letter === "n") {
      this.#nextInstance(text, by, false);
      return;
    }
    do {
      this.#remember("replacement", false);
      this.lines[this.row] = this.#line.slice(0, this.column) + by + this.#line.slice(this.column + text.length);
      this.column += by.length;
      this.#replaced++;
      this.#nextInstance(text, by, true);
    } while (letter === "a" && this.asking?.kind === "instance");
  }

  // ---------------------------------------------------------------------------------------------------------- edits

  #remember(what: string, typing: boolean): void {
    this.changed = true;
    this.#redo = [];
    if (typing && this.#typing === what) return;
    this.#typing = typing ? what : "";
    this.#undo.push({ lines: [...this.lines], row: this.row, column: this.column, what });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  #turn(from: Snapshot[], to: Snapshot[], words: string, verb: string): void {
    const state = from.pop();
    if (state === undefined) {
      this.message = `Nothing to ${verb}`;
      return;
    }
    to.push({ lines: [...this.lines], row: this.row, column: this.column, what: state.what });
    this.lines = [...state.lines];
    this.row = state.row;
    this.column = state.column;
    this.changed = this.#undo.length > 0 || verb === "redo";
    this.message = `${words} ${state.what}`;
    this.mark = undefined;
  }

  #insert(text: string): void {
    this.lines[this.row] = this.#line.slice(0, this.column) + text + this.#line.slice(this.column);
    this.column += text.length;
    // After the last line there is always an empty one.
    if (this.row === this.lines.length - 1 && this.#line !== "") this.lines.push("");
  }

  /** Puts a file's text at the cursor. */
  insertText(text: string): void {
    this.#remember("insertion", false);
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) this.#split();
      this.#insert(part);
    }
  }

  #split(): void {
    this.lines.splice(this.row + 1, 0, this.#line.slice(this.column));
    this.lines[this.row] = this.#line.slice(0, this.column);
    this.row++;
    this.column = 0;
  }

  #before(): number {
    const head = this.#line.slice(0, this.column);
    return head.length - (Array.from(head).at(-1)?.length ?? 0);
  }

  #after(): number {
    return this.column + (Array.from(this.#line.slice(this.column))[0]?.length ?? 0);
  }

  #backspace(): void {
    if (this.column === 0 && this.row === 0) return;
    this.#remember("deletion", true);
    if (this.column > 0) {
      const from = this.#before();
      this.lines[this.row] = this.#line.slice(0, from) + this.#line.slice(this.column);
      this.column = from;
      return;
    }
    const joined = this.#line;
    this.lines.splice(this.row, 1);
    this.row--;
    this.column = this.#line.length;
    this.lines[this.row] = this.#line + joined;
  }

  #delete(): void {
    if (this.column < this.#line.length) {
      this.#remember("deletion", true);
      this.lines[this.row] = this.#line.slice(0, this.column) + this.#line.slice(this.#after());
    } else if (this.row < this.lines.length - 1) {
      this.#remember("deletion", true);
      const next = this.lines[this.row + 1] as string;
      this.lines.splice(this.row + 1, 1);
      this.lines[this.row] = this.#line + next;
      if (this.row === this.lines.length - 1 && this.#line !== "") this.lines.push("");
    }
  }

  /** From the mark to the cursor; undefined where none is set. */
  get region(): { readonly from: Place; readonly to: Place } | undefined {
    const { mark } = this;
    if (mark === undefined) return undefined;
    const here = { row: this.row, column: this.column };
    return mark.row < here.row || (mark.row === here.row && mark.column <= here.column)
      ? { from: mark, to: here }
      : { from: here, to: mark };
  }

  #taken({ from, to }: { readonly from: Place; readonly to: Place }): string[] {
    if (from.row === to.row) return [(this.lines[from.row] ?? "").slice(from.column, to.column)];
    return [
      (this.lines[from.row] ?? "").slice(from.column),
      ...this.lines.slice(from.row + 1, to.row),
      (this.lines[to.row] ?? "").slice(0, to.column),
    ];
  }

  /** ^K: what is marked, or the line; lines cut one after the other are pasted together. */
  #cutText(): void {
    this.message = "";
    const { region } = this;
    const whole = region === undefined;
    const span = region ?? { from: { row: this.row, column: 0 }, to: { row: this.row + 1, column: 0 } };
    if (whole && this.row === this.lines.length - 1 && this.#line === "") {
      this.message = "Nothing was cut";
      return;
    }
    this.#remember("cut", false);
    const text = this.#taken(
      whole && this.row === this.lines.length - 1
        ? { from: span.from, to: { row: this.row, column: this.#line.length } }
        : span,
    );
    this.#cut = this.#cutting && whole ? [...this.#cut.slice(0, -1), ...text] : text;
    this.#cutting = whole;
    const tail = (this.lines[span.to.row] ?? "").slice(span.to.column);
    this.lines.splice(
      span.from.row,
      span.to.row - span.from.row + 1,
      (this.lines[span.from.row] ?? "").slice(0, span.from.column) + tail,
    );
    this.row = span.from.row;
    this.column = span.from.column;
    this.mark = undefined;
    if (this.lines.at(-1) !== "") this.lines.push("");
  }

  #copyText(): void {
    this.message = "";
    const { region } = this;
    const text = this.#taken(region ?? { from: { row: this.row, column: 0 }, to: { row: this.row + 1, column: 0 } });
    this.#cut = this.#cutting && region === undefined ? [...this.#cut.slice(0, -1), ...text] : text;
    this.#cutting = region === undefined;
    if (region === undefined) {
      this.row = Math.min(this.row + 1, this.lines.length - 1);
      this.column = 0;
    }
    this.mark = undefined;
  }

  /** Alt-T: all from the cursor on. */
  #cutToEnd(): void {
    this.message = "";
    this.#remember("cut", false);
    this.#cut = this.#taken({
      from: { row: this.row, column: this.column },
      to: { row: this.lines.length - 1, column: (this.lines.at(-1) ?? "").length },
    });
    this.lines.splice(this.row, this.lines.length - this.row, this.#line.slice(0, this.column));
    if (this.#line !== "") this.lines.push("");
  }

  #paste(): void {
    if (this.#cut.length === 0) {
      this.message = "Cutbuffer is empty";
      return;
    }
    this.#remember("paste", false);
    const tail = this.#line.slice(this.column);
    const head = this.#line.slice(0, this.column);
    const [first = "", ...rest] = this.#cut;
    if (rest.length === 0) {
      this.#insert(first);
      return;
    }
    this.lines.splice(this.row, 1, head + first, ...rest.slice(0, -1), (rest.at(-1) ?? "") + tail);
    this.row += rest.length;
    this.column = (rest.at(-1) ?? "").length;
  }

  // -------------------------------------------------------------------------------------------------------- message

  #counts(): string {
    const text = this.lines.join("\n");
    const words = text.split(/\s+/).filter((word) => word !== "").length;
    const of = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
    return `${of(this.count, "line")},  ${of(words, "word")},  ${of(Array.from(text).length, "character")}`;
  }

  #position(): string {
    const rows = this.lines.length;
    const width = displayWidth(this.#line.replace(/\t/g, "        ")) + 1;
    const column = displayWidth(this.#line.slice(0, this.column).replace(/\t/g, "        ")) + 1;
    let before = this.column;
    for (let row = 0; row < this.row; row++) before += Array.from(this.lines[row] ?? "").length + 1;
    const total = Array.from(this.lines.join("\n")).length;
    const percent = (part: number, whole: number) => (whole === 0 ? 0 : Math.floor((100 * part) / whole));
    const pad = (part: number, whole: number) => String(part).padStart(String(whole).length);
    const line = `line ${String(this.row + 1).padStart(String(rows).length + (rows < 10 ? 1 : 0))}/${rows} (${percent(this.row + 1, rows)}%)`;
    const columns = `col ${String(column).padStart(2)}/${String(width).padStart(2)} (${String(percent(column, width)).padStart(3)}%)`;
    return `${line}, ${columns}, char ${pad(before, total)}/${total} (${percent(before, total)}%)`;
  }

  // ---------------------------------------------------------------------------------------------------------- moves

  #vertical(by: number): void {
    this.#want ??= displayWidth(this.#line.slice(0, this.column));
    this.row = Math.max(0, Math.min(this.lines.length - 1, this.row + by));
    let column = 0;
    let at = 0;
    for (const char of this.#line) {
      if (column + displayWidth(char) > this.#want) break;
      column += displayWidth(char);
      at += char.length;
    }
    this.column = at;
  }

  #scroll(by: number): void {
    const at = this.row - this.top;
    this.top = Math.max(0, Math.min(this.lines.length - 1, this.top + by));
    this.row = Math.max(0, Math.min(this.lines.length - 1, this.top + at));
    this.column = 0;
  }

  /** False where the key moves nothing. */
  #move(name: string): boolean {
    switch (name) {
      case "left":
      case "ctrl-b":
        if (this.column > 0) this.column = this.#before();
        else if (this.row > 0) {
          this.row--;
          this.column = this.#line.length;
        }
        break;
      case "right":
        if (this.column < this.#line.length) this.column = this.#after();
        else if (this.row < this.lines.length - 1) {
          this.row++;
          this.column = 0;
        }
        break;
      case "up":
      case "ctrl-p":
        this.#vertical(-1);
        break;
      case "down":
      case "ctrl-n":
        this.#vertical(1);
        break;
      case "home":
      case "ctrl-a":
        this.column = 0;
        break;
      case "end":
      case "ctrl-e":
        this.column = this.#line.length;
        break;
      case "page-up":
      case "ctrl-y":
        if (this.top === 0) {
          this.row = 0;
          this.column = 0;
        } else this.#scroll(-Math.max(1, this.page - 2));
        break;
      case "page-down":
      case "ctrl-v":
        if (this.top + this.page >= this.lines.length) {
          this.row = this.lines.length - 1;
          this.column = 0;
        } else this.#scroll(Math.max(1, this.page - 2));
        break;
      case "ctrl-right":
        this.#word(1);
        break;
      case "ctrl-left":
        this.#word(-1);
        break;
      case "alt-|":
      case "alt-\\":
        this.row = 0;
        this.column = 0;
        break;
      case "alt-/":
        this.row = this.lines.length - 1;
        this.column = this.#line.length;
        if (this.row >= this.top + this.page) this.top = Math.max(0, this.lines.length - this.page);
        break;
      default:
        return false;
    }
    return true;
  }

  #word(step: 1 | -1): void {
    const text = () => this.#line;
    if (step > 0) {
      while (this.column < text().length && WORD.test(text().charAt(this.column))) this.column++;
      for (;;) {
        while (this.column < text().length && !WORD.test(text().charAt(this.column))) this.column++;
        if (this.column < text().length || this.row >= this.lines.length - 1) return;
        this.row++;
        this.column = 0;
      }
    }
    for (;;) {
      while (this.column > 0 && !WORD.test(text().charAt(this.column - 1))) this.column--;
      if (this.column > 0 || this.row === 0) break;
      this.row--;
      this.column = text().length;
    }
    while (this.column > 0 && WORD.test(text().charAt(this.column - 1))) this.column--;
  }
}
