/** A file against two versions at once (combine-diff.c): conflicts in the work tree, and merges. */
import { decodeBytes } from "../../../bytes.ts";
import { compareLines } from "../../support/line-diff.ts";
import type { Git } from "../context.ts";
import { modeText } from "../objects.ts";
import { quotePath } from "../quote.ts";
import { lstat } from "../worktree.ts";
import type { DiffOptions } from "./options.ts";
import { readWorkFile } from "./pairs.ts";
import { splitLines } from "./patch.ts";

interface ResultLine {
  readonly text: string;
  /** Parents that do not have the line, as bits. */
  added: number;
  /** Lines that parents have here and the result has not, above this line. */
  lost: { readonly text: string; parents: number }[];
}

/** Lines lost from one more parent among those lost already: common ones once, the new ones after the others. */
function joinLost(present: ResultLine["lost"], more: readonly string[], bit: number): ResultLine["lost"] {
  const rows = present.length;
  const width = more.length + 1;
  const common = new Int32Array((rows + 1) * width);
  const count = (row: number, column: number) => common[row * width + column] as number;
  for (let row = rows - 1; row >= 0; row--) {
    for (let column = more.length - 1; column >= 0; column--) {
      common[row * width + column] =
        (present[row] as { text: string }).text === more[column]
          ? count(row + 1, column + 1) + 1
          : Math.max(count(row + 1, column), count(row, column + 1));
    }
  }
  const out: ResultLine["lost"] = [];
  let row = 0;
  let column = 0;
  while (row < rows || column < more.length) {
    const line = present[row];
    if (line !== undefined && column < more.length && line.text === more[column]) {
      out.push({ text: line.text, parents: line.parents | bit });
      row++;
      column++;
    } else if (line !== undefined && (column >= more.length || count(row + 1, column) >= count(row, column + 1))) {
      out.push(line);
      row++;
    } else out.push({ text: more[column++] as string, parents: bit });
  }
  return out;
}

/** The work tree's file with both sides of a conflict. */
export async function combinedDiff(git: Git, path: string, options: DiffOptions): Promise<string> {
  const { repository } = git;
  const stages = [2, 3].map((stage) => repository.index.get(path, stage));
  const [ours, theirs] = stages;
  const name = quotePath(path, git.quotesAll);
  if (ours === undefined || theirs === undefined || lstat(repository, path) === undefined)
    return `* Unmerged path ${name}\n`;
  const parents = [
    decodeBytes(await repository.objects.blob(ours.oid)),
    decodeBytes(await repository.objects.blob(theirs.oid)),
  ];
  const result = decodeBytes(readWorkFile(repository, path));
  return combinedText(git, {
    path,
    oids: [ours.oid, theirs.oid, "0".repeat(40)],
    modes: [ours.mode, theirs.mode],
    mode: ours.mode,
    parents,
    result,
    options,
  });
}

interface Combined {
  readonly path: string;
  /** Those of the parents, then the result's. */
  readonly oids: readonly string[];
  readonly modes: readonly number[];
  readonly mode: number;
  readonly parents: readonly string[];
  readonly result: string;
  readonly options: DiffOptions;
  /** Hunks that are as in one of the parents are left out. */
  readonly dense?: boolean;
}

