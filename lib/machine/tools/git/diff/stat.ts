/** Pairs of files in numbers: --stat, --numstat, --shortstat, --summary. */
import { encodeText } from "../../../bytes.ts";
import { displayWidth } from "../../../tty/width.ts";
import { compareLines } from "../../support/line-diff.ts";
import type { Colors } from "../colors.ts";
import type { Git } from "../context.ts";
import { modeText } from "../objects.ts";
import { quotePath } from "../quote.ts";
import type { DiffOptions } from "./options.ts";
import { contentOf, isBinary, type Pair, pathOf } from "./pairs.ts";
import { lineKey, splitLines } from "./patch.ts";
import { MAX_SCORE } from "./renames.ts";

interface FileStatistic {
  readonly pair: Pair;
  /** Lines, or bytes of a binary file. */
  readonly added: number;
  readonly deleted: number;
  readonly binary: boolean;
  readonly unmerged: boolean;
}

export async function statistics(git: Git, pairs: readonly Pair[], options: DiffOptions): Promise<FileStatistic[]> {
  const out: FileStatistic[] = [];
  for (const pair of pairs) {
    if (pair.status === "U") {
      out.push({ pair, added: 0, deleted: 0, binary: false, unmerged: true });
      continue;
    }
    const a = await contentOf(git.repository, pair.old);
    const b = await contentOf(git.repository, pair.new);
    if (!options.text && (isBinary(a) || isBinary(b))) {
      const same = a === b;
      out.push({
        pair,
        added: same ? 0 : encodeText(b).length,
        deleted: same ? 0 : encodeText(a).length,
        binary: true,
        unmerged: false,
      });
      continue;
    }
    const changes =
      a === b ? [] : await compareLines(splitLines(a), splitLines(b), (units) => git.spend(units), lineKey(options));
    const sum = (side: "a" | "b") => changes.reduce((total, change) => total + change[side][1] - change[side][0], 0);
    out.push({ pair, added: sum("b"), deleted: sum("a"), binary: false, unmerged: false });
  }
  return out;
}

/** "dir/{a => b}/c". */
function renameText(from: string, to: string, quotesAll: boolean): string {
  if (quotePath(from, quotesAll) !== from || quotePath(to, quotesAll) !== to) {
    return `${quotePath(from, quotesAll)} => ${quotePath(to, quotesAll)}`;
  }
  let prefix = 0;
  for (let at = 0; at < from.length && at < to.length && from[at] === to[at]; at++)
    if (from[at] === "/") prefix = at + 1;
  let suffix = 0;
  const least = prefix > 0 ? prefix - 1 : 0;
  for (let back = 1; from.length - back >= least && to.length - back >= least; back++) {
    const character = from[from.length - back];
    if (character === undefined || character !== to[to.length - back]) break;
    if (character === "/") suffix = back;
  }
  const middle = (path: string) => path.slice(prefix, Math.max(prefix, path.length - suffix));
  const head = from.slice(0, prefix);
  const tail = suffix === 0 ? "" : from.slice(from.length - suffix);
  if (prefix + suffix === 0) return `${from} => ${to}`;
  return `${head}{${middle(from)} => ${middle(to)}}${tail}`;
}

function nameOf(git: Git, pair: Pair): string {
  const path = pathOf(pair);
  return pair.status === "R" || pair.status === "C"
    ? renameText(pair.old?.path ?? path, path, git.quotesAll)
    : quotePath(path, git.quotesAll);
}

export function statText(
  git: Git,
  files: readonly FileStatistic[],
  colors: Colors,
  columns?: number,
  compact = false,
): string {
  if (files.length === 0) return "";
  const total = columns ?? terminalColumns(git);
  const names = files.map(({ pair }) => nameOf(git, pair) + (compact ? compactNote(pair) : ""));
  const changed = files.map(({ added, deleted, binary }) => (binary ? 0 : added + deleted));
  const most = Math.max(...changed);
  const digits = (value: number) => String(value).length;
  const binaries = files.filter(({ binary, unmerged }) => binary && !unmerged);
  const binaryWidth = Math.max(0, ...binaries.map(({ added, deleted }) => 14 + digits(added) + digits(deleted)));
  const unmerged = files.some((file) => file.unmerged) ? 8 : 0;
  const numberWidth = Math.max(digits(most), binaries.length > 0 ? 3 : 0);
  const width = Math.max(total, 22 + numberWidth);
  let nameWidth = Math.max(...names.map((name) => displayWidth(name)));
  let graphWidth = Math.max(most, binaryWidth - numberWidth > 0 && binaries.length > 0 ? binaryWidth - 4 : 0, unmerged);
  if (binaries.length === 0 && unmerged === 0) graphWidth = most;
  if (nameWidth + numberWidth + 6 + graphWidth > width) {
    if (graphWidth > Math.trunc((width * 3) / 8) - numberWidth - 6) {
      graphWidth = Math.max(6, Math.trunc((width * 3) / 8) - numberWidth - 6);
    }
    if (nameWidth > width - numberWidth - 6 - graphWidth) nameWidth = width - numberWidth - 6 - graphWidth;
    else graphWidth = width - numberWidth - 6 - nameWidth;
  }
  const scaled = (value: number) => (value === 0 ? 0 : 1 + Math.trunc((value * (graphWidth - 1)) / most));
  let out = "";
  for (const [index, file] of files.entries()) {
    let name = names[index] as string;
    let room = nameWidth;
    let prefix = "";
    if (displayWidth(name) > nameWidth) {
      prefix = "...";
      room = nameWidth - 3;
      name = name.slice(Math.max(0, name.length - room));
      const slash = name.indexOf("/");
      if (slash !== -1) name = name.slice(slash);
    }
    const padded = `${prefix}${name}${" ".repeat(Math.max(0, room - displayWidth(name)))}`;
    if (file.unmerged) {
      out += ` ${padded} | Unmerged\n`;
      continue;
    }
    if (file.binary) {
      const sizes =
        file.added === 0 && file.deleted === 0
          ? ""
          : ` ${colors.paint("diff.old", String(file.deleted))} -> ${colors.paint("diff.new", String(file.added))} bytes`;
      out += ` ${padded} | ${"Bin".padStart(numberWidth)}${sizes}\n`;
      continue;
    }
    let { added, deleted } = file;
    if (graphWidth <= most) {
      let both = scaled(added + deleted);
      if (both < 2 && added > 0 && deleted > 0) both = 2;
      if (added < deleted) {
        added = scaled(added);
        deleted = both - added;
      } else {
        deleted = scaled(deleted);
        added = both - deleted;
      }
    }
    const plus = added === 0 ? "" : colors.paint("diff.new", "+".repeat(added));
    const minus = deleted === 0 ? "" : colors.paint("diff.old", "-".repeat(deleted));
    const count = String(file.added + file.deleted).padStart(numberWidth);
    out += ` ${padded} | ${count}${plus + minus === "" ? "" : ` ${plus}${minus}`}\n`;
  }
  return out + shortStat(files);
}

