/** The inodes of an in-memory file system: live nodes over a frozen tree that is copied only where it changes. */
import { Errno } from "../errno.ts";
import type { DirectoryEntry, DirectoryTree, FileStat, FileTree, FileType, RegularFileTree } from "../types.ts";
import type { DeviceName, FileNode, NewNode, NodeAttributes } from "./node.ts";
import { PAGED_FROM, PagedContent } from "./paged-content.ts";

/** What inodes ask of the file system they belong to. */
export interface InodeHome {
  now(): number;
  nextInode(): number;
  /** Accounts for data and inodes that came (or went, negative). ENOSPC, EROFS. */
  grow(bytes: number, inodes: number): void;
  /** Accounts for data that takes room and no memory. ENOSPC. */
  reserve(bytes: number): void;
  /** Throws EROFS. */
  writable(): void;
}

const EMPTY = new Uint8Array(0);
const MAX_NAME = 255;
const MAX_FILE_BYTES = 1 << 30;
/** Of an allocated file at once. */
const MAX_ZEROS = 64 << 20;
const encoder = new TextEncoder();

abstract class Inode implements FileNode {
  abstract readonly type: FileType;
  readonly home: InodeHome;
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  modified: number;
  accessed: number;
  changed: number;
  links = 1;
  /** The frozen value that equals this node's own state; undefined once it changed. */
  frozen: FileTree | undefined;

  constructor(home: InodeHome, from: Pick<FileTree, "mode" | "uid" | "gid" | "modified">) {
    this.home = home;
    this.inode = home.nextInode();
    this.mode = from.mode;
    this.uid = from.uid;
    this.gid = from.gid;
    this.modified = from.modified;
    this.accessed = from.modified;
    this.changed = from.modified;
  }

  get size(): number {
    return 0;
  }
  get target(): string {
    throw new Errno("EINVAL");
  }
  get device(): DeviceName | undefined {
    return undefined;
  }

  stat(): FileStat {
    return {
      type: this.type,
      mode: this.mode,
      uid: this.uid,
      gid: this.gid,
      size: this.size,
      links: this.links,
      inode: this.inode,
      accessed: this.accessed,
      modified: this.modified,
      changed: this.changed,
    };
  }

  setAttributes(attributes: NodeAttributes): void {
    this.home.writable();
    if (attributes.mode !== undefined) this.mode = attributes.mode & 0o7777;
    if (attributes.uid !== undefined) this.uid = attributes.uid;
    if (attributes.gid !== undefined) this.gid = attributes.gid;
    if (attributes.accessed !== undefined) this.accessed = attributes.accessed;
    if (attributes.modified !== undefined) this.modified = attributes.modified;
    this.changed = this.home.now();
    this.frozen = undefined;
  }

  /** Content changed now. */
  protected touch(): void {
    const now = this.home.now();
    this.modified = now;
    this.changed = now;
    this.frozen = undefined;
  }

  child(_name: string): FileNode | undefined {
    throw new Errno("ENOTDIR");
  }
  entries(): DirectoryEntry[] {
    throw new Errno("ENOTDIR");
  }
  create(_name: string, _node: NewNode): FileNode {
    throw new Errno("ENOTDIR");
  }
  attach(_name: string, _node: FileNode): void {
    throw new Errno("ENOTDIR");
  }
  detach(_name: string): void {
    throw new Errno("ENOTDIR");
  }
  read(_position: number, _max: number): Uint8Array {
    throw new Errno("EINVAL");
  }
  write(_position: number, _data: Uint8Array): void {
    throw new Errno("EINVAL");
  }
  truncate(_size: number): void {
    throw new Errno("EINVAL");
  }
  retain(): void {}
  release(): void {}
  /** One name less. */
  unlinked(): void {
    this.links--;
    this.changed = this.home.now();
    if (this.links === 0) this.home.grow(0, -1);
  }
  /** This node as a frozen value; undefined for what a tree cannot hold (named pipes). */
  abstract freeze(): FileTree | undefined;
  protected treeAttributes() {
    return { mode: this.mode, uid: this.uid, gid: this.gid, modified: this.modified };
  }
}

class FileInode extends Inode {
  readonly type = "file";
  /** Capacity; the content is its first `#size` bytes. */
  #data: Uint8Array;
  #size: number;
  /** Bytes below this are seen by someone else (a tree, a reader) and must not be written in place. */
  #shared: number;
  /** Instead of all that, once a large file is written to. */
  #pages: PagedContent | undefined;
  #opens = 0;

  constructor(home: InodeHome, from: Omit<RegularFileTree, "type">, frozen?: RegularFileTree) {
    super(home, from);
    this.#data = from.data;
    this.#size = from.data.length;
    this.#shared = this.#size;
    this.frozen = frozen;
  }

  override get size(): number {
    return this.#size;
  }

