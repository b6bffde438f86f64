/** History as a command line asks for it: limited to paths, with the parents that remain. */
import type { Git } from "./context.ts";
import { compareTrees } from "./diff/pairs.ts";
import type { Commit, Oid } from "./objects.ts";
import type { Pathspec } from "./pathspec.ts";
import { ancestors, walkCommits } from "./walk.ts";

interface SimplifiedCommit {
  readonly commit: Commit;
  /** Those that are shown, or would be. */
  readonly parents: readonly Oid[];
}

interface HistoryOptions {
  readonly include: readonly Oid[];
  readonly exclude: readonly Oid[];
  readonly topological: boolean;
  readonly firstParent: boolean;
  readonly pathspec: Pathspec;
  /** The parents are needed, past commits that are left out. */
  readonly parents: boolean;
  /** All sides of merges are followed, also those that changed nothing. */
  readonly fullHistory?: boolean;
  /** Parents that are left out are named too. */
  readonly boundary?: boolean;
  /** Commits that others than the paths leave out; parents are followed past them. */
  readonly keeps?: ((commit: Commit) => Promise<boolean>) | undefined;
}

export async function* simplify(git: Git, options: HistoryOptions): AsyncGenerator<SimplifiedCommit> {
  const { repository } = git;
  const { pathspec } = options;
  const cut = (commit: Commit) => (options.firstParent ? commit.parents.slice(0, 1) : commit.parents);
  if (pathspec.empty && options.keeps === undefined) {
    const hidden =
      options.parents && options.exclude.length > 0 ? await ancestors(repository, options.exclude) : new Set<Oid>();
    for await (const commit of walkCommits(repository, options)) {
      yield { commit, parents: cut(commit).filter((oid) => !hidden.has(oid)) };
    }
    return;
  }
  const tree = async (oid: Oid) => (await repository.objects.commit(oid)).tree;
  const differs = async (before: Oid | undefined, after: Oid) =>
    (await compareTrees(repository, before === undefined ? undefined : await tree(before), await tree(after), pathspec))
      .length > 0;
  /** The parents that history is followed into: of those that are the same in the paths the first alone. */
  const followed = new Map<Oid, { readonly parents: readonly Oid[]; readonly shown: boolean }>();
  const look = async (commit: Commit) => {
    let known = followed.get(commit.oid);
    if (known === undefined) {
      const parents = cut(commit);
      let same: Oid | undefined;
      for (const parent of parents) {
        await git.spend(3);
        if (same === undefined && !(await differs(parent, commit.oid))) same = parent;
      }
      if (same !== undefined && !options.fullHistory) known = { parents: [same], shown: false };
      else if (same !== undefined) {
        let all = true;
        for (const parent of parents) all &&= !(await differs(parent, commit.oid));
        known = { parents, shown: !all };
      } else known = { parents, shown: parents.length > 0 || (await differs(undefined, commit.oid)) };
      if (pathspec.empty) known = { parents, shown: true };
      if (known.shown && options.keeps !== undefined && !(await options.keeps(commit)))
        known = { parents, shown: false };
      followed.set(commit.oid, known);
    }
    return known;
  };
  const hidden = options.exclude.length === 0 ? new Set<Oid>() : await ancestors(repository, options.exclude);
  const reached = new Set<Oid>(options.include);
  const visible = async (oid: Oid): Promise<Oid | undefined> => {
    for (let at: Oid | undefined = oid; at !== undefined; ) {
      if (hidden.has(at)) return options.boundary ? at : undefined;
      const next = await look(await repository.objects.commit(at));
      if (next.shown) return at;
      at = next.parents[0];
    }
    return undefined;
  };
  for await (const commit of walkCommits(repository, options)) {
    if (!reached.has(commit.oid)) continue;
    const { parents, shown } = await look(commit);
    for (const parent of parents) reached.add(parent);
    if (!shown) continue;
    if (!options.parents) yield { commit, parents: commit.parents };
    else {
      const kept: Oid[] = [];
      for (const parent of parents) {
        const real = await visible(parent);
        if (real !== undefined && !kept.includes(real)) kept.push(real);
      }
      yield { commit, parents: kept };
    }
  }
}
