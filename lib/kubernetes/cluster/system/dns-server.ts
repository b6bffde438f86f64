/**
 * The Pods of CoreDNS as the cluster came with them. What they answer is the network's (network/dns.ts), which asks only
 * whether somebody listens on port 53: their process waits, and is made when somebody looks at it or asks for its health.
 */
import { type Connection, isErrno, type Process, type Signal } from "../../../machine/index.ts";
import type { Container } from "../../api/types.ts";

export const DNS_IMAGE = "registry.k8s.io/coredns/coredns:v1.12.1";
export const DNS_ARGS: readonly string[] = ["-conf", "/etc/coredns/Corefile"];
/** Questions, health, readiness. */
export const DNS_PORTS: readonly number[] = [53, 8080, 8181];
export const DNS_START: readonly string[] = [
  ".:53",
  "[INFO] plugin/reload: Running configuration SHA512 = statecraft",
  "CoreDNS-1.12.1",
  "linux/amd64, go1.24.1",
];
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK";

/** Nothing of the container was changed that its process would show. */
export function isAsMade(container: Container): boolean {
  const { image, command, args, env, envFrom, livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  return (
    image === DNS_IMAGE &&
    command === undefined &&
    args?.length === DNS_ARGS.length &&
    args.every((word, at) => word === DNS_ARGS[at]) &&
    [env, envFrom, livenessProbe, readinessProbe, startupProbe, lifecycle].every((field) => field === undefined)
  );
}

/** Its first process, which has said what it says at its start long ago. */
export async function dnsServer(process: Process): Promise<number> {
  process.onSignal("SIGPIPE", "ignore");
  const listeners = DNS_PORTS.map((port) => {
    const listener = process.network.listen(port);
    const serve = async () => {
      for await (const connection of listener) void answer(connection, port);
    };
    serve().catch(() => undefined);
    return listener;
  });
  const signal = await new Promise<Signal | undefined>((resolve) => {
    for (const each of ["SIGTERM", "SIGINT"] as const) process.onSignal(each, () => resolve(each));
    process.signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  for (const listener of listeners) listener.close();
  if (signal !== undefined) await process.stdout.write(`[INFO] ${signal}: Shutting down servers then terminating\n`);
  return 0;
}

async function answer(connection: Connection, port: number): Promise<void> {
  try {
    if (port === 53) return;
    await connection.reader.read();
    await connection.writer.write(OK);
  } catch (error) {
    if (!isErrno(error)) throw error;
  } finally {
    connection.close();
  }
}
