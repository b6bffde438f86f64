/**
 * External provisioners: rancher.io/local-path and CSI-like ones, as their own controllers would behave
 * (sig-storage-lib-external-provisioner/controller, kubernetes-csi/external-provisioner).
 */
import { persistentVolumeClaims, persistentVolumes, storageClasses } from "../../api/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../../api/types.ts";
import { createRecorder, type EventRecorder } from "../../events/index.ts";
import { SELECTED_NODE } from "../../scheduler/plugins/volume-binding.ts";
import { type ControllerContext, type ControllerDefinition, Retry, watch } from "../framework/controller.ts";
import { keyOf, splitKey } from "../framework/lister.ts";
import { unlessGone } from "../framework/owners.ts";
import { sourceOf } from "./data-source.ts";
import { classOfClaim } from "./matching.ts";
import { findProvisioner, makeVolume, PROVISIONED_BY, type Provisioner } from "./provisioners.ts";
import { type StorageBackend, volumeData } from "./snapshots.ts";

const CLAIM_PROVISIONER = "volume.kubernetes.io/storage-provisioner";
const FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer";

/** Names their leader-election identity shows in events, as such provisioners run. */
const identity = (provisioner: Provisioner) =>
  provisioner.kind === "local-path"
    ? `${provisioner.driver}_local-path-provisioner-7dc846544d-x2k8z_6f1ff6a4-7d3e-4a3c-9d8e-2b1b3d1f0c55`
    : `${provisioner.driver}_csi-provisioner-0_5c9c5f0e-3a52-4d2f-8f2d-9c6f0b7e1a11`;

export const externalProvisioners = (storage: StorageBackend): ControllerDefinition => ({
  name: "external-provisioner",
  create(context) {
    const recorders = new Map<string, EventRecorder>();
    const recorderFor = (provisioner: Provisioner) => {
      let recorder = recorders.get(provisioner.driver);
      if (recorder === undefined) {
        recorder = createRecorder({ ...context, component: identity(provisioner) });
        recorders.set(provisioner.driver, recorder);
      }
      return recorder;
    };
    /** When the volume of a claim (by uid) or its deletion is due, ms. */
    const due = new Map<string, number>();
    /** Claims (by uid) that no retry can help. */
    const refused = new Set<string>();
    return {
      watches: [
        watch(persistentVolumeClaims, ({ type, object }, queue) => {
          if (type !== "DELETED" && !object.spec?.volumeName && object.metadata.annotations?.[CLAIM_PROVISIONER])
            queue.add(`claim:${keyOf(object)}`);
        }),
        watch(persistentVolumes, ({ object }, queue) => {
          if (object.metadata.annotations?.[PROVISIONED_BY] !== undefined) queue.add(`volume:${object.metadata.name}`);
        }),
      ],
      sync(key, queue) {
        const rest = key.slice(key.indexOf(":") + 1);
        /** True once `ms` have passed since it was first asked about `id`. */
        const isDue = (id: string, ms: number, reason: string): boolean => {
          const now = context.clock.now();
          const until = due.get(id) ?? now + ms;
          if (until > now) {
            due.set(id, until);
            queue.addAfter(key, until - now, reason);
            return false;
          }
          due.delete(id);
          return true;
        };
        if (key.startsWith("claim:"))
          provision(context, rest, recorderFor, isDue, (id) => due.has(id), refused, storage);
        else remove(context, rest);
      },
    };
  },
});

