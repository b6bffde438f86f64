/** git rebase: commits one after the other onto another base. */

import { commitSummary, createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { failed, fatal, plainly } from "../failure.ts";
import { cleanMessage } from "../message.ts";
import { type Oid, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { pick } from "../picking.ts";
import { commitOf, upstreamOf } from "../revision.ts";
import { forceTree, moveTree } from "../switching.ts";
import { writeIndexTree } from "../trees.ts";
import { isAncestor, walkCommits } from "../walk.ts";
import { compareIndexToFiles } from "../worktree.ts";
import { switchTo } from "./checkout.ts";

const USAGE = `usage: git rebase [-i] [options] [--exec <cmd>] [--onto <newbase> | --keep-base] [<upstream> [<branch>]]
   or: git rebase [-i] [options] [--exec <cmd>] [--onto <newbase>] --root [<branch>]
   or: git rebase --continue | --abort | --skip | --edit-todo
`;
const OPTIONS = optionTable(
  "onto=",
  "keep-base",
  "verify",
  "q|quiet",
  "v|verbose",
  "n|stat",
  "signoff",
  "f|force-rebase",
  "ff",
  "continue",
  "skip",
  "abort",
  "quit",
  "edit-todo",
  "m|merge",
  "i|interactive",
  "autosquash",
  "autostash",
  "x|exec=",
  "root",
  "r|rebase-merges=?",
  "fork-point",
  "s|strategy=",
  "X|strategy-option=",
  "empty=",
  "S|gpg-sign=?",
  "no-ff",
  "apply",
  "update-refs",
  "committer-date-is-author-date",
  "reset-author-date",
);
const REFUSED = [
  "interactive",
  "exec",
  "root",
  "rebase-merges",
  "strategy",
  "strategy-option",
  "autosquash",
  "autostash",
  "edit-todo",
  "keep-base",
  "signoff",
  "empty",
  "gpg-sign",
  "update-refs",
  "committer-date-is-author-date",
  "reset-author-date",
  "stat",
];

export async function rebase(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs, objects } = repository;
  const active = repository.readState("rebase-merge/head-name") !== undefined;
  const resuming = ["continue", "skip", "abort", "quit"].find((name) => options.has(name));
  if (resuming !== undefined) {
    if (!active) throw fatal("No rebase in progress?");
    if (resuming === "quit") {
      repository.dropState("rebase-merge");
      return 0;
    }
    return resume(git, resuming);
  }
  if (active)
    throw fatal(
      `It seems that there is already a rebase-merge directory, and\nI wonder if you are in the middle of another rebase.  If that is the\ncase, please try\n\tgit rebase (--continue | --abort | --skip)\nIf that is not the case, please\n\trm -fr ".git/rebase-merge"\nand run me again.  I am stopping in case you still have something\nvaluable there.\n`,
    );
  const [given, branch, extra] = options.args;
  if (extra !== undefined) throw plainly(USAGE.trimEnd(), 129);
  if (branch !== undefined) {
    await switchTo(git, ["-q", branch]);
  }
  let upstream = given;
  if (upstream === undefined) {
    const full = refs.branch === undefined ? undefined : upstreamOf(repository, refs.branch);
    if (full === undefined) {
      await git.print(
        refs.branch === undefined
          ? "You are not currently on a branch.\nPlease specify which branch you want to rebase against.\nSee git-rebase(1) for details.\n\n    git rebase '<branch>'\n"
          : `There is no tracking information for the current branch.\nPlease specify which branch you want to rebase against.\nSee git-rebase(1) for details.\n\n    git rebase '<branch>'\n\nIf you wish to set tracking information for this branch you can do so with:\n\n    git branch --set-upstream-to=<remote>/<branch> ${refs.branch}\n\n`,
      );
      return 1;
    }
    upstream = full;
  }
  const base = await commitOf(repository, upstream, () => fatal(`invalid upstream '${upstream}'`));
  const ontoName = options.value("onto") ?? upstream;
  const onto = await commitOf(repository, ontoName, () => fatal(`Does not point to a valid commit '${ontoName}'`));
  const head = refs.resolve("HEAD");
  if (head === undefined) throw fatal("Could not resolve HEAD to a commit");
  const headTree = (await objects.commit(head)).tree;
  const dirty = await dirtyWords(git, "rebase");
  if (dirty !== undefined) throw plainly(dirty, 1);
  const commits: Oid[] = [];
  for await (const each of walkCommits(repository, { include: [head], exclude: [base], topological: true }))
    if (each.parents.length < 2) commits.unshift(each.oid);
  const name = refs.branch === undefined ? "detached HEAD" : `refs/heads/${refs.branch}`;
  const linear = (await isAncestor(repository, onto, head)) && (onto === base || options.value("onto") === undefined);
  if (linear && onto === base && !options.has("force-rebase") && !options.has("no-ff")) {
    const first = commits[0];
    if (first === undefined || (await objects.commit(first)).parents[0] === onto) {
      if (!options.has("quiet"))
        await git.print(
          refs.branch === undefined ? "HEAD is up to date.\n" : `Current branch ${refs.branch} is up to date.\n`,
        );
      return 0;
    }
  }
  await moveTree(git, headTree, (await objects.commit(onto)).tree);
  const { files } = git.process;
  const write = (file: string, text: string) => files.writeFile(`${repository.gitDir}/rebase-merge/${file}`, text);
  files.makeDirectory(`${repository.gitDir}/rebase-merge`, { recursive: true });
  write("head-name", `${name}\n`);
  write("onto", `${onto}\n`);
  write("orig-head", `${head}\n`);
  write("end", `${commits.length}\n`);
  write("interactive", "");
  files.writeFile(`${repository.gitDir}/ORIG_HEAD`, `${head}\n`);
  refs.detach(onto);
  refs.log("HEAD", head, onto, `rebase (start): checkout ${ontoName}`);
  await writeTodo(git, commits);
  write("done", "");
  return sequence(git, commits);
}

/** What keeps `operation` from being done, where something does (wt-status.c, require_clean_work_tree). */
export async function dirtyWords(git: Git, operation: string): Promise<string | undefined> {
  const { repository } = git;
  const head = repository.refs.resolve("HEAD");
  const tree = head === undefined ? undefined : (await repository.objects.commit(head)).tree;
  const changed = (await compareIndexToFiles(repository)).length > 0;
  const staged = tree !== undefined && (await writeIndexTree(repository)) !== tree;
  if (!changed && !staged) return undefined;
  return `${changed ? `error: cannot ${operation}: You have unstaged changes.\n` : ""}${staged ? `error: ${changed ? "additionally, your index contains uncommitted changes." : `cannot ${operation}: Your index contains uncommitted changes.`}\n` : ""}error: Please commit or stash them.`;
}

async function writeTodo(git: Git, commits: readonly Oid[]): Promise<void> {
  let text = "";
  for (const oid of commits) text += `pick ${oid} ${subjectOf((await git.repository.objects.commit(oid)).message)}\n`;
  git.process.files.writeFile(`${git.repository.gitDir}/rebase-merge/git-rebase-todo`, text);
}

async function resume(git: Git, verb: string): Promise<number> {
  const { repository } = git;
  const { refs, objects } = repository;
  const head = refs.resolve("HEAD") as Oid;
  if (verb === "abort") {
    const original = repository.readState("rebase-merge/orig-head")?.trim() as Oid;
    const name = repository.readState("rebase-merge/head-name")?.trim() ?? "";
    await forceTree(git, (await objects.commit(original)).tree);
    if (name.startsWith("refs/")) refs.point("HEAD", name);
    else refs.detach(original);
    refs.log("HEAD", head, original, `rebase (abort): returning to ${name.startsWith("refs/") ? name : original}`);
    repository.dropState("rebase-merge", "REBASE_HEAD", "MERGE_MSG");
    return 0;
  }
  if (verb === "skip") await forceTree(git, (await objects.commit(head)).tree);
  else {
    if (repository.index.conflicts.length > 0) {
      await git.print(repository.index.conflicts.map((path) => `${path}: needs merge\n`).join(""));
      await git.print("You must edit all merge conflicts and then\nmark them as resolved using git add\n");
      return 1;
    }
    const stopped = repository.readState("rebase-merge/stopped-sha")?.trim();
    const tree = await writeIndexTree(repository);
    if (stopped !== undefined && tree !== (await objects.commit(head)).tree) {
      const commit = await objects.commit(stopped);
      const message = cleanMessage(repository.readState("MERGE_MSG") ?? commit.message, "strip");
      const oid = await createCommit(git, {
        tree,
        parents: [head],
        author: commit.author,
        committer: identity(git.process, git.config, "committer"),
        message,
      });
      refs.update("HEAD", oid, `rebase (continue): ${subjectOf(message)}`);
      await git.print(await commitSummary(git, oid));
    }
  }
  repository.dropState("REBASE_HEAD", "MERGE_MSG", "rebase-merge/stopped-sha");
  const left = (repository.readState("rebase-merge/git-rebase-todo") ?? "")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [line.split(" ")[1] as Oid]));
  return sequence(git, left);
}

