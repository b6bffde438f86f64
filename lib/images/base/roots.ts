/** Root file systems that images are built on. Made once and shared. */
import {
  commands,
  type DirectoryTree,
  directory,
  type FileTree,
  link,
  merged,
  type Program,
  type ProgramTable,
  program,
  SERVICES_FILE,
  standardRootTree,
} from "../../machine/index.ts";
import { busyboxProgram } from "./busybox.ts";
import { packageManagers } from "./packages.ts";
import {
  ALPINE_NOW,
  alpineFiles,
  BUSYBOX_NOW,
  busyboxOfAlpine,
  DEBIAN_NOW,
  debianFiles,
  oracleFiles,
  ubuntuFiles,
} from "./releases.ts";

export interface BaseRoots {
  /** The Debian of images that say nothing else. */
  readonly debian: DirectoryTree;
  readonly alpine: DirectoryTree;
  readonly busybox: DirectoryTree;
  /** Nothing but the directories a runtime needs. */
  readonly scratch: DirectoryTree;
  /** Programs of BusyBox by the names of its applets. */
  readonly applets: ProgramTable;
  /** A Debian with further commands, e.g. "curl". */
  debianWith(...names: string[]): DirectoryTree;
  alpineWith(...names: string[]): DirectoryTree;
  /** Of a release: "11". */
  debianOf(version: string, ...names: string[]): DirectoryTree;
  /** "3.20". */
  alpineOf(series: string, ...names: string[]): DirectoryTree;
  /** "22.04". */
  ubuntu(version: string, ...names: string[]): DirectoryTree;
  /** "9.6". Its sh is bash. */
  oracleLinux(version: string, ...names: string[]): DirectoryTree;
  /** The root of a `busybox` image, e.g. "1.36.1". */
  busyboxOf(version: string): DirectoryTree;
}

/** Tools that a plain Debian or Alpine image does not have; images that bring them ask for them. */
const EXTRA = new Set([
  "curl",
  "wget",
  "nc",
  "ncat",
  "netcat",
  "nslookup",
  "dig",
  "host",
  "ping",
  "ss",
  "netstat",
  "vi",
  "vim",
  "nano",
  "jq",
  "less",
  "man",
  "telnet",
  "ip",
  "ifconfig",
  "sysctl",
  "traceroute",
  "watch",
  "w",
  "top",
  "ps",
  "free",
  "kubectl",
  "tree",
  "file",
  "yq",
  "openssl",
  "gawk",
  "xxd",
  "hd",
  "hexdump",
  "column",
  "patch",
  "envsubst",
  "git",
  "killall",
  "pgrep",
  "pkill",
  "strings",
  "uptime",
]);

