/** git stash: changes put aside as commits. */
import { createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { DIFF_OPTIONS, diffOptions, diffText, preparePairs } from "../diff/options.ts";
import { compareTrees } from "../diff/pairs.ts";
import { fatal, GitFailure, plainly } from "../failure.ts";
import { applyMerge, mergeTrees } from "../merging.ts";
import { type Oid, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { resolveRevision } from "../revision.ts";
import { stageFile } from "../staging.ts";
import { collectStatus, longStatus } from "../status.ts";
import { forceTree } from "../switching.ts";
import { entriesOfTree, writeIndexTree } from "../trees.ts";
import { compareIndexToFiles, lstat, removeWorkFile, untracked, writeWorkFile } from "../worktree.ts";

const USAGE = `usage: git stash list [<log-options>]
   or: git stash show [-u | --include-untracked | --only-untracked] [<diff-options>] [<stash>]
   or: git stash drop [-q | --quiet] [<stash>]
   or: git stash pop [--index] [-q | --quiet] [<stash>]
   or: git stash apply [--index] [-q | --quiet] [<stash>]
   or: git stash branch <branchname> [<stash>]
   or: git stash [push [-u | --include-untracked] [-q | --quiet] [(-m | --message) <message>]]
   or: git stash clear
`;
const PUSH = optionTable(
  "k|keep-index",
  "S|staged",
  "p|patch",
  "q|quiet",
  "u|include-untracked",
  "a|all",
  "m|message=",
  "pathspec-from-file=",
);
const VERBS = ["push", "save", "pop", "apply", "list", "drop", "show", "clear", "branch", "create", "store"];

export async function stash(git: Git, words: readonly string[]): Promise<number> {
  const [verb = "push", ...rest] = words[0] === undefined || words[0].startsWith("-") ? ["push", ...words] : words;
  if (!VERBS.includes(verb))
    throw fatal(`subcommand wasn't specified; 'push' can't be assumed due to unexpected token '${verb}'`);
  const { repository } = git;
  const { refs } = repository;
  switch (verb) {
    case "push":
    case "save":
      return push(git, rest, verb === "save");
    case "list":
      for (const [index, entry] of refs.logOf("refs/stash").reverse().entries())
        await git.print(`stash@{${index}}: ${entry.message}\n`);
      return 0;
    case "clear":
      refs.delete("refs/stash");
      return 0;
    case "drop": {
      const { oid, index, name } = await named(git, rest[0]);
      await drop(git, index);
      await git.print(`Dropped ${name} (${oid})\n`);
      return 0;
    }
    case "pop":
    case "apply": {
      const options = parseOptions(optionTable("index", "q|quiet"), rest, { usage: USAGE });
      if (options.has("index")) throw fatal("--index is not available here");
      const { oid, index, name } = await named(git, options.args[0]);
      let clean = false;
      try {
        clean = await apply(git, oid, options.has("quiet"));
      } catch (error) {
        if (!(error instanceof GitFailure)) throw error;
        await git.say(`${error.prefix ?? ""}${error.message}\n`);
        if (!options.has("quiet")) await showStatus(git);
      }
      if (!clean) {
        if (verb === "pop") await git.print("The stash entry is kept in case you need it again.\n");
        return 1;
      }
      if (verb === "pop") {
        await drop(git, index);
        if (!options.has("quiet")) await git.print(`Dropped ${name} (${oid})\n`);
      }
      return 0;
    }
    case "show": {
      const options = parseOptions(DIFF_OPTIONS, rest, { usage: USAGE });
      const { oid } = await named(git, options.args[0]);
      const commit = await repository.objects.commit(oid);
      const settings = diffOptions(git, options, "stat");
      const base = (await repository.objects.commit(commit.parents[0] as Oid)).tree;
      await git.print(
        await diffText(
          git,
          await preparePairs(git, await compareTrees(repository, base, commit.tree), settings),
          settings,
        ),
      );
      return 0;
    }
    default:
      throw fatal(`git stash ${verb} is not available here`);
  }
}

async function named(
  git: Git,
  word: string | undefined,
): Promise<{ readonly oid: Oid; readonly index: number; readonly name: string }> {
  const { repository } = git;
  const entries = repository.refs.logOf("refs/stash").reverse();
  if (word === undefined && entries.length === 0) throw plainly("No stash entries found.", 1);
  const text = word === undefined ? "refs/stash@{0}" : /^\d+$/.test(word) ? `refs/stash@{${word}}` : word;
  const index = Number(/@\{(\d+)\}$/.exec(text)?.[1] ?? 0);
  if (/stash(@|$)/.test(text) && entries[index] === undefined) {
    throw plainly(
      entries.length === 0
        ? `error: ${text} is not a valid reference`
        : `error: ${text.replace("refs/stash", "stash")} is not a valid reference`,
      1,
    );
  }
  const oid = await resolveRevision(repository, text);
  if (oid === undefined) throw plainly(`error: ${text} is not a valid reference`, 1);
  return { oid, index, name: text };
}

async function drop(git: Git, index: number): Promise<void> {
  const { refs } = git.repository;
  const entries = refs.logOf("refs/stash");
  entries.splice(entries.length - 1 - index, 1);
  const last = entries.at(-1);
  if (last === undefined) {
    refs.delete("refs/stash");
    return;
  }
  git.process.files.writeFile(`${git.repository.gitDir}/refs/stash`, `${last.after}\n`);
  refs.replaceLog(
    "refs/stash",
    entries.map((entry, at) => ({
      ...entry,
      before: at === 0 ? "0".repeat(40) : (entries[at - 1]?.after ?? entry.before),
    })),
  );
}

async function push(git: Git, words: readonly string[], save: boolean): Promise<number> {
  const options = parseOptions(PUSH, words, { usage: USAGE });
  for (const name of ["staged", "patch", "pathspec-from-file", "all"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  if (!save && options.args.length > 0) throw fatal("stashing some paths alone is not available here");
  const { repository } = git;
  const { refs, objects } = repository;
  const head = refs.resolve("HEAD");
  if (head === undefined) throw plainly("You do not have the initial commit yet", 1);
  if (repository.index.conflicts.length > 0) {
    throw plainly(
      `${repository.index.conflicts.map((path) => `${path}: needs merge\n`).join("")}Cannot save the current index state`.replace(
        /\n?Cannot/,
        "\nCannot",
      ),
      1,
    );
  }
  const commit = await objects.commit(head);
  const extra = options.has("include-untracked") ? await untracked(repository, { mode: "all" }) : [];
  const before = [...repository.index.entries];
  const indexTree = await writeIndexTree(repository);
  const changes = await compareIndexToFiles(repository);
  if (changes.length === 0 && indexTree === commit.tree && extra.length === 0) {
    if (!options.has("quiet")) await git.print("No local changes to save\n");
    return 0;
  }
  for (const pair of changes) {
    const path = (pair.new ?? pair.old)?.path as string;
    if (lstat(repository, path) === undefined) repository.index.remove(path);
    else await stageFile(git, path);
  }
  const workTree = await writeIndexTree(repository);
  repository.index.replace(before);
  const who = {
    author: identity(git.process, git.config, "author"),
    committer: identity(git.process, git.config, "committer"),
  };
  const where = `${refs.branch ?? "(no branch)"}: ${objects.abbreviate(head)} ${subjectOf(commit.message)}`;
  const given = options.value("message") ?? (save && options.args.length > 0 ? options.args.join(" ") : undefined);
  const title = given === undefined ? `WIP on ${where}` : `On ${refs.branch ?? "(no branch)"}: ${given}`;
  const indexCommit = await createCommit(git, {
    ...who,
    tree: indexTree,
    parents: [head],
    message: `index on ${where}\n`,
  });
  const parents = [head, indexCommit];
  if (extra.length > 0) {
    repository.index.replace([]);
    for (const path of extra) await stageFile(git, path);
    const tree = await writeIndexTree(repository);
    repository.index.replace(before);
    parents.push(await createCommit(git, { ...who, tree, parents: [], message: `untracked files on ${where}\n` }));
  }
  const oid = await createCommit(git, {
    ...who,
    tree: workTree,
    parents,
    message: title,
  });
  refs.update("refs/stash", oid, title);
  for (const path of extra) removeWorkFile(repository, path);
  await forceTree(git, options.has("keep-index") ? indexTree : commit.tree);
  if (!options.has("keep-index")) refs.log("HEAD", head, head, "reset: moving to HEAD");
  if (!options.has("quiet")) await git.print(`Saved working directory and index state ${title}\n`);
  return 0;
}

async function apply(git: Git, oid: Oid, quiet: boolean): Promise<boolean> {
  const { repository } = git;
  const { objects } = repository;
  const commit = await objects.commit(oid);
  const [base = "", , extra] = commit.parents;
  const ours = await writeIndexTree(repository);
  if ((await objects.commit(base)).tree === commit.tree) await git.print("Already up to date.\n");
  const labels = { ours: "Updated upstream", theirs: "Stashed changes", base: "Stash base" };
  const merged = await mergeTrees(git, (await objects.commit(base)).tree, ours, commit.tree, labels);
  await applyMerge(git, ours, merged, "merge");
  for (const message of merged.messages) await git.print(`${message}\n`);
  if (extra !== undefined) {
    for (const [path, entry] of await objects.flatten((await objects.commit(extra)).tree))
      await writeWorkFile(repository, path, entry.mode, entry.oid);
  }
  if (merged.clean) {
    // What was there before stays out of the index; new files are kept in it.
    const old = await entriesOfTree(repository, ours);
    const known = new Set(old.map((entry) => entry.path));
    const added = repository.index.entries.filter((entry) => !known.has(entry.path));
    repository.index.replace([...old, ...added]);
  }
  await repository.writeIndex();
  if (!quiet) {
    await showStatus(git);
  }
  return merged.clean;
}

async function showStatus(git: Git): Promise<void> {
  const status = await collectStatus(git, { untracked: "normal", ignored: false, renames: true });
  const hints = git.config.boolean("advice.statushints") ?? true;
  await git.print(await longStatus(git, status, { colors: git.colors("status"), hints }));
}
