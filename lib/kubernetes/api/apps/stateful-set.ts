/** apps/v1 StatefulSet: pkg/registry/apps/statefulset/strategy.go. */

import { define } from "../define.ts";
import { keepSpec, keepStatus, omitZeros, startWith } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import { ageColumn, column, containerColumns, nameColumn } from "../printing/columns.ts";
import { statefulSets } from "../resources.ts";
import type { StatefulSet } from "../types.ts";
import { defaultStatefulSet } from "./defaults.ts";
import { validateStatefulSet, validateStatefulSetStatusUpdate, validateStatefulSetUpdate } from "./validate.ts";

export const statefulSet = define(statefulSets, {
  shortNames: ["sts"],
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
    ageColumn(),
    ...containerColumns<StatefulSet>((object) => object.spec?.template.spec?.containers),
  ],
  applyDefaults: defaultStatefulSet,
  prepareForCreate: startWith(() => ({ replicas: 0, availableReplicas: 0 })),
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    omitZeros(object, ["readyReplicas", "currentReplicas", "updatedReplicas", "observedGeneration"]);
  },
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatusUpdate,
  warnings(object) {
    const { spec } = object;
    const warnings = podWarnings(spec?.template?.metadata, spec?.template?.spec, "spec.template.");
    if ((spec?.revisionHistoryLimit ?? 0) < 0)
      warnings.push(
        "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended",
      );
    return warnings;
  },
});
