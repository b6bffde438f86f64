/** Files by path, as somebody sees them: a bare file system, a machine's superuser, or a process. */
import { Errno, isErrno } from "../errno.ts";
import type { DirectoryEntry, FileApi, FileChange, FileStat, OpenOptions } from "../types.ts";
import { allowed, checkDevice, type Location, type MountTable, type Walker } from "./mounts.ts";
import type { FileNode } from "./node.ts";

export interface ViewContext extends Walker {
  readonly mounts: MountTable;
  /** Undefined: modes are taken as they are given, and default to 0644 and 0755. */
  readonly umask?: number;
  /** Called before every operation; throws where its owner may do no more. */
  enter?(): void;
  /** Its owner has to wait for a device: `ms` from now. */
  waitsFor?(ms: number): void;
}

/** An opened node with the path to announce changes under. */
export interface OpenNode {
  readonly node: FileNode;
  readonly location: Location;
  readonly created: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const WHOLE = Number.MAX_SAFE_INTEGER;

export class FileView implements FileApi {
  readonly #context: ViewContext;

  constructor(context: ViewContext) {
    this.#context = context;
  }

  stat(path: string): FileStat {
    return this.#stat(path, true);
  }

  lstat(path: string): FileStat {
    return this.#stat(path, false);
  }

  exists(path: string): boolean {
    try {
      return this.locate(path, true).node !== undefined;
    } catch (error) {
      if (isErrno(error)) return false;
      throw error;
    }
  }

  readFile(path: string): Uint8Array {
    const location = this.locate(path, true);
    const { node } = location;
    if (node === undefined) throw new Errno("ENOENT", path);
    if (node.type === "directory") throw new Errno("EISDIR", path);
    this.#need(node, 4, path);
    if (node.device !== undefined) {
      if (node.device === "null") return new Uint8Array(0);
      throw new Errno("EINVAL", path);
    }
    const data = node.read(0, WHOLE);
    this.#chargeDevice(location, data.length);
    return data;
  }

  readText(path: string): string {
    return decoder.decode(this.readFile(path));
  }

  writeFile(
    path: string,
    data: Uint8Array | string,
    options: { readonly mode?: number; readonly append?: boolean } = {},
  ): void {
    const opened = this.openNode(path, {
      write: true,
      create: true,
      ...(options.append ? {} : { truncate: true }),
      ...(options.mode === undefined ? {} : { mode: options.mode }),
    });
    const { node } = opened;
    if (node.device !== undefined) {
      if (node.device === "full") throw new Errno("ENOSPC", path);
      return;
    }
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    try {
      if (bytes.length > 0) checkDevice(opened.location.mount, true, path);
      if (bytes.length > 0) {
        node.write(options.append ? node.size : 0, bytes);
        this.#chargeDevice(opened.location, bytes.length);
      }
    } catch (error) {
      throw withPath(error, path);
    } finally {
      this.changed(opened.location, opened.created ? "created" : "changed");
    }
  }

  list(path: string): DirectoryEntry[] {
    const location = this.locate(path, true);
    const node = location.node;
    if (node === undefined) throw new Errno("ENOENT", path);
    if (node.type !== "directory") throw new Errno("ENOTDIR", path);
    this.#need(node, 4, path);
    const entries = node.entries();
    for (const { name, entry } of this.#context.mounts.namesIn(location.path)) {
      const at = entries.findIndex((present) => present.name === name);
      const mounted = { name, type: entry.root.type };
      if (at === -1) entries.push(mounted);
      else entries[at] = mounted;
    }
    return entries;
  }

  makeDirectory(path: string, options: { readonly recursive?: boolean; readonly mode?: number } = {}): void {
    const location = this.#locateOrParents(path, options.recursive ?? false);
    if (location.node !== undefined) {
      if (options.recursive && location.node.type === "directory") return;
      throw new Errno("EEXIST", path);
    }
    this.#create(location, path, "directory", this.#mode(options.mode, 0o777));
  }

  /** A named pipe. EEXIST. */
  makeFifo(path: string, mode?: number): void {
    const location = this.locate(path, false);
    if (location.node !== undefined) throw new Errno("EEXIST", path);
    this.#create(location, path, "fifo", this.#mode(mode, 0o666));
  }

