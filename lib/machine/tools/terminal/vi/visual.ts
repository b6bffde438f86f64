/** Visual mode: by characters, by lines, in blocks (normal.c, nv_visual). */
import { readEntry } from "./entry.ts";
import { runColon } from "./ex.ts";
import { insertMode } from "./insert.ts";
import { move, type Prefix, readPrefix, unknown } from "./keys.ts";
import { literalKey, motionOf } from "./motion.ts";
import { textObject } from "./objects.ts";
import { apply } from "./operate.ts";
import {
  addToNumber,
  blockPart,
  changeText,
  deleteSpan,
  folded,
  joinLines,
  putRegister,
  type Span,
  shiftLines,
} from "./operators.ts";
import { scrollHalf, scrollLines, scrollPage } from "./scroll.ts";
import type { Extent, Step, Vi, Visual } from "./state.ts";
import { columnAt, comparePlaces, firstNonBlank, lastAt, nextAt, previousAt, widthAt } from "./text.ts";

const KINDS: Readonly<Record<string, Visual["kind"]>> = { v: "v", V: "V", "\x16": "block" };

/** `count`: as much again as was selected the last time. */
export function startVisual(vi: Vi, key: string, count: number | undefined): void {
  vi.visual = { kind: KINDS[key] ?? "v", start: vi.cursor, toEnds: false };
  vi.message = undefined;
  if (count !== undefined && count > 1) {
    if (key === "V") vi.cursor = { row: Math.min(vi.lastRow, vi.cursor.row + count - 1), column: vi.cursor.column };
    else vi.go({ row: vi.cursor.row, column: Math.min(vi.line.length, vi.cursor.column + count - 1) });
  }
}

function endVisual(vi: Vi): void {
  if (vi.visual === undefined) return;
  vi.lastVisual = { visual: vi.visual, end: vi.cursor };
  const [from, to] = ends(vi, vi.visual);
  vi.buffer.marks.set("<", from);
  vi.buffer.marks.set(">", to);
  vi.visual = undefined;
}

function ends(vi: Vi, { start }: Visual): [typeof start, typeof start] {
  return comparePlaces(start, vi.cursor) <= 0 ? [start, vi.cursor] : [vi.cursor, start];
}

/** What is selected. */
export function selection(vi: Vi, visual: Visual): Span {
  const [from, to] = ends(vi, visual);
  if (visual.kind === "V") return { from, to, kind: "lines" };
  if (visual.kind === "v") {
    const line = vi.buffer.line(to.row);
    // Behind the last character the newline is selected, too.
    if (to.column >= line.length && to.row < vi.lastRow)
      return { from, to: { row: to.row + 1, column: 0 }, kind: "characters" };
    return { from, to: { row: to.row, column: nextAt(line, to.column) }, kind: "characters" };
  }
  const columns = [visual.start, vi.cursor].map((place) => {
    const line = vi.buffer.line(place.row);
    const left = columnAt(line, place.column, vi.cells);
    return {
      left,
      right: left + Math.max(1, place.column < line.length ? widthAt(line, place.column, left, vi.cells) : 1) - 1,
    };
  });
  const left = Math.min(...columns.map((each) => each.left));
  const right = visual.toEnds ? Number.POSITIVE_INFINITY : Math.max(...columns.map((each) => each.right));
  return { from, to, kind: "block", left, right };
}

/** How much is selected, as it is shown while it is. */
export function selectionSize(vi: Vi, visual: Visual): string {
  const span = selection(vi, visual);
  const rows = Math.abs(visual.start.row - vi.cursor.row) + 1;
  if (visual.kind === "block") {
    let width = (span.right ?? 0) - (span.left ?? 0) + 1;
    if (width === Number.POSITIVE_INFINITY) {
      width = 0;
      for (let row = span.from.row; row <= span.to.row; row++) {
        const line = vi.buffer.line(row);
        width = Math.max(width, columnAt(line, line.length, vi.cells) - (span.left ?? 0));
      }
    }
    return `${rows}x${width}`;
  }
  if (visual.kind === "V" || rows > 1) return String(rows);
  const newline = span.to.row > span.from.row || vi.cursor.column >= vi.line.length;
  const text = vi.line.slice(span.from.column, newline ? undefined : span.to.column);
  const count = Array.from(text).length + (newline ? 1 : 0);
  const bytes = new TextEncoder().encode(text).length;
  return bytes !== Array.from(text).length ? `${count}-${bytes}` : String(Math.max(1, count));
}

