/** git remote and git ls-remote. */
import { type ConfigEntry, parseConfig, withoutEntries, withoutSection, withValue } from "../config-file.ts";
import type { Git } from "../context.ts";
import { failed, fatal, GitFailure } from "../failure.ts";
import type { Oid } from "../objects.ts";
import { optionTable, parseOptions } from "../options.ts";
import { validRefName } from "../refs.ts";
import { advertised, fetchFrom, pruned, tellDangling } from "../remotes/fetching.ts";
import { mapped, starOf } from "../remotes/refspec.ts";
import { defaultRemote, openRemote, type Remote, remoteNames, remoteOf } from "../remotes/remote.ts";
import { prettyRef } from "../remotes/table.ts";
import { isAncestor } from "../walk.ts";
import { wildmatch } from "../wildmatch.ts";
import { fetch } from "./fetch.ts";

const USAGE = `usage: git remote [-v | --verbose]
   or: git remote add [-t <branch>] [-m <master>] [-f] [--tags | --no-tags] [--mirror=<fetch|push>] <name> <url>
   or: git remote rename [--[no-]progress] <old> <new>
   or: git remote remove <name>
   or: git remote set-head <name> (-a | --auto | -d | --delete | <branch>)
   or: git remote [-v | --verbose] show [-n] <name>
   or: git remote prune [-n | --dry-run] <name>
   or: git remote [-v | --verbose] update [-p | --prune] [(<group> | <remote>)...]
   or: git remote set-branches [--add] <name> <branch>...
   or: git remote get-url [--push] [--all] <name>
   or: git remote set-url [--push] <name> <newurl> [<oldurl>]
   or: git remote set-url --add <name> <newurl>
   or: git remote set-url --delete <name> <url>

    -v, --verbose         be verbose; must be placed before a subcommand

`;

type Verb = (git: Git, words: readonly string[], verbose: boolean) => Promise<number>;

export async function remote(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(optionTable("v|verbose"), words, { usage: USAGE, stop: true });
  const [verb, ...rest] = options.args;
  const verbose = options.has("verbose");
  git.repository;
  if (verb === undefined) return list(git, verbose);
  const run = VERBS[verb];
  if (run === undefined) throw new GitFailure(`unknown subcommand: \`${verb}'\n${USAGE}`, 129, "error: ");
  return run(git, rest, verbose);
}

async function list(git: Git, verbose: boolean): Promise<number> {
  for (const name of remoteNames(git)) {
    if (!verbose) {
      await git.print(`${name}\n`);
      continue;
    }
    const { url, pushUrl } = remoteOf(git, name);
    await git.print(`${name}\t${url} (fetch)\n${name}\t${pushUrl} (push)\n`);
  }
  return 0;
}

/** The repository's own configuration file, changed. */
function change(git: Git, edit: (text: string, path: string) => string): void {
  const path = `${git.repository.gitDir}/config`;
  git.process.files.writeFile(path, edit(git.process.files.readText(path), path));
}

const set = (git: Git, key: string, value: string, entry?: ConfigEntry) =>
  change(git, (text, path) => withValue(text, path, key, value, entry));

function needed(git: Git, name: string, status = 2): Remote {
  const remote = remoteOf(git, name);
  if (!remote.configured) throw new GitFailure(`No such remote '${name}'`, status, "error: ");
  return remote;
}

const usage = (text: string) => new GitFailure(`usage: ${text}\n`, 129, "");

