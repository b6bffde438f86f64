/** apiextensions.k8s.io/v1 CustomResourceDefinition (apiextensions-apiserver pkg/registry, pkg/apis validation). */
import type { ResourceDefinition } from "../../api/definition.ts";
import type { CustomResourceDefinition } from "../../api/types.ts";
import { celProblem } from "../../machinery/cel.ts";
import { deepEqual } from "../../machinery/clone.ts";
import type { FieldError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { CLEANUP } from "../registry.ts";
import type { JsonSchema } from "./structural.ts";

const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const TYPES = ["array", "boolean", "integer", "number", "object", "string"];

const as = (object: KubernetesObject) => object as CustomResourceDefinition;

function validate(crd: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const { spec, metadata } = crd;
  if (spec === undefined) return [{ type: "FieldValueRequired", field: "spec", detail: "" }];
  const wanted = `${spec.names?.plural}.${spec.group}`;
  if (metadata.name !== wanted)
    errors.push({
      type: "FieldValueInvalid",
      field: "metadata.name",
      value: metadata.name ?? "",
      detail: `must be spec.names.plural+"."+spec.group`,
    });
  if (!spec.group) errors.push({ type: "FieldValueRequired", field: "spec.group", detail: "" });
  else if (spec.group.split(".").length < 2)
    errors.push({
      type: "FieldValueInvalid",
      field: "spec.group",
      value: spec.group,
      detail: "should be a domain with at least one dot",
    });
  if (spec.scope !== "Namespaced" && spec.scope !== "Cluster")
    errors.push({
      type: "FieldValueNotSupported",
      field: "spec.scope",
      value: spec.scope ?? "",
      detail: 'supported values: "Cluster", "Namespaced"',
    });
  for (const name of ["plural", "singular", "kind", "listKind"] as const) {
    const value = spec.names?.[name] ?? "";
    if (value === "") errors.push({ type: "FieldValueRequired", field: `spec.names.${name}`, detail: "" });
    else if (!DNS_LABEL.test(value.toLowerCase()))
      errors.push({
        type: "FieldValueInvalid",
        field: `spec.names.${name}`,
        value,
        detail:
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
      });
  }
  const versions = spec.versions ?? [];
  if (versions.filter((version) => version.storage).length !== 1)
    errors.push({
      type: "FieldValueInvalid",
      field: "spec.versions",
      value: versions,
      detail: "must have exactly one version marked as storage version",
    });
  if (spec.conversion?.strategy === "Webhook")
    errors.push({
      type: "FieldValueForbidden",
      field: "spec.conversion.strategy",
      detail: "conversion webhooks are not supported by this server",
    });
  for (const [index, version] of versions.entries()) {
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    const schema = version.schema?.openAPIV3Schema as JsonSchema | undefined;
    if (schema === undefined) errors.push({ type: "FieldValueRequired", field, detail: "schemas are required" });
    else {
      if (schema.type !== "object")
        errors.push({
          type: "FieldValueInvalid",
          field: `${field}.type`,
          value: schema.type ?? "",
          detail: "must be object at the root",
        });
      errors.push(...schemaErrors(schema, field));
    }
  }
  return errors;
}

/** A structural schema says the type of everything in it. */
function schemaErrors(schema: JsonSchema, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const free = schema["x-kubernetes-int-or-string"] === true || schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (schema.type === undefined && !free)
    errors.push({
      type: "FieldValueRequired",
      field: `${field}.type`,
      detail: "must not be empty for specified object fields",
    });
  else if (schema.type !== undefined && !TYPES.includes(schema.type))
    errors.push({
      type: "FieldValueNotSupported",
      field: `${field}.type`,
      value: schema.type,
      detail: `supported values: ${TYPES.map((type) => `"${type}"`).join(", ")}`,
    });
  if (schema.type === "array" && schema.items === undefined)
    errors.push({ type: "FieldValueRequired", field: `${field}.items`, detail: "must be specified" });
  if (
    schema.properties !== undefined &&
    schema.additionalProperties !== undefined &&
    schema.additionalProperties !== false
  )
    errors.push({
      type: "FieldValueForbidden",
      field: `${field}.additionalProperties`,
      detail: "additionalProperties and properties are mutual exclusive",
    });
  for (const [index, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    const problem = celProblem(rule.rule);
    if (problem !== undefined)
      errors.push({
        type: "FieldValueInvalid",
        field: `${field}.x-kubernetes-validations[${index}].rule`,
        value: rule.rule,
        detail: `compilation failed: ${problem}`,
      });
  }
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (!(field.endsWith("openAPIV3Schema") && name === "metadata"))
      errors.push(...schemaErrors(property, `${field}.properties[${name}]`));
  if (schema.items !== undefined) errors.push(...schemaErrors(schema.items, `${field}.items`));
  if (typeof schema.additionalProperties === "object")
    errors.push(...schemaErrors(schema.additionalProperties, `${field}.additionalProperties`));
  return errors;
}

export const customResourceDefinitionKind: Partial<ResourceDefinition> = {
  unconditionalUpdate: false,
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: ["status"],
  columns: [
    {
      name: "Name",
      type: "string",
      format: "name",
      description: "Name of the definition: PLURAL.GROUP.",
      priority: 0,
      cell: (object) => object.metadata.name ?? "",
    },
    {
      name: "Created At",
      type: "date",
      description: "When the definition was created.",
      priority: 0,
      cell: (object) => object.metadata.creationTimestamp ?? "",
    },
  ],
  applyDefaults(object) {
    const { spec } = as(object);
    if (spec?.names === undefined) return;
    spec.names.singular ??= spec.names.kind?.toLowerCase() ?? "";
    spec.names.listKind ??= `${spec.names.kind}List`;
    spec.conversion ??= { strategy: "None" };
  },
  prepareForCreate(object) {
    const crd = as(object);
    crd.metadata.generation = 1;
    crd.status = {
      conditions: null,
      acceptedNames: { plural: "", kind: "" },
      storedVersions: (crd.spec?.versions ?? []).filter((version) => version.storage).map((version) => version.name),
    } as unknown as NonNullable<CustomResourceDefinition["status"]>;
  },
  prepareForUpdate(object, old) {
    const next = as(object);
    const before = as(old);
    if (before.status !== undefined) next.status = before.status;
    if (!deepEqual(next.spec, before.spec)) next.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  prepareForStatusUpdate(object, old) {
    const before = as(old);
    if (before.spec !== undefined) as(object).spec = before.spec;
    // The cleanup finalizer comes with the first status, as soon as there may be objects to clean up.
    const finalizers = old.metadata.finalizers ?? [];
    if (old.metadata.deletionTimestamp === undefined && !finalizers.includes(CLEANUP))
      object.metadata.finalizers = [...finalizers, CLEANUP];
  },
  validate: (object) => validate(as(object)),
  validateUpdate: (object) => validate(as(object)),
};
