/** v1 PersistentVolume: pkg/registry/core/persistentvolume/strategy.go. */
import { define } from "../define.ts";
import { ageColumn, column, nameColumn, wide } from "../printing/columns.ts";
import { formatAccessModes, storageClassOf } from "../printing/volumes.ts";
import { persistentVolumes } from "../resources.ts";

export const persistentVolume = define(persistentVolumes, {
  shortNames: ["pv"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Capacity", "string", "Size of the volume.", (object) => object.spec?.capacity?.["storage"] ?? "0"),
    column("Access Modes", "string", "How it may be mounted.", (object) => formatAccessModes(object.spec?.accessModes)),
    column(
      "Reclaim Policy",
      "string",
      "What becomes of it when its claim goes.",
      (object) => object.spec?.persistentVolumeReclaimPolicy ?? "",
    ),
    column("Status", "string", "Available, Bound, Released or Failed; Terminating while it goes.", (object) =>
      object.metadata.deletionTimestamp ? "Terminating" : (object.status?.phase ?? ""),
    ),
    column("Claim", "string", "The claim it is bound to.", ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
    ),
    column("StorageClass", "string", "Its class.", storageClassOf),
    column(
      "VolumeAttributesClass",
      "string",
      "Its attributes class.",
      (object) => object.spec?.volumeAttributesClassName ?? "<unset>",
    ),
    column("Reason", "string", "Why it is in its phase.", (object) => object.status?.reason ?? ""),
    ageColumn(),
    wide("VolumeMode", "string", "Filesystem or Block.", (object) => object.spec?.volumeMode ?? "<unset>"),
  ],
});
