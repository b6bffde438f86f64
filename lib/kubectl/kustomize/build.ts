/** From a directory with a kustomization to objects (kustomize api/internal/target, api/krusty). */
import type { Process } from "../../machine/index.ts";
import { isObject, type Json, type JsonObject, type KubeObject, listAt, textAt } from "../object.ts";
import { YamlProblem } from "../resources/go-yaml.ts";
import { BuildError } from "./errors.ts";
import type { FieldSpec } from "./field-specs.ts";
import { generated } from "./generators.ts";
import { nameHash } from "./hash.ts";
import { checkFields, entriesOf, type Kustomization, mapOf, stringsOf, textOf } from "./kustomization.ts";
import { ANNOTATIONS, COMMON_LABELS, METADATA_LABELS, setPairs, TEMPLATE_LABELS } from "./labels.ts";
import { isRemote, Loader } from "./loader.ts";
import { applyPatches, applyPatchesJson6902, applyPatchesStrategicMerge } from "./patches.ts";
import { fixReferences } from "./references.ts";
import { applyReplacements } from "./replacements.ts";
import { Resource, scalarText } from "./resource.ts";
import { Resources } from "./resources.ts";
import { type SortOrder, sorted } from "./sort.ts";
import { addPrefix, addSuffix, setImages, setNamespace, setReplicas } from "./transformers.ts";
import { parseResources } from "./yaml.ts";

/** What looking through one object for references costs. */
const REFERENCE_UNITS = 100;

interface BuildOptions {
  /** Files must lie in or below their root. Default true. */
  readonly restricted?: boolean;
}

/** Throws `BuildError` in upstream's words. `warn` is told of deprecated fields as they are met. */
export async function buildKustomization(
  process: Process,
  path: string,
  warn: (line: string) => Promise<void>,
  options: BuildOptions = {},
): Promise<KubeObject[]> {
  const target = new Target(process, Loader.at(process, path, options.restricted ?? true), warn);
  const resources = await target.accumulate(new Resources(), "Kustomization");
  for (const resource of resources.list) {
    if (!resource.needsHash) continue;
    const hash = nameHash(resource);
    resource.remember();
    resource.setName(`${resource.name}-${hash}`);
  }
  await fixReferences(resources, () => process.spend(REFERENCE_UNITS));
  return ordered(resources.list, target.kustomization).map(({ object }) => object);
}

function ordered(list: readonly Resource[], kustomization: Kustomization): readonly Resource[] {
  const asked = kustomization.fields["sortOptions"];
  if (!isObject(asked)) return sorted(list);
  checkFields(asked, ["order", "legacySortOptions"]);
  const order = scalarText(asked["order"]);
  if (order === "fifo") return list;
  if (order !== "legacy") throw new BuildError(`the field 'sortOptions.order' must be one of [fifo, legacy]`);
  const own = asked["legacySortOptions"];
  if (!isObject(own)) return sorted(list);
  checkFields(own, ["orderFirst", "orderLast"]);
  const kinds = (name: string) => listAt(own, name).map(String);
  return sorted(list, { first: kinds("orderFirst"), last: kinds("orderLast") } satisfies SortOrder);
}

const LABEL_FIELDS = ["pairs", "includeSelectors", "includeTemplates", "fields"];

class Target {
  readonly #process: Process;
  readonly #loader: Loader;
  readonly #warn: (line: string) => Promise<void>;
  readonly kustomization: Kustomization;

  constructor(process: Process, loader: Loader, warn: (line: string) => Promise<void>) {
    this.#process = process;
    this.#loader = loader;
    this.#warn = warn;
    this.kustomization = loader.kustomization();
  }

