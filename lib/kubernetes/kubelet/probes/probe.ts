/** One attempt of a probe (pkg/kubelet/prober/prober.go, pkg/probe). */
import type { Clock } from "../../../clock/index.ts";
import { isErrno, type Network } from "../../../machine/index.ts";
import type { Container, Probe } from "../../api/types.ts";
import { expand } from "../expansion.ts";
import { dialError, HttpGetError, httpGet } from "../http-get.ts";
import { checkHealth } from "./grpc.ts";

export type ProbeKind = "Liveness" | "Readiness" | "Startup";
export interface ProbeResult {
  readonly outcome: "success" | "failure" | "error";
  readonly output: string;
}

/** What an attempt needs of the node and the container. */
export interface ProbeTarget {
  readonly clock: Clock;
  /** The node's network: probes come from the kubelet. */
  readonly network: Network;
  readonly podIP: string;
  readonly container: Container;
  readonly environment: ReadonlyMap<string, string>;
  /** Runs a command in the container; output is what it printed on both streams. */
  readonly exec: (
    command: readonly string[],
    signal: AbortSignal,
  ) => Promise<{ readonly exitCode: number; readonly output: string } | { readonly error: string }>;
}

export async function runProbe(probe: Probe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
  const seconds = probe.timeoutSeconds ?? 1;
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  const cancel = target.clock.after(seconds * 1000, () => controller.abort(new ProbeTimeout()));
  try {
    return await attempt(probe, target, controller.signal, seconds);
  } catch (error) {
    if (controller.signal.reason instanceof ProbeTimeout) return timedOut(probe, target, seconds);
    throw error;
  } finally {
    cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

class ProbeTimeout extends Error {}

async function attempt(probe: Probe, target: ProbeTarget, signal: AbortSignal, seconds: number): Promise<ProbeResult> {
  if (probe.exec !== undefined) {
    const command = (probe.exec.command ?? []).map((word) => expand(word, target.environment));
    const result = await target.exec(command, signal);
    signal.throwIfAborted();
    if ("error" in result) return { outcome: "error", output: result.error };
    return { outcome: result.exitCode === 0 ? "success" : "failure", output: result.output };
  }
  if (probe.httpGet !== undefined) {
    const { host, path, scheme, httpHeaders } = probe.httpGet;
    const port = resolvePort(probe.httpGet.port as number | string, target.container);
    if (port === undefined) return noPort(String(probe.httpGet.port), target.container);
    try {
      const answer = await httpGet(target.network, {
        address: host || target.podIP,
        port,
        path: path || "/",
        scheme: scheme === "HTTPS" ? "HTTPS" : "HTTP",
        headers: httpHeaders ?? [],
        userAgent: "kube-probe/1.34",
        timeoutMs: seconds * 1000,
        signal,
      });
      if (answer.status >= 200 && answer.status < 400) return { outcome: "success", output: answer.body };
      return { outcome: "failure", output: `HTTP probe failed with statuscode: ${answer.status}` };
    } catch (error) {
      if (error instanceof HttpGetError) return { outcome: "failure", output: error.message };
      throw error;
    }
  }
  if (probe.tcpSocket !== undefined) {
    const port = resolvePort(probe.tcpSocket.port as number | string, target.container);
    if (port === undefined) return noPort(String(probe.tcpSocket.port), target.container);
    const address = probe.tcpSocket.host || target.podIP;
    return connectOnly(target, address, port, seconds, signal);
  }
  if (probe.grpc !== undefined) return checkHealth(probe.grpc, target, signal, seconds);
  return { outcome: "error", output: "missing probe handler for container" };
}

async function connectOnly(
  target: ProbeTarget,
  address: string,
  port: number,
  seconds: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  try {
    const connection = await target.network.connect(address, port, { signal, timeoutMs: seconds * 1000 });
    connection.close();
    return { outcome: "success", output: "" };
  } catch (error) {
    signal.throwIfAborted();
    if (!isErrno(error)) throw error;
    return { outcome: "failure", output: dialError(address, port, error, "tcp") };
  }
}

function timedOut(probe: Probe, target: ProbeTarget, seconds: number): ProbeResult {
  if (probe.exec !== undefined) {
    const command = (probe.exec.command ?? []).join(" ");
    return { outcome: "failure", output: `command timed out: ${JSON.stringify(command)} timed out after ${seconds}s` };
  }
  if (probe.httpGet !== undefined) {
    const port = resolvePort(probe.httpGet.port as number | string, target.container) ?? 0;
    const path = probe.httpGet.path || "/";
    return {
      outcome: "failure",
      output: `Get "${(probe.httpGet.scheme ?? "HTTP").toLowerCase()}://${probe.httpGet.host || target.podIP}:${port}${path.startsWith("/") ? path : `/${path}`}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    };
  }
  if (probe.grpc !== undefined)
    return { outcome: "failure", output: `timeout: health rpc did not complete within ${seconds}s` };
  const port = resolvePort((probe.tcpSocket?.port ?? 0) as number | string, target.container);
  return { outcome: "failure", output: `dial tcp ${target.podIP}:${port ?? 0}: i/o timeout` };
}

const noPort = (name: string, container: Container): ProbeResult => ({
  outcome: "error",
  output: `couldn't find port: ${name} in container ${container.name}`,
});

/** A port by number or by the name the container gives it. */
export function resolvePort(port: number | string, container: Container): number | undefined {
  if (typeof port === "number") return port;
  const named = container.ports?.find((candidate) => candidate.name === port)?.containerPort;
  if (named !== undefined) return named;
  const number = Number(port);
  return Number.isInteger(number) && number > 0 && number < 65536 ? number : undefined;
}
