/** Three versions of files and of trees into one (xdiff/xmerge.c, merge-ort.c). */
import { decodeBytes, encodeText } from "../../bytes.ts";
import { compareLines } from "../support/line-diff.ts";
import type { Git } from "./context.ts";
import { compareTrees, isBinary, type Side } from "./diff/pairs.ts";
import { splitLines } from "./diff/patch.ts";
import { DEFAULT_SCORE, withRenames } from "./diff/renames.ts";
import { type IndexEntry, NO_STAT } from "./index-file.ts";
import type { Oid } from "./objects.ts";
import { refusal, type TargetEntry } from "./switching.ts";
import { compareFile, lstat, removeWorkFile, writeWorkFile } from "./worktree.ts";

interface MergeLabels {
  readonly ours: string;
  readonly theirs: string;
  readonly base: string;
  /** Whose lines stand where both changed the same (-X). */
  readonly favour?: "ours" | "theirs" | undefined;
}

interface Piece {
  /** "ours", "theirs": taken from there; "conflict": both stand. */
  kind: "ours" | "theirs" | "conflict";
  a: [number, number];
  b: [number, number];
  base: [number, number];
}

const CLOSE = 3;

/** The merged text, and whether it has conflicts. */
async function mergeText(
  git: Git,
  base: string,
  ours: string,
  theirs: string,
  labels: MergeLabels,
): Promise<{ readonly text: string; readonly conflicts: number }> {
  const [o, a, b] = [splitLines(base), splitLines(ours), splitLines(theirs)];
  const spend = (units: number) => git.spend(units);
  const left = await compareLines(o, a, spend);
  const right = await compareLines(o, b, spend);
  const style = git.config.get("merge.conflictstyle") ?? "merge";
  const pieces: Piece[] = [];
  let i = 0;
  let j = 0;
  /** How far ours and theirs are shifted against the base. */
  let shiftA = 0;
  let shiftB = 0;
  while (i < left.length || j < right.length) {
    const one = left[i];
    const two = right[j];
    if (one !== undefined && (two === undefined || one.a[1] < two.a[0])) {
      pieces.push({
        kind: "ours",
        a: [...one.b] as [number, number],
        b: [one.a[0] + shiftB, one.a[1] + shiftB],
        base: [...one.a] as [number, number],
      });
      shiftA = one.b[1] - one.a[1];
      i++;
      continue;
    }
    if (two !== undefined && (one === undefined || two.a[1] < one.a[0])) {
      pieces.push({
        kind: "theirs",
        a: [two.a[0] + shiftA, two.a[1] + shiftA],
        b: [...two.b] as [number, number],
        base: [...two.a] as [number, number],
      });
      shiftB = two.b[1] - two.a[1];
      j++;
      continue;
    }
    // Overlapping or touching changes: as far as they hang together.
    let start = Math.min(
      (one as { a: readonly [number, number] }).a[0],
      (two as { a: readonly [number, number] }).a[0],
    );
    let end = start;
    const before = { a: shiftA, b: shiftB };
    for (;;) {
      const next = left[i];
      const other = right[j];
      if (next !== undefined && next.a[0] <= Math.max(end, start)) {
        end = Math.max(end, next.a[1]);
        shiftA = next.b[1] - next.a[1];
        i++;
      } else if (other !== undefined && other.a[0] <= Math.max(end, start)) {
        end = Math.max(end, other.a[1]);
        shiftB = other.b[1] - other.a[1];
        j++;
      } else break;
    }
    start = Math.max(0, start);
    const piece: Piece = {
      kind: "conflict",
      a: [start + before.a, end + shiftA],
      b: [start + before.b, end + shiftB],
      base: [start, end],
    };
    const same = a.slice(...piece.a).join("") === b.slice(...piece.b).join("");
    if (same) pieces.push({ ...piece, kind: "ours" });
    else pieces.push(piece);
  }
  const refined = style === "merge" ? joinClose(await refine(pieces, a, b, spend)) : pieces;
  let text = "";
  let conflicts = 0;
  let at = 0;
  const take = (lines: readonly string[]) => {
    text += lines.join("");
  };
  for (const piece of refined) {
    take(a.slice(at, piece.a[0]));
    at = piece.a[1];
    if (piece.kind === "ours") take(a.slice(...piece.a));
    else if (piece.kind === "theirs") take(b.slice(...piece.b));
    else if (labels.favour !== undefined) take(labels.favour === "ours" ? a.slice(...piece.a) : b.slice(...piece.b));
    else {
      conflicts++;
      const ended = (lines: readonly string[]) =>
        lines.length > 0 && !(lines.at(-1) as string).endsWith("\n") ? [...lines, "\n"] : lines;
      text += `<<<<<<< ${labels.ours}\n`;
      take(ended(a.slice(...piece.a)));
      if (style !== "merge") {
        text += `||||||| ${labels.base}\n`;
        take(ended(o.slice(...piece.base)));
      }
      text += "=======\n";
      take(ended(b.slice(...piece.b)));
      text += `>>>>>>> ${labels.theirs}\n`;
    }
  }
  take(a.slice(at));
  return { text, conflicts };
}

