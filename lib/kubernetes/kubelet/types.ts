/** What the API server asks of nodes: logs, exec, attach, port-forward, statistics. Implemented by the kubelets. */
import type { BlockContent, FileTree } from "../../machine/index.ts";
import type { PortSession, ProcessSession } from "../apiserver/http.ts";
import type { Fault, Waiting } from "../cluster.types.ts";
import type { UserInfo } from "../machinery/types.ts";

export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  /** RFC 3339. */
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ProcessOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly user?: UserInfo;
}

/** Use of one container, as metrics-server would report it. */
export interface ContainerUsage {
  readonly container: string;
  readonly cpuMillicores: number;
  readonly memoryBytes: number;
}

/** The node cannot be dialled; the message is Go's ("dial tcp 172.18.0.3:10250: connect: no route to host"). */
export class NodeUnreachable extends Error {
  override readonly name = "NodeUnreachable";
  /** "172.18.0.3:10250". */
  readonly host: string;
  constructor(host: string, why: string) {
    super(`dial tcp ${host}: ${why}`);
    this.host = host;
  }
}

/** The kubelet's answer to a stream it does not open: plain text, with HTTP 500. */
export class StreamRefused extends Error {
  override readonly name = "StreamRefused";
}

/**
 * All methods throw `StatusError` in upstream's words (container not running, ...), `NodeUnreachable`, and those that
 * open streams `StreamRefused`.
 */
export interface NodeAccess {
  logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Uint8Array>;
  exec(namespace: string, pod: string, options: ProcessOptions): Promise<ProcessSession>;
  attach(namespace: string, pod: string, options: Omit<ProcessOptions, "command">): Promise<ProcessSession>;
  portForward(namespace: string, pod: string, port: number): Promise<PortSession>;
  usage(namespace: string, pod: string): readonly ContainerUsage[] | undefined;
}

/** All nodes of a cluster. Made by `createNodes`; nothing happens before `start()`. */
export interface Nodes extends NodeAccess {
  /**
   * Registers the nodes (or finds them again, after a restore), begins renewing their Leases and runs what is bound to
   * them. Container processes of a snapshot start again without counting a restart.
   */
  start(): void;
  /** Ends every process and timer. Nothing is written any more. */
  stop(): void;
  /** Off: the node's Pods stop at once and its Lease lapses; nothing on it answers. On: it boots. */
  setPower(node: string, on: boolean): void;
  isOn(node: string): boolean;
  /** What is broken on purpose beside nodes' power; `cluster.ts` keeps it in snapshots. */
  readonly faults: readonly Fault[];
  /** Breaks something, or makes it whole. NodeDown is `setPower`'s. */
  setFault(fault: Exclude<Fault, { readonly kind: "NodeDown" }>, broken: boolean): void;
  /** Ends the process of one container as if a memory limit had killed it (failure on purpose). */
  killContainer(namespace: string, pod: string, container: string, how: "oom" | "crash"): void;
  /** All containers of Pods that come from files end and begin again, as when their node is booted (failure on purpose). */
  restartStaticPods(): void;
  /** A copy, as of now, of what a network-attached volume holds; nothing where it was never written. */
  copyVolume(from: string, to: string): void;
  destroyVolume(handle: string): void;
  activity(): NodesActivity;
  snapshot(): NodesSnapshot;
}

/** `busy`: work is under way at this instant or a Pod is on its way. `waiting`: what takes cluster time, and until when (ms). */
export interface NodesActivity {
  readonly busy: boolean;
  readonly waiting: readonly Waiting[];
}

/** What the nodes hold beside API objects: goes into a snapshot, comes back at restore. A plain value. */
export interface NodesSnapshot {
  readonly nodes: Readonly<Record<string, NodeSnapshot>>;
  /** Content of network-attached volumes by volume handle: outlives nodes. */
  readonly volumes: Readonly<Record<string, VolumeSnapshot>>;
}
export interface VolumeSnapshot {
  readonly tree: FileTree;
  /** What a raw device holds; its tree is empty. */
  readonly block?: BlockContent;
  readonly capacityBytes?: number;
}
export interface NodeSnapshot {
  /** The node's own file system (hostPath, local volumes). */
  readonly hostFiles: FileTree;
  readonly running: boolean;
  readonly images: readonly string[];
  /** When its disk was last found full (ms), while the condition stands. */
  readonly pressure?: number;
  /** By Pod UID: emptyDirs, container states and writable layers. */
  readonly pods: Readonly<Record<string, unknown>>;
}
