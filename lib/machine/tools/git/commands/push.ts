/** git push. */
import type { Git } from "../context.ts";
import { failed, fatal, GitFailure } from "../failure.ts";
import { runHook } from "../message.ts";
import { NULL_OID, type Oid } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { shortRef } from "../refs.ts";
import { judge, PUSH_HINTS, type PushVerdict, type PushWish, pushWishes } from "../remotes/pushing.ts";
import { mapped } from "../remotes/refspec.ts";
import { defaultRemote, openRemote, type Remote, remoteNames, remoteOf } from "../remotes/remote.ts";
import { changeLine, prettyRef, summaryWidth } from "../remotes/table.ts";
import { copyObjects } from "../remotes/transfer.ts";
import type { Repository } from "../repository.ts";
import { resolveRevision } from "../revision.ts";
import { setUpstream } from "./branch.ts";

const USAGE = `usage: git push [<options>] [<repository> [<refspec>...]]
`;
const OPTIONS = optionTable(
  "v|verbose", "q|quiet", "repo=", "all", "mirror", "d|delete", "tags", "n|dry-run", "porcelain", "f|force", "force-with-lease=?",
  "force-if-includes", "recurse-submodules=", "thin", "receive-pack=", "exec=", "u|set-upstream", "progress", "prune", "verify",
  "follow-tags", "signed=?", "atomic", "o|push-option=", "4|ipv4", "6|ipv6",
); // biome-ignore format: a table
const REFUSED = ["mirror", "force-if-includes", "receive-pack", "exec", "prune", "signed", "push-option"];

const AUTO_SETUP =
  "\nTo have this happen automatically for branches without a tracking\nupstream, see 'push.autoSetupRemote' in 'git help config'.\n\n";

export async function push(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const [given, ...refspecs] = options.args;
  const name = given ?? options.value("repo") ?? defaultRemote(git, true);
  if (options.has("delete") && refspecs.length === 0) throw fatal("--delete doesn't make sense without any refs");
  if (options.has("all") && refspecs.length > 0) throw fatal("--all can't be combined with refspecs");
  if (given === undefined && !remoteNames(git).includes(name) && name === "origin")
    throw fatal(
      "No configured push destination.\nEither specify the URL from the command-line or configure a remote repository using\n\n    git remote add <name> <url>\n\nand then push using the remote name\n\n    git push <name>\n\n",
    );
  const remote = remoteOf(git, name);
  const url = remote.pushUrl;
  const asked = await refspecsOf(git, options, remote, refspecs);
  const there = openRemote(git, url);
  for (const hook of ["pre-receive", "update", "post-receive", "post-update", "reference-transaction"]) {
    const path = `${there.gitDir}/hooks/${hook}`;
    if (git.process.files.exists(path) && git.process.files.stat(path).mode & 0o111)
      throw fatal(`the other repository has a hook '${hook}', and hooks of other repositories are not available here`);
  }
  if (options.has("verbose")) await git.say(`Pushing to ${url}\n`);
  const wishes: PushWish[] = [];
  let failure: GitFailure | undefined;
  const missing: string[] = [];
  for (const word of asked) {
    try {
      for (const wish of await pushWishes(git, there, [word], options.has("force")))
        if (!wishes.some((each) => each.to === wish.to && each.from === wish.from)) wishes.push(wish);
    } catch (error) {
      if (!(error instanceof GitFailure) || error.prefix !== "error: ") throw error;
      failure = error;
      missing.push(`error: ${error.message}\n`);
    }
  }
  if (failure !== undefined) {
    await git.say(`${missing.join("")}error: failed to push some refs to '${url}'\n`);
    return 1;
  }
  const followed =
    options.has("follow-tags") || (!options.denied("follow-tags") && (git.config.boolean("push.followtags") ?? false));
  if (followed) wishes.push(...(await annotatedTags(git, there, wishes)));
  if (!options.denied("verify") && !(await runHook(git, "pre-push", [name, url]))) {
    await git.say(`error: failed to push some refs to '${url}'\n`);
    return 1;
  }
  return carryOut(git, options, { remote, url, there, wishes });
}

