/** Where motions lead (textobject.c, search.c): pure functions of a text and a place. */
import { classAt, lastAt, nextAt, type Place, previousAt } from "./text.ts";

type Lines = readonly string[];

const lineAt = (lines: Lines, row: number): string => lines[row] ?? "";

/** One character on; the end of a line is no place of its own, an empty line is. Undefined at the end of the text. */
function forward(lines: Lines, { row, column }: Place): Place | undefined {
  const line = lineAt(lines, row);
  const next = nextAt(line, column);
  if (next < line.length) return { row, column: next };
  return row + 1 < lines.length ? { row: row + 1, column: 0 } : undefined;
}

function backward(lines: Lines, { row, column }: Place): Place | undefined {
  if (column > 0) return { row, column: previousAt(lineAt(lines, row), column) };
  return row > 0 ? { row: row - 1, column: lastAt(lineAt(lines, row - 1)) } : undefined;
}

/** The beginning of the next word. At the end of the text: behind its last character, and `stopped`. */
export function wordForward(
  lines: Lines,
  from: Place,
  big: boolean,
): { readonly place: Place; readonly stopped: boolean } {
  const kind = (place: Place) => classAt(lineAt(lines, place.row), place.column, big);
  const end = (): { place: Place; stopped: boolean } => ({
    place: { row: lines.length - 1, column: lineAt(lines, lines.length - 1).length },
    stopped: true,
  });
  let at: Place | undefined = from;
  const start = kind(from);
  if (start !== 0)
    while (at !== undefined && kind(at) === start) {
      const next = forward(lines, at);
      // A word ends at the end of its line.
      if (next !== undefined && next.row !== at.row) {
        at = next;
        break;
      }
      at = next;
    }
  while (at !== undefined && kind(at) === 0) {
    if (lineAt(lines, at.row) === "" && at.row !== from.row) break;
    at = forward(lines, at);
  }
  return at === undefined ? end() : { place: at, stopped: false };
}

export function wordEnd(lines: Lines, from: Place, big: boolean): Place | undefined {
  const kind = (place: Place) => classAt(lineAt(lines, place.row), place.column, big);
  let at = forward(lines, from);
  while (at !== undefined && kind(at) === 0) at = forward(lines, at);
  if (at === undefined) return undefined;
  for (;;) {
    const next = forward(lines, at);
    if (next === undefined || next.row !== at.row || kind(next) !== kind(at)) return at;
    at = next;
  }
}

export function wordBack(lines: Lines, from: Place, big: boolean): Place | undefined {
  const kind = (place: Place) => classAt(lineAt(lines, place.row), place.column, big);
  let at = backward(lines, from);
  while (at !== undefined && kind(at) === 0 && lineAt(lines, at.row) !== "") at = backward(lines, at);
  if (at === undefined) return from.row > 0 || from.column > 0 ? { row: 0, column: 0 } : undefined;
  if (lineAt(lines, at.row) === "") return at;
  for (;;) {
    const before = backward(lines, at);
    if (before === undefined || before.row !== at.row || kind(before) !== kind(at)) return at;
    at = before;
  }
}

/** The end of the word before (`ge`). */
export function wordEndBack(lines: Lines, from: Place, big: boolean): Place | undefined {
  const kind = (place: Place) => classAt(lineAt(lines, place.row), place.column, big);
  const start = kind(from);
  let at: Place | undefined = from;
  if (start !== 0) while (at !== undefined && at.row === from.row && kind(at) === start) at = backward(lines, at);
  while (at !== undefined && kind(at) === 0 && lineAt(lines, at.row) !== "") at = backward(lines, at);
  return at;
}

/** `f`, `F`, `t`, `T` within a line. */
export function findInLine(
  line: string,
  from: number,
  { key, character }: { readonly key: string; readonly character: string },
  count: number,
  again: boolean,
): number | undefined {
  const ahead = key === "f" || key === "t";
  let at = from;
  // Repeated, t and T do not stay where they are.
  let left = count;
  if (again && count === 1 && (key === "t" || key === "T")) {
    const beside = ahead ? nextAt(line, at) : previousAt(line, at);
    if (line.startsWith(character, beside)) at = beside;
  }
  while (left > 0) {
    at = ahead ? line.indexOf(character, nextAt(line, at)) : at === 0 ? -1 : line.lastIndexOf(character, at - 1);
    if (at === -1) return undefined;
    left--;
  }
  if (key === "t") return previousAt(line, at);
  return key === "T" ? nextAt(line, at) : at;
}

