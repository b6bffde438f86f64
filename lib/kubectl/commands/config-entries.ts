/** kubectl config set-cluster and set-credentials: what their flags make of an entry (create_cluster.go, create_authinfo.go). */
import { encodeBase64 } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import type { FlagDefinition } from "../flags/parse.ts";
import type { Invocation } from "../invocation.ts";
import { type Json, type JsonObject, listAt, objectAt, textAt } from "../object.ts";
import { refuseWithHelp } from "./config-property.ts";

const text = (name: string, usage: string): FlagDefinition => ({ name, type: "string", usage });
const list = (name: string, usage: string): FlagDefinition => ({ name, type: "array", usage });
const EMBED: FlagDefinition = {
  name: "embed-certs",
  type: "bool",
  default: "false",
  bare: "true",
  usage: "Put the content of the files into the entry",
};

export const CLUSTER_FLAGS: readonly FlagDefinition[] = [
  text("server", "Address of the API server"),
  text("tls-server-name", "Name to check in its certificate"),
  { name: "insecure-skip-tls-verify", type: "bool", default: "false", usage: "Do not check its certificate" },
  text("certificate-authority", "File with its CA"),
  EMBED,
  text("proxy-url", "Proxy on the way to it"),
];

export const USER_FLAGS: readonly FlagDefinition[] = [
  text("client-certificate", "File with a certificate"),
  text("client-key", "File with its key"),
  text("token", "Bearer token"),
  text("username", "User name"),
  text("password", "Password"),
  text("auth-provider", "Name of an auth provider"),
  list("auth-provider-arg", "key=value for the auth provider; key- removes"),
  text("exec-command", "Program that gets credentials"),
  text("exec-api-version", "API version of the credential plugin"),
  list("exec-arg", "Argument of the credential plugin"),
  list("exec-env", "key=value for the credential plugin; key- removes"),
  text("exec-interactive-mode", "IfAvailable, Never or Always"),
  {
    name: "exec-provide-cluster-info",
    type: "bool",
    default: "false",
    bare: "true",
    usage: "Tell the credential plugin about the cluster",
  },
  EMBED,
];

/** Files and what the entry keeps of them: the path, or with --embed-certs the content. */
function certificate(invocation: Invocation, entry: JsonObject, field: string): void {
  const { flags, process } = invocation;
  if (!flags.changed(field)) return;
  const path = flags.string(field);
  const absolute = path === "" || path.startsWith("/") ? path : `${process.cwd.replace(/\/$/, "")}/${path}`;
  if (flags.bool("embed-certs")) {
    entry[`${field}-data`] = encodeBase64(process.files.readText(absolute));
    delete entry[field];
    return;
  }
  entry[field] = absolute === "" ? process.cwd : absolute;
  if (path !== "") delete entry[`${field}-data`];
}

/** Files that are to be embedded have to be there. */
function checkFiles({ flags, process }: Invocation, fields: readonly string[]): void {
  if (!flags.bool("embed-certs")) return;
  for (const field of fields) {
    const path = flags.string(field);
    if (path !== "" && !process.files.exists(path))
      throw new CommandError(`could not stat ${field} file ${path}: stat ${path}: no such file or directory`);
  }
}

export function checkCluster(invocation: Invocation): void {
  const { flags } = invocation;
  if (flags.bool("insecure-skip-tls-verify") && flags.string("certificate-authority") !== "")
    throw new CommandError("you cannot specify a certificate authority and insecure mode at the same time");
  if (flags.bool("embed-certs") && flags.string("certificate-authority") === "")
    throw new CommandError("you must specify a --certificate-authority to embed");
  checkFiles(invocation, ["certificate-authority"]);
}

export function withClusterFlags(invocation: Invocation, before: JsonObject): JsonObject {
  const { flags } = invocation;
  const entry = { ...before };
  const put = (field: string) => {
    if (flags.changed(field)) setOrDrop(entry, field, flags.string(field));
  };
  if (flags.changed("server")) entry["server"] = flags.string("server");
  put("tls-server-name");
  if (flags.changed("insecure-skip-tls-verify")) {
    setOrDrop(entry, "insecure-skip-tls-verify", flags.bool("insecure-skip-tls-verify"));
    // Without checks there is no CA.
    if (flags.bool("insecure-skip-tls-verify")) {
      delete entry["certificate-authority"];
      delete entry["certificate-authority-data"];
    }
  }
  if (flags.string("certificate-authority") !== "") delete entry["insecure-skip-tls-verify"];
  certificate(invocation, entry, "certificate-authority");
  put("proxy-url");
  return entry;
}

/** Empty values are not written. */
function setOrDrop(entry: JsonObject, field: string, value: string | boolean): void {
  if (value === "" || value === false) delete entry[field];
  else entry[field] = value;
}

const MODES = ["IfAvailable", "Never", "Always"];

/** Pairs that are none, with the help above: they are read before anything else is looked at. */
export async function checkUserPairs(invocation: Invocation): Promise<void> {
  try {
    for (const flag of ["auth-provider-arg", "exec-env"]) pairsOf(invocation.flags.list(flag), flag);
  } catch (error) {
    await refuseWithHelp(invocation, (error as Error).message);
  }
}

