/** Descriptors: a process's references to open file descriptions, with the waiting that descriptions leave to them. */
import { encodeText } from "../bytes.ts";
import { Errno, isErrno } from "../errno.ts";
import { type Description, SharedDescription, Waiters } from "../streams/description.ts";
import { iterate } from "../streams/pipe.ts";
import type { ByteReader, ByteWriter, Descriptor, Tty } from "../types.ts";
import type { MachineProcess } from "./process.ts";

/** What one read returns at most where the caller names no size. */
const READ_SIZE = 65_536;

export class KernelDescriptor implements Descriptor, ByteReader, ByteWriter {
  readonly shared: SharedDescription;
  readonly owner: MachineProcess | undefined;
  #closed = false;

  constructor(shared: SharedDescription, owner?: MachineProcess) {
    this.shared = shared;
    this.owner = owner;
    shared.acquire();
    owner?.owned.add(this);
  }

  get kind(): Descriptor["kind"] {
    return this.shared.description.kind;
  }
  get path(): string {
    return this.shared.description.path ?? "";
  }
  get tty(): Tty {
    return this.shared.description.tty as Tty;
  }
  get reader(): ByteReader {
    return (this.shared.description.readable ? this : undefined) as ByteReader;
  }
  get writer(): ByteWriter {
    return (this.shared.description.writable ? this : undefined) as ByteWriter;
  }

  duplicate(): KernelDescriptor {
    return new KernelDescriptor(this.shared, this.owner);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.owner?.owned.delete(this);
    this.shared.release();
  }

  read(max = READ_SIZE): Promise<Uint8Array | null> {
    return handled(this.#read(max));
  }

  async #read(max: number): Promise<Uint8Array | null> {
    const { owner } = this;
    const { description } = this.shared;
    for (;;) {
      const waits = owner?.runnable();
      if (waits !== undefined) await waits;
      if (this.#closed) throw new Errno("EBADF");
      const chunk = description.tryRead(max, owner);
      if (chunk !== undefined) {
        const spent = owner?.spend(2 + ((chunk?.length ?? 0) >> 9));
        if (spent !== undefined) await spent;
        return chunk;
      }
      if (owner === undefined) await new Promise<void>((resolve) => description.onReadable(resolve));
      else await owner.until((wake) => description.onReadable(wake));
    }
  }

  write(data: Uint8Array | string): Promise<void> {
    return handled(this.#write(typeof data === "string" ? encodeText(data) : data));
  }

  async #write(data: Uint8Array): Promise<void> {
    const { owner } = this;
    const { description } = this.shared;
    let rest = data;
    for (;;) {
      const waits = owner?.runnable();
      if (waits !== undefined) await waits;
      if (this.#closed) throw new Errno("EBADF");
      let taken: number;
      try {
        taken = rest.length === 0 ? 0 : description.tryWrite(rest, owner);
      } catch (error) {
        if (isErrno(error, "EPIPE")) owner?.brokenPipe();
        throw error;
      }
      if (taken === 0 && rest.length > 0) {
        // Nothing may be awaited between the refusal and the waiting, or the wake-up in between is lost.
        if (owner === undefined) await new Promise<void>((resolve) => description.onWritable(resolve));
        else await owner.until((wake) => description.onWritable(wake));
        continue;
      }
      // Whoever looks at a terminal gets every byte: that costs more than handing a chunk on.
      const spent = owner?.spend(2 + (taken >> (description.kind === "tty" ? 6 : 9)));
      if (spent !== undefined) await spent;
      if (taken === rest.length) return;
      rest = rest.subarray(taken);
    }
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return iterate(this);
  }
}

/**
 * A wait that ends because its process was killed rejects. Programs that raced it against something else may not be
 * listening any more, which is no error.
 */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** The same description for another process; streams and descriptors that are not ours are adapted. */
export function adopt(descriptor: Descriptor, owner: MachineProcess): KernelDescriptor {
  if (descriptor instanceof KernelDescriptor) return new KernelDescriptor(descriptor.shared, owner);
  const own = descriptor.duplicate();
  return new KernelDescriptor(
    new SharedDescription(foreign(own.reader, own.writer, own.kind, own.path, () => own.close())),
    owner,
  );
}

/** A descriptor for a bare stream. The caller keeps the stream: it is not closed with the process. */
export function adoptStream(
  stream: { readonly reader?: ByteReader; readonly writer?: ByteWriter },
  owner: MachineProcess,
): KernelDescriptor {
  const bare = stream.reader ?? stream.writer;
  if (bare instanceof KernelDescriptor) return new KernelDescriptor(bare.shared, owner);
  return new KernelDescriptor(
    new SharedDescription(foreign(stream.reader, stream.writer, "pipe", undefined, () => undefined)),
    owner,
  );
}

/** Streams from outside have only promises: one chunk is read ahead, one write is in flight. */
function foreign(
  reader: ByteReader | undefined,
  writer: ByteWriter | undefined,
  kind: Descriptor["kind"],
  path: string | undefined,
  released: () => void,
): Description {
  const readable = new Waiters();
  const writable = new Waiters();
  let arrived: Uint8Array | null | undefined;
  let reading = false;
  let writing = false;
  let failure: unknown;
  return {
    kind,
    path,
    readable: reader !== undefined,
    writable: writer !== undefined,
    tryRead(max) {
      if (failure !== undefined) throw failure;
      if (arrived === null) return null;
      if (arrived !== undefined) {
        const chunk = arrived;
        arrived = chunk.length > max ? chunk.subarray(max) : undefined;
        return chunk.length > max ? chunk.subarray(0, max) : chunk;
      }
      if (!reading) {
        reading = true;
        const done = (chunk: Uint8Array | null, error?: unknown) => {
          reading = false;
          arrived = chunk;
          failure = error;
          readable.wake();
        };
        (reader?.read() ?? Promise.resolve(null)).then(done, (error: unknown) => done(null, error));
      }
      return undefined;
    },
    tryWrite(data) {
      if (failure !== undefined) throw failure;
      if (writing) return 0;
      writing = true;
      const done = (error?: unknown) => {
        writing = false;
        failure = error;
        writable.wake();
      };
      (writer?.write(data) ?? Promise.resolve()).then(() => done(), done);
      return data.length;
    },
    onReadable: (wake) => readable.add(wake),
    onWritable: (wake) => writable.add(wake),
    released,
  };
}
