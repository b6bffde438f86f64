/** The text vi edits, its marks, and what can be undone (undo.c). No keys, no screen. */
import { formatDate } from "../../../strftime.ts";
import { comparePlaces, firstNonBlank, lastAt, type Place } from "./text.ts";

/** One step of undo: lines that took the place of others. */
interface Change {
  /** Number of lines before the first that differs. */
  readonly top: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly cursor: Place;
  readonly number: number;
  readonly at: number;
  /** Lines that changed, where the number of lines did not. */
  readonly count: number;
  readonly marks: ReadonlyMap<string, Place>;
}

const MAX_UNDO = 1000;

export class ViBuffer {
  readonly path: string | undefined;
  lines: string[];
  /** Nothing at all, not even one empty line ("--No lines in buffer--"). */
  empty: boolean;
  changed = false;
  /** The file had no newline at its end. */
  noEnd: boolean;
  /** ^M before every newline of the file. */
  readonly dos: boolean;
  readOnly = false;
  /** The file is not there yet. */
  isNew = false;
  cursor: Place = { row: 0, column: 0 };
  /** Row the buffer was last seen from. */
  top = 0;
  readonly marks = new Map<string, Place>();
  /** Text of the line that was last changed, for `U`. */
  #line: { row: number; text: string } | undefined;
  #undo: Change[] = [];
  #redo: Change[] = [];
  #number = 0;
  #begun:
    | { readonly lines: readonly string[]; readonly cursor: Place; readonly marks: ReadonlyMap<string, Place> }
    | undefined;
  #saved = 0;

  constructor(path: string | undefined, text: string) {
    this.path = path;
    this.dos = text !== "" && /\r\n/.test(text) && !/(^|[^\r])\n/.test(text);
    const plain = this.dos ? text.replace(/\r\n/g, "\n") : text;
    this.noEnd = plain !== "" && !plain.endsWith("\n");
    this.empty = plain === "";
    this.lines = plain.replace(/\n$/, "").split("\n");
  }

  line(row: number): string {
    return this.lines[row] ?? "";
  }

  get text(): string {
    if (this.empty) return "";
    return textOf(this.lines, this.dos) + (this.noEnd ? "" : this.dos ? "\r\n" : "\n");
  }

  /** Everything until `commit` is one step of undo. Does nothing where one has begun. */
  begin(cursor: Place): void {
    this.#begun ??= { lines: this.lines.slice(), cursor, marks: new Map(this.marks) };
  }

  /** The text before the change that has begun. */
  get before(): readonly string[] | undefined {
    return this.#begun?.lines;
  }

  /** The step is a change of so many lines, whatever came of it. */
  countAs(lines: number): void {
    this.#counted = lines;
  }

  #counted: number | undefined;

