/** From one tree to another, with the local changes that do not stand in the way (unpack-trees.c, twoway_merge). */
import type { Git } from "./context.ts";
import { readWorkFile } from "./diff/pairs.ts";
import { plainly } from "./failure.ts";
import type { Oid, TreeEntry } from "./objects.ts";
import { compareFile, lstat, removeWorkFile, writeWorkFile } from "./worktree.ts";

interface MoveWords {
  /** "checkout", "merge". */
  readonly operation: string;
  /** What to do first, e.g. "switch branches". */
  readonly before: string;
  /** Another status, or last line. */
  readonly status?: number;
  readonly ending?: string;
}

const CHECKOUT: MoveWords = { operation: "checkout", before: "switch branches" };

export interface TargetEntry {
  readonly mode: number;
  readonly oid: Oid;
}

const same = (a: TargetEntry | undefined, b: TargetEntry | undefined) =>
  a === b || (a !== undefined && b !== undefined && a.oid === b.oid && a.mode === b.mode);

/** What stands in the way of going from one state to another. */
async function obstacles(
  git: Git,
  from: ReadonlyMap<string, TargetEntry>,
  to: ReadonlyMap<string, TargetEntry>,
): Promise<{ readonly changed: string[]; readonly untracked: string[]; readonly moves: string[] }> {
  const { repository } = git;
  const changed: string[] = [];
  const untracked: string[] = [];
  const moves: string[] = [];
  for (const path of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    await git.spend(2);
    const before = from.get(path);
    const after = to.get(path);
    if (same(before, after)) continue;
    const entry = repository.index.get(path);
    if (repository.index.conflicted(path)) {
      changed.push(path);
      continue;
    }
    if (same(entry, after)) continue;
    if (!same(entry, before)) {
      changed.push(path);
      continue;
    }
    if (entry !== undefined) {
      const pair = await compareFile(repository, entry);
      if (pair !== undefined && pair.status !== "D") {
        changed.push(path);
        continue;
      }
    } else if (after !== undefined) {
      const stat = lstat(repository, path);
      if (stat !== undefined && stat.type !== "directory" && !repository.ignores.ignored(path, false)) {
        const oid = await repository.objects.hash("blob", readWorkFile(repository, path));
        if (oid !== after.oid) {
          untracked.push(path);
          continue;
        }
      }
    }
    moves.push(path);
  }
  return { changed, untracked, moves };
}

export function refusal(
  found: { readonly changed: readonly string[]; readonly untracked: readonly string[] },
  words: MoveWords = CHECKOUT,
): Error | undefined {
  const list = (paths: readonly string[]) => paths.map((path) => `\t${path}\n`).join("");
  let text = "";
  if (found.changed.length > 0) {
    text += `error: Your local changes to the following files would be overwritten by ${words.operation}:\n${list(found.changed)}Please commit your changes or stash them before you ${words.before}.\n`;
  }
  if (found.untracked.length > 0) {
    text += `error: The following untracked working tree files would be overwritten by ${words.operation}:\n${list(found.untracked)}Please move or remove them before you ${words.before}.\n`;
  }
  if (text === "") return undefined;
  return plainly(`${text}${words.ending ?? "Aborting"}`, words.status ?? 1);
}

/** Moves index and work tree; the index is written. Throws where local changes would be lost. */
export async function moveTree(
  git: Git,
  from: Oid | undefined,
  to: Oid | undefined,
  words: MoveWords = CHECKOUT,
): Promise<void> {
  const { repository } = git;
  const flat = async (tree: Oid | undefined): Promise<ReadonlyMap<string, TreeEntry>> =>
    tree === undefined ? new Map() : repository.objects.flatten(tree);
  const before = await flat(from);
  const after = await flat(to);
  const found = await obstacles(git, before, after);
  const refused = refusal(found, words);
  if (refused !== undefined) throw refused;
  await applyEntries(git, found.moves, after);
  await repository.writeIndex();
}

/** Makes these paths what `to` has: removals first. */
async function applyEntries(git: Git, paths: readonly string[], to: ReadonlyMap<string, TargetEntry>): Promise<void> {
  const { repository } = git;
  for (const path of paths) {
    if (to.has(path)) continue;
    repository.index.remove(path);
    removeWorkFile(repository, path);
  }
  for (const path of paths) {
    const target = to.get(path);
    if (target === undefined) continue;
    repository.index.put(await writeWorkFile(repository, path, target.mode, target.oid));
  }
}

/** Index and work tree become the tree, whatever was there (reset --hard, checkout -f). */
export async function forceTree(git: Git, to: Oid | undefined): Promise<void> {
  const { repository } = git;
  const after = to === undefined ? new Map<string, TreeEntry>() : await repository.objects.flatten(to);
  const paths = new Set([...repository.index.entries.map((entry) => entry.path), ...after.keys()]);
  const moves: string[] = [];
  for (const path of [...paths].sort()) {
    await git.spend(2);
    const target = after.get(path);
    const entry = repository.index.get(path);
    if (
      entry !== undefined &&
      target !== undefined &&
      same(entry, target) &&
      (await compareFile(repository, entry)) === undefined
    )
      continue;
    moves.push(path);
  }
  await applyEntries(git, moves, after);
  await repository.writeIndex();
}
