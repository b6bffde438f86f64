/** etcd's log: one JSON a line on standard error, as zap writes it. */

import type { Process } from "../../machine/index.ts";
import { linesTo } from "../kit/lines.ts";

type Level = "info" | "warn" | "error" | "fatal";
export interface Log {
  (level: Level, caller: string, message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Resolves when all of it is written. */
  flush(): Promise<void>;
}

export function logTo(process: Process): Log {
  const lines = linesTo(process.stderr);
  const log = (level: Level, caller: string, message: string, fields: Readonly<Record<string, unknown>> = {}) => {
    const ts = new Date(process.clock.now()).toISOString().replace("Z", "000Z");
    lines.say(JSON.stringify({ level, ts, caller, msg: message, ...fields }));
  };
  return Object.assign(log, { flush: lines.flush });
}
