/** Attaches network disks to the nodes that need them (pkg/controller/volume/attachdetach, kubernetes-csi/external-attacher). */
import { digest, toHex } from "../../../encoding/index.ts";
import { nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from "../../api/resources.ts";
import type { Node, PersistentVolume, Pod, VolumeAttachment } from "../../api/types.ts";
import { claimNames } from "../../scheduler/plugins/volume-restrictions.ts";
import { type ControllerContext, type ControllerDefinition, watch } from "../framework/controller.ts";
import type { Lister } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { isPodFinished } from "../framework/pods.ts";
import type { WorkQueue } from "../framework/queue.ts";
import { attachedDrivers } from "./provisioners.ts";

/** The name of an attachment (pkg/volume/csi/csi_attacher.go, getAttachmentName). */
function attachmentName(volume: PersistentVolume, node: string): string {
  const text = `${volume.spec?.csi?.volumeHandle}${volume.spec?.csi?.driver}${node}`;
  return `csi-${toHex(digest("sha256", text))}`;
}

/** What the driver's attacher puts on attachments and volumes until it has detached (GetFinalizerName). */
const finalizerOf = (driver: string) => `external-attacher/${driver.replace(/[^a-zA-Z0-9-]/g, "-")}`;
const NODE_ID = "csi.alpha.kubernetes.io/node-id";

/** Network disks of a Pod's bound claims. */
function disksOf(lister: Lister, pod: Pod): PersistentVolume[] {
  return claimNames(pod).flatMap((name) => {
    const claim = lister.find(persistentVolumeClaims, pod.metadata.namespace, name);
    const volume = lister.find(persistentVolumes, undefined, claim?.spec?.volumeName);
    return volume?.spec?.csi !== undefined && attachedDrivers.has(volume.spec.csi.driver) ? [volume] : [];
  });
}

/** Attachments of drivers that are not here belong to somebody else. */
const isOurs = ({ spec }: VolumeAttachment) => attachedDrivers.has(spec?.attacher ?? "");

const OUT_OF_SERVICE = "node.kubernetes.io/out-of-service";
/** After this a volume is detached from a node that does not answer (maxWaitForUnmountDuration). */
const MAX_WAIT_FOR_UNMOUNT_MS = 6 * 60_000;

const usesNode = (pod: Pod) => Boolean(pod.spec?.nodeName) && !isPodFinished(pod);

export const attachDetachController: ControllerDefinition = {
  name: "attachdetach-controller",
  serviceAccount: "attachdetach-controller",
  create(context) {
    const { lister } = context;
    let waits: Waits = new Map();
    const enqueue = (pod: Pod, queue: WorkQueue) => {
      if (!pod.spec?.nodeName) return;
      for (const volume of disksOf(lister, pod)) queue.add(`${volume.metadata.name}|${pod.spec.nodeName}`);
    };
    return {
      watches: [
        watch(pods, ({ type, object, previous }, queue) => {
          if (type === "MODIFIED" && previous !== undefined && usesNode(previous) === usesNode(object)) return;
          enqueue(object, queue);
        }),
        // A Pod that was put on a node by hand may be there before its claim has a volume.
        watch(persistentVolumeClaims, ({ type, object, previous }, queue) => {
          if (type === "DELETED" || object.status?.phase !== "Bound" || previous?.status?.phase === "Bound") return;
          const { namespace, name = "" } = object.metadata;
          for (const pod of lister.list(pods, namespace))
            if (usesNode(pod) && claimNames(pod).includes(name)) enqueue(pod, queue);
        }),
        // A node that comes back, or is declared dead, lets go of what it holds.
        watch(nodes, ({ type, object, previous }, queue) => {
          const [now, before] = [mayHold(object), previous !== undefined && mayHold(previous)];
          if (type === "MODIFIED" && now === before) return;
          for (const { spec } of lister.list(volumeAttachments))
            if (spec?.nodeName === object.metadata.name && spec?.source.persistentVolumeName !== undefined)
              queue.add(`${spec.source.persistentVolumeName}|${spec.nodeName}`);
        }),
        watch(volumeAttachments, ({ type, object }, queue) => {
          const volume = object.spec?.source.persistentVolumeName;
          if (volume === undefined || !isOurs(object)) return;
          queue.add(`${volume}|${object.spec?.nodeName}`);
          if (type === "DELETED") queue.add(`${volume}|`);
        }),
        watch(persistentVolumes, ({ type, object }, queue) => {
          if (type !== "DELETED" && object.metadata.deletionTimestamp !== undefined)
            queue.add(`${object.metadata.name}|`);
        }),
      ],
      sync: (key, queue) => sync(context, key, queue, waits),
      state: () => [...waits],
      restore(state) {
        waits = new Map(state as [string, number][]);
      },
    };
  },
};

/** Since when a volume waits for a silent node to let go of it, by key. */
type Waits = Map<string, number>;

/**
 * Whether a node may still have volumes mounted although nobody can tell: it is silent, and nobody has said that it is
 * out of service.
 */
function mayHold(node: Node): boolean {
  const isReady = node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
  return !isReady && !(node.spec?.taints ?? []).some(({ key }) => key === OUT_OF_SERVICE);
}

function sync(context: ControllerContext, key: string, queue: WorkQueue, waits: Waits): void {
  const { client, lister, clock, latencies } = context;
  const separator = key.lastIndexOf("|");
  const volumeName = key.slice(0, separator);
  const node = key.slice(separator + 1);
  const volume = lister.find(persistentVolumes, undefined, volumeName);
  if (node === "") {
    letGo(context, volume);
    return;
  }
  const users = lister
    .list(pods)
    .filter((pod) => usesNode(pod) && disksOf(lister, pod).some(({ metadata }) => metadata.name === volumeName));
  const isWanted = users.some((pod) => pod.spec?.nodeName === node);
  const attachments = lister
    .list(volumeAttachments)
    .filter((attachment) => isOurs(attachment) && attachment.spec?.source.persistentVolumeName === volumeName);
  const existing = attachments.find((attachment) => attachment.spec?.nodeName === node);
  if (existing === undefined) {
    if (isWanted && volume?.spec?.csi !== undefined) attach(context, volume, node, attachments, users);
    return;
  }
  if (isWanted) waits.delete(key);
  if (!isWanted) {
    const holder = lister.find(nodes, undefined, node);
    if (holder !== undefined && mayHold(holder)) {
      const since = waits.get(key) ?? clock.now();
      waits.set(key, since);
      const left = since + MAX_WAIT_FOR_UNMOUNT_MS - clock.now();
      if (left > 0) {
        queue.addAfter(key, left, `volume ${volumeName} is taken away from ${node}, which is silent`);
        return;
      }
    }
    waits.delete(key);
    const { name = "" } = existing.metadata;
    unlessGone(() => client.delete(volumeAttachments, undefined, name));
    unlessGone(() =>
      client.modify(volumeAttachments, undefined, name, withoutFinalizer(existing.spec?.attacher ?? "")),
    );
    markInUse(context, volume, node, false);
    // Whoever waits for the disk elsewhere gets its turn.
    for (const pod of users) queue.add(`${volumeName}|${pod.spec?.nodeName}`);
    return;
  }
  if (existing.status?.attached === true) return;
  const due = Date.parse(existing.metadata.creationTimestamp ?? "") + latencies.volumeAttach - clock.now();
  if (due > 0) {
    queue.addAfter(key, due, `volume ${volumeName} is attached to ${node}`);
    return;
  }
  if (existing.metadata.deletionTimestamp !== undefined) return;
  const driver = existing.spec?.attacher ?? "";
  const finalizer = finalizerOf(driver);
  if (volume !== undefined && !volume.metadata.finalizers?.includes(finalizer))
    client.modify(persistentVolumes, undefined, volumeName, (next) => {
      next.metadata.finalizers = [...(next.metadata.finalizers ?? []), finalizer];
    });
  client.modify(volumeAttachments, undefined, existing.metadata.name ?? "", (next) => {
    if (next.metadata.finalizers?.includes(finalizer) === true) return false;
    next.metadata.finalizers = [...(next.metadata.finalizers ?? []), finalizer];
    next.metadata.annotations = { ...next.metadata.annotations, [NODE_ID]: node };
    return undefined;
  });
  client.modify(
    volumeAttachments,
    undefined,
    existing.metadata.name ?? "",
    (next) => {
      next.status = { ...next.status, attached: true };
    },
    "status",
  );
  markInUse(context, volume, node, true);
  for (const pod of users)
    if (pod.spec?.nodeName === node)
      context.recorder.event(
        pod,
        "Normal",
        "SuccessfulAttachVolume",
        `AttachVolume.Attach succeeded for volume "${volumeName}" `,
      );
}

const withoutFinalizer = (driver: string) => (next: { metadata: { finalizers?: string[] } }) => {
  const finalizer = finalizerOf(driver);
  if (next.metadata.finalizers?.includes(finalizer) !== true) return false;
  next.metadata.finalizers = next.metadata.finalizers.filter((one) => one !== finalizer);
  return undefined;
};

/** A volume that is to go is let go of once it is attached nowhere (csi_handler.go, SyncNewOrUpdatedPersistentVolume). */
function letGo({ client, lister }: ControllerContext, volume: PersistentVolume | undefined): void {
  const driver = volume?.spec?.csi?.driver;
  if (volume?.metadata.deletionTimestamp === undefined || driver === undefined) return;
  const { name = "" } = volume.metadata;
  if (lister.list(volumeAttachments).some(({ spec }) => spec?.source.persistentVolumeName === name)) return;
  unlessGone(() => client.modify(persistentVolumes, undefined, name, withoutFinalizer(driver)));
}

function attach(
  { client, recorder }: ControllerContext,
  volume: PersistentVolume,
  node: string,
  others: readonly VolumeAttachment[],
  users: readonly Pod[],
): void {
  const isShared =
    volume.spec?.accessModes?.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany") ?? false;
  const name = volume.metadata.name ?? "";
  if (!isShared && others.length > 0) {
    const holders = users.filter((pod) => pod.spec?.nodeName !== node).map((pod) => pod.metadata.name);
    for (const pod of users)
      if (pod.spec?.nodeName === node)
        recorder.event(
          pod,
          "Warning",
          "FailedAttachVolume",
          `Multi-Attach error for volume "${name}" Volume is already ${holders.length > 0 ? `used by pod(s) ${holders.join(", ")}` : "exclusively attached to one node and can't be attached to another"}`,
        );
    return;
  }
  client.create(volumeAttachments, {
    metadata: { name: attachmentName(volume, node) },
    spec: { attacher: volume.spec?.csi?.driver ?? "", nodeName: node, source: { persistentVolumeName: name } },
  });
}

/** What the node's status says is attached. */
function markInUse(
  { client }: ControllerContext,
  volume: PersistentVolume | undefined,
  node: string,
  attached: boolean,
): void {
  const csi = volume?.spec?.csi;
  if (csi === undefined) return;
  const name = `kubernetes.io/csi/${csi.driver}^${csi.volumeHandle}`;
  unlessGone(() =>
    client.modify(
      nodes,
      undefined,
      node,
      (next) => {
        const others = (next.status?.volumesAttached ?? []).filter((one) => one.name !== name);
        next.status = {
          ...next.status,
          volumesAttached: attached ? [...others, { name, devicePath: "" }] : others,
        };
      },
      "status",
    ),
  );
}
