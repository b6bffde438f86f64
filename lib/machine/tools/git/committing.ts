/** New commits, and the lines that tell of them. */
import type { Git } from "./context.ts";
import { diffOptions, preparePairs } from "./diff/options.ts";
import { compareTrees } from "./diff/pairs.ts";
import { shortStat, statistics, summaryText } from "./diff/stat.ts";
import { type Commit, encodeCommit, type Oid, type Person, subjectOf } from "./objects.ts";
import { Options } from "./options.ts";
import { showDate } from "./person.ts";

interface NewCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

export async function createCommit(git: Git, commit: NewCommit): Promise<Oid> {
  return git.repository.objects.write("commit", encodeCommit(commit));
}

/** "[main 1234567] subject" and what changed, as after `git commit`. */
export async function commitSummary(
  git: Git,
  oid: Oid,
  told: { readonly date?: boolean; readonly diff?: boolean } = {},
): Promise<string> {
  const { repository } = git;
  const commit = await repository.objects.commit(oid);
  const root = commit.parents.length === 0 ? " (root-commit)" : "";
  const branch = repository.refs.branch ?? "detached HEAD";
  let out = `[${branch}${root} ${repository.objects.abbreviate(oid)}] ${subjectOf(commit.message)}\n`;
  const { author, committer } = commit;
  if (author.name !== committer.name || author.email !== committer.email)
    out += ` Author: ${author.name} <${author.email}>\n`;
  if (told.date) out += ` Date: ${showDate(author, git.config.get("log.date") ?? "default", git.now)}\n`;
  return out + (await changeSummary(git, commit));
}

/** " 1 file changed, ..." with what came and went; nothing for merges. */
async function changeSummary(git: Git, commit: Commit): Promise<string> {
  const { repository } = git;
  if (commit.parents.length > 1) return "";
  const [parent] = commit.parents;
  const before = parent === undefined ? undefined : (await repository.objects.commit(parent)).tree;
  const options = diffOptions(git, new Options(), "patch");
  const pairs = await preparePairs(git, await compareTrees(repository, before, commit.tree), options);
  if (pairs.length === 0) return "";
  return shortStat(await statistics(git, pairs, options)) + summaryText(git, pairs);
}
