import type { Clock } from "../../clock/index.ts";
import type { FileSystem, ImageSource } from "../../machine/index.ts";
import type { Pod } from "../api/types.ts";
import type { Client } from "../apiserver/client.ts";
import type { Latencies } from "../cluster.types.ts";
import type { ClusterNetwork, NetworkStack } from "../network/types.ts";
import type { Backoff } from "./backoff.ts";
import type { SystemComponents } from "./components.ts";
import type { Faults } from "./faults/faults.ts";
import type { ImageManager } from "./image-manager.ts";
import type { NodeDisk } from "./node-disk.ts";
import type { NodeProcesses } from "./processes.ts";
import type { EventRecorder } from "./recorder.ts";
import type { ResizeRefusal } from "./resize.ts";
import type { NetworkVolumes } from "./volumes/index.ts";

/** What a Pod's worker uses of its node. */
export interface NodeContext {
  readonly name: string;
  readonly clock: Clock;
  readonly client: Client;
  readonly latencies: Latencies;
  readonly images: ImageManager;
  readonly source: ImageSource;
  readonly network: ClusterNetwork;
  readonly stack: () => NetworkStack;
  readonly hostIP: string;
  readonly hostFiles: FileSystem;
  readonly disk: NodeDisk;
  readonly networkVolumes: NetworkVolumes;
  readonly faults: Faults;
  readonly recorder: EventRecorder;
  /** Crash back-off of all containers: 10 s doubling to 5 min. */
  readonly crashes: Backoff;
  readonly labels: () => Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Why the node cannot take the Pod; undefined where it can. */
  readonly admit: (podUid: string) => { readonly reason: string; readonly message: string } | undefined;
  /** Why the node cannot give a Pod that it runs what it asks for now; undefined where it can. */
  readonly resize: (pod: Pod) => ResizeRefusal | undefined;
  readonly mintToken:
    | ((namespace: string, serviceAccount: string, audience: string, seconds: number, pod?: Pod) => string)
    | undefined;
  /** What containers with hostPID see. */
  readonly processes: NodeProcesses;
  readonly components: SystemComponents | undefined;
  readonly onBug: (where: string, error: unknown) => void;
}
