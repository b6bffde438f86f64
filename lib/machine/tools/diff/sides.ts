/** What diff compares: two texts in lines, and the runs of lines that differ. */
import type { Change } from "../support/line-diff.ts";

export interface Side {
  readonly path: string;
  /** Without their newlines. */
  readonly lines: readonly string[];
  /** The last line ends with a newline. */
  readonly terminated: boolean;
  /** Milliseconds. */
  readonly modified: number;
  readonly text: string;
}

/** A change, and whether it is of a kind that is not to count by itself (-B, -I). */
export interface Difference extends Change {
  readonly ignored: boolean;
}

export interface Shown {
  readonly a: Side;
  readonly b: Side;
  readonly changes: readonly Difference[];
  readonly context: number;
  readonly labels: readonly string[];
  /** A tab instead of a blank after the mark (-T). */
  readonly tabbed: boolean;
  /** The heading of a hunk: the last line above that fits (-p, -F). */
  readonly heading: ((line: string) => boolean) | undefined;
  readonly paint: (what: "header" | "line" | "old" | "new", text: string) => string;
  /** A line's text as it is printed (-t). */
  readonly expand: (text: string) => string;
  /** Dates as the locale "C" has them in context diffs. */
  readonly plainDates: boolean;
}

/** A line behind its mark, and what is to be said of one without a newline. */
export function lineOf(shown: Shown, side: Side, at: number, mark: string, color?: "old" | "new"): string {
  const missing = at === side.lines.length - 1 && !side.terminated;
  const text = `${mark}${shown.expand(side.lines[at] as string)}`;
  return `${color === undefined ? text : shown.paint(color, text)}\n${missing ? "\\ No newline at end of file\n" : ""}`;
}

/** Changes that are shown together, with the lines around them. */
export function groupsOf(shown: Shown): Difference[][] {
  const groups: Difference[][] = [];
  for (const change of shown.changes) {
    const last = groups.at(-1);
    const before = last?.at(-1);
    const room = change.ignored ? shown.context : 2 * shown.context + 1;
    if (last !== undefined && before !== undefined && change.a[0] - before.a[1] < room) last.push(change);
    else groups.push([change]);
  }
  return groups.filter((group) => group.some((change) => !change.ignored));
}

/** The heading of a hunk that begins at a line. */
export function headingAbove(shown: Shown, start: number): string | undefined {
  const { heading } = shown;
  if (heading === undefined) return undefined;
  for (let at = start - 1; at >= 0; at--) {
    const line = shown.a.lines[at] as string;
    if (heading(line)) return line.trimStart().slice(0, 40).trimEnd();
  }
  return undefined;
}
