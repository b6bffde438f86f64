/** How much a mounted file system holds, for df. */
import type { Mount } from "../../types.ts";

/** What file systems without a size of their own show as their host's. */
const HOST_BYTES = 20 * 2 ** 30;
const DEVICES_BYTES = 64 * 2 ** 20;
const INODES = 1_310_720;
/** They are no storage at all. */
const PSEUDO = new Set(["proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue"]);

export interface Sizes {
  readonly total: number;
  readonly used: number;
  readonly free: number;
}

/** Bytes, or how many files. */
export function sizesOf({ path, fileSystem }: Mount, inodes: boolean): Sizes {
  if (PSEUDO.has(fileSystem.fileSystemType)) return { total: 0, used: 0, free: 0 };
  const own = fileSystem.usage();
  if (inodes) return { total: INODES, used: own.inodes, free: INODES - own.inodes };
  const { capacityBytes, usedBytes } = fileSystem.disk ?? own;
  const total =
    capacityBytes ?? (fileSystem.fileSystemType === "tmpfs" && path === "/dev" ? DEVICES_BYTES : HOST_BYTES);
  return { total, used: usedBytes, free: Math.max(0, total - usedBytes) };
}

/** The mount that a path without links in it lies on. */
export function coveringMount(mounts: readonly Mount[], path: string): Mount {
  const fits = mounts.filter((mount) => mount.path === "/" || path === mount.path || path.startsWith(`${mount.path}/`));
  return fits.reduce((best, mount) => (mount.path.length >= best.path.length ? mount : best), mounts[0] as Mount);
}
