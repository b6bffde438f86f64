/** The cluster as other rooms see it. `cluster.ts` implements it. */
import type { Clock, ClockState, VirtualClock } from "../clock/index.ts";
import type { ImageSource, Network } from "../machine/index.ts";
import type { AddOn } from "./addons/index.ts";
import type { ServingCertificate } from "./apiserver/certificate-authority.ts";
import type { Client } from "./apiserver/client.ts";
import type { Cryptography } from "./apiserver/cryptography.ts";
import type { ApiHandler } from "./apiserver/http.ts";
import type { NodesSnapshot } from "./kubelet/types.ts";
import type { Change, Store, StoreSnapshot } from "./store/store.ts";

/** Durations in ms of what takes time on a real cluster and not here; "none" sets all to zero. */
export interface Latencies {
  /** From binding to the kubelet's first step. */
  readonly sync: number;
  readonly containerStart: number;
  /** Bytes of image per ms; Infinity: pulls take no time. */
  readonly pullBytesPerMs: number;
  readonly volumeProvision: number;
  readonly volumeAttach: number;
  /** From asking for a load balancer to its address. */
  readonly loadBalancer: number;
  readonly containerStop: number;
}

export interface NodeOptions {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Quantities, e.g. "4", "16Gi". */
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: number;
  readonly ephemeralStorage?: string;
}

export interface ClusterOptions {
  readonly images: ImageSource;
  /** Default: a real clock. */
  readonly clock?: Clock;
  /** Default: three nodes node-1 to node-3 (the first is also the control plane). */
  readonly nodes?: readonly NodeOptions[];
  /** Default "realistic": what a good real cluster takes. */
  readonly latencies?: Partial<Latencies> | "realistic" | "none";
  /** Installed at boot: "volume-snapshots" brings VolumeSnapshot, its class and its content. Default: none. */
  readonly addOns?: readonly AddOn[];
  /** Keys of the host (`apiserver/cryptography.node.ts`): without it there is no certificate authority. */
  readonly cryptography?: Cryptography;
  /** Called with errors that are bugs (a controller that threw, a 500). Default: console.error. */
  readonly onBug?: (where: string, error: unknown) => void;
}

/** Stands for the API server in a `NetworkPartition`. */
export const CONTROL_PLANE = "control-plane";

/**
 * Something broken on purpose, until it is healed. Plain data: it goes into snapshots and forks. What follows from it
 * (conditions, taints, events, evictions) is what upstream's components make of it.
 */
export type Fault =
  /** No power: Pods stop at once, the Lease lapses, nothing on the node answers. */
  | { readonly kind: "NodeDown"; readonly node: string }
  /**
   * Packets between two nodes are dropped; `to` may be `CONTROL_PLANE`: then the kubelet neither hears from the API
   * server nor reaches it, while what runs on the node goes on running.
   */
  | { readonly kind: "NetworkPartition"; readonly node: string; readonly to: string }
  /** Every use of the volume's files fails with EIO, and mounting it fails. */
  | { readonly kind: "VolumeError"; readonly persistentVolume: string }
  /**
   * Every operation of the device behind the volume takes `delayMs` (ms), one after the other: reading, writing, making
   * and removing names; mounting is twenty of them. With `bytesPerSecond` data moves no faster than that, too. Whoever
   * uses its files waits; what is cached (directories, attributes) costs nothing.
   */
  | {
      readonly kind: "VolumeDelay";
      readonly persistentVolume: string;
      readonly delayMs: number;
      readonly bytesPerSecond?: number;
    }
  /** Writes to the volume fail with ENOSPC; what is on it can be read. */
  | { readonly kind: "VolumeFull"; readonly persistentVolume: string }
  /**
   * A file grows on the node's own disk (/var/log/filling.log) and takes all room there is: DiskPressure, evictions,
   * ENOSPC for what is written to it. Healing removes the file, and who removes the file has healed it.
   */
  | { readonly kind: "NodeDiskFull"; readonly node: string }
  /** What a node downloads of this image does not have the digest it should have. */
  | { readonly kind: "ImageCorrupt"; readonly image: string };

