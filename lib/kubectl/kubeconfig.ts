/** kubeconfig files: where they are, how several merge, and what the current context resolves to (client-go's clientcmd). */
import { encodeBase64 } from "../encoding/index.ts";
import type { FileApi, Process } from "../machine/index.ts";
import { CommandError, PlainError } from "./errors.ts";
import type { Flags } from "./flags/parse.ts";
import { isObject, type Json, type JsonObject, listAt, objectAt, textAt } from "./object.ts";
import { toYaml } from "./printers/yaml.ts";
import { yamlToJson } from "./resources/go-yaml.ts";
import type { ClusterAccess } from "./transport.ts";

export interface KubeConfig {
  clusters: Map<string, JsonObject>;
  users: Map<string, JsonObject>;
  contexts: Map<string, JsonObject>;
  currentContext: string;
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
    preferences: {},
    origins: new Map(),
  };
}

const SECTIONS = [
  ["clusters", "cluster"],
  ["users", "user"],
  ["contexts", "context"],
] as const;

/** Fields that are written even where they are empty. */
const ALWAYS_THERE: Readonly<Record<string, JsonObject>> = {
  cluster: { server: "" },
  context: { cluster: "", user: "" },
};

const homeOf = (process: Process): string => process.env.get("HOME") ?? "/root";

/** The files that are read, in order of precedence, and whether one was named by --kubeconfig. */
export function configPaths(process: Process, flags: Flags): { readonly paths: string[]; readonly explicit: boolean } {
  const explicit = flags.global("kubeconfig");
  if (explicit !== "") return { paths: [explicit], explicit: true };
  const variable = process.env.get("KUBECONFIG") ?? "";
  const paths = [...new Set(variable.split(":").filter((path) => path !== ""))];
  return { paths: paths.length > 0 ? paths : [`${homeOf(process)}/.kube/config`], explicit: false };
}

/** The file that changes go to where an entry is new. */
export function defaultConfigPath(process: Process, flags: Flags): string {
  const { paths } = configPaths(process, flags);
  const existing = paths.find((path) => process.files.exists(path));
  return existing ?? paths[paths.length - 1] ?? `${homeOf(process)}/.kube/config`;
}

export function readConfigFile(files: FileApi, path: string): KubeConfig {
  const config = emptyConfig();
  let content: Json;
  try {
    content = yamlToJson(files.readText(path));
  } catch (error) {
    throw new CommandError(`error loading config file "${path}": ${(error as Error).message.split("\n")[0]}`);
  }
  const kind = textAt(content, "kind");
  if (kind !== "" && kind !== "Config")
    throw new CommandError(
      `error loading config file "${path}": no kind "${kind}" is registered for version "${textAt(content, "apiVersion")}" in scheme "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50"`,
    );
  for (const [section, field] of SECTIONS) {
    for (const entry of listAt(content, section)) {
      const name = textAt(entry, "name");
      if (config[section].has(name)) continue;
      config[section].set(name, { ...objectAt(entry, field) });
      config.origins.set(`${section}/${name}`, path);
    }
  }
  config.currentContext = textAt(content, "current-context");
  config.preferences = objectAt(content, "preferences");
  if (config.currentContext !== "") config.origins.set("current-context", path);
  return config;
}

export function loadConfig(process: Process, flags: Flags): KubeConfig {
  const { paths, explicit } = configPaths(process, flags);
  const merged = emptyConfig();
  for (const path of paths) {
    if (!process.files.exists(path)) {
      if (explicit) throw new CommandError(`stat ${path}: no such file or directory`);
      continue;
    }
    const config = readConfigFile(process.files, path);
    for (const [section] of SECTIONS) {
      for (const [name, entry] of config[section]) if (!merged[section].has(name)) merged[section].set(name, entry);
    }
    if (merged.currentContext === "") merged.currentContext = config.currentContext;
    merged.preferences = { ...config.preferences, ...merged.preferences };
    for (const [key, origin] of config.origins) if (!merged.origins.has(key)) merged.origins.set(key, origin);
  }
  return merged;
}

/** The configuration as the file's own structure, sections sorted by name. */
export function configObject(config: KubeConfig): JsonObject {
  const section = (entries: ReadonlyMap<string, JsonObject>, field: string): Json => {
    const list = [...entries]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, entry]) => ({
        [field]: { ...ALWAYS_THERE[field], ...entry },
        name,
      }));
    return list.length === 0 ? null : list;
  };
  return {
    apiVersion: "v1",
    clusters: section(config.clusters, "cluster"),
    contexts: section(config.contexts, "context"),
    "current-context": config.currentContext,
    kind: "Config",
    preferences: config.preferences,
    users: section(config.users, "user"),
  };
}

