/** Copying trees of files: cp, mv across file systems, install. */
import { isErrno } from "../../errno.ts";
import { FileView } from "../../filesystem/view.ts";
import type { FileStat } from "../../types.ts";
import { modeText } from "./modes.ts";
import { baseName, directoryName, join } from "./paths.ts";
import { judgeSame } from "./same-file.ts";
import type { Tool } from "./tool.ts";

export interface Preserve {
  readonly mode: boolean;
  readonly owner: boolean;
  readonly times: boolean;
  readonly links: boolean;
}
export const PRESERVE_NOTHING: Preserve = { mode: false, owner: false, times: false, links: false };

export interface CopyOptions {
  readonly recursive: boolean;
  readonly preserve: Preserve;
  /** Modes come from the umask alone (`--no-preserve=mode`). */
  readonly plainMode?: boolean;
  /** Links are followed: all, those of the command line, or none. */
  readonly follow: "always" | "given" | "never";
  readonly force: boolean;
  /** What is there goes before anything is written. */
  readonly removesFirst: boolean;
  readonly overwrite: "ask" | "never" | "always";
  readonly update: boolean;
  readonly verbose: boolean;
  readonly link?: "hard" | "symbolic";
  readonly attributesOnly?: boolean;
  readonly oneFileSystem?: boolean;
  readonly backup?: ((files: Tool["process"]["files"], path: string) => string) | undefined;
  /** For mv: words, and what may be copied over. */
  readonly moves: boolean;
}

/** One command's copying: knows what it made already. */
export class Copier {
  readonly #tool: Tool;
  readonly #options: CopyOptions;
  readonly #made = new Set<string>();
  /** Where a file with several names went first, by file system and inode. */
  readonly #links = new Map<string, string>();
  readonly #given = new Set<string>();
  #top = { source: "", target: "" };

  constructor(tool: Tool, options: CopyOptions) {
    this.#tool = tool;
    this.#options = options;
  }

  /** True where `source` is now at `target`, or needed not be. */
  async copy(source: string, target: string): Promise<boolean> {
    this.#top = { source, target };
    return this.#copy(source, target, true, []);
  }

  /** Complains of a name given twice; true where it is one. */
  async isRepeated(source: string): Promise<boolean> {
    const { files } = this.#tool.process;
    const stat = this.#look(source, this.#options.follow !== "never");
    if (stat === undefined) return false;
    const key = `${stat.fileSystem}:${stat.inode}`;
    const same = this.#given.has(`${key}:${baseName(source)}`);
    this.#given.add(`${key}:${baseName(source)}`);
    if (!same || this.#options.backup !== undefined) return false;
    const what = stat.type === "directory" ? "directory" : "file";
    if (what === "directory" && !this.#options.recursive && !this.#options.moves) return false;
    void files;
    await this.#tool.process.stderr.write(
      `${this.#tool.name}: warning: source ${what} ${this.#tool.named(source)} specified more than once\n`,
    );
    return true;
  }

  #look(path: string, follow: boolean): FileStat | undefined {
    const { files } = this.#tool.process;
    try {
      return follow ? files.stat(path) : files.lstat(path);
    } catch (error) {
      if (isErrno(error)) return undefined;
      throw error;
    }
  }

