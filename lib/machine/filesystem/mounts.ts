/** Which file system is where, and how a path is followed through them. */
import { Errno, isErrno } from "../errno.ts";
import type { FileSystem, Mount } from "../types.ts";
import type { FileNode } from "./node.ts";

interface MountEntry {
  /** Absolute and without links. */
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly root: FileNode;
  /** Where `root` is in its file system: "" for its root directory. */
  readonly base: string;
  readonly readOnly: boolean;
  readonly mount: Mount;
}

/** A mount whose file system is made when somebody comes to it. */
class LateEntry implements MountEntry {
  readonly path: string;
  readonly mount: Mount;

  constructor(path: string, mount: Mount) {
    this.path = path;
    this.mount = mount;
  }

  get fileSystem(): FileSystem {
    return this.mount.fileSystem;
  }
  get root(): FileNode {
    return this.mount.fileSystem.root;
  }
  get base(): string {
    return "";
  }
  get readOnly(): boolean {
    return this.mount.readOnly ?? false;
  }
}

/** Who follows a path: decides where relative paths start and which directories may be searched. */
export interface Walker {
  readonly cwd?: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
  readonly pid?: number;
}

/** Where a path leads. `node` is undefined where only the last name is missing. */
export interface Location {
  /** The mount that holds the node; where there is none, the one its directory is in. */
  readonly mount: MountEntry;
  readonly parent: FileNode | undefined;
  readonly name: string;
  readonly node: FileNode | undefined;
  /** Absolute, every link followed. */
  readonly path: string;
}

/** Throws what the mount's device answers instead of doing as it is told. */
export function checkDevice({ mount }: MountEntry, write: boolean, path?: string): void {
  const failure = mount.failure?.(write);
  if (failure !== undefined) throw new Errno(failure, path);
}

const MAX_LINKS = 40;
/** Bytes, the zero at the end included. */
const MAX_PATH = 4096;
/** Bytes of one name. */
const MAX_NAME = 255;
const encoder = new TextEncoder();
export const SUPERUSER: Walker = { uid: 0, gid: 0 };

/** Permission bits the walker has on a node: 4 read, 2 write, 1 search or execute. */
export function allowed(
  walker: Walker,
  node: Pick<FileNode, "mode" | "uid" | "gid" | "type">,
  wanted: number,
): boolean {
  if (walker.uid === 0) return wanted !== 1 || node.type === "directory" || (node.mode & 0o111) !== 0;
  let bits = node.mode;
  if (walker.uid === node.uid) bits >>= 6;
  else if (walker.gid === node.gid || walker.groups?.includes(node.gid)) bits >>= 3;
  return (bits & wanted) === wanted;
}

interface Frame {
  readonly name: string;
  readonly node: FileNode;
  readonly mount: MountEntry;
  readonly path: string;
}

/** Number of the first file system of a machine: what is below are other devices'. */
const FIRST_DEVICE = 40;

export class MountTable {
  readonly #devices = new Map<FileSystem, number>();
  #root: MountEntry | undefined;
  #byPath: Map<string, MountEntry> | undefined;
  /** Last names of all paths that were ever mounted at: others need no look at the whole path. */
  #names: Set<string> | undefined;

  setRoot(fileSystem: FileSystem, readOnly = false): void {
    const mount = { path: "/", fileSystem, readOnly };
    this.#root = { path: "/", fileSystem, root: fileSystem.root, base: "", readOnly, mount };
  }

