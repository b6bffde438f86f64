/** Words of a command line as files. */
import { isErrno } from "../../../errno.ts";
import type { FileStat } from "../../../types.ts";
import type { Git } from "../context.ts";

/** The file a word names, seen from the current directory. */
export function lstatOrUndefined(git: Git, word: string): FileStat | undefined {
  try {
    return git.process.files.lstat(word);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
