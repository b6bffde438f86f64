/**
 * Snapshots of CSI volumes: the snapshot controller and the snapshotter beside the driver
 * (kubernetes-csi/external-snapshotter, pkg/common-controller and pkg/sidecar-controller). It has nothing to do, and
 * costs nothing, until somebody installs the definitions.
 */
import { formatQuantity, quantityNumber } from "../../../encoding/index.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/types.ts";
import { rfc3339 } from "../../machinery/time.ts";
import { type ControllerContext, type ControllerDefinition, Retry, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import {
  SNAPSHOT_GROUP,
  type StorageBackend,
  snapshotData,
  type VolumeSnapshot,
  type VolumeSnapshotClass,
  type VolumeSnapshotContent,
  volumeData,
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
} from "./snapshots.ts";

const PREFIX = "snapshot.storage.kubernetes.io/";
const SNAPSHOT_FINALIZERS = [
  `${PREFIX}volumesnapshot-as-source-protection`,
  `${PREFIX}volumesnapshot-bound-protection`,
];
const CONTENT_FINALIZER = `${PREFIX}volumesnapshotcontent-bound-protection`;
const BEING_DELETED = `${PREFIX}volumesnapshot-being-deleted`;
const CLAIM_FINALIZER = `${PREFIX}pvc-as-source-protection`;
const DEFAULT_CLASS = `${PREFIX}is-default-class`;

/** Why a snapshot cannot be taken, with the event that says so. */
class SnapshotFailure extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

export const snapshotController = (storage: StorageBackend): ControllerDefinition => ({
  name: "snapshot-controller",
  create(context) {
    const contentOf = ({ metadata, status }: VolumeSnapshot) =>
      status?.boundVolumeSnapshotContentName ?? `snapcontent-${metadata.uid}`;
    return {
      watches: [
        watch(volumeSnapshots, ({ type, object }, queue) => {
          queue.add(`snapshot:${keyOf(object)}`);
          if (type === "DELETED") queue.add(`content:${contentOf(object)}`);
        }),
        watch(volumeSnapshotContents, ({ object }, queue) => {
          const { namespace, name } = object.spec.volumeSnapshotRef;
          queue.add(`content:${object.metadata.name}`);
          if (name !== undefined) queue.add(`snapshot:${namespace}/${name}`);
        }),
        watch(persistentVolumeClaims, ({ object }, queue) => {
          const restored = sourceSnapshot(object);
          for (const snapshot of context.lister.list(volumeSnapshots, object.metadata.namespace)) {
            const isSource = snapshot.spec.source.persistentVolumeClaimName === object.metadata.name;
            const waits = snapshot.metadata.deletionTimestamp !== undefined && restored === snapshot.metadata.name;
            if ((isSource && snapshot.status?.readyToUse !== true) || waits) queue.add(`snapshot:${keyOf(snapshot)}`);
          }
        }),
      ],
      sync(key) {
        const rest = key.slice(key.indexOf(":") + 1);
        if (key.startsWith("content:")) syncContent(context, storage, rest);
        else syncSnapshot(context, rest);
      },
    };
  },
});

function syncSnapshot(context: ControllerContext, key: string): void {
  const { client, lister } = context;
  const { namespace, name } = splitKey(key);
  const snapshot = lister.find(volumeSnapshots, namespace, name);
  if (snapshot === undefined) return;
  releaseClaim(context, snapshot);
  if (snapshot.metadata.deletionTimestamp !== undefined) {
    release(context, snapshot);
    return;
  }
  try {
    if (!hasClass(context, snapshot)) return;
  } catch (error) {
    if (!(error instanceof SnapshotFailure)) throw error;
    fail(context, snapshot, error);
  }
  if (SNAPSHOT_FINALIZERS.some((finalizer) => snapshot.metadata.finalizers?.includes(finalizer) !== true)) {
    client.modify(volumeSnapshots, namespace, name, (next) => {
      next.metadata.finalizers = [...new Set([...(next.metadata.finalizers ?? []), ...SNAPSHOT_FINALIZERS])];
    });
    return;
  }
  try {
    const content =
      snapshot.spec.source.volumeSnapshotContentName === undefined
        ? dynamicContent(context, snapshot)
        : boundContent(context, snapshot, snapshot.spec.source.volumeSnapshotContentName);
    if (content !== undefined) tell(context, snapshot, content);
  } catch (error) {
    if (!(error instanceof SnapshotFailure)) throw error;
    fail(context, snapshot, error);
  }
}

/**
 * checkAndUpdateSnapshotClass, which comes before everything else: the class named is there, or one is named. False where
 * the snapshot was changed.
 */
function hasClass(context: ControllerContext, snapshot: VolumeSnapshot): boolean {
  const { namespace, name = "" } = snapshot.metadata;
  const className = snapshot.spec.volumeSnapshotClassName;
  if (snapshot.spec.source.persistentVolumeClaimName === undefined || snapshot.status?.readyToUse === true) return true;
  if (className === undefined) {
    const chosen = defaultClass(context, snapshot);
    context.client.modify(volumeSnapshots, namespace, name, (next) => {
      next.spec.volumeSnapshotClassName = chosen.metadata.name ?? "";
    });
    return false;
  }
  if (context.lister.find(volumeSnapshotClasses, undefined, className) === undefined)
    throw new SnapshotFailure(
      "GetSnapshotClassFailed",
      `Failed to get snapshot class with error failed to retrieve snapshot class ${className} from the informer: ${JSON.stringify(`volumesnapshotclass.snapshot.storage.k8s.io "${className}" not found`)}`,
    );
  return true;
}

/** The snapshot that a claim is filled from. */
function sourceSnapshot({ spec }: PersistentVolumeClaim): string | undefined {
  const source = spec?.dataSource;
  return source?.kind === "VolumeSnapshot" && source.apiGroup === SNAPSHOT_GROUP ? source.name : undefined;
}

/** A claim stays until all snapshots of it are taken (checkandRemovePVCFinalizer). */
function releaseClaim({ client, lister }: ControllerContext, snapshot: VolumeSnapshot): void {
  const name = snapshot.spec.source.persistentVolumeClaimName;
  const { namespace } = snapshot.metadata;
  const claim = lister.find(persistentVolumeClaims, namespace, name);
  if (name === undefined || claim?.metadata.finalizers?.includes(CLAIM_FINALIZER) !== true) return;
  const isNeeded = lister
    .list(volumeSnapshots, namespace)
    .some(({ spec, status }) => spec.source.persistentVolumeClaimName === name && status?.readyToUse !== true);
  if (isNeeded) return;
  unlessGone(() =>
    client.modify(persistentVolumeClaims, namespace, name, (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== CLAIM_FINALIZER);
    }),
  );
}

