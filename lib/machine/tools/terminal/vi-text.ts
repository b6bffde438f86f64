/** The text that vi edits: lines, cursor, register, undo. No keys, no screen. */

export interface Place {
  readonly row: number;
  readonly column: number;
}

interface State {
  readonly lines: readonly string[];
  readonly cursor: Place;
}

const MAX_UNDO = 200;

/** Word characters, others, blanks: what `w` and `b` stop between. */
function kind(char: string): number {
  return char === "" || /\s/.test(char) ? 0 : /[\p{L}\p{N}_]/u.test(char) ? 1 : 2;
}

export class ViText {
  lines: string[];
  row = 0;
  column = 0;
  /** What was last deleted or yanked. */
  register: { readonly text: readonly string[]; readonly linewise: boolean } = { text: [], linewise: true };
  changed = false;
  #undo: State[] = [];
  #redo: State[] = [];

  constructor(text: string) {
    this.lines = text.replace(/\n$/, "").split("\n");
  }

  get text(): string {
    return this.lines.length === 1 && this.lines[0] === "" ? "" : `${this.lines.join("\n")}\n`;
  }

  get line(): string {
    return this.lines[this.row] ?? "";
  }

  set line(text: string) {
    this.lines[this.row] = text;
  }

  /** Call before a change. */
  remember(): void {
    this.#undo.push({ lines: [...this.lines], cursor: { row: this.row, column: this.column } });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo = [];
    this.changed = true;
  }

  undo(): boolean {
    return this.#restore(this.#undo, this.#redo);
  }

  redo(): boolean {
    return this.#restore(this.#redo, this.#undo);
  }

