/** Normal mode: counts, registers, operators with motions, and all other keys (normal.c). */
import { toldOf, type Undone } from "./buffer.ts";
import { readEntry } from "./entry.ts";
import { runColon } from "./ex.ts";
import { show } from "./ex-command.ts";
import { fileInfo, openAlternate, WriteProblem } from "./files.ts";
import { insertMode, PASTED } from "./insert.ts";
import { type Count, literalKey, type Motion, motionOf } from "./motion.ts";
import {
  addToNumber,
  changeText,
  deleteSpan,
  folded,
  joinLines,
  OPERATORS,
  putRegister,
  type Span,
  shiftLines,
  yankSpan,
} from "./operators.ts";
import { messageRoom } from "./room.ts";
import { place, scrollHalf, scrollLines, scrollPage } from "./scroll.ts";
import { Failed, type Step, type Vi } from "./state.ts";
import { classAt, columnAt, comparePlaces, firstNonBlank, lastAt, nextAt, type Place, previousAt } from "./text.ts";
import { endVisual, repeatVisual, startVisual, visualKey } from "./visual.ts";

/** Commands until vi is left; its exit status. */
export function* runVi(vi: Vi): Step<number> {
  while (vi.quit === undefined) {
    yield* oneCommand(vi);
    const { message } = vi;
    // What does not fit beside the ruler needs a row of its own, and somebody who has read it.
    if (message?.kept === true && vi.quit === undefined && vi.queue.length === 0 && tooLong(vi, message.text)) {
      vi.message = undefined;
      yield* show(vi, "", [message.text], message.error ? message.text : undefined);
    }
  }
  return vi.quit;
}

function tooLong(vi: Vi, text: string): boolean {
  if (text.startsWith('"') && !/E\d+:/.test(text)) return false;
  return columnAt(text, text.length, vi.cells) >= messageRoom(vi);
}

export function* oneCommand(vi: Vi): Step<void> {
  vi.typed = [];
  vi.pending = "";
  vi.changes = false;
  const visual = vi.visual !== undefined;
  try {
    if (visual) yield* visualKey(vi);
    else {
      const prefix = yield* readPrefix(vi);
      const before = vi.typed.length;
      yield* execute(vi, prefix);
      if (vi.changes && vi.visual === undefined)
        vi.dot = {
          keys: [...(prefix.register === undefined ? [] : ['"', prefix.register]), ...vi.typed.slice(before)],
          count: prefix.given ? prefix.count : 0,
          visual: undefined,
        };
    }
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    // What goes wrong ends the macro that asked for it.
    vi.queue = [];
    if (vi.mode !== "normal") vi.mode = "normal";
    if (error instanceof WriteProblem) {
      vi.message = undefined;
      yield* show(vi, "", error.lines, error.lines[1]);
    }
  }
  vi.pending = "";
  if (vi.queue.length === 0) vi.buffer.commit(vi.now());
  vi.clamp();
  if (vi.insertOnce === "asked") vi.insertOnce = "running";
  else if (vi.insertOnce === "running" && vi.visual === undefined && vi.quit === undefined) {
    vi.insertOnce = undefined;
    vi.buffer.begin(vi.cursor);
    yield* insertMode(vi, 1);
    vi.buffer.commit(vi.now());
  }
}

export interface Prefix extends Count {
  readonly register: string | undefined;
}

/** Register and count, in whatever order. */
export function* readPrefix(vi: Vi): Step<Prefix> {
  let digits = "";
  let register: string | undefined;
  for (;;) {
    const key = yield* vi.key();
    if (key === '"') {
      vi.pending += key;
      register = yield* vi.key();
      vi.pending += register;
    } else if (/^[1-9]$/.test(key) || (key === "0" && digits !== "")) {
      if (digits.length < 9) digits += key;
      vi.pending += key;
    } else if (key === "<Del>" && digits !== "") {
      digits = digits.slice(0, -1);
      vi.pending = vi.pending.slice(0, -1);
    } else {
      vi.typed.pop();
      vi.queue.unshift(key);
      return { given: digits !== "", count: digits === "" ? 1 : Number(digits), register };
    }
  }
}