  remove(path: string, options: { readonly recursive?: boolean; readonly force?: boolean } = {}): void {
    let location: Location;
    try {
      location = this.locate(path, false);
    } catch (error) {
      if (options.force && isErrno(error, "ENOENT")) return;
      throw error;
    }
    const { node } = location;
    if (node === undefined) {
      if (options.force) return;
      throw new Errno("ENOENT", path);
    }
    if (node.type === "directory") {
      if (!options.recursive) throw new Errno(this.#isLink(path) ? "ENOTDIR" : "EISDIR", path);
      this.#mayRemove(location, path);
      for (const entry of this.list(location.path)) {
        this.remove(location.path === "/" ? `/${entry.name}` : `${location.path}/${entry.name}`, { recursive: true });
      }
    }
    this.#detach(location, path);
  }

  removeDirectory(path: string): void {
    const last = lastName(path);
    if (last === ".") throw new Errno("EINVAL", path);
    if (last === "..") throw new Errno("ENOTEMPTY", path);
    const location = this.locate(path, false);
    const { node } = location;
    if (node === undefined) throw new Errno("ENOENT", path);
    this.#mayRemove(location, path);
    if (node.type !== "directory" || this.#isLink(path)) throw new Errno("ENOTDIR", path);
    if (node.entries().length > 0) throw new Errno("ENOTEMPTY", path);
    this.#detach(location, path);
  }

  rename(from: string, to: string): void {
    for (const path of [from, to]) if (/^\.\.?$/.test(lastName(path))) throw new Errno("EBUSY", path);
    const source = this.#entry(from);
    const { node } = source;
    if (node === undefined) throw new Errno("ENOENT", from);
    const target = this.#entry(to);
    if (isMountPoint(source)) throw new Errno("EBUSY", from);
    if (source.mount !== target.mount) throw new Errno("EXDEV", to);
    if (target.path.startsWith(`${source.path}/`)) throw new Errno("EINVAL", to);
    if (source.path.startsWith(`${target.path}/`)) throw new Errno("ENOTEMPTY", to);
    if (node.type !== "directory" && (from.endsWith("/") || to.endsWith("/"))) throw new Errno("ENOTDIR", from);
    if (target.node === node) return;
    this.#mayRemove(source, from);
    // A directory that goes elsewhere is written to: its ".." changes.
    if (node.type === "directory" && source.parent !== target.parent) this.#need(node, 2, from);
    if (target.node !== undefined) {
      if (target.node.type === "directory") {
        if (node.type !== "directory") throw new Errno("EISDIR", to);
        if (target.node.entries().length > 0) throw new Errno("ENOTEMPTY", to);
      } else if (node.type === "directory") throw new Errno("ENOTDIR", to);
      this.#mayRemove(target, to);
    } else this.#mayCreate(target, to);
    attempt(to, () => {
      target.parent?.attach(target.name, node);
      source.parent?.detach(source.name);
    });
    this.#chargeDevice(target, 0);
    this.changed(source, "removed");
    this.changed(target, "created");
  }

  symlink(target: string, path: string): void {
    if (target === "") throw new Errno("ENOENT", path);
    const location = this.locate(path, false);
    if (path.endsWith("/") && location.node === undefined) throw new Errno("ENOENT", path);
    if (location.node !== undefined) throw new Errno("EEXIST", path);
    this.#mayCreate(location, path);
    const { uid, gid } = this.#context;
    attempt(path, () => location.parent?.create(location.name, { type: "symlink", target, uid, gid }));
    this.#chargeDevice(location, 0);
    this.changed(location, "created");
  }

  link(existing: string, path: string): void {
    const source = this.locate(existing, false);
    if (source.node === undefined) throw new Errno("ENOENT", existing);
    const target = this.locate(path, false);
    if (target.node !== undefined) throw new Errno("EEXIST", path);
    if (source.mount !== target.mount) throw new Errno("EXDEV", path);
    this.#mayCreate(target, path);
    if (source.node.type === "directory") throw new Errno("EPERM", existing);
    const { node } = source;
    this.#needLinkable(node, existing);
    attempt(path, () => target.parent?.attach(target.name, node));
    this.#chargeDevice(target, 0);
    this.changed(target, "created");
  }

  readLink(path: string): string {
    const location = this.locate(path, false);
    if (location.node === undefined) throw new Errno("ENOENT", path);
    if (location.node.type !== "symlink") throw new Errno("EINVAL", path);
    return location.path === "/proc/self" ? String(this.#context.pid ?? 1) : location.node.target;
  }

  realPath(path: string): string {
    const location = this.locate(path, true);
    if (location.node === undefined) throw new Errno("ENOENT", path);
    return location.path;
  }

  chmod(path: string, mode: number): void {
    this.#change(path, true, (node) => {
      this.#needOwner(node, path);
      // setgid for a group that one is not in is dropped in silence.
      const { uid, gid, groups } = this.#context;
      const member = uid === 0 || gid === node.gid || groups?.includes(node.gid) === true;
      node.setAttributes({ mode: member ? mode : mode & ~0o2000 });
    });
  }

  chown(path: string, uid: number, gid: number, options: { readonly follow?: boolean } = {}): void {
    this.#change(path, options.follow ?? true, (node) => {
      const { uid: own, gid: group, groups } = this.#context;
      const isMember = gid === node.gid || gid === group || groups?.includes(gid) === true;
      if (own !== 0 && !(own === node.uid && uid === node.uid && isMember)) throw new Errno("EPERM", path);
      // Who gets a program gets it without its giver's rights.
      const special = node.type === "file" ? 0o4000 | ((node.mode & 0o010) !== 0 ? 0o2000 : 0) : 0;
      node.setAttributes({ uid, gid, ...((node.mode & special) === 0 ? {} : { mode: node.mode & ~special }) });
    });
  }

