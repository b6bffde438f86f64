/** Commits in the order they are shown: the youngest first, children before parents where asked for. */
import type { Commit, Oid } from "./objects.ts";
import type { Repository } from "./repository.ts";

interface WalkOptions {
  readonly include: readonly Oid[];
  /** These and their ancestors are left out. */
  readonly exclude: readonly Oid[];
  /** No commit before all its children. */
  readonly topological?: boolean;
  readonly firstParent?: boolean;
}

/** A queue by commit date; among equals the first that came. */
class DateQueue {
  readonly #items: { readonly commit: Commit; readonly order: number }[] = [];
  #count = 0;
  get size(): number {
    return this.#items.length;
  }
  push(commit: Commit): void {
    const item = { commit, order: this.#count++ };
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#items[middle] as { commit: Commit; order: number };
      if (other.commit.committer.time >= commit.committer.time) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
  }
  shift(): Commit | undefined {
    return this.#items.shift()?.commit;
  }
  has(test: (commit: Commit) => boolean): boolean {
    return this.#items.some(({ commit }) => test(commit));
  }
}

/** Every commit that can be reached from these. */
export async function ancestors(repository: Repository, from: readonly Oid[]): Promise<Set<Oid>> {
  const seen = new Set<Oid>();
  const open = [...from];
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (seen.has(oid)) continue;
    seen.add(oid);
    open.push(...(await repository.objects.commit(oid)).parents);
    await repository.process.spend(2);
  }
  return seen;
}

export async function* walkCommits(repository: Repository, options: WalkOptions): AsyncGenerator<Commit> {
  const hidden = options.exclude.length === 0 ? new Set<Oid>() : await ancestors(repository, options.exclude);
  const parentsOf = (commit: Commit) => (options.firstParent ? commit.parents.slice(0, 1) : commit.parents);
  const seen = new Set<Oid>();
  const queue = new DateQueue();
  const add = async (oid: Oid) => {
    if (seen.has(oid) || hidden.has(oid)) return;
    seen.add(oid);
    queue.push(await repository.objects.commit(oid));
  };
  for (const oid of options.include) await add(oid);
  if (!options.topological) {
    for (let commit = queue.shift(); commit !== undefined; commit = queue.shift()) {
      await repository.process.spend(3);
      yield commit;
      for (const parent of parentsOf(commit)) await add(parent);
    }
    return;
  }
  // All of them first, then those whose children are done, the last that became free first.
  const all: Commit[] = [];
  for (let commit = queue.shift(); commit !== undefined; commit = queue.shift()) {
    all.push(commit);
    for (const parent of parentsOf(commit)) await add(parent);
    await repository.process.spend(2);
  }
  const waiting = new Map<Oid, number>();
  for (const commit of all) {
    for (const parent of parentsOf(commit)) waiting.set(parent, (waiting.get(parent) ?? 0) + 1);
  }
  const free = all.filter((commit) => !waiting.has(commit.oid)).reverse();
  for (let commit = free.pop(); commit !== undefined; commit = free.pop()) {
    await repository.process.spend(3);
    yield commit;
    for (const parent of parentsOf(commit)) {
      const left = (waiting.get(parent) ?? 0) - 1;
      waiting.set(parent, left);
      if (left === 0 && !hidden.has(parent)) free.push(await repository.objects.commit(parent));
    }
  }
}

/** The best common ancestors of two commits. */
export async function mergeBases(repository: Repository, one: Oid, two: Oid): Promise<Oid[]> {
  if (one === two) return [one];
  const left = await ancestors(repository, [one]);
  const right = await ancestors(repository, [two]);
  const common = [...left].filter((oid) => right.has(oid));
  const redundant = new Set<Oid>();
  // What another common ancestor can reach is not among the best.
  for (const oid of common) {
    for (const parent of (await repository.objects.commit(oid)).parents) redundant.add(parent);
    await repository.process.spend(1);
  }
  const best = common.filter((oid) => !redundant.has(oid));
  const times = new Map<Oid, number>();
  for (const oid of best) times.set(oid, (await repository.objects.commit(oid)).committer.time);
  return best.sort((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0));
}

export async function isAncestor(repository: Repository, older: Oid, younger: Oid): Promise<boolean> {
  return (await ancestors(repository, [younger])).has(older);
}

/** How many commits each side has that the other has not. */
export async function aheadBehind(repository: Repository, ours: Oid, theirs: Oid): Promise<readonly [number, number]> {
  const left = await ancestors(repository, [ours]);
  const right = await ancestors(repository, [theirs]);
  return [[...left].filter((oid) => !right.has(oid)).length, [...right].filter((oid) => !left.has(oid)).length];
}
