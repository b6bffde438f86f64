/** git log and its kin: which commits, in what form. */
import { compilePattern } from "../../support/regex.ts";
import { parseRevisions } from "../arguments.ts";
import type { Git } from "../context.ts";
import { mergeDiff } from "../diff/merges.ts";
import { DIFF_OPTIONS, type DiffOptions, diffOptions, diffText, preparePairs } from "../diff/options.ts";
import { compareTrees, contentOf, type Pair } from "../diff/pairs.ts";
import { fatal } from "../failure.ts";
import { Graph } from "../graph.ts";
import { type SimplifiedCommit, simplify } from "../history.ts";
import type { Commit, Oid } from "../objects.ts";
import { joined, type Options, optionTable, parseOptions } from "../options.ts";
import type { Pathspec } from "../pathspec.ts";
import { parseGitDate, showDate } from "../person.ts";
import { decorations, type Format, type PrettyContext, parseFormat, prettyCommit } from "../pretty.ts";
import { peelTo } from "../revision.ts";

const USAGE =
  "usage: git log [<options>] [<revision-range>] [[--] <path>...]\n   or: git show [<options>] <object>...\n";

export const LOG_OPTIONS = joined(
  DIFF_OPTIONS,
  optionTable(
    "oneline", "graph", "n|max-count=", "skip=", "pretty=?", "format=", "all", "branches=?", "tags=?", "remotes=?", "decorate=?",
    "since=", "after=", "until=", "before=", "author=", "committer=", "grep=", "i|regexp-ignore-case", "invert-grep",
    "all-match", "E|extended-regexp", "F|fixed-strings", "merges", "reverse", "first-parent", "topo-order", "date-order",
    "follow", "abbrev-commit", "date=", "parents", "m|", "c|", "cc", "root", "g|walk-reflogs", "left-right", "source",
    "min-parents=", "max-parents=", "stdin", "children", "L|=", "cherry", "cherry-pick", "cherry-mark", "boundary",
    "simplify-by-decoration", "simplify-merges", "full-history", "show-signature", "notes=?", "mailmap", "decorate-refs=",
    "decorate-refs-exclude=", "clear-decorations", "diff-merges=", "no-walk", "ancestry-path", "author-date-order", "glob=", "exclude=",
    "expand-tabs=?", "encoding=", "basic-regexp", "P|perl-regexp", "log-size", "use-mailmap",
  ),
); // biome-ignore format: a table

const REFUSED = [
  "follow", "walk-reflogs", "left-right", "source", "stdin", "children", "L", "cherry", "cherry-pick", "cherry-mark", "boundary",
  "simplify-by-decoration", "simplify-merges", "full-history", "show-signature", "decorate-refs", "decorate-refs-exclude",
  "ancestry-path", "glob", "exclude", "encoding", "log-size", "m",
]; // biome-ignore format: a table

export interface LogSettings {
  readonly format: Format;
  readonly diff: DiffOptions;
  readonly pretty: PrettyContext;
  readonly pathspec: Pathspec;
  readonly firstParent: boolean;
  /** Merges are shown with what neither parent had. */
  readonly combined: boolean;
}

export async function logSettings(
  git: Git,
  options: Options,
  standard: "none" | "patch",
  pathspec: Pathspec,
): Promise<LogSettings> {
  for (const name of REFUSED)
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  const diff = diffOptions(git, options, standard);
  const asked = options.value("format") ?? options.value("pretty");
  const last = options.last("oneline", "format", "pretty");
  const text =
    last === "oneline"
      ? "oneline"
      : (asked ?? (options.has("pretty") ? "medium" : git.config.get("format.pretty")) ?? "medium");
  const format = parseFormat(git, text);
  const { colors } = diff;
  const choice = options.value("decorate") ?? (options.has("decorate") ? "short" : undefined);
  const configured = git.config.get("log.decorate");
  const usesNames = format.name === "user" && /%[-+ ]?[dD]/.test(format.text);
  const terminal = git.process.isTerminal(1);
  const decorates = options.denied("decorate") ? "no" : (choice ?? configured ?? "auto");
  const shown = usesNames || (decorates === "auto" ? terminal : !/^(no|false|0)$/.test(decorates));
  return {
    format,
    diff,
    pathspec,
    firstParent: options.has("first-parent"),
    combined: options.has("c") || options.has("cc"),
    pretty: {
      git,
      colors,
      decorations: shown ? await decorations(git) : undefined,
      decorateFull: decorates === "full",
      abbreviate:
        options.has("abbrev-commit") ||
        (last === "oneline" && !options.denied("abbrev-commit")) ||
        (git.config.boolean("log.abbrevcommit") ?? false),
      date: checkedDate(options.value("date") ?? git.config.get("log.date") ?? "default"),
      showParents: options.has("parents"),
    },
  };
}

