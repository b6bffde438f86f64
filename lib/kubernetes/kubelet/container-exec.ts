/** A command in a running container whose outcome the kubelet itself wants: probes and hooks. */
import { isErrno } from "../../machine/index.ts";
import { NO_INPUT, notFoundWords } from "./container.ts";
import type { ContainerInstance } from "./instance.ts";

/** `output`: what it printed on both streams, cut at 10 KiB. `error`: it could not be run. Killed when `signal` aborts. */
export async function runInContainer(
  instance: ContainerInstance,
  command: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly exitCode: number; readonly output: string } | { readonly error: string }> {
  const live = instance.live;
  if (live === undefined || instance.state !== "running") return { error: "container is not running" };
  let output = "";
  const decoder = new TextDecoder();
  const writer = {
    write: async (data: Uint8Array | string) => {
      if (output.length < 10 * 1024) output += typeof data === "string" ? data : decoder.decode(data, { stream: true });
    },
    close: () => undefined,
  };
  try {
    const process = live.machine.spawn({
      argv: command,
      env: live.environment,
      ...live.identity,
      stdin: NO_INPUT,
      stdout: writer,
      stderr: writer,
    });
    const kill = () => process.kill("SIGKILL");
    signal.addEventListener("abort", kill, { once: true });
    const exit = await process.exited;
    signal.removeEventListener("abort", kill);
    return { exitCode: exit.code, output };
  } catch (error) {
    if (!isErrno(error)) throw error;
    const name = command[0] ?? "";
    const why = error.code === "ENOENT" ? notFoundWords(name) : error.message.toLowerCase();
    return {
      error: `rpc error: code = Unknown desc = failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${name}": ${why}: unknown`,
    };
  }
}
