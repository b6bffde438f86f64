/** git rm and git mv. */
import { isErrno } from "../../../errno.ts";
import type { Git } from "../context.ts";
import { fatal, plainly } from "../failure.ts";
import { statOf } from "../index-file.ts";
import { optionTable, parseOptions } from "../options.ts";
import { compareFile, lstat, removeWorkFile } from "../worktree.ts";

const RM_USAGE = `usage: git rm [-f | --force] [-n] [-r] [--cached] [--ignore-unmatch]
              [--quiet] [--pathspec-from-file=<file> [--pathspec-file-nul]]
              [--] [<pathspec>...]
`;
const RM = optionTable(
  "n|dry-run",
  "q|quiet",
  "cached",
  "f|force",
  "r|",
  "ignore-unmatch",
  "sparse",
  "pathspec-from-file=",
);
const MV_USAGE = "usage: git mv [<options>] <source>... <destination>\n";
const MV = optionTable("v|verbose", "n|dry-run", "f|force", "k|", "sparse");

export async function rm(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(RM, words, { usage: RM_USAGE });
  for (const name of ["sparse", "pathspec-from-file"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  void repository.tree;
  if (options.args.length === 0) throw fatal("No pathspec was given. Which files should I remove?");
  const pathspec = repository.pathspec(options.args);
  const paths = [...new Set(repository.index.entries.map((entry) => entry.path))].filter((path) =>
    pathspec.matches(path),
  );
  const missing = pathspec.unmatched(paths);
  if (missing.length > 0 && !options.has("ignore-unmatch"))
    throw fatal(`pathspec '${missing[0]}' did not match any files`);
  if (!options.has("r")) {
    for (const item of pathspec.items) {
      const path = item.path.replace(/\/$/, "");
      if (repository.index.hasBelow(path) || path === "")
        throw fatal(`not removing '${item.text}' recursively without -r`);
    }
  }
  const head = repository.refs.resolve("HEAD");
  const tree =
    head === undefined ? new Map() : await repository.objects.flatten((await repository.objects.commit(head)).tree);
  if (!options.has("force")) {
    const both: string[] = [];
    const staged: string[] = [];
    const local: string[] = [];
    for (const path of paths) {
      const entry = repository.index.get(path);
      if (entry === undefined || lstat(repository, path) === undefined) continue;
      const before = tree.get(path);
      const inIndex = before === undefined || before.oid !== entry.oid || before.mode !== entry.mode;
      const inFile = (await compareFile(repository, entry)) !== undefined;
      if (inIndex && inFile && !entry.intent) both.push(path);
      else if (!options.has("cached") && inIndex) staged.push(path);
      else if (!options.has("cached") && inFile) local.push(path);
    }
    const list = (names: readonly string[], one: string, many: string, hint: string) =>
      names.length === 0
        ? ""
        : `error: the following file${names.length === 1 ? ` has ${one}` : `s have ${many}`}:\n${names.map((path) => `    ${path}\n`).join("")}${hint}\n`;
    const text =
      list(
        both,
        "staged content different from both the\nfile and the HEAD",
        "staged content different from both the\nfile and the HEAD",
        "(use -f to force removal)",
      ) +
      list(
        staged,
        "changes staged in the index",
        "changes staged in the index",
        "(use --cached to keep the file, or -f to force removal)",
      ) +
      list(
        local,
        "local modifications",
        "local modifications",
        "(use --cached to keep the file, or -f to force removal)",
      );
    if (text !== "") throw plainly(text.trimEnd(), 1);
  }
  for (const path of paths) {
    await git.spend(3);
    if (!options.has("quiet")) await git.print(`rm '${path}'\n`);
    if (options.has("dry-run")) continue;
    repository.index.remove(path);
    if (!options.has("cached")) removeWorkFile(repository, path);
  }
  if (!options.has("dry-run")) await repository.writeIndex();
  return 0;
}

export async function mv(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(MV, words, { usage: MV_USAGE });
  const { repository } = git;
  const { files } = git.process;
  if (options.args.length < 2) {
    await git.say(MV_USAGE);
    return 129;
  }
  const sources = options.args.slice(0, -1);
  const last = options.args.at(-1) as string;
  const target = repository.normalPath(last).replace(/\/$/, "");
  const intoDirectory = target === "" || lstat(repository, target)?.type === "directory";
  if (!intoDirectory && sources.length > 1) throw fatal(`destination '${last}' is not a directory`);
  if (!intoDirectory && last.endsWith("/"))
    throw fatal(`destination directory does not exist, source=${sources[0]}, destination=${last}`);
  for (const word of sources) {
    await git.spend(5);
    const from = repository.normalPath(word).replace(/\/$/, "");
    const base = from.slice(from.lastIndexOf("/") + 1);
    const to = !intoDirectory ? target : target === "" ? base : `${target}/${base}`;
    const bad = (why: string) => fatal(`${why}, source=${from}, destination=${to}`);
    const skip = options.has("k");
    const stat = lstat(repository, from);
    const directory = stat?.type === "directory";
    let why: string | undefined;
    if (stat === undefined) why = "bad source";
    else if (to === from || to.startsWith(`${from}/`)) why = "can not move directory into itself";
    else if (directory && !repository.index.hasBelow(from)) why = "source directory is empty";
    else if (!directory && repository.index.conflicted(from)) why = "conflicted";
    else if (!directory && !repository.index.has(from)) why = "not under version control";
    else if (lstat(repository, to) !== undefined && !(options.has("force") && !directory)) why = "destination exists";
    if (why !== undefined) {
      if (skip) continue;
      throw bad(why);
    }
    if (options.has("verbose") || options.has("dry-run"))
      await git.print(
        `${options.has("dry-run") ? `Checking rename of '${from}' to '${to}'\n` : ""}Renaming ${from} to ${to}\n`,
      );
    if (options.has("dry-run")) continue;
    try {
      files.rename(repository.file(from), repository.file(to));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw fatal(`renaming '${from}' failed: ${error.message}`);
    }
    for (const entry of [...repository.index.entries]) {
      if (entry.path !== from && !entry.path.startsWith(`${from}/`)) continue;
      repository.index.remove(entry.path);
      const path = to + entry.path.slice(from.length);
      const now = lstat(repository, path);
      repository.index.put({
        ...entry,
        path,
        stat:
          now === undefined || entry.stat.modified !== Math.floor(now.modified)
            ? entry.stat
            : { ...statOf(now), size: entry.stat.size },
      });
    }
  }
  if (!options.has("dry-run")) await repository.writeIndex();
  return 0;
}
