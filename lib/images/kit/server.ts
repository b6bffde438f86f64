/** What every server program needs: accept until told to stop, one task a connection, a clean end. */
import { type Connection, isErrno, type Process, type Signal } from "../../machine/index.ts";

interface Serving {
  /** Resolves when a stop signal came or `stop` was called. */
  readonly stopped: Promise<Signal | undefined>;
  stop(): void;
}

/** Turns signals that ask for an end into a promise instead of a death. */
export function untilStopped(process: Process, signals: readonly Signal[] = ["SIGTERM", "SIGINT", "SIGQUIT"]): Serving {
  let resolve: (signal: Signal | undefined) => void = () => undefined;
  const stopped = new Promise<Signal | undefined>((done) => {
    resolve = done;
  });
  for (const signal of signals) process.onSignal(signal, () => resolve(signal));
  process.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  return { stopped, stop: () => resolve(undefined) };
}

/**
 * Listens and handles each connection by `handle`, whose errors of the network end the connection alone. The returned
 * function closes the port and, with it, all connections. Throws EADDRINUSE.
 */
export function serve(
  process: Process,
  port: number,
  handle: (connection: Connection) => Promise<void>,
  options: { readonly address?: string } = {},
): () => void {
  // A client that went away is no reason to die.
  process.onSignal("SIGPIPE", "ignore");
  const listener = process.network.listen(port, options);
  const open = new Set<Connection>();
  const one = async (connection: Connection) => {
    open.add(connection);
    try {
      await handle(connection);
    } catch (error) {
      if (!isErrno(error) && !process.signal.aborted) throw error;
    } finally {
      open.delete(connection);
      connection.close();
    }
  };
  const loop = async () => {
    for await (const connection of listener) {
      one(connection).catch((error: unknown) => {
        void process.stderr.write(`${String(error)}\n`).catch(() => undefined);
      });
    }
  };
  loop().catch(() => undefined);
  return () => {
    listener.close();
    for (const connection of open) connection.close();
    open.clear();
  };
}
