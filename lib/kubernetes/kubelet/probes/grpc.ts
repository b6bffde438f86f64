/**
 * The gRPC health probe (pkg/probe/grpc/grpc.go). Between Pods of this cluster a call of gRPC travels as a POST to its
 * method's path with the content type application/grpc and grpc-status in the answer; only the health service is known.
 */
import type { Probe } from "../../api/types.ts";
import { type HttpAnswer, HttpGetError, httpGet } from "../http-get.ts";
import type { ProbeResult, ProbeTarget } from "./probe.ts";

const PATH = "/grpc.health.v1.Health/Check";
const CODES: Readonly<Record<string, string>> = { "5": "NotFound", "12": "Unimplemented", "14": "Unavailable" };

export async function checkHealth(
  { port, service }: NonNullable<Probe["grpc"]>,
  target: ProbeTarget,
  signal: AbortSignal,
  seconds: number,
): Promise<ProbeResult> {
  const failure = (output: string): ProbeResult => ({ outcome: "failure", output });
  const address = `${target.podIP}:${port}`;
  // What does not speak gRPC, or does not answer at all, is dialled until the time is over.
  const noServer = `timeout: failed to connect service "${address}" within ${seconds}s: context deadline exceeded`;
  let answer: HttpAnswer;
  try {
    answer = await httpGet(target.network, {
      address: target.podIP,
      port,
      path: PATH,
      scheme: "HTTP",
      headers: [{ name: "Content-Type", value: "application/grpc" }],
      userAgent: "kube-probe/1.34",
      timeoutMs: seconds * 1000,
      signal,
      body: service ?? "",
    });
  } catch (error) {
    if (error instanceof HttpGetError) return failure(noServer);
    throw error;
  }
  const status = answer.header("grpc-status");
  const message = answer.header("grpc-message") ?? "";
  if (status === undefined) return failure(noServer);
  if (status === "12") {
    return failure(
      `error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ${message}`,
    );
  }
  if (status !== "0") {
    return failure(`error: health rpc probe failed: rpc error: code = ${CODES[status] ?? "Unknown"} desc = ${message}`);
  }
  const health = answer.body.trim();
  return health === "SERVING"
    ? { outcome: "success", output: "service healthy" }
    : failure(`service unhealthy (responded with "${health}")`);
}
