/** snapshot.storage.k8s.io/v1, which CustomResourceDefinitions bring (lib/kubernetes/addons): kinds and their resources. */
import type { Resource } from "../../api/resources.ts";
import type { KubernetesObject } from "../../machinery/types.ts";

interface SnapshotError {
  readonly message: string;
  /** RFC 3339. */
  readonly time: string;
}

export interface VolumeSnapshot extends KubernetesObject {
  spec: {
    source: { readonly persistentVolumeClaimName?: string; readonly volumeSnapshotContentName?: string };
    volumeSnapshotClassName?: string;
  };
  status?: {
    boundVolumeSnapshotContentName?: string;
    creationTime?: string;
    readyToUse?: boolean;
    restoreSize?: string;
    error?: SnapshotError;
  };
}

export interface VolumeSnapshotContent extends KubernetesObject {
  spec: {
    deletionPolicy: "Delete" | "Retain";
    driver: string;
    source: { readonly volumeHandle?: string; readonly snapshotHandle?: string };
    sourceVolumeMode?: string;
    volumeSnapshotClassName?: string;
    volumeSnapshotRef: {
      readonly apiVersion?: string;
      readonly kind?: string;
      readonly namespace?: string;
      readonly name?: string;
      readonly uid?: string;
      readonly resourceVersion?: string;
    };
  };
  status?: {
    snapshotHandle?: string;
    /** Nanoseconds since the epoch. */
    creationTime?: number;
    /** Bytes. */
    restoreSize?: number;
    readyToUse?: boolean;
  };
}

export interface VolumeSnapshotClass extends KubernetesObject {
  driver: string;
  deletionPolicy: "Delete" | "Retain";
  parameters?: Readonly<Record<string, string>>;
}

export const SNAPSHOT_GROUP = "snapshot.storage.k8s.io";

const resource = <T extends KubernetesObject>(kind: string, plural: string, namespaced: boolean): Resource<T> => ({
  group: SNAPSHOT_GROUP,
  version: "v1",
  kind,
  plural,
  namespaced,
  key: `${plural}.${SNAPSHOT_GROUP}`,
});

export const volumeSnapshots = resource<VolumeSnapshot>("VolumeSnapshot", "volumesnapshots", true);
export const volumeSnapshotContents = resource<VolumeSnapshotContent>(
  "VolumeSnapshotContent",
  "volumesnapshotcontents",
  false,
);
export const volumeSnapshotClasses = resource<VolumeSnapshotClass>(
  "VolumeSnapshotClass",
  "volumesnapshotclasses",
  false,
);

/**
 * What holds the data of network-attached volumes: the part of CSI drivers that moves bytes. Volumes and snapshots are
 * named by handles (`volumeData`, `snapshotData`).
 */
export interface StorageBackend {
  /** A copy as of now; nothing where the source was never written. */
  copy(from: string, to: string): void;
  destroy(handle: string): void;
}

export const volumeData = (driver: string, volumeHandle: string): string => `${driver}/${volumeHandle}`;
export const snapshotData = (driver: string, snapshotHandle: string): string => `snapshot/${driver}/${snapshotHandle}`;
