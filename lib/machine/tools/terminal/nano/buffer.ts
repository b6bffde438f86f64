/** nano's text with the cursor and the mark in it, what was cut, and what can be undone. */
import { displayWidth } from "../../../tty/width.ts";

interface Snapshot {
  /** All lines, or the one that is changed. */
  readonly kept: readonly string[] | { readonly row: number; readonly line: string };
  readonly row: number;
  readonly column: number;
  /** What the change was: "paste", "cut", "text", ... */
  readonly what: string;
}

export interface Place {
  readonly row: number;
  readonly column: number;
}

const MAX_UNDO = 500;
/** Lines that are kept to undo with, all changes together. */
const MAX_KEPT = 1 << 20;

export class NanoBuffer {
  lines: string[];
  row = 0;
  column = 0;
  changed = false;
  mark: Place | undefined;
  /** Rows of text on the screen. */
  page = 20;
  /** The line in the first of them. */
  top = 0;
  /** The column of the screen that keys up and down keep to. */
  want: number | undefined;
  #cut: readonly string[] = [];
  #cutting = false;
  #undo: Snapshot[] = [];
  #redo: Snapshot[] = [];
  #typing = "";
  /** How many changes there were when the text was written; undefined where undoing does not lead there any more. */
  #saved: number | undefined = 0;