function* execute(vi: Vi, prefix: Prefix): Step<void> {
  let key = yield* vi.key();
  const { count, given, register } = prefix;
  if (key === "g") {
    vi.pending += "g";
    key = `g${yield* vi.key()}`;
  }
  if (OPERATORS.has(key)) {
    vi.pending = `${register === undefined ? "" : `"${register}`}${given ? count : ""}${key}`;
    yield* operate(vi, key, prefix);
    return;
  }
  if (yield* command(vi, key, prefix)) return;
  if (key.length > 1 && key.startsWith("g")) {
    vi.queue.unshift(key.slice(1));
    vi.typed.pop();
    key = "g";
  } else if (/^["'`fFtT[\]/?]$/.test(key)) vi.pending += key;
  const motion = yield* motionOf(vi, key, prefix, "");
  if (motion === undefined) return unknown(vi, vi.pending.startsWith("g") ? vi.pending : key);
  move(vi, motion);
}

export function unknown(vi: Vi, key: string): never {
  // What vim knows and we do not is refused in words; what nobody knows is only refused.
  const known: Readonly<Record<string, string>> = {
    K: "manual pages are not looked up from here (K)",
    gq: "texts are not formatted here (gq)",
    gw: "texts are not formatted here (gw)",
    "=": "lines are not indented by their language here (=)",
    "\x17": "there is one window only (^W)",
    gf: "files are not opened by their names in the text (gf)",
    "\x1d": "there are no tags here (^])",
    Q: "Ex mode is not available here (Q)",
  };
  const words = known[key];
  vi.typed = [];
  return vi.fail(words);
}

export function move(vi: Vi, motion: Motion): void {
  if (motion.jump) vi.leap(motion.to);
  else if (motion.want === "keep") vi.cursor = motion.to;
  else vi.go(motion.to);
  if (typeof motion.want === "number") vi.want = motion.want;
  vi.clamp();
}

/** The text between the cursor and where a motion leads, as an operator takes it. */
export function spanOf(vi: Vi, motion: Motion): Span {
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

function* operate(vi: Vi, operator: string, { count, given, register }: Prefix): Step<void> {
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

/** Keys that are neither operators nor motions. False where it is none of them. */
function* command(vi: Vi, key: string, prefix: Prefix): Step<boolean> {
  const { count, given, register } = prefix;
  const { cursor, line } = vi;
  const here = (from: Place, to: Place): Span => ({ from, to, kind: "characters" });
  switch (key) {
    case "\x1b":
    case "\x03":
      if (key === "\x03" && vi.pending === "")
        vi.say(
          vi.buffer.changed
            ? "Type  :qa!  and press <Enter> to abandon all changes and exit Vim"
            : "Type  :qa  and press <Enter> to exit Vim",
        );
      return true;
    case "i":
    case "<Ins>":
      yield* vi.change();
      yield* insertMode(vi, count);
      return true;
    case "a":
      yield* vi.change();
      if (line !== "") vi.go({ row: cursor.row, column: nextAt(line, cursor.column) });
      yield* insertMode(vi, count);
      return true;
    case "I":
      yield* vi.change();
      vi.go({ row: cursor.row, column: line.trim() === "" ? line.length : firstNonBlank(line) });
      yield* insertMode(vi, count);
      return true;
    case "gI":
      yield* vi.change();
      vi.go({ row: cursor.row, column: 0 });
      yield* insertMode(vi, count);
      return true;
    case "gi":
      yield* vi.change();
      if (vi.insertedAt !== undefined)
        vi.go({ row: Math.min(vi.lastRow, vi.insertedAt.row), column: vi.insertedAt.column });
      yield* insertMode(vi, count);
      return true;
    case "A":
      yield* vi.change();
      vi.go({ row: cursor.row, column: line.length });
      yield* insertMode(vi, count);
      return true;
    case "o":
    case "O": {
      yield* vi.change();
      const indent = vi.options.autoindent ? (/^[ \t]*/.exec(line)?.[0] ?? "") : "";
      const row = key === "o" ? cursor.row + 1 : cursor.row;
      vi.buffer.insertLines(row, [indent]);
      vi.buffer.empty = false;
      vi.go({ row, column: indent.length });
      yield* insertMode(vi, count, true);
      return true;
    }
    case "R":
      yield* vi.change();
      yield* insertMode(vi, count, false, true);
      return true;
    case "x":
    case "<Del>": {
      yield* vi.change();
      if (line === "") {
        vi.buffer.countAs(1);
        return true;
      }
      let end = cursor.column;
      for (let n = 0; n < count && end < line.length; n++) end = nextAt(line, end);
      deleteSpan(vi, here(cursor, { row: cursor.row, column: end }), register);
      return true;
    }
    case "X": {
      if (cursor.column === 0) vi.fail();
      yield* vi.change();
      let from = cursor.column;
      for (let n = 0; n < count && from > 0; n++) from = previousAt(line, from);
      deleteSpan(vi, here({ row: cursor.row, column: from }, cursor), register);
      return true;
    }
    case "s": {
      yield* vi.change();
      let end = cursor.column;
      for (let n = 0; n < count && end < line.length; n++) end = nextAt(line, end);
      deleteSpan(vi, here(cursor, { row: cursor.row, column: end }), register);
      yield* insertMode(vi, 1);
      return true;
    }
    case "D":
    case "C": {
      const row = Math.min(vi.lastRow, cursor.row + count - 1);
      yield* vi.change();
      vi.buffer.countAs(1);
      deleteSpan(vi, here(cursor, { row, column: vi.buffer.line(row).length }), register);
      if (key === "C") yield* insertMode(vi, 1);
      return true;
    }
    case "S":
    case "Y":
      yield* apply(
        vi,
        key === "S" ? "c" : "y",
        { from: cursor, to: { row: Math.min(vi.lastRow, cursor.row + count - 1), column: 0 }, kind: "lines" },
        register,
      );
      return true;
    case "r": {
      vi.pending += "r";
      const character = yield* literalKey(vi);
      let end = cursor.column;
      for (let n = 0; n < count; n++) {
        if (end >= line.length) vi.fail();
        end = nextAt(line, end);
      }
      yield* vi.change();
      if (character === "\r") {
        vi.buffer.lines[cursor.row] = line.slice(0, cursor.column);
        vi.buffer.insertLines(cursor.row + 1, [line.slice(end)]);
        vi.go({ row: cursor.row + 1, column: 0 });
      } else {
        vi.line = line.slice(0, cursor.column) + character.repeat(count) + line.slice(end);
        vi.go({ row: cursor.row, column: cursor.column + character.length * (count - 1) });
      }
      return true;
    }
    case "~": {
      if (line === "") vi.fail();
      yield* vi.change();
      let end = cursor.column;
      for (let n = 0; n < count && end < line.length; n++) end = nextAt(line, end);
      vi.line = line.slice(0, cursor.column) + folded(line.slice(cursor.column, end), "g~") + line.slice(end);
      vi.go({ row: cursor.row, column: end });
      return true;
    }
    case "J":
    case "gJ":
      yield* vi.change();
      joinLines(vi, cursor.row, count, key === "gJ");
      return true;
    case "p":
    case "P":
    case "gp":
    case "gP":
      yield* vi.change();
      putRegister(vi, register, key.endsWith("p"), count, key.startsWith("g"));
      return true;
    case "\x01":
    case "\x18":
      yield* vi.change();
      addToNumber(vi, key === "\x01" ? count : -count);
      return true;
    case "u":
    case "\x12":
      undoOrRedo(vi, key === "u", count);
      return true;
    case "U":
      if (!vi.buffer.restoreLine(vi.now())) vi.fail();
      vi.cursor = vi.buffer.cursor;
      return true;
    case ".":
      yield* repeat(vi, prefix);
      return true;
    case "&":
      yield* runColon(vi, "s");
      return true;
    case "g&":
      yield* runColon(vi, "%s//~/&");
      return true;
    case "v":
    case "V":
    case "\x16":
      startVisual(vi, key, given ? count : undefined);
      return true;
    case "gv":
      if (vi.lastVisual === undefined) vi.fail();
      vi.visual = vi.lastVisual.visual;
      vi.go(vi.lastVisual.end);
      return true;
    case ":": {
      vi.pending = "";
      const range = given ? (count === 1 ? "." : `.,.+${count - 1}`) : "";
      const text = yield* readEntry(vi, ":", undefined, range);
      if (text !== undefined) yield* runColon(vi, text, true);
      return true;
    }
    case "m": {
      const name = yield* vi.key();
      if (!/^[a-zA-Z'`[\]<>]$/.test(name)) vi.fail();
      vi.buffer.marks.set(name === "`" ? "'" : name, cursor);
      return true;
    }
    case "q": {
      if (vi.recording !== undefined) {
        vi.recorded = vi.recorded.slice(0, -1);
        vi.registers.set(vi.recording.toLowerCase(), { text: vi.recorded.split("\n"), kind: "characters" });
        vi.recording = undefined;
        vi.message = undefined;
        return true;
      }
      vi.pending += "q";
      const name = yield* vi.key();
      if (!/^[a-zA-Z0-9"]$/.test(name)) vi.fail();
      vi.recorded = /[A-Z]/.test(name) ? (vi.registers.get(name.toLowerCase())?.text.join("\n") ?? "") : "";
      vi.recording = name;
      vi.message = undefined;
      return true;
    }
    case "@": {
      vi.pending += "@";
      let name = yield* vi.key();
      if (name === "@") name = vi.replacedBy ?? vi.fail("E748: No previously used register");
      if (name === ":") {
        const last = vi.histories[":"].at(-1) ?? vi.fail("E30: No previous command line");
        yield* runColon(vi, last);
        return true;
      }
      const found = vi.register(name);
      if (found === undefined) return vi.fail();
      vi.replacedBy = name;
      const keys = keysOf(found.text.join("\n") + (found.kind === "lines" ? "\n" : ""));
      if (vi.queue.length + keys.length * count > 100_000) vi.fail("E22: Scripts nested too deep");
      vi.queue.unshift(...Array.from({ length: count }, () => keys).flat());
      vi.changes = false;
      return true;
    }
    case "\x06":
    case "<PageDown>":
      scrollPage(vi, true, count);
      return true;
    case "\x02":
    case "<PageUp>":
      scrollPage(vi, false, count);
      return true;
    case "\x04":
    case "\x15":
      scrollHalf(vi, key === "\x04", given ? count : undefined);
      return true;
    case "\x05":
    case "\x19":
      scrollLines(vi, key === "\x05" ? count : -count);
      return true;
    case "z": {
      vi.pending += "z";
      const where = yield* vi.key();
      if (given) vi.go({ row: Math.min(vi.lastRow, count - 1), column: vi.cursor.column });
      if (/^[t\r]$/.test(where)) place(vi, "top");
      else if (/^[z.]$/.test(where)) place(vi, "middle");
      else if (/^[b-]$/.test(where)) place(vi, "bottom");
      else return vi.fail(/^[cofaAMRnNdDEjk]$/.test(where) ? "there are no folds here" : undefined);
      if (/^[\r.-]$/.test(where)) vi.go({ row: vi.cursor.row, column: firstNonBlank(vi.line) });
      return true;
    }
    case "Z": {
      vi.pending += "Z";
      const which = yield* vi.key();
      if (which === "Z") yield* runColon(vi, "x");
      else if (which === "Q") yield* runColon(vi, "q!");
      else vi.fail();
      return true;
    }
    case "\x0f":
    case "\t":
      jumpBack(vi, key === "\x0f" ? -count : count);
      return true;
    case "\x07":
      vi.say(fileInfo(vi), true);
      return true;
    case "\x1e":
      openAlternate(vi);
      return true;
    case "\x0c":
      vi.message = undefined;
      return true;
    case "\x1a":
      yield { kind: "suspend" };
      return true;
    default:
      if (key.startsWith(PASTED)) {
        yield* vi.change();
        vi.queue.unshift(key, "\x1b");
        yield* insertMode(vi, 1);
        return true;
      }
      return false;
  }
}

/** A text as the keys that type it. */
export function keysOf(text: string): string[] {
  return Array.from(text);
}

function undoOrRedo(vi: Vi, back: boolean, count: number): void {
  const done: Undone[] = [];
  for (let n = 0; n < count; n++) {
    const undone = back ? vi.buffer.undo() : vi.buffer.redo();
    if (undone === undefined) break;
    done.push(undone);
    vi.go(vi.buffer.cursor);
  }
  vi.say(toldOf(done, back, vi.now()));
}

function* repeat(vi: Vi, { given, count }: Prefix): Step<void> {
  const { dot } = vi;
  if (dot === undefined) return vi.fail();
  const rest = vi.queue;
  const typed = vi.typed;
  const keys = given ? withoutCount(dot.keys) : dot.keys;
  vi.queue = [...keys];
  try {
    if (dot.visual !== undefined) yield* repeatVisual(vi, dot.visual);
    else {
      const prefix = yield* readPrefix(vi);
      // Numbered registers count up, so that "1p... walks through what was deleted.
      yield* execute(vi, {
        register: prefix.register,
        given: given || dot.count > 0,
        count: given ? count : Math.max(1, dot.count),
      });
    }
  } finally {
    vi.queue = rest;
    vi.typed = typed;
    vi.changes = false;
  }
  vi.dot = given ? { ...dot, keys, count } : dot;
}

/** `d2w` with another count is `dw`. */
function withoutCount(keys: readonly string[]): readonly string[] {
  if (!OPERATORS.has(keys[0] ?? "")) return keys;
  const at = keys.findIndex((key, index) => index > 0 && !/^\d$/.test(key));
  return [keys[0] as string, ...keys.slice(at)];
}

function jumpBack(vi: Vi, by: number): void {
  const atEnd = vi.jump === vi.jumps.length;
  // Of several on one line the last stays.
  vi.jumps = vi.jumps.filter(({ row }, index) => vi.jumps.findLastIndex((each) => each.row === row) === index);
  if (atEnd) {
    vi.jumps.push(vi.cursor);
    vi.jump = vi.jumps.length - 1;
  }
  const to = vi.jump + by;
  const found = vi.jumps[to];
  if (found === undefined) vi.fail();
  vi.jump = to;
  vi.go({ row: Math.min(found.row, vi.lastRow), column: found.column });
}

export { endVisual, lastAt };