/** The content of a snapshot that is to be taken: made once there is a volume to take it of. */
function dynamicContent(context: ControllerContext, snapshot: VolumeSnapshot): VolumeSnapshotContent | undefined {
  const { client, lister, recorder } = context;
  const { namespace = "", name = "", uid = "", resourceVersion = "" } = snapshot.metadata;
  const contentName = `snapcontent-${uid}`;
  const existing = lister.find(volumeSnapshotContents, undefined, contentName);
  if (existing !== undefined) return existing;
  const input = <T>(found: T | string): T => {
    if (typeof found !== "string") return found;
    throw new SnapshotFailure(
      "SnapshotContentCreationFailed",
      `Failed to create snapshot content with error failed to get input parameters to create snapshot ${name}: ${JSON.stringify(found)}`,
    );
  };
  const className = snapshot.spec.volumeSnapshotClassName ?? "";
  const snapshotClass = input(
    lister.find(volumeSnapshotClasses, undefined, className) ??
      `failed to retrieve snapshot class ${className} from the informer: ${JSON.stringify(`volumesnapshotclass.snapshot.storage.k8s.io "${className}" not found`)}`,
  );
  const volume = input(sourceVolume(context, snapshot));
  const csi = input(
    volume.spec?.csi ?? `cannot take snapshot of a volume that no CSI driver made: ${volume.metadata.name}`,
  );
  const claimName = snapshot.spec.source.persistentVolumeClaimName ?? "";
  client.modify(persistentVolumeClaims, namespace, claimName, (next) => {
    if (next.metadata.finalizers?.includes(CLAIM_FINALIZER) === true) return false;
    next.metadata.finalizers = [...(next.metadata.finalizers ?? []), CLAIM_FINALIZER];
    return undefined;
  });
  client.create(volumeSnapshotContents, {
    apiVersion: "snapshot.storage.k8s.io/v1",
    kind: "VolumeSnapshotContent",
    metadata: { name: contentName, finalizers: [CONTENT_FINALIZER] },
    spec: {
      deletionPolicy: snapshotClass.deletionPolicy,
      driver: snapshotClass.driver,
      source: { volumeHandle: csi.volumeHandle },
      sourceVolumeMode: volume.spec?.volumeMode ?? "Filesystem",
      volumeSnapshotClassName: className,
      volumeSnapshotRef: {
        apiVersion: "snapshot.storage.k8s.io/v1",
        kind: "VolumeSnapshot",
        namespace,
        name,
        uid,
        resourceVersion,
      },
    },
  });
  recorder.event(
    snapshot,
    "Normal",
    "CreatingSnapshot",
    `Waiting for a snapshot ${namespace}/${name} to be created by the CSI driver.`,
  );
  return undefined;
}

