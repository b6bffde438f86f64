/** Whether a copy or a move would write a file over itself (coreutils' same_file_ok). */
import { isErrno } from "../../errno.ts";
import type { FileStat, Process } from "../../types.ts";
import { baseName, directoryName } from "./paths.ts";

interface Manner {
  readonly moves: boolean;
  /** Links in the source are followed. */
  readonly follow: boolean;
  readonly backups: boolean;
  readonly removesFirst: boolean;
  readonly link: "hard" | "symbolic" | undefined;
}

type Files = Process["files"];

function sameInode(x: FileStat, y: FileStat): boolean {
  return x.inode === y.inode && x.fileSystem === y.fileSystem;
}

function real(files: Files, path: string): string | undefined {
  try {
    return files.realPath(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

/** The same name in the same folder. */
function sameName(files: Files, a: string, b: string): boolean {
  return baseName(a) === baseName(b) && real(files, directoryName(a)) === real(files, directoryName(b));
}

/** "fine"; "nothing": both are one already, and so it is done; "same": a fault. */
export function judgeSame(
  files: Files,
  source: string,
  sourceStat: FileStat,
  target: string,
  targetStat: FileStat,
  manner: Manner,
): "fine" | "nothing" | "same" {
  const { moves, follow, backups, removesFirst, link } = manner;
  const same = sameInode(sourceStat, targetStat);
  if (same && link === "hard") return "nothing";
  let sourceLink = sourceStat;
  let targetLink = targetStat;
  let sameLink = same;
  if (!follow) {
    if (sourceStat.type === "symlink" && targetStat.type === "symlink") {
      const one = sameName(files, source, target);
      if (one) return "same";
      if (backups) return "fine";
      return sameLink ? "nothing" : "fine";
    }
  } else {
    if (!same) return "fine";
    sourceLink = files.lstat(source);
    targetLink = files.lstat(target);
    sameLink = sameInode(sourceLink, targetLink);
    if (sourceLink.type === "symlink" && targetLink.type === "symlink" && removesFirst) return "fine";
  }
  if (backups) {
    if (!sameLink) {
      const through = !moves && follow && sourceLink.type === "symlink" && targetLink.type !== "symlink";
      return through ? "same" : "fine";
    }
    return sameName(files, source, target) ? "same" : "fine";
  }
  if (moves || removesFirst) {
    if (targetLink.type === "symlink") return "fine";
    if (sameLink && targetLink.links > 1 && !sameName(files, source, target)) return moves ? "same" : "fine";
  }
  if (sourceLink.type !== "symlink" && targetLink.type !== "symlink" && !sameLink) return "fine";
  if (moves && sourceStat.type === "symlink" && targetLink.links > 1) {
    const leads = real(files, source);
    return leads !== undefined && !sameName(files, leads, target) ? "fine" : "same";
  }
  if (link === "symbolic" && targetLink.type === "symlink") return "fine";
  if (!follow) {
    const [a, b] = [real(files, source), real(files, target)];
    if (a === undefined || b === undefined) return "fine";
    if (!sameInode(files.stat(source), files.stat(target))) return "fine";
    if (link === "hard") return targetLink.type === "symlink" ? "fine" : "nothing";
  }
  return "same";
}