const add: Verb = async (git, words) => {
  const options = parseOptions(optionTable("f|fetch", "tags", "no-tags", "t|track=", "m|master=", "mirror=?"), words, {
    usage: USAGE,
  });
  const [name, url, extra] = options.args;
  if (name === undefined || url === undefined || extra !== undefined)
    throw usage("git remote add [<options>] <name> <url>");
  if (options.has("mirror")) throw fatal("--mirror is not available here");
  if (remoteNames(git).includes(name)) throw new GitFailure(`remote ${name} already exists.`, 3, "error: ");
  if (!validRefName(`refs/remotes/${name}/x`)) throw fatal(`'${name}' is not a valid remote name`);
  set(git, `remote.${name}.url`, url);
  const tracks = options.values("track");
  const key = `remote.${name}.fetch`;
  change(git, (text, path) => {
    let out = text;
    for (const branch of tracks.length === 0 ? ["*"] : tracks)
      out = withValue(out, path, key, `+refs/heads/${branch}:refs/remotes/${name}/${branch}`);
    return out;
  });
  const tags = options.last("tags", "no-tags") ?? (options.denied("tags") ? "no-tags" : undefined);
  if (tags !== undefined) set(git, `remote.${name}.tagopt`, `--${tags}`);
  git.forget();
  if (options.has("fetch")) {
    await git.print(`Updating ${name}\n`);
    const status = await fetch(git, [name]);
    if (status !== 0) return 1;
  }
  const master = options.value("master");
  if (master !== undefined) git.repository.refs.point(`refs/remotes/${name}/HEAD`, `refs/remotes/${name}/${master}`);
  return 0;
};

const remove: Verb = async (git, words) => {
  const [name, extra] = parseOptions(optionTable(), words, { usage: USAGE }).args;
  if (name === undefined || extra !== undefined) throw usage("git remote remove <name>");
  if (!remoteOf(git, name).configured) throw new GitFailure(`No such remote: '${name}'`, 2, "error: ");
  const { refs } = git.repository;
  change(git, (text, path) => {
    let out = text;
    for (const branch of git.config.subsections("branch")) {
      if (git.config.get(`branch.${branch}.remote`) !== name) continue;
      const gone = parseConfig(out, path).entries.filter(({ key }) =>
        [`branch.${branch}.remote`, `branch.${branch}.merge`].includes(key),
      );
      out = withoutEntries(out, path, gone);
    }
    return withoutSection(out, path, `remote.${name}`) ?? out;
  });
  for (const each of refs.list(`refs/remotes/${name}/`)) refs.delete(each.name);
  return 0;
};

const rename: Verb = async (git, words) => {
  const [from, to, extra] = parseOptions(optionTable("progress"), words, { usage: USAGE }).args;
  if (from === undefined || to === undefined || extra !== undefined)
    throw usage("git remote rename [--[no-]progress] <old> <new>");
  if (!remoteOf(git, from).configured) throw new GitFailure(`No such remote: '${from}'`, 2, "error: ");
  if (remoteNames(git).includes(to)) throw new GitFailure(`remote ${to} already exists.`, 3, "error: ");
  if (!validRefName(`refs/remotes/${to}/x`)) throw fatal(`'${to}' is not a valid remote name`);
  const { refs } = git.repository;
  change(git, (text, path) => {
    let out = withoutSection(text, path, `remote.${from}`, `remote.${to}`) ?? text;
    for (const entry of parseConfig(out, path)
      .entries.filter(({ key }) => key === `remote.${to}.fetch`)
      .reverse()) {
      const value = (entry.value ?? "").replace(`:refs/remotes/${from}/`, `:refs/remotes/${to}/`);
      out = withValue(out, path, entry.key, value, entry);
    }
    for (const entry of parseConfig(out, path)
      .entries.filter(({ key, value }) => /^branch\..*\.remote$/.test(key) && value === from)
      .reverse())
      out = withValue(out, path, entry.key, to, entry);
    return out;
  });
  const head = refs.symbolic(`refs/remotes/${from}/HEAD`);
  for (const { name } of refs.list(`refs/remotes/${from}/`)) {
    const target = `refs/remotes/${to}/${name.slice(`refs/remotes/${from}/`.length)}`;
    if (name.endsWith("/HEAD") && head !== undefined) {
      refs.delete(name);
      refs.point(target, head.replace(`refs/remotes/${from}/`, `refs/remotes/${to}/`));
    } else refs.rename(name, target, `remote: renamed ${name} to ${target}`);
  }
  return 0;
};