  /** Ends the step. */
  commit(now: number): void {
    const begun = this.#begun;
    const count = this.#counted;
    this.#begun = undefined;
    this.#counted = undefined;
    if (begun === undefined) return;
    const { lines: old } = begun;
    const { lines } = this;
    let top = 0;
    const shorter = Math.min(old.length, lines.length);
    while (top < shorter && old[top] === lines[top]) top++;
    if (top === old.length && top === lines.length) {
      if (count === undefined) return;
      top = begun.cursor.row;
    }
    let end = 0;
    while (end < shorter - top && old[old.length - 1 - end] === lines[lines.length - 1 - end]) end++;
    const before = old.slice(top, old.length - end);
    const after = lines.slice(top, lines.length - end);
    let differ = 0;
    if (before.length === after.length) for (const [at, line] of before.entries()) if (line !== after[at]) differ++;
    this.#undo.push({
      top,
      before,
      after,
      cursor: begun.cursor,
      number: ++this.#number,
      at: now,
      count: count ?? differ,
      marks: begun.marks,
    });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
    this.#redo = [];
    this.changed = true;
    this.empty = false;
    this.marks.set(".", { row: Math.min(top, lines.length - 1), column: 0 });
    if (before.length === 1 && after.length === 1) {
      if (this.#line?.row !== top) this.#line = { row: top, text: before[0] as string };
    } else if (before.length + after.length > 0) this.#line = undefined;
  }

  /** `U`: the last changed line as it was. False where there is none. */
  restoreLine(now: number): boolean {
    const line = this.#line;
    if (line === undefined || line.row >= this.lines.length) return false;
    const now_ = this.line(line.row);
    this.cursor = { row: line.row, column: 0 };
    this.begin(this.cursor);
    this.lines[line.row] = line.text;
    this.commit(now);
    this.#line = { row: line.row, text: now_ };
    return true;
  }

  /** Undefined where there is nothing more. */
  undo(): Undone | undefined {
    const change = this.#undo.pop();
    if (change === undefined) return undefined;
    this.#redo.push(change);
    this.#apply(change, change.after.length, change.before);
    // Marks of lines that had gone are there again with them.
    for (const [name, place] of change.marks) if (!this.marks.has(name)) this.marks.set(name, place);
    return { ...change, fewer: change.after.length - change.before.length };
  }

  redo(): Undone | undefined {
    const change = this.#redo.pop();
    if (change === undefined) return undefined;
    this.#undo.push(change);
    this.#apply(change, change.before.length, change.after);
    return { ...change, fewer: change.before.length - change.after.length };
  }

  #apply({ top, cursor }: Change, from: number, lines: readonly string[]): void {
    this.lines.splice(top, from, ...lines);
    if (this.lines.length === 0) this.lines.push("");
    this.changed = this.#number !== this.#saved || this.#redo.length > 0 || this.#undo.length !== this.#savedDepth;
    let row = cursor.row >= top && cursor.row <= top + lines.length ? cursor.row : top;
    if (cursor.row + 1 === row && row > 0) row--;
    row = Math.max(0, Math.min(row, this.lines.length - 1));
    const line = this.line(row);
    this.cursor = { row, column: row === cursor.row ? Math.min(cursor.column, lastAt(line)) : firstNonBlank(line) };
  }

  #savedDepth = 0;

  written(): void {
    this.changed = false;
    this.#saved = this.#number;
    this.#savedDepth = this.#undo.length;
  }

  /** Lines were put in (`by` above 0) or taken out at `row`: marks below move with them. */
  shiftMarks(row: number, by: number): void {
    for (const [name, place] of this.marks) {
      if (place.row < row) continue;
      if (by < 0 && place.row < row - by) this.marks.delete(name);
      else this.marks.set(name, { row: place.row + by, column: place.column });
    }
  }

  insertLines(row: number, lines: readonly string[]): void {
    this.lines.splice(row, 0, ...lines);
    this.shiftMarks(row, lines.length);
  }

  deleteLines(row: number, count: number): void {
    this.lines.splice(row, count);
    this.shiftMarks(row, -count);
    if (this.lines.length === 0) {
      this.lines.push("");
      this.empty = true;
    }
  }

  /** The text from one place up to, not including, another. */
  slice(from: Place, to: Place): string[] {
    if (from.row === to.row) return [this.line(from.row).slice(from.column, to.column)];
    return [
      this.line(from.row).slice(from.column),
      ...this.lines.slice(from.row + 1, to.row),
      this.line(to.row).slice(0, to.column),
    ];
  }

  deleteRange(from: Place, to: Place): void {
    if (comparePlaces(from, to) >= 0) return;
    const joined = this.line(from.row).slice(0, from.column) + this.line(to.row).slice(to.column);
    this.lines[from.row] = joined;
    if (to.row > from.row) this.deleteLines(from.row + 1, to.row - from.row);
  }

  insertAt(place: Place, text: readonly string[]): void {
    const line = this.line(place.row);
    const [head, tail] = [line.slice(0, place.column), line.slice(place.column)];
    if (text.length === 1) this.lines[place.row] = head + text[0] + tail;
    else {
      this.lines[place.row] = head + text[0];
      this.insertLines(place.row + 1, [...text.slice(1, -1), text.at(-1) + tail]);
    }
  }
}

export function textOf(lines: readonly string[], dos = false): string {
  return lines.join(dos ? "\r\n" : "\n");
}

/** What undoing a step did. */
export interface Undone {
  readonly number: number;
  /** When the step was made. */
  readonly at: number;
  readonly count: number;
  /** Lines there are less than before. */
  readonly fewer: number;
}

/** The message about steps undone (`back`) or done again. */
export function toldOf(done: readonly Undone[], back: boolean, now: number): string {
  const last = done.at(-1);
  if (last === undefined) return back ? "Already at oldest change" : "Already at newest change";
  const fewer = done.reduce((sum, each) => sum + each.fewer, 0);
  const count = done.reduce((sum, each) => sum + each.count, 0);
  const what =
    fewer === -1
      ? "1 more line"
      : fewer < 0
        ? `${-fewer} more lines`
        : fewer === 1
          ? "1 line less"
          : fewer > 0
            ? `${fewer} fewer lines`
            : `${count} ${count === 1 ? "change" : "changes"}`;
  const seconds = Math.floor((now - last.at) / 1000);
  const ago = seconds < 100 ? `${seconds} second${seconds === 1 ? "" : "s"} ago` : formatDate(last.at, "%H:%M:%S");
  return `${what}; ${back ? "before" : "after"} #${last.number}  ${ago}`;
}
