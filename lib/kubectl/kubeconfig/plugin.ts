/**
 * Credential plugins of kubeconfigs (client-go's plugin/pkg/client/auth/exec/exec.go): programs of the machine that
 * kubectl runs on, which print an ExecCredential.
 */
import { encodeBase64 } from "../../encoding/index.ts";
import { type ByteReader, type ByteWriter, Errno, type Process } from "../../machine/index.ts";
import { isObject, type Json, type JsonObject, listAt, textAt } from "../object.ts";
import { yamlToJson } from "../resources/go-yaml.ts";
import { type ClusterAccess, TransportError } from "../transport.ts";
import { untypedProblem } from "./file.ts";

const HELP = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

const problem = (words: string): TransportError => new TransportError(`getting credentials: ${words}`);

/** May the plugin ask the person? */
function interactive(process: Process, mode: string): boolean {
  const terminal = process.isTerminal(0);
  if (mode === "Always" && !terminal)
    throw problem("exec plugin cannot support interactive mode: standard input is not a terminal");
  return mode !== "Never" && terminal;
}

/** KUBERNETES_EXEC_INFO. */
function information(access: ClusterAccess, plugin: JsonObject, asks: boolean): string {
  const cluster: JsonObject = {
    server: access.server,
    ...(access.tlsServerName === undefined ? {} : { "tls-server-name": access.tlsServerName }),
    ...(access.insecureSkipTlsVerify === true ? { "insecure-skip-tls-verify": true } : {}),
    ...(access.certificateAuthorityData === undefined
      ? {}
      : { "certificate-authority-data": access.certificateAuthorityData }),
    ...(access.proxyUrl === undefined ? {} : { "proxy-url": access.proxyUrl }),
    config: null,
  };
  return JSON.stringify({
    kind: "ExecCredential",
    apiVersion: textAt(plugin, "apiVersion"),
    spec: { ...(plugin["provideClusterInfo"] === true ? { cluster } : {}), interactive: asks },
  });
}

const nothing = (): ByteReader => ({
  read: async () => null,
  close: () => undefined,
  async *[Symbol.asyncIterator]() {},
});

/** What the program printed. */
async function run(process: Process, access: ClusterAccess, plugin: JsonObject): Promise<string> {
  const command = textAt(plugin, "command");
  const asks = interactive(process, textAt(plugin, "interactiveMode"));
  const decoder = new TextDecoder();
  let printed = "";
  const stdout: ByteWriter = {
    write: async (data) => {
      printed += typeof data === "string" ? data : decoder.decode(data, { stream: true });
    },
    close: () => undefined,
  };
  const own = listAt(plugin, "env").map((one) => [textAt(one, "name"), textAt(one, "value")] as const);
  const env = Object.fromEntries([
    ...process.env,
    ...own,
    ["KUBERNETES_EXEC_INFO", information(access, plugin, asks)] as const,
  ]);
  let code: number;
  try {
    const child = process.spawn({
      argv: [command, ...listAt(plugin, "args").map(String)],
      env,
      stdout,
      stdin: asks ? process.stdin : nothing(),
      stderr: process.stderr,
    });
    code = (await child.exited).code;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    if (command.includes("/")) throw problem(`exec: fork/exec ${command}: ${error.message.toLowerCase()}`);
    const hint = textAt(plugin, "installHint");
    throw problem(`exec: executable ${command} not found${HELP}${hint === "" ? "" : `\n\n${hint}`}`);
  }
  if (code !== 0) throw problem(`exec: executable ${command} failed with exit code ${code}`);
  return printed;
}

const GROUP = "client.authentication.k8s.io";

/** What a plugin printed: JSON or YAML, of the kind that is expected where it does not say. */
function credentialOf(printed: string, expected: string): JsonObject {
  let found: Json;
  try {
    found = yamlToJson(printed) ?? {};
  } catch (error) {
    throw problem(`decoding stdout: couldn't get version/kind; json parse error: ${(error as Error).message}`);
  }
  const wrong = untypedProblem(found);
  if (wrong !== undefined) throw problem(`decoding stdout: ${wrong}`);
  const kind = textAt(found, "kind") || "ExecCredential";
  const version = textAt(found, "apiVersion") || `${GROUP}/__internal`;
  if (kind !== "ExecCredential")
    throw problem(
      `decoding stdout: no kind "${kind}" is registered for version "${version}" in scheme "pkg/client/auth/exec/exec.go:62"`,
    );
  if (version !== expected)
    throw problem(`exec plugin is configured to use API version ${expected}, plugin returned version ${version}`);
  return found as JsonObject;
}

/** Who to be, as the plugin says. Throws `TransportError` with upstream's words. */
export async function pluginAccess(process: Process, access: ClusterAccess): Promise<ClusterAccess> {
  const { exec: plugin, ...rest } = access;
  // Who says already who they are needs no plugin.
  if (!isObject(plugin as Json) || rest.token !== undefined || rest.username !== undefined) return rest;
  const spec = plugin as JsonObject;
  const status = credentialOf(await run(process, rest, spec), textAt(spec, "apiVersion"))["status"];
  if (!isObject(status)) throw problem("exec plugin didn't return a status field");
  const [token, certificate, key] = ["token", "clientCertificateData", "clientKeyData"].map((one) =>
    textAt(status, one),
  );
  if (!token && !certificate && !key) throw problem("exec plugin didn't return a token or cert/key pair");
  if (Boolean(certificate) !== Boolean(key)) throw problem("exec plugin returned only certificate or key, not both");
  return {
    ...rest,
    ...(token ? { token } : {}),
    ...(certificate && key
      ? { clientCertificateData: encodeBase64(certificate), clientKeyData: encodeBase64(key) }
      : {}),
  };
}
