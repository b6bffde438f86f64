/** Claims get the default class; claims and volumes are protected while in use (plugin/pkg/admission/storage). */
import { compareQuantities } from "../../../encoding/index.ts";
import { defaultClass } from "../../api/storage/default-class.ts";
import type { PersistentVolumeClaim, StorageClass } from "../../api/types.ts";
import { forbidden } from "../../machinery/status.ts";
import type { AdmissionPlugin } from "../request.ts";
import type { AdmissionDependencies } from "./index.ts";

const BETA_CLASS = "volume.beta.kubernetes.io/storage-class";

const FINALIZERS: Readonly<Record<string, string>> = {
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  persistentvolumes: "kubernetes.io/pv-protection",
};

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

/** Claims grow only where their class says that they may (plugin/pkg/admission/storage/persistentvolume/resize). */
export function claimResize({ store }: AdmissionDependencies): AdmissionPlugin {
  const classOf = (claim: PersistentVolumeClaim) =>
    claim.metadata.annotations?.[BETA_CLASS] ?? claim.spec?.storageClassName ?? "";
  const sizeOf = (claim: PersistentVolumeClaim) => claim.spec?.resources?.requests?.["storage"] ?? "0";
  return {
    name: "PersistentVolumeClaimResize",
    validate({ operation, served, subresource, name, object, oldObject }) {
      if (operation !== "UPDATE" || served.key !== "persistentvolumeclaims" || subresource !== undefined) return;
      const [claim, old] = [object as PersistentVolumeClaim, oldObject as PersistentVolumeClaim];
      if (compareQuantities(sizeOf(claim), sizeOf(old)) <= 0) return;
      const refuse = (why: string) => forbidden(served.groupResource, name, why);
      if (old.status?.phase !== "Bound") throw refuse("Only bound persistent volume claims can be expanded");
      const found = store.get("storageclasses.storage.k8s.io", undefined, classOf(claim)) as StorageClass | undefined;
      if (classOf(claim) !== classOf(old) || found?.allowVolumeExpansion !== true)
        throw refuse(
          "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize",
        );
    },
  };
}
