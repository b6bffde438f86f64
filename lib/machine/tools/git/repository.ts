/** A repository: where it is, its configuration, objects, references and index. */
import { decodeBytes } from "../../bytes.ts";
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";
import { GitConfig } from "./config.ts";
import { fatal } from "./failure.ts";
import { Ignores } from "./ignore.ts";
import { decodeIndex, encodeIndex, GitIndex } from "./index-file.ts";
import { Pathspec } from "./pathspec.ts";
import { identity } from "./person.ts";
import { Refs } from "./refs.ts";
import { ObjectStore } from "./store.ts";

export interface RepositoryPlace {
  readonly gitDir: string;
  /** Undefined: a bare repository. */
  readonly workTree: string | undefined;
}

/** "/a/../b/./c" as "/b/c". */
function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

export function absolute(process: Process, path: string): string {
  return normalize(path.startsWith("/") ? path : `${process.cwd}/${path}`);
}

function isGitDir(process: Process, path: string): boolean {
  const { files } = process;
  return files.exists(`${path}/objects`) && files.exists(`${path}/refs`) && files.exists(`${path}/HEAD`);
}

/** The repository a directory is in, or undefined. */
export function discover(process: Process, from: string): RepositoryPlace | undefined {
  const { files } = process;
  const given = process.env.get("GIT_DIR");
  if (given !== undefined) {
    const gitDir = absolute(process, given);
    if (!isGitDir(process, gitDir)) throw fatal(`not a git repository: '${given}'`);
    const tree = process.env.get("GIT_WORK_TREE");
    return { gitDir, workTree: tree === undefined ? from : absolute(process, tree) };
  }
  for (let at = from; ; at = at.slice(0, at.lastIndexOf("/")) || "/") {
    const dotGit = at === "/" ? "/.git" : `${at}/.git`;
    if (files.exists(dotGit)) {
      if (files.stat(dotGit).type === "directory") {
        if (isGitDir(process, dotGit)) return { gitDir: dotGit, workTree: at };
      } else {
        const link = /^gitdir: (.*)/.exec(files.readText(dotGit));
        if (link === null) throw fatal(`invalid gitfile format: ${dotGit}`);
        const target = (link[1] as string).trim();
        const gitDir = normalize(target.startsWith("/") ? target : `${at}/${target}`);
        if (!isGitDir(process, gitDir)) throw fatal(`not a git repository: ${target}`);
        return { gitDir, workTree: at };
      }
    }
    if (isGitDir(process, at)) return { gitDir: at, workTree: undefined };
    if (at === "/") return undefined;
    if (process.machine.mounts.some((mount) => mount.path === at)) {
      throw fatal(
        `not a git repository (or any parent up to mount point ${at.slice(0, at.lastIndexOf("/")) || "/"})\nStopping at filesystem boundary (GIT_DISCOVERY_ACROSS_FILESYSTEM not set).`,
      );
    }
  }
}

export class Repository {
  readonly process: Process;
  readonly gitDir: string;
  readonly workTree: string | undefined;
  readonly config: GitConfig;
  readonly objects: ObjectStore;
  readonly refs: Refs;
  /** The current directory below the top of the tree, with a slash at the end; "" at the top. */
  readonly prefix: string;
  #index: GitIndex | undefined;
  #ignores: Ignores | undefined;
  /** When the index was written, ms: what changed later, or just then, has to be looked at. */
  indexTime = 0;

  constructor(process: Process, place: RepositoryPlace, settings: readonly string[]) {
    this.process = process;
    this.gitDir = place.gitDir;
    this.config = new GitConfig(process, `${place.gitDir}/config`, settings);
    const version = this.config.integer("core.repositoryformatversion") ?? 0;
    if (version > 1) throw fatal(`Expected git repo version <= 1, found ${version}`);
    for (const extension of this.config.all.filter(({ key }) => version > 0 && key.startsWith("extensions."))) {
      if (extension.key === "extensions.objectformat" && extension.value === "sha1") continue;
      throw fatal(`unknown repository extension found:\n\t${extension.key.slice("extensions.".length)}`);
    }
    const bare = this.config.boolean("core.bare") ?? false;
    this.workTree = bare && process.env.get("GIT_WORK_TREE") === undefined ? undefined : place.workTree;
    const { files } = process;
    if (process.uid !== 0 || files.stat(place.gitDir).uid !== 0) this.#checkOwner(place);
    this.objects = new ObjectStore(`${this.gitDir}/objects`, process);
    this.refs = new Refs(this.gitDir, files, () => identity(process, this.config, "committer", false));
    this.refs.logs = this.config.boolean("core.logallrefupdates") ?? this.workTree !== undefined;
    const tree = this.workTree;
    const inside =
      tree !== undefined && (process.cwd === tree || process.cwd.startsWith(tree === "/" ? "/" : `${tree}/`));
    const below = inside ? process.cwd.slice(tree === "/" ? 1 : tree.length + 1) : "";
    this.prefix = below === "" ? "" : `${below}/`;
  }

