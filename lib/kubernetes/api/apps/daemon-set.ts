/** apps/v1 DaemonSet: pkg/registry/apps/daemonset/strategy.go. */
import { deepEqual } from "../../machinery/clone.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus, omitZeros } from "../lifecycle.ts";
import { podWarnings } from "../pods/warnings.ts";
import {
  ageColumn,
  column,
  containerColumns,
  formatLabelSelector,
  formatLabels,
  nameColumn,
  wide,
} from "../printing/columns.ts";
import { daemonSets } from "../resources.ts";
import { metadataOnly } from "../simple-rules.ts";
import type { DaemonSet } from "../types.ts";
import { defaultDaemonSet } from "./defaults.ts";
import { validateDaemonSet, validateDaemonSetUpdate } from "./validate.ts";

/** Counts changes of the template; kept as an annotation since the field went away. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function setTemplateGeneration(object: DaemonSet, value: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(value) };
}

export const daemonSet = define(daemonSets, {
  shortNames: ["ds"],
  categories: ["all"],
  subresources: ["status"],
  columns: [
    nameColumn(),
    column(
      "Desired",
      "integer",
      "Nodes that should run a Pod.",
      (object) => object.status?.desiredNumberScheduled ?? 0,
    ),
    column("Current", "integer", "Nodes that run one.", (object) => object.status?.currentNumberScheduled ?? 0),
    column("Ready", "integer", "Pods that are ready.", (object) => object.status?.numberReady ?? 0),
    column(
      "Up-to-date",
      "integer",
      "Pods of the newest template.",
      (object) => object.status?.updatedNumberScheduled ?? 0,
    ),
    column(
      "Available",
      "integer",
      "Pods that have been ready long enough.",
      (object) => object.status?.numberAvailable ?? 0,
    ),
    column("Node Selector", "string", "Which nodes take Pods.", (object) =>
      formatLabels(object.spec?.template.spec?.nodeSelector),
    ),
    ageColumn(),
    ...containerColumns<DaemonSet>((object) => object.spec?.template.spec?.containers),
    wide("Selector", "string", "Which Pods belong to it.", (object) => formatLabelSelector(object.spec?.selector)),
  ],
  applyDefaults: defaultDaemonSet,
  prepareForCreate(object) {
    object.metadata.generation = 1;
    object.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    setTemplateGeneration(object, 1);
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
    setTemplateGeneration(object, deepEqual(object.spec?.template, old.spec?.template) ? before : before + 1);
  },
  prepareForStatusUpdate(object, old) {
    keepSpec(object, old);
    omitZeros(object, ["observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable"]);
  },
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: metadataOnly,
  warnings: ({ spec }) => podWarnings(spec?.template?.metadata, spec?.template?.spec, "spec.template."),
});
