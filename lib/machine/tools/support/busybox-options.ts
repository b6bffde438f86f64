/** The options that BusyBox's applets know, as its getopt32 strings have them: what GNU's tools know beyond is refused. */

interface AppletOptions {
  /** Letters; a colon after one: it takes a value. */
  readonly letters: string;
  readonly long?: readonly string[];
  /** It has no long options at all, not even wrong ones. */
  readonly short?: true;
  /** Of a wrong command line; default 1. */
  readonly status?: number;
  /** Options end at the first operand. */
  readonly stops?: true;
  /** How many operands there have to be, and may be; else there is the page of usage alone. */
  readonly least?: number;
  readonly most?: number;
}

const DIGITS = "0123456789";
const SUMS: AppletOptions = { letters: "bcstw" };
const GREP: AppletOptions = { letters: "ace:f:hilm:noqrsvwxzA:B:C:EFHILR", long: ["color"], status: 2 };

/** Seen on BusyBox v1.35 as Debian builds it. */
export const BUSYBOX_OPTIONS: Readonly<Record<string, AppletOptions>> = {
  base64: { letters: "diw:" },
  cat: { letters: "bentuvA" },
  cut: { letters: "b:c:d:f:nsDF:O:" },
  egrep: GREP,
  expand: { letters: "it:", long: ["initial", "tabs="] },
  fgrep: GREP,
  fold: { letters: `bsw:${DIGITS}` },
  grep: GREP,
  head: { letters: `c:n:qv${DIGITS}`, short: true },
  md5sum: SUMS,
  nl: {
    letters: "b:i:ps:v:w:",
    long: [
      "body-numbering=",
      "line-increment=",
      "no-renumber",
      "number-separator=",
      "starting-line-number=",
      "number-width=",
    ],
  },
  paste: { letters: "d:s" },
  rev: { letters: "" },
  sed: { letters: "e:f:i::nrEsz", long: ["expression=", "file=", "in-place", "regexp-extended", "quiet", "silent"] },
  seq: { letters: "s:w", stops: true },
  sha1sum: SUMS,
  sha256sum: SUMS,
  sha512sum: SUMS,
  shuf: { letters: "ei:n:o:z" },
  sort: { letters: "bcdfgik:mno:rst:uzMS:T:Vh", status: 2 },
  tac: { letters: "" },
  tail: { letters: `c:fn:qs:vF${DIGITS}` },
  tee: { letters: "ai" },
  tr: { letters: "cdsC", stops: true },
  unexpand: { letters: "aft:", long: ["first-only", "tabs=", "all"] },
  uniq: { letters: "cdf:is:uw:z" },
  wc: { letters: "clmwL" },
  chown: {
    letters: "cfhvHLPR",
    least: 2,
    long: ["change", "dereference", "no-dereference", "quiet", "recursive", "silent", "verbose"],
  },
  cp: {
    letters: "adfilnprst:uvHLPRT",
    long: [
      "archive",
      "dereference",
      "force",
      "interactive",
      "link",
      "no-clobber",
      "no-dereference",
      "parents",
      "recursive",
      "remove-destination",
      "symbolic",
      "symbolic-link",
      "target-directory=",
      "update",
      "verbose",
    ],
  },
  du: { letters: "abcd:hklmsxHL" },
  ln: { letters: "bfnsvS:T" },
  ls: { letters: "acdghiklnprstuvw:xACFHLQRST:X1", long: ["full-time", "group-directories-first", "color", "group"] },
  mkdir: { letters: "m:pv", least: 1, long: ["mode=", "parents", "verbose"] },
  mv: { letters: "fint:vT", long: ["force", "interactive", "no-clobber", "target-directory=", "verbose"] },
  rm: { letters: "firvR" },
  rmdir: { letters: "pv", least: 1, long: ["ignore-fail-on-non-empty", "parents", "verbose"] },
  stat: { letters: "c:ftL", least: 1 },
  date: { letters: "d:r:s:uD:I::R", most: 1, long: ["date=", "reference=", "rfc-2822", "rfc-822", "set=", "utc"] },
  id: { letters: "gnruG", most: 1 },
  env: { letters: "iu:0", stops: true, long: ["ignore-environment", "null", "unset="] },
  timeout: { letters: "k:s:", stops: true, least: 1 },
  truncate: { letters: "cs:" },
  readlink: { letters: "fnqsv", least: 1, most: 1 },
  touch: { letters: "acd:fhmr:t:", long: ["date=", "no-create", "no-dereference", "reference="] },
  awk: { letters: "e:f:v:E:F:W:", short: true, stops: true },
  cksum: { letters: "" },
  sum: { letters: "rs" },
  gunzip: { letters: "cdfknqtv", long: ["force", "to-stdout", "stdout", "test"] },
  gzip: {
    letters: "cdfknqtv123456789",
    long: ["force", "quiet", "uncompress", "verbose", "to-stdout", "decompress", "stdout", "fast", "best", "test"],
  },
  zcat: { letters: "cdfknqtv", long: ["force", "to-stdout", "stdout", "test"] },
  groups: { letters: "" },
  hostname: { letters: "dfisvF:" },
  nproc: { letters: "", long: ["all", "ignore="] },
  tty: { letters: "s", status: 2 },
  uname: { letters: "aimnoprsv", most: 0, long: ["all"] },
  basename: { letters: "as:", stops: true },
  mktemp: { letters: "dp:qtu", long: ["directory", "dry-run", "quiet"] },
  which: { letters: "a", least: 1 },
  pidof: { letters: "o:s" },
  strings: { letters: "afn:ot:" },
  unlink: { letters: "", least: 1, most: 1 },
  pwd: { letters: "LP" },
  sync: { letters: "df" },
  vi: { letters: "c:hHR" },
  base32: { letters: "diw:", most: 1 },
  chgrp: {
    letters: "cfhvHLPR",
    least: 2,
    long: ["change", "dereference", "no-dereference", "quiet", "recursive", "silent", "verbose"],
  },
  cmp: { letters: "ln:s", long: ["bytes=", "quiet", "silent", "verbose"] },
  comm: { letters: "123", least: 2, most: 2 },
  diff: {
    letters: "abdipqrstuwBEL:NS:TU:",
    least: 2,
    most: 2,
    long: ["ignore-case", "label=", "recursive", "unified="],
  },
  hexdump: { letters: "bcde:f:n:os:vxC", short: true },
  install: {
    letters: "bcdg:m:o:pst:vD",
    long: [
      "directory",
      "group=",
      "mode=",
      "owner=",
      "preserve",
      "preserve-timestamps",
      "strip",
      "target-directory=",
      "verbose",
    ],
  },
  less: { letters: "msEFIMNRSX" },
  link: { letters: "", least: 2, most: 2 },
  mkfifo: { letters: "m:", least: 1 },
  mknod: { letters: "m:" },
  more: { letters: "deflsu" },
  mountpoint: { letters: "dnqx", least: 1, most: 1 },
  netstat: { letters: "aelnprtuwxW" },
  od: { letters: "abcdfhij:lost:vwxA:BDHILN:OS:X", long: ["output", "width"] },
  patch: { letters: "fgi:p:uENR", long: ["dry-run", "force", "get=", "reverse", "strip=", "unified"] },
  pgrep: { letters: "aeflnos:vxP:" },
  pkill: { letters: "aeflnos:vxP:0123456789" },
  split: { letters: "a:b:l:", most: 2 },
  tar: {
    letters: "acf:hjkmoptvxzC:JOT:X:",
    long: [
      "lzma",
      "exclude=",
      "overwrite",
      "strip-components=",
      "no-recursion",
      "numeric-owner",
      "no-same-owner",
      "no-same-permissions",
      "to-command=",
      "create",
      "dereference",
      "directory=",
      "extract",
      "file=",
      "files-from=",
      "list",
      "same-permissions",
      "strip=",
      "verbose",
      "bzip2",
      "gzip",
      "xz",
      "to-stdout",
      "touch",
    ],
  },
  umount: { letters: "acdfilnrt:v", least: 1 },
  sysctl: { letters: "aenpqwA", stops: true },
  watch: { letters: "dn:t", stops: true, least: 1 },
  xargs: { letters: "a:ein:oprs:txE:I:P:0", stops: true, long: ["no-run-if-empty"] },
  xxd: { letters: "ac:g:il:o:prs:", most: 1 },
};

