/** git describe and git blame: where a commit stands, and where a line comes from. */
import { decodeBytes } from "../../../bytes.ts";
import { displayWidth } from "../../../tty/width.ts";
import { compareLines } from "../../support/line-diff.ts";
import type { Git } from "../context.ts";
import { readWorkFile } from "../diff/pairs.ts";
import { splitLines } from "../diff/patch.ts";
import { fatal } from "../failure.ts";
import { type Commit, NULL_OID, type Oid } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { showDate } from "../person.ts";
import { commitOf } from "../revision.ts";
import { ancestors, walkCommits } from "../walk.ts";
import { compareFile } from "../worktree.ts";

const DESCRIBE = optionTable(
  "tags",
  "all",
  "always",
  "long",
  "abbrev=",
  "dirty=?",
  "exact-match",
  "match=",
  "contains",
);

export async function describe(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(DESCRIBE, words, { usage: "usage: git describe [<options>] [<commit-ish>...]\n" });
  for (const name of ["all", "match", "contains", "dirty"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { objects } = repository;
  const name = options.args[0] ?? "HEAD";
  const oid = await commitOf(repository, name, () => fatal(`Not a valid object name ${name}`));
  const tags = new Map<Oid, string>();
  for (const ref of repository.refs.list("refs/tags/")) {
    const annotated = (await objects.read(ref.oid)).type === "tag";
    if (annotated || options.has("tags"))
      tags.set((await objects.peel(ref.oid)).oid, ref.name.slice("refs/tags/".length));
  }
  const digits = Number(options.value("abbrev") ?? 7);
  for await (const commit of walkCommits(repository, { include: [oid], exclude: [] })) {
    const tag = tags.get(commit.oid);
    if (tag === undefined) {
      if (options.has("exact-match")) throw fatal(`no tag exactly matches '${oid}'`);
      continue;
    }
    const behind = await ancestors(repository, [commit.oid]);
    const depth = [...(await ancestors(repository, [oid]))].filter((each) => !behind.has(each)).length;
    const plain = (depth === 0 && !options.has("long")) || digits === 0;
    await git.print(`${tag}${plain ? "" : `-${depth}-g${objects.abbreviate(oid, digits)}`}\n`);
    return 0;
  }
  if (options.has("always")) {
    await git.print(`${objects.abbreviate(oid, digits)}\n`);
    return 0;
  }
  throw fatal(
    tags.size === 0 && !options.has("tags") && repository.refs.list("refs/tags/").length > 0
      ? `No annotated tags can describe '${oid}'.\nHowever, there were unannotated tags: try --tags.`
      : tags.size === 0
        ? "No names found, cannot describe anything."
        : `No tags can describe '${oid}'.\nTry --always, or create some tags.`,
  );
}

export async function blame(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("s|", "e|show-email", "l|", "date=", "L|="), words, {
    usage: "usage: git blame [<options>] [<rev-opts>] [<rev>] [--] <file>\n",
  });
  if (options.has("L")) throw fatal("-L is not available here");
  const { repository } = git;
  const { objects } = repository;
  const word = options.args.at(-1);
  if (word === undefined) throw fatal("no file given");
  const path = repository.normalPath(word);
  const revision = options.args.length > 1 ? (options.args[0] as string) : undefined;
  const start = await objects.commit(await commitOf(repository, revision ?? "HEAD"));
  const blobAt = async (commit: Commit) => (await objects.flatten(commit.tree)).get(path)?.oid;
  const own = await blobAt(start);
  if (own === undefined) throw fatal(`no such path '${path}' in ${revision ?? "HEAD"}`);
  const textOf = async (oid: Oid) => splitLines(decodeBytes(await objects.blob(oid)));
  const committed = await textOf(own);
  const entry = repository.index.get(path);
  const changed =
    revision === undefined &&
    entry !== undefined &&
    ((await compareFile(repository, entry)) !== undefined || entry.oid !== own);
  const lines = changed ? splitLines(decodeBytes(readWorkFile(repository, path))) : committed;
  const owner: (Commit | undefined)[] = lines.map(() => undefined);
  /** Lines of the result that a commit still has to answer for, by their place in its version. */
  type Pending = Map<number, number>;
  const inherit = async (pending: Pending, from: readonly string[], to: readonly string[]): Promise<Pending> => {
    const passed: Pending = new Map();
    let shift = 0;
    let at = 0;
    const changes = await compareLines(to, from, (units) => git.spend(units));
    for (let line = 0; line < from.length; line++) {
      while (at < changes.length && (changes[at]?.b[1] ?? 0) <= line) {
        shift = (changes[at]?.a[1] ?? 0) - (changes[at]?.b[1] ?? 0);
        at++;
      }
      if (line >= (changes[at]?.b[0] ?? from.length)) continue;
      const result = pending.get(line);
      if (result !== undefined) passed.set(line + shift, result);
    }
    return passed;
  };
  let first: Pending = new Map(lines.map((_, index) => [index, index]));
  if (changed) first = await inherit(first, lines, committed);
  const waiting = new Map<Oid, Pending>([[start.oid, first]]);
  for await (const commit of walkCommits(repository, { include: [start.oid], exclude: [] })) {
    const pending = waiting.get(commit.oid);
    if (pending === undefined) continue;
    const left = new Map(pending);
    const blob = await blobAt(commit);
    for (const parent of commit.parents) {
      const before = await blobAt(await objects.commit(parent));
      if (before === undefined || blob === undefined) continue;
      const passed = before === blob ? new Map(left) : await inherit(left, await textOf(blob), await textOf(before));
      const taken = new Set(passed.values());
      for (const [at, result] of left) if (taken.has(result)) left.delete(at);
      waiting.set(parent, new Map([...(waiting.get(parent) ?? []), ...passed]));
    }
    for (const result of left.values()) owner[result] = commit;
  }
  const name = (commit: Commit | undefined) =>
    commit === undefined
      ? "Not Committed Yet"
      : options.has("show-email")
        ? `<${commit.author.email}>`
        : commit.author.name;
  const width = Math.max(0, ...owner.map((commit) => displayWidth(name(commit))));
  const digits = String(lines.length).length;
  for (const [index, line] of lines.entries()) {
    const commit = owner[index];
    const root = commit !== undefined && commit.parents.length === 0;
    const length = options.has("l") ? 40 : 8;
    const oid = (commit?.oid ?? NULL_OID).slice(0, root ? length - 1 : length);
    const when = commit?.author ?? { time: Math.floor(git.now / 1000), zone: "+0000" };
    const who = options.has("s")
      ? ""
      : `(${name(commit)}${" ".repeat(width - displayWidth(name(commit)))} ${showDate(when, options.value("date") ?? "iso", git.now)} `;
    await git.print(
      `${root ? "^" : ""}${oid} ${who}${String(index + 1).padStart(digits)}) ${line.endsWith("\n") ? line : `${line}\n`}`,
    );
  }
  return 0;
}
