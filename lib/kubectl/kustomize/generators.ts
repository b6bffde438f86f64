/** configMapGenerator and secretGenerator (kustomize api/internal/generators, api/kv). */
import { quote } from "../../encoding/index.ts";
import { isObject, type Json, type JsonObject } from "../object.ts";
import { encodeBase64Bytes } from "./base64.ts";
import { BuildError } from "./errors.ts";
import { entriesOf, type Kustomization } from "./kustomization.ts";
import type { Loader } from "./loader.ts";
import { type Behavior, Resource } from "./resource.ts";

interface Pair {
  readonly key: string;
  readonly value: Uint8Array;
}

const encoder = new TextEncoder();

interface Options {
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly withoutHash: boolean;
  readonly immutable: boolean;
}

function optionsOf(global: Json | undefined, local: Json | undefined): Options {
  const [from, own] = [global, local].map((value) => (isObject(value) ? value : {})) as [JsonObject, JsonObject];
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
  if (parts.length > 2) throw new BuildError(`source ${quote(source)} key name or file path contains '='`);
  if (second === undefined) return { key: first.slice(first.lastIndexOf("/") + 1), value: loader.readBytes(first) };
  if (first === "") throw new BuildError(`missing key name for file path ${quote(second)} in source ${quote(source)}`);
  if (second === "") throw new BuildError(`missing file path for key name ${quote(first)} in source ${quote(source)}`);
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
    // A name alone has no value: it is not taken from the environment any more.
    const [key, value] = equals === -1 ? [trimmed, ""] : [trimmed.slice(0, equals), trimmed.slice(equals + 1)];
    pairs.push({ key, value: encoder.encode(value) });
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

function generate(
  loader: Loader,
  kind: "ConfigMap" | "Secret",
  entry: JsonObject,
  options: Options,
  configuredIn: string,
): Resource {
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
  resource.origin = { configuredIn, kind: `${kind}Generator` };
  resource.needsHash = !options.withoutHash;
  return resource;
}

/** Everything a kustomization generates, in upstream's order. `configuredIn`: its file, from the root of the build. */
export function generated(loader: Loader, kustomization: Kustomization, configuredIn: string): Resource[] {
  const global = kustomization.fields["generatorOptions"];
  return [
    ...entriesOf(kustomization, "configMapGenerator").map((entry) =>
      generate(loader, "ConfigMap", entry, optionsOf(global, entry["options"]), configuredIn),
    ),
    ...entriesOf(kustomization, "secretGenerator").map((entry) =>
      generate(loader, "Secret", entry, optionsOf(global, entry["options"]), configuredIn),
    ),
  ];
}
