/** What commits change, as one value each: the same change on another base has the same (diff.c, diff_get_patch_id). */
import { digest, toHex } from "../../../encoding/index.ts";
import { encodeText } from "../../bytes.ts";
import type { Git } from "./context.ts";
import { diffOptions, diffText, preparePairs } from "./diff/options.ts";
import { compareTrees } from "./diff/pairs.ts";
import type { Oid } from "./objects.ts";
import { Options } from "./options.ts";

/** Names of changes by commit; merges have none. */
export async function patchIds(git: Git, commits: Iterable<Oid>): Promise<Map<Oid, string>> {
  const { repository } = git;
  const options = {
    ...diffOptions(git, new Options(), "patch"),
    colors: git.colors("diff", "never"),
    renames: undefined,
  };
  const out = new Map<Oid, string>();
  for (const oid of commits) {
    const commit = await repository.objects.commit(oid);
    if (commit.parents.length > 1) continue;
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : (await repository.objects.commit(parent)).tree;
    const pairs = await preparePairs(git, await compareTrees(repository, before, commit.tree), options);
    const text = (await diffText(git, pairs, options))
      .split("\n")
      .filter((line) => !line.startsWith("@@") && !line.startsWith("index "))
      .join("\n")
      .replace(/[ \t]+/g, "");
    await git.spend(10 + (text.length >> 4));
    out.set(oid, toHex(digest("sha1", encodeText(text))));
  }
  return out;
}
