/** What a fetch brings: references of the other side, where they go here, and how that is told (builtin/fetch.c). */
import type { Git } from "../context.ts";
import { failed, fatal } from "../failure.ts";
import { NULL_OID, type Oid } from "../objects.ts";
import type { Repository } from "../repository.ts";
import { isAncestor } from "../walk.ts";
import { mapped, parseRefspec, type Refspec, starOf } from "./refspec.ts";
import { openRemote, type Remote, shownUrl } from "./remote.ts";
import { type Change, changeLine, nameColumn, prettyRef, summaryWidth } from "./table.ts";
import { copyObjects } from "./transfer.ts";

export interface FetchOptions {
  readonly remote: Remote;
  readonly refspecs: readonly string[];
  readonly prune: boolean;
  readonly tags: "all" | "none" | "follow";
  readonly force: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  readonly append: boolean;
  /** HEAD's own branch may be changed (fetch -u, pull). */
  readonly updateHead: boolean;
  /** What the logs say did it. */
  readonly action: string;
}

interface Wanted {
  /** The reference there, in full. */
  readonly source: string;
  readonly oid: Oid;
  readonly target: string | undefined;
  readonly force: boolean;
  readonly merge: boolean;
  /** Told and written to FETCH_HEAD. */
  readonly asked: boolean;
}

/** Every reference of a repository with HEAD first. */
export function advertised(repository: Repository): { readonly name: string; readonly oid: Oid }[] {
  const head = repository.refs.resolve("HEAD");
  return [...(head === undefined ? [] : [{ name: "HEAD", oid: head }]), ...repository.refs.list()];
}

/** The reference that a short name means on the other side (refs.c, the order of ref_rev_parse_rules). */
function sourceOf(theirs: ReadonlyMap<string, Oid>, name: string): string | undefined {
  return ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
    .map((prefix) => prefix + name)
    .find((full) => theirs.has(full));
}

/** Where a name without "refs/" goes that is to be written here. */
function targetOf(source: string, target: string): string {
  if (target.startsWith("refs/")) return target;
  if (/^(heads|tags|remotes)\//.test(target)) return `refs/${target}`;
  return source.startsWith("refs/tags/") ? `refs/tags/${target}` : `refs/heads/${target}`;
}

function wanted(git: Git, options: FetchOptions, theirs: ReadonlyMap<string, Oid>): Wanted[] {
  const { remote } = options;
  const out: Wanted[] = [];
  const add = (source: string, target: string | undefined, force: boolean, merge: boolean, asked = true) => {
    if (out.some((each) => each.source === source && each.target === target)) return;
    out.push({ source, oid: theirs.get(source) as Oid, target, force: force || options.force, merge, asked });
  };
  const spread = (spec: Refspec, merges: (name: string) => boolean) => {
    if (!spec.pattern) {
      const source = spec.source === "" ? "HEAD" : sourceOf(theirs, spec.source);
      if (source === undefined || !theirs.has(source)) throw fatal(`couldn't find remote ref ${spec.source}`);
      add(
        source,
        spec.target === undefined || spec.target === "" ? undefined : targetOf(source, spec.target),
        spec.force,
        merges(source),
      );
      return;
    }
    for (const name of theirs.keys()) {
      const star = name === "HEAD" ? undefined : starOf(spec.source, name);
      if (star !== undefined) add(name, spec.target?.replace("*", star), spec.force, merges(name));
    }
  };
  if (options.refspecs.length > 0) {
    const words: string[] = [];
    for (let at = 0; at < options.refspecs.length; at++) {
      const word = options.refspecs[at] as string;
      if (word !== "tag") words.push(word);
      else {
        at++;
        const name = options.refspecs[at];
        if (name === undefined) throw fatal("you need to specify a tag name");
        words.push(`refs/tags/${name}:refs/tags/${name}`);
      }
    }
    for (const word of words) {
      const spec = parseRefspec(word);
      spread(spec, () => !spec.pattern);
    }
    // What the configuration tracks is brought up to date as well.
    for (const { source } of [...out]) {
      const tracked = mapped(remote.fetch, source);
      if (tracked !== undefined && !out.some((each) => each.target === tracked.to))
        add(source, tracked.to, tracked.force, false, false);
    }
  } else if (remote.fetch.length > 0) {
    const { branch } = git.repository.refs;
    const ours = branch !== undefined && git.config.get(`branch.${branch}.remote`) === remote.name;
    const merges = ours ? git.config.values(`branch.${branch}.merge`) : [];
    const first = remote.fetch[0] as Refspec;
    for (const spec of remote.fetch)
      if (!spec.negative) spread(spec, (name) => merges.includes(name) || (!ours && !spec.pattern && spec === first));
    for (const name of merges)
      if (!out.some(({ source }) => source === name) && theirs.has(name)) add(name, undefined, false, true);
  } else if (theirs.has("HEAD")) add("HEAD", undefined, false, true);
  else throw fatal("couldn't find remote ref HEAD");
  if (options.tags === "all") {
    for (const name of theirs.keys()) if (name.startsWith("refs/tags/")) add(name, name, false, false);
  }
  return out;
}

/** Tags of commits that are here, or come now. */
async function followedTags(git: Git, from: Repository, wants: readonly Wanted[]): Promise<Wanted[]> {
  const { repository } = git;
  const coming = new Set<Oid>();
  const reached = async (oid: Oid): Promise<boolean> => {
    if (repository.objects.has(oid) || wants.some((each) => each.oid === oid)) return true;
    if (coming.size === 0)
      for (const { oid: tip } of wants) for (const each of await ancestorsOf(from, tip)) coming.add(each);
    return coming.has(oid);
  };
  const out: Wanted[] = [];
  for (const { name, oid } of from.refs.list("refs/tags/")) {
    if (repository.refs.exists(name) || wants.some((each) => each.target === name)) continue;
    const peeled = await from.objects.peel(oid);
    if (await reached(peeled.oid))
      out.push({ source: name, oid, target: name, force: false, merge: false, asked: true });
  }
  return out;
}

async function ancestorsOf(repository: Repository, oid: Oid): Promise<Set<Oid>> {
  const seen = new Set<Oid>();
  const peeled = await repository.objects.peel(oid);
  if (peeled.type !== "commit") return seen;
  const open = [peeled.oid];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    open.push(...(await repository.objects.commit(at)).parents);
    await repository.process.spend(2);
  }
  return seen;
}

