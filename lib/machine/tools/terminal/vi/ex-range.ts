/** Ranges and addresses before a colon command (get_address of ex_docmd.c). */
import { markOf } from "./motion.ts";
import { PatternProblem, type ViPattern } from "./pattern.ts";
import { findPattern } from "./search.ts";
import type { Step, Vi } from "./state.ts";
import { splitAt } from "./substitute.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
  readonly addresses: number;
  /** Characters it takes. */
  readonly length: number;
}

export function* readRange(vi: Vi, text: string): Step<Range> {
  if (text.startsWith("%")) return { from: 0, to: vi.lastRow, addresses: 2, length: 1 };
  const places: number[] = [];
  let at = 0;
  let current = vi.cursor.row;
  for (;;) {
    while (text.charAt(at) === " ") at++;
    const address = yield* readAddress(vi, text.slice(at), current);
    at += address.length;
    const separator = text.charAt(at);
    if (address.row !== undefined) places.push(address.row);
    else if (separator === "," || separator === ";" || places.length > 0) places.push(current);
    if (separator !== "," && separator !== ";") break;
    if (separator === ";") current = places.at(-1) as number;
    at++;
  }
  const to = places.at(-1) ?? vi.cursor.row;
  let from = places.length > 1 ? (places.at(-2) as number) : to;
  let end = to;
  if (from > end) {
    yield* confirm(vi, "Backwards range given, OK to swap (y/n)?");
    [from, end] = [end, from];
  }
  if (end > vi.lastRow) {
    // A lone number beyond the end is the last line.
    if (places.length === 1 && text.slice(at).trim() === "")
      return { from: vi.lastRow, to: vi.lastRow, addresses: 1, length: at };
    vi.fail("E16: Invalid range");
  }
  return { from, to: end, addresses: places.length, length: at };
}

function* confirm(vi: Vi, question: string): Step<void> {
  vi.mode = "confirm";
  vi.say(question);
  for (;;) {
    const key = yield* vi.key();
    if (key !== "y" && key !== "n" && key !== "\x1b" && key !== "\x03") continue;
    vi.mode = "normal";
    vi.message = undefined;
    if (key !== "y") vi.fail();
    return;
  }
}

export function* readAddress(
  vi: Vi,
  text: string,
  current: number,
): Step<{ readonly row: number | undefined; readonly length: number }> {
  let row: number | undefined;
  let at = 0;
  const number = /^\d+/.exec(text)?.[0];
  if (number !== undefined) {
    row = Math.max(0, Number(number) - 1);
    if (Number(number) === 0) row = -1;
    at = number.length;
  } else if (text.startsWith(".")) {
    row = current;
    at = 1;
  } else if (text.startsWith("$")) {
    row = vi.lastRow;
    at = 1;
  } else if (text.startsWith("'")) {
    row = markOf(vi, text.charAt(1)).row;
    at = 2;
  } else if (text.startsWith("/") || text.startsWith("?")) {
    const delimiter = text.charAt(0);
    const [pattern = ""] = splitAt(text.slice(1), delimiter, 2);
    const found = yield* findRow(vi, pattern, delimiter === "/", current);
    row = found;
    at = 1 + pattern.length;
    if (text.charAt(at) === delimiter) at++;
  }
  for (;;) {
    const offset = /^\s*([-+])(\d*)/.exec(text.slice(at));
    if (offset === null) break;
    const [whole, sign, digits] = offset as unknown as [string, string, string];
    row = (row ?? current) + (sign === "+" ? 1 : -1) * (digits === "" ? 1 : Number(digits));
    at += whole.length;
  }
  return { row: row === undefined ? undefined : Math.max(-1, row), length: at };
}

export function compiled(vi: Vi, source: string): ViPattern {
  try {
    return vi.pattern(
      source === "" ? (vi.searched?.pattern ?? vi.fail("E35: No previous regular expression")) : source,
    );
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    return vi.fail(error.message);
  }
}

function* findRow(vi: Vi, source: string, forward: boolean, current: number): Step<number> {
  const pattern = compiled(vi, source);
  if (source !== "") vi.searched = { pattern: source, forward, offset: "" };
  const column = forward ? vi.buffer.line(current).length : 0;
  const hit = yield* findPattern(vi, pattern, { row: current, column }, forward);
  return hit?.place.row ?? vi.fail(`E486: Pattern not found: ${source}`);
}
