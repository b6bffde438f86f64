/** git gc, repack, prune, pack-refs, count-objects, fsck: the house-keeping of a repository. */
import type { Git } from "../context.ts";
import { fatal, plainly } from "../failure.ts";
import {
  decodeCommit,
  decodeTag,
  decodeTree,
  EMPTY_TREE,
  MODE_COMMIT,
  NULL_OID,
  type ObjectType,
  type Oid,
} from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { writePack } from "../pack-writing.ts";
import { reachable } from "../remotes/transfer.ts";
import type { Repository } from "../repository.ts";

const WEEKS = 14 * 24 * 3600 * 1000;

/** Everything that something still needs: references, their logs, HEAD, the index, and what a merge is in the middle of. */
function roots(repository: Repository): Oid[] {
  const { refs, objects, index } = repository;
  const out = new Set<Oid>(refs.list().map(({ oid }) => oid));
  const head = refs.resolve("HEAD");
  if (head !== undefined) out.add(head);
  for (const name of ["HEAD", ...refs.list().map((ref) => ref.name)])
    for (const { before, after } of refs.logOf(name)) out.add(before).add(after);
  for (const { oid, mode } of index.entries) if (mode !== MODE_COMMIT) out.add(oid);
  for (const name of ["MERGE_HEAD", "ORIG_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "FETCH_HEAD"]) {
    const oid = repository.readState(name)?.slice(0, 40);
    if (oid !== undefined && /^[0-9a-f]{40}$/.test(oid)) out.add(oid);
  }
  return [...out].filter((oid) => oid !== NULL_OID && objects.has(oid));
}

/** References in one file. */
async function packRefs(git: Git, all: boolean): Promise<void> {
  const { refs, objects } = git.repository;
  const packed = new Map(refs.packed);
  const gone: string[] = [];
  for (const { name, oid } of refs.list()) {
    if (refs.symbolic(name) !== undefined || (!all && !name.startsWith("refs/tags/") && !packed.has(name))) continue;
    const { oid: peeled } = await objects.peel(oid);
    packed.set(name, { oid, peeled: peeled === oid ? undefined : peeled });
    gone.push(name);
  }
  refs.writePacked(packed);
  for (const name of gone) refs.dropLoose(name);
}

/** One pack of all that is reachable; older packs and the loose copies go. */
async function repackAll(git: Git): Promise<number> {
  const { objects } = git.repository;
  const { files } = git.process;
  const wanted = [...(await reachable(git.repository, roots(git.repository)))].filter(
    (oid) => oid !== EMPTY_TREE || objects.has(oid),
  );
  const old = objects.packs.map(({ path }) => path);
  // What only a pack had and nothing needs any more stays, as a loose object.
  for (const pack of objects.packs)
    for (const oid of pack.startingWith("")) if (!wanted.includes(oid)) await objects.loosen(oid);
  if (wanted.length === 0) return 0;
  const name = await writePack(git.repository, wanted);
  for (const path of old)
    if (!path.endsWith(`pack-${name}`))
      for (const end of [".pack", ".idx", ".rev"]) files.remove(path + end, { force: true });
  objects.forgetPacks();
  for (const oid of objects.loose())
    if (objects.packs.some((pack) => pack.find(oid) !== undefined)) objects.removeLoose(oid);
  return wanted.length;
}

/** Loose objects that nothing needs and that are older than `before` (ms). */
async function pruneLoose(
  git: Git,
  before: number,
  told?: (oid: Oid, type: ObjectType) => Promise<void>,
  dry = false,
): Promise<void> {
  const { objects } = git.repository;
  const needed = await reachable(git.repository, roots(git.repository));
  for (const oid of objects.loose()) {
    if (needed.has(oid) || objects.modified(oid) > before) continue;
    await told?.(oid, (await objects.read(oid)).type);
    if (!dry) objects.removeLoose(oid);
  }
}

export async function gc(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable("q|quiet", "prune=?", "cruft", "aggressive", "auto", "force", "keep-largest-pack"),
    words,
    {
      usage: "usage: git gc [<options>]\n",
    },
  );
  for (const name of ["cruft", "keep-largest-pack"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  if (options.args.length > 0) throw plainly("usage: git gc [<options>]", 129);
  if (options.has("auto")) return 0;
  const prune = options.denied("prune") ? undefined : (options.value("prune") ?? "2.weeks.ago");
  await packRefs(git, true);
  const count = await repackAll(git);
  if (prune === "now" || prune === "all") await pruneLoose(git, Number.POSITIVE_INFINITY);
  else if (prune !== undefined) {
    if (prune !== "2.weeks.ago") throw fatal(`--prune=${prune} is not available here, only now`);
    await pruneLoose(git, git.now - WEEKS);
  }
  if (git.process.isTerminal(2) && !options.has("quiet"))
    await git.say(
      `Enumerating objects: ${count}, done.\nCounting objects: 100% (${count}/${count}), done.\nWriting objects: 100% (${count}/${count}), done.\nTotal ${count} (delta 0), reused 0 (delta 0), pack-reused 0\n`,
    );
  return 0;
}

export async function repack(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("a|", "A|", "d|", "f|", "F|", "q|quiet", "l|local"), words, {
    usage: "usage: git repack [<options>]\n",
  });
  if (!(options.has("a") || options.has("A")) || !options.has("d"))
    throw fatal("only `git repack -a -d` is available here");
  await repackAll(git);
  return 0;
}

export async function prune(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("n|dry-run", "v|verbose", "progress", "expire="), words, {
    usage: "usage: git prune [-n] [-v] [--progress] [--expire <time>] [--] [<head>...]\n",
  });
  const expire = options.value("expire") ?? "now";
  if (expire !== "now") throw fatal("--expire is not available here");
  const tells = options.has("dry-run") || options.has("verbose");
  await pruneLoose(
    git,
    Number.POSITIVE_INFINITY,
    tells ? (oid, type) => git.print(`${oid} ${type}\n`) : undefined,
    options.has("dry-run"),
  );
  return 0;
}

