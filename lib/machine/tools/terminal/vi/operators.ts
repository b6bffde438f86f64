/** What operators do to a range (ops.c), and putting back what they took. */
import type { Register, Step, Vi } from "./state.ts";
import { atColumn, columnAt, firstNonBlank, lastAt, nextAt, type Place } from "./text.ts";

/** `to` is not part of it. Blocks are columns of the screen. */
export interface Span {
  readonly from: Place;
  readonly to: Place;
  readonly kind: "characters" | "lines" | "block";
  readonly left?: number;
  readonly right?: number;
}

export const OPERATORS = new Set(["d", "c", "y", "<", ">", "!", "g~", "gu", "gU", "g?", "="]);

/** More lines than this are told of. */
const REPORT = 2;

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Says that lines came or went, where they are more than 'report' keeps quiet about. */
export function tellLines(vi: Vi, by: number): void {
  if (Math.abs(by) <= REPORT) return;
  vi.say(by > 0 ? `${by} more lines` : `${-by} fewer lines`);
}

/** The part of a row that a block holds. */
export function blockPart(vi: Vi, row: number, span: Span): { readonly from: number; readonly to: number } {
  const line = vi.buffer.line(row);
  const [left = 0, right = Number.POSITIVE_INFINITY] = [span.left, span.right];
  const width = columnAt(line, line.length, vi.cells);
  if (left >= width) return { from: line.length, to: line.length };
  const from = atColumn(line, left, vi.cells);
  const to = right >= width - 1 ? line.length : nextAt(line, atColumn(line, right, vi.cells));
  return { from, to };
}

/** The same, with tabs that lie in it in part as the blanks they show. */
function blockCut(
  vi: Vi,
  row: number,
  span: Span,
): { readonly head: string; readonly inside: string; readonly tail: string } {
  const line = vi.buffer.line(row);
  const { from, to } = blockPart(vi, row, span);
  if (from === to) return { head: line.slice(0, from), inside: "", tail: line.slice(to) };
  const [left = 0, right = Number.POSITIVE_INFINITY] = [span.left, span.right];
  const first = columnAt(line, from, vi.cells);
  const last = columnAt(line, to, vi.cells);
  const before = line.charAt(from) === "\t" ? Math.max(0, left - first) : 0;
  const after = line.charAt(to - 1) === "\t" ? Math.max(0, last - 1 - right) : 0;
  if (before === 0 && after === 0)
    return { head: line.slice(0, from), inside: line.slice(from, to), tail: line.slice(to) };
  const middle = line.slice(
    before > 0 ? from + 1 : from,
    after > 0 ? Math.max(to - 1, before > 0 ? from + 1 : from) : to,
  );
  const width = Math.min(right, last - 1) - Math.max(left, first) + 1;
  return {
    head: line.slice(0, from) + " ".repeat(before),
    inside: middle === "" ? " ".repeat(width) : middle,
    tail: " ".repeat(after) + line.slice(to),
  };
}

function taken(vi: Vi, span: Span): Register {
  if (span.kind === "lines") return { text: vi.lines.slice(span.from.row, span.to.row + 1), kind: "lines" };
  if (span.kind === "characters") return { text: vi.buffer.slice(span.from, span.to), kind: "characters" };
  const text: string[] = [];
  for (let row = span.from.row; row <= span.to.row; row++) text.push(blockCut(vi, row, span).inside);
  return { text, kind: "block" };
}

/** Copies a range into a register and says so; the marks [ and ] are around it. */
export function yankSpan(vi: Vi, span: Span, name: string | undefined): void {
  const register = taken(vi, span);
  vi.store(name, register, false, false);
  vi.buffer.marks.set("[", span.from);
  vi.buffer.marks.set("]", span.to);
  const count = register.text.length;
  if (count <= REPORT) return;
  const into = name === undefined || name === '"' ? "" : ` into "${name}`;
  vi.say(register.kind === "block" ? `block of ${count} lines yanked${into}` : `${count} lines yanked${into}`);
}

/** Takes a span out. `numbered`: as motions that jump do, even within a line. */
export function deleteSpan(vi: Vi, span: Span, name: string | undefined, numbered = false): void {
  const register = taken(vi, span);
  const small = register.kind === "characters" && register.text.length === 1;
  vi.store(name, register, true, small && !numbered);
  const before = vi.lines.length;
  if (span.kind === "lines") {
    vi.buffer.deleteLines(span.from.row, span.to.row - span.from.row + 1);
    const row = Math.min(span.from.row, vi.lastRow);
    vi.go({ row, column: firstNonBlank(vi.buffer.line(row)) });
    if (vi.buffer.empty) {
      vi.say("--No lines in buffer--");
      return;
    }
  } else if (span.kind === "characters") {
    vi.buffer.deleteRange(span.from, span.to);
    vi.go(span.from);
  } else {
    for (let row = span.from.row; row <= span.to.row; row++) {
      const { head, tail } = blockCut(vi, row, span);
      vi.buffer.lines[row] = head + tail;
    }
    vi.go({ row: span.from.row, column: blockPart(vi, span.from.row, span).from });
  }
  tellLines(vi, vi.lines.length - before);
}

