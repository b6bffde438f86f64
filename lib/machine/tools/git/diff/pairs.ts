/** Files that differ between two states of the tree. */
import { decodeBytes } from "../../../bytes.ts";
import { MODE_TREE, type Oid, type TreeEntry } from "../objects.ts";
import type { Pathspec } from "../pathspec.ts";
import type { Repository } from "../repository.ts";

export interface Side {
  readonly path: string;
  /** Where the content is, where `path` is shortened. */
  readonly file?: string;
  readonly mode: number;
  /** Undefined: a file of the work tree that was not hashed. */
  readonly oid: Oid | undefined;
}

type PairStatus = "A" | "D" | "M" | "R" | "C" | "T" | "U";

export interface Pair {
  readonly status: PairStatus;
  readonly old: Side | undefined;
  readonly new: Side | undefined;
  /** Likeness of a rename, 0 to 60000; of a complete rewrite its difference. */
  readonly score?: number;
}

/** Regular file, symbolic link, or submodule: what cannot turn into each other without a T. */
const kindOf = (mode: number) => mode & 0o170000;

export function pairOf(old: Side | undefined, now: Side | undefined): Pair {
  if (old === undefined) return { status: "A", old, new: now };
  if (now === undefined) return { status: "D", old, new: now };
  return { status: kindOf(old.mode) === kindOf(now.mode) ? "M" : "T", old, new: now };
}

export function pathOf(pair: Pair): string {
  return (pair.new ?? pair.old)?.path ?? "";
}

export const byPath = (a: Pair, b: Pair): number => {
  const left = pathOf(a);
  const right = pathOf(b);
  return left < right ? -1 : left > right ? 1 : 0;
};

/** Two trees; either may be missing. Directories that are the same are not entered. */
export async function compareTrees(
  repository: Repository,
  one: Oid | undefined,
  two: Oid | undefined,
  pathspec?: Pathspec,
  prefix = "",
): Promise<Pair[]> {
  if (one === two) return [];
  const { objects } = repository;
  const left = new Map((one === undefined ? [] : await objects.tree(one)).map((entry) => [entry.name, entry]));
  const right = new Map((two === undefined ? [] : await objects.tree(two)).map((entry) => [entry.name, entry]));
  const pairs: Pair[] = [];
  for (const name of [...new Set([...left.keys(), ...right.keys()])]) {
    const a = left.get(name);
    const b = right.get(name);
    if (a !== undefined && b !== undefined && a.oid === b.oid && a.mode === b.mode) continue;
    const path = prefix + name;
    const aTree = a?.mode === MODE_TREE ? a.oid : undefined;
    const bTree = b?.mode === MODE_TREE ? b.oid : undefined;
    if (aTree !== undefined || bTree !== undefined) {
      if (pathspec === undefined || pathspec.mayMatchBelow(path)) {
        pairs.push(...(await compareTrees(repository, aTree, bTree, pathspec, `${path}/`)));
      }
    }
    const old = a === undefined || aTree !== undefined ? undefined : side(path, a);
    const now = b === undefined || bTree !== undefined ? undefined : side(path, b);
    if ((old !== undefined || now !== undefined) && (pathspec?.matches(path) ?? true)) pairs.push(pairOf(old, now));
  }
  return pairs.sort(byPath);
}

function side(path: string, entry: Pick<TreeEntry, "mode" | "oid">): Side {
  return { path, mode: entry.mode, oid: entry.oid };
}

/** A tree (undefined: nothing yet) against the index. */
export async function compareTreeToIndex(
  repository: Repository,
  tree: Oid | undefined,
  pathspec?: Pathspec,
): Promise<Pair[]> {
  const old = tree === undefined ? new Map<string, TreeEntry>() : await repository.objects.flatten(tree);
  const pairs: Pair[] = [];
  const seen = new Set<string>();
  const { entries } = repository.index;
  await repository.process.spend(5 + (entries.length >> 2));
  for (const entry of entries) {
    if (seen.has(entry.path)) continue;
    if (pathspec !== undefined && !pathspec.matches(entry.path)) continue;
    seen.add(entry.path);
    const before = old.get(entry.path);
    const was = before === undefined ? undefined : side(entry.path, before);
    if (entry.stage > 0) {
      pairs.push({ status: "U", old: was, new: { path: entry.path, mode: entry.mode, oid: undefined } });
      continue;
    }
    if (entry.intent) {
      if (was !== undefined) pairs.push(pairOf(was, undefined));
      continue;
    }
    if (was !== undefined && was.oid === entry.oid && was.mode === entry.mode) continue;
    pairs.push(pairOf(was, side(entry.path, entry)));
  }
  for (const [path, entry] of old) {
    if (seen.has(path) || (pathspec !== undefined && !pathspec.matches(path))) continue;
    pairs.push(pairOf(side(path, entry), undefined));
  }
  return pairs.sort(byPath);
}

/** What a side holds, as text that keeps bytes which are no text. */
export async function contentOf(repository: Repository, of: Side | undefined): Promise<string> {
  if (of === undefined) return "";
  if (of.mode === 0o160000) return `Subproject commit ${of.oid}\n`;
  if (of.oid !== undefined) return decodeBytes(await repository.objects.blob(of.oid));
  return decodeBytes(readWorkFile(repository, of.file ?? of.path));
}

/** A file of the work tree; a link's content is where it points. */
export function readWorkFile(repository: Repository, path: string): Uint8Array {
  const { files } = repository.process;
  const full = repository.file(path);
  return files.lstat(full).type === "symlink" ? new TextEncoder().encode(files.readLink(full)) : files.readFile(full);
}

export function isBinary(text: string): boolean {
  return text.slice(0, 8000).includes("\0");
}
