/** Motions by their keys (normal.c). */
import {
  closingBracket,
  enclosingBracket,
  findInLine,
  matchingBracket,
  paragraph,
  sentence,
  wordBack,
  wordEnd,
  wordEndBack,
  wordForward,
} from "./motions.ts";
import { textObject } from "./objects.ts";
import { screenRows } from "./scroll.ts";
import { searchAgain, searchFor, wordUnderCursor } from "./search.ts";
import type { Step, Vi } from "./state.ts";
import { atColumn, columnAt, comparePlaces, firstNonBlank, lastAt, nextAt, type Place, previousAt } from "./text.ts";

export interface Motion {
  readonly to: Place;
  /** Where it is not from the cursor (text objects). */
  readonly from?: Place;
  readonly kind: "exclusive" | "inclusive" | "lines";
  readonly jump?: boolean;
  /** j and k keep the column they want; `$` wants the end. */
  readonly want?: number | "keep";
}

export interface Count {
  readonly given: boolean;
  readonly count: number;
}

const firstOf = (vi: Vi, row: number): Place => ({ row, column: firstNonBlank(vi.buffer.line(row)) });

/** Undefined: not a motion. Throws `Failed` where it leads nowhere. `operator`: what waits for it. */
export function* motionOf(vi: Vi, key: string, { given, count }: Count, operator: string): Step<Motion | undefined> {
  const { cursor, line, lines, lastRow } = vi;
  const vertical = (row: number, kind: "lines"): Motion => {
    if (row < 0 || row > lastRow) {
      // One that is not there moves nothing; several go as far as they can.
      if (cursor.row === Math.max(0, Math.min(row, lastRow))) vi.fail();
      if (operator !== "") vi.fail();
    }
    const to = Math.max(0, Math.min(row, lastRow));
    return { to: { row: to, column: vi.wanted(to) }, kind, want: "keep" };
  };
  switch (key) {
    case "h":
    case "<Left>":
    case "\x7f":
    case "\b": {
      let place: Place = cursor;
      for (let n = 0; n < count; n++) {
        if (place.column > 0) place = { row: place.row, column: previousAt(vi.buffer.line(place.row), place.column) };
        else if ((key === "\x7f" || key === "\b") && place.row > 0)
          place = { row: place.row - 1, column: lastAt(vi.buffer.line(place.row - 1)) };
        else {
          if (n === 0) vi.fail();
          break;
        }
      }
      return { to: place, kind: "exclusive" };
    }
    case "l":
    case "<Right>":
    case " ": {
      let place: Place = cursor;
      const last = operator === "" && vi.visual === undefined ? lastAt(line) : line.length;
      for (let n = 0; n < count; n++) {
        const text = vi.buffer.line(place.row);
        if (place.column < (place.row === cursor.row ? last : lastAt(text)))
          place = { row: place.row, column: nextAt(text, place.column) };
        else if (key === " " && place.row < lastRow) place = { row: place.row + 1, column: 0 };
        else {
          if (n === 0) vi.fail();
          break;
        }
      }
      return { to: place, kind: "exclusive" };
    }
    case "j":
    case "<Down>":
    case "\x0e":
    case "\n":
      return vertical(cursor.row + count, "lines");
    case "k":
    case "<Up>":
    case "\x10":
      return vertical(cursor.row - count, "lines");
    case "+":
    case "\r":
      return { ...vertical(cursor.row + count, "lines"), ...lineStart(vi, cursor.row + count) };
    case "-":
      return { ...vertical(cursor.row - count, "lines"), ...lineStart(vi, cursor.row - count) };
    case "_":
      return { to: firstOf(vi, Math.min(lastRow, cursor.row + count - 1)), kind: "lines" };
    case "0":
    case "<Home>":
      return { to: { row: cursor.row, column: 0 }, kind: "exclusive" };
    case "^":
      return { to: firstOf(vi, cursor.row), kind: "exclusive" };
    case "$":
    case "<End>": {
      const row = Math.min(lastRow, cursor.row + count - 1);
      return { to: { row, column: lastAt(vi.buffer.line(row)) }, kind: "inclusive", want: Number.POSITIVE_INFINITY };
    }
    case "|":
      return {
        to: { row: cursor.row, column: atColumn(line, count - 1, vi.cells) },
        kind: "exclusive",
        want: count - 1,
      };
    case "w":
    case "W": {
      let place = cursor;
      for (let n = 0; n < count; n++) {
        const { place: next, stopped } = wordForward(lines, place, key === "W");
        if (
          stopped &&
          n === 0 &&
          operator === "" &&
          comparePlaces(place, { row: lastRow, column: lastAt(vi.buffer.line(lastRow)) }) >= 0
        )
          vi.fail();
        place = next;
      }
      if (operator !== "" && place.row > cursor.row) {
        // The last word of a line: not the newline and what is before the next word.
        const before = vi.buffer.line(place.row).slice(0, place.column);
        if (before.trim() === "") {
          let row = place.row - 1;
          while (row > cursor.row && vi.buffer.line(row).trim() === "") row--;
          if (count === 1 || row > cursor.row)
            place = { row: Math.max(row, cursor.row), column: vi.buffer.line(Math.max(row, cursor.row)).length };
          else place = { row, column: vi.buffer.line(row).length };
        }
      }
      return { to: place, kind: "exclusive" };
    }
    case "e":
    case "E":
    case "b":
    case "B": {
      let place = cursor;
      for (let n = 0; n < count; n++) {
        const next =
          key === "e" || key === "E" ? wordEnd(lines, place, key === "E") : wordBack(lines, place, key === "B");
        if (next === undefined) {
          if (
            n === 0 &&
            (key === "b" ||
              key === "B" ||
              comparePlaces(place, { row: lastRow, column: lastAt(vi.buffer.line(lastRow)) }) >= 0)
          )
            vi.fail();
          if (key === "e" || key === "E") place = { row: lastRow, column: lastAt(vi.buffer.line(lastRow)) };
          break;
        }
        place = next;
      }
      return { to: place, kind: key === "e" || key === "E" ? "inclusive" : "exclusive" };
    }
    case "f":
    case "F":
    case "t":
    case "T": {
      const character = yield* literalKey(vi);
      vi.found = { key, character };
      return find(vi, vi.found, count, false);
    }
    case ";":
    case ",": {
      if (vi.found === undefined) return vi.fail();
      const { key: how, character } = vi.found;
      const turned = how === how.toLowerCase() ? how.toUpperCase() : how.toLowerCase();
      return find(vi, { key: key === ";" ? how : turned, character }, count, true);
    }
    case "G":
    case "<C-End>":
      return { to: firstOf(vi, given ? Math.min(lastRow, count - 1) : lastRow), kind: "lines", jump: true };
    case "%": {
      if (given) {
        if (count > 100) vi.fail();
        return {
          to: firstOf(vi, Math.min(lastRow, Math.floor((count * lines.length + 99) / 100) - 1)),
          kind: "lines",
          jump: true,
        };
      }
      return { to: matchingBracket(lines, cursor) ?? vi.fail(), kind: "inclusive", jump: true };
    }
    case "{":
    case "}": {
      let row = cursor.row;
      for (let n = 0; n < count; n++)
        row =
          paragraph(lines, row, key === "}" ? 1 : -1) ??
          (n === 0 && (key === "{" ? cursor.column === 0 : cursor.column >= lastAt(vi.buffer.line(row)))
            ? vi.fail()
            : row);
      const text = vi.buffer.line(row);
      // At the end of the text there is no empty line to stand on.
      const column = key === "}" && text !== "" ? (operator === "" ? lastAt(text) : text.length) : 0;
      return { to: { row, column }, kind: "exclusive", jump: true };
    }
    case "(":
    case ")": {
      let place = cursor;
      for (let n = 0; n < count; n++) place = sentence(lines, place, key === ")" ? 1 : -1) ?? vi.fail();
      return { to: place, kind: "exclusive", jump: true };
    }
    case "H":
    case "L":
    case "M":
      return window(vi, key, count);
    case "'":
    case "`": {
      const name = yield* vi.key();
      const place = markOf(vi, name);
      return key === "'"
        ? { to: firstOf(vi, place.row), kind: "lines", jump: true }
        : { to: place, kind: "exclusive", jump: true };
    }
    case "/":
    case "?": {
      const found = yield* searchFor(vi, key === "/", count);
      return found === undefined ? vi.fail() : found;
    }
    case "n":
    case "N":
      return yield* searchAgain(vi, key === "n", count);
    case "*":
    case "#": {
      const word = wordUnderCursor(vi) ?? vi.fail("E348: No string under cursor");
      return yield* searchAgain(vi, true, count, { pattern: word.whole, forward: key === "*", from: word.at });
    }
    case "[":
    case "]": {
      const which = yield* vi.key();
      if (!/[({})]/.test(which)) return vi.fail();
      const pair = /[()]/.test(which) ? "()" : "{}";
      const [open, close] = [pair.charAt(0), pair.charAt(1)];
      const to =
        key === "[" ? enclosingBracket(lines, cursor, open, close, count) : closingBracket(lines, cursor, open, close);
      return { to: to ?? vi.fail(), kind: key === "[" ? "exclusive" : "inclusive", jump: true };
    }
    case "g":
      return yield* underG(vi, yield* vi.key(), { given, count }, operator);
    case "i":
    case "a": {
      if (operator === "" && vi.visual === undefined) return undefined;
      const object = yield* vi.key();
      const found = textObject(lines, cursor, key === "i", object, count);
      if (found === "unknown" || found === undefined) return vi.fail();
      return { from: found.from, to: found.to, kind: found.linewise ? "lines" : "exclusive" };
    }
    default:
      return undefined;
  }
}

