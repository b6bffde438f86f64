/**
 * Streams. Over WebSocket: exec and attach with the channel protocols v5 and v4, port-forward with SPDY frames in
 * messages (kubectl since 1.31) or two channels per port. Over SPDY/3.1 itself: all three, as older clients ask for
 * them and newer ones where a WebSocket was refused (apiserver/pkg/util/proxy, kubelet streaming servers).
 */
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Status } from "../machinery/status.ts";
import { StatusError } from "../machinery/status.ts";
import { type ApiHandler, type ApiRequest, type PortSession, type ProcessSession, UpgradeFailure } from "./http.ts";
import { parseBoolean } from "./rest/options.ts";
import { SpdyConnection, type SpdyStream } from "./spdy/connection.node.ts";
import { portForwardStreams } from "./spdy/port-forward.node.ts";
import { processStreams, readSize } from "./spdy/process.node.ts";

const V5 = "v5.channel.k8s.io";
const V4 = "v4.channel.k8s.io";
const CHANNEL_PROTOCOLS = [V5, V4];
const SPDY = "SPDY/3.1";
const PORTS_OVER_SPDY = "portforward.k8s.io";
const TUNNEL = `${SPDY}+${PORTS_OVER_SPDY}`;
/** A client that has heard the end of its session and does not hang up is hung up on after this (ms). */
const LINGER_MS = 10_000;
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
    const ports = request.path.endsWith("/portforward");
    if ((raw.headers.upgrade ?? "").toLowerCase() === "websocket") {
      const offered = listOf(raw.headers["sec-websocket-protocol"]);
      if (ports) await openPorts(handler, request, raw, socket, head, offered);
      else await openProcess(handler, request, raw, socket, head, offered);
    } else if (ports) await openPortsOverSpdy(handler, request, raw, socket, head);
    else await openProcessOverSpdy(handler, request, raw, socket, head);
  } catch (error) {
    refuse(socket, error);
  }
}

const listOf = (header: string | string[] | undefined): string[] =>
  (Array.isArray(header) ? header.join(",") : (header ?? ""))
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

function refuse(socket: Duplex, error: unknown): void {
  if (error instanceof UpgradeFailure) {
    answer(socket, error.code, error.body, error.headers);
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

function answer(socket: Duplex, code: number, content: Status | string, headers: readonly string[] = []): void {
  const body = typeof content === "string" ? content : JSON.stringify(content);
  const type = typeof content === "string" ? "text/plain; charset=utf-8" : "application/json";
  const lines = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? "Error"}`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
    ...headers,
  ];
  socket.end(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

/** The client's first protocol that is known here; upstream's refusal where there is none (httpstream.Handshake). */
function negotiate(raw: IncomingMessage, known: readonly string[]): string {
  const offered = listOf(raw.headers["x-stream-protocol-version"]);
  const protocol = offered.find((item) => known.includes(item));
  if (protocol !== undefined) return protocol;
  throw new UpgradeFailure(
    403,
    `unable to upgrade: unable to negotiate protocol: client supports [${offered.join(" ")}], server accepts [${known.join(" ")}]`,
    known.map((item) => `X-Accepted-Stream-Protocol-Versions: ${item}`),
  );
}

/** Finishes the handshake; frames go both ways from now on. */
function acceptSpdy(
  socket: Duplex,
  head: Buffer,
  protocol: string,
  opened: (stream: SpdyStream) => void,
): SpdyConnection {
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${SPDY}\r\nX-Stream-Protocol-Version: ${protocol}\r\n\r\n`,
  );
  const connection = new SpdyConnection(
    {
      send: (frame) =>
        new Promise((resolve, reject) => {
          socket.write(frame, (error) => (error ? reject(error) : resolve()));
        }),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: () => socket.end(),
    },
    opened,
  );
  socket.on("data", (data: Buffer) => connection.receive(data));
  socket.on("end", () => connection.close());
  socket.on("close", () => connection.close());
  if (head.length > 0) connection.receive(head);
  return connection;
}

async function openProcessOverSpdy(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  checkSpdy(raw);
  const session = await handler.openProcess({ ...request, method: "POST" });
  socket.on("close", () => session.close());
  let protocol: string;
  try {
    protocol = negotiate(raw, [V4]);
  } catch (error) {
    session.close();
    throw error;
  }
  const wanted = ["stdin", "stdout", "stderr", "tty"].filter((name) => parseBoolean(request.query.get(name) ?? ""));
  acceptSpdy(
    socket,
    head,
    protocol,
    processStreams(session, new Set(wanted), () => {
      // The client hangs up when it has read all; one that does not is not waited for.
      if ("setTimeout" in socket) (socket as Socket).setTimeout(LINGER_MS, () => socket.destroy());
    }),
  );
}

async function openPortsOverSpdy(
  handler: ApiHandler,
  request: ApiRequest,
  raw: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  checkSpdy(raw);
  await reachable(handler, request);
  const open = (port: number) => handler.openPort(request, port);
  acceptSpdy(socket, head, negotiate(raw, [PORTS_OVER_SPDY]), portForwardStreams(open));
}

function checkSpdy(raw: IncomingMessage): void {
  if ((raw.headers.upgrade ?? "").toLowerCase() !== SPDY.toLowerCase())
    throw new StatusError(400, "BadRequest", `unable to upgrade: missing upgrade headers in request`);
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
  let session: ProcessSession;
  try {
    session = await handler.openProcess(request);
  } catch (error) {
    // Streams of the newest protocol end here, and the node is asked behind them: what it says comes down the streams.
    if (protocol !== V5 || !(error instanceof UpgradeFailure)) throw error;
    session = endedSession(error.translated);
  }
  const webSocket = await accept(raw, socket, head, protocol);
  await runProcess(webSocket, session, protocol === V5);
}

/** A session that ended before anything ran. */
const endedSession = (status: Status): ProcessSession => ({
  stdin: undefined,
  stdout: undefined,
  stderr: undefined,
  resize: () => undefined,
  status: Promise.resolve(status),
  close: () => undefined,
});

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
    else if (channel === RESIZE) {
      const size = readSize(payload.toString());
      if (size !== undefined) session.resize(size);
    }
  });
  await send(STDOUT, new Uint8Array());
  const output = Promise.all([pump(STDOUT, session.stdout), pump(STDERR, session.stderr)]);
  const status = await session.status;
  await output;
  await send(ERROR, Buffer.from(JSON.stringify(status)));
  webSocket.close(1000);
}

/** Which ports are open shows per connection; whether this Pod may and can be reached at all must show now. */
async function reachable(handler: ApiHandler, request: ApiRequest): Promise<void> {
  await handler.openPort({ ...request, method: "POST" }, 0).then(
    (probe) => probe.close(),
    (error: unknown) => {
      if (error instanceof UpgradeFailure) throw error;
      if (error instanceof StatusError && error.code < 500) throw error;
    },
  );
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
    await reachable(handler, request);
    const webSocket = await accept(raw, socket, head, TUNNEL);
    const connection = new SpdyConnection(
      {
        send: (frame) =>
          new Promise((resolve, reject) => {
            webSocket.send(frame, (error) => (error ? reject(error) : resolve()));
          }),
        pause: () => webSocket.pause(),
        resume: () => webSocket.resume(),
        close: () => webSocket.close(1000),
      },
      portForwardStreams((port) => handler.openPort(request, port)),
    );
    webSocket.on("message", (data: Buffer) => connection.receive(data));
    webSocket.on("close", () => connection.close());
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
