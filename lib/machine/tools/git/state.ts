/** What a repository is in the middle of: a merge, a rebase, a cherry-pick, a revert. */
import type { Repository } from "./repository.ts";

interface RepositoryState {
  readonly merging: boolean;
  /** The commit that is being picked or reverted. */
  readonly picking: string | undefined;
  readonly reverting: string | undefined;
  readonly rebasing: { readonly branch: string | undefined; readonly onto: string | undefined } | undefined;
}

export function stateOf(repository: Repository): RepositoryState {
  const read = (name: string) => repository.readState(name)?.trim();
  const head = read("rebase-merge/head-name");
  return {
    merging: read("MERGE_HEAD") !== undefined,
    picking: read("CHERRY_PICK_HEAD"),
    reverting: read("REVERT_HEAD"),
    rebasing:
      head === undefined
        ? undefined
        : { branch: head.startsWith("refs/heads/") ? head.slice(11) : undefined, onto: read("rebase-merge/onto") },
  };
}