const getUrl: Verb = async (git, words) => {
  const options = parseOptions(optionTable("push", "all"), words, { usage: USAGE });
  const [name, extra] = options.args;
  if (name === undefined || extra !== undefined) throw usage("git remote get-url [--push] [--all] <name>");
  const remote = needed(git, name);
  const pushes = git.config.values(`remote.${name}.pushurl`);
  const urls = options.has("push") && pushes.length > 0 ? pushes : git.config.values(`remote.${name}.url`);
  const shown = urls.length === 0 ? [remote.url] : urls;
  await git.print((options.has("all") ? shown : shown.slice(0, 1)).map((url) => `${url}\n`).join(""));
  return 0;
};

const setUrl: Verb = async (git, words) => {
  const options = parseOptions(optionTable("push", "add", "delete"), words, { usage: USAGE });
  const [name, url, old, extra] = options.args;
  if (name === undefined || url === undefined || extra !== undefined)
    throw usage("git remote set-url [--push] <name> <newurl> [<oldurl>]");
  needed(git, name);
  const key = `remote.${name}.${options.has("push") ? "pushurl" : "url"}`;
  const path = `${git.repository.gitDir}/config`;
  const entries = parseConfig(git.process.files.readText(path), path).entries.filter((entry) => entry.key === key);
  if (options.has("add")) set(git, key, url);
  else if (options.has("delete")) {
    const gone = entries.filter(({ value }) => value?.match(url));
    if (gone.length === 0) throw fatal(`No such URL found: ${url}`);
    if (gone.length === entries.length && !options.has("push")) throw fatal("Will not delete all non-push URLs");
    change(git, (text) => withoutEntries(text, path, gone));
  } else {
    const entry = old === undefined ? entries[0] : entries.find(({ value }) => value?.match(old));
    if (old !== undefined && entry === undefined) throw fatal(`No such URL found: ${old}`);
    set(git, key, url, entry);
  }
  return 0;
};

const setHead: Verb = async (git, words) => {
  const options = parseOptions(optionTable("a|auto", "d|delete"), words, { usage: USAGE });
  const [name, branch] = options.args;
  if (name === undefined || (branch === undefined) !== (options.has("auto") || options.has("delete")))
    throw usage("git remote set-head <name> (-a | --auto | -d | --delete | <branch>)");
  const { refs } = git.repository;
  const head = `refs/remotes/${name}/HEAD`;
  if (options.has("delete")) {
    refs.delete(head);
    return 0;
  }
  const theirs = options.has("auto") ? openRemote(git, needed(git, name).url).refs.branch : branch;
  if (theirs === undefined) throw failed("Cannot determine remote HEAD");
  if (!refs.exists(`refs/remotes/${name}/${theirs}`)) throw failed(`Not a valid ref: refs/remotes/${name}/${theirs}`);
  refs.point(head, `refs/remotes/${name}/${theirs}`);
  if (options.has("auto")) await git.print(`${name}/HEAD set to ${theirs}\n`);
  return 0;
};

const setBranches: Verb = async (git, words) => {
  const options = parseOptions(optionTable("add"), words, { usage: USAGE });
  const [name, ...branches] = options.args;
  if (name === undefined) throw failed("no remote specified", 129);
  needed(git, name);
  const path = `${git.repository.gitDir}/config`;
  const key = `remote.${name}.fetch`;
  change(git, (text) => {
    const old = parseConfig(text, path).entries.filter((entry) => entry.key === key);
    let out = options.has("add") ? text : withoutEntries(text, path, old);
    for (const branch of branches)
      out = withValue(out, path, key, `+refs/heads/${branch}:refs/remotes/${name}/${branch}`);
    return out;
  });
  return 0;
};

const prune: Verb = async (git, words) => {
  const options = parseOptions(optionTable("n|dry-run"), words, { usage: USAGE });
  if (options.args.length === 0) throw usage("git remote prune [<options>] <name>");
  for (const name of options.args) {
    const remote = remoteOf(git, name);
    const theirs = new Map(advertised(openRemote(git, remote.url)).map((each) => [each.name, each.oid]));
    const gone = pruned(git, remote, [], theirs);
    if (gone.length === 0) continue;
    await git.print(`Pruning ${name}\nURL: ${remote.url}\n`);
    for (const each of gone) {
      if (!options.has("dry-run")) git.repository.refs.delete(each.name);
      await git.print(` * [${options.has("dry-run") ? "would prune" : "pruned"}] ${prettyRef(each.name)}\n`);
    }
    await tellDangling(git, gone);
  }
  return 0;
};

