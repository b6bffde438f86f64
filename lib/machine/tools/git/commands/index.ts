/** Every command by its name. `pages`: its output goes through a pager on a terminal. */
import type { Command } from "../context.ts";
import { add } from "./add.ts";
import { bisect } from "./bisect.ts";
import { branch } from "./branch.ts";
import { checkIgnore } from "./check-ignore.ts";
import { checkout, switchTo } from "./checkout.ts";
import { clean } from "./clean.ts";
import { clone } from "./clone.ts";
import { commit } from "./commit.ts";
import { config } from "./config.ts";
import { blame, describe } from "./describe.ts";
import { diff } from "./diff.ts";
import { fetch, pull } from "./fetch.ts";
import { grep } from "./grep.ts";
import { init } from "./init.ts";
import { log, whatchanged } from "./log.ts";
import * as maintenance from "./maintenance.ts";
import { merge } from "./merge.ts";
import { cherryPick, revert } from "./pick.ts";
import * as plumbing from "./plumbing.ts";
import { push } from "./push.ts";
import { rebase } from "./rebase.ts";
import * as references from "./references.ts";
import { reflog } from "./reflog.ts";
import { lsRemote, remote } from "./remote.ts";
import { reset } from "./reset.ts";
import { restore } from "./restore.ts";
import { cherry, nameRev, revList, shortlog } from "./rev-list.ts";
import { mv, rm } from "./rm.ts";
import { show } from "./show.ts";
import { stash } from "./stash.ts";
import { status } from "./status.ts";
import { tag } from "./tag.ts";

interface CommandEntry {
  readonly run: Command;
  readonly pages?: boolean;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  add: { run: add },
  bisect: { run: bisect },
  cherry: { run: cherry },
  "count-objects": { run: maintenance.countObjects },
  fsck: { run: maintenance.fsck },
  gc: { run: maintenance.gc },
  "name-rev": { run: nameRev },
  "pack-refs": { run: maintenance.packRefsCommand },
  prune: { run: maintenance.prune },
  repack: { run: maintenance.repack },
  "rev-list": { run: revList },
  shortlog: { run: shortlog, pages: true },
  blame: { run: blame, pages: true },
  branch: { run: branch, pages: true },
  clean: { run: clean },
  clone: { run: clone },
  fetch: { run: fetch },
  grep: { run: grep, pages: true },
  pull: { run: pull },
  push: { run: push },
  remote: { run: remote },
  "ls-remote": { run: lsRemote },
  "cherry-pick": { run: cherryPick },
  "cat-file": { run: plumbing.catFile },
  "commit-tree": { run: plumbing.commitTree },
  "for-each-ref": { run: references.forEachRef },
  "hash-object": { run: plumbing.hashObject },
  "ls-files": { run: plumbing.lsFiles },
  "ls-tree": { run: plumbing.lsTree },
  "merge-base": { run: plumbing.mergeBase },
  "rev-parse": { run: plumbing.revParse },
  "show-ref": { run: references.showRef },
  "symbolic-ref": { run: references.symbolicRef },
  "update-ref": { run: references.updateRef },
  "write-tree": { run: plumbing.writeTreeCommand },
  "check-ignore": { run: checkIgnore },
  checkout: { run: checkout },
  commit: { run: commit },
  config: { run: config },
  describe: { run: describe },
  diff: { run: diff, pages: true },
  init: { run: init },
  "init-db": { run: init },
  log: { run: log, pages: true },
  whatchanged: { run: whatchanged, pages: true },
  merge: { run: merge },
  mv: { run: mv },
  rebase: { run: rebase },
  reflog: { run: reflog, pages: true },
  reset: { run: reset },
  restore: { run: restore },
  revert: { run: revert },
  rm: { run: rm },
  show: { run: show, pages: true },
  stash: { run: stash },
  stage: { run: add },
  switch: { run: switchTo },
  tag: { run: tag },
  status: { run: status },
};
