/** kubectl's way into an embedded cluster: straight into the API server's handler, no sockets. */

import {
  type Connect,
  type HttpRequest,
  type HttpResponse,
  type Transport,
  TransportError,
} from "../../kubectl/transport.ts";
import type { ApiHandler, ApiRequest, ApiResponse } from "../../kubernetes/apiserver/http.ts";
import { isStatusError } from "../../kubernetes/machinery/index.ts";

const encoder = new TextEncoder();

/** Only the learner's own cluster is there; any other server is as unreachable as it would be from a closed network. */
export function connectTo(handler: ApiHandler, server: string): Connect {
  return async (access) => {
    if (access.server !== server) throw new TransportError(unreachable(access.server));
    return inProcessTransport(handler, server, access.token);
  };
}

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

function inProcessTransport(handler: ApiHandler, server: string, token: string | undefined): Transport {
  const apiRequest = (request: Pick<HttpRequest, "method" | "path" | "headers" | "body" | "signal">): ApiRequest => {
    const url = new URL(request.path, "https://cluster");
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
    if (token !== undefined && headers["authorization"] === undefined) headers["authorization"] = `Bearer ${token}`;
    return {
      method: request.method,
      path: url.pathname,
      query: url.searchParams,
      headers,
      ...(request.body === undefined
        ? {}
        : { body: typeof request.body === "string" ? encoder.encode(request.body) : request.body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
  };
  const session = async <Value>(open: () => Promise<Value>): Promise<Value> => {
    try {
      return await open();
    } catch (error) {
      if (isStatusError(error)) throw new TransportError(error.message, error.status);
      throw error;
    }
  };
  return {
    server,
    request: async (request) => toHttpResponse(await handler.handle(apiRequest(request))),
    openProcess: (path, signal) =>
      session(() =>
        handler.openProcess(apiRequest({ method: "POST", path, ...(signal === undefined ? {} : { signal }) })),
      ),
    openPort: (path, port, signal) =>
      session(() =>
        handler.openPort(apiRequest({ method: "POST", path, ...(signal === undefined ? {} : { signal }) }), port),
      ),
    close: () => undefined,
  };
}

function toHttpResponse({ status, headers, body }: ApiResponse): HttpResponse {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = value;
  return { status, headers: lower, body: chunksOf(body) };
}

async function* chunksOf(body: ApiResponse["body"]): AsyncIterable<Uint8Array> {
  if (typeof body === "string") yield encoder.encode(body);
  else if (body instanceof Uint8Array) yield body;
  else for await (const chunk of body) yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}
