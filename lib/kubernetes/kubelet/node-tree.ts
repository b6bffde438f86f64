/** What lies on a new node's disk. Frozen and shared by all clusters that have a node of that name. */
import { type DirectoryTree, directory, merged } from "../../machine/index.ts";

const SHARED = directory({
  ...Object.fromEntries(
    ["etc/kubernetes", "lib/modules", "mnt", "opt", "run", "var/lib/kubelet", "var/log/pods"].map((path) => [
      path,
      directory(),
    ]),
  ),
  "etc/hosts": "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n",
  tmp: directory({}, { mode: 0o1777 }),
});

const KEPT = 64;
const made = new Map<string, { readonly more: DirectoryTree | undefined; readonly tree: DirectoryTree }>();

/** `more`: what this node has beside what every node has. */
export function nodeTree(name: string, more: DirectoryTree | undefined): DirectoryTree {
  const before = made.get(name);
  if (before !== undefined && before.more === more) return before.tree;
  const own = merged(SHARED, directory({ "etc/hostname": `${name}\n` }));
  const tree = more === undefined ? own : merged(own, more);
  if (made.size >= KEPT) made.delete(made.keys().next().value ?? "");
  made.set(name, { more, tree });
  return tree;
}
