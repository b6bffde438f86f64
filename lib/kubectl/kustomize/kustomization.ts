/** The kustomization file: what it may hold, what of it is deprecated, and what is refused here (kustomize api/types). */
import { isObject, type Json, type JsonObject } from "../object.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";
import { BuildError, unsupported } from "./errors.ts";
import { checkTypes } from "./kustomization-types.ts";

/** Known upstream, not here. */
const REFUSED = ["crds", "generators", "openapi", "transformers", "validators", "vars"];

/** An entry that is null is an empty text there. */
const TEXT_LISTS: ReadonlySet<string> = new Set(["resources", "bases", "components", "patchesStrategicMerge"]);

export interface Kustomization {
  /** The name of its file. */
  readonly file: string;
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
  checkTypes(content);
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(content as JsonObject)) {
    if (REFUSED.includes(name)) throw unsupported(name);
    if (value !== null)
      fields[name] = Array.isArray(value) && TEXT_LISTS.has(name) ? value.map((one) => one ?? "") : value;
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
  return { file: fileName, kind: kind as Kustomization["kind"], fields, warnings };
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

/** The entries of a list of objects. */
export const entriesOf = (kustomization: Kustomization, name: string): JsonObject[] =>
  listOf(kustomization, name).filter(isObject);

/** Fields of a file that a kustomization names. */
export function checkFields(entry: JsonObject, known: readonly string[]): void {
  const stranger = Object.keys(entry).find((field) => !known.includes(field));
  if (stranger !== undefined)
    throw new BuildError(`invalid Kustomization: json: unknown field ${JSON.stringify(stranger)}`);
}
