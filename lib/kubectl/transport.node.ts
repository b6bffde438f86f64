/**
 * kubectl's way to real clusters: HTTP(S) and WebSockets from this computer, as a kubeconfig entry says. Client
 * certificates, bearer tokens, basic authentication, credential plugins, other CAs, no verification at all.
 *
 * What a learner writes into a kubeconfig is carried out here, on the host: `only` keeps them to one server, and
 * credential plugins run for nobody unless `plugins` says so.
 */

import { randomBytes } from "node:crypto";
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { pluginCredentials } from "./node/credential-plugin.node.ts";
import { connectionError, refusalOf } from "./node/errors.node.ts";
import { openPortSocket, openProcessSocket, type SocketOptions } from "./node/sockets.node.ts";
import type {
  ClusterAccess,
  Connect,
  HttpRequest,
  HttpResponse,
  PortStream,
  ProcessStream,
  Transport,
} from "./transport.ts";
import { TransportError } from "./transport.ts";

export interface NodeTransportOptions {
  /** The only server that is reached, as in the kubeconfig. Others do not exist. Default: all are reached. */
  readonly only?: string;
  /** Credential plugins are programs of this computer. Default: refused. */
  readonly plugins?: boolean;
}

/** Makes transports for entries of kubeconfigs. */
export function connectOverNetwork(options: NodeTransportOptions = {}): Connect {
  return async (access) => {
    const server = serverUrl(access.server);
    if (options.only !== undefined && access.server !== options.only.replace(/\/$/, ""))
      throw new TransportError(`dial tcp: lookup ${server.hostname}: no such host`);
    if (access.proxyUrl !== undefined)
      throw new TransportError(`proxy-url ${access.proxyUrl} is not supported here: reach the server directly`);
    return new NodeTransport(server, await withPlugin(access, options.plugins === true));
  };
}

function serverUrl(server: string): URL {
  let url: URL;
  try {
    url = new URL(server.includes("://") ? server : `http://${server}`);
  } catch {
    throw new TransportError(`parse ${JSON.stringify(server)}: invalid URL`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw new TransportError(`unsupported protocol scheme "${url.protocol.slice(0, -1)}"`);
  return url;
}

async function withPlugin(access: ClusterAccess, allowed: boolean): Promise<ClusterAccess> {
  if (access.exec === undefined) return access;
  if (!allowed)
    throw new TransportError(
      "getting credentials: exec: credential plugins are programs of another computer and not run here",
    );
  return { ...access, ...(await pluginCredentials(access)) };
}

const decode = (data: string | undefined): Buffer | undefined =>
  data === undefined ? undefined : Buffer.from(data, "base64");

class NodeTransport implements Transport {
  readonly server: string;
  readonly #url: URL;
  /** Without its last slash: "" or "/clusters/c1". */
  readonly #prefix: string;
  readonly #access: ClusterAccess;
  readonly #tls: SocketOptions["tls"];
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(url: URL, access: ClusterAccess) {
    this.server = access.server;
    this.#url = url;
    this.#prefix = url.pathname.replace(/\/$/, "");
    this.#access = access;
    const [ca, cert, key] = [access.certificateAuthorityData, access.clientCertificateData, access.clientKeyData].map(
      decode,
    );
    this.#tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
      rejectUnauthorized: access.insecureSkipTlsVerify !== true,
    };
    this.#agent =
      url.protocol === "https:"
        ? new HttpsAgent({ keepAlive: true, ...this.#tls })
        : new HttpAgent({ keepAlive: true });
  }

  /** Who asks. A token goes over http too: whoever wrote that into a kubeconfig meant it. */
  get #identity(): Record<string, string | string[]> {
    const { token, username, password, impersonate } = this.#access;
    return {
      ...(token !== undefined
        ? { authorization: `Bearer ${token}` }
        : username !== undefined
          ? { authorization: `Basic ${Buffer.from(`${username}:${password ?? ""}`).toString("base64")}` }
          : {}),
      ...(impersonate === undefined ? {} : { "impersonate-user": impersonate.user }),
      ...(impersonate?.uid === undefined ? {} : { "impersonate-uid": impersonate.uid }),
      ...(impersonate === undefined || impersonate.groups.length === 0
        ? {}
        : { "impersonate-group": [...impersonate.groups] }),
      ...Object.fromEntries(
        Object.entries(impersonate?.extra ?? {}).map(([key, values]) => [
          `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`,
          [...values],
        ]),
      ),
    };
  }

  #open(options: RequestOptions): ReturnType<typeof httpRequest> {
    const whole = {
      host: this.#url.hostname.replace(/^\[|\]$/g, ""),
      port: this.#url.port,
      agent: this.#agent,
      ...options,
    };
    return this.#url.protocol === "https:" ? httpsRequest(whole) : httpRequest(whole);
  }

  request({ method, path, headers, body, signal }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const bytes = body === undefined ? undefined : Buffer.from(body as Uint8Array);
      const request = this.#open({
        method,
        path: `${this.#prefix}${path}`,
        headers: {
          ...headers,
          ...this.#identity,
          ...(bytes === undefined ? {} : { "content-length": String(bytes.length) }),
        },
        ...(signal === undefined ? {} : { signal }),
      });
      request.on("error", (error) =>
        reject(signal?.aborted === true ? signal.reason : connectionError(error, this.#url)),
      );
      request.on("response", (response) => resolve(this.#answer(response, signal)));
      request.end(bytes);
    });
  }

  #answer(response: IncomingMessage, signal: AbortSignal | undefined): HttpResponse {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(response.headers))
      if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
    return { status: response.statusCode ?? 0, headers, body: bodyOf(response, this.#url, signal) };
  }

  get #sockets(): SocketOptions {
    return { url: this.#url, prefix: this.#prefix, headers: this.#identity, tls: this.#tls };
  }

  openProcess(path: string, signal?: AbortSignal): Promise<ProcessStream> {
    return openProcessSocket(this.#sockets, path, signal);
  }

  openPort(path: string, port: number, signal?: AbortSignal): Promise<PortStream> {
    return openPortSocket(this.#sockets, path, port, signal);
  }

  /**
   * The handshake that kubectl itself makes for port-forward, hung up at once. Servers before 1.30 do not know it and
   * refuse with other codes: then it shows with the first connection.
   */
  checkPorts(path: string, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = this.#open({
        method: "GET",
        path: `${this.#prefix}${path}`,
        agent: false,
        ...this.#tls,
        headers: {
          ...this.#identity,
          connection: "Upgrade",
          upgrade: "websocket",
          "sec-websocket-version": "13",
          "sec-websocket-key": randomBytes(16).toString("base64"),
          "sec-websocket-protocol": "SPDY/3.1+portforward.k8s.io",
        },
        ...(signal === undefined ? {} : { signal }),
      } as RequestOptions);
      request.on("error", (error) =>
        reject(signal?.aborted === true ? signal.reason : connectionError(error, this.#url)),
      );
      request.on("upgrade", (_response, socket) => {
        socket.destroy();
        resolve();
      });
      request.on("response", (response) => {
        void refusalOf(response).then((error) => {
          if ([401, 403, 404].includes(response.statusCode ?? 0)) reject(error);
          else resolve();
        }, reject);
      });
      request.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

async function* bodyOf(
  response: IncomingMessage,
  url: URL,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk as Uint8Array;
  } catch (error) {
    throw signal?.aborted === true ? signal.reason : connectionError(error as Error, url);
  }
}
