/** Lists of ranges as cut(1) takes them: "1,3-5,7-". */
import { UsageError } from "./options.ts";

export type Range = readonly [from: number, to: number];

/** Sorted and joined. `what` is "fields" or "byte/character positions". */
export function parseRanges(text: string, what: string): Range[] {
  const ranges: [number, number][] = [];
  for (const part of text.split(/[, ]/)) {
    const [, from, dash, to] = /^(\d*)(-?)(\d*)$/.exec(part) ?? [];
    if (from === undefined || (from === "" && to === "")) {
      throw new UsageError(
        part === "-"
          ? "invalid range with no endpoint: -"
          : `invalid ${what === "fields" ? "field" : "byte/character"} value '${part}'`,
      );
    }
    const low = from === "" ? 1 : Number(from);
    const high = dash === "" ? low : to === "" ? Number.POSITIVE_INFINITY : Number(to);
    if (low === 0) throw new UsageError(`${what} are numbered from 1`);
    if (high < low) throw new UsageError("invalid decreasing range");
    ranges.push([low, high]);
  }
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
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