const kindOf = (name: string): string =>
  name.startsWith("refs/heads/")
    ? "branch"
    : name.startsWith("refs/tags/")
      ? "tag"
      : name.startsWith("refs/remotes/")
        ? "remote-tracking branch"
        : "";

/** The line of FETCH_HEAD about a reference. */
function headLine(each: Wanted, url: string): string {
  const kind = kindOf(each.source);
  const what =
    each.source === "HEAD" ? "" : kind === "" ? `'${each.source}' of ` : `${kind} '${prettyRef(each.source)}' of `;
  return `${each.oid}\t${each.merge ? "" : "not-for-merge"}\t${what}${url}\n`;
}

/** Fetches; the status is 1 where an update was refused. */
export async function fetchFrom(git: Git, options: FetchOptions): Promise<number> {
  const { repository, process } = git;
  const { remote } = options;
  const from = openRemote(git, remote.url);
  const theirs = new Map(advertised(from).map(({ name, oid }) => [name, oid]));
  if (theirs.size === 0 && options.refspecs.length === 0) return 0;
  const wants = wanted(git, options, theirs);
  const tracks = wants.some(({ target }) => target !== undefined);
  if (options.tags === "follow" && tracks) wants.push(...(await followedTags(git, from, wants)));
  for (const { target } of wants) {
    if (target === undefined || options.updateHead || repository.workTree === undefined) continue;
    if (target === repository.refs.symbolic("HEAD"))
      throw fatal(`refusing to fetch into branch '${target}' checked out at '${repository.tree}'`);
  }
  if (!options.dryRun)
    await copyObjects(
      from,
      repository,
      wants.map(({ oid }) => oid),
    );
  const url = shownUrl(remote.url);
  const lookIn = options.dryRun ? from : repository;
  const changes: Change[] = [];
  const gone = options.prune ? pruned(git, remote, options.refspecs, theirs) : [];
  let status = 0;
  for (const { name } of gone) {
    changes.push({ mark: "-", summary: "[deleted]", from: "(none)", to: prettyRef(name) });
    if (!options.dryRun) repository.refs.delete(name);
  }
  for (const each of wants) {
    const told = await update(git, lookIn, each, options);
    if (told?.mark === "!") status = 1;
    if (told !== undefined && (told.mark !== "=" || options.verbose)) changes.push(told);
  }
  if (!options.dryRun) {
    const path = `${repository.gitDir}/FETCH_HEAD`;
    const lines = [true, false].flatMap((merge) =>
      wants.filter((each) => each.asked && each.merge === merge).map((each) => headLine(each, url)),
    );
    process.files.writeFile(path, lines.join(""), options.append ? { append: true } : {});
  }
  if (changes.length > 0 && !options.quiet) {
    const width = summaryWidth(
      lookIn,
      wants.map(({ oid }) => oid),
    );
    const column = nameColumn(
      wants.flatMap((each) => {
        const to = each.target;
        if (!options.verbose && to !== undefined && changes.every((change) => change.to !== prettyRef(to))) return [];
        return [{ from: nameIn(each), to: to === undefined ? "FETCH_HEAD" : prettyRef(to) }];
      }),
    );
    await git.say(`From ${url}\n${changes.map((change) => changeLine(change, width, column)).join("")}`);
    if (status !== 0) await git.say("");
  } else if (status !== 0) throw failed("some local refs could not be updated");
  if (!options.dryRun && gone.length > 0) await tellDangling(git, gone);
  return status;
}

