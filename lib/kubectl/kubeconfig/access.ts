/** What the flags and the context in use say about server, user and namespace (client-go's tools/clientcmd/client_config.go). */
import { decodeBase64, encodeBase64, parseDuration, quote } from "../../encoding/index.ts";
import type { Process } from "../../machine/index.ts";
import { CommandError, PlainError } from "../errors.ts";
import type { Flags } from "../flags/parse.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../object.ts";
import type { ClusterAccess } from "../transport.ts";
import { type KubeConfig, readProblem } from "./file.ts";
import { absolutePath, directoryOf, FILE_FIELDS } from "./paths.ts";
import { serverUrl } from "./server-url.ts";
import { clusterProblems, userProblems } from "./validate.ts";

export interface ResolvedContext {
  readonly access: ClusterAccess;
  readonly context: string;
  /** --request-timeout in milliseconds; 0: none. */
  readonly timeout: number;
  /** Client certificates that are files are only read when the server has answered the first time. */
  readonly certificateProblem?: string;
  /** Nothing says who asks: upstream asks the person, on stdin. */
  readonly promptsForUser: boolean;
}

/** Paths of an entry, relative to the file it stands in, as absolute ones. */
function withPaths(process: Process, config: KubeConfig, key: string, entry: JsonObject): JsonObject {
  const base = directoryOf(absolutePath(config.origins.get(key) ?? "", process.cwd));
  const out = { ...entry };
  for (const field of FILE_FIELDS) if (textAt(out, field) !== "") out[field] = absolutePath(textAt(out, field), base);
  const plugin = out["exec"];
  // A plugin that is looked for in PATH is left to it.
  if (isObject(plugin) && textAt(plugin, "command").includes("/"))
    out["exec"] = { ...plugin, command: absolutePath(textAt(plugin, "command"), base) };
  return out;
}

/** The cluster's entry with what flags say in place of it (getCluster). */
function clusterOf(process: Process, flags: Flags, config: KubeConfig, name: string): JsonObject {
  const entry = config.clusters.get(name);
  if (entry === undefined && flags.global("cluster") !== "") throw new CommandError(`cluster "${name}" does not exist`);
  const cluster = entry === undefined ? {} : withPaths(process, config, `clusters/${name}`, entry);
  const server = flags.global("server");
  if (server !== "") cluster["server"] = server;
  const authority = flags.global("certificate-authority");
  const insecure = flags.changed("insecure-skip-tls-verify") && flags.bool("insecure-skip-tls-verify");
  if (insecure || authority !== "") {
    // Either of them stands for all that the file says of it.
    delete cluster["certificate-authority-data"];
    cluster["certificate-authority"] = authority;
    cluster["insecure-skip-tls-verify"] = insecure;
  } else if (flags.changed("insecure-skip-tls-verify")) cluster["insecure-skip-tls-verify"] = false;
  const serverName = flags.global("tls-server-name");
  if (serverName !== "" || server !== "") cluster["tls-server-name"] = serverName;
  return cluster;
}

/** The user's entry with what flags say in place of it (getAuthInfo). */
function userOf(process: Process, flags: Flags, config: KubeConfig, name: string): JsonObject {
  const entry = config.users.get(name);
  if (entry === undefined && flags.global("user") !== "") throw new CommandError(`auth info "${name}" does not exist`);
  const user = entry === undefined ? {} : withPaths(process, config, `users/${name}`, entry);
  for (const field of ["client-certificate", "client-key", "token", "username", "password", "as", "as-uid"]) {
    const given = flags.global(field);
    if (given === "") continue;
    user[field] = given;
    if (field.startsWith("client-")) delete user[`${field}-data`];
    if (field === "token") delete user["tokenFile"];
  }
  const groups = flags.has("as-group") ? flags.list("as-group") : [];
  if (groups.length > 0) user["as-groups"] = [...groups];
  return user;
}

