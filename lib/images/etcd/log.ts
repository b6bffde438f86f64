/** etcd's log: one JSON a line on standard error, as zap writes it. */
import type { Process } from "../../machine/index.ts";

export type Level = "info" | "warn" | "error" | "fatal";
export type Log = (level: Level, caller: string, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export function logTo(process: Process): Log {
  return (level, caller, message, fields = {}) => {
    const ts = new Date(process.clock.now()).toISOString().replace("Z", "000Z");
    const line = JSON.stringify({ level, ts, caller, msg: message, ...fields });
    void process.stderr.write(`${line}\n`).catch(() => undefined);
  };
}
