import type { Clock } from "../../../clock/index.ts";
import type { Disk, FileSystem, Mount } from "../../../machine/index.ts";
import type { Pod, Volume } from "../../api/types.ts";
import type { Client } from "../../apiserver/client.ts";
import type { Faults } from "../faults/faults.ts";
import type { NetworkVolumes } from "./network-volumes.ts";

/** A volume of one Pod, ready to be mounted into its containers. */
export interface MountedVolume {
  readonly fileSystem: FileSystem;
  /** What a success is told with (Normal SuccessfulMountVolume): raw devices only. */
  readonly announce?: readonly string[];
  /** A raw device (`volumeMode: Block`), which is the file system's only file. */
  readonly block?: boolean;
  /** Directory (or file) of the file system that is the volume's root. */
  readonly root?: string;
  readonly readOnly?: boolean;
  /** Makes the content what the API objects say now (configMap, secret, downwardAPI, projected). */
  refresh?(): void;
  /** The content belongs to the Pod and goes with it (emptyDir): kept in snapshots. */
  readonly ephemeral?: boolean;
  /** Bytes that may be used before the Pod is evicted (emptyDir sizeLimit). */
  readonly evictionLimit?: number;
  /** Its file system is made when somebody first uses it; its root is a directory. */
  readonly late?: true;
  /** Upstream's name of the volume in events: the PersistentVolume's, or the volume's own. */
  readonly name: string;
  /** A PersistentVolume's: it may grow while it is mounted. */
  readonly expandable?: boolean;
  /** What using its files gives instead of their content, while it is broken on purpose. */
  readonly failure?: NonNullable<Mount["failure"]>;
  /** How long its device takes, while it is slow on purpose. */
  readonly latency?: NonNullable<Mount["latency"]>;
  release?(): void;
}

/** A volume cannot be set up: becomes a FailedMount or FailedAttachVolume event, and is tried again. */
export class VolumeError extends Error {
  readonly reason: "FailedMount" | "FailedAttachVolume" | "FailedMapVolume";
  /** Nothing is wrong: somebody else has yet to do his part, and says what there is to say. */
  readonly pending: boolean;

  constructor(message: string, reason: VolumeError["reason"] = "FailedMount", pending = false) {
    super(message);
    this.reason = reason;
    this.pending = pending;
  }
}

export interface VolumeContext {
  readonly clock: Clock;
  readonly client: Client;
  readonly node: string;
  readonly nodeLabels: Readonly<Record<string, string>>;
  readonly hostFiles: FileSystem;
  readonly disk: Disk;
  readonly networkVolumes: NetworkVolumes;
  readonly faults: Faults;
  readonly pod: Pod;
  readonly podIP: () => string;
  readonly hostIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
  /** Mints a token for a service account; undefined where the API server offers none. */
  readonly mintToken:
    | ((namespace: string, serviceAccount: string, audience: string, seconds: number, pod?: Pod) => string)
    | undefined;
  /** The Pod runs again after a restore: what was attached still is. */
  readonly restoring: boolean;
  /** emptyDir content from a snapshot, by volume name. */
  readonly restored: Readonly<Record<string, unknown>>;
}

/** One kind of volume: which field of a Pod's volume it serves, and how it is set up. */
export interface VolumePlugin {
  readonly field: keyof Volume;
  /** In messages, e.g. "kubernetes.io/configmap". */
  readonly name: string;
  /** Throws `VolumeError`. */
  mount(volume: Volume, context: VolumeContext): MountedVolume | Promise<MountedVolume>;
}