function lineStart(vi: Vi, row: number): { readonly to: Place; readonly want: number | "keep" } {
  const to = firstOf(vi, Math.max(0, Math.min(row, vi.lastRow)));
  return { to, want: columnAt(vi.buffer.line(to.row), to.column, vi.cells) };
}

function* underG(vi: Vi, key: string, { given, count }: Count, operator: string): Step<Motion | undefined> {
  const { cursor, lines, lastRow } = vi;
  switch (key) {
    case "g":
      return { to: firstOf(vi, given ? Math.min(lastRow, count - 1) : 0), kind: "lines", jump: true };
    case "e":
    case "E": {
      let place = cursor;
      for (let n = 0; n < count; n++) place = wordEndBack(lines, place, key === "E") ?? vi.fail();
      return { to: place, kind: "inclusive" };
    }
    case "_": {
      const row = Math.min(lastRow, cursor.row + count - 1);
      return { to: { row, column: lastAt(vi.buffer.line(row).trimEnd()) }, kind: "inclusive" };
    }
    case "j":
    case "k":
    case "<Down>":
    case "<Up>":
      return { to: rowOfScreen(vi, key === "j" || key === "<Down>" ? count : -count), kind: "exclusive" };
    case "0":
    case "^":
    case "$":
    case "m": {
      const width = screenRows(vi).width;
      const at = columnAt(vi.line, cursor.column, vi.cells);
      const start = vi.options.wrap ? at - (at % width) : vi.left;
      const wanted = key === "$" ? start + width - 1 : key === "m" ? start + (width >> 1) : start;
      return {
        to: { row: cursor.row, column: atColumn(vi.line, wanted, vi.cells) },
        kind: key === "$" ? "inclusive" : "exclusive",
      };
    }
    case "*":
    case "#": {
      const word = wordUnderCursor(vi) ?? vi.fail("E348: No string under cursor");
      return yield* searchAgain(vi, true, count, { pattern: word.plain, forward: key === "*", from: word.at });
    }
    case "i":
      if (operator !== "") vi.fail();
      return undefined;
    default:
      vi.pending = `g${key}`;
      vi.typed.push(key);
      vi.queue.unshift(key);
      vi.typed.splice(-2);
      return undefined;
  }
}

