/** The work tree against the index: what changed, what is not tracked; and files written into it. */
import { isErrno } from "../../errno.ts";
import type { FileStat } from "../../types.ts";
import { type Pair, pairOf, readWorkFile } from "./diff/pairs.ts";
import { fatal } from "./failure.ts";
import { type IndexEntry, modeOf, statOf } from "./index-file.ts";
import { MODE_COMMIT, MODE_EXECUTABLE, MODE_LINK, type Oid } from "./objects.ts";
import type { Pathspec } from "./pathspec.ts";
import type { Repository } from "./repository.ts";

export function lstat(repository: Repository, path: string): FileStat | undefined {
  try {
    // A file behind a link is not in the tree.
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
      if (repository.process.files.lstat(repository.file(path.slice(0, at))).type !== "directory") return undefined;
    }
    return repository.process.files.lstat(repository.file(path));
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function fileMode(repository: Repository, stat: FileStat, entry: IndexEntry): number {
  const mode = modeOf(stat);
  const trusted = repository.config.boolean("core.filemode") ?? true;
  return !trusted && mode !== MODE_LINK && entry.mode !== MODE_LINK ? entry.mode : mode;
}

/** Whether the file may be taken as unchanged without a look into it. */
function fresh(repository: Repository, entry: IndexEntry, stat: FileStat): boolean {
  const now = statOf(stat);
  const then = entry.stat;
  return (
    now.size === then.size &&
    now.modified === then.modified &&
    now.changed === then.changed &&
    now.inode === then.inode &&
    // Written in the same instant as the index: it may have changed since without a trace.
    now.modified < repository.indexTime
  );
}

/** The state of one file against its entry. */
export async function compareFile(repository: Repository, entry: IndexEntry): Promise<Pair | undefined> {
  await repository.process.spend(1);
  if (entry.mode === MODE_COMMIT) return undefined;
  const stat = lstat(repository, entry.path);
  const old = { path: entry.path, mode: entry.mode, oid: entry.oid };
  if (stat === undefined || stat.type === "directory") {
    return entry.intent ? undefined : pairOf(old, undefined);
  }
  const mode = fileMode(repository, stat, entry);
  const now = { path: entry.path, mode, oid: undefined };
  if (entry.intent) return pairOf(undefined, now);
  if (mode === entry.mode && fresh(repository, entry, stat)) return undefined;
  const oid = await repository.objects.hash("blob", readWorkFile(repository, entry.path));
  if (oid === entry.oid && mode === entry.mode) return undefined;
  return pairOf(old, oid === entry.oid ? { ...now, oid } : now);
}

/** Index against work tree. Paths in conflict come as U alone. */
export async function compareIndexToFiles(repository: Repository, pathspec?: Pathspec): Promise<Pair[]> {
  const pairs: Pair[] = [];
  let last = "";
  for (const entry of repository.index.entries) {
    if (pathspec !== undefined && !pathspec.matches(entry.path)) continue;
    if (entry.stage > 0) {
      if (entry.path !== last) {
        const ours = repository.index.get(entry.path, 2);
        pairs.push({
          status: "U",
          old: undefined,
          new: { path: entry.path, mode: (ours ?? entry).mode, oid: undefined },
        });
      }
      last = entry.path;
      continue;
    }
    const pair = await compareFile(repository, entry);
    if (pair !== undefined) pairs.push(pair);
  }
  return pairs;
}

/** A tree against the work tree, for files that the index or the tree knows. */
export async function compareTreeToFiles(repository: Repository, tree: Oid, pathspec?: Pathspec): Promise<Pair[]> {
  const old = await repository.objects.flatten(tree);
  const pairs: Pair[] = [];
  const paths = new Set([...old.keys(), ...repository.index.entries.map((entry) => entry.path)]);
  for (const path of [...paths].sort()) {
    await repository.process.spend(1);
    if (pathspec !== undefined && !pathspec.matches(path)) continue;
    const before = old.get(path);
    const was = before === undefined ? undefined : { path, mode: before.mode, oid: before.oid };
    const entry = repository.index.get(path);
    if (repository.index.conflicted(path)) {
      pairs.push({ status: "U", old: was, new: { path, mode: before?.mode ?? 0o100644, oid: undefined } });
      if (was === undefined) continue;
    }
    const stat = entry === undefined && !repository.index.conflicted(path) ? undefined : lstat(repository, path);
    if (stat === undefined || stat.type === "directory") {
      if (was !== undefined) pairs.push(pairOf(was, undefined));
      continue;
    }
    const mode = modeOf(stat);
    const clean = entry !== undefined && fresh(repository, entry, stat);
    const oid = clean ? entry.oid : await repository.objects.hash("blob", readWorkFile(repository, path));
    if (was !== undefined && was.oid === oid && was.mode === mode) continue;
    pairs.push(pairOf(was, { path, mode, oid: entry?.oid === oid || was?.oid === oid ? oid : undefined }));
  }
  return pairs;
}

interface UntrackedOptions {
  /** "all": every file; "normal": directories that hold nothing tracked as one. */
  readonly mode: "all" | "normal";
  readonly pathspec?: Pathspec | undefined;
  /** Look for ignored files instead of the others. */
  readonly ignored?: boolean;
}

/** Files nobody tracks, directories with a slash at the end. */
export async function untracked(repository: Repository, options: UntrackedOptions): Promise<string[]> {
  const { files } = repository.process;
  const tracked = new Set<string>();
  const directories = new Set<string>();
  for (const { path } of repository.index.entries) {
    tracked.add(path);
    for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) directories.add(path.slice(0, at));
  }
  const { ignores } = repository;
  const found: string[] = [];
  /** Whether anything at all below a directory counts. */
  const holds = async (path: string, wanted: boolean): Promise<boolean> => {
    for (const entry of list(path)) {
      await repository.process.spend(1);
      const child = `${path}/${entry.name}`;
      const isDirectory = entry.type === "directory";
      if (isDirectory && files.exists(`${repository.file(child)}/.git`)) return wanted;
      const ignored = ignores.ignored(child, isDirectory);
      if (ignored) {
        if (!wanted && (!isDirectory || (await anything(child)))) return true;
        continue;
      }
      if (isDirectory ? await holds(child, wanted) : wanted) return true;
    }
    return false;
  };
  const anything = async (path: string): Promise<boolean> => {
    for (const entry of list(path)) {
      await repository.process.spend(1);
      if (entry.type !== "directory" || (await anything(`${path}/${entry.name}`))) return true;
    }
    return false;
  };
  const list = (path: string) => {
    try {
      return files.list(repository.file(path)).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      if (isErrno(error, "EACCES")) return [];
      throw error;
    }
  };
  const walk = async (prefix: string, under: boolean): Promise<void> => {
    for (const entry of list(prefix.slice(0, -1))) {
      await repository.process.spend(1);
      const path = prefix + entry.name;
      if (path === ".git" || entry.name === ".git") continue;
      if (entry.type !== "directory") {
        if (entry.type === "fifo" || entry.type === "device" || tracked.has(path)) continue;
        if (options.pathspec !== undefined && !options.pathspec.matches(path)) continue;
        if ((under || ignores.ignored(path, false)) === (options.ignored ?? false)) found.push(path);
        continue;
      }
      if (options.pathspec !== undefined && !options.pathspec.mayMatchBelow(path)) continue;
      if (repository.index.get(path)?.mode === MODE_COMMIT) continue;
      const ignored = under || ignores.ignored(path, true);
      if (options.ignored) {
        if (ignored && !directories.has(path) && options.mode === "normal") {
          if (await anything(path)) found.push(`${path}/`);
        } else if (!ignored && !directories.has(path) && options.mode === "normal" && !(await holds(path, true))) {
          // Nothing but ignored files: the directory stands for them.
          if (await holds(path, false)) found.push(`${path}/`);
        } else await walk(`${path}/`, ignored);
        continue;
      }
      if (ignored) {
        if (directories.has(path)) continue;
        continue;
      }
      const nested = files.exists(`${repository.file(path)}/.git`);
      const exactly = options.pathspec === undefined || options.pathspec.empty || options.pathspec.matches(path);
      if (nested && !directories.has(path)) {
        if (exactly) found.push(`${path}/`);
      } else if (options.mode === "normal" && !directories.has(path) && exactly) {
        if (await holds(path, true)) found.push(`${path}/`);
      } else await walk(`${path}/`, false);
    }
  };
  await walk("", false);
  return found.sort();
}

