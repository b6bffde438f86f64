/** Small commands on references. */
import type { Git } from "../context.ts";
import { fatal } from "../failure.ts";
import type { Oid } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { shortRef } from "../refs.ts";
import { resolveRevision } from "../revision.ts";
import { refFormat } from "./branch.ts";

const bare = (name: string) => `usage: git ${name} [<options>]\n`;

export async function showRef(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable(
      "tags",
      "heads",
      "verify",
      "head",
      "d|dereference",
      "s|hash=?",
      "abbrev=?",
      "q|quiet",
      "exclude-existing=?",
    ),
    words,
    { usage: bare("show-ref") },
  );
  for (const name of ["abbrev", "exclude-existing"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const line = async (name: string, oid: Oid) => {
    if (options.has("quiet")) return;
    const shown =
      options.has("hash") && options.value("hash") !== undefined
        ? repository.objects.abbreviate(oid, Number(options.value("hash")))
        : oid;
    await git.print(options.has("hash") ? `${shown}\n` : `${shown} ${name}\n`);
    if (options.has("dereference") && (await repository.objects.read(oid)).type === "tag")
      await git.print(`${(await repository.objects.peel(oid)).oid} ${name}^{}\n`);
  };
  if (options.has("verify")) {
    for (const name of options.args) {
      const oid = repository.refs.resolve(name);
      if (oid === undefined) {
        if (options.has("quiet")) return 1;
        throw fatal(`'${name}' - not a valid ref`);
      }
      await line(name, oid);
    }
    return 0;
  }
  let found = 0;
  const head = repository.refs.resolve("HEAD");
  if (options.has("head") && head !== undefined) {
    await line("HEAD", head);
    found++;
  }
  for (const { name, oid } of repository.refs.list()) {
    if (
      (options.has("tags") || options.has("heads")) &&
      !(
        (options.has("tags") && name.startsWith("refs/tags/")) ||
        (options.has("heads") && name.startsWith("refs/heads/"))
      )
    )
      continue;
    if (options.args.length > 0 && !options.args.some((pattern) => name === pattern || name.endsWith(`/${pattern}`)))
      continue;
    found++;
    await line(name, oid);
  }
  return found > 0 ? 0 : 1;
}

export async function forEachRef(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("format=", "count=", "sort=", "points-at="), words, {
    usage: bare("for-each-ref"),
  });
  for (const name of ["sort", "points-at"]) if (options.has(name)) throw fatal(`--${name} is not available here`);
  let left = Number(options.value("count") ?? Number.POSITIVE_INFINITY);
  const { repository } = git;
  for (const { name, oid } of repository.refs.list()) {
    if (
      options.args.length > 0 &&
      !options.args.some(
        (pattern) => name === pattern || name.startsWith(pattern.endsWith("/") ? pattern : `${pattern}/`),
      )
    )
      continue;
    if (left-- <= 0) break;
    const format = options.value("format") ?? "%(objectname) %(objecttype)\t%(refname)";
    await git.print(
      `${await refFormat(git, format, { full: name, oid, current: repository.refs.target("HEAD") === name })}\n`,
    );
  }
  return 0;
}

export async function symbolicRef(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("q|quiet", "short", "d|delete", "m|="), words, {
    usage: bare("symbolic-ref"),
  });
  const [name = "HEAD", target] = options.args;
  const { refs } = git.repository;
  if (target !== undefined) {
    if (name === "HEAD" && !target.startsWith("refs/")) throw fatal("Refusing to point HEAD outside of refs/");
    refs.point(name, target);
    return 0;
  }
  const found = refs.symbolic(name);
  if (found === undefined) {
    if (options.has("quiet")) return 1;
    throw fatal(`ref ${name} is not a symbolic ref`);
  }
  await git.print(`${options.has("short") ? shortRef(found) : found}\n`);
  return 0;
}

export async function updateRef(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("m|=", "d|", "deref", "stdin", "create-reflog"), words, {
    usage: bare("update-ref"),
  });
  if (options.has("stdin")) throw fatal("--stdin is not available here");
  const [name = "", value] = options.args;
  const { refs } = git.repository;
  if (options.has("d")) {
    refs.delete(name);
    return 0;
  }
  const oid = value === undefined ? undefined : await resolveRevision(git.repository, value);
  if (oid === undefined) throw fatal(`${value}: not a valid SHA1`);
  refs.update(name, oid, options.value("m") ?? "");
  return 0;
}