function provision(
  context: ControllerContext,
  key: string,
  recorderFor: (provisioner: Provisioner) => EventRecorder,
  isDue: (id: string, ms: number, reason: string) => boolean,
  isUnderWay: (id: string) => boolean,
  refused: Set<string>,
  storage: StorageBackend,
): void {
  const { client, lister, latencies } = context;
  const { namespace, name } = splitKey(key);
  const claim = lister.find(persistentVolumeClaims, namespace, name);
  if (claim === undefined || claim.spec?.volumeName) return;
  const storageClass = lister.find(storageClasses, undefined, classOfClaim(claim));
  const provisioner = storageClass === undefined ? undefined : findProvisioner(storageClass.provisioner);
  if (storageClass === undefined || provisioner === undefined || provisioner.inTree === true) return;
  if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && !claim.metadata.annotations?.[SELECTED_NODE]) return;
  const volumeName = `pvc-${claim.metadata.uid}`;
  if (lister.find(persistentVolumes, undefined, volumeName) !== undefined) return;
  const recorder = recorderFor(provisioner);
  if (claim.spec?.volumeMode === "Block" && provisioner.kind !== "csi") {
    const why = `${provisioner.name} does not support block volume provisioning`;
    if (!refused.has(claim.metadata.uid ?? "")) recorder.event(claim, "Warning", "ProvisioningFailed", why);
    refused.add(claim.metadata.uid ?? "");
    return;
  }
  const id = `provision ${claim.metadata.uid}`;
  const source = provisioner.kind === "csi" ? sourceOf(claim, provisioner, lister) : undefined;
  if (source === "populator") {
    if (!refused.has(claim.metadata.uid ?? ""))
      recorder.event(claim, "Normal", "Provisioning", "Assuming an external populator will provision the volume");
    refused.add(claim.metadata.uid ?? "");
    return;
  }
  const volume = source?.problem ?? makeVolume(provisioner, claim, storageClass, lister);
  // Told once, not again when the volume is due.
  if (!isUnderWay(id))
    recorder.event(
      claim,
      "Normal",
      "Provisioning",
      `External provisioner is provisioning volume for claim "${namespace}/${name}"`,
    );
  if (typeof volume === "string") {
    recorder.event(
      claim,
      "Warning",
      "ProvisioningFailed",
      `failed to provision volume with StorageClass "${storageClass.metadata.name}": ${volume}`,
    );
    giveBackNode(context, claim, storageClass.volumeBindingMode);
    throw new Retry(volume);
  }
  if (!isDue(id, latencies.volumeProvision, `volume for claim ${name} is provisioned`)) return;
  const handle = volume.spec?.csi?.volumeHandle;
  if (source?.data !== undefined && handle !== undefined)
    storage.copy(source.data, volumeData(provisioner.driver, handle));
  client.create(persistentVolumes, volume);
  recorder.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${volumeName}`);
}

/** The node will not do: the scheduler may choose another. */
function giveBackNode({ client }: ControllerContext, claim: PersistentVolumeClaim, mode: string | undefined): void {
  if (mode !== "WaitForFirstConsumer") return;
  client.modify(persistentVolumeClaims, claim.metadata.namespace, claim.metadata.name ?? "", (next) => {
    if (next.metadata.annotations?.[SELECTED_NODE] === undefined) return false;
    const { [SELECTED_NODE]: _node, ...annotations } = next.metadata.annotations;
    next.metadata.annotations = annotations;
    return undefined;
  });
}

/** Deletes what a released volume with reclaim policy Delete stood for, then the volume. */
function remove({ client, lister }: ControllerContext, name: string): void {
  const volume = lister.find(persistentVolumes, undefined, name);
  const provisioner = findProvisioner(volume?.metadata.annotations?.[PROVISIONED_BY] ?? "");
  if (volume === undefined || provisioner === undefined || provisioner.inTree === true) return;
  if (volume.status?.phase !== "Released" || volume.spec?.persistentVolumeReclaimPolicy !== "Delete") {
    if (volume.metadata.deletionTimestamp !== undefined && volume.status?.phase !== "Bound")
      dropFinalizer(client, volume);
    return;
  }
  if (volume.metadata.deletionTimestamp === undefined)
    unlessGone(() => client.delete(persistentVolumes, undefined, name));
  dropFinalizer(client, lister.find(persistentVolumes, undefined, name));
}

function dropFinalizer(client: ControllerContext["client"], volume: PersistentVolume | undefined): void {
  if (!volume?.metadata.finalizers?.includes(FINALIZER)) return;
  unlessGone(() =>
    client.modify(persistentVolumes, undefined, volume.metadata.name ?? "", (next) => {
      next.metadata.finalizers = (next.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    }),
  );
}
