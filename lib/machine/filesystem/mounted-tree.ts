/** A machine's files with its mounts as one tree of nodes: what /proc/PID/root leads to from another machine. */
import type { DirectoryEntry } from "../types.ts";
import type { MountTable } from "./mounts.ts";
import { SUPERUSER } from "./mounts.ts";
import type { FileNode, NewNode, NodeAttributes } from "./node.ts";

export class MountedTree implements FileNode {
  readonly #mounts: MountTable;
  readonly #path: string;
  readonly #node: FileNode;

  constructor(mounts: MountTable, path = "/", node?: FileNode) {
    this.#mounts = mounts;
    this.#path = path;
    const found = node ?? mounts.resolve(SUPERUSER, path, true).node;
    if (found === undefined) throw new Error(`a machine without ${path}`);
    this.#node = found;
  }

  get type() {
    return this.#node.type;
  }
  get mode() {
    return this.#node.mode;
  }
  get uid() {
    return this.#node.uid;
  }
  get gid() {
    return this.#node.gid;
  }
  get size() {
    return this.#node.size;
  }
  get target() {
    return this.#node.target;
  }
  get device() {
    return this.#node.device;
  }
  stat() {
    return this.#node.stat();
  }
  setAttributes(attributes: NodeAttributes): void {
    this.#node.setAttributes(attributes);
  }
  child(name: string): FileNode | undefined {
    const path = this.#path === "/" ? `/${name}` : `${this.#path}/${name}`;
    const mounted = this.#mounts.namesIn(this.#path).find((one) => one.name === name);
    const node = mounted?.entry.root ?? this.#node.child(name);
    return node?.type === "directory" ? new MountedTree(this.#mounts, path, node) : node;
  }
  entries(): DirectoryEntry[] {
    const own = this.#node.entries();
    const mounted = this.#mounts.namesIn(this.#path).filter(({ name }) => !own.some((entry) => entry.name === name));
    return [...own, ...mounted.map(({ name, entry }) => ({ name, type: entry.root.type }))];
  }
  create(name: string, node: NewNode): FileNode {
    return this.#node.create(name, node);
  }
  attach(name: string, node: FileNode): void {
    this.#node.attach(name, node);
  }
  detach(name: string): void {
    this.#node.detach(name);
  }
  read(position: number, max: number): Uint8Array {
    return this.#node.read(position, max);
  }
  write(position: number, data: Uint8Array): void {
    this.#node.write(position, data);
  }
  truncate(size: number): void {
    this.#node.truncate(size);
  }
  retain(): void {
    this.#node.retain();
  }
  release(): void {
    this.#node.release();
  }
}
