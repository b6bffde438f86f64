/** apps/v1 ReplicaSet: pkg/registry/apps/replicaset/strategy.go. */

import { define } from "../define.ts";
import { keepSpec, keepStatus, omitZeros, startWith } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, containerColumns, formatLabelSelector, nameColumn, wide } from "../printing/columns.ts";
import { replicaSets } from "../resources.ts";
import type { ReplicaSet } from "../types.ts";
import { defaultReplicaSet } from "./defaults.ts";
import { validateReplicaSet, validateReplicaSetStatusUpdate, validateReplicaSetUpdate } from "./validate.ts";

export const replicaSet = define(replicaSets, {
  shortNames: ["rs"],
  categories: ["all"],
  subresources: ["status", "scale"],
  columns: [
    nameColumn(),
    column("Desired", "integer", "Pods wanted.", (object) => object.spec?.replicas ?? 0),
    column("Current", "integer", "Pods there are.", (object) => object.status?.replicas ?? 0),
    column("Ready", "integer", "Pods that are ready.", (object) => object.status?.readyReplicas ?? 0),
    ageColumn(),
    ...containerColumns<ReplicaSet>((object) => object.spec?.template?.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) => formatLabelSelector(object.spec?.selector)),
  ],
  selectableFields: { "status.replicas": (object) => String(object.status?.replicas ?? 0) },
  applyDefaults: defaultReplicaSet,
  prepareForCreate: startWith(() => ({ replicas: 0 })),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    omitZeros(object, ["fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"]);
  },
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  warnings: ({ spec }) => podWarnings(spec?.template?.metadata, spec?.template?.spec, "spec.template."),
});
