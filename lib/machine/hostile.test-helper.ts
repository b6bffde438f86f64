/** Hostile input for every tool that loops, by the tool's name; and the tools that do not loop. */

const repeat = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join("");

/** In /work. */
export const HOSTILE_FILES: Readonly<Record<string, string>> = {
  "work/big": repeat(15_000, (i) => `${(i * 7919) % 15_013}\n`),
  "work/sorted": repeat(15_000, (i) => `${100_000 + i}\n`),
  "work/words": repeat(6_000, (i) => `${i} the quick brown fox ${i % 97}\n`),
  "work/long": `${"abc def ".repeat(12_000)}\n`,
  "work/same": `${"a".repeat(60_000)}\n`,
  "work/tabs": `${"\t".repeat(60_000)}\n`,
  "work/empty": "\n".repeat(60_000),
  "work/wide": repeat(8_000, () => "日本語 👍🏽 café\n"),
  "work/rows.json": `[${repeat(4_000, (i) => `${i > 0 ? "," : ""}{"id":${i},"name":"row ${i}"}`)}]\n`,
  "work/deep.json": `${"[".repeat(5_000)}${"]".repeat(5_000)}\n`,
  "work/too-deep.json": `${"[".repeat(100_000)}${"]".repeat(100_000)}\n`,
  "work/rows.yaml": repeat(1_200, (i) => `k${i}: {name: web-${i}, port: ${i}}\n`),
  "work/deep.yaml": `a: ${"[".repeat(3_000)}${"]".repeat(3_000)}\n`,
  "work/patch.diff": `--- a\n+++ b\n${repeat(8_000, (i) => `@@ -${i * 4 + 1},3 +${i * 4 + 1},3 @@\n a\n-b${i}\n+c${i}\n d\n`)}`,
  "work/to-patch": repeat(8_000, (i) => `a\nb${i}\nd\nx\n`),
  "work/patterns": repeat(3_000, (i) => `word${i}\n`),
  "work/script.sed": repeat(2_000, (i) => `s/a${i}/b/\n`),
  ...Object.fromEntries(Array.from({ length: 1_500 }, (_, i) => [`work/many/file${i}`, `${i}\n`])),
  [`work/${"d/".repeat(120)}file`]: "deep\n",
};

/** Many lines, one line, lines of nothing, and bytes that are no text: what a filter gets, after its own words. */
const INPUTS = ["big", "same", "empty"] as const;
const ENDLESS = ["yes | head -n 60000 | ", "head -c 600000 /dev/zero | "] as const;
const filter = (...commands: readonly string[]): readonly string[] =>
  commands.map((command) =>
    [...ENDLESS.map((source) => source + command), ...INPUTS.map((input) => `${command} < ${input}`)].join("; "),
  );

const AWK = [
  "NAME '{ s += $1; a[$1] = $0 } END { print s, length(a) }' big",
  "NAME '{ gsub(/(a|aa)+b?/, \"bb\"); print length }' same",
  "NAME 'match($0, /(a*)*b/)' same",
  "NAME 'BEGIN { while (i++ < 50000) s += i; print s }'",
  "NAME 'BEGIN { for (;;) x = x \"aaaaaaaaaaaaaaaa\" }'",
  "NAME 'BEGIN { while (1) x[y++] = 1 }'",
  "NAME 'BEGIN { printf \"%99999999d\", 1 }'",
  "NAME '{ n = split($0, a, \"\"); print n; $100000 = 1; print NF }' same",
  "NAME 'function f(n) { return f(n + 1) } BEGIN { f(1) }'",
  "NAME -v RS='' '{ print NF }' big",
];
const GREP = [
  "NAME 9 big",
  "NAME -c '' empty",
  "NAME -o . same",
  "NAME -f patterns words",
  "NAME -in -C 5 FOX words",
  "NAME -r fox /work",
  ...filter("NAME -c x"),
];
const PATTERNS = ["NAME '(a|aa)+$' same", "NAME '(a*)*b' same", "NAME 'a{1,400}b' same", "NAME '(x+x+)+y' same"];
const CAT = ["NAME big same", ...filter("NAME")];
const DIGEST = ["NAME big same empty", "head -c 2000000 /dev/zero | NAME"];
const LIST = ["for i in {1..20}; do NAME -la many; done; NAME -lR /work; NAME many"];

const of = (name: string, scripts: readonly string[]) => scripts.map((script) => script.replaceAll("NAME", name));

