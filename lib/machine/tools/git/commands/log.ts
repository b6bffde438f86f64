/** git log, git whatchanged: which commits, in what order. */
import { parseRevisions } from "../arguments.ts";
import { commitFilter, pickaxe } from "../choosing.ts";
import type { Git } from "../context.ts";
import { preparePairs } from "../diff/options.ts";
import { compareTrees, pathOf } from "../diff/pairs.ts";
import { fatal } from "../failure.ts";
import { Graph } from "../graph.ts";
import { simplify } from "../history.ts";
import {
  commitPairs,
  LOG_OPTIONS,
  type LogSettings,
  logSettings,
  type PrintedCommit,
  printCommit,
} from "../logging.ts";
import { NULL_OID, type Oid } from "../objects.ts";
import { type Options, parseOptions } from "../options.ts";
import { patchIds } from "../patch-ids.ts";
import { fullRef, peelTo } from "../revision.ts";
import { ancestors, walkCommits } from "../walk.ts";

const USAGE =
  "usage: git log [<options>] [<revision-range>] [[--] <path>...]\n   or: git show [<options>] <object>...\n";

/** Revisions behind --not count the other way round, up to the next --not. */
export function turned(words: readonly string[]): string[] {
  const out: string[] = [];
  let other = false;
  for (const [index, word] of words.entries()) {
    if (word === "--") return [...out, ...words.slice(index)];
    if (word === "--not") other = !other;
    else if (!other || word.startsWith("-")) out.push(word);
    else out.push(word.startsWith("^") ? word.slice(1) : `^${word}`);
  }
  return out;
}

interface LogRange {
  readonly include: readonly Oid[];
  readonly exclude: readonly Oid[];
  /** The two sides of "one...other". */
  readonly sides: readonly [Oid, Oid] | undefined;
}

export const log = (git: Git, words: readonly string[]): Promise<number> => logWith(git, words, "none");
/** As `git log --raw -m`, without merges. */
export const whatchanged = (git: Git, words: readonly string[]): Promise<number> =>
  logWith(git, ["--no-merges", ...words], "raw");

async function logWith(git: Git, words: readonly string[], standard: "none" | "raw"): Promise<number> {
  const options = parseOptions(LOG_OPTIONS, turned(words), {
    usage: USAGE,
    number: "max-count",
    unknown: (word) => fatal(`unrecognized argument: ${word}`),
  });
  const { repository } = git;
  const revisions = await parseRevisions(git, options);
  const pathspec = repository.pathspec(revisions.paths);
  const settings = await logSettings(git, options, standard, pathspec);
  if (options.has("walk-reflogs")) {
    const names = revisions.words.map(({ text }) => text);
    await printReflogs(git, options, settings, names.length === 0 ? ["HEAD"] : names);
    return 0;
  }
  const range = await rangeOf(git, options, revisions);
  await printLog(git, options, settings, range, revisions.paths);
  return 0;
}

export async function rangeOf(
  git: Git,
  options: Options,
  revisions: Awaited<ReturnType<typeof parseRevisions>>,
): Promise<LogRange> {
  const { repository } = git;
  const include: Oid[] = [];
  const exclude: Oid[] = [];
  for (const word of revisions.words) {
    const commit = await peelTo(repository, word.oid, "commit");
    if (commit !== undefined) (word.exclude ? exclude : include).push(commit);
  }
  const places = [
    ...(options.has("all") ? ["refs/"] : []),
    ...(options.has("branches") ? ["refs/heads/"] : []),
    ...(options.has("tags") ? ["refs/tags/"] : []),
    ...(options.has("remotes") ? ["refs/remotes/"] : []),
  ];
  for (const place of places) {
    for (const { oid } of repository.refs.list(place)) {
      const commit = await peelTo(repository, oid, "commit");
      if (commit !== undefined) include.push(commit);
    }
  }
  const head = repository.refs.resolve("HEAD");
  if (options.has("all") && head !== undefined) include.push(head);
  const asked = places.length > 0 || revisions.words.some((word) => !word.exclude) || exclude.length > 0;
  if (!asked) {
    if (head === undefined)
      throw fatal(`your current branch '${repository.refs.branch}' does not have any commits yet`);
    include.push(head);
  }
  const sides = revisions.range === "..." ? (include.slice(-2) as [Oid, Oid]) : undefined;
  return { include, exclude, sides };
}

