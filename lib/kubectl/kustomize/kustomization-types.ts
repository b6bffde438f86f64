/**
 * The Go types of a kustomization (kustomize api/types), and what encoding/json says of values that do not fit them.
 * Strings decode from strings alone, so that a label `yes` (a bool to YAML 1.1) is refused where it stands.
 */
import { isObject, type Json } from "../object.ts";
import { BuildError } from "./errors.ts";

type Schema =
  | { readonly scalar: "string" | "bool" | "int" | "int64" }
  | { readonly list: Schema; readonly element: string }
  | { readonly map: Schema; readonly element: string }
  | Struct;
interface Struct {
  readonly struct: string;
  /** Fields by name, with the names of embedded structs they are in ("GeneratorArgs.KvPairSources"). */
  readonly fields: Readonly<Record<string, Schema | readonly [embedded: string, Schema]>>;
}

const TEXT: Schema = { scalar: "string" };
const FLAG: Schema = { scalar: "bool" };
const TEXTS: Schema = { list: TEXT, element: "string" };
const PAIRS: Schema = { map: TEXT, element: "string" };
const listOf = (schema: Struct, pointer = ""): Schema => ({
  list: schema,
  element: `${pointer}types.${schema.struct}`,
});
const inside = (embedded: string, fields: Readonly<Record<string, Schema>>) =>
  Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, [embedded, schema] as const]));

const GVK = { group: TEXT, version: TEXT, kind: TEXT };
const ID = { ...inside("ResId.Gvk", GVK), ...inside("ResId", { name: TEXT, namespace: TEXT }) };
const SELECTOR: Struct = { struct: "Selector", fields: { ...ID, annotationSelector: TEXT, labelSelector: TEXT } };
const FIELD_SPEC: Struct = { struct: "FieldSpec", fields: { ...inside("Gvk", GVK), path: TEXT, create: FLAG } };
const OPTIONS: Struct = {
  struct: "GeneratorOptions",
  fields: { labels: PAIRS, annotations: PAIRS, disableNameSuffixHash: FLAG, immutable: FLAG },
};
const GENERATOR = {
  ...inside("GeneratorArgs", { namespace: TEXT, name: TEXT, behavior: TEXT, options: OPTIONS }),
  ...inside("GeneratorArgs.KvPairSources", { literals: TEXTS, files: TEXTS, envs: TEXTS, env: TEXT }),
};
const FIELD_OPTIONS: Struct = {
  struct: "FieldOptions",
  fields: { delimiter: TEXT, index: { scalar: "int" }, encoding: TEXT, create: FLAG },
};
const REPLACEMENT = inside("Replacement", {
  source: { struct: "SourceSelector", fields: { ...ID, fieldPath: TEXT, options: FIELD_OPTIONS } },
  targets: listOf(
    {
      struct: "TargetSelector",
      fields: { select: SELECTOR, reject: listOf(SELECTOR, "*"), fieldPaths: TEXTS, options: FIELD_OPTIONS },
    },
    "*",
  ),
});
const PATCH: Struct = {
  struct: "Patch",
  fields: { path: TEXT, patch: TEXT, target: SELECTOR, options: { map: FLAG, element: "bool" } },
};
const IMAGE: Struct = {
  struct: "Image",
  fields: { name: TEXT, newName: TEXT, tagSuffix: TEXT, newTag: TEXT, digest: TEXT },
};
const CHART: Readonly<Record<string, Schema>> = {
  name: TEXT,
  version: TEXT,
  repo: TEXT,
  releaseName: TEXT,
  namespace: TEXT,
  additionalValuesFiles: TEXTS,
  valuesFile: TEXT,
  valuesMerge: TEXT,
  includeCRDs: FLAG,
  skipHooks: FLAG,
  apiVersions: TEXTS,
  kubeVersion: TEXT,
  nameTemplate: TEXT,
  skipTests: FLAG,
  debug: FLAG,
};

