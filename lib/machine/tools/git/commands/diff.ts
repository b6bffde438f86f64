/** git diff. */
import { parseRevisions } from "../arguments.ts";
import type { Git } from "../context.ts";
import { combinedDiff } from "../diff/combined.ts";
import { DIFF_OPTIONS, diffOptions, diffText, preparePairs } from "../diff/options.ts";
import { compareTrees, compareTreeToIndex, type Pair, pathOf } from "../diff/pairs.ts";
import { fatal, GitFailure } from "../failure.ts";
import { joined, optionTable, parseOptions } from "../options.ts";
import { commitOf, peelTo } from "../revision.ts";
import { mergeBases } from "../walk.ts";
import { compareIndexToFiles, compareTreeToFiles } from "../worktree.ts";

const DIFF_USAGE = `usage: git diff [<options>] [<commit>] [--] [<path>...]
   or: git diff [<options>] --cached [--merge-base] [<commit>] [--] [<path>...]
   or: git diff [<options>] [--merge-base] <commit> [<commit>...] <commit> [--] [<path>...]
   or: git diff [<options>] <commit>...<commit>] [--] [<path>...]
   or: git diff [<options>] <blob> <blob>]
   or: git diff [<options>] --no-index [--] <path> <path>]
`;

const OPTIONS = joined(
  DIFF_OPTIONS,
  optionTable("cached", "staged", "merge-base", "no-index", "1|base", "2|ours", "3|theirs", "0|", "cc", "c|"),
);

export async function diff(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, {
    usage: DIFF_USAGE,
    unknown: (word) => new GitFailure(`invalid option: ${word}`, 129, "error: "),
  });
  for (const name of ["base", "ours", "theirs", "0"])
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  if (options.has("no-index")) throw fatal("--no-index is not available here; use diff");
  if (git.place === undefined) {
    await git.say(
      `warning: Not a git repository. Use --no-index to compare two paths outside a working tree\n${DIFF_USAGE.replace("git diff [<options>] [<commit>]", "git diff --no-index [<options>] <path> <path>").split("\n")[0]}\n`,
    );
    return 129;
  }
  const { repository } = git;
  const settings = diffOptions(git, options, "patch");
  const revisions = await parseRevisions(git, options);
  const pathspec = repository.pathspec(revisions.paths);
  const cached = options.has("cached") || options.has("staged");
  const trees: { oid: string; type: "tree" | "blob"; text: string }[] = [];
  const include = revisions.words.filter((word) => !word.exclude);
  const exclude = revisions.words.filter((word) => word.exclude);
  const ordered =
    revisions.range === "..."
      ? [exclude[0], include.at(-1)]
      : revisions.range === ".."
        ? [exclude[0], include[0]]
        : revisions.words;
  for (const word of ordered) {
    if (word === undefined) throw fatal("no merge base");
    const tree = await peelTo(repository, word.oid, "tree");
    trees.push({ oid: tree ?? word.oid, type: tree === undefined ? "blob" : "tree", text: word.text });
  }
  let pairs: Pair[];
  const [one, two] = trees;
  if (cached) {
    if (trees.length > 1) throw new GitFailure(DIFF_USAGE.trimEnd(), 129, "");
    let base = one?.oid;
    if (base === undefined) {
      const head = repository.refs.resolve("HEAD");
      base = head === undefined ? undefined : (await repository.objects.commit(head)).tree;
    }
    if (options.has("merge-base") && one !== undefined) base = await mergeBaseTree(git, one.text, "HEAD");
    pairs = await compareTreeToIndex(repository, base, pathspec);
  } else if (one === undefined) {
    void repository.tree;
    pairs = await compareIndexToFiles(repository, pathspec);
  } else if (two === undefined) {
    if (one.type === "blob") throw fatal("comparing a blob with a file is not available here");
    void repository.tree;
    pairs = await compareTreeToFiles(
      repository,
      options.has("merge-base") ? await mergeBaseTree(git, one.text, "HEAD") : one.oid,
      pathspec,
    );
  } else if (trees.length === 2) {
    if (one.type === "blob" && two.type === "blob") {
      const name = (text: string) => (text.includes(":") ? text.slice(text.indexOf(":") + 1) : text);
      const side = (tree: typeof one) => ({ path: name(tree.text), mode: 0o100644, oid: tree.oid });
      pairs = one.oid === two.oid ? [] : [{ status: "M", old: side(one), new: side(two) }];
    } else {
      const base = options.has("merge-base") ? await mergeBaseTree(git, one.text, two.text) : one.oid;
      pairs = await compareTrees(repository, base, two.oid, pathspec);
    }
  } else throw fatal("a combined diff of several commits is not available here");
  const shown = await preparePairs(git, pairs, settings);
  const output = options.value("output");
  if (output !== undefined) {
    git.process.files.writeFile(
      output,
      await diffText(git, shown, { ...settings, colors: git.colors("diff", "never") }),
    );
  } else if (settings.formats.has("check")) {
    const text = await diffText(git, shown, settings);
    if (!settings.quiet) await git.print(text);
    if (text !== "") return 2;
  } else if (!settings.quiet) {
    const conflicts = shown.filter((pair) => pair.status === "U");
    if (conflicts.length > 0 && settings.formats.has("patch") && one === undefined && !cached) {
      for (const pair of shown) {
        await git.print(
          pair.status === "U" ? await combinedDiff(git, pathOf(pair), settings) : await diffText(git, [pair], settings),
        );
      }
    } else await git.print(await diffText(git, shown, settings));
  }
  return settings.exitCode && shown.length > 0 ? 1 : 0;
}

async function mergeBaseTree(git: Git, one: string, two: string): Promise<string> {
  const { repository } = git;
  const bases = await mergeBases(repository, await commitOf(repository, one), await commitOf(repository, two));
  const [base] = bases;
  if (base === undefined) throw fatal("no merge base found");
  if (bases.length > 1) throw fatal("multiple merge bases found");
  return (await repository.objects.commit(base)).tree;
}
