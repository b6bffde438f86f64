/** An operator with what it is applied to: a motion, whole lines, or a selection. */

import { readEntry } from "./entry.ts";
import { runColon } from "./ex.ts";
import { insertMode } from "./insert.ts";
import { type Prefix, unknown } from "./keys.ts";
import { type Count, type Motion, motionOf } from "./motion.ts";
import { changeText, deleteSpan, folded, type Span, shiftLines, yankSpan } from "./operators.ts";
import type { Step, Vi } from "./state.ts";
import { classAt, comparePlaces, firstNonBlank, nextAt } from "./text.ts";

/** The rest of a command that began with an operator. */
export function* operate(vi: Vi, operator: string, { count, given, register }: Prefix): Step<void> {
  let digits = "";
  let key = yield* vi.key();
  while (/^[1-9]$/.test(key) || (key === "0" && digits !== "")) {
    digits += key;
    vi.pending += key;
    key = yield* vi.key();
  }
  const times = count * (digits === "" ? 1 : Number(digits));
  const total: Count = { given: given || digits !== "", count: times };
  const doubled =
    key === operator.slice(-1) || (operator.startsWith("g") && key === "g" && (yield* peekDoubled(vi, operator)));
  let span: Span;
  let numbered = false;
  if (doubled) {
    const last = vi.cursor.row + times - 1;
    if (last > vi.lastRow && vi.cursor.row === vi.lastRow && times > 1 && operator !== "d") vi.fail();
    span = { from: vi.cursor, to: { row: Math.min(vi.lastRow, last), column: 0 }, kind: "lines" };
  } else {
    if (key === "\x1b" || key === "\x03") return;
    vi.pending += key;
    const motion =
      operator === "c" && (key === "w" || key === "W")
        ? changeWord(vi, key === "W", times)
        : yield* motionOf(vi, key, total, operator);
    if (motion === undefined) return vi.fail();
    span = spanOf(vi, motion);
    numbered = /^[%()`/?nN{}]$/.test(key);
    if (motion.jump && span.kind !== "lines") vi.buffer.marks.set("'", vi.cursor);
  }
  yield* apply(vi, operator, span, register, numbered);
}

function* peekDoubled(vi: Vi, operator: string): Step<boolean> {
  const next = yield* vi.key();
  if (next === operator.slice(-1)) return true;
  vi.queue.unshift(next);
  vi.typed.pop();
  return false;
}

/** `cw` leaves the blanks behind a word alone. */
function changeWord(vi: Vi, big: boolean, count: number): Motion {
  const { line, cursor } = vi;
  let at = cursor.column;
  for (let n = 0; n < count; n++) {
    if (n > 0) at = nextAt(line, at);
    const kind = classAt(line, at, big);
    if (kind === 0 && n === 0) {
      if (count === 1) return { to: { row: cursor.row, column: at }, kind: "inclusive" };
    }
    while (n > 0 && at < line.length && classAt(line, at, big) === 0) at = nextAt(line, at);
    const word = classAt(line, at, big);
    while (nextAt(line, at) < line.length && classAt(line, nextAt(line, at), big) === word) at = nextAt(line, at);
  }
  return { to: { row: cursor.row, column: at }, kind: line === "" ? "exclusive" : "inclusive" };
}

/** The text between the cursor and where a motion leads, as an operator takes it. */
function spanOf(vi: Vi, motion: Motion): Span {
  const origin = motion.from ?? vi.cursor;
  const [first, last] = comparePlaces(origin, motion.to) <= 0 ? [origin, motion.to] : [motion.to, origin];
  if (motion.kind === "lines") return { from: first, to: last, kind: "lines" };
  if (motion.kind === "inclusive")
    return {
      from: first,
      to: { row: last.row, column: nextAt(vi.buffer.line(last.row), last.column) },
      kind: "characters",
    };
  // Up to the beginning of a line is up to the end of the line before; of whole lines where nothing is before it.
  if (motion.from === undefined && last.column === 0 && last.row > first.row) {
    const row = last.row - 1;
    if (vi.buffer.line(first.row).slice(0, first.column).trim() === "")
      return { from: first, to: { row, column: 0 }, kind: "lines" };
    return { from: first, to: { row, column: vi.buffer.line(row).length }, kind: "characters" };
  }
  return { from: first, to: last, kind: "characters" };
}

/** Carries an operator out. */
export function* apply(
  vi: Vi,
  operator: string,
  span: Span,
  register: string | undefined,
  numbered = false,
): Step<void> {
  const { from, to, kind } = span;
  const rows = to.row - from.row + 1;
  switch (operator) {
    case "y": {
      const { column } = vi.cursor;
      yankSpan(vi, span, register);
      vi.go(kind === "lines" ? { row: from.row, column: from.row === vi.cursor.row ? column : from.column } : from);
      return;
    }
    case "d": {
      yield* vi.change(kind === "lines" ? { row: from.row, column: 0 } : from);
      // Characters over several lines, with nothing before and behind them, are whole lines.
      if (
        kind === "characters" &&
        rows > 1 &&
        vi.visual === undefined &&
        vi.buffer.line(from.row).slice(0, from.column).trim() === "" &&
        vi.buffer.line(to.row).slice(to.column).trim() === ""
      )
        deleteSpan(vi, { ...span, kind: "lines" }, register);
      else deleteSpan(vi, span, register, numbered);
      return;
    }
    case "c":
      yield* vi.change(from);
      if (kind === "lines") {
        vi.store(register, { text: vi.lines.slice(from.row, to.row + 1), kind: "lines" }, true, false);
        const indent = vi.options.autoindent ? (/^[ \t]*/.exec(vi.buffer.line(from.row))?.[0] ?? "") : "";
        vi.buffer.lines[from.row] = indent;
        if (rows > 1) vi.buffer.deleteLines(from.row + 1, rows - 1);
        vi.go({ row: from.row, column: indent.length });
      } else deleteSpan(vi, span, register, numbered);
      yield* insertMode(vi, 1);
      return;
    case "<":
    case ">":
      yield* vi.change(from);
      shiftLines(vi, from.row, to.row, operator === ">" ? 1 : -1);
      return;
    case "!": {
      const last = vi.lastRow === to.row && rows > 1 ? "$" : rows === 1 ? "." : `.+${rows - 1}`;
      const text = yield* readEntry(vi, ":", undefined, rows === 1 ? ".!" : `.,${last}!`);
      if (text === undefined) return;
      vi.go({ row: from.row, column: 0 });
      yield* runColon(vi, text);
      return;
    }
    case "=":
      return unknown(vi, "=");
    default:
      yield* vi.change(from);
      changeText(vi, span, (text) => folded(text, operator));
      vi.go(kind === "lines" && vi.cursor.row === from.row ? { row: from.row, column: vi.cursor.column } : from);
      if (kind === "lines") vi.go({ row: from.row, column: firstNonBlank(vi.buffer.line(from.row)) });
  }
}
