/** git show. */
import { decodeBytes } from "../../../bytes.ts";
import { parseRevisions } from "../arguments.ts";
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import { simplify } from "../history.ts";
import { LOG_OPTIONS, type LogSettings, logSettings, printCommit } from "../logging.ts";
import type { Oid } from "../objects.ts";
import { parseOptions } from "../options.ts";
import { showDate } from "../person.ts";

const USAGE = "usage: git show [<options>] <object>...\n";

export async function show(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(LOG_OPTIONS, words, {
    usage: USAGE,
    number: "max-count",
    unknown: (word) => fatal(`unrecognized argument: ${word}`),
  });
  if (options.has("graph")) throw fatal("options '--no-walk' and '--graph' cannot be used together");
  const { repository } = git;
  const revisions = await parseRevisions(git, options);
  const given = await logSettings(git, options, "patch", repository.pathspec(revisions.paths));
  const settings: LogSettings = given.merges === "off" ? { ...given, merges: "dense" } : given;
  let { words: named } = revisions;
  if (named.length === 0) {
    const head = repository.refs.resolve("HEAD");
    if (head === undefined)
      throw fatal(`your current branch '${repository.refs.branch}' does not have any commits yet`);
    named = [{ text: "HEAD", oid: head, exclude: false }];
  }
  let first = true;
  if (revisions.range !== undefined || named.some((word) => word.exclude)) {
    const pick = (exclude: boolean) => named.filter((word) => word.exclude === exclude).map((word) => word.oid);
    const walk = simplify(git, {
      include: pick(false),
      exclude: pick(true),
      topological: false,
      firstParent: settings.firstParent,
      pathspec: settings.pathspec,
      parents: false,
    });
    for await (const each of walk) if (await printCommit(git, each, settings, first, undefined)) first = false;
    return 0;
  }
  for (const word of named) {
    await showObject(git, word.oid, word.text, settings, first);
    first = false;
  }
  return 0;
}

async function showObject(git: Git, oid: Oid, text: string, settings: LogSettings, first: boolean): Promise<void> {
  const { objects } = git.repository;
  const object = await objects.read(oid);
  const { colors } = settings.pretty;
  switch (object.type) {
    case "blob":
      await git.print(decodeBytes(object.data));
      return;
    case "tree": {
      await git.print(`${first ? "" : "\n"}${colors.paint("diff.commit", `tree ${text}`)}\n\n`);
      for (const entry of await objects.tree(oid))
        await git.print(`${entry.name}${entry.mode === 0o40000 ? "/" : ""}\n`);
      return;
    }
    case "tag": {
      const tag = await objects.tag(oid);
      const tagger =
        tag.tagger === undefined
          ? ""
          : `Tagger: ${tag.tagger.name} <${tag.tagger.email}>\n${settings.format.name === "user" || settings.format.name === "oneline" ? "" : `Date:   ${showDate(tag.tagger, settings.pretty.date, git.now)}\n`}`;
      await git.print(
        `${first ? "" : "\n"}${colors.paint("diff.commit", `tag ${tag.name}`)}\n${tagger}\n${tag.message}`,
      );
      await showObject(git, tag.object, tag.object, settings, false);
      return;
    }
    case "commit": {
      const commit = await objects.commit(oid);
      await printCommit(git, { commit, parents: commit.parents }, settings, first, undefined);
    }
  }
}
