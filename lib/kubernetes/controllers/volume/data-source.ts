/** What a claim's volume starts with: another claim's data, or a snapshot's (external-provisioner, pkg/controller). Pure. */
import { quantityNumber } from "../../../encoding/index.ts";
import { persistentVolumeClaims, persistentVolumes } from "../../api/resources.ts";
import type { PersistentVolumeClaim } from "../../api/types.ts";
import type { Lister } from "../framework/lister.ts";
import type { Provisioner } from "./provisioners.ts";
import { SNAPSHOT_GROUP, snapshotData, volumeData, volumeSnapshotContents, volumeSnapshots } from "./snapshots.ts";

interface DataSource {
  /** Handle of the data to start from. */
  readonly data?: string;
  /** Why it cannot be. */
  readonly problem?: string;
}

type Found = { readonly data: string } | string;

/** Undefined: the volume starts empty. "populator": somebody else is to fill it (AnyVolumeDataSource). */
export function sourceOf(
  claim: PersistentVolumeClaim,
  provisioner: Provisioner,
  lister: Lister,
): DataSource | "populator" | undefined {
  const reference = claim.spec?.dataSourceRef ?? claim.spec?.dataSource;
  if (reference === undefined) return undefined;
  const { kind, name, apiGroup = "" } = reference;
  let found: Found;
  if (kind === "PersistentVolumeClaim" && apiGroup === "") found = ofClaim(claim, name, provisioner, lister);
  else if (kind === "VolumeSnapshot" && apiGroup === SNAPSHOT_GROUP)
    found = ofSnapshot(claim, name, provisioner, lister);
  else return "populator";
  return typeof found === "string"
    ? { problem: `error getting handle for DataSource Type ${kind} by Name ${name}: ${found}` }
    : found;
}

const requestOf = (claim: PersistentVolumeClaim) => quantityNumber(claim.spec?.resources?.requests?.["storage"]) ?? 0;

function ofClaim(claim: PersistentVolumeClaim, name: string, { driver }: Provisioner, lister: Lister): Found {
  const { namespace = "", name: own = "" } = claim.metadata;
  const source = lister.find(persistentVolumeClaims, namespace, name);
  if (source === undefined)
    return `error getting PVC ${name} (namespace "${namespace}") from api server: persistentvolumeclaim "${name}" not found`;
  if (source.status?.phase !== "Bound")
    return `the PVC DataSource ${name} must have a status of Bound.  Got ${source.status?.phase ?? ""}`;
  if (source.metadata.deletionTimestamp !== undefined) return `the PVC DataSource ${name} is currently being deleted`;
  const volume = lister.find(persistentVolumes, undefined, source.spec?.volumeName);
  const csi = volume?.spec?.csi;
  if (csi === undefined) return `the source PVC (${name}) is not provisioned by a CSI driver`;
  if (csi.driver !== driver)
    return `the source volume ${source.spec?.volumeName} for PVC ${namespace}/${own} is handled by a different CSI driver than requested by StorageClass ${claim.spec?.storageClassName ?? ""}`;
  const [modeFrom, modeTo] = [volume?.spec?.volumeMode ?? "Filesystem", claim.spec?.volumeMode ?? "Filesystem"];
  if (modeFrom !== modeTo)
    return `the source PVC and destination PVCs for PVC ${namespace}/${own} must have the same volume mode for cloning.  Source was ${modeFrom} and new PVC requested ${modeTo}`;
  const size = quantityNumber(source.status.capacity?.["storage"]) ?? 0;
  if (requestOf(claim) < size)
    return `error, new PVC request must be greater than or equal in size to the specified PVC data source, requested ${requestOf(claim)} but source is ${size}`;
  return { data: volumeData(driver, csi.volumeHandle) };
}

function ofSnapshot(claim: PersistentVolumeClaim, name: string, { driver }: Provisioner, lister: Lister): Found {
  const snapshot = lister.find(volumeSnapshots, claim.metadata.namespace, name);
  if (snapshot === undefined)
    return `error getting snapshot ${name} from api server: volumesnapshots.snapshot.storage.k8s.io "${name}" not found`;
  if (snapshot.metadata.deletionTimestamp !== undefined) return `snapshot ${name} is currently being deleted`;
  const contentName = snapshot.status?.boundVolumeSnapshotContentName;
  const content = lister.find(volumeSnapshotContents, undefined, contentName);
  if (contentName === undefined || content === undefined) return `snapshot ${name} not bound`;
  if (content.spec.driver !== driver)
    return `invalid VolumeSnapshotContent in VolumeSnapshotContent ${contentName}: driver ${content.spec.driver} is not ${driver}`;
  const handle = content.status?.snapshotHandle;
  if (snapshot.status?.readyToUse !== true || handle === undefined) return `snapshot ${name} is not Ready`;
  const size = content.status?.restoreSize ?? 0;
  if (requestOf(claim) < size)
    return `requested volume size ${requestOf(claim)} is less than the size ${size} for the source snapshot ${name}`;
  return { data: snapshotData(driver, handle) };
}
