/** v1 PersistentVolume: pkg/registry/core/persistentvolume/strategy.go. */

import { rfc3339 } from "../../machinery/time.ts";
import { validateObjectMetaUpdate } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus } from "../lifecycle.ts";
import { ageColumn, column, nameColumn, wide } from "../printing/columns.ts";
import { formatAccessModes, storageClassOf } from "../printing/volumes.ts";
import { persistentVolumes } from "../resources.ts";
import { defaultVolume, validateVolume, validateVolumeUpdate } from "../volumes/rules.ts";

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
  applyDefaults: defaultVolume,
  prepareForCreate(object, context) {
    object.status = { phase: "Pending" };
    if (context !== undefined) object.status.lastPhaseTransitionTime = rfc3339(context.now);
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old, context) {
    keepSpec(object, old);
    const { status } = object;
    if (status === undefined || context === undefined || status.phase === old.status?.phase) return;
    // A client that says itself when the phase changed is believed.
    if (status.lastPhaseTransitionTime === old.status?.lastPhaseTransitionTime)
      status.lastPhaseTransitionTime = rfc3339(context.now);
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  validateStatusUpdate: (object, old) => validateObjectMetaUpdate(object.metadata, old.metadata),
});