  setTimes(
    path: string,
    accessed: number,
    modified: number,
    options: { readonly follow?: boolean; readonly toNow?: boolean } = {},
  ): void {
    this.#change(path, options.follow ?? true, (node) => {
      const { uid } = this.#context;
      if (uid !== 0 && uid !== node.uid) {
        if (!options.toNow) throw new Errno("EPERM", path);
        this.#need(node, 2, path);
      }
      node.setAttributes({ accessed, modified });
    });
  }

  truncate(path: string, size: number): void {
    const { node, location } = this.openNode(path, { write: true });
    if (node.type !== "file") throw new Errno("EINVAL", path);
    attempt(path, () => node.truncate(size));
    this.#chargeDevice(location, 0);
    this.changed(location, "changed");
  }

  watch(path: string, listener: (change: FileChange) => void): () => void {
    const location = this.locate(path, true);
    const { mount } = location;
    const inside = location.path.slice(mount.path === "/" ? 0 : mount.path.length);
    const outside = mount.path === "/" ? "" : mount.path;
    return mount.fileSystem.watch(`${mount.base}${inside}` || "/", (change) =>
      listener({ ...change, path: `${outside}${change.path.slice(mount.base.length)}` }),
    );
  }

  /** Opens a file, making it where that is asked for. Devices and pipes are returned as they are. */
  openNode(path: string, options: OpenOptions): OpenNode {
    const location = options.create ? this.#creatable(path, options) : this.locate(path, true);
    const writes = (options.write ?? false) || (options.append ?? false);
    let { node } = location;
    if (node === undefined) {
      if (!options.create) throw new Errno("ENOENT", path);
      if (path.endsWith("/")) throw new Errno("EISDIR", path);
      node = this.#create(location, path, "file", this.#mode(options.mode, 0o666));
      return { node, location, created: true };
    }
    if (options.create && options.exclusive) throw new Errno("EEXIST", path);
    if (node.type === "directory" && (writes || options.create)) throw new Errno("EISDIR", path);
    if (options.read ?? !writes) this.#need(node, 4, path);
    if (writes) {
      this.#need(node, 2, path);
      if (location.mount.readOnly && (node.type === "file" || node.type === "directory"))
        throw new Errno("EROFS", path);
    }
    // Who writes into another's program takes its rights from it.
    const special = 0o4000 | ((node.mode & 0o010) !== 0 ? 0o2000 : 0);
    if (writes && this.#context.uid !== 0 && node.type === "file" && (node.mode & special) !== 0)
      node.setAttributes({ mode: node.mode & ~special });
    if (writes && options.truncate && node.type === "file") {
      const file = node;
      attempt(path, () => file.truncate(0));
      this.#chargeDevice(location, 0);
      this.changed(location, "changed");
    }
    return { node, location, created: false };
  }

  locate(path: string, followLast: boolean): Location {
    this.#context.enter?.();
    return this.#context.mounts.resolve(this.#context, path, followLast);
  }

  /** True where the owner may read (4), write (2), execute or search (1) what is at `path`. */
  mayAccess(path: string, wanted: number): boolean {
    try {
      const location = this.locate(path, true);
      if (location.node === undefined) return false;
      if ((wanted & 2) !== 0 && location.mount.readOnly) return false;
      return allowed(this.#context, location.node, wanted);
    } catch (error) {
      if (isErrno(error)) return false;
      throw error;
    }
  }

  changed(location: Location, type: FileChange["type"]): void {
    const { mount, path } = location;
    const inside = mount.path === "/" ? path : path.slice(mount.path.length);
    mount.fileSystem.announce({ type, path: `${mount.base}${inside}` || "/" });
  }

  #chargeDevice({ mount }: Location, bytes: number): void {
    const { latency } = mount.mount;
    if (latency !== undefined) this.#context.waitsFor?.(latency(bytes));
  }

  #stat(path: string, follow: boolean): FileStat {
    const { node, mount } = this.locate(path, follow);
    if (node === undefined) throw new Errno("ENOENT", path);
    return Object.assign(node.stat(), { fileSystem: this.#context.mounts.deviceNumber(mount) });
  }

  #mode(given: number | undefined, most: number): number {
    const { umask } = this.#context;
    return umask === undefined ? (given ?? most & ~0o022) : (given ?? most) & ~umask;
  }

  /** O_CREAT follows a link that leads nowhere, O_EXCL does not. */
  #creatable(path: string, options: OpenOptions): Location {
    // A name with a slash behind it is a directory's, which open(2) does not make.
    if (path.endsWith("/")) {
      this.#entry(path);
      throw new Errno("EISDIR", path);
    }
    return this.locate(path, !options.exclusive);
  }

  #locateOrParents(path: string, recursive: boolean): Location {
    try {
      return this.locate(path, recursive);
    } catch (error) {
      if (!recursive || !isErrno(error, "ENOENT")) throw error;
      const parent = path.replace(/\/+[^/]*\/*$/, "");
      if (parent === "" || parent === path) throw error;
      this.makeDirectory(parent, { recursive: true });
      return this.locate(path, true);
    }
  }

  #create(location: Location, path: string, type: "file" | "directory" | "fifo", mode: number): FileNode {
    this.#mayCreate(location, path);
    const { uid, gid } = this.#context;
    const inherits = ((location.parent?.mode ?? 0) & 0o2000) !== 0;
    const group = inherits ? (location.parent?.gid ?? gid) : gid;
    const bits = inherits && type === "directory" ? mode | 0o2000 : mode;
    const made = attempt(path, () => location.parent?.create(location.name, { type, mode: bits, uid, gid: group }));
    if (made === undefined) throw new Errno("EEXIST", path);
    this.#chargeDevice(location, 0);
    this.changed(location, "created");
    return made;
  }

  #change(path: string, follow: boolean, run: (node: FileNode) => void): void {
    const location = this.locate(path, follow);
    const { node } = location;
    if (node === undefined) throw new Errno("ENOENT", path);
    if (location.mount.readOnly) throw new Errno("EROFS", path);
    attempt(path, () => run(node));
    this.#chargeDevice(location, 0);
    this.changed(location, "changed");
  }

  #need(node: FileNode, wanted: number, path: string): void {
    if (this.#context.uid !== 0 && !allowed(this.#context, node, wanted)) throw new Errno("EACCES", path);
  }

  /** A name that is made or removed: with slashes behind it, still the link and not what it leads to. */
  #entry(path: string): Location {
    return this.locate(path.replace(/(?<=[^/])\/+$/, ""), false);
  }

  /** "link/": it leads to a directory, and is none. */
  #isLink(path: string): boolean {
    return path.endsWith("/") && this.#entry(path).node?.type === "symlink";
  }

  /** Nobody links files that are not theirs and that they could not write (fs.protected_hardlinks). */
  #needLinkable(node: FileNode, path: string): void {
    const { uid } = this.#context;
    if (uid === 0 || uid === node.uid) return;
    const special = (node.mode & 0o4000) !== 0 || (node.mode & 0o2010) === 0o2010;
    if (node.type !== "file" || special || !allowed(this.#context, node, 6)) throw new Errno("EPERM", path);
  }

  #needOwner(node: FileNode, path: string): void {
    if (this.#context.uid !== 0 && this.#context.uid !== node.uid) throw new Errno("EPERM", path);
  }

  #mayCreate(location: Location, path: string): void {
    const { parent, mount } = location;
    if (parent === undefined) throw new Errno("EEXIST", path);
    if (mount.readOnly) throw new Errno("EROFS", path);
    checkDevice(mount, true, path);
    this.#need(parent, 3, path);
  }

  #mayRemove(location: Location, path: string): void {
    const { parent, mount, node } = location;
    if (parent === undefined || this.#context.mounts.isMountPoint(location.path)) throw new Errno("EBUSY", path);
    if (mount.readOnly) throw new Errno("EROFS", path);
    this.#need(parent, 3, path);
    const { uid } = this.#context;
    const sticky = (parent.mode & 0o1000) !== 0;
    if (sticky && uid !== 0 && uid !== parent.uid && uid !== node?.uid) throw new Errno("EPERM", path);
  }

  #detach(location: Location, path: string): void {
    this.#mayRemove(location, path);
    attempt(path, () => location.parent?.detach(location.name));
    this.#chargeDevice(location, 0);
    this.changed(location, "removed");
  }
}

function lastName(path: string): string {
  return /[^/]*(?=\/*$)/.exec(path)?.[0] ?? "";
}

function isMountPoint({ path, mount, node }: Location): boolean {
  return path === mount.path && node === mount.root;
}

/** Errors of nodes know no path; the caller's is what people want to read. */
function attempt<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw withPath(error, path);
  }
}

function withPath(error: unknown, path: string): unknown {
  return isErrno(error) && error.path === undefined ? new Errno(error.code, path) : error;
}