/** What each tool is given; `many` is a folder of 1,500 files, `d` one of 120 folders within each other. */
const LOOPING: Readonly<Record<string, readonly string[]>> = {
  awk: AWK,
  gawk: AWK.slice(0, 4),
  mawk: AWK.slice(0, 4),
  base32: ["NAME big", "NAME big | NAME -d", "NAME -w 1 big", "head -c 1000000 /dev/zero | NAME -w 0"],
  base64: [
    "NAME big",
    "NAME big | NAME -d",
    "NAME -w 1 big",
    "head -c 1000000 /dev/zero | NAME -w 0",
    "NAME -d < <(yes YWJj | head -n 20000)",
  ],
  cat: ["NAME -A big", "NAME -n empty", ...CAT],
  chgrp: ["NAME -R root many"],
  chmod: ["NAME -R 700 many", "NAME u+x many/*"],
  chown: ["NAME -R root:root many"],
  b2sum: DIGEST,
  cksum: DIGEST,
  cmp: ["NAME big big", "NAME -l big sorted", "NAME same /dev/zero", "NAME /dev/zero <(head -c 1000000 /dev/zero)"],
  column: [
    "NAME big",
    "NAME -t words",
    "NAME long",
    "NAME -s a -t same",
    "NAME -J -N a,b,c,d,e,f,g -l 7 words",
    "NAME -t -W 1,2 -c 10 words",
  ],
  comm: ["NAME sorted sorted", "NAME big sorted"],
  cp: ["NAME -r many copied", "NAME same other", "NAME -a d again"],
  cut: [
    "NAME -c 1-3 big",
    "NAME -d' ' -f2-9000 long",
    "NAME -c2- same",
    "NAME -b 1,3,5-100000 same",
    ...filter("NAME -f1"),
  ],
  date: ['NAME -d "$(head -c 50000 same)"; for i in {1..400}; do NAME -d "$i days ago"; done'],
  dd: [
    "NAME if=same of=x bs=1 count=30000",
    "NAME if=/dev/zero of=/dev/null bs=1M count=20",
    "NAME if=same bs=7 of=/dev/null",
  ],
  dig: ["seq 1 3000 > names; NAME +short -f names"],
  nslookup: ["yes 'set type=A' | head -n 30000 | NAME", "yes 'host x' | head -n 300 | NAME"],
  diff: [
    "NAME big sorted",
    "NAME words <(sed s/fox/cat/ words)",
    "NAME -u same long",
    "NAME -r many d",
    "NAME <(tac big) big",
  ],
  du: ["NAME -a /work", "NAME many"],
  egrep: [...GREP, ...PATTERNS],
  env: ["NAME -i $(seq -f 'a%g=1' 1 3000) true", "export X=$(head -c 100000 same); NAME | wc -c"],
  expand: ["NAME tabs", ...filter("NAME")],
  unexpand: ["NAME -a long", ...filter("NAME -a")],
  expr: [
    "NAME \"$(head -c 100000 same)\" : '\\(a*\\)*b'",
    'NAME length "$(head -c 100000 same)"',
    "NAME $(printf '1 + %.0s' {1..5000}) 1",
  ],
  factor: ["NAME 1000000007 1000000000039 $(seq 1 2000)", "head -n 2000 big | NAME"],
  fgrep: GREP,
  find: [
    "NAME /work",
    "NAME /work -regex '.*\\(a\\|b\\)*'",
    "NAME many -name '*1*2*3*' -o -name '*a*a*b'",
    "NAME many -exec true {} +",
    "NAME many -newer big -printf '%p %s\\n'",
  ],
  fmt: ["NAME -w 2500 big", "NAME -w 1 long", "NAME -t -p x same", ...filter("NAME")],
  fold: ["NAME -w 1 same", "NAME -s -w 20 long", ...filter("NAME")],
  git: [
    "NAME init -q .; NAME add many; NAME -c user.name=a -c user.email=b commit -qm one; NAME status --short",
    "NAME init -q .; NAME add big; tac big > x; mv x big; NAME diff",
    "NAME init -q .; NAME add same; echo a*b > .gitignore; NAME status; NAME grep -E '(a|aa)*b'",
  ],
  grep: [
    ...GREP,
    ...PATTERNS.map((script) => script.replace("NAME", "NAME -E")),
    "NAME -P '^(a+)+b' same",
    "NAME -Eo \"$(seq -s '|' 500)\" words",
  ],
  gunzip: ["gzip -c big same > x.gz; NAME -c x.gz", "head -c 2000000 /dev/zero | gzip | NAME", "NAME < big"],
  gzip: [
    "NAME -c big",
    "NAME -9 < same",
    "NAME -1 < <(head -c 300000 /dev/urandom)",
    "head -c 2000000 /dev/zero | NAME",
  ],
  zcat: ["gzip -c big same > x.gz; NAME x.gz", "head -c 2000000 /dev/zero | gzip | NAME"],
  head: [
    "NAME -n 29000 big",
    "NAME -n -5 big",
    "NAME -c -5 same",
    "yes | NAME -n 150000",
    "NAME -c 1000000 /dev/zero",
    "NAME -c 99999999999 same",
  ],
  hd: ["NAME big", "head -c 1000000 /dev/zero | NAME -v"],
  hexdump: ['NAME -v -e \'"%08_ax " 65536/1 "%02x " "\\n"\' big', "NAME -C big", "head -c 1000000 /dev/zero | NAME -v"],
  envsubst: ["export X=$(head -c 50000 same); NAME < <(yes '$X' | head -n 20)", ...filter("NAME")],
  install: ["mkdir x; NAME many/* x"],
  join: ["NAME sorted sorted", "NAME <(yes x | head -n 300) <(yes x | head -n 300)"],
  jq: [
    "NAME . rows.json",
    "NAME 'map(.id) | add' rows.json",
    "NAME 'sort_by(-.id) | group_by(.id % 10) | length' rows.json",
    "NAME 'tojson | fromjson | length' rows.json",
    "NAME '[.[].name | test(\"(o|w)*9\")] | length' rows.json",
    "NAME 'del(.[] | select(.id > 5)) | length' rows.json",
    "NAME '[..] | length' rows.json",
    "NAME -n '[range(30000) | tostring] | join(\",\") | length'",
    "NAME -n 'reduce range(20000) as $i ([]; . + [$i]) | length'",
    "NAME -n 'def f: f; f'",
    "NAME -n '[recurse(if . < 20000 then . + 1 else empty end)] | length'",
    "NAME -n '\"x\" * 10000000 | length'",
    "NAME . deep.json",
    "NAME -R . big",
    "NAME -s length big",
  ],
  ls: LIST,
  dir: LIST,
  vdir: LIST,
  md5sum: DIGEST,
  mkdir: ["NAME x; NAME x/{1..2000}", "NAME -p $(printf 'a/%.0s' {1..600})"],
  mkfifo: ["mkdir x; NAME x/{1..2000}"],
  mknod: ["for i in {1..1000}; do NAME x$i p; done"],
  mktemp: ["for i in {1..1000}; do NAME; done"],
  mv: ["mkdir x; NAME many/* x", "NAME many moved; NAME moved/* ."],
  ln: ["mkdir x; NAME many/* x", "for i in {1..1000}; do NAME -s l$i l$((i + 1)); done; cat l1 2> /dev/null"],
  nl: ["NAME big", "NAME -ba empty", ...filter("NAME")],
  numfmt: ["NAME --to=iec < big", "NAME --from=iec --field=1- < big"],
  od: ["NAME -c big", "NAME -An -tx1 -v same", "head -c 1000000 /dev/zero | NAME -v"],
  xxd: [
    "NAME big",
    "NAME -p same | NAME -r -p",
    "head -c 1000000 /dev/zero | NAME -a",
    "NAME -i big",
    "NAME -p -c 0 big | tail -c 5",
  ],
  openssl: ["NAME dgst -sha256 same", "NAME rand -hex 1000000", "NAME base64 -in same | NAME base64 -d"],
  paste: ["NAME big big", "NAME -s big", "NAME -d, - - - < big"],
  patch: ["NAME to-patch patch.diff", "NAME words patch.diff", "NAME -R to-patch patch.diff"],
  realpath: ["NAME $(printf 'd/../%.0s' {1..5000})", "NAME many/*"],
  readlink: ["NAME -f $(printf 'd/../%.0s' {1..5000})", "NAME -f many/*"],
  rev: ["NAME long", ...filter("NAME")],
  rm: ["NAME -r many", "NAME many/*", "NAME -rf d"],
  rmdir: ["mkdir x; mkdir x/{1..2000}; NAME x/*"],
  sed: [
    "NAME 's/1/x/g' big",
    "NAME -E 's/(a|aa)*b?/x/g' same",
    "NAME 's/a*a*b/x/' same",
    "NAME y/abc/xyz/ long",
    "NAME ':a;N;$!ba;s/\\n/,/g' big",
    "NAME ':a;s/a/b/;ta' same",
    "NAME ':a;ba' words",
    "NAME -n l same",
    "NAME -f script.sed words",
    "NAME 'G;G;G;G' big",
    ...filter("NAME p"),
  ],
  seq: ["NAME 150000", "NAME -w 1 50000", "NAME -s, 50000", "NAME -f '%09999f' 1 200", "NAME 1e9 | head -n 50000"],
  sha1sum: DIGEST,
  sha224sum: DIGEST,
  sha384sum: DIGEST,
  sum: DIGEST,
  truncate: ["for i in {1..1000}; do NAME -s $i x$i; done"],
  tsort: ["NAME < <(seq 4000)", "NAME < <(yes a b | head -n 20000)"],
  sha256sum: DIGEST,
  sha512sum: DIGEST,
  shuf: ["NAME big", "NAME -i 1-200000", "NAME -rn 100000 -e a b"],
  sort: [
    "NAME big",
    "NAME -n big",
    "NAME -k 5,5n -k 2 words",
    "NAME -V words",
    "NAME -R big",
    "NAME -u empty",
    "NAME long same",
    "NAME < <(yes | head -n 100000)",
    "NAME -m sorted sorted",
  ],
  csplit: ["NAME -sz big '/9/-1' '{*}'", "NAME -s same '/(a|aa)*b/'", "NAME -k big 1 '{99999999999}'", "NAME long 5"],
  split: [
    "NAME -l 10 -a 4 big",
    "NAME -b 1000 same",
    "NAME -n 500 big",
    "NAME -n r/500 big",
    "NAME --filter='cat >/dev/null' -b 100000 big",
  ],
  stat: ["NAME many/*", "NAME -c '%n %s %y' many/*"],
  strings: ["NAME big same", ...filter("NAME")],
  tac: ["NAME big", ...filter("NAME")],
  tail: [
    "NAME -n 29000 big",
    "NAME -c 150000 same",
    "NAME -n +5 big",
    "yes | head -n 150000 | NAME -n 5",
    "head -c 1000000 /dev/zero | NAME -c 5",
  ],
  tar: [
    "NAME cf x.tar many; NAME tf x.tar; mkdir x; NAME xf x.tar -C x",
    "NAME czf x.tgz big same; NAME xzOf x.tgz",
    "NAME tf big",
    "NAME cf - d | NAME tf -",
  ],
  tee: filter("NAME a"),
  touch: ["mkdir x; NAME x/{1..2000}"],
  tr: ["NAME 0-9 a-j < big", "NAME -d '\\n' < big", "NAME -s a < same", "NAME -c a b < long", ...filter("NAME a b")],
  file: ["NAME big same", "NAME -i big many/*"],
  tree: ["NAME /work", "NAME -a many", "NAME -J many", "NAME -P '*a*b*' many"],
  uniq: ["NAME -c big", "NAME -d sorted", ...filter("NAME -c")],
  unlink: ["for f in many/*; do NAME $f; done"],
  wc: ["NAME -lwmcL words wide long", ...filter("NAME")],
  xargs: [
    "NAME echo < big",
    "seq 600 | NAME -n 1 echo",
    "NAME -I{} echo {}{} < <(head -n 400 big)",
    "NAME < same",
    "seq 300 | NAME -P 8 -n 1 echo",
  ],
  yes: ["NAME | head -n 150000", 'NAME "$(head -c 10000 same)" | head -c 1000000'],
  yq: [
    "NAME . rows.yaml",
    "NAME -o json . rows.yaml",
    "NAME 'keys | length' rows.yaml",
    "NAME . deep.yaml",
    "NAME -P . deep.json",
    "NAME '.[] | select(.name == \"row 7\")' rows.json",
  ],
};

