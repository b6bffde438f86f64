/** git commit. */
import { decodeBytes } from "../../../bytes.ts";
import { isErrno } from "../../../errno.ts";
import { readAll } from "../../support/tool.ts";
import { commitSummary, createCommit } from "../committing.ts";
import type { Git } from "../context.ts";
import { fatal, plainly, quit } from "../failure.ts";
import { type IndexEntry, NO_STAT } from "../index-file.ts";
import { cleanMessage, cleanupOf, commented, editFile, runHook } from "../message.ts";
import { type Commit, type Oid, type Person, parsePerson, subjectOf } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { clean, identity, parseGitDate, showDate } from "../person.ts";
import { commitOf } from "../revision.ts";
import { stageFile } from "../staging.ts";
import { stateOf } from "../state.ts";
import { collectStatus, longStatus } from "../status.ts";
import { entriesOfTree, writeIndexTree, writeTree } from "../trees.ts";
import { compareIndexToFiles, lstat } from "../worktree.ts";
import { untrackedMode } from "./status.ts";

const USAGE =
  "usage: git commit [-a | --interactive | --patch] [-s] [-v] [-u<mode>] [--amend] [-F <file> | -m <msg>] [--allow-empty] [--] [<pathspec>...]\n";

const OPTIONS = optionTable(
  "q|quiet", "v|verbose", "F|file=", "author=", "date=", "m|message=", "c|reedit-message=", "C|reuse-message=", "fixup=",
  "squash=", "reset-author", "trailer=", "s|signoff", "t|template=", "e|edit", "cleanup=", "status", "S|gpg-sign=?",
  "a|all", "i|include", "interactive", "p|patch", "o|only", "n|verify", "dry-run", "short", "branch", "ahead-behind",
  "porcelain", "long", "z|null", "amend", "post-rewrite", "u|untracked-files=?", "allow-empty", "allow-empty-message",
  "pathspec-from-file=",
); // biome-ignore format: a table

const REFUSED = [
  "interactive",
  "patch",
  "gpg-sign",
  "trailer",
  "template",
  "squash",
  "pathspec-from-file",
  "porcelain",
  "short",
  "branch",
  "long",
  "null",
];