/** The volume behind the claim that a snapshot names; text: why there is none. */
function sourceVolume({ lister }: ControllerContext, snapshot: VolumeSnapshot): PersistentVolume | string {
  const claimName = snapshot.spec.source.persistentVolumeClaimName ?? "";
  const claim = lister.find(persistentVolumeClaims, snapshot.metadata.namespace, claimName);
  if (claim === undefined)
    return `failed to retrieve PVC ${claimName} from the lister: ${JSON.stringify(`persistentvolumeclaim "${claimName}" not found`)}`;
  if (claim.status?.phase !== "Bound")
    return `the PVC ${claimName} is not yet bound to a PV, will not attempt to take a snapshot`;
  const volumeName = claim.spec?.volumeName ?? "";
  return (
    lister.find(persistentVolumes, undefined, volumeName) ??
    `failed to retrieve PV ${volumeName} from the API server: ${JSON.stringify(`persistentvolumes "${volumeName}" not found`)}`
  );
}

/** SetDefaultSnapshotClass: the one default class of the driver that made the volume. */
function defaultClass(context: ControllerContext, snapshot: VolumeSnapshot): VolumeSnapshotClass {
  const refuse = (why: string): never => {
    throw new SnapshotFailure(
      "SetDefaultSnapshotClassFailed",
      `Failed to set default snapshot class with error ${why}`,
    );
  };
  const volume = sourceVolume(context, snapshot);
  if (typeof volume === "string") return refuse(volume);
  const driver = volume.spec?.csi?.driver;
  const classes = context.lister
    .list(volumeSnapshotClasses)
    .filter((one) => one.metadata.annotations?.[DEFAULT_CLASS] === "true" && one.driver === driver);
  const [only] = classes;
  if (only === undefined) return refuse("cannot find default snapshot class");
  return classes.length > 1 ? refuse(`${classes.length} default snapshot classes were found`) : only;
}

/** The content that somebody else brought: it and the snapshot must name each other. */
function boundContent(
  { client, lister }: ControllerContext,
  snapshot: VolumeSnapshot,
  contentName: string,
): VolumeSnapshotContent | undefined {
  const content = lister.find(volumeSnapshotContents, undefined, contentName);
  if (content === undefined) throw new SnapshotFailure("SnapshotContentMissing", "VolumeSnapshotContent is missing");
  if (content.spec.source.snapshotHandle === undefined)
    throw new SnapshotFailure(
      "SnapshotContentMismatch",
      "VolumeSnapshotContent is dynamically provisioned while expecting a pre-provisioned one",
    );
  const { namespace, name, uid } = snapshot.metadata;
  const reference = content.spec.volumeSnapshotRef;
  const differs = reference.uid !== undefined && reference.uid !== "" && reference.uid !== uid;
  if (reference.namespace !== namespace || reference.name !== name || differs)
    throw new SnapshotFailure(
      "SnapshotContentMisbound",
      `VolumeSnapshotContent [${contentName}] is bound to a different snapshot`,
    );
  if (reference.uid === uid) return content;
  client.modify(volumeSnapshotContents, undefined, contentName, (next) => {
    next.spec.volumeSnapshotRef = { ...reference, uid: uid ?? "" };
  });
  return undefined;
}

/** The snapshot's status follows its content's. */
function tell({ client, recorder }: ControllerContext, snapshot: VolumeSnapshot, content: VolumeSnapshotContent): void {
  const { creationTime, restoreSize, readyToUse = false } = content.status ?? {};
  const bound = content.metadata.name ?? "";
  const was = snapshot.status ?? {};
  if (was.boundVolumeSnapshotContentName === bound && was.readyToUse === readyToUse && was.error === undefined) return;
  const { namespace, name = "" } = snapshot.metadata;
  client.modify(
    volumeSnapshots,
    namespace,
    name,
    (next) => {
      next.status = {
        boundVolumeSnapshotContentName: bound,
        ...(creationTime === undefined ? {} : { creationTime: rfc3339(Math.floor(creationTime / 1e6)) }),
        readyToUse,
        ...(restoreSize === undefined
          ? {}
          : { restoreSize: formatQuantity({ nanos: BigInt(restoreSize) * 1_000_000_000n, format: "BinarySI" }) }),
      };
    },
    "status",
  );
  const full = `${namespace}/${name}`;
  if (was.creationTime === undefined && creationTime !== undefined)
    recorder.event(
      snapshot,
      "Normal",
      "SnapshotCreated",
      `Snapshot ${full} was successfully created by the CSI driver.`,
    );
  if (was.readyToUse !== true && readyToUse)
    recorder.event(snapshot, "Normal", "SnapshotReady", `Snapshot ${full} is ready to use.`);
}