function terminalColumns(git: Git): number {
  const given = Number(git.process.env.get("COLUMNS"));
  if (Number.isInteger(given) && given > 0) return given;
  return git.process.isTerminal(1) ? (git.process.tty?.size.columns ?? 80) : 80;
}

export function shortStat(files: readonly FileStatistic[]): string {
  const counted = files.filter(({ unmerged }) => !unmerged);
  const sum = (side: "added" | "deleted") => counted.reduce((total, file) => total + (file.binary ? 0 : file[side]), 0);
  return summaryLine(counted.length, sum("added"), sum("deleted"));
}

function summaryLine(count: number, added: number, deleted: number): string {
  if (count === 0) return " 0 files changed\n";
  const parts = [` ${count} file${count === 1 ? "" : "s"} changed`];
  if (added > 0 || deleted === 0) parts.push(`${added} insertion${added === 1 ? "" : "s"}(+)`);
  if (deleted > 0 || added === 0) parts.push(`${deleted} deletion${deleted === 1 ? "" : "s"}(-)`);
  return `${parts.join(", ")}\n`;
}

export function numStat(git: Git, files: readonly FileStatistic[], end = "\n"): string {
  return files
    .map(
      ({ pair, added, deleted, binary }) =>
        `${binary ? "-\t-" : `${added}\t${deleted}`}\t${numberedName(git, pair, end)}${end}`,
    )
    .join("");
}

function numberedName(git: Git, pair: Pair, end: string): string {
  if (end === "\n") return nameOf(git, pair);
  return pair.status === "R" || pair.status === "C" ? `\0${pair.old?.path ?? ""}\0${pathOf(pair)}` : pathOf(pair);
}

/** What --compact-summary says behind a name. */
function compactNote({ old, new: now }: Pair): string {
  const kind = (mode: number) => (mode === 0o120000 ? " +l" : mode === 0o100755 ? " +x" : "");
  if (old === undefined) return ` (new${kind(now?.mode ?? 0)})`;
  if (now === undefined) return " (gone)";
  if (old.mode === now.mode) return "";
  const [before, after] = [kind(old.mode), kind(now.mode)];
  if (after === " +l" || before === " +l") return ` (mode${after === " +l" ? " +l" : " -l"})`;
  return ` (mode${after === " +x" ? " +x" : " -x"})`;
}

/** Files that came, went, moved, or changed their mode. */
export function summaryText(git: Git, pairs: readonly Pair[]): string {
  let out = "";
  for (const pair of pairs) {
    const path = quotePath(pathOf(pair), git.quotesAll);
    const change =
      pair.old !== undefined && pair.new !== undefined && pair.old.mode !== pair.new.mode
        ? ` mode change ${modeText(pair.old.mode)} => ${modeText(pair.new.mode)}`
        : undefined;
    if (pair.status === "A") out += ` create mode ${modeText(pair.new?.mode ?? 0)} ${path}\n`;
    else if (pair.status === "D") out += ` delete mode ${modeText(pair.old?.mode ?? 0)} ${path}\n`;
    else if (pair.status === "R" || pair.status === "C") {
      const verb = pair.status === "R" ? "rename" : "copy";
      out += ` ${verb} ${nameOf(git, pair)} (${Math.trunc(((pair.score ?? 0) * 100) / MAX_SCORE)}%)\n`;
      if (change !== undefined) out += `${change}\n`;
    } else if (pair.score !== undefined) {
      out += ` rewrite ${path} (${Math.trunc((pair.score * 100) / MAX_SCORE)}%)\n`;
      if (change !== undefined) out += `${change}\n`;
    } else if (change !== undefined) out += `${change} ${path}\n`;
  }
  return out;
}