/** Something that happens once. */
export type Incident =
  /** The kernel's out-of-memory killer takes a container's process. */
  | {
      readonly kind: "OutOfMemory";
      readonly namespace: string;
      readonly pod: string;
      /** Default: the Pod's first container. */
      readonly container?: string;
    }
  /** Controllers and scheduler start anew from what the API server holds; clients' watches end. */
  | { readonly kind: "ControlPlaneRestart" };

/** A cluster as a plain value: structured-cloneable, and stable enough to be kept for years (`version`). */
export interface ClusterSnapshot {
  readonly version: 1;
  readonly clock: ClockState;
  readonly options: Omit<ClusterOptions, "images" | "clock" | "onBug" | "cryptography">;
  readonly store: StoreSnapshot;
  readonly nodes: NodesSnapshot;
  /** What controllers remember beside objects (e.g. back-off counts), by component name. */
  readonly components: Readonly<Record<string, unknown>>;
  readonly timeline: readonly TimelineEntry[];
  /** Absent: nothing is broken (but nodes without power, which `nodes` knows). */
  readonly faults?: readonly Fault[];
  /** Secrets of the cluster itself: token signing key, bearer tokens. */
  readonly credentials: Readonly<Record<string, string>>;
}

/** One line of a cluster's record: a change of an object, without the noise (Lease renewals, node heartbeats). */
export interface TimelineEntry {
  readonly sequence: number;
  readonly time: number;
  readonly type: Change["type"];
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly actor: string;
  /** The object after the change; frozen and shared with the store. */
  readonly object: Change["object"];
}

/** Something that takes cluster time. */
export interface Waiting {
  readonly reason: string;
  /** Cluster time in ms at which it ends. */
  readonly until: number;
  /** It comes again and again (probes, a container that keeps failing): waiting for its end would never end. */
  readonly recurs: boolean;
}

export interface Cluster extends ApiHandler {
  readonly clock: Clock;
  readonly store: Store;
  /** A client that may do everything (system:masters), for tests and the parts of the product that own the cluster. */
  readonly client: Client;
  clientFor(user: string, groups?: readonly string[]): Client;
  /** Bearer token of the cluster administrator, as a kubeconfig carries it. */
  readonly adminToken: string;
  /** PEM of the cluster's certificate authority; "" where the cluster was made without cryptography. */
  readonly certificateAuthority: string;
  /** A new key and certificate for the API server, reached as `hosts`. Throws without cryptography. */
  servingCertificate(hosts: readonly string[]): ServingCertificate;
  /** Resolves when system Pods are Ready (nodes Ready, DNS answering). */
  ready(): Promise<void>;
  /** From outside the nodes but inside the cluster's network (a learner's workstation that can reach Pods and Services). */
  outsideNetwork(hostname: string): Network;
  readonly timeline: readonly TimelineEntry[];
  onTimeline(listener: (entry: TimelineEntry) => void): () => void;
  /**
   * Nothing is going on: no queue has work, no Pod is on its way. What takes cluster time (a back-off, a grace
   * period) is `waiting`.
   */
  activity(): { readonly busy: boolean; readonly waiting: readonly Waiting[] };
  /** Power of a node: off, its Pods stop at once and its lease lapses. */
  setNodePower(node: string, on: boolean): void;
  /** Breaks something. Throws `StatusError` (NotFound) where the node or volume is not there; twice is as good as once. */
  inject(fault: Fault): void;
  /** Makes it whole again; nothing happens where it was not broken. */
  heal(fault: Fault): void;
  /** What is broken now. */
  readonly faults: readonly Fault[];
  /** Throws `StatusError` where there is no such running container. */
  strike(incident: Incident): void;
  snapshot(): ClusterSnapshot;
  /** A copy that goes on from here by itself; the original notices nothing. Default clock: virtual, from the same instant. */
  fork(options?: {
    readonly clock?: Clock;
    readonly latencies?: ClusterOptions["latencies"];
  }): Cluster & { readonly clock: VirtualClock };
  close(): void;
}
