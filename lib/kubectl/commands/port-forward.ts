/** kubectl port-forward (kubectl/pkg/cmd/portforward, client-go/tools/portforward). */
import { type Connection, isErrno, type Listener } from "../../machine/index.ts";
import type { Command } from "../command.ts";
import { ApiError, CommandError, type Status } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { klogLine } from "../klog.ts";
import { nameOf, namespaceOf, textAt } from "../object.ts";
import { type PortStream, type Transport, TransportError } from "../transport.ts";
import { namedObject, podBehind, podPath } from "./pods.ts";
import { type ForwardedPort, type ListenAddress, parseAddresses, parsePorts, resolvePorts } from "./ports.ts";

async function portForward(invocation: Invocation): Promise<void> {
  const { args, flags } = invocation;
  const [target, ...specs] = args;
  if (target === undefined || specs.length === 0)
    throw invocation.usageError("TYPE/NAME and list of ports are required for port-forward");
  if (flags.duration("pod-running-timeout") <= 0)
    throw invocation.usageError("--pod-running-timeout must be higher than zero");
  const { object } = await namedObject(invocation, target);
  const pod = await podBehind(invocation, object);
  const numbers = resolvePorts(specs, object, pod);
  const phase = textAt(pod, "status", "phase");
  if (phase !== "Running")
    throw new CommandError(`unable to forward port because pod is not running. Current status=${phase}`);
  const addresses = parseAddresses(flags.list("address"));
  const ports = parsePorts(numbers);
  const { transport } = await invocation.rest();
  const forwarder = new Forwarder(invocation, transport, podPath(namespaceOf(pod), nameOf(pod), "portforward"));
  await forwarder.check();
  await forwarder.run(ports, addresses);
}

class Forwarder {
  readonly #invocation: Invocation;
  readonly #transport: Transport;
  readonly #path: string;
  readonly #listeners: Listener[] = [];
  readonly #open = new Set<{ close(): void }>();
  readonly #ended = new AbortController();
  #failure: unknown;

  constructor(invocation: Invocation, transport: Transport, path: string) {
    this.#invocation = invocation;
    this.#transport = transport;
    this.#path = path;
  }

  /** Upstream connects to the node before it listens: who may not, hears it at once. */
  async check(): Promise<void> {
    try {
      await this.#transport.checkPorts(this.#path, this.#invocation.process.signal);
    } catch (error) {
      if (error instanceof TransportError && error.status !== undefined) throw new ApiError(error.status as Status);
      throw error;
    }
  }

  /** Until ^C, or until a connection fails. */
  async run(ports: readonly ForwardedPort[], addresses: readonly ListenAddress[]): Promise<void> {
    const { process } = this.#invocation;
    process.onSignal("SIGINT", () => this.#end(undefined));
    try {
      let listening = false;
      for (const port of ports) {
        const problem = await this.#listen(port, addresses);
        if (problem === undefined) listening = true;
        else await this.#invocation.err(`Unable to listen on port ${port.local}: ${problem}\n`);
      }
      if (!listening) {
        const all = ports.map(({ local, remote }) => `{${local} ${remote}}`).join(" ");
        throw new CommandError(`unable to listen on any of the requested ports: [${all}]`);
      }
      await this.#stopped();
      if (this.#failure !== undefined) throw this.#failure;
    } finally {
      process.onSignal("SIGINT", "default");
      for (const one of [...this.#listeners, ...this.#open]) one.close();
    }
  }

  #end(failure: unknown): void {
    this.#failure ??= failure;
    this.#ended.abort();
  }

  #stopped(): Promise<void> {
    const { signal } = this.#invocation.process;
    return new Promise((resolve, reject) => {
      if (this.#ended.signal.aborted) resolve();
      this.#ended.signal.addEventListener("abort", () => resolve(), { once: true });
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  /** What is wrong where no listener could be made. */
  async #listen(port: ForwardedPort, addresses: readonly ListenAddress[]): Promise<string | undefined> {
    const { process } = this.#invocation;
    const problems: string[] = [];
    let { local } = port;
    let [made, required] = [0, 0];
    for (const { address, family, any } of addresses) {
      const shown = address.includes(":") ? `[${address}]` : address;
      try {
        const listener = process.network.listen(local, { address });
        local = listener.port;
        made++;
        this.#listeners.push(listener);
        await this.#invocation.out(`Forwarding from ${shown}:${local} -> ${port.remote}\n`);
        void this.#accept(listener, local, port.remote);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (!any) required++;
        problems.push(`unable to create listener: Error listen ${family} ${shown}:${local}: ${bindProblem(error)}`);
      }
    }
    if (made > 0 && required === 0) return undefined;
    return `Listeners failed to create with the following errors: [${problems.join(" ")}]`;
  }

  async #accept(listener: Listener, local: number, remote: number): Promise<void> {
    try {
      for (;;) {
        const connection = await listener.accept(this.#ended.signal);
        void this.#handle(connection, local, remote);
      }
    } catch (error) {
      // Closed, or the process is ending.
      if (!this.#ended.signal.aborted && !isErrno(error, "EBADF")) this.#end(error);
    }
  }

  async #handle(connection: Connection, local: number, remote: number): Promise<void> {
    this.#open.add(connection);
    let stream: PortStream | undefined;
    try {
      await this.#invocation.out(`Handling connection for ${local}\n`);
      stream = await this.#transport.openPort(this.#path, remote, this.#invocation.process.signal);
      this.#open.add(stream);
      const { reader, writer } = stream;
      // Either side may end its own direction first; the answer's end ends the connection.
      void pump(connection.reader, writer);
      for await (const chunk of reader) await connection.writer.write(chunk);
      connection.writer.close();
      connection.close();
    } catch (error) {
      connection.close({ reset: true });
      if (this.#ended.signal.aborted || this.#invocation.process.signal.aborted) return;
      // The client hung up: it is the only one who minds.
      if (stream !== undefined && isErrno(error)) return;
      const message = `an error occurred forwarding ${local} -> ${remote}: error forwarding port ${remote} to pod: ${(error as Error).message}`;
      await this.#invocation.err(
        klogLine(this.#invocation, "E", "portforward.go:424", `"Unhandled Error" err=${JSON.stringify(message)}`),
      );
      this.#end(new CommandError("lost connection to pod"));
    } finally {
      stream?.close();
      this.#open.delete(connection);
      if (stream !== undefined) this.#open.delete(stream);
    }
  }
}

async function pump(
  from: AsyncIterable<Uint8Array>,
  to: { write(data: Uint8Array): Promise<void>; close(): void },
): Promise<void> {
  try {
    for await (const chunk of from) await to.write(chunk);
  } catch {
    // One side hung up: the other one is told by the end of the stream.
  }
  to.close();
}

/** The words of the Go runtime for why an address cannot be bound. */
export function bindProblem(error: { readonly code: string }): string {
  const words: Readonly<Record<string, string>> = {
    EADDRINUSE: "address already in use",
    EADDRNOTAVAIL: "cannot assign requested address",
    EACCES: "permission denied",
  };
  return `bind: ${words[error.code] ?? error.code}`;
}

export const PORT_FORWARD: Command = {
  name: "port-forward",
  short: "Forward one or more local ports to a pod",
  arguments: "TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
  examples: ["kubectl port-forward web-0 8080:80", "kubectl port-forward service/web 8443:https"],
  completes: "pod",
  flags: [
    { name: "address", type: "strings", default: "localhost", usage: "Addresses to listen on, or localhost" },
    { name: "pod-running-timeout", type: "duration", default: "1m0s", usage: "How long to wait for a running Pod" },
  ],
  run: portForward,
};
