/** One kubeconfig file: what it may say (client-go's tools/clientcmd/api/v1), reading and writing it. */

import { toYaml } from "../../encoding/index.ts";
import type { FileApi } from "../../machine/index.ts";
import { CommandError } from "../errors.ts";
import { isObject, type Json, type JsonObject, listAt, objectAt, parseApiVersion, textAt } from "../object.ts";
import { YamlProblem, yamlToJson } from "../resources/go-yaml.ts";
import { decodeStruct, type GoStruct, inOrder, plainStruct } from "./go-struct.ts";

/** Entries by name; of each only what is not empty, in the order of upstream's structs. */
export interface KubeConfig {
  clusters: Map<string, JsonObject>;
  users: Map<string, JsonObject>;
  contexts: Map<string, JsonObject>;
  currentContext: string;
  /** Of them and the whole: a list of `{name, extension}`, sorted by name. */
  extensions: Json[];
  preferences: JsonObject;
  /** The file each entry came from: "clusters/name" to path. */
  readonly origins: Map<string, string>;
}

export function emptyConfig(): KubeConfig {
  return {
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
    currentContext: "",
    extensions: [],
    preferences: {},
    origins: new Map(),
  };
}

const EXTENSION: GoStruct = {
  struct: "NamedExtension",
  fields: { name: { always: "string" }, extension: { always: "any" } },
};
const CLUSTER: GoStruct = {
  struct: "Cluster",
  fields: {
    server: { always: "string" },
    "tls-server-name": "string",
    "insecure-skip-tls-verify": "bool",
    "certificate-authority": "string",
    "certificate-authority-data": "bytes",
    "proxy-url": "string",
    "disable-compression": "bool",
    extensions: { list: EXTENSION },
  },
};
const PROVIDER: GoStruct = {
  struct: "AuthProviderConfig",
  fields: { name: { always: "string" }, config: { always: { map: "string" } } },
};
const VARIABLE: GoStruct = {
  struct: "ExecEnvVar",
  fields: { name: { always: "string" }, value: { always: "string" } },
};
const PLUGIN: GoStruct = {
  struct: "ExecConfig",
  fields: {
    command: { always: "string" },
    args: { always: { list: "string" } },
    env: { always: { list: VARIABLE } },
    apiVersion: "string",
    installHint: "string",
    provideClusterInfo: { always: "bool" },
    interactiveMode: { named: "ExecInteractiveMode" },
  },
};
const USER: GoStruct = {
  struct: "AuthInfo",
  fields: {
    "client-certificate": "string",
    "client-certificate-data": "bytes",
    "client-key": "string",
    "client-key-data": "bytes",
    token: "string",
    tokenFile: "string",
    as: "string",
    "as-uid": "string",
    "as-groups": { list: "string" },
    "as-user-extra": { map: { list: "string" } },
    username: "string",
    password: "string",
    "auth-provider": { pointer: PROVIDER },
    exec: { pointer: PLUGIN },
    extensions: { list: EXTENSION },
  },
};
const CONTEXT: GoStruct = {
  struct: "Context",
  fields: {
    cluster: { always: "string" },
    user: { always: "string" },
    namespace: "string",
    extensions: { list: EXTENSION },
  },
};
const PREFERENCES: GoStruct = { struct: "Preferences", fields: { colors: "bool", extensions: { list: EXTENSION } } };

const named = (struct: string, field: string, type: GoStruct): GoStruct => ({
  struct,
  fields: { name: { always: "string" }, [field]: { always: type } },
});
const CONFIG: GoStruct = {
  struct: "Config",
  fields: {
    kind: "string",
    apiVersion: "string",
    preferences: { always: PREFERENCES },
    clusters: { always: { list: named("NamedCluster", "cluster", CLUSTER) } },
    users: { always: { list: named("NamedAuthInfo", "user", USER) } },
    contexts: { always: { list: named("NamedContext", "context", CONTEXT) } },
    "current-context": { always: "string" },
    extensions: { list: EXTENSION },
  },
};

interface Section {
  readonly section: "clusters" | "users" | "contexts";
  readonly field: string;
  readonly type: GoStruct;
  /** Of the entry within the whole, and what it becomes inside client-go. */
  readonly named: GoStruct;
  readonly inside: string;
}
const SECTIONS: readonly Section[] = [
  {
    section: "clusters",
    field: "cluster",
    type: CLUSTER,
    named: named("NamedCluster", "cluster", CLUSTER),
    inside: "Cluster",
  },
  { section: "users", field: "user", type: USER, named: named("NamedAuthInfo", "user", USER), inside: "AuthInfo" },
  {
    section: "contexts",
    field: "context",
    type: CONTEXT,
    named: named("NamedContext", "context", CONTEXT),
    inside: "Context",
  },
];
export const SECTION_NAMES = ["clusters", "users", "contexts"] as const;

/** A file that says nothing kubectl can use. `message` without the file's name. */
export class KubeConfigProblem extends Error {}

