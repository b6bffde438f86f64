/** patches, patchesStrategicMerge and patchesJson6902 (kustomize PatchTransformer, PatchStrategicMergeTransformer, PatchJson6902Transformer). */

import { matchesSelector } from "../commands/selectors.ts";
import { isObject, type Json, type JsonObject, setAt, textAt } from "../object.ts";
import { YamlProblem } from "../resources/go-yaml.ts";
import { BuildError } from "./errors.ts";
import { applyOperations, type Operation, operationsOf } from "./json-patch.ts";
import { checkFields, entriesOf, type Kustomization, stringsOf } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { mergePatch } from "./merge.ts";
import { identityText, Resource, scalarText } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { select, selectorOf } from "./transformers.ts";
import { parseResources } from "./yaml.ts";

const TARGET = ["group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"];

interface NameOptions {
  readonly allowNameChange: boolean;
  readonly allowKindChange: boolean;
}

/** A patch that says itself what it is for. */
function targetOf(resources: Resources, patch: Resource): Resource {
  const id = patch.original;
  const found = resources.byAnyIdentity(id);
  const [first] = found;
  if (first !== undefined && found.length === 1) return first;
  const what = found.length === 0 ? "no matches" : "multiple matches";
  const text = identityText(id);
  throw new BuildError(`${what} for Id ${text}; failed to find unique target for patch ${text}`);
}

function applyStrategic(resources: Resources, target: Resource, patch: JsonObject, options: NameOptions): void {
  const { kind } = target.gvk;
  const [name, namespace] = [target.name, target.namespace];
  const merged = mergePatch(target.object, patch, kind);
  if (merged === undefined) {
    resources.list = resources.list.filter((one) => one !== target);
    return;
  }
  target.remember();
  target.object = merged;
  if (!options.allowKindChange) merged["kind"] = kind;
  if (!options.allowNameChange) {
    setAt(merged, ["metadata", "name"], name);
    setAt(merged, ["metadata", "namespace"], namespace === "" ? undefined : namespace);
  }
}

function applyJson(target: Resource, operations: readonly Operation[], options: NameOptions): void {
  const [name, { kind }] = [target.name, target.gvk];
  target.remember();
  const patched = applyOperations(target.object, operations);
  target.object = patched;
  if (!options.allowKindChange) patched["kind"] = kind;
  if (!options.allowNameChange && textAt(patched, "metadata", "name") !== name)
    setAt(patched, ["metadata", "name"], name);
}

type Parsed =
  | { readonly type: "strategic"; readonly patches: readonly JsonObject[] }
  | { readonly type: "json"; readonly operations: readonly Operation[] };

/** An entry is one or the other; which one shows in its shape. */
function parsePatch(text: string, where: string): Parsed {
  const neither = () => new BuildError(`unable to parse SM or JSON patch from ${where}`);
  let documents: Json[];
  try {
    documents = parseResources(text);
  } catch (error) {
    if (error instanceof YamlProblem) throw neither();
    throw error;
  }
  const [first] = documents;
  if (documents.length === 1 && Array.isArray(first)) return { type: "json", operations: operationsOf(first) };
  const patches = documents.filter(isObject);
  if (patches.length === 0 || patches.length < documents.length) throw neither();
  return { type: "strategic", patches };
}

const needsIdentity = (patch: JsonObject): boolean =>
  textAt(patch, "kind") === "" || textAt(patch, "metadata", "name") === "";

function applyEntry(resources: Resources, loader: Loader, entry: JsonObject): void {
  const [path, inline] = [scalarText(entry["path"]), scalarText(entry["patch"])];
  if (path === "" && inline === "") throw new BuildError("must specify one of patch and path in\n");
  if (path !== "" && inline !== "") throw new BuildError("patch and path can't be set at the same time\n");
  const options = isObject(entry["options"]) ? entry["options"] : {};
  checkFields(options, ["allowNameChange", "allowKindChange"]);
  const names = {
    allowNameChange: options["allowNameChange"] === true,
    allowKindChange: options["allowKindChange"] === true,
  };
  const text = path === "" ? inline : readPatch(loader, path);
  const parsed = parsePatch(
    text,
    path === "" ? `[patch: ${JSON.stringify(inline)}]` : `[path: ${JSON.stringify(path)}]`,
  );
  const target = entry["target"];
  if (target === undefined || target === null) {
    if (parsed.type === "json") throw new BuildError("must specify a target for JSON patch");
    for (const patch of parsed.patches) {
      const own = new Resource(patch);
      if (needsIdentity(patch)) throw new BuildError(`missing metadata.name in object ${JSON.stringify(patch)}`);
      applyStrategic(resources, targetOf(resources, own), patch, names);
    }
    return;
  }
  if (isObject(target)) checkFields(target, TARGET);
  if (parsed.type === "strategic" && parsed.patches.length > 1)
    throw new BuildError(
      "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field",
    );
  for (const resource of select(resources, selectorOf(target), matchesSelector)) {
    if (parsed.type === "json") applyJson(resource, parsed.operations, names);
    else for (const patch of parsed.patches) applyStrategic(resources, resource, patch, names);
  }
}

function readPatch(loader: Loader, path: string): string {
  try {
    return loader.readText(path);
  } catch (error) {
    if (error instanceof BuildError)
      throw new BuildError(`failed to get the patch file from path(${path}): ${error.message}`);
    throw error;
  }
}

export function applyPatches(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  for (const entry of entriesOf(kustomization, "patches", ["path", "patch", "target", "options"]))
    applyEntry(resources, loader, entry);
}

export function applyPatchesStrategicMerge(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  for (const item of stringsOf(kustomization, "patchesStrategicMerge")) {
    const text = item.includes("\n") ? item : loader.readText(item);
    for (const patch of parseResources(text)) {
      if (!isObject(patch)) throw new BuildError(`unable to parse SM patch from ${JSON.stringify(item)}`);
      const target = targetOf(resources, new Resource(patch));
      applyStrategic(resources, target, patch, { allowNameChange: false, allowKindChange: false });
    }
  }
}

export function applyPatchesJson6902(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  for (const entry of entriesOf(kustomization, "patchesJson6902", ["path", "patch", "target", "options"])) {
    const [path, inline] = [scalarText(entry["path"]), scalarText(entry["patch"])];
    if (path === "" && inline === "") throw new BuildError("must specify one of path and jsonOp");
    const parsed = parsePatch(path === "" ? inline : loader.readText(path), path);
    if (parsed.type !== "json") throw new BuildError("a JSON patch is a list of operations");
    const selector = selectorOf(entry["target"]);
    const found = resources.byAnyIdentity({
      group: selector.group,
      version: selector.version,
      kind: selector.kind,
      name: selector.name,
      namespace: selector.namespace,
    });
    const [target] = found;
    if (target === undefined || found.length > 1) {
      const text = identityText(selector);
      throw new BuildError(
        `${found.length === 0 ? "no matches" : "multiple matches"} for Id ${text}; failed to find unique target for patch ${text}`,
      );
    }
    applyJson(target, parsed.operations, { allowNameChange: false, allowKindChange: false });
  }
}
