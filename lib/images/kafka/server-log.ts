/** Kafka's log as log4j writes it to standard output. */
import type { Process } from "../../machine/index.ts";

export type LogLevel = "INFO" | "WARN" | "ERROR";
/** `logger`: the class that speaks. */
export type KafkaLog = (level: LogLevel, text: string, logger: string) => void;

/** "[2024-05-01 10:00:00,000]". */
export const stamp = (now: number) =>
  `[${new Date(now).toISOString().replace("T", " ").replace("Z", "").replace(".", ",")}]`;

export function logTo(process: Process): KafkaLog {
  return (level, text, logger) => {
    const line = `${stamp(process.clock.now())} ${level} ${text} (${logger})\n`;
    void process.stdout.write(line).catch(() => undefined);
  };
}
