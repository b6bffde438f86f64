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

/** The words of the Go runtime for a server that is not there. */
function unreachable(server: string): string {
  let host = server;
  try {
    const url = new URL(server);
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
    if (access.server === server) return inProcessTransport(handler, access);
    if (elsewhere !== undefined) return elsewhere(access);
    throw new TransportError(unreachable(access.server));
  };
}