async function sequence(git: Git, commits: readonly Oid[]): Promise<number> {
  const { repository } = git;
  const { refs, objects } = repository;
  const { files } = git.process;
  const total = Number(repository.readState("rebase-merge/end") ?? commits.length);
  for (const [index, oid] of commits.entries()) {
    await git.say(`Rebasing (${total - commits.length + index + 1}/${total})\r`);
    const commit = await objects.commit(oid);
    await writeTodo(git, commits.slice(index + 1));
    files.writeFile(`${repository.gitDir}/rebase-merge/done`, `pick ${oid} ${subjectOf(commit.message)}\n`, {
      append: true,
    });
    const result = await pick(git, commit, {
      revert: false,
      operation: "rebase",
      message: commit.message,
      author: commit.author,
    });
    if (result.kind === "conflict") {
      files.writeFile(`${repository.gitDir}/rebase-merge/stopped-sha`, `${oid}\n`);
      files.writeFile(`${repository.gitDir}/REBASE_HEAD`, `${oid}\n`);
      files.writeFile(
        `${repository.gitDir}/MERGE_MSG`,
        `${commit.message}\n# Conflicts:\n${repository.index.conflicts.map((path) => `#\t${path}\n`).join("")}`,
      );
      const what = `${objects.abbreviate(oid)}... ${subjectOf(commit.message)}`;
      throw failed(
        `could not apply ${what}\nhint: Resolve all conflicts manually, mark them as resolved with\nhint: "git add/rm <conflicted_files>", then run "git rebase --continue".\nhint: You can instead skip this commit: run "git rebase --skip".\nhint: To abort and get back to the state before "git rebase", run "git rebase --abort".\nCould not apply ${what}`,
      );
    }
    if (result.kind === "empty") {
      await git.say(`dropping ${oid} ${subjectOf(commit.message)} -- patch contents already upstream\n`);
      continue;
    }
    if (result.kind === "done") refs.update("HEAD", result.oid, `rebase (pick): ${subjectOf(commit.message)}`);
  }
  const name = repository.readState("rebase-merge/head-name")?.trim() ?? "";
  const onto = repository.readState("rebase-merge/onto")?.trim() ?? "";
  const original = repository.readState("rebase-merge/orig-head")?.trim() ?? "";
  const head = refs.resolve("HEAD") as Oid;
  if (name.startsWith("refs/")) {
    refs.point("HEAD", name);
    files.writeFile(`${repository.gitDir}/${name}`, `${head}\n`);
    refs.log(name, original, head, `rebase (finish): ${name} onto ${onto}`);
    refs.log("HEAD", head, head, `rebase (finish): returning to ${name}`);
  }
  repository.dropState("rebase-merge", "REBASE_HEAD");
  await git.say(`\r${" ".repeat(80)}\rSuccessfully rebased and updated ${name}.\n`);
  return 0;
}