/** Puts a register before or after the cursor. `behind`: the cursor goes behind it (gp). */
export function putRegister(vi: Vi, name: string | undefined, after: boolean, count: number, behind = false): void {
  const register = vi.register(name ?? '"');
  if (register === undefined) vi.fail(`E353: Nothing in register ${name ?? '"'}`);
  const before = vi.lines.length;
  const { row } = vi.cursor;
  if (register.kind === "lines") {
    const lines = Array.from({ length: count }, () => register.text).flat();
    const at = vi.buffer.empty ? 0 : after ? row + 1 : row;
    if (vi.buffer.empty) vi.buffer.lines.splice(0, 1);
    vi.buffer.insertLines(at, lines);
    vi.buffer.empty = false;
    const to = behind ? Math.min(at + lines.length, vi.lastRow) : at;
    vi.go({ row: to, column: behind ? 0 : firstNonBlank(vi.buffer.line(to)) });
    vi.buffer.marks.set("[", { row: at, column: 0 });
    vi.buffer.marks.set("]", { row: at + lines.length - 1, column: 0 });
    tellLines(vi, vi.lines.length - before);
    return;
  }
  const start = after && vi.line !== "" ? nextAt(vi.line, vi.cursor.column) : vi.cursor.column;
  vi.buffer.empty = false;
  if (register.kind === "block") {
    putBlock(vi, register, start, count);
    return;
  }
  let text = register.text;
  for (let n = 1; n < count; n++)
    text = [...text.slice(0, -1), (text.at(-1) ?? "") + (register.text[0] ?? ""), ...register.text.slice(1)];
  vi.buffer.insertAt({ row, column: start }, text);
  vi.buffer.marks.set("[", { row, column: start });
  if (text.length === 1) {
    const end = start + (text[0] ?? "").length;
    vi.go({ row, column: behind ? end : Math.max(start, end - 1) });
    if (!behind) vi.go({ row, column: Math.min(end, vi.line.length) === 0 ? 0 : lastAt(vi.line.slice(0, end)) });
  } else vi.go(behind ? { row: row + text.length - 1, column: (text.at(-1) ?? "").length } : { row, column: start });
  tellLines(vi, vi.lines.length - before);
}

function putBlock(vi: Vi, register: Register, start: number, count: number): void {
  const column = columnAt(vi.line, start, vi.cells);
  const width = Math.max(...register.text.map((text) => columnAt(text, text.length, vi.cells)));
  for (const [index, text] of register.text.entries()) {
    const row = vi.cursor.row + index;
    if (row > vi.lastRow) vi.buffer.insertLines(row, [""]);
    let line = vi.buffer.line(row);
    const length = columnAt(line, line.length, vi.cells);
    if (length < column) line += " ".repeat(column - length);
    const at = length <= column ? line.length : atColumn(line, column, vi.cells);
    const tail = line.slice(at);
    const padded = text + " ".repeat(width - columnAt(text, text.length, vi.cells));
    const last = tail === "" ? padded.repeat(count - 1) + text : padded.repeat(count);
    vi.buffer.lines[row] = line.slice(0, at) + last + tail;
  }
  vi.go({ row: vi.cursor.row, column: start });
}

/** Indents lines by one step or several; empty ones stay empty. */
export function shiftLines(vi: Vi, from: number, to: number, by: number, tell = true): void {
  const step = vi.options.shiftwidth === 0 ? vi.options.tabstop : vi.options.shiftwidth;
  for (let row = from; row <= to; row++) {
    const line = vi.buffer.line(row);
    if (line === "") continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    const columns = Math.max(
      0,
      columnAt(indent, indent.length, { tabStop: vi.options.tabstop, list: false }) + by * step,
    );
    vi.buffer.lines[row] = blanks(vi, columns) + line.slice(indent.length);
  }
  vi.go({ row: from, column: firstNonBlank(vi.buffer.line(from)) });
  const count = to - from + 1;
  if (tell && count > REPORT)
    vi.say(`${count} lines ${by < 0 ? "<" : ">"}ed ${Math.abs(by)} ${Math.abs(by) === 1 ? "time" : "times"}`);
}

/** An indent of so many columns, in tabs where the options allow. */
export function blanks(vi: Vi, columns: number): string {
  if (vi.options.expandtab) return " ".repeat(columns);
  const { tabstop } = vi.options;
  return "\t".repeat(Math.floor(columns / tabstop)) + " ".repeat(columns % tabstop);
}

