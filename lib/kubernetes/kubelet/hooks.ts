/** postStart and preStop (pkg/kubelet/lifecycle/handlers.go). */
import type { Container, Pod } from "../api/types.ts";
import { HttpGetError, httpGet } from "./http-get.ts";
import { type ProbeTarget, resolvePort } from "./probes/probe.ts";

type Handler = NonNullable<NonNullable<Container["lifecycle"]>["postStart"]>;

/** Runs a hook. Resolves with undefined where it went well, else with upstream's words. */
export async function runHook(
  handler: Handler,
  pod: Pod,
  target: ProbeTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { container } = target;
  const who = `for Container "${container.name}" in Pod "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})" failed - error:`;
  if (handler.exec !== undefined) {
    const command = handler.exec.command ?? [];
    const result = await target.exec(command, signal);
    if ("error" in result) return `Exec lifecycle hook ([${command.join(" ")}]) ${who} ${result.error}, message: ""`;
    if (result.exitCode === 0) return undefined;
    return `Exec lifecycle hook ([${command.join(" ")}]) ${who} command '${command.join(" ")}' exited with ${result.exitCode}: ${result.output}, message: ${JSON.stringify(result.output)}`;
  }
  if (handler.httpGet !== undefined) {
    const { host, path, scheme, httpHeaders } = handler.httpGet;
    const port = resolvePort(handler.httpGet.port as number | string, container);
    const failed = (words: string) => `HTTP lifecycle hook (${path ?? "/"}) ${who} ${words}`;
    if (port === undefined)
      return failed(`couldn't find port: ${String(handler.httpGet.port)} in container ${container.name}`);
    try {
      await httpGet(target.network, {
        address: host || target.podIP,
        port,
        path: path || "/",
        scheme: scheme === "HTTPS" ? "HTTPS" : "HTTP",
        headers: httpHeaders ?? [],
        userAgent: "kube-lifecycle/1.34",
        timeoutMs: 60_000,
        signal,
      });
      return undefined;
    } catch (error) {
      if (error instanceof HttpGetError) return failed(error.message);
      throw error;
    }
  }
  if (handler.sleep !== undefined) {
    await target.clock.sleep((handler.sleep.seconds ?? 0) * 1000, signal);
    return undefined;
  }
  return `Invalid handler: ${Object.keys(handler).join(", ")}`;
}
