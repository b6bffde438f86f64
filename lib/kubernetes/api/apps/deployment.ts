/** apps/v1 Deployment: pkg/registry/apps/deployment/strategy.go. */
import { deepEqual } from "../../machinery/clone.ts";
import { define } from "../define.ts";
import { countGeneration, keepSpec, omitZeros, startWith } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, containerColumns, formatLabelSelector, nameColumn, wide } from "../printing/columns.ts";
import { deployments } from "../resources.ts";
import type { Deployment } from "../types.ts";
import { defaultDeployment } from "./defaults.ts";
import { validateDeployment, validateDeploymentStatusUpdate, validateDeploymentUpdate } from "./validate.ts";

const COUNTS = [
  "observedGeneration",
  "replicas",
  "updatedReplicas",
  "readyReplicas",
  "availableReplicas",
  "unavailableReplicas",
];

export const deployment = define(deployments, {
  shortNames: ["deploy"],
  categories: ["all"],
  subresources: ["status", "scale"],
  columns: [
    nameColumn(),
    column(
      "Ready",
      "string",
      "Pods that are ready, of those wanted.",
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    column("Up-to-date", "string", "Pods of the newest template.", (object) => object.status?.updatedReplicas ?? 0),
    column(
      "Available",
      "string",
      "Pods that have been ready long enough.",
      (object) => object.status?.availableReplicas ?? 0,
    ),
    ageColumn(),
    ...containerColumns<Deployment>((object) => object.spec?.template.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) => formatLabelSelector(object.spec?.selector)),
  ],
  applyDefaults: defaultDeployment,
  prepareForCreate: startWith(() => ({})),
  prepareForUpdate(object, old) {
    if (old.status !== undefined) object.status = old.status;
    const sameAnnotations = deepEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {});
    countGeneration(object, old, sameAnnotations && deepEqual(object.spec, old.spec));
  },
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    omitZeros(object, COUNTS);
    // Of the kinds of apps/v1 only this one keeps its labels (deploymentStatusStrategy).
    if (old.metadata.labels === undefined) delete object.metadata.labels;
    else object.metadata.labels = { ...old.metadata.labels };
  },
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatusUpdate,
  warnings: ({ spec }) => podWarnings(spec?.template?.metadata, spec?.template?.spec, "spec.template."),
});
