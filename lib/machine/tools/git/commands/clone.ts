/** git clone: another repository of this machine, with its branches under a remote's name. */
import { isErrno } from "../../../errno.ts";
import { splitKey, withValue } from "../config-file.ts";
import type { Git } from "../context.ts";
import { fatal, GitFailure } from "../failure.ts";
import type { Oid } from "../objects.ts";
import { type Options, optionTable, parseOptions } from "../options.ts";
import { openRemote, placeOf } from "../remotes/remote.ts";
import { copyObjects } from "../remotes/transfer.ts";
import { absolute, Repository } from "../repository.ts";
import { moveTree } from "../switching.ts";
import { DETACHED } from "./checkout.ts";
import { makeRepository } from "./init.ts";

const USAGE = `usage: git clone [<options>] [--] <repo> [<dir>]
`;
const OPTIONS = optionTable(
  "v|verbose", "q|quiet", "progress", "reject-shallow", "n|no-checkout", "bare", "mirror", "l|local", "no-hardlinks", "s|shared",
  "recurse-submodules=?", "recursive=?", "j|jobs=", "template=", "reference=", "reference-if-able=", "dissociate", "o|origin=",
  "b|branch=", "u|upload-pack=", "depth=", "shallow-since=", "shallow-exclude=", "single-branch", "tags", "shallow-submodules",
  "separate-git-dir=", "c|config=", "server-option=", "4|ipv4", "6|ipv6", "filter=", "also-filter-submodules", "remote-submodules",
  "sparse", "bundle-uri=", "checkout", "hardlinks",
); // biome-ignore format: a table
const REFUSED = [
  "shared", "reference", "reference-if-able", "dissociate", "upload-pack", "shallow-since", "shallow-exclude", "separate-git-dir",
  "server-option", "filter", "also-filter-submodules", "remote-submodules", "sparse", "bundle-uri", "template",
]; // biome-ignore format: a list

/** The directory a clone goes into where none is named (dir.c, git_url_basename). */
function nameOf(url: string, bare: boolean): string {
  const path = url
    .replace(/[\s/]+$/, "")
    .replace(/\/+\.git$/, "")
    .replace(/\/+$/, "");
  const last = path.slice(path.lastIndexOf("/") + 1).replace(/\.git$/, "");
  if (last === "") throw fatal("No directory name could be guessed.\nPlease specify a directory on the command line");
  return bare ? `${last}.git` : last;
}

export async function clone(git: Git, words: readonly string[]): Promise<number> {
  const options = parseOptions(OPTIONS, words, { usage: USAGE });
  for (const name of REFUSED) if (options.has(name)) throw fatal(`--${name} is not available here`);
  const [source, into, extra] = options.args;
  if (extra !== undefined) throw new GitFailure(`Too many arguments.\n\n${USAGE}`, 129, "fatal: ");
  if (source === undefined) throw new GitFailure(`You must specify a repository to clone.\n\n${USAGE}`, 129, "fatal: ");
  const { process } = git;
  const { files } = process;
  const bare = options.has("bare") || options.has("mirror");
  const overNetwork = /^[a-z][a-z0-9+.-]*:\/\/(?<!file:\/\/)|^[^/]*[^/.]:[^/]/i.test(source);
  if (!overNetwork && !source.startsWith("file://") && placeOf(git, source) === undefined)
    throw fatal(`repository '${source}' does not exist`);
  const url =
    overNetwork || source.startsWith("file://") ? source : source.startsWith("/") ? source : `${process.cwd}/${source}`;
  const target = into ?? nameOf(source, bare);
  const directory = absolute(process, target);
  if (files.exists(directory) && !(files.stat(directory).type === "directory" && files.list(directory).length === 0))
    throw fatal(`destination path '${target}' already exists and is not an empty directory.`);
  const quiet = options.has("quiet");
  if (!quiet) await git.say(`Cloning into ${bare ? "bare repository " : ""}'${target}'...\n`);
  const existed = files.exists(directory);
  try {
    files.makeDirectory(directory, { recursive: true });
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw fatal(`could not create work tree dir '${target}': ${error.message}`);
  }
  try {
    return await fill(git, options, { url, directory, bare, quiet });
  } catch (error) {
    // What failed leaves nothing behind.
    if (existed)
      for (const { name } of files.list(directory)) files.remove(`${directory}/${name}`, { recursive: true });
    else files.remove(directory, { recursive: true, force: true });
    throw error;
  }
}

interface Destination {
  readonly url: string;
  readonly directory: string;
  readonly bare: boolean;
  readonly quiet: boolean;
}

