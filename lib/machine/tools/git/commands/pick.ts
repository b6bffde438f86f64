/** git cherry-pick and git revert. */
import { parseRevisions } from "../arguments.ts";
import { commitSummary } from "../committing.ts";
import type { Git } from "../context.ts";
import { failed, fatal, plainly, quit } from "../failure.ts";
import { cleanMessage, editFile } from "../message.ts";
import { type Commit, type Oid, subjectOf } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { pick } from "../picking.ts";
import { peelTo, resolveRevision } from "../revision.ts";
import { collectStatus, longStatus } from "../status.ts";
import { forceTree } from "../switching.ts";
import { writeIndexTree } from "../trees.ts";
import { walkCommits } from "../walk.ts";
import { commit as commitCommand, signedOff } from "./commit.ts";

const OPTIONS = optionTable(
  "quit",
  "continue",
  "abort",
  "skip",
  "cleanup=",
  "n|no-commit",
  "e|edit",
  "s|signoff",
  "m|mainline=",
  "x|",
  "ff",
  "allow-empty",
  "allow-empty-message",
  "keep-redundant-commits",
  "strategy=",
  "X|strategy-option=",
  "S|gpg-sign=?",
  "rerere-autoupdate",
  "reference",
);

type Verb = "cherry-pick" | "revert";

export const cherryPick = (git: Git, words: readonly string[]): Promise<number> => run(git, words, "cherry-pick");
export const revert = (git: Git, words: readonly string[]): Promise<number> => run(git, words, "revert");

const stateFile = (verb: Verb) => (verb === "revert" ? "REVERT_HEAD" : "CHERRY_PICK_HEAD");

async function run(git: Git, words: readonly string[], verb: Verb): Promise<number> {
  const usage = `usage: git ${verb} [--edit] [-n] [-m <parent-number>] [-s] <commit>...\n   or: git ${verb} (--continue | --skip | --abort | --quit)\n`;
  const options = parseOptions(OPTIONS, words, { usage });
  for (const name of [
    "strategy",
    "strategy-option",
    "gpg-sign",
    "reference",
    "keep-redundant-commits",
    "ff",
    "cleanup",
  ])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs, objects } = repository;
  const active =
    repository.readState(stateFile(verb)) !== undefined || repository.readState("sequencer/todo") !== undefined;
  const none = () => plainly(`error: no cherry-pick or revert in progress\nfatal: ${verb} failed`, 128);
  if (options.has("abort") || options.has("skip")) {
    if (!active) throw none();
    const head = refs.resolve("HEAD") as Oid;
    const start = (options.has("abort") ? repository.readState("sequencer/head")?.trim() : undefined) ?? head;
    await forceTree(git, (await objects.commit(start)).tree);
    refs.update("HEAD", start, `reset: moving to ${start === head ? "HEAD" : start}`);
    repository.dropState(stateFile(verb), "MERGE_MSG");
    if (options.has("skip")) return resume(git, verb, options);
    repository.dropState("sequencer");
    return 0;
  }
  if (options.has("quit")) {
    repository.dropState(stateFile(verb), "sequencer");
    return 0;
  }
  if (options.has("continue")) {
    if (!active) throw none();
    if (repository.readState(stateFile(verb)) !== undefined) {
      if (repository.index.conflicts.length > 0) {
        throw plainly(
          `error: Committing is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: Exiting because of an unresolved conflict.`,
          128,
        );
      }
      const status = await commitCommand(
        git,
        git.process.isTerminal(1) || git.process.env.has("GIT_EDITOR") ? [] : ["--no-edit", "--cleanup=strip"],
      );
      if (status !== 0) return status;
    }
    return resume(git, verb, options);
  }
  if (options.args.length === 0) throw plainly(usage.trimEnd(), 129);
  if (repository.index.conflicts.length > 0) {
    throw plainly(
      `error: ${verb === "revert" ? "Reverting" : "Cherry-picking"} is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: ${verb} failed`,
      128,
    );
  }
  for (const word of options.args) {
    if (word.includes("..")) continue;
    if ((await resolveRevision(repository, word)) === undefined) throw fatal(`bad revision '${word}'`);
  }
  const revisions = await parseRevisions(git, options);
  const commits: Oid[] = [];
  if (revisions.range !== undefined) {
    const pickOut = (exclude: boolean) =>
      revisions.words.filter((word) => word.exclude === exclude).map((word) => word.oid);
    for await (const each of walkCommits(repository, {
      include: pickOut(false),
      exclude: pickOut(true),
      topological: true,
    }))
      commits.push(each.oid);
    if (verb === "cherry-pick") commits.reverse();
  } else {
    for (const word of revisions.words) {
      const oid = await peelTo(repository, word.oid, "commit");
      if (oid === undefined) throw fatal(`${word.text} is not a commit`);
      commits.push(oid);
    }
  }
  const head = refs.resolve("HEAD");
  if (head === undefined) throw fatal("your current branch does not have any commits yet");
  if (!options.has("no-commit") && (await writeIndexTree(repository)) !== (await objects.commit(head)).tree) {
    throw plainly(
      `error: your local changes would be overwritten by ${verb}.\nhint: commit your changes or stash them to proceed.\nfatal: ${verb} failed`,
      128,
    );
  }
  if (commits.length > 1) {
    git.process.files.makeDirectory(`${repository.gitDir}/sequencer`, { recursive: true });
    git.process.files.writeFile(`${repository.gitDir}/sequencer/head`, `${head}\n`);
  }
  return sequence(git, verb, options, commits);
}

