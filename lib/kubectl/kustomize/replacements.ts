/** replacements: a field of one object written into fields of others (kustomize api/filters/replacement). */
import { toYaml } from "../../encoding/index.ts";
import { matchesSelector } from "../commands/selectors.ts";
import { clone, isObject, type Json, type JsonObject, listAt } from "../object.ts";
import { BuildError } from "./errors.ts";
import { checkFields, entriesOf, type Kustomization } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { isSelected, type Resource, scalarText } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { select, selectorOf } from "./transformers.ts";
import { parseResources } from "./yaml.ts";

const SELECTOR = ["group", "version", "kind", "name", "namespace"];
const OPTIONS = ["delimiter", "index", "encoding", "create"];

interface FieldOptions {
  readonly delimiter: string;
  readonly index: number;
  readonly create: boolean;
}

function optionsOf(value: Json | undefined): FieldOptions {
  const entry = isObject(value) ? value : {};
  checkFields(entry, OPTIONS);
  return {
    delimiter: scalarText(entry["delimiter"]),
    index: Number(entry["index"] ?? 0),
    create: entry["create"] === true,
  };
}

/** Steps of a field path: names between dots, "\." a dot, [key=value] an element, * all elements. */
function splitFieldPath(path: string): string[] {
  const steps: string[] = [];
  let step = "";
  let depth = 0;
  for (let at = 0; at < path.length; at++) {
    const char = path.charAt(at);
    if (char === "\\" && path.charAt(at + 1) === ".") {
      step += ".";
      at++;
    } else if (char === "." && depth === 0) {
      steps.push(step);
      step = "";
    } else {
      if (char === "[") depth++;
      if (char === "]") depth--;
      step += char;
    }
  }
  return [...steps, step].map((one) => (/^\[[^=]*\]$/.test(one) ? one.slice(1, -1) : one));
}

interface Found {
  readonly value: Json;
  /** It was not there. */
  readonly made: boolean;
  set(value: Json): void;
}

/** The fields a path names. `create`: maps on the way, and the field itself, are made where they are missing. */
function fieldsAt(root: JsonObject, steps: readonly string[], create: boolean): Found[] {
  const walk = (value: Json | undefined, rest: readonly string[], set: (value: Json) => void): Found[] => {
    const [step, ...others] = rest;
    if (step === undefined)
      return value === undefined && !create ? [] : [{ value: value ?? "", made: value === undefined, set }];
    const filter = /^\[([^=]+)=(.*)\]$/.exec(step);
    if (Array.isArray(value)) {
      if (step === "*") {
        return value.flatMap((item, index) =>
          walk(item, others, (next) => {
            value[index] = next;
          }),
        );
      }
      if (filter !== null) {
        const [, key = "", wanted = ""] = filter;
        if (create && key !== "" && !value.some((item) => isObject(item) && scalarText(item[key]) === wanted))
          value.push({ [key]: wanted });
        return value.flatMap((item, index) => {
          const matches = key === "" ? scalarText(item) === wanted : isObject(item) && scalarText(item[key]) === wanted;
          return matches
            ? walk(item, others, (next) => {
                value[index] = next;
              })
            : [];
        });
      }
      const index = step === "-" ? value.length - 1 : Number(step);
      if (!Number.isInteger(index) || (index >= value.length && !create)) return [];
      return walk(value[index], others, (next) => {
        value[index] = next;
      });
    }
    if (filter !== null || step === "*") {
      if (step === "*" && isObject(value))
        return Object.keys(value).flatMap((key) =>
          walk(value[key], others, (next) => {
            value[key] = next;
          }),
        );
      return [];
    }
    let holder = value;
    if (!isObject(holder)) {
      if (!create || (holder !== undefined && holder !== null)) return [];
      holder = {};
      set(holder);
    }
    const map = holder;
    return walk(map[step], others, (next) => {
      map[step] = next;
    });
  };
  return walk(root, steps, () => undefined);
}

