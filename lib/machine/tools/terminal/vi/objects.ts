/** Text objects: iw, aw, i", a(, ip, it and their like (textobject.c). */
import { closingBracket, enclosingBracket, sentence } from "./motions.ts";
import { classAt, nextAt, type Place, previousAt } from "./text.ts";

/** `to` is not part of it. */
interface Range {
  readonly from: Place;
  readonly to: Place;
  readonly linewise: boolean;
}

type Lines = readonly string[];

const BRACKETS: Readonly<Record<string, string>> = {
  "(": "()",
  ")": "()",
  b: "()",
  "[": "[]",
  "]": "[]",
  "{": "{}",
  "}": "{}",
  B: "{}",
  "<": "<>",
  ">": "<>",
};

/** Undefined where there is none here; "unknown" where no such object exists. */
export function textObject(
  lines: Lines,
  at: Place,
  inner: boolean,
  key: string,
  count: number,
): Range | undefined | "unknown" {
  const line = lines[at.row] ?? "";
  if (key === "w" || key === "W") return word(line, at, inner, key === "W", count);
  if (key === '"' || key === "'" || key === "`") return quotes(line, at, inner, key);
  const pair = BRACKETS[key];
  if (pair !== undefined) return brackets(lines, at, inner, pair, count);
  if (key === "p") return paragraphs(lines, at, inner, count);
  if (key === "s") return sentences(lines, at, inner);
  if (key === "t") return tag(lines, at, inner);
  return "unknown";
}

function word(line: string, { row, column }: Place, inner: boolean, big: boolean, count: number): Range | undefined {
  const kind = (index: number) => classAt(line, index, big);
  let start = column;
  const first = kind(column);
  while (start > 0 && kind(previousAt(line, start)) === first) start = previousAt(line, start);
  let end = column;
  const run = () => {
    const current = kind(end);
    while (end < line.length && kind(end) === current) end = nextAt(line, end);
  };
  if (line !== "") run();
  for (let more = 1; more < count; more++) {
    if (inner) run();
    else {
      run();
      run();
    }
  }
  if (!inner) {
    if (first === 0) run();
    else if (end < line.length && kind(end) === 0) run();
    // No blanks behind: those before belong to it.
    else while (start > 0 && kind(previousAt(line, start)) === 0) start = previousAt(line, start);
  }
  return { from: { row, column: start }, to: { row, column: end }, linewise: false };
}

function quotes(line: string, { row, column }: Place, inner: boolean, quote: string): Range | undefined {
  const places: number[] = [];
  for (let index = 0; index < line.length; index++) {
    if (line.charAt(index) === "\\") index++;
    else if (line.charAt(index) === quote) places.push(index);
  }
  for (let index = 0; index + 1 < places.length; index += 2) {
    const open = places[index] as number;
    const close = places[index + 1] as number;
    if (close < column) continue;
    if (inner) return { from: { row, column: open + 1 }, to: { row, column: close }, linewise: false };
    let [start, end] = [open, close + 1];
    const behind = /^[ \t]*/.exec(line.slice(end))?.[0].length ?? 0;
    if (behind > 0) end += behind;
    else start -= /[ \t]*$/.exec(line.slice(0, start))?.[0].length ?? 0;
    return { from: { row, column: start }, to: { row, column: end }, linewise: false };
  }
  return undefined;
}

function brackets(lines: Lines, at: Place, inner: boolean, pair: string, count: number): Range | undefined {
  const [open, close] = [pair.charAt(0), pair.charAt(1)];
  const character = (lines[at.row] ?? "").charAt(at.column);
  let start =
    character === open && count === 1
      ? at
      : enclosingBracket(lines, at, open, close, character === open ? count - 1 : count);
  if (start === undefined) {
    // Not within a pair: the next one on the line.
    const next = (lines[at.row] ?? "").indexOf(open, at.column);
    if (next === -1) return undefined;
    start = { row: at.row, column: next };
  }
  const end = closingBracket(lines, start, open, close);
  if (end === undefined) return undefined;
  if (!inner) return { from: start, to: { row: end.row, column: end.column + 1 }, linewise: false };
  let from: Place = { row: start.row, column: start.column + 1 };
  let to: Place = end;
  // Brackets at the end of one line and alone on another hold whole lines.
  if (from.column >= (lines[from.row] ?? "").length && end.row > start.row) {
    from = { row: from.row + 1, column: 0 };
    if ((lines[end.row] ?? "").slice(0, end.column).trim() === "") {
      if (end.row - 1 < from.row) return { from: end, to: end, linewise: false };
      to = { row: end.row - 1, column: (lines[end.row - 1] ?? "").length };
      return { from, to, linewise: true };
    }
  }
  return { from, to, linewise: false };
}

