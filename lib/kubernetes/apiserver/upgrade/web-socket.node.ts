/**
 * Streams over WebSocket: exec and attach with the channel protocols v5 and v4, port-forward with SPDY frames in messages
 * (kubectl since 1.31) or two channels per port, logs and watches message by message (apiserver/pkg/util/wsstream).
 */
import { type WebSocket, WebSocketServer } from "ws";
import { encodeBase64 } from "../../../encoding/index.ts";
import type { Status } from "../../machinery/status.ts";
import { StatusError } from "../../machinery/status.ts";
import { type ApiResponse, type PortSession, type ProcessSession, UpgradeFailure } from "../http.ts";
import { SpdyConnection } from "../spdy/connection.node.ts";
import { portForwardStreams } from "../spdy/port-forward.node.ts";
import { readSize } from "../spdy/process.node.ts";
import { listOf, reachable, type Upgrade } from "./request.node.ts";

const V5 = "v5.channel.k8s.io";
const V4 = "v4.channel.k8s.io";
const CHANNEL_PROTOCOLS = [V5, V4];
const TUNNEL = "SPDY/3.1+portforward.k8s.io";
const PORT_PROTOCOL = V4;
const BINARY = "binary.k8s.io";
const BASE64 = "base64.binary.k8s.io";
/** First byte of a frame that closes a channel (v5). */
const CLOSE_CHANNEL = 255;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const ERROR = 3;
const RESIZE = 4;
/** Bytes of input that wait for a slow process before the client is held back. */
const MAX_WAITING = 1024 * 1024;

/** A legal token that stands for the tunnel's name inside the handshake: "/" and "+" are not allowed in one. */
const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => false });

/** Finishes the handshake with `protocol`, which may be a name that is no legal token. */
function accept({ raw, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
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

export async function openProcess(upgrade: Upgrade): Promise<void> {
  const { handler, request } = upgrade;
  const offered = listOf(upgrade.raw.headers["sec-websocket-protocol"]);
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
  const webSocket = await accept(upgrade, protocol);
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
  let waiting = 0;
  const later = (bytes: number, run: () => void | Promise<void>) => {
    waiting += bytes;
    if (waiting > MAX_WAITING) webSocket.pause();
    input = input
      .then(run)
      .catch(() => undefined)
      .then(() => {
        waiting -= bytes;
        if (waiting <= MAX_WAITING) webSocket.resume();
      });
  };
  webSocket.on("message", (data: Buffer) => {
    const [channel] = data;
    const payload = data.subarray(1);
    if (channel === STDIN && payload.length > 0) later(payload.length, () => session.stdin?.write(payload));
    else if (channel === CLOSE_CHANNEL && canCloseStdin && payload[0] === STDIN) later(0, () => session.stdin?.close());
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

export async function openPorts(upgrade: Upgrade): Promise<void> {
  const { handler, request } = upgrade;
  const offered = listOf(upgrade.raw.headers["sec-websocket-protocol"]);
  if (offered.includes(TUNNEL)) {
    await reachable(upgrade);
    const webSocket = await accept(upgrade, TUNNEL);
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
  const webSocket = await accept(upgrade, offered.includes(PORT_PROTOCOL) ? PORT_PROTOCOL : (offered[0] ?? ""));
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

/**
 * A log or a watch, message by message. Logs are bytes, in base64 where the client wants text; their first message is
 * empty. Events of a watch are texts. Any other answer is the answer of an ordinary request: it is given back.
 */
export async function openResponse(upgrade: Upgrade, isLog: boolean): Promise<ApiResponse | undefined> {
  const { handler, request } = upgrade;
  const response = await handler.handle({ ...request, method: "GET" });
  const { body } = response;
  const chunks = typeof body === "string" || body instanceof Uint8Array ? [body] : body;
  if (response.status !== 200 || (chunks !== body && !isLog)) return response;
  const offered = listOf(upgrade.raw.headers["sec-websocket-protocol"]);
  const protocol = [BINARY, BASE64].find((item) => offered.includes(item)) ?? "";
  if (isLog && protocol === "" && offered.length > 0)
    throw new StatusError(400, "BadRequest", `unable to negotiate a subprotocol of [${offered.join(" ")}]`);
  const webSocket = await accept(upgrade, isLog ? protocol : (offered[0] ?? ""));
  const send = (message: string | Uint8Array) =>
    new Promise<void>((resolve) => {
      webSocket.send(message, () => resolve());
    });
  const encoder = new TextEncoder();
  const framed = (chunk: string | Uint8Array) => {
    if (!isLog) return typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    if (protocol === BASE64) return encodeBase64(chunk);
    return typeof chunk === "string" ? encoder.encode(chunk) : chunk;
  };
  if (isLog) await send(framed(""));
  try {
    for await (const chunk of chunks) {
      if (webSocket.readyState !== webSocket.OPEN) break;
      await send(framed(chunk));
    }
    webSocket.close(1000);
  } catch {
    webSocket.close(1011);
  }
  return undefined;
}
