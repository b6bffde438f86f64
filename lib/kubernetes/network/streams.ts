import { type ByteReader, type ByteWriter, type Connection, Errno } from "../../machine/index.ts";

/** What may wait unread in one direction before `write` waits: a socket buffer. */
const HIGH_WATER = 64 * 1024;

const encoder = new TextEncoder();

/** One direction of a connection: bytes in order, with backpressure, a clean end or a reset. */
export class ByteChannel implements ByteReader, ByteWriter {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #ended = false;
  #readerGone = false;
  #error: Errno | undefined;
  #readWaiters: (() => void)[] | undefined;
  #writeWaiters: (() => void)[] | undefined;

  async read(max = Number.POSITIVE_INFINITY): Promise<Uint8Array | null> {
    for (;;) {
      const first = this.#chunks[0];
      if (first !== undefined) {
        const taken = first.length <= max ? first : first.subarray(0, max);
        if (taken === first) this.#chunks.shift();
        else this.#chunks[0] = first.subarray(max);
        this.#size -= taken.length;
        if (this.#size < HIGH_WATER) this.#wake("write");
        return taken;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended || this.#readerGone) return null;
      await new Promise<void>((resolve) => {
        this.#readWaiters ??= [];
        this.#readWaiters.push(resolve);
      });
    }
  }

  async write(data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data.slice();
    if (this.#error !== undefined) throw this.#error;
    if (this.#ended || this.#readerGone) throw new Errno("EPIPE");
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    this.#wake("read");
    while (this.#size >= HIGH_WATER) {
      await new Promise<void>((resolve) => {
        this.#writeWaiters ??= [];
        this.#writeWaiters.push(resolve);
      });
      if (this.#error !== undefined) throw this.#error;
      if (this.#readerGone) throw new Errno("EPIPE");
    }
  }

  /** As writer: no more comes. What was written can still be read. */
  end(): void {
    this.#ended = true;
    this.#wake("read");
    this.#wake("write");
  }

  /** As reader: what comes is refused with EPIPE. */
  stop(): void {
    this.#readerGone = true;
    this.#chunks = [];
    this.#size = 0;
    this.#wake("read");
    this.#wake("write");
  }

  /** Both sides see `error`; what was not read is lost. */
  fail(error: Errno): void {
    if (this.#ended && this.#chunks.length === 0) return;
    this.#error ??= error;
    this.#chunks = [];
    this.#size = 0;
    this.#wake("read");
    this.#wake("write");
  }

  close(): void {
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const chunk = await this.read();
        if (chunk === null) return;
        yield chunk;
      }
    } finally {
      this.stop();
    }
  }

  #wake(who: "read" | "write"): void {
    const waiters = who === "read" ? this.#readWaiters : this.#writeWaiters;
    if (waiters === undefined) return;
    if (who === "read") this.#readWaiters = undefined;
    else this.#writeWaiters = undefined;
    for (const resolve of waiters) resolve();
  }
}

/** The reading half of a channel, so that closing it does not end what the other side may write. */
class ReadingEnd implements ByteReader {
  readonly #channel: ByteChannel;
  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }
  read(max?: number): Promise<Uint8Array | null> {
    return this.#channel.read(max);
  }
  close(): void {
    this.#channel.stop();
  }
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this.#channel[Symbol.asyncIterator]();
  }
}

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One side of a TCP connection. */
export class StreamConnection implements Connection {
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #incoming: ByteChannel;
  readonly #outgoing: ByteChannel;
  readonly #onClose: () => void;
  #closed = false;

  constructor(incoming: ByteChannel, outgoing: ByteChannel, local: Endpoint, remote: Endpoint, onClose: () => void) {
    this.#incoming = incoming;
    this.#outgoing = outgoing;
    this.reader = new ReadingEnd(incoming);
    this.writer = outgoing;
    this.localAddress = local.address;
    this.localPort = local.port;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.#onClose = onClose;
  }

  close(options?: { readonly reset?: boolean }): void {
    if (this.#closed) return;
    this.#closed = true;
    if (options?.reset === true) {
      this.#outgoing.fail(new Errno("ECONNRESET"));
      this.#incoming.fail(new Errno("ECONNRESET"));
    } else {
      this.#outgoing.end();
      this.#incoming.stop();
    }
    this.#onClose();
  }

  /** The path between the two ends is gone (node without power): this side sees `ETIMEDOUT`. */
  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#incoming.fail(new Errno("ETIMEDOUT"));
    this.#outgoing.fail(new Errno("ETIMEDOUT"));
    this.#onClose();
  }
}
