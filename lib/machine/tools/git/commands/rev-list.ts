/** git rev-list, shortlog, cherry and name-rev: commits as lists, by author, by what was taken over, by their names. */
import { decodeBytes } from "../../../bytes.ts";
import { parseRevisions } from "../arguments.ts";
import { commitFilter } from "../choosing.ts";
import type { Git } from "../context.ts";
import { failed, fatal, plainly } from "../failure.ts";
import { simplify } from "../history.ts";
import { LOG_OPTIONS, logSettings } from "../logging.ts";
import { decodeTree, MODE_COMMIT, MODE_TREE, type Oid, subjectOf } from "../objects.ts";
import { joined, optionTable, parseOptions } from "../options.ts";
import { patchIds } from "../patch-ids.ts";
import { prettyCommit } from "../pretty.ts";
import { commitOf, peelTo, upstreamOf } from "../revision.ts";
import { ancestors, walkCommits } from "../walk.ts";
import { rangeOf, turned } from "./log.ts";

const REV_LIST_USAGE = "usage: git rev-list [<options>] <commit>... [--] [<path>...]\n";
const REV_LIST = joined(
  LOG_OPTIONS,
  optionTable("count", "objects", "timestamp", "header", "bisect", "disk-usage=?", "quiet"),
);

export async function revList(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(REV_LIST, turned(words), {
    usage: REV_LIST_USAGE,
    number: "max-count",
    unknown: () => plainly(REV_LIST_USAGE.trimEnd(), 129),
  });
  for (const name of [
    "timestamp",
    "header",
    "bisect",
    "disk-usage",
    "graph",
    "boundary",
    "cherry-pick",
    "cherry-mark",
    "cherry",
    "follow",
    "patch",
    "stat",
  ])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const revisions = await parseRevisions(git, options);
  const named = revisions.words.length > 0 || ["all", "branches", "tags", "remotes"].some((name) => options.has(name));
  if (!named) throw plainly(REV_LIST_USAGE.trimEnd(), 129);
  const pathspec = repository.pathspec(revisions.paths);
  const settings = await logSettings(git, options, "none", pathspec);
  const range = await rangeOf(git, options, revisions);
  const formatted = ["format", "pretty", "oneline"].some((name) => options.has(name));
  const wanted = commitFilter(git, options);
  let left = Number(options.value("max-count") ?? Number.POSITIVE_INFINITY);
  let skip = Number(options.value("skip") ?? 0);
  const right =
    options.has("left-right") && range.sides !== undefined ? await ancestors(repository, [range.sides[1]]) : undefined;
  const shown: string[] = [];
  const commits: Oid[] = [];
  const walk = simplify(git, {
    ...range,
    topological: options.has("topo-order") || options.has("date-order"),
    firstParent: settings.firstParent,
    pathspec,
    parents: options.has("parents"),
  });
  for await (const { commit, parents } of walk) {
    if (left <= 0) break;
    if (!(await wanted(commit))) continue;
    if (skip-- > 0) continue;
    left--;
    commits.push(commit.oid);
    if (options.has("no-walk") && commits.length === range.include.length) left = 0;
    const mark = right === undefined ? "" : right.has(commit.oid) ? ">" : "<";
    const name = options.has("abbrev-commit")
      ? repository.objects.abbreviate(commit.oid, settings.diff.abbreviation)
      : commit.oid;
    const line = `${mark}${[name, ...(options.has("parents") ? parents : [])].join(" ")}`;
    if (!formatted) shown.push(`${line}\n`);
    else if (settings.format.name === "oneline")
      shown.push(prettyCommit({ ...settings.pretty, decorations: undefined }, settings.format, commit));
    else if (settings.format.name === "user")
      shown.push(`commit ${line}\n${prettyCommit(settings.pretty, settings.format, commit)}\n`);
    else shown.push(`${prettyCommit(settings.pretty, settings.format, commit)}\n`);
  }
  if (options.has("quiet")) return 0;
  if (options.has("count")) {
    if (right === undefined) await git.print(`${shown.length}\n`);
    else
      await git.print(
        `${shown.filter((line) => line.startsWith("<")).length}\t${shown.filter((line) => line.startsWith(">")).length}\n`,
      );
    return 0;
  }
  for (const line of options.has("reverse") ? shown.reverse() : shown) await git.print(line);
  if (options.has("objects")) await printObjects(git, commits, range.exclude);
  return 0;
}

