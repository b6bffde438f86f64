/** What keeps a node's disk from running full: the eviction manager, and the collectors of logs and images. */
import type { Clock } from "../../clock/index.ts";
import type { FileSystem } from "../../machine/index.ts";
import {
  type Candidate,
  diskMessage,
  firstToGo,
  hasDiskLimits,
  overLimits,
  PRESSURE_TRANSITION_MS,
} from "./eviction.ts";
import type { Faults } from "./faults/faults.ts";
import type { EventSink, ImageManager } from "./image-manager.ts";
import type { NodeDisk } from "./node-disk.ts";
import type { PodWorker } from "./pod-worker.ts";

/** ImageGCPeriod, and imageMinimumGCAge. */
const IMAGE_GC_MS = 300_000;
const IMAGE_MINIMUM_AGE_MS = 120_000;
/** What fills a disk on purpose. */
const FILLING = "/var/log/filling.log";

interface DiskHost {
  readonly name: string;
  readonly clock: Clock;
  readonly disk: NodeDisk;
  readonly hostFiles: FileSystem;
  readonly images: ImageManager;
  readonly faults: Faults;
  readonly workers: ReadonlyMap<string, PodWorker>;
  /** About the node. */
  readonly event: EventSink;
  /** The DiskPressure condition changed. */
  readonly changed: () => void;
}

export class DiskManager {
  readonly #host: DiskHost;
  /** When the disk was last found full; DiskPressure lasts a while longer. */
  #pressure: number | undefined;
  /** When image garbage collection last ran, and whether it failed then. */
  #imagesCollected: number;
  #collectionFailed = false;

  /** `pressure`: from a snapshot. */
  constructor(host: DiskHost, pressure: number | undefined) {
    this.#host = host;
    this.#pressure = pressure;
    this.#imagesCollected = host.clock.now();
  }

  /** When the disk was last found full (ms), while the condition stands. */
  get pressure(): number | undefined {
    return this.#pressure;
  }

  /** One look, every ten seconds. */
  check(): void {
    const { clock, faults, name, workers } = this.#host;
    for (const worker of workers.values()) worker.containers.rotateLogs();
    if (faults.isDiskFull(name)) this.#fill(false);
    // One eviction a look: what Pods use of their own goes before what the node lacks.
    if (!this.#evict()) this.#checkDisk();
    if (clock.now() - this.#imagesCollected >= IMAGE_GC_MS) this.#collectImages();
  }

  /** Fills the disk with a file, as a runaway log would, or removes it. Room that somebody makes is taken again soon. */
  fillDisk(full: boolean): void {
    if (full) this.#fill(true);
    else this.#host.hostFiles.remove(FILLING, { force: true });
  }

  #fill(anew: boolean): void {
    const exists = this.#host.hostFiles.exists(FILLING);
    // Somebody found the file and removed it: that is the repair.
    if (!exists && !anew) {
      this.#host.faults.remove({ kind: "NodeDiskFull", node: this.#host.name });
      return;
    }
    const room = this.#host.disk.availableBytes;
    if (exists && room === 0) return;
    const size = exists ? this.#host.hostFiles.stat(FILLING).size : 0;
    if (exists) this.#host.hostFiles.remove(FILLING);
    this.#host.hostFiles.makeDirectory(FILLING.slice(0, FILLING.lastIndexOf("/")), { recursive: true });
    this.#host.hostFiles.allocate(FILLING, size + room);
  }

  /** The eviction manager's look at the disk: a condition while it is full, images nobody uses, and one Pod a time. */
  #checkDisk(): void {
    const now = this.#host.clock.now();
    const threshold = this.#host.disk.thresholdMet();
    const full = threshold !== undefined;
    if (full && this.#pressure === undefined) {
      this.#pressure = now;
      this.#host.event("Normal", "NodeHasDiskPressure", `Node ${this.#host.name} status is now: NodeHasDiskPressure`);
      this.#host.changed();
    } else if (full) this.#pressure = now;
    else if (this.#pressure !== undefined && now - this.#pressure >= PRESSURE_TRANSITION_MS) {
      this.#pressure = undefined;
      this.#host.event(
        "Normal",
        "NodeHasNoDiskPressure",
        `Node ${this.#host.name} status is now: NodeHasNoDiskPressure`,
      );
      this.#host.changed();
    }
    if (!full) return;
    const available = this.#host.disk.availableBytes;
    this.#host.event("Warning", "EvictionThresholdMet", "Attempting to reclaim ephemeral-storage");
    this.#host.images.freeSpace(Number.POSITIVE_INFINITY, this.#imagesInUse(), 0);
    if (this.#host.disk.thresholdMet() === undefined) return;
    const candidates = [...this.#host.workers.values()]
      .filter((worker) => !worker.ended)
      .map((worker): Candidate & { readonly worker: PodWorker } => ({ worker, ...candidateOf(worker) }));
    const chosen = firstToGo(candidates);
    const worker = candidates.find((candidate) => candidate === chosen)?.worker;
    if (chosen !== undefined) worker?.evict("Evicted", diskMessage(chosen, threshold, available));
  }

  /** GarbageCollect of the image manager, and what the kubelet says of its failures. */
  #collectImages(): void {
    this.#imagesCollected = this.#host.clock.now();
    const wanted = this.#host.disk.bytesToFree();
    const freed = wanted === 0 ? 0 : this.#host.images.freeSpace(wanted, this.#imagesInUse(), IMAGE_MINIMUM_AGE_MS);
    const failed = freed < wanted;
    if (failed) {
      const why = `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`;
      this.#host.event("Warning", "FreeDiskSpaceFailed", why);
      if (this.#collectionFailed) this.#host.event("Warning", "ImageGCFailed", why);
    }
    this.#collectionFailed = failed;
  }

  #imagesInUse(): Set<string> {
    const used = new Set<string>();
    for (const worker of this.#host.workers.values())
      for (const instances of worker.containers.instances.values()) for (const { image } of instances) used.add(image);
    return used;
  }

  /** localStorageEviction: Pods over their own limits. True where one went. */
  #evict(): boolean {
    let evicted = false;
    for (const worker of this.#host.workers.values()) {
      if (worker.ended) continue;
      const over = worker.volumes.overLimit();
      let why: string | undefined;
      if (over !== undefined) {
        const volume = worker.pod.spec?.volumes?.find((candidate) => candidate.name === over.name);
        why = `Usage of EmptyDir volume "${over.name}" exceeds the limit "${volume?.emptyDir?.sizeLimit}". `;
      } else if (hasDiskLimits(worker.pod)) {
        const candidate = candidateOf(worker);
        why = overLimits(candidate, candidate.volumeBytes);
      }
      if (why === undefined) continue;
      worker.evict("Evicted", why);
      evicted = true;
    }
    return evicted;
  }
}

/** What a Pod uses of the node's disk: layers and logs of its containers, and its emptyDirs. */
const candidateOf = ({ pod, containers, volumes }: PodWorker) => ({
  pod,
  use: containers
    .running()
    .map(({ name, live, log }) => ({ container: name, bytes: (live?.writtenBytes() ?? 0) + log.diskBytes })),
  volumeBytes: volumes.diskBytes(),
});
