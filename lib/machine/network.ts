/** The loopback network: for tests and for machines that are part of no cluster. */
import { Errno } from "./errno.ts";
import { bytePipe } from "./streams/pipe.ts";
import type { Connection, DnsQuestion, DnsResponse, Listener, Network } from "./types.ts";

interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** The two ends of a connection that exists. */
function connectionPair(
  client: Endpoint,
  server: Endpoint,
): { readonly client: Connection; readonly server: Connection } {
  const up = bytePipe();
  const down = bytePipe();
  const end = (from: typeof up, to: typeof up, local: Endpoint, remote: Endpoint): Connection => ({
    reader: from.reader,
    writer: to.writer,
    localAddress: local.address,
    localPort: local.port,
    remoteAddress: remote.address,
    remotePort: remote.port,
    close(options) {
      if (options?.reset) {
        from.fail(new Errno("ECONNRESET"));
        to.fail(new Errno("ECONNRESET"));
      }
      from.reader.close();
      to.writer.close();
    },
  });
  return { client: end(down, up, client, server), server: end(up, down, server, client) };
}

/** A port's queue of connections that nobody accepted yet. */
class AcceptQueue implements Listener {
  readonly port: number;
  readonly #onClose: () => void;
  #queue: Connection[] = [];
  #accepting: { readonly resolve: (connection: Connection) => void; readonly reject: (error: unknown) => void }[] = [];
  #closed = false;

  constructor(port: number, onClose: () => void) {
    this.port = port;
    this.#onClose = onClose;
  }

  offer(connection: Connection): void {
    const next = this.#accepting.shift();
    if (next === undefined) this.#queue.push(connection);
    else next.resolve(connection);
  }

  accept(signal?: AbortSignal): Promise<Connection> {
    if (this.#closed) return Promise.reject(new Errno("EBADF"));
    const ready = this.#queue.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#accepting.push(waiting);
      signal?.addEventListener("abort", () => {
        this.#accepting = this.#accepting.filter((other) => other !== waiting);
        reject(signal.reason);
      });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiting of this.#accepting) waiting.reject(new Errno("EBADF"));
    for (const connection of this.#queue) connection.close({ reset: true });
    this.#accepting = [];
    this.#queue = [];
    this.#onClose();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Connection> {
    while (!this.#closed) yield await this.accept();
  }
}

interface LoopbackOptions {
  /** Where DNS questions to 127.0.0.1 are answered. Default: nowhere. */
  readonly answer?: (question: DnsQuestion) => DnsResponse | undefined;
}

/** A network with nothing but 127.0.0.0/8 in it. */
export function loopbackNetwork(options: LoopbackOptions = {}): Network {
  const listeners = new Map<number, AcceptQueue>();
  let lastPort = 32_767;
  const isLoopback = (address: string) => address === "::1" || /^127(\.\d+){3}$/.test(address);
  return {
    addresses: [],
    async connect(address, port) {
      if (!isLoopback(address)) throw new Errno("ENETUNREACH", address);
      const listener = listeners.get(port);
      if (listener === undefined) throw new Errno("ECONNREFUSED", address);
      lastPort = lastPort >= 60_999 ? 32_768 : lastPort + 1;
      const { client, server } = connectionPair(
        { address: "127.0.0.1", port: lastPort },
        { address: "127.0.0.1", port },
      );
      listener.offer(server);
      return client;
    },
    listen(port, { address = "0.0.0.0" } = {}) {
      if (address !== "0.0.0.0" && address !== "::" && !isLoopback(address)) throw new Errno("EADDRNOTAVAIL");
      if (listeners.has(port)) throw new Errno("EADDRINUSE");
      let chosen = port;
      while (chosen === 0 || listeners.has(chosen)) {
        lastPort++;
        chosen = lastPort;
      }
      const queue = new AcceptQueue(chosen, () => listeners.delete(chosen));
      listeners.set(chosen, queue);
      return queue;
    },
    listening: () => [...listeners.keys()].map((port) => ({ address: "0.0.0.0", port })),
    async query(server, question) {
      const answer = isLoopback(server) ? options.answer?.(question) : undefined;
      if (answer === undefined) throw new Errno(isLoopback(server) ? "ECONNREFUSED" : "ENETUNREACH", server);
      return answer;
    },
    ping: async (address) => (isLoopback(address) ? 0.05 : undefined),
  };
}
