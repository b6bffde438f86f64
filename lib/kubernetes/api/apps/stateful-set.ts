/** apps/v1 StatefulSet: pkg/registry/apps/statefulset/strategy.go. */
import { define } from "../define.ts";
import { ageColumn, column, containerColumns, nameColumn } from "../printing/columns.ts";
import { statefulSets } from "../resources.ts";
import type { StatefulSet } from "../types.ts";

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
});
