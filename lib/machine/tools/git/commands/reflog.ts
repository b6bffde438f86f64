/** git reflog: what references were. */
import type { Git } from "../context.ts";
import { fatal, plainly } from "../failure.ts";
import { log } from "./log.ts";

const USAGE = `usage: git reflog [show] [<log-options>] [<ref>]
   or: git reflog expire [--expire=<time>] [--expire-unreachable=<time>]
   or: git reflog delete [--rewrite] [--updateref]
   or: git reflog exists <ref>
`;

export async function reflog(git: Git, words: readonly string[]): Promise<number> {
  const { repository } = git;
  const [verb] = words;
  if (verb === "expire" || verb === "delete") throw fatal(`git reflog ${verb} is not available here`);
  if (verb === "exists") {
    if (words[1] === undefined) throw plainly(USAGE.trimEnd(), 129);
    return repository.refs.hasLog(words[1]) ? 0 : 1;
  }
  return log(git, ["-g", "--abbrev-commit", "--pretty=oneline", ...(verb === "show" ? words.slice(1) : words)]);
}
