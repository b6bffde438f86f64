/** Names of git's commands, and what to say of one that is not there (help.c, levenshtein.c). */

/** Commands of upstream that people could mean. */
export const UPSTREAM_COMMANDS: readonly string[] = [
  "add", "am", "annotate", "apply", "archimport", "archive", "bisect", "blame", "branch", "bugreport", "bundle", "cat-file",
  "check-attr", "check-ignore", "check-mailmap", "check-ref-format", "checkout", "checkout--worker", "checkout-index",
  "cherry", "cherry-pick", "citool", "clean", "clone", "column", "commit", "commit-graph", "commit-tree", "config",
  "count-objects", "credential", "credential-cache", "credential-cache--daemon", "credential-store", "cvsexportcommit",
  "cvsimport", "cvsserver", "daemon", "describe", "diagnose", "diff", "diff-files", "diff-index", "diff-tree", "difftool",
  "fast-export", "fast-import", "fetch", "fetch-pack", "filter-branch", "fmt-merge-msg", "for-each-ref", "for-each-repo",
  "format-patch", "fsck", "fsck-objects", "fsmonitor--daemon", "gc", "get-tar-commit-id", "grep", "gui", "gui--askpass",
  "hash-object", "help", "hook", "http-backend", "http-fetch", "http-push", "imap-send", "index-pack", "init", "init-db",
  "instaweb", "interpret-trailers", "log", "ls-files", "ls-remote", "ls-tree", "mailinfo", "mailsplit", "maintenance",
  "merge", "merge-base", "merge-file", "merge-index", "merge-octopus", "merge-one-file", "merge-ours", "merge-recursive",
  "merge-recursive-ours", "merge-recursive-theirs", "merge-resolve", "merge-subtree", "merge-tree", "mergetool", "mktag",
  "mktree", "multi-pack-index", "mv", "name-rev", "notes", "p4", "pack-objects", "pack-redundant", "pack-refs", "patch-id",
  "pickaxe", "prune", "prune-packed", "pull", "push", "quiltimport", "range-diff", "read-tree", "rebase", "receive-pack",
  "reflog", "remote", "remote-ext", "remote-fd", "remote-ftp", "remote-ftps", "remote-http", "remote-https", "repack",
  "replace", "request-pull", "rerere", "reset", "restore", "rev-list", "rev-parse", "revert", "rm", "send-email",
  "send-pack", "sh-i18n--envsubst", "shell", "shortlog", "show", "show-branch", "show-index", "show-ref", "sparse-checkout",
  "stage", "stash", "status", "stripspace", "submodule", "submodule--helper", "svn", "switch", "symbolic-ref", "tag",
  "unpack-file", "unpack-objects", "update-index", "update-ref", "update-server-info", "upload-archive", "upload-pack",
  "var", "verify-commit", "verify-pack", "verify-tag", "version", "web--browse", "whatchanged", "worktree", "write-tree",
]; // biome-ignore format: a table

/** Those that a beginning is enough for. */
const COMMON = new Set([
  "add", "bisect", "branch", "clone", "commit", "diff", "fetch", "grep", "init", "log", "merge", "mv", "pull", "push",
  "rebase", "reset", "restore", "rm", "show", "status", "switch", "tag",
]); // biome-ignore format: a table

/** Distance with swapped letters free, other letters at 2, missing ones at 1, and superfluous ones at 3. */
function distance(from: string, to: string): number {
  const [swap, substitute, insert, remove] = [0, 2, 1, 3];
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, at) => at * insert);
  for (let i = 0; i < from.length; i++) {
    const next = [(i + 1) * remove];
    for (let j = 0; j < to.length; j++) {
      let cost = (row[j] as number) + (from[i] === to[j] ? 0 : substitute);
      if (i > 0 && j > 0 && from[i - 1] === to[j] && from[i] === to[j - 1])
        cost = Math.min(cost, (before[j - 1] as number) + swap);
      cost = Math.min(cost, (row[j + 1] as number) + remove, (next[j] as number) + insert);
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[to.length] as number;
}

const FLOOR = 7;

/** The names that are most like an unknown one. */
export function similarCommands(name: string, aliases: readonly string[]): string[] {
  if (name.length > 64) return [];
  const scored = [...new Set([...UPSTREAM_COMMANDS, ...aliases])]
    .map((each) => ({ each, score: COMMON.has(each) && each.startsWith(name) ? 0 : distance(name, each) + 1 }))
    .sort((a, b) => a.score - b.score || (a.each < b.each ? -1 : 1));
  const prefixes = scored.filter(({ score }) => score === 0).length;
  if (prefixes === scored.length) return scored.map(({ each }) => each);
  const best = (scored[prefixes] as { score: number }).score;
  if (prefixes === 0 && best >= FLOOR) return [];
  const count = scored.filter(({ score }) => score <= best).length;
  if (best >= FLOOR) return scored.slice(0, prefixes).map(({ each }) => each);
  return scored.slice(0, count).map(({ each }) => each);
}
