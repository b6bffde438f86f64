/** What a merge has that none of its parents had. */
import type { Git } from "../context.ts";
import type { Commit } from "../objects.ts";
import type { Pathspec } from "../pathspec.ts";
import { combinedText } from "./combined.ts";
import { type DiffOptions, diffText } from "./options.ts";
import { compareTrees, contentOf, type Pair, pathOf } from "./pairs.ts";

export async function mergeDiff(
  git: Git,
  commit: Commit,
  options: DiffOptions,
  pathspec: Pathspec,
  dense = true,
): Promise<string> {
  const { repository } = git;
  const against: Map<string, Pair>[] = [];
  for (const parent of commit.parents) {
    const pairs = await compareTrees(repository, (await repository.objects.commit(parent)).tree, commit.tree, pathspec);
    against.push(new Map(pairs.map((pair) => [pathOf(pair), pair])));
  }
  const [first, ...others] = against;
  const paths = [...(first?.keys() ?? [])].filter((path) => others.every((pairs) => pairs.has(path)));
  let out = "";
  if (
    options.formats.has("stat") ||
    options.formats.has("numstat") ||
    options.formats.has("shortstat") ||
    options.formats.has("summary")
  ) {
    const counted = new Set([...options.formats].filter((format) => format !== "patch"));
    out += await diffText(git, [...(first?.values() ?? [])], { ...options, formats: counted });
  }
  if (options.formats.has("name-only")) out += paths.map((path) => `${path}\n`).join("");
  if (options.formats.has("name-status")) {
    for (const path of paths) out += `${against.map((pairs) => pairs.get(path)?.status ?? "M").join("")}\t${path}\n`;
  }
  if (!options.formats.has("patch")) return out;
  let patches = "";
  for (const path of paths) {
    const pairs = against.map((each) => each.get(path) as Pair);
    const result = pairs[0]?.new;
    if (result === undefined || pairs.some((pair) => pair.old === undefined)) continue;
    const parents: string[] = [];
    for (const pair of pairs) parents.push(await contentOf(repository, pair.old));
    patches += await combinedText(git, {
      path,
      oids: [...pairs.map((pair) => pair.old?.oid ?? ""), result.oid ?? ""],
      modes: pairs.map((pair) => pair.old?.mode ?? 0),
      mode: result.mode,
      parents,
      result: await contentOf(repository, result),
      options,
      dense,
    });
  }
  return out === "" || patches === "" ? out + patches : `${out}\n${patches}`;
}