async function resume(git: Git, verb: Verb, options: Options): Promise<number> {
  const left = (git.repository.readState("sequencer/todo") ?? "")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [line.split(" ")[1] as string]));
  return sequence(git, verb, options, left);
}

async function sequence(git: Git, verb: Verb, options: Options, commits: readonly Oid[]): Promise<number> {
  const { repository } = git;
  const { objects, refs } = repository;
  for (const [index, oid] of commits.entries()) {
    const commit = await objects.commit(oid);
    const mainline = options.value("mainline");
    if (commit.parents.length > 1 && mainline === undefined)
      throw plainly(`error: commit ${oid} is a merge but no -m option was given.\nfatal: ${verb} failed`, 128);
    if (commit.parents.length < 2 && mainline !== undefined && mainline !== "1")
      throw plainly(`error: commit ${oid} does not have parent ${mainline}\nfatal: ${verb} failed`, 128);
    let message = commit.message;
    if (verb === "revert")
      message = `Revert "${subjectOf(commit.message)}"\n\nThis reverts commit ${oid}${commit.parents.length > 1 ? `, reversing\nchanges made to ${commit.parents[Number(mainline) - 1]}` : ""}.\n`;
    if (options.has("x")) message = `${message.replace(/\n*$/, "\n")}\n(cherry picked from commit ${oid})\n`;
    if (options.has("signoff")) message = signedOff(message, identity(git.process, git.config, "committer"));
    const edits = options.has("edit") || (verb === "revert" && !options.denied("edit") && git.process.isTerminal(0));
    if (edits && !options.has("no-commit")) {
      const path = `${repository.gitDir}/COMMIT_EDITMSG`;
      git.process.files.writeFile(path, message);
      message = cleanMessage(await editFile(git, path), "strip");
      if (message === "") throw plainly("Aborting commit due to empty commit message.", 1);
    }
    const parent = commit.parents[0];
    if (
      verb === "cherry-pick" &&
      parent === refs.resolve("HEAD") &&
      !edits &&
      message === commit.message &&
      !options.has("no-commit") &&
      options.has("ff")
    )
      continue;
    let result: Awaited<ReturnType<typeof pick>>;
    try {
      result = await pick(git, commit, {
        revert: verb === "revert",
        operation: verb,
        message,
        ...(verb === "cherry-pick" ? { author: commit.author } : {}),
        noCommit: options.has("no-commit"),
        allowEmpty:
          options.has("allow-empty") ||
          (verb === "cherry-pick" && (await isEmpty(git, commit)) && options.has("allow-empty")),
        ...(mainline === undefined ? {} : { mainline: Number(mainline) }),
      });
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw plainly(`${error.message}\nfatal: ${verb} failed`, 128);
    }
    const { files } = git.process;
    if (result.kind === "conflict" || result.kind === "empty") {
      files.writeFile(`${repository.gitDir}/${stateFile(verb)}`, `${oid}\n`);
      const paths = repository.index.conflicts;
      files.writeFile(
        `${repository.gitDir}/MERGE_MSG`,
        message + (paths.length === 0 ? "" : `\n# Conflicts:\n${paths.map((path) => `#\t${path}\n`).join("")}`),
      );
      if (commits.length > index + 1 || repository.readState("sequencer/head") !== undefined) {
        files.makeDirectory(`${repository.gitDir}/sequencer`, { recursive: true });
        const todo = commits.slice(index + 1).map((each) => `${verb === "revert" ? "revert" : "pick"} ${each}\n`);
        files.writeFile(`${repository.gitDir}/sequencer/todo`, todo.join(""));
      }
      if (result.kind === "empty") {
        const status = await collectStatus(git, { untracked: "normal", ignored: false, renames: true });
        await git.print(await longStatus(git, status, { colors: git.colors("status"), hints: true }));
        await git.say(
          "The previous cherry-pick is now empty, possibly due to conflict resolution.\nIf you wish to commit it anyway, use:\n\n    git commit --allow-empty\n\nOtherwise, please use 'git cherry-pick --skip'\n",
        );
        throw quit(1);
      }
      const what = `${objects.abbreviate(oid)}... ${subjectOf(commit.message)}`;
      const hint = options.has("no-commit")
        ? `hint: after resolving the conflicts, mark the corrected paths\nhint: with 'git add <paths>' or 'git rm <paths>'`
        : `hint: After resolving the conflicts, mark them with\nhint: "git add/rm <pathspec>", then run\nhint: "git ${verb} --continue".\nhint: You can instead skip this commit with "git ${verb} --skip".\nhint: To abort and get back to the state before "git ${verb}",\nhint: run "git ${verb} --abort".`;
      if (options.has("no-commit")) repository.dropState(stateFile(verb));
      throw failed(`could not ${verb === "revert" ? "revert" : "apply"} ${what}\n${hint}`);
    }
    if (result.kind === "done") {
      refs.update("HEAD", result.oid, `${verb}: ${subjectOf(message)}`);
      await git.print(await commitSummary(git, result.oid, { date: true }));
    }
  }
  repository.dropState("sequencer");
  return 0;
}

async function isEmpty(git: Git, commit: Commit): Promise<boolean> {
  const [parent] = commit.parents;
  return parent !== undefined && (await git.repository.objects.commit(parent)).tree === commit.tree;
}