function fail({ client, clock, recorder }: ControllerContext, snapshot: VolumeSnapshot, why: SnapshotFailure): void {
  if (snapshot.status?.error?.message !== why.message) {
    client.modify(
      volumeSnapshots,
      snapshot.metadata.namespace,
      snapshot.metadata.name ?? "",
      (next) => {
        next.status = {
          ...next.status,
          readyToUse: false,
          error: { message: why.message, time: rfc3339(clock.now()) },
        };
      },
      "status",
    );
  }
  recorder.event(snapshot, "Warning", why.reason, why.message);
  throw new Retry(why.message);
}

/** A snapshot goes: its content with it where its policy says so. */
function release({ client, lister, recorder }: ControllerContext, snapshot: VolumeSnapshot): void {
  const { namespace, name = "", uid } = snapshot.metadata;
  if (snapshot.metadata.finalizers?.some((finalizer) => SNAPSHOT_FINALIZERS.includes(finalizer)) !== true) return;
  const contentName = snapshot.status?.boundVolumeSnapshotContentName ?? `snapcontent-${uid}`;
  const content = lister.find(volumeSnapshotContents, undefined, contentName);
  const isBound = content !== undefined && content.spec.volumeSnapshotRef.uid === uid;
  const isRestored = lister
    .list(persistentVolumeClaims, namespace)
    .some((claim) => claim.status?.phase === "Pending" && sourceSnapshot(claim) === name);
  if (isBound && isRestored) {
    recorder.event(snapshot, "Warning", "SnapshotDeletePending", "Snapshot is being used to restore a PVC");
    return;
  }
  if (isBound && content.spec.deletionPolicy === "Delete") {
    if (content.metadata.annotations?.[BEING_DELETED] !== "yes")
      client.modify(volumeSnapshotContents, undefined, contentName, (next) => {
        next.metadata.annotations = { ...next.metadata.annotations, [BEING_DELETED]: "yes" };
      });
    if (content.metadata.deletionTimestamp === undefined)
      unlessGone(() => client.delete(volumeSnapshotContents, undefined, contentName));
    // Its end brings us here again.
    if (lister.find(volumeSnapshotContents, undefined, contentName) !== undefined) return;
  }
  unlessGone(() =>
    client.modify(volumeSnapshots, namespace, name, (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => !SNAPSHOT_FINALIZERS.includes(one));
    }),
  );
}

/** The driver's side: takes the snapshot, or lets go of it. */
function syncContent({ client, clock, lister }: ControllerContext, storage: StorageBackend, name: string): void {
  const content = lister.find(volumeSnapshotContents, undefined, name);
  if (content === undefined) return;
  const { driver, source, deletionPolicy, volumeSnapshotRef } = content.spec;
  if (content.metadata.deletionTimestamp !== undefined) {
    const snapshot = lister.find(volumeSnapshots, volumeSnapshotRef.namespace, volumeSnapshotRef.name);
    const isBound = snapshot !== undefined && snapshot.metadata.uid === volumeSnapshotRef.uid;
    if (isBound && snapshot.metadata.deletionTimestamp === undefined) return;
    const handle = content.status?.snapshotHandle;
    if (deletionPolicy === "Delete" && handle !== undefined) storage.destroy(snapshotData(driver, handle));
    if (content.metadata.finalizers?.includes(CONTENT_FINALIZER) === true)
      unlessGone(() =>
        client.modify(volumeSnapshotContents, undefined, name, (next) => {
          next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((one) => one !== CONTENT_FINALIZER);
        }),
      );
    return;
  }
  if (content.metadata.finalizers?.includes(CONTENT_FINALIZER) !== true) {
    client.modify(volumeSnapshotContents, undefined, name, (next) => {
      next.metadata.finalizers = [...(next.metadata.finalizers ?? []), CONTENT_FINALIZER];
    });
    return;
  }
  if (content.status?.readyToUse === true) return;
  let restoreSize = 0;
  let handle = source.snapshotHandle;
  if (handle === undefined) {
    handle = `snap-${(volumeSnapshotRef.uid ?? name).replaceAll("-", "").slice(0, 17)}`;
    const volume = lister.list(persistentVolumes).find(({ spec }) => spec?.csi?.volumeHandle === source.volumeHandle);
    restoreSize = quantityNumber(volume?.spec?.capacity?.["storage"]) ?? 0;
    storage.copy(volumeData(driver, source.volumeHandle ?? ""), snapshotData(driver, handle));
  }
  const status = { snapshotHandle: handle, creationTime: clock.now() * 1e6, restoreSize, readyToUse: true };
  client.modify(
    volumeSnapshotContents,
    undefined,
    name,
    (next) => {
      next.status = status;
    },
    "status",
  );
}
