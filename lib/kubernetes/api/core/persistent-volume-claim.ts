/** v1 PersistentVolumeClaim: pkg/registry/core/persistentvolumeclaim/strategy.go. */

import { define } from "../define.ts";
import { keepSpec, keepStatus } from "../lifecycle.ts";
import { ageColumn, column, nameColumn, wide } from "../printing/columns.ts";
import { formatAccessModes, storageClassOf } from "../printing/volumes.ts";
import { persistentVolumeClaims } from "../resources.ts";
import type { PersistentVolumeClaim } from "../types.ts";
import { defaultClaim, validateClaim, validateClaimChange, validateClaimStatusUpdate } from "../volumes/rules.ts";

const bound = (claim: PersistentVolumeClaim) => Boolean(claim.spec?.volumeName);

export const persistentVolumeClaim = define(persistentVolumeClaims, {
  shortNames: ["pvc"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column("Status", "string", "Pending, Bound or Lost; Terminating while it goes.", (object) =>
      object.metadata.deletionTimestamp ? "Terminating" : (object.status?.phase ?? ""),
    ),
    column("Volume", "string", "The volume it is bound to.", (object) => object.spec?.volumeName ?? ""),
    column("Capacity", "string", "Size of that volume.", (object) =>
      bound(object) ? (object.status?.capacity?.["storage"] ?? "0") : "",
    ),
    column("Access Modes", "string", "How that volume may be mounted.", (object) =>
      bound(object) ? formatAccessModes(object.status?.accessModes) : "",
    ),
    column("StorageClass", "string", "The class it asks for.", storageClassOf),
    column(
      "VolumeAttributesClass",
      "string",
      "The attributes class it asks for.",
      (object) => object.spec?.volumeAttributesClassName ?? "<unset>",
    ),
    ageColumn(),
    wide("VolumeMode", "string", "Filesystem or Block.", (object) => object.spec?.volumeMode ?? "<unset>"),
  ],
  applyDefaults: defaultClaim,
  prepareForCreate(object) {
    object.status = { phase: "Pending" };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: validateClaim,
  validateUpdate: validateClaimChange,
  validateStatusUpdate: validateClaimStatusUpdate,
});
