/** v1 ReplicationController: pkg/registry/core/replicationcontroller/strategy.go. */
import type { FieldError } from "../../machinery/status.ts";
import {
  invalidValue,
  isDns1123Subdomain,
  nonNegative,
  notSupported,
  required,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus, omitZeros, startWith } from "../lifecycle.ts";
import { defaultPodTemplate, setDefault } from "../pods/defaults.ts";
import { validatePodTemplate } from "../pods/validate.ts";
import { ageColumn, column, containerColumns, formatLabels, nameColumn, wide } from "../printing/columns.ts";
import { replicationControllers } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { ReplicationController } from "../types.ts";

function validateSpec({ spec }: ReplicationController): FieldError[] {
  const selector = spec?.selector ?? {};
  const labels: Readonly<Record<string, string>> = spec?.template?.metadata?.labels ?? {};
  const errors = nonNegative("spec.minReadySeconds", spec?.minReadySeconds);
  if (Object.keys(selector).length === 0) errors.push(required("spec.selector"));
  errors.push(...nonNegative("spec.replicas", spec?.replicas));
  if (spec?.template === undefined) return [...errors, required("spec.template")];
  if (Object.entries(selector).some(([key, value]) => labels[key] !== value))
    errors.push(invalidValue("spec.template.metadata.labels", labels, "`selector` does not match template `labels`"));
  errors.push(...validatePodTemplate("spec.template", spec.template));
  if (spec.template.spec?.restartPolicy !== "Always")
    errors.push(notSupported("spec.template.spec.restartPolicy", spec.template.spec?.restartPolicy, ["Always"]));
  return errors;
}

export const replicationController = define(replicationControllers, {
  shortNames: ["rc"],
  categories: ["all"],
  subresources: ["status", "scale"],
  columns: [
    nameColumn(),
    column("Desired", "integer", "Pods wanted.", (object) => object.spec?.replicas ?? 0),
    column("Current", "integer", "Pods there are.", (object) => object.status?.replicas ?? 0),
    column("Ready", "integer", "Pods that are ready.", (object) => object.status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicationController>((object) => object.spec?.template?.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) => formatLabels(object.spec?.selector)),
  ],
  selectableFields: { "status.replicas": (object) => String(object.status?.replicas ?? 0) },
  applyDefaults(object) {
    const { spec, metadata } = object;
    if (spec === undefined) return;
    const labels = spec.template?.metadata?.labels;
    if (labels !== undefined) {
      // A template's labels do for the selector and the object itself.
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
    }
    setDefault(spec, "replicas", 1);
    defaultPodTemplate(spec.template);
  },
  prepareForCreate: startWith(() => ({ replicas: 0 })),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    omitZeros(object, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"]);
  },
  ...rules<ReplicationController>(true, isDns1123Subdomain, validateSpec),
  validateStatusUpdate: metadataOnly,
});
