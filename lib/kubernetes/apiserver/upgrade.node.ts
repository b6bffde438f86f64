/**
 * Streams over WebSocket: exec and attach with the channel protocols v5 and v4 (kubelet remotecommand), port-forward
 * with SPDY frames in a WebSocket (kubectl) or two channels per port (older clients).
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Status } from "../machinery/status.ts";
import { StatusError } from "../machinery/status.ts";
import type { ApiHandler, ApiRequest, PortSession, ProcessSession } from "./http.ts";
import { UPGRADE_REQUIRED } from "./rest/subresources.ts";
import { tunnelPortForward } from "./spdy-tunnel.node.ts";

const V5 = "v5.channel.k8s.io";
const V4 = "v4.channel.k8s.io";
const CHANNEL_PROTOCOLS = [V5, V4];
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const PORT_PROTOCOL = "v4.channel.k8s.io";
/** First byte of a frame that closes a channel (v5). */
const CLOSE_CHANNEL = 255;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;

/** A legal token that stands for the tunnel's name inside the handshake: "/" and "+" are not allowed in one. */
const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => false });

export async function upgrade(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  try {
    if ((raw.headers.upgrade ?? "").toLowerCase() !== "websocket") {
      // kubectl tries this after a WebSocket was refused: it gets to hear why.
      const { status, body } = await handler.handle({ ...request, method: "POST" });
      if (typeof body === "string" && !body.includes(UPGRADE_REQUIRED)) {
        const refusal = JSON.parse(body) as Status;
        throw new StatusError(status, refusal.reason ?? "", refusal.message ?? "", refusal.details);
      }
      throw new StatusError(
        400,
        "BadRequest",
        `Upgrade to ${raw.headers.upgrade} is not supported: use WebSockets (kubectl 1.30 or newer, or KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true)`,
      );
    }
    const offered = (raw.headers["sec-websocket-protocol"] ?? "").split(",").map((item) => item.trim());
    if (request.path.endsWith("/portforward")) await openPorts(handler, request, raw, socket, head, offered);
    else await openProcess(handler, request, raw, socket, head, offered);
  } catch (error) {
    refuse(socket, error);
  }
}

