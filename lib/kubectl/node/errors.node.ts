/** What went wrong on the network, in the words of the Go runtime. */
import type { IncomingMessage } from "node:http";
import { type SessionStatus, TransportError } from "../transport.ts";

interface NetworkError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
  readonly cert?: { readonly subjectaltname?: string; readonly valid_to?: string };
  readonly errors?: readonly NetworkError[];
}

const UNKNOWN_AUTHORITY = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const CONNECT: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

export function connectionError(thrown: Error, url: URL): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const outer = thrown as NetworkError;
  // Several addresses were tried: the first says it.
  const error = outer.errors?.[0] ?? outer;
  const code = error.code ?? "";
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const address = error.address === undefined ? url.hostname : error.address;
  const dialed = `${address.includes(":") ? `[${address}]` : address}:${error.port ?? port}`;
  const connect = CONNECT[code];
  if (connect !== undefined) return new TransportError(`dial tcp ${dialed}: ${connect}`);
  const x509 = (text: string) => new TransportError(`tls: failed to verify certificate: x509: ${text}`);
  if (UNKNOWN_AUTHORITY.has(code)) return x509("certificate signed by unknown authority");
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return x509("certificate has expired or is not yet valid");
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = (error.cert?.subjectaltname ?? "").split(", ").map((name) => name.replace(/^[^:]*:/, ""));
    return x509(`certificate is valid for ${names.join(", ")}, not ${url.hostname}`);
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new TransportError(`dial tcp: lookup ${url.hostname}: no such host`);
  if (code === "ECONNRESET" || code === "EPIPE")
    return new TransportError(`read tcp ${dialed}: read: connection reset by peer`);
  if (code === "EPROTO" || code.startsWith("ERR_SSL_WRONG_VERSION"))
    return new TransportError("http: server gave HTTP response to HTTPS client");
  if (code.startsWith("ERR_SSL_") || code.startsWith("ERR_OSSL"))
    return new TransportError(`remote error: tls: ${error.message}`);
  return new TransportError(error.message);
}

/** The Status of an answer where an upgrade was asked for. */
export async function refusalOf(response: IncomingMessage): Promise<TransportError> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  try {
    const status = JSON.parse(text) as SessionStatus & { readonly kind?: string };
    if (status.kind === "Status" || status.status === "Failure")
      return new TransportError(status.message ?? "the server refused the upgrade", status);
  } catch {
    // No Status: the text itself.
  }
  return new TransportError(`unable to upgrade connection: ${text || `status ${response.statusCode ?? 0}`}`);
}
