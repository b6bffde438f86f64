/** Credential plugins of kubeconfigs (client-go plugin/pkg/client/auth/exec): a program that prints an ExecCredential. */
import { execFile } from "node:child_process";
import { type ClusterAccess, TransportError } from "../transport.ts";

interface PluginSpec {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { readonly name: string; readonly value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: string;
}

interface ExecCredential {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    /** RFC 3339. */
    readonly expirationTimestamp?: string;
  };
}

const VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
const TIMEOUT_MS = 60_000;
/** Seconds before its end that a credential counts as too old. */
const MARGIN_MS = 30_000;

type Credentials = Pick<ClusterAccess, "token" | "clientCertificateData" | "clientKeyData">;

const cache = new Map<string, { readonly credentials: Credentials; readonly until: number }>();

const problem = (text: string) => new TransportError(`getting credentials: ${text}`);

/** Runs the plugin, or takes what it said last time where that still holds. */
export async function pluginCredentials(access: ClusterAccess): Promise<Credentials> {
  const spec = access.exec as PluginSpec;
  const { command, apiVersion } = spec;
  if (command === undefined || command === "") throw problem("exec: plugin without a command");
  if (apiVersion === undefined || !VERSIONS.includes(apiVersion))
    throw problem(
      `exec: plugin's apiVersion ${JSON.stringify(apiVersion ?? "")} is not supported (${VERSIONS.join(", ")})`,
    );
  if (spec.interactiveMode === "Always")
    throw problem("exec: plugin cannot support interactive mode: standard input is unavailable");
  const key = JSON.stringify([access.server, spec]);
  const cached = cache.get(key);
  if (cached !== undefined && cached.until > Date.now()) return cached.credentials;
  const printed = await run(access, spec, command, apiVersion);
  let credential: ExecCredential;
  try {
    credential = JSON.parse(printed) as ExecCredential;
  } catch {
    throw problem("decoding stdout: the plugin printed no JSON");
  }
  if (credential.kind !== "ExecCredential" || credential.apiVersion !== apiVersion)
    throw problem(
      `exec plugin is configured to use API version ${apiVersion}, plugin returned version ${credential.apiVersion ?? ""}`,
    );
  const { status } = credential;
  if (status === undefined) throw problem("exec plugin didn't return a status field");
  const { token, clientCertificateData: cert, clientKeyData: keyData } = status;
  if (!token && !cert && !keyData) throw problem("exec plugin didn't return a token or cert/key pair");
  if (Boolean(cert) !== Boolean(keyData)) throw problem("exec plugin returned only certificate or key, not both");
  const pem = (text: string) => Buffer.from(text).toString("base64");
  const credentials: Credentials = {
    ...(token ? { token } : {}),
    ...(cert && keyData ? { clientCertificateData: pem(cert), clientKeyData: pem(keyData) } : {}),
  };
  const until =
    status.expirationTimestamp === undefined
      ? Number.POSITIVE_INFINITY
      : Date.parse(status.expirationTimestamp) - MARGIN_MS;
  cache.set(key, { credentials, until });
  return credentials;
}

function run(access: ClusterAccess, spec: PluginSpec, command: string, apiVersion: string): Promise<string> {
  const cluster = {
    server: access.server,
    ...(access.certificateAuthorityData === undefined
      ? {}
      : { "certificate-authority-data": access.certificateAuthorityData }),
    ...(access.insecureSkipTlsVerify === true ? { "insecure-skip-tls-verify": true } : {}),
  };
  const info = {
    apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(spec.provideClusterInfo === true ? { cluster } : {}) },
  };
  const own = Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    execFile(
      command,
      [...(spec.args ?? [])],
      {
        env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
        timeout: TIMEOUT_MS,
        maxBuffer: 1024 * 1024,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if ((error as NodeJS.ErrnoException).code === "ENOENT") {
          const hint = spec.installHint === undefined ? "" : `\n\n${spec.installHint}`;
          reject(problem(`exec: executable ${command} not found${hint}`));
        } else
          reject(
            problem(
              `exec: executable ${command} failed with exit code ${String((error as { code?: unknown }).code ?? 1)}${stderr === "" ? "" : `: ${stderr.trim()}`}`,
            ),
          );
      },
    );
  });
}
