/** Volumes behind PersistentVolumeClaims: the claim, its volume, and the volume's source. */

import { quantityNumber } from "../../../encoding/index.ts";
import { persistentVolumeClaims, persistentVolumes, volumeAttachments } from "../../api/resources.ts";
import type { PersistentVolume, Volume } from "../../api/types.ts";
import { applyFsGroup, mountHostPath } from "./plugins.ts";
import { type MountedVolume, type VolumeContext, VolumeError } from "./types.ts";

/** The name of the claim a Pod's volume means: its own, or the one made for a generic ephemeral volume. */
export function claimName(volume: Volume, podName: string): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${podName}-${volume.name}`;
}

export function mountClaim(volume: Volume, context: VolumeContext): MountedVolume {
  const { client, pod } = context;
  const namespace = pod.metadata.namespace ?? "";
  const name = claimName(volume, pod.metadata.name ?? "") ?? "";
  const claim = client.find(persistentVolumeClaims, namespace, name);
  if (claim === undefined) {
    throw unprocessed(
      volume,
      `error processing PVC ${namespace}/${name}: failed to fetch PVC from API server: persistentvolumeclaims "${name}" not found`,
    );
  }
  if (claim.metadata.deletionTimestamp !== undefined && !wasMounted(context)) {
    throw unprocessed(
      volume,
      `error processing PVC ${namespace}/${name}: can't start pod because PVC is being deleted`,
    );
  }
  if (claim.status?.phase !== "Bound" || !claim.spec?.volumeName) {
    throw unprocessed(volume, `error processing PVC ${namespace}/${name}: PVC is not bound`);
  }
  const pv = client.find(persistentVolumes, undefined, claim.spec.volumeName);
  if (pv === undefined) {
    throw unprocessed(
      volume,
      `error processing PVC ${namespace}/${name}: failed to fetch PV "${claim.spec.volumeName}" from API server: persistentvolumes "${claim.spec.volumeName}" not found`,
    );
  }
  checkMode(volume, pv, context);
  checkNodeAffinity(pv, context);
  const { faults } = context;
  const pvName = pv.metadata.name ?? "";
  if (faults.volumeFailure(pvName, false) !== undefined && !context.restoring) {
    throw new VolumeError(
      `MountVolume.SetUp failed for volume "${pvName}" : mount failed: exit status 32\nMounting command: mount\nOutput: mount: can't read superblock on device: Input/output error`,
    );
  }
  const mounted = pv.spec?.volumeMode === "Block" ? mapDevice(pv, context) : mountSource(pv, context);
  const readOnly = volume.persistentVolumeClaim?.readOnly === true || onlyReads(pv);
  const failure = (write: boolean) => faults.volumeFailure(pvName, write) ?? mounted.failure?.(write);
  const latency = (bytes: number) => faults.deviceDelay(pvName, bytes, context.clock.now());
  return { ...mounted, expandable: true, failure, latency, ...(readOnly ? { readOnly: true } : {}) };
}

/** ms that mounting takes longer, while the volume is slow on purpose. */
export function mountDelay(volume: Volume, { client, pod, faults }: VolumeContext): number {
  const name = claimName(volume, pod.metadata.name ?? "");
  const claim =
    name === undefined || faults.list.length === 0
      ? undefined
      : client.find(persistentVolumeClaims, pod.metadata.namespace, name);
  return claim?.spec?.volumeName ? faults.mountDelay(claim.spec.volumeName) : 0;
}

const wasMounted = (context: VolumeContext) => context.pod.status?.podIP !== undefined;
const onlyReads = (pv: PersistentVolume) => {
  const modes = pv.spec?.accessModes ?? [];
  return modes.length > 0 && modes.every((mode) => mode === "ReadOnlyMany");
};

function checkNodeAffinity(pv: PersistentVolume, context: VolumeContext): void {
  const terms = pv.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (terms === undefined || terms.length === 0) return;
  const labels: Record<string, string> = { ...context.nodeLabels };
  const fits = terms.some((term) =>
    (term.matchExpressions ?? []).every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === "In") return value !== undefined && (values ?? []).includes(value);
      if (operator === "NotIn") return value === undefined || !(values ?? []).includes(value);
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      return false;
    }),
  );
  if (fits) return;
  throw new VolumeError(
    `MountVolume.NodeAffinity check failed for volume "${pv.metadata.name}" : no matching NodeSelectorTerms`,
  );
}

/** A container uses a volume as what it is: a file system, or a raw device (desired_state_of_world_populator.go). */
function checkMode(volume: Volume, pv: PersistentVolume, { pod }: VolumeContext): void {
  const mode = pv.spec?.volumeMode ?? "Filesystem";
  const wrong = mode === "Block" ? "volumeMounts" : "volumeDevices";
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  if (containers.some((container) => container[wrong]?.some(({ name }) => name === volume.name)))
    throw unprocessed(volume, `volume ${volume.name} has volumeMode ${mode}, but is specified in ${wrong}`);
}

/** The volume manager cannot even begin (WaitForAttachAndMount). */
function unprocessed({ name }: Volume, why: string): VolumeError {
  return new VolumeError(
    `Unable to attach or mount volumes: unmounted volumes=[${name}], unattached volumes=[], failed to process volumes=[${name}]: ${why}`,
  );
}