export function writeConfigFile(files: FileApi, path: string, config: KubeConfig): void {
  const slash = path.lastIndexOf("/");
  if (slash > 0) files.makeDirectory(path.slice(0, slash), { recursive: true });
  files.writeFile(path, toYaml(configObject(config)), { mode: 0o600 });
}

export interface ResolvedContext {
  readonly access: ClusterAccess;
  readonly namespace: string;
  /** True where --namespace was given. */
  readonly enforceNamespace: boolean;
  readonly context: string;
}

/** What the flags and the current context say about server, user and namespace. */
export function resolveContext(process: Process, flags: Flags, config: KubeConfig): ResolvedContext {
  const name = flags.global("context") || config.currentContext;
  const context = config.contexts.get(name);
  if (context === undefined && name !== "")
    throw new PlainError(`Error in configuration: context was not found for specified context: ${name}`);
  const clusterName = flags.global("cluster") || textAt(context, "cluster");
  const userName = flags.global("user") || textAt(context, "user");
  const cluster = config.clusters.get(clusterName);
  const user = config.users.get(userName) ?? {};
  if (cluster === undefined && flags.global("cluster") !== "")
    throw new CommandError(`no server found for cluster "${clusterName}"`);
  if (flags.global("user") !== "" && !config.users.has(userName))
    throw new CommandError(`auth info "${userName}" does not exist`);
  const read = (path: string): string =>
    process.files.readText(path.startsWith("~/") ? `${homeOf(process)}${path.slice(1)}` : path);
  const data = (from: JsonObject, field: string, flag = ""): string => {
    const file = (flag === "" ? "" : flags.global(flag)) || textAt(from, field);
    return file === "" ? textAt(from, `${field}-data`) : encodeBase64(read(file));
  };
  const server = flags.global("server") || textAt(cluster, "server") || "http://localhost:8080";
  const tokenFile = textAt(user, "tokenFile");
  const token = flags.global("token") || textAt(user, "token") || (tokenFile === "" ? "" : read(tokenFile).trim());
  const authority = data(cluster ?? {}, "certificate-authority", "certificate-authority");
  const certificate = data(user, "client-certificate", "client-certificate");
  const key = data(user, "client-key", "client-key");
  const as = flags.global("as") || textAt(user, "as");
  const groups = flags.has("as-group") ? flags.list("as-group") : [];
  const uid = flags.global("as-uid") || textAt(user, "as-uid");
  const username = flags.global("username") || textAt(user, "username");
  const password = flags.global("password") || textAt(user, "password");
  const insecure = flags.changed("insecure-skip-tls-verify")
    ? flags.bool("insecure-skip-tls-verify")
    : cluster?.["insecure-skip-tls-verify"] === true;
  if (token !== "" && (username !== "" || password !== ""))
    throw new CommandError(
      `more than one authentication method found for ${userName}; found [token basicAuth], only one is allowed`,
    );
  if (as === "" && (groups.length > 0 || uid !== ""))
    throw new CommandError(`requesting uid, groups or user-extra for ${userName} without impersonating a user`);
  const serverName = flags.global("tls-server-name") || textAt(cluster, "tls-server-name");
  const access: ClusterAccess = {
    server: server.replace(/\/$/, ""),
    ...(authority === "" ? {} : { certificateAuthorityData: authority }),
    ...(insecure ? { insecureSkipTlsVerify: true } : {}),
    ...(token === "" ? {} : { token }),
    ...(certificate === "" ? {} : { clientCertificateData: certificate }),
    ...(key === "" ? {} : { clientKeyData: key }),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(as === "" ? {} : { impersonate: { user: as, groups, ...(uid === "" ? {} : { uid }) } }),
    ...(isObject(user["exec"]) ? { exec: user["exec"] } : {}),
    ...(textAt(cluster, "proxy-url") === "" ? {} : { proxyUrl: textAt(cluster, "proxy-url") }),
    ...(serverName === "" ? {} : { tlsServerName: serverName }),
  };
  const asked = flags.global("namespace");
  return {
    access,
    namespace: asked || textAt(context, "namespace") || "default",
    enforceNamespace: asked !== "",
    context: name,
  };
}