/** --left-right, --cherry-pick and their kin: which commits fall away, and what stands before the others. */
async function sided(
  git: Git,
  options: Options,
  range: LogRange,
): Promise<(oid: Oid) => { readonly drop: boolean; readonly mark?: string }> {
  const cherry = options.has("cherry");
  const picks = options.has("cherry-pick");
  const marks = options.has("cherry-mark") || cherry;
  const rightOnly = options.has("right-only") || cherry;
  const leftOnly = options.has("left-only");
  const shows = options.has("left-right");
  if (!picks && !marks && !rightOnly && !leftOnly && !shows) return () => ({ drop: false });
  const [left, right] = range.sides ?? [];
  const only = async (oid: Oid | undefined, other: Oid | undefined) => {
    if (oid === undefined || other === undefined) return new Set<Oid>();
    const theirs = await ancestors(git.repository, [other]);
    return new Set([...(await ancestors(git.repository, [oid]))].filter((each) => !theirs.has(each)));
  };
  const lefts = await only(left, right);
  const rights = await only(right, left);
  const same = new Set<Oid>();
  if (picks || marks) {
    const one = await patchIds(git, lefts);
    const two = await patchIds(git, rights);
    for (const [a, b] of [
      [one, two],
      [two, one],
    ] as const) {
      const ids = new Set(b.values());
      for (const [oid, id] of a) if (ids.has(id)) same.add(oid);
    }
  }
  return (oid) => {
    const isLeft = lefts.has(oid);
    if (picks && same.has(oid)) return { drop: true };
    if (rightOnly && isLeft) return { drop: true };
    if (leftOnly && !isLeft) return { drop: true };
    if (marks && same.has(oid)) return { drop: false, mark: "=" };
    if (shows) return { drop: false, mark: isLeft ? "<" : ">" };
    return marks ? { drop: false, mark: "+" } : { drop: false };
  };
}

async function printLog(
  git: Git,
  options: Options,
  settings: LogSettings,
  range: LogRange,
  paths: readonly string[],
): Promise<void> {
  const { repository } = git;
  const wanted = commitFilter(git, options);
  const axe = pickaxe(git, options);
  const side = await sided(git, options, range);
  let left = count(options, "max-count", Number.POSITIVE_INFINITY);
  let skip = count(options, "skip", 0);
  const graph = options.has("graph") ? new Graph(settings.pretty.colors) : undefined;
  if (graph !== undefined && options.has("reverse"))
    throw fatal("options '--reverse' and '--graph' cannot be used together");
  if (graph !== undefined && options.has("no-walk"))
    throw fatal("options '--no-walk' and '--graph' cannot be used together");
  const path = options.has("ancestry-path") ? await betweenPath(git, range) : undefined;
  const walk = options.has("follow")
    ? followed(git, range, settings, paths)
    : options.has("no-walk")
      ? alone(git, range, options.value("no-walk") === "unsorted")
      : simplify(git, {
          ...range,
          topological:
            options.has("topo-order") ||
            graph !== undefined ||
            options.has("date-order") ||
            options.has("author-date-order"),
          firstParent: settings.firstParent,
          fullHistory: options.has("full-history"),
          boundary: options.has("boundary"),
          pathspec: settings.pathspec,
          parents: graph !== undefined || options.has("parents"),
          keeps:
            graph === undefined
              ? undefined
              : async (commit) => !side(commit.oid).drop && (path?.has(commit.oid) ?? true) && (await wanted(commit)),
        });
  let first = true;
  const kept: PrintedCommit[] = [];
  const shown = new Set<Oid>();
  const edges: Oid[] = [];
  const print = async (each: PrintedCommit) => {
    if (options.has("reverse")) kept.push(each);
    else if (await printCommit(git, each, settings, first, graph)) first = false;
  };
  for await (const each of walk) {
    if (left <= 0) break;
    const { drop, mark } = side(each.commit.oid);
    if (drop || (path !== undefined && !path.has(each.commit.oid)) || !(await wanted(each.commit))) continue;
    if (axe !== undefined) {
      let changed = false;
      if (each.commit.parents.length < 2)
        for (const pair of await commitPairs(git, each.commit, settings)) changed ||= await axe(pair);
      if (!changed) continue;
    }
    if (skip > 0) {
      skip--;
      continue;
    }
    left--;
    shown.add(each.commit.oid);
    edges.push(...each.commit.parents);
    await print({ ...each, mark });
  }
  if (options.has("boundary")) {
    const hidden = new Set(edges.filter((oid) => !shown.has(oid)));
    const commits = await Promise.all([...hidden].map((oid) => repository.objects.commit(oid)));
    commits.sort((a, b) => b.committer.time - a.committer.time);
    for (const commit of commits) await print({ commit, parents: [], mark: "-" });
  }
  for (const each of kept.reverse()) if (await printCommit(git, each, settings, first, undefined)) first = false;
}

