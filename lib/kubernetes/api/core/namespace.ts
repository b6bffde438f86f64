/** v1 Namespace: pkg/registry/core/namespace/strategy.go. */
import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { namespaces } from "../resources.ts";

export const namespace = define(namespaces, {
  shortNames: ["ns"],
  subresources: ["status", "finalize"],
  // No deletecollection: upstream's namespaces are deleted one by one.
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  columns: [
    nameColumn(),
    column(
      "Status",
      "string",
      "Active, or Terminating while its content goes.",
      (object) => object.status?.phase ?? "",
    ),
    ageColumn(),
  ],
  selectableFields: { "status.phase": (object) => object.status?.phase ?? "" },
});