export async function combinedText(git: Git, combined: Combined): Promise<string> {
  const { options } = combined;
  const { colors } = options;
  const lines: ResultLine[] = splitLines(combined.result).map((text) => ({ text, added: 0, lost: [] }));
  const end: ResultLine = { text: "", added: 0, lost: [] };
  const at = (index: number) => lines[index] ?? end;
  const count = combined.parents.length;
  for (const [parent, text] of combined.parents.entries()) {
    const old = splitLines(text);
    const bit = 1 << parent;
    for (const change of await compareLines(
      old,
      lines.map((line) => line.text),
      (units) => git.spend(units),
    )) {
      for (let line = change.b[0]; line < change.b[1]; line++) at(line).added |= bit;
      const target = at(change.b[0]);
      target.lost = joinLost(target.lost, old.slice(...change.a), bit);
    }
  }
  const every = (1 << count) - 1;
  // A line is of interest where no parent's version was simply taken.
  const interesting: boolean[] = [];
  for (let line = 0; line <= lines.length; line++) interesting.push(false);
  for (let line = 0; line <= lines.length; ) {
    if (at(line).added === 0 && at(line).lost.length === 0) {
      line++;
      continue;
    }
    let stop = line;
    let same = -1;
    let mixed = false;
    for (; stop <= lines.length; stop++) {
      const each = at(stop);
      const masks = [...each.lost.map((lost) => lost.parents), ...(each.added ? [each.added] : [])];
      if (masks.length === 0) break;
      for (const mask of masks) {
        if (same === -1) same = mask;
        else if (same !== mask) mixed = true;
      }
      if (stop >= lines.length || each.added === 0) {
        stop++;
        break;
      }
    }
    if (mixed || same === every || same === -1 || combined.dense === false)
      for (let mark = line; mark < stop; mark++) interesting[mark] = true;
    line = Math.max(stop, line + 1);
  }
  if (!interesting.includes(true)) return "";
  const meta = (text: string) => `${colors.paint("diff.meta", text)}\n`;
  const path = quotePath(combined.path, git.quotesAll);
  const short = (oid: string) =>
    options.fullIndex
      ? oid
      : /^0+$/.test(oid)
        ? oid.slice(0, 7)
        : git.repository.objects.abbreviate(oid, options.abbreviation);
  let out = meta(`diff --${combined.dense === false ? "combined" : "cc"} ${path}`);
  out += meta(`index ${combined.oids.slice(0, count).map(short).join(",")}..${short(combined.oids[count] as string)}`);
  if (combined.modes.some((mode) => mode !== combined.mode))
    out += meta(`mode ${combined.modes.map(modeText).join(",")}..${modeText(combined.mode)}`);
  out +=
    meta(`--- ${quotePath(`${options.prefixes[0]}${combined.path}`, git.quotesAll)}`) +
    meta(`+++ ${quotePath(`${options.prefixes[1]}${combined.path}`, git.quotesAll)}`);
  const { context } = options;
  for (let line = 0; line <= lines.length; ) {
    if (!interesting[line]) {
      line++;
      continue;
    }
    const start = Math.max(0, line - context);
    let stop = line;
    let quiet = 0;
    for (; stop < lines.length; stop++) {
      if (interesting[stop]) quiet = 0;
      else if (++quiet > 2 * context) break;
    }
    // Trailing lines beyond the context are not shown.
    let last = Math.min(stop, lines.length);
    let trailing = 0;
    while (last - 1 - trailing >= 0 && !interesting[last - 1 - trailing] && trailing < last) trailing++;
    if (stop >= lines.length && interesting[lines.length]) trailing = 0;
    last -= Math.max(0, trailing - context);
    const ranges = combined.parents.map((_, parent) => {
      const bit = 1 << parent;
      let before = 1;
      let inside = 0;
      for (let index = 0; index <= last; index++) {
        const each = at(index);
        const gone = each.lost.filter((lost) => lost.parents & bit).length;
        const own = index < lines.length && !(each.added & bit) ? 1 : 0;
        if (index < start) before += gone + own;
        else {
          if (index < last || interesting[index]) inside += gone;
          if (index < last) inside += own;
        }
      }
      return `-${before},${inside}`;
    });
    const marks = "@".repeat(count + 1);
    out += `${colors.paint("diff.frag", `${marks} ${ranges.join(" ")} +${start + 1},${last - start} ${marks}`)}${functionTitle(lines, start)}\n`;
    for (let index = start; index <= last; index++) {
      const each = at(index);
      if (index < last || interesting[index]) {
        for (const lost of each.lost) {
          const signs = combined.parents.map((_, parent) => (lost.parents & (1 << parent) ? "-" : " ")).join("");
          out += `${colors.paint("diff.old", signs + lost.text.replace(/\n$/, ""))}\n`;
        }
      }
      if (index >= last) break;
      const signs = combined.parents.map((_, parent) => (each.added & (1 << parent) ? "+" : " ")).join("");
      const text = signs + each.text.replace(/\n$/, "");
      out += `${each.added ? colors.paint("diff.new", text) : text}\n${each.text.endsWith("\n") ? "" : `${" ".repeat(count)}\\ No newline at end of file\n`.trimStart()}`;
    }
    line = Math.max(last, line + 1);
  }
  return out;
}

function functionTitle(lines: readonly ResultLine[], start: number): string {
  for (let at = start - 1; at >= 0; at--) {
    const text = (lines[at] as ResultLine).text;
    if (/^[A-Za-z_$]/.test(text)) return ` ${text.trimEnd().slice(0, 40)}`;
  }
  return "";
}