const nameIn = (each: Wanted): string => prettyRef(each.source);

async function update(git: Git, lookIn: Repository, each: Wanted, options: FetchOptions): Promise<Change | undefined> {
  const { refs, objects } = git.repository;
  const { source, target, oid } = each;
  const from = nameIn(each);
  if (target === undefined) {
    return { mark: "*", summary: kindOf(source) || "branch", from, to: "FETCH_HEAD" };
  }
  const to = prettyRef(target);
  const before = refs.resolve(target);
  const short = (name: Oid) => lookIn.objects.abbreviate(name);
  const write = (message: string) => {
    if (!options.dryRun) refs.update(target, oid, `${options.action}: ${message}`);
  };
  if (before === oid) return { mark: "=", summary: "[up to date]", from, to };
  if (before === undefined) {
    const [what, message] = source.startsWith("refs/tags/")
      ? ["[new tag]", "storing tag"]
      : source.startsWith("refs/heads/")
        ? ["[new branch]", "storing head"]
        : ["[new ref]", "storing ref"];
    write(message);
    return { mark: "*", summary: what, from, to };
  }
  if (target.startsWith("refs/tags/")) {
    if (!each.force) return { mark: "!", summary: "[rejected]", from, to, reason: "would clobber existing tag" };
    write("updating tag");
    return { mark: "t", summary: "[tag update]", from, to };
  }
  const inOrder =
    objects.has(before) && (await isAncestor(lookIn.objects.has(before) ? lookIn : git.repository, before, oid));
  if (inOrder) {
    write("fast-forward");
    return { mark: " ", summary: `${objects.abbreviate(before)}..${short(oid)}`, from, to };
  }
  if (each.force) {
    write("forced-update");
    return { mark: "+", summary: `${objects.abbreviate(before)}...${short(oid)}`, from, to, reason: "forced update" };
  }
  return { mark: "!", summary: "[rejected]", from, to, reason: "non-fast-forward" };
}

/** References here whose counterparts are gone there. */
export function pruned(
  git: Git,
  remote: Remote,
  refspecs: readonly string[],
  theirs: ReadonlyMap<string, Oid>,
): { readonly name: string; readonly oid: Oid }[] {
  const specs = refspecs.length > 0 ? refspecs.map(parseRefspec) : remote.fetch;
  return git.repository.refs.list().filter(({ name }) => {
    if (git.repository.refs.symbolic(name) !== undefined) return false;
    return specs.some((spec) => {
      if (spec.negative || spec.target === undefined || spec.target === "") return false;
      const star = starOf(spec.target, name);
      return star !== undefined && !theirs.has(spec.source.replace("*", star));
    });
  });
}

/** "refs/remotes/origin/HEAD has become dangling". */
export async function tellDangling(git: Git, gone: readonly { readonly name: string }[]): Promise<void> {
  const { refs } = git.repository;
  for (const name of ["refs/remotes/origin/HEAD"]) {
    const target = refs.symbolic(name);
    if (target !== undefined && gone.some((each) => each.name === target))
      await git.say(`   (${prettyRef(name)} has become dangling)\n`);
  }
}

/** The lines of FETCH_HEAD that are to be merged. */
export function fetchedHeads(repository: Repository): { readonly oid: Oid; readonly note: string }[] {
  return (repository.readState("FETCH_HEAD") ?? "").split("\n").flatMap((line) => {
    const [oid = "", skipped, note = ""] = line.split("\t");
    return /^[0-9a-f]{40}$/.test(oid) && skipped === "" && oid !== NULL_OID ? [{ oid, note }] : [];
  });
}
