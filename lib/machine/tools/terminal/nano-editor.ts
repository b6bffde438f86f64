/** nano without a screen: text, cursor, and what is being asked. Tested by typing. */
import type { Key } from "../../shell/editor/keys.ts";

type NanoRequest =
  | { readonly kind: "write"; readonly path: string; readonly quit: boolean }
  | { readonly kind: "quit" };

type Asking =
  | { readonly kind: "name"; readonly quit: boolean }
  | { readonly kind: "save" }
  | { readonly kind: "search" }
  | { readonly kind: "line" };

interface Snapshot {
  readonly lines: readonly string[];
  readonly row: number;
  readonly column: number;
}

const MAX_UNDO = 200;

export class NanoEditor {
  lines: string[];
  row = 0;
  column = 0;
  changed = false;
  message = "";
  page = 20;
  path: string;
  asking: Asking | undefined;
  entry = "";
  #search = "";
  #cut: string[] = [];
  #cutting = false;
  #undo: Snapshot[] = [];
  #typing = false;

  constructor(path: string, text: string) {
    this.path = path;
    this.lines = text.replace(/\n$/, "").split("\n");
  }

  get text(): string {
    // An empty last line is the one nano shows after the end.
    const text = this.lines.join("\n");
    return text === "" || text.endsWith("\n") ? text : `${text}\n`;
  }

  /** What stands where the status line is. */
  get prompt(): string {
    switch (this.asking?.kind) {
      case "name":
        return `File Name to Write: ${this.entry}`;
      case "save":
        return "Save modified buffer? ";
      case "search":
        return `Search${this.#search === "" ? "" : ` [${this.#search}]`}: ${this.entry}`;
      case "line":
        return `Enter line number, column number: ${this.entry}`;
      default:
        return this.message === "" ? "" : `[ ${this.message} ]`;
    }
  }

  get #line(): string {
    return this.lines[this.row] ?? "";
  }

  handle(key: Key): NanoRequest | undefined {
    this.message = "";
    if (this.asking !== undefined) return this.#answer(key);
    if (key.kind !== "key") {
      this.#remember(true);
      for (const [index, part] of key.text.split("\n").entries()) {
        if (index > 0) this.#split();
        this.lines[this.row] = this.#line.slice(0, this.column) + part + this.#line.slice(this.column);
        this.column += part.length;
      }
      this.#cutting = false;
      return undefined;
    }
    const { name } = key;
    if (name !== "ctrl-k") this.#cutting = false;
    this.#typing = false;
    return this.#command(name);
  }

  #command(name: string): NanoRequest | undefined {
    switch (name) {
      case "ctrl-x":
        if (!this.changed) return { kind: "quit" };
        this.asking = { kind: "save" };
        break;
      case "ctrl-o":
      case "ctrl-s":
        if (name === "ctrl-s" && this.path !== "") return { kind: "write", path: this.path, quit: false };
        this.asking = { kind: "name", quit: false };
        this.entry = this.path;
        break;
      case "ctrl-w":
      case "ctrl-f":
        this.asking = { kind: "search" };
        this.entry = "";
        break;
      case "ctrl-_":
      case "ctrl-g":
        if (name === "ctrl-g") this.message = "^O write, ^X exit, ^W search, ^K cut, ^U paste, ^_ go to line";
        else {
          this.asking = { kind: "line" };
          this.entry = "";
        }
        break;
      case "ctrl-k":
        this.#cutLine();
        break;
      case "ctrl-u":
        this.#paste();
        break;
      case "ctrl-z":
        this.#undoLast();
        break;
      case "ctrl-c":
        this.message = `line ${this.row + 1}/${this.lines.length} (${Math.round((100 * (this.row + 1)) / this.lines.length)}%), col ${this.column + 1}/${this.#line.length + 1}`;
        break;
      case "enter":
        this.#remember(false);
        this.#split();
        break;
      case "tab":
        this.#remember(true);
        this.lines[this.row] = `${this.#line.slice(0, this.column)}\t${this.#line.slice(this.column)}`;
        this.column++;
        break;
      case "backspace":
      case "ctrl-h":
        this.#backspace();
        break;
      case "delete":
      case "ctrl-d":
        this.#move("right");
        this.#backspace();
        break;
      default:
        this.#move(name);
    }
    return undefined;
  }