  #restore(from: State[], to: State[]): boolean {
    const state = from.pop();
    if (state === undefined) return false;
    to.push({ lines: [...this.lines], cursor: { row: this.row, column: this.column } });
    this.lines = [...state.lines];
    this.row = state.cursor.row;
    this.column = state.cursor.column;
    this.clamp(false);
    this.changed = true;
    return true;
  }

  /** Keeps the cursor within the text; `inserting`: it may stand behind the last character. */
  clamp(inserting: boolean): void {
    this.row = Math.max(0, Math.min(this.row, this.lines.length - 1));
    const last = this.line.length - (inserting ? 0 : 1);
    this.column = Math.max(0, Math.min(this.column, last));
  }

  firstNonBlank(row = this.row): number {
    return Math.max(0, (this.lines[row] ?? "").search(/\S|$/));
  }

  wordForward(from: Place, end: boolean): Place {
    let { row, column } = from;
    const at = (): string => (this.lines[row] ?? "").charAt(column);
    const step = (): boolean => {
      if (column < (this.lines[row] ?? "").length) column++;
      else if (row < this.lines.length - 1) {
        row++;
        column = 0;
      } else return false;
      return true;
    };
    if (end) {
      step();
      while (kind(at()) === 0 && step());
      const current = kind(at());
      while (kind((this.lines[row] ?? "").charAt(column + 1)) === current && current !== 0) column++;
      return { row, column };
    }
    const start = kind(at());
    const startRow = row;
    while (start !== 0 && row === startRow && kind(at()) === start && step());
    while (kind(at()) === 0 && !(row > startRow && (this.lines[row] ?? "") === "") && step());
    return { row, column };
  }

  wordBack(from: Place): Place {
    let { row, column } = from;
    const step = (): boolean => {
      if (column > 0) column--;
      else if (row > 0) {
        row--;
        column = Math.max(0, (this.lines[row] ?? "").length - 1);
      } else return false;
      return true;
    };
    if (!step()) return from;
    while (kind((this.lines[row] ?? "").charAt(column)) === 0 && step());
    const current = kind((this.lines[row] ?? "").charAt(column));
    while (column > 0 && kind((this.lines[row] ?? "").charAt(column - 1)) === current) column--;
    return { row, column };
  }

  insert(text: string): void {
    this.line = this.line.slice(0, this.column) + text + this.line.slice(this.column);
    this.column += text.length;
  }

  /** Enter in insert mode; the new line is indented as the old one. */
  split(): void {
    const indent = /^[ \t]*/.exec(this.line.slice(0, this.column))?.[0] ?? "";
    const rest = this.line.slice(this.column);
    this.line = this.line.slice(0, this.column);
    this.lines.splice(this.row + 1, 0, indent + rest);
    this.row++;
    this.column = indent.length;
  }

  backspace(): void {
    if (this.column > 0) {
      this.line = this.line.slice(0, this.column - 1) + this.line.slice(this.column);
      this.column--;
    } else if (this.row > 0) {
      const rest = this.line;
      this.lines.splice(this.row, 1);
      this.row--;
      this.column = this.line.length;
      this.line += rest;
    }
  }

  /** Whole lines into the register. */
  yankLines(from: number, to: number): void {
    this.register = { text: this.lines.slice(from, to + 1), linewise: true };
  }

  deleteLines(from: number, to: number): void {
    this.yankLines(from, to);
    this.lines.splice(from, to - from + 1);
    if (this.lines.length === 0) this.lines = [""];
    this.row = Math.min(from, this.lines.length - 1);
    this.column = this.firstNonBlank();
  }

  /** From one place up to, not including, another. */
  yankRange(from: Place, to: Place): void {
    const text =
      from.row === to.row
        ? [(this.lines[from.row] ?? "").slice(from.column, to.column)]
        : [
            (this.lines[from.row] ?? "").slice(from.column),
            ...this.lines.slice(from.row + 1, to.row),
            (this.lines[to.row] ?? "").slice(0, to.column),
          ];
    this.register = { text, linewise: false };
  }

  deleteRange(from: Place, to: Place): void {
    this.yankRange(from, to);
    const joined = (this.lines[from.row] ?? "").slice(0, from.column) + (this.lines[to.row] ?? "").slice(to.column);
    this.lines.splice(from.row, to.row - from.row + 1, joined);
    this.row = from.row;
    this.column = from.column;
  }

  put(after: boolean): void {
    const { text, linewise } = this.register;
    if (text.length === 0) return;
    if (linewise) {
      const at = this.row + (after ? 1 : 0);
      this.lines.splice(at, 0, ...text);
      this.row = at;
      this.column = this.firstNonBlank();
      return;
    }
    const at = Math.min(this.column + (after && this.line !== "" ? 1 : 0), this.line.length);
    const tail = this.line.slice(at);
    const head = this.line.slice(0, at);
    const [first = "", ...more] = text;
    const last = more.at(-1);
    if (last === undefined) {
      this.line = head + first + tail;
      this.column = at + first.length - 1;
    } else this.lines.splice(this.row, 1, head + first, ...more.slice(0, -1), last + tail);
  }

  join(): void {
    const next = this.lines[this.row + 1];
    if (next === undefined) return;
    const left = this.line.replace(/\s+$/, "");
    this.column = left.length;
    this.line = `${left} ${next.trimStart()}`.replace(/ $/, "");
    this.lines.splice(this.row + 1, 1);
  }

  /** The next line that holds `text`, around the end. */
  find(text: string, forward: boolean): boolean {
    if (text === "") return false;
    const count = this.lines.length;
    for (let i = 0; i <= count; i++) {
      const row = (((this.row + (forward ? i : -i)) % count) + count) % count;
      const line = this.lines[row] ?? "";
      let column: number;
      if (i === 0)
        column = forward
          ? line.indexOf(text, this.column + 1)
          : this.column === 0
            ? -1
            : line.lastIndexOf(text, this.column - 1);
      else column = forward ? line.indexOf(text) : line.lastIndexOf(text);
      if (column === -1) continue;
      this.row = row;
      this.column = column;
      return true;
    }
    return false;
  }
}