function refuse(socket: Duplex, error: unknown): void {
  const status: Status =
    error instanceof StatusError
      ? error.status
      : new StatusError(
          500,
          "InternalError",
          `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`,
        ).status;
  const body = JSON.stringify(status);
  socket.end(
    `HTTP/1.1 ${status.code} ${STATUS_CODES[status.code] ?? "Error"}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Finishes the handshake with `protocol`, which may be a name that is no legal token. */
function accept(raw: IncomingMessage, socket: Duplex, head: Buffer, protocol: string): Promise<WebSocket> {
  delete raw.headers["sec-websocket-protocol"];
  const addProtocol = (headers: string[]) => {
    if (protocol !== "") headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  };
  return new Promise((resolve) => {
    sockets.once("headers", addProtocol);
    sockets.handleUpgrade(raw, socket, head, (webSocket) => {
      webSocket.binaryType = "nodebuffer";
      webSocket.on("error", () => webSocket.terminate());
      resolve(webSocket);
    });
  });
}

async function openProcess(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  offered: readonly string[],
): Promise<void> {
  const protocol = CHANNEL_PROTOCOLS.find((item) => offered.includes(item));
  if (protocol === undefined)
    throw new StatusError(
      400,
      "BadRequest",
      `unable to upgrade: unable to negotiate a subprotocol of [${offered.join(" ")}]`,
    );
  const session = await handler.openProcess(request);
  const webSocket = await accept(raw, socket, head, protocol);
  await runProcess(webSocket, session, protocol === V5);
}

async function runProcess(webSocket: WebSocket, session: ProcessSession, canCloseStdin: boolean): Promise<void> {
  const send = (channel: number, data: Uint8Array) =>
    new Promise<void>((resolve) => {
      const frame = Buffer.allocUnsafe(data.length + 1);
      frame[0] = channel;
      frame.set(data, 1);
      webSocket.send(frame, () => resolve());
    });
  const pump = async (channel: number, reader: ProcessSession["stdout"]) => {
    if (reader === undefined) return;
    for await (const chunk of reader) if (chunk.length > 0) await send(channel, chunk);
  };
  webSocket.on("close", () => session.close());
  // Input is written one frame after the other: a slow process holds the frames back.
  let input = Promise.resolve();
  const later = (run: () => void | Promise<void>) => {
    input = input.then(run).catch(() => undefined);
  };
  webSocket.on("message", (data: Buffer) => {
    const [channel] = data;
    const payload = data.subarray(1);
    if (channel === STDIN && payload.length > 0) later(() => session.stdin?.write(payload));
    else if (channel === CLOSE_CHANNEL && canCloseStdin && payload[0] === STDIN) later(() => session.stdin?.close());
    else if (channel === RESIZE) resize(session, payload);
  });
  await send(STDOUT, new Uint8Array());
  const output = Promise.all([pump(STDOUT, session.stdout), pump(STDERR, session.stderr)]);
  const status = await session.status;
  await output;
  await send(ERROR, Buffer.from(JSON.stringify(status)));
  webSocket.close(1000);
}

function resize(session: ProcessSession, payload: Buffer): void {
  try {
    const { Width, Height } = JSON.parse(payload.toString()) as { Width?: number; Height?: number };
    if (Width && Height) session.resize({ columns: Width, rows: Height });
  } catch {
    // A frame that is no JSON is a client's mistake that upstream ignores too.
  }
}

async function openPorts(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  offered: readonly string[],
): Promise<void> {
  if (offered.includes(TUNNEL)) {
    // Which ports are open shows per connection; whether this Pod may be reached at all must show now.
    await handler.openPort(request, 0).then(
      (probe) => probe.close(),
      (error: unknown) => {
        if (error instanceof StatusError && [401, 403, 404].includes(error.code)) throw error;
      },
    );
    const webSocket = await accept(raw, socket, head, TUNNEL);
    tunnelPortForward(webSocket, (port) => handler.openPort(request, port));
    return;
  }
  const ports = request.query
    .getAll("ports")
    .flatMap((item) => item.split(","))
    .map(Number);
  if (ports.length === 0 || ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65535))
    throw new StatusError(400, "BadRequest", 'query parameter "ports" is required');
  const sessions = await Promise.all(ports.map((port) => handler.openPort(request, port)));
  const webSocket = await accept(
    raw,
    socket,
    head,
    offered.includes(PORT_PROTOCOL) ? PORT_PROTOCOL : (offered[0] ?? ""),
  );
  runPorts(webSocket, sessions, ports);
}

/** Two channels per port: data and errors, each opened with a frame that names the port. */
function runPorts(webSocket: WebSocket, sessions: readonly PortSession[], ports: readonly number[]): void {
  const frame = (channel: number, data: Uint8Array) => Buffer.concat([Buffer.from([channel]), data]);
  webSocket.on("close", () => {
    for (const session of sessions) session.close();
  });
  webSocket.on("message", (data: Buffer) => {
    const channel = data[0] ?? 0;
    if (channel % 2 === 0) void sessions[channel / 2]?.writer.write(data.subarray(1)).catch(() => undefined);
  });
  for (const [index, session] of sessions.entries()) {
    const port = ports[index] ?? 0;
    const name = Buffer.from([port & 0xff, port >> 8]);
    webSocket.send(frame(index * 2, name));
    webSocket.send(frame(index * 2 + 1, name));
    void (async () => {
      for await (const chunk of session.reader) webSocket.send(frame(index * 2, chunk));
      if (sessions.length === 1) webSocket.close(1000);
    })().catch(() => webSocket.close(1011));
  }
}
