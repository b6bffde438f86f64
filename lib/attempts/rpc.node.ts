/** Calls and subscriptions between the main thread and a sandbox worker, over a message port. */
import type { MessagePort, Worker } from "node:worker_threads";

type Port = Pick<MessagePort | Worker, "postMessage"> & {
  on(event: "message", listener: (message: unknown) => void): unknown;
};

type Message =
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: "return"; readonly id: number; readonly value: unknown }
  | { readonly kind: "throw"; readonly id: number; readonly name: string; readonly message: string }
  | { readonly kind: "subscribe"; readonly id: number; readonly method: string; readonly args: readonly unknown[] }
  | { readonly kind: "event"; readonly id: number; readonly value: unknown }
  | { readonly kind: "unsubscribe"; readonly id: number };

/** What a worker offers: plain calls, and subscriptions that end when the returned function is called. */
interface Served {
  readonly calls: Readonly<Record<string, (...args: never[]) => unknown>>;
  readonly subscriptions: Readonly<
    Record<string, (emit: (value: never) => void, ...args: never[]) => (() => void) | Promise<() => void>>
  >;
}

/** An error that crossed the border; `name` is that of the original. */
class RemoteError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Answers the other side's calls with `served`. */
export function serveRpc(port: Port, served: Served): void {
  const stops = new Map<number, Promise<() => void>>();
  const post = (message: Message) => port.postMessage(message);
  const fail = (id: number, error: unknown) => {
    const { name, message } = error instanceof Error ? error : { name: "Error", message: String(error) };
    post({ kind: "throw", id, name, message });
  };
  port.on("message", (raw) => {
    const message = raw as Message;
    switch (message.kind) {
      case "call": {
        const { id, method, args } = message;
        const call = served.calls[method] as ((...args: unknown[]) => unknown) | undefined;
        Promise.resolve()
          .then(() => {
            if (call === undefined) throw new Error(`no such call: ${method}`);
            return call(...args);
          })
          .then(
            (value) => post({ kind: "return", id, value }),
            (error) => fail(id, error),
          );
        return;
      }
      case "subscribe": {
        const { id, method, args } = message;
        const subscribe = served.subscriptions[method] as
          | ((emit: (value: unknown) => void, ...args: unknown[]) => (() => void) | Promise<() => void>)
          | undefined;
        const stop = Promise.resolve().then(() => {
          if (subscribe === undefined) throw new Error(`no such subscription: ${method}`);
          return subscribe((value) => post({ kind: "event", id, value }), ...args);
        });
        stops.set(id, stop);
        stop.then(
          () => post({ kind: "return", id, value: undefined }),
          (error) => {
            stops.delete(id);
            fail(id, error);
          },
        );
        return;
      }
      case "unsubscribe": {
        const stop = stops.get(message.id);
        stops.delete(message.id);
        // A subscription that could not begin was reported when it failed; there is nothing to stop.
        stop?.then(
          (end) => end(),
          () => undefined,
        );
        return;
      }
    }
  });
}

/** The calling side. */
export class RpcClient {
  readonly #port: Port;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<number, (value: unknown) => void>();
  #next = 1;
  #closed: Error | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.on("message", (raw) => this.#receive(raw as Message));
  }

  call<Value>(method: string, ...args: readonly unknown[]): Promise<Value> {
    const id = this.#next++;
    return this.#send({ kind: "call", id, method, args }) as Promise<Value>;
  }

  /** Resolves once the other side has begun; `listener` may be called before that. */
  async subscribe<Value>(
    method: string,
    args: readonly unknown[],
    listener: (value: Value) => void,
  ): Promise<() => void> {
    const id = this.#next++;
    this.#listeners.set(id, listener as (value: unknown) => void);
    try {
      await this.#send({ kind: "subscribe", id, method, args });
    } catch (error) {
      this.#listeners.delete(id);
      throw error;
    }
    return () => {
      if (!this.#listeners.delete(id) || this.#closed !== undefined) return;
      this.#port.postMessage({ kind: "unsubscribe", id } satisfies Message);
    };
  }

  /** The other side is gone: everything that waits fails with `reason`. */
  close(reason: Error): void {
    this.#closed = reason;
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
    this.#listeners.clear();
  }

  #send(message: Message & { readonly id: number }): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#pending.set(message.id, { resolve, reject });
      this.#port.postMessage(message);
    });
  }

  #receive(message: Message): void {
    if (message.kind === "event") {
      this.#listeners.get(message.id)?.(message.value);
      return;
    }
    if (message.kind !== "return" && message.kind !== "throw") return;
    const waiting = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "return") waiting?.resolve(message.value);
    else waiting?.reject(new RemoteError(message.name, message.message));
  }
}
