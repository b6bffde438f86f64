/** The forms a difference is printed in: normal, unified, context, ed, RCS. */
import { formatDate } from "../../strftime.ts";
import { type Difference, groupsOf, headingAbove, lineOf, type Shown, type Side } from "./sides.ts";

function isoStamp(time: number): string {
  return formatDate(time, "%Y-%m-%d %H:%M:%S.%N %z", "gnu");
}

const headers = (shown: Shown, marks: readonly [string, string], stamp: (time: number) => string): string => {
  const line = (mark: string, side: Side, label: string | undefined) =>
    `${shown.paint("header", `${mark} ${label ?? `${side.path}\t${stamp(side.modified)}`}`)}\n`;
  return line(marks[0], shown.a, shown.labels[0]) + line(marks[1], shown.b, shown.labels[1]);
};

export function* unified(shown: Shown): Generator<string> {
  const { a, b, context } = shown;
  const groups = groupsOf(shown);
  if (groups.length === 0) return;
  yield headers(shown, ["---", "+++"], isoStamp);
  const gap = shown.tabbed ? "\t" : "";
  const mark = (sign: string) => (gap === "" ? sign : sign === " " ? gap : `${sign}${gap}`);
  for (const group of groups) {
    const first = group[0] as Difference;
    const last = group.at(-1) as Difference;
    const before = Math.min(context, first.a[0]);
    const after = Math.min(context, a.lines.length - last.a[1]);
    const range = (from: number, to: number): string => {
      const count = to - from;
      return count === 1 ? `${from + 1}` : `${count === 0 ? from : from + 1},${count}`;
    };
    const heading = headingAbove(shown, first.a[0] - before);
    const title = `@@ -${range(first.a[0] - before, last.a[1] + after)} +${range(first.b[0] - before, last.b[1] + after)} @@`;
    yield `${shown.paint("line", title)}${heading === undefined ? "" : ` ${heading}`}\n`;
    let at = first.a[0] - before;
    for (const change of group) {
      for (; at < change.a[0]; at++) yield lineOf(shown, a, at, mark(" "));
      for (; at < change.a[1]; at++) yield lineOf(shown, a, at, mark("-"), "old");
      for (let added = change.b[0]; added < change.b[1]; added++) yield lineOf(shown, b, added, mark("+"), "new");
    }
    for (; at < last.a[1] + after; at++) yield lineOf(shown, a, at, mark(" "));
  }
}

export function* contextual(shown: Shown): Generator<string> {
  const { a, b, context } = shown;
  const groups = groupsOf(shown);
  if (groups.length === 0) return;
  const stamp = (time: number) => (shown.plainDates ? formatDate(time, "%a %b %e %T %Y") : isoStamp(time));
  yield headers(shown, ["***", "---"], stamp);
  const gap = shown.tabbed ? "\t" : " ";
  const range = (from: number, to: number) => (to - from <= 1 ? `${to}` : `${from + 1},${to}`);
  for (const group of groups) {
    const first = group[0] as Difference;
    const last = group.at(-1) as Difference;
    const before = Math.min(context, first.a[0]);
    const after = Math.min(context, a.lines.length - last.a[1]);
    const heading = headingAbove(shown, first.a[0] - before);
    yield `***************${heading === undefined ? "" : ` ${heading}`}\n`;
    const part = function* (side: Side, which: "a" | "b", sign: string): Generator<string> {
      const [from, to] = [first[which][0] - before, last[which][1] + after];
      const bars = which === "a" ? "***" : "---";
      yield `${shown.paint("line", `${bars} ${range(from, to)} ${bars}${which === "a" ? "*" : "-"}`)}\n`;
      if (!group.some((change) => change[which][1] > change[which][0])) return;
      let at = from;
      for (const change of group) {
        for (; at < change[which][0]; at++) yield lineOf(shown, side, at, ` ${gap}`);
        const other = which === "a" ? change.b : change.a;
        const both = other[1] > other[0];
        for (; at < change[which][1]; at++)
          yield lineOf(shown, side, at, `${both ? "!" : sign}${gap}`, which === "a" ? "old" : "new");
      }
      for (; at < to; at++) yield lineOf(shown, side, at, ` ${gap}`);
    };
    yield* part(a, "a", "-");
    yield* part(b, "b", "+");
  }
}

const lines = ([from, to]: readonly [number, number]): string => (to - from <= 1 ? String(to) : `${from + 1},${to}`);

export function* normal(shown: Shown): Generator<string> {
  const { a, b } = shown;
  const gap = shown.tabbed ? "\t" : " ";
  for (const change of shown.changes) {
    if (change.ignored) continue;
    const letter = change.a[0] === change.a[1] ? "a" : change.b[0] === change.b[1] ? "d" : "c";
    yield `${shown.paint("line", `${letter === "a" ? change.a[0] : lines(change.a)}${letter}${letter === "d" ? change.b[0] : lines(change.b)}`)}\n`;
    for (let at = change.a[0]; at < change.a[1]; at++) yield lineOf(shown, a, at, `<${gap}`, "old");
    if (letter === "c") yield "---\n";
    for (let at = change.b[0]; at < change.b[1]; at++) yield lineOf(shown, b, at, `>${gap}`, "new");
  }
}

/** Commands for ed, from the end to the beginning so that line numbers stay true. */
export function* edScript(shown: Shown): Generator<string> {
  for (const change of [...shown.changes].reverse()) {
    if (change.ignored) continue;
    const letter = change.a[0] === change.a[1] ? "a" : change.b[0] === change.b[1] ? "d" : "c";
    yield `${letter === "a" ? change.a[0] : lines(change.a)}${letter}\n`;
    if (letter === "d") continue;
    let open = true;
    for (let at = change.b[0]; at < change.b[1]; at++) {
      if (!open) yield "a\n";
      open = true;
      const line = shown.b.lines[at] as string;
      // A dot alone would end the text: it is written with another before it, which is taken away again.
      if (line === ".") {
        yield "..\n.\ns/.//\n";
        open = false;
      } else yield `${line}\n`;
    }
    if (open) yield ".\n";
  }
}

export function* rcsScript(shown: Shown): Generator<string> {
  for (const change of shown.changes) {
    if (change.ignored) continue;
    if (change.a[1] > change.a[0]) yield `d${change.a[0] + 1} ${change.a[1] - change.a[0]}\n`;
    if (change.b[1] === change.b[0]) continue;
    yield `a${change.a[1]} ${change.b[1] - change.b[0]}\n`;
    for (let at = change.b[0]; at < change.b[1]; at++)
      yield at === shown.b.lines.length - 1 && !shown.b.terminated
        ? (shown.b.lines[at] as string)
        : `${shown.b.lines[at]}\n`;
  }
}
