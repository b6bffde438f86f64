/** Provisioners that answer here, and what volumes they make. Data and pure functions. */
import { nodes, volumeAttributesClasses } from "../../api/resources.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from "../../api/types.ts";
import { SELECTED_NODE } from "../../scheduler/plugins/volume-binding.ts";
import type { Lister } from "../framework/lister.ts";

/** Of volumes that the binder itself deletes. */
export const IN_TREE_FINALIZER = "kubernetes.io/pv-controller";
export const PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";

export interface Provisioner {
  /** What storage classes call it. */
  readonly name: string;
  /** Name of the driver that does the work (in-tree names have moved to CSI drivers). */
  readonly driver: string;
  readonly kind: "local-path" | "csi" | "host-path";
  /** Part of the binder itself. */
  readonly inTree?: boolean;
  /** Volumes can be reached from the zone (or node) they were made in only. */
  readonly topologyKey?: string;
}

const csi = (name: string, driver = name, topologyKey?: string): Provisioner => ({
  name,
  driver,
  kind: "csi",
  ...(topologyKey === undefined ? {} : { topologyKey }),
});

const ZONE = "topology.kubernetes.io/zone";

/** Names found in manifests all over the world; a new one is a line here. */
const provisioners: readonly Provisioner[] = [
  { name: "rancher.io/local-path", driver: "rancher.io/local-path", kind: "local-path" },
  { name: "kubernetes.io/host-path", driver: "kubernetes.io/host-path", kind: "host-path", inTree: true },
  csi("disk.csi.statecraft.dev"),
  csi("hostpath.csi.k8s.io"),
  // Minikube's: directories of its one node. Here are several, and what was written must be found on each.
  csi("k8s.io/minikube-hostpath", "hostpath.csi.k8s.io"),
  csi("ebs.csi.aws.com", "ebs.csi.aws.com", ZONE),
  csi("kubernetes.io/aws-ebs", "ebs.csi.aws.com", ZONE),
  csi("pd.csi.storage.gke.io", "pd.csi.storage.gke.io", ZONE),
  csi("kubernetes.io/gce-pd", "pd.csi.storage.gke.io", ZONE),
  csi("disk.csi.azure.com", "disk.csi.azure.com", ZONE),
  csi("kubernetes.io/azure-disk", "disk.csi.azure.com", ZONE),
  csi("cinder.csi.openstack.org"),
  csi("kubernetes.io/cinder", "cinder.csi.openstack.org"),
  csi("dobs.csi.digitalocean.com"),
  csi("nfs.csi.k8s.io"),
];

const byName = new Map(provisioners.map((provisioner) => [provisioner.name, provisioner]));

export const findProvisioner = (name: string): Provisioner | undefined => byName.get(name);

/** Drivers whose volumes are attached to nodes. */
export const attachedDrivers: ReadonlySet<string> = new Set(
  provisioners
    .filter(({ kind, driver }) => kind === "csi" && driver !== "nfs.csi.k8s.io" && driver !== "hostpath.csi.k8s.io")
    .map(({ driver }) => driver),
);

function baseVolume(claim: PersistentVolumeClaim, storageClass: StorageClass, driver: string): PersistentVolume {
  const { namespace = "", name = "", uid = "", resourceVersion = "" } = claim.metadata;
  return {
    metadata: { name: `pvc-${uid}`, annotations: { [PROVISIONED_BY]: driver } },
    spec: {
      capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "0" },
      accessModes: [...(claim.spec?.accessModes ?? [])],
      claimRef: { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      storageClassName: storageClass.metadata.name ?? "",
      ...(storageClass.mountOptions === undefined ? {} : { mountOptions: [...storageClass.mountOptions] }),
      volumeMode: claim.spec?.volumeMode ?? "Filesystem",
    },
  };
}

const on = (key: string, value: string) => ({
  required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: [value] }] }] },
});

/** A directory on the node the Pod was scheduled to; undefined where no node was chosen. */
function localPathVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  node: Node,
  driver: string,
): PersistentVolume {
  const volume = baseVolume(claim, storageClass, driver);
  const { namespace, name } = claim.metadata;
  const nodeName = node.metadata.name ?? "";
  volume.metadata.annotations = { "local.path.provisioner/selected-node": nodeName, ...volume.metadata.annotations };
  volume.spec = {
    ...volume.spec,
    hostPath: {
      path: `/var/local-path-provisioner/${volume.metadata.name}_${namespace}_${name}`,
      type: "DirectoryOrCreate",
    },
    nodeAffinity: on("kubernetes.io/hostname", node.metadata.labels?.["kubernetes.io/hostname"] ?? nodeName),
  };
  return volume;
}

