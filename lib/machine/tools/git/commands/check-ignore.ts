/** git check-ignore. */
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { lstat } from "../worktree.ts";

const OPTIONS = optionTable("q|quiet", "v|verbose", "stdin", "z|", "n|non-matching", "index");

export async function checkIgnore(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: "usage: git check-ignore [<options>] <pathname>...\n" });
  for (const name of ["stdin", "z"])
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  if (options.args.length === 0) throw fatal("no path specified");
  const { repository } = git;
  let found = 0;
  for (const word of options.args) {
    const path = repository.normalPath(word).replace(/\/$/, "");
    const isDirectory = word.endsWith("/") || lstat(repository, path)?.type === "directory";
    const tracked = !options.denied("index") && (repository.index.has(path) || repository.index.hasBelow(path));
    const rule = path === "" || tracked ? undefined : repository.ignores.rule(path, isDirectory);
    const verbose = options.has("verbose");
    if (rule === undefined) {
      if (verbose && options.has("non-matching")) await git.print(`::\t${word}\n`);
      continue;
    }
    if (rule.negative && !verbose) continue;
    found++;
    if (options.has("quiet")) continue;
    await git.print(verbose ? `${rule.source}:${rule.line}:${rule.text}\t${word}\n` : `${word}\n`);
  }
  return found > 0 ? 0 : 1;
}
