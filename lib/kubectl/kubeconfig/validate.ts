/** Whether what a kubeconfig resolves to can be used at all (client-go's tools/clientcmd/validation.go). */
import { quote } from "../../encoding/index.ts";
import type { FileApi } from "../../machine/index.ts";
import { isObject, type JsonObject, listAt, objectAt, textAt } from "../object.ts";
import { readProblem } from "./file.ts";

function unreadable(files: FileApi, path: string): string | undefined {
  if (path === "") return undefined;
  try {
    // Opening a directory is no mistake; reading it is.
    files.stat(path);
    return undefined;
  } catch (error) {
    return readProblem(path, error);
  }
}

/** Words for what is wrong with a proxy's address. */
export function proxyProblem(address: string): string | undefined {
  let url: URL;
  try {
    url = new URL(address);
    decodeURIComponent(url.hostname);
  } catch {
    return `could not parse: ${address}`;
  }
  const scheme = url.protocol.slice(0, -1);
  return ["http", "https", "socks5"].includes(scheme)
    ? undefined
    : `unsupported scheme ${quote(scheme)}, must be http, https, or socks5`;
}

export function clusterProblems(files: FileApi, name: string, cluster: JsonObject): string[] {
  const problems: string[] = [];
  const proxy = textAt(cluster, "proxy-url");
  const wrong = proxy === "" ? undefined : proxyProblem(proxy);
  if (wrong !== undefined) problems.push(`invalid 'proxy-url' ${quote(proxy)} for cluster ${quote(name)}: ${wrong}`);
  const authority = textAt(cluster, "certificate-authority");
  if (authority !== "" && textAt(cluster, "certificate-authority-data") !== "")
    problems.push(
      `certificate-authority-data and certificate-authority are both specified for ${name}. certificate-authority-data will override.`,
    );
  const problem = unreadable(files, authority);
  if (problem !== undefined)
    problems.push(`unable to read certificate-authority ${authority} for ${name} due to ${problem}`);
  return problems;
}

function certificateProblems(files: FileApi, name: string, user: JsonObject): string[] {
  const [certificate, certificateData] = [textAt(user, "client-certificate"), textAt(user, "client-certificate-data")];
  const [key, keyData] = [textAt(user, "client-key"), textAt(user, "client-key-data")];
  if (certificate === "" && certificateData === "") return [];
  const problems: string[] = [];
  if (certificate !== "" && certificateData !== "")
    problems.push(`client-cert-data and client-cert are both specified for ${name}. client-cert-data will override.`);
  if (key !== "" && keyData !== "")
    problems.push(`client-key-data and client-key are both specified for ${name}; client-key-data will override`);
  if (key === "" && keyData === "")
    problems.push(
      `client-key-data or client-key must be specified for ${name} to use the clientCert authentication method.`,
    );
  for (const [what, path] of [
    ["client-cert", certificate],
    ["client-key", key],
  ] as const) {
    const problem = unreadable(files, path);
    if (problem !== undefined) problems.push(`unable to read ${what} ${path} for ${name} due to ${problem}`);
  }
  return problems;
}

function pluginProblems(name: string, user: JsonObject): string[] {
  const plugin = user["exec"];
  if (!isObject(plugin)) return [];
  const problems: string[] = [];
  if (isObject(user["auth-provider"]))
    problems.push(`authProvider cannot be provided in combination with an exec plugin for ${name}`);
  if (textAt(plugin, "command") === "")
    problems.push(`command must be specified for ${name} to use exec authentication plugin`);
  if (textAt(plugin, "apiVersion") === "")
    problems.push(`apiVersion must be specified for ${name} to use exec authentication plugin`);
  for (const variable of listAt(plugin, "env"))
    if (textAt(variable, "name") === "")
      problems.push(`env variable name must be specified for ${name} to use exec authentication plugin`);
  const mode = textAt(plugin, "interactiveMode");
  if (mode === "") problems.push(`interactiveMode must be specified for ${name} to use exec authentication plugin`);
  else if (!["Never", "IfAvailable", "Always"].includes(mode))
    problems.push(`invalid interactiveMode for ${name}: ${quote(mode)}`);
  return problems;
}

export function userProblems(files: FileApi, name: string, user: JsonObject): string[] {
  const methods = [
    ...(textAt(user, "token") === "" ? [] : ["token"]),
    ...(textAt(user, "username") === "" && textAt(user, "password") === "" ? [] : ["basicAuth"]),
  ];
  const problems = [...certificateProblems(files, name, user), ...pluginProblems(name, user)];
  if (methods.length > 1)
    problems.push(
      `more than one authentication method found for ${name}; found [${methods.join(" ")}], only one is allowed`,
    );
  const more =
    textAt(user, "as-uid") !== "" ||
    listAt(user, "as-groups").length > 0 ||
    Object.keys(objectAt(user, "as-user-extra")).length > 0;
  if (more && textAt(user, "as") === "")
    problems.push(`requesting uid, groups or user-extra for ${name} without impersonating a user`);
  return problems;
}
