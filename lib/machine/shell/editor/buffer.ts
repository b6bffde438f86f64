/** The line being edited: text, point, mark, and what can be undone, as readline keeps it. No screen, no keys. */
import { codePointWidth } from "../../tty/width.ts";

const WORD = /[\p{L}\p{N}]/u;
const MAX_UNDO = 2000;
const MAX_RING = 10;
/** So many characters typed one after the other are undone together. */
const UNDONE_TOGETHER = 20;

type Undo =
  | { readonly kind: "insert"; readonly from: number; readonly to: number }
  | { readonly kind: "delete"; readonly from: number; readonly text: string }
  | { readonly kind: "begin" }
  | { readonly kind: "end" };

/** Kills outlive the line. */
export class KillRing {
  readonly #ring: string[] = [];
  #at = 0;

  add(text: string, join: "before" | "after" | undefined): void {
    const last = this.#ring[0];
    if (join !== undefined && last !== undefined) this.#ring[0] = join === "before" ? text + last : last + text;
    else {
      this.#ring.unshift(text);
      if (this.#ring.length > MAX_RING) this.#ring.pop();
    }
    this.#at = 0;
  }

  get current(): string {
    return this.#ring[this.#at] ?? "";
  }

  rotate(): string {
    if (this.#ring.length > 0) this.#at = (this.#at + 1) % this.#ring.length;
    return this.current;
  }
}

export class LineBuffer {
  text = "";
  cursor = 0;
  mark = 0;
  #undo: Undo[] = [];

  /** Replaces all of it, as another line of the history. */
  set(text: string, cursor = text.length): void {
    this.text = text;
    this.cursor = cursor;
    this.#undo = [];
  }

  get undone(): readonly Undo[] {
    return this.#undo;
  }

  #remember(step: Undo): void {
    this.#undo.push(step);
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  /** Everything in `body` is undone at once. */
  group(body: () => void): void {
    this.#remember({ kind: "begin" });
    body();
    this.#remember({ kind: "end" });
  }

  insert(text: string): void {
    if (text === "") return;
    for (const piece of text.match(/[\s\S]{1,20}/g) ?? []) this.#insert(piece);
  }

  #insert(text: string): void {
    const at = this.cursor;
    this.text = this.text.slice(0, at) + text + this.text.slice(at);
    this.cursor = at + text.length;
    if (this.mark > at) this.mark += text.length;
    const last = this.#undo.at(-1);
    if (last?.kind === "insert" && last.to === at && last.to - last.from < UNDONE_TOGETHER && text.length === 1)
      this.#undo[this.#undo.length - 1] = { kind: "insert", from: last.from, to: this.cursor };
    else this.#remember({ kind: "insert", from: at, to: this.cursor });
  }

  delete(from: number, to: number): void {
    if (from >= to) return;
    const text = this.text.slice(from, to);
    this.#remember({ kind: "delete", from, text });
    this.text = this.text.slice(0, from) + this.text.slice(to);
    if (this.cursor > to) this.cursor -= to - from;
    else if (this.cursor > from) this.cursor = from;
    this.mark = Math.min(this.mark, this.text.length);
  }

  /** Other text in the place of some, undone at once. */
  replace(from: number, to: number, text: string): void {
    this.group(() => {
      this.delete(from, to);
      this.cursor = from;
      this.insert(text);
    });
  }

  /** False where there is nothing to undo. */
  undo(): boolean {
    let depth = 0;
    if (this.#undo.length === 0) return false;
    do {
      const step = this.#undo.pop();
      if (step === undefined) break;
      if (step.kind === "end") depth++;
      else if (step.kind === "begin") depth--;
      else if (step.kind === "insert") {
        this.text = this.text.slice(0, step.from) + this.text.slice(step.to);
        this.cursor = step.from;
      } else {
        this.text = this.text.slice(0, step.from) + step.text + this.text.slice(step.from);
        this.cursor = step.from + step.text.length;
      }
    } while (depth > 0);
    this.mark = Math.min(this.mark, this.text.length);
    return true;
  }

  undoAll(): void {
    while (this.undo());
  }

  /** The boundary of the character left or right: marks go with what they stand on. */
  charLeft(from = this.cursor): number {
    let at = from;
    do {
      if (at <= 0) return 0;
      at--;
      const code = this.text.charCodeAt(at);
      if (at > 0 && code >= 0xdc00 && code <= 0xdfff) at--;
    } while (at > 0 && combining(this.text, at));
    return at;
  }

  charRight(from = this.cursor): number {
    if (from >= this.text.length) return this.text.length;
    let at = from + ((this.text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1);
    while (at < this.text.length && combining(this.text, at)) at += (this.text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    return at;
  }

  wordLeft(from = this.cursor): number {
    let at = from;
    while (at > 0 && !WORD.test(this.text.charAt(at - 1))) at--;
    while (at > 0 && WORD.test(this.text.charAt(at - 1))) at--;
    return at;
  }

  wordRight(from = this.cursor): number {
    let at = from;
    while (at < this.text.length && !WORD.test(this.text.charAt(at))) at++;
    while (at < this.text.length && WORD.test(this.text.charAt(at))) at++;
    return at;
  }

  blankLeft(from = this.cursor): number {
    let at = from;
    while (at > 0 && /\s/.test(this.text.charAt(at - 1))) at--;
    while (at > 0 && !/\s/.test(this.text.charAt(at - 1))) at--;
    return at;
  }

  transpose(): void {
    if (this.cursor === 0 || this.text.length < 2) return;
    this.group(() => {
      let at = this.cursor;
      if (at === this.text.length) at = this.charLeft(at);
      const left = this.charLeft(at);
      const right = this.charRight(at);
      const moved = this.text.slice(left, at);
      this.delete(left, at);
      this.cursor = right - moved.length;
      this.insert(moved);
    });
  }

  /** The word before the point goes behind the one after it. False where there are not two. */
  transposeWords(): boolean {
    const end = this.wordRight();
    const start = this.wordLeft(end);
    const before = this.wordLeft(start);
    const beforeEnd = this.wordRight(before);
    if (before === start || beforeEnd > start) return false;
    const [one, two] = [this.text.slice(before, beforeEnd), this.text.slice(start, end)];
    this.group(() => {
      this.delete(start, end);
      this.cursor = start;
      this.insert(one);
      this.delete(before, beforeEnd);
      this.cursor = before;
      this.insert(two);
    });
    this.cursor = end;
    return true;
  }

  /** Upper, lower or capital letters up to the end of so many words (before the point where negative). */
  changeCase(how: "upper" | "lower" | "capital", count: number): void {
    const start = this.cursor;
    let to = start;
    for (let n = Math.abs(count); n > 0; n--) to = count < 0 ? this.wordLeft(to) : this.wordRight(to);
    const [from, end] = to < start ? [to, start] : [start, to];
    const part = this.text.slice(from, end);
    const changed =
      how === "upper"
        ? part.toUpperCase()
        : how === "lower"
          ? part.toLowerCase()
          : part.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1));
    this.replace(from, end, changed);
    this.cursor = count < 0 ? start : end;
  }
}

function combining(text: string, at: number): boolean {
  const code = text.codePointAt(at) ?? 0;
  return code >= 0x300 && codePointWidth(code) === 0;
}
