/** What df and stat -f tell of a mounted file system. */
import type { Mount, Process } from "../../types.ts";

/** Inodes that every file system here has room for, as it says. */
const INODES = 1_310_720;
/** What file systems without a size of their own show as their host's. */
const HOST_BYTES = 20 * 2 ** 30;
const DEVICES_BYTES = 64 * 2 ** 20;

/** The mount that `real` (absolute, without links) lies on. */
export function mountAt({ machine }: Pick<Process, "machine">, real: string): Mount {
  const fits = machine.mounts.filter(({ path }) => path === "/" || real === path || real.startsWith(`${path}/`));
  return fits.reduce((best, mount) => (mount.path.length >= best.path.length ? mount : best));
}

export function fileSystemNumbers({ path, fileSystem }: Mount): {
  /** Bytes. */
  readonly total: number;
  readonly used: number;
  readonly inodes: number;
  readonly usedInodes: number;
} {
  const usage = fileSystem.usage();
  if (fileSystem.fileSystemType === "proc" || fileSystem.fileSystemType === "sysfs")
    return { total: 0, used: 0, inodes: 0, usedInodes: 0 };
  const { capacityBytes, usedBytes } = fileSystem.disk ?? usage;
  const devices = fileSystem.fileSystemType === "tmpfs" && path === "/dev";
  const total = capacityBytes ?? (devices ? DEVICES_BYTES : HOST_BYTES);
  return { total, used: Math.min(usedBytes, total), inodes: INODES, usedInodes: usage.inodes };
}
