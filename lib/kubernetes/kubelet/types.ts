/** What the API server asks of nodes: logs, exec, attach, port-forward, statistics. Implemented by the kubelets. */
import type { FileTree } from "../../machine/index.ts";
import type { PortSession, ProcessSession } from "../apiserver/http.ts";
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

/** All methods throw `StatusError` (container not found, not running, node not reachable ...), in upstream's words. */
export interface NodeAccess {
  logs(namespace: string, pod: string, options: LogOptions): AsyncIterable<Uint8Array>;
  exec(namespace: string, pod: string, options: ProcessOptions): Promise<ProcessSession>;
  attach(namespace: string, pod: string, options: Omit<ProcessOptions, "command">): Promise<ProcessSession>;
  portForward(namespace: string, pod: string, port: number): Promise<PortSession>;
  usage(namespace: string, pod: string): readonly ContainerUsage[] | undefined;
}

/** What the nodes hold beside API objects: goes into a snapshot, comes back at restore. A plain value. */
export interface NodesSnapshot {
  readonly nodes: Readonly<Record<string, NodeSnapshot>>;
  /** Content of network-attached volumes by volume handle: outlives nodes. */
  readonly volumes: Readonly<Record<string, VolumeSnapshot>>;
}
export interface VolumeSnapshot {
  readonly tree: FileTree;
  readonly capacityBytes?: number;
}
export interface NodeSnapshot {
  /** The node's own file system (hostPath, local volumes). */
  readonly hostFiles: FileTree;
  readonly running: boolean;
  readonly images: readonly string[];
  /** By Pod UID: emptyDirs, container states and writable layers. */
  readonly pods: Readonly<Record<string, unknown>>;
}