/** A network disk: content by volume handle, reachable from any node of its topology. */
function csiVolume(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  provisioner: Provisioner,
  node: Node | undefined,
): PersistentVolume {
  const volume = baseVolume(claim, storageClass, provisioner.driver);
  const fileSystem = storageClass.parameters?.["csi.storage.k8s.io/fstype"] ?? storageClass.parameters?.["fsType"];
  const zone = provisioner.topologyKey === undefined ? undefined : node?.metadata.labels?.[provisioner.topologyKey];
  const attributes = claim.spec?.volumeAttributesClassName;
  if (attributes) volume.spec = { ...volume.spec, volumeAttributesClassName: attributes };
  volume.metadata.finalizers = ["external-provisioner.volume.kubernetes.io/finalizer"];
  // Where the credentials for deleting are: nowhere, which is written down too.
  volume.metadata.annotations = {
    ...volume.metadata.annotations,
    "volume.kubernetes.io/provisioner-deletion-secret-name": "",
    "volume.kubernetes.io/provisioner-deletion-secret-namespace": "",
  };
  volume.spec = {
    ...volume.spec,
    csi: {
      driver: provisioner.driver,
      volumeHandle: `vol-${(claim.metadata.uid ?? "").replaceAll("-", "").slice(0, 17)}`,
      ...(claim.spec?.volumeMode === "Block" ? {} : { fsType: fileSystem ?? "ext4" }),
      volumeAttributes: { "storage.kubernetes.io/csiProvisionerIdentity": `1-8081-${provisioner.driver}` },
    },
    ...(zone === undefined || provisioner.topologyKey === undefined
      ? {}
      : { nodeAffinity: on(provisioner.topologyKey, zone) }),
  };
  return volume;
}

/** The volume an external provisioner makes for a claim; text: why it cannot. */
export function makeVolume(
  provisioner: Provisioner,
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  lister: Lister,
): PersistentVolume | string {
  const selected = claim.metadata.annotations?.[SELECTED_NODE];
  const node = selected === undefined ? undefined : lister.find(nodes, undefined, selected);
  if (provisioner.driver === "nfs.csi.k8s.io" && claim.spec?.volumeMode === "Block")
    return "rpc error: code = InvalidArgument desc = block volume capability not supported";
  const attributes = claim.spec?.volumeAttributesClassName;
  if (provisioner.kind === "csi" && attributes) {
    const found = lister.find(volumeAttributesClasses, undefined, attributes);
    if (found === undefined) return `volumeattributesclass.storage.k8s.io "${attributes}" not found`;
    if (found.driverName !== provisioner.driver)
      return `VAC ${attributes} referenced in PVC is for driver ${found.driverName} which does not match driver name ${provisioner.driver}`;
  }
  if (provisioner.kind === "csi") return csiVolume(claim, storageClass, provisioner, node ?? lister.list(nodes)[0]);
  if ((claim.spec?.accessModes ?? []).some((mode) => mode !== "ReadWriteOnce" && mode !== "ReadWriteOncePod"))
    return "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes";
  if (claim.spec?.selector !== undefined) return "claim.Spec.Selector is not supported";
  if (node === undefined) return "configuration error, no node was specified";
  return localPathVolume(claim, storageClass, node, provisioner.driver);
}

/** The binder's own provisioner, for single machines: a directory under /tmp. */
export function provisionInTree(
  claim: PersistentVolumeClaim,
  storageClass: StorageClass,
  _lister: Lister,
): PersistentVolume {
  const volume = baseVolume(claim, storageClass, storageClass.provisioner);
  volume.metadata.annotations = { ...volume.metadata.annotations, "pv.kubernetes.io/bound-by-controller": "yes" };
  // HonorPVReclaimPolicy: what is behind the volume goes before the volume does.
  if (volume.spec?.persistentVolumeReclaimPolicy === "Delete") volume.metadata.finalizers = [IN_TREE_FINALIZER];
  volume.spec = { ...volume.spec, hostPath: { path: `/tmp/hostpath_pv/${claim.metadata.uid}`, type: "" } };
  return volume;
}

/** Deletes what is behind a volume; text: why that cannot be done (host_path.go's deleter, and the lack of others). */
export function deleteInTree(volume: PersistentVolume): string | undefined {
  const path = volume.spec?.hostPath?.path;
  if (path === undefined)
    return `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`;
  return /^\/tmp\/.+/.test(path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${path}`;
}
