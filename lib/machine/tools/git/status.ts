/** What `git status` knows, and the texts it and the commit template make of it (wt-status.c). */
import type { ColorSlot, Colors } from "./colors.ts";
import type { Git } from "./context.ts";
import { compareTreeToIndex, type Pair, pathOf } from "./diff/pairs.ts";
import { DEFAULT_SCORE, withRenames } from "./diff/renames.ts";
import type { Oid } from "./objects.ts";
import type { Pathspec } from "./pathspec.ts";
import { quotePath, quoteSpaced } from "./quote.ts";
import { shortRef } from "./refs.ts";
import { upstreamOf } from "./revision.ts";
import { stateOf } from "./state.ts";
import { aheadBehind } from "./walk.ts";
import { compareIndexToFiles, untracked } from "./worktree.ts";

export interface Status {
  readonly head: Oid | undefined;
  readonly branch: string | undefined;
  readonly staged: readonly Pair[];
  readonly unstaged: readonly Pair[];
  readonly conflicts: readonly { readonly path: string; readonly code: string }[];
  readonly untracked: readonly string[];
  readonly ignored: readonly string[];
  readonly untrackedMode: "no" | "normal" | "all";
}

interface StatusOptions {
  readonly untracked: "no" | "normal" | "all";
  readonly ignored: boolean;
  readonly pathspec?: Pathspec | undefined;
  readonly renames: boolean;
  /** Against this commit instead of HEAD (commit --amend). */
  readonly against?: Oid | undefined;
  readonly amend?: boolean;
}

/** Which stages a conflict has, as two letters. */
const CONFLICTS: Readonly<Record<string, string>> = {
  "1": "DD",
  "2": "AU",
  "12": "UD",
  "3": "UA",
  "13": "DU",
  "23": "AA",
  "123": "UU",
};

export async function collectStatus(git: Git, options: StatusOptions): Promise<Status> {
  const { repository } = git;
  const head = repository.refs.resolve("HEAD");
  const base = options.amend ? options.against : head;
  const tree = base === undefined ? undefined : (await repository.objects.commit(base)).tree;
  const compared = (await compareTreeToIndex(repository, tree, options.pathspec)).filter(
    ({ status }) => status !== "U",
  );
  const staged = options.renames
    ? await withRenames(repository, compared, { minimum: DEFAULT_SCORE, copies: false })
    : compared;
  const files = (await compareIndexToFiles(repository, options.pathspec)).filter(({ status }) => status !== "U");
  const unstaged = options.renames
    ? await withRenames(repository, files, { minimum: DEFAULT_SCORE, copies: false })
    : files;
  const conflicts = repository.index.conflicts
    .filter((path) => options.pathspec?.matches(path) ?? true)
    .map((path) => {
      const stages = [1, 2, 3].filter((stage) => repository.index.get(path, stage) !== undefined).join("");
      return { path, code: CONFLICTS[stages] ?? "UU" };
    });
  const { pathspec } = options;
  return {
    head,
    branch: repository.refs.branch,
    staged,
    unstaged,
    conflicts,
    untracked: options.untracked === "no" ? [] : await untracked(repository, { mode: options.untracked, pathspec }),
    ignored: options.ignored
      ? await untracked(repository, { mode: options.untracked === "all" ? "all" : "normal", pathspec, ignored: true })
      : [],
    untrackedMode: options.untracked,
  };
}

const LABELS: Readonly<Record<string, string>> = {
  A: "new file:",
  C: "copied:",
  D: "deleted:",
  M: "modified:",
  R: "renamed:",
  T: "typechange:",
};
const CONFLICT_LABELS: Readonly<Record<string, string>> = {
  DD: "both deleted:",
  AU: "added by us:",
  UD: "deleted by them:",
  UA: "added by them:",
  DU: "deleted by us:",
  AA: "both added:",
  UU: "both modified:",
};

interface LongOptions {
  readonly colors: Colors;
  readonly hints: boolean;
  /** The status of a commit that changes the last one. */
  readonly amend?: boolean;
  /** Within a commit template: no closing sentence about the work tree. */
  readonly template?: boolean;
  /** Told by `git commit`. */
  readonly commit?: boolean;
}

