/** Which lines are on the screen, and how the window follows the cursor (move.c). */
import type { Vi } from "./state.ts";
import { columnAt, firstNonBlank } from "./text.ts";

interface Shown {
  /** Columns of text beside the numbers. */
  readonly width: number;
  readonly top: number;
  /** The last line that is wholly on the screen. */
  readonly bottom: number;
  /** Rows that lines take. */
  readonly used: number;
  rowsOf(row: number): number;
}

export function gutterOf(vi: Vi): number {
  const { number, relativenumber } = vi.options;
  return number || relativenumber ? Math.max(4, String(vi.lines.length).length + 1) : 0;
}

/** Rows that a line takes on the screen. */
export function rowsOfLine(vi: Vi, row: number): number {
  if (!vi.options.wrap) return 1;
  const line = vi.buffer.line(row);
  const width = Math.max(1, vi.columns - gutterOf(vi));
  if (line.length * 2 <= width && !line.includes("\t")) return 1;
  const columns = columnAt(line, line.length, vi.cells) + (vi.options.list ? 1 : 0);
  // A cursor behind the last character needs a place, too.
  const behind = vi.mode !== "normal" && row === vi.cursor.row && vi.cursor.column >= line.length ? 1 : 0;
  return Math.max(1, Math.ceil((columns + behind) / width));
}

export function screenRows(vi: Vi): Shown {
  const width = Math.max(1, vi.columns - gutterOf(vi));
  let used = 0;
  let bottom = vi.top;
  for (let row = vi.top; row <= vi.lastRow; row++) {
    const rows = rowsOfLine(vi, row);
    if (used + rows > vi.rows) break;
    used += rows;
    bottom = row;
  }
  return { width, top: vi.top, bottom, used, rowsOf: (row) => rowsOfLine(vi, row) };
}

/** The first line with which `row` is the last that fits. */
function topFor(vi: Vi, row: number): number {
  let rows = rowsOfLine(vi, row);
  let top = row;
  while (top > 0 && rows + rowsOfLine(vi, top - 1) <= vi.rows) rows += rowsOfLine(vi, --top);
  return top;
}

function halfway(vi: Vi): number {
  const { row } = vi.cursor;
  let top = row;
  let last = row;
  let used = rowsOfLine(vi, row);
  let above = 0;
  let below = 0;
  while (top > 0) {
    if (above < below) {
      const rows = rowsOfLine(vi, top - 1);
      used += rows;
      if (used > vi.rows) break;
      above += rows;
      top--;
    } else if (last < vi.lastRow) {
      const rows = rowsOfLine(vi, last + 1);
      used += rows;
      if (used > vi.rows) break;
      below += rows;
      last++;
    } else below++;
  }
  return top;
}

/** Moves the window so that the cursor is in it, with lines around it. */
export function followCursor(vi: Vi): void {
  const off = Math.min(vi.options.scrolloff, (vi.rows - 1) >> 1);
  const { row } = vi.cursor;
  vi.top = Math.max(0, Math.min(vi.top, vi.lastRow));
  if (row < vi.top + off && vi.top > 0) {
    let lines = 0;
    for (let at = row; at < vi.top + off && lines < vi.rows; at++) lines++;
    const wanted = Math.max(0, row - off);
    const half = (vi.rows >> 1) - 1;
    vi.top =
      lines >= Math.max(half, 2) && vi.top - wanted > 0 && lines >= half ? halfway(vi) : Math.min(vi.top, wanted);
  }
  const { bottom } = screenRows(vi);
  const wanted = Math.min(vi.lastRow, row + off);
  if (wanted > bottom && (bottom < vi.lastRow || row > bottom)) {
    let lines = 0;
    for (let at = bottom + 1; at <= Math.min(vi.lastRow, row + off) && lines <= vi.rows + 1; at++)
      lines += rowsOfLine(vi, at);
    if (row - bottom + off > vi.rows + 1) vi.top = halfway(vi);
    else vi.top = Math.max(vi.top, Math.min(topFor(vi, wanted), row));
  }
  followAside(vi);
}

/** Without wrapping: the window moves half its width. */
function followAside(vi: Vi): void {
  if (vi.options.wrap) {
    vi.left = 0;
    return;
  }
  const width = Math.max(1, vi.columns - gutterOf(vi));
  const column = columnAt(vi.line, vi.cursor.column, vi.cells);
  const past = column - vi.left - width + 1;
  if (column >= vi.left && past <= 0) return;
  vi.left = Math.max(0, column - (width >> 1));
}

