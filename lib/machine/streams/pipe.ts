/** Pipes: bytes in order between those who write and those who read, with backpressure. */
import { Errno } from "../errno.ts";
import type { ByteReader, ByteWriter } from "../types.ts";
import { type Description, Waiters } from "./description.ts";

/** As Linux: 64 KiB wait unread before a writer waits. */
const CAPACITY = 64 * 1024;

export class PipeBuffer {
  #chunks: Uint8Array[] = [];
  #first = 0;
  #size = 0;
  #failure: Errno | undefined;
  readers = true;
  writers = true;
  readonly readable = new Waiters();
  readonly writable = new Waiters();

  tryRead(max: number): Uint8Array | null | undefined {
    const chunk = this.#chunks[this.#first];
    if (chunk === undefined) {
      if (this.#failure !== undefined) throw this.#failure;
      return this.writers ? undefined : null;
    }
    let taken = chunk;
    if (chunk.length > max) {
      taken = chunk.subarray(0, max);
      this.#chunks[this.#first] = chunk.subarray(max);
    } else {
      this.#chunks[this.#first] = EMPTY;
      this.#first++;
      if (this.#first === this.#chunks.length) {
        this.#chunks = [];
        this.#first = 0;
      }
    }
    const wasFull = this.#size >= CAPACITY;
    this.#size -= taken.length;
    if (wasFull && this.#size < CAPACITY) this.writable.wake();
    return taken;
  }

  tryWrite(data: Uint8Array): number {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.readers) throw new Errno("EPIPE");
    const room = CAPACITY - this.#size;
    if (room <= 0) return 0;
    const taken = data.length <= room ? data : data.subarray(0, room);
    if (this.#first > 64) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
    this.#chunks.push(taken);
    this.#size += taken.length;
    this.readable.wake();
    return taken.length;
  }

  closeReaders(): void {
    this.readers = false;
    this.#chunks = [];
    this.#first = 0;
    this.#size = 0;
    this.writable.wake();
    this.readable.wake();
  }

  closeWriters(): void {
    this.writers = false;
    this.readable.wake();
  }

  /** Both ends see the error from now on. */
  fail(error: Errno): void {
    this.#failure = error;
    this.#chunks = [];
    this.#first = 0;
    this.readable.wake();
    this.writable.wake();
  }
}

const EMPTY = new Uint8Array(0);
const NEVER = () => () => undefined;

export function pipeDescriptions(path = "pipe"): { readonly reader: Description; readonly writer: Description } {
  const buffer = new PipeBuffer();
  const nothing = (): never => {
    throw new Errno("EBADF");
  };
  const reader: Description = {
    kind: "pipe",
    path,
    readable: true,
    writable: false,
    tryRead: (max) => buffer.tryRead(max),
    tryWrite: nothing,
    onReadable: (wake) => buffer.readable.add(wake),
    onWritable: NEVER,
    released: () => buffer.closeReaders(),
    other: () => ({ ...writer, released: () => undefined }),
  };
  const writer: Description = {
    kind: "pipe",
    path,
    readable: false,
    writable: true,
    tryRead: nothing,
    tryWrite: (data) => buffer.tryWrite(data),
    onReadable: NEVER,
    onWritable: (wake) => buffer.writable.add(wake),
    released: () => buffer.closeWriters(),
    other: () => ({ ...reader, released: () => undefined }),
  };
  return { reader, writer };
}

const encoder = new TextEncoder();

/** A pipe for whoever is no process: the kubelet, a network, tests. */
export function bytePipe(): { readonly reader: ByteReader; readonly writer: ByteWriter; fail(error: Errno): void } {
  const buffer = new PipeBuffer();
  const reader: ByteReader = {
    async read(max = Number.MAX_SAFE_INTEGER) {
      for (;;) {
        if (!buffer.readers) return null;
        const chunk = buffer.tryRead(max);
        if (chunk !== undefined) return chunk;
        await new Promise<void>((resolve) => buffer.readable.add(resolve));
      }
    },
    close: () => buffer.closeReaders(),
    [Symbol.asyncIterator]: () => iterate(reader),
  };
  const writer: ByteWriter = {
    async write(data) {
      let rest = typeof data === "string" ? encoder.encode(data) : data;
      while (rest.length > 0) {
        if (!buffer.writers) throw new Errno("EBADF");
        const taken = buffer.tryWrite(rest);
        rest = rest.subarray(taken);
        if (taken === 0) await new Promise<void>((resolve) => buffer.writable.add(resolve));
      }
    },
    close: () => buffer.closeWriters(),
  };
  return { reader, writer, fail: (error) => buffer.fail(error) };
}

/** A reader's chunks until the end. */
export async function* iterate(reader: Pick<ByteReader, "read">): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = await reader.read();
    if (chunk === null) return;
    yield chunk;
  }
}
