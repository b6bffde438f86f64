/** exec, attach and port-forward over WebSockets: the channel protocols v5 and v4 (apimachinery remotecommand, kubelet portforward). */
import WebSocket from "ws";
import { type ByteReader, type ByteWriter, bytePipe } from "../../machine/index.ts";
import type { PortStream, ProcessStream, SessionStatus } from "../transport.ts";
import { TransportError } from "../transport.ts";
import { connectionError, refusalOf } from "./errors.node.ts";

export interface SocketOptions {
  readonly url: URL;
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: {
    readonly ca?: Buffer;
    readonly cert?: Buffer;
    readonly key?: Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
}

const V5 = "v5.channel.k8s.io";
const V4 = "v4.channel.k8s.io";
const [STDIN, STDOUT, STDERR, ERROR, RESIZE, CLOSE] = [0, 1, 2, 3, 4, 255];

/** How often a silent connection is asked whether it still stands (ms). */
const PING_MS = 5_000;

function open(
  options: SocketOptions,
  path: string,
  protocols: readonly string[],
  signal: AbortSignal | undefined,
): Promise<WebSocket> {
  const { url, prefix, headers, tls } = options;
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(
      `${url.protocol === "https:" ? "wss:" : "ws:"}//${url.host}${prefix}${path}`,
      [...protocols],
      { headers: headers as Record<string, string>, perMessageDeflate: false, ...tls },
    );
    socket.binaryType = "nodebuffer";
    const abort = () => {
      socket.terminate();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("open", () => {
      signal?.removeEventListener("abort", abort);
      signal?.addEventListener("abort", () => socket.terminate(), { once: true });
      socket.on("error", () => socket.terminate());
      const ping = setInterval(() => socket.ping(), PING_MS);
      ping.unref();
      socket.once("close", () => clearInterval(ping));
      resolve(socket);
    });
    socket.once("unexpected-response", (_request, response) => {
      refusalOf(response).then(reject, reject);
    });
    socket.once("error", (error) => {
      if (signal?.aborted !== true) reject(connectionError(error, url));
    });
  });
}

/** Sends on one channel; resolves when the bytes are on their way. */
function send(socket: WebSocket, channel: number, data: Uint8Array): Promise<void> {
  const frame = Buffer.allocUnsafe(data.length + 1);
  frame[0] = channel;
  frame.set(data, 1);
  return new Promise((resolve, reject) => {
    socket.send(frame, (error) => (error ? reject(new TransportError("write: broken pipe")) : resolve()));
  });
}

const bytes = (data: Uint8Array | string): Uint8Array => (typeof data === "string" ? Buffer.from(data) : data);

/** Feeds a pipe in order; holds the socket back while nobody reads. */
class Feed {
  readonly reader: ByteReader;
  readonly #writer: ByteWriter;
  readonly #socket: WebSocket;
  #order = Promise.resolve();

  constructor(socket: WebSocket) {
    const { reader, writer } = bytePipe();
    this.reader = reader;
    this.#writer = writer;
    this.#socket = socket;
  }

  push(data: Buffer): void {
    if (data.length === 0) return;
    this.#socket.pause();
    this.#order = this.#order
      .then(() => this.#writer.write(data))
      // Nobody reads any more: the rest is dropped, and the session's status is still awaited.
      .catch(() => undefined)
      .then(() => this.#socket.resume());
  }

  end(): Promise<void> {
    this.#order = this.#order.then(() => this.#writer.close());
    return this.#order;
  }
}

export async function openProcessSocket(
  options: SocketOptions,
  path: string,
  signal?: AbortSignal,
): Promise<ProcessStream> {
  const query = new URLSearchParams(path.slice(path.indexOf("?") + 1));
  const wants = (name: string) => query.get(name) === "true";
  const socket = await open(options, path, [V5, V4], signal);
  const stdout = wants("stdout") ? new Feed(socket) : undefined;
  const stderr = wants("stderr") ? new Feed(socket) : undefined;
  let said: SessionStatus | undefined;
  socket.on("message", (data: Buffer) => {
    const payload = data.subarray(1);
    switch (data[0]) {
      case STDOUT:
        stdout?.push(payload);
        break;
      case STDERR:
        stderr?.push(payload);
        break;
      case ERROR:
        said = parseStatus(payload);
        break;
    }
  });
  const status = new Promise<SessionStatus>((resolve) => {
    socket.once("close", (code) => {
      void Promise.all([stdout?.end(), stderr?.end()]);
      resolve(
        said ?? (code === 1000 ? { status: "Success" } : { status: "Failure", message: `websocket: close ${code}` }),
      );
    });
  });
  return {
    stdin: wants("stdin") ? stdinOf(socket) : undefined,
    stdout: stdout?.reader,
    stderr: stderr?.reader,
    resize: ({ columns, rows }) => {
      if (socket.readyState === socket.OPEN)
        void send(socket, RESIZE as number, Buffer.from(JSON.stringify({ Width: columns, Height: rows }))).catch(
          () => undefined,
        );
    },
    status,
    close: () => socket.close(1000),
  };
}

function stdinOf(socket: WebSocket): ByteWriter {
  return {
    write: (data) => send(socket, STDIN as number, bytes(data)),
    close: () => {
      // v4 has no way to say that the input ended: the program goes on until the session is closed.
      if (socket.protocol === V5 && socket.readyState === socket.OPEN)
        void send(socket, CLOSE as number, Uint8Array.of(STDIN as number)).catch(() => undefined);
    },
  };
}

function parseStatus(payload: Buffer): SessionStatus {
  try {
    return JSON.parse(payload.toString("utf8")) as SessionStatus;
  } catch {
    return { status: "Failure", message: `error stream protocol error: ${payload.toString("utf8")}` };
  }
}

/** One connection to a port: data on channel 0, errors on channel 1, each opened by the server with the port's number. */
export async function openPortSocket(
  options: SocketOptions,
  path: string,
  port: number,
  signal?: AbortSignal,
): Promise<PortStream> {
  const socket = await open(options, `${path}${path.includes("?") ? "&" : "?"}ports=${port}`, [V4], signal);
  const { reader, writer } = bytePipe();
  let failure: TransportError | undefined;
  let order = Promise.resolve();
  const opened = [false, false];
  socket.on("message", (data: Buffer) => {
    const channel = data[0] ?? 0;
    const payload = data.subarray(1);
    if (opened[channel] === false) {
      opened[channel] = true;
      return;
    }
    if (channel === 1) failure = new TransportError(payload.toString("utf8").trim());
    else if (channel === 0 && payload.length > 0) {
      socket.pause();
      order = order
        .then(() => writer.write(payload))
        .catch(() => undefined)
        .then(() => socket.resume());
    }
  });
  socket.once("close", () => {
    order = order.then(() => writer.close());
  });
  return {
    reader: failingReader(reader, () => failure),
    writer: {
      write: (data) => send(socket, 0, bytes(data)),
      // This protocol cannot end one direction alone: the connection ends with the answer, or with `close`.
      close: () => undefined,
    },
    close: () => socket.close(1000),
  };
}

/** A reader whose end is an error where there was one. */
function failingReader(reader: ByteReader, failure: () => Error | undefined): ByteReader {
  const read = async (max?: number): Promise<Uint8Array | null> => {
    const chunk = await reader.read(max);
    const failed = chunk === null ? failure() : undefined;
    if (failed !== undefined) throw failed;
    return chunk;
  };
  return {
    read,
    close: () => reader.close(),
    async *[Symbol.asyncIterator]() {
      for (let chunk = await read(); chunk !== null; chunk = await read()) yield chunk;
    },
  };
}
