/** storage.k8s.io/v1 VolumeAttachment: pkg/registry/storage/volumeattachment/strategy.go. */
import { deepEqual } from "../../machinery/clone.ts";
import { invalidValue, isDns1123Subdomain, required } from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec } from "../lifecycle.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { volumeAttachments } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { VolumeAttachment } from "../types.ts";

export const volumeAttachment = define(volumeAttachments, {
  unconditionalUpdate: false,
  subresources: ["status"],
  columns: [
    nameColumn(),
    {
      ...column<VolumeAttachment>("Attacher", "string", "Driver that attaches.", (object) => object.spec.attacher),
      format: "name",
    },
    column("PV", "string", "Volume to attach.", (object) => object.spec.source.persistentVolumeName ?? ""),
    column("Node", "string", "Where to.", (object) => object.spec.nodeName),
    column("Attached", "boolean", "Whether it is.", (object) => object.status?.attached ?? false),
    ageColumn(),
  ],
  prepareForCreate(object) {
    object.status = { attached: false };
  },
  prepareForUpdate(object, old) {
    if (old.status !== undefined) object.status = old.status;
  },
  prepareForStatusUpdate: keepSpec,
  ...rules<VolumeAttachment>(
    false,
    isDns1123Subdomain,
    ({ spec }) => {
      const errors = spec?.attacher ? [] : [required("spec.attacher")];
      if (!spec?.nodeName) errors.push(required("spec.nodeName"));
      if (spec?.source?.persistentVolumeName === undefined && spec?.source?.inlineVolumeSpec === undefined)
        errors.push(required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName"));
      return errors;
    },
    (object, old) =>
      deepEqual(object.spec, old.spec) ? [] : [invalidValue("spec", object.spec, "field is immutable")],
  ),
  validateStatusUpdate: metadataOnly,
});
