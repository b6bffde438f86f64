/** A line as rows of the screen. */
import { codePointWidth } from "../../tty/width.ts";

export const REVERSE = "\x1b[7m";
export const PLAIN = "\x1b[27m";
/** Characters between two payments. */
const PAID = 4096;
/** What is shown as it is, a cell for a character. */
const ORDINARY = /[ -~]{1,512}/y;

/** Where something is found in a line. */
export interface Hit {
  readonly start: number;
  readonly end: number;
}

interface Layout {
  /** What stands before every row: the line's number, or nothing. */
  readonly gutter: string;
  /** Cells for text behind it. */
  readonly width: number;
  /** Long lines are cut rather than folded, and begin at the column `left`. */
  readonly chop: boolean;
  readonly left: number;
  /** Colours are shown rather than their escapes. */
  readonly raw: boolean;
}

/** The rows, with `hits` standing out in them. */
export async function foldLine(
  line: string,
  hits: readonly Hit[],
  layout: Layout,
  spend: (units: number) => Promise<void> | void,
): Promise<string[]> {
  const { width } = layout;
  let hit = 0;
  let paidAt = 0;
  const rows: string[] = [];
  let out = layout.gutter;
  let column = 0;
  let on = false;
  let style = "";
  const turn = (marked: boolean) => {
    if (marked !== on) out += marked ? REVERSE : PLAIN;
    on = marked;
  };
  let skipped = 0;
  let cut = false;
  for (let at = 0; at < line.length; ) {
    if (at - paidAt >= PAID) {
      paidAt = at;
      const paid = spend(PAID >> 5);
      if (paid !== undefined) await paid;
    }
    while (hit < hits.length && (hits[hit]?.end ?? 0) <= at) hit++;
    const next = hits[hit];
    const within = next !== undefined && at >= next.start;
    ORDINARY.lastIndex = at;
    if (column < width && !(layout.chop && skipped < layout.left) && ORDINARY.test(line)) {
      const most = within ? next.end : (next?.start ?? line.length);
      const run = line.slice(at, Math.min(ORDINARY.lastIndex, most, at + width - column));
      turn(within);
      out += run;
      column += run.length;
      at += run.length;
      continue;
    }
    const sequence = layout.raw ? /^\x1b\[[\d;:]*m/.exec(line.slice(at, at + 40))?.[0] : undefined;
    if (sequence !== undefined) {
      out += sequence;
      style = /\[0?m/.test(sequence) ? "" : style + sequence;
      at += sequence.length;
      continue;
    }
    const char = String.fromCodePoint(line.codePointAt(at) as number);
    const code = char.codePointAt(0) as number;
    const control =
      code === 27
        ? "ESC"
        : (code < 32 && code !== 9) || code === 127
          ? `^${String.fromCharCode(code ^ 64)}`
          : undefined;
    const shown = control ?? (code === 9 ? " ".repeat(8 - ((column + skipped) % 8)) : char);
    const cells = control !== undefined || code === 9 ? shown.length : codePointWidth(code);
    const marked = control !== undefined || within;
    at += char.length;
    if (layout.chop && skipped < layout.left) {
      skipped += cells;
      continue;
    }
    for (const each of control !== undefined || code === 9 ? Array.from(shown) : [char]) {
      const wide = control !== undefined || code === 9 ? 1 : cells;
      if (column + wide > width) {
        if (layout.chop) {
          cut = true;
          break;
        }
        turn(false);
        rows.push(style === "" ? out : `${out}\x1b[m`);
        out = layout.gutter + style;
        column = 0;
      }
      turn(marked);
      out += each;
      column += wide;
    }
    if (cut) break;
  }
  turn(false);
  if (cut) {
    // The last column says that there is more.
    const kept = out.replace(/\x1b\[[\d;]*m/g, "");
    out = `${kept.slice(0, layout.gutter.length + width - 1)}${REVERSE}>${PLAIN}`;
  }
  rows.push(style === "" ? out : `${out}\x1b[m`);
  return rows;
}