/** A raw device: of network-attached volumes only, since nodes here have no disks to give away. */
function mapDevice(pv: PersistentVolume, context: VolumeContext): MountedVolume {
  const name = pv.metadata.name ?? "";
  if (pv.spec?.local !== undefined)
    throw new VolumeError(
      `MapVolume.EvalHostSymlinks failed for volume "${name}" : lstat ${pv.spec.local.path}: no such file or directory`,
      "FailedMapVolume",
    );
  const handle = networkHandle(pv);
  // The kubelet finds no plugin that could map it, logs that, and goes on waiting.
  if (handle === undefined || pv.spec?.nfs !== undefined)
    throw new VolumeError(`MapVolume.FindMapperPluginBySpec failed for volume "${name}"`, "FailedMapVolume", true);
  checkAttached(pv, context);
  const capacity = quantityNumber(pv.spec?.capacity?.["storage"]) ?? 0;
  const { fileSystem } = context.networkVolumes.openDevice(handle, capacity);
  const done = `MapVolume.MapPodDevice succeeded for volume "${name}"`;
  const plugins = "/var/lib/kubelet/plugins/kubernetes.io/csi/volumeDevices";
  return {
    fileSystem,
    block: true,
    name,
    announce: [
      `${done} globalMapPath "${plugins}/${name}/dev"`,
      `${done} volumeMapPath "/var/lib/kubelet/pods/${context.pod.metadata.uid}/volumeDevices/kubernetes.io~csi"`,
    ],
  };
}

function mountSource(pv: PersistentVolume, context: VolumeContext): MountedVolume {
  const name = pv.metadata.name ?? "";
  const spec = pv.spec ?? {};
  const capacity = quantityNumber(spec.capacity?.["storage"]);
  if (spec.hostPath !== undefined) {
    return withOwner(mountHostPath(name, spec.hostPath.path, spec.hostPath.type ?? "", context), context);
  }
  if (spec.local !== undefined) {
    if (!context.hostFiles.exists(spec.local.path)) {
      throw new VolumeError(
        `MountVolume.NewMounter initialization failed for volume "${name}" : path "${spec.local.path}" does not exist`,
      );
    }
    return withOwner({ fileSystem: context.hostFiles, root: spec.local.path, name }, context);
  }
  if (spec.nfs !== undefined) {
    const fileSystem = context.networkVolumes.open(`${spec.nfs.server}:${spec.nfs.path}`, capacity, "nfs");
    return { fileSystem, name };
  }
  const handle = networkHandle(pv);
  if (handle === undefined) {
    throw new VolumeError(`MountVolume.SetUp failed for volume "${name}" : no volume plugin matched name`);
  }
  return mountAttached(pv, handle, capacity, context);
}

/** What names the data of a network-attached volume; undefined where the volume is of another kind. */
export function networkHandle(pv: PersistentVolume): string | undefined {
  const spec = pv.spec;
  if (spec?.csi !== undefined) return `${spec.csi.driver}/${spec.csi.volumeHandle}`;
  if (spec?.awsElasticBlockStore !== undefined) return `aws/${spec.awsElasticBlockStore.volumeID}`;
  if (spec?.gcePersistentDisk !== undefined) return `gce/${spec.gcePersistentDisk.pdName}`;
  if (spec?.azureDisk !== undefined) return `azure/${spec.azureDisk.diskName}`;
  if (spec?.cephfs !== undefined) return `cephfs/${spec.cephfs.monitors.join(",")}${spec.cephfs.path ?? ""}`;
  if (spec?.rbd !== undefined) return `rbd/${spec.rbd.image}`;
  if (spec?.iscsi !== undefined) return `iscsi/${spec.iscsi.iqn}/${spec.iscsi.lun}`;
  if (spec?.glusterfs !== undefined) return `glusterfs/${spec.glusterfs.endpoints}/${spec.glusterfs.path}`;
  return undefined;
}

/** Drivers whose volumes are reached from every node: CSIDriver.spec.attachRequired is false for them. */
const NOT_ATTACHED = new Set(["nfs.csi.k8s.io", "hostpath.csi.k8s.io", "efs.csi.aws.com", "file.csi.azure.com"]);

/** Mounts a network-attached volume once the attach-detach controller has brought it to this node. */
function mountAttached(
  pv: PersistentVolume,
  handle: string,
  capacity: number | undefined,
  context: VolumeContext,
): MountedVolume {
  const name = pv.metadata.name ?? "";
  const driver = pv.spec?.csi?.driver;
  checkAttached(pv, context);
  const fileSystem = context.networkVolumes.open(handle, capacity, driver === "nfs.csi.k8s.io" ? "nfs" : "ext4");
  applyFsGroup(fileSystem, "/", context);
  return { fileSystem, name };
}

function checkAttached(pv: PersistentVolume, context: VolumeContext): void {
  const driver = pv.spec?.csi?.driver;
  const name = pv.metadata.name ?? "";
  if (driver !== undefined && !NOT_ATTACHED.has(driver) && !isAttached(name, context))
    throw new VolumeError(`volume ${name} is not attached to node ${context.node} yet`, "FailedAttachVolume", true);
}

function isAttached(volume: string, { client, node, restoring }: VolumeContext): boolean {
  if (restoring) return true;
  return client
    .list(volumeAttachments)
    .some(
      ({ spec, status }) =>
        spec?.nodeName === node && spec.source.persistentVolumeName === volume && status?.attached === true,
    );
}

function withOwner(volume: MountedVolume, context: VolumeContext): MountedVolume {
  applyFsGroup(volume.fileSystem, volume.root ?? "/", context);
  return volume;
}
