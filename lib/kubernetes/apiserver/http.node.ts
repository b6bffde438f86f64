/** The API over sockets: HTTP(S), chunked watches, and the upgrades of exec, attach and port-forward. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { StatusError } from "../machinery/status.ts";
import type { ApiHandler, ApiRequest, ApiResponse } from "./http.ts";
import { statusResponse } from "./rest/responses.ts";
import { upgrade } from "./upgrade.node.ts";

export interface TlsOptions {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
  /** Authority of clients' certificates: who has one by it needs no token. */
  readonly ca?: string;
}

interface ServeOptions {
  /** Default "127.0.0.1". */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  readonly tls?: TlsOptions;
  /** Stripped from paths, e.g. "/clusters/c1". */
  readonly basePath?: string;
}

export interface ServedApi {
  /** e.g. "https://127.0.0.1:6443". */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Bytes of a request body that are read at most; a little over the API's own limit, which words the refusal. */
const MAX_READ = 4 * 1024 * 1024;

/** Answers requests on a port of its own. */
export async function serve(handler: ApiHandler, options: ServeOptions = {}): Promise<ServedApi> {
  const { host = "127.0.0.1", port = 0, tls, basePath = "" } = options;
  const sockets = new Set<Duplex>();
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    void answer(handler, request, response, basePath);
  };
  const server: Server =
    tls === undefined
      ? createServer(onRequest)
      : createSecureServer(
          {
            key: tls.key,
            cert: tls.cert,
            ...(tls.ca === undefined ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: false }),
          },
          onRequest,
        );
  server.keepAliveTimeout = 60_000;
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    void upgradeRequest(handler, request, socket, head, basePath);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${tls === undefined ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** One upgrade request (exec, attach, port-forward), for servers that listen themselves. */
export async function upgradeRequest(
  handler: ApiHandler,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  basePath = "",
  user?: ApiRequest["user"],
): Promise<void> {
  const controller = new AbortController();
  socket.on("close", () => controller.abort());
  socket.on("error", () => controller.abort());
  await upgrade(handler, toApiRequest(request, basePath, controller.signal, undefined, user), request, socket, head);
}

/** One ordinary request, for servers that listen themselves. */
export async function answer(
  handler: ApiHandler,
  request: IncomingMessage,
  response: ServerResponse,
  basePath = "",
  user?: ApiRequest["user"],
): Promise<void> {
  const controller = new AbortController();
  response.on("close", () => controller.abort());
  try {
    const body = await readBody(request);
    const answered = await handler.handle(toApiRequest(request, basePath, controller.signal, body, user));
    await write(response, answered, request.method === "HEAD");
  } catch (error) {
    if (response.headersSent || response.destroyed) {
      response.destroy();
      return;
    }
    const refusal =
      error instanceof StatusError
        ? error
        : new StatusError(500, "InternalError", `Internal error occurred: ${String(error)}`);
    await write(response, statusResponse(refusal), false);
  }
}

function toApiRequest(
  request: IncomingMessage,
  basePath: string,
  signal: AbortSignal,
  body?: Uint8Array,
  user?: ApiRequest["user"],
): ApiRequest {
  const target = request.url ?? "/";
  const question = target.indexOf("?");
  const full = question === -1 ? target : target.slice(0, question);
  const path = basePath !== "" && full.startsWith(basePath) ? full.slice(basePath.length) || "/" : full;
  const certificate = clientCertificate(request);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return {
    method: request.method ?? "GET",
    path,
    query: new URLSearchParams(question === -1 ? "" : target.slice(question + 1)),
    headers,
    signal,
    ...(body === undefined ? {} : { body }),
    ...(user === undefined ? {} : { user }),
    ...(certificate === undefined ? {} : { certificate }),
  };
}

/** DER of the certificate a client has shown in its handshake, whoever signed it. */
function clientCertificate({ socket }: IncomingMessage): Uint8Array | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
  return raw === undefined ? undefined : new Uint8Array(raw);
}

async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  if (request.method === "GET" || request.method === "HEAD") return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > MAX_READ) break;
  }
  return size === 0 ? undefined : Buffer.concat(chunks);
}

async function write(response: ServerResponse, answered: ApiResponse, headOnly: boolean): Promise<void> {
  const { status, headers, body } = answered;
  if (typeof body === "string" || body instanceof Uint8Array) {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
    response.end(headOnly ? undefined : bytes);
    return;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  if (response.socket !== null) response.socket.setNoDelay(true);
  for await (const chunk of body) {
    if (response.destroyed) break;
    if (!response.write(chunk)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
