// Makes lib/kubernetes/api/generated/schemas.js: the shapes of the API's kinds, from @kubernetes/client-node's models
// (fields, types, required, upstream's descriptions) and our overlay (lib/kubernetes/api/schema-overlay.json: what the
// models lack). Generated rather than committed because the descriptions are upstream's text. Does nothing when the
// result is newer than what it is made of.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const api = join(root, "lib", "kubernetes", "api");
const models = join(root, "node_modules", "@kubernetes", "client-node", "dist", "gen", "models");
const overlayFile = join(api, "schema-overlay.json");
const mergeKeysFile = join(api, "strategic-merge-keys.txt");
const target = join(api, "generated", "schemas.js");

/** Dotted prefixes of groups, and the models each group's kinds are found under. Core first: others refer to it. */
const groups = [
  {
    prefix: "io.k8s.apimachinery.pkg.apis.meta",
    models:
      "V1ObjectMeta V1ListMeta V1LabelSelector V1OwnerReference V1ManagedFieldsEntry V1Condition V1Status V1DeleteOptions V1Preconditions V1FieldSelectorRequirement",
  },
  {
    prefix: "io.k8s.api.core",
    group: "",
    kinds:
      "Namespace Node Pod Service Endpoints ConfigMap Secret ServiceAccount CoreV1Event PersistentVolume PersistentVolumeClaim ReplicationController LimitRange ResourceQuota PodTemplate ComponentStatus Binding",
    models: "V1TopologySelectorTerm",
  },
  {
    prefix: "io.k8s.api.apps",
    group: "apps",
    kinds: "Deployment ReplicaSet StatefulSet DaemonSet ControllerRevision",
  },
  { prefix: "io.k8s.api.batch", group: "batch", kinds: "Job CronJob" },
  {
    prefix: "io.k8s.api.autoscaling",
    group: "autoscaling",
    kinds: "Scale HorizontalPodAutoscaler V2HorizontalPodAutoscaler",
  },
  { prefix: "io.k8s.api.discovery", group: "discovery.k8s.io", kinds: "EndpointSlice" },
  {
    prefix: "io.k8s.api.storage",
    group: "storage.k8s.io",
    kinds: "StorageClass VolumeAttachment CSIDriver CSINode CSIStorageCapacity VolumeAttributesClass",
  },
  { prefix: "io.k8s.api.policy", group: "policy", kinds: "PodDisruptionBudget Eviction" },
  {
    prefix: "io.k8s.api.networking",
    group: "networking.k8s.io",
    kinds: "NetworkPolicy Ingress IngressClass IPAddress ServiceCIDR",
  },
  {
    prefix: "io.k8s.api.rbac",
    group: "rbac.authorization.k8s.io",
    kinds: "Role RoleBinding ClusterRole ClusterRoleBinding",
  },
  {
    prefix: "io.k8s.api.authorization",
    group: "authorization.k8s.io",
    kinds: "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  },
  {
    prefix: "io.k8s.api.authentication",
    group: "authentication.k8s.io",
    kinds: "TokenReview SelfSubjectReview AuthenticationV1TokenRequest",
  },
  { prefix: "io.k8s.api.scheduling", group: "scheduling.k8s.io", kinds: "PriorityClass" },
  { prefix: "io.k8s.api.coordination", group: "coordination.k8s.io", kinds: "Lease" },
  {
    prefix: "io.k8s.api.certificates",
    group: "certificates.k8s.io",
    kinds: "CertificateSigningRequest",
  },
  { prefix: "io.k8s.api.events", group: "events.k8s.io", kinds: "EventsV1Event" },
  { prefix: "io.k8s.api.node", group: "node.k8s.io", kinds: "RuntimeClass" },
  {
    prefix: "io.k8s.api.admissionregistration",
    group: "admissionregistration.k8s.io",
    kinds: "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
  },
  {
    prefix: "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
    group: "apiextensions.k8s.io",
    kinds: "CustomResourceDefinition",
  },
];

const QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
const TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.Time";
const MICRO_TIME = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime";

/** Also vitest's global set-up. */
export default function generateSchemas() {
  if (!existsSync(models)) throw new Error("@kubernetes/client-node is not installed: the schemas cannot be generated");
  if (!upToDate()) generate();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generateSchemas();

function upToDate() {
  if (!existsSync(target)) return false;
  const made = statSync(target).mtimeMs;
  const sources = [fileURLToPath(import.meta.url), overlayFile, mergeKeysFile, join(models, "V1Pod.js")];
  return sources.every((source) => statSync(source).mtimeMs < made);
}

function generate() {
  const overlay = JSON.parse(readFileSync(overlayFile, "utf8"));
  const named = new Map();
  const found = new Map();
  for (const { prefix, group, kinds, models: shared } of groups) {
    for (const model of shared?.split(" ") ?? []) visit(model, prefix, named, found);
    for (const name of kinds?.split(" ") ?? []) {
      const model = /V\d/.test(name) ? name : `V1${name}`;
      visit(model, prefix, named, found);
      const [, version, kind] = split(model);
      found.get(named.get(model))["x-kubernetes-group-version-kind"] = [{ group, kind, version }];
    }
  }
  for (const [name, schema] of Object.entries(overlay.schemas)) found.set(name, schema);
  applyOverlay(found, overlay);
  applyMergeKeys(found, readFileSync(mergeKeysFile, "utf8"));
  write(found);
}

function split(model) {
  const match = /^[A-Z]?[a-z]*(V(\d+(?:(?:alpha|beta)\d+)?))(.+)$/.exec(model);
  if (match === null) throw new Error(`no version in the name of model ${model}`);
  return [match[0], `v${match[2]}`, match[3]];
}

/** Reads a model and those it refers to; `named` maps model names to dotted names, `found` dotted names to schemas. */
function visit(model, prefix, named, found) {
  if (named.has(model)) return named.get(model);
  const [, version, kind] = split(model);
  const dotted = `${prefix}.${version}.${kind}`;
  named.set(model, dotted);
  const { description, attributes, comments, required } = read(model);
  const properties = {};
  for (const { baseName, type, format } of attributes) {
    const property = convert(type, format, (name) => visit(name, prefix, named, found));
    const comment = comments.get(baseName);
    properties[baseName] = comment === undefined ? property : { description: comment, ...property };
  }
  found.set(dotted, {
    ...(description === undefined ? {} : { description }),
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
  });
  return dotted;
}

function read(model) {
  const script = readFileSync(join(models, `${model}.js`), "utf8");
  const map = /attributeTypeMap = (\[[\s\S]*?\n\]);/.exec(script);
  if (map === null) throw new Error(`no attributeTypeMap in model ${model}`);
  const attributes = JSON.parse(map[1]);
  const base = new Map(attributes.map(({ name, baseName }) => [name, baseName]));
  const declaration = readFileSync(join(models, `${model}.d.ts`), "utf8");
  const description = /\/\*\*\n\* ([^\n]*)\n\*\/\nexport declare class/.exec(declaration)?.[1];
  const comments = new Map();
  const required = [];
  const field = /(?:\/\*\*\n\s+\* ([^\n]*)\n\s+\*\/\n\s+)?'(\w+)'(\??):/g;
  for (const [, comment, name, optional] of declaration.matchAll(field)) {
    const key = base.get(name);
    if (key === undefined) continue;
    if (comment !== undefined) comments.set(key, unescaped(comment));
    if (optional === "") required.push(key);
  }
  return {
    description: description === undefined ? undefined : unescaped(description),
    attributes,
    comments,
    required,
  };
}

function unescaped(text) {
  return text.replace(/\\(['"\\])/g, "$1");
}

function convert(type, format, refer) {
  const list = /^Array<(.+)>$/.exec(type);
  if (list !== null) return { type: "array", items: convert(list[1], format, refer) };
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map !== null) return { type: "object", additionalProperties: convert(map[1], format, refer) };
  switch (type) {
    case "string":
      return format === "" ? { type: "string" } : { type: "string", format };
    case "number":
      return format === "double"
        ? { type: "number", format }
        : { type: "integer", ...(format === "" ? {} : { format }) };
    case "boolean":
      return { type: "boolean" };
    case "Date":
      return { $ref: TIME };
    case "V1MicroTime":
      return { $ref: MICRO_TIME };
    case "IntOrString":
      return { $ref: INT_OR_STRING };
    case "any":
      return { "x-kubernetes-preserve-unknown-fields": true };
    default:
      return { $ref: refer(type) };
  }
}

/** "core.v1.PodSpec" to the dotted name of its schema. */
function dottedName(short, found) {
  const candidates = [
    `io.k8s.api.${short}`,
    `io.k8s.apimachinery.pkg.apis.${short}`,
    `io.k8s.apiextensions-apiserver.pkg.apis.${short}`,
  ];
  const name = candidates.find((candidate) => found.has(candidate));
  if (name === undefined) throw new Error(`schema-overlay.json names ${short}, which is no schema`);
  return name;
}

function property(path, found) {
  const dot = path.lastIndexOf(".");
  const schema = found.get(dottedName(path.slice(0, dot), found));
  const key = path.slice(dot + 1);
  const value = schema.properties?.[key];
  if (value === undefined) throw new Error(`schema-overlay.json names ${path}, which is no field`);
  return { schema, key, value };
}

function applyOverlay(found, overlay) {
  for (const [path, values] of Object.entries(overlay.enums)) {
    const { value } = property(path, found);
    (value.items ?? value).enum = values.split(" ");
  }
  for (const [path, value] of Object.entries(overlay.defaults)) property(path, found).value.default = value;
  for (const path of overlay.quantities) {
    const { schema, key, value } = property(path, found);
    if (value.additionalProperties !== undefined) value.additionalProperties = { $ref: QUANTITY };
    else {
      const { type: _, ...rest } = value;
      schema.properties[key] = { ...rest, $ref: QUANTITY };
    }
  }
  for (const short of overlay.atomicMaps) {
    const isField = /\.[a-z]\w*$/.test(short);
    const value = isField ? property(short, found).value : found.get(dottedName(short, found));
    value["x-kubernetes-map-type"] = "atomic";
  }
  for (const schema of found.values()) {
    for (const value of Object.values(schema.properties ?? {})) {
      if (value.type === "array") value["x-kubernetes-list-type"] = "atomic";
    }
  }
  for (const path of overlay.sets) property(path, found).value["x-kubernetes-list-type"] = "set";
  for (const [path, keys] of Object.entries(overlay.listMapKeys)) {
    const { value } = property(path, found);
    value["x-kubernetes-list-type"] = "map";
    value["x-kubernetes-list-map-keys"] = keys.split(" ");
  }
}

/** Lines such as core.v1.PodSpec.volumes=name(merge,retainKeys). */
function applyMergeKeys(found, text) {
  for (const line of text.split("\n")) {
    const match = /^(.+)=(\w*)\(([\w,]+)\)$/.exec(line.trim());
    if (match === null) continue;
    const [, path, key, strategies] = match;
    if (path === "meta.v1.LabelSelectorRequirement.key") continue;
    const { value } = property(path, found);
    value["x-kubernetes-patch-strategy"] = strategies;
    if (key !== "") value["x-kubernetes-patch-merge-key"] = key;
  }
}

/** One string of JSON per schema, without descriptions (those apart): parsed when first asked for. */
function write(found) {
  const names = [...found.keys()].sort();
  const shapes = {};
  const descriptions = {};
  for (const name of names) {
    const texts = {};
    shapes[name] = JSON.stringify(found.get(name), (key, value) => {
      if (key === "properties" || value === null || typeof value !== "object" || Array.isArray(value)) return value;
      const { description, ...rest } = value;
      return typeof description === "string" ? rest : value;
    });
    const schema = found.get(name);
    if (schema.description !== undefined) texts[""] = schema.description;
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      if (typeof value.description === "string") texts[key] = value.description;
    }
    descriptions[name] = JSON.stringify(texts);
  }
  const ascii = (value) =>
    JSON.stringify(value, null, 0).replace(
      /[\u007f-\uffff]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  const text = `// Generated by scripts/generate-schemas.mjs. Not to be edited or committed.\nexport const shapes = ${ascii(shapes)};\nexport const descriptions = ${ascii(descriptions)};\n`;
  mkdirSync(dirname(target), { recursive: true });
  // Renamed into place: two test runners may generate at the same time.
  writeFileSync(`${target}.${process.pid}`, text);
  renameSync(`${target}.${process.pid}`, target);
}