async function fill(git: Git, options: Options, { url, directory, bare, quiet }: Destination): Promise<number> {
  const { process } = git;
  const { files } = process;
  const from = openRemote(git, url);
  const origin = options.value("origin") ?? git.config.get("clone.defaultremotename") ?? "origin";
  const depth = options.value("depth");
  if (depth !== undefined) {
    if (!/^[1-9]\d*$/.test(depth)) throw fatal(`depth ${depth} is not a positive number`);
    if (url.startsWith("file://")) throw fatal("--depth is not available here: clones have the whole history");
    await git.say("warning: --depth is ignored in local clones; use file:// instead.\n");
  }
  const asked = options.value("branch");
  const theirHead = from.refs.symbolic("HEAD");
  const theirTip = from.refs.resolve("HEAD");
  const named =
    asked === undefined
      ? theirHead
      : [`refs/heads/${asked}`, `refs/tags/${asked}`].find((name) => from.refs.exists(name));
  if (asked !== undefined && named === undefined) throw fatal(`Remote branch ${asked} not found in upstream ${origin}`);
  const start = named === undefined ? theirTip : from.refs.resolve(named);
  const gitDir = bare ? directory : `${directory}/.git`;
  const branch = named?.startsWith("refs/heads/") ? named.slice("refs/heads/".length) : undefined;
  await makeRepository(git, gitDir, { bare, branch: branch ?? git.config.get("init.defaultbranch") ?? "master" });
  const single = options.has("single-branch") && named !== undefined;
  const set = (key: string, value: string) => {
    const path = `${gitDir}/config`;
    files.writeFile(path, withValue(files.readText(path), path, key, value));
  };
  for (const setting of options.values("config")) {
    const equals = setting.indexOf("=");
    const key = equals === -1 ? setting : setting.slice(0, equals);
    if (splitKey(key) === undefined)
      throw fatal(`bad config variable '${key}'`.replace("bad config variable", "unable to parse"));
    set(key, equals === -1 ? "true" : setting.slice(equals + 1));
  }
  set(`remote.${origin}.url`, url);
  if (options.denied("tags")) set(`remote.${origin}.tagOpt`, "--no-tags");
  if (options.has("mirror")) {
    set(`remote.${origin}.fetch`, "+refs/*:refs/*");
    set(`remote.${origin}.mirror`, "true");
  } else if (!bare) {
    const what =
      single && branch !== undefined
        ? `+refs/heads/${branch}:refs/remotes/${origin}/${branch}`
        : `+refs/heads/*:refs/remotes/${origin}/*`;
    if (!single || branch !== undefined) set(`remote.${origin}.fetch`, what);
  }
  const to = new Repository(process, { gitDir, workTree: bare ? undefined : directory }, []);
  const packed = new Map<string, { readonly oid: Oid; readonly peeled: Oid | undefined }>();
  for (const { name, oid } of from.refs.list()) {
    const isHead = name.startsWith("refs/heads/");
    if (options.has("mirror")) {
      const { oid: peeled } = await from.objects.peel(oid);
      packed.set(name, { oid, peeled: peeled === oid ? undefined : peeled });
      continue;
    }
    if (single && isHead && name !== named) continue;
    const isTag = name.startsWith("refs/tags/") && !options.denied("tags");
    if (!isHead && !isTag) continue;
    if (single && isTag) {
      const peeled = await from.objects.peel(oid);
      if (peeled.type !== "commit" || start === undefined || !(await reachedBy(from, start, peeled.oid))) continue;
    }
    const { oid: peeled } = await from.objects.peel(oid);
    const target = bare || isTag ? name : `refs/remotes/${origin}/${name.slice("refs/heads/".length)}`;
    packed.set(target, { oid, peeled: peeled === oid ? undefined : peeled });
  }
  const tips = [...packed.values()].map(({ oid }) => oid);
  await copyObjects(from, to, start === undefined ? tips : [...tips, start]);
  if (packed.size > 0) to.refs.writePacked(packed);
  const action = `clone: from ${url}`;
  if (start === undefined) {
    await git.say("warning: You appear to have cloned an empty repository.\n");
    if (!bare && branch !== undefined) track(set, branch, origin);
    if (!quiet) await git.say("done.\n");
    return 0;
  }
  const quietly = quiet || url.startsWith("file://");
  if (bare) {
    if (branch === undefined) to.refs.detach(start);
    if (!quietly) await git.say("done.\n");
    return 0;
  }
  // The remote's HEAD, where the branch it is on came along.
  const remoteHead = theirHead?.startsWith("refs/heads/")
    ? `refs/remotes/${origin}/${theirHead.slice("refs/heads/".length)}`
    : undefined;
  if (remoteHead !== undefined && packed.has(remoteHead)) {
    to.refs.point(`refs/remotes/${origin}/HEAD`, remoteHead);
    to.refs.log(`refs/remotes/${origin}/HEAD`, "0".repeat(40), start, action);
  }
  if (!quietly) await git.say("done.\n");
  const { oid: commit } = await from.objects.peel(start);
  if (branch !== undefined) {
    to.refs.update("HEAD", commit, action);
    track(set, branch, origin);
  } else {
    to.refs.detach(commit);
    to.refs.log("HEAD", "0".repeat(40), commit, action);
    if (!quiet && (git.config.boolean("advice.detachedhead") ?? true)) await git.say(DETACHED(commit));
  }
  if (options.has("no-checkout") || options.denied("checkout")) return 0;
  await moveTree(git.at(to), undefined, (await to.objects.commit(commit)).tree);
  return 0;
}

function track(set: (key: string, value: string) => void, branch: string, origin: string): void {
  set(`branch.${branch}.remote`, origin);
  set(`branch.${branch}.merge`, `refs/heads/${branch}`);
}

async function reachedBy(repository: Repository, from: Oid, wanted: Oid): Promise<boolean> {
  const seen = new Set<Oid>();
  const open = [(await repository.objects.peel(from)).oid];
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    if (oid === wanted) return true;
    if (seen.has(oid)) continue;
    seen.add(oid);
    open.push(...(await repository.objects.commit(oid)).parents);
  }
  return false;
}
