/** How commits are printed by log and its kin: their form, the names beside them, and what they changed. */
import type { Git } from "./context.ts";
import { mergeDiff } from "./diff/merges.ts";
import { DIFF_OPTIONS, type DiffOptions, diffOptions, diffText, preparePairs } from "./diff/options.ts";
import { compareTrees, type Pair } from "./diff/pairs.ts";
import { fatal } from "./failure.ts";
import type { Graph } from "./graph.ts";
import type { Commit, Oid } from "./objects.ts";
import { joined, type Options, optionTable } from "./options.ts";
import type { Pathspec } from "./pathspec.ts";
import { showDate } from "./person.ts";
import { decorations, type Format, type PrettyContext, parseFormat, prettyCommit } from "./pretty.ts";

export const LOG_OPTIONS = joined(
  DIFF_OPTIONS,
  optionTable(
    "oneline", "graph", "n|max-count=", "skip=", "pretty=?", "format=", "all", "branches=?", "tags=?", "remotes=?", "decorate=?",
    "since=", "after=", "until=", "before=", "author=", "committer=", "grep=", "i|regexp-ignore-case", "invert-grep",
    "all-match", "E|extended-regexp", "F|fixed-strings", "merges", "reverse", "first-parent", "topo-order", "date-order",
    "follow", "abbrev-commit", "date=", "parents", "m|", "c|", "cc", "root", "g|walk-reflogs", "left-right", "source",
    "min-parents=", "max-parents=", "stdin", "children", "L|=", "cherry", "cherry-pick", "cherry-mark", "boundary",
    "simplify-by-decoration", "simplify-merges", "full-history", "show-signature", "notes=?", "mailmap", "decorate-refs=",
    "decorate-refs-exclude=", "clear-decorations", "diff-merges=", "no-walk=?", "ancestry-path", "author-date-order", "glob=", "exclude=",
    "expand-tabs=?", "encoding=", "basic-regexp", "P|perl-regexp", "log-size", "use-mailmap", "left-only", "right-only",
  ),
); // biome-ignore format: a table

const REFUSED = [
  "source", "stdin", "children", "L", "simplify-by-decoration", "simplify-merges", "show-signature", "decorate-refs",
  "decorate-refs-exclude", "glob", "exclude", "encoding", "log-size", "expand-tabs",
]; // biome-ignore format: a table

export interface LogSettings {
  readonly format: Format;
  readonly diff: DiffOptions;
  readonly pretty: PrettyContext;
  readonly pathspec: Pathspec;
  readonly firstParent: boolean;
  /** What is shown of merges: nothing, what neither parent had, each parent's side, or the first's. */
  readonly merges: "off" | "combined" | "dense" | "separate" | "first";
}

export async function logSettings(
  git: Git,
  options: Options,
  standard: "none" | "patch" | "raw",
  pathspec: Pathspec,
): Promise<LogSettings> {
  for (const name of REFUSED)
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  const combines = options.has("c") || options.has("cc");
  const diff = diffOptions(git, options, combines && standard === "none" ? "patch" : standard);
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
    merges: mergeStyle(options),
    pretty: {
      git,
      colors,
      decorations: shown ? await decorations(git) : undefined,
      decorateFull: decorates === "full",
      abbreviate:
        options.has("abbrev-commit") ||
        (last === "oneline" && !options.denied("abbrev-commit")) ||
        (git.config.boolean("log.abbrevcommit") ?? false),
      abbreviation: diff.abbreviation,
      date: checkedDate(options.value("date") ?? git.config.get("log.date") ?? "default"),
      showParents: options.has("parents"),
    },
  };
}

/** How merges are shown, by what was given last. */
function mergeStyle(options: Options): LogSettings["merges"] {
  let style: LogSettings["merges"] = options.has("first-parent") ? "first" : "off";
  for (const { name, value, negated } of options.given) {
    if (negated) {
      if (name === "diff-merges") style = "off";
    } else if (name === "m") style = "separate";
    else if (name === "c") style = "combined";
    else if (name === "cc") style = "dense";
    else if (name === "diff-merges") {
      const named = ({ off: "off", none: "off", on: "separate", m: "separate", separate: "separate", 1: "first", "first-parent": "first", c: "combined", combined: "combined", cc: "dense", "dense-combined": "dense" } as const)[value ?? ""]; // biome-ignore format: a table
      if (named === undefined) throw fatal(`invalid value for '--diff-merges': '${value}'`);
      style = named;
    }
  }
  return style;
}

