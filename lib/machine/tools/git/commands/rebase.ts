/** git rebase: commits one after the other onto another base. */

import { commitSummary, createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { failed, fatal, GitFailure, plainly } from "../failure.ts";
import { cleanMessage, editFile } from "../message.ts";
import { type Oid, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { commitOf, upstreamOf } from "../revision.ts";
import { meld, sequence, stepsLeft, writeSteps } from "../sequencing.ts";
import { forceTree, moveTree } from "../switching.ts";
import { autosquashed, editableTodo, type Step, todoText } from "../todo.ts";
import { writeIndexTree } from "../trees.ts";
import { isAncestor, walkCommits } from "../walk.ts";
import { compareIndexToFiles } from "../worktree.ts";
import { switchTo } from "./checkout.ts";
import { commit } from "./commit.ts";

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
  "root",
  "rebase-merges",
  "strategy",
  "strategy-option",
  "autostash",
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
  const resuming = ["continue", "skip", "abort", "quit", "edit-todo"].find((name) => options.has(name));
  if (resuming !== undefined) {
    if (!active) throw fatal("No rebase in progress?");
    if (resuming === "edit-todo") return editTodo(git);
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
  const interactive = options.has("interactive");
  const execs = options.values("exec");
  if (
    linear &&
    onto === base &&
    !interactive &&
    execs.length === 0 &&
    !options.has("force-rebase") &&
    !options.has("no-ff")
  ) {
    const first = commits[0];
    if (first === undefined || (await objects.commit(first)).parents[0] === onto) {
      if (!options.has("quiet"))
        await git.print(
          refs.branch === undefined ? "HEAD is up to date.\n" : `Current branch ${refs.branch} is up to date.\n`,
        );
      return 0;
    }
  }
  const { files } = git.process;
  const write = (file: string, text: string) => files.writeFile(`${repository.gitDir}/rebase-merge/${file}`, text);
  files.makeDirectory(`${repository.gitDir}/rebase-merge`, { recursive: true });
  write("head-name", `${name}\n`);
  write("onto", `${onto}\n`);
  write("orig-head", `${head}\n`);
  write("interactive", "");
  let steps: Step[] = [];
  for (const oid of commits) steps.push({ verb: "pick", oid, text: subjectOf((await objects.commit(oid)).message) });
  const squashes =
    options.has("autosquash") || (!options.denied("autosquash") && (git.config.boolean("rebase.autosquash") ?? false));
  if (interactive && squashes) steps = autosquashed(steps);
  if (execs.length > 0)
    steps = steps.flatMap((step, index) => {
      const next = steps[index + 1]?.verb;
      const run =
        next === "squash" || next === "fixup"
          ? []
          : execs.map((text) => ({ verb: "exec" as const, oid: undefined, text }));
      return [step, ...run];
    });
  let problem: GitFailure | undefined;
  if (interactive) {
    const short = (oid: Oid) => objects.abbreviate(oid);
    const count = `${steps.length} command${steps.length === 1 ? "" : "s"}`;
    write(
      "git-rebase-todo",
      editableTodo(repository, steps, `Rebase ${short(base)}..${short(head)} onto ${short(onto)} (${count})`),
    );
    try {
      const text = await editFile(git, `${repository.gitDir}/rebase-merge/git-rebase-todo`, "sequence");
      if (text.split("\n").every((line) => line.trim() === "" || line.startsWith("#"))) throw failed("nothing to do");
    } catch (error) {
      repository.dropState("rebase-merge");
      throw error;
    }
    try {
      steps = await stepsLeft(git);
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      problem = error;
    }
  }
  write("end", `${steps.length}\n`);
  write("done", "");
  // Commits that are where they belong need not be picked again.
  let start = onto;
  if (interactive || execs.length > 0) {
    while (
      problem === undefined &&
      steps[0]?.verb === "pick" &&
      steps[0].oid !== undefined &&
      !options.has("force-rebase")
    ) {
      const first = steps[0];
      if ((await objects.commit(first.oid as Oid)).parents[0] !== start) break;
      start = first.oid as Oid;
      steps = steps.slice(1);
      files.writeFile(`${repository.gitDir}/rebase-merge/done`, todoText([first]), { append: true });
    }
  }
  await moveTree(git, headTree, (await objects.commit(start)).tree);
  files.writeFile(`${repository.gitDir}/ORIG_HEAD`, `${head}\n`);
  refs.detach(start);
  refs.log("HEAD", head, start, `rebase (start): checkout ${ontoName}`);
  if (problem !== undefined) throw problem;
  writeSteps(git, steps);
  return sequence(git, steps);
}

/** --edit-todo. */
async function editTodo(git: Git): Promise<number> {
  const { repository } = git;
  const path = `${repository.gitDir}/rebase-merge/git-rebase-todo`;
  let steps: Step[] | undefined;
  try {
    steps = await stepsLeft(git);
  } catch (error) {
    // A list that is no list is given as it is, to be put right.
    if (!(error instanceof GitFailure)) throw error;
  }
  if (steps !== undefined) git.process.files.writeFile(path, editableTodo(repository, steps, undefined));
  await editFile(git, path, "sequence");
  writeSteps(git, await stepsLeft(git));
  return 0;
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
    const amend = repository.readState("rebase-merge/amend")?.trim();
    const melding = repository.readState("rebase-merge/melding")?.trim();
    const tree = await writeIndexTree(repository);
    const changed = tree !== (await objects.commit(head)).tree;
    if (changed && melding !== undefined && stopped !== undefined) {
      const status = await meld(
        git,
        { verb: melding === "squash" ? "squash" : "fixup", oid: stopped },
        await stepsLeft(git),
      );
      if (status !== undefined) return status;
    } else if (changed && amend === head) {
      const status = await commit(git, ["--amend"]);
      if (status !== 0) return status;
    } else if (changed && stopped !== undefined) {
      const picked = await objects.commit(stopped);
      const message = cleanMessage(repository.readState("MERGE_MSG") ?? picked.message, "strip");
      const oid = await createCommit(git, {
        tree,
        parents: [head],
        author: picked.author,
        committer: identity(git.process, git.config, "committer"),
        message,
      });
      refs.update("HEAD", oid, `rebase (continue): ${subjectOf(message)}`);
      await git.print(await commitSummary(git, oid));
    }
  }
  repository.dropState(
    "REBASE_HEAD",
    "MERGE_MSG",
    "rebase-merge/stopped-sha",
    "rebase-merge/amend",
    "rebase-merge/melding",
  );
  return sequence(git, await stepsLeft(git));
}
