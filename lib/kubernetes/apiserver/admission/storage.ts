/** Claims get the default class; claims and volumes are protected while in use (plugin/pkg/admission/storage). */
import type { PersistentVolumeClaim, StorageClass } from "../../api/types.ts";
import type { AdmissionPlugin } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class";
const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
};

/** The default class: of several the newest, then the first by name (pkg/volume/util.GetDefaultClass). */
export function defaultClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const isDefault = ({ metadata: { annotations } }: StorageClass) =>
    annotations?.[DEFAULT_CLASS] === "true" || annotations?.[BETA_DEFAULT_CLASS] === "true";
  return classes.filter(isDefault).sort((a, b) => {
    const [left, right] = [a.metadata.creationTimestamp ?? "", b.metadata.creationTimestamp ?? ""];
    if (left !== right) return left < right ? 1 : -1;
    return (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;
  })[0];
}

export function defaultStorageClass({ store }: AdmissionDependencies): AdmissionPlugin {
  return {
    name: "DefaultStorageClass",
    admit({ operation, served, subresource, object }) {
      if (operation !== "CREATE" || served.key !== "persistentvolumeclaims" || subresource !== undefined) return;
      const claim = object as PersistentVolumeClaim;
      if (claim.metadata.annotations?.[BETA_CLASS] !== undefined || claim.spec?.storageClassName !== undefined) return;
      const found = defaultClass(store.list("storageclasses.storage.k8s.io") as StorageClass[]);
      if (found?.metadata.name === undefined || claim.spec === undefined) return;
      claim.spec.storageClassName = found.metadata.name;
    },
  };
}

export function storageObjectInUseProtection(): AdmissionPlugin {
  return {
    name: "StorageObjectInUseProtection",
    admit({ operation, served, subresource, object }) {
      const finalizer = FINALIZERS[served.key];
      if (finalizer === undefined || operation !== "CREATE" || subresource !== undefined || object === undefined)
        return;
      const finalizers = object.metadata.finalizers ?? [];
      if (!finalizers.includes(finalizer)) object.metadata.finalizers = [...finalizers, finalizer];
    },
  };
}
