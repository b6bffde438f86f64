/** v1 Namespace: pkg/registry/core/namespace/strategy.go. */

import { define } from "../define.ts";
import { ageColumn, column, nameColumn } from "../printing/columns.ts";
import { namespaces } from "../resources.ts";
import { validateNamespace, validateNamespaceStatusUpdate, validateNamespaceUpdate } from "./small-rules.ts";

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
  applyDefaults(object) {
    object.spec ??= {};
    object.status ??= {};
    // So that selectors of policies can name a namespace.
    const { name } = object.metadata;
    if (name) object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name };
  },
  prepareForCreate(object) {
    const given = object.spec?.finalizers ?? [];
    object.spec = { finalizers: given.includes("kubernetes") ? given : [...given, "kubernetes"] };
    object.status = { phase: "Active" };
    const { name } = object.metadata;
    if (name) object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name };
  },
  prepareForUpdate(object, old) {
    if (old.spec?.finalizers !== undefined) object.spec = { ...object.spec, finalizers: [...old.spec.finalizers] };
    if (old.status !== undefined) object.status = old.status;
  },
  prepareForStatusUpdate(object, old) {
    if (old.spec !== undefined) object.spec = old.spec;
  },
  validate: validateNamespace,
  validateUpdate: validateNamespaceUpdate,
  validateStatusUpdate: validateNamespaceStatusUpdate,
});
