/**
 * Volumes of storage systems by the field that holds them: the title of their kind, and their fields in upstream's
 * order (k8s.io/kubectl/pkg/describe).
 */
export interface SourceField {
  readonly title: string;
  readonly path: string;
  /** What is shown where it is not set. */
  readonly none?: string;
  /** How values that are no plain text are shown: as Go's %v, or joined with ", ". */
  /** PersistentVolumes alone have it. */
  readonly ofVolumes?: true;
  readonly as?: "list" | "joined" | "map" | "reference";
}
const field = (title: string, path: string, none = "", as?: SourceField["as"]): SourceField => ({
  title,
  path,
  none,
  ...(as === undefined ? {} : { as }),
});
const readOnly = field("ReadOnly", "readOnly", "false");
const fsType = field("FSType", "fsType");
const secretRef = field("SecretRef", "secretRef", "nil", "reference");

export const STORAGE_SOURCES: Readonly<
  Record<string, { readonly title: string; readonly fields: readonly SourceField[] }>
> = {
  gcePersistentDisk: {
    title: "GCEPersistentDisk (a Persistent Disk resource in Google Compute Engine)",
    fields: [field("PDName", "pdName"), fsType, field("Partition", "partition", "0"), readOnly],
  },
  awsElasticBlockStore: {
    title: "AWSElasticBlockStore (a Persistent Disk resource in AWS)",
    fields: [field("VolumeID", "volumeID"), fsType, field("Partition", "partition", "0"), readOnly],
  },
  gitRepo: {
    title: "GitRepo (a volume that is pulled from git when the pod is created)",
    fields: [field("Repository", "repository"), field("Revision", "revision")],
  },
  iscsi: {
    title: "ISCSI (an ISCSI Disk resource that is attached to a kubelet's host machine and then exposed to the pod)",
    fields: [
      field("TargetPortal", "targetPortal"),
      field("IQN", "iqn"),
      field("Lun", "lun", "0"),
      field("ISCSIInterface", "iscsiInterface"),
      fsType,
      readOnly,
      field("Portals", "portals", "[]", "list"),
      field("DiscoveryCHAPAuth", "chapAuthDiscovery", "false"),
      field("SessionCHAPAuth", "chapAuthSession", "false"),
      secretRef,
      field("InitiatorName", "initiatorName", "<none>"),
    ],
  },
  glusterfs: {
    title: "Glusterfs (a Glusterfs mount on the host that shares a pod's lifetime)",
    fields: [
      field("EndpointsName", "endpoints"),
      { ...field("EndpointsNamespace", "endpointsNamespace", "<unset>"), ofVolumes: true },
      field("Path", "path"),
      readOnly,
    ],
  },
  rbd: {
    title: "RBD (a Rados Block Device mount on the host that shares a pod's lifetime)",
    fields: [
      field("CephMonitors", "monitors", "[]", "list"),
      field("RBDImage", "image"),
      fsType,
      field("RBDPool", "pool"),
      field("RadosUser", "user"),
      field("Keyring", "keyring"),
      secretRef,
      readOnly,
    ],
  },
  cinder: {
    title: "Cinder (a Persistent Disk resource in OpenStack)",
    fields: [field("VolumeID", "volumeID"), fsType, readOnly, secretRef],
  },
  cephfs: {
    title: "CephFS (a CephFS mount on the host that shares a pod's lifetime)",
    fields: [
      field("Monitors", "monitors", "[]", "list"),
      field("Path", "path"),
      field("User", "user"),
      field("SecretFile", "secretFile"),
      secretRef,
      readOnly,
    ],
  },
  vsphereVolume: {
    title: "vSphereVolume (a Persistent Disk resource in vSphere)",
    fields: [field("VolumePath", "volumePath"), fsType, field("StoragePolicyName", "storagePolicyName")],
  },
  azureDisk: {
    title: "AzureDisk (an Azure Data Disk mount on the host and bind mount to the pod)",
    fields: [
      field("DiskName", "diskName"),
      field("DiskURI", "diskURI"),
      field("Kind", "kind"),
      fsType,
      field("CachingMode", "cachingMode"),
      readOnly,
    ],
  },
  azureFile: {
    title: "AzureFile (an Azure File Service mount on the host and bind mount to the pod)",
    fields: [
      field("SecretName", "secretName"),
      { ...field("SecretNamespace", "secretNamespace"), ofVolumes: true },
      field("ShareName", "shareName"),
      readOnly,
    ],
  },
  fc: {
    title: "FC (a Fibre Channel disk)",
    fields: [field("TargetWWNs", "targetWWNs", "", "joined"), field("LUN", "lun", "<none>"), fsType, readOnly],
  },
  flexVolume: {
    title: "FlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)",
    fields: [field("Driver", "driver"), fsType, secretRef, readOnly, field("Options", "options", "map[]", "map")],
  },
  image: {
    title: "Image (a container image or OCI artifact)",
    fields: [field("Reference", "reference"), field("PullPolicy", "pullPolicy")],
  },
};