  /** All of them, the root first. */
  entries(): readonly MountEntry[] {
    const root = this.#root;
    return root === undefined ? [] : [root, ...(this.#byPath?.values() ?? [])];
  }

  /** Makes the mount point where it is missing. EBUSY where something is mounted there, ENOENT for a missing subPath. */
  add(mount: Mount): void {
    if (mount.isDirectory === true && mount.subPath === undefined) {
      this.#put(new LateEntry(this.#mountPoint(mount.path, true), mount));
      return;
    }
    const root = mount.subPath === undefined ? mount.fileSystem.root : subNode(mount.fileSystem, mount.subPath);
    const path = this.#mountPoint(mount.path, root.type === "directory");
    const base = mount.subPath === undefined ? "" : mount.fileSystem.realPath(mount.subPath).replace(/\/$/, "");
    this.#put({ path, fileSystem: mount.fileSystem, root, base, readOnly: mount.readOnly ?? false, mount });
  }

  #put(entry: MountEntry): void {
    const { path } = entry;
    if (path === "/") {
      this.#root = entry;
      return;
    }
    this.#byPath ??= new Map();
    if (this.#byPath.has(path)) throw new Errno("EBUSY", path);
    this.#byPath.set(path, entry);
    this.#remember(path);
  }

  /** Adds an entry as it is, for file systems that every machine has (/proc, /dev). */
  addBuiltIn(entry: MountEntry): void {
    this.#byPath ??= new Map();
    this.#byPath.set(entry.path, entry);
    this.#remember(entry.path);
  }

  remove(path: string): void {
    const { path: key } = this.resolve(SUPERUSER, path, true);
    if (key === "/" || this.#byPath?.has(key) !== true) throw new Errno("EINVAL", path);
    for (const other of this.#byPath.keys()) if (other.startsWith(`${key}/`)) throw new Errno("EBUSY", path);
    this.#byPath.delete(key);
  }

  #remember(path: string): void {
    this.#names ??= new Set();
    this.#names.add(path.slice(path.lastIndexOf("/") + 1));
  }

  /** What tells file systems apart (st_dev): numbered as they are first asked for. */
  deviceNumber({ fileSystem }: MountEntry): number {
    const known = this.#devices.get(fileSystem);
    if (known !== undefined) return known;
    const number = FIRST_DEVICE + this.#devices.size;
    this.#devices.set(fileSystem, number);
    return number;
  }

  /** Names mounted directly in the directory at `path` (absolute, without links). */
  namesIn(path: string): readonly { readonly name: string; readonly entry: MountEntry }[] {
    const prefix = path === "/" ? "/" : `${path}/`;
    const found: { name: string; entry: MountEntry }[] = [];
    for (const [key, entry] of this.#byPath ?? []) {
      if (key.startsWith(prefix) && !key.includes("/", prefix.length))
        found.push({ name: key.slice(prefix.length), entry });
    }
    return found;
  }

  isMountPoint(path: string): boolean {
    return path === "/" || this.#byPath?.has(path) === true;
  }

  /** Follows `path`. Throws ENOENT where a directory on the way is missing; see `Location` for the last name. */
  resolve(walker: Walker, path: string, followLast: boolean): Location {
    const root = this.#root;
    if (root === undefined || path === "") throw new Errno("ENOENT", path);
    if (path.length * 3 >= MAX_PATH && encoder.encode(path).length >= MAX_PATH) throw new Errno("ENAMETOOLONG", path);
    const pending = path.split("/").reverse();
    if (!path.startsWith("/") && walker.cwd !== undefined) pending.push(...walker.cwd.split("/").reverse());
    const frames: Frame[] = [{ name: "", node: root.root, mount: root, path: "/" }];
    let links = 0;
    for (;;) {
      const name = pending.pop();
      if (name === undefined) break;
      const top = frames[frames.length - 1] as Frame;
      if (name === "") {
        if (pending.length === 0 && top.node.type !== "directory") throw new Errno("ENOTDIR", path);
        continue;
      }
      if (top.node.type !== "directory") throw new Errno("ENOTDIR", path);
      if (walker.uid !== 0 && !allowed(walker, top.node, 1)) throw new Errno("EACCES", path);
      if (name === ".") continue;
      if (name.length * 3 > MAX_NAME && encoder.encode(name).length > MAX_NAME) throw new Errno("ENAMETOOLONG", path);
      if (name === "..") {
        if (frames.length > 1) frames.pop();
        continue;
      }
      const childPath = top.path === "/" ? `/${name}` : `${top.path}/${name}`;
      // Looking at the whole path makes one text of it: of thousands of names, thousands of long ones.
      const mounted = this.#names?.has(name) === true ? this.#byPath?.get(childPath) : undefined;
      let node = mounted?.root ?? top.node.child(name);
      if (node === undefined) {
        while (pending.length > 0 && pending[pending.length - 1] === "") pending.pop();
        if (pending.length > 0) throw new Errno("ENOENT", path);
        checkDevice(top.mount, false, path);
        return { mount: top.mount, parent: top.node, name, node: undefined, path: childPath };
      }
      if (node.type === "symlink" && (followLast || pending.length > 0)) {
        links++;
        if (links > MAX_LINKS) throw new Errno("ELOOP", path);
        if (node.magic === undefined) {
          const target = name === "self" && childPath === "/proc/self" ? String(walker.pid ?? 1) : node.target;
          if (target.startsWith("/")) frames.length = 1;
          pending.push(...target.split("/").reverse());
          continue;
        }
        node = node.magic;
      }
      frames.push({ name, node, mount: mounted ?? top.mount, path: childPath });
    }
    const top = frames[frames.length - 1] as Frame;
    checkDevice(top.mount, false, path);
    return {
      mount: top.mount,
      parent: frames[frames.length - 2]?.node,
      name: top.name,
      node: top.node,
      path: top.path,
    };
  }

  /** The real path of a mount point, made where it is missing. Mounting does not ask for permissions. */
  #mountPoint(path: string, isDirectory: boolean): string {
    const names = path.split("/").filter(Boolean);
    let real = "/";
    for (const [index, name] of names.entries()) {
      const at = real === "/" ? `/${name}` : `${real}/${name}`;
      const found = this.resolve(SUPERUSER, at, true);
      real = found.path;
      if (found.node !== undefined) continue;
      const type = isDirectory || index < names.length - 1 ? "directory" : "file";
      try {
        found.parent?.create(found.name, { type, mode: type === "file" ? 0o644 : 0o755, uid: 0, gid: 0 });
      } catch (error) {
        // A generated or read-only file system: the mount table itself answers for the name.
        if (!isErrno(error)) throw error;
        return [real, ...names.slice(index + 1)].join("/");
      }
    }
    return real;
  }
}

function subNode(fileSystem: FileSystem, subPath: string): FileNode {
  let node: FileNode | undefined = fileSystem.root;
  for (const name of fileSystem.realPath(subPath).split("/").filter(Boolean)) node = node?.child(name);
  if (node === undefined) throw new Errno("ENOENT", subPath);
  return node;
}
