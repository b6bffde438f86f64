/** git checkout and git switch: to another branch or commit; checkout also brings back files. */
import type { Git } from "../context.ts";
import { pathOf } from "../diff/pairs.ts";
import { failed, fatal, plainly } from "../failure.ts";
import type { Oid } from "../objects.ts";
import { subjectOf } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { shortRef, validRefName } from "../refs.ts";
import { fullRef, peelTo, previousCheckout, resolveRevision } from "../revision.ts";
import { stateOf } from "../state.ts";
import { trackingLines } from "../status.ts";
import { forceTree, moveTree } from "../switching.ts";
import { ancestors } from "../walk.ts";
import { compareTreeToFiles } from "../worktree.ts";
import { setUpstream } from "./branch.ts";
import { lstatOrUndefined } from "./lookup.ts";
import { restorePaths } from "./restore.ts";

const SWITCH_USAGE = "usage: git switch [<options>] [<branch>]\n";
const CHECKOUT_USAGE =
  "usage: git checkout [<options>] <branch>\n   or: git checkout [<options>] [<branch>] -- <file>...\n";

const SHARED = [
  "q|quiet",
  "progress",
  "m|merge",
  "conflict=",
  "t|track=?",
  "f|force",
  "orphan=",
  "guess",
  "ignore-other-worktrees",
  "overwrite-ignore",
  "recurse-submodules=?",
];
const SWITCH = optionTable("c|create=", "C|force-create=", "d|detach", "discard-changes", ...SHARED);
const CHECKOUT = optionTable(
  "b|=",
  "B|=",
  "l|",
  "d|detach",
  "2|ours",
  "3|theirs",
  "p|patch",
  "pathspec-from-file=",
  "ignore-skip-worktree-bits",
  "overlay",
  ...SHARED,
);

const REFUSED = ["merge", "conflict", "patch", "recurse-submodules", "pathspec-from-file"];

export const DETACHED = (name: string) => `Note: switching to '${name}'.

You are in 'detached HEAD' state. You can look around, make experimental
changes and commit them, and you can discard any commits you make in this
state without impacting any branches by switching back to a branch.

If you want to create a new branch to retain commits you create, you may
do so (now or later) by using -c with the switch command. Example:

  git switch -c <new-branch-name>

Or undo this operation with:

  git switch -

Turn off this advice by setting config variable advice.detachedHead to false

`;

