/** What vi shows: rows of text, the bottom line, and the cursor. */

import { messageRoom, RULER, SHOWN_COMMAND } from "./room.ts";
import { followCursor, gutterOf, rowsOfLine } from "./scroll.ts";
import { highlights } from "./search.ts";
import type { Message, Vi } from "./state.ts";
import { byteLength, columnAt, nextAt, shownCharacter, widthAt } from "./text.ts";
import { selection, selectionSize } from "./visual.ts";

interface View {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
}

const REVERSE = "\x1b[7m";
const FOUND = "\x1b[30;43m";
const SELECTED = "\x1b[100m";
const ERROR = "\x1b[97;41m";
const POPUP = "\x1b[30;105m";
const CHOSEN = "\x1b[30;47m";
const PLAIN = "\x1b[0m";

interface Paint {
  readonly from: number;
  readonly to: number;
  readonly style: string;
  /** Columns of the screen instead of characters. */
  readonly columns?: boolean;
}

/** Styles of a line, the later ones over the earlier. */
function paints(vi: Vi, row: number): Paint[] {
  const line = vi.buffer.line(row);
  const out: Paint[] = highlights(vi, line).map(({ start, end }) => ({ from: start, to: end, style: FOUND }));
  for (const place of [vi.preview, vi.asked])
    if (place !== undefined && place.from.row === row)
      out.push({ from: place.from.column, to: Math.max(place.from.column + 1, place.to.column), style: REVERSE });
  const { visual } = vi;
  if (visual === undefined) return out;
  const span = selection(vi, visual);
  const last =
    span.kind === "characters" && span.to.column === 0 && span.to.row > span.from.row ? span.to.row - 1 : span.to.row;
  if (row < span.from.row || row > last) return out;
  if (span.kind === "block")
    out.push({ from: span.left ?? 0, to: (span.right ?? 0) + 1, style: SELECTED, columns: true });
  else if (span.kind === "lines") out.push({ from: 0, to: line.length + 1, style: SELECTED });
  else
    out.push({
      from: row === span.from.row ? span.from.column : 0,
      to: row === span.to.row ? span.to.column : line.length + 1,
      style: SELECTED,
    });
  return out;
}

/** Cells of a line: what each shows, its width and style. The cursor's own is left as it is. */
function cellsOf(vi: Vi, row: number): { readonly text: string; readonly width: number; readonly style: string }[] {
  const line = vi.buffer.line(row);
  const painted = paints(vi, row);
  const cells: { text: string; width: number; style: string }[] = [];
  const styleAt = (at: number, column = 0) =>
    painted.findLast(({ from, to, columns }) => (columns ? column >= from && column < to : at >= from && at < to))
      ?.style ?? "";
  let column = 0;
  // Columns to the left of what is shown cost as little as they can.
  for (let at = 0; at < line.length; ) {
    const next = nextAt(line, at);
    const width = widthAt(line, at, column, vi.cells);
    const own = vi.visual !== undefined && row === vi.cursor.row && at === vi.cursor.column;
    const style = own ? "" : styleAt(at, column);
    const character = line.slice(at, next);
    const shown = shownCharacter(character, column, vi.cells);
    if (shown.length > 1 && shown !== character)
      for (const [index, each] of Array.from(shown).entries())
        cells.push({ text: each, width: 1, style: own ? "" : styleAt(at, column + index) });
    else cells.push({ text: shown, width, style });
    column += width;
    at = next;
    if (column > vi.columns * (vi.rows + 2) + vi.left) break;
  }
  if (vi.options.list) cells.push({ text: "$", width: 1, style: "" });
  else if (
    styleAt(line.length, Number.NEGATIVE_INFINITY) !== "" &&
    !(row === vi.cursor.row && vi.cursor.column >= line.length)
  )
    cells.push({ text: " ", width: 1, style: styleAt(line.length, Number.NEGATIVE_INFINITY) });
  return cells;
}

function painted(cells: readonly { readonly text: string; readonly style: string }[]): string {
  let out = "";
  let style = "";
  for (const cell of cells) {
    if (cell.style !== style) {
      out += style === "" ? cell.style : PLAIN + cell.style;
      style = cell.style;
    }
    out += cell.text;
  }
  return style === "" ? out : out + PLAIN;
}

