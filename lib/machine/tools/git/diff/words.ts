/** Patches word by word: --word-diff and --color-words (diff.c, diff_words_show). */

import { compareLines } from "../../support/line-diff.ts";
import { compilePattern } from "../../support/regex.ts";
import type { Colors } from "../colors.ts";
import { fatal } from "../failure.ts";
import type { Spend } from "../zlib.ts";

export interface WordDiff {
  readonly kind: "plain" | "porcelain" | "color";
  /** What a word is; undefined: what stands between white space. */
  readonly pattern: string | undefined;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const MARKS = {
  plain: { old: ["[-", "-]"], new: ["{+", "+}"], same: ["", ""], newline: "\n" },
  color: { old: ["", ""], new: ["", ""], same: ["", ""], newline: "\n" },
  porcelain: { old: ["-", "\n"], new: ["+", "\n"], same: [" ", "\n"], newline: "~\n" },
} as const;

function wordsOf(text: string, pattern: string | undefined): Word[] {
  const out: Word[] = [];
  if (pattern === undefined) {
    for (const found of text.matchAll(/[^ \t\n\r\f\v]+/g))
      out.push({ text: found[0], start: found.index, end: found.index + found[0].length });
    return out;
  }
  const compiled = compilePattern(pattern, { syntax: "extended", ignoreCase: false, multiline: true });
  for (let at = 0; at < text.length; ) {
    const found = compiled.find(text, at);
    if (found === undefined) break;
    if (found.end === found.start) {
      at = found.end + 1;
      continue;
    }
    // A word ends with its line.
    const newline = text.indexOf("\n", found.start);
    const end = newline !== -1 && newline < found.end ? newline : found.end;
    if (end > found.start) out.push({ text: text.slice(found.start, end), start: found.start, end });
    at = Math.max(end, found.start + 1);
  }
  return out;
}

/** Removed and added lines of one place as one run of words. */
export async function changedWords(
  before: string,
  after: string,
  how: WordDiff,
  colors: Colors,
  spend: Spend,
): Promise<string> {
  const marks = MARKS[how.kind];
  let out = "";
  const piece = (text: string, side: "old" | "new" | "same") => {
    const [open, close] = marks[side];
    for (const [index, line] of text.split("\n").entries()) {
      if (index > 0) out += marks.newline;
      if (line === "") continue;
      const whole = open + line + close;
      if (side === "same" || !colors.on) out += whole;
      else
        out += whole.endsWith("\n")
          ? `${colors.paint(`diff.${side}`, whole.slice(0, -1))}\n`
          : colors.paint(`diff.${side}`, whole);
    }
  };
  if (after === "") {
    piece(before, "old");
    return out;
  }
  const one = wordsOf(before, how.pattern);
  const two = wordsOf(after, how.pattern);
  if (one.length + two.length > 200_000) throw fatal("these lines have too many words to be compared here");
  const changes = await compareLines(
    one.map((word) => `${word.text}\n`),
    two.map((word) => `${word.text}\n`),
    spend,
  );
  let shown = 0;
  const span = (words: readonly Word[], [from, to]: readonly [number, number]): readonly [number, number] => {
    if (from < to) return [(words[from] as Word).start, (words[to - 1] as Word).end];
    const end = words[from - 1]?.end ?? 0;
    return [end, end];
  };
  for (const change of changes) {
    const [oldStart, oldEnd] = span(one, change.a);
    const [newStart, newEnd] = span(two, change.b);
    if (shown !== newStart) piece(after.slice(shown, newStart), "same");
    if (oldStart !== oldEnd) piece(before.slice(oldStart, oldEnd), "old");
    if (newStart !== newEnd) piece(after.slice(newStart, newEnd), "new");
    shown = newEnd;
  }
  if (shown !== after.length) piece(after.slice(shown), "same");
  return out;
}

/** A line that is on both sides. */
export function sameLine(line: string, how: WordDiff, colors: Colors): string {
  const text = line.endsWith("\n") ? line.slice(0, -1) : line;
  const end = colors.on ? colors.reset : "";
  return how.kind === "porcelain" ? ` ${text}${end}\n~\n` : `${text}${end}\n`;
}
