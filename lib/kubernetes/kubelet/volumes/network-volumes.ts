/** Volumes that are attached over the network: they outlive nodes. */
import type { Clock } from "../../../clock/index.ts";
import { BlockDevice, type FileSystem, type FileTree } from "../../../machine/index.ts";
import { newFileSystem } from "../file-systems.ts";
import type { VolumeSnapshot } from "../types.ts";

/** Of a raw device. */
const NO_FILES: FileTree = { type: "directory", mode: 0o755, uid: 0, gid: 0, modified: 0, entries: {} };

interface NetworkVolume {
  readonly fileSystem: FileSystem;
}

export class NetworkVolumes {
  readonly #clock: Clock;
  readonly #volumes = new Map<string, NetworkVolume>();
  /** Raw devices, which hold no file system. */
  readonly #devices = new Map<string, BlockDevice>();

  constructor(clock: Clock, snapshot: Readonly<Record<string, VolumeSnapshot>> = {}) {
    this.#clock = clock;
    for (const [handle, volume] of Object.entries(snapshot)) {
      if (volume.block !== undefined) {
        const options = { source: deviceOf(handle), content: volume.block };
        this.#devices.set(handle, new BlockDevice(volume.capacityBytes ?? 0, options));
        continue;
      }
      this.#volumes.set(handle, {
        fileSystem: newFileSystem({
          clock,
          tree: volume.tree,
          source: deviceOf(handle),
          type: "ext4",
          ...(volume.capacityBytes === undefined ? {} : { capacityBytes: volume.capacityBytes }),
        }),
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
      volume = { fileSystem };
      this.#volumes.set(handle, volume);
    }
    if (capacityBytes !== undefined && volume.fileSystem.usage().capacityBytes !== capacityBytes) {
      volume.fileSystem.resize(capacityBytes);
    }
    return volume.fileSystem;
  }

  /** The raw device with that handle, all zeros where it was never used before. */
  openDevice(handle: string, capacityBytes: number): BlockDevice {
    let device = this.#devices.get(handle);
    if (device === undefined) {
      device = new BlockDevice(capacityBytes, { source: deviceOf(handle) });
      this.#devices.set(handle, device);
    }
    device.grow(capacityBytes);
    return device;
  }

  /** What one holds now, for another that nobody has used yet. Costs no copy of file data. */
  copy(from: string, to: string): void {
    const device = this.#devices.get(from);
    const volume = this.#volumes.get(from);
    if (device !== undefined)
      this.#devices.set(to, new BlockDevice(device.sizeBytes, { source: deviceOf(to), content: device.snapshot() }));
    if (volume === undefined) return;
    const { fileSystem } = volume;
    const capacityBytes = fileSystem.usage().capacityBytes;
    const copy = newFileSystem({
      clock: this.#clock,
      source: deviceOf(to),
      type: fileSystem.fileSystemType,
      tree: fileSystem.snapshot(),
      ...(capacityBytes === undefined ? {} : { capacityBytes }),
    });
    this.#volumes.set(to, { fileSystem: copy });
  }

  /** Grows a volume that exists; data is never cut off. */
  resize(handle: string, capacityBytes: number): void {
    this.#devices.get(handle)?.grow(capacityBytes);
    const fileSystem = this.#volumes.get(handle)?.fileSystem;
    const before = fileSystem?.usage().capacityBytes;
    if (before !== undefined && before < capacityBytes) fileSystem?.resize(capacityBytes);
  }

  /** Reclaim policy Delete: the data is gone. */
  destroy(handle: string): void {
    this.#volumes.delete(handle);
    this.#devices.delete(handle);
  }

  snapshot(): Record<string, VolumeSnapshot> {
    const result: Record<string, VolumeSnapshot> = {};
    for (const [handle, { fileSystem }] of this.#volumes) {
      const capacityBytes = fileSystem.usage().capacityBytes;
      result[handle] = { tree: fileSystem.snapshot(), ...(capacityBytes === undefined ? {} : { capacityBytes }) };
    }
    for (const [handle, device] of this.#devices)
      result[handle] = { tree: NO_FILES, block: device.snapshot(), capacityBytes: device.sizeBytes };
    return result;
  }
}

/** A block device's name that stays the same for a handle. */
function deviceOf(handle: string): string {
  let hash = 0;
  for (const character of handle) hash = (hash * 31 + character.charCodeAt(0)) % 24;
  return `/dev/vd${String.fromCharCode("b".charCodeAt(0) + hash)}`;
}
