/** git fetch and git pull. */
import type { Git } from "../context.ts";
import { failed, fatal, GitFailure, plainly } from "../failure.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { type FetchOptions, fetchedHeads, fetchFrom } from "../remotes/fetching.ts";
import { defaultRemote, remoteNames, remoteOf } from "../remotes/remote.ts";
import { upstreamOf } from "../revision.ts";
import { stateOf } from "../state.ts";
import { isAncestor } from "../walk.ts";
import { setUpstream } from "./branch.ts";
import { merge } from "./merge.ts";
import { dirtyWords, rebase } from "./rebase.ts";

const USAGE = `usage: git fetch [<options>] [<repository> [<refspec>...]]
   or: git fetch [<options>] <group>
   or: git fetch --multiple [<options>] [(<repository> | <group>)...]
   or: git fetch --all [<options>]
`;
const FETCH_ROWS = [
  "v|verbose", "q|quiet", "all", "set-upstream", "a|append", "atomic", "upload-pack=", "f|force", "m|multiple", "t|tags", "n|no-tags",
  "j|jobs=", "prefetch", "p|prune", "P|prune-tags", "recurse-submodules=?", "dry-run", "porcelain", "write-fetch-head", "k|keep",
  "u|update-head-ok", "progress", "depth=", "shallow-since=", "shallow-exclude=", "deepen=", "unshallow", "refetch",
  "update-shallow", "refmap=", "o|server-option=", "4|ipv4", "6|ipv6", "negotiation-tip=", "negotiate-only", "filter=",
  "auto-maintenance", "auto-gc", "show-forced-updates", "write-commit-graph", "stdin",
]; // biome-ignore format: a table
const OPTIONS = optionTable(...FETCH_ROWS);
const REFUSED = [
  "atomic", "upload-pack", "multiple", "prefetch", "prune-tags", "porcelain", "depth", "shallow-since", "shallow-exclude", "deepen",
  "unshallow", "refetch", "update-shallow", "refmap", "server-option", "negotiation-tip", "negotiate-only", "filter",
  "write-commit-graph", "stdin",
]; // biome-ignore format: a list

function fetchOptions(
  git: Git,
  options: Options,
  name: string,
  refspecs: readonly string[],
  action: string,
): FetchOptions {
  const remote = remoteOf(git, name);
  const tagOption = remote.tagOption;
  return {
    remote,
    refspecs,
    prune: options.has("prune") || (!options.denied("prune") && (remote.prune ?? false)),
    tags: options.has("tags")
      ? "all"
      : options.has("no-tags") || options.denied("tags")
        ? "none"
        : tagOption === "--tags"
          ? "all"
          : tagOption === "--no-tags"
            ? "none"
            : "follow",
    force: options.has("force"),
    quiet: options.has("quiet"),
    verbose: options.has("verbose"),
    dryRun: options.has("dry-run"),
    append: options.has("append"),
    updateHead: options.has("update-head-ok"),
    action,
  };
}

export async function fetch(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const action = ["fetch", ...words].join(" ");
  if (options.has("all")) {
    const [name] = options.args;
    if (options.args.length > 1) throw fatal("fetch --all does not make sense with refspecs");
    if (name !== undefined) throw fatal("fetch --all does not take a repository argument");
    return fetchAll(git, options, remoteNames(git), action);
  }
  const [name = defaultRemote(git), ...refspecs] = options.args;
  const group = git.config.values(`remotes.${name}`).flatMap((text) => text.split(/\s+/));
  if (group.length > 0) return fetchAll(git, options, group, action);
  const status = await fetchFrom(git, fetchOptions(git, options, name, refspecs, action));
  const { branch } = git.repository.refs;
  if (status === 0 && options.has("set-upstream") && branch !== undefined) {
    const source = refspecs[0] ?? branch;
    await setUpstream(git, branch, `refs/remotes/${name}/${source}`, options.has("quiet"));
  }
  return status;
}

