/** The volumes of one Pod: set up before its first container, refreshed while it lives, given back at its end. */
import type { Pod, Volume } from "../api/types.ts";
import type { NodeContext } from "./node-context.ts";
import { referenceTo } from "./recorder.ts";
import {
  claimName,
  finishExpansion,
  type MountedVolume,
  mountDelay,
  mountVolume,
  type VolumeContext,
  VolumeError,
} from "./volumes/index.ts";

/** exponentialBackOffOnError of pkg/util/goroutinemap: half a second doubling to about two minutes. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 122_000;
/** podAttachAndMountTimeout of the volume manager. */
const MOUNT_TIMEOUT_MS = 123_000;

export class PodVolumes {
  readonly mounted = new Map<string, MountedVolume>();
  readonly #node: NodeContext;
  readonly #pod: () => Pod;
  readonly #podIP: () => string;
  readonly #restored: Readonly<Record<string, unknown>>;
  #made: Context | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** When the first of the volumes still missing was asked for. */
  #waitingSince: number | undefined;

  constructor(node: NodeContext, pod: () => Pod, podIP: () => string, restored: Readonly<Record<string, unknown>>) {
    this.#node = node;
    this.#pod = pod;
    this.#podIP = podIP;
    this.#restored = restored;
  }

  /** Mounts what is not mounted yet; says when to try again where something failed. */
  async setUp(
    signal: AbortSignal,
    restoring = false,
  ): Promise<{ readonly retryAt: number; readonly message: string } | undefined> {
    const { clock } = this.#node;
    const pod = this.#pod();
    let failure: VolumeError | undefined;
    const wanted = volumesInUse(pod).filter((volume) => !this.mounted.has(volume.name));
    if (wanted.length === 0) return undefined;
    for (const volume of wanted) {
      try {
        const context = this.#context(restoring);
        const delay = restoring ? 0 : mountDelay(volume, context);
        if (delay > 0) await clock.sleep(delay, signal);
        const mounted = await mountVolume(volume, context);
        this.mounted.set(volume.name, mounted);
        if (!restoring)
          for (const message of mounted.announce ?? [])
            this.#node.recorder.event(referenceTo(pod, "v1", "Pod"), "Normal", "SuccessfulMountVolume", message);
        signal.throwIfAborted();
        if (claimName(volume, pod.metadata.name ?? "") !== undefined) this.expand();
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        failure = failure === undefined || failure.pending ? error : failure;
        if (!error.pending) {
          this.#node.recorder.event(referenceTo(pod, "v1", "Pod"), "Warning", error.reason, error.message);
        }
      }
    }
    if (failure === undefined) {
      this.#retryMs = FIRST_RETRY_MS;
      this.#waitingSince = undefined;
      return undefined;
    }
    this.#waitingSince ??= clock.now();
    if (failure.pending) {
      // WaitForAttachAndMount gives up without a word (wait.Interrupted, kubelet.go) and begins again.
      if (clock.now() - this.#waitingSince >= MOUNT_TIMEOUT_MS) this.#waitingSince = clock.now();
      return { retryAt: this.#waitingSince + MOUNT_TIMEOUT_MS, message: failure.message };
    }
    const retryAt = clock.now() + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    return { retryAt, message: failure.message };
  }

  /** Something this Pod waits for may have happened. */
  get waiting(): boolean {
    return this.#waitingSince !== undefined;
  }

  /** Brings what follows API objects up to date; what is missing now stays as it was. */
  refresh(): void {
    for (const volume of this.mounted.values()) {
      try {
        volume.refresh?.();
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        this.#node.recorder.event(referenceTo(this.#pod(), "v1", "Pod"), "Warning", error.reason, error.message);
      }
    }
  }

  /** Volumes that are mounted here may have grown: their file systems follow. */
  expand(): void {
    const { client, recorder, networkVolumes, name: node } = this.#node;
    for (const { name, expandable } of this.mounted.values())
      if (expandable === true) finishExpansion(name, this.#pod(), { client, recorder, networkVolumes, node });
  }

  /** True where a ConfigMap or Secret of that name is part of a volume. */
  uses(kind: "configMap" | "secret", name: string): boolean {
    return (this.#pod().spec?.volumes ?? []).some((volume) => {
      const sources = [volume, ...(volume.projected?.sources ?? [])] as {
        configMap?: { name?: string };
        secret?: { name?: string; secretName?: string };
      }[];
      return sources.some((source) =>
        kind === "configMap"
          ? source.configMap?.name === name
          : source.secret?.secretName === name || source.secret?.name === name,
      );
    });
  }

  /** A volume over its limit, for eviction. */
  overLimit(): { readonly name: string; readonly limit: number } | undefined {
    for (const [name, volume] of this.mounted) {
      const limit = volume.evictionLimit;
      if (limit !== undefined && volume.fileSystem.usage().usedBytes > limit) return { name, limit };
    }
    return undefined;
  }

  /** Bytes of the node's disk that this Pod's own volumes take. */
  diskBytes(): number {
    let bytes = 0;
    for (const { ephemeral, fileSystem } of this.mounted.values())
      if (ephemeral === true) bytes += fileSystem.diskBytes();
    return bytes;
  }

  release(): void {
    for (const volume of this.mounted.values()) volume.release?.();
    this.mounted.clear();
  }

  snapshot(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [name, volume] of this.mounted)
      if (volume.ephemeral === true) result[name] = volume.fileSystem.snapshot();
    return result;
  }

  #context(restoring: boolean): VolumeContext {
    if (this.#made?.restoring !== restoring)
      this.#made = new Context(this.#node, this.#pod, this.#podIP, restoring, this.#restored);
    return this.#made;
  }
}

/** One for all volumes of a Pod. What is refreshed later sees the Pod of that time. */
class Context implements VolumeContext {
  readonly podIP: () => string;
  readonly restoring: boolean;
  readonly restored: Readonly<Record<string, unknown>>;
  readonly #node: NodeContext;
  readonly #pod: () => Pod;

  constructor(
    node: NodeContext,
    pod: () => Pod,
    podIP: () => string,
    restoring: boolean,
    restored: Readonly<Record<string, unknown>>,
  ) {
    this.#node = node;
    this.#pod = pod;
    this.podIP = podIP;
    this.restoring = restoring;
    this.restored = restored;
  }
  get pod() {
    return this.#pod();
  }
  get clock() {
    return this.#node.clock;
  }
  get client() {
    return this.#node.client;
  }
  get node() {
    return this.#node.name;
  }
  get nodeLabels() {
    return this.#node.labels();
  }
  get hostFiles() {
    return this.#node.hostFiles;
  }
  get disk() {
    return this.#node.disk;
  }
  get networkVolumes() {
    return this.#node.networkVolumes;
  }
  get faults() {
    return this.#node.faults;
  }
  get hostIP() {
    return this.#node.hostIP;
  }
  get allocatable() {
    return this.#node.allocatable;
  }
  get mintToken() {
    return this.#node.mintToken;
  }
}

/** Volumes that a container mounts; others are never set up. */
function volumesInUse(pod: Pod): Volume[] {
  const used = new Set<string>();
  const all = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []),
    ...(pod.spec?.ephemeralContainers ?? []),
  ];
  for (const container of all) {
    for (const mount of container.volumeMounts ?? []) used.add(mount.name);
    for (const device of container.volumeDevices ?? []) used.add(device.name);
  }
  return (pod.spec?.volumes ?? []).filter((volume) => used.has(volume.name));
}
