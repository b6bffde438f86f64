/** What kind of file it is, in GNU's words (gnulib's file_type). */
import type { FileStat } from "../../types.ts";

const WORDS: Readonly<Record<FileStat["type"], string>> = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  fifo: "fifo",
  device: "character special file",
  block: "block special file",
};

export function typeWords(stat: Pick<FileStat, "type" | "size">): string {
  return stat.type === "file" && stat.size === 0 ? "regular empty file" : WORDS[stat.type];
}
