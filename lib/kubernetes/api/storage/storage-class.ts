/** storage.k8s.io/v1 StorageClass: pkg/registry/storage/storageclass/strategy.go. */

import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { storageClasses } from "../resources.ts";
import type { StorageClass } from "../types.ts";
import { defaultClass, validateClass, validateClassUpdate } from "../volumes/rules.ts";

const DEFAULT_ANNOTATIONS = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

/** Claims that name no class get this one. */
function isDefaultClass(storageClass: StorageClass): boolean {
  return DEFAULT_ANNOTATIONS.some((key) => storageClass.metadata.annotations?.[key] === "true");
}

export const storageClass = define(storageClasses, {
  shortNames: ["sc"],
  columns: [
    nameColumn((object) => `${object.metadata.name}${isDefaultClass(object) ? " (default)" : ""}`),
    column("Provisioner", "string", "Who makes the volumes.", (object) => object.provisioner),
    column(
      "ReclaimPolicy",
      "string",
      "What becomes of volumes whose claims go.",
      (object) => object.reclaimPolicy ?? "Delete",
    ),
    column(
      "VolumeBindingMode",
      "string",
      "When claims are bound.",
      (object) => object.volumeBindingMode ?? "Immediate",
    ),
    column(
      "AllowVolumeExpansion",
      "string",
      "Whether claims may grow.",
      (object) => object.allowVolumeExpansion ?? false,
    ),
    ageColumn(),
  ],
  applyDefaults: defaultClass,
  validate: validateClass,
  validateUpdate: validateClassUpdate,
});
