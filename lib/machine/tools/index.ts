/** Every tool by the name that executables carry. A new one: its file, and one line here. */
import type { Program, ProgramTable } from "../types.ts";
import { absentTools } from "./absent.ts";
import { busyboxAwk, gawk, mawk } from "./awk.ts";
import { base32, base64 } from "./base64.ts";
import { blockdev, lsblk, mkfs, mkfsExt4, mkfsXfs } from "./block-devices.ts";
import { busyboxDf, busyboxFree, busyboxUptime } from "./busybox-system.ts";
import { busyboxWords } from "./busybox-words.ts";
import { cat } from "./cat.ts";
import { chmod } from "./chmod.ts";
import { chgrp, chown } from "./chown.ts";
import { cmp } from "./cmp.ts";
import { column } from "./column.ts";
import { comm } from "./comm.ts";
import { cp } from "./cp.ts";
import { csplit } from "./csplit.ts";
import { curl } from "./curl.ts";
import { cut } from "./cut.ts";
import { date } from "./date.ts";
import { dd } from "./dd.ts";
import { df } from "./df.ts";
import { diff } from "./diff.ts";
import { dig } from "./dig.ts";
import * as digests from "./digests.ts";
import { du } from "./du.ts";
import { env, printenv } from "./env.ts";
import { expand, unexpand } from "./expand.ts";
import { expr } from "./expr.ts";
import { factor } from "./factor.ts";
import { file } from "./file.ts";
import { find } from "./find.ts";
import { findmnt } from "./findmnt.ts";
import { fmt } from "./fmt.ts";
import { fold } from "./fold.ts";
import { getent } from "./getent.ts";
import { git } from "./git/git.ts";
import { egrep, fgrep, grep } from "./grep.ts";
import * as gzipTools from "./gzip.ts";
import { head } from "./head.ts";
import { hd, hexdump } from "./hexdump.ts";
import * as identity from "./identity.ts";
import { install } from "./install.ts";
import { ifconfig, ip } from "./ip.ts";
import { join } from "./join.ts";
import { jq } from "./jq.ts";
import { kill, pgrep, pkill } from "./kill.ts";
import { killall } from "./killall.ts";
import { less } from "./less.ts";
import { linkTool, ln } from "./ln.ts";
import { busyboxLs, dir, ls, vdir } from "./ls.ts";
import { man } from "./man.ts";
import { mkdir } from "./mkdir.ts";
import { mkfifo, mknod } from "./mkfifo.ts";
import { mount, mountpoint, umount } from "./mount.ts";
import { mv } from "./mv.ts";
import * as names from "./names.ts";
import { nc } from "./nc.ts";
import { busyboxNc } from "./nc-busybox.ts";
import { ncat } from "./ncat.ts";
import { nice, truncate } from "./nice.ts";
import { nl } from "./nl.ts";
import { nslookup, oldNslookup } from "./nslookup.ts";
import { busyboxNslookup } from "./nslookup-busybox.ts";
import { libcNslookup } from "./nslookup-libc.ts";
import { numfmt } from "./numfmt.ts";
import { od } from "./od.ts";
import { openssl } from "./openssl.ts";
import { paste } from "./paste.ts";
import { patch } from "./patch.ts";
import { busyboxPing, ping } from "./ping.ts";
import { busyboxPs, ps } from "./ps.ts";
import { rev } from "./rev.ts";
import { rm } from "./rm.ts";
import { rmdir } from "./rmdir.ts";
import * as running from "./running.ts";
import { sed } from "./sed.ts";
import { seq } from "./seq.ts";
import { shuf } from "./shuf.ts";
import { sleep } from "./sleep.ts";
import * as small from "./small.ts";
import { netstat, ss } from "./sockets.ts";
import { sort } from "./sort.ts";
import { split } from "./split.ts";
import { stat } from "./stat.ts";
import { sysctl } from "./sysctl.ts";
import * as system from "./system.ts";
import { tac } from "./tac.ts";
import { tail } from "./tail.ts";
import { tar } from "./tar.ts";
import { tee } from "./tee.ts";
import { terminalPrograms } from "./terminal/index.ts";
import { busyboxTop } from "./terminal/top-busybox.ts";
import * as terminalSettings from "./terminal-settings.ts";
import { touch } from "./touch.ts";
import { tr } from "./tr.ts";
import { tree } from "./tree.ts";
import * as trivial from "./trivial.ts";
import { tsort } from "./tsort.ts";
import { uniq } from "./uniq.ts";
import { watch } from "./watch.ts";
import { busyboxWatch } from "./watch-busybox.ts";
import { busyboxWc, wc } from "./wc.ts";
import { wget } from "./wget.ts";
import { busyboxWget } from "./wget-busybox.ts";
import { users, w, who } from "./who.ts";
import { xargs } from "./xargs.ts";
import { xxd } from "./xxd.ts";
import { yq } from "./yq.ts";

