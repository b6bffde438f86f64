/** Keys of normal mode that change the text, or begin to. */
import { toldOf, type Undone } from "./buffer.ts";
import { runColon } from "./ex.ts";
import { insertMode, PASTED } from "./insert.ts";
import type { Prefix } from "./keys.ts";
import { literalKey } from "./motion.ts";
import { apply } from "./operate.ts";
import { addToNumber, deleteSpan, folded, joinLines, putRegister, type Span } from "./operators.ts";
import type { Step, Vi } from "./state.ts";
import { firstNonBlank, nextAt, type Place, previousAt } from "./text.ts";

/** False where the key changes nothing. */
export function* editKey(vi: Vi, key: string, prefix: Prefix): Step<boolean> {
  const { count, register } = prefix;
  const { cursor, line } = vi;
  const here = (from: Place, to: Place): Span => ({ from, to, kind: "characters" });
  switch (key) {
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
    case "&":
      yield* runColon(vi, "s");
      return true;
    case "g&":
      yield* runColon(vi, "%s//~/&");
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
