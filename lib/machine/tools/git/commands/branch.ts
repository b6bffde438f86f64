/** git branch. */

import { displayWidth } from "../../../tty/width.ts";
import { withoutSection, withValue } from "../config-file.ts";
import type { Git } from "../context.ts";
import { failed, fatal, plainly } from "../failure.ts";
import { type Oid, subjectOf } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { shortRef, validRefName } from "../refs.ts";
import { commitOf, fullRef, peelTo, resolveRevision, upstreamOf } from "../revision.ts";
import { stateOf } from "../state.ts";
import { detachedAt } from "../status.ts";
import { aheadBehind, ancestors, isAncestor } from "../walk.ts";
import { wildmatch } from "../wildmatch.ts";

const USAGE = `usage: git branch [<options>] [-r | -a] [--merged] [--no-merged]
   or: git branch [<options>] [-f] [--recurse-submodules] <branch-name> [<start-point>]
   or: git branch [<options>] [-l] [<pattern>...]
   or: git branch [<options>] [-r] (-d | -D) <branch-name>...
   or: git branch [<options>] (-m | -M) [<old-branch>] <new-branch>
   or: git branch [<options>] (-c | -C) [<old-branch>] <new-branch>
   or: git branch [<options>] [-r | -a] [--points-at]
   or: git branch [<options>] [-r | -a] [--format]
`;

const OPTIONS = optionTable(
  "v|verbose", "q|quiet", "t|track=?", "u|set-upstream-to=", "unset-upstream", "color=?", "r|remotes", "contains=+", "abbrev=?",
  "a|all", "d|delete", "D|", "m|move", "M|", "c|copy", "C|", "l|list", "show-current", "create-reflog", "edit-description",
  "f|force", "merged=+", "column=?", "sort=", "points-at=+", "i|ignore-case", "format=", "recurse-submodules",
); // biome-ignore format: a table

export async function branch(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["copy", "C", "edit-description", "column", "recurse-submodules", "sort", "abbrev"]) {
    if (options.has(name)) throw fatal(`${name.length === 1 ? "-" : "--"}${name} is not available here`);
  }
  const { repository } = git;
  const { refs } = repository;
  const { args } = options;
  if (options.has("show-current")) {
    if (refs.branch !== undefined) await git.print(`${refs.branch}\n`);
    return 0;
  }
  if (options.has("delete") || options.has("D")) return remove(git, options);
  if (options.has("move") || options.has("M")) return move(git, options);
  const upstream = options.value("set-upstream-to");
  if (upstream !== undefined) {
    const name = args[0] ?? refs.branch;
    if (name === undefined)
      throw fatal("could not set upstream of HEAD to " + upstream + " when it does not point to any branch.");
    if (!refs.exists(`refs/heads/${name}`))
      throw fatal(args[0] === undefined ? `no commit on branch '${name}' yet` : `branch '${name}' does not exist`);
    const full = fullRef(repository, upstream);
    if (full === undefined) {
      throw plainly(
        `fatal: the requested upstream branch '${upstream}' does not exist\nhint: \nhint: If you are planning on basing your work on an upstream\nhint: branch that already exists at the remote, you may need to\nhint: run "git fetch" to retrieve it.\nhint: \nhint: If you are planning to push out a new local branch that\nhint: will track its remote counterpart, you may want to use\nhint: "git push -u" to set the upstream config as you push.\nhint: Disable this message with "git config advice.setUpstreamFailure false"`,
        128,
      );
    }
    await setUpstream(git, name, full, options.has("quiet"));
    return 0;
  }
  if (options.has("unset-upstream")) {
    const name = args[0] ?? refs.branch;
    if (name === undefined || upstreamOf(repository, name) === undefined)
      throw fatal(`Branch '${name}' has no upstream information`);
    const path = `${repository.gitDir}/config`;
    const text = withoutSection(git.process.files.readText(path), path, `branch.${name}`);
    if (text !== undefined) git.process.files.writeFile(path, text);
    return 0;
  }
  const listing =
    options.has("list") ||
    options.has("all") ||
    options.has("remotes") ||
    options.has("contains") ||
    options.has("merged") ||
    options.denied("merged") ||
    options.denied("contains") ||
    options.has("points-at") ||
    options.has("format");
  if (listing || args.length === 0) return list(git, options);
  return create(git, options);
}

