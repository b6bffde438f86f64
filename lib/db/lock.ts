/** A lock file: PGlite has none of its own, and two processes on one directory lose data without a word. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

/** Takes the lock or throws an error that says who holds it. Returns what releases it. */
export function takeLock(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = openSync(path, "wx");
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      const release = () => rmSync(path, { force: true });
      process.once("exit", release);
      return () => {
        process.off("exit", release);
        release();
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = Number(readFileSync(path, "utf8").trim());
      if (isAlive(holder)) {
        throw new Error(
          `The data directory is in use by another Statecraft (process ${holder}, lock file ${path}). Stop that one, or start this one with another STATECRAFT_DATA.`,
        );
      }
      // Its holder was killed: what it left is only a file.
      rmSync(path, { force: true });
    }
  }
  throw new Error(`The lock file ${path} could not be taken. Remove it if no other Statecraft is running.`);
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