export async function packRefsCommand(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("all", "prune"), words, {
    usage: "usage: git pack-refs [--all] [--no-prune]\n",
  });
  if (options.denied("prune")) throw fatal("--no-prune is not available here");
  await packRefs(git, options.has("all"));
  return 0;
}

const BLOCK = 4096;

export async function countObjects(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("v|verbose", "H|human-readable"), words, {
    usage: "usage: git count-objects [-v] [-H | --human-readable]\n",
  });
  if (options.has("human-readable")) throw fatal("-H is not available here");
  const { objects } = git.repository;
  const { files } = git.process;
  const loose = objects.loose();
  const blocks = loose.reduce((sum, oid) => sum + Math.ceil(objects.size(oid) / BLOCK), 0);
  const kilobytes = blocks * (BLOCK / 1024);
  if (!options.has("verbose")) {
    await git.print(`${loose.length} objects, ${kilobytes} kilobytes\n`);
    return 0;
  }
  const { packs } = objects;
  const bytes = packs.reduce(
    (sum, { path }) => sum + files.stat(`${path}.pack`).size + files.stat(`${path}.idx`).size,
    0,
  );
  const twice = loose.filter((oid) => packs.some((pack) => pack.find(oid) !== undefined)).length;
  await git.print(
    `count: ${loose.length}\nsize: ${kilobytes}\nin-pack: ${packs.reduce((sum, pack) => sum + pack.count, 0)}\npacks: ${packs.length}\nsize-pack: ${Math.floor(bytes / 1024)}\nprune-packable: ${twice}\ngarbage: 0\nsize-garbage: 0\n`,
  );
  return 0;
}

const FSCK_USAGE = `usage: git fsck [--tags] [--root] [--unreachable] [--cache] [--no-reflogs]
                [--[no-]full] [--strict] [--verbose] [--lost-found]
                [--[no-]dangling] [--[no-]progress] [--connectivity-only]
                [--[no-]name-objects] [<object>...]
`;

