/** Connections that become something else than HTTP: which kind of stream is asked for, and what refusals look like. */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { decodeBase64Url } from "../../encoding/index.ts";
import type { Status } from "../machinery/status.ts";
import { StatusError } from "../machinery/status.ts";
import { type ApiHandler, type ApiRequest, UpgradeFailure } from "./http.ts";
import { parseResourcePath } from "./rest/request-info.ts";
import { listOf } from "./upgrade/request.node.ts";
import { openPortsOverSpdy, openProcessOverSpdy } from "./upgrade/spdy.node.ts";
import { openPorts, openProcess, openResponse } from "./upgrade/web-socket.node.ts";

export async function upgrade(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const asked = { handler, request: withBearerProtocol(request, raw), raw, socket, head };
  const overWebSocket = (raw.headers.upgrade ?? "").toLowerCase() === "websocket";
  try {
    const info = parseResourcePath(request.path);
    const subresource = info?.resource === "pods" ? info.subresource : undefined;
    if (subresource === "portforward") await (overWebSocket ? openPorts(asked) : openPortsOverSpdy(asked));
    else if (subresource === "exec" || subresource === "attach" || !overWebSocket)
      await (overWebSocket ? openProcess(asked) : openProcessOverSpdy(asked));
    else {
      const response = await openResponse(asked, subresource === "log");
      if (response === undefined) return;
      const { status, headers, body } = response;
      const content =
        typeof body === "string" ? body : body instanceof Uint8Array ? new TextDecoder().decode(body) : "";
      answer(socket, status, content, headers["content-type"]);
    }
  } catch (error) {
    refuse(socket, error);
  }
}

const BEARER = "base64url.bearer.authorization.k8s.io.";

/**
 * Browsers cannot set headers on a WebSocket: their token comes as one more protocol, which nobody else gets to see
 * (apiserver/pkg/authentication/request/websocket).
 */
function withBearerProtocol(request: ApiRequest, raw: IncomingMessage): ApiRequest {
  const offered = listOf(raw.headers["sec-websocket-protocol"]);
  const bearer = offered.find((item) => item.startsWith(BEARER));
  if (bearer === undefined || request.headers["authorization"] !== undefined) return request;
  const others = offered.filter((item) => item !== bearer);
  // What offers nothing else would have to be answered with the token.
  if (others.length === 0) return request;
  raw.headers["sec-websocket-protocol"] = others.join(", ");
  let token: string;
  try {
    token = new TextDecoder().decode(decodeBase64Url(bearer.slice(BEARER.length)));
  } catch {
    return request;
  }
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
}

function refuse(socket: Duplex, error: unknown): void {
  if (error instanceof UpgradeFailure) {
    answer(socket, error.code, error.body, undefined, error.headers);
    return;
  }
  const { status } =
    error instanceof StatusError
      ? error
      : new StatusError(
          500,
          "InternalError",
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        );
  answer(socket, status.code ?? 500, status);
}

function answer(
  socket: Duplex,
  code: number,
  content: Status | string,
  type = typeof content === "string" ? "text/plain; charset=utf-8" : "application/json",
  headers: readonly string[] = [],
): void {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? "Error"}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...headers,
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}
