/** apiextensions.k8s.io/v1 CustomResourceDefinition: apiextensions-apiserver/pkg/apis/apiextensions/{v1,validation}. */
import type { FieldError } from "../../machinery/status.ts";
import {
  immutable,
  invalidValue,
  isDns1035Label,
  isDns1123Subdomain,
  notSupported,
  problems,
  required,
} from "../../machinery/validation/index.ts";
import { define } from "../define.ts";
import { keepSpec, keepStatus } from "../lifecycle.ts";
import { setDefault, setDefaultText } from "../pods/defaults.ts";
import { createdAtColumn, nameColumn } from "../printing/columns.ts";
import { customResourceDefinitions } from "../resources.ts";
import { metadataOnly, rules } from "../simple-rules.ts";
import type { CustomResourceDefinition } from "../types.ts";

const COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"];

type Version = CustomResourceDefinition["spec"]["versions"][number];

function validateVersion(at: string, version: Version): FieldError[] {
  const errors = problems(`${at}.name`, version.name ?? "", isDns1035Label(version.name ?? ""));
  if (version.deprecationWarning !== undefined && version.deprecated !== true)
    errors.push(
      invalidValue(`${at}.deprecationWarning`, version.deprecationWarning, "can only be set for deprecated versions"),
    );
  const schema = version.schema?.openAPIV3Schema;
  if (schema === undefined) errors.push(required(`${at}.schema.openAPIV3Schema`, "schemas are required"));
  else {
    const root = `${at}.schema.openAPIV3Schema`;
    if (!schema.type) errors.push(required(`${root}.type`, "must not be empty at the root"));
    else if (schema.type !== "object")
      errors.push(invalidValue(`${root}.type`, schema.type, "must be object at the root"));
  }
  const scale = version.subresources?.scale;
  if (scale !== undefined) {
    const path = `${at}.subresources.scale`;
    if (!scale.specReplicasPath) errors.push(required(`${path}.specReplicasPath`));
    else if (!scale.specReplicasPath.startsWith(".spec."))
      errors.push(
        invalidValue(`${path}.specReplicasPath`, scale.specReplicasPath, "should be a json path under .spec"),
      );
    if (!scale.statusReplicasPath) errors.push(required(`${path}.statusReplicasPath`));
    else if (!scale.statusReplicasPath.startsWith(".status."))
      errors.push(
        invalidValue(`${path}.statusReplicasPath`, scale.statusReplicasPath, "should be a json path under .status"),
      );
  }
  for (const [index, column] of (version.additionalPrinterColumns ?? []).entries()) {
    const path = `${at}.additionalPrinterColumns[${index}]`;
    if (!column.name) errors.push(required(`${path}.name`));
    if (!column.type) errors.push(required(`${path}.type`, `must be one of ${COLUMN_TYPES.join(",")}`));
    else if (!COLUMN_TYPES.includes(column.type))
      errors.push(invalidValue(`${path}.type`, column.type, `must be one of ${COLUMN_TYPES.join(",")}`));
    if (!column.jsonPath) errors.push(required(`${path}.JSONPath`));
  }
  return errors;
}

function validateSpec({ metadata, spec }: CustomResourceDefinition): FieldError[] {
  const errors: FieldError[] = [];
  const { group = "", names, scope, versions = [] } = spec ?? {};
  const expected = `${names?.plural}.${group}`;
  if (metadata.name !== expected)
    errors.push(invalidValue("metadata.name", metadata.name ?? "", `must be spec.names.plural+"."+spec.group`));
  if (group === "") errors.push(required("spec.group"));
  else {
    errors.push(...problems("spec.group", group, isDns1123Subdomain(group)));
    if (!group.includes("."))
      errors.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
  }
  const scopes = ["Cluster", "Namespaced"];
  if (!scope) errors.push(required("spec.scope"));
  else if (!scopes.includes(scope)) errors.push(notSupported("spec.scope", scope, scopes));
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version.name))
      errors.push(invalidValue("spec.versions", versions, "must contain unique version names"));
    seen.add(version.name);
    errors.push(...validateVersion(`spec.versions[${index}]`, version));
  }
  if (versions.filter(({ storage }) => storage).length !== 1)
    errors.push(invalidValue("spec.versions", versions, "must have exactly one version marked as storage version"));
  for (const key of ["plural", "singular", "kind", "listKind"] as const) {
    const value = names?.[key] ?? "";
    const path = `spec.names.${key}`;
    if (value === "") errors.push(required(path));
    else if (key === "plural" || key === "singular") errors.push(...problems(path, value, isDns1035Label(value)));
    else errors.push(...problems(path, value, isDns1035Label(value.toLowerCase())));
  }
  for (const [index, name] of (names?.shortNames ?? []).entries())
    errors.push(...problems(`spec.names.shortNames[${index}]`, name, isDns1035Label(name)));
  for (const [index, name] of (names?.categories ?? []).entries())
    errors.push(...problems(`spec.names.categories[${index}]`, name, isDns1035Label(name)));
  if (names !== undefined && names.kind !== "" && names.kind === names.listKind)
    errors.push(invalidValue("spec.names.listKind", names.listKind, "kind and listKind may not be the same"));
  return errors;
}

export const customResourceDefinition = define(customResourceDefinitions, {
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  subresources: ["status"],
  columns: [nameColumn(), createdAtColumn()],
  applyDefaults({ spec }) {
    if (spec === undefined) return;
    if (spec.names !== undefined) {
      setDefaultText(spec.names, "singular", (spec.names.kind ?? "").toLowerCase());
      if (spec.names.kind) setDefaultText(spec.names, "listKind", `${spec.names.kind}List`);
    }
    setDefault(spec, "conversion", { strategy: "None" });
  },
  prepareForCreate(object) {
    object.metadata.generation = 1;
    object.status = {
      acceptedNames: { kind: "", plural: "" },
      conditions: [],
      storedVersions: object.spec.versions.filter(({ storage }) => storage).map(({ name }) => name),
    };
  },
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    // A version that becomes the stored one is remembered until its objects are known to be gone.
    for (const { name, storage } of object.spec.versions)
      if (storage && object.status !== undefined && !object.status.storedVersions?.includes(name))
        object.status = { ...object.status, storedVersions: [...(object.status.storedVersions ?? []), name] };
  },
  prepareForStatusUpdate: keepSpec,
  ...rules<CustomResourceDefinition>(false, isDns1123Subdomain, validateSpec, (object, old) => {
    const established = old.status?.conditions?.some(({ type, status }) => type === "Established" && status === "True");
    return [
      ...(established === true
        ? [
            ...immutable("spec.scope", object.spec.scope, old.spec.scope),
            ...immutable("spec.names.kind", object.spec.names.kind, old.spec.names.kind),
          ]
        : []),
      ...immutable("spec.group", object.spec.group, old.spec.group),
      ...immutable("spec.names.plural", object.spec.names.plural, old.spec.names.plural),
    ];
  }),
  validateStatusUpdate: metadataOnly,
});
