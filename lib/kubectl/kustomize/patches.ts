/** patches, patchesStrategicMerge and patchesJson6902 (kustomize PatchTransformer, PatchStrategicMergeTransformer, PatchJson6902Transformer). */

import { quote, toYaml } from "../../encoding/index.ts";
import { matchesSelector } from "../commands/selectors.ts";
import { isObject, type Json, type JsonObject, setAt, textAt } from "../object.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";
import { BuildError } from "./errors.ts";
import { applyOperations, type Operation, operationsOf } from "./json-patch.ts";
import { entriesOf, type Kustomization, stringsOf } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { mergePatch } from "./merge.ts";
import { identityText, Resource, scalarText } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { select, selectorOf } from "./transformers.ts";
import { parseResources } from "./yaml.ts";

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
  const [name, namespace, apiVersion] = [target.name, target.namespace, textAt(target.object, "apiVersion")];
  const merged = mergePatch(target.object, patch, kind);
  if (merged === undefined) {
    resources.list = resources.list.filter((one) => one !== target);
    return;
  }
  target.remember();
  target.object = merged;
  if (!options.allowKindChange) {
    merged["kind"] = kind;
    merged["apiVersion"] = apiVersion;
  }
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

/** An entry is one or the other; which one shows in its shape. Undefined where it is neither. */
function parsePatch(text: string): Parsed | undefined {
  try {
    const json = jsonPatch(text);
    if (json !== undefined) return { type: "json", operations: operationsOf(json) };
    const documents = parseResources(text);
    const patches = documents.filter(isObject);
    return patches.length === 0 || patches.length < documents.length ? undefined : { type: "strategic", patches };
  } catch (error) {
    if (error instanceof YamlProblem) return undefined;
    throw error;
  }
}

/** A list of operations: JSON where it begins like JSON, else YAML 1.1. */
function jsonPatch(text: string): Json[] | undefined {
  if (text.startsWith("[")) {
    try {
      const value = JSON.parse(text) as Json;
      return Array.isArray(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
  if (!text.trimStart().startsWith("-")) return undefined;
  const value = yamlToJson(text);
  return Array.isArray(value) ? value : undefined;
}

const needsIdentity = (patch: JsonObject): boolean =>
  textAt(patch, "kind") === "" || textAt(patch, "metadata", "name") === "";

/** What is wrong with an entry itself, shown with the entry. */
function misconfigured(entry: JsonObject, why: string): BuildError {
  return new BuildError(
    `trouble configuring builtin PatchTransformer with config: \`\n${toYaml(withoutEmpty(entry))}\`: ${why}`,
  );
}
const withoutEmpty = (entry: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== ""));

function applyEntry(resources: Resources, loader: Loader, entry: JsonObject): void {
  const [path, inline] = [scalarText(entry["path"]), scalarText(entry["patch"])];
  if (path === "" && inline === "")
    throw misconfigured(entry, `must specify one of patch and path in\n${toYaml(withoutEmpty(entry))}`);
  if (path !== "" && inline !== "")
    throw misconfigured(entry, `patch and path can't be set at the same time\n${toYaml(entry)}`);
  const options = isObject(entry["options"]) ? entry["options"] : {};
  const names = {
    allowNameChange: options["allowNameChange"] === true,
    allowKindChange: options["allowKindChange"] === true,
  };
  const shown = path === "" ? `[patch: ${quote(inline)}]` : `[path: ${quote(path)}]`;
  const text = path === "" ? inline : readPatch(entry, loader, path);
  if (/^(?:\s|\[\s*\]|null|~|#[^\n]*)*$/.test(text))
    throw misconfigured(entry, `illegally qualifies as both an SM and JSON patch: ${shown}`);
  const parsed = parsePatch(text);
  if (parsed?.type === "strategic" && parsed.patches.some(needsIdentity))
    throw misconfigured(entry, `unable to parse SM or JSON patch from ${shown}`);
  if (parsed === undefined) throw misconfigured(entry, `unable to parse SM or JSON patch from ${shown}`);
  const target = entry["target"];
  if (target === undefined || target === null) {
    if (parsed.type === "json") throw new BuildError(`must specify a target for JSON patch ${shown}`);
    for (const patch of parsed.patches)
      applyStrategic(resources, matched(resources, new Resource(patch)), patch, names);
    return;
  }
  if (parsed.type === "strategic" && parsed.patches.length > 1)
    throw new BuildError(
      `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${shown}`,
    );
  for (const resource of select(resources, selectorOf(target), matchesSelector)) {
    if (parsed.type === "json") applyJson(resource, parsed.operations, names);
    else for (const patch of parsed.patches) applyStrategic(resources, resource, patch, names);
  }
}

function matched(resources: Resources, patch: Resource): Resource {
  try {
    return targetOf(resources, patch);
  } catch (error) {
    throw error instanceof BuildError
      ? new BuildError(
          `no resource matches strategic merge patch ${quote(identityText(patch.current))}: ${error.message}`,
        )
      : error;
  }
}

function readPatch(entry: JsonObject, loader: Loader, path: string): string {
  try {
    return loader.readText(path);
  } catch (error) {
    if (error instanceof BuildError)
      throw misconfigured(entry, `failed to get the patch file from path(${path}): ${error.message}`);
    throw error;
  }
}

export function applyPatches(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  for (const entry of entriesOf(kustomization, "patches")) applyEntry(resources, loader, entry);
}

function readMerge(loader: Loader, items: readonly string[], path: string): string {
  try {
    return loader.readText(path);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    throw new BuildError(
      `trouble configuring builtin PatchStrategicMergeTransformer with config: \`\n${toYaml({ paths: [...items] })}\`: ${error.message}`,
    );
  }
}

export function applyPatchesStrategicMerge(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  const items = stringsOf(kustomization, "patchesStrategicMerge");
  for (const item of items) {
    const text = item.includes("\n") ? item : readMerge(loader, items, item);
    for (const patch of parseResources(text)) {
      if (!isObject(patch)) throw new BuildError(`unable to parse SM patch from ${JSON.stringify(item)}`);
      const target = targetOf(resources, new Resource(patch));
      applyStrategic(resources, target, patch, { allowNameChange: false, allowKindChange: false });
    }
  }
}

export function applyPatchesJson6902(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  for (const entry of entriesOf(kustomization, "patchesJson6902")) {
    const [path, inline] = [scalarText(entry["path"]), scalarText(entry["patch"])];
    if (path === "" && inline === "") throw new BuildError("must specify one of path and jsonOp");
    const parsed = parsePatch(path === "" ? inline : loader.readText(path));
    if (parsed?.type !== "json") throw new BuildError("a JSON patch is a list of operations");
    for (const target of select(resources, selectorOf(entry["target"]), matchesSelector))
      applyJson(target, parsed.operations, { allowNameChange: false, allowKindChange: false });
  }
}
