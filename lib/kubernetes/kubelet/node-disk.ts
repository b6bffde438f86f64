/** A node's disk: images, container layers, logs, emptyDirs and host files fill it together. Counted as they change. */
import { type Disk, Errno } from "../../machine/index.ts";

/** Hard eviction thresholds of the kubelet, as parts of the disk; imagefs and nodefs are the same one here. */
const THRESHOLDS = [
  { signal: "nodefs.available", part: 0.1 },
  { signal: "imagefs.available", part: 0.15 },
] as const;
/** imageGCHighThresholdPercent and imageGCLowThresholdPercent. */
const GC_HIGH_PERCENT = 85;
const GC_LOW_PERCENT = 80;

export class NodeDisk implements Disk {
  readonly capacityBytes: number;
  #used = 0;

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  /** Never negative: what was there before it was counted may be more than fits. */
  get availableBytes(): number {
    return Math.max(0, this.capacityBytes - this.#used);
  }

  take(bytes: number, owed = false): void {
    if (bytes > 0 && !owed && this.#used + bytes > this.capacityBytes) throw new Errno("ENOSPC");
    this.#used += bytes;
  }

  /** The threshold in bytes that is not kept to; undefined where all are. */
  thresholdMet(): number | undefined {
    const met = THRESHOLDS.find(({ part }) => this.availableBytes < this.capacityBytes * part);
    return met === undefined ? undefined : Math.floor(this.capacityBytes * met.part);
  }

  /** Bytes that image garbage collection is to free (pkg/kubelet/images/image_gc_manager.go); 0: none. */
  bytesToFree(): number {
    const used = 100 - Math.floor((this.availableBytes * 100) / this.capacityBytes);
    if (used < GC_HIGH_PERCENT) return 0;
    return Math.floor((this.capacityBytes * (100 - GC_LOW_PERCENT)) / 100) - this.availableBytes;
  }
}