export async function switchTo(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(SWITCH, words, { usage: SWITCH_USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const create = options.value("create");
  const force = options.value("force-create");
  const state = stateOf(git.repository);
  const busy = state.merging
    ? "merging"
    : state.rebasing !== undefined
      ? "rebasing"
      : state.picking !== undefined
        ? "cherry-picking"
        : state.reverting !== undefined
          ? "reverting"
          : undefined;
  if (busy !== undefined) {
    const verb = { merging: "merge", rebasing: "rebase", "cherry-picking": "cherry-pick", reverting: "revert" }[busy];
    throw fatal(`cannot switch branch while ${busy}\nConsider "git ${verb} --quit" or "git worktree add".`);
  }
  const { args } = options;
  if (create === undefined && force === undefined && !options.has("orphan") && args.length === 0) {
    throw fatal(options.has("detach") ? "missing branch or commit argument" : "missing branch or commit argument");
  }
  if (args.length > 1) throw fatal(`only one reference expected`);
  return go(git, options, {
    create: create ?? force,
    force: force !== undefined,
    target: args[0],
    detach: options.has("detach"),
    checkout: false,
    discard: options.has("force") || options.has("discard-changes"),
  });
}

export async function checkout(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(CHECKOUT, words, { usage: CHECKOUT_USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  // It would take away what the commit does not have; here files are only added and replaced.
  if (options.denied("overlay")) throw fatal("--no-overlay is not available here");
  const { repository } = git;
  const create = options.value("b") ?? options.value("B");
  const { args, dashes } = options;
  const named = dashes === undefined ? args : options.before;
  const [first] = named;
  let target: string | undefined;
  let paths: readonly string[];
  const found = first === undefined ? undefined : await resolveRevision(repository, first === "-" ? "@{-1}" : first);
  if (dashes !== undefined) {
    if (named.length > 1) throw fatal(`only one reference expected, ${named.length} given.`);
    if (first !== undefined && found === undefined) throw fatal(`invalid reference: ${first}`);
    target = first;
    paths = options.after;
  } else if (found !== undefined) {
    target = first;
    paths = args.slice(1);
    if (
      paths.length === 0 &&
      first !== "-" &&
      first !== undefined &&
      lstatOrUndefined(git, first) !== undefined &&
      create === undefined
    ) {
      throw fatal(
        `'${first}' could be both a local file and a tracking branch.\nPlease use -- (and optionally --no-guess) to disambiguate`.replace(
          /^'.*/s,
          (text) =>
            fullRef(repository, first)
              ? `ambiguous argument '${first}': both revision and filename\nUse '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'`
              : text,
        ),
      );
    }
  } else {
    const guessed = first === undefined || args.length > 1 ? undefined : remoteBranch(git, first);
    if (guessed !== undefined && create === undefined) target = first;
    paths = target === undefined ? args : [];
  }
  if (paths.length > 0) {
    if (create !== undefined)
      throw fatal(`'${paths[0]}' is not a commit and a branch '${create}' cannot be created from it`);
    const side = options.has("ours") ? 2 : options.has("theirs") ? 3 : undefined;
    return restorePaths(git, {
      words: paths,
      source: target,
      staged: target !== undefined,
      worktree: true,
      side,
      overlay: true,
      checkout: true,
      quiet: options.has("quiet") || dashes !== undefined,
    });
  }
  if (create === undefined && options.value("orphan") === undefined && target === undefined && !options.has("detach")) {
    if (options.has("force")) {
      const head = repository.refs.resolve("HEAD");
      await forceTree(git, head === undefined ? undefined : (await repository.objects.commit(head)).tree);
      return 0;
    }
    const head = repository.refs.resolve("HEAD");
    if (head !== undefined) await localChanges(git, (await repository.objects.commit(head)).tree);
    if (repository.refs.branch !== undefined) await git.print(await trackingLines(git, repository.refs.branch, true));
    return 0;
  }
  return go(git, options, {
    create,
    force: options.value("B") !== undefined,
    target,
    detach: options.has("detach"),
    checkout: true,
    discard: options.has("force"),
  });
}

/** The one remote branch of that name. */
function remoteBranch(git: Git, name: string): { readonly ref: string; readonly remote: string } | undefined {
  const found = git.config
    .subsections("remote")
    .filter((remote) => git.repository.refs.exists(`refs/remotes/${remote}/${name}`));
  return found.length === 1 && found[0] !== undefined
    ? { ref: `refs/remotes/${found[0]}/${name}`, remote: found[0] }
    : undefined;
}

interface Journey {
  readonly create: string | undefined;
  readonly force: boolean;
  readonly target: string | undefined;
  readonly detach: boolean;
  readonly checkout: boolean;
  readonly discard: boolean;
}

async function go(git: Git, options: Options, journey: Journey): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const quiet = options.has("quiet");
  const oldHead = refs.resolve("HEAD");
  const oldBranch = refs.branch;
  const orphan = options.value("orphan");
  let { create } = journey;
  let target = journey.target;
  let upstream: string | undefined;
  if (target === "-" || target === "@{-1}") {
    const previous = previousCheckout(repository, 1);
    if (previous === undefined)
      throw fatal(journey.checkout ? "invalid reference: @{-1}".replace("@{-1}", "@{-1}") : "invalid reference: @{-1}");
    target = previous;
  }
  if (create === undefined && options.has("track") && target !== undefined) {
    const full = fullRef(repository, target);
    const name = full === undefined ? "" : full.replace(/^refs\/remotes\/[^/]+\//, "");
    if (name === "" || name.startsWith("refs/")) throw fatal("missing branch name; try -b");
    create = name;
  }
  const branchName = create ?? orphan;
  if (branchName !== undefined) {
    if (!validRefName(`refs/heads/${branchName}`) || branchName.startsWith("-"))
      throw fatal(`'${branchName}' is not a valid branch name`);
    if (refs.exists(`refs/heads/${branchName}`) && !journey.force)
      throw fatal(`a branch named '${branchName}' already exists`);
  }
  if (orphan !== undefined) {
    if (!journey.checkout) {
      if (oldHead !== undefined) await moveTree(git, (await repository.objects.commit(oldHead)).tree, undefined);
    }
    refs.point("HEAD", `refs/heads/${orphan}`);
    if (!quiet) await git.say(`Switched to a new branch '${orphan}'\n`);
    return 0;
  }
  const isBranch = target !== undefined && refs.exists(`refs/heads/${target}`);
  let oid: Oid | undefined;
  if (target === undefined) oid = oldHead;
  else {
    const found = await resolveRevision(repository, target);
    oid = found === undefined ? undefined : await peelTo(repository, found, "commit");
    if (oid === undefined && create === undefined && !options.denied("guess")) {
      const guessed = remoteBranch(git, target);
      if (guessed !== undefined) {
        create = target;
        oid = refs.resolve(guessed.ref);
        upstream = guessed.ref;
      }
    }
    if (oid === undefined) {
      if (found !== undefined)
        throw fatal(
          `Cannot switch branch to a non-commit '${target}'`.replace(
            "Cannot switch branch to a non-commit",
            journey.checkout ? "Cannot switch branch to a non-commit" : "reference is not a tree:",
          ),
        );
      if (create !== undefined)
        throw fatal(
          journey.checkout
            ? `'${target}' is not a commit and a branch '${create}' cannot be created from it`
            : `invalid reference: ${target}`,
        );
      if (!journey.checkout) throw fatal(`invalid reference: ${target}`);
      throw failed(`pathspec '${target}' did not match any file(s) known to git`);
    }
  }
  if (create !== undefined && options.has("track") && target !== undefined) upstream ??= fullRef(repository, target);
  else if (create !== undefined && target !== undefined && upstream === undefined && !options.denied("track")) {
    const full = fullRef(repository, target);
    if (full?.startsWith("refs/remotes/")) upstream = full;
  }
  if (oid === undefined) {
    // Nothing was committed yet: the branch to be born gets another name.
    if (create === undefined) throw fatal("You are on a branch yet to be born");
    refs.point("HEAD", `refs/heads/${create}`);
    if (!quiet) await git.say(`Switched to a new branch '${create}'\n`);
    return 0;
  }
  const toBranch = create ?? (isBranch && !journey.detach ? target : undefined);
  if (toBranch === undefined && !journey.checkout && !journey.detach) {
    const full = fullRef(repository, target as string);
    const what = full?.startsWith("refs/tags/")
      ? "tag"
      : full?.startsWith("refs/remotes/")
        ? "remote branch"
        : "commit";
    throw plainly(
      `fatal: a branch is expected, got ${what} '${full === undefined || what === "commit" ? target : shortRef(full)}'\nhint: If you want to detach HEAD at the commit, try again with the --detach option.`,
      128,
    );
  }
  const newTree = (await repository.objects.commit(oid)).tree;
  const oldTree = oldHead === undefined ? undefined : (await repository.objects.commit(oldHead)).tree;
  if (journey.discard) await forceTree(git, newTree);
  else if (create === undefined || target !== undefined) {
    const { conflicts } = repository.index;
    if (conflicts.length > 0) {
      throw plainly(
        `${conflicts.map((path) => `${path}: needs merge\n`).join("")}error: you need to resolve your current index first`,
        1,
      );
    }
    await moveTree(git, oldTree, newTree);
  }
  if (!quiet && !journey.discard && !(create !== undefined && target === undefined && false))
    await localChanges(git, newTree);
  const from = oldBranch ?? oldHead ?? "";
  if (toBranch === undefined) {
    await leaving(git, oldBranch, oldHead, oid, quiet);
    refs.detach(oid);
    refs.log("HEAD", oldHead ?? "0".repeat(40), oid, `checkout: moving from ${from} to ${target ?? "HEAD"}`);
    if (!quiet) {
      const advice = git.config.boolean("advice.detachedhead") ?? true;
      if (oldBranch !== undefined && advice && !journey.detach) await git.say(DETACHED(target ?? "HEAD"));
      await git.say(
        `HEAD is now at ${repository.objects.abbreviate(oid)} ${subjectOf((await repository.objects.commit(oid)).message)}\n`,
      );
    }
    return 0;
  }
  const existed = refs.exists(`refs/heads/${toBranch}`);
  await leaving(git, oldBranch, oldHead, oid, quiet);
  if (create !== undefined) {
    const message = existed ? `branch: Reset to ${target ?? "HEAD"}` : `branch: Created from ${target ?? "HEAD"}`;
    if (oldBranch === create) refs.update("HEAD", oid, message);
    else refs.update(`refs/heads/${create}`, oid, message);
    if (upstream !== undefined) await setUpstream(git, create, upstream, quiet);
  }
  refs.point("HEAD", `refs/heads/${toBranch}`);
  refs.log("HEAD", oldHead ?? "0".repeat(40), oid, `checkout: moving from ${from} to ${toBranch}`);
  repository.dropState("CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "SQUASH_MSG");
  if (quiet) return 0;
  if (create !== undefined) {
    await git.say(
      existed
        ? oldBranch === create
          ? `Reset branch '${create}'\n`
          : `Switched to and reset branch '${create}'\n`
        : `Switched to a new branch '${create}'\n`,
    );
  } else await git.say(oldBranch === toBranch ? `Already on '${toBranch}'\n` : `Switched to branch '${toBranch}'\n`);
  if (create === undefined || existed)
    await git.print(await trackingLines(git, toBranch, git.config.boolean("advice.statushints") ?? true));
  return 0;
}

/** "M\tfile" for each local change that came along. */
async function localChanges(git: Git, tree: Oid): Promise<void> {
  for (const pair of await compareTreeToFiles(git.repository, tree)) {
    await git.print(`${pair.status}\t${git.repository.relative(pathOf(pair))}\n`);
  }
}

/** What is said on leaving a detached HEAD. */
async function leaving(
  git: Git,
  branch: string | undefined,
  head: Oid | undefined,
  to: Oid,
  quiet: boolean,
): Promise<void> {
  if (branch !== undefined || head === undefined || quiet || head === to) return;
  const { repository } = git;
  const { objects } = repository;
  const kept = await ancestors(repository, [to, ...(await branchTips(git))]);
  const lost: Oid[] = [];
  for (const oid of await ancestors(repository, [head])) if (!kept.has(oid)) lost.push(oid);
  const line = async (oid: Oid) => `${objects.abbreviate(oid)} ${subjectOf((await objects.commit(oid)).message)}`;
  if (lost.length === 0) {
    await git.say(`Previous HEAD position was ${await line(head)}\n`);
    return;
  }
  let text = `Warning: you are leaving ${lost.length} commit${lost.length === 1 ? "" : "s"} behind, not connected to\nany of your branches:\n\n`;
  for (const oid of lost.slice(0, 4)) text += `  ${await line(oid)}\n`;
  if (lost.length > 4) text += ` ... and ${lost.length - 4} more.\n`;
  text += `\nIf you want to keep ${lost.length === 1 ? "it" : "them"} by creating a new branch, this may be a good time\nto do so with:\n\n git branch <new-branch-name> ${objects.abbreviate(head)}\n\n`;
  await git.say(text);
}

async function branchTips(git: Git): Promise<Oid[]> {
  const tips: Oid[] = [];
  for (const { name, oid } of git.repository.refs.list()) {
    if (name === "refs/stash") continue;
    const commit = await peelTo(git.repository, oid, "commit");
    if (commit !== undefined) tips.push(commit);
  }
  return tips;
}
