/** configMapGenerator and secretGenerator (kustomize api/internal/generators, api/kv). */
import { isObject, type Json, type JsonObject } from "../object.ts";
import { encodeBase64Bytes } from "./base64.ts";
import { BuildError } from "./errors.ts";
import { checkFields, entriesOf, type Kustomization } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { type Behavior, Resource } from "./resource.ts";

interface Pair {
  readonly key: string;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();
const COMMON = ["name", "namespace", "behavior", "literals", "files", "envs", "env", "options"];
const OPTIONS = ["labels", "annotations", "disableNameSuffixHash", "immutable"];

interface Options {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly withoutHash: boolean;
  readonly immutable: boolean;
}

function optionsOf(global: Json | undefined, local: Json | undefined): Options {
  const [from, own] = [global, local].map((value) => (isObject(value) ? value : {})) as [JsonObject, JsonObject];
  checkFields(from, OPTIONS);
  checkFields(own, OPTIONS);
  const merged = (field: string): JsonObject => {
    const [a, b] = [from[field], own[field]].map((value) => (isObject(value) ? value : {})) as [JsonObject, JsonObject];
    return Object.fromEntries(Object.entries({ ...a, ...b }).map(([key, value]) => [key, String(value)]));
  };
  return {
    labels: merged("labels"),
    annotations: merged("annotations"),
    withoutHash: from["disableNameSuffixHash"] === true || own["disableNameSuffixHash"] === true,
    immutable: from["immutable"] === true || own["immutable"] === true,
  };
}

const strings = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
const text = (value: Json | undefined): string => (value === undefined || value === null ? "" : String(value));

function literal(source: string): Pair {
  const equals = source.indexOf("=");
  if (equals < 1) throw new BuildError(`invalid literal source ${source}, expected key=value`);
  const value = source.slice(equals + 1).replace(/^["']+|["']+$/g, "");
  return { key: source.slice(0, equals), value: encoder.encode(value) };
}

function file(loader: Loader, source: string): Pair {
  const parts = source.split("=");
  const [first = "", second] = parts;
  if (parts.length > 2) throw new BuildError("key names or file paths cannot contain '='");
  if (second === undefined) return { key: first.slice(first.lastIndexOf("/") + 1), value: loader.readBytes(first) };
  if (first === "") throw new BuildError(`key name for file path ${second} missing`);
  if (second === "") throw new BuildError(`file path for key name ${first} missing`);
  return { key: first, value: loader.readBytes(second) };
}

function envFile(loader: Loader, path: string): Pair[] {
  const pairs: Pair[] = [];
  for (const line of loader
    .readText(path)
    .replace(/^\ufeff/, "")
    .split("\n")) {
    const trimmed = line.replace(/\r$/, "").trimStart();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const equals = trimmed.indexOf("=");
    // A name alone is taken from the environment upstream; what a build gives must not depend on who runs it here.
    if (equals === -1)
      throw new BuildError(
        `line "${trimmed}" of ${path} has no value: taking it from the environment is not supported here`,
      );
    pairs.push({ key: trimmed.slice(0, equals), value: encoder.encode(trimmed.slice(equals + 1)) });
  }
  return pairs;
}

function pairsOf(loader: Loader, entry: JsonObject, kind: string, name: string): Pair[] {
  const load = (label: string, sources: readonly string[], each: (source: string) => Pair[]): Pair[] => {
    try {
      return sources.flatMap(each);
    } catch (error) {
      if (error instanceof BuildError)
        throw new BuildError(`loading KV pairs: ${label} [${sources.join(" ")}]: ${error.message}`);
      throw error;
    }
  };
  const envs = [...strings(entry["envs"]), ...(text(entry["env"]) === "" ? [] : [text(entry["env"])])];
  const pairs = [
    ...load("env source files:", envs, (source) => envFile(loader, source)),
    ...load("literal sources", strings(entry["literals"]), (source) => [literal(source)]),
    ...load("file sources:", strings(entry["files"]), (source) => [file(loader, source)]),
  ];
  const seen = new Set<string>();
  for (const { key } of pairs) {
    if (seen.has(key)) throw new BuildError(`${kind.toLowerCase()} ${name} illegally repeats the key \`${key}\``);
    seen.add(key);
  }
  return pairs;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const BEHAVIORS: readonly string[] = ["create", "replace", "merge"];

function generate(loader: Loader, kind: "ConfigMap" | "Secret", entry: JsonObject, options: Options): Resource {
  const name = text(entry["name"]);
  if (name === "") throw new BuildError(`a ${kind.toLowerCase()} must have a name`);
  const pairs = pairsOf(loader, entry, kind, name);
  const data: JsonObject = {};
  const binary: JsonObject = {};
  for (const { key, value } of pairs) {
    const decoded = kind === "ConfigMap" ? decodeUtf8(value) : undefined;
    if (decoded !== undefined) data[key] = decoded;
    else (kind === "Secret" ? data : binary)[key] = encodeBase64Bytes(value);
  }
  const metadata: JsonObject = { name };
  if (text(entry["namespace"]) !== "") metadata["namespace"] = text(entry["namespace"]);
  if (Object.keys(options.labels).length > 0) metadata["labels"] = options.labels;
  if (Object.keys(options.annotations).length > 0) metadata["annotations"] = options.annotations;
  const object: JsonObject = {
    apiVersion: "v1",
    kind,
    metadata,
    ...(kind === "Secret" ? { type: text(entry["type"]) || "Opaque" } : {}),
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binary).length > 0 ? { binaryData: binary } : {}),
    ...(options.immutable ? { immutable: true } : {}),
  };
  const resource = new Resource(object);
  const behavior = text(entry["behavior"]);
  resource.behavior = BEHAVIORS.includes(behavior) ? (behavior as Behavior) : "unspecified";
  resource.needsHash = !options.withoutHash;
  return resource;
}

/** Everything a kustomization generates, in upstream's order. */
export function generated(loader: Loader, kustomization: Kustomization): Resource[] {
  const global = kustomization.fields["generatorOptions"];
  return [
    ...entriesOf(kustomization, "configMapGenerator", COMMON).map((entry) =>
      generate(loader, "ConfigMap", entry, optionsOf(global, entry["options"])),
    ),
    ...entriesOf(kustomization, "secretGenerator", [...COMMON, "type"]).map((entry) =>
      generate(loader, "Secret", entry, optionsOf(global, entry["options"])),
    ),
  ];
}