/** A path's content, or the data beside it, as base64. */
function dataOf(process: Process, entry: JsonObject, field: string): string {
  const data = textAt(entry, `${field}-data`);
  const path = textAt(entry, field);
  if (data !== "" || path === "") return data;
  try {
    return encodeBase64(process.files.readFile(path));
  } catch (error) {
    throw new CommandError(readProblem(path, error));
  }
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----\s[\s\S]*?-----END \1-----/;
const hasPem = (data: string): boolean => PEM.test(new TextDecoder().decode(decodeBase64(data)));

/** What Go's tls package says of a pair that is none. */
function pairProblem(certificate: string, key: string): string | undefined {
  if (!hasPem(certificate)) return "tls: failed to find any PEM data in certificate input";
  return hasPem(key) ? undefined : "tls: failed to find any PEM data in key input";
}

const REMOVED: Readonly<Record<string, string>> = {
  gcp: `The gcp auth plugin has been removed.
Please use the "gke-gcloud-auth-plugin" kubectl/client-go credential plugin instead.
See https://cloud.google.com/blog/products/containers-kubernetes/kubectl-auth-changes-in-gke for further details`,
  azure: `The azure auth plugin has been removed.
Please use the https://github.com/Azure/kubelogin kubectl/client-go credential plugin instead.
See https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins for further details`,
};

/** Authentication providers are part of kubectl: all but one are gone, and that one goes to the network. */
function refuseProvider(user: JsonObject): void {
  const provider = user["auth-provider"];
  if (!isObject(provider)) return;
  const name = textAt(provider, "name");
  const removed = REMOVED[name];
  if (removed !== undefined) throw new CommandError(removed);
  if (name !== "oidc") throw new CommandError(`no Auth Provider found for name ${quote(name)}`);
  for (const field of ["idp-issuer-url", "client-id"])
    if (textAt(provider, "config", field) === "") throw new CommandError(`Must provide ${field}`);
  throw new CommandError("the auth provider oidc asks an issuer on the network, which is not supported here");
}

const PLUGIN_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];

function tokenOf(process: Process, user: JsonObject): string {
  const [token, path] = [textAt(user, "token"), textAt(user, "tokenFile")];
  if (path === "") return token;
  try {
    return process.files.readText(path).trim();
  } catch (error) {
    throw new CommandError(readProblem(path, error));
  }
}

/** Who asks: of no meaning to servers without TLS, which upstream tells nothing. */
function identity(process: Process, user: JsonObject) {
  const plugin = user["exec"];
  const token = tokenOf(process, user);
  if (isObject(plugin) && !PLUGIN_VERSIONS.includes(textAt(plugin, "apiVersion")))
    throw new CommandError(`exec plugin: invalid apiVersion ${quote(textAt(plugin, "apiVersion"))}`);
  refuseProvider(user);
  const certificate = dataOf(process, user, "client-certificate");
  // A key alone is no certificate, and not read.
  const key = certificate === "" ? "" : dataOf(process, user, "client-key");
  const problem = certificate === "" ? undefined : pairProblem(certificate, key);
  const inline = textAt(user, "client-certificate-data") !== "" && textAt(user, "client-key-data") !== "";
  if (problem !== undefined && inline) throw new CommandError(problem);
  const [username, password] = [textAt(user, "username"), textAt(user, "password")];
  const known = token !== "" || username !== "" || password !== "" || certificate !== "" || isObject(plugin);
  return {
    known,
    problem,
    access: {
      ...(token === "" ? {} : { token }),
      ...(certificate === "" ? {} : { clientCertificateData: certificate }),
      ...(key === "" ? {} : { clientKeyData: key }),
      ...(username === "" ? {} : { username }),
      ...(password === "" ? {} : { password }),
      ...(isObject(plugin) ? { exec: plugin } : {}),
    } satisfies Partial<ClusterAccess>,
  };
}

function impersonated(user: JsonObject): Pick<ClusterAccess, "impersonate"> {
  const as = textAt(user, "as");
  if (as === "") return {};
  const uid = textAt(user, "as-uid");
  const extra = objectAt(user, "as-user-extra");
  return {
    impersonate: {
      user: as,
      groups: listAt(user, "as-groups").map(String),
      ...(uid === "" ? {} : { uid }),
      ...(Object.keys(extra).length === 0
        ? {}
        : { extra: Object.fromEntries(Object.keys(extra).map((key) => [key, listAt(extra, key).map(String)])) }),
    },
  };
}

/** What `kubectl` does without a word about a server. */
const defaultServer = (process: Process): string => process.env.get("KUBERNETES_MASTER") || "http://localhost:8080";

function throwProblems(problems: readonly string[]): void {
  if (problems.length === 1) throw new CommandError(problems[0] ?? "");
  if (problems.length > 1)
    throw new PlainError(`Error in configuration: \n${problems.map((one) => `* ${one}`).join("\n")}`);
}

