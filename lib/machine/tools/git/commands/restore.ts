/** git restore, and the files half of git checkout. */
import type { Git } from "../context.ts";
import { failed, fatal, plainly } from "../failure.ts";
import { type IndexEntry, NO_STAT } from "../index-file.ts";
import type { TreeEntry } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { peelTo, resolveRevision } from "../revision.ts";
import { compareFile, removeWorkFile, writeWorkFile } from "../worktree.ts";

const USAGE = "usage: git restore [<options>] [--source=<branch>] <file>...\n";
const OPTIONS = optionTable(
  "s|source=",
  "S|staged",
  "W|worktree",
  "ignore-unmerged",
  "overlay",
  "q|quiet",
  "progress",
  "m|merge",
  "conflict=",
  "2|ours",
  "3|theirs",
  "p|patch",
  "pathspec-from-file=",
  "recurse-submodules=?",
  "ignore-skip-worktree-bits",
);

export async function restore(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["merge", "conflict", "patch", "pathspec-from-file", "recurse-submodules", "ignore-unmerged"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  if (options.args.length === 0) throw fatal("you must specify path(s) to restore");
  const staged = options.has("staged");
  const worktree = options.has("worktree") || !staged;
  const source = options.value("source") ?? (staged ? "HEAD" : undefined);
  const side = options.has("ours") ? 2 : options.has("theirs") ? 3 : undefined;
  return restorePaths(git, {
    words: options.args,
    source,
    staged,
    worktree,
    side,
    overlay: options.has("overlay"),
    checkout: false,
    quiet: true,
  });
}

interface RestoreOptions {
  readonly words: readonly string[];
  /** A tree; undefined: the index. */
  readonly source: string | undefined;
  readonly staged: boolean;
  readonly worktree: boolean;
  /** Of a conflict: 2 ours, 3 theirs. */
  readonly side: 2 | 3 | undefined;
  /** What the source does not have stays. */
  readonly overlay: boolean;
  readonly checkout: boolean;
  readonly quiet: boolean;
}

export async function restorePaths(git: Git, options: RestoreOptions): Promise<number> {
  const { repository } = git;
  void repository.tree;
  const pathspec = repository.pathspec(options.words);
  let from: ReadonlyMap<string, TreeEntry> | undefined;
  let named = "";
  if (options.source !== undefined) {
    const oid = await resolveRevision(repository, options.source);
    const tree = oid === undefined ? undefined : await peelTo(repository, oid, "tree");
    if (tree === undefined) {
      if (options.source === "HEAD" && !repository.refs.exists("HEAD")) throw fatal("could not resolve HEAD");
      throw fatal(
        options.checkout ? `reference is not a tree: ${options.source}` : `could not resolve ${options.source}`,
      );
    }
    from = await repository.objects.flatten(tree);
    named = repository.objects.abbreviate(tree);
  }
  const known = new Set([...repository.index.entries.map((entry) => entry.path), ...(from?.keys() ?? [])]);
  const candidates = options.overlay && from !== undefined ? [...from.keys()] : [...known];
  const missing = pathspec.unmatched(options.overlay || from !== undefined ? [...candidates, ...known] : known);
  if (missing.length > 0) {
    throw plainly(
      missing.map((path) => `error: pathspec '${path}' did not match any file(s) known to git`).join("\n"),
      1,
    );
  }
  const paths = candidates.filter((path) => pathspec.matches(path)).sort();
  const unmerged =
    from === undefined && options.side === undefined ? paths.filter((path) => repository.index.conflicted(path)) : [];
  if (unmerged.length > 0) throw plainly(unmerged.map((path) => `error: path '${path}' is unmerged`).join("\n"), 1);
  let count = 0;
  for (const path of paths) {
    await git.spend(2);
    const entry: { readonly mode: number; readonly oid: string } | undefined =
      from !== undefined
        ? from.get(path)
        : options.side !== undefined && repository.index.conflicted(path)
          ? repository.index.get(path, options.side)
          : repository.index.get(path);
    if (entry === undefined) {
      if (from === undefined) {
        if (options.side !== undefined)
          throw failed(`path '${path}' does not have ${options.side === 2 ? "our" : "their"} version`);
        continue;
      }
      if (options.overlay) continue;
      if (options.worktree) removeWorkFile(repository, path);
      if (options.staged) repository.index.remove(path);
      count++;
      continue;
    }
    const before = repository.index.get(path);
    let written: IndexEntry = { path, mode: entry.mode, oid: entry.oid, stage: 0, intent: false, stat: NO_STAT };
    const same = before !== undefined && before.oid === entry.oid && before.mode === entry.mode;
    if (options.worktree) {
      if (same && (await compareFile(repository, before)) === undefined) continue;
      written = await writeWorkFile(repository, path, entry.mode, entry.oid);
      count++;
    } else if (same) continue;
    if (options.staged) repository.index.put(written);
    else if (same) repository.index.put(written);
  }
  await repository.writeIndex();
  if (options.checkout && !options.quiet) {
    await git.say(
      `Updated ${count} path${count === 1 ? "" : "s"} from ${options.source === undefined ? "the index" : named}\n`,
    );
  }
  return 0;
}
