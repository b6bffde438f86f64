/** apps/v1 Deployment: pkg/registry/apps/deployment/strategy.go. */
import { define } from "../define.ts";
import { ageColumn, column, containerColumns, formatLabelSelector, nameColumn, wide } from "../printing/columns.ts";
import { deployments } from "../resources.ts";
import type { Deployment } from "../types.ts";

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
});