  async #fail(words: string): Promise<false> {
    await this.#tool.complain(words);
    return false;
  }

  async #copy(source: string, target: string, isTop: boolean, above: readonly string[]): Promise<boolean> {
    const tool = this.#tool;
    const options = this.#options;
    const { files } = tool.process;
    await tool.spend(4);
    const follow = options.follow === "always" || (options.follow === "given" && isTop);
    let stat: FileStat;
    try {
      stat = follow ? files.stat(source) : files.lstat(source);
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.#fail(`cannot stat ${tool.named(source)}: ${error.message}`);
    }
    if (stat.type === "directory" && !options.recursive) {
      const words = tool.name === "install" ? "" : "-r not specified; ";
      return this.#fail(`${words}omitting directory ${tool.named(source)}`);
    }
    const writesThrough = !options.moves && !options.removesFirst && options.link === undefined && stat.type === "file";
    let present: FileStat | undefined;
    try {
      present = files.lstat(target);
    } catch (error) {
      if (!isErrno(error)) throw error;
      if (error.code !== "ENOENT") return this.#fail(`cannot stat ${tool.named(target)}: ${error.message}`);
    }
    if (present?.type === "symlink" && (follow || writesThrough || stat.type === "directory")) {
      const leads = this.#look(target, true);
      if (leads === undefined && writesThrough && !options.force) {
        if (stat.type !== "directory") {
          const loops = this.#failure(target);
          if (loops === "ENOENT") return this.#fail(`not writing through dangling symlink ${tool.named(target)}`);
          return this.#fail(`failed to access ${tool.named(target)}: Too many levels of symbolic links`);
        }
      }
      if (leads !== undefined) present = follow || stat.type === "directory" ? leads : present;
    }
    let saved: string | undefined;
    if (present !== undefined) {
      const replaced = await this.#replace(source, stat, target, present, follow, isTop);
      if (typeof replaced === "boolean") return replaced;
      saved = replaced.saved;
      if (replaced.gone) present = undefined;
    }
    if (stat.type === "directory") return this.#directory(source, target, stat, isTop, above);
    return this.#file(source, target, stat, present, saved, isTop);
  }

  #failure(path: string): string | undefined {
    try {
      this.#tool.process.files.stat(path);
      return undefined;
    } catch (error) {
      if (isErrno(error)) return error.code;
      throw error;
    }
  }

  /** What is at the target goes, or stays: a boolean ends the copy with that result. */
  async #replace(
    source: string,
    stat: FileStat,
    target: string,
    present: FileStat,
    follow: boolean,
    isTop: boolean,
  ): Promise<boolean | { readonly saved?: string; readonly gone?: boolean }> {
    const tool = this.#tool;
    const options = this.#options;
    const { files } = tool.process;
    const judged = judgeSame(files, source, stat, target, present, {
      moves: options.moves,
      follow,
      backups: options.backup !== undefined,
      removesFirst: options.removesFirst,
      link: options.link,
    });
    if (judged === "nothing") return true;
    if (judged === "same") return this.#fail(`${tool.named(source)} and ${tool.named(target)} are the same file`);
    if (options.update && stat.type !== "directory" && present.modified >= stat.modified) return true;
    const isDirectory = present.type === "directory";
    if (stat.type !== "directory") {
      if (isDirectory && !(await this.#mayMoveOver()))
        return this.#fail(`cannot overwrite directory ${tool.named(target)} with non-directory`);
      if (options.overwrite === "never") return true;
      if (options.overwrite === "ask" && !(await this.#mayReplace(target, present))) return true;
      if (isTop && this.#made.has(this.#key(target)))
        return this.#fail(`will not overwrite just-created ${tool.named(target)} with ${tool.named(source)}`);
    } else if (!isDirectory) {
      if (options.overwrite === "never") return true;
      if (options.overwrite === "ask" && options.moves && !(await this.#mayReplace(target, present))) return true;
      if (!(options.moves && options.backup !== undefined))
        return this.#fail(`cannot overwrite non-directory ${tool.named(target)} with directory ${tool.named(source)}`);
    } else if (options.moves) {
      if (options.overwrite === "never") return true;
      if (options.overwrite === "ask" && !(await this.#mayReplace(target, present))) return true;
    }
    if (options.backup !== undefined && (stat.type !== "directory" || options.moves)) {
      const saved = options.backup(files, target);
      if (
        saved === source ||
        (baseName(saved) === baseName(source) && directoryName(saved) === directoryName(source))
      ) {
        const verb = options.moves ? "moved" : "copied";
        return this.#fail(`backing up ${tool.named(target)} might destroy source;  ${tool.named(source)} not ${verb}`);
      }
      try {
        files.rename(target, saved);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return this.#fail(`cannot backup ${tool.named(target)}: ${error.message}`);
      }
      return { saved, gone: true };
    }
    const special = stat.type !== "file" || (options.link !== undefined && options.link === "hard");
    const goes =
      !isDirectory &&
      !options.moves &&
      (options.removesFirst ||
        (options.preserve.links && present.links > 1) ||
        (options.follow === "never" && stat.type !== "file" && stat.type !== "directory"));
    if (goes && stat.type !== "directory" && (options.link === undefined || options.removesFirst || special)) {
      try {
        files.remove(target);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return this.#fail(`cannot remove ${tool.named(target)}: ${error.message}`);
      }
      if (options.verbose) await tool.out.write(`removed ${tool.named(target)}\n`);
      return { gone: true };
    }
    return {};
  }

  async #mayMoveOver(): Promise<boolean> {
    return this.#options.moves && this.#options.backup !== undefined;
  }

  #key(target: string): string {
    const folder = this.#look(directoryName(target), true);
    return `${folder?.fileSystem}:${folder?.inode}/${baseName(target)}`;
  }

  async #mayReplace(target: string, present: FileStat): Promise<boolean> {
    const tool = this.#tool;
    const { files } = tool.process;
    const writable = present.type === "symlink" || !(files instanceof FileView) || files.mayAccess(target, 2);
    if (writable) return askYes(tool, `overwrite ${tool.named(target)}?`);
    const digits = present.mode.toString(8).padStart(4, "0");
    const letters = modeText({ type: "file", mode: present.mode }).slice(1);
    const { moves, removesFirst, force } = this.#options;
    return askYes(
      tool,
      moves || removesFirst || force
        ? `replace ${tool.named(target)}, overriding mode ${digits} (${letters})?`
        : `unwritable ${tool.named(target)} (mode ${digits}, ${letters}); try anyway?`,
    );
  }

  async #told(source: string, target: string, saved?: string): Promise<void> {
    if (!this.#options.verbose) return;
    const tool = this.#tool;
    const copied = this.#options.moves ? "copied " : "";
    const backup = saved === undefined ? "" : ` (backup: ${tool.named(saved)})`;
    await tool.out.write(`${copied}${tool.named(source)} -> ${tool.named(target)}${backup}\n`);
  }

  async #directory(
    source: string,
    target: string,
    stat: FileStat,
    isTop: boolean,
    above: readonly string[],
  ): Promise<boolean> {
    const tool = this.#tool;
    const options = this.#options;
    const { files } = tool.process;
    const real = files.realPath(source);
    if (above.includes(real)) return this.#fail(`cannot copy cyclic symbolic link ${tool.named(source)}`);
    // Met again below itself: what was copied so far stays.
    if (this.#made.has(`d:${real}`)) {
      const { source: from, target: to } = this.#top;
      return this.#fail(`cannot copy a directory, ${tool.named(from)}, into itself, ${tool.named(to)}`);
    }
    if (options.link === "symbolic" && !options.recursive) return false;
    const present = this.#look(target, true);
    if (present === undefined) {
      try {
        files.makeDirectory(target, { mode: (stat.mode & 0o777) | 0o700 });
      } catch (error) {
        if (!isErrno(error)) throw error;
        return this.#fail(`cannot create directory ${tool.named(target)}: ${error.message}`);
      }
      if (options.verbose)
        await (options.moves
          ? tool.out.write(`created directory ${tool.named(target)}\n`)
          : this.#told(source, target));
    }
    if (isTop || present === undefined) this.#made.add(`d:${files.realPath(target)}`);
    let whole = true;
    try {
      for (const { name } of files.list(source)) {
        const from = join(source, name);
        if (options.oneFileSystem && this.#look(from, false)?.fileSystem !== stat.fileSystem) continue;
        whole = (await this.#copy(from, join(target, name), false, [...above, real])) && whole;
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      whole = await this.#fail(`cannot access ${tool.named(source)}: ${error.message}`);
    }
    if (!(await this.#attributes(target, stat))) whole = false;
    else if (!options.preserve.mode && present === undefined) {
      const own = options.plainMode ? 0o777 : stat.mode & 0o777;
      files.chmod(target, (own & ~tool.process.umask) | (files.stat(target).mode & 0o7000));
    }
    return whole;
  }

  async #file(
    source: string,
    target: string,
    stat: FileStat,
    present: FileStat | undefined,
    saved: string | undefined,
    isTop: boolean,
  ): Promise<boolean> {
    const tool = this.#tool;
    const options = this.#options;
    const { process } = tool;
    const { files } = process;
    const inode = `${stat.fileSystem}:${stat.inode}`;
    const earlier = options.preserve.links && stat.links > 1 ? this.#links.get(inode) : undefined;
    if (options.preserve.links && stat.links > 1) this.#links.set(inode, earlier ?? target);
    let doing = `cannot create regular file ${tool.named(target)}`;
    try {
      if (options.link === "symbolic") {
        if (
          !source.startsWith("/") &&
          target.includes("/") &&
          files.realPath(directoryName(target)) !== files.realPath(process.cwd)
        )
          return await this.#fail(`${tool.bare(target)}: can make relative symbolic links only in current directory`);
        doing = `cannot create symbolic link ${tool.named(target)} to ${tool.named(source)}`;
        if (present !== undefined && options.force) files.remove(target);
        files.symlink(source, target);
      } else if (earlier !== undefined || (options.link === "hard" && stat.type !== "directory")) {
        const from = earlier ?? (options.follow === "never" ? source : files.realPath(source));
        doing = `cannot create hard link ${tool.named(target)} to ${tool.named(earlier ?? source)}`;
        if (present !== undefined && (options.force || earlier !== undefined)) files.remove(target);
        files.link(from, target);
      } else if (stat.type === "symlink") {
        doing = `cannot create symbolic link ${tool.named(target)}`;
        if (present !== undefined) files.remove(target);
        files.symlink(files.readLink(source), target);
        if (options.preserve.owner && process.uid === 0) files.chown(target, stat.uid, stat.gid, { follow: false });
        if (options.preserve.times) files.setTimes(target, stat.accessed, stat.modified, { follow: false });
      } else if (stat.type === "fifo" && options.recursive) {
        doing = `cannot create fifo ${tool.named(target)}`;
        if (present !== undefined) files.remove(target);
        if (files instanceof FileView) files.makeFifo(target, stat.mode & 0o777);
        if (!(await this.#attributes(target, stat))) return false;
      } else if ((stat.type === "device" || stat.type === "block") && options.recursive) {
        return await this.#fail(`cannot create special file ${tool.named(target)}: Operation not permitted`);
      } else if (!(await this.#data(source, target, stat, present, saved))) return false;
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.#fail(`${doing}: ${error.message}`);
    }
    if (isTop) this.#made.add(this.#key(target));
    if (options.link !== undefined || stat.type === "symlink" || stat.type === "fifo" || earlier !== undefined)
      await this.#told(source, target, saved);
    return true;
  }

  async #data(
    source: string,
    target: string,
    stat: FileStat,
    present: FileStat | undefined,
    saved: string | undefined,
  ): Promise<boolean> {
    const tool = this.#tool;
    const options = this.#options;
    const { process } = tool;
    const { files } = process;
    let input: ReturnType<typeof process.open>;
    try {
      input = process.open(source, { read: true });
    } catch (error) {
      if (!isErrno(error)) throw error;
      return this.#fail(`cannot open ${tool.named(source)} for reading: ${error.message}`);
    }
    try {
      const bits = options.plainMode ? 0o666 : stat.mode & 0o777;
      const first = options.preserve.owner ? bits & 0o700 : bits;
      const write = { write: true, create: true, truncate: !options.attributesOnly, mode: first };
      let output: ReturnType<typeof process.open>;
      try {
        output = process.open(target, write);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (!options.force || present === undefined) {
          const words = target.endsWith("/") && error.code === "EISDIR" ? "Not a directory" : error.message;
          return this.#fail(`cannot create regular file ${tool.named(target)}: ${words}`);
        }
        try {
          files.remove(target);
        } catch (failure) {
          if (!isErrno(failure)) throw failure;
          return this.#fail(`cannot remove ${tool.named(target)}: ${failure.message}`);
        }
        if (options.verbose) await tool.out.write(`removed ${tool.named(target)}\n`);
        output = process.open(target, write);
      }
      await this.#told(source, target, saved);
      try {
        for (;;) {
          const chunk = options.attributesOnly ? null : await input.reader?.read();
          if (chunk === null || chunk === undefined) break;
          await output.writer?.write(chunk);
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        const reading = error.code === "EISDIR" || error.code === "EIO";
        return this.#fail(
          `error ${reading ? "reading" : "writing"} ${tool.named(reading ? source : target)}: ${error.message}`,
        );
      } finally {
        output.close();
      }
    } finally {
      input.close();
    }
    if (stat.type !== "file" && this.#look(target, true)?.type !== "file") return true;
    return this.#attributes(target, stat);
  }

  async #attributes(target: string, stat: FileStat): Promise<boolean> {
    const { files, uid, gid, groups } = this.#tool.process;
    const { preserve } = this.#options;
    const tool = this.#tool;
    try {
      if (preserve.times) files.setTimes(target, stat.accessed, stat.modified);
      let kept = true;
      if (preserve.owner) {
        const now = files.stat(target);
        if (uid === 0) files.chown(target, stat.uid, stat.gid);
        else if (now.uid !== stat.uid) kept = false;
        else if (now.gid !== stat.gid) {
          if (gid === stat.gid || groups.includes(stat.gid)) files.chown(target, uid, stat.gid);
          else kept = false;
        }
      }
      // Nobody gets another's setuid program by copying it.
      if (preserve.mode) files.chmod(target, kept ? stat.mode : stat.mode & 0o1777);
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      const what = preserve.times ? "preserving times" : "preserving permissions";
      return this.#fail(`${what} for ${tool.named(target)}: ${error.message}`);
    }
  }
}

/** One answer from the person: yes where it starts with "y". */
export async function askYes(tool: Pick<Tool, "process" | "out" | "name">, question: string): Promise<boolean> {
  await tool.out.flush();
  await tool.process.stderr.write(`${tool.name}: ${question} `);
  let answer = "";
  const decoder = new TextDecoder();
  while (!answer.includes("\n")) {
    const chunk = await tool.process.stdin.read(1);
    if (chunk === null) break;
    answer += decoder.decode(chunk);
  }
  return /^[yY]/.test(answer);
}

/**
 * Where each source goes: into a directory, or to the one name given. `targetDirectory` is `-t`, `plain` is `-T`.
 * Undefined after a complaint.
 */
export async function destinations(
  tool: Tool,
  operands: readonly string[],
  options: { readonly targetDirectory: string | undefined; readonly plain: boolean },
): Promise<{ readonly sources: readonly string[]; readonly targetOf: (source: string) => string } | undefined> {
  const { files } = tool.process;
  const failureOf = (path: string): string | undefined => {
    try {
      return files.stat(path).type === "directory" ? undefined : "Not a directory";
    } catch (error) {
      if (isErrno(error)) return error.message;
      throw error;
    }
  };
  const into = (directory: string) => (source: string) => {
    const trimmed = source.replace(/(?<=.)\/+$/, "");
    const name = trimmed.slice(trimmed.lastIndexOf("/") + 1);
    return name === "." || name === ".." || name === ""
      ? directory + (name === ".." ? "/.." : "/.")
      : join(directory, name);
  };
  const { targetDirectory, plain } = options;
  if (operands.length === 0) return tool.usage("missing file operand");
  if (plain) {
    if (targetDirectory !== undefined)
      return tool.die("cannot combine --target-directory (-t) and --no-target-directory (-T)");
    if (operands.length > 2) return tool.usage(`extra operand ${tool.named(operands[2] as string)}`);
  }
  if (targetDirectory !== undefined) {
    const failure = failureOf(targetDirectory);
    if (failure !== undefined) return tool.die(`target directory ${tool.named(targetDirectory)}: ${failure}`);
    return { sources: operands, targetOf: into(targetDirectory) };
  }
  if (operands.length === 1)
    return tool.usage(`missing destination file operand after ${tool.named(operands[0] as string)}`);
  const sources = operands.slice(0, -1);
  const last = operands.at(-1) as string;
  if (plain) return { sources, targetOf: () => last };
  const failure = failureOf(last);
  if (failure === undefined) return { sources, targetOf: into(last) };
  if (sources.length > 1) return tool.die(`target ${tool.named(last)}: ${failure}`);
  return { sources, targetOf: () => last };
}