/** The long format, lines without a comment character. */
export async function longStatus(git: Git, status: Status, options: LongOptions): Promise<string> {
  const { colors, hints } = options;
  const { repository } = git;
  const hint = (text: string) => (hints ? `  (${text})\n` : "");
  const quote = (path: string) => quotePath(repository.relative(path), git.quotesAll);
  const state = stateOf(repository);
  const initial = status.head === undefined;
  let out = await branchLines(git, status, options);
  if (state.rebasing !== undefined) out += rebaseLines(git, status, state.rebasing, hint);
  else if (state.merging) {
    out +=
      status.conflicts.length > 0
        ? `You have unmerged paths.\n${hint('fix conflicts and run "git commit"')}${hint('use "git merge --abort" to abort the merge')}\n`
        : `All conflicts fixed but you are still merging.\n${hint('use "git commit" to conclude merge')}\n`;
  } else if (state.picking !== undefined || state.reverting !== undefined) {
    const verb = state.picking !== undefined ? "cherry-pick" : "revert";
    const name = repository.objects.abbreviate(state.picking ?? state.reverting ?? "");
    out += `You are currently ${verb === "revert" ? "reverting" : "cherry-picking"} commit ${name}.\n`;
    out +=
      status.conflicts.length > 0
        ? hint(`fix conflicts and run "git ${verb} --continue"`)
        : hint(`all conflicts fixed: run "git ${verb} --continue"`);
    out += `${hint(`use "git ${verb} --skip" to skip this patch`)}${hint(`use "git ${verb} --abort" to cancel the ${verb} operation`)}\n`;
  }
  const bisecting = repository.readState("BISECT_START")?.trim();
  if (bisecting !== undefined) {
    out += `You are currently bisecting, started from branch '${bisecting}'.\n${hint('use "git bisect reset" to get back to the original branch')}\n`;
  }
  if (initial) out += `${options.template || options.commit ? "\nInitial commit\n\n" : "\nNo commits yet\n\n"}`;
  const unstage = initial
    ? 'use "git rm --cached <file>..." to unstage'
    : 'use "git restore --staged <file>..." to unstage';
  const whole = state.merging || state.picking !== undefined;
  const pairLine = (pair: Pair, slot: ColorSlot) => {
    const names =
      pair.status === "R" || pair.status === "C"
        ? `${quote(pair.old?.path ?? "")} -> ${quote(pathOf(pair))}`
        : quote(pathOf(pair));
    return `\t${colors.paint(slot, `${(LABELS[pair.status] ?? "").padEnd(12)}${names}`)}\n`;
  };
  if (status.staged.length > 0) {
    out += `Changes to be committed:\n${whole ? "" : hint(options.amend ? 'use "git restore --source=HEAD^1 --staged <file>..." to unstage' : unstage)}`;
    for (const pair of status.staged) out += pairLine(pair, "status.added");
    out += "\n";
  }
  if (status.conflicts.length > 0) {
    const codes = new Set(status.conflicts.map(({ code }) => code));
    const deletedBoth = codes.has("DD");
    const mixed = codes.has("UD") || codes.has("DU");
    const others = codes.has("UU") || codes.has("AA") || codes.has("AU") || codes.has("UA") || mixed;
    const mark = !deletedBoth
      ? mixed
        ? 'use "git add/rm <file>..." as appropriate to mark resolution'
        : 'use "git add <file>..." to mark resolution'
      : others
        ? 'use "git add/rm <file>..." as appropriate to mark resolution'
        : 'use "git rm <file>..." to mark resolution';
    out += `Unmerged paths:\n${whole ? "" : hint(unstage)}${hint(mark)}`;
    for (const { path, code } of status.conflicts) {
      out += `\t${colors.paint("status.changed", `${(CONFLICT_LABELS[code] ?? "").padEnd(17)}${quote(path)}`)}\n`;
    }
    out += "\n";
  }
  if (status.unstaged.length > 0) {
    const deleted = status.unstaged.some((pair) => pair.status === "D");
    out += `Changes not staged for commit:\n${hint(`use "git add${deleted ? "/rm" : ""} <file>..." to update what will be committed`)}${hint('use "git restore <file>..." to discard changes in working directory')}`;
    for (const pair of status.unstaged) out += pairLine(pair, "status.changed");
    out += "\n";
  }
  const others = (title: string, paths: readonly string[], verb: string) => {
    if (paths.length === 0) return;
    out += `${title}:\n${hint(`use "git ${verb} <file>..." to include in what will be committed`)}`;
    for (const path of paths) out += `\t${colors.paint("status.untracked", quote(path))}\n`;
    out += "\n";
  };
  others("Untracked files", status.untracked, "add");
  others("Ignored files", status.ignored, "add -f");
  if (status.untrackedMode === "no" && status.staged.length > 0) {
    out += `Untracked files not listed${hints ? " (use -u option to show untracked files)" : ""}\n`;
  }
  if (!options.template) out += closing(status, options.amend ?? false, hints, whole);
  return out;
}

