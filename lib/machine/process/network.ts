/** The network as a process uses it: what it opened closes when it ends, and waiting ends when it is killed. */
import { isErrno } from "../errno.ts";
import { iterate } from "../streams/pipe.ts";
import type { ByteReader, ByteWriter, Connection, DnsQuestion, DnsResponse, Listener, Network } from "../types.ts";
import { handled } from "./descriptor.ts";
import type { MachineProcess } from "./process.ts";

export class ProcessNetwork implements Network {
  readonly #process: MachineProcess;
  readonly #network: Network;
  readonly #open = new Set<{ close(): void }>();

  constructor(process: MachineProcess, network: Network) {
    this.#process = process;
    this.#network = network;
  }

  get addresses(): readonly string[] {
    return this.#network.addresses;
  }

  async connect(address: string, port: number, options: Parameters<Network["connect"]>[2] = {}): Promise<Connection> {
    this.#process.enter();
    const waits = this.#process.runnable();
    if (waits !== undefined) await waits;
    const signal =
      options.signal === undefined ? this.#process.signal : AbortSignal.any([options.signal, this.#process.signal]);
    return this.#own(await this.#wait(this.#network.connect(address, port, { ...options, signal })));
  }

  listen(port: number, options?: { readonly address?: string }): Listener {
    this.#process.enter();
    const listener = this.#network.listen(port, options);
    const close = () => {
      this.#open.delete(own);
      listener.close();
    };
    const own: Listener = {
      port: listener.port,
      accept: (signal) => {
        const either = signal === undefined ? this.#process.signal : AbortSignal.any([signal, this.#process.signal]);
        return handled(this.#wait(listener.accept(either)).then((connection) => this.#own(connection)));
      },
      close,
      [Symbol.asyncIterator]: () => accepting(own),
    };
    this.#open.add(own);
    return own;
  }

  listening(): ReturnType<Network["listening"]> {
    return this.#network.listening();
  }

  query(server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse> {
    this.#process.enter();
    return this.#wait(this.#network.query(server, question, signal ?? this.#process.signal));
  }

  ping(address: string): Promise<number | undefined> {
    this.#process.enter();
    return this.#wait(this.#network.ping(address));
  }

  closeAll(): void {
    for (const one of [...this.#open]) one.close();
    this.#open.clear();
  }

  #own(connection: Connection): Connection {
    const process = this.#process;
    const wait = <T>(promise: Promise<T>) => this.#wait(promise);
    const reader: ByteReader = {
      read: (max) => handled(readPaid(process, () => wait(connection.reader.read(max)))),
      close: () => connection.reader.close(),
      [Symbol.asyncIterator]: () => iterate(reader),
    };
    const writer: ByteWriter = {
      write: (data) => handled(writePaid(process, data.length, () => wait(connection.writer.write(data)))),
      close: () => connection.writer.close(),
    };
    const own: Connection = {
      reader,
      writer,
      localAddress: connection.localAddress,
      localPort: connection.localPort,
      remoteAddress: connection.remoteAddress,
      remotePort: connection.remotePort,
      close: (options) => {
        this.#open.delete(own);
        connection.close(options);
      },
    };
    this.#open.add(own);
    return own;
  }

  async #wait<T>(promise: Promise<T>): Promise<T> {
    // A process that was killed waits for nothing any more: nobody else may look at this promise then.
    promise.catch(() => undefined);
    let outcome: { readonly value: T } | { readonly error: unknown } | undefined;
    await this.#process.until((wake) => {
      promise.then(
        (value) => {
          outcome = { value };
          wake();
        },
        (error: unknown) => {
          outcome = { error };
          wake();
        },
      );
      return () => undefined;
    });
    await this.#process.runnable();
    if (outcome === undefined) throw new Error("woken without an outcome");
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }
}

async function readPaid(process: MachineProcess, read: () => Promise<Uint8Array | null>): Promise<Uint8Array | null> {
  const chunk = await read();
  await process.spend(4 + ((chunk?.length ?? 0) >> 9));
  return chunk;
}

async function writePaid(process: MachineProcess, length: number, write: () => Promise<void>): Promise<void> {
  const waits = process.runnable();
  if (waits !== undefined) await waits;
  try {
    await write();
  } catch (error) {
    if (isErrno(error, "EPIPE")) process.brokenPipe();
    throw error;
  }
  await process.spend(4 + (length >> 9));
}

async function* accepting(listener: Listener): AsyncGenerator<Connection> {
  for (;;) yield await listener.accept();
}
