/** Slides runs of changed lines to where people would draw them (xdiff/xdiffi.c, xdl_change_compact). */

/** Marks have an offset of one, so that both ends are unmarked. */
class Group {
  start = 0;
  end = 0;
  readonly #marks: Uint8Array;
  readonly #count: number;

  constructor(marks: Uint8Array) {
    this.#marks = marks;
    this.#count = marks.length - 2;
    while (marks[this.end + 1]) this.end++;
  }
  next(): boolean {
    if (this.end === this.#count) return false;
    this.start = this.end + 1;
    this.end = this.start;
    while (this.#marks[this.end + 1]) this.end++;
    return true;
  }
  previous(): void {
    if (this.start === 0) return;
    this.end = this.start - 1;
    this.start = this.end;
    while (this.#marks[this.start]) this.start--;
  }
  slideDown(ids: Int32Array): boolean {
    if (this.end >= this.#count || ids[this.start] !== ids[this.end]) return false;
    this.#marks[++this.start] = 0;
    this.#marks[++this.end] = 1;
    while (this.#marks[this.end + 1]) this.end++;
    return true;
  }
  slideUp(ids: Int32Array): boolean {
    if (this.start === 0 || ids[this.start - 1] !== ids[this.end - 1]) return false;
    this.#marks[this.start--] = 1;
    this.#marks[this.end--] = 0;
    while (this.#marks[this.start]) this.start--;
    return true;
  }
}

const MAX_SLIDING = 100;

/** `lines`: where indentation decides; undefined: runs of changes stand as low as they can. */
export function compact(
  marks: Uint8Array,
  ids: Int32Array,
  lines: readonly string[] | undefined,
  others: Uint8Array,
): void {
  const group = new Group(marks);
  const other = new Group(others);
  for (;;) {
    if (group.end !== group.start) place(group, other, ids, lines);
    if (!group.next()) break;
    other.next();
  }
}

function place(group: Group, other: Group, ids: Int32Array, lines: readonly string[] | undefined): void {
  let size: number;
  let earliest: number;
  let matching: number;
  do {
    size = group.end - group.start;
    matching = -1;
    while (group.slideUp(ids)) other.previous();
    earliest = group.end;
    if (other.end > other.start) matching = group.end;
    while (group.slideDown(ids)) {
      other.next();
      if (other.end > other.start) matching = group.end;
    }
  } while (size !== group.end - group.start);
  if (group.end === earliest) return;
  if (matching !== -1) {
    while (other.end === other.start) {
      group.slideUp(ids);
      other.previous();
    }
    return;
  }
  if (lines === undefined) return;
  let best: Score | undefined;
  let bestEnd = group.end;
  for (let end = Math.max(earliest, group.end - size - 1, group.end - MAX_SLIDING); end <= group.end; end++) {
    const score: Score = { indent: 0, penalty: 0 };
    addSplit(lines, end, score);
    addSplit(lines, end - size, score);
    if (best === undefined || compareScores(score, best) <= 0) {
      best = score;
      bestEnd = end;
    }
  }
  while (group.end > bestEnd) {
    group.slideUp(ids);
    other.previous();
  }
}

interface Score {
  indent: number;
  penalty: number;
}

const INDENT_WEIGHT = 60;

function compareScores(a: Score, b: Score): number {
  return INDENT_WEIGHT * Math.sign(a.indent - b.indent) + a.penalty - b.penalty;
}

const MAX_INDENT = 200;
const MAX_BLANKS = 20;

/** Columns of white space before the text; -1 where there is no text. */
function indentOf(line: string): number {
  let columns = 0;
  for (const character of line) {
    if (!/\s/.test(character)) return columns;
    if (character === " ") columns++;
    else if (character === "\t") columns += 8 - (columns % 8);
    if (columns >= MAX_INDENT) return MAX_INDENT;
  }
  return -1;
}

/** The first line with text in a direction: how many blank ones lie between, and its indentation. */
function nearest(lines: readonly string[], from: number, step: number): { blanks: number; indent: number } {
  let blanks = 0;
  for (let at = from; at >= 0 && at < lines.length; at += step) {
    const indent = indentOf(lines[at] as string);
    if (indent !== -1) return { blanks, indent };
    if (++blanks === MAX_BLANKS) return { blanks, indent: 0 };
  }
  return { blanks, indent: -1 };
}

/** What speaks against a border above line `at`. The weights are upstream's. */
function addSplit(lines: readonly string[], at: number, score: Score): void {
  const atEnd = at >= lines.length;
  const own = atEnd ? -1 : indentOf(lines[at] as string);
  const before = nearest(lines, at - 1, -1);
  const after = nearest(lines, at + 1, 1);
  if (before.indent === -1 && before.blanks === 0) score.penalty += 1;
  if (atEnd) score.penalty += 21;
  const following = own === -1 ? 1 + after.blanks : 0;
  const blanks = before.blanks + following;
  score.penalty += -30 * blanks + 6 * following;
  const indent = own !== -1 ? own : after.indent;
  score.indent += indent;
  if (indent === -1 || before.indent === -1 || indent === before.indent) return;
  const any = blanks !== 0;
  if (indent > before.indent) score.penalty += any ? 10 : -4;
  else if (after.indent !== -1 && after.indent > indent) score.penalty += any ? 17 : 24;
  else score.penalty += any ? 17 : 23;
}
