/** Drawing the line being edited: prompt, text over several rows, cursor. */
import { codePointWidth, displayWidth } from "../../tty/width.ts";
import { INVISIBLE_END, INVISIBLE_START } from "../prompt.ts";

/** Nothing that is drawn otherwise than it is. */
const PLAIN = /^[^\x00-\x1f\x7f]*$/;

interface Place {
  readonly row: number;
  readonly column: number;
}

/** What a prompt takes on screen: without the marks and what they enclose, and without escape sequences. */
function visiblePrompt(prompt: string): string {
  let out = "";
  let hidden = false;
  for (const char of prompt) {
    if (char === INVISIBLE_START) hidden = true;
    else if (char === INVISIBLE_END) hidden = false;
    else if (!hidden) out += char;
  }
  return out.replace(/\x1b\[[0-9;?]*[@-~]|\x1b\][^\x07]*\x07/g, "").replace(/[\x07\r]/g, "");
}

/** As it is sent. */
function rawPrompt(prompt: string): string {
  return prompt.replaceAll(INVISIBLE_START, "").replaceAll(INVISIBLE_END, "");
}

/** How a character is drawn in a column: tabs as blanks, control characters as ^X. */
function drawn(char: string, column: number): string {
  const code = char.codePointAt(0) as number;
  if (code === 9) return " ".repeat(8 - (column % 8));
  if (code < 32) return `^${String.fromCharCode(code + 64)}`;
  return code === 127 ? "^?" : char;
}

interface Laid {
  readonly out: string;
  readonly end: Place;
  readonly at: Place;
  /** The last row is full and the terminal has not gone to the next yet. */
  readonly wraps: boolean;
}

/** Keeps what is on screen, and gives the bytes that change it. */
export class Screen {
  columns: number;
  #prompt = "";
  /** The lines of the prompt before its last: they are drawn once. */
  #head = "";
  /** Row of the cursor, counted from the prompt's last line. */
  #row = 0;
  #rows = 1;
  #fresh = true;
  #last: { readonly text: string; readonly cursor: number; readonly column: number } | undefined;
  /** The last row is empty: the text ends at the right edge, or with a newline. */
  #endsEmpty = false;

  constructor(columns: number) {
    this.columns = Math.max(1, columns);
  }

  /** Begins at the left edge of a fresh row. */
  start(prompt: string): void {
    const line = prompt.lastIndexOf("\n");
    this.#head = prompt.slice(0, line + 1);
    this.#prompt = prompt.slice(line + 1);
    this.#row = 0;
    this.#rows = 1;
    this.#last = undefined;
    this.#endsEmpty = false;
    this.#fresh = true;
  }

  /** Another text in the prompt's place, on the same rows: a search, an argument. */
  prompt(prompt: string): void {
    const line = prompt.lastIndexOf("\n");
    this.#prompt = prompt.slice(line + 1);
    this.#last = undefined;
  }

  #lay(text: string, cursor: number, region: readonly [number, number] | undefined): Laid {
    const { columns } = this;
    let row = 0;
    let column = 0;
    const put = (width: number) => {
      if (column + width > columns) {
        row++;
        column = 0;
      }
      column += width;
    };
    for (const char of visiblePrompt(this.#prompt)) {
      const width = codePointWidth(char.codePointAt(0) as number);
      put(width);
    }
    let at: Place | undefined;
    let out = "";
    let index = 0;
    for (const char of text) {
      const shown = char === "\n" ? "" : drawn(char, column);
      const width = shown === char ? codePointWidth(char.codePointAt(0) as number) : shown.length;
      if (index === cursor) at = column + Math.min(1, width) > columns ? { row: row + 1, column: 0 } : { row, column };
      if (index === region?.[0]) out += "\x1b[7m";
      if (index === region?.[1]) out += "\x1b[27m";
      if (char === "\n") {
        out += "\r\n";
        row++;
        column = 0;
      } else {
        out += shown;
        if (shown === char) put(width);
        else for (let n = 0; n < shown.length; n++) put(1);
      }
      index += char.length;
    }
    if (region !== undefined && region[1] >= text.length) out += "\x1b[27m";
    const wraps = column >= columns;
    const end = wraps ? { row: row + 1, column: 0 } : { row, column };
    return { out, end, at: at ?? end, wraps };
  }