async function create(git: Git, options: Options): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const [name = "", start = "HEAD", extra] = options.args;
  if (extra !== undefined) throw plainly(USAGE.trimEnd(), 129);
  if (!validRefName(`refs/heads/${name}`) || name.startsWith("-")) throw fatal(`'${name}' is not a valid branch name`);
  const exists = refs.exists(`refs/heads/${name}`);
  if (exists && !options.has("force")) throw fatal(`a branch named '${name}' already exists`);
  if (exists && refs.branch === name)
    throw fatal(
      `cannot force update the branch '${name}' used by worktree at '${repository.tree}'`.replace(
        "used by worktree at",
        "checked out at",
      ),
    );
  const found = await resolveRevision(repository, start);
  if (found === undefined)
    throw fatal(start === "HEAD" ? `not a valid object name: '${refs.branch}'` : `not a valid object name: '${start}'`);
  const oid = await commitOf(repository, start, () => fatal(`not a valid branch point: '${start}'`));
  refs.update(
    `refs/heads/${name}`,
    oid,
    exists ? `branch: Reset to ${start}` : `branch: Created from ${start === "HEAD" ? (refs.branch ?? "HEAD") : start}`,
  );
  const full = fullRef(repository, start);
  if (
    full !== undefined &&
    ((options.has("track") && full.startsWith("refs/")) ||
      (full.startsWith("refs/remotes/") && !options.denied("track")))
  ) {
    await setUpstream(git, name, full, options.has("quiet"));
  }
  return 0;
}

/** branch.<name>.remote and merge, told on the standard output. */
export async function setUpstream(
  git: Git,
  name: string,
  full: string,
  quiet: boolean,
  known?: { readonly remote: string; readonly merge: string },
): Promise<void> {
  const path = `${git.repository.gitDir}/config`;
  const remotes = git.config.subsections("remote");
  const remote =
    known?.remote ??
    (full.startsWith("refs/remotes/")
      ? (remotes.find((each) => full.startsWith(`refs/remotes/${each}/`)) ?? ".")
      : ".");
  const merge = known?.merge ?? (remote === "." ? full : `refs/heads/${full.slice(`refs/remotes/${remote}/`.length)}`);
  if (remote === "." && full === `refs/heads/${name}`) {
    await git.say(`warning: not setting branch '${name}' as its own upstream\n`);
    return;
  }
  let text = git.process.files.readText(path);
  text = withoutSection(text, path, `branch.${name}`) ?? text;
  text = withValue(text, path, `branch.${name}.remote`, remote);
  text = withValue(text, path, `branch.${name}.merge`, merge);
  git.process.files.writeFile(path, text);
  if (!quiet) await git.print(`branch '${name}' set up to track '${shortRef(full)}'.\n`);
}

async function remove(git: Git, options: Options): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const force = options.has("D") || options.has("force");
  const place = options.has("remotes") ? "refs/remotes/" : "refs/heads/";
  if (options.args.length === 0) throw fatal("branch name required");
  let status = 0;
  for (const given of options.args) {
    const name = given === "-" ? "@{-1}" : given;
    const full = place + name;
    const oid = refs.resolve(full);
    const kind = options.has("remotes") ? "remote-tracking branch" : "branch";
    if (oid === undefined) {
      await git.say(`error: ${kind} '${name}' not found.\n`);
      status = 1;
      continue;
    }
    if (place === "refs/heads/" && refs.branch === name) {
      await git.say(`error: Cannot delete branch '${name}' checked out at '${repository.tree}'\n`);
      status = 1;
      continue;
    }
    if (!force && place === "refs/heads/") {
      const upstream = upstreamOf(repository, name);
      const against = (upstream === undefined ? undefined : refs.resolve(upstream)) ?? refs.resolve("HEAD");
      if (against === undefined || !(await isAncestor(repository, oid, against))) {
        await git.say(
          `error: The branch '${name}' is not fully merged.\nIf you are sure you want to delete it, run 'git branch -D ${name}'.\n`,
        );
        status = 1;
        continue;
      }
    }
    const path = `${repository.gitDir}/config`;
    refs.delete(full);
    const text = withoutSection(git.process.files.readText(path), path, `branch.${name}`);
    if (text !== undefined) git.process.files.writeFile(path, text);
    if (!options.has("quiet"))
      await git.print(`Deleted ${kind} ${name} (was ${repository.objects.abbreviate(oid)}).\n`);
  }
  return status;
}