function closing(status: Status, amend: boolean, hints: boolean, _whole: boolean): string {
  if (status.staged.length > 0) return "";
  const tip = (text: string) => (hints ? ` (${text})` : "");
  if (amend) return "No changes\n";
  if (status.unstaged.length > 0 || status.conflicts.length > 0) {
    return `no changes added to commit${tip('use "git add" and/or "git commit -a"')}\n`;
  }
  if (status.untracked.length > 0) {
    return `nothing added to commit but untracked files present${tip('use "git add" to track')}\n`;
  }
  if (status.head === undefined) return `nothing to commit${tip('create/copy files and use "git add" to track')}\n`;
  if (status.untrackedMode === "no") return `nothing to commit${tip("use -u to show untracked files")}\n`;
  return "nothing to commit, working tree clean\n";
}

function rebaseLines(
  git: Git,
  status: Status,
  rebasing: { readonly branch: string | undefined; readonly onto: string | undefined },
  hint: (text: string) => string,
): string {
  const { repository } = git;
  const onto = rebasing.onto === undefined ? "" : repository.objects.abbreviate(rebasing.onto);
  const place = rebasing.branch === undefined ? "" : ` branch '${rebasing.branch}' on '${onto}'`;
  const editing = status.conflicts.length === 0 && repository.readState("MERGE_MSG") === undefined;
  const where = editing
    ? `You are currently editing a commit while rebasing${place}.`
    : `You are currently rebasing${place}.`;
  const list = (name: string) =>
    (repository.readState(`rebase-merge/${name}`) ?? "")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
  const done = list("done");
  const left = list("git-rebase-todo");
  const short = (line: string) =>
    line.replace(/^(\S+ )([0-9a-f]{40})/, (_, verb: string, oid: string) => verb + repository.objects.abbreviate(oid));
  let out = `interactive rebase in progress; onto ${onto}\n`;
  if (done.length > 0) {
    out += `Last command${done.length === 1 ? "" : "s"} done (${done.length} command${done.length === 1 ? "" : "s"} done):\n`;
    for (const line of done.slice(-2)) out += `   ${short(line)}\n`;
    if (done.length > 2) out += hint(`see more in file .git/rebase-merge/done`);
  } else out += "No commands done.\n";
  if (left.length === 0) out += "No commands remaining.\n";
  else {
    out += `Next command${left.length === 1 ? "" : "s"} to do (${left.length} remaining command${left.length === 1 ? "" : "s"}):\n`;
    for (const line of left.slice(0, 2)) out += `   ${short(line)}\n`;
    out += hint('use "git rebase --edit-todo" to view and edit');
  }
  out += `${where}\n`;
  out +=
    status.conflicts.length > 0
      ? `${hint('fix conflicts and then run "git rebase --continue"')}${hint('use "git rebase --skip" to skip this patch')}${hint('use "git rebase --abort" to check out the original branch')}`
      : editing
        ? `${hint('use "git commit --amend" to amend the current commit')}${hint('use "git rebase --continue" once you are satisfied with your changes')}`
        : hint('all conflicts fixed: run "git rebase --continue"');
  return `${out}\n`;
}

/** "On branch main", or where HEAD stands; and how far from its upstream. */
async function branchLines(git: Git, status: Status, options: LongOptions): Promise<string> {
  const { repository } = git;
  const { colors } = options;
  if (stateOf(repository).rebasing !== undefined && status.branch === undefined) return "";
  if (status.branch === undefined) {
    const { text, moved } = detachedAt(git, status.head);
    if (text === undefined) return `${colors.paint("status.nobranch", "Not currently on any branch.")}\n`;
    return `${colors.paint("status.nobranch", `HEAD detached ${moved ? "from" : "at"} `)}${text}\n`;
  }
  let out = `On branch ${colors.paint("status.branch", status.branch)}\n`;
  const tracking = status.head === undefined ? "" : await trackingLines(git, status.branch, options.hints);
  if (tracking !== "") out += `${tracking}\n`;
  return out;
}

/** Where HEAD was detached, by the log of HEAD, and whether it moved since. */
export function detachedAt(
  git: Git,
  head: Oid | undefined,
): { readonly text: string | undefined; readonly moved: boolean } {
  const { repository } = git;
  for (const entry of repository.refs.logOf("HEAD").reverse()) {
    const to = /^checkout: moving from \S+ to (\S+)$/.exec(entry.message)?.[1];
    if (to === undefined) continue;
    const ref = ["refs/tags/", "refs/remotes/"].map((place) => place + to).find((name) => repository.refs.exists(name));
    const named = ref !== undefined && !/^[0-9a-f]{40}$/.test(to);
    return { text: named ? to : repository.objects.abbreviate(entry.after), moved: head !== entry.after };
  }
  return { text: undefined, moved: false };
}