export async function commit(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const { repository } = git;
  void repository.tree;
  const state = stateOf(repository);
  const head = repository.refs.resolve("HEAD");
  const amend = options.has("amend");
  if (amend && head === undefined) throw fatal("You have nothing to amend.");
  if (amend && state.merging) throw fatal("You are in the middle of a merge -- cannot amend.");
  if (amend && state.picking !== undefined) throw fatal("You are in the middle of a cherry-pick -- cannot amend.");
  const sources = ["message", "file", "reuse-message", "reedit-message"].filter((name) => options.has(name));
  if (sources.includes("message") && sources.includes("file"))
    throw fatal("options '-m' and '-F' cannot be used together");
  if (sources.length > 1) throw fatal(`options '--${sources[0]}' and '--${sources[1]}' cannot be used together`);
  if (options.args.length > 0 && options.has("all"))
    throw fatal(`paths '${options.args[0]} ...' with -a does not make sense`);
  await unmergedGuard(git);

  const restore = [...repository.index.entries];
  const restoreTo = () => repository.index.replace(restore);
  let only: readonly IndexEntry[] | undefined;
  if (options.has("all")) await stageTracked(git);
  else if (options.args.length > 0) {
    if (state.merging && !options.has("include")) throw fatal("cannot do a partial commit during a merge.");
    if (state.picking !== undefined && !options.has("include"))
      throw fatal("cannot do a partial commit during a cherry-pick.");
    only = await stageNamed(git, options, head);
  }
  if (!(await hooksAgree(git, options, "pre-commit"))) {
    restoreTo();
    return 1;
  }

  const base = amend && head !== undefined ? await repository.objects.commit(head) : undefined;
  const parents = base !== undefined ? [...base.parents] : head === undefined ? [] : [head];
  if (state.merging) parents.push(...(repository.readState("MERGE_HEAD") ?? "").trim().split("\n"));
  const reused = await reusedCommit(git, options, base, state.picking);
  const author = authorOf(git, options, reused);
  const committer = identity(git.process, git.config, "committer");

  const whole = only === undefined;
  const kept = whole ? undefined : [...repository.index.entries];
  if (only !== undefined) repository.index.replace(only);
  const against = amend ? parents[0] : head;
  const data = await collectStatus(git, {
    untracked: untrackedMode(git, options.value("untracked-files"), options.has("untracked-files")),
    ignored: false,
    renames: true,
    against,
    amend,
  });
  const changes =
    data.staged.length > 0 || state.merging || options.has("allow-empty") || (amend && parents.length > 1);
  if (options.has("dry-run") || (!changes && !amend) || (amend && !changes && !base)) {
    const hints = git.config.boolean("advice.statushints") ?? true;
    const text = await longStatus(git, data, { colors: git.colors("status"), hints, amend, commit: true });
    if (!options.has("quiet") || options.has("dry-run")) await git.print(text);
    restoreTo();
    if (!options.has("dry-run")) {
      if (state.picking !== undefined) await emptyPick(git);
      await repository.writeIndex();
    }
    return changes || amend ? 0 : 1;
  }
  if (amend && data.staged.length === 0 && !options.has("allow-empty") && parents.length === 1 && base !== undefined) {
    const parent = await repository.objects.commit(parents[0] as Oid);
    if (parent.tree === (await writeIndexTree(repository)) && parent.tree !== base.tree)
      await refuseEmptyAmend(git, data.head);
  }

  const tree = only === undefined ? await writeIndexTree(repository) : await writeTree(repository, only);
  if (kept !== undefined) repository.index.replace(kept);
  const message = await messageFor(git, options, { base, reused, state, tree, author, committer, data });
  if (message.trim() === "" && !options.has("allow-empty-message")) {
    await repository.writeIndex();
    await git.say("Aborting commit due to empty commit message.\n");
    throw quit(1);
  }
  const oid = await createCommit(git, { tree, parents, author, committer, message });
  const subject = subjectOf(message);
  const action = git.process.env.get("GIT_REFLOG_ACTION");
  const kind =
    action !== undefined
      ? action
      : amend
        ? "commit (amend)"
        : state.merging
          ? "commit (merge)"
          : state.picking !== undefined
            ? "commit (cherry-pick)"
            : parents.length === 0
              ? "commit (initial)"
              : "commit";
  await repository.writeIndex();
  repository.refs.update("HEAD", oid, `${kind}: ${subject}`);
  repository.dropState(
    "MERGE_HEAD",
    "MERGE_MSG",
    "MERGE_MODE",
    "CHERRY_PICK_HEAD",
    "REVERT_HEAD",
    "SQUASH_MSG",
    "AUTO_MERGE",
  );
  if (!options.has("quiet")) {
    await git.print(
      await commitSummary(git, oid, {
        date:
          amend ||
          options.has("date") ||
          options.has("reuse-message") ||
          options.has("reedit-message") ||
          state.picking !== undefined,
      }),
    );
  }
  await runHook(git, "post-commit");
  return 0;
}

async function hooksAgree(git: Git, options: Options, name: string): Promise<boolean> {
  // -n is --no-verify, and so is the option taken back.
  const skipped = options.given.some((given) => given.name === "verify");
  return skipped || runHook(git, name);
}

async function unmergedGuard(git: Git): Promise<void> {
  const { conflicts } = git.repository.index;
  if (conflicts.length === 0) return;
  await git.print(conflicts.map((path) => `U\t${path}\n`).join(""));
  throw plainly(
    `error: Committing is not possible because you have unmerged files.\nhint: Fix them up in the work tree, and then use 'git add/rm <file>'\nhint: as appropriate to mark resolution and make a commit.\nfatal: Exiting because of an unresolved conflict.`,
    128,
  );
}

async function stageTracked(git: Git): Promise<void> {
  for (const pair of await compareIndexToFiles(git.repository)) {
    const path = (pair.new ?? pair.old)?.path as string;
    if (lstat(git.repository, path) === undefined) git.repository.index.remove(path);
    else await stageFile(git, path);
  }
}