async function fetchAll(git: Git, options: Options, names: readonly string[], action: string): Promise<number> {
  let status = 0;
  for (const name of names) {
    if (names.length > 1 && !options.has("quiet")) await git.print(`Fetching ${name}\n`);
    await git.out.flush();
    try {
      status = Math.max(
        status,
        await fetchFrom(git, { ...fetchOptions(git, options, name, [], action), append: true }),
      );
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      await git.say(`${error.prefix ?? ""}${error.message}\n`);
      if (names.length > 1) await git.say(`error: could not fetch ${name}\n`);
      else return error.status;
      status = 1;
    }
  }
  return status;
}

const PULL_USAGE = `usage: git pull [<options>] [<repository> [<refspec>...]]
`;
const PULL_OPTIONS = optionTable(
  ...FETCH_ROWS.filter((row) => !["m|multiple", "u|update-head-ok", "n|no-tags", "P|prune-tags", "stdin"].includes(row)),
  "r|rebase=?", "n|", "stat", "summary", "log=?", "signoff", "squash", "commit", "edit", "cleanup=", "ff", "ff-only", "verify",
  "verify-signatures", "autostash", "s|strategy=", "X|strategy-option=", "S|gpg-sign=?", "allow-unrelated-histories", "no-tags",
); // biome-ignore format: a table
/** Options that the merge gets as they are. */
const FOR_MERGE = ["stat", "summary", "log", "signoff", "squash", "commit", "edit", "ff", "ff-only", "verify", "verify-signatures", "autostash", "allow-unrelated-histories", "quiet", "n"]; // biome-ignore format: a list

const DIVERGED = `hint: You have divergent branches and need to specify how to reconcile them.
hint: You can do so by running one of the following commands sometime before
hint: your next pull:
hint: 
hint:   git config pull.rebase false  # merge
hint:   git config pull.rebase true   # rebase
hint:   git config pull.ff only       # fast-forward only
hint: 
hint: You can replace "git config" with "git config --global" to set a default
hint: preference for all repositories. You can also pass --rebase, --no-rebase,
hint: or --ff-only on the command line to override the configured default per
hint: invocation.
`;