  #answer(key: Key): NanoRequest | undefined {
    const { asking } = this;
    if (asking === undefined) return undefined;
    if (key.kind === "key" && key.name === "ctrl-c") {
      this.asking = undefined;
      this.message = "Cancelled";
      return undefined;
    }
    if (asking.kind === "save") {
      const answer = key.kind === "text" ? key.text.toLowerCase() : "";
      if (answer === "n") return { kind: "quit" };
      if (answer === "y") {
        this.asking = { kind: "name", quit: true };
        this.entry = this.path;
      }
      return undefined;
    }
    if (key.kind !== "key") {
      this.entry += key.text;
      return undefined;
    }
    if (key.name === "backspace" || key.name === "ctrl-h") this.entry = this.entry.slice(0, -1);
    if (key.name !== "enter") return undefined;
    this.asking = undefined;
    if (asking.kind === "name") {
      if (this.entry === "") {
        this.message = "Cancelled";
        return undefined;
      }
      return { kind: "write", path: this.entry, quit: asking.quit };
    }
    if (asking.kind === "search") this.#find();
    else {
      const [line = "1", column = "1"] = this.entry.split(",");
      this.row = Math.max(0, Math.min(this.lines.length, Number(line) || 1) - 1);
      this.column = Math.max(0, Math.min(this.#line.length, (Number(column) || 1) - 1));
    }
    return undefined;
  }

  #find(): void {
    if (this.entry !== "") this.#search = this.entry;
    const wanted = this.#search.toLowerCase();
    if (wanted === "") {
      this.message = "Cancelled";
      return;
    }
    for (let step = 0; step <= this.lines.length; step++) {
      const row = (this.row + step) % this.lines.length;
      const line = (this.lines[row] ?? "").toLowerCase();
      const found = line.indexOf(wanted, step === 0 ? this.column + 1 : 0);
      if (found === -1) continue;
      if (row < this.row || step === this.lines.length) this.message = "Search Wrapped";
      this.row = row;
      this.column = found;
      return;
    }
    this.message = `"${this.#search}" not found`;
  }

  // ---------------------------------------------------------------------------------------------------------- edits

  #remember(typing: boolean): void {
    this.changed = true;
    if (typing && this.#typing) return;
    this.#typing = typing;
    this.#undo.push({ lines: [...this.lines], row: this.row, column: this.column });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  #undoLast(): void {
    const before = this.#undo.pop();
    if (before === undefined) {
      this.message = "Nothing to undo";
      return;
    }
    this.lines = [...before.lines];
    this.row = before.row;
    this.column = before.column;
    this.changed = true;
  }

  #split(): void {
    this.lines.splice(this.row + 1, 0, this.#line.slice(this.column));
    this.lines[this.row] = this.#line.slice(0, this.column);
    this.row++;
    this.column = 0;
  }

  #backspace(): void {
    if (this.column === 0 && this.row === 0) return;
    this.#remember(true);
    if (this.column > 0) {
      const before = Array.from(this.#line.slice(0, this.column)).slice(0, -1).join("");
      this.lines[this.row] = before + this.#line.slice(this.column);
      this.column = before.length;
      return;
    }
    const joined = this.#line;
    this.lines.splice(this.row, 1);
    this.row--;
    this.column = this.#line.length;
    this.lines[this.row] = this.#line + joined;
  }

  /** Lines cut one after the other are pasted together. */
  #cutLine(): void {
    if (this.row === this.lines.length - 1 && this.#line === "") {
      this.message = "Nothing was cut";
      return;
    }
    this.#remember(false);
    if (!this.#cutting) this.#cut = [];
    this.#cutting = true;
    this.#cut.push(this.#line);
    this.lines.splice(this.row, 1);
    if (this.lines.length === 0) this.lines.push("");
    if (this.row >= this.lines.length) {
      this.lines.push("");
      this.row = this.lines.length - 1;
    }
    this.column = 0;
  }

  #paste(): void {
    if (this.#cut.length === 0) {
      this.message = "Cutbuffer is empty";
      return;
    }
    this.#remember(false);
    const tail = this.#line.slice(this.column);
    const head = this.#line.slice(0, this.column);
    const [first = "", ...rest] = this.#cut;
    this.lines.splice(this.row, 1, head + first, ...rest, tail);
    this.row += this.#cut.length;
    this.column = 0;
  }

  #move(name: string): void {
    switch (name) {
      case "left":
      case "ctrl-b":
        if (this.column > 0) this.column--;
        else if (this.row > 0) {
          this.row--;
          this.column = this.#line.length;
        }
        break;
      case "right":
        if (this.column < this.#line.length) this.column++;
        else if (this.row < this.lines.length - 1) {
          this.row++;
          this.column = 0;
        }
        break;
      case "up":
      case "ctrl-p":
        this.row = Math.max(0, this.row - 1);
        break;
      case "down":
      case "ctrl-n":
        this.row = Math.min(this.lines.length - 1, this.row + 1);
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
        this.row = Math.max(0, this.row - this.page);
        break;
      case "page-down":
      case "ctrl-v":
        this.row = Math.min(this.lines.length - 1, this.row + this.page);
        break;
      default:
        return;
    }
    this.column = Math.min(this.column, this.#line.length);
  }
}
