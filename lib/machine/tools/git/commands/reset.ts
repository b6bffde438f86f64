/** git reset. */
import type { Git } from "../context.ts";
import { pathOf } from "../diff/pairs.ts";
import { fatal } from "../failure.ts";
import { NO_STAT } from "../index-file.ts";
import { type Oid, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { ambiguous, commitOf, peelTo, resolveRevision } from "../revision.ts";
import { forceTree } from "../switching.ts";
import { entriesOfTree } from "../trees.ts";
import { compareIndexToFiles } from "../worktree.ts";
import { lstatOrUndefined } from "./lookup.ts";

const USAGE =
  "usage: git reset [--mixed | --soft | --hard] [-q] [<commit>]\n   or: git reset [-q] [<tree-ish>] [--] <pathspec>...\n";
const OPTIONS = optionTable(
  "q|quiet",
  "mixed",
  "soft",
  "hard",
  "merge",
  "keep",
  "p|patch",
  "N|intent-to-add",
  "recurse-submodules=?",
  "pathspec-from-file=",
  "refresh",
);

export async function reset(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["merge", "keep", "patch", "intent-to-add", "recurse-submodules", "pathspec-from-file"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs } = repository;
  let target = "HEAD";
  let paths = [...options.after];
  const { before } = options;
  const [first] = before;
  if (first !== undefined) {
    const found = await resolveRevision(repository, first);
    if (found !== undefined) {
      target = first;
      if (options.dashes === undefined) paths = before.slice(1);
    } else if (
      options.dashes === undefined &&
      lstatOrUndefined(git, first) === undefined &&
      !repository.index.has(repository.normalPath(first))
    )
      throw ambiguous(first);
    else if (options.dashes !== undefined)
      throw fatal(
        `bad revision '${first}'`.replace("bad revision", "Failed to resolve").concat(" as a valid revision."),
      );
    else paths = [...before];
  }
  const mode = options.last("mixed", "soft", "hard");
  const head = refs.resolve("HEAD");
  if (paths.length > 0) {
    if (mode === "soft" || mode === "hard") throw fatal(`Cannot do ${mode} reset with paths.`);
    if (mode === "mixed")
      await git.say("warning: --mixed with paths is deprecated; use 'git reset -- <paths>' instead.\n");
    const oid = await resolveRevision(repository, target);
    const tree = oid === undefined ? undefined : await peelTo(repository, oid, "tree");
    await resetPaths(git, tree, paths);
    if (!options.has("quiet")) await unstaged(git);
    return 0;
  }
  if (head === undefined && target === "HEAD") {
    if (mode === "hard") await forceTree(git, undefined);
    else if (mode !== "soft") {
      repository.index.replace([]);
      await repository.writeIndex();
    }
    return 0;
  }
  const oid = await commitOf(repository, target, () => fatal(`Could not parse object '${target}'.`));
  const commit = await repository.objects.commit(oid);
  if (mode !== "soft") void repository.tree;
  if (mode === "soft" && repository.index.conflicts.length > 0)
    throw fatal("Cannot do a soft reset in the middle of a merge.");
  if (mode === "hard") await forceTree(git, commit.tree);
  else if (mode !== "soft") {
    repository.index.replace(await entriesOfTree(repository, commit.tree));
    await repository.writeIndex();
  }
  if (head !== undefined) repository.process.files.writeFile(`${repository.gitDir}/ORIG_HEAD`, `${head}\n`);
  refs.update("HEAD", oid, `reset: moving to ${target}`);
  repository.dropState("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "CHERRY_PICK_HEAD", "REVERT_HEAD", "SQUASH_MSG");
  if (options.has("quiet")) return 0;
  if (mode === "hard")
    await git.print(`HEAD is now at ${repository.objects.abbreviate(oid)} ${subjectOf(commit.message)}\n`);
  else if (mode !== "soft") await unstaged(git);
  return 0;
}

async function resetPaths(git: Git, tree: Oid | undefined, words: readonly string[]): Promise<void> {
  const { repository } = git;
  const pathspec = repository.pathspec(words);
  const from = tree === undefined ? new Map() : await repository.objects.flatten(tree);
  const kept = repository.index.entries.filter((entry) => !pathspec.matches(entry.path));
  const known = new Map(
    repository.index.entries.filter((entry) => entry.stage === 0).map((entry) => [entry.path, entry]),
  );
  for (const [path, { mode, oid }] of from) {
    if (!pathspec.matches(path)) continue;
    const before = known.get(path);
    kept.push(
      before !== undefined && before.oid === oid && before.mode === mode
        ? before
        : { path, mode, oid, stage: 0, intent: false, stat: NO_STAT },
    );
  }
  repository.index.replace(kept);
  await repository.writeIndex();
}

async function unstaged(git: Git): Promise<void> {
  const pairs = await compareIndexToFiles(git.repository);
  if (pairs.length === 0) return;
  await git.print(
    `Unstaged changes after reset:\n${pairs.map((pair) => `${pair.status}\t${pathOf(pair)}\n`).join("")}`,
  );
}
