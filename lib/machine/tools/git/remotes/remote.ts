/** Other repositories: their names and addresses in the configuration, and how they are opened where a path leads to them. */
import { isErrno } from "../../../errno.ts";
import type { Git } from "../context.ts";
import { fatal, plainly } from "../failure.ts";
import { absolute, Repository } from "../repository.ts";
import { parseRefspec, type Refspec } from "./refspec.ts";

export interface Remote {
  /** As it was named: a remote of the configuration, or the path itself. */
  readonly name: string;
  readonly configured: boolean;
  readonly url: string;
  readonly pushUrl: string;
  readonly fetch: readonly Refspec[];
  readonly push: readonly Refspec[];
  readonly mirror: boolean;
  readonly prune: boolean | undefined;
  readonly tagOption: string | undefined;
}

export function remoteNames(git: Git): string[] {
  return git.config
    .subsections("remote")
    .filter((name) => name !== "")
    .sort();
}

/** The remote a word means: one of the configuration, or the path. */
export function remoteOf(git: Git, name: string): Remote {
  const { config } = git;
  const key = (setting: string) => `remote.${name}.${setting}`;
  const url = config.values(key("url"))[0];
  const configured = git.config.subsections("remote").includes(name);
  return {
    name,
    configured,
    url: url ?? name,
    pushUrl: config.values(key("pushurl"))[0] ?? url ?? name,
    fetch: config.values(key("fetch")).map(parseRefspec),
    push: config.values(key("push")).map(parseRefspec),
    mirror: config.boolean(key("mirror")) ?? false,
    prune: config.boolean(key("prune")) ?? config.boolean("fetch.prune"),
    tagOption: config.get(key("tagopt")),
  };
}

/** The remote that a command without one uses: the branch's, "origin", or the only one there is. */
export function defaultRemote(git: Git, forPush = false): string {
  const { branch } = git.repository.refs;
  const { config } = git;
  const own = branch === undefined ? undefined : config.get(`branch.${branch}.remote`);
  if (forPush) {
    const pushed = branch === undefined ? undefined : config.get(`branch.${branch}.pushremote`);
    const chosen = pushed ?? config.get("remote.pushdefault");
    if (chosen !== undefined) return chosen;
  }
  if (own !== undefined) return own;
  const names = remoteNames(git);
  return names.length === 1 ? (names[0] as string) : "origin";
}

const OVER_NETWORK = /^(?:([a-z][a-z0-9+.-]*):\/\/|([^/:]+@)?([^/:]+):(?!\/\/))/i;

/** What cannot be reached from here, in a sentence. */
function unreachable(url: string): Error | undefined {
  const scheme = OVER_NETWORK.exec(url);
  if (scheme === null || scheme[1] === "file") return undefined;
  return fatal(
    `unable to access '${url}': only repositories on this machine's own file system can be reached from here; give a path`,
  );
}

/** The place a path means, without its ending where that is ".git" (path.c, enter_repo). */
export function placeOf(
  git: Git,
  url: string,
): { readonly gitDir: string; readonly workTree: string | undefined } | undefined {
  const { files } = git.process;
  const path = absolute(git.process, url.replace(/^file:\/\//, ""));
  for (const [suffix, bare] of [
    ["/.git", false],
    ["", true],
    [".git/.git", false],
    [".git", true],
  ] as const) {
    let gitDir = `${path === "/" ? "" : path}${suffix}`;
    let workTree = bare ? undefined : gitDir.slice(0, -"/.git".length) || "/";
    try {
      if (files.stat(gitDir).type === "file") {
        const link = /^gitdir: (.*)/.exec(files.readText(gitDir));
        if (link === null) continue;
        gitDir = absolute(git.process, (link[1] as string).trim());
        workTree = path;
      }
    } catch (error) {
      if (isErrno(error)) continue;
      throw error;
    }
    if (!["objects", "refs", "HEAD"].every((name) => files.exists(`${gitDir}/${name}`))) continue;
    if (bare && gitDir.endsWith("/.git")) workTree = gitDir.slice(0, -"/.git".length) || "/";
    return { gitDir, workTree };
  }
  return undefined;
}

/** The repository at the other end. */
export function openRemote(git: Git, url: string): Repository {
  const refused = unreachable(url);
  if (refused !== undefined) throw refused;
  const place = placeOf(git, url);
  if (place === undefined)
    throw plainly(
      `fatal: '${url}' does not appear to be a git repository\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.`,
      128,
    );
  return new Repository(git.process, place, []);
}

/** An address as messages name it: without slashes at its end, and without ".git". */
export function shownUrl(url: string): string {
  return url.replace(/\/+$/, "").replace(/(.)\.git$/, "$1");
}