function extentOf(vi: Vi, visual: Visual): Extent {
  const span = selection(vi, visual);
  const rows = span.to.row - span.from.row;
  if (visual.kind === "block")
    return { kind: "block", rows, columns: (span.right ?? 0) - (span.left ?? 0), toEnds: visual.toEnds };
  const end = rows === 0 ? span.to.column - span.from.column : span.to.column;
  return { kind: visual.kind, rows, columns: end, toEnds: visual.toEnds };
}

/** Does again, from the cursor on, what was done to a selection of that size. */
export function* repeatVisual(vi: Vi, extent: Extent): Step<void> {
  const start = vi.cursor;
  vi.visual = { kind: extent.kind, start, toEnds: extent.toEnds };
  const row = Math.min(vi.lastRow, start.row + extent.rows);
  const column =
    extent.kind === "V"
      ? 0
      : extent.rows === 0 || extent.kind === "block"
        ? start.column + extent.columns - (extent.kind === "block" ? 0 : 1)
        : extent.columns - 1;
  vi.cursor = { row, column: Math.max(0, Math.min(column, lastAt(vi.buffer.line(row)))) };
  yield* visualKey(vi);
}

/** One command while something is selected. */
export function* visualKey(vi: Vi): Step<void> {
  const visual = vi.visual as Visual;
  const prefix = yield* readPrefix(vi);
  const before = vi.typed.length;
  const key = yield* vi.key();
  const { row, column } = vi.cursor;
  const extent = extentOf(vi, visual);
  if (yield* selected(vi, visual, key, prefix)) {
    if (vi.changes) vi.dot = { keys: vi.typed.slice(before), count: 0, visual: extent };
    return;
  }
  if (key === "i" || key === "a") {
    extend(vi, visual, key === "i", yield* vi.key(), prefix.count);
    return;
  }
  if (key === "g") {
    const next = yield* vi.key();
    if (/^[uU~?J]$/.test(next)) {
      yield* selected(vi, visual, next === "J" ? "gJ" : `g${next}`, prefix);
      if (vi.changes) vi.dot = { keys: vi.typed.slice(before), count: 0, visual: extent };
      return;
    }
    if (next === "v" && vi.lastVisual !== undefined) {
      const last = vi.lastVisual;
      vi.lastVisual = { visual, end: vi.cursor };
      vi.visual = last.visual;
      vi.cursor = last.end;
      return;
    }
    vi.queue.unshift(next);
    vi.typed.pop();
  }
  const motion = yield* motionOf(vi, key, prefix, "");
  if (motion === undefined) return unknown(vi, key);
  if (key === "$" || key === "<End>") {
    vi.visual = { ...visual, toEnds: true };
    const to = Math.min(vi.lastRow, row + prefix.count - 1);
    vi.cursor = { row: to, column: visual.kind === "v" ? vi.buffer.line(to).length : lastAt(vi.buffer.line(to)) };
    vi.want = Number.POSITIVE_INFINITY;
    return;
  }
  move(vi, motion);
  if (visual.toEnds && motion.want !== "keep" && vi.cursor.row === row && vi.cursor.column !== column)
    vi.visual = { ...visual, toEnds: false };
}

function extend(vi: Vi, visual: Visual, inner: boolean, key: string, count: number): void {
  // What is selected already is widened.
  const wide = comparePlaces(visual.start, vi.cursor) !== 0;
  const at =
    wide && /[wWps]/.test(key)
      ? { row: vi.cursor.row, column: Math.min(vi.line.length, nextAt(vi.line, vi.cursor.column)) }
      : vi.cursor;
  const found = textObject(vi.lines, at, inner, key, count);
  if (found === undefined || found === "unknown") vi.fail();
  vi.visual = {
    ...visual,
    kind: found.linewise ? "V" : visual.kind === "V" ? "v" : visual.kind,
    start: wide && /[wWps]/.test(key) ? visual.start : found.from,
  };
  const { row } = found.to;
  vi.go({ row, column: found.linewise ? 0 : Math.max(0, previousAt(vi.buffer.line(row), found.to.column)) });
}