export async function pull(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(PULL_OPTIONS, words, { usage: PULL_USAGE });
  for (const name of [...REFUSED, "all", "dry-run"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs } = repository;
  const state = stateOf(repository);
  if (repository.index.conflicts.length > 0)
    throw plainly(
      "error: Pulling is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: Exiting because of an unresolved conflict.",
      128,
    );
  if (state.merging)
    throw plainly(
      "error: You have not concluded your merge (MERGE_HEAD exists).\nhint: Please, commit your changes before merging.\nfatal: Exiting because of unfinished merge.",
      128,
    );
  const action = ["pull", ...words].join(" ");
  const [given, ...refspecs] = options.args;
  const name = given ?? defaultRemote(git);
  const rebasing = rebaseWish(git, options);
  if (rebasing === true) await mayRebase(git);
  const status = await fetchFrom(git, {
    ...fetchOptions(git, options, name, refspecs, action),
    updateHead: true,
    dryRun: false,
  });
  if (status !== 0) return status;
  const heads = fetchedHeads(repository);
  const [first] = heads;
  if (first === undefined) {
    await git.say(nothingToMerge(git, options, name, refspecs, rebasing === true));
    return 1;
  }
  const head = refs.resolve("HEAD");
  if (head !== undefined && heads.length > 1) {
    if (rebasing === true) throw fatal("Cannot rebase onto multiple branches.");
    throw fatal("merging several commits at once is not available here");
  }
  git.process.env.set("GIT_REFLOG_ACTION", action);
  const { oid } = await repository.objects.peel(first.oid);
  const onward =
    head === undefined || (await isAncestor(repository, head, oid)) || (await isAncestor(repository, oid, head));
  const only =
    options.has("ff-only") ||
    (!options.denied("ff-only") && !options.has("ff") && !options.denied("ff") && git.config.get("pull.ff") === "only");
  if (!onward && only) throw fatal("Not possible to fast-forward, aborting.");
  const decided =
    rebasing !== undefined ||
    options.has("ff") ||
    options.denied("ff") ||
    options.denied("ff-only") ||
    git.config.get("pull.ff") !== undefined ||
    only;
  if (!onward && !decided) {
    await git.say(DIVERGED);
    throw fatal("Need to specify how to reconcile divergent branches.");
  }
  const passed = options.given.flatMap(({ name: option, value, negated }) =>
    FOR_MERGE.includes(option)
      ? [
          option.length === 1
            ? `-${option}`
            : `--${negated ? "no-" : ""}${option}${value === undefined ? "" : `=${value}`}`,
        ]
      : [],
  );
  const ff = git.config.get("pull.ff");
  if (ff !== undefined && !passed.some((word) => /^--(no-)?ff/.test(word)))
    passed.push(ff === "only" ? "--ff-only" : ff === "false" ? "--no-ff" : "--ff");
  for (const each of ["cleanup", "strategy", "strategy-option", "gpg-sign"])
    if (options.has(each)) throw fatal(`--${each} is not available here`);
  if (rebasing === true && head !== undefined && !(await isAncestor(repository, head, oid))) {
    const autostash = options.has("autostash") ? ["--autostash"] : [];
    return rebase(git, [...(options.has("quiet") ? ["-q"] : []), ...autostash, "--onto", oid, oid]);
  }
  return merge(git, [...passed.filter((word) => rebasing !== true || !word.startsWith("--autostash")), "FETCH_HEAD"]);
}

function rebaseWish(git: Git, options: Options): boolean | undefined {
  const given = options.denied("rebase")
    ? "false"
    : options.has("rebase")
      ? (options.value("rebase") ?? "true")
      : undefined;
  const { branch } = git.repository.refs;
  const text =
    given ??
    (branch === undefined ? undefined : git.config.get(`branch.${branch}.rebase`)) ??
    git.config.get("pull.rebase");
  if (text === undefined) return undefined;
  if (/^(true|yes|on|1)$/.test(text)) return true;
  if (/^(false|no|off|0)$/.test(text)) return false;
  if (text === "merges" || text === "m" || text === "interactive" || text === "i")
    throw fatal(`--rebase=${text} is not available here`);
  throw given === undefined
    ? fatal(`invalid value for 'pull.rebase': '${text}'`)
    : failed(`invalid value for '--rebase': '${text}'`, 129);
}

/** A rebase wants a tidy tree before anything is fetched. */
async function mayRebase(git: Git): Promise<void> {
  const said = await dirtyWords(git, "pull with rebase");
  if (said !== undefined) throw plainly(said, 128);
}

function nothingToMerge(
  git: Git,
  options: Options,
  name: string,
  refspecs: readonly string[],
  rebasing: boolean,
): string {
  const { refs } = git.repository;
  const what = rebasing ? "rebase against" : "merge with";
  const { branch } = refs;
  const given = options.args[0];
  if (refspecs.length > 0)
    return rebasing
      ? "There is no candidate for rebasing against among the refs that you just fetched.\nGenerally this means that you provided a wildcard refspec which had no\nmatches on the remote end.\n"
      : "There are no candidates for merging among the refs that you just fetched.\nGenerally this means that you provided a wildcard refspec which had no\nmatches on the remote end.\n";
  const own = branch === undefined ? undefined : git.config.get(`branch.${branch}.remote`);
  if (given !== undefined && own !== undefined && given !== own)
    return `You asked to pull from the remote '${name}', but did not specify\na branch. Because this is not the default configured remote\nfor your current branch, you must specify a branch on the command line.\n`;
  if (branch === undefined)
    return `You are not currently on a branch.\nPlease specify which branch you want to ${what}.\nSee git-pull(1) for details.\n\n    git pull ${"<remote> <branch>"}\n\n`;
  const merges = git.config.get(`branch.${branch}.merge`);
  if (merges === undefined || upstreamOf(git.repository, branch) === undefined)
    return `There is no tracking information for the current branch.\nPlease specify which branch you want to ${what}.\nSee git-pull(1) for details.\n\n    git pull ${"<remote> <branch>"}\n\nIf you wish to set tracking information for this branch you can do so with:\n\n    git branch --set-upstream-to=${remoteNames(git).length === 1 ? remoteNames(git)[0] : "<remote>"}/<branch> ${branch}\n\n`;
  return `Your configuration specifies to merge with the ref '${merges}'\nfrom the remote, but no such ref was fetched.\n`;
}