export function checkUser(invocation: Invocation): void {
  const { flags } = invocation;
  const methods = [
    ...(flags.string("token") === "" ? [] : ["--token"]),
    ...(flags.string("username") === "" && flags.string("password") === "" ? [] : ["--username/--password"]),
  ];
  if (methods.length > 1)
    throw new CommandError(
      `you cannot specify more than one authentication method at the same time: ${methods.join(", ")}`,
    );
  if (flags.bool("embed-certs")) {
    if (flags.string("client-certificate") === "" && flags.string("client-key") === "")
      throw new CommandError("you must specify a --client-certificate or --client-key to embed");
    checkFiles(invocation, ["client-certificate", "client-key"]);
  }
  const mode = flags.string("exec-interactive-mode");
  if (mode !== "" && !MODES.includes(mode))
    throw new CommandError("invalid interactive mode type, can be only IfAvailable, Never, Always");
}

/** key=value sets, key- removes. */
function pairsOf(
  values: readonly string[],
  flag: string,
): { readonly set: (readonly [string, string])[]; readonly remove: string[] } {
  const set: (readonly [string, string])[] = [];
  const remove: string[] = [];
  for (const value of values) {
    const equals = value.indexOf("=");
    if (equals > 0) set.push([value.slice(0, equals), value.slice(equals + 1)]);
    else if (equals === -1 && value.endsWith("-") && value.length > 1) remove.push(value.slice(0, -1));
    else throw new CommandError(`invalid ${flag} format: ${value}`);
  }
  return { set, remove };
}

export function withUserFlags(invocation: Invocation, before: JsonObject): JsonObject {
  const { flags } = invocation;
  const entry = { ...before };
  certificate(invocation, entry, "client-certificate");
  certificate(invocation, entry, "client-key");
  if (flags.changed("token")) {
    setOrDrop(entry, "token", flags.string("token"));
    if (flags.string("token") !== "") {
      delete entry["username"];
      delete entry["password"];
      delete entry["tokenFile"];
    }
  }
  for (const field of ["username", "password"]) {
    if (!flags.changed(field)) continue;
    setOrDrop(entry, field, flags.string(field));
    if (flags.string(field) !== "") {
      delete entry["token"];
      delete entry["tokenFile"];
    }
  }
  withProvider(invocation, entry);
  withPlugin(invocation, entry);
  return entry;
}

function withProvider({ flags }: Invocation, entry: JsonObject): void {
  const name = flags.string("auth-provider");
  const existing = objectAt(entry, "auth-provider");
  const known = entry["auth-provider"] !== undefined && entry["auth-provider"] !== null;
  if (name === "" && !known) return;
  // Another provider begins with nothing.
  const provider = name !== "" && textAt(existing, "name") !== name ? { name } : { ...existing };
  const config: JsonObject = { ...objectAt(provider, "config") };
  const { set, remove } = pairsOf(flags.list("auth-provider-arg"), "auth-provider-arg");
  for (const [key, value] of set) config[key] = value;
  for (const key of remove) delete config[key];
  entry["auth-provider"] = { config, name: textAt(provider, "name") };
}

const EXEC_FLAGS = [
  "exec-command",
  "exec-api-version",
  "exec-arg",
  "exec-env",
  "exec-interactive-mode",
  "exec-provide-cluster-info",
];

function withPlugin({ flags }: Invocation, entry: JsonObject): void {
  const command = flags.string("exec-command");
  const known = entry["exec"] !== undefined && entry["exec"] !== null;
  if (!EXEC_FLAGS.some((flag) => flags.changed(flag)) || (command === "" && !known)) return;
  const plugin: JsonObject = { ...objectAt(entry, "exec") };
  // A program that is named begins without arguments.
  if (command !== "") Object.assign(plugin, { command, args: null });
  if (flags.changed("exec-api-version")) plugin["apiVersion"] = flags.string("exec-api-version");
  if (flags.changed("exec-arg")) plugin["args"] = flags.list("exec-arg");
  if (flags.changed("exec-interactive-mode")) plugin["interactiveMode"] = flags.string("exec-interactive-mode");
  if (flags.changed("exec-provide-cluster-info"))
    plugin["provideClusterInfo"] = flags.bool("exec-provide-cluster-info");
  const { set, remove } = pairsOf(flags.list("exec-env"), "exec-env");
  const variables = new Map(listAt(plugin, "env").map((one) => [textAt(one, "name"), textAt(one, "value")]));
  for (const [key, value] of set) variables.set(key, value);
  for (const key of remove) variables.delete(key);
  const env: Json = variables.size === 0 ? null : [...variables].map(([name, value]) => ({ name, value }));
  const { apiVersion, interactiveMode } = plugin;
  entry["exec"] = {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    args: plugin["args"] ?? null,
    command: textAt(plugin, "command"),
    env,
    ...(interactiveMode === undefined ? {} : { interactiveMode }),
    provideClusterInfo: plugin["provideClusterInfo"] === true,
  };
}