/** What is pushed where the command line does not say. */
async function refspecsOf(git: Git, options: Options, remote: Remote, refspecs: readonly string[]): Promise<string[]> {
  const tags = options.has("tags") ? ["refs/tags/*"] : [];
  if (options.has("delete"))
    return refspecs.map((word) => {
      if (word.includes(":")) throw fatal("--delete only accepts plain target ref names");
      return `:${word}`;
    });
  if (options.has("all")) return ["refs/heads/*", ...tags];
  if (refspecs.length > 0) {
    const out: string[] = [];
    for (let at = 0; at < refspecs.length; at++) {
      const word = refspecs[at] as string;
      if (word !== "tag") {
        out.push(word);
        continue;
      }
      at++;
      if (refspecs[at] === undefined) throw fatal("tag shorthand without <tag>");
      out.push(`refs/tags/${refspecs[at]}`);
    }
    return [...out, ...tags];
  }
  if (remote.push.length > 0) return [...remote.push.map(({ text }) => text), ...tags];
  if (tags.length > 0) return tags;
  return [defaultPush(git, options, remote)];
}

function defaultPush(git: Git, options: Options, remote: Remote): string {
  const { refs } = git.repository;
  const { branch } = refs;
  const policy = git.config.get("push.default") ?? "simple";
  if (policy === "nothing") throw fatal('You didn\'t specify any refspecs to push, and push.default is "nothing".');
  if (policy === "matching") return ":";
  if (branch === undefined)
    throw fatal(
      `You are not currently on a branch.\nTo push the history leading to the current (detached HEAD)\nstate now, use\n\n    git push ${remote.name} HEAD:<name-of-remote-branch>\n\n`,
    );
  const own = git.config.get(`branch.${branch}.remote`);
  const merge = git.config.get(`branch.${branch}.merge`);
  const triangular = remote.name !== defaultRemote(git);
  if (policy === "current" || (policy === "simple" && triangular)) return `refs/heads/${branch}`;
  if (!["simple", "upstream", "tracking"].includes(policy)) throw fatal(`malformed value for push.default: ${policy}`);
  if (merge === undefined || own === undefined) {
    if (options.has("set-upstream") || (git.config.boolean("push.autosetupremote") ?? false))
      return `refs/heads/${branch}`;
    throw fatal(
      `The current branch ${branch} has no upstream branch.\nTo push the current branch and set the remote as upstream, use\n\n    git push --set-upstream ${remote.name} ${branch}\n${AUTO_SETUP}`,
    );
  }
  if (policy === "simple" && merge !== `refs/heads/${branch}`)
    throw fatal(
      `The upstream branch of your current branch does not match\nthe name of your current branch.  To push to the upstream branch\non the remote, use\n\n    git push ${remote.name} HEAD:${shortRef(merge)}\n\nTo push to the branch of the same name on the remote, use\n\n    git push ${remote.name} HEAD\n\nTo choose either option permanently, see push.default in 'git help config'.\n\nTo avoid automatically configuring an upstream branch when its name\nwon't match the local branch, see option 'simple' of branch.autoSetupMerge\nin 'git help config'.\n\n`,
    );
  return `refs/heads/${branch}:${merge}`;
}

async function annotatedTags(git: Git, there: Repository, wishes: readonly PushWish[]): Promise<PushWish[]> {
  const { repository } = git;
  const reached = new Set<Oid>();
  const open = wishes.filter((wish) => wish.from !== undefined).map(({ oid }) => oid);
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (reached.has(oid)) continue;
    reached.add(oid);
    const peeled = await repository.objects.peel(oid);
    if (peeled.type === "commit") open.push(...(await repository.objects.commit(peeled.oid)).parents);
    await git.spend(1);
  }
  const out: PushWish[] = [];
  for (const { name, oid } of repository.refs.list("refs/tags/")) {
    const { type } = await repository.objects.read(oid);
    if (type !== "tag" || there.refs.exists(name) || wishes.some((wish) => wish.to === name)) continue;
    if (reached.has((await repository.objects.peel(oid)).oid)) out.push({ from: name, oid, to: name, force: false });
  }
  return out;
}