  /** Adds to `resources` what this kustomization brings, and transforms all of them. */
  async accumulate(resources: Resources, kind: Kustomization["kind"], nested = false): Promise<Resources> {
    const { kustomization } = this;
    if (kustomization.kind !== kind && nested) {
      throw kind === "Component"
        ? new KindError(`expected kind '${kind}' for path '${this.#loader.root}' but got '${kustomization.kind}'`)
        : new KindError(`expected kind != 'Component' for path '${this.#loader.root}'`);
    }
    for (const line of kustomization.warnings) await this.#warn(line);
    for (const path of [...stringsOf(kustomization, "resources"), ...stringsOf(kustomization, "bases")])
      await this.#addResource(resources, path);
    for (const resource of generated(this.#loader, kustomization)) {
      try {
        resources.absorb(resource);
      } catch (error) {
        throw error instanceof BuildError ? new BuildError(`merging from generator: ${error.message}`) : error;
      }
    }
    for (const path of stringsOf(kustomization, "components")) await this.#addComponent(resources, path);
    this.#transform(resources);
    return resources;
  }

  async #addResource(resources: Resources, path: string): Promise<void> {
    const problems: string[] = [];
    try {
      if (isRemote(path))
        throw new BuildError(`remote resources are not supported here: ${path}; copy it into the workspace`);
      const text = this.#loader.readText(path);
      await this.#process.spend(text.length >> 4);
      const added = parseFile(text, path);
      try {
        for (const resource of added) resources.append(resource);
      } catch (error) {
        throw error instanceof BuildError
          ? new MergeError(`merging resources from '${path}': ${error.message}`)
          : error;
      }
      return;
    } catch (error) {
      if (error instanceof MalformedError)
        throw new BuildError(`accumulating resources: accumulating resources from '${path}': ${error.message}`);
      if (!(error instanceof BuildError)) throw error;
      problems.push(
        error instanceof MergeError ? error.message : `accumulating resources from '${path}': ${error.message}`,
      );
    }
    const failed = (why: string): BuildError =>
      new BuildError(`accumulating resources: accumulation err='${problems.join("")}': ${why}`);
    let loader: Loader;
    try {
      loader = this.#loader.enter(path);
    } catch (error) {
      throw error instanceof BuildError ? failed(error.message) : error;
    }
    let nested: Target;
    try {
      nested = new Target(this.#process, loader, this.#warn);
    } catch (error) {
      throw error instanceof BuildError
        ? failed(`couldn't make target for path '${loader.root}': ${error.message}`)
        : error;
    }
    let step = "accumulation of";
    try {
      const own = await nested.accumulate(new Resources(), "Kustomization", true);
      step = "merging from";
      for (const resource of own.list) resources.append(resource);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      throw failed(
        error instanceof KindError ? error.message : `recursed ${step} path '${loader.root}': ${error.message}`,
      );
    }
  }

  async #addComponent(resources: Resources, path: string): Promise<void> {
    const failed = (error: unknown, where: string): unknown =>
      error instanceof BuildError ? new BuildError(`accumulating components: ${where} "${error.message}"`) : error;
    let loader: Loader;
    try {
      loader = this.#loader.enter(path);
    } catch (error) {
      throw failed(error, "loader.New");
    }
    try {
      await new Target(this.#process, loader, this.#warn).accumulate(resources, "Component", true);
    } catch (error) {
      throw failed(error, "accumulateDirectory:");
    }
  }

  #transform(resources: Resources): void {
    const { kustomization } = this;
    applyPatchesStrategicMerge(resources, this.#loader, kustomization);
    applyPatches(resources, this.#loader, kustomization);
    setNamespace(resources, textOf(kustomization, "namespace"));
    addPrefix(resources, textOf(kustomization, "namePrefix"));
    addSuffix(resources, textOf(kustomization, "nameSuffix"));
    for (const entry of entriesOf(kustomization, "labels", LABEL_FIELDS))
      setPairs(resources.list, labelSpecs(entry), stringPairs(entry["pairs"]));
    setPairs(resources.list, COMMON_LABELS, mapOf(kustomization, "commonLabels"));
    setPairs(resources.list, ANNOTATIONS, mapOf(kustomization, "commonAnnotations"));
    applyPatchesJson6902(resources, this.#loader, kustomization);
    setReplicas(resources, kustomization);
    setImages(resources, kustomization);
    applyReplacements(resources, this.#loader, kustomization);
  }
}

/** A Component where none is meant, or the other way round. */
class KindError extends BuildError {}
/** Could not be joined with what is there. */
class MergeError extends BuildError {}
/** Not YAML: trying it as a directory would say nothing better. */
class MalformedError extends BuildError {}

function parseFile(text: string, path: string): Resource[] {
  let documents: Json[];
  try {
    documents = parseResources(text);
  } catch (error) {
    if (error instanceof YamlProblem) throw new MalformedError(`MalformedYAMLError: ${error.message} in File: ${path}`);
    throw error;
  }
  return documents.flatMap((document) => objectsIn(document).map((object) => new Resource(object)));
}

/** Items of Lists stand for themselves. */
function objectsIn(document: Json): JsonObject[] {
  if (!isObject(document)) throw new BuildError("missing Resource metadata");
  if (textAt(document, "kind").endsWith("List") && Array.isArray(document["items"]))
    return listAt(document, "items").flatMap(objectsIn);
  if (textAt(document, "kind") === "" && !isObject(document["metadata"]))
    throw new BuildError("missing Resource metadata");
  if (textAt(document, "metadata", "name") === "" && textAt(document, "metadata", "generateName") === "")
    throw new BuildError(
      `missing metadata.name in object {{${textAt(document, "apiVersion")} ${textAt(document, "kind")}} {{ } map[] map[]}}`,
    );
  if (textAt(document, "kind") === "") throw new BuildError("missing kind in object");
  return [document];
}

const stringPairs = (value: Json | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([key, one]) => [key, scalarText(one)]));

function labelSpecs(entry: JsonObject): FieldSpec[] {
  const own = listAt(entry, "fields").map((field): FieldSpec => {
    if (isObject(field)) checkFields(field, ["group", "version", "kind", "path", "create"]);
    return {
      group: textAt(field, "group"),
      version: textAt(field, "version"),
      kind: textAt(field, "kind"),
      path: textAt(field, "path"),
      create: isObject(field) && field["create"] === true,
    };
  });
  if (entry["includeSelectors"] === true) return [...own, ...COMMON_LABELS];
  return [...own, ...(entry["includeTemplates"] === true ? TEMPLATE_LABELS : []), ...METADATA_LABELS];
}