/** Trees and blobs of commits with the first path that they were found under. */
async function printObjects(git: Git, commits: readonly Oid[], exclude: readonly Oid[]): Promise<void> {
  const { objects } = git.repository;
  const seen = new Set<Oid>();
  const walk = async (tree: Oid, path: string, print: boolean): Promise<void> => {
    if (seen.has(tree)) return;
    seen.add(tree);
    await git.spend(2);
    if (print) await git.print(`${tree} ${path}\n`);
    for (const entry of decodeTree((await objects.read(tree)).data)) {
      const full = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.mode === MODE_TREE) await walk(entry.oid, full, print);
      else if (entry.mode !== MODE_COMMIT && !seen.has(entry.oid)) {
        seen.add(entry.oid);
        if (print) await git.print(`${entry.oid} ${full}\n`);
      }
    }
  };
  for (const oid of exclude) await walk((await objects.commit(oid)).tree, "", false);
  for (const oid of commits) await walk((await objects.commit(oid)).tree, "", true);
}

const SHORTLOG_USAGE = `usage: git shortlog [<options>] [<revision-range>] [[--] <path>...]
   or: git log --pretty=short | git shortlog [<options>]
`;
const SHORTLOG = joined(LOG_OPTIONS, optionTable("email"));

export async function shortlog(git: Git, words: readonly string[]): Promise<number> {
  const own = new Set<string>();
  const rest: string[] = [];
  let passed = false;
  for (const word of words) {
    if (word === "--") passed = true;
    const long = { "--numbered": "n", "--summary": "s", "--email": "e", "--committer": "c" }[word];
    if (passed) rest.push(word);
    else if (long !== undefined) own.add(long);
    else if (/^-[nsec]+$/.test(word)) for (const letter of word.slice(1)) own.add(letter);
    else if (/^(-w|--group)/.test(word)) throw fatal(`${word} is not available here`);
    else rest.push(word);
  }
  const options = parseOptions(SHORTLOG, turned(rest), {
    usage: SHORTLOG_USAGE,
    number: "max-count",
    unknown: (word) => fatal(`unrecognized argument: ${word}`),
  });
  const groups = new Map<string, string[]>();
  const add = (who: string, what: string) => {
    const group = groups.get(who);
    if (group === undefined) groups.set(who, [what]);
    else group.push(what);
  };
  const revisions = git.place === undefined ? undefined : await parseRevisions(git, options);
  const asked =
    revisions !== undefined && (revisions.words.length > 0 || options.has("all") || options.has("branches"));
  if (!asked && !git.process.isTerminal(0)) await fromLog(git, own, add);
  else {
    const { repository } = git;
    if (revisions === undefined) throw fatal("not a git repository (or any of the parent directories): .git");
    const wanted = commitFilter(git, options);
    const pathspec = repository.pathspec(revisions.paths);
    let left = Number(options.value("max-count") ?? Number.POSITIVE_INFINITY);
    const range = await rangeOf(git, options, revisions);
    for await (const { commit } of simplify(git, {
      ...range,
      topological: false,
      firstParent: options.has("first-parent"),
      pathspec,
      parents: false,
    })) {
      if (left <= 0) break;
      if (!(await wanted(commit))) continue;
      left--;
      const who = own.has("c") ? commit.committer : commit.author;
      add(
        `${who.name}${own.has("e") ? ` <${who.email}>` : ""}`,
        subjectOf(commit.message).replace(/^\[PATCH[^\]]*\] */, "") || "<none>",
      );
    }
  }
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  if (own.has("n")) rows.sort(([, a], [, b]) => b.length - a.length);
  for (const [who, subjects] of rows) {
    if (own.has("s")) await git.print(`${String(subjects.length).padStart(6)}\t${who}\n`);
    else
      await git.print(
        `${who} (${subjects.length}):\n${subjects
          .reverse()
          .map((subject) => `      ${subject}\n`)
          .join("")}\n`,
      );
  }
  return 0;
}

/** What `git log` printed, read from the standard input. */
async function fromLog(git: Git, own: ReadonlySet<string>, add: (who: string, what: string) => void): Promise<void> {
  let text = "";
  for (;;) {
    const bytes = await git.process.stdin.read();
    if (bytes === null || bytes.length === 0) break;
    await git.spend(1 + (bytes.length >> 6));
    text += decodeBytes(bytes);
  }
  let who: string | undefined;
  let header = true;
  const label = own.has("c") ? /^Commit(?:ter)?: *(.*)$/ : /^Author: *(.*)$/;
  for (const line of text.split("\n")) {
    const found = label.exec(line)?.[1];
    if (found !== undefined) {
      who = own.has("e") ? found : found.replace(/ *<[^>]*>$/, "");
      header = true;
    } else if (who !== undefined && header && line.startsWith("    ") && line.trim() !== "") {
      add(who, line.trim());
      who = undefined;
      header = false;
    }
  }
}

