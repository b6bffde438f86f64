/** Trees from the index and back. */
import { fatal } from "./failure.ts";
import { type IndexEntry, NO_STAT } from "./index-file.ts";
import { encodeTree, MODE_TREE, type Oid, type TreeEntry } from "./objects.ts";
import type { Repository } from "./repository.ts";

/** Writes the trees of these entries (sorted by path, none in conflict) and gives the top one. */
export async function writeTree(
  repository: Repository,
  entries: readonly Pick<IndexEntry, "path" | "mode" | "oid">[],
): Promise<Oid> {
  const write = async (from: number, to: number, depth: number): Promise<Oid> => {
    const rows: TreeEntry[] = [];
    for (let at = from; at < to; ) {
      const entry = entries[at] as IndexEntry;
      const rest = entry.path.slice(depth);
      const slash = rest.indexOf("/");
      if (slash === -1) {
        rows.push({ mode: entry.mode, name: rest, oid: entry.oid });
        at++;
        continue;
      }
      const prefix = entry.path.slice(0, depth + slash + 1);
      let end = at;
      while (end < to && (entries[end] as IndexEntry).path.startsWith(prefix)) end++;
      rows.push({ mode: MODE_TREE, name: rest.slice(0, slash), oid: await write(at, end, depth + slash + 1) });
      at = end;
    }
    await repository.process.spend(5 + rows.length);
    return repository.objects.write("tree", encodeTree(rows));
  };
  return write(0, entries.length, 0);
}

export async function writeIndexTree(repository: Repository): Promise<Oid> {
  const { entries } = repository.index;
  const unmerged = entries.find((entry) => entry.stage > 0);
  if (unmerged !== undefined) throw fatal("git-write-tree: error building trees");
  return writeTree(
    repository,
    entries.filter((entry) => !entry.intent),
  );
}

/** A tree's files as entries, with what the index knows of them where it has the same. */
export async function entriesOfTree(repository: Repository, tree: Oid): Promise<IndexEntry[]> {
  const out: IndexEntry[] = [];
  for (const [path, { mode, oid }] of await repository.objects.flatten(tree)) {
    const known = repository.index.get(path);
    const same = known !== undefined && known.oid === oid && known.mode === mode && !known.intent;
    out.push(same ? known : { path, mode, oid, stage: 0, intent: false, stat: NO_STAT });
  }
  return out;
}