/** Keys that end the selection or change it. False: a motion, perhaps. */
function* selected(vi: Vi, visual: Visual, key: string, { count, given, register }: Prefix): Step<boolean> {
  const kind = KINDS[key];
  if (kind !== undefined) {
    if (visual.kind === kind) endVisual(vi);
    else vi.visual = { ...visual, kind };
    return true;
  }
  let span = selection(vi, visual);
  const lines: Span = { ...span, kind: "lines" };
  const operator = { D: "d", X: "d", x: "d", "<Del>": "d", Y: "y", C: "c", S: "c", R: "c", s: "c" }[key] ?? key;
  switch (key) {
    case "\x1b":
    case "\x03":
      endVisual(vi);
      return true;
    case "o":
    case "O": {
      const start = vi.cursor;
      vi.go(visual.start);
      vi.visual = { ...visual, start };
      return true;
    }
    case ":": {
      endVisual(vi);
      const text = yield* readEntry(vi, ":", undefined, "'<,'>");
      if (text !== undefined) yield* runColon(vi, text, true);
      return true;
    }
    case "\x06":
    case "\x02":
      scrollPage(vi, key === "\x06", count);
      return true;
    case "\x04":
    case "\x15":
      scrollHalf(vi, key === "\x04", given ? count : undefined);
      return true;
    case "\x05":
    case "\x19":
      scrollLines(vi, key === "\x05" ? count : -count);
      return true;
    case "d":
    case "x":
    case "<Del>":
    case "c":
    case "s":
    case "y":
    case "D":
    case "X":
    case "Y":
    case "C":
    case "S":
    case "R": {
      if (/^[XSRY]$/.test(key) || (/^[DC]$/.test(key) && visual.kind !== "block")) span = lines;
      else if (/^[DC]$/.test(key)) span = { ...span, right: Number.POSITIVE_INFINITY };
      endVisual(vi);
      if (operator === "c" && span.kind === "block") {
        yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
        deleteSpan(vi, span, register);
        yield* blockInsert(vi, span, span.left ?? 0, false);
      } else if (operator === "y") {
        yield* apply(vi, "y", span, register);
        if (span.kind === "block") vi.go({ row: span.from.row, column: blockPart(vi, span.from.row, span).from });
        else vi.go(span.kind === "lines" && visual.kind === "V" ? span.from : span.from);
      } else yield* apply(vi, operator, span, register);
      return true;
    }
    case "I":
    case "A":
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      if (visual.kind === "block")
        yield* blockInsert(vi, span, key === "I" ? (span.left ?? 0) : (span.right ?? 0) + 1, key === "A");
      else {
        const to =
          key === "I"
            ? visual.kind === "V"
              ? { row: span.from.row, column: 0 }
              : span.from
            : span.kind === "lines"
              ? { row: span.to.row, column: vi.buffer.line(span.to.row).length }
              : span.to;
        vi.go(to);
        yield* insertMode(vi, 1);
      }
      return true;
    case "<":
    case ">":
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      shiftLines(vi, span.from.row, span.to.row, key === ">" ? count : -count);
      return true;
    case "=":
      return unknown(vi, "=");
    case "!": {
      endVisual(vi);
      const text = yield* readEntry(vi, ":", undefined, "'<,'>!");
      if (text !== undefined) yield* runColon(vi, text, true);
      return true;
    }
    case "u":
    case "U":
    case "~":
    case "gu":
    case "gU":
    case "g~":
    case "g?":
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      changeText(vi, span, (text) => folded(text, key.length === 1 ? `g${key}` : key));
      vi.go(
        span.kind === "lines" ? { row: span.from.row, column: visual.kind === "V" ? span.from.column : 0 } : span.from,
      );
      return true;
    case "r": {
      const character = yield* literalKey(vi);
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      changeText(vi, span, (text) => text.replace(/[\ud800-\udbff][\udc00-\udfff]|[\s\S]/g, character));
      vi.go(span.kind === "lines" ? { row: span.from.row, column: 0 } : span.from);
      return true;
    }
    case "J":
    case "gJ":
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      joinLines(vi, span.from.row, Math.max(2, span.to.row - span.from.row + 1), key === "gJ");
      return true;
    case "p":
    case "P": {
      const put = vi.register(register ?? '"');
      if (put === undefined) return vi.fail(`E353: Nothing in register ${register ?? '"'}`);
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      const rows = vi.lastRow;
      const atEnd =
        span.kind === "lines"
          ? span.to.row === rows
          : span.to.column >= vi.buffer.line(span.to.row).length && span.kind === "characters";
      deleteSpan(vi, span, undefined);
      const taken = vi.registers.get('"');
      vi.registers.set('"', put);
      if (span.kind === "characters" && put.kind === "lines") {
        vi.buffer.lines.splice(vi.cursor.row, 1, vi.line.slice(0, vi.cursor.column), vi.line.slice(vi.cursor.column));
        putRegister(vi, undefined, true, count);
      } else {
        if (atEnd && span.kind === "characters") vi.go({ row: vi.cursor.row, column: lastAt(vi.line) });
        if (span.kind === "lines" && put.kind === "characters") {
          vi.buffer.insertLines(atEnd ? vi.cursor.row + 1 : vi.cursor.row, [""]);
          if (atEnd) vi.go({ row: vi.cursor.row + 1, column: 0 });
          putRegister(vi, undefined, false, count);
        } else putRegister(vi, undefined, atEnd && vi.line !== "", count);
      }
      if (taken !== undefined && key === "p") vi.registers.set('"', taken);
      return true;
    }
    case "\x01":
    case "\x18":
      endVisual(vi);
      yield* vi.change(visual.kind === "V" ? { row: span.from.row, column: 0 } : span.from);
      for (let row = span.from.row; row <= span.to.row; row++) {
        if (!/\d/.test(vi.buffer.line(row))) continue;
        vi.go({ row, column: 0 });
        addToNumber(vi, key === "\x01" ? count : -count);
      }
      vi.go({ row: span.from.row, column: firstNonBlank(vi.buffer.line(span.from.row)) });
      return true;
    case "\x1a":
      yield { kind: "suspend" };
      return true;
    default:
      return false;
  }
}