/** A file (or link) as a tree has it, with the entry for the index. Directories above are made, what is in the way goes. */
export async function writeWorkFile(
  repository: Repository,
  path: string,
  mode: number,
  oid: Oid,
  content?: Uint8Array,
): Promise<IndexEntry> {
  const { files } = repository.process;
  const full = repository.file(path);
  if (mode !== MODE_COMMIT) {
    const data = content ?? (await repository.objects.blob(oid));
    await repository.process.spend(10 + (data.length >> 6));
    const folder = full.slice(0, full.lastIndexOf("/")) || "/";
    try {
      makeFolders(repository, path);
      const present = lstat(repository, path);
      if (present?.type === "directory") files.removeDirectory(full);
      else if (present !== undefined) files.remove(full);
      if (mode === MODE_LINK) files.symlink(new TextDecoder().decode(data), full);
      else {
        files.writeFile(full, data, { mode: 0o666 });
        if (mode === MODE_EXECUTABLE) files.chmod(full, files.stat(full).mode | (0o111 & ~repository.process.umask));
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw fatal(`unable to create file ${path}: ${error.message}`.replace(folder, folder));
    }
  } else files.makeDirectory(full, { recursive: true });
  return { path, mode, oid, stage: 0, intent: false, stat: statOf(files.lstat(full)) };
}

function makeFolders(repository: Repository, path: string): void {
  const { files } = repository.process;
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const folder = repository.file(path.slice(0, at));
    let type: string | undefined;
    try {
      type = files.lstat(folder).type;
    } catch (error) {
      if (!isErrno(error)) throw error;
    }
    if (type === "directory") continue;
    if (type !== undefined) files.remove(folder);
    files.makeDirectory(folder);
  }
}

/** The file and the directories that are empty without it; the current directory stays. */
export function removeWorkFile(repository: Repository, path: string): void {
  const { files, cwd } = repository.process;
  if (lstat(repository, path) === undefined) return;
  const full = repository.file(path);
  if (files.lstat(full).type === "directory") return;
  files.remove(full);
  for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
    const folder = repository.file(path.slice(0, at));
    if (folder === cwd || cwd.startsWith(`${folder}/`)) return;
    try {
      files.removeDirectory(folder);
    } catch (error) {
      if (isErrno(error)) return;
      throw error;
    }
  }
}