function checkedDate(mode: string): string {
  showDate({ time: 0, zone: "+0000" }, mode, 0);
  return mode;
}

/** A commit that is printed, and what is known of it beyond itself. */
export interface PrintedCommit {
  readonly commit: Commit;
  /** Those that the graph leads to, and that --parents names. */
  readonly parents: readonly Oid[];
  /** "<", ">", "-", "=", "+" before its name, or in place of the star. */
  readonly mark?: string | undefined;
  readonly reflog?: PrettyContext["reflog"];
  /** The pairs that are shown, where they are not those of the settings. */
  readonly pairs?: readonly Pair[];
  /** "(from ...)" for merges that are shown once for each parent. */
  readonly from?: Oid;
}

export async function commitPairs(
  git: Git,
  commit: Commit,
  settings: LogSettings,
  parent = commit.parents[0],
): Promise<Pair[]> {
  const before = parent === undefined ? undefined : (await git.repository.objects.commit(parent)).tree;
  return preparePairs(git, await compareTrees(git.repository, before, commit.tree, settings.pathspec), settings.diff);
}

/** A commit's changes as text. */
async function commitDiff(git: Git, each: PrintedCommit, settings: LogSettings): Promise<string> {
  if (settings.diff.formats.has("none")) return "";
  const { commit } = each;
  if (commit.parents.length > 1 && each.from === undefined) {
    if (settings.merges === "off") return "";
    if (settings.merges !== "first")
      return mergeDiff(git, commit, settings.diff, settings.pathspec, settings.merges === "dense");
  }
  return diffText(git, each.pairs ?? (await commitPairs(git, commit, settings, each.from)), settings.diff);
}

/** One commit with what belongs to it; false where nothing was printed. */
export async function printCommit(
  git: Git,
  each: PrintedCommit,
  settings: LogSettings,
  first: boolean,
  graph: Graph | undefined,
): Promise<boolean> {
  const { commit } = each;
  if (
    settings.merges === "separate" &&
    commit.parents.length > 1 &&
    each.from === undefined &&
    !settings.diff.formats.has("none")
  ) {
    let begun = first;
    for (const parent of commit.parents) {
      await printCommit(git, { ...each, from: parent }, settings, begun, graph);
      begun = false;
    }
    return true;
  }
  const { format } = settings;
  const pretty: PrettyContext = {
    ...settings.pretty,
    ...(each.mark === undefined ? {} : { mark: each.mark }),
    ...(each.reflog === undefined ? {} : { reflog: each.reflog }),
    ...(each.from === undefined ? {} : { from: each.from }),
  };
  if (graph !== undefined) delete (pretty as { mark?: string }).mark;
  const shown = pretty.showParents && graph === undefined ? { ...commit, parents: each.parents } : commit;
  const head = prettyCommit(pretty, format, shown);
  const changes = await commitDiff(git, each, settings);
  const user = format.name === "user";
  const line = format.name === "oneline" || format.name === "reference";
  const empty = user && head === "";
  const ends = (line || (user && format.terminated)) && !empty;
  const newline = settings.diff.zero ? "\0" : "\n";
  const both = settings.diff.formats.has("patch") && settings.diff.formats.has("stat");
  const dashes = both ? "---" : "";
  const combines = settings.merges === "combined" || settings.merges === "dense";
  const merge = combines && commit.parents.length > 1 && each.from === undefined;
  // Before what a merge has of its own stands an empty line, and also where it has nothing.
  const lead = merge
    ? settings.diff.formats.has("none")
      ? undefined
      : "\n"
    : changes === "" || line || empty
      ? undefined
      : `${dashes}\n`;
  if (graph !== undefined) {
    let out = "";
    graph.update(commit.oid, each.parents, each.mark === "-" ? "o" : (each.mark ?? "*"));
    if (!first && !ends && !empty) out += `${graph.padding()}\n`;
    out += graph.commit(line ? head.slice(0, -1) : head, ends);
    if (changes !== "" || lead !== undefined) out += graph.beside((lead ?? "") + changes);
    await git.print(out);
    return true;
  }
  let text = "";
  if (!first && !ends && !empty) text += newline;
  text += line ? head.slice(0, -1) : head;
  if (ends) text += newline;
  else if (user && changes !== "" && !empty && !merge) text += "\n";
  if (lead !== undefined) text += lead;
  text += changes;
  await git.print(text);
  return true;
}