const PAIRS = "()[]{}";

/** The bracket that belongs to the one at or after the place on its line. */
export function matchingBracket(lines: Lines, from: Place): Place | undefined {
  const line = lineAt(lines, from.row);
  let column = from.column;
  while (column < line.length && !PAIRS.includes(line.charAt(column))) column++;
  if (column >= line.length) return undefined;
  const bracket = line.charAt(column);
  const index = PAIRS.indexOf(bracket);
  const opening = index % 2 === 0;
  const other = PAIRS.charAt(opening ? index + 1 : index - 1);
  let depth = 0;
  for (let row = from.row; row >= 0 && row < lines.length; row += opening ? 1 : -1) {
    const text = lineAt(lines, row);
    const start = row === from.row ? column : opening ? 0 : text.length - 1;
    for (let at = start; at >= 0 && at < text.length; at += opening ? 1 : -1) {
      const character = text.charAt(at);
      if (character === bracket) depth++;
      else if (character === other && --depth === 0) return { row, column: at };
    }
  }
  return undefined;
}

/** The bracket that encloses the place (`[(`, `]}`), `depth` levels out. */
export function enclosingBracket(
  lines: Lines,
  from: Place,
  open: string,
  close: string,
  depth: number,
): Place | undefined {
  let level = 0;
  for (let row = from.row; row >= 0; row--) {
    const text = lineAt(lines, row);
    for (let at = row === from.row ? from.column - 1 : text.length - 1; at >= 0; at--) {
      const character = text.charAt(at);
      if (character === close) level++;
      else if (character === open && level-- === 0) {
        if (depth === 1) return { row, column: at };
        depth--;
        level = 0;
      }
    }
  }
  return undefined;
}

export function closingBracket(lines: Lines, from: Place, open: string, close: string): Place | undefined {
  let level = 0;
  for (let row = from.row; row < lines.length; row++) {
    const text = lineAt(lines, row);
    for (let at = row === from.row ? from.column + 1 : 0; at < text.length; at++) {
      const character = text.charAt(at);
      if (character === open) level++;
      else if (character === close && level-- === 0) return { row, column: at };
    }
  }
  return undefined;
}

/** `}` and `{`: to the next empty line. Undefined where the text has ended already. */
export function paragraph(lines: Lines, row: number, step: 1 | -1): number | undefined {
  let at = row;
  const last = lines.length - 1;
  if (step > 0 ? at >= last : at <= 0) return undefined;
  while (at >= 0 && at <= last && lineAt(lines, at) === "") at += step;
  while (at >= 0 && at <= last && lineAt(lines, at) !== "") at += step;
  return Math.max(0, Math.min(at, last));
}

/** Beginnings of sentences in a line: after . ! ? with closing quotes, followed by blanks. */
function sentenceStarts(line: string): number[] {
  const starts = line.trim() === "" ? [] : [line.search(/\S/)];
  for (const match of line.matchAll(/[.!?][)\]"']*[ \t]+(?=\S)/g)) starts.push(match.index + match[0].length);
  return starts;
}

export function sentence(lines: Lines, from: Place, step: 1 | -1): Place | undefined {
  const places: Place[] = [];
  const low = Math.max(0, from.row - 200);
  for (let row = low; row < Math.min(lines.length, from.row + 200); row++) {
    const line = lineAt(lines, row);
    if (line === "") {
      if (row === 0 || lineAt(lines, row - 1) !== "") places.push({ row, column: 0 });
      continue;
    }
    for (const column of sentenceStarts(line)) {
      // A line that goes on with the sentence of the line before does not begin one.
      const before = row > 0 ? lineAt(lines, row - 1) : "";
      if (column === line.search(/\S/) && before !== "" && !/[.!?][)\]"']*\s*$/.test(before)) continue;
      places.push({ row, column });
    }
  }
  const after = (place: Place) => place.row > from.row || (place.row === from.row && place.column > from.column);
  const before = (place: Place) => place.row < from.row || (place.row === from.row && place.column < from.column);
  if (step > 0) return places.find(after) ?? { row: lines.length - 1, column: lastAt(lineAt(lines, lines.length - 1)) };
  return places.findLast(before);
}