function paragraphs(lines: Lines, at: Place, inner: boolean, count: number): Range | undefined {
  const blank = (row: number) => (lines[row] ?? "").trim() === "";
  let from = at.row;
  const first = blank(from);
  while (from > 0 && blank(from - 1) === first) from--;
  let to = at.row;
  const run = () => {
    const kind = blank(to);
    while (to + 1 < lines.length && blank(to + 1) === kind) to++;
  };
  run();
  for (let more = 1; more < count && to + 1 < lines.length; more++) {
    to++;
    run();
  }
  if (!inner) {
    if (to + 1 < lines.length) {
      to++;
      run();
    } else if (!first) while (from > 0 && blank(from - 1)) from--;
    else return undefined;
  }
  return { from: { row: from, column: 0 }, to: { row: to, column: (lines[to] ?? "").length }, linewise: true };
}

function sentences(lines: Lines, at: Place, inner: boolean): Range | undefined {
  const line = lines[at.row] ?? "";
  const here = { row: at.row, column: at.column + 1 };
  const from = sentence(lines, here, -1) ?? { row: at.row, column: 0 };
  const next = sentence(lines, at, 1);
  let to =
    next !== undefined && next.row === at.row && next.column > at.column ? next : { row: at.row, column: line.length };
  if (
    next !== undefined &&
    next.row === at.row &&
    to.column === next.column &&
    next.column === previousAt(line, line.length)
  )
    to = { row: at.row, column: line.length };
  let start = from.row === at.row ? from : { row: at.row, column: 0 };
  const blanks = /[ \t]*$/.exec(line.slice(start.column, to.column))?.[0].length ?? 0;
  if (inner) to = { row: to.row, column: to.column - blanks };
  // None behind: those before go with it.
  else if (blanks === 0)
    start = { row: start.row, column: start.column - (/[ \t]*$/.exec(line.slice(0, start.column))?.[0].length ?? 0) };
  return { from: start, to, linewise: false };
}

/** `it`, `at`: the pair of tags around the place. */
function tag(lines: Lines, at: Place, inner: boolean): Range | undefined {
  const low = Math.max(0, at.row - 500);
  const text = lines.slice(low, at.row + 500).join("\n");
  let here = at.column;
  for (let row = low; row < at.row; row++) here += (lines[row] ?? "").length + 1;
  const open: { readonly name: string; readonly start: number; readonly end: number }[] = [];
  let best:
    | { readonly start: number; readonly inside: number; readonly last: number; readonly end: number }
    | undefined;
  for (const match of text.matchAll(/<(\/?)([A-Za-z][\w.:-]*)[^<>]*?(\/?)>/g)) {
    const [whole, closing, name, alone] = match as unknown as [string, string, string, string];
    if (alone === "/") continue;
    if (closing === "") {
      open.push({ name, start: match.index, end: match.index + whole.length });
      continue;
    }
    const index = open.findLastIndex((each) => each.name === name);
    if (index === -1) continue;
    const [found] = open.splice(index);
    const end = match.index + whole.length;
    if (found !== undefined && found.start <= here && here < end && (best === undefined || found.start > best.start))
      best = { start: found.start, inside: found.end, last: match.index, end };
  }
  if (best === undefined) return undefined;
  const place = (offset: number): Place => {
    const before = text.slice(0, offset).split("\n");
    return { row: low + before.length - 1, column: (before.at(-1) ?? "").length };
  };
  return inner
    ? { from: place(best.inside), to: place(best.last), linewise: false }
    : { from: place(best.start), to: place(best.end), linewise: false };
}