export function baseRoots(tools: ProgramTable): BaseRoots {
  const names = [...tools.keys()];
  const plain = names.filter((name) => !name.includes("/"));
  const boxNames = names.filter((name) => name.startsWith("busybox/"));
  const boxed = new Set(boxNames.map((name) => name.slice("busybox/".length)));
  // Applets that busybox has no version of its own of here behave as everybody's do.
  const applets = [...boxNames, ...plain.filter((name) => !boxed.has(name) && !NOT_IN_BUSYBOX.has(name))];
  const debianCommands = plain.filter((name) => !EXTRA.has(name) && name !== "ash");
  const gnu = standardRootTree(debianCommands);
  // Debian's sh and awk.
  const own = directory({
    ...(tools.has("dash") ? { "usr/bin/sh": link("dash") } : {}),
    ...(tools.has("mawk") ? { "usr/bin/awk": link("mawk") } : {}),
  });
  const prompt = directory({ "etc/bash.bashrc": DEBIAN_PROMPT });
  const likeDebian = merged(merged(gnu, own), merged(prompt, directory(executables(packageManagers("debian")))));
  const box = boxRoot(applets);
  const likeAlpine = merged(box, directory(executables(packageManagers("alpine"))));
  const extra = (wanted: readonly string[]) =>
    directory({ "usr/bin": directory(commands(wanted.filter((name) => tools.has(name)))) });
  /** Each is made when it is first asked for, once: images share what they stand on. */
  const made = new Map<string, DirectoryTree>();
  const root = (label: string, below: DirectoryTree, files: TreeFiles, wanted: readonly string[]) => {
    const key = [label, ...wanted].join(" ");
    let tree = made.get(key);
    if (tree === undefined) {
      tree = merged(below, directory(files));
      if (wanted.length > 0) tree = merged(tree, extra(wanted));
      made.set(key, tree);
    }
    return tree;
  };
  const debianOf = (version: string, ...wanted: string[]) =>
    root(`debian ${version}`, likeDebian, debianFiles(version), wanted);
  const alpineOf = (series: string, ...wanted: string[]) =>
    root(
      `alpine ${series}`,
      likeAlpine,
      { ...alpineFiles(series), ...busybox(busyboxOfAlpine(series)), ...MUSL_UTILS, "etc/services": SERVICES_FILE },
      wanted,
    );
  const scratch = directory({
    dev: directory(),
    etc: directory(),
    proc: directory(),
    sys: directory(),
    tmp: directory({}, { mode: 0o1777 }),
  });
  return {
    debian: debianOf(DEBIAN_NOW),
    alpine: alpineOf(ALPINE_NOW),
    busybox: root(`busybox ${BUSYBOX_NOW}`, box, busybox(BUSYBOX_NOW), []),
    scratch,
    applets: new Map(
      applets.flatMap((name): [string, Program][] => {
        const found = tools.get(name);
        return found === undefined ? [] : [[name.slice(name.lastIndexOf("/") + 1), found]];
      }),
    ),
    debianWith: (...wanted) => debianOf(DEBIAN_NOW, ...wanted),
    alpineWith: (...wanted) => alpineOf(ALPINE_NOW, ...wanted),
    debianOf,
    alpineOf,
    ubuntu: (version, ...wanted) => root(`ubuntu ${version}`, likeDebian, ubuntuFiles(version), wanted),
    oracleLinux: (version, ...wanted) =>
      root(
        `oracle ${version}`,
        gnu,
        {
          ...oracleFiles(version),
          ...executables(packageManagers("oracle")),
          "usr/bin/sh": link("bash"),
          "usr/bin/awk": link("gawk"),
        },
        ["gawk", ...wanted],
      ),
    busyboxOf: (version) => root(`busybox ${version}`, box, busybox(version), []),
  };
}

/** What Alpine's C library brings. */
const MUSL_UTILS = { "usr/bin": directory(commands(["getent"])) };

type TreeFiles = Readonly<Record<string, string | FileTree>>;

const busybox = (version: string): TreeFiles => ({ "bin/busybox": program(busyboxProgram(version)) });

const NOT_IN_BUSYBOX = new Set([
  "b2sum",
  "dir",
  "envsubst",
  "getent",
  "git",
  "sha224sum",
  "sha384sum",
  "tput",
  "tset",
  "vdir",
  "bash",
  "curl",
  "dash",
  "dig",
  "host",
  "lsblk",
  "mkfs",
  "mkfs.ext4",
  "mkfs.xfs",
  "jq",
  "kubectl",
  "ncat",
  "ss",
  "vim",
  "nano",
  "netcat",
  "tree",
  "findmnt",
  "file",
  "yq",
  "openssl",
  "gawk",
  "mawk",
  "man",
  "numfmt",
  "join",
  "column",
  "csplit",
  "fmt",
]);

const executables = (programs: Readonly<Record<string, string>>): Record<string, FileTree> =>
  Object.fromEntries(Object.entries(programs).map(([path, name]) => [path, program(name)]));

/** Who, where: what an interactive bash of Debian and Ubuntu shows. */
const DEBIAN_PROMPT = "PS1='\\u@\\h:\\w\\$ '\n";

function boxRoot(applets: readonly string[]): DirectoryTree {
  return directory({
    bin: directory(commands(applets)),
    dev: directory(),
    etc: directory({
      passwd:
        "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nwww-data:x:33:33:www-data:/var/www:/bin/false\nnobody:x:65534:65534:nobody:/home:/bin/false\n",
      group: "root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nusers:x:100:\nnobody:x:65534:\n",
      shadow: "root:*:::::::\n",
      "nsswitch.conf": "hosts: files dns\n",
    }),
    home: directory(),
    lib: directory(),
    proc: directory({}, { mode: 0o555 }),
    root: directory({}, { mode: 0o700 }),
    sbin: link("bin"),
    run: directory(),
    sys: directory({}, { mode: 0o555 }),
    tmp: directory({}, { mode: 0o1777 }),
    usr: directory({
      bin: directory({ env: program("busybox/env") }),
      sbin: directory(),
      share: directory(),
      "local/bin": directory(),
    }),
    var: directory({
      log: directory(),
      lib: directory(),
      spool: directory(),
      tmp: directory({}, { mode: 0o1777 }),
      run: link("/run"),
    }),
  });
}
