/** nano without a screen: what its keys do to the text, and what is being asked. Tested by typing. */
import type { Key } from "../../../shell/editor/keys.ts";
import { AnswerLine, type Asking, questionOf, type Writing } from "./answer.ts";
import { NanoBuffer, type Place } from "./buffer.ts";
import { move } from "./moves.ts";

/** What only a process can do. */
export type NanoRequest =
  | { readonly kind: "write"; readonly path: string; readonly quit: boolean; readonly how: Writing }
  | { readonly kind: "insert"; readonly path: string }
  | { readonly kind: "quit" };

/** How many places are replaced between two payments. */
const REPLACED_AT_ONCE = 500;

/** What nano does and this does not, by key. */
const NOT_HERE: Readonly<Record<string, string>> = {
  "ctrl-g": "There are no help pages here: the keys are below",
  "ctrl-t": "Commands are not executed from here",
  "ctrl-j": "Texts are not justified here",
  "alt-j": "Texts are not justified here",
  "ctrl-z": "Use ^X to leave: nano does not stop here",
};

/** The same while a file's name is asked for. */
const NOT_WITH_NAMES: Readonly<Record<string, string>> = {
  "alt-d": "Other formats than Unix's are not written here",
  "alt-m": "Other formats than Unix's are not written here",
  "alt-b": "No backups are made here",
  "ctrl-t": "Folders are not looked through here",
};

export class NanoEditor {
  readonly buffer: NanoBuffer;
  readonly answer = new AnswerLine();
  path: string;
  message = "";
  asking: Asking | undefined;
  /** What a search found, to be shown until the next key. */
  found: { readonly row: number; readonly from: number; readonly to: number } | undefined;
  #search = "";
  #caseSensitive = false;
  #backwards = false;
  #replaced = 0;
  #replaceFrom: Place = { row: 0, column: 0 };
  #replacePassed = false;
  /** Somebody was asked about an instance: it is counted even where none was replaced. */
  #asked = false;
  /** The rest is replaced without asking. */
  #all = false;

  constructor(path: string, text: string) {
    this.path = path;
    this.buffer = new NanoBuffer(text);
  }

  /** What is asked; undefined: nothing. */
  get question(): string | undefined {
    if (this.asking === undefined) return undefined;
    const flags = `${this.#caseSensitive ? " [Case Sensitive]" : ""}${this.#backwards ? " [Backwards]" : ""}`;
    return questionOf(this.asking, this.#search, flags);
  }

  /** One key; what it asks of the process. `replaceSome` is to be called as long as `replacing` says so. */
  handle(key: Key, name: string): NanoRequest | undefined {
    this.found = undefined;
    if (this.asking !== undefined) return this.#answer(key, name);
    if (key.kind !== "key") {
      this.buffer.type(key.text, key.kind !== "text");
      return undefined;
    }
    this.buffer.beforeKey(name);
    return this.#command(name);
  }

  /** Puts a file's text at the cursor. */
  insertFile(text: string): void {
    this.buffer.remember("insertion");
    this.buffer.insertText(text);
  }

  #command(name: string): NanoRequest | undefined {
    switch (name) {
      case "ctrl-x":
        if (!this.buffer.changed) return { kind: "quit" };
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
        this.message = this.buffer.cutText();
        break;
      case "alt-6":
      case "alt-^":
        this.message = "";
        this.buffer.copyText();
        break;
      case "ctrl-u":
        this.message = this.buffer.paste() ?? this.message;
        break;
      case "alt-t":
        this.message = "";
        this.buffer.cutToEnd();
        break;
      case "alt-u":
        this.message = this.buffer.undo();
        break;
      case "alt-e":
        this.message = this.buffer.redo();
        break;
      case "alt-a":
      case "ctrl-~":
        if (this.buffer.mark === undefined) {
          this.buffer.mark = { row: this.buffer.row, column: this.buffer.column };
          this.message = "Mark Set";
        } else {
          this.buffer.mark = undefined;
          this.message = "Mark Unset";
        }
        break;
      case "ctrl-c":
        this.message = this.buffer.position();
        break;
      case "alt-d":
        this.message = this.buffer.counts();
        break;
      case "enter":
        this.buffer.remember("line break");
        this.buffer.split();
        break;
      case "tab":
        this.buffer.remember("addition", true);
        this.buffer.insert("\t");
        break;
      case "backspace":
      case "ctrl-h":
        this.buffer.backspace();
        break;
      case "delete":
      case "ctrl-d":
        this.buffer.delete();
        break;
      case "ctrl-l":
        this.buffer.center();
        break;
      default:
        if (!move(this.buffer, name) && /^(?:ctrl|alt)-/.test(name)) this.message = NOT_HERE[name] ?? "Unbound key";
    }
    return undefined;
  }

