/** Volumes that are attached over the network: they outlive nodes, and know which nodes use them. */
import type { Clock } from "../../../clock/index.ts";
import type { FileSystem } from "../../../machine/index.ts";
import { newFileSystem } from "../file-systems.ts";
import type { VolumeSnapshot } from "../types.ts";

interface NetworkVolume {
  readonly fileSystem: FileSystem;
  /** Pods that use it, by UID. */
  readonly users: Map<string, { readonly node: string; readonly name: string }>;
}

export class NetworkVolumes {
  readonly #clock: Clock;
  readonly #volumes = new Map<string, NetworkVolume>();
  readonly #freed = new Set<() => void>();

  constructor(clock: Clock, snapshot: Readonly<Record<string, VolumeSnapshot>> = {}) {
    this.#clock = clock;
    for (const [handle, volume] of Object.entries(snapshot)) {
      this.#volumes.set(handle, {
        fileSystem: newFileSystem({
          clock,
          tree: volume.tree,
          source: deviceOf(handle),
          type: "ext4",
          ...(volume.capacityBytes === undefined ? {} : { capacityBytes: volume.capacityBytes }),
        }),
        users: new Map(),
      });
    }
  }

  /** The volume with that handle, empty where it was never used before. */
  open(handle: string, capacityBytes: number | undefined, type = "ext4"): FileSystem {
    let volume = this.#volumes.get(handle);
    if (volume === undefined) {
      const fileSystem = newFileSystem({
        clock: this.#clock,
        source: type === "nfs" ? handle : deviceOf(handle),
        type,
        ...(capacityBytes === undefined ? {} : { capacityBytes }),
      });
      volume = { fileSystem, users: new Map() };
      this.#volumes.set(handle, volume);
    }
    if (capacityBytes !== undefined && volume.fileSystem.usage().capacityBytes !== capacityBytes) {
      volume.fileSystem.resize(capacityBytes);
    }
    return volume.fileSystem;
  }

  /** Pods on other nodes that use the volume. */
  usersElsewhere(handle: string, node: string): readonly { readonly node: string; readonly name: string }[] {
    return [...(this.#volumes.get(handle)?.users.values() ?? [])].filter((user) => user.node !== node);
  }

  attach(handle: string, podUid: string, user: { readonly node: string; readonly name: string }): void {
    this.#volumes.get(handle)?.users.set(podUid, user);
  }

  detach(handle: string, podUid: string): void {
    const volume = this.#volumes.get(handle);
    if (volume?.users.delete(podUid) !== true) return;
    for (const listener of [...this.#freed]) listener();
  }

  /** A Pod is gone for good, wherever it ran. */
  detachPod(podUid: string): void {
    for (const handle of this.#volumes.keys()) this.detach(handle, podUid);
  }

  /** Called after any volume lost a user. */
  onFreed(listener: () => void): () => void {
    this.#freed.add(listener);
    return () => this.#freed.delete(listener);
  }

  /** Reclaim policy Delete: the data is gone. */
  destroy(handle: string): void {
    this.#volumes.delete(handle);
  }

  snapshot(): Record<string, VolumeSnapshot> {
    const result: Record<string, VolumeSnapshot> = {};
    for (const [handle, { fileSystem }] of this.#volumes) {
      const capacityBytes = fileSystem.usage().capacityBytes;
      result[handle] = { tree: fileSystem.snapshot(), ...(capacityBytes === undefined ? {} : { capacityBytes }) };
    }
    return result;
  }
}

/** A block device's name that stays the same for a handle. */
function deviceOf(handle: string): string {
  let hash = 0;
  for (const character of handle) hash = (hash * 31 + character.charCodeAt(0)) % 24;
  return `/dev/vd${String.fromCharCode("b".charCodeAt(0) + hash)}`;
}