function sourceValue(resources: Resources, source: Json | undefined): Json {
  if (!isObject(source)) throw new BuildError("replacements must specify a source and at least one target");
  checkFields(source, [...SELECTOR, "fieldPath", "options"]);
  const selector = selectorOf(source);
  const matches = resources.list.filter((resource) =>
    resource.identities.some(
      (id) =>
        isSelected(id, selector) &&
        (selector.name === "" || id.name === selector.name) &&
        (selector.namespace === "" || (id.namespace || "default") === selector.namespace),
    ),
  );
  const path = scalarText(source["fieldPath"]) || "metadata.name";
  const shown = `${selector.kind || "[noKind]"}.${selector.version || "[noVer]"}.${selector.group || "[noGrp]"}/${selector.name || "[noName]"}.${selector.namespace || "[noNs]"}`;
  if (matches.length > 1) {
    throw new BuildError(`multiple matches for selector ${shown}`);
  }
  const [match] = matches;
  if (match === undefined) throw new BuildError(`nothing selected by ${shown}`);
  const [field] = fieldsAt(match.object, splitFieldPath(path), false);
  if (field === undefined) throw new BuildError(`fieldPath \`${path}\` is missing for replacement source ${shown}`);
  const options = optionsOf(source["options"]);
  const value = clone(field.value);
  if (options.delimiter === "") return value;
  const parts = String(value).split(options.delimiter);
  const part = parts[options.index];
  if (part === undefined || options.index < 0)
    throw new BuildError(`options.index ${options.index} is out of bounds for value ${String(value)}`);
  return part;
}

/** Upstream reads options.encoding, and does nothing with it. */
function write(field: Found, value: Json, options: FieldOptions): void {
  const { value: old } = field;
  if (options.delimiter !== "") {
    const parts = scalarText(old).split(options.delimiter);
    if (options.index < 0) parts.unshift(scalarText(value));
    else if (options.index >= parts.length) parts.push(scalarText(value));
    else parts[options.index] = scalarText(value);
    field.set(ofType(old, parts.join(options.delimiter)));
  } else if (typeof old === "object" && old !== null) field.set(clone(value));
  else if (typeof value === "object" && value !== null && field.made) field.set(clone(value));
  else field.set(field.made ? plainScalar(scalarText(value)) : ofType(old, scalarText(value)));
}

/** Only the text of a scalar is copied: what it is read as stays what it was. */
const ofType = (old: Json, text: string): Json => (typeof old === "string" ? text : plainScalar(text));

function plainScalar(text: string): Json {
  try {
    const [value] = parseResources(text);
    return value === undefined || typeof value === "object" ? text : value;
  } catch {
    return text;
  }
}

function rejected(resource: Resource, rejects: readonly Json[]): boolean {
  return rejects.some((reject) => {
    if (isObject(reject)) checkFields(reject, SELECTOR);
    const selector = selectorOf(reject);
    return (
      isSelected(resource.gvk, selector) &&
      (selector.name === "" || resource.identities.some(({ name }) => name === selector.name)) &&
      (selector.namespace === "" ||
        resource.identities.some(({ namespace }) => (namespace || "default") === selector.namespace))
    );
  });
}

function applyOne(resources: Resources, entry: JsonObject): void {
  checkFields(entry, ["source", "targets"]);
  const targets = listAt(entry, "targets");
  if (targets.length === 0 || entry["source"] === undefined)
    throw new BuildError("replacements must specify a source and at least one target");
  const value = sourceValue(resources, entry["source"]);
  for (const target of targets) {
    if (!isObject(target) || !isObject(target["select"]))
      throw new BuildError("target must specify resources to select");
    checkFields(target, ["select", "reject", "fieldPaths", "options"]);
    checkFields(target["select"], [...SELECTOR, "labelSelector", "annotationSelector"]);
    const options = optionsOf(target["options"]);
    const paths = listAt(target, "fieldPaths").map(String);
    for (const resource of select(resources, selectorOf(target["select"]), matchesSelector)) {
      if (rejected(resource, listAt(target, "reject"))) continue;
      for (const path of paths.length === 0 ? ["metadata.name"] : paths) {
        if (path === "metadata.name" || path === "metadata.namespace") resource.remember();
        const fields = fieldsAt(resource.object, splitFieldPath(path), options.create);
        if (fields.length === 0)
          throw new BuildError(`unable to find field ${JSON.stringify(path)} in replacement target`);
        for (const field of fields) write(field, value, options);
      }
    }
  }
}

export function applyReplacements(resources: Resources, loader: Loader, kustomization: Kustomization): void {
  const entries = entriesOf(kustomization, "replacements");
  const texts = entries.map((entry) => {
    const path = scalarText(entry["path"]);
    try {
      return path === "" ? undefined : loader.readText(path);
    } catch (error) {
      if (!(error instanceof BuildError)) throw error;
      throw new BuildError(
        `trouble configuring builtin ReplacementTransformer with config: \`\n${toYaml({ Replacements: entries })}\`: ${error.message}`,
      );
    }
  });
  for (const [i, entry] of entries.entries()) {
    const text = texts[i];
    if (text === undefined) {
      applyOne(resources, entry);
      continue;
    }
    for (const document of parseResources(text)) {
      for (const one of Array.isArray(document) ? document : [document]) if (isObject(one)) applyOne(resources, one);
    }
  }
}
