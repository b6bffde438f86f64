/** From a directory with a kustomization to objects (kustomize api/internal/target, api/krusty). */
import type { Process } from "../../machine/index.ts";
import { joinPaths } from "../commands/cp-paths.ts";
import { isObject, type Json, type JsonObject, type KubeObject, listAt, objectAt, textAt } from "../object.ts";
import { YamlProblem } from "../resources/go-yaml.ts";
import { refuseCharts } from "./charts.ts";
import { type Configuration, configurationOf, fieldSpecOf } from "./configurations.ts";
import { BuildError } from "./errors.ts";
import type { FieldSpec } from "./field-specs.ts";
import { generated } from "./generators.ts";
import { nameHash } from "./hash.ts";
import { entriesOf, type Kustomization, mapOf, stringsOf, textOf } from "./kustomization.ts";
import { ANNOTATIONS, COMMON_LABELS, METADATA_LABELS, setPairs, TEMPLATE_LABELS } from "./labels.ts";
import { isRemote, Loader } from "./loader.ts";
import { writeMetadata } from "./origins.ts";
import { applyPatches, applyPatchesJson6902, applyPatchesStrategicMerge } from "./patches.ts";
import type { ReferenceRule } from "./reference-specs.ts";
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
  /** --enable-helm. */
  readonly charts?: boolean;
}

/** Throws `BuildError` in upstream's words. `warn` is told of deprecated fields as they are met. */
export async function buildKustomization(
  process: Process,
  path: string,
  warn: (line: string) => Promise<void>,
  options: BuildOptions = {},
): Promise<KubeObject[]> {
  const build: Build = { process, warn, charts: options.charts === true, references: [] };
  const target = new Target(build, Loader.at(process, path, options.restricted ?? true), "");
  const resources = await target.accumulate(new Resources(), "Kustomization");
  for (const resource of resources.list) {
    if (!resource.needsHash) continue;
    const hash = nameHash(resource);
    resource.remember();
    resource.setName(`${resource.name}-${hash}`);
  }
  await fixReferences(resources, build.references, () => process.spend(REFERENCE_UNITS));
  writeMetadata(resources.list, target.kustomization);
  for (const { object } of resources.list) spellAnnotations(object);
  return ordered(resources.list, target.kustomization).map(({ object }) => object);
}

/** Annotations are text, whatever a file has there. */
function spellAnnotations(object: JsonObject): void {
  const annotations = objectAt(object, "metadata", "annotations");
  for (const [key, value] of Object.entries(annotations))
    if (typeof value === "number" || typeof value === "boolean") annotations[key] = String(value);
}

function ordered(list: readonly Resource[], kustomization: Kustomization): readonly Resource[] {
  const asked = kustomization.fields["sortOptions"];
  if (!isObject(asked)) return sorted(list);
  const order = scalarText(asked["order"]);
  if (order === "fifo" && isObject(asked["legacySortOptions"]))
    throw new BuildError(
      "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
    );
  if (order === "fifo") return list;
  if (order !== "legacy") throw new BuildError(`the field 'sortOptions.order' must be one of [fifo, legacy]`);
  const own = asked["legacySortOptions"];
  if (!isObject(own)) return sorted(list);
  const kinds = (name: string) => listAt(own, name).map(String);
  return sorted(list, { first: kinds("orderFirst"), last: kinds("orderLast") } satisfies SortOrder);
}

/** What all kustomizations of a build share. */
interface Build {
  readonly process: Process;
  readonly warn: (line: string) => Promise<void>;
  readonly charts: boolean;
  /** What configurations say of names. */
  readonly references: ReferenceRule[];
}

class Target {
  readonly #build: Build;
  readonly #loader: Loader;
  /** From the root of the build to here. */
  readonly #path: string;
  readonly kustomization: Kustomization;

