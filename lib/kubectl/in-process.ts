/** Kubectl straight into an API server in the same process: no sockets, no serialisation beyond what the server does. */
import { encodeBase64, tryDecodeBase64 } from "../encoding/index.ts";
import type { ByteReader, ByteWriter, WindowSize } from "../machine/index.ts";
import type { ClusterAccess, Connect, ProcessStream, SessionStatus, Transport } from "./transport.ts";
import { TransportError } from "./transport.ts";

/** What of an API server is needed; lib/kubernetes' `ApiHandler` (a Cluster) has this shape. */
interface LocalRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal;
  /** PEM of the client's certificate. */
  readonly certificate?: string;
}
interface LocalHandler {
  /** PEM of its certificate authority; "" where it has none. */
  readonly certificateAuthority?: string;
  handle(request: LocalRequest): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | Uint8Array | AsyncIterable<string | Uint8Array>;
  }>;
  openProcess(request: LocalRequest): Promise<{
    readonly stdin: ByteWriter | undefined;
    readonly stdout: ByteReader | undefined;
    readonly stderr: ByteReader | undefined;
    resize(size: WindowSize): void;
    readonly status: Promise<SessionStatus>;
    close(): void;
  }>;
  openPort(
    request: LocalRequest,
    port: number,
  ): Promise<{ readonly reader: ByteReader; readonly writer: ByteWriter; close(): void }>;
}

const encoder = new TextEncoder();

