/** diff -y: both files in two columns (side.c of GNU diffutils). */
import { codePointWidth } from "../../tty/width.ts";
import type { Shown, Side } from "./sides.ts";

interface Columns {
  readonly width: number;
  readonly leftColumn: boolean;
  readonly suppressCommon: boolean;
  readonly expandTabs: boolean;
}

const TAB = 8;

export function* sideBySide(shown: Shown, columns: Columns): Generator<string> {
  const { a, b } = shown;
  const unit = columns.expandTabs ? 1 : TAB;
  const offset = Math.trunc((columns.width + unit + 3) / (2 * unit)) * unit;
  const half = Math.max(0, Math.min(offset - 3, columns.width - offset));
  const second = half === 0 ? columns.width : offset;

  /** Blanks from one column to another, tabs where they fit. */
  const gap = (from: number, to: number): string => {
    let out = "";
    let at = from;
    if (!columns.expandTabs)
      for (let stop = at + TAB - (at % TAB); stop <= to; stop += TAB) {
        out += "\t";
        at = stop;
      }
    return out + " ".repeat(Math.max(0, to - at));
  };
  /** As much of a line as its column holds, and where that ends. */
  const column = (text: string): { readonly text: string; readonly width: number } => {
    let out = "";
    let read = 0;
    let written = 0;
    for (const character of text) {
      const width = codePointWidth(character.codePointAt(0) as number);
      if (character === "\t") {
        const spaces = TAB - (read % TAB);
        if (read === written) {
          let stop = written + spaces;
          if (columns.expandTabs) {
            stop = Math.min(stop, half);
            out += " ".repeat(Math.max(0, stop - written));
            written = Math.max(written, stop);
          } else if (stop < half) {
            written = stop;
            out += "\t";
          }
        }
        read += spaces;
        continue;
      }
      read += width;
      if (read <= half) {
        written = read;
        out += character;
      }
    }
    return { text: out, width: written };
  };
  const row = (left: number | undefined, sign: string, right: number | undefined): string => {
    const ended = (side: Side, at: number | undefined) =>
      at !== undefined && (at < side.lines.length - 1 || side.terminated);
    let out = "";
    let at = 0;
    let newline = ended(a, left);
    if (left !== undefined) {
      const shownLeft = column(a.lines[left] as string);
      out += shownLeft.text;
      at = shownLeft.width;
    }
    if (sign !== " ") {
      const middle = (half + second - 1) >> 1;
      out += gap(at, middle);
      out += sign === "|" && newline !== ended(b, right) ? (newline ? "/" : "\\") : sign;
      at = Math.max(at, middle) + 1;
    }
    if (right !== undefined) {
      newline ||= ended(b, right);
      const line = b.lines[right] as string;
      if (line !== "") out += gap(at, second) + column(line).text;
    }
    return newline ? `${out}\n` : out;
  };

  let left = 0;
  let right = 0;
  const common = function* (until: number): Generator<string> {
    for (; left < until; left++, right++) {
      if (columns.suppressCommon) continue;
      yield columns.leftColumn ? row(left, "(", undefined) : row(left, " ", right);
    }
  };
  for (const change of shown.changes) {
    yield* common(change.a[0]);
    if (change.ignored) {
      // Lines that are not to count stand side by side without a sign.
      while (left < change.a[1] && right < change.b[1]) yield row(left++, " ", right++);
      while (left < change.a[1]) yield row(left++, " ", undefined);
      while (right < change.b[1]) yield row(undefined, " ", right++);
      continue;
    }
    while (left < change.a[1] && right < change.b[1]) yield row(left++, "|", right++);
    while (left < change.a[1]) yield row(left++, "<", undefined);
    while (right < change.b[1]) yield row(undefined, ">", right++);
  }
  yield* common(a.lines.length);
}