  /** Somebody else's repository could run what its owner wants (setup.c, ensure_valid_ownership). */
  #checkOwner(place: RepositoryPlace): void {
    const { files, uid } = this.process;
    const path = place.workTree ?? place.gitDir;
    if (files.stat(place.gitDir).uid === uid && files.stat(path).uid === uid) return;
    if (this.config.values("safe.directory").some((safe) => safe === "*" || safe === path)) return;
    throw fatal(
      `detected dubious ownership in repository at '${path}'\nTo add an exception for this directory, call:\n\n\tgit config --global --add safe.directory ${path}`,
    );
  }

  get tree(): string {
    if (this.workTree === undefined) throw fatal("this operation must be run in a work tree");
    return this.workTree;
  }

  /** A path of the tree as the file system has it. */
  file(path: string): string {
    return this.tree === "/" ? `/${path}` : `${this.tree}/${path}`;
  }

  /** A word of the command line as a path from the top of the tree. */
  normalPath(word: string): string {
    const full = normalize(word.startsWith("/") ? word : `${this.tree}/${this.prefix}${word}`);
    // A word that leaves the tree upwards is no path of it, however normal it looks.
    const top = this.tree;
    if (full === top) return "";
    if (!full.startsWith(top === "/" ? "/" : `${top}/`)) {
      throw fatal(`${word}: '${word}' is outside repository at '${top}'`);
    }
    return `${full.slice(top === "/" ? 1 : top.length + 1)}${word.endsWith("/") ? "/" : ""}`;
  }

  pathspec(words: readonly string[]): Pathspec {
    return new Pathspec(words, this.prefix, (word) => this.normalPath(word));
  }

  /** A path from the top of the tree as seen from the current directory. */
  relative(path: string): string {
    if (this.prefix === "") return path === "" ? "./" : path;
    const from = this.prefix.slice(0, -1).split("/");
    const to = path.split("/");
    let same = 0;
    while (same < from.length && same < to.length - 1 && from[same] === to[same]) same++;
    const rest = to.slice(same).join("/");
    return `${"../".repeat(from.length - same)}${rest}` || "./";
  }

  get index(): GitIndex {
    if (this.#index === undefined) {
      const path = this.process.env.get("GIT_INDEX_FILE") ?? `${this.gitDir}/index`;
      try {
        this.#index = new GitIndex(decodeIndex(this.process.files.readFile(path)));
        this.indexTime = this.process.files.stat(path).modified;
      } catch (error) {
        if (!isErrno(error, "ENOENT")) throw error;
        this.#index = new GitIndex();
      }
    }
    return this.#index;
  }

  async writeIndex(): Promise<void> {
    const { entries } = this.index;
    await this.process.spend(20 + entries.length * 2);
    const path = this.process.env.get("GIT_INDEX_FILE") ?? `${this.gitDir}/index`;
    try {
      this.process.files.writeFile(path, encodeIndex(entries));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw fatal(`Unable to create '${path}.lock': ${error.message}`);
    }
    this.indexTime = this.process.files.stat(path).modified;
  }

  get ignores(): Ignores {
    const home = this.process.env.get("HOME") ?? "";
    const configured = this.config.get("core.excludesfile");
    const own =
      configured === undefined
        ? `${this.process.env.get("XDG_CONFIG_HOME") || `${home}/.config`}/git/ignore`
        : this.config.expandHome(configured);
    this.#ignores ??= new Ignores(this.process.files, this.tree, [
      { path: own, name: own },
      { path: `${this.gitDir}/info/exclude`, name: ".git/info/exclude" },
    ]);
    return this.#ignores;
  }

  /** A file of the repository's own, as MERGE_MSG. */
  readState(name: string): string | undefined {
    try {
      return decodeBytes(this.process.files.readFile(`${this.gitDir}/${name}`));
    } catch (error) {
      if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
      throw error;
    }
  }

  dropState(...names: readonly string[]): void {
    for (const name of names) this.process.files.remove(`${this.gitDir}/${name}`, { force: true, recursive: true });
  }
}