/** The names that flags or the context in use give, and the context itself. */
function namesOf(flags: Flags, config: KubeConfig) {
  const name = flags.global("context") || config.currentContext;
  const context = config.contexts.get(name);
  return {
    name,
    context,
    cluster: flags.global("cluster") || textAt(context, "cluster"),
    user: flags.global("user") || textAt(context, "user"),
  };
}

/** What the flags say of an entry that is required and is not there is no concern of ConfirmUsable. */
function entryOr<T>(find: () => JsonObject, missing: T): JsonObject | T {
  try {
    return find();
  } catch {
    return missing;
  }
}

/** DirectClientConfig.ConfirmUsable. Throws what cannot be used. */
function confirmUsable(process: Process, flags: Flags, config: KubeConfig): void {
  const { name, context, cluster, user } = namesOf(flags, config);
  if (context === undefined && name !== "")
    throw new PlainError(`Error in configuration: context was not found for specified context: ${name}`);
  const clusterEntry = entryOr(() => clusterOf(process, flags, config, cluster), undefined);
  throwProblems([
    ...userProblems(
      process.files,
      user,
      entryOr(() => userOf(process, flags, config, user), {}),
    ),
    ...(clusterEntry === undefined
      ? [`no server found for cluster ${quote(cluster)}`]
      : clusterProblems(process.files, cluster, clusterEntry)),
  ]);
}

export interface NamespaceScope {
  readonly namespace: string;
  /** True where --namespace was given. */
  readonly enforceNamespace: boolean;
}

/**
 * The namespace to work in (ClientConfig.Namespace): what --namespace says, whatever else is wrong, or the context's.
 * Throws `CommandError` with upstream's words, which are not always those of `resolveContext`.
 */
export function namespaceScope(process: Process, flags: Flags, config: KubeConfig): NamespaceScope {
  const asked = flags.global("namespace");
  if (asked !== "") return { namespace: asked, enforceNamespace: true };
  confirmUsable(process, flags, config);
  return { namespace: textAt(namesOf(flags, config).context, "namespace") || "default", enforceNamespace: false };
}

/** --request-timeout in milliseconds: whole seconds, or a duration. */
function requestTimeout(text: string): number {
  const ms = /^[-+]?\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text || "0");
  if (ms === undefined || /^-?\d+$/.test(text) !== /^\d+$/.test(text))
    throw new CommandError(
      "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
    );
  return ms;
}

/** Server and user of this command line (ClientConfig.ClientConfig). Throws `CommandError` with upstream's words. */
export function resolveContext(process: Process, flags: Flags, config: KubeConfig): ResolvedContext {
  const names = namesOf(flags, config);
  const user = userOf(process, flags, config, names.user);
  if (names.context === undefined && flags.global("context") !== "")
    throw new CommandError(`context ${quote(names.name)} does not exist`);
  const cluster = clusterOf(process, flags, config, names.cluster);
  confirmUsable(process, flags, config);
  const timeout = requestTimeout(flags.global("request-timeout"));
  const insecure = cluster["insecure-skip-tls-verify"] === true;
  const address = textAt(cluster, "server") || defaultServer(process);
  const { secure } = serverUrl(address, false);
  const who = secure ? identity(process, user) : undefined;
  const authority = secure ? dataOf(process, cluster, "certificate-authority") : "";
  if (authority !== "" && !hasPem(authority) && !insecure)
    throw new CommandError("unable to load root certificates: unable to parse bytes as PEM block");
  const { url } = serverUrl(address, authority !== "" || (secure && insecure));
  if (secure && insecure && authority !== "")
    throw new CommandError("specifying a root certificates file with the insecure flag is not allowed");
  const serverName = textAt(cluster, "tls-server-name");
  const proxy = textAt(cluster, "proxy-url");
  const access: ClusterAccess = {
    server: url,
    ...(authority === "" ? {} : { certificateAuthorityData: authority }),
    ...(insecure ? { insecureSkipTlsVerify: true } : {}),
    ...who?.access,
    ...impersonated(user),
    ...(proxy === "" ? {} : { proxyUrl: proxy }),
    ...(serverName === "" ? {} : { tlsServerName: serverName }),
  };
  return {
    access,
    context: names.name,
    timeout,
    ...(who?.problem === undefined ? {} : { certificateProblem: who.problem }),
    promptsForUser: who?.known === false,
  };
}