/** What --force-with-lease expects of a reference; undefined: nothing. */
async function leaseOf(git: Git, options: Options, remote: Remote, to: string): Promise<Oid | undefined> {
  if (!options.has("force-with-lease")) return undefined;
  const tracking = mapped(remote.fetch, to);
  const tracked = tracking === undefined ? undefined : git.repository.refs.resolve(tracking.to);
  for (const text of options.values("force-with-lease")) {
    const [name = "", expected] = text.split(/:(.*)/s);
    if (to !== name && prettyRef(to) !== name) continue;
    if (expected === undefined) return tracked ?? "none";
    if (expected === "") return NULL_OID;
    const oid = await resolveRevision(git.repository, expected);
    if (oid === undefined) throw failed(`cannot parse expected object name '${expected}'`, 129);
    return oid;
  }
  const everywhere = options.given.some((each) => each.name === "force-with-lease" && each.value === undefined);
  return everywhere ? (tracked ?? "none") : undefined;
}

interface Delivery {
  readonly remote: Remote;
  readonly url: string;
  readonly there: Repository;
  readonly wishes: readonly PushWish[];
}

async function carryOut(git: Git, options: Options, { remote, url, there, wishes }: Delivery): Promise<number> {
  const { repository } = git;
  const dry = options.has("dry-run");
  const results: { readonly wish: PushWish; verdict: PushVerdict; readonly before: Oid | undefined }[] = [];
  for (const wish of wishes) {
    const lease = await leaseOf(git, options, remote, wish.to);
    results.push({ wish, verdict: await judge(git, there, wish, lease), before: there.refs.resolve(wish.to) });
  }
  const broken = results.some(({ verdict }) => verdict.kind === "rejected" || verdict.kind === "refused");
  if (options.has("atomic") && broken) {
    for (const each of results)
      if (each.verdict.kind !== "rejected" && each.verdict.kind !== "same")
        each.verdict = { kind: "rejected", reason: "atomic push failed" };
  }
  const done = results.filter(({ verdict }) => ["new", "gone", "forward", "forced"].includes(verdict.kind));
  if (!dry) {
    await copyObjects(
      repository,
      there,
      done.flatMap(({ wish }) => (wish.from === undefined ? [] : [wish.oid])),
    );
    for (const { verdict } of results) if (verdict.kind === "refused") await git.say(verdict.said);
    for (const { wish } of done) {
      if (wish.from === undefined) there.refs.delete(wish.to);
      else there.refs.update(wish.to, wish.oid, "push");
    }
  }
  const verbose = options.has("verbose");
  const porcelain = options.has("porcelain");
  const told = results.filter(({ verdict }) => verdict.kind !== "same" || verbose || porcelain);
  const changed = results.some(({ verdict }) => verdict.kind !== "same");
  if (told.length > 0 && !options.has("quiet")) await git.say("");
  if (told.length > 0 && (changed || verbose || porcelain) && !(options.has("quiet") && !broken)) {
    const width = summaryWidth(
      repository,
      results.flatMap(({ wish, before }) => (repository.objects.has(wish.oid) ? [wish.oid, before ?? NULL_OID] : [])),
    );
    const order = (kind: string) => (kind === "same" ? 0 : kind === "rejected" || kind === "refused" ? 2 : 1);
    const sorted = [...told]
      .sort((a, b) => order(a.verdict.kind) - order(b.verdict.kind))
      .filter(({ verdict }) => !options.has("quiet") || order(verdict.kind) === 2);
    const lines = sorted.map((each) => line(repository, there, each, width, porcelain));
    const text = `To ${url}\n${lines.join("")}`;
    if (porcelain) await git.print(text);
    else await git.say(text);
  }
  if (!dry) {
    for (const { wish, verdict } of results) {
      if (verdict.kind === "rejected" || verdict.kind === "refused") continue;
      const tracking = mapped(remote.fetch, wish.to);
      if (tracking === undefined) continue;
      if (verbose) await git.say(`updating local tracking ref '${tracking.to}'\n`);
      if (wish.from === undefined) repository.refs.delete(tracking.to);
      else if (repository.refs.resolve(tracking.to) !== wish.oid)
        repository.refs.update(tracking.to, wish.oid, "update by push");
    }
  }
  const quiet = options.has("quiet");
  const autoSetup = (git.config.boolean("push.autosetupremote") ?? false) && options.args.length === 0;
  if (options.has("set-upstream") || autoSetup) {
    for (const { wish, verdict } of results) {
      if (verdict.kind === "rejected" || verdict.kind === "refused" || wish.from === undefined) continue;
      const local = wish.from === "HEAD" ? repository.refs.symbolic("HEAD") : wish.from;
      if (!local?.startsWith("refs/heads/") || !wish.to.startsWith("refs/heads/")) continue;
      const tracked =
        git.config.get(`branch.${local.slice(11)}.merge`) === wish.to &&
        git.config.get(`branch.${local.slice(11)}.remote`) === remote.name;
      if (autoSetup && tracked && !options.has("set-upstream")) continue;
      if (dry)
        await git.print(`Would set upstream of '${prettyRef(local)}' to '${prettyRef(wish.to)}' of '${remote.name}'\n`);
      else
        await setUpstream(git, local.slice("refs/heads/".length), mapped(remote.fetch, wish.to)?.to ?? wish.to, quiet, {
          remote: remote.name,
          merge: wish.to,
        });
    }
  }
  if (porcelain && !broken) await git.print("Done\n");
  else if (!quiet && !changed && !porcelain) await git.say("Everything up-to-date\n");
  if (!broken) return 0;
  await git.say(`error: failed to push some refs to '${url}'\n`);
  const hints = new Set(
    results.flatMap(({ verdict }) => (verdict.kind === "rejected" && verdict.hint !== undefined ? [verdict.hint] : [])),
  );
  const hint = (["current", "other", "tag", "fetch-first"] as const).find((each) => hints.has(each));
  const text = hint === undefined ? undefined : PUSH_HINTS[hint];
  if (text !== undefined)
    await git.say(
      text
        .split("\n")
        .map((each) => `hint: ${each}\n`)
        .join(""),
    );
  return 1;
}

