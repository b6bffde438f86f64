/** git add. */
import type { Git } from "../context.ts";
import { failed, fatal, plainly, quit } from "../failure.ts";
import { optionTable, parseOptions } from "../options.ts";
import { stageFile } from "../staging.ts";
import { compareIndexToFiles, lstat, untracked } from "../worktree.ts";

const USAGE = "usage: git add [<options>] [--] <pathspec>...\n";

const OPTIONS = optionTable(
  "n|dry-run", "v|verbose", "i|interactive", "p|patch", "e|edit", "f|force", "u|update", "renormalize", "N|intent-to-add",
  "A|all", "ignore-removal", "refresh", "ignore-errors", "ignore-missing", "sparse", "chmod=", "pathspec-from-file=", "pathspec-file-nul",
); // biome-ignore format: a table

const NOTHING = "Nothing specified, nothing added.\n";
const NOTHING_HINT = `hint: Maybe you wanted to say 'git add .'?
hint: Turn this message off by running
hint: "git config advice.addEmptyPathspec false"
`;

export async function add(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of ["interactive", "patch", "edit", "renormalize", "sparse", "pathspec-from-file"]) {
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  }
  const { repository } = git;
  void repository.tree;
  const update = options.has("update");
  const all = options.has("all");
  if (update && all) throw fatal("options '-A' and '-u' cannot be used together");
  const dry = options.has("dry-run");
  const chmod = options.value("chmod");
  if (chmod !== undefined && !/^[-+]x$/.test(chmod)) throw fatal(`--chmod param '${chmod}' must be either -x or +x`);
  if (options.args.includes(""))
    throw fatal("empty string is not a valid pathspec. please use . instead if you meant to match all paths");
  if (options.args.length === 0 && !update && !all) {
    const hint = git.config.boolean("advice.addemptypathspec") ?? true;
    await git.say(NOTHING + (hint ? NOTHING_HINT : ""));
    return 0;
  }
  const pathspec = repository.pathspec(options.args);
  const told: string[] = [];
  const changes = (await compareIndexToFiles(repository, pathspec)).sort();
  const found = update ? [] : await untracked(repository, { mode: "all", pathspec });
  const ignored: string[] = [];
  if (!update) {
    const forced: string[] = [];
    for (const item of pathspec.items) {
      if (
        item.exclude ||
        repository.index.has(item.path.replace(/\/$/, "")) ||
        repository.index.hasBelow(item.path.replace(/\/$/, ""))
      )
        continue;
      const path = item.path.replace(/\/$/, "");
      if (path === "") {
        if (options.has("force"))
          forced.push(...(await untracked(repository, { mode: "all", pathspec, ignored: true })));
        continue;
      }
      const stat = lstat(repository, path);
      if (options.has("force")) {
        forced.push(...(await untracked(repository, { mode: "all", pathspec, ignored: true })));
        continue;
      }
      if (stat !== undefined && repository.ignores.ignored(path, stat.type === "directory")) {
        let shown = path;
        for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
          if (repository.ignores.ignored(path.slice(0, at), true)) {
            shown = path.slice(0, at);
            break;
          }
        }
        ignored.push(shown);
        continue;
      }
      const matched =
        found.some((each) => pathspec.matches(each) && repository.pathspec([item.text]).matches(each)) ||
        repository.index.entries.some((entry) => repository.pathspec([item.text]).matches(entry.path)) ||
        stat?.type === "directory";
      if (!matched && !options.has("ignore-missing")) throw fatal(`pathspec '${item.text}' did not match any files`);
    }
    found.push(...forced.filter((path) => !found.includes(path)));
  } else {
    const missing = pathspec.unmatched(repository.index.entries.map((entry) => entry.path));
    if (missing.length > 0) throw fatal(`pathspec '${missing[0]}' did not match any files`.replace("fatal: ", ""));
  }
  if (ignored.length > 0 && !dry) {
    const hint = git.config.boolean("advice.addignoredfile") ?? true;
    await git.say(
      `The following paths are ignored by one of your .gitignore files:\n${[...new Set(ignored)]
        .sort()
        .map((path) => `${path}\n`)
        .join("")}${
        hint
          ? 'hint: Use -f if you really want to add them.\nhint: Turn this message off by running\nhint: "git config advice.addIgnoredFile false"\n'
          : ""
      }`,
    );
  }
  const intent = options.has("intent-to-add");
  const keepGone =
    options.has("ignore-removal") || options.given.some(({ name, negated }) => name === "all" && negated);
  const work = new Set([
    ...changes.map((pair) => (pair.new ?? pair.old)?.path ?? ""),
    ...found.filter((path) => !path.endsWith("/")),
  ]);
  for (const nested of found.filter((path) => path.endsWith("/"))) {
    throw plainly(
      `error: '${nested}' is a git repository of its own: submodules are not available here\nfatal: adding files failed`,
      128,
    );
  }
  let failures = false;
  for (const path of [...work].sort()) {
    await git.spend(2);
    const stat = lstat(repository, path);
    if (stat === undefined || stat.type === "directory") {
      if (intent || keepGone) continue;
      if (!dry) repository.index.remove(path);
      told.push(`remove '${path}'\n`);
      continue;
    }
    try {
      if (await stageFile(git, path, { intent, dry })) told.push(`add '${path}'\n`);
    } catch (error) {
      if (!options.has("ignore-errors")) {
        await repository.writeIndex();
        throw error;
      }
      failures = true;
      if (error instanceof Error) await git.say(`${failed(error.message).prefix}${error.message}\n`);
    }
  }
  if (chmod !== undefined) {
    for (const entry of [...repository.index.entries]) {
      if (!pathspec.matches(entry.path) || entry.stage > 0 || (entry.mode & 0o170000) !== 0o100000) continue;
      if (!dry) repository.index.put({ ...entry, mode: chmod === "+x" ? 0o100755 : 0o100644 });
    }
  }
  if (options.has("verbose") || dry) await git.print(told.join(""));
  if (!dry) await repository.writeIndex();
  if (ignored.length > 0 && !dry) throw quit(1);
  return failures ? 1 : 0;
}