/** Rows of the screen up or down within lines that are wrapped. */
function rowOfScreen(vi: Vi, by: number): Place {
  const { width } = screenRows(vi);
  let { row } = vi.cursor;
  let column = vi.want ?? columnAt(vi.line, vi.cursor.column, vi.cells);
  if (column === Number.POSITIVE_INFINITY) column = columnAt(vi.line, vi.cursor.column, vi.cells);
  const length = (at: number) => Math.max(1, columnAt(vi.buffer.line(at), vi.buffer.line(at).length, vi.cells));
  for (let left = Math.abs(by); left > 0; left--) {
    if (by > 0) {
      if (vi.options.wrap && column - (column % width) + width < length(row)) column += width;
      else if (row < vi.lastRow) {
        row++;
        column %= width;
      } else vi.fail();
    } else if (vi.options.wrap && column >= width) column -= width;
    else if (row > 0) {
      row--;
      const last = length(row) - 1;
      column = vi.options.wrap ? last - (last % width) + (column % width) : column;
    } else vi.fail();
  }
  return { row, column: atColumn(vi.buffer.line(row), column, vi.cells) };
}

function find(
  vi: Vi,
  how: { readonly key: string; readonly character: string },
  count: number,
  again: boolean,
): Motion {
  const column = findInLine(vi.line, vi.cursor.column, how, count, again) ?? vi.fail();
  return { to: { row: vi.cursor.row, column }, kind: /[ft]/.test(how.key) ? "inclusive" : "exclusive" };
}

function window(vi: Vi, key: string, count: number): Motion {
  const { top, bottom, used, rowsOf } = screenRows(vi);
  const off = vi.options.scrolloff;
  let row: number;
  if (key === "H") row = Math.min(bottom, Math.max(top + count - 1, top > 0 ? top + off : 0));
  else if (key === "L")
    row = Math.max(top, Math.min(bottom - count + 1, bottom < vi.lastRow ? bottom - off : vi.lastRow));
  else {
    const half = Math.floor((used + 1) / 2);
    row = top;
    for (let sum = rowsOf(row); sum < half && row < bottom; sum += rowsOf(row)) row++;
  }
  return { to: firstOf(vi, row), kind: "lines", jump: true };
}

/** Where a mark is. */
export function markOf(vi: Vi, name: string): Place {
  const at = vi.buffer.marks.get(name === "`" ? "'" : name);
  if (at === undefined) {
    if (name === "'" || name === "`") return { row: 0, column: 0 };
    return vi.fail("E20: Mark not set");
  }
  const row = Math.min(at.row, vi.lastRow);
  return { row, column: Math.min(at.column, lastAt(vi.buffer.line(row))) };
}

/** A key that stands for a character: ^V takes the next as it is. Escape ends the command. */
export function* literalKey(vi: Vi): Step<string> {
  const key = yield* vi.key();
  if (key === "\x1b" || key === "\x03" || /^<.+>$/.test(key)) return vi.fail();
  if (key === "\x16") return yield* vi.key();
  return key;
}