const UNTYPED =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Where apiVersion and kind cannot even be looked at. */
export function untypedProblem(content: Json): string | undefined {
  const broken = (words: string) => `couldn't get version/kind; json parse error: json: cannot unmarshal ${words}`;
  const kindOf = (value: Json) => (Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value);
  if (!isObject(content)) return broken(`${kindOf(content)} into Go value of type ${UNTYPED}`);
  for (const field of ["apiVersion", "kind"]) {
    const value = content[field] ?? "";
    if (typeof value !== "string") return broken(`${kindOf(value)} into Go struct field .${field} of type string`);
  }
  return undefined;
}

/** What a file is: apiVersion and kind, each with its default. */
function checkKind(content: Json): void {
  const wrong = untypedProblem(content);
  if (wrong !== undefined) throw new KubeConfigProblem(wrong);
  const version = textAt(content, "apiVersion") || "v1";
  const kind = textAt(content, "kind") || "Config";
  if (version.split("/").length > 2) throw new KubeConfigProblem(`unexpected GroupVersion string: ${version}`);
  const parsed = parseApiVersion(version);
  if (kind !== "Config" || parsed.group !== "" || parsed.version !== "v1")
    throw new KubeConfigProblem(
      `no kind "${kind}" is registered for version "${version}" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`,
    );
}

const byName = (list: Json[]): Json[] =>
  [...new Map(list.map((one) => [textAt(one, "name"), one])).values()].sort((a, b) =>
    textAt(a, "name") < textAt(b, "name") ? -1 : 1,
  );
const withSortedExtensions = (entry: JsonObject): JsonObject =>
  entry["extensions"] === undefined ? entry : { ...entry, extensions: byName(listAt(entry, "extensions")) };

/** What a file's text says. Throws `KubeConfigProblem`, or what go-yaml says of it. */
export function parseConfig(text: string, path: string): KubeConfig {
  const config = emptyConfig();
  const content = yamlToJson(text) ?? {};
  checkKind(content);
  const { value, problem } = decodeStruct(objectAt(content), CONFIG);
  if (problem !== undefined) throw new KubeConfigProblem(problem);
  for (const { section, field, named: type, inside } of SECTIONS) {
    const entries = listAt(value, section);
    for (const entry of entries) {
      const name = textAt(entry, "name");
      if (config[section].has(name)) {
        const shown = entries.map((one) => plainStruct(one, type)).join(" ");
        throw new KubeConfigProblem(
          `error converting *[]${type.struct} into *map[string]*api.${inside}: duplicate name "${name}" in list: [${shown}]`,
        );
      }
      config[section].set(name, withDefaults(withSortedExtensions(objectAt(entry, field))));
      config.origins.set(`${section}/${name}`, path);
    }
  }
  config.currentContext = textAt(value, "current-context");
  config.preferences = withSortedExtensions(objectAt(value, "preferences"));
  config.extensions = byName(listAt(value, "extensions"));
  return config;
}

/** Plugins of earlier API versions may ask for input where they say nothing of it. */
function withDefaults(user: JsonObject): JsonObject {
  const plugin = user["exec"];
  if (!isObject(plugin) || textAt(plugin, "interactiveMode") !== "") return user;
  if (!/^client\.authentication\.k8s\.io\/v1(alpha1|beta1)$/.test(textAt(plugin, "apiVersion"))) return user;
  return { ...user, exec: { ...plugin, interactiveMode: "IfAvailable" } };
}

/** One file. Throws `CommandError` with upstream's words. */
export function readConfigFile(files: FileApi, path: string): KubeConfig {
  try {
    return parseConfig(files.readText(path), path);
  } catch (error) {
    const known = error instanceof KubeConfigProblem || error instanceof YamlProblem;
    throw new CommandError(`error loading config file "${path}": ${known ? error.message : readProblem(path, error)}`);
  }
}

/** What the Go runtime says of a file that cannot be read. */
export function readProblem(path: string, error: unknown): string {
  switch ((error as { code?: string }).code) {
    case "EISDIR":
      return `read ${path}: is a directory`;
    case "ENOENT":
      return `open ${path}: no such file or directory`;
    case "EACCES":
      return `open ${path}: permission denied`;
    case "ENOTDIR":
      return `open ${path}: not a directory`;
    default:
      return (error as Error).message.split("\n")[0] ?? "";
  }
}

/** The configuration as the file's own structure, in the order of upstream's structs, sections sorted by name. */
export function configObject(config: KubeConfig): JsonObject {
  const section = ({ section: name, field, type }: Section): Json => {
    const list = [...config[name]]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => ({ name: key, [field]: inOrder(entry, type) }));
    return list.length === 0 ? null : list;
  };
  const [clusters, users, contexts] = SECTIONS.map(section);
  return {
    kind: "Config",
    apiVersion: "v1",
    preferences: inOrder(config.preferences, PREFERENCES),
    clusters: clusters ?? null,
    users: users ?? null,
    contexts: contexts ?? null,
    "current-context": config.currentContext,
    ...(config.extensions.length === 0 ? {} : { extensions: config.extensions }),
  };
}

export function writeConfigFile(files: FileApi, path: string, config: KubeConfig): void {
  const slash = path.lastIndexOf("/");
  if (slash > 0) files.makeDirectory(path.slice(0, slash), { recursive: true });
  files.writeFile(path, toYaml(configObject(config)), { mode: 0o600 });
}
