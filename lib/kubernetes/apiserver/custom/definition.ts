/** From a CustomResourceDefinition to what is served (apiextensions-apiserver pkg/apiserver/customresource_handler.go). */
import type { Column, ResourceDefinition, Schema, Subresource } from "../../api/definition.ts";
import { schemas } from "../../api/schemas.ts";
import type { CustomResourceDefinition } from "../../api/types.ts";
import { clone, deepEqual } from "../../machinery/clone.ts";
import { GoValue, goString } from "../../machinery/go-value.ts";
import type { FieldError } from "../../machinery/status.ts";
import type { KubernetesObject } from "../../machinery/types.ts";
import { apiVersionOf, type Served } from "../definitions.ts";
import { applyDefaults, hasDefaults, type JsonSchema, prune, validateRules, validateSchema } from "./structural.ts";

type Version = NonNullable<CustomResourceDefinition["spec"]>["versions"][number];
type Json = Record<string, unknown>;

const NAME_DESCRIPTION =
  "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const AGE_DESCRIPTION =
  "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/** Values at a simple JSONPath (`.spec.a`, `.items[0].b`, `.conditions[?(@.type=="Ready")].status`). */
function jsonPathValues(object: unknown, path: string): unknown[] {
  let values: unknown[] = [object];
  const steps = path.replace(/^\{|\}$/g, "").match(/\.[^.[\]]+|\[[^\]]*\]+|\[\?\([^)]*\)\]/g) ?? [];
  for (const step of steps) {
    values = values.flatMap((value) => {
      if (value === null || value === undefined) return [];
      if (step.startsWith(".")) {
        const key = step.slice(1).replaceAll("\\", "");
        const found = (value as Json)[key];
        return found === undefined ? [] : [found];
      }
      const inner = step.slice(1, -1);
      const filter = /^\?\(@\.([\w.]+)\s*==\s*["'](.*)["']\)$/.exec(inner);
      if (filter !== null)
        return (Array.isArray(value) ? value : []).filter((item) => (item as Json)[filter[1] ?? ""] === filter[2]);
      if (inner === "*") return Array.isArray(value) ? value : Object.values(value as Json);
      if (/^-?\d+$/.test(inner)) {
        const item = Array.isArray(value) ? value.at(Number(inner)) : undefined;
        return item === undefined ? [] : [item];
      }
      const found = (value as Json)[inner.replace(/^['"]|['"]$/g, "")];
      return found === undefined ? [] : [found];
    });
  }
  return values;
}

function columnsOf(version: Version): Column<KubernetesObject>[] {
  const name: Column<KubernetesObject> = {
    name: "Name",
    type: "string",
    format: "name",
    description: NAME_DESCRIPTION,
    priority: 0,
    cell: (object) => object.metadata.name ?? "",
  };
  const wanted = version.additionalPrinterColumns ?? [
    { name: "Age", type: "date", description: AGE_DESCRIPTION, jsonPath: ".metadata.creationTimestamp" },
  ];
  return [
    name,
    ...wanted.map(
      (column): Column<KubernetesObject> => ({
        name: column.name,
        type: column.type as Column<KubernetesObject>["type"],
        ...(column.format === undefined ? {} : { format: column.format }),
        description: column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
        priority: column.priority ?? 0,
        cell: (object, now) => cellOf(object, column.type, column.jsonPath, now),
      }),
    ),
  ];
}

/** null where there is nothing: kubectl prints `<none>` or leaves it empty by its own rules. */
function cellOf(object: KubernetesObject, type: string, path: string, now: number): string | number | boolean {
  const values = jsonPathValues(object, path);
  const [value] = values;
  if (value === undefined || value === null) return null as unknown as string;
  switch (type) {
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : (null as unknown as string);
    case "number":
      return typeof value === "number" ? value : (null as unknown as string);
    case "boolean":
      return typeof value === "boolean" ? value : (null as unknown as string);
    case "date":
      return typeof value === "string" ? age(Date.parse(value), now) : "<invalid>";
    default:
      return typeof value === "string" ? value : typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}

/** duration.HumanDuration. */
function age(since: number, now: number): string {
  if (Number.isNaN(since)) return "<invalid>";
  const seconds = Math.floor((now - since) / 1000);
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return `${seconds}s`;
  const part = (value: number, unit: string, rest: number, restUnit: string) =>
    rest === 0 ? `${value}${unit}` : `${value}${unit}${rest}${restUnit}`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return part(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return part(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return part(Math.floor(hours / 24), "d", hours % 24, "h");
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24)}d`;
  if (hours < 24 * 365 * 8) return part(Math.floor(hours / 24 / 365), "y", Math.floor(hours / 24) % 365, "d");
  return `${Math.floor(hours / 24 / 365)}y`;
}

/** What every object has, with the words of a kind that has them, too (apiextensions controller/openapi/builder). */
function commonFields(): Readonly<Record<string, Schema>> {
  const described = schemas.described("io.k8s.api.core.v1.ConfigMap")?.properties ?? {};
  const withText = (name: string, schema: Schema): Schema => {
    const text = described[name]?.description;
    return text === undefined ? schema : { description: text, ...schema };
  };
  return {
    apiVersion: withText("apiVersion", { type: "string" }),
    kind: withText("kind", { type: "string" }),
    metadata: withText("metadata", { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }),
  };
}

interface MadeResource {
  readonly served: Served;
  readonly schemaName: string;
  readonly schema: Schema;
}

/** One served version. */
export function customResource(crd: CustomResourceDefinition, version: Version): MadeResource {
  const spec = crd.spec as NonNullable<CustomResourceDefinition["spec"]>;
  const { group, names } = spec;
  const schema = (version.schema?.openAPIV3Schema ?? {
    type: "object",
    "x-kubernetes-preserve-unknown-fields": true,
  }) as JsonSchema;
  const statusEnabled = version.subresources?.status !== undefined;
  const scale = version.subresources?.scale;
  const subresources: Subresource[] = [
    ...(statusEnabled ? (["status"] as const) : []),
    ...(scale === undefined ? [] : (["scale"] as const)),
  ];
  const schemaName = [...group.split(".").reverse(), version.name, names.kind].join(".");
  const check = (object: KubernetesObject, old: KubernetesObject | undefined): FieldError[] => {
    const errors = validateSchema(object, schema);
    if (scale !== undefined) errors.push(...scaleErrors(object, scale.specReplicasPath));
    return errors.length > 0 ? errors : validateRules(object, old, schema);
  };
  const definition: ResourceDefinition = {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    ...(names.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names.categories === undefined ? {} : { categories: names.categories }),
    listKind: names.listKind ?? `${names.kind}List`,
    namespaced: spec.scope === "Namespaced",
    unconditionalUpdate: false,
    ...(version.deprecated === true
      ? { deprecation: version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated` }
      : {}),
    subresources,
    schemaName,
    columns: columnsOf(version),
    ...(version.selectableFields === undefined
      ? {}
      : {
          selectableFields: Object.fromEntries(
            version.selectableFields.map(({ jsonPath }) => [
              jsonPath.replace(/^\./, ""),
              (object: KubernetesObject) => String(jsonPathValues(object, jsonPath)[0] ?? ""),
            ]),
          ),
        }),
    applyDefaults: (object) => applyDefaults(object, schema),
    prepareForCreate(object) {
      if (statusEnabled) delete (object as KubernetesObject & Json)["status"];
      object.metadata.generation = 1;
    },
    prepareForUpdate(object, old) {
      const next = object as KubernetesObject & Json;
      const before = old as KubernetesObject & Json;
      if (statusEnabled) keep(next, before, "status");
      if (!deepEqual(content(next, statusEnabled), content(before, statusEnabled)))
        object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    prepareForStatusUpdate(object, old) {
      const next = object as KubernetesObject & Json;
      const before = old as KubernetesObject & Json;
      for (const key of new Set([...Object.keys(next), ...Object.keys(before)]))
        if (key !== "status" && key !== "metadata") keep(next, before, key);
      next.metadata = {
        ...clone(old.metadata),
        ...(next.metadata.managedFields === undefined ? {} : { managedFields: next.metadata.managedFields }),
      };
    },
    validate: (object) => check(object, undefined),
    validateUpdate: (object, old) => check(object, old),
    validateStatusUpdate: (object, old) => check(object, old),
  };
  const storage = storageVersion(spec.versions);
  const storedSchema = spec.versions.find(({ name }) => name === storage)?.schema?.openAPIV3Schema as
    | JsonSchema
    | undefined;
  const stored = storedSchema !== undefined && hasDefaults(storedSchema) ? storedSchema : undefined;
  const served: Served = {
    definition,
    groupResource: { group, resource: names.plural },
    apiVersion: apiVersionOf(definition),
    key: `${names.plural}.${group}`,
    // Objects stored before the storage version changed need it in any version.
    ...(spec.versions.length > 1 || stored !== undefined
      ? { conversion: readAs(group, version.name, storage, stored) }
      : {}),
    ...(storage === version.name ? {} : { storageApiVersion: `${group}/${storage}` }),
    custom: {
      definitionName: crd.metadata.name ?? "",
      prune: (object) => prune(object, schema),
      ...(scale === undefined
        ? {}
        : {
            scale: {
              specReplicasPath: scale.specReplicasPath,
              statusReplicasPath: scale.statusReplicasPath,
              ...(scale.labelSelectorPath === undefined ? {} : { labelSelectorPath: scale.labelSelectorPath }),
            },
          }),
    },
  };
  const common = commonFields();
  const described = { ...schema, properties: { ...schema.properties, ...common } };
  return {
    served,
    schemaName,
    schema: described as unknown as Schema,
  };
}

const storageVersion = (versions: readonly Version[]) =>
  versions.find((version) => version.storage)?.name ?? versions[0]?.name ?? "";

/**
 * Conversion strategy None: versions differ in their name only. Defaults that came after an object was stored are
 * filled in whenever it is read.
 */
function readAs(
  group: string,
  version: string,
  storage: string,
  defaults: JsonSchema | undefined,
): NonNullable<Served["conversion"]> {
  const named = (object: KubernetesObject, name: string) => {
    object.apiVersion = `${group}/${name}`;
    return object;
  };
  return {
    toStorage: (object) => named(object, storage),
    fromStorage: (object) => {
      if (defaults !== undefined) applyDefaults(object, defaults);
      return named(object, version);
    },
  };
}

function keep(next: Json, before: Json, key: string): void {
  if (before[key] === undefined) delete next[key];
  else next[key] = clone(before[key]);
}

/** Everything that counts for the generation: not metadata, and not status where that has a door of its own. */
function content(object: Json, statusEnabled: boolean): Json {
  const { metadata: _metadata, ...rest } = object;
  if (statusEnabled) delete rest["status"];
  return rest;
}

function scaleErrors(object: KubernetesObject, path: string): FieldError[] {
  const [value] = jsonPathValues(object, path);
  if (value === undefined) return [];
  if (typeof value !== "number")
    return [
      {
        type: "FieldValueInvalid",
        field: path,
        value: new GoValue("0"),
        detail: `${path} accessor error: ${typeof value === "string" ? value : goString(value)} is of the type ${typeof value}, expected int64`,
      },
    ];
  if (value >= 0) return [];
  return [{ type: "FieldValueInvalid", field: path, value, detail: "should be a non-negative integer" }];
}