/** Conflicts without the lines that both sides have. */
async function refine(
  pieces: readonly Piece[],
  a: readonly string[],
  b: readonly string[],
  spend: (units: number) => Promise<void> | void,
): Promise<Piece[]> {
  const out: Piece[] = [];
  for (const piece of pieces) {
    if (piece.kind !== "conflict" || piece.a[0] === piece.a[1] || piece.b[0] === piece.b[1]) {
      out.push(piece);
      continue;
    }
    const changes = await compareLines(a.slice(...piece.a), b.slice(...piece.b), spend);
    for (const change of changes) {
      out.push({
        kind: "conflict",
        a: [piece.a[0] + change.a[0], piece.a[0] + change.a[1]],
        b: [piece.b[0] + change.b[0], piece.b[0] + change.b[1]],
        base: piece.base,
      });
    }
  }
  return out;
}

function joinClose(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last?.kind === "conflict" && piece.kind === "conflict" && piece.a[0] - last.a[1] <= CLOSE) {
      last.a = [last.a[0], piece.a[1]];
      last.b = [last.b[0], piece.b[1]];
    } else out.push({ ...piece });
  }
  return out;
}

interface MergedTree {
  /** The work tree's files, conflicts with their markers. */
  readonly files: ReadonlyMap<string, TargetEntry & { readonly content?: Uint8Array }>;
  /** Index entries of conflicts. */
  readonly stages: readonly IndexEntry[];
  /** "Auto-merging a" and its kin, sorted by path. */
  readonly messages: readonly string[];
  readonly clean: boolean;
}

/** Merges what lies between `base` and two trees. */
export async function mergeTrees(
  git: Git,
  base: Oid | undefined,
  ours: Oid,
  theirs: Oid,
  labels: MergeLabels,
): Promise<MergedTree> {
  const { repository } = git;
  const { objects } = repository;
  const flat = async (tree: Oid | undefined): Promise<Map<string, TargetEntry>> =>
    tree === undefined ? new Map() : new Map(await objects.flatten(tree));
  const o = await flat(base);
  const a = await flat(ours);
  const b = await flat(theirs);
  const notes: { path: string; text: string }[] = [];
  const oldNames = new Map<string, string>();
  // A file that one side moved goes along with the other side's changes.
  for (const [mine, other, tree] of [
    [a, b, ours],
    [b, a, theirs],
  ] as const) {
    const pairs = await withRenames(repository, await compareTrees(repository, base, tree), {
      minimum: DEFAULT_SCORE,
      copies: false,
    });
    for (const pair of pairs) {
      if (pair.status !== "R") continue;
      const from = (pair.old as Side).path;
      const to = (pair.new as Side).path;
      const before = o.get(from);
      const theirSide = other.get(from);
      if (before === undefined || theirSide === undefined || other.has(to) || mine.has(from)) continue;
      if (theirSide.oid === before.oid && theirSide.mode === before.mode) {
        other.delete(from);
        o.delete(from);
        other.set(to, before);
        o.set(to, before);
      } else {
        o.delete(from);
        other.delete(from);
        o.set(to, before);
        other.set(to, theirSide);
      }
      oldNames.set(to, from);
    }
  }
  const files = new Map<string, TargetEntry & { content?: Uint8Array }>();
  const stages: IndexEntry[] = [];
  const same = (x: TargetEntry | undefined, y: TargetEntry | undefined) =>
    x === y || (x !== undefined && y !== undefined && x.oid === y.oid && x.mode === y.mode);
  const conflict = (path: string, ...versions: readonly (TargetEntry | undefined)[]) => {
    for (const [index, version] of versions.entries()) {
      if (version !== undefined)
        stages.push({ path, mode: version.mode, oid: version.oid, stage: index + 1, intent: false, stat: NO_STAT });
    }
  };
  for (const path of [...new Set([...o.keys(), ...a.keys(), ...b.keys()])].sort()) {
    await git.spend(2);
    const [was, mine, other] = [o.get(path), a.get(path), b.get(path)];
    if (same(mine, other) || same(was, other)) {
      if (mine !== undefined) files.set(path, mine);
      continue;
    }
    if (same(was, mine)) {
      if (other !== undefined) files.set(path, other);
      continue;
    }
    if (mine !== undefined && other !== undefined) {
      const content = await mergeContents(git, path, was, mine, other, labels, notes);
      const mode = was !== undefined && was.mode === mine.mode ? other.mode : mine.mode;
      if (content.clean) files.set(path, { mode, oid: await objects.write("blob", content.data) });
      else {
        files.set(path, { mode, oid: mine.oid, content: content.data });
        conflict(path, was, mine, other);
      }
      continue;
    }
    // One side removed what the other changed.
    const kept = (mine ?? other) as TargetEntry;
    const [gone, changed] = mine === undefined ? [labels.ours, labels.theirs] : [labels.theirs, labels.ours];
    notes.push({
      path,
      text: `CONFLICT (modify/delete): ${path} deleted in ${gone} and modified in ${changed}.  Version ${changed} of ${path} left in tree.`,
    });
    files.set(path, kept);
    conflict(path, was, mine, other);
  }
  notes.sort((x, y) => (x.path < y.path ? -1 : x.path > y.path ? 1 : 0));
  return { files, stages, messages: notes.map(({ text }) => text), clean: stages.length === 0 };
}

