/** The text being edited: cursor, words, kill ring, undo. No screen, no keys. */

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const WORD = /[\p{L}\p{N}_]/u;
const MAX_UNDO = 500;
const MAX_RING = 20;

interface State {
  readonly text: string;
  readonly cursor: number;
}

/** Kills outlive the line, as in readline. */
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
  readonly #ring: KillRing;
  #undo: State[] = [];
  #killed = false;
  #typing = false;
  #yank: { readonly start: number; readonly end: number } | undefined;

  constructor(ring: KillRing) {
    this.#ring = ring;
  }

  set(text: string, cursor = text.length): void {
    this.#remember();
    this.text = text;
    this.cursor = cursor;
  }

  #remember(): void {
    this.#undo.push({ text: this.text, cursor: this.cursor });
    if (this.#undo.length > MAX_UNDO) this.#undo.shift();
  }

  /** Called before each key: what joins with the key before. */
  begin(action: string): void {
    if (!action.startsWith("kill") && !action.startsWith("backward-kill")) this.#killed = false;
    if (action !== "self-insert") this.#typing = false;
    if (action !== "yank-pop" && action !== "yank") this.#yank = undefined;
  }

  insert(text: string): void {
    if (!this.#typing || text === " ") this.#remember();
    this.#typing = text.length <= 2;
    this.text = this.text.slice(0, this.cursor) + text + this.text.slice(this.cursor);
    this.cursor += text.length;
  }

  undo(): void {
    const state = this.#undo.pop();
    if (state === undefined) return;
    this.text = state.text;
    this.cursor = Math.min(state.cursor, state.text.length);
  }

  /** The boundary of the character left or right of the cursor. */
  charLeft(from = this.cursor): number {
    if (from === 0) return 0;
    const window = this.text.slice(Math.max(0, from - 32), from);
    let last = 0;
    for (const part of segmenter.segment(window)) last = part.segment.length;
    return from - last;
  }

  charRight(from = this.cursor): number {
    const window = this.text.slice(from, from + 32);
    for (const part of segmenter.segment(window)) return from + part.segment.length;
    return from;
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

  lineStart(from = this.cursor): number {
    return this.text.lastIndexOf("\n", from - 1) + 1;
  }

  lineEnd(from = this.cursor): number {
    const end = this.text.indexOf("\n", from);
    return end === -1 ? this.text.length : end;
  }

  delete(from: number, to: number): void {
    if (from === to) return;
    this.#remember();
    this.text = this.text.slice(0, from) + this.text.slice(to);
    this.cursor = from;
  }

  kill(from: number, to: number): void {
    if (from === to) return;
    const killed = this.text.slice(from, to);
    this.#ring.add(killed, this.#killed ? (to <= this.cursor ? "before" : "after") : undefined);
    this.#killed = true;
    this.delete(from, to);
  }

  yank(): void {
    const text = this.#ring.current;
    const start = this.cursor;
    if (text === "") return;
    this.#remember();
    this.text = this.text.slice(0, start) + text + this.text.slice(start);
    this.cursor = start + text.length;
    this.#yank = { start, end: this.cursor };
  }

  yankPop(): void {
    const yank = this.#yank;
    if (yank === undefined) return;
    const text = this.#ring.rotate();
    this.text = this.text.slice(0, yank.start) + text + this.text.slice(yank.end);
    this.cursor = yank.start + text.length;
    this.#yank = { start: yank.start, end: this.cursor };
  }

  transpose(): void {
    let at = this.cursor;
    if (at === 0 || this.text.length < 2) return;
    if (at === this.text.length) at = this.charLeft();
    const left = this.charLeft(at);
    const right = this.charRight(at);
    if (left === at || right === at) return;
    this.set(
      this.text.slice(0, left) + this.text.slice(at, right) + this.text.slice(left, at) + this.text.slice(right),
      right,
    );
  }

  transposeWords(): void {
    const end = this.wordRight();
    const start = this.wordLeft(end);
    const before = this.wordLeft(start);
    let beforeEnd = before;
    while (beforeEnd < this.text.length && WORD.test(this.text.charAt(beforeEnd))) beforeEnd++;
    if (before === start || beforeEnd > start) return;
    const one = this.text.slice(before, beforeEnd);
    const two = this.text.slice(start, end);
    this.set(this.text.slice(0, before) + two + this.text.slice(beforeEnd, start) + one + this.text.slice(end), end);
  }

  /** Upper, lower or capital letters up to the word's end. */
  changeCase(how: "upper" | "lower" | "capital"): void {
    const end = this.wordRight();
    const part = this.text.slice(this.cursor, end);
    const changed =
      how === "upper"
        ? part.toUpperCase()
        : how === "lower"
          ? part.toLowerCase()
          : part.toLowerCase().replace(/[\p{L}\p{N}]/u, (char) => char.toUpperCase());
    this.set(this.text.slice(0, this.cursor) + changed + this.text.slice(end), end);
  }
}