/** Applets without options: their words are operands. */
export const WITHOUT_OPTIONS: ReadonlySet<string> = new Set([
  "arch",
  "clear",
  "dirname",
  "expr",
  "factor",
  "logname",
  "nohup",
  "printenv",
  "realpath",
  "sleep",
  "tsort",
]);

/** Of those that there have to be operands of. */
const LEAST: Readonly<Record<string, number>> = { chmod: 2, dirname: 1, nohup: 1, realpath: 1, sleep: 1 };

const MOST: Readonly<Record<string, number>> = { dirname: 1, logname: 0 };

/** Exit statuses of the page where they are not 1. */
const PAGE_STATUSES: Readonly<Record<string, number>> = { nohup: 127, egrep: 2, fgrep: 2, grep: 2, sort: 2, tty: 2 };

/** What is wrong with a command line; without a message there is the page of usage alone. */
interface Misuse {
  readonly message: string | undefined;
  readonly status: number;
}

/** What getopt says of the first word that is no option of the applet's; undefined: all are. */
export function busyboxMisuse(applet: string, words: readonly string[]): Misuse | undefined {
  const misuse = wrongOption(applet, words);
  if (misuse !== undefined) return misuse;
  const page = { message: undefined, status: PAGE_STATUSES[applet] ?? 1 };
  const { least = LEAST[applet] ?? 0, most = MOST[applet] ?? Number.POSITIVE_INFINITY } = BUSYBOX_OPTIONS[applet] ?? {};
  if (least === 0 && most === Number.POSITIVE_INFINITY) return undefined;
  const count = operandsOf(applet, words);
  return count < least || count > most ? page : undefined;
}