/** `how`: gu, gU, g? (rot13), or g~, which turns the case of each letter. */
export function folded(text: string, how: string): string {
  if (how === "gu") return text.toLowerCase();
  if (how === "gU") return text.toUpperCase();
  if (how === "g?")
    return text.replace(/[a-z]/gi, (letter) => {
      const base = letter <= "Z" ? 65 : 97;
      return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
    });
  return Array.from(text, (each) => (each === each.toUpperCase() ? each.toLowerCase() : each.toUpperCase())).join("");
}

/** Does `change` to each piece of a span that lies in one line. */
export function changeText(vi: Vi, span: Span, change: (text: string) => string): void {
  for (let row = span.from.row; row <= span.to.row; row++) {
    const line = vi.buffer.line(row);
    const part =
      span.kind === "block"
        ? blockPart(vi, row, span)
        : {
            from: span.kind === "lines" || row > span.from.row ? 0 : span.from.column,
            to: span.kind === "lines" || row < span.to.row ? line.length : span.to.column,
          };
    vi.buffer.lines[row] = line.slice(0, part.from) + change(line.slice(part.from, part.to)) + line.slice(part.to);
  }
}

/** J: lines as one, with one blank between; gJ: as they are. */
export function joinLines(vi: Vi, row: number, count: number, plain = false): void {
  if (row >= vi.lastRow) vi.fail();
  let column = 0;
  const last = Math.min(vi.lastRow, row + Math.max(2, count) - 1);
  let line = vi.buffer.line(row);
  for (let at = row + 1; at <= last; at++) {
    let next = vi.buffer.line(at);
    let between = "";
    if (!plain) {
      next = next.trimStart();
      // Two blanks behind the end of a sentence.
      if (line !== "" && next !== "" && !next.startsWith(")"))
        between = /[.!?]$/.test(line) ? "  " : /[ \t]$/.test(line) ? (/[.!?] $/.test(line) ? " " : "") : " ";
    }
    column = line.length;
    line += between + next;
  }
  vi.buffer.lines[row] = line;
  vi.buffer.deleteLines(row + 1, last - row);
  vi.go({ row, column: Math.min(column, lastAt(line)) });
}

/** ^A and ^X: the number at or after the cursor. */
export function addToNumber(vi: Vi, by: number): void {
  const line = vi.line;
  for (const match of line.matchAll(/0[xX][0-9a-fA-F]+|0[bB][01]+|-?\d+/g)) {
    const [text] = match;
    if (match.index + text.length <= vi.cursor.column) continue;
    // A dash within a word is no sign.
    const dash = text.startsWith("-") && /\w$/.test(line.slice(0, match.index));
    const digits = dash ? text.slice(1) : text;
    const start = match.index + (dash ? 1 : 0);
    let changed: string;
    const prefix = /^0[xXbB]/.exec(digits)?.[0];
    if (prefix !== undefined) {
      const base = /x/i.test(prefix) ? 16 : 2;
      const value = BigInt.asUintN(64, BigInt(`${prefix.toLowerCase()}${digits.slice(2)}`) + BigInt(by)).toString(base);
      changed = prefix + (/[A-F]/.test(digits.slice(2)) ? value.toUpperCase() : value).padStart(digits.length - 2, "0");
    } else {
      const value = BigInt(digits) + BigInt(by);
      const zeros = /^-?(0*)\d/.exec(digits)?.[1]?.length ?? 0;
      const plain = (value < 0n ? -value : value).toString();
      const width = digits.replace("-", "").length;
      changed = (value < 0n ? "-" : "") + (zeros > 0 && value >= 0n ? plain.padStart(width, "0") : plain);
    }
    vi.line = line.slice(0, start) + changed + line.slice(start + digits.length);
    vi.go({ row: vi.cursor.row, column: start + changed.length - 1 });
    return;
  }
  vi.fail();
}

/** Lines through a command and back. */
export function* filterLines(vi: Vi, from: number, to: number, command: string): Step<void> {
  yield* vi.change({ row: from, column: 0 });
  vi.buffer.countAs(to - from + 1);
  const input = `${vi.lines.slice(from, to + 1).join("\n")}\n`;
  const answer = yield { kind: "shell", command, input, show: false };
  if (typeof answer !== "object") return;
  const lines = answer.output === "" ? [] : answer.output.replace(/\n$/, "").split("\n");
  const before = vi.lines.length;
  vi.buffer.lines.splice(from, to - from + 1, ...lines);
  if (vi.lines.length === 0) vi.buffer.lines.push("");
  const row = Math.min(from, vi.lastRow);
  vi.go({ row, column: firstNonBlank(vi.buffer.line(row)) });
  const count = to - from + 1;
  if (answer.status !== 0) vi.message = { text: `shell returned ${answer.status}`, error: false, kept: true };
  else if (count > REPORT) vi.say(`${count} lines filtered`);
  else tellLines(vi, vi.lines.length - before);
}