function line(
  repository: Repository,
  there: Repository,
  {
    wish,
    verdict,
    before,
  }: { readonly wish: PushWish; readonly verdict: PushVerdict; readonly before: Oid | undefined },
  width: number,
  porcelain: boolean,
): string {
  const short = (oid: Oid) => (repository.objects.has(oid) ? repository : there).objects.abbreviate(oid);
  const what = wish.to.startsWith("refs/tags/") ? "tag" : wish.to.startsWith("refs/heads/") ? "branch" : "reference";
  const parts = (): readonly [" " | "*" | "-" | "+" | "=" | "!", string, string | undefined] => {
    switch (verdict.kind) {
      case "new":
        return ["*", `[new ${what}]`, undefined];
      case "gone":
        return ["-", "[deleted]", undefined];
      case "same":
        return ["=", "[up to date]", undefined];
      case "forward":
        return [" ", `${short(before as Oid)}..${short(wish.oid)}`, undefined];
      case "forced":
        return ["+", `${short(before as Oid)}...${short(wish.oid)}`, "forced update"];
      case "rejected":
        return ["!", "[rejected]", verdict.reason];
      case "refused":
        return ["!", "[remote rejected]", verdict.reason];
    }
  };
  const [mark, summary, reason] = parts();
  if (porcelain)
    return `${mark}\t${wish.from ?? ""}:${wish.to}\t${summary}${reason === undefined ? "" : ` (${reason})`}\n`;
  const from = wish.from === undefined ? undefined : prettyRef(wish.from);
  return changeLine({ mark, summary, from, to: prettyRef(wish.to), reason }, width, 0);
}