const { busyboxClear, ...ownTerminalSettings } = terminalSettings;

const tools: Readonly<Record<string, Program>> = {
  ...digests,
  ...gzipTools,
  ...identity,
  ...names,
  ...running,
  getent,
  ...small,
  ...system,
  ...ownTerminalSettings,
  ...trivial,
  ...Object.fromEntries(terminalPrograms),
  // Where gawk is installed `awk` is it; roots that have another point to it.
  awk: gawk,
  gawk,
  mawk,
  base32,
  base64,
  blockdev,
  lsblk,
  mkfs,
  "mkfs.ext4": mkfsExt4,
  "mkfs.xfs": mkfsXfs,
  cat,
  chgrp,
  chmod,
  chown,
  cmp,
  column,
  comm,
  cp,
  csplit,
  curl,
  cut,
  date,
  dd,
  df,
  diff,
  dig,
  dir,
  du,
  egrep,
  env,
  expand,
  expr,
  factor,
  fgrep,
  file,
  find,
  findmnt,
  fmt,
  git,
  grep,
  head,
  hd,
  hexdump,
  install,
  join,
  jq,
  kill,
  killall,
  ifconfig,
  ip,
  less,
  link: linkTool,
  ln,
  ls,
  man,
  mkdir,
  mkfifo,
  mknod,
  more: less,
  mount,
  mountpoint,
  mv,
  nc,
  ncat,
  netstat,
  nice,
  nslookup,
  numfmt,
  od,
  openssl,
  patch,
  pgrep,
  ping,
  pkill,
  printenv,
  ps,
  rm,
  rmdir,
  sed,
  seq,
  shuf,
  sleep,
  sort,
  split,
  ss,
  stat,
  tail,
  tar,
  tee,
  touch,
  tr,
  tree,
  truncate,
  umount,
  unexpand,
  uniq,
  vdir,
  sysctl,
  users,
  w,
  watch,
  wc,
  wget,
  who,
  xargs,
  xxd,
  fold,
  nl,
  paste,
  rev,
  tac,
  tsort,
  yq,
  "busybox-1.28/nslookup": libcNslookup,
  "bind-9.9/nslookup": oldNslookup,
  "busybox/awk": busyboxAwk,
};

/** What BusyBox does otherwise than the tools above. */
const applets: Readonly<Record<string, Program>> = {
  clear: busyboxClear,
  df: busyboxDf,
  free: busyboxFree,
  top: busyboxTop,
  uptime: busyboxUptime,
  watch: busyboxWatch,
  ls: busyboxLs,
  nc: busyboxNc,
  nslookup: busyboxNslookup,
  ping: busyboxPing,
  ps: busyboxPs,
  wc: busyboxWc,
  wget: busyboxWget,
};

export const toolPrograms: ProgramTable = new Map(
  Object.entries({ ...busyboxWords({ ...tools, ...applets }), ...tools }),
);

/** What a workstation has in place of well-known tools that are not here. Containers have nothing. */
export const absentToolPrograms: ProgramTable = new Map(Object.entries(absentTools));
