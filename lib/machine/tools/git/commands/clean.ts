/** git clean. */
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { untracked } from "../worktree.ts";

const USAGE = "usage: git clean [-d] [-f] [-i] [-n] [-q] [-e <pattern>] [-x | -X] [--] [<pathspec>...]\n";
const OPTIONS = optionTable("q|quiet", "n|dry-run", "f|force", "i|interactive", "d|", "e|exclude=", "x|", "X|");

export async function clean(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["interactive", "exclude"]) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const required = git.config.boolean("clean.requireforce");
  if (!options.has("force") && !options.has("dry-run") && (required ?? true)) {
    throw fatal(
      `clean.requireForce ${required === undefined ? "defaults to true" : "set to true"} and neither -i, -n, nor -f given; refusing to clean`,
    );
  }
  const { repository } = git;
  const pathspec = repository.pathspec(options.args);
  const find = (ignored: boolean) => untracked(repository, { mode: "normal", pathspec, ignored });
  const paths = [
    ...(options.has("X") ? [] : await find(false)),
    ...(options.has("x") || options.has("X") ? await find(true) : []),
  ].sort();
  for (const path of paths) {
    const isDirectory = path.endsWith("/");
    if (isDirectory && !options.has("d") && pathspec.empty) continue;
    if (!path.startsWith(repository.prefix)) continue;
    await git.spend(5);
    if (!options.has("quiet"))
      await git.print(`${options.has("dry-run") ? "Would remove" : "Removing"} ${repository.relative(path)}\n`);
    if (!options.has("dry-run"))
      git.process.files.remove(repository.file(path.replace(/\/$/, "")), { recursive: true });
  }
  return 0;
}