/** Takes the named files in; gives the entries of a commit of these alone (undefined with --include). */
async function stageNamed(git: Git, options: Options, head: Oid | undefined): Promise<IndexEntry[] | undefined> {
  const { repository } = git;
  const pathspec = repository.pathspec(options.args);
  const base = head === undefined ? [] : await entriesOfTree(repository, (await repository.objects.commit(head)).tree);
  const known = new Set([...repository.index.entries, ...base].map((entry) => entry.path));
  const missing = pathspec.unmatched(known);
  if (missing.length > 0) {
    throw plainly(
      missing.map((path) => `error: pathspec '${path}' did not match any file(s) known to git`).join("\n"),
      1,
    );
  }
  const named = [...known].filter((path) => pathspec.matches(path));
  for (const path of named) {
    const stat = lstat(repository, path);
    if (stat === undefined || stat.type === "directory") repository.index.remove(path);
    else await stageFile(git, path);
  }
  if (options.has("include")) return undefined;
  const result = new Map(base.map((entry) => [entry.path, entry]));
  for (const path of named) {
    const entry = repository.index.get(path);
    if (entry === undefined) result.delete(path);
    else result.set(path, entry);
  }
  return [...result.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((entry) => ({ ...entry, stat: entry.stat ?? NO_STAT }));
}

async function reusedCommit(
  git: Git,
  options: Options,
  base: Commit | undefined,
  picking: string | undefined,
): Promise<Commit | undefined> {
  const name = options.value("reuse-message") ?? options.value("reedit-message");
  if (name !== undefined) {
    return git.repository.objects.commit(
      await commitOf(git.repository, name, () => fatal(`could not lookup commit ${name}`)),
    );
  }
  if (base !== undefined) return base;
  return picking === undefined ? undefined : git.repository.objects.commit(picking);
}

function authorOf(git: Git, options: Options, reused: Commit | undefined): Person {
  const own = reused === undefined || options.has("reset-author") ? undefined : reused.author;
  const given = options.value("author");
  let author: Person;
  if (given !== undefined) {
    const named = /^(.*?)\s*<([^>]*)>$/.exec(given);
    if (named === null) throw fatal(`--author '${given}' is not 'Name <email>' and matches no existing author`);
    const now = own ?? { ...parsePerson(""), time: Math.floor(git.now / 1000), zone: "+0000" };
    const environment = git.process.env.get("GIT_AUTHOR_DATE");
    const date = own === undefined && environment !== undefined ? parseGitDate(environment, git.now) : undefined;
    author = { ...now, ...(date ?? {}), name: clean(named[1] as string), email: clean(named[2] as string) };
  } else author = own ?? identity(git.process, git.config, "author");
  const date = options.value("date");
  if (date === undefined) return author;
  const parsed = parseGitDate(date, git.now);
  if (parsed === undefined) throw fatal(`invalid date format: ${date}`);
  return { ...author, ...parsed };
}

interface MessageParts {
  readonly base: Commit | undefined;
  readonly reused: Commit | undefined;
  readonly state: ReturnType<typeof stateOf>;
  readonly tree: Oid;
  readonly author: Person;
  readonly committer: Person;
  readonly data: Awaited<ReturnType<typeof collectStatus>>;
}

async function messageFor(git: Git, options: Options, parts: MessageParts): Promise<string> {
  const { repository } = git;
  let text = "";
  let edits = true;
  const messages = options.values("message");
  const mended = options.value("fixup");
  if (mended !== undefined) {
    // "fixup! subject", for git rebase --autosquash.
    if (/^(amend|reword):/.test(mended)) throw fatal(`--fixup=${mended} is not available here`);
    const target = await commitOf(repository, mended, () => fatal(`could not lookup commit '${mended}'`));
    text = `fixup! ${subjectOf((await repository.objects.commit(target)).message)}\n${messages.length === 0 ? "" : `\n${messages.join("\n\n")}\n`}`;
    edits = false;
  } else if (options.has("message")) {
    text = `${messages.join("\n\n")}\n`;
    edits = false;
  } else if (options.has("file")) {
    text = await readMessage(git, options.value("file") ?? "-");
    edits = false;
  } else if (options.has("reuse-message")) {
    text = parts.reused?.message ?? "";
    edits = false;
  } else if (options.has("reedit-message")) text = parts.reused?.message ?? "";
  else if (parts.base !== undefined) text = parts.base.message;
  else text = repository.readState("MERGE_MSG") ?? repository.readState("SQUASH_MSG") ?? "";
  if (options.has("edit")) edits = true;
  else if (options.denied("edit")) edits = false;
  const cleanup = cleanupOf(git, options.value("cleanup"), edits);
  if (options.has("signoff")) text = signedOff(text, parts.committer);
  const path = `${repository.gitDir}/COMMIT_EDITMSG`;
  const { files } = git.process;
  if (edits) {
    const template = await templateOf(git, options, parts, cleanup);
    files.writeFile(
      path,
      `${cleanup === "strip" || cleanup === "scissors" ? text.replace(/\n*$/, text === "" ? "" : "\n") : text}${template}`,
    );
    text = await editFile(git, path);
  } else files.writeFile(path, text);
  if (!(await hooksAgreeOnMessage(git, options, path))) throw quit(1);
  if (options.given.every((given) => given.name !== "verify")) text = decodeBytes(files.readFile(path));
  return cleanMessage(text, cleanup);
}

async function hooksAgreeOnMessage(git: Git, options: Options, path: string): Promise<boolean> {
  if (options.given.some((given) => given.name === "verify")) return true;
  return runHook(git, "commit-msg", [path]);
}

async function readMessage(git: Git, path: string): Promise<string> {
  if (path === "-") {
    const tool = {
      process: git.process,
      out: git.out,
      open: () => git.process.stdin,
      spend: (units?: number) => git.spend(units),
      complain: async () => undefined,
      die: async (message: string): Promise<never> => {
        throw fatal(message);
      },
    };
    return decodeBytes(await readAll(tool, git.process.stdin));
  }
  try {
    return decodeBytes(git.process.files.readFile(path));
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw fatal(`could not read log file '${path}': ${error.message}`);
  }
}

export function signedOff(text: string, person: Person): string {
  const line = `Signed-off-by: ${person.name} <${person.email}>`;
  const body = text.replace(/\n+$/, "");
  if (body.endsWith(line)) return `${body}\n`;
  const trailers = /\n\n(?:[A-Za-z-]+: .*\n?)+$/.test(`${body}\n`);
  return `${body}${trailers ? "\n" : "\n\n"}${line}\n`;
}

async function templateOf(git: Git, options: Options, parts: MessageParts, cleanup: string): Promise<string> {
  if (options.has("verbose")) throw fatal("--verbose is not available here: see git diff --cached");
  const { author, committer, state } = parts;
  const mine = author.name === committer.name && author.email === committer.email;
  const strips = cleanup === "strip";
  const kind = state.merging ? "a merge" : state.picking !== undefined ? "a cherry-pick" : undefined;
  const whence =
    kind === undefined
      ? ""
      : `${commented(`\nIt looks like you may be committing ${kind}.\nIf this is not correct, please run\n\tgit update-ref -d ${state.merging ? "MERGE_HEAD" : "CHERRY_PICK_HEAD"}\nand try again.\n`)}\n`;
  let notes = strips
    ? "Please enter the commit message for your changes. Lines starting\nwith '#' will be ignored, and an empty message aborts the commit.\n"
    : "Please enter the commit message for your changes. Lines starting\nwith '#' will be kept; you may remove them yourself if you want to.\nAn empty message aborts the commit.\n";
  let people = "";
  if (!mine) people += `Author:    ${author.name} <${author.email}>\n`;
  if (options.has("amend") || options.has("date")) people += `Date:      ${showDate(author, "default", git.now)}\n`;
  if (people !== "") notes += `\n${people}`;
  if (options.denied("status") || git.config.boolean("commit.status") === false)
    return `${whence}\n${commented(notes)}`;
  const status = await longStatus(git, parts.data, {
    colors: git.colors("status", "never"),
    hints: false,
    amend: options.has("amend"),
    template: true,
  });
  return `${whence}\n${commented(notes)}#\n${commented(status)}#\n`.replace(/#\n#\n$/, "#\n");
}

async function emptyPick(git: Git): Promise<void> {
  await git.say(
    "The previous cherry-pick is now empty, possibly due to conflict resolution.\nIf you wish to commit it anyway, use:\n\n    git commit --allow-empty\n\nOtherwise, please use 'git cherry-pick --skip'\n",
  );
}

async function refuseEmptyAmend(git: Git, _head: Oid | undefined): Promise<never> {
  await git.say(
    'You asked to amend the most recent commit, but doing so would make\nit empty. You can repeat your command with --allow-empty, or you can\nremove the commit entirely with "git reset HEAD^".\n',
  );
  throw quit(1);
}