const update: Verb = async (git, words, verbose) => {
  const options = parseOptions(optionTable("p|prune"), words, { usage: USAGE });
  const names = options.args.length === 0 ? remoteNames(git) : options.args;
  let status = 0;
  for (const name of names) {
    if (names.length > 1) await git.print(`Fetching ${name}\n`);
    const remote = remoteOf(git, name);
    try {
      status = Math.max(
        status,
        await fetchFrom(git, {
          remote,
          refspecs: [],
          prune: options.has("prune") || (remote.prune ?? false),
          tags: "follow",
          force: false,
          quiet: false,
          verbose,
          dryRun: false,
          append: false,
          updateHead: false,
          action: "remote update",
        }),
      );
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      await git.say(`${error.prefix ?? ""}${error.message}\n`);
      if (names.length > 1) await git.say(`error: could not fetch ${name}\n`);
      status = 1;
    }
  }
  return status;
};

const plural = (count: number, one: string, many: string) => (count === 1 ? one : many);

const show: Verb = async (git, words, verbose) => {
  const options = parseOptions(optionTable("n|"), words, { usage: USAGE });
  if (options.args.length === 0) return list(git, verbose);
  for (const name of options.args) await showOne(git, remoteOf(git, name), !options.has("n"));
  return 0;
};

