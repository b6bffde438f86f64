/** The kustomization file: what it may hold, what of it is deprecated, and what is refused here (kustomize api/types). */
import { isObject, type Json, type JsonObject } from "../object.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";
import { BuildError, unsupported } from "./errors.ts";

type FieldType = "string" | "strings" | "map" | "object" | "list";

const FIELDS: Readonly<Record<string, FieldType>> = {
  apiVersion: "string",
  kind: "string",
  metadata: "object",
  namePrefix: "string",
  nameSuffix: "string",
  namespace: "string",
  commonLabels: "map",
  commonAnnotations: "map",
  labels: "list",
  resources: "strings",
  bases: "strings",
  components: "strings",
  patches: "list",
  patchesStrategicMerge: "strings",
  patchesJson6902: "list",
  images: "list",
  imageTags: "list",
  replicas: "list",
  replacements: "list",
  configMapGenerator: "list",
  secretGenerator: "list",
  generatorOptions: "object",
  sortOptions: "object",
};

/** Known upstream, not here. */
const REFUSED = [
  "buildMetadata",
  "configurations",
  "crds",
  "generators",
  "helmChartInflationGenerator",
  "helmCharts",
  "helmGlobals",
  "inventory",
  "openapi",
  "transformers",
  "validators",
  "vars",
];

export interface Kustomization {
  readonly kind: "Kustomization" | "Component";
  readonly fields: Readonly<Record<string, Json>>;
  /** Lines for stderr. */
  readonly warnings: readonly string[];
}

const DEPRECATED: readonly (readonly [field: string, instead: string])[] = [
  ["bases", "resources"],
  ["commonLabels", "labels"],
  ["imageTags", "images"],
  ["patchesJson6902", "patches"],
  ["patchesStrategicMerge", "patches"],
];
const warningFor = (field: string, instead: string): string =>
  `# Warning: '${field}' is deprecated. Please use '${instead}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.`;

const typeName = (value: Json): string =>
  Array.isArray(value) ? "array" : isObject(value) ? "object" : typeof value === "boolean" ? "bool" : typeof value;

const GO_TYPES: Readonly<Record<FieldType, string>> = {
  string: "string",
  strings: "[]string",
  map: "map[string]string",
  object: "",
  list: "",
};

function convert(name: string, value: Json, type: FieldType): Json {
  const mismatch = (found: Json, wanted: string) =>
    new BuildError(
      `invalid Kustomization: json: cannot unmarshal ${typeName(found)} into Go struct field Kustomization.${name} of type ${wanted}`,
    );
  const text = (one: Json): string => {
    if (one === null) return "";
    if (typeof one !== "string") throw mismatch(one, "string");
    return one;
  };
  if (value === null) return value;
  switch (type) {
    case "string":
      return text(value);
    case "strings":
      if (!Array.isArray(value)) throw mismatch(value, GO_TYPES.strings);
      return value.map(text);
    case "map":
      if (!isObject(value)) throw mismatch(value, GO_TYPES.map);
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, text(one)]));
    case "object":
      if (!isObject(value)) throw mismatch(value, `types.${name.charAt(0).toUpperCase()}${name.slice(1)}`);
      return value;
    case "list":
      if (!Array.isArray(value)) throw mismatch(value, `[]types.${name.charAt(0).toUpperCase()}${name.slice(1)}`);
      return value;
  }
}

export function parseKustomization(text: string, fileName: string, root: string): Kustomization {
  let content: Json;
  try {
    content = yamlToJson(text);
  } catch (error) {
    if (error instanceof YamlProblem) throw new BuildError(`invalid Kustomization: ${error.message}`);
    throw error;
  }
  const empty = new BuildError(`${fileName} is empty`);
  if (content === null) throw empty;
  if (!isObject(content))
    throw new BuildError(
      `invalid Kustomization: json: cannot unmarshal ${typeName(content)} into Go value of type types.Kustomization`,
    );
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(content)) {
    if (REFUSED.includes(name)) throw unsupported(name);
    const type = FIELDS[name];
    if (type === undefined) throw new BuildError(`invalid Kustomization: json: unknown field ${JSON.stringify(name)}`);
    if (value !== null) fields[name] = convert(name, value, type);
  }
  if (Object.keys(fields).every((name) => name === "kind" || name === "apiVersion")) throw empty;
  const kind = (fields["kind"] as string | undefined) || "Kustomization";
  const wantedVersion = kind === "Component" ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
  const problems = [
    ...(fields["apiVersion"] !== undefined && fields["apiVersion"] !== wantedVersion
      ? [`apiVersion for ${kind} should be ${wantedVersion}`]
      : []),
    ...(kind !== "Kustomization" && kind !== "Component" ? ["kind should be Kustomization or Component"] : []),
  ];
  if (problems.length > 0)
    throw new BuildError(`Failed to read kustomization file under ${root}:\n${problems.join("\n")}`);
  const warnings = DEPRECATED.filter(([field]) => fields[field] !== undefined).map(([field, instead]) =>
    warningFor(field, instead),
  );
  return { kind: kind as Kustomization["kind"], fields, warnings };
}

const listOf = (kustomization: Kustomization, name: string): Json[] => {
  const value = kustomization.fields[name];
  return Array.isArray(value) ? value : [];
};
export const stringsOf = (kustomization: Kustomization, name: string): string[] =>
  listOf(kustomization, name) as string[];
export const textOf = (kustomization: Kustomization, name: string): string =>
  (kustomization.fields[name] as string | undefined) ?? "";
export const mapOf = (kustomization: Kustomization, name: string): Record<string, string> =>
  (kustomization.fields[name] as Record<string, string> | undefined) ?? {};

/** The entries of a list as objects with these fields only. */
export function entriesOf(kustomization: Kustomization, name: string, known: readonly string[]): JsonObject[] {
  return listOf(kustomization, name).map((entry) => {
    if (!isObject(entry))
      throw new BuildError(
        `invalid Kustomization: json: cannot unmarshal ${typeName(entry)} into Go struct field Kustomization.${name}`,
      );
    checkFields(entry, known);
    return entry;
  });
}

export function checkFields(entry: JsonObject, known: readonly string[]): void {
  const stranger = Object.keys(entry).find((field) => !known.includes(field));
  if (stranger !== undefined)
    throw new BuildError(`invalid Kustomization: json: unknown field ${JSON.stringify(stranger)}`);
}
