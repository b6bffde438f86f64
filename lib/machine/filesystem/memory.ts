/** The in-memory file system: volumes, container layers, a learner's workspace. */
import type { Clock } from "../../clock/index.ts";
import { Errno } from "../errno.ts";
import type { DirectoryTree, Disk, FileChange, FileSystem } from "../types.ts";
import { AllocatedInode, DirectoryInode, type InodeHome } from "./inodes.ts";
import { MountTable } from "./mounts.ts";
import { directory, treeUsage } from "./tree.ts";
import { FileView } from "./view.ts";

interface MemoryFileSystemOptions {
  readonly clock: Pick<Clock, "now">;
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
  /** The disk it lies on together with others. */
  readonly disk?: Disk;
  /** The part of `tree` that lies on that disk already (an image's layers). Default: none. */
  readonly below?: DirectoryTree;
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
  readonly #clock: Pick<Clock, "now">;
  readonly #origin: DirectoryTree;
  readonly #readOnly: boolean;
  readonly disk?: Disk;
  /** Bytes of the origin that are its own on the disk; negative once removed files below outweigh them. */
  readonly #brought: number = 0;
  #disposed = false;
  #capacity: number | undefined;
  /** Counted since the start; what the origin holds is counted only when someone asks. */
  #bytes = 0;
  /** Bytes of allocated files. */
  #reserved = 0;
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
    if (options.disk !== undefined) {
      this.disk = options.disk;
      const below = options.below === undefined ? 0 : treeUsage(options.below).bytes;
      this.#brought = options.tree === undefined || options.tree === options.below ? 0 : treeUsage(tree).bytes - below;
      options.disk.take(this.diskBytes(), true);
    }
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
          : treeUsage(this.#origin).bytes + this.#bytes + this.#reserved + bytes > this.#capacity;
      if (full) throw new Errno("ENOSPC");
    }
    if (inodes > 0 && this.#inodes + inodes > HOST_INODES) throw new Errno("ENOSPC");
    this.#count(bytes, 0);
    this.#inodes += inodes;
  }

  /** As `grow`, for data that costs no memory. */
  reserve(bytes: number): void {
    if (bytes > 0 && this.disk === undefined) {
      const used = treeUsage(this.#origin).bytes + this.#bytes + this.#reserved;
      if (used + bytes > (this.#capacity ?? HOST_BYTES)) throw new Errno("ENOSPC");
    }
    this.#count(0, bytes);
  }

  /** Keeps the disk's count in step. Files of the layers below that are removed give nothing back. */
  #count(bytes: number, reserved: number): void {
    const before = this.diskBytes();
    this.#bytes += bytes;
    this.#reserved += reserved;
    if (this.disk === undefined || this.#disposed) return;
    try {
      this.disk.take(this.diskBytes() - before);
    } catch (error) {
      this.#bytes -= bytes;
      this.#reserved -= reserved;
      throw error;
    }
  }

  diskBytes(): number {
    return this.disk === undefined ? 0 : Math.max(0, this.#brought + this.#bytes) + this.#reserved;
  }

  allocate(path: string, bytes: number): void {
    const location = this.locate(path, false);
    if (location.parent === undefined || location.node !== undefined) throw new Errno("EEXIST", path);
    const node = new AllocatedInode(this, this.now());
    location.parent.attach(location.name, node);
    this.#inodes++;
    node.resize(bytes);
    this.changed(location, "created");
  }

  dispose(): void {
    if (this.#disposed) return;
    this.disk?.take(-this.diskBytes());
    this.#disposed = true;
  }

  usage() {
    const origin = treeUsage(this.#origin);
    return {
      usedBytes: origin.bytes + this.#bytes + this.#reserved,
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
