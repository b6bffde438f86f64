/** Building file trees by hand: images, node directories, a workstation's root. */
import { executable } from "../executable.ts";
import type { DirectoryTree, FileTree, RegularFileTree, SymlinkTree } from "../types.ts";

interface TreeOptions {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Milliseconds since the epoch. */
  readonly modified?: number;
}

/** When files that nobody gave a time were made: 2025-01-01T00:00:00Z. */
const MODIFIED = Date.UTC(2025, 0, 1);
const encoder = new TextEncoder();

function attributes(options: TreeOptions, mode: number) {
  return {
    mode: options.mode ?? mode,
    uid: options.uid ?? 0,
    gid: options.gid ?? 0,
    modified: options.modified ?? MODIFIED,
  };
}

/**
 * A directory. Keys may be paths ("usr/share/doc"): directories on the way are made. Strings and bytes become files.
 * Later keys are merged into what earlier ones made.
 */
export function directory(
  entries: Readonly<Record<string, FileTree | string | Uint8Array>> = {},
  options: TreeOptions = {},
): DirectoryTree {
  let made: DirectoryTree = { type: "directory", ...attributes(options, 0o755), entries: {} };
  for (const [path, content] of Object.entries(entries)) {
    const node = typeof content === "string" || content instanceof Uint8Array ? file(content) : content;
    made = withEntry(made, path.split("/").filter(Boolean), node);
  }
  return made;
}

function withEntry(parent: DirectoryTree, path: readonly string[], node: FileTree): DirectoryTree {
  const [name, ...rest] = path;
  if (name === undefined) return node.type === "directory" ? merged(parent, node) : parent;
  const present = Object.hasOwn(parent.entries, name) ? parent.entries[name] : undefined;
  let next: FileTree;
  if (rest.length > 0) next = withEntry(present?.type === "directory" ? present : directory(), rest, node);
  else next = present?.type === "directory" && node.type === "directory" ? merged(present, node) : node;
  return { ...parent, entries: { ...parent.entries, [name]: next } };
}

/** `over` on top of `base`: directories are merged, everything else is replaced. What layers of an image do. */
export function merged(base: DirectoryTree, over: DirectoryTree): DirectoryTree {
  const entries: Record<string, FileTree> = { ...base.entries };
  for (const [name, node] of Object.entries(over.entries)) {
    const below = Object.hasOwn(entries, name) ? entries[name] : undefined;
    entries[name] = below?.type === "directory" && node.type === "directory" ? merged(below, node) : node;
  }
  return { ...over, entries };
}

export function file(content: string | Uint8Array, mode = 0o644, options: TreeOptions = {}): RegularFileTree {
  const data = typeof content === "string" ? encoder.encode(content) : content;
  return { type: "file", ...attributes(options, mode), data };
}

export function link(target: string): SymlinkTree {
  return { type: "symlink", ...attributes({}, 0o777), target };
}

/** An executable file that runs the named program. */
export function program(name: string): RegularFileTree {
  return file(executable(name), 0o755);
}

/** Executables for a list of commands; a name with a folder ("busybox/wget") is installed under its last part. */
export function commands(names: Iterable<string>): Record<string, FileTree> {
  return Object.fromEntries([...names].map((name) => [name.slice(name.lastIndexOf("/") + 1), program(name)]));
}

/** Bytes and entries of a tree; remembered, since images share trees. */
export function treeUsage(tree: FileTree): { readonly bytes: number; readonly inodes: number } {
  const known = usages.get(tree);
  if (known !== undefined) return known;
  let bytes = tree.type === "file" ? tree.data.length : 0;
  let inodes = 1;
  if (tree.type === "directory") {
    for (const child of Object.values(tree.entries)) {
      const usage = treeUsage(child);
      bytes += usage.bytes;
      inodes += usage.inodes;
    }
  }
  const usage = { bytes, inodes };
  usages.set(tree, usage);
  return usage;
}
const usages = new WeakMap<FileTree, { readonly bytes: number; readonly inodes: number }>();

/**
 * The root directory of a Debian-like system: the directories and files that tools expect. `commandNames` become
 * executables in /usr/bin, with /bin and /sbin linking there. Put your own on top with `merged`.
 */
export function standardRootTree(commandNames: Iterable<string> = []): DirectoryTree {
  return directory({
    bin: link("usr/bin"),
    sbin: link("usr/sbin"),
    lib: link("usr/lib"),
    dev: directory(),
    etc: directory({
      passwd:
        "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nbin:x:2:2:bin:/bin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
      group: "root:x:0:\ndaemon:x:1:\nbin:x:2:\ntty:x:5:\nwww-data:x:33:\nusers:x:100:\nnogroup:x:65534:\n",
      hosts: "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
      "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }),
    home: directory(),
    mnt: directory(),
    opt: directory(),
    proc: directory({}, { mode: 0o555 }),
    root: directory({}, { mode: 0o700 }),
    run: directory(),
    sys: directory({}, { mode: 0o555 }),
    tmp: directory({}, { mode: 0o1777 }),
    usr: directory({
      bin: directory(commands(commandNames)),
      lib: directory(),
      "local/bin": directory(),
      sbin: directory(),
      share: directory(),
    }),
    var: directory({ lib: directory(), log: directory(), tmp: directory({}, { mode: 0o1777 }), run: link("/run") }),
  });
}
