/** Kafka's log as log4j writes it to standard output. */

import type { Process } from "../../machine/index.ts";
import { linesTo } from "../kit/lines.ts";

type LogLevel = "INFO" | "WARN" | "ERROR";
/** `logger`: the class that speaks. */
export interface KafkaLog {
  (level: LogLevel, text: string, logger: string): void;
  /** Resolves when all of it is written. */
  flush(): Promise<void>;
}

/** "[2024-05-01 10:00:00,000]". */
export const stamp = (now: number) =>
  `[${new Date(now).toISOString().replace("T", " ").replace("Z", "").replace(".", ",")}]`;

export function logTo(process: Process): KafkaLog {
  const lines = linesTo(process.stdout);
  const log = (level: LogLevel, text: string, logger: string) =>
    lines.say(`${stamp(process.clock.now())} ${level} ${text} (${logger})`);
  return Object.assign(log, { flush: lines.flush });
}