function count(options: Options, name: string, fallback: number): number {
  const text = options.value(name);
  if (text === undefined) return fallback;
  if (!/^-?\d+$/.test(text)) throw fatal(`'${text}': not an integer`);
  return Number(text) < 0 ? fallback : Number(text);
}

/** Commits that lie between what is left out and what is shown. */
async function betweenPath(git: Git, range: LogRange): Promise<Set<Oid>> {
  const bottoms = new Set(range.exclude);
  const all = [];
  for await (const commit of walkCommits(git.repository, { ...range, topological: true })) all.push(commit);
  const kept = new Set<Oid>();
  for (const commit of all.reverse())
    if (commit.parents.some((parent) => bottoms.has(parent) || kept.has(parent))) kept.add(commit.oid);
  return kept;
}

/** --no-walk: the commits that were named. */
async function* alone(git: Git, range: LogRange, unsorted: boolean): AsyncGenerator<PrintedCommit> {
  const commits = await Promise.all([...new Set(range.include)].map((oid) => git.repository.objects.commit(oid)));
  if (!unsorted) commits.sort((a, b) => b.committer.time - a.committer.time);
  for (const commit of commits) yield { commit, parents: commit.parents };
}

/** --follow: one file, under the names that it had before. */
async function* followed(
  git: Git,
  range: LogRange,
  settings: LogSettings,
  paths: readonly string[],
): AsyncGenerator<PrintedCommit> {
  const { repository } = git;
  if (paths.length !== 1) throw fatal("--follow requires exactly one pathspec");
  let path = repository.normalPath(paths[0] as string);
  for await (const commit of walkCommits(repository, range)) {
    if (commit.parents.length > 1) continue;
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : (await repository.objects.commit(parent)).tree;
    const changed = await compareTrees(repository, before, commit.tree);
    if (!changed.some((pair) => pathOf(pair) === path)) continue;
    const pairs = await preparePairs(git, changed, {
      ...settings.diff,
      renames: settings.diff.renames ?? { minimum: 30_000, copies: false },
    });
    const pair = pairs.find((each) => pathOf(each) === path);
    if (pair === undefined) continue;
    yield { commit, parents: commit.parents, pairs: [pair] };
    if ((pair.status === "R" || pair.status === "C") && pair.old !== undefined) path = pair.old.path;
  }
}

/** -g: what references were, the latest first. */
async function printReflogs(
  git: Git,
  options: Options,
  settings: LogSettings,
  names: readonly string[],
): Promise<void> {
  const { repository } = git;
  const { refs } = repository;
  if (options.has("graph")) throw fatal("options '--walk-reflogs' and '--graph' cannot be used together");
  if (options.has("reverse")) throw fatal("options '--walk-reflogs' and '--reverse' cannot be used together");
  const wanted = commitFilter(git, options);
  let left = count(options, "max-count", Number.POSITIVE_INFINITY);
  let skip = count(options, "skip", 0);
  let first = true;
  for (const word of names) {
    const [, given = "", start] = /^(.*?)(?:@\{(\d+)\})?$/.exec(word) ?? [];
    const name = given === "" || given === "@" ? "HEAD" : given;
    const full = fullRef(repository, name);
    if (full === undefined) continue;
    const entries = refs.logOf(full).reverse();
    for (const [index, entry] of entries.entries()) {
      if (left <= 0) return;
      await git.spend(5);
      if (index < Number(start ?? 0) || entry.after === NULL_OID || !repository.objects.has(entry.after)) continue;
      const commit = await repository.objects.commit(entry.after);
      if (!(await wanted(commit))) continue;
      if (skip > 0) {
        skip--;
        continue;
      }
      left--;
      const dated = options.value("date") !== undefined;
      const reflog = { name, full, index, dated, who: entry.who, message: entry.message };
      if (await printCommit(git, { commit, parents: commit.parents, reflog }, settings, first, undefined))
        first = false;
    }
  }
}
