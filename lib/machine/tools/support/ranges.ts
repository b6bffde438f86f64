/** Lists of ranges as cut(1) and numfmt(1) take them: "1,3-5,7-" (coreutils set-fields.c). */
import { UsageError } from "./options.ts";

export type Range = readonly [from: number, to: number];

/** Sorted and joined; `fields`: the words speak of fields, else of positions. `quote` writes a value into a message. */
export function parseRanges(text: string, fields: boolean, quote: (text: string) => string): Range[] {
  const ranges: [number, number][] = [];
  const zero = () =>
    new UsageError(fields ? "fields are numbered from 1" : "byte/character positions are numbered from 1");
  for (const part of text.split(/[, \t]/)) {
    let [before, after]: (string | undefined)[] = ["", undefined];
    for (const [at, character] of [...part].entries()) {
      if (character === "-") {
        if (after !== undefined)
          throw new UsageError(fields ? "invalid field range" : "invalid byte or character range");
        if (before !== "" && Number(before) === 0) throw zero();
        after = "";
      } else if (/\d/.test(character)) {
        if (after === undefined) before += character;
        else after += character;
        const digits = after ?? before ?? "";
        if (BigInt(digits) >= (1n << 64n) - 1n)
          throw new UsageError(
            `${fields ? "field number" : "byte/character offset"} ${quote(/^\d+/.exec(part.slice(at + 1 - digits.length))?.[0] ?? digits)} is too large`,
          );
      } else {
        const rest = text.slice(text.indexOf(part) + at);
        throw new UsageError(`invalid ${fields ? "field value" : "byte/character position"} ${quote(rest)}`);
      }
    }
    if (after === undefined) {
      if (Number(before) === 0) throw zero();
      ranges.push([Number(before), Number(before)]);
      continue;
    }
    if (before === "" && after === "") throw new UsageError("invalid range with no endpoint: -");
    const low = before === "" ? 1 : Number(before);
    const high = after === "" ? Number.POSITIVE_INFINITY : Number(after);
    if (high < low) throw new UsageError("invalid decreasing range");
    ranges.push([low, high]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    // Neighbours stay apart: an output delimiter stands between them.
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** What the ranges leave out. */
export function complementOf(ranges: readonly Range[]): Range[] {
  const out: Range[] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) out.push([next, from - 1]);
    next = to + 1;
  }
  if (next !== Number.POSITIVE_INFINITY) out.push([next, Number.POSITIVE_INFINITY]);
  return out;
}