  constructor(text: string) {
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

  /** The line the cursor is in. */
  get line(): string {
    return this.lines[this.row] ?? "";
  }

  /** Before a key of this name: what only lasts as long as keys of one kind follow each other. */
  beforeKey(name: string): void {
    if (name !== "ctrl-k" && name !== "alt-6") this.#cutting = false;
    if (!/^(?:backspace|delete|ctrl-d|ctrl-h|tab|enter)$/.test(name)) this.#typing = "";
    if (!/^(?:up|down|ctrl-p|ctrl-n|page-up|page-down|ctrl-y|ctrl-v)$/.test(name)) this.want = undefined;
  }

  /** What was typed, or pasted in one go. */
  type(text: string, pasted: boolean): void {
    this.#cutting = false;
    this.want = undefined;
    this.remember("addition", !pasted);
    this.insertText(text);
  }

  /** The text is in its file now. */
  written(): void {
    this.changed = false;
    this.#saved = this.#undo.length;
    this.#typing = "";
  }

  /** Before a change: what it is called, and whether it goes on with the one before it. */
  remember(what: string, typing = false): void {
    this.changed = true;
    this.#redo = [];
    if (typing && this.#typing === what) return;
    this.#typing = typing ? what : "";
    this.#keep({ kept: [...this.lines], row: this.row, column: this.column, what });
  }

  /** The same where nothing but the line of the cursor changes. */
  rememberLine(what: string): void {
    this.changed = true;
    this.#redo = [];
    this.#typing = "";
    this.#keep({ kept: { row: this.row, line: this.line }, row: this.row, column: this.column, what });
  }

  #keep(snapshot: Snapshot): void {
    if (this.#saved !== undefined && this.#saved > this.#undo.length) this.#saved = undefined;
    this.#undo.push(snapshot);
    let kept = 0;
    for (const each of this.#undo) kept += weight(each);
    while (this.#undo.length > 1 && (this.#undo.length > MAX_UNDO || kept > MAX_KEPT)) {
      const gone = this.#undo.shift();
      if (gone !== undefined) kept -= weight(gone);
      if (this.#saved !== undefined) this.#saved = this.#saved > 0 ? this.#saved - 1 : undefined;
    }
  }

  undo(): string {
    return this.#turn(this.#undo, this.#redo, "Undid", "undo");
  }

  redo(): string {
    return this.#turn(this.#redo, this.#undo, "Redid", "redo");
  }

  #turn(from: Snapshot[], to: Snapshot[], words: string, verb: string): string {
    const state = from.pop();
    if (state === undefined) return `Nothing to ${verb}`;
    const { row, column } = this;
    if ("line" in state.kept) {
      to.push({ ...state, kept: { row: state.kept.row, line: this.lines[state.kept.row] ?? "" }, row, column });
      this.lines[state.kept.row] = state.kept.line;
    } else {
      to.push({ ...state, kept: this.lines, row, column });
      this.lines = [...state.kept];
    }
    this.row = state.row;
    this.column = state.column;
    this.changed = this.#undo.length !== this.#saved;
    this.mark = undefined;
    return `${words} ${state.what}`;
  }

  /** Text without newlines, at the cursor. */
  insert(text: string): void {
    this.lines[this.row] = this.line.slice(0, this.column) + text + this.line.slice(this.column);
    this.column += text.length;
    // After the last line there is always an empty one.
    if (this.row === this.lines.length - 1 && this.line !== "") this.lines.push("");
  }

  /** Text of several lines, at the cursor. */
  insertText(text: string): void {
    for (const [index, part] of text.split("\n").entries()) {
      if (index > 0) this.split();
      this.insert(part);
    }
  }

  /** Enter: what is behind the cursor becomes a line of its own. */
  split(): void {
    this.lines.splice(this.row + 1, 0, this.line.slice(this.column));
    this.lines[this.row] = this.line.slice(0, this.column);
    this.row++;
    this.column = 0;
  }

  /** Where the character before the cursor begins. */
  before(): number {
    const head = this.line.slice(0, this.column);
    return head.length - (Array.from(head).at(-1)?.length ?? 0);
  }

  /** Where the character under the cursor ends. */
  after(): number {
    return this.column + (Array.from(this.line.slice(this.column))[0]?.length ?? 0);
  }

  backspace(): void {
    if (this.column === 0 && this.row === 0) return;
    this.remember("deletion", true);
    if (this.column > 0) {
      const from = this.before();
      this.lines[this.row] = this.line.slice(0, from) + this.line.slice(this.column);
      this.column = from;
      return;
    }
    const joined = this.line;
    this.lines.splice(this.row, 1);
    this.row--;
    this.column = this.line.length;
    this.lines[this.row] = this.line + joined;
  }

  delete(): void {
    if (this.column < this.line.length) {
      this.remember("deletion", true);
      this.lines[this.row] = this.line.slice(0, this.column) + this.line.slice(this.after());
    } else if (this.row < this.lines.length - 1) {
      this.remember("deletion", true);
      const next = this.lines[this.row + 1] as string;
      this.lines.splice(this.row + 1, 1);
      this.lines[this.row] = this.line + next;
      if (this.row === this.lines.length - 1 && this.line !== "") this.lines.push("");
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
  cutText(): string {
    const { region } = this;
    const whole = region === undefined;
    const span = region ?? { from: { row: this.row, column: 0 }, to: { row: this.row + 1, column: 0 } };
    if (whole && this.row === this.lines.length - 1 && this.line === "") return "Nothing was cut";
    this.remember("cut");
    const text = this.#taken(
      whole && this.row === this.lines.length - 1
        ? { from: span.from, to: { row: this.row, column: this.line.length } }
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
    return "";
  }

  /** Alt-6: as ^K, and nothing goes. */
  copyText(): void {
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
  cutToEnd(): void {
    this.remember("cut");
    this.#cut = this.#taken({
      from: { row: this.row, column: this.column },
      to: { row: this.lines.length - 1, column: (this.lines.at(-1) ?? "").length },
    });
    this.lines.splice(this.row, this.lines.length - this.row, this.line.slice(0, this.column));
    if (this.line !== "") this.lines.push("");
  }

  /** What is to be said where nothing was cut. */
  paste(): string | undefined {
    if (this.#cut.length === 0) return "Cutbuffer is empty";
    this.remember("paste");
    const tail = this.line.slice(this.column);
    const head = this.line.slice(0, this.column);
    const [first = "", ...rest] = this.#cut;
    if (rest.length === 0) {
      this.insert(first);
      return undefined;
    }
    this.lines.splice(this.row, 1, head + first, ...rest.slice(0, -1), (rest.at(-1) ?? "") + tail);
    this.row += rest.length;
    this.column = (rest.at(-1) ?? "").length;
    return undefined;
  }

  /** To a place, or the nearest there is. */
  goTo(row: number, column: number): void {
    this.row = Math.max(0, Math.min(this.lines.length - 1, row));
    this.column = Math.max(0, Math.min(this.line.length, column));
    // Far away, the line comes into the middle.
    if (this.row < this.top || this.row >= this.top + this.page) this.center();
  }

  /** The cursor's line in the middle of the screen. */
  center(): void {
    this.top = Math.max(0, this.row - (this.page >> 1));
  }

  /** M-D: lines, words and characters. */
  counts(): string {
    const text = this.lines.join("\n");
    const words = text.split(/\s+/).filter((word) => word !== "").length;
    const of = (count: number, word: string) => `${count} ${word}${count === 1 ? "" : "s"}`;
    return `${of(this.count, "line")},  ${of(words, "word")},  ${of(Array.from(text).length, "character")}`;
  }

  /** ^C: where the cursor is. */
  position(): string {
    const rows = this.lines.length;
    const width = displayWidth(this.line.replace(/\t/g, "        ")) + 1;
    const column = displayWidth(this.line.slice(0, this.column).replace(/\t/g, "        ")) + 1;
    let before = this.column;
    for (let row = 0; row < this.row; row++) before += Array.from(this.lines[row] ?? "").length + 1;
    const total = Array.from(this.lines.join("\n")).length;
    const percent = (part: number, whole: number) => (whole === 0 ? 0 : Math.floor((100 * part) / whole));
    const pad = (part: number, whole: number) => String(part).padStart(String(whole).length);
    const line = `line ${String(this.row + 1).padStart(String(rows).length + (rows < 10 ? 1 : 0))}/${rows} (${percent(this.row + 1, rows)}%)`;
    const columns = `col ${String(column).padStart(2)}/${String(width).padStart(2)} (${String(percent(column, width)).padStart(3)}%)`;
    return `${line}, ${columns}, char ${pad(before, total)}/${total} (${percent(before, total)}%)`;
  }
}

const weight = ({ kept }: Snapshot): number => ("line" in kept ? 1 : kept.length);
