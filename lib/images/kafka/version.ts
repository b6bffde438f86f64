import type { Process } from "../../machine/index.ts";

/** Where an image says which Kafka it is. */
export const VERSION_FILE = "/usr/share/kafka/version";

export const readVersion = (process: Process) => process.files.readText(VERSION_FILE).trim();

/** "3.9" of "3.9.1" as a number that compares. */
export function atLeast(version: string, major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
