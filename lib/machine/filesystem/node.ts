/** What path resolution walks: the inodes of a file system, without paths, permissions or links being followed. */
import type { Descriptor, DirectoryEntry, FileStat, FileType } from "../types.ts";

export type DeviceName = "null" | "zero" | "full" | "random" | "tty";

/** What a new entry of a directory is. */
export type NewNode =
  | { readonly type: "file" | "directory" | "fifo"; readonly mode: number; readonly uid: number; readonly gid: number }
  | { readonly type: "symlink"; readonly target: string; readonly uid: number; readonly gid: number };

export interface NodeAttributes {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Milliseconds since the epoch. */
  readonly accessed?: number;
  readonly modified?: number;
}

/**
 * An inode. A node keeps its identity as long as anyone holds it. Methods that do not fit its type throw `Errno`
 * (ENOTDIR, EISDIR, EINVAL); file systems that cannot be changed throw EROFS or EPERM.
 */
export interface FileNode {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  stat(): FileStat;
  setAttributes(attributes: NodeAttributes): void;

  /** Directories: the entry of that name. */
  child(name: string): FileNode | undefined;
  entries(): DirectoryEntry[];
  create(name: string, node: NewNode): FileNode;
  /** Adds a link to a node of the same file system, replacing what has the name. */
  attach(name: string, node: FileNode): void;
  detach(name: string): void;

  /** Files: at most `max` bytes from `position`. The result never changes afterwards; do not write to it. */
  read(position: number, max: number): Uint8Array;
  write(position: number, data: Uint8Array): void;
  truncate(size: number): void;
  /** An open file description holds a file's data even when its last name is gone. */
  retain(): void;
  release(): void;

  /** Symlinks. */
  readonly target: string;
  /** Devices. */
  readonly device: DeviceName | undefined;
  /** What /proc/PID/fd/N leads to: opening it gives another reference to that description. */
  readonly descriptor?: Descriptor;
  /** A link whose text is only for show; following it leads here (/proc/PID/fd/N, /proc/PID/exe). */
  readonly magic?: FileNode;
}