export async function fsck(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable(
      "v|verbose",
      "unreachable",
      "dangling",
      "tags",
      "root",
      "cache",
      "reflogs",
      "full",
      "connectivity-only",
      "strict",
      "lost-found",
      "progress",
      "name-objects",
    ),
    words,
    { usage: FSCK_USAGE },
  );
  for (const name of ["verbose", "tags", "root", "lost-found", "name-objects"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  if (options.args.length > 0) throw fatal("fsck of single objects is not available here");
  const { repository } = git;
  const { objects, refs } = repository;
  let status = 0;
  const every = objects.find("");
  const links = new Map<Oid, readonly { readonly oid: Oid; readonly type: ObjectType }[]>();
  const types = new Map<Oid, ObjectType>();
  for (const oid of every) {
    await git.spend(5);
    try {
      const { type, data } = await objects.read(oid);
      if ((await objects.hash(type, data)) !== oid) throw fatal(`hash mismatch for ${oid}`);
      types.set(oid, type);
      if (type === "commit") {
        const commit = decodeCommit(oid, data);
        links.set(oid, [
          { oid: commit.tree, type: "tree" },
          ...commit.parents.map((parent) => ({ oid: parent, type: "commit" as const })),
        ]);
      } else if (type === "tree") {
        links.set(
          oid,
          decodeTree(data).flatMap((entry) =>
            entry.mode === MODE_COMMIT
              ? []
              : [{ oid: entry.oid, type: entry.mode === 0o40000 ? ("tree" as const) : ("blob" as const) }],
          ),
        );
      } else if (type === "tag") {
        const tag = decodeTag(data);
        links.set(oid, [{ oid: tag.object, type: tag.type }]);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      await git.say(`error: object corrupt or missing: ${oid}\n`);
      status |= 1;
    }
  }
  const head = refs.resolve("HEAD");
  if (head === undefined) await git.say(`notice: HEAD points to an unborn branch (${refs.branch ?? ""})\n`);
  if (refs.list().length === 0) await git.say("notice: No default references\n");
  const seen = new Set<Oid>();
  const missing = new Map<Oid, ObjectType>();
  const open: { readonly oid: Oid; readonly type: ObjectType }[] = [];
  for (const { name, oid } of refs.list()) {
    if (types.has(oid)) open.push({ oid, type: types.get(oid) as ObjectType });
    else {
      await git.say(`error: ${name}: invalid sha1 pointer ${oid}\n`);
      status |= 2;
    }
  }
  if (head !== undefined && types.has(head)) open.push({ oid: head, type: "commit" });
  if (!options.denied("reflogs"))
    for (const oid of roots(repository)) open.push({ oid, type: types.get(oid) ?? "commit" });
  else for (const { oid, mode } of repository.index.entries) if (mode !== MODE_COMMIT) open.push({ oid, type: "blob" });
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    if (seen.has(each.oid)) continue;
    seen.add(each.oid);
    await git.spend(1);
    for (const to of links.get(each.oid) ?? []) {
      if (types.has(to.oid) || (to.oid === EMPTY_TREE && objects.has(to.oid))) open.push(to);
      else {
        // What the index names itself is missing, not linked wrongly.
        if (!repository.index.entries.some((entry) => entry.oid === to.oid))
          await git.print(
            `broken link from ${(types.get(each.oid) ?? each.type).padStart(7)} ${each.oid}\n              to ${to.type.padStart(7)} ${to.oid}\n`,
          );
        missing.set(to.oid, to.type);
        status |= 2;
      }
    }
  }
  for (const [oid, type] of missing) await git.print(`missing ${type} ${oid}\n`);
  const unreachable = every.filter((oid) => types.has(oid) && !seen.has(oid));
  const used = new Set(unreachable.flatMap((oid) => (links.get(oid) ?? []).map((link) => link.oid)));
  for (const oid of unreachable) {
    if (options.has("unreachable")) await git.print(`unreachable ${types.get(oid)} ${oid}\n`);
    else if (!used.has(oid) && !options.denied("dangling")) await git.print(`dangling ${types.get(oid)} ${oid}\n`);
  }
  return status;
}