  constructor(build: Build, loader: Loader, path: string) {
    this.#build = build;
    this.#loader = loader;
    this.#path = path;
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
    for (const line of kustomization.warnings) await this.#build.warn(line);
    for (const path of [...stringsOf(kustomization, "resources"), ...stringsOf(kustomization, "bases")])
      await this.#addResource(resources, path);
    const configuration = configurationOf(this.#loader, kustomization);
    this.#build.references.push(...configuration.references);
    refuseCharts(kustomization, this.#build.charts);
    for (const resource of generated(this.#loader, kustomization, this.#below(kustomization.file))) {
      try {
        resources.absorb(resource);
      } catch (error) {
        throw error instanceof BuildError ? new BuildError(`merging from generator: ${error.message}`) : error;
      }
    }
    for (const path of stringsOf(kustomization, "components")) await this.#addComponent(resources, path);
    this.#transform(resources, configuration);
    resources.list = resources.list.filter(({ object }) => !isLocal(object));
    return resources;
  }

  async #addResource(resources: Resources, path: string): Promise<void> {
    const problems: string[] = [];
    try {
      if (isRemote(path))
        throw new BuildError(`remote resources are not supported here: ${path}; copy it into the workspace`);
      const text = this.#loader.readText(path);
      await this.#build.process.spend(text.length >> 4);
      const added = parseFile(text, path);
      for (const resource of added) resource.origin = { path: this.#below(path) };
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
      nested = new Target(this.#build, loader, this.#below(path));
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
    let made = false;
    try {
      const component = new Target(this.#build, loader, this.#below(path));
      made = true;
      await component.accumulate(resources, "Component", true);
    } catch (error) {
      const within = made && error instanceof BuildError && !(error instanceof KindError);
      throw failed(
        within ? new BuildError(`recursed accumulation of path '${loader.root}': ${error.message}`) : error,
        "accumulateDirectory:",
      );
    }
  }

  #below(path: string): string {
    return joinPaths(this.#path, path);
  }

  #transform(resources: Resources, { fields }: Configuration): void {
    const { kustomization } = this;
    const selectors = [...fields.commonLabels, ...COMMON_LABELS];
    applyPatchesStrategicMerge(resources, this.#loader, kustomization);
    applyPatches(resources, this.#loader, kustomization);
    setNamespace(resources, textOf(kustomization, "namespace"), fields.namespace);
    addPrefix(resources, textOf(kustomization, "namePrefix"), fields.namePrefix);
    addSuffix(resources, textOf(kustomization, "nameSuffix"), fields.nameSuffix);
    for (const entry of entriesOf(kustomization, "labels"))
      setPairs(resources.list, labelSpecs(entry, selectors, fields.templateLabels), stringPairs(entry["pairs"]));
    setPairs(resources.list, selectors, mapOf(kustomization, "commonLabels"));
    setPairs(resources.list, [...fields.commonAnnotations, ...ANNOTATIONS], mapOf(kustomization, "commonAnnotations"));
    applyPatchesJson6902(resources, this.#loader, kustomization);
    setReplicas(resources, kustomization);
    setImages(resources, kustomization, fields.images);
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
  return documents.flatMap((document) =>
    objectsIn(document)
      .filter((object) => !isLocal(object))
      .map((object) => new Resource(object)),
  );
}

/** Items of Lists stand for themselves. */
function objectsIn(document: Json): JsonObject[] {
  if (!isObject(document)) throw new BuildError("missing Resource metadata");
  if (textAt(document, "kind").endsWith("List") && Array.isArray(document["items"]))
    return listAt(document, "items").flatMap(objectsIn);
  if (textAt(document, "kind") === "" && !isObject(document["metadata"]))
    throw new BuildError("missing Resource metadata");
  if (textAt(document, "metadata", "name") === "" && textAt(document, "metadata", "generateName") === "")
    throw new BuildError(`missing metadata.name in object ${metaDump(document)}`);
  if (textAt(document, "kind") === "") throw new BuildError(`missing kind in object ${metaDump(document)}`);
  return [document];
}

/** As Go prints kyaml's ResourceMeta. */
function metaDump(document: JsonObject): string {
  const map = (field: string): string => {
    const entries = Object.entries(objectAt(document, "metadata", field)).map(
      ([key, one]) => `${key}:${scalarText(one)}`,
    );
    return `map[${entries.sort().join(" ")}]`;
  };
  const [version, kind] = [textAt(document, "apiVersion"), textAt(document, "kind")];
  const [name, namespace] = [textAt(document, "metadata", "name"), textAt(document, "metadata", "namespace")];
  return `{{${version} ${kind}} {{${name} ${namespace}} ${map("labels")} ${map("annotations")}}}`;
}

/** For tools alone: such an object is read and never built. */
const isLocal = (document: JsonObject): boolean =>
  Object.hasOwn(objectAt(document, "metadata", "annotations"), "config.kubernetes.io/local-config");

const stringPairs = (value: Json | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(isObject(value) ? value : {}).map(([key, one]) => [key, scalarText(one)]));

function labelSpecs(entry: JsonObject, selectors: readonly FieldSpec[], templates: readonly FieldSpec[]): FieldSpec[] {
  const own = listAt(entry, "fields").map(fieldSpecOf);
  if (entry["includeSelectors"] === true) return [...own, ...selectors];
  const inTemplates = entry["includeTemplates"] === true ? [...templates, ...TEMPLATE_LABELS] : [];
  return [...own, ...inTemplates, ...METADATA_LABELS];
}