async function mergeContents(
  git: Git,
  path: string,
  was: TargetEntry | undefined,
  mine: TargetEntry,
  other: TargetEntry,
  labels: MergeLabels,
  notes: { path: string; text: string }[],
): Promise<{ readonly data: Uint8Array; readonly clean: boolean }> {
  const { objects } = git.repository;
  if (mine.oid === other.oid || was?.oid === other.oid) return { data: await objects.blob(mine.oid), clean: true };
  if (was?.oid === mine.oid) return { data: await objects.blob(other.oid), clean: true };
  const texts = [
    was === undefined ? "" : decodeBytes(await objects.blob(was.oid)),
    decodeBytes(await objects.blob(mine.oid)),
    decodeBytes(await objects.blob(other.oid)),
  ] as const;
  notes.push({ path, text: `Auto-merging ${path}` });
  const kind = was === undefined ? "add/add" : "content";
  if (texts.some(isBinary)) {
    notes.pop();
    notes.push(
      { path, text: `warning: Cannot merge binary files: ${path} (${labels.ours} vs. ${labels.theirs})` },
      { path, text: `Auto-merging ${path}` },
      { path, text: `CONFLICT (${kind}): Merge conflict in ${path}` },
    );
    return { data: await objects.blob(mine.oid), clean: false };
  }
  const merged = await mergeText(git, texts[0], texts[1], texts[2], labels);
  if (merged.conflicts > 0) notes.push({ path, text: `CONFLICT (${kind}): Merge conflict in ${path}` });
  return { data: encodeText(merged.text), clean: merged.conflicts === 0 };
}

/** Index and work tree become the result; throws where local changes are in the way. */
export async function applyMerge(git: Git, ours: Oid, merged: MergedTree, operation: string): Promise<void> {
  const { repository } = git;
  const from = await repository.objects.flatten(ours);
  const changed: string[] = [];
  const untracked: string[] = [];
  const moves: string[] = [];
  const conflicted = new Set(merged.stages.map((entry) => entry.path));
  for (const path of [...new Set([...from.keys(), ...merged.files.keys()])].sort()) {
    await git.spend(2);
    const before = from.get(path);
    const after = merged.files.get(path);
    const equal =
      before !== undefined &&
      after !== undefined &&
      before.oid === after.oid &&
      before.mode === after.mode &&
      after.content === undefined &&
      !conflicted.has(path);
    if (equal) continue;
    const entry = repository.index.get(path);
    if (entry === undefined && before === undefined) {
      if (lstat(repository, path) !== undefined && lstat(repository, path)?.type !== "directory") {
        untracked.push(path);
        continue;
      }
    } else if (
      entry === undefined ||
      before === undefined ||
      entry.oid !== before.oid ||
      (await compareFile(repository, entry)) !== undefined
    ) {
      changed.push(path);
      continue;
    }
    moves.push(path);
  }
  const refused = refusal({ changed, untracked }, { operation, before: operation === "merge" ? "merge" : operation });
  if (refused !== undefined) throw refused;
  for (const path of moves) {
    if (merged.files.has(path)) continue;
    repository.index.remove(path);
    removeWorkFile(repository, path);
  }
  for (const path of moves) {
    const after = merged.files.get(path);
    if (after === undefined) continue;
    const entry = await writeWorkFile(repository, path, after.mode, after.oid, after.content);
    if (!conflicted.has(path)) repository.index.put(entry);
  }
  for (const path of conflicted) repository.index.remove(path);
  for (const stage of merged.stages) repository.index.put(stage);
  await repository.writeIndex();
}
