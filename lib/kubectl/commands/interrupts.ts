/** What ends a command early: a signal, or the time it was given. */
import type { Signal } from "../../machine/index.ts";
import type { Invocation } from "../invocation.ts";

/** terminationSignals of kubectl/pkg/util/interrupt. */
const SIGNALS: readonly Signal[] = ["SIGHUP", "SIGINT", "SIGTERM", "SIGQUIT"];

/**
 * Runs `body`; a signal that asks for an end meanwhile ends kubectl with status 1 instead of killing it
 * (`Handler.Run` of kubectl/pkg/util/interrupt). Upstream does so where it waits or watches, and nowhere else.
 */
export async function interruptible<T>(invocation: Invocation, body: () => Promise<T>): Promise<T> {
  const { process } = invocation;
  for (const signal of SIGNALS) process.onSignal(signal, () => invocation.interrupt());
  try {
    return await body();
  } finally {
    for (const signal of SIGNALS) process.onSignal(signal, "default");
  }
}

/** A signal that fires after `ms` of cluster time (0: never) or with the process. `stop` frees it. */
export function deadline(
  invocation: Invocation,
  ms: number,
): { readonly signal: AbortSignal; readonly expired: () => boolean; stop(): void } {
  const controller = new AbortController();
  let expired = false;
  const end = () => controller.abort();
  invocation.process.signal.addEventListener("abort", end, { once: true });
  const cancel =
    ms > 0
      ? invocation.process.clock.after(ms, () => {
          expired = true;
          controller.abort();
        })
      : () => {};
  return {
    signal: controller.signal,
    expired: () => expired,
    stop: () => {
      cancel();
      invocation.process.signal.removeEventListener("abort", end);
      controller.abort();
    },
  };
}
