/** Waits until deleted objects are really gone. */
import { pathOf, type Resource } from "../client/discovery.ts";
import { CommandError, isApiError, isNotFound } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { nameOf, textAt } from "../object.ts";
import { deadline, interruptible } from "./interrupts.ts";

interface Doomed {
  readonly target: { readonly resource: Resource; readonly namespace: string; readonly name: string };
  /** Another object of the same name is not waited for. "" where unknown. */
  readonly uid: string;
}

export async function waitUntilGone(
  invocation: Invocation,
  doomed: readonly Doomed[],
  timeoutMs: number,
): Promise<void> {
  const limit = deadline(invocation, timeoutMs);
  try {
    await interruptible(invocation, async () => {
      for (const one of doomed) await waitForOne(invocation, one, limit.signal);
    });
    if (limit.expired()) {
      const [first] = doomed;
      if (first !== undefined)
        throw new CommandError(
          `timed out waiting for the condition on ${first.target.resource.name}/${first.target.name}`,
        );
    }
  } finally {
    limit.stop();
  }
}

async function waitForOne(invocation: Invocation, { target, uid }: Doomed, signal: AbortSignal): Promise<void> {
  const rest = await invocation.rest();
  const path = pathOf(target.resource, target.namespace, target.name);
  for (;;) {
    if (signal.aborted) return;
    let version: string;
    try {
      const live = await rest.json("GET", path, { place: "simple.go:247" });
      if (uid !== "" && textAt(live, "metadata", "uid") !== uid) return;
      version = textAt(live, "metadata", "resourceVersion");
    } catch (error) {
      if (isNotFound(error)) return;
      if (isApiError(error, "Forbidden")) return;
      throw error;
    }
    const stop = new AbortController();
    const events = rest.watch(
      pathOf(target.resource, target.namespace),
      { fieldSelector: `metadata.name=${target.name}`, resourceVersion: version },
      undefined,
      AbortSignal.any([signal, stop.signal]),
    );
    try {
      for await (const event of events) {
        if (event.type === "DELETED" && nameOf(event.object) === target.name) return;
        if (event.type === "ERROR") break;
      }
    } finally {
      stop.abort();
    }
  }
}