/** What full screens are given as keys, after the words they are started with. */
const SCREENS: Readonly<Record<string, readonly (readonly [words: string, keys: readonly string[]])[]>> = {
  less: [
    ["big", ["G", "/(a|aa)*b\r", "q"]],
    ["same", ["G", "/(a*)*b\r", "q"]],
  ],
  more: [["big", ["G", "/(a|aa)*b\r", "q"]]],
  nano: [
    ["big", ["\x17zzz\r", "\x18"]],
    ["same", ["\x05x", "\x18", "n"]],
  ],
  top: [["", ["", "q"]]],
  vi: [
    ["big", ["G", ":%s/1/xx/g\r", "u", "/(a*)*b\r", ":q!\r"]],
    ["same", ["$", ":s/a*a*b/x/\r", ":s/a/bb/g\r", ":q!\r"]],
    ["", [`i${"abc def\r".repeat(3_000)}`, "\x1b", ":q!\r"]],
  ],
  vim: [["big", ["G", ":%s/1/xx/g\r", ":q!\r"]]],
  watch: [["-n 0.1 cat big", ["", "", "\x03"]]],
};

/** They ask a server on the same machine that never ends. */
const SERVED = "(printf 'HTTP/1.1 200 OK\\r\\n\\r\\n'; yes) | ";
const TALKING: Readonly<Record<string, readonly string[]>> = {
  curl: [`${SERVED} nc -l -p 8080 & sleep 0.1; NAME -s localhost:8080 | head -c 30000000`],
  wget: [`${SERVED} nc -l -p 8080 & sleep 0.1; NAME -qO- localhost:8080 | head -c 30000000`],
  "busybox/wget": [`${SERVED} nc -l -p 8080 & sleep 0.1; /usr/bin/NAME -qO- localhost:8080 | head -c 30000000`],
  nc: ["NAME -l -p 8081 > /dev/null & sleep 0.1; head -c 30000000 /dev/zero | NAME localhost 8081"],
  "busybox/nc": ["nc -l -p 8081 > /dev/null & sleep 0.1; head -c 30000000 /dev/zero | /usr/bin/NAME localhost 8081"],
  ncat: ["NAME -l -p 8081 > /dev/null & sleep 0.1; head -c 30000000 /dev/zero | NAME localhost 8081"],
};

