/** Objects from one repository to another: what the receiver lacks of what can be reached. */
import { decodeCommit, decodeTag, decodeTree, MODE_COMMIT, type Oid } from "../objects.ts";
import type { Repository } from "../repository.ts";

/** The names of all objects that can be reached from these, and that `known` does not hold. */
export async function reachable(
  repository: Repository,
  from: readonly Oid[],
  known: (oid: Oid) => boolean = () => false,
): Promise<Set<Oid>> {
  const found = new Set<Oid>();
  const open = [...from];
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (found.has(oid) || known(oid)) continue;
    found.add(oid);
    const { type, data } = await repository.objects.read(oid);
    await repository.process.spend(2);
    if (type === "commit") {
      const commit = decodeCommit(oid, data);
      open.push(commit.tree, ...commit.parents);
    } else if (type === "tag") open.push(decodeTag(data).object);
    else if (type === "tree")
      for (const entry of decodeTree(data)) if (entry.mode !== MODE_COMMIT) open.push(entry.oid);
  }
  return found;
}

/** Copies what is missing; a repository that has a commit has all that it reaches. */
export async function copyObjects(from: Repository, to: Repository, wants: readonly Oid[]): Promise<void> {
  for (const oid of [...(await reachable(from, wants, (each) => to.objects.has(each)))].reverse()) {
    const { type, data } = await from.objects.read(oid);
    await to.objects.write(type, data);
  }
}