/** I, A and c in a block: what is typed in the first row comes into all others. */
function* blockInsert(vi: Vi, span: Span, column: number, append: boolean): Step<void> {
  const place = (row: number): number | undefined => {
    const line = vi.buffer.line(row);
    const width = columnAt(line, line.length, vi.cells);
    if (column === Number.POSITIVE_INFINITY) return line.length;
    if (width < column) {
      if (!append) return undefined;
      vi.buffer.lines[row] = line + " ".repeat(column - width);
      return vi.buffer.line(row).length;
    }
    let at = 0;
    while (at < line.length && columnAt(line, at, vi.cells) < column) at = nextAt(line, at);
    return at;
  };
  const first = { row: span.from.row, column: place(span.from.row) ?? vi.buffer.line(span.from.row).length };
  const before = vi.buffer.line(first.row);
  const count = vi.lines.length;
  vi.go(first);
  yield* insertMode(vi, 1);
  const line = vi.buffer.line(first.row);
  const added = line.length - before.length;
  if (vi.lines.length === count && added > 0) {
    const text = line.slice(first.column, first.column + added);
    for (let row = first.row + 1; row <= span.to.row; row++) {
      const at = place(row);
      if (at === undefined) continue;
      const old = vi.buffer.line(row);
      vi.buffer.lines[row] = old.slice(0, at) + text + old.slice(at);
    }
  }
  vi.go({ row: first.row, column: append ? span.from.column : first.column });
  if (append && span.from.row === first.row) {
    const { from } = blockPart(vi, first.row, { ...span, right: span.left ?? 0 });
    vi.go({ row: first.row, column: from });
  }
}
