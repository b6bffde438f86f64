/** git tag. */
import { decodeBytes } from "../../../bytes.ts";
import type { Git } from "../context.ts";
import { fatal, plainly } from "../failure.ts";
import { cleanMessage, cleanupOf, editFile } from "../message.ts";
import { encodeTag, subjectOf } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { identity } from "../person.ts";
import { validRefName } from "../refs.ts";
import { commitOf, resolveRevision } from "../revision.ts";
import { isAncestor } from "../walk.ts";
import { wildmatch } from "../wildmatch.ts";
import { refFormat } from "./branch.ts";

const USAGE = `usage: git tag [-a | -s | -u <key-id>] [-f] [-m <msg> | -F <file>] [-e]
               <tagname> [<commit> | <object>]
   or: git tag -d <tagname>...
   or: git tag [-n[<num>]] -l [--contains <commit>] [--no-contains <commit>]
               [--points-at <object>] [--column[=<options>] | --no-column]
               [--create-reflog] [--sort=<key>] [--format=<format>]
               [--merged <commit>] [--no-merged <commit>] [<pattern>...]
   or: git tag -v [--format=<format>] <tagname>...
`;
const OPTIONS = optionTable(
  "l|list",
  "n|=?",
  "d|delete",
  "v|verify",
  "a|annotate",
  "m|message=",
  "F|file=",
  "e|edit",
  "s|sign",
  "cleanup=",
  "u|local-user=",
  "f|force",
  "create-reflog",
  "column=?",
  "contains=+",
  "merged=+",
  "sort=",
  "points-at=+",
  "format=",
  "color=?",
  "i|ignore-case",
);

export async function tag(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["verify", "sign", "local-user", "column", "sort", "color", "ignore-case"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  const { refs, objects } = repository;
  const { args } = options;
  if (options.has("delete")) {
    let status = 0;
    for (const name of args) {
      const oid = refs.resolve(`refs/tags/${name}`);
      if (oid === undefined) {
        await git.say(`error: tag '${name}' not found.\n`);
        status = 1;
        continue;
      }
      refs.delete(`refs/tags/${name}`);
      await git.print(`Deleted tag '${name}' (was ${objects.abbreviate(oid)})\n`);
    }
    return status;
  }
  const filters =
    options.has("list") ||
    options.has("n") ||
    options.has("contains") ||
    options.has("merged") ||
    options.has("points-at");
  if (filters || args.length === 0) {
    for (const { name, oid } of refs.list("refs/tags/")) {
      const short = name.slice("refs/tags/".length);
      if (args.length > 0 && !args.some((pattern) => wildmatch(pattern, short, false))) continue;
      if (
        options.has("contains") &&
        !(await isAncestor(
          repository,
          await commitOf(repository, options.value("contains") ?? "HEAD"),
          (
            await objects.peel(oid)
          ).oid,
        ))
      )
        continue;
      if (
        options.has("merged") &&
        !(await isAncestor(
          repository,
          (
            await objects.peel(oid)
          ).oid,
          await commitOf(repository, options.value("merged") ?? "HEAD"),
        ))
      )
        continue;
      if (
        options.has("points-at") &&
        (await objects.peel(oid)).oid !== (await commitOf(repository, options.value("points-at") ?? "HEAD"))
      )
        continue;
      const format = options.value("format");
      if (format !== undefined) await git.print(`${await refFormat(git, format, { full: name, oid })}\n`);
      else if (options.has("n")) {
        const object = await objects.read(oid);
        const message =
          object.type === "tag"
            ? (await objects.tag(oid)).message
            : object.type === "commit"
              ? (await objects.commit(oid)).message
              : "";
        const count = Number(options.value("n") ?? 1);
        const lines =
          count === 1
            ? [subjectOf(message).split("\n")[0] ?? ""]
            : message.replace(/\n+$/, "").split("\n").slice(0, count);
        await git.print(`${short.padEnd(15)} ${lines.join("\n    ")}\n`);
      } else await git.print(`${short}\n`);
    }
    return 0;
  }
  const [name = "", start = "HEAD", extra] = args;
  if (extra !== undefined) throw fatal("too many arguments");
  if (!validRefName(`refs/tags/${name}`) || name.startsWith("-")) throw fatal(`'${name}' is not a valid tag name.`);
  const full = `refs/tags/${name}`;
  const before = refs.resolve(full);
  if (before !== undefined && !options.has("force")) throw fatal(`tag '${name}' already exists`);
  const oid = await resolveRevision(repository, start);
  if (oid === undefined) throw fatal(`Failed to resolve '${start}' as a valid ref.`);
  let target = oid;
  if (options.has("annotate") || options.has("message") || options.has("file")) {
    const { files } = git.process;
    let text: string;
    const edits = options.has("edit") || !(options.has("message") || options.has("file"));
    if (options.has("message")) text = `${options.values("message").join("\n\n")}\n`;
    else if (options.has("file")) text = decodeBytes(files.readFile(options.value("file") ?? ""));
    else text = "";
    const tagger = identity(git.process, git.config, "committer");
    if (edits) {
      const path = `${repository.gitDir}/TAG_EDITMSG`;
      files.writeFile(
        path,
        `${text}\n#\n# Write a message for tag:\n#   ${name}\n# Lines starting with '#' will be ignored.\n`,
      );
      text = await editFile(git, path);
    }
    const message = cleanMessage(text, cleanupOf(git, options.value("cleanup"), true));
    if (message === "" && edits) throw plainly("fatal: no tag message?", 128);
    target = await objects.write(
      "tag",
      encodeTag({ object: oid, type: (await objects.read(oid)).type, name, tagger, message }),
    );
  }
  refs.update(full, target, "");
  if (before !== undefined && before !== target)
    await git.print(`Updated tag '${name}' (was ${objects.abbreviate(before)})\n`);
  return 0;
}