const KUSTOMIZATION: Struct = {
  struct: "Kustomization",
  fields: {
    ...inside("TypeMeta", { kind: TEXT, apiVersion: TEXT }),
    metadata: {
      struct: "ObjectMeta",
      fields: { name: TEXT, namespace: TEXT, labels: PAIRS, annotations: PAIRS },
    },
    openapi: PAIRS,
    namePrefix: TEXT,
    nameSuffix: TEXT,
    namespace: TEXT,
    commonLabels: PAIRS,
    labels: listOf({
      struct: "Label",
      fields: { pairs: PAIRS, includeSelectors: FLAG, includeTemplates: FLAG, fields: listOf(FIELD_SPEC) },
    }),
    commonAnnotations: PAIRS,
    patchesStrategicMerge: TEXTS,
    patchesJson6902: listOf(PATCH),
    patches: listOf(PATCH),
    images: listOf(IMAGE),
    imageTags: listOf(IMAGE),
    replacements: listOf({ struct: "ReplacementField", fields: { ...REPLACEMENT, path: TEXT } }),
    replicas: listOf({ struct: "Replica", fields: { name: TEXT, count: { scalar: "int64" } } }),
    vars: listOf({
      struct: "Var",
      fields: {
        name: TEXT,
        objref: {
          struct: "Target",
          fields: { apiVersion: TEXT, ...inside("Gvk", GVK), name: TEXT, namespace: TEXT },
        },
        fieldref: { struct: "FieldSelector", fields: { fieldpath: TEXT, fieldPath: TEXT } },
      },
    }),
    sortOptions: {
      struct: "SortOptions",
      fields: {
        order: TEXT,
        legacySortOptions: { struct: "LegacySortOptions", fields: { orderFirst: TEXTS, orderLast: TEXTS } },
      },
    },
    resources: TEXTS,
    components: TEXTS,
    crds: TEXTS,
    bases: TEXTS,
    configMapGenerator: listOf({ struct: "ConfigMapArgs", fields: GENERATOR }),
    secretGenerator: listOf({ struct: "SecretArgs", fields: { ...GENERATOR, type: TEXT } }),
    helmGlobals: { struct: "HelmGlobals", fields: { chartHome: TEXT, configHome: TEXT } },
    helmCharts: {
      list: { struct: "HelmChart", fields: { ...CHART, valuesInline: { map: TEXT, element: "any" } } },
      element: "types.HelmChart",
    },
    helmChartInflationGenerator: listOf({
      struct: "HelmChartArgs",
      fields: {
        chartName: TEXT,
        chartVersion: TEXT,
        chartRepoUrl: TEXT,
        chartHome: TEXT,
        chartRepoName: TEXT,
        helmBin: TEXT,
        helmHome: TEXT,
        values: TEXT,
        valuesMerge: TEXT,
        releaseName: TEXT,
        releaseNamespace: TEXT,
        extraArgs: TEXTS,
      },
    }),
    generatorOptions: OPTIONS,
    configurations: TEXTS,
    generators: TEXTS,
    transformers: TEXTS,
    validators: TEXTS,
    buildMetadata: TEXTS,
  },
};

const goName = (value: Json): string =>
  Array.isArray(value) ? "array" : isObject(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;

const goType = (schema: Schema): string => {
  if ("scalar" in schema) return schema.scalar;
  if ("list" in schema) return `[]${schema.element}`;
  return "map" in schema ? `map[string]${schema.element}` : `types.${schema.struct}`;
};

/** The first value that does not fit, fields in the order of their names; undefined where all do. */
function misfit(value: Json, schema: Schema, holder: string, path: readonly string[]): string | undefined {
  if (value === null) return undefined;
  const wrong = (): string =>
    `json: cannot unmarshal ${typeof value === "number" && "scalar" in schema && schema.scalar.startsWith("int") ? `number ${value}` : goName(value)} into Go struct field ${holder}.${path.join(".")} of type ${goType(schema)}`;
  if ("scalar" in schema) {
    if (schema.scalar === "string" || schema.scalar === "bool")
      return typeof value === (schema.scalar === "bool" ? "boolean" : "string") ? undefined : wrong();
    return typeof value === "number" && Number.isInteger(value) ? undefined : wrong();
  }
  if ("list" in schema) {
    if (!Array.isArray(value)) return wrong();
    for (const item of value) {
      const found = misfit(item, schema.list, holder, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return wrong();
  for (const name of Object.keys(value).sort()) {
    const item = value[name] as Json;
    if ("map" in schema) {
      const found = schema.element === "any" ? undefined : misfit(item, schema.map, holder, path);
      if (found !== undefined) return found;
      continue;
    }
    const field = Object.hasOwn(schema.fields, name) ? schema.fields[name] : undefined;
    if (field === undefined) return `json: unknown field ${JSON.stringify(name)}`;
    const [embedded, own] = isEmbedded(field) ? [[field[0]], field[1]] : [[], field];
    const found = misfit(item, own, schema.struct, [...path, ...embedded, name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isEmbedded = (field: Schema | readonly [string, Schema]): field is readonly [string, Schema] =>
  Array.isArray(field);

/** Throws `BuildError` where a kustomization's fields are not of their types. */
export function checkTypes(content: Json): void {
  if (!isObject(content))
    throw new BuildError(
      `invalid Kustomization: json: cannot unmarshal ${goName(content)} into Go value of type types.Kustomization`,
    );
  const found = misfit(content, KUSTOMIZATION, "Kustomization", []);
  if (found !== undefined) throw new BuildError(`invalid Kustomization: ${found}`);
}
