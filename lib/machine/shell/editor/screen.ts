/** Drawing the line being edited: prompt, text over several rows, cursor. */
import stringWidth from "string-width";
import { INVISIBLE_END, INVISIBLE_START } from "../prompt.ts";

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Columns that one character takes: 0, 1 or 2. Control characters show as ^X. */
function charWidth(char: string): number {
  if (char.length === 1) {
    const code = char.charCodeAt(0);
    if (code < 32 || code === 127) return 2;
    if (code < 0x300) return 1;
  }
  return stringWidth(char);
}

/** What is drawn as one. Where nothing can combine these are the characters, without the segmenter's cost. */
function* segments(text: string): Iterable<string> {
  if (/^[\x00-\u02ff]*$/.test(text) && !text.includes("\r\n")) yield* text;
  else for (const { segment } of segmenter.segment(text)) yield segment;
}

function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const segment of segments(text)) width += charWidth(segment);
  return width;
}

interface Place {
  readonly row: number;
  readonly column: number;
}

/** Where the cursor is after `text`, written from `start` on a terminal of that many columns. */
function advance(text: string, start: Place, columns: number): Place {
  let { row, column } = start;
  for (const segment of segments(text)) {
    if (segment === "\n" || segment === "\r\n") {
      row++;
      column = 0;
      continue;
    }
    const width = charWidth(segment);
    if (column + width > columns) {
      row++;
      column = 0;
    }
    column += width;
  }
  // A full row wraps when the next character comes; the editor makes it wrap at once.
  if (column >= columns) {
    row++;
    column = 0;
  }
  return { row, column };
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

function shown(text: string): string {
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f]/g, (char) =>
    char === "\x7f" ? "^?" : `^${String.fromCharCode(char.charCodeAt(0) + 64)}`,
  );
}

/** Keeps what is on screen, and gives the bytes that change it. */
export class Screen {
  columns: number;
  #prompt = "";
  /** Row of the cursor, counted from the prompt's first row. */
  #row = 0;
  #rows = 1;
  #fresh = true;
  /** `column`: where the cursor stands, if the text ends there. */
  #last: { readonly text: string; readonly cursor: number; readonly column: number } | undefined;

  constructor(columns: number) {
    this.columns = Math.max(1, columns);
  }

  /** Begins at the left edge of a fresh row. */
  start(prompt: string): void {
    this.#prompt = prompt;
    this.#row = 0;
    this.#rows = 1;
    this.#last = undefined;
    this.#fresh = true;
  }

  /** Bytes that show `text` with the cursor at `cursor`. */
  draw(text: string, cursor: number): string {
    const drawn = this.#last;
    if (drawn !== undefined && drawn.text === text && drawn.cursor === cursor) return "";
    const appended = this.#append(text, cursor);
    if (appended !== undefined) return appended;
    const origin = advance(visiblePrompt(this.#prompt), { row: 0, column: 0 }, this.columns);
    const end = advance(shown(text), origin, this.columns);
    const at = advance(shown(text.slice(0, cursor)), origin, this.columns);
    // What a program left on the row without a newline stays before a fresh prompt.
    let out = this.#last === undefined && this.#fresh ? "" : "\r";
    if (this.#row > 0) out += `\x1b[${this.#row}A`;
    if (out !== "") out += "\x1b[J";
    this.#fresh = false;
    out += rawPrompt(this.#prompt).replaceAll("\n", "\r\n") + shown(text).replaceAll("\n", "\r\n");
    // The terminal waits at the right edge: a space and a return make it wrap.
    if (end.column === 0 && end.row > 0 && !text.endsWith("\n")) out += " \r";
    if (end.row > at.row) out += `\x1b[${end.row - at.row}A`;
    if (at.row !== end.row || at.column !== end.column) {
      out += "\r";
      if (at.column > 0) out += `\x1b[${at.column}C`;
    }
    this.#row = at.row;
    this.#rows = end.row + 1;
    this.#last = { text, cursor, column: at.column };
    return out;
  }

  /** The common case, a character at the end: only that is sent. */
  #append(text: string, cursor: number): string | undefined {
    const last = this.#last;
    if (last === undefined || cursor !== text.length || last.cursor !== last.text.length) return undefined;
    if (!text.startsWith(last.text) || text.length === last.text.length) return undefined;
    const added = text.slice(last.text.length);
    if (!/^[ -~]+$/.test(added)) return undefined;
    const column = last.column + added.length;
    if (column >= this.columns) return undefined;
    this.#last = { text, cursor, column };
    return added;
  }

  /** Moves below the text, to a fresh row. */
  finish(): string {
    const down = this.#rows - 1 - this.#row;
    this.#last = undefined;
    return `${down > 0 ? `\x1b[${down}B` : ""}\r\n`;
  }

  /** The window has another width: the rows above may have been wrapped anew. */
  resize(columns: number): void {
    this.columns = Math.max(1, columns);
    this.#last = undefined;
  }
}

/** Candidates in columns, as many as fit, sorted downwards. */
export function layoutColumns(items: readonly string[], columns: number): string {
  const widths = items.map(textWidth);
  const cell = Math.max(...widths, 1) + 2;
  const count = Math.max(1, Math.floor(columns / cell));
  const rows = Math.ceil(items.length / count);
  let out = "";
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let at = row; at < items.length; at += rows) {
      const item = items[at] as string;
      const last = at + rows >= items.length;
      line += last ? item : item + " ".repeat(cell - (widths[at] as number));
    }
    out += `${line}\r\n`;
  }
  return out;
}
