/** File systems whose content is computed when somebody looks: /proc and /dev. */
import { Errno } from "../errno.ts";
import type { Descriptor, DirectoryEntry, DirectoryTree, FileStat, FileSystem, FileType } from "../types.ts";
import { MountTable } from "./mounts.ts";
import type { DeviceName, FileNode } from "./node.ts";
import { directory } from "./tree.ts";
import { FileView } from "./view.ts";

interface GeneratedAttributes {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Milliseconds since the epoch. Default: when machines were invented here. */
  readonly modified?: number;
}

const encoder = new TextEncoder();
const DEFAULT_TIME = Date.UTC(2025, 0, 1);

export abstract class GeneratedNode implements FileNode {
  abstract readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly #modified: number;

  constructor({ mode, uid = 0, gid = 0, modified = DEFAULT_TIME }: GeneratedAttributes) {
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.#modified = modified;
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
    const time = this.#modified;
    return {
      type: this.type,
      mode: this.mode,
      uid: this.uid,
      gid: this.gid,
      size: this.size,
      links: this.type === "directory" ? 2 : 1,
      inode: 1,
      accessed: time,
      modified: time,
      changed: time,
    };
  }
  setAttributes(): void {
    throw new Errno("EPERM");
  }
  child(_name: string): FileNode | undefined {
    throw new Errno("ENOTDIR");
  }
  entries(): DirectoryEntry[] {
    throw new Errno("ENOTDIR");
  }
  create(): FileNode {
    throw new Errno("EACCES");
  }
  attach(): void {
    throw new Errno("EACCES");
  }
  detach(): void {
    throw new Errno("EPERM");
  }
  read(_position: number, _max: number): Uint8Array {
    throw new Errno("EINVAL");
  }
  write(_position: number, _data: Uint8Array): void {
    throw new Errno("EACCES");
  }
  truncate(_size: number): void {
    throw new Errno("EACCES");
  }
  retain(): void {}
  release(): void {}
}

/** A directory whose entries are functions of the moment. */
export class GeneratedDirectory extends GeneratedNode {
  readonly type = "directory";
  readonly #child: (name: string) => FileNode | undefined;
  readonly #names: () => readonly string[];

  constructor(
    content: { child(name: string): FileNode | undefined; names(): readonly string[] },
    attributes: GeneratedAttributes = { mode: 0o555 },
  ) {
    super(attributes);
    this.#child = content.child;
    this.#names = content.names;
  }
  override child(name: string): FileNode | undefined {
    return this.#child(name);
  }
  override entries(): DirectoryEntry[] {
    return this.#names().flatMap((name) => {
      const node = this.#child(name);
      return node === undefined ? [] : [{ name, type: node.type }];
    });
  }
}

/** A fixed table of entries, each made when it is looked at. */
export function generatedTable(
  table: Readonly<Record<string, () => FileNode | undefined>>,
  attributes?: GeneratedAttributes,
): GeneratedDirectory {
  return new GeneratedDirectory(
    { child: (name) => (Object.hasOwn(table, name) ? table[name]?.() : undefined), names: () => Object.keys(table) },
    attributes,
  );
}

/** A file whose content is computed whenever somebody begins to read it. */
export class GeneratedFile extends GeneratedNode {
  readonly type = "file";
  readonly #content: () => string | Uint8Array;
  #data: Uint8Array | undefined;

  constructor(content: () => string | Uint8Array, attributes: GeneratedAttributes = { mode: 0o444 }) {
    super(attributes);
    this.#content = content;
  }
  override read(position: number, max: number): Uint8Array {
    // One look gives one consistent text, however it is read.
    if (position === 0 || this.#data === undefined) {
      const content = this.#content();
      this.#data = typeof content === "string" ? encoder.encode(content) : content;
    }
    return this.#data.slice(position, position + max);
  }
}

/** A symbolic link; with `magic` it leads to that file rather than along its text, as those of /proc/PID/fd do. */
export class GeneratedLink extends GeneratedNode {
  readonly type = "symlink";
  readonly magic?: FileNode;
  readonly #target: string;

  constructor(target: string, magic?: FileNode) {
    super({ mode: 0o777 });
    this.#target = target;
    if (magic !== undefined) this.magic = magic;
  }
  override get target(): string {
    return this.#target;
  }
}

/** A device: what is read and written is its driver's. */
export class DeviceNode extends GeneratedNode {
  readonly type = "device";
  readonly #device: DeviceName;
  readonly #numbers: readonly [major: number, minor: number];

  constructor(device: DeviceName, numbers: readonly [major: number, minor: number]) {
    super({ mode: 0o666 });
    this.#device = device;
    this.#numbers = numbers;
  }
  override stat(): FileStat {
    return { ...super.stat(), device: this.#numbers };
  }
  override get device(): DeviceName {
    return this.#device;
  }
  override setAttributes(): void {
    // Times and modes of devices are nobody's business here.
  }
  override truncate(): void {}
  override write(): void {
    if (this.#device === "full") throw new Errno("ENOSPC");
  }
}

/** Where /proc/PID/fd/N leads. */
export class DescriptorNode extends GeneratedNode {
  readonly type: FileType;
  readonly descriptor: Descriptor;

  constructor(descriptor: Descriptor, uid: number) {
    super({ mode: descriptor.kind === "tty" ? 0o620 : 0o600, uid });
    this.descriptor = descriptor;
    this.type =
      descriptor.kind === "tty" || descriptor.kind === "null" ? "device" : descriptor.kind === "file" ? "file" : "fifo";
  }
}

/** A file system around a generated root. */
export class GeneratedFileSystem extends FileView implements FileSystem {
  readonly source: string;
  readonly fileSystemType: string;
  readonly root: FileNode;

  constructor(source: string, fileSystemType: string, root: FileNode) {
    const mounts = new MountTable();
    super({ mounts, uid: 0, gid: 0 });
    this.source = source;
    this.fileSystemType = fileSystemType;
    this.root = root;
    mounts.setRoot(this);
  }
  usage() {
    return { usedBytes: 0, capacityBytes: undefined, inodes: 0 };
  }
  resize(): void {
    throw new Errno("EINVAL");
  }
  diskBytes(): number {
    return 0;
  }
  allocate(): void {
    throw new Errno("ENOSPC");
  }
  dispose(): void {}
  snapshot(): DirectoryTree {
    return directory();
  }
  announce(): void {}
  override watch(): () => void {
    return () => undefined;
  }
}