/** "Your branch is ahead of ..."; nothing where there is no upstream. */
export async function trackingLines(git: Git, branch: string, hints: boolean): Promise<string> {
  const { repository } = git;
  const upstream = upstreamOf(repository, branch);
  if (upstream === undefined) return "";
  const theirs = repository.refs.resolve(upstream);
  const name = shortRef(upstream);
  if (theirs === undefined) {
    return `Your branch is based on '${name}', but the upstream is gone.\n${hints ? '  (use "git branch --unset-upstream" to fixup)\n' : ""}`;
  }
  const ours = repository.refs.resolve(`refs/heads/${branch}`);
  if (ours === undefined) return "";
  const [ahead, behind] = await aheadBehind(repository, ours, theirs);
  const commits = (count: number) => `${count} commit${count === 1 ? "" : "s"}`;
  if (ahead === 0 && behind === 0) return `Your branch is up to date with '${name}'.\n`;
  if (behind === 0) {
    return `Your branch is ahead of '${name}' by ${commits(ahead)}.\n${hints ? '  (use "git push" to publish your local commits)\n' : ""}`;
  }
  if (ahead === 0) {
    return `Your branch is behind '${name}' by ${commits(behind)}, and can be fast-forwarded.\n${hints ? '  (use "git pull" to update your local branch)\n' : ""}`;
  }
  return `Your branch and '${name}' have diverged,\nand have ${ahead} and ${behind} different commits each, respectively.\n${hints ? '  (use "git pull" to merge the remote branch into yours)\n' : ""}`;
}

interface ShortOptions {
  readonly colors: Colors;
  readonly branch: boolean;
  readonly zero: boolean;
  /** Paths from the top of the tree (--porcelain) instead of from here. */
  readonly fromTop: boolean;
}

export async function shortStatus(git: Git, status: Status, options: ShortOptions): Promise<string> {
  const { colors } = options;
  const { repository } = git;
  const end = options.zero ? "\0" : "\n";
  const path = (name: string) => {
    const shown = options.fromTop ? name : repository.relative(name);
    return options.zero ? shown : quoteSpaced(shown, git.quotesAll);
  };
  let out = options.branch ? `${await shortBranch(git, status, colors)}${end}` : "";
  interface Line {
    readonly path: string;
    readonly x: string;
    readonly y: string;
    readonly from?: string | undefined;
  }
  const lines = new Map<string, Line>();
  for (const pair of status.staged) {
    lines.set(pathOf(pair), {
      path: pathOf(pair),
      x: pair.status,
      y: " ",
      from: /[RC]/.test(pair.status) ? pair.old?.path : undefined,
    });
  }
  for (const pair of status.unstaged) {
    const before = lines.get(pathOf(pair));
    lines.set(pathOf(pair), {
      path: pathOf(pair),
      x: before?.x ?? " ",
      y: pair.status,
      from: before?.from ?? (/[RC]/.test(pair.status) ? pair.old?.path : undefined),
    });
  }
  for (const { path, code } of status.conflicts) lines.set(path, { path, x: code[0] as string, y: code[1] as string });
  for (const line of [...lines.values()].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const conflict = status.conflicts.some((each) => each.path === line.path);
    const x = line.x === " " ? " " : colors.paint(conflict ? "status.changed" : "status.added", line.x);
    const y = line.y === " " ? " " : colors.paint("status.changed", line.y);
    const names =
      line.from === undefined
        ? path(line.path)
        : options.zero
          ? `${path(line.path)}\0${path(line.from)}`
          : `${path(line.from)} -> ${path(line.path)}`;
    out += `${x}${y} ${names}${end}`;
  }
  for (const name of status.untracked) out += `${colors.paint("status.untracked", "??")} ${path(name)}${end}`;
  for (const name of status.ignored) out += `${colors.paint("status.untracked", "!!")} ${path(name)}${end}`;
  return out;
}

async function shortBranch(git: Git, status: Status, colors: Colors): Promise<string> {
  const { repository } = git;
  if (status.branch === undefined) return `## ${colors.paint("status.nobranch", "HEAD (no branch)")}`;
  const name = colors.paint("status.localbranch", status.branch);
  const start = status.head === undefined ? "## No commits yet on " : "## ";
  const upstream = upstreamOf(repository, status.branch);
  if (upstream === undefined) return `${start}${name}`;
  const theirs = repository.refs.resolve(upstream);
  const shown = `${start}${name}...${colors.paint("status.remotebranch", shortRef(upstream))}`;
  if (theirs === undefined) return `${shown} [gone]`;
  if (status.head === undefined) return shown;
  const [ahead, behind] = await aheadBehind(repository, status.head, theirs);
  const parts = [
    ...(ahead > 0 ? [`ahead ${colors.paint("status.localbranch", String(ahead))}`] : []),
    ...(behind > 0 ? [`behind ${colors.paint("status.remotebranch", String(behind))}`] : []),
  ];
  return parts.length === 0 ? shown : `${shown} [${parts.join(", ")}]`;
}
