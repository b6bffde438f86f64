/** git merge. */
import { createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { diffOptions, preparePairs } from "../diff/options.ts";
import { compareTrees, type Pair } from "../diff/pairs.ts";
import { statistics, statText, summaryText } from "../diff/stat.ts";
import { failed, fatal, plainly } from "../failure.ts";
import { applyMerge, mergeTrees } from "../merging.ts";
import { cleanMessage, editFile } from "../message.ts";
import type { Oid } from "../objects.ts";
import { Options, optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { prettyCommit } from "../pretty.ts";
import { shortRef } from "../refs.ts";
import { fetchedHeads } from "../remotes/fetching.ts";
import { commitOf, fullRef, upstreamOf } from "../revision.ts";
import { stateOf } from "../state.ts";
import { forceTree, moveTree } from "../switching.ts";
import { writeIndexTree } from "../trees.ts";
import { mergeBases, walkCommits } from "../walk.ts";
import { commit } from "./commit.ts";

const USAGE = `usage: git merge [<options>] [<commit>...]
   or: git merge --abort
   or: git merge --continue
`;
const OPTIONS = optionTable(
  "n|",
  "stat",
  "summary",
  "log=?",
  "squash",
  "commit",
  "e|edit",
  "cleanup=",
  "ff",
  "ff-only",
  "rerere-autoupdate",
  "verify-signatures",
  "s|strategy=",
  "X|strategy-option=",
  "m|message=",
  "F|file=",
  "v|verbose",
  "q|quiet",
  "abort",
  "quit",
  "continue",
  "allow-unrelated-histories",
  "progress",
  "S|gpg-sign=?",
  "autostash",
  "overwrite-ignore",
  "signoff",
  "verify",
);

const MERGE_WORDS = { operation: "merge", before: "merge" };

export async function merge(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["log", "verify-signatures", "strategy", "file", "autostash", "gpg-sign", "signoff", "cleanup"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs, objects } = repository;
  const state = stateOf(repository);
  if (options.has("abort")) {
    if (!state.merging) throw fatal("There is no merge to abort (MERGE_HEAD missing).");
    const head = refs.resolve("HEAD") as Oid;
    await forceTree(git, (await objects.commit(head)).tree);
    refs.update("HEAD", head, "reset: moving to HEAD");
    repository.dropState("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE");
    return 0;
  }
  if (options.has("quit")) {
    repository.dropState("MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "AUTO_MERGE");
    return 0;
  }
  if (options.has("continue")) {
    if (!state.merging) throw fatal("There is no merge in progress (MERGE_HEAD missing).");
    return commit(git, []);
  }
  if (repository.index.conflicts.length > 0) {
    throw plainly(
      "error: Merging is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: Exiting because of an unresolved conflict.",
      128,
    );
  }
  if (state.merging)
    throw fatal(
      "You have not concluded your merge (MERGE_HEAD exists).\nPlease, commit your changes before you merge.",
    );
  if (state.picking !== undefined)
    throw fatal(
      "You have not concluded your cherry-pick (CHERRY_PICK_HEAD exists).\nPlease, commit your changes before you merge.",
    );
  let names = options.args;
  if (names.length === 0) {
    const upstream = refs.branch === undefined ? undefined : upstreamOf(repository, refs.branch);
    if (upstream === undefined)
      throw fatal(refs.branch === undefined ? "No current branch." : "No remote for the current branch.");
    names = [shortRef(upstream)];
  }
  if (names.length > 1) throw fatal("merging several commits at once is not available here");
  const name = names[0] as string;
  const action = git.process.env.get("GIT_REFLOG_ACTION") ?? `merge ${name}`;
  const theirs = await commitOf(repository, name, () => plainly(`merge: ${name} - not something we can merge`, 1));
  const head = refs.resolve("HEAD");
  const theirTree = (await objects.commit(theirs)).tree;
  if (head === undefined) {
    await moveTree(git, undefined, theirTree, MERGE_WORDS);
    refs.update("HEAD", theirs, "initial pull");
    return 0;
  }
  const ours = await objects.commit(head);
  const [base, ...others] = await mergeBases(repository, head, theirs);
  if (base === theirs) {
    if (!options.has("quiet")) await git.print("Already up to date.\n");
    return 0;
  }
  const quiet = options.has("quiet");
  repository.process.files.writeFile(`${repository.gitDir}/ORIG_HEAD`, `${head}\n`);
  const noFastForward = options.denied("ff") || (!options.has("ff") && git.config.get("merge.ff") === "false");
  const only = options.has("ff-only") || (!options.denied("ff-only") && git.config.get("merge.ff") === "only");
  if (base === head && !noFastForward) {
    await git.print(`Updating ${objects.abbreviate(head)}..${objects.abbreviate(theirs)}\n`);
    await moveTree(git, ours.tree, theirTree, MERGE_WORDS);
    if (options.has("squash")) {
      await git.print("Fast-forward\nSquash commit -- not updating HEAD\n");
      await squashMessage(git, head, theirs);
    } else {
      refs.update("HEAD", theirs, `${action}: Fast-forward`);
      await git.print("Fast-forward\n");
    }
    if (!quiet && !options.has("n") && !options.denied("stat"))
      await git.print(await statOf(git, ours.tree, theirTree));
    return 0;
  }
  if (only) {
    throw fatal("Not possible to fast-forward, aborting.");
  }
  if (base === undefined && !options.has("allow-unrelated-histories"))
    throw fatal("refusing to merge unrelated histories");
  if (others.length > 0) throw fatal("merging histories that crossed (several merge bases) is not available here");
  if ((await writeIndexTree(repository)) !== ours.tree) {
    const pairs = await compareTrees(repository, ours.tree, await writeIndexTree(repository));
    throw plainly(
      `error: Your local changes to the following files would be overwritten by merge:\n  ${pairs.map((pair) => (pair.new ?? pair.old)?.path).join(" ")}`,
      2,
    );
  }
  const baseTree = base === undefined ? undefined : (await objects.commit(base)).tree;
  const labels = {
    ours: "HEAD",
    theirs: name === "FETCH_HEAD" ? theirs : name,
    base: base === undefined ? "empty tree" : objects.abbreviate(base),
  };
  const merged = await mergeTrees(git, baseTree, ours.tree, theirTree, { ...labels, favour: favourOf(options) });
  try {
    await applyMerge(git, ours.tree, merged, "merge");
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    await git.print("");
    throw plainly(`${error.message}\nMerge with strategy ort failed.`, 2);
  }
  for (const message of merged.messages) await git.print(`${message}\n`);
  const message = options.has("message")
    ? cleanMessage(`${options.values("message").join("\n\n")}\n`, "whitespace")
    : mergeMessage(git, name);
  if (options.has("squash")) {
    await squashMessage(git, head, theirs);
    if (!merged.clean) {
      await git.say("");
      await git.print(
        "Squash commit -- not updating HEAD\nAutomatic merge failed; fix conflicts and then commit the result.\n",
      );
      return 1;
    }
    await git.print("Squash commit -- not updating HEAD\n");
    await git.say("Automatic merge went well; stopped before committing as requested\n");
    return 0;
  }
  const { files } = git.process;
  if (!merged.clean || options.denied("commit")) {
    files.writeFile(`${repository.gitDir}/MERGE_HEAD`, `${theirs}\n`);
    files.writeFile(`${repository.gitDir}/MERGE_MODE`, noFastForward ? "no-ff" : "");
    const paths = repository.index.conflicts;
    const notes = merged.clean ? "" : `\n# Conflicts:\n${paths.map((path) => `#\t${path}\n`).join("")}`;
    files.writeFile(`${repository.gitDir}/MERGE_MSG`, message + notes);
    if (merged.clean) await git.say("Automatic merge went well; stopped before committing as requested\n");
    else await git.print("Automatic merge failed; fix conflicts and then commit the result.\n");
    return merged.clean ? 0 : 1;
  }
  let text = message;
  const edits =
    options.has("edit") ||
    (!options.denied("edit") && !options.has("message") && git.process.isTerminal(0) && git.process.isTerminal(1));
  if (edits) {
    const path = `${repository.gitDir}/MERGE_MSG`;
    files.writeFile(
      path,
      `${text}# Please enter a commit message to explain why this merge is necessary,\n# especially if it merges an updated upstream into a topic branch.\n#\n# Lines starting with '#' will be ignored, and an empty message aborts\n# the commit.\n`,
    );
    text = cleanMessage(await editFile(git, path), "strip");
    if (text === "")
      throw failed("Empty commit message.\nNot committing merge; use 'git commit' to complete the merge.");
    repository.dropState("MERGE_MSG");
  }
  const oid = await createCommit(git, {
    tree: await writeIndexTree(repository),
    parents: [head, theirs],
    author: identity(git.process, git.config, "author"),
    committer: identity(git.process, git.config, "committer"),
    message: text,
  });
  refs.update("HEAD", oid, `${action}: Merge made by the 'ort' strategy.`);
  if (!quiet) {
    await git.print("Merge made by the 'ort' strategy.\n");
    if (!options.has("n") && !options.denied("stat"))
      await git.print(await statOf(git, ours.tree, (await objects.commit(oid)).tree));
  }
  return 0;
}

const STRATEGY_OPTIONS =
  /^(subtree|patience|histogram|diff-algorithm=|ignore-|renormalize|no-re|find-renames|rename-threshold=)/;

/** -X ours, -X theirs: whose lines stand in a conflict. */
function favourOf(options: Options): "ours" | "theirs" | undefined {
  let favour: "ours" | "theirs" | undefined;
  for (const choice of options.values("strategy-option")) {
    if (choice !== "ours" && choice !== "theirs") {
      throw fatal(
        STRATEGY_OPTIONS.test(choice) ? `-X ${choice} is not available here` : `unknown strategy option: -X${choice}`,
      );
    }
    favour = choice;
  }
  return favour;
}

/** "Merge branch 'topic'", with " into x" on branches other than the usual ones. */
function mergeMessage(git: Git, name: string): string {
  const { repository } = git;
  const full = name === "FETCH_HEAD" ? undefined : fullRef(repository, name);
  const fetched = name === "FETCH_HEAD" ? fetchedHeads(repository)[0]?.note : undefined;
  const what =
    fetched !== undefined
      ? fetched
      : full?.startsWith("refs/heads/")
        ? `branch '${name}'`
        : full?.startsWith("refs/tags/")
          ? `tag '${name}'`
          : full?.startsWith("refs/remotes/")
            ? `remote-tracking branch '${shortRef(full)}'`
            : `commit '${name}'`;
  const into = repository.refs.branch;
  const usual = ["main", "master", git.config.get("init.defaultbranch")].includes(into);
  return `Merge ${what}${usual ? "" : ` into ${into ?? "HEAD"}`}\n`;
}

async function squashMessage(git: Git, head: Oid, theirs: Oid): Promise<void> {
  let text = "Squashed commit of the following:\n";
  const context = {
    git,
    colors: git.colors("diff", "never"),
    decorations: undefined,
    decorateFull: false,
    abbreviate: false,
    date: "default",
  };
  for await (const each of walkCommits(git.repository, { include: [theirs], exclude: [head] })) {
    text += `\n${prettyCommit(context, { name: "medium", text: "", terminated: false }, each)}`;
  }
  git.process.files.writeFile(`${git.repository.gitDir}/SQUASH_MSG`, text);
}

/** What a merge brought, as --stat and --summary tell it. */
async function statOf(git: Git, from: Oid, to: Oid): Promise<string> {
  const options = diffOptions(git, new Options(), "stat");
  const pairs: Pair[] = await preparePairs(git, await compareTrees(git.repository, from, to), options);
  return statText(git, await statistics(git, pairs, options), options.colors) + summaryText(git, pairs);
}