async function showOne(git: Git, remote: Remote, ask: boolean): Promise<void> {
  const { refs, objects } = git.repository;
  const { name } = remote;
  const there = ask ? openRemote(git, remote.url) : undefined;
  let out = `* remote ${name}\n  Fetch URL: ${remote.url}\n  Push  URL: ${remote.pushUrl}\n`;
  out += `  HEAD branch: ${there === undefined ? "(not queried)" : there.refs.resolve("HEAD") === undefined ? "(unknown)" : (there.refs.branch ?? "(unknown)")}\n`;
  const theirs = new Map<string, Oid>((there?.refs.list("refs/heads/") ?? []).map((each) => [each.name, each.oid]));
  const rows: (readonly [string, string])[] = [];
  if (there === undefined) {
    for (const each of refs.list(`refs/remotes/${name}/`))
      if (!each.name.endsWith("/HEAD")) rows.push([each.name.slice(`refs/remotes/${name}/`.length), ""]);
  } else {
    for (const full of theirs.keys()) {
      const to = mapped(remote.fetch, full)?.to;
      if (to === undefined) continue;
      rows.push([
        prettyRef(full),
        refs.exists(to)
          ? " tracked"
          : ` new (next fetch will store in ${to.replace(/^refs\//, "")})`.replace(
              /remotes\/([^/]+)\/.*\)/,
              "remotes/$1)",
            ),
      ]);
    }
    for (const each of pruned(git, remote, [], new Map([...theirs]))) {
      rows.push([each.name.replace(/^refs\//, ""), " stale (use 'git remote prune' to remove)"]);
    }
  }
  rows.sort(([a], [b]) => (a < b ? -1 : 1));
  const wide = (names: readonly string[]) => Math.max(0, ...names.map((each) => each.length));
  if (rows.length > 0) {
    out += `  Remote ${plural(rows.length, "branch", "branches")}:${ask ? "" : " (status not queried)"}\n`;
    const width = wide(rows.map(([branch]) => branch));
    for (const [branch, state] of rows) out += `    ${state === "" ? branch : branch.padEnd(width)}${state}\n`;
  }
  const pulls = git.config
    .subsections("branch")
    .filter(
      (branch) =>
        git.config.get(`branch.${branch}.remote`) === name && git.config.get(`branch.${branch}.merge`) !== undefined,
    )
    .sort();
  if (pulls.length > 0) {
    out += `  Local ${plural(pulls.length, "branch", "branches")} configured for 'git pull':\n`;
    const width = wide(pulls);
    const rebases = pulls.some((branch) => git.config.get(`branch.${branch}.rebase`) === "true");
    for (const branch of pulls) {
      const merges = prettyRef(git.config.get(`branch.${branch}.merge`) ?? "");
      const how =
        git.config.get(`branch.${branch}.rebase`) === "true"
          ? "rebases onto remote"
          : rebases
            ? " merges with remote"
            : "merges with remote";
      out += `    ${branch.padEnd(width)} ${how} ${merges}\n`;
    }
  }
  const pushes = refs.list("refs/heads/").filter(({ name: full }) => there === undefined || theirs.has(full));
  if (there !== undefined && pushes.length > 0) {
    out += `  Local ${plural(pushes.length, "ref", "refs")} configured for 'git push':\n`;
    const width = wide(pushes.map((each) => prettyRef(each.name)));
    for (const { name: full, oid } of pushes) {
      const their = theirs.get(full) as Oid;
      const state =
        their === oid
          ? "up to date"
          : objects.has(their) && (await isAncestor(git.repository, their, oid))
            ? "fast-forwardable"
            : "local out of date";
      out += `    ${prettyRef(full).padEnd(width)} pushes to ${prettyRef(full).padEnd(width)} (${state})\n`;
    }
  }
  if (there === undefined)
    out += "  Local ref configured for 'git push' (status not queried):\n    (matching) pushes to (matching)\n";
  await git.print(out);
}

const VERBS: Readonly<Record<string, Verb>> = {
  add, rename, rm: remove, remove, "set-head": setHead, "set-branches": setBranches, "get-url": getUrl, "set-url": setUrl, show, prune, update,
}; // biome-ignore format: a table

const LS_USAGE = `usage: git ls-remote [--heads] [--tags] [--refs] [--upload-pack=<exec>]
                     [-q | --quiet] [--exit-code] [--get-url] [--sort=<key>]
                     [--symref] [<repository> [<refs>...]]
`;

export async function lsRemote(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(
    optionTable(
      "q|quiet",
      "upload-pack=",
      "t|tags",
      "h|heads",
      "refs",
      "get-url",
      "sort=",
      "exit-code",
      "symref",
      "o|server-option=",
    ),
    words,
    { usage: LS_USAGE },
  );
  for (const name of ["upload-pack", "sort", "server-option"])
    if (options.has(name)) throw fatal(`--${name} is not available here`);
  const [given, ...patterns] = options.args;
  if (given === undefined && git.place === undefined) throw fatal("No remote configured to list refs from.");
  const name = given ?? defaultRemote(git);
  const known = git.place === undefined ? undefined : remoteOf(git, name);
  const url = known?.url ?? name;
  if (given === undefined && known?.configured !== true) throw fatal("No remote configured to list refs from.");
  if (options.has("get-url")) {
    await git.print(`${url}\n`);
    return 0;
  }
  const there = openRemote(git, url);
  if (given === undefined && !options.has("quiet")) await git.say(`From ${url}\n`);
  let found = false;
  const rows: (readonly [string, Oid])[] = [];
  for (const { name: full, oid } of advertised(there)) {
    rows.push([full, oid]);
    if (options.has("refs") || !full.startsWith("refs/tags/")) continue;
    const peeled = await there.objects.peel(oid);
    if (peeled.oid !== oid) rows.push([`${full}^{}`, peeled.oid]);
  }
  for (const [full, oid] of rows) {
    if (options.has("heads") || options.has("tags")) {
      if (
        !(options.has("heads") && full.startsWith("refs/heads/")) &&
        !(options.has("tags") && full.startsWith("refs/tags/"))
      )
        continue;
    } else if (options.has("refs") && !full.startsWith("refs/")) continue;
    if (
      patterns.length > 0 &&
      !patterns.some(
        (pattern) => wildmatch(`*/${pattern}`, `/${full}`, false, false) || starOf(pattern, full) !== undefined,
      )
    )
      continue;
    found = true;
    const symbolic = options.has("symref") ? there.refs.symbolic(full) : undefined;
    if (symbolic !== undefined) await git.print(`ref: ${symbolic}\t${full}\n`);
    await git.print(`${oid}\t${full}\n`);
  }
  return !found && options.has("exit-code") ? 2 : 0;
}