function operandsOf(applet: string, words: readonly string[]): number {
  const known = BUSYBOX_OPTIONS[applet];
  if (known === undefined) return words.length;
  let count = 0;
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === "--") return count + words.length - index - 1;
    if (!word.startsWith("-") || word === "-") {
      if (known.stops === true) return count + words.length - index;
      count++;
    } else if (word.startsWith("--")) {
      const [name = ""] = word.slice(2).split("=", 1);
      if (!word.includes("=") && known.long?.some((each) => each.startsWith(name) && each.endsWith("="))) index++;
    } else
      for (let at = 1; at < word.length; at++) {
        const place = known.letters.indexOf(word[at] as string);
        if (known.letters[place + 1] !== ":") continue;
        if (at + 1 === word.length && known.letters[place + 2] !== ":") index++;
        break;
      }
  }
  return count;
}

function wrongOption(
  applet: string,
  words: readonly string[],
): { readonly message: string; readonly status: number } | undefined {
  const known = BUSYBOX_OPTIONS[applet];
  if (known === undefined) return undefined;
  const wrong = (message: string) => ({ message, status: known.status ?? 1 });
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    if (word === "--") return undefined;
    if (!word.startsWith("-") || word === "-") {
      if (known.stops === true) return undefined;
      continue;
    }
    if (word.startsWith("--")) {
      if (word === "--help") return undefined;
      if (known.short === true) return wrong("invalid option -- '-'");
      const name = word.slice(2).split("=", 1)[0] ?? "";
      const found = known.long?.find((each) => each.replace("=", "").startsWith(name));
      if (found === undefined) return wrong(`unrecognized option '${word}'`);
      if (found.endsWith("=") && !word.includes("=")) index++;
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] as string;
      const place = letter === ":" ? -1 : known.letters.indexOf(letter);
      if (place === -1) return wrong(`invalid option -- '${letter}'`);
      if (known.letters[place + 1] !== ":") continue;
      if (at + 1 === word.length && known.letters[place + 2] !== ":") {
        index++;
        if (index >= words.length) return wrong(`option requires an argument -- '${letter}'`);
      }
      break;
    }
  }
  return undefined;
}
