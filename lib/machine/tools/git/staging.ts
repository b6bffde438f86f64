/** Files of the work tree into the index. */
import { isErrno } from "../../errno.ts";
import type { Git } from "./context.ts";
import { readWorkFile } from "./diff/pairs.ts";
import { failed } from "./failure.ts";
import { type IndexEntry, modeOf, NO_STAT, statOf } from "./index-file.ts";
import { lstat } from "./worktree.ts";

const EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";

/** Hashes and keeps the file's content and puts it into the index. False where it was there already. */
export async function stageFile(
  git: Git,
  path: string,
  options: { readonly intent?: boolean; readonly dry?: boolean } = {},
): Promise<boolean> {
  const { repository } = git;
  const stat = lstat(repository, path);
  if (stat === undefined) throw failed(`open("${path}"): No such file or directory`, 128);
  const mode = modeOf(stat);
  const before = repository.index.get(path);
  const trusted = repository.config.boolean("core.filemode") ?? true;
  const kept = trusted || before === undefined ? mode : before.mode;
  if (options.intent) {
    if (before !== undefined) return false;
    if (!options.dry) repository.index.put({ path, mode, oid: EMPTY_BLOB, stage: 0, intent: true, stat: NO_STAT });
    return true;
  }
  let data: Uint8Array;
  try {
    data = readWorkFile(repository, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    throw failed(
      `open("${path}"): ${error.message}\nerror: unable to index file '${path}'\nfatal: updating files failed`,
      128,
    );
  }
  const oid = options.dry ? await repository.objects.hash("blob", data) : await repository.objects.write("blob", data);
  const entry: IndexEntry = { path, mode: kept, oid, stage: 0, intent: false, stat: statOf(stat) };
  const same = before !== undefined && before.oid === oid && before.mode === kept && !before.intent;
  if (!options.dry) repository.index.put(entry);
  return !same;
}