function firstOf(vi: Vi, row: number): void {
  vi.go({ row, column: firstNonBlank(vi.buffer.line(row)) });
}

function inside(vi: Vi): void {
  const off = Math.min(vi.options.scrolloff, (vi.rows - 1) >> 1);
  const { bottom } = screenRows(vi);
  const low = vi.top === 0 ? 0 : Math.min(vi.lastRow, vi.top + off);
  const high = bottom >= vi.lastRow ? vi.lastRow : Math.max(vi.top, bottom - off);
  const row = Math.max(low, Math.min(vi.cursor.row, Math.max(low, high)));
  if (row !== vi.cursor.row) vi.cursor = { row, column: vi.wanted(row) };
}

/** ^E and ^Y. */
export function scrollLines(vi: Vi, count: number): void {
  const top = Math.max(0, Math.min(vi.lastRow, vi.top + count));
  if (top === vi.top) return;
  vi.top = top;
  inside(vi);
}

/** ^D and ^U: half a window, or as many lines as were asked for. */
export function scrollHalf(vi: Vi, forward: boolean, given: number | undefined): void {
  if (given !== undefined) vi.scroll = Math.min(given, vi.rows);
  const count = vi.scroll === 0 ? Math.max(1, vi.rows >> 1) : vi.scroll;
  if (forward ? vi.cursor.row >= vi.lastRow : vi.cursor.row <= 0) vi.fail();
  const { bottom } = screenRows(vi);
  if (forward) {
    vi.top = Math.min(vi.top + Math.min(count, Math.max(0, vi.lastRow - bottom)), vi.lastRow);
    firstOf(vi, Math.min(vi.lastRow, vi.cursor.row + count));
  } else {
    vi.top = Math.max(0, vi.top - count);
    firstOf(vi, Math.max(0, vi.cursor.row - count));
  }
  const row = vi.cursor.row;
  inside(vi);
  if (vi.cursor.row !== row) firstOf(vi, vi.cursor.row);
}

/** ^F and ^B: two lines stay in sight. */
export function scrollPage(vi: Vi, forward: boolean, count: number): void {
  for (let n = 0; n < count; n++) {
    const { bottom } = screenRows(vi);
    if (forward) {
      if (vi.cursor.row >= vi.lastRow && bottom >= vi.lastRow && vi.top >= vi.lastRow - vi.options.scrolloff) vi.fail();
      const top = bottom >= vi.lastRow ? vi.lastRow : Math.max(vi.top + 1, bottom - 1);
      vi.top = Math.min(top, vi.lastRow);
      const off = Math.min(vi.options.scrolloff, (vi.rows - 1) >> 1);
      if (vi.cursor.row < vi.top + off) firstOf(vi, Math.min(vi.lastRow, vi.top + off));
      vi.top = Math.max(0, Math.min(vi.top, vi.cursor.row - off));
    } else {
      if (vi.top === 0) vi.fail();
      const last = Math.min(vi.lastRow, vi.top + 1);
      vi.top = topFor(vi, last);
      inside(vi);
      firstOf(vi, vi.cursor.row);
    }
    followCursor(vi);
  }
}

/** zt, zz, zb and theirs that go to the line's beginning. */
export function place(vi: Vi, where: "top" | "middle" | "bottom"): void {
  const off = Math.min(vi.options.scrolloff, (vi.rows - 1) >> 1);
  const { row } = vi.cursor;
  if (where === "top") vi.top = Math.max(0, row - off);
  else if (where === "middle") vi.top = halfway(vi);
  else vi.top = topFor(vi, Math.min(vi.lastRow, row + off));
}

/** The window has other rows: the cursor stays as far down in it as it was (scroll_to_fraction). */
export function resizeRows(vi: Vi, rows: number): void {
  const before = vi.rows;
  if (rows === before) return;
  let line = 0;
  for (let at = vi.top; at < vi.cursor.row; at++) line += rowsOfLine(vi, at);
  vi.rows = rows;
  if (vi.fraction?.row !== line) vi.fraction = { row: line, part: (line + 0.5) / before };
  if (rows >= vi.lines.length && vi.top === 0) return;
  let above = Math.floor(vi.fraction.part * rows - 1 / 16384);
  const own = rowsOfLine(vi, vi.cursor.row);
  above = Math.min(above, rows - own);
  vi.fraction = { row: Math.max(0, above), part: vi.fraction.part };
  let top = vi.cursor.row;
  while (above > 0 && top > 0) above -= rowsOfLine(vi, --top);
  vi.top = above < 0 ? top + 1 : top;
}
