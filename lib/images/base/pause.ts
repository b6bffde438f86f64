import type { Process } from "../../machine/index.ts";
import { untilStopped } from "../kit/server.ts";

/** Does nothing, well: the process that holds a Pod's namespaces. */
export async function pause(process: Process): Promise<number> {
  const signal = await untilStopped(process, ["SIGTERM", "SIGINT"]).stopped;
  if (signal !== undefined) await process.stdout.write("Shutting down, got signal: Terminated\n");
  return 0;
}