async function move(git: Git, options: Options): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const { args } = options;
  if (args.length === 0) throw fatal("branch name required");
  if (args.length > 2) throw fatal("too many arguments for a rename operation");
  const from = args.length === 1 ? refs.branch : args[0];
  const to = args.length === 1 ? args[0] : args[1];
  if (from === undefined) throw fatal("cannot rename the current branch while not on any.");
  if (to === undefined || !validRefName(`refs/heads/${to}`)) throw fatal(`'${to}' is not a valid branch name`);
  if (!refs.exists(`refs/heads/${from}`) && refs.branch !== from) throw fatal(`no branch named '${from}'`);
  if (refs.exists(`refs/heads/${to}`) && from !== to && !options.has("M") && !options.has("force"))
    throw fatal(`a branch named '${to}' already exists`);
  if (refs.exists(`refs/heads/${to}`) && from !== to) refs.delete(`refs/heads/${to}`);
  if (from !== to)
    refs.rename(`refs/heads/${from}`, `refs/heads/${to}`, `Branch: renamed refs/heads/${from} to refs/heads/${to}`);
  const path = `${repository.gitDir}/config`;
  const text = withoutSection(git.process.files.readText(path), path, `branch.${from}`, `branch.${to}`);
  if (text !== undefined) git.process.files.writeFile(path, text);
  return 0;
}

async function list(git: Git, options: Options): Promise<number> {
  const { repository } = git;
  const { refs } = repository;
  const colors = git.colors(
    "branch",
    options.denied("color") ? "never" : options.has("color") ? (options.value("color") ?? "") : undefined,
  );
  interface Row {
    readonly name: string;
    readonly full: string;
    readonly oid: Oid;
    readonly current: boolean;
    readonly slot: "branch.current" | "branch.local" | "branch.remote";
    readonly target?: string | undefined;
  }
  const rows: Row[] = [];
  const remotesOnly = options.has("remotes");
  const all = options.has("all");
  const head = refs.resolve("HEAD");
  if (refs.branch === undefined && head !== undefined && !remotesOnly && options.args.length === 0) {
    const { text, moved } = detachedAt(git, head);
    const rebasing = stateOf(repository).rebasing;
    const name =
      rebasing?.branch !== undefined
        ? `(no branch, rebasing ${rebasing.branch})`
        : text === undefined
          ? "(no branch)"
          : `(HEAD detached ${moved ? "from" : "at"} ${text})`;
    rows.push({ name, full: "HEAD", oid: head, current: true, slot: "branch.current" });
  }
  if (!remotesOnly)
    for (const { name, oid } of refs.list("refs/heads/"))
      rows.push({
        name: name.slice(11),
        full: name,
        oid,
        current: name === `refs/heads/${refs.branch}`,
        slot: name === `refs/heads/${refs.branch}` ? "branch.current" : "branch.local",
      });
  if (remotesOnly || all) {
    for (const { name, oid } of refs.list("refs/remotes/")) {
      const target = refs.symbolic(name);
      rows.push({
        name: all ? name.slice(5) : name.slice(13),
        full: name,
        oid,
        current: false,
        slot: "branch.remote",
        target: target === undefined ? undefined : shortRef(target),
      });
    }
  }
  let shown = rows.filter(
    (row) =>
      options.args.length === 0 ||
      options.args.some((pattern) => wildmatch(pattern, row.name, false, options.has("ignore-case"))),
  );
  const filter = async (test: (row: Row) => Promise<boolean>) => {
    const kept: Row[] = [];
    for (const row of shown) if (await test(row)) kept.push(row);
    shown = kept;
  };
  const malformed = (text: string) => failed(`malformed object name ${text}`, 129);
  for (const given of options.given) {
    if (given.name === "merged") {
      const text = given.value ?? "HEAD";
      const reached = await ancestors(repository, [await commitOf(repository, text, () => malformed(text))]);
      await filter(async (row) => reached.has(row.oid) !== given.negated);
    } else if (given.name === "contains" && !given.negated) {
      const oid = await commitOf(repository, given.value ?? "HEAD", () => malformed(given.value ?? "HEAD"));
      await filter((row) => isAncestor(repository, oid, row.oid));
    } else if (given.name === "points-at") {
      const oid = await commitOf(repository, given.value ?? "HEAD", () => malformed(given.value ?? "HEAD"));
      await filter(async (row) => row.oid === oid);
    }
  }
  const format = options.value("format");
  const verbose = options.given.filter((given) => given.name === "verbose").length;
  const width = Math.max(0, ...shown.map((row) => displayWidth(row.name)));
  for (const row of shown) {
    await git.spend(2);
    if (format !== undefined) {
      await git.print(`${await refFormat(git, format, row)}\n`);
      continue;
    }
    const mark = row.current ? "* " : "  ";
    const link = row.target === undefined ? "" : ` -> ${row.target}`;
    if (verbose === 0) {
      await git.print(`${mark}${colors.paint(row.slot, row.name)}${link}\n`);
      continue;
    }
    const name = row.name + " ".repeat(Math.max(0, width - displayWidth(row.name)));
    const oid = repository.objects.abbreviate(row.oid);
    if (row.target !== undefined) {
      await git.print(`${mark}${colors.paint(row.slot, name)}${link}\n`);
      continue;
    }
    const subject = subjectOf(
      (await repository.objects.commit((await peelTo(repository, row.oid, "commit")) ?? row.oid)).message,
    );
    await git.print(
      `${mark}${colors.paint(row.slot, name)} ${oid} ${await trackText(git, row, verbose, colors)}${subject}\n`,
    );
  }
  return 0;
}

