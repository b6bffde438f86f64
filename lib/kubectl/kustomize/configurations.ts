/** configurations: further fields that transformers change, and that hold names (kustomize api/internal/plugins/builtinconfig). */
import { isObject, type Json, listAt, textAt } from "../object.ts";
import { BuildError, unsupported } from "./errors.ts";
import type { FieldSpec } from "./field-specs.ts";
import { type Kustomization, stringsOf } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import type { ReferenceRule } from "./reference-specs.ts";
import type { Gvk } from "./resource.ts";
import { parseResources } from "./yaml.ts";

const FIELDS = [
  "namePrefix",
  "nameSuffix",
  "namespace",
  "commonLabels",
  "templateLabels",
  "commonAnnotations",
  "images",
  "replicas",
  "varReference",
] as const;
type Field = (typeof FIELDS)[number];

/** What files add to upstream's own tables. */
export interface Configuration {
  readonly fields: Readonly<Record<Field, readonly FieldSpec[]>>;
  readonly references: readonly ReferenceRule[];
}

export function fieldSpecOf(value: Json): FieldSpec & Gvk {
  return {
    group: textAt(value, "group"),
    version: textAt(value, "version"),
    kind: textAt(value, "kind"),
    path: textAt(value, "path"),
    create: isObject(value) && value["create"] === true,
  };
}

/** Reads what a kustomization's configurations name. Throws `BuildError`. */
export function configurationOf(loader: Loader, kustomization: Kustomization): Configuration {
  const fields = Object.fromEntries(FIELDS.map((name) => [name, [] as FieldSpec[]])) as Record<Field, FieldSpec[]>;
  const references: ReferenceRule[] = [];
  for (const path of stringsOf(kustomization, "configurations")) {
    for (const document of parseResources(loader.readText(path))) {
      if (!isObject(document)) continue;
      const stranger = Object.keys(document)
        .sort()
        .find((name) => name !== "nameReference" && !FIELDS.some((field) => field === name));
      if (stranger !== undefined)
        throw new BuildError(
          `error unmarshaling JSON: while decoding JSON: json: unknown field ${JSON.stringify(stranger)}`,
        );
      for (const name of FIELDS) fields[name].push(...listAt(document, name).map(fieldSpecOf));
      for (const rule of listAt(document, "nameReference")) {
        const { group, version, kind } = fieldSpecOf(rule);
        references.push({ target: { group, version, kind }, fields: listAt(rule, "fieldSpecs").map(fieldSpecOf) });
      }
    }
  }
  if (fields.replicas.length > 0) throw unsupported("replicas of configurations");
  return { fields, references };
}
