/** Prefixes and suffixes, namespaces, images and replicas (kustomize plugin/builtin). */
import { RE2JS } from "re2js";
import { isObject, type Json, type JsonObject, listAt, objectAt, setAt } from "../object.ts";
import { BuildError } from "./errors.ts";
import { type FieldSpec, placesOf, setPlace, valueAt } from "./field-specs.ts";
import { entriesOf, type Kustomization } from "./kustomization.ts";
import { identityText, isClusterScoped, type Resource, scalarText } from "./resource.ts";
import type { Resources } from "./resources.ts";

const keepsName = ({ group, kind }: { readonly group: string; readonly kind: string }): boolean =>
  kind === "CustomResourceDefinition" ||
  kind === "Namespace" ||
  (kind === "APIService" && group === "apiregistration.k8s.io");

/** Fields besides metadata.name that a configuration wants changed. */
function changeTexts(resource: Resource, specs: readonly FieldSpec[], change: (text: string) => string): void {
  for (const spec of specs)
    for (const place of placesOf(resource, spec, "scalar")) {
      const value = valueAt(place);
      if (value === undefined || typeof value === "string") setPlace(place, change(value ?? ""));
    }
}
const otherThanName = (specs: readonly FieldSpec[]) => specs.filter(({ path }) => path !== "metadata/name");

export function addPrefix(resources: Resources, prefix: string, specs: readonly FieldSpec[]): void {
  if (prefix === "") return;
  for (const resource of resources.list) {
    if (keepsName(resource.original)) continue;
    resource.remember();
    resource.prefixes.push(prefix);
    resource.setName(`${prefix}${resource.name}`);
    changeTexts(resource, otherThanName(specs), (text) => `${prefix}${text}`);
  }
}

export function addSuffix(resources: Resources, suffix: string, specs: readonly FieldSpec[]): void {
  if (suffix === "") return;
  for (const resource of resources.list) {
    if (keepsName(resource.original)) continue;
    resource.remember();
    resource.suffixes.push(suffix);
    resource.setName(`${resource.name}${suffix}`);
    changeTexts(resource, otherThanName(specs), (text) => `${text}${suffix}`);
  }
}

export function setNamespace(resources: Resources, namespace: string, specs: readonly FieldSpec[]): void {
  if (namespace === "") return;
  for (const resource of resources.list) {
    resource.remember();
    const { object, gvk } = resource;
    if (gvk.kind === "Namespace" && gvk.group === "") resource.setName(namespace);
    else if (!isClusterScoped(gvk)) setAt(object, ["metadata", "namespace"], namespace);
    if (gvk.kind === "RoleBinding" || gvk.kind === "ClusterRoleBinding") {
      // Others are found by name later; the default account is nobody's resource.
      for (const subject of listAt(object, "subjects"))
        if (isObject(subject) && subject["kind"] === "ServiceAccount" && subject["name"] === "default")
          subject["namespace"] = namespace;
    }
    if (gvk.kind === "APIService") setAt(object, ["spec", "service", "namespace"], namespace);
    if (gvk.kind === "CustomResourceDefinition") {
      const service = objectAt(object, "spec", "conversion", "webhook", "clientConfig", "service");
      if (Object.keys(service).length > 0) service["namespace"] = namespace;
    }
    changeTexts(resource, specs, () => namespace);
    const matches = resources.byCurrentIdentity(resource.current);
    if (matches.length !== 1)
      throw new BuildError(
        `namespace transformation produces ID conflict: [${matches.map((one) => identityText(one.current)).join(" ")}]`,
      );
  }
}

// --------------------------------------------------------------------------------------------------------------- images

interface ImageParts {
  name: string;
  tag: string;
  digest: string;
}

function splitImage(image: string): ImageParts {
  const at = image.indexOf("@");
  const [rest, digest] = at === -1 ? [image, ""] : [image.slice(0, at), image.slice(at + 1)];
  const colon = rest.lastIndexOf(":");
  // A colon before the last slash is a registry's port.
  if (colon === -1 || colon < rest.lastIndexOf("/")) return { name: rest, tag: "", digest };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1), digest };
}

/** These are text: a tag like 1.20 that is a number has lost its end already. */
function imageText(entry: JsonObject, field: string): string {
  const value = entry[field] ?? "";
  if (typeof value === "string") return value;
  const type = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  throw new BuildError(
    `invalid Kustomization: json: cannot unmarshal ${type} into Go struct field Image.images.${field} of type string`,
  );
}

/** What is no expression matches nothing. */
function imageNames(name: string): { test(text: string): boolean } {
  try {
    return linear(`^${name}(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$`);
  } catch {
    return { test: () => false };
  }
}

