/** Revisions and paths of a command line, told apart as git tells them (setup.c, verify_filename). */
import { lstatOrUndefined } from "./commands/lookup.ts";
import type { Git } from "./context.ts";
import { fatal } from "./failure.ts";
import type { Oid } from "./objects.ts";
import type { Options } from "./options.ts";
import { ambiguous, commitOf, peelTo, resolveRevision } from "./revision.ts";
import { mergeBases } from "./walk.ts";
import { isPattern } from "./wildmatch.ts";

interface RevisionWord {
  /** As it was given, without "^". */
  readonly text: string;
  readonly oid: Oid;
  readonly exclude: boolean;
}

interface Revisions {
  readonly words: readonly RevisionWord[];
  readonly paths: readonly string[];
  /** A range "a..b" or "a...b", where one was given. */
  readonly range: ".." | "..." | undefined;
}

/** `strict`: every revision must be a commit (log); else any object will do (diff, show). */
export async function parseRevisions(git: Git, options: Options): Promise<Revisions> {
  const words: RevisionWord[] = [];
  let range: Revisions["range"];
  const { before } = options;
  for (const [index, word] of before.entries()) {
    const found = await oneWord(git, word);
    if (found !== undefined) {
      if (options.dashes === undefined && word !== "" && !word.includes("..") && exists(git, word)) {
        throw fatal(
          `ambiguous argument '${word}': both revision and filename\nUse '--' to separate paths from revisions, like this:\n'git <command> [<revision>...] -- [<file>...]'`,
        );
      }
      words.push(...found.words);
      range ??= found.range;
      continue;
    }
    if (options.dashes !== undefined) throw fatal(`bad revision '${word}'`);
    const paths = before.slice(index);
    for (const path of paths) {
      if (
        exists(git, path) ||
        isPattern(path) ||
        path.startsWith(":(") ||
        path.startsWith(":/") ||
        path.startsWith(":!") ||
        path.startsWith(":^")
      )
        continue;
      if (path !== word && (await oneWord(git, path)) !== undefined)
        throw fatal(
          `${path}: no such path in the working tree.\nUse 'git <command> -- <path>...' to specify paths that do not exist locally.`,
        );
      throw await missing(git, path);
    }
    return { words, paths, range };
  }
  return { words, paths: options.after, range };
}

async function missing(git: Git, word: string): Promise<Error> {
  const colon = word.indexOf(":");
  if (colon > 0) {
    const revision = word.slice(0, colon);
    const path = word.slice(colon + 1);
    if ((await resolveRevision(git.repository, revision)) === undefined)
      return fatal(`invalid object name '${revision}'.`);
    return fatal(
      exists(git, path)
        ? `path '${path}' exists on disk, but not in '${revision}'`
        : `path '${path}' does not exist in '${revision}'`,
    );
  }
  if (colon === 0 && word.length > 1) {
    const path = word.slice(1);
    return fatal(
      exists(git, path)
        ? `path '${path}' exists on disk, but not in the index`
        : `path '${path}' does not exist (neither on disk nor in the index)`,
    );
  }
  return ambiguous(word);
}

function exists(git: Git, word: string): boolean {
  return git.repository.workTree !== undefined && lstatOrUndefined(git, word) !== undefined;
}

async function oneWord(git: Git, word: string): Promise<{ words: RevisionWord[]; range?: ".." | "..." } | undefined> {
  const { repository } = git;
  const dots = /^(.*?)(\.\.\.?)(?!\/)(.*)$/.exec(word);
  if (dots !== null && !word.startsWith("../") && word !== "..") {
    const [, left = "", kind, right = ""] = dots;
    const one = await resolveRevision(repository, left || "HEAD");
    const two = await resolveRevision(repository, right || "HEAD");
    if (one !== undefined && two !== undefined) {
      if (kind === "..") {
        return {
          words: [
            { text: left || "HEAD", oid: one, exclude: true },
            { text: right || "HEAD", oid: two, exclude: false },
          ],
          range: "..",
        };
      }
      const a = await commitOf(repository, left || "HEAD");
      const b = await commitOf(repository, right || "HEAD");
      const bases = await mergeBases(repository, a, b);
      return {
        words: [
          ...bases.map((oid) => ({ text: oid, oid, exclude: true })),
          { text: left || "HEAD", oid: a, exclude: false },
          { text: right || "HEAD", oid: b, exclude: false },
        ],
        range: "...",
      };
    }
    return undefined;
  }
  const exclude = word.startsWith("^");
  const text = exclude ? word.slice(1) : word;
  const parents = /^(.*)\^([@!-])$/.exec(text);
  if (parents !== null && parents[1] !== "") {
    const base = await resolveRevision(repository, parents[1] as string);
    const commit = base === undefined ? undefined : await peelTo(repository, base, "commit");
    if (commit === undefined) return undefined;
    const all = (await repository.objects.commit(commit)).parents;
    const listed = (excluded: boolean) => all.map((oid) => ({ text: oid, oid, exclude: excluded }));
    return {
      words:
        parents[2] === "@"
          ? listed(exclude)
          : [...listed(true), { text: parents[1] as string, oid: commit, exclude: false }],
    };
  }
  const oid = await resolveRevision(repository, text);
  return oid === undefined ? undefined : { words: [{ text, oid, exclude }] };
}
