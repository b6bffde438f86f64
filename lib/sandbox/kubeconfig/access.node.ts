/** The operator's kubeconfig, from this computer's disk, as what a transport needs to know. */
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { ClusterAccess } from "../../kubectl/transport.ts";

interface Named<Key extends string> {
  readonly name?: string;
  readonly [key: string]: unknown;
  readonly _?: Key;
}
type Fields = Readonly<Record<string, unknown>>;

const text = (fields: Fields, name: string): string =>
  typeof fields[name] === "string" ? (fields[name] as string) : "";

/** Reads the file and resolves its current context, or `context`. Throws an error that names what is missing. */
export function operatorAccess(path: string, context = ""): ClusterAccess {
  let config: Fields;
  try {
    config = parse(readFileSync(path, "utf8")) as Fields;
  } catch (error) {
    throw new Error(`the kubeconfig ${path} cannot be read: ${(error as Error).message}`);
  }
  const entry = (section: string, field: string, name: string): Fields => {
    const list = (config[section] ?? []) as readonly Named<string>[];
    const found = list.find((one) => one.name === name)?.[field];
    if (found === undefined || found === null) throw new Error(`the kubeconfig ${path} has no ${field} "${name}"`);
    return found as Fields;
  };
  const chosen = entry("contexts", "context", context || text(config, "current-context"));
  const cluster = entry("clusters", "cluster", text(chosen, "cluster"));
  const user = entry("users", "user", text(chosen, "user"));
  const file = (name: string) => readFileSync(resolve(dirname(path), name));
  const data = (fields: Fields, name: string): string =>
    text(fields, name) === "" ? text(fields, `${name}-data`) : file(text(fields, name)).toString("base64");
  const optional = <Key extends string>(key: Key, value: string) =>
    (value === "" ? {} : { [key]: value }) as { readonly [K in Key]?: string };
  const token =
    text(user, "token") ||
    (text(user, "tokenFile") === "" ? "" : file(text(user, "tokenFile")).toString("utf8").trim());
  return {
    server: text(cluster, "server").replace(/\/$/, ""),
    ...optional("certificateAuthorityData", data(cluster, "certificate-authority")),
    ...(cluster["insecure-skip-tls-verify"] === true ? { insecureSkipTlsVerify: true } : {}),
    ...optional("tlsServerName", text(cluster, "tls-server-name")),
    ...optional("proxyUrl", text(cluster, "proxy-url")),
    ...optional("token", token),
    ...optional("clientCertificateData", data(user, "client-certificate")),
    ...optional("clientKeyData", data(user, "client-key")),
    ...optional("username", text(user, "username")),
    ...optional("password", text(user, "password")),
    ...(user["exec"] === undefined ? {} : { exec: user["exec"] }),
  };
}