export async function cherry(git: Git, words: readonly string[]): Promise<number> {
  const usage = "usage: git cherry [-v] [<upstream> [<head> [<limit>]]]\n";
  const options = parseOptions(optionTable("v|verbose", "abbrev=?"), words, { usage });
  const { repository } = git;
  const { refs, objects } = repository;
  const [given, tip = "HEAD", limit] = options.args;
  let upstream = given;
  if (upstream === undefined) {
    upstream = refs.branch === undefined ? undefined : upstreamOf(repository, refs.branch);
    if (upstream === undefined) {
      await git.say("Could not find a tracked remote branch, please specify <upstream> manually.\n");
      throw plainly(usage.trimEnd(), 129);
    }
  }
  const unknown = (text: string) => () => fatal(`unknown commit ${text}`);
  const theirs = await commitOf(repository, upstream, unknown(upstream));
  const ours = await commitOf(repository, tip, unknown(tip));
  const cut = limit === undefined ? [] : [await commitOf(repository, limit, unknown(limit))];
  const own: Oid[] = [];
  for await (const commit of walkCommits(repository, { include: [ours], exclude: [theirs, ...cut] }))
    if (commit.parents.length < 2) own.unshift(commit.oid);
  const known = new Set(
    (
      await patchIds(
        git,
        [...(await ancestors(repository, [theirs]))].filter((oid) => oid !== ours),
      )
    ).values(),
  );
  const ids = await patchIds(git, own);
  for (const oid of own) {
    const name = options.has("abbrev") ? objects.abbreviate(oid, Number(options.value("abbrev") ?? 7)) : oid;
    const subject = options.has("verbose") ? ` ${subjectOf((await objects.commit(oid)).message)}` : "";
    await git.print(`${known.has(ids.get(oid) ?? "") ? "-" : "+"} ${name}${subject}\n`);
  }
  return 0;
}

/** How far each commit is from a tag or branch. */
async function namesFrom(
  git: Git,
  tagsOnly: boolean,
): Promise<Map<Oid, { readonly name: string; readonly cost: number }>> {
  const { repository } = git;
  const out = new Map<Oid, { readonly name: string; readonly cost: number }>();
  const MERGE = 65_535;
  const refs = repository.refs
    .list()
    .filter(({ name }) => (tagsOnly ? name.startsWith("refs/tags/") : name !== "refs/stash"));
  refs.sort((a, b) => Number(b.name.startsWith("refs/tags/")) - Number(a.name.startsWith("refs/tags/")));
  for (const { name, oid } of refs) {
    const tip = await peelTo(repository, oid, "commit");
    if (tip === undefined) continue;
    const isTag = name.startsWith("refs/tags/");
    const short = name.replace(/^refs\/(heads\/)?/, "") + (isTag && tip !== oid ? "^0" : "");
    const open: { readonly oid: Oid; readonly base: string; readonly steps: number; readonly cost: number }[] = [
      { oid: tip, base: short, steps: 0, cost: isTag ? 0 : 1_000_000_000 },
    ];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      await git.spend(2);
      const known = out.get(at.oid);
      if (known !== undefined && known.cost <= at.cost) continue;
      const plain = at.base.replace(/\^0$/, "");
      out.set(at.oid, { name: at.steps === 0 ? at.base : `${plain}~${at.steps}`, cost: at.cost });
      const { parents } = await repository.objects.commit(at.oid);
      for (const [index, parent] of parents.entries()) {
        const here = at.steps === 0 ? plain : `${plain}~${at.steps}`;
        if (index === 0) open.push({ oid: parent, base: at.base, steps: at.steps + 1, cost: at.cost + 1 });
        else open.push({ oid: parent, base: `${here}^${index + 1}`, steps: 0, cost: at.cost + MERGE });
      }
    }
  }
  return out;
}

export async function nameRev(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("name-only", "tags", "undefined", "always"), words, {
    usage: "usage: git name-rev [<options>] <commit>...\n",
  });
  const names = await namesFrom(git, options.has("tags"));
  let status = 0;
  for (const word of options.args) {
    const oid = await commitOf(git.repository, word, () => failed(`Could not get sha1 for ${word}. Skipping.`));
    const found =
      names.get(oid)?.name ?? (options.has("always") ? git.repository.objects.abbreviate(oid) : "undefined");
    if (found === "undefined" && options.denied("undefined")) {
      await git.say(`fatal: cannot describe '${oid}'\n`);
      status = 128;
      break;
    }
    await git.print(options.has("name-only") ? `${found}\n` : `${word} ${found}\n`);
  }
  return status;
}
