/** replacements: a field of one object written into fields of others (kustomize api/filters/replacement). */
import { decodeBase64Text, encodeBase64 } from "../../encoding/index.ts";
import { matchesSelector } from "../commands/selectors.ts";
import { clone, isObject, type Json, type JsonObject, listAt } from "../object.ts";
import { BuildError } from "./errors.ts";
import { checkFields, entriesOf, type Kustomization } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { identityText, isSelected, type Resource, scalarText } from "./resource.ts";
import type { Resources } from "./resources.ts";
import { select, selectorOf } from "./transformers.ts";
import { parseResources } from "./yaml.ts";

const SELECTOR = ["group", "version", "kind", "name", "namespace"];
const OPTIONS = ["delimiter", "index", "encoding", "create"];

interface FieldOptions {
  readonly delimiter: string;
  readonly index: number;
  readonly encoding: string;
  readonly create: boolean;
}

function optionsOf(value: Json | undefined): FieldOptions {
  const entry = isObject(value) ? value : {};
  checkFields(entry, OPTIONS);
  const encoding = scalarText(entry["encoding"]);
  if (encoding !== "" && encoding !== "base64") throw new BuildError(`encoding ${encoding} is not supported here`);
  return {
    delimiter: scalarText(entry["delimiter"]),
    index: Number(entry["index"] ?? 0),
    encoding,
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
  set(value: Json): void;
}

/** The fields a path names. `create`: maps on the way, and the field itself, are made where they are missing. */
function fieldsAt(root: JsonObject, steps: readonly string[], create: boolean): Found[] {
  const walk = (value: Json | undefined, rest: readonly string[], set: (value: Json) => void): Found[] => {
    const [step, ...others] = rest;
    if (step === undefined) return value === undefined && !create ? [] : [{ value: value ?? "", set }];
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
    const ids = matches.map((one) => identityText(one.current)).join(" ");
    throw new BuildError(`multiple matches for selector ${shown}: [${ids}]`);
  }
  const [match] = matches;
  if (match === undefined) throw new BuildError(`nothing selected by ${shown}`);
  const [field] = fieldsAt(match.object, splitFieldPath(path), false);
  if (field === undefined) throw new BuildError(`fieldPath \`${path}\` is missing for replacement source ${shown}`);
  const options = optionsOf(source["options"]);
  let value = clone(field.value);
  if (options.encoding === "base64") value = decodeBase64Text(String(value));
  if (options.delimiter === "") return value;
  const parts = String(value).split(options.delimiter);
  const part = parts[options.index];
  if (part === undefined || options.index < 0)
    throw new BuildError(`options.index ${options.index} is out of bounds for value ${String(value)}`);
  return part;
}

function write(field: Found, value: Json, options: FieldOptions): void {
  if (options.delimiter === "") {
    field.set(options.encoding === "base64" ? encodeBase64(String(value)) : clone(value));
    return;
  }
  const parts = (options.encoding === "base64" ? decodeBase64Text(String(field.value)) : String(field.value)).split(
    options.delimiter,
  );
  if (options.index < 0) parts.unshift(String(value));
  else if (options.index >= parts.length) parts.push(String(value));
  else parts[options.index] = String(value);
  const joined = parts.join(options.delimiter);
  field.set(options.encoding === "base64" ? encodeBase64(joined) : joined);
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
  checkFields(entry, ["source", "targets", "sourceValue"]);
  const targets = listAt(entry, "targets");
  const direct = entry["sourceValue"];
  if (targets.length === 0 || (entry["source"] === undefined && direct === undefined))
    throw new BuildError("replacements must specify a source and at least one target");
  const value = direct === undefined ? sourceValue(resources, entry["source"]) : direct;
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
  for (const entry of entriesOf(kustomization, "replacements", ["source", "targets", "sourceValue", "path"])) {
    const path = scalarText(entry["path"]);
    if (path === "") {
      applyOne(resources, entry);
      continue;
    }
    for (const document of parseResources(loader.readText(path))) {
      for (const one of Array.isArray(document) ? document : [document]) if (isObject(one)) applyOne(resources, one);
    }
  }
}
