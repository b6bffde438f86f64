/** Copying trees of files: cp, mv across file systems, install. */
import { isErrno } from "../../errno.ts";
import type { FileStat } from "../../types.ts";
import { join } from "./paths.ts";
import type { AnyTool } from "./tool.ts";

interface CopyOptions {
  /** The directory that the copy began with, and where its target really is; set on the way down. */
  readonly top?: { readonly source: string; readonly target: string; readonly real: string };
  readonly recursive: boolean;
  /** Mode, owner, times. */
  readonly preserve: boolean;
  /** Follow links in the source. */
  readonly follow: boolean;
  readonly force: boolean;
  /** Called before a file is written over: false leaves it. */
  readonly mayReplace?: (target: string, source: FileStat) => Promise<boolean>;
  readonly told?: (source: string, target: string) => Promise<void>;
  readonly link?: "hard" | "symbolic";
}

/** Complaints go to the tool; false where something was not copied. */
export async function copy(tool: AnyTool, source: string, target: string, options: CopyOptions): Promise<boolean> {
  const { files } = tool.process;
  let stat: FileStat;
  try {
    stat = options.follow ? files.stat(source) : files.lstat(source);
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.complain(`cannot stat '${source}': ${error.message}`);
    return false;
  }
  if (stat.type === "directory") return copyDirectory(tool, source, target, stat, options);
  const present = files.exists(target) ? files.stat(target) : undefined;
  if (present !== undefined && stat.type === "file" && present.inode === stat.inode && sameFile(tool, source, target)) {
    await tool.complain(`'${source}' and '${target}' are the same file`);
    return false;
  }
  if (present?.type === "directory") {
    await tool.complain(`cannot overwrite directory '${target}' with non-directory`);
    return false;
  }
  if (present !== undefined && options.mayReplace !== undefined && !(await options.mayReplace(target, stat)))
    return true;
  try {
    if (options.link !== undefined || stat.type === "symlink") {
      if (present !== undefined || lexists(tool, target)) files.remove(target, { force: true });
      if (options.link === "hard") files.link(source, target);
      else files.symlink(options.link === "symbolic" ? source : files.readLink(source), target);
    } else await copyData(tool, source, target, stat, present !== undefined, options);
    if (options.preserve && stat.type === "file") attributes(tool, target, stat);
  } catch (error) {
    if (!isErrno(error)) throw error;
    const words =
      error.path === source
        ? `cannot open '${source}' for reading`
        : error.code === "ENOSPC"
          ? `error writing '${target}'`
          : `cannot create ${stat.type === "symlink" ? "symbolic link" : "regular file"} '${target}'`;
    await tool.complain(`${words}: ${error.message}`);
    return false;
  }
  await options.told?.(source, target);
  return true;
}

async function copyData(
  tool: AnyTool,
  source: string,
  target: string,
  stat: FileStat,
  present: boolean,
  options: CopyOptions,
): Promise<void> {
  const { process } = tool;
  const input = process.open(source, { read: true });
  try {
    let output: ReturnType<typeof process.open>;
    const write = { write: true, create: true, truncate: true, mode: stat.mode & 0o777 };
    try {
      output = process.open(target, write);
    } catch (error) {
      if (!(options.force && present && isErrno(error))) throw error;
      process.files.remove(target);
      output = process.open(target, write);
    }
    try {
      for (;;) {
        const chunk = await input.reader?.read();
        if (chunk === null || chunk === undefined) break;
        await output.writer?.write(chunk);
      }
    } finally {
      output.close();
    }
  } finally {
    input.close();
  }
}

async function copyDirectory(
  tool: AnyTool,
  source: string,
  target: string,
  stat: FileStat,
  options: CopyOptions,
): Promise<boolean> {
  const { files } = tool.process;
  if (!options.recursive) {
    await tool.complain(`-r not specified; omitting directory '${source}'`);
    return false;
  }
  const real = files.realPath(source);
  const present = files.exists(target) ? files.stat(target) : undefined;
  if (present !== undefined && present.type !== "directory") {
    await tool.complain(`cannot overwrite non-directory '${target}' with directory '${source}'`);
    return false;
  }
  // Met again below itself: what was copied so far stays, as with the real one.
  if (options.top !== undefined && real === options.top.real) {
    await tool.complain(`cannot copy a directory, '${options.top.source}', into itself, '${options.top.target}'`);
    return false;
  }
  try {
    if (present === undefined) {
      files.makeDirectory(target, { mode: (stat.mode & 0o777) | 0o700 });
      await options.told?.(source, target);
    }
    const top = options.top ?? { source, target, real: files.realPath(target) };
    let whole = true;
    for (const { name } of files.list(source)) {
      await tool.spend(4);
      const inner = { ...options, top };
      whole = (await copy(tool, join(source, name), join(target, name), inner)) && whole;
    }
    if (options.preserve) attributes(tool, target, stat);
    else if (present === undefined) files.chmod(target, stat.mode & 0o777 & ~tool.process.umask);
    return whole;
  } catch (error) {
    if (!isErrno(error)) throw error;
    await tool.complain(
      error.code === "EACCES" && error.path === source
        ? `cannot access '${source}': ${error.message}`
        : `cannot create directory '${target}': ${error.message}`,
    );
    return false;
  }
}

function attributes(tool: AnyTool, target: string, stat: FileStat): void {
  const { files, uid } = tool.process;
  if (uid === 0) files.chown(target, stat.uid, stat.gid);
  files.chmod(target, stat.mode);
  files.setTimes(target, stat.accessed, stat.modified);
}

function sameFile(tool: AnyTool, a: string, b: string): boolean {
  const { files } = tool.process;
  if (files.realPath(a) === files.realPath(b)) return true;
  return files.stat(a).links > 1 && files.stat(b).links > 1 && files.stat(a).inode === files.stat(b).inode;
}

function lexists(tool: AnyTool, path: string): boolean {
  try {
    tool.process.files.lstat(path);
    return true;
  } catch (error) {
    if (isErrno(error)) return false;
    throw error;
  }
}

/** One answer from the person: yes where it starts with "y". */
export async function askYes(tool: AnyTool & { readonly name: string }, question: string): Promise<boolean> {
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
  tool: AnyTool,
  operands: readonly string[],
  options: { readonly targetDirectory: string | undefined; readonly plain: boolean },
): Promise<{ readonly sources: readonly string[]; readonly targetOf: (source: string) => string } | undefined> {
  const { files } = tool.process;
  const isDirectory = (path: string) => files.exists(path) && files.stat(path).type === "directory";
  const into = (directory: string) => (source: string) =>
    join(directory, source.replace(/\/+$/, "").split("/").at(-1) || ".");
  if (options.targetDirectory !== undefined) {
    if (!isDirectory(options.targetDirectory)) {
      await tool.complain(
        `target directory '${options.targetDirectory}': ${files.exists(options.targetDirectory) ? "Not a directory" : "No such file or directory"}`,
      );
      return undefined;
    }
    return { sources: operands, targetOf: into(options.targetDirectory) };
  }
  const sources = operands.slice(0, -1);
  const last = operands.at(-1) ?? "";
  if (!options.plain && isDirectory(last)) return { sources, targetOf: into(last) };
  if (sources.length > 1 || (last.endsWith("/") && !files.exists(last) && !isDirectory(sources[0] ?? ""))) {
    await tool.complain(`target '${last}': ${files.exists(last) ? "Not a directory" : "No such file or directory"}`);
    return undefined;
  }
  return { sources, targetOf: () => last };
}
