/** Images of one node: presence, pulls one after the other, back-off. Mirrors pkg/kubelet/images/image_manager.go. */

import type { Clock } from "../../clock/index.ts";
import { digest, formatDuration, toHex } from "../../encoding/index.ts";
import type { ContainerImage, ImageSource } from "../../machine/index.ts";
import type { Container } from "../api/types.ts";
import { Backoff } from "./backoff.ts";
import type { NodeDisk } from "./node-disk.ts";

/** Why a container has no image: `reason` is what the waiting state shows. */
export class ImageError extends Error {
  readonly reason: "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull";
  /** When trying again makes sense (ms). */
  readonly retryAt: number | undefined;

  constructor(reason: ImageError["reason"], message: string, retryAt?: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

interface StoredImage {
  readonly image: ContainerImage;
  /** Cluster time, ms. */
  readonly detected: number;
  lastUsed: number;
}

/** Images that the runtime never gives up: every sandbox needs it. */
const PINNED = /^registry\.k8s\.io\/pause:/;

export type EventSink = (type: "Normal" | "Warning", reason: string, message: string) => void;

const REFERENCE =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** What is wrong with an image reference, in the words of distribution/reference; undefined where nothing is. */
function referenceProblem(image: string): string | undefined {
  if (REFERENCE.test(image)) return undefined;
  if (REFERENCE.test(image.toLowerCase())) {
    const path = image.replace(/@.*$/, "").replace(/:[\w.-]+$/, "");
    const first = path.split("/")[0] ?? "";
    const domain = path.includes("/") && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
    const name = domain ? path.slice(first.length + 1) : path.includes("/") ? path : `library/${path}`;
    return `invalid reference format: repository name (${name}) must be lowercase`;
  }
  return "invalid reference format";
}

export class ImageManager {
  readonly #clock: Clock;
  readonly #source: ImageSource;
  readonly #bytesPerMs: number;
  /** By canonical reference. */
  readonly #present = new Map<string, StoredImage>();
  readonly #disk: NodeDisk | undefined;
  readonly #backoff = new Backoff(10_000, 300_000);
  readonly #lastError = new Map<string, string>();
  readonly #isCorrupt: (image: string) => boolean;
  /** Grows with each image that comes or goes. */
  changes = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #pulling = 0;

  /** `isCorrupt`: what is downloaded of that image is not what its digest says (failure on purpose). */
  constructor(
    clock: Clock,
    source: ImageSource,
    bytesPerMs: number,
    present: readonly string[] = [],
    isCorrupt: (image: string) => boolean = () => false,
    disk?: NodeDisk,
  ) {
    this.#isCorrupt = isCorrupt;
    this.#disk = disk;
    this.#clock = clock;
    this.#source = source;
    this.#bytesPerMs = bytesPerMs;
    for (const reference of present) {
      const found = source.resolve(reference);
      if ("image" in found) this.#store(found.image, true);
    }
  }

  /** References and sizes of what is here: status.images of the node. */
  images(): readonly ContainerImage[] {
    return [...this.#present.values()].map(({ image }) => image);
  }

  /**
   * Removes images that no container uses, the ones that were not used longest first, until so many bytes are free, and
   * says how many were (image_gc_manager.go, freeSpace). `minimumAgeMs`: younger ones stay.
   */
  freeSpace(bytes: number, inUse: ReadonlySet<string>, minimumAgeMs: number): number {
    const now = this.#clock.now();
    for (const reference of inUse) {
      const stored = this.#present.get(reference);
      if (stored !== undefined) stored.lastUsed = now;
    }
    const unused = [...this.#present.values()]
      .filter(({ image }) => !inUse.has(image.reference) && !PINNED.test(image.reference))
      .filter(({ lastUsed, detected }) => lastUsed < now && now - detected >= minimumAgeMs)
      .sort((a, b) => a.lastUsed - b.lastUsed || a.detected - b.detected);
    let freed = 0;
    for (const { image } of unused) {
      if (freed >= bytes) break;
      this.#present.delete(image.reference);
      this.changes++;
      this.#disk?.take(-image.sizeBytes);
      freed += image.sizeBytes;
    }
    return freed;
  }

  /** False where the disk has no room for it. */
  #store(image: ContainerImage, owed = false): boolean {
    if (this.#present.has(image.reference)) return true;
    if (!owed && this.#disk !== undefined && this.#disk.availableBytes < image.sizeBytes) return false;
    this.#disk?.take(image.sizeBytes, true);
    this.#present.set(image.reference, { image, detected: this.#clock.now(), lastUsed: 0 });
    this.changes++;
    return true;
  }

  get pulling(): boolean {
    return this.#pulling > 0;
  }

  /** The image, without asking whether a pull is due: for containers that run again after a restore. */
  stored(reference: string): ContainerImage | undefined {
    const found = this.#source.resolve(reference);
    return "image" in found ? found.image : undefined;
  }

  /** The image for a container, pulled where its policy says so. Throws `ImageError`. */
  async ensure(
    podUid: string,
    container: Pick<Container, "image" | "imagePullPolicy">,
    emit: EventSink,
    signal: AbortSignal,
  ): Promise<ContainerImage> {
    const image = container.image ?? "";
    const problem = referenceProblem(image);
    if (problem !== undefined) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${problem}`;
      emit("Warning", "InspectFailed", message);
      throw new ImageError("InvalidImageName", message);
    }
    const resolved = this.#source.resolve(image);
    const here = "image" in resolved ? this.#present.get(resolved.image.reference)?.image : undefined;
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    if (policy === "Never" || (policy === "IfNotPresent" && here !== undefined)) {
      if (here !== undefined) {
        emit("Normal", "Pulled", `Container image "${image}" already present on machine`);
        return here;
      }
      const message = `Container image "${image}" is not present with pull policy of Never`;
      emit("Warning", "ErrImageNeverPull", message);
      throw new ImageError("ErrImageNeverPull", message);
    }
    const key = `${podUid}_${image}`;
    const until = this.#backoff.endsSinceUpdate(key, this.#clock.now());
    if (until !== undefined) {
      const message = `Back-off pulling image "${image}"`;
      emit("Normal", "BackOff", message);
      const last = this.#lastError.get(key);
      throw new ImageError(
        "ImagePullBackOff",
        last === undefined ? message : `${message}: ErrImagePull: ${last}`,
        until,
      );
    }
    emit("Normal", "Pulling", `Pulling image "${image}"`);
    const asked = this.#clock.now();
    const pull = this.#queue.then(() => this.#pull(image, resolved, here !== undefined, signal));
    this.#queue = pull.catch(() => undefined);
    const { image: pulled, error, began } = await pull;
    signal.throwIfAborted();
    if (pulled === undefined) {
      emit("Warning", "Failed", `Failed to pull image "${image}": ${error}`);
      this.#backoff.next(key, this.#clock.now(), this.#clock.now());
      this.#lastError.set(key, error ?? "");
      throw new ImageError("ErrImagePull", error ?? "", this.#clock.now() + 1000);
    }
    const now = this.#clock.now();
    emit(
      "Normal",
      "Pulled",
      `Successfully pulled image "${image}" in ${formatDuration(now - began)} (${formatDuration(now - asked)} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
    );
    return pulled;
  }

  forgetPod(podUid: string): void {
    this.#backoff.forget(`${podUid}_`);
    for (const key of [...this.#lastError.keys()]) if (key.startsWith(`${podUid}_`)) this.#lastError.delete(key);
  }

  async #pull(
    wanted: string,
    resolved: ReturnType<ImageSource["resolve"]>,
    present: boolean,
    signal: AbortSignal,
  ): Promise<{ readonly image?: ContainerImage; readonly error?: string; readonly began: number }> {
    const began = this.#clock.now();
    if (signal.aborted) return { began, error: "context canceled" };
    this.#pulling++;
    try {
      if ("error" in resolved) return { began, error: resolved.error };
      // What is here already costs a look at the registry, not a download.
      const ms = present ? 0 : resolved.image.sizeBytes / this.#bytesPerMs;
      if (ms > 0) await this.#clock.sleep(ms, signal);
      if (!present && [wanted, resolved.image.reference].some(this.#isCorrupt))
        return { began, error: corruptLayer(resolved.image.reference) };
      if (!this.#store(resolved.image)) return { began, error: noRoom(resolved.image.reference) };
      return { image: resolved.image, began };
    } catch (error) {
      if (signal.aborted) return { began, error: "context canceled" };
      throw error;
    } finally {
      this.#pulling--;
    }
  }
}

/** containerd's words for a download that does not fit on the disk. */
function noRoom(reference: string): string {
  return `failed to pull and unpack image "${reference}": failed to copy: failed to send write: write /var/lib/containerd/io.containerd.content.v1.content/ingest/${hexOf(reference, "ingest")}/data: no space left on device`;
}

const hexOf = (reference: string, salt: string): string => toHex(digest("sha256", `${salt}${reference}`));

/** containerd's words for a layer that does not have its digest. */
function corruptLayer(reference: string): string {
  const digest = (salt: string) => `sha256:${hexOf(reference, salt)}`;
  const expected = digest("layer");
  return `rpc error: code = FailedPrecondition desc = failed to pull and unpack image "${reference}": failed commit on ref "layer-${expected}": unexpected commit digest ${digest("broken")}, expected ${expected}: failed precondition`;
}