export function setImages(resources: Resources, kustomization: Kustomization, specs: readonly FieldSpec[]): void {
  const fields = ["name", "newName", "newTag", "tagSuffix", "digest"];
  for (const list of ["imageTags", "images"]) {
    for (const entry of entriesOf(kustomization, list)) {
      const [name, newName, newTag, suffix, digest] = fields.map((field) => imageText(entry, field)) as [
        string,
        string,
        string,
        string,
        string,
      ];
      // Names are expressions, as upstream takes them.
      const matches = imageNames(name);
      const change = (image: string): string => {
        if (!matches.test(image)) return image;
        const parts = splitImage(image);
        if (newName !== "") parts.name = newName;
        if (newTag !== "" || digest !== "") {
          parts.tag = newTag;
          parts.digest = digest;
        } else if (suffix !== "") {
          parts.tag += suffix;
          parts.digest = "";
        }
        return `${parts.name}${parts.tag === "" ? "" : `:${parts.tag}`}${parts.digest === "" ? "" : `@${parts.digest}`}`;
      };
      for (const resource of resources.list) {
        if (resource.gvk.kind === "CustomResourceDefinition") continue;
        // Upstream goes over Pods and Pod templates twice: it shows where a suffix is added.
        for (const spec of [objectAt(resource.object, "spec"), objectAt(resource.object, "spec", "template", "spec")])
          changeContainers(spec, change);
        changeImages(resource.object, change);
        changeTexts(resource, specs, change);
      }
    }
  }
}

/** Images of all containers, wherever they stand. */
function changeImages(value: Json, change: (image: string) => string): void {
  if (Array.isArray(value)) {
    for (const item of value) changeImages(item, change);
    return;
  }
  if (!isObject(value)) return;
  changeContainers(value, change);
  for (const field of Object.values(value)) changeImages(field, change);
}

function changeContainers(holder: JsonObject, change: (image: string) => string): void {
  for (const key of ["containers", "initContainers"]) {
    for (const container of listAt(holder, key)) {
      if (isObject(container) && typeof container["image"] === "string")
        container["image"] = change(container["image"]);
    }
  }
}

// ------------------------------------------------------------------------------------------------------------- replicas

const SCALED = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"];

export function setReplicas(resources: Resources, kustomization: Kustomization): void {
  for (const entry of entriesOf(kustomization, "replicas")) {
    const [name, count] = [scalarText(entry["name"]), Number(entry["count"] ?? 0)];
    const found = resources.list.filter((resource) =>
      resource.identities.some((id) => id.name === name && SCALED.includes(id.kind)),
    );
    if (found.length === 0) {
      const kinds = SCALED.map((kind) => `${kind}.[noVer].[noGrp]`).join(" ");
      throw new BuildError(`resource with name ${name} does not match a config with the following GVK [${kinds}]`);
    }
    for (const resource of found) setAt(resource.object, ["spec", "replicas"], count);
  }
}

// ------------------------------------------------------------------------------------------------------------ selection

interface Selector {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labelSelector: string;
  readonly annotationSelector: string;
}

export function selectorOf(value: Json | undefined): Selector {
  const field = (name: string) => scalarText(isObject(value) ? value[name] : undefined);
  return {
    group: field("group"),
    version: field("version"),
    kind: field("kind"),
    name: field("name"),
    namespace: field("namespace"),
    labelSelector: field("labelSelector"),
    annotationSelector: field("annotationSelector"),
  };
}

/** Objects a patch's target names: parts are expressions for the whole of a value, by original or current identity. */
export function select(
  resources: Resources,
  selector: Selector,
  matchesLabels: (selector: string, labels: Readonly<Record<string, string>>) => boolean,
): Resource[] {
  const whole = (pattern: string): ((text: string) => boolean) => {
    if (pattern === "") return () => true;
    const expression = anchored(pattern);
    return (text) => expression.test(text);
  };
  const [group, version, kind, name, namespace] = (["group", "version", "kind", "name", "namespace"] as const).map(
    (field) => whole(selector[field]),
  ) as [
    (t: string) => boolean,
    (t: string) => boolean,
    (t: string) => boolean,
    (t: string) => boolean,
    (t: string) => boolean,
  ];
  const pairs = (resource: Resource, field: string) =>
    Object.fromEntries(
      Object.entries(objectAt(resource.object, "metadata", field)).map(([key, one]) => [key, String(one)]),
    );
  return resources.list.filter((resource) => {
    const ids = [resource.original, resource.current];
    const { gvk } = resource;
    return (
      ids.some((id) => namespace(id.namespace || "default")) &&
      ids.some((id) => name(id.name)) &&
      group(gvk.group) &&
      version(gvk.version) &&
      kind(gvk.kind) &&
      (selector.labelSelector === "" || matchesLabels(selector.labelSelector, pairs(resource, "labels"))) &&
      (selector.annotationSelector === "" || matchesLabels(selector.annotationSelector, pairs(resource, "annotations")))
    );
  });
}

function anchored(pattern: string): { test(text: string): boolean } {
  const whole = `^(?:${pattern})$`;
  try {
    return linear(whole);
  } catch (error) {
    throw new BuildError((error as Error).message);
  }
}

/** Learners' expressions run on a linear-time engine. */
function linear(source: string): { test(text: string): boolean } {
  const expression = RE2JS.compile(source);
  return { test: (text) => expression.matcher(text).find() };
}
