/** The one place where file systems of nodes are made. */
import type { Clock } from "../../clock/index.ts";
import { type DirectoryTree, type Disk, type FileSystem, memoryFileSystem } from "../../machine/index.ts";

interface NewFileSystem {
  readonly clock: Pick<Clock, "now">;
  readonly source: string;
  readonly type: string;
  readonly capacityBytes?: number;
  /** A `DirectoryTree` to start from (unknown: it may come out of a snapshot). */
  readonly tree?: unknown;
  /** Permission bits of the root directory where there is no tree. Default 0o755. */
  readonly mode?: number;
  /** The node's disk, where it lies on that. */
  readonly disk?: Disk;
  /** The part of `tree` that is on the disk already. */
  readonly below?: DirectoryTree;
}

export function newFileSystem(options: NewFileSystem): FileSystem {
  return memoryFileSystem({
    clock: options.clock,
    source: options.source,
    fileSystemType: options.type,
    ...(options.capacityBytes === undefined ? {} : { capacityBytes: options.capacityBytes }),
    ...(options.tree === undefined ? {} : { tree: options.tree as DirectoryTree }),
    ...(options.disk === undefined ? {} : { disk: options.disk }),
    ...(options.below === undefined ? {} : { below: options.below }),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
  });
}