  override read(position: number, max: number): Uint8Array {
    const end = Math.min(this.#size, position + max);
    if (position >= end) return EMPTY;
    if (this.#pages !== undefined) return this.#pages.read(position, max);
    if (end > this.#shared) this.#shared = end;
    return this.#data.subarray(position, end);
  }

  override write(position: number, data: Uint8Array): void {
    this.home.writable();
    const end = position + data.length;
    if (end > MAX_FILE_BYTES) throw new Errno("EFBIG");
    if (position > this.#size) this.truncate(position);
    if (end > this.#size) this.home.grow(end - this.#size, 0);
    if (this.#paged(end, position)) this.#pages?.write(position, data);
    else {
      if (end > this.#data.length || position < this.#shared) this.#copy(Math.max(end, this.#size), end > this.#size);
      this.#data.set(data, position);
    }
    if (end > this.#size) this.#size = end;
    this.touch();
  }

  override truncate(size: number): void {
    this.home.writable();
    if (size > MAX_FILE_BYTES) throw new Errno("EFBIG");
    if (size !== this.#size) {
      this.home.grow(size - this.#size, 0);
      if (size === 0) {
        this.#data = EMPTY;
        this.#shared = 0;
        this.#pages = undefined;
      } else if (this.#paged(size, this.#size)) this.#pages?.truncate(size);
      else if (size > this.#size) {
        if (size > this.#data.length || this.#shared > this.#size) this.#copy(size, false);
        else this.#data.fill(0, this.#size, size);
      }
      this.#size = size;
    }
    this.touch();
  }

  /** Whether the content is in pages, from now on where writing from `position` to `end` would copy a large file. */
  #paged(end: number, position: number): boolean {
    if (this.#pages !== undefined) return true;
    if (Math.max(end, this.#size) <= PAGED_FROM) return false;
    if (end <= this.#data.length && position >= this.#shared) return false;
    this.#pages = new PagedContent(this.#data, this.#size, this.#shared);
    this.#data = EMPTY;
    return true;
  }

  /** A buffer of its own, larger than asked for where the file grows, so that appending stays linear. */
  #copy(size: number, grows: boolean): void {
    const capacity = grows ? Math.max(64, size + Math.min(size, 4 << 20)) : size;
    const copy = new Uint8Array(capacity);
    copy.set(this.#data.subarray(0, Math.min(this.#size, capacity)));
    this.#data = copy;
    this.#shared = 0;
  }

  override retain(): void {
    this.#opens++;
  }

  override release(): void {
    this.#opens--;
    if (this.links === 0 && this.#opens === 0) this.home.grow(-this.#size, 0);
  }

  override unlinked(): void {
    super.unlinked();
    if (this.links === 0 && this.#opens === 0) this.home.grow(-this.#size, 0);
  }

  freeze(): FileTree {
    if (this.frozen === undefined) {
      if (this.#pages !== undefined) {
        this.#data = this.#pages.read(0, this.#size);
        this.#pages = undefined;
      }
      this.#shared = this.#size;
      this.frozen = { type: "file", ...this.treeAttributes(), data: this.#data.subarray(0, this.#size) };
    }
    return this.frozen;
  }
}

/** A file whose data were never written (fallocate): zeros that take room on the disk and none in memory. */
export class AllocatedInode extends Inode {
  readonly type = "file";
  #size = 0;
  #opens = 0;

  constructor(home: InodeHome, now: number) {
    super(home, { mode: 0o600, uid: 0, gid: 0, modified: now });
    this.links = 0;
  }
  override get size(): number {
    return this.#size;
  }
  /** ENOSPC. */
  resize(size: number): void {
    this.home.reserve(size - this.#size);
    this.#size = size;
    this.touch();
  }
  override read(position: number, max: number): Uint8Array {
    const length = Math.max(0, Math.min(this.#size - position, max));
    if (length > MAX_ZEROS) throw new Errno("ENOMEM");
    return new Uint8Array(length);
  }
  override write(_position: number, data: Uint8Array): void {
    if (data.length > 0) throw new Errno("ENOSPC");
  }
  override truncate(size: number): void {
    this.home.writable();
    if (size > this.#size) throw new Errno("ENOSPC");
    this.resize(size);
  }
  override retain(): void {
    this.#opens++;
  }
  override release(): void {
    this.#opens--;
    if (this.links === 0 && this.#opens === 0) this.resize(0);
  }
  override unlinked(): void {
    super.unlinked();
    if (this.links === 0 && this.#opens === 0) this.resize(0);
  }
  freeze(): undefined {
    return undefined;
  }
}

class SymlinkInode extends Inode {
  readonly type = "symlink";
  readonly #target: string;

  constructor(home: InodeHome, from: Pick<FileTree, "mode" | "uid" | "gid" | "modified">, target: string) {
    super(home, from);
    this.#target = target;
  }
  override get target(): string {
    return this.#target;
  }
  override get size(): number {
    return encoder.encode(this.#target).length;
  }
  freeze(): FileTree {
    this.frozen ??= { type: "symlink", ...this.treeAttributes(), target: this.#target };
    return this.frozen;
  }
}

/** A named pipe. Its content lives with whoever has it open (see `process/open.ts`); snapshots leave it out. */
class FifoInode extends Inode {
  readonly type = "fifo";
  freeze(): undefined {
    return undefined;
  }
}

export class DirectoryInode extends Inode {
  readonly type = "directory";
  /** Where entries come from that nobody touched yet. */
  #origin: DirectoryTree | undefined;
  #children: Map<string, Inode> | undefined;
  #removed: Set<string> | undefined;

  constructor(home: InodeHome, from: Omit<DirectoryTree, "type" | "entries">, origin?: DirectoryTree) {
    super(home, from);
    this.#origin = origin;
    this.frozen = origin;
  }

  override get size(): number {
    return 4096;
  }

  override stat(): FileStat {
    let links = 2;
    for (const entry of this.entries()) if (entry.type === "directory") links++;
    return { ...super.stat(), links: this.links === 0 ? 0 : links };
  }

  override child(name: string): Inode | undefined {
    const live = this.#children?.get(name);
    if (live !== undefined) return live;
    const origin = this.#origin;
    if (origin === undefined || !Object.hasOwn(origin.entries, name) || this.#removed?.has(name)) return undefined;
    const node = inodeOf(this.home, origin.entries[name] as FileTree);
    this.#children ??= new Map();
    this.#children.set(name, node);
    return node;
  }

  override entries(): DirectoryEntry[] {
    const found: DirectoryEntry[] = [];
    const origin = this.#origin?.entries ?? {};
    for (const name of Object.keys(origin)) {
      const live = this.#children?.get(name);
      if (live !== undefined) found.push({ name, type: live.type });
      else if (!this.#removed?.has(name)) found.push({ name, type: (origin[name] as FileTree).type });
    }
    for (const [name, node] of this.#children ?? []) {
      if (!Object.hasOwn(origin, name)) found.push({ name, type: node.type });
    }
    return found;
  }

  override create(name: string, node: NewNode): Inode {
    this.#mayAdd(name);
    if (this.child(name) !== undefined) throw new Errno("EEXIST");
    this.home.grow(0, 1);
    const modified = this.home.now();
    let made: Inode;
    if (node.type === "symlink") {
      made = new SymlinkInode(this.home, { mode: 0o777, uid: node.uid, gid: node.gid, modified }, node.target);
    } else {
      const from = { mode: node.mode & 0o7777, uid: node.uid, gid: node.gid, modified };
      if (node.type === "directory") made = new DirectoryInode(this.home, from);
      else if (node.type === "fifo") made = new FifoInode(this.home, from);
      else made = new FileInode(this.home, { ...from, data: EMPTY });
    }
    this.#put(name, made);
    return made;
  }

  override attach(name: string, node: FileNode): void {
    if (!(node instanceof Inode) || node.home !== this.home) throw new Errno("EXDEV");
    this.#mayAdd(name);
    const present = this.child(name);
    if (present === node) return;
    if (present !== undefined) this.detach(name);
    node.links++;
    node.changed = this.home.now();
    this.#put(name, node);
  }

  override detach(name: string): void {
    this.home.writable();
    const node = this.child(name);
    if (node === undefined) throw new Errno("ENOENT");
    this.#children?.delete(name);
    if (this.#origin !== undefined && Object.hasOwn(this.#origin.entries, name)) {
      this.#removed ??= new Set();
      this.#removed.add(name);
    }
    node.unlinked();
    this.touch();
  }

  #mayAdd(name: string): void {
    this.home.writable();
    if (encoder.encode(name).length > MAX_NAME) throw new Errno("ENAMETOOLONG");
    if (this.links === 0) throw new Errno("ENOENT");
  }

  #put(name: string, node: Inode): void {
    this.#children ??= new Map();
    this.#children.set(name, node);
    this.touch();
  }

  freeze(): DirectoryTree {
    const origin = this.#origin;
    let same = this.frozen !== undefined && this.frozen === origin;
    const live = new Map<string, FileTree>();
    for (const [name, node] of this.#children ?? []) {
      const frozen = node.freeze();
      if (frozen !== undefined) live.set(name, frozen);
      if (same && origin?.entries[name] !== frozen) same = false;
    }
    if (same && origin !== undefined) return origin;
    const entries: [string, FileTree][] = [];
    for (const { name } of this.entries()) {
      const node = live.get(name) ?? (this.#children?.has(name) ? undefined : origin?.entries[name]);
      if (node !== undefined) entries.push([name, node]);
    }
    const frozen: DirectoryTree = { type: "directory", ...this.treeAttributes(), entries: Object.fromEntries(entries) };
    this.#origin = frozen;
    this.#removed = undefined;
    this.frozen = frozen;
    return frozen;
  }
}

function inodeOf(home: InodeHome, tree: FileTree): Inode {
  switch (tree.type) {
    case "file":
      return new FileInode(home, tree, tree);
    case "directory":
      return new DirectoryInode(home, tree, tree);
    case "symlink": {
      const made = new SymlinkInode(home, tree, tree.target);
      made.frozen = tree;
      return made;
    }
  }
}
