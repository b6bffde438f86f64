import {
  type Connection,
  type DnsQuestion,
  type DnsResponse,
  Errno,
  type Listener,
  type Network,
} from "../../machine/index.ts";
import type { StreamConnection } from "./streams.ts";
import type { NetworkStack, Reservation } from "./types.ts";

/** How many connections wait for `accept` before further ones are refused. */
const BACKLOG = 128;

/** What a stack asks of the network it is part of. */
export interface Fabric {
  connect(
    from: Stack,
    address: string,
    port: number,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Connection>;
  query(from: Stack, server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse>;
  ping(from: Stack, address: string): Promise<number | undefined>;
  detached(stack: Stack): void;
}

/** A network namespace: an address, the ports listened on, the connections open. */
export class Stack implements NetworkStack {
  readonly address: string;
  readonly kind: "pod" | "node" | "outside";
  readonly node: string | undefined;
  /** Whose it is; undefined for nodes and outside. */
  readonly pod: { readonly namespace: string; readonly name: string } | undefined;
  readonly #fabric: Fabric;
  #listeners: Map<number, PortListener> | undefined;
  #connections: Set<StreamConnection> | undefined;
  #nextPort = 32768;

  constructor(
    fabric: Fabric,
    kind: Stack["kind"],
    address: string,
    node: string | undefined,
    pod?: { readonly namespace: string; readonly name: string },
  ) {
    this.#fabric = fabric;
    this.kind = kind;
    this.address = address;
    this.node = node;
    this.pod = pod;
  }

  get addresses(): readonly string[] {
    return [this.address];
  }

  connect(
    address: string,
    port: number,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Connection> {
    return this.#fabric.connect(this, address, port, options);
  }

  listen(port: number, options?: { readonly address?: string }): Listener {
    const chosen = port === 0 ? this.ephemeralPort() : port;
    const there = this.#listeners?.get(chosen);
    if (there?.reserved === false) throw new Errno("EADDRINUSE");
    const address = options?.address ?? "0.0.0.0";
    if (address !== "0.0.0.0" && address !== "::" && !address.startsWith("127.") && address !== this.address) {
      throw new Errno("EADDRNOTAVAIL");
    }
    if (there !== undefined) {
      there.takeOver(address);
      return there;
    }
    return this.#add(chosen, address);
  }

  reserve(port: number, wake: () => void): Reservation {
    if (this.#listeners?.has(port) === true) throw new Errno("EADDRINUSE");
    const listener = this.#add(port, "0.0.0.0", wake);
    return {
      release: () => {
        if (listener.reserved) listener.close();
      },
    };
  }

  #add(port: number, address: string, wake?: () => void): PortListener {
    const listener = new PortListener(port, address, () => this.#listeners?.delete(port), wake);
    this.#listeners ??= new Map();
    this.#listeners.set(port, listener);
    return listener;
  }

  listening(): readonly { readonly address: string; readonly port: number }[] {
    return [...(this.#listeners?.values() ?? [])].map(({ address, port }) => ({ address, port }));
  }

  query(server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse> {
    return this.#fabric.query(this, server, question, signal);
  }

  ping(address: string): Promise<number | undefined> {
    return this.#fabric.ping(this, address);
  }

  /** The listener that takes a connection to `address`; a loopback listener takes only what comes from here. */
  listenerFor(port: number, address: string, local: boolean): PortListener | undefined {
    const listener = this.#listeners?.get(port);
    if (listener === undefined) return undefined;
    if (listener.address === "0.0.0.0" || listener.address === "::") return listener;
    if (listener.address.startsWith("127.")) return local && address.startsWith("127.") ? listener : undefined;
    return listener.address === address ? listener : undefined;
  }

  ephemeralPort(): number {
    for (;;) {
      const port = this.#nextPort;
      this.#nextPort = port >= 60999 ? 32768 : port + 1;
      if (this.#listeners?.has(port) !== true) return port;
    }
  }

  /** Keeps count of a connection, to reset it when the namespace goes. */
  track(connection: StreamConnection): void {
    this.#connections ??= new Set();
    this.#connections.add(connection);
  }

  untrack(connection: StreamConnection): void {
    this.#connections?.delete(connection);
  }

  /** Ends all connections that `lost` says yes to, without a word to the other side. */
  abandon(lost: (remoteAddress: string) => boolean): void {
    for (const connection of [...(this.#connections ?? [])]) {
      if (lost(connection.remoteAddress)) connection.abandon();
    }
  }

  detach(): void {
    for (const listener of [...(this.#listeners?.values() ?? [])]) listener.close();
    for (const connection of [...(this.#connections ?? [])]) connection.close({ reset: true });
    this.#fabric.detached(this);
  }
}

class PortListener implements Listener {
  readonly port: number;
  readonly #onClose: () => void;
  #address: string;
  /** Makes the process this port is kept for; undefined once that listens. */
  #wake: (() => void) | undefined;
  #waiting: Connection[] = [];
  #acceptors: { readonly resolve: (c: Connection) => void; readonly reject: (e: unknown) => void }[] = [];
  #closed = false;

  constructor(port: number, address: string, onClose: () => void, wake?: () => void) {
    this.port = port;
    this.#address = address;
    this.#onClose = onClose;
    this.#wake = wake;
  }

  get address(): string {
    return this.#address;
  }

  /** Nobody listens yet: the port is kept for somebody. */
  get reserved(): boolean {
    return this.#wake !== undefined;
  }

  takeOver(address: string): void {
    this.#wake = undefined;
    this.#address = address;
  }

  /** False where the backlog is full or the listener closed. */
  offer(connection: Connection): boolean {
    if (this.#closed) return false;
    const acceptor = this.#acceptors.shift();
    if (acceptor !== undefined) {
      acceptor.resolve(connection);
      return true;
    }
    if (this.#waiting.length >= BACKLOG) return false;
    this.#waiting.push(connection);
    if (this.#waiting.length === 1) this.#wake?.();
    return true;
  }

  accept(signal?: AbortSignal): Promise<Connection> {
    if (this.#closed) return Promise.reject(new Errno("EBADF"));
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const ready = this.#waiting.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#acceptors = this.#acceptors.filter((other) => other !== acceptor);
        reject(signal?.reason);
      };
      const acceptor = {
        resolve: (connection: Connection) => {
          signal?.removeEventListener("abort", onAbort);
          resolve(connection);
        },
        reject: (error: unknown) => {
          signal?.removeEventListener("abort", onAbort);
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#acceptors.push(acceptor);
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    for (const acceptor of this.#acceptors) acceptor.reject(new Errno("EBADF"));
    for (const connection of this.#waiting) connection.close({ reset: true });
    this.#acceptors = [];
    this.#waiting = [];
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Connection> {
    try {
      for (;;) {
        if (this.#closed) return;
        yield await this.accept();
      }
    } catch (error) {
      if (!this.#closed) throw error;
    } finally {
      this.close();
    }
  }
}

/** A container's view of its Pod's namespace: what it opened is closed when the container ends. */
export class ContainerNetwork implements Network {
  readonly #stack: NetworkStack;
  #open: Set<{ close(): void }> | undefined;

  constructor(stack: NetworkStack) {
    this.#stack = stack;
  }

  get addresses(): readonly string[] {
    return this.#stack.addresses;
  }

  async connect(
    address: string,
    port: number,
    options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number },
  ): Promise<Connection> {
    return this.#keep(await this.#stack.connect(address, port, options));
  }

  listen(port: number, options?: { readonly address?: string }): Listener {
    return this.#keep(this.#stack.listen(port, options));
  }

  listening(): readonly { readonly address: string; readonly port: number }[] {
    return this.#stack.listening();
  }

  query(server: string, question: DnsQuestion, signal?: AbortSignal): Promise<DnsResponse> {
    return this.#stack.query(server, question, signal);
  }

  ping(address: string): Promise<number | undefined> {
    return this.#stack.ping(address);
  }

  closeAll(): void {
    for (const item of this.#open ?? []) item.close();
    this.#open = undefined;
  }

  #keep<T extends { close(): void }>(item: T): T {
    this.#open ??= new Set();
    this.#open.add(item);
    // Connections that ended long ago are swept now and then, so that a busy client does not grow without end.
    if (this.#open.size > 256) for (const old of [...this.#open].slice(0, 128)) if (isDone(old)) this.#open.delete(old);
    return item;
  }
}

function isDone(item: { close(): void }): boolean {
  return (item as { closed?: boolean }).closed === true;
}