/** What does the same little work whatever it is given: the words of one command line, or a table of the machine's. */
const CONSTANT: readonly string[] = [
  ...["arch", "basename", "dirname", "false", "groups", "hostname", "id", "logname", "nproc", "pwd", "true", "tty"],
  ...[
    "uname",
    "whoami",
    "getent",
    "envsubst -V",
    "which",
    "echo",
    "printenv",
    "clear",
    "reset",
    "tput",
    "tset",
    "stty",
  ],
  // They start one other program, which pays for itself, or wait.
  ...["nice", "nohup", "timeout", "sleep", "busybox/sleep"],
  // As many lines as there may be processes, sockets, mounts or devices.
  ...[
    "free",
    "kill",
    "killall",
    "pgrep",
    "pidof",
    "pkill",
    "ps",
    "busybox/ps",
    "uptime",
    "users",
    "w",
    "who",
    "netstat",
    "ss",
    "sysctl",
  ],
  ...[
    "blockdev",
    "df",
    "findmnt",
    "lsblk",
    "mkfs",
    "mkfs.ext4",
    "mkfs.xfs",
    "mount",
    "mountpoint",
    "umount",
    "sync",
    "ifconfig",
    "ip",
    "man",
  ],
  // One question, one answer.
  ...["link", "busybox/nslookup", "busybox-1.28/nslookup", "ping", "busybox/ping"],
].filter((name) => !name.includes(" "));

/** Tools that do no more than so much work for a command line. */
export const CONSTANT_TOOLS: ReadonlySet<string> = new Set(CONSTANT);

/** Hostile scripts by the tool they are hostile to. */
export const HOSTILE_TOOLS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({ ...LOOPING, ...TALKING }).map(([name, scripts]) => [name, of(name, scripts)]),
);

/** Command lines and keys by the full screen they are hostile to. */
export const HOSTILE_SCREENS: ReadonlyMap<string, readonly (readonly [string, readonly string[]])[]> = new Map(
  Object.entries(SCREENS).map(([name, given]) => [name, given.map(([words, keys]) => [`${name} ${words}`, keys])]),
);

/** Busybox takes the words of a tool to the same program: what is hostile to that is hostile to this. */
export const sameProgram = (name: string): string =>
  HOSTILE_TOOLS.has(name) || CONSTANT_TOOLS.has(name) ? name : name.replace(/^(?:busybox|bind)[^/]*\//, "");
