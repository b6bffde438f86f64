/** Root file systems that images are built on. Made once and shared. */
import {
  commands,
  type DirectoryTree,
  directory,
  link,
  merged,
  type ProgramTable,
  program,
  SERVICES_FILE,
  standardRootTree,
} from "../../machine/index.ts";
import { packageManagers } from "./packages.ts";

export interface BaseRoots {
  readonly debian: DirectoryTree;
  readonly alpine: DirectoryTree;
  readonly busybox: DirectoryTree;
  /** Nothing but the directories a runtime needs. */
  readonly scratch: DirectoryTree;
  /** A Debian with further commands, e.g. "curl". */
  debianWith(...names: string[]): DirectoryTree;
  alpineWith(...names: string[]): DirectoryTree;
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
  "hexdump",
  "column",
  "patch",
]);

export function baseRoots(tools: ProgramTable): BaseRoots {
  const names = [...tools.keys()];
  const having = (name: string) => (tools.has(name) ? name : undefined);
  const plain = names.filter((name) => !name.includes("/"));
  const box = names.filter((name) => name.startsWith("busybox/"));
  const boxed = new Set(box.map((name) => name.slice("busybox/".length)));
  // Applets that busybox has no version of its own of here behave as everybody's do.
  const applets = [...box, ...plain.filter((name) => !boxed.has(name) && !NOT_IN_BUSYBOX.has(name))];
  const debianCommands = plain.filter((name) => !EXTRA.has(name) && name !== "ash");
  const debian = merged(
    // Debian's sh and awk.
    merged(
      standardRootTree(debianCommands),
      directory({
        "usr/bin": directory({
          ...(tools.has("dash") ? { sh: link("dash") } : {}),
          ...(tools.has("mawk") ? { awk: link("mawk") } : {}),
        }),
      }),
    ),
    directory({
      "etc/os-release": DEBIAN,
      "etc/debian_version": "12.11\n",
      "etc/bash.bashrc": DEBIAN_PROMPT,
      ...executables(packageManagers("debian")),
    }),
  );
  const busybox = merged(boxRoot(applets), directory({}));
  const alpine = merged(
    boxRoot(applets),
    directory({
      "etc/os-release": ALPINE,
      "etc/alpine-release": "3.22.1\n",
      "etc/services": SERVICES_FILE,
      "usr/bin": directory(present([having("getent")])),
      ...executables(packageManagers("alpine")),
    }),
  );
  const scratch = directory({
    dev: directory(),
    etc: directory(),
    proc: directory(),
    sys: directory(),
    tmp: directory({}, { mode: 0o1777 }),
  });
  return {
    debian,
    alpine,
    busybox,
    scratch,
    debianWith: (...extra) => {
      // Of two awks the alternatives choose gawk.
      const awk = extra.includes("gawk") && tools.has("gawk") ? { awk: link("gawk") } : {};
      return merged(debian, directory({ "usr/bin": directory({ ...present(extra.map(having)), ...awk }) }));
    },
    alpineWith: (...extra) => merged(alpine, directory({ "usr/bin": directory(present(extra.map(having))) })),
  };
}

const present = (names: readonly (string | undefined)[]) =>
  commands(names.filter((name): name is string => name !== undefined));

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

const executables = (programs: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(programs).map(([path, name]) => [path, program(name)]));

/** Who, where: what an interactive bash of Debian and Ubuntu shows. */
const DEBIAN_PROMPT = "PS1='\\u@\\h:\\w\\$ '\n";
const DEBIAN =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.22.1\nPRETTY_NAME="Alpine Linux v3.22"\n';

function boxRoot(applets: readonly string[]): DirectoryTree {
  return directory({
    bin: directory({ ...commands(applets), busybox: program("busybox/busybox") }),
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
