/**
 * SPDY/3.1 as the streaming protocols of Kubernetes use it (github.com/moby/spdystream): streams that the client opens,
 * with headers, bytes both ways and an end for each direction. There is no flow control above that of the transport.
 */
import { HeaderReader, HeaderWriter } from "./headers.node.ts";

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
/** Bytes a frame may have that a client sends: more than any sends, less than would hurt. */
const MAX_FRAME = 1024 * 1024;
/** Bytes that wait for their readers before the transport is held back. */
const MAX_WAITING = 1024 * 1024;

/** What frames travel in: a socket, or the messages of a WebSocket. */
interface FrameTransport {
  /** Resolves when the bytes have left; rejects where the transport has gone. */
  send(frame: Buffer): Promise<void>;
  pause(): void;
  resume(): void;
  close(): void;
}

/** One stream that the client opened. */
export interface SpdyStream {
  readonly id: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where input goes, piece by piece, the next when the promise of the one before has resolved. */
  onData: (data: Buffer) => void | Promise<void>;
  /** The client sends no more, or has given the stream up (`reset`). */
  onEnd: (reset: boolean) => void;
  write(data: Uint8Array): Promise<void>;
  /** No more is written. */
  end(): Promise<void>;
}

export class SpdyConnection {
  readonly #transport: FrameTransport;
  readonly #opened: (stream: SpdyStream) => void;
  readonly #reader = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #streams = new Map<number, { readonly stream: SpdyStream; input: Promise<void> }>();
  #buffered: Buffer = Buffer.alloc(0);
  #order: Promise<void> = Promise.resolve();
  #waiting = 0;
  #paused = false;
  #closed = false;

  /** `opened` is told of each stream before anything that comes on it, and sets its handlers. */
  constructor(transport: FrameTransport, opened: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#opened = opened;
  }

  /** Bytes as they come: frames do not respect the limits of packets or messages. */
  receive(data: Buffer): void {
    this.#hold(data.length);
    this.#order = this.#order
      .then(() => this.#take(data))
      .catch(() => this.close())
      .finally(() => this.#hold(-data.length));
  }

  /** The transport has gone, or is to go. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const { stream } of this.#streams.values()) stream.onEnd(true);
    this.#streams.clear();
    this.#transport.close();
  }

  /** Counts what waits, and holds the transport back where that is too much. */
  #hold(bytes: number): void {
    this.#waiting += bytes;
    if (!this.#paused && this.#waiting > MAX_WAITING) {
      this.#paused = true;
      this.#transport.pause();
    } else if (this.#paused && this.#waiting < MAX_WAITING / 2) {
      this.#paused = false;
      this.#transport.resume();
    }
  }

  async #take(data: Buffer): Promise<void> {
    this.#buffered = this.#buffered.length === 0 ? data : Buffer.concat([this.#buffered, data]);
    while (this.#buffered.length >= 8 && !this.#closed) {
      const length = this.#buffered.readUIntBE(5, 3);
      if (length > MAX_FRAME) throw new Error(`a frame of ${length} bytes`);
      if (this.#buffered.length < 8 + length) return;
      const head = this.#buffered.readUInt32BE(0);
      const flags = this.#buffered[4] ?? 0;
      const payload = this.#buffered.subarray(8, 8 + length);
      this.#buffered = this.#buffered.subarray(8 + length);
      if (head >= CONTROL) await this.#control(head & 0xffff, flags, payload);
      else this.#data(head, flags, payload);
    }
  }

  async #control(type: number, flags: number, payload: Buffer): Promise<void> {
    if (type === PING) await this.#send(PING, payload);
    else if (type === GOAWAY) this.close();
    else if (type === RST_STREAM) {
      const id = payload.readUInt32BE(0);
      const found = this.#streams.get(id);
      this.#streams.delete(id);
      found?.stream.onEnd(true);
    } else if (type === SYN_STREAM) {
      const id = payload.readUInt32BE(0) & 0x7fffffff;
      const headers = await this.#reader.read(payload.subarray(10));
      const stream = this.#stream(id, headers);
      this.#streams.set(id, { stream, input: Promise.resolve() });
      const block = await this.#writer.empty();
      const reply = Buffer.alloc(4 + block.length);
      reply.writeUInt32BE(id);
      reply.set(block, 4);
      await this.#send(SYN_REPLY, reply);
      // Data before the reply would be lost on the client; the next frame is not read before this one is done with.
      this.#opened(stream);
      if ((flags & FIN) !== 0) this.#data(id, FIN, Buffer.alloc(0));
    }
    // Settings, window updates and headers say nothing that changes what is done here.
  }

  #stream(id: number, headers: ReadonlyMap<string, string>): SpdyStream {
    let ended = false;
    return {
      id,
      headers,
      onData: () => undefined,
      onEnd: () => undefined,
      write: async (data) => {
        for (let at = 0; at < data.length && !ended; at += MAX_DATA)
          await this.#sendData(id, 0, data.subarray(at, at + MAX_DATA));
      },
      end: async () => {
        if (ended) return;
        ended = true;
        await this.#sendData(id, FIN, Buffer.alloc(0));
      },
    };
  }

  #data(id: number, flags: number, payload: Buffer): void {
    const found = this.#streams.get(id);
    if (found === undefined) return;
    const { stream } = found;
    this.#hold(payload.length);
    found.input = found.input
      .then(async () => {
        if (payload.length > 0) await stream.onData(payload);
        if ((flags & FIN) !== 0) stream.onEnd(false);
      })
      .catch(() => undefined)
      .finally(() => this.#hold(-payload.length));
  }

  #send(type: number, payload: Buffer): Promise<void> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE((CONTROL | (VERSION << 16) | type) >>> 0);
    head.writeUIntBE(payload.length, 5, 3);
    return this.#transport.send(Buffer.concat([head, payload]));
  }

  async #sendData(id: number, flags: number, payload: Uint8Array): Promise<void> {
    if (this.#closed) return;
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id);
    head[4] = flags;
    head.writeUIntBE(payload.length, 5, 3);
    await this.#transport.send(Buffer.concat([head, payload])).catch(() => this.close());
  }
}