  #ask(asking: Asking, entry: string): void {
    this.asking = asking;
    this.answer.begin(entry);
    this.message = "";
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
        this.#ask({ kind: "name", quit: asking.quit, how: asking.how }, this.answer.text);
        return undefined;
      }
      if (letter !== "y") return undefined;
      if (asking.kind === "save") {
        this.#ask({ kind: "name", quit: true, how: "whole" }, this.path);
        return undefined;
      }
      this.asking = undefined;
      return { kind: "write", path: this.answer.text, quit: asking.quit, how: asking.how };
    }
    if (asking.kind === "instance") {
      this.#answerInstance(asking, letter);
      return undefined;
    }
    if (key.kind !== "key") {
      this.answer.type(key.text);
      return undefined;
    }
    if (name === "enter") return this.#done(asking);
    if (!this.answer.edit(name)) this.#askingKey(name, asking);
    return undefined;
  }

  /** Keys of a question that are not about its text. */
  #askingKey(name: string, asking: Asking): void {
    const searching = asking.kind === "search" || asking.kind === "replace";
    if (searching) this.#searchKey(name, asking);
    else if (asking.kind === "name") this.#nameKey(name, asking);
    else if (asking.kind === "line" && name === "ctrl-t") this.#ask({ kind: "search" }, "");
    if ((searching || asking.kind === "line") && (name === "ctrl-y" || name === "ctrl-v")) {
      this.asking = undefined;
      this.buffer.goTo(name === "ctrl-y" ? 0 : this.buffer.lines.length - 1, 0);
    }
  }

  #searchKey(name: string, asking: Asking): void {
    switch (name) {
      case "up":
      case "ctrl-p":
        this.answer.recall(-1);
        break;
      case "down":
      case "ctrl-n":
        this.answer.recall(1);
        break;
      case "alt-c":
        this.#caseSensitive = !this.#caseSensitive;
        break;
      case "alt-b":
        this.#backwards = !this.#backwards;
        break;
      case "alt-r":
        this.#cancel("Regular expressions are not available here");
        break;
      case "ctrl-r":
        this.asking = { kind: asking.kind === "search" ? "replace" : "search" };
        break;
      case "ctrl-t":
        if (asking.kind === "search") this.#ask({ kind: "line" }, "");
    }
  }

  #nameKey(name: string, asking: Asking & { readonly kind: "name" }): void {
    const refused = NOT_WITH_NAMES[name];
    if (refused !== undefined) this.#cancel(refused);
    if (name !== "alt-a" && name !== "alt-p") return;
    const how = name === "alt-a" ? "append" : "prepend";
    this.asking = { ...asking, how: asking.how === how ? "whole" : how };
  }

  #cancel(words: string): void {
    this.asking = undefined;
    this.message = words;
  }

  #done(asking: Asking): NanoRequest | undefined {
    this.asking = undefined;
    const entry = this.answer.text;
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
        this.#replaceFrom = { row: this.buffer.row, column: this.buffer.column };
        this.#replacePassed = false;
        this.#all = false;
        this.#nextInstance(asking.text, entry, true);
        return undefined;
      default: {
        if (entry !== "") {
          this.#search = entry;
          this.answer.keep(entry);
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
    const line = parts[1] === "" ? this.buffer.row + 1 : Number(parts[1]);
    const row = line < 0 ? this.buffer.lines.length + line : line - 1;
    const column = parts[2] === undefined ? undefined : Number(parts[2]) - 1;
    this.buffer.goTo(row, column ?? this.buffer.column);
  }

  // --------------------------------------------------------------------------------------------------------- search

  #indexOf(line: string, text: string, from: number, backwards: boolean): number {
    const [where, what] = this.#caseSensitive ? [line, text] : [line.toLowerCase(), text.toLowerCase()];
    if (backwards) return from < 0 ? -1 : where.lastIndexOf(what, from);
    return where.indexOf(what, from);
  }

  /** To the next place, once around the text; says where there is none. */
  #find(text: string, backwards: boolean): void {
    const count = this.buffer.lines.length;
    for (let step = 0; step <= count; step++) {
      const row = (((this.buffer.row + (backwards ? -step : step)) % count) + count) % count;
      const line = this.buffer.lines[row] ?? "";
      const from = step === 0 ? this.buffer.column + (backwards ? -1 : 1) : backwards ? line.length : 0;
      const column = this.#indexOf(line, text, from, backwards);
      if (column === -1) continue;
      if (step === count || (step > 0 && (backwards ? row > this.buffer.row : row < this.buffer.row)))
        this.message =
          row === this.buffer.row && column === this.buffer.column ? "This is the only occurrence" : "Search Wrapped";
      else this.message = "";
      this.buffer.goTo(row, column);
      this.found = { row, from: column, to: column + text.length };
      return;
    }
    this.message = `"${text}" not found`;
  }

  /** The next place to replace at, from the cursor on and once around. */
  #nextInstance(text: string, by: string, here: boolean): void {
    const count = this.buffer.lines.length;
    for (let step = 0; step <= count; step++) {
      const row = (this.buffer.row + step) % count;
      const from = step === 0 ? this.buffer.column + (here ? 0 : 1) : 0;
      const column = this.#indexOf(this.buffer.lines[row] ?? "", text, from, false);
      if (column === -1) continue;
      if (row < this.buffer.row || step === count) this.#replacePassed = true;
      const { row: startRow, column: startColumn } = this.#replaceFrom;
      if (this.#replacePassed && (row > startRow || (row === startRow && column >= startColumn))) break;
      this.buffer.goTo(row, column);
      this.found = { row, from: column, to: column + text.length };
      this.asking = { kind: "instance", text, by };
      return;
    }
    this.asking = undefined;
    if (this.#replaced === 0 && !this.#asked) this.message = `"${text}" not found`;
    else this.message = this.#replacedWords();
    this.#asked = false;
    this.buffer.row = Math.min(this.#replaceFrom.row, this.buffer.lines.length - 1);
    this.buffer.column = Math.min(this.#replaceFrom.column, this.buffer.line.length);
  }

  #replacedWords(): string {
    return `Replaced ${this.#replaced} ${this.#replaced === 1 ? "occurrence" : "occurrences"}`;
  }

  #answerInstance({ text, by }: { readonly text: string; readonly by: string }, letter: string): void {
    if (!/^[yna]$/.test(letter)) {
      this.found = { row: this.buffer.row, from: this.buffer.column, to: this.buffer.column + text.length };
      return;
    }
    this.#asked = true;
    if (letter === "n") {
      this.#nextInstance(text, by, false);
      return;
    }
    this.#all = letter === "a";
    this.#replaceOne(text, by);
  }

  /** Whether there are places left to be replaced without asking. */
  get replacing(): boolean {
    return this.#all && this.asking?.kind === "instance";
  }

  /** Replaces some of them. */
  replaceSome(): void {
    for (let count = 0; count < REPLACED_AT_ONCE && this.#all && this.asking?.kind === "instance"; count++)
      this.#replaceOne(this.asking.text, this.asking.by);
  }

  #replaceOne(text: string, by: string): void {
    const { buffer } = this;
    buffer.rememberLine("replacement");
    buffer.lines[buffer.row] =
      buffer.line.slice(0, buffer.column) + by + buffer.line.slice(buffer.column + text.length);
    buffer.column += by.length;
    this.#replaced++;
    this.#nextInstance(text, by, true);
  }
}
