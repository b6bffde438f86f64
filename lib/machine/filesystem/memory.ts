/** The in-memory file system: volumes, container layers, a learner's workspace. */
import type { Clock } from "../../clock/index.ts";
import { Errno } from "../errno.ts";
import type { DirectoryTree, FileChange, FileSystem } from "../types.ts";
import { DirectoryInode, type InodeHome } from "./inodes.ts";
import { MountTable } from "./mounts.ts";
import { directory, treeUsage } from "./tree.ts";
import { FileView } from "./view.ts";

export interface MemoryFileSystemOptions {
  readonly clock: Clock;
  /** Undefined: as large as its host, which gives a file system `HOST_BYTES` beyond what it started with. */
  readonly capacityBytes?: number;
  /** Default "tmpfs". */
  readonly source?: string;
  /** Default "tmpfs". */
  readonly fileSystemType?: string;
  /** What it holds at the start. Never changed: many file systems may start from one tree at almost no cost. */
  readonly tree?: DirectoryTree;
  readonly readOnly?: boolean;
  /** Permission bits of the root directory where there is no tree. Default 0o755. */
  readonly mode?: number;
}

/** What one file system without a capacity may take from its host (bytes of data, entries). */
const HOST_BYTES = 256 << 20;
const HOST_INODES = 200_000;

export function memoryFileSystem(options: MemoryFileSystemOptions): FileSystem {
  return new MemoryFileSystem(options);
}

class MemoryFileSystem extends FileView implements FileSystem, InodeHome {
  readonly source: string;
  readonly fileSystemType: string;
  readonly root: DirectoryInode;
  readonly #clock: Clock;
  readonly #origin: DirectoryTree;
  readonly #readOnly: boolean;
  #capacity: number | undefined;
  /** Counted since the start; what the origin holds is counted only when someone asks. */
  #bytes = 0;
  #inodes = 0;
  #lastInode = 0;
  #watchers: Map<string, Set<(change: FileChange) => void>> | undefined;

  constructor(options: MemoryFileSystemOptions) {
    const mounts = new MountTable();
    super({ mounts, uid: 0, gid: 0 });
    this.source = options.source ?? "tmpfs";
    this.fileSystemType = options.fileSystemType ?? "tmpfs";
    this.#clock = options.clock;
    this.#readOnly = options.readOnly ?? false;
    this.#capacity = options.capacityBytes;
    const tree =
      options.tree ??
      directory({}, { modified: options.clock.now(), ...(options.mode === undefined ? {} : { mode: options.mode }) });
    this.#origin = tree;
    this.root = new DirectoryInode(this, tree, tree);
    mounts.setRoot(this);
  }

  now(): number {
    return this.#clock.now();
  }

  nextInode(): number {
    this.#lastInode++;
    return this.#lastInode;
  }

  writable(): void {
    if (this.#readOnly) throw new Errno("EROFS");
  }

  grow(bytes: number, inodes: number): void {
    if (bytes > 0) {
      const full =
        this.#capacity === undefined
          ? this.#bytes + bytes > HOST_BYTES
          : treeUsage(this.#origin).bytes + this.#bytes + bytes > this.#capacity;
      if (full) throw new Errno("ENOSPC");
    }
    if (inodes > 0 && this.#inodes + inodes > HOST_INODES) throw new Errno("ENOSPC");
    this.#bytes += bytes;
    this.#inodes += inodes;
  }

  usage() {
    const origin = treeUsage(this.#origin);
    return {
      usedBytes: origin.bytes + this.#bytes,
      capacityBytes: this.#capacity,
      inodes: origin.inodes + this.#inodes,
    };
  }

  resize(capacityBytes: number | undefined): void {
    this.#capacity = capacityBytes;
  }

  snapshot(): DirectoryTree {
    return this.root.freeze();
  }

  announce(change: FileChange): void {
    if (this.#watchers === undefined) return;
    for (const [path, listeners] of [...this.#watchers]) {
      const below = path === "/" || change.path === path || change.path.startsWith(`${path}/`);
      if (below) for (const listener of [...listeners]) listener(change);
    }
  }

  override watch(path: string, listener: (change: FileChange) => void): () => void {
    const key = path === "/" ? "/" : `/${path.split("/").filter(Boolean).join("/")}`;
    this.#watchers ??= new Map();
    const listeners = this.#watchers.get(key) ?? new Set();
    listeners.add(listener);
    this.#watchers.set(key, listeners);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#watchers?.get(key) === listeners) this.#watchers.delete(key);
    };
  }
}