/** Rows of the screen that a line takes, without its number. */
function wrapLine(vi: Vi, row: number, width: number): string[] {
  const cells = cellsOf(vi, row);
  if (!vi.options.wrap) {
    let column = 0;
    const shown = cells.filter((cell) => {
      const at = column;
      column += cell.width;
      return at >= vi.left && at + cell.width <= vi.left + width;
    });
    return [painted(shown)];
  }
  const rows: string[] = [];
  let current: typeof cells = [];
  let column = 0;
  for (const cell of cells) {
    if (column + cell.width > width) {
      // A wide character that does not fit leaves a mark in the last column.
      if (column < width) current.push({ text: ">", width: 1, style: "" });
      rows.push(painted(current));
      current = [];
      column = 0;
    }
    current.push(cell);
    column += cell.width;
  }
  rows.push(painted(current));
  return rows;
}

function numberOf(vi: Vi, row: number, gutter: number): string {
  if (gutter === 0) return "";
  const { number, relativenumber } = vi.options;
  const away = Math.abs(row - vi.cursor.row);
  if (relativenumber && (away > 0 || !number)) return `${String(away).padStart(gutter - 1)} `;
  if (relativenumber) return `${String(row + 1).padEnd(gutter - 1)} `;
  return `${String(row + 1).padStart(gutter - 1)} `;
}

function textRows(vi: Vi): string[] {
  const gutter = gutterOf(vi);
  const width = Math.max(1, vi.columns - gutter);
  const rows: string[] = [];
  for (let row = vi.top; rows.length < vi.rows; row++) {
    if (row > vi.lastRow) {
      rows.push("~");
      continue;
    }
    const wrapped = wrapLine(vi, row, width).map(
      (text, index) => (index === 0 ? numberOf(vi, row, gutter) : " ".repeat(gutter)) + text,
    );
    const room = vi.rows - rows.length;
    if (wrapped.length > room && row > vi.top) {
      // The last line does not fit whole.
      rows.push(...wrapped.slice(0, room - 1), "@@@");
    } else rows.push(...wrapped.slice(0, room));
  }
  return rows;
}

function position(vi: Vi): string {
  const { row, column } = vi.cursor;
  const { line } = vi;
  const bytes = byteLength(line.slice(0, column)) + 1;
  const left = columnAt(line, column, vi.cells);
  const wide = vi.mode === "normal" && column < line.length && line.charAt(column) === "\t" && !vi.options.list;
  const shown = wide ? left + widthAt(line, column, left, vi.cells) : left + 1;
  const inserting = vi.mode === "insert" || vi.mode === "replace";
  const where = line === "" && !inserting ? "0-1" : bytes === shown ? String(bytes) : `${bytes}-${shown}`;
  return `${vi.buffer.empty ? 0 : row + 1},${where}`;
}

/** How far down the text is. */
function percentage(vi: Vi): string {
  let used = 0;
  let below = 0;
  for (let row = vi.top; row <= vi.lastRow; row++) {
    used += rowsOfLine(vi, row);
    if (used > vi.rows) {
      below = vi.lines.length - row;
      break;
    }
  }
  if (vi.top === 0) return below === 0 ? "All" : "Top";
  return below === 0 ? "Bot" : `${Math.floor((vi.top * 100) / (vi.top + below))}%`;
}

function modeWords(vi: Vi): string {
  if (!vi.options.showmode) return "";
  const paste = vi.options.paste ? " (paste)" : "";
  if (vi.completing !== undefined) return "";
  if (vi.mode === "insert") return `-- INSERT${paste} --`;
  if (vi.mode === "replace") return `-- REPLACE${paste} --`;
  if (vi.insertOnce !== undefined) return "-- (insert) --";
  if (vi.visual !== undefined)
    return { v: "-- VISUAL --", V: "-- VISUAL LINE --", block: "-- VISUAL BLOCK --" }[vi.visual.kind];
  return "";
}

function bottomLine(vi: Vi): string {
  const mode = modeWords(vi);
  const recording = vi.recording === undefined ? "" : `recording @${vi.recording}`;
  let left = mode !== "" ? mode + recording : (vi.message?.text ?? recording);
  const error = mode === "" && vi.message?.error === true;
  const width = vi.columns;
  const rulerAt = Math.max(width - RULER, (width + 1) >> 1);
  const room = messageRoom(vi);
  if (mode === "" && !error && columnAt(left, left.length, vi.cells) >= Math.max(room, 1) && left.startsWith('"'))
    left = `<${left.slice(left.length - Math.max(0, room - 2))}`;
  let line = left;
  let column = columnAt(left, left.length, vi.cells);
  if (error) line = `${ERROR}${line}${PLAIN}`;
  const pad = (to: number) => {
    if (column < to) {
      line += " ".repeat(to - column);
      column = to;
    }
  };
  const command = vi.visual === undefined ? vi.pending : vi.pending === "" ? selectionSize(vi, vi.visual) : vi.pending;
  const commandAt = width - (vi.options.ruler ? RULER : 0) - SHOWN_COMMAND - (vi.options.ruler ? 0 : 1);
  if (vi.options.showcmd && command !== "" && vi.mode === "normal" && commandAt >= column && width > 30) {
    pad(commandAt);
    const shown = command
      .replace(/[\x00-\x1f]/g, (each) => `^${String.fromCharCode(each.charCodeAt(0) + 64)}`)
      .slice(-SHOWN_COMMAND);
    line += shown;
    column += shown.length;
  }
  const popup = vi.completing !== undefined && vi.completing.words.length > 1;
  if (
    vi.options.ruler &&
    (vi.mode !== "confirm" || vi.asked !== undefined) &&
    !vi.waiting &&
    !popup &&
    !vi.message?.text.startsWith("W10:")
  ) {
    if (column > rulerAt) {
      line = left.slice(0, rulerAt);
      column = line.length;
    }
    pad(rulerAt);
    const place = position(vi);
    line += `${place}${" ".repeat(Math.max(1, Math.min(14, width - rulerAt - 4) - place.length))}${percentage(vi)}`;
  }
  return line;
}

