/**
 * kubectl port-forward: SPDY/3.1 frames inside the messages of a WebSocket. Each forwarded connection is a pair of
 * streams with one request id, first for errors, then for data (apimachinery util/portforward, kubelet portforward).
 */
import type { WebSocket } from "ws";
import type { PortSession } from "./http.ts";
import { HeaderReader, HeaderWriter } from "./spdy-headers.node.ts";

const VERSION = 3;
const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const FIN = 1;
const CONTROL = 0x80000000;
/** Bytes of data in one frame. */
const MAX_DATA = 32 * 1024;

interface Stream {
  readonly requestId: string;
  readonly type: string;
  session?: PortSession;
  /** Data that came before the port was open, and everything after in order. */
  input: Promise<void>;
}

export function tunnelPortForward(webSocket: WebSocket, open: (port: number) => Promise<PortSession>): void {
  const tunnel = new Tunnel(webSocket, open);
  let order = Promise.resolve();
  webSocket.on("message", (data: Buffer) => {
    order = order.then(() => tunnel.receive(data)).catch(() => webSocket.terminate());
  });
  webSocket.on("close", () => tunnel.close());
}

class Tunnel {
  readonly #webSocket: WebSocket;
  readonly #open: (port: number) => Promise<PortSession>;
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #streams = new Map<number, Stream>();
  #buffered: Buffer = Buffer.alloc(0);

  constructor(webSocket: WebSocket, open: (port: number) => Promise<PortSession>) {
    this.#webSocket = webSocket;
    this.#open = open;
  }

  /** Frames do not respect the limits of messages. */
  async receive(data: Buffer): Promise<void> {
    this.#buffered = this.#buffered.length === 0 ? data : Buffer.concat([this.#buffered, data]);
    while (this.#buffered.length >= 8) {
      const length = this.#buffered.readUIntBE(5, 3);
      if (this.#buffered.length < 8 + length) return;
      const head = this.#buffered.readUInt32BE(0);
      const flags = this.#buffered[4] ?? 0;
      const payload = this.#buffered.subarray(8, 8 + length);
      this.#buffered = this.#buffered.subarray(8 + length);
      if (head >= CONTROL) await this.#control(head & 0xffff, payload);
      else this.#data(head, flags, payload);
    }
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.session?.close();
    this.#streams.clear();
  }

  async #control(type: number, payload: Buffer): Promise<void> {
    if (type === PING) this.#send(PING, payload);
    else if (type === GOAWAY) this.#webSocket.close(1000);
    else if (type === RST_STREAM) {
      const id = payload.readUInt32BE(0);
      this.#streams.get(id)?.session?.close();
      this.#streams.delete(id);
    } else if (type === SYN_STREAM) {
      const id = payload.readUInt32BE(0) & 0x7fffffff;
      const headers = await this.#reader.read(payload.subarray(10));
      const block = await this.#writer.empty();
      const reply = Buffer.alloc(4 + block.length);
      reply.writeUInt32BE(id);
      reply.set(block, 4);
      this.#send(SYN_REPLY, reply);
      this.#start(id, headers);
    }
    // Settings, window updates and headers say nothing that changes what is done here.
  }

  #start(id: number, headers: ReadonlyMap<string, string>): void {
    const stream: Stream = {
      requestId: headers.get("requestid") ?? String(id),
      type: headers.get("streamtype") ?? "",
      input: Promise.resolve(),
    };
    this.#streams.set(id, stream);
    if (stream.type !== "data") return;
    const port = Number(headers.get("port"));
    stream.input = this.#open(port).then(
      (session) => {
        stream.session = session;
        void this.#pump(id, stream, session);
      },
      (error: unknown) => {
        const message = `error forwarding port ${port} to pod: ${error instanceof Error ? error.message : String(error)}`;
        this.#finish(id, stream, message);
      },
    );
  }

  async #pump(id: number, stream: Stream, session: PortSession): Promise<void> {
    try {
      for await (const chunk of session.reader)
        for (let at = 0; at < chunk.length; at += MAX_DATA) this.#sendData(id, 0, chunk.subarray(at, at + MAX_DATA));
      this.#finish(id, stream, "");
    } catch (error) {
      this.#finish(id, stream, error instanceof Error ? error.message : String(error));
    }
  }

  /** Ends both streams of a connection; an error goes down the first of them. */
  #finish(id: number, stream: Stream, message: string): void {
    for (const [other, candidate] of this.#streams)
      if (candidate.type === "error" && candidate.requestId === stream.requestId) {
        this.#sendData(other, FIN, Buffer.from(message));
        this.#streams.delete(other);
      }
    this.#sendData(id, FIN, Buffer.alloc(0));
    stream.session?.close();
    this.#streams.delete(id);
  }

  #data(id: number, flags: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.type !== "data") return;
    stream.input = stream.input
      .then(async () => {
        if (payload.length > 0) await stream.session?.writer.write(payload);
        if ((flags & FIN) !== 0) stream.session?.writer.close();
      })
      .catch(() => undefined);
  }

  #send(type: number, payload: Buffer): void {
    const head = Buffer.alloc(8);
    head.writeUInt32BE((CONTROL | (VERSION << 16) | type) >>> 0);
    head.writeUIntBE(payload.length, 5, 3);
    this.#webSocket.send(Buffer.concat([head, payload]));
  }

  #sendData(id: number, flags: number, payload: Uint8Array): void {
    if (this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id);
    head[4] = flags;
    head.writeUIntBE(payload.length, 5, 3);
    this.#webSocket.send(Buffer.concat([head, payload]));
  }
}