  /** Bytes that show `text` with the cursor at `cursor`. `region`: what stands out. */
  draw(text: string, cursor: number, region?: readonly [number, number]): string {
    const changed = region === undefined ? this.#change(text, cursor) : undefined;
    if (changed !== undefined) return changed;
    const { out: drawnText, end, at, wraps } = this.#lay(text, cursor, region);
    // What a program left on the row without a newline stays before a fresh prompt.
    let out = this.#fresh ? rawPrompt(this.#head).replaceAll("\n", "\r\n") : "\r";
    if (this.#row > 0) out += `\x1b[${this.#row}A`;
    if (!this.#fresh) out += "\x1b[J";
    this.#fresh = false;
    out += rawPrompt(this.#prompt) + drawnText;
    // The terminal waits at the right edge: a space and a return make it wrap.
    if (wraps) out += " \r\x1b[K";
    if (end.row > at.row) out += `\x1b[${end.row - at.row}A`;
    if (at.row !== end.row || at.column !== end.column) {
      out += "\r";
      if (at.column > 0) out += `\x1b[${at.column}C`;
    }
    this.#row = at.row;
    this.#rows = end.row + 1;
    this.#endsEmpty = end.row > 0 && end.column === 0;
    this.#last = region === undefined ? { text, cursor, column: at.column } : undefined;
    return out;
  }

  /** The common case, a line of one row: only what differs is sent, and the cursor goes from where it is. */
  #change(text: string, cursor: number): string | undefined {
    const last = this.#last;
    if (last === undefined || this.#rows !== 1) return undefined;
    if (!PLAIN.test(text) || !PLAIN.test(last.text)) return undefined;
    const origin = last.column - displayWidth(last.text.slice(0, last.cursor));
    const width = displayWidth(text);
    const before = displayWidth(last.text);
    if (origin + width >= this.columns) return undefined;
    let same = 0;
    const shorter = Math.min(text.length, last.text.length);
    while (same < shorter && text.charCodeAt(same) === last.text.charCodeAt(same)) same++;
    // Not within a character, and not between one and its marks.
    while (same > 0 && same < Math.max(text.length, last.text.length) && !/[ -~]/.test(text.charAt(same) || " "))
      same--;
    let out = "";
    let column = last.column;
    const go = (to: number) => {
      if (to < column) out += to === column - 1 ? "\b" : `\x1b[${column - to}D`;
      else if (to > column) out += `\x1b[${to - column}C`;
      column = to;
    };
    if (text !== last.text) {
      go(origin + displayWidth(text.slice(0, same)));
      out += text.slice(same);
      column = origin + width;
      if (width < before) out += "\x1b[K";
    }
    const at = origin + displayWidth(text.slice(0, cursor));
    go(at);
    this.#last = { text, cursor, column: at };
    return out;
  }

  /** Moves below the text, to a fresh row. */
  finish(): string {
    const down = this.#rows - 1 - this.#row;
    this.#last = undefined;
    return `${down > 0 ? `\x1b[${down}B` : ""}\r${this.#endsEmpty ? "" : "\n"}`;
  }

  /** ^C: what is behind the cursor stays where it is. */
  interrupt(): string {
    this.#last = undefined;
    return "^C\r\n";
  }

  /** The window has another width: the rows above may have been wrapped anew. */
  resize(columns: number): void {
    this.columns = Math.max(1, columns);
    this.#last = undefined;
  }
}

/** Candidates in columns, as many as fit, sorted downwards: the rows. */
export function layoutColumns(items: readonly string[], columns: number): string[] {
  const widths = items.map(displayWidth);
  const cell = Math.max(...widths, 1) + 2;
  let count = Math.max(1, Math.floor(columns / cell));
  if (count !== 1 && count * cell === columns) count--;
  const rows = Math.ceil(items.length / count);
  const out: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let at = row; at < items.length; at += rows) {
      const item = items[at] as string;
      const last = at + rows >= items.length;
      line += last ? item : item + " ".repeat(cell - (widths[at] as number));
    }
    out.push(line);
  }
  return out;
}