async function trackText(
  git: Git,
  row: { readonly name: string; readonly oid: Oid; readonly full: string },
  verbose: number,
  colors: import("../colors.ts").Colors,
): Promise<string> {
  const upstream = row.full.startsWith("refs/heads/") ? upstreamOf(git.repository, row.name) : undefined;
  if (upstream === undefined) return "";
  const theirs = git.repository.refs.resolve(upstream);
  const name = colors.paint("branch.upstream", shortRef(upstream));
  if (theirs === undefined) return verbose > 1 ? `[${name}: gone] ` : "[gone] ";
  const [ahead, behind] = await aheadBehind(git.repository, row.oid, theirs);
  const parts = [...(ahead > 0 ? [`ahead ${ahead}`] : []), ...(behind > 0 ? [`behind ${behind}`] : [])].join(", ");
  if (verbose > 1) return `[${name}${parts === "" ? "" : `: ${parts}`}] `;
  return parts === "" ? "" : `[${parts}] `;
}

/** Fields of --format for references. */
export async function refFormat(
  git: Git,
  format: string,
  row: { readonly full: string; readonly oid: Oid; readonly current?: boolean },
): Promise<string> {
  const { objects } = git.repository;
  const peeled = await objects.peel(row.oid);
  const commit = peeled.type === "commit" ? await objects.commit(peeled.oid) : undefined;
  const type = (await objects.read(row.oid)).type;
  return format.replace(
    /%\(([^)]*)\)|%([0-9a-fA-F]{2}|%)/g,
    (_, field: string | undefined, hex: string | undefined) => {
      if (hex !== undefined) return hex === "%" ? "%" : String.fromCharCode(Number.parseInt(hex, 16));
      switch (field) {
        case "refname":
          return row.full;
        case "refname:short":
          return shortRef(row.full);
        case "objectname":
          return row.oid;
        case "objectname:short":
          return objects.abbreviate(row.oid);
        case "objecttype":
          return type;
        case "HEAD":
          return row.current ? "*" : " ";
        case "subject":
        case "contents:subject":
          return commit === undefined ? "" : subjectOf(commit.message);
        case "authorname":
          return commit?.author.name ?? "";
        case "authoremail":
          return commit === undefined ? "" : `<${commit.author.email}>`;
        default:
          throw fatal(`the field %(${field}) is not available here`);
      }
    },
  );
}
