/** Characters of a line as vi counts them: what the cursor stands on, how many columns it takes. */
import { codePointWidth } from "../../../tty/width.ts";

export interface Place {
  readonly row: number;
  /** Index into the line's text. */
  readonly column: number;
}

export function comparePlaces(a: Place, b: Place): number {
  return a.row - b.row || a.column - b.column;
}

const PLAIN = /^[ -~]*$/;

function combines(line: string, at: number): boolean {
  const code = line.codePointAt(at);
  return code !== undefined && code >= 0x300 && codePointWidth(code) === 0;
}

/** Where the character after the one at `at` begins. */
export function nextAt(line: string, at: number): number {
  if (at >= line.length) return line.length;
  let next = at + ((line.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
  while (next < line.length && combines(line, next)) next += (line.codePointAt(next) ?? 0) > 0xffff ? 2 : 1;
  return next;
}

/** Where the character before `at` begins. */
export function previousAt(line: string, at: number): number {
  let before = at;
  do {
    if (before <= 0) return 0;
    before--;
    const code = line.charCodeAt(before);
    if (before > 0 && code >= 0xdc00 && code <= 0xdfff) before--;
  } while (combines(line, before));
  return before;
}

/** Where the last character begins. */
export function lastAt(line: string): number {
  return line === "" ? 0 : previousAt(line, line.length);
}

export interface Cells {
  /** Columns between tab stops. */
  readonly tabStop: number;
  /** Tabs as ^I, ends of lines as $. */
  readonly list: boolean;
}

/** Columns the character at `at` takes where it begins in `column`. */
export function widthAt(line: string, at: number, column: number, { tabStop, list }: Cells): number {
  const code = line.codePointAt(at) ?? 0;
  if (code === 9) return list ? 2 : tabStop - (column % tabStop);
  if (code < 32 || code === 127) return 2;
  return code < 0x300 ? 1 : codePointWidth(code);
}

/** Column in which the character at `at` begins. */
export function columnAt(line: string, at: number, cells: Cells): number {
  const head = line.slice(0, at);
  if (PLAIN.test(head)) return head.length;
  let column = 0;
  for (let index = 0; index < at; index += (line.codePointAt(index) ?? 0) > 0xffff ? 2 : 1)
    column += widthAt(line, index, column, cells);
  return column;
}

/** The character that stands in a column, or the last one before it. */
export function atColumn(line: string, wanted: number, cells: Cells): number {
  let column = 0;
  let at = 0;
  while (at < line.length) {
    const next = nextAt(line, at);
    column += widthAt(line, at, column, cells);
    if (column > wanted || next >= line.length) return at;
    at = next;
  }
  return at;
}

/** A character as the screen has it. */
export function shownCharacter(character: string, column: number, cells: Cells): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 9) return cells.list ? "^I" : " ".repeat(cells.tabStop - (column % cells.tabStop));
  if (code < 32) return `^${String.fromCharCode(code + 64)}`;
  return code === 127 ? "^?" : character;
}

/** Blanks, letters and digits, all else: what words are made of. `big`: blanks and all else. */
export function classAt(line: string, at: number, big = false): number {
  const character = line.charAt(at);
  if (character === "" || character === " " || character === "\t") return 0;
  if (big) return 1;
  const code = line.codePointAt(at) ?? 0;
  if (code < 128) return /\w/.test(character) ? 2 : 1;
  if (code >= 0x3040 && code <= 0x309f) return 3;
  if (code >= 0x30a0 && code <= 0x30ff) return 4;
  if (code >= 0x4e00 && code <= 0x9fff) return 5;
  if (code >= 0x1f000) return 6;
  if (code >= 0x3000 && code <= 0x303f) return 1;
  return /[\p{L}\p{N}]/u.test(String.fromCodePoint(code)) ? 2 : 1;
}

export function firstNonBlank(line: string): number {
  const found = line.search(/[^ \t]/);
  return found === -1 ? lastAt(line) : found;
}

const encoder = new TextEncoder();

export function byteLength(text: string): number {
  return PLAIN.test(text) ? text.length : encoder.encode(text).length;
}