function checkedDate(mode: string): string {
  showDate({ time: 0, zone: "+0000" }, mode, 0);
  return mode;
}

/** A commit's changes against its (first) parent as text. */
async function commitDiff(git: Git, commit: Commit, settings: LogSettings): Promise<string> {
  if (settings.diff.formats.has("none")) return "";
  if (commit.parents.length > 1 && !settings.firstParent) {
    return settings.combined ? mergeDiff(git, commit, settings.diff, settings.pathspec) : "";
  }
  return diffText(git, await commitPairs(git, commit, settings), settings.diff);
}

async function commitPairs(git: Git, commit: Commit, settings: LogSettings): Promise<Pair[]> {
  const [parent] = commit.parents;
  const before = parent === undefined ? undefined : (await git.repository.objects.commit(parent)).tree;
  return preparePairs(git, await compareTrees(git.repository, before, commit.tree, settings.pathspec), settings.diff);
}

export async function log(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(LOG_OPTIONS, words, {
    usage: USAGE,
    number: "max-count",
    unknown: (word) => fatal(`unrecognized argument: ${word}`),
  });
  const { repository } = git;
  const revisions = await parseRevisions(git, options);
  const pathspec = repository.pathspec(revisions.paths);
  const settings = await logSettings(git, options, "none", pathspec);
  const include: Oid[] = [];
  const exclude: Oid[] = [];
  for (const word of revisions.words) {
    const commit = await peelTo(repository, word.oid, "commit");
    if (commit === undefined) continue;
    (word.exclude ? exclude : include).push(commit);
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
  if (options.has("all")) {
    const head = repository.refs.resolve("HEAD");
    if (head !== undefined) include.push(head);
  }
  if (include.length === 0 && places.length === 0 && revisions.words.every((word) => word.exclude)) {
    const head = repository.refs.resolve("HEAD");
    if (head === undefined)
      throw fatal(`your current branch '${repository.refs.branch}' does not have any commits yet`);
    include.push(head);
  }
  await printLog(git, options, settings, { include, exclude });
  return 0;
}

interface LogRange {
  readonly include: readonly Oid[];
  readonly exclude: readonly Oid[];
}

async function printLog(git: Git, options: Options, settings: LogSettings, range: LogRange): Promise<void> {
  const wanted = commitFilter(git, options);
  const number = (name: string, fallback: number) => {
    const text = options.value(name);
    if (text === undefined) return fallback;
    if (!/^-?\d+$/.test(text)) throw fatal(`'${text}': not an integer`);
    return Number(text) < 0 ? fallback : Number(text);
  };
  let left = number("max-count", Number.POSITIVE_INFINITY);
  let skip = number("skip", 0);
  const graph = options.has("graph") ? new Graph(settings.pretty.colors) : undefined;
  if (graph !== undefined && options.has("reverse"))
    throw fatal("options '--reverse' and '--graph' cannot be used together");
  const walk = simplify(git, {
    ...range,
    topological: options.has("topo-order") || graph !== undefined || options.has("date-order"),
    firstParent: settings.firstParent,
    pathspec: settings.pathspec,
    parents: graph !== undefined || options.has("parents"),
  });
  let first = true;
  const reversed: SimplifiedCommit[] = [];
  for await (const each of walk) {
    if (left <= 0) break;
    if (!(await wanted(each.commit, settings))) {
      graph?.skip(each.commit.oid, each.parents);
      continue;
    }
    if (skip > 0) {
      skip--;
      continue;
    }
    left--;
    if (options.has("reverse")) reversed.push(each);
    else {
      if (!(await printCommit(git, each, settings, first, graph))) continue;
      first = false;
    }
  }
  for (const each of reversed.reverse()) {
    if (await printCommit(git, each, settings, first, undefined)) first = false;
  }
  if (graph !== undefined) await git.print(graph.rest());
}

/** One commit with what belongs to it; false where nothing was printed. */
export async function printCommit(
  git: Git,
  each: SimplifiedCommit,
  settings: LogSettings,
  first: boolean,
  graph: Graph | undefined,
): Promise<boolean> {
  const { format, pretty } = settings;
  const commit =
    pretty.showParents || graph !== undefined
      ? { ...each.commit, parents: graph === undefined ? each.parents : each.commit.parents }
      : each.commit;
  let text = prettyCommit(pretty, format, commit);
  const user = format.name === "user";
  const changes = await commitDiff(git, each.commit, settings);
  const oneline = format.name === "oneline" || format.name === "reference";
  const empty = user && text === "";
  if (user && (format.terminated || changes !== "") && !empty) text += "\n";
  if (changes !== "") {
    const blank =
      oneline || (user && empty)
        ? ""
        : settings.diff.formats.has("patch") && settings.diff.formats.size > 1 && !user
          ? "---\n"
          : "\n";
    // A statistic before a patch is set off by dashes in the long formats.
    text += blank === "---\n" ? `---\n${changes}` : blank + changes;
  }
  const separated = !oneline && !(user && format.terminated);
  const named = !oneline && !user;
  if (
    changes === "" &&
    named &&
    settings.combined &&
    each.commit.parents.length > 1 &&
    settings.diff.formats.has("patch")
  )
    text += "\n";
  if (graph !== undefined) {
    await git.print(graph.commit(each.commit.oid, each.parents, text, separated && !first && !user));
    return true;
  }
  const gap = !first && separated ? "\n" : "";
  await git.print(gap + text);
  return true;
}

/** Dates, people and messages that commits are chosen by. */
function commitFilter(git: Git, options: Options): (commit: Commit, settings: LogSettings) => Promise<boolean> {
  const date = (text: string | undefined) => {
    if (text === undefined) return undefined;
    const parsed = parseGitDate(text, git.now);
    if (parsed === undefined) throw fatal(`the date '${text}' is not understood here`);
    return parsed.time;
  };
  const since = date(options.value("since") ?? options.value("after"));
  const until = date(options.value("until") ?? options.value("before"));
  const syntax = options.has("fixed-strings") ? "fixed" : options.has("extended-regexp") ? "extended" : "basic";
  const ignoreCase = options.has("regexp-ignore-case");
  const compile = (name: string) =>
    options.values(name).map((text) => compilePattern(text, { syntax, ignoreCase, multiline: true }));
  const authors = compile("author");
  const committers = compile("committer");
  const messages = compile("grep");
  const least = options.has("merges") ? 2 : Number(options.value("min-parents") ?? 0);
  const most = options.denied("merges") ? 1 : Number(options.value("max-parents") ?? Number.POSITIVE_INFINITY);
  const added = options.value("S");
  return async (commit, settings) => {
    if (since !== undefined && commit.committer.time < since) return false;
    if (until !== undefined && commit.committer.time > until) return false;
    if (commit.parents.length < least || commit.parents.length > most) return false;
    const person = (who: Commit["author"]) => `${who.name} <${who.email}>`;
    if (authors.length > 0 && !authors.some((pattern) => pattern.find(person(commit.author), 0))) return false;
    if (committers.length > 0 && !committers.some((pattern) => pattern.find(person(commit.committer), 0))) return false;
    if (messages.length > 0) {
      const test = (pattern: (typeof messages)[number]) => pattern.find(commit.message, 0) !== undefined;
      const found = options.has("all-match") ? messages.every(test) : messages.some(test);
      if (found === options.has("invert-grep")) return false;
    }
    await git.spend(3);
    return added === undefined || countsChange(git, commit, settings, added);
  };
}

/** -S: the text occurs more or less often than before. */
async function countsChange(git: Git, commit: Commit, settings: LogSettings, text: string): Promise<boolean> {
  if (commit.parents.length > 1) return false;
  const count = (content: string) => content.split(text).length - 1;
  for (const pair of await commitPairs(git, commit, settings)) {
    const before = count(await contentOf(git.repository, pair.old));
    if (before !== count(await contentOf(git.repository, pair.new))) return true;
  }
  return false;
}