async function* chunks(body: string | Uint8Array | AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  if (typeof body === "string") yield encoder.encode(body);
  else if (body instanceof Uint8Array) yield body;
  else for await (const chunk of body) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

/** Headers that say who asks, as a client over HTTP would send them. */
function credentials(access: ClusterAccess): Record<string, string> {
  return {
    ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
    ...(access.token === undefined && access.username !== undefined
      ? { authorization: `Basic ${encodeBase64(`${access.username}:${access.password ?? ""}`)}` }
      : {}),
    ...(access.impersonate === undefined ? {} : { "impersonate-user": access.impersonate.user }),
    ...(access.impersonate?.uid === undefined ? {} : { "impersonate-uid": access.impersonate.uid }),
    ...(access.impersonate !== undefined && access.impersonate.groups.length > 0
      ? { "impersonate-group": access.impersonate.groups.join(",") }
      : {}),
    ...Object.fromEntries(
      Object.entries(access.impersonate?.extra ?? {}).map(([key, values]) => [
        `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
        values.join(","),
      ]),
    ),
  };
}

/** Who has a certificate and its key is known by it; there is no handshake here that would prove the key. */
function certificateOf({ clientCertificateData, clientKeyData }: ClusterAccess): string | undefined {
  if (clientCertificateData === undefined || clientKeyData === undefined) return undefined;
  const pem = tryDecodeBase64(clientCertificateData);
  return pem === undefined ? undefined : new TextDecoder().decode(pem);
}

function inProcessTransport(handler: LocalHandler, access: ClusterAccess): Transport {
  const identity = credentials(access);
  const certificate = certificateOf(access);
  const make = (
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
    body?: string | Uint8Array,
    signal?: AbortSignal,
  ): LocalRequest => {
    const mark = target.indexOf("?");
    return {
      method,
      path: mark === -1 ? target : target.slice(0, mark),
      query: new URLSearchParams(mark === -1 ? "" : target.slice(mark + 1)),
      headers: { ...headers, ...identity },
      ...(body === undefined ? {} : { body: typeof body === "string" ? encoder.encode(body) : body }),
      ...(signal === undefined ? {} : { signal }),
      ...(certificate === undefined ? {} : { certificate }),
    };
  };
  const refused = (error: unknown): unknown => {
    const { status, body } = error as { status?: SessionStatus; body?: unknown };
    if (typeof body === "string") return new TransportError(`unable to upgrade connection: ${body}`);
    if (typeof body === "object" && body !== null)
      return new TransportError((body as SessionStatus).message ?? "", body as SessionStatus);
    return typeof status === "object" ? new TransportError(status.message ?? String(error), status) : error;
  };
  return {
    server: access.server,
    async request(request) {
      const response = await handler.handle(
        make(request.method, request.path, request.headers ?? {}, request.body, request.signal),
      );
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = value;
      const whole = typeof response.body === "string" ? encoder.encode(response.body) : response.body;
      if (whole instanceof Uint8Array) headers["content-length"] ??= String(whole.length);
      return { status: response.status, headers, body: chunks(whole) };
    },
    async openProcess(path, signal): Promise<ProcessStream> {
      try {
        return await handler.openProcess(make("POST", path, {}, undefined, signal));
      } catch (error) {
        // What the node says comes down the streams of a session, which carry no more than words.
        const { translated } = error as { translated?: SessionStatus };
        throw translated === undefined ? refused(error) : new TransportError(translated.message ?? String(error));
      }
    },
    async openPort(path, port, signal) {
      try {
        return await handler.openPort(make("POST", path, {}, undefined, signal), port);
      } catch (error) {
        throw refused(error);
      }
    },
    async checkPorts(path, signal) {
      // Port 0 is nobody's: whether this Pod may be reached shows, and nothing in it is touched.
      const probe = handler.openPort(make("POST", path, {}, undefined, signal), 0);
      await probe.then(
        (session) => session.close(),
        (error: unknown) => {
          const { status, translated } = error as { status?: { code?: number }; translated?: unknown };
          if (translated !== undefined || (status?.code ?? 500) < 500) throw refused(error);
        },
      );
    },
    close() {},
  };
}

/** Names that a control plane's certificate has. */
const SERVER_NAMES = [
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
  "localhost",
];
const SERVER_ADDRESSES = ["10.96.0.1", "127.0.0.1"];

const blocks = (pem: string): string[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END/g)].map((match) => (match[1] ?? "").replace(/\s/g, ""));

/** There is no handshake: what one would refuse is refused, in the words of Go's crypto/x509. */
function checkServer(access: ClusterAccess, authority: string): void {
  if (!access.server.startsWith("https:") || access.insecureSkipTlsVerify === true) return;
  const refuse = (words: string): never => {
    throw new TransportError(`tls: failed to verify certificate: x509: ${words}`);
  };
  const name = access.tlsServerName ?? "";
  const known = /^[0-9.]+$|:/.test(name) ? SERVER_ADDRESSES : SERVER_NAMES;
  if (name !== "" && !known.includes(name)) refuse(`certificate is valid for ${known.join(", ")}, not ${name}`);
  const given = access.certificateAuthorityData;
  if (given === undefined || authority === "") return;
  const trusted = blocks(new TextDecoder().decode(tryDecodeBase64(given) ?? new Uint8Array()));
  if (trusted.length > 0 && !blocks(authority).some((one) => trusted.includes(one)))
    refuse("certificate signed by unknown authority");
}

/** The words of the Go runtime for a server that is not there. */
function unreachable(server: string): string {
  let host = server;
  const port = Number(/^[a-z]+:\/\/[^/]*:(\d+)(?:$|\/)/.exec(server)?.[1] ?? 0);
  if (port > 65535) return `dial tcp: address ${port}: invalid port`;
  const nobody = /^https?:\/\/(:\d+)/.exec(server)?.[1];
  if (nobody !== undefined) return `dial tcp ${nobody}: connect: connection refused`;
  try {
    const url = new URL(server);
    if (url.protocol !== "https:" && url.protocol !== "http:")
      return `unsupported protocol scheme "${url.protocol.slice(0, -1)}"`;
    host = url.hostname;
    if (/^[0-9.]+$/.test(host) || host === "localhost") {
      const port = url.port || (url.protocol === "https:" ? "443" : "80");
      return `dial tcp ${host === "localhost" ? "127.0.0.1" : host}:${port}: connect: connection refused`;
    }
  } catch {
    // Not a URL: named as it was written.
  }
  return `dial tcp: lookup ${host}: no such host`;
}

/**
 * A `Connect` for one embedded cluster, known by its server name. Other servers are refused as one that does not
 * listen, or as a name nobody knows, unless `elsewhere` can reach them.
 */
export function connectInProcess(handler: LocalHandler, server: string, elsewhere?: Connect): Connect {
  return async (access) => {
    if (access.server === server) {
      checkServer(access, handler.certificateAuthority ?? "");
      return inProcessTransport(handler, access);
    }
    if (elsewhere !== undefined) return elsewhere(access);
    throw new TransportError(unreachable(access.server));
  };
}