function wrapMessage(message: Message, columns: number): string[] {
  const rows: string[] = [];
  let rest = Array.from(message.text);
  do {
    const part = rest.slice(0, columns).join("");
    rows.push(message.error ? `${ERROR}${part}${PLAIN}` : part);
    rest = rest.slice(columns);
  } while (rest.length > 0);
  return rows;
}

/** The whole screen. Moves the window so that the cursor is in it. */
export function viewOf(vi: Vi): View {
  const { preview, cursor } = vi;
  if (preview !== undefined) vi.cursor = preview.from;
  followCursor(vi);
  const rows = textRows(vi);
  if (preview !== undefined) vi.cursor = cursor;
  if (vi.output !== undefined) {
    const output = vi.output.flatMap((message) => wrapMessage(message, vi.columns));
    const all = [...rows, ...output];
    const shown = all.slice(-(vi.rows + 1));
    return { rows: shown, cursor: { row: shown.length - 1, column: (output.at(-1) ?? "").length } };
  }
  const { entry } = vi;
  if (entry !== undefined) {
    const typed = entry.prompt + entry.text;
    const cells = { tabStop: 8, list: true };
    const at = entry.prompt.length + columnAt(entry.text, entry.at, cells);
    const shown = Array.from(typed, (each) => shownCharacter(each, 0, cells)).join("");
    const lines: string[] = [];
    for (let start = 0; start <= shown.length; start += vi.columns) lines.push(shown.slice(start, start + vi.columns));
    const all = [...rows, ...lines].slice(-(vi.rows + 1));
    return {
      rows: all,
      cursor: { row: all.length - lines.length + Math.floor(at / vi.columns), column: at % vi.columns },
    };
  }
  const bottom = bottomLine(vi);
  if (vi.mode === "confirm" || vi.waiting) {
    const column = vi.waiting
      ? messageRoom(vi)
      : columnAt(vi.message?.text ?? "", (vi.message?.text ?? "").length, vi.cells);
    return { rows: [...rows, bottom], cursor: { row: vi.rows, column: Math.min(column, vi.columns - 1) } };
  }
  const place = cursorPlace(vi);
  const { completing } = vi;
  if (completing !== undefined && completing.words.length > 1) {
    const width = Math.max(15, ...completing.words.map((word) => word.length + 1));
    const from = columnAt(vi.line, completing.column, vi.cells);
    for (const [index, word] of completing.words.slice(0, Math.max(0, vi.rows - place.row - 1)).entries()) {
      const row = place.row + 1 + index;
      rows[row] = `${" ".repeat(from)}${index === completing.at ? CHOSEN : POPUP}${word.padEnd(width)}${PLAIN}`;
    }
  }
  return { rows: [...rows, bottom], cursor: place };
}

function cursorPlace(vi: Vi): { readonly row: number; readonly column: number } {
  const gutter = gutterOf(vi);
  const width = Math.max(1, vi.columns - gutter);
  let row = 0;
  for (let at = vi.top; at < vi.cursor.row; at++) row += rowsOfLine(vi, at);
  const { line, cursor } = vi;
  let column = columnAt(line, cursor.column, vi.cells);
  // On a tab the cursor is at its end.
  if (line.charAt(cursor.column) === "\t" && !vi.options.list && vi.mode === "normal" && vi.visual === undefined)
    column += widthAt(line, cursor.column, column, vi.cells) - 1;
  if (!vi.options.wrap) return { row, column: column - vi.left + gutter };
  return { row: Math.min(vi.rows - 1, row + Math.floor(column / width)), column: (column % width) + gutter };
}
